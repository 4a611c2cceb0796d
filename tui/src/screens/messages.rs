//! Messages: texts and emails, newest first, with where each stands and why.

use super::Screen;
use crate::rows::Row;
use crate::sheet::{Section, Sheet};
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::detail::{MessageBrief, MessageDetail, PlannedMessage};
use frontdesk_shared::message::{MessageDirection, MessageRow, MessageStatus};
use frontdesk_shared::page::List;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Messages,
    title: "Messages",
    order: "newest first",
    nothing: "no messages yet",
    command: Some("Texts and emails, newest first."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Message(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Message],
    leads: true,
};

const COLUMNS: &[Column] = &[
    Column::new("time", 12, 3).sorts(),
    Column::new("status", 11, 1).sorts(),
    Column::new("kind", 21, 0).sorts(),
    Column::new("who", 18, 2).sorts(),
    Column::new("by", 5, 4).sorts(),
    Column::new("client", 12, 6).sorts(),
    Column::new("provider", 10, 8),
    Column::new("parts", 5, 10).sorts().right(),
    Column::new("changed", 12, 9).sorts(),
    Column::new("id", 6, 7),
    Column::new("because", 20, 5).flex(),
];

fn cells(r: &MessageRow, look: Look<'_>) -> Vec<Cell> {
    vec![
        look.at(r.created_at),
        Cell::of(r.status.word(), role(r.status)),
        Cell::new(&r.kind),
        Cell::new(from_or_to(r)),
        Cell::new(by(r.channel)),
        Cell::new(&r.client),
        Cell::of(&r.provider, Role::Dim),
        Cell::number(r.segments),
        look.at(r.updated_at),
        super::id(&r.id.to_string(), look),
        Cell::of(&r.why, Role::Dim),
    ]
}

/// The person; with a word where the person wrote to us, which is not the rule.
fn from_or_to(r: &MessageRow) -> String {
    match r.direction {
        MessageDirection::Outbound => r.who.clone(),
        MessageDirection::Inbound => format!("from {}", r.who),
    }
}

/// How worrying it is where a message stands.
pub(super) fn role(status: MessageStatus) -> Role {
    match status {
        MessageStatus::Delivered | MessageStatus::Received => Role::Good,
        MessageStatus::Sending => Role::Info,
        MessageStatus::Accepted | MessageStatus::Sent => Role::Plain,
        MessageStatus::Uncertain | MessageStatus::Refused => Role::Warn,
        MessageStatus::Undelivered | MessageStatus::Failed => Role::Bad,
    }
}

/// The word of a channel.
pub(super) fn by(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "text",
        Channel::Email => "email",
        Channel::AiVoice => "call",
    }
}

/// Everything about a message.
pub(super) fn sheet(d: &MessageDetail, look: Look<'_>) -> Sheet {
    let r = &d.row;
    let (whose, ours) = match r.direction {
        MessageDirection::Outbound => ("to", "from"),
        MessageDirection::Inbound => ("from", "to"),
    };
    let mut sheet = Sheet::new(format!("{} {whose} {}, {}", r.kind, r.who, r.status));
    sheet.section("Message", |s| {
        s.add("kind", &r.kind)
            .add("by", by(r.channel))
            .add(whose, &r.who)
            .add("address", &d.address)
            .add(ours, &d.sender)
            .link("client", &r.client, Noun::Client, d.client)
            .link_some("lead", Noun::Lead, r.lead)
            .link_some("appointment", Noun::Appointment, r.appointment)
            .add("purpose", d.purpose.word());
        if matches!(role(r.status), Role::Warn | Role::Bad) {
            s.warn("status", r.status.word());
        } else {
            s.add("status", r.status.word());
        }
        s.add("because", &r.why)
            .add("provider", &r.provider)
            .add("provider's id", &d.provider_id)
            .add("provider's code", &d.code)
            .add("parts", if r.segments > 0 { r.segments.to_string() } else { String::new() })
            .add("cost", if d.cost_micros > 0 { cost(d.cost_micros) } else { String::new() })
            .add("look-ups", if d.lookups > 0 { d.lookups.to_string() } else { String::new() })
            .link_some("sent by", Noun::Job, d.job)
            .add("made", look.when(r.created_at))
            .add("changed", look.when(r.updated_at));
        if d.sandbox {
            s.warn("sandbox", "nobody received it");
        }
    });
    sheet.section("What it says", |s| {
        if d.hidden {
            s.add("", "(hidden: you may watch, not read)");
        }
        s.add("subject", &d.subject);
        for line in d.body.lines() {
            s.add("", line);
        }
    });
    sheet
}

/// One message of something else.
pub(super) fn brief(message: &MessageBrief, look: Look<'_>, s: &mut Section) {
    let label = match message.direction {
        MessageDirection::Outbound => format!("{} by {}", message.kind, by(message.channel)),
        MessageDirection::Inbound => format!("{} came in", by(message.channel)),
    };
    let why = if message.why.is_empty() { String::new() } else { format!(" ({})", message.why) };
    let text = format!("{}{why}, {}", message.status, look.when(message.created_at));
    s.link(label, text, Noun::Message, message.id);
}

/// Messages that are to come.
pub(super) fn planned(planned: &[PlannedMessage], look: Look<'_>, s: &mut Section) {
    for message in planned {
        s.link(in_words(message), due(message, look), Noun::Job, message.job);
    }
}

/// What a planned message is.
#[must_use]
pub fn in_words(message: &PlannedMessage) -> String {
    format!("{} by {}", message.kind, by(message.channel))
}

/// When a planned message is due, and why not sooner.
#[must_use]
pub fn due(message: &PlannedMessage, look: Look<'_>) -> String {
    let why = if message.reason.is_empty() { String::new() } else { format!(": {}", message.reason) };
    format!("{}{why}", look.when(message.run_at))
}

/// Millionths of a currency's unit to a hundredth of a hundredth.
fn cost(micros: i64) -> String {
    format!("{}.{:04}", micros / 1_000_000, (micros % 1_000_000 / 100).abs())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_cost_keeps_parts_of_a_cent() {
        assert_eq!(super::cost(8_300), "0.0083");
        assert_eq!(super::cost(1_250_000), "1.2500");
    }
}
