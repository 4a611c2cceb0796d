//! Errors: like faults in one row, until somebody acknowledges them.

use super::Screen;
use crate::rows::Row;
use crate::sheet::Sheet;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::detail::FaultDetail;
use frontdesk_shared::fault::{FaultRow, Severity};
use frontdesk_shared::page::List;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Errors,
    title: "Errors",
    order: "last seen first",
    nothing: "no errors",
    command: Some("What went wrong."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Fault(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Fault],
    leads: false,
};

const COLUMNS: &[Column] = &[
    Column::new("how bad", 8, 2).sorts(),
    Column::new("count", 6, 2).sorts().right(),
    Column::new("last", 12, 4).sorts(),
    Column::new("kind", 20, 0).sorts(),
    Column::new("service", 10, 5).sorts(),
    Column::new("client", 12, 6).sorts(),
    Column::new("first", 12, 8).sorts(),
    Column::new("seen by", 9, 7),
    Column::new("id", 6, 9),
    Column::new("who", 14, 3),
    Column::new("message", 26, 1).flex(),
];

fn cells(r: &FaultRow, look: Look<'_>) -> Vec<Cell> {
    let role = match r.severity {
        _ if r.acked_by.is_some() => Role::Dim,
        Severity::Warning => Role::Warn,
        Severity::Error | Severity::Critical => Role::Bad,
    };
    let text = if r.acked_by.is_some() { Role::Dim } else { Role::Plain };
    vec![
        Cell::of(r.severity.word(), role).by(-(r.severity as i64)),
        Cell::count(r.count),
        look.at(r.last_at).role(text),
        Cell::of(&r.kind, text),
        Cell::of(&r.service, text),
        Cell::of(&r.client, text),
        look.at(r.first_at).role(text),
        Cell::of(r.acked_by.as_deref().unwrap_or("-"), Role::Dim),
        super::id(&r.id.to_string(), look),
        Cell::of(if r.who.is_empty() { "-" } else { &r.who }, text),
        Cell::of(&r.message, text),
    ]
}

/// Everything about a group of errors.
pub(super) fn sheet(d: &FaultDetail, look: Look<'_>) -> Sheet {
    let r = &d.row;
    let mut sheet = Sheet::new(format!("{}: {}", r.severity, r.kind));
    sheet.section("Error", |s| {
        s.add("message", &r.message)
            .add("last about", &r.who)
            .add("severity", r.severity.word())
            .add("service", &r.service);
        if let Some(client) = d.client {
            s.link("client", &r.client, Noun::Client, client);
        }
        s.add("happened", format!("{} times, {} ever", r.count, d.total))
            .add("first", look.when(r.first_at))
            .add("last", look.when(r.last_at));
        if let Some(at) = d.acked_at {
            let by = r.acked_by.as_deref().unwrap_or_default();
            s.add("acknowledged", format!("{} by {by}", look.when(at)));
        }
    });
    sheet.section("Latest times", |s| {
        for time in &d.occurrences {
            let at = look.when(time.at);
            let who = if time.who.is_empty() { String::new() } else { format!("{}: ", time.who) };
            let Some(about) = &time.about else {
                s.add(at, format!("{who}{}", time.message));
                continue;
            };
            // The id as well: on paper nothing opens it.
            let named = format!("{who}{} ({} {})", time.message, about.kind, about.id);
            s.link(at, named, about.kind, &about.id);
            if let Some(lead) = time.lead.filter(|_| about.kind != Noun::Lead) {
                s.link("", format!("lead {lead}"), Noun::Lead, lead);
            }
        }
    });
    sheet
}
