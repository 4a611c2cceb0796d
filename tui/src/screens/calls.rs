//! Calls: every call, newest first, with what it came to.

use super::Screen;
use crate::rows::Row;
use crate::sheet::Sheet;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::call::LOST;
use frontdesk_shared::call::{CallRow, Outcome};
use frontdesk_shared::detail::CallDetail;
use frontdesk_shared::page::List;
use frontdesk_shared::time::short_duration;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Calls,
    title: "Calls",
    order: "newest first",
    nothing: "no calls yet",
    command: Some("Calls, newest first; with --live those under way."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Call(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Call],
    leads: true,
};

const COLUMNS: &[Column] = &[
    Column::new("time", 12, 3).sorts(),
    Column::new("outcome", 18, 1).sorts(),
    Column::new("who", 18, 0).sorts(),
    Column::new("phone", 14, 5),
    Column::new("client", 12, 6).sorts(),
    Column::new("dur", 7, 4).sorts().right(),
    Column::new("cost", 8, 8).sorts().right(),
    Column::new("try", 3, 9).sorts().right(),
    Column::new("id", 6, 7),
    Column::new("detail", 14, 10).flex(),
];

fn cells(r: &CallRow, look: Look<'_>) -> Vec<Cell> {
    let detail = if r.last_line.is_empty() { &r.ended_reason } else { &r.last_line };
    let who = if r.sandbox { format!("{} (sandbox)", r.who) } else { r.who.clone() };
    vec![
        look.at(r.created_at),
        outcome(r),
        Cell::new(who),
        Cell::new(&r.phone),
        Cell::new(&r.client),
        super::live::duration(r, look),
        Cell::new(dollars(r.cost_micros_usd)).by(r.cost_micros_usd),
        Cell::number(i64::from(r.attempt)),
        super::id(&r.id.to_string(), look),
        Cell::of(detail, Role::Dim),
    ]
}

fn outcome(r: &CallRow) -> Cell {
    let Some(outcome) = r.outcome else { return super::live::state(r.status) };
    let role = match outcome {
        Outcome::Booked | Outcome::Transferred | Outcome::CallbackRequested => Role::Good,
        Outcome::NeedsReview
        | Outcome::BadNumber
        | Outcome::DoNotCall
        | Outcome::WrongPerson
        | Outcome::Deceased => Role::Warn,
        Outcome::Failed => Role::Bad,
        _ => Role::Plain,
    };
    Cell::of(outcome.word(), role)
}

/// Millionths of a dollar as dollars and cents.
fn dollars(micros: i64) -> String {
    let cents = micros.saturating_add(5_000) / 10_000;
    format!("${}.{:02}", cents / 100, (cents % 100).abs())
}

/// Everything about a call.
pub(super) fn sheet(d: &CallDetail, look: Look<'_>) -> Sheet {
    let r = &d.row;
    let came = r.outcome.map_or(r.status.word(), |outcome| outcome.word());
    let mut sheet = Sheet::new(format!("call with {}: {came}", r.who));
    let length = match (r.started_at, r.ended_at) {
        (Some(from), Some(to)) => short_duration(to.since(from)),
        (Some(from), None) => format!("{} so far", short_duration(look.now.since(from))),
        _ => String::new(),
    };
    let cost = if r.cost_micros_usd == 0 { String::new() } else { exact_dollars(r.cost_micros_usd) };
    let report = match (d.reported, r.ended_reason.as_str()) {
        (true, LOST) => "never came",
        (true, _) => "received",
        (false, _) => "not received yet",
    };
    sheet.section("Call", |s| {
        s.add("with", &r.who)
            .add("number", &r.phone)
            .link("client", &r.client, Noun::Client, d.client)
            .link_some("lead", Noun::Lead, r.lead)
            .add("direction", r.direction.word())
            .add("attempt", format!("{} of enquiry {}", r.attempt, d.episode))
            .add("status", r.status.word())
            .add("outcome", r.outcome.map_or("", |outcome| outcome.word()))
            .add("because", &d.why)
            .add("ended with", &r.ended_reason)
            .add("placed", look.when(r.created_at))
            .add("answered", look.when_some(r.started_at))
            .add("ended", look.when_some(r.ended_at))
            .add("length", length)
            .add("cost", cost)
            .add("provider", &d.provider)
            .add("provider's id", &r.provider_call_id)
            .add("final report", report)
            .add("look-ups", d.lookups.to_string())
            .link_some("placed by", Noun::Job, d.job);
        if r.sandbox {
            s.warn("sandbox", "no real phone rang");
        }
    });
    sheet.section("What it came to", |s| {
        s.add("summary", &d.summary).add("last line", &r.last_line).document(&d.analysis);
    });
    sheet.section("Transcript", |s| {
        if d.hidden {
            s.add("", "(hidden: you may watch, not listen)");
        }
        if d.skipped > 0 {
            s.add("…", format!("{} earlier lines are not shown", d.skipped));
        }
        for turn in &d.transcript {
            s.add(&turn.who, &turn.text);
        }
    });
    sheet.section("Tools used", |s| {
        for tool in &d.tools {
            let text = look.when(tool.at);
            if tool.failed {
                s.warn(format!("{} failed", tool.name), text);
            } else {
                s.add(&tool.name, text);
            }
            s.document(&tool.result);
        }
    });
    sheet.section("Webhooks", |s| {
        for w in &d.webhooks {
            let note = if w.note.is_empty() { String::new() } else { format!(": {}", w.note) };
            let text = format!("{}{note}", look.when(w.received_at));
            s.link(format!("{} {}", w.kind, w.status), text, Noun::Webhook, w.id);
        }
    });
    sheet
}

/// Millionths of a dollar to a hundredth of a cent.
fn exact_dollars(micros: i64) -> String {
    format!("${}.{:04}", micros / 1_000_000, (micros % 1_000_000 / 100).abs())
}

#[cfg(test)]
mod tests {
    #[test]
    fn costs_are_rounded_to_cents() {
        assert_eq!(super::dollars(0), "$0.00");
        assert_eq!(super::dollars(123_456), "$0.12");
        assert_eq!(super::dollars(1_995_000), "$2.00");
    }
}
