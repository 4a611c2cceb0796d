//! Leads: the people who may be contacted, and what happens with each next.

use super::{Screen, messages};
use crate::rows::Row;
use crate::sheet::{Section, Sheet};
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::detail::{AppointmentBrief, CallBrief, LeadDetail, MessageBrief, Screened};
use frontdesk_shared::explain::Answer;
use frontdesk_shared::lead::{LeadRow, LeadStatus};
use frontdesk_shared::page::List;
use frontdesk_shared::{Millis, Noun};
use serde_json::Value;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Leads,
    title: "Leads",
    order: "newest first",
    nothing: "no leads yet — i imports a file",
    command: Some("The people to be contacted."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Lead(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Lead, Noun::Call],
    leads: true,
};

const COLUMNS: &[Column] = &[
    Column::new("name", 18, 0).sorts(),
    Column::new("phone", 14, 4),
    Column::new("status", 14, 1).sorts(),
    Column::new("next", 12, 3).sorts(),
    Column::new("try", 3, 7).sorts().right(),
    Column::new("score", 6, 6).sorts().right(),
    Column::new("client", 12, 5).sorts(),
    Column::new("source", 12, 9).sorts(),
    Column::new("added", 12, 8).sorts(),
    Column::new("id", 6, 10),
    Column::new("held because", 26, 2).sorts().flex(),
];

fn cells(r: &LeadRow, look: Look<'_>) -> Vec<Cell> {
    let name = if r.name.is_empty() { Cell::of(&r.phone, Role::Dim) } else { Cell::new(&r.name) };
    vec![
        name,
        Cell::new(&r.phone),
        status(r.status),
        look.maybe(r.next_at),
        Cell::number(i64::from(r.attempts)),
        Cell::number(r.score),
        Cell::new(&r.client),
        Cell::of(&r.source, Role::Dim),
        look.at(r.created_at),
        super::id(&r.id.to_string(), look),
        Cell::new(&r.hold),
    ]
}

fn status(status: LeadStatus) -> Cell {
    let role = match status {
        LeadStatus::Booked | LeadStatus::Transferred => Role::Good,
        LeadStatus::Calling | LeadStatus::Callback => Role::Info,
        LeadStatus::Held | LeadStatus::Review => Role::Warn,
        LeadStatus::Queued => Role::Plain,
        _ => Role::Dim,
    };
    Cell::of(status.word(), role)
}

/// Everything about a lead.
pub(super) fn sheet(d: &LeadDetail, look: Look<'_>) -> Sheet {
    let r = &d.row;
    let shown = if r.name.is_empty() { &r.phone } else { &r.name };
    let mut sheet = Sheet::new(format!("{shown}, {}", r.status));
    sheet.section("Lead", |s| {
        s.add("name", &r.name)
            .add("number", &r.phone)
            .add("line", format!("{} {}", d.region, d.line).trim())
            .add("email", &d.email)
            .link("client", &r.client, Noun::Client, d.client)
            .add("source", &r.source)
            .add("zone", &d.zone)
            .add("state", &d.state)
            .add("postcode", &d.postcode)
            .add("external id", &d.external_id)
            .link_some("import", Noun::Import, r.import);
        if !d.callable {
            s.warn("note", "the number is ambiguous as given and is not called");
        }
    });
    sheet.section("Standing", |s| {
        s.add("status", r.status.word());
        if let Some(next) = d.planned.first() {
            s.link(
                "next message",
                format!("{}, {}", messages::in_words(next), messages::due(next, look)),
                Noun::Job,
                next.job,
            );
        }
        s.add("held by", &d.hold_rule)
            .add("because", &d.hold_reason)
            .add("next call", look.when_some(r.next_at))
            .add("enquiry", d.episode.to_string())
            .add("attempts", r.attempts.to_string())
            .add("last attempt", look.when_some(d.last_attempt_at))
            .add("last contact", look.when_some(r.last_contact_at))
            .add("screened", screened(d))
            .add("score", score(r.score, &d.score_parts))
            .add("accepted", look.when(r.created_at))
            .add("changed", look.when(r.updated_at));
    });
    sheet.section("Consent", |s| consent(d, look, s));
    sheet.section("Do not contact", |s| refusals(d, look, s));
    sheet.section("Decisions", |s| decisions(d, look, s));
    sheet.section("To be written", |s| messages::planned(&d.planned, look, s));
    sheet.section("Calls, messages and appointments, latest first", |s| timeline(d, look, s));
    sheet.section("Contacts on any channel", |s| {
        for contact in &d.contacts {
            s.add(&contact.channel, look.when(contact.at));
        }
    });
    sheet.section("Jobs", |s| {
        for job in &d.jobs {
            let why = if job.reason.is_empty() { String::new() } else { format!(": {}", job.reason) };
            let text = format!("{}{why}", look.when(job.run_at));
            s.link(format!("{} {}", job.kind, job.state), text, Noun::Job, job.id);
        }
    });
    sheet.section("Variables", |s| {
        for (key, value) in &d.variables {
            match value {
                Value::String(text) => s.add(key, text),
                other => s.add(key, other.to_string()),
            };
        }
    });
    sheet
}

/// One thing that happened with a lead, or will.
#[derive(Clone, Copy)]
enum Moment<'a> {
    Call(&'a CallBrief),
    Message(&'a MessageBrief),
    Appointment(&'a AppointmentBrief),
}

/// What happened on any channel in the order of time; an appointment where its slot is.
fn timeline(d: &LeadDetail, look: Look<'_>, s: &mut Section) {
    let calls = d.calls.iter().map(|call| (call.created_at, Moment::Call(call)));
    let messages = d.messages.iter().map(|message| (message.created_at, Moment::Message(message)));
    let slots = d.appointments.iter().map(|slot| (slot.starts_at, Moment::Appointment(slot)));
    let mut all: Vec<(Millis, Moment<'_>)> = calls.chain(messages).chain(slots).collect();
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    for (_, moment) in all {
        match moment {
            Moment::Call(call) => {
                let came = call.outcome.map_or(call.status.word(), |outcome| outcome.word());
                let why = if call.why.is_empty() { String::new() } else { format!(" ({})", call.why) };
                let text = format!("{came}{why}, {}", look.when(call.created_at));
                s.link(format!("call, attempt {}", call.attempt), text, Noun::Call, call.id);
            }
            Moment::Message(message) => messages::brief(message, look, s),
            Moment::Appointment(slot) => {
                let text = format!("{}, {}", slot.status, look.when(slot.starts_at));
                s.link("appointment", text, Noun::Appointment, slot.id).add("  note", &slot.note);
            }
        }
    }
}

fn screened(d: &LeadDetail) -> String {
    let word = |s: &Screened| {
        let found = if s.listed { "on it" } else { "clear" };
        format!("{}: {found} as of {}", s.list, &s.as_of.iso()[..10])
    };
    d.screenings.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn consent(d: &LeadDetail, look: Look<'_>, s: &mut Section) {
    for c in &d.consents {
        let (sign, channels) = match c.revoked_at {
            Some(_) if c.channels.is_empty() => ("void", "brought by a file that was undone,"),
            Some(_) => ("revoked", c.channels.as_str()),
            None => ("in force", c.channels.as_str()),
        };
        s.add(sign, format!("{channels} for {}, given {}", c.purpose, look.when(c.given_at)))
            .add("  wording", &c.wording)
            .add("  evidence", &c.evidence)
            .add("  recorded", format!("{} by {}", look.when(c.recorded_at), c.recorded_by));
        if let Some(at) = c.revoked_at {
            s.add("  revoked", format!("{} {}", look.when(at), c.revoked_how));
        }
    }
    if d.consents.is_empty() {
        s.add("none", "no consent is on record");
    }
}

fn refusals(d: &LeadDetail, look: Look<'_>, s: &mut Section) {
    for r in &d.suppressions {
        let whose = if r.global { "by any client" } else { "by this client" };
        let text = format!("{whose} on {}: {}", r.channel, r.reason);
        if r.active {
            s.warn("not to be contacted", text);
        } else {
            s.add("ended", text);
        }
        s.add("  evidence", &r.evidence)
            .add("  since", format!("{} by {}", look.when(r.created_at), r.created_by));
        if let Some(at) = r.ended_at {
            s.add("  ended", format!("{} by {}", look.when(at), r.ended_by)).add("  because", &r.ended_why);
        }
    }
}

/// The newest decision in full; of older ones what they came to.
fn decisions(d: &LeadDetail, look: Look<'_>, s: &mut Section) {
    for (n, report) in d.decisions.iter().enumerate() {
        let why = if report.rule.is_empty() { String::new() } else { format!(" by {}", report.rule) };
        let label = format!("{} ({})", report.answer, report.stage);
        let text = format!("{}{why}: {}", look.when(report.at), report.reason);
        match report.answer {
            Answer::Allowed => s.add(label, text),
            Answer::NotYet | Answer::Never => s.warn(label, text),
        };
        for line in report.lines.iter().filter(|_| n == 0) {
            s.add(format!("  {} {}", line.finding, line.rule), &line.detail);
        }
    }
}

/// The sum as people add it up: `source website 20 + name known 10 = 30`.
fn score(total: i64, parts: &[(String, i64)]) -> String {
    if parts.is_empty() {
        return total.to_string();
    }
    let mut out = String::new();
    for (i, (label, points)) in parts.iter().enumerate() {
        let sign = match (i, *points < 0) {
            (0, false) => "",
            (0, true) => "−",
            (_, false) => " + ",
            (_, true) => " − ",
        };
        out.push_str(&format!("{sign}{label} {}", points.unsigned_abs()));
    }
    format!("{out} = {total}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_the_sum_that_is_shown() {
        let part = |label: &str, n| (label.to_owned(), n);
        assert_eq!(score(25, &[part("website", 30), part("not fresh", -5)]), "website 30 − not fresh 5 = 25");
        assert_eq!(score(-5, &[part("not fresh", -5)]), "−not fresh 5 = -5");
        assert_eq!(score(7, &[]), "7");
    }
}
