//! Clients: the businesses the house works for.

use super::Screen;
use crate::rows::Row;
use crate::sheet::Sheet;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::client::{ClientRow, ClientStatus};
use frontdesk_shared::detail::ClientDetail;
use frontdesk_shared::page::List;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Clients,
    title: "Clients",
    order: "by key",
    nothing: "no clients yet — `frontdesk client add NAME` creates one",
    command: Some("The businesses that are worked for."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Client(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Client, Noun::Lead, Noun::Call],
    leads: false,
};

const COLUMNS: &[Column] = &[
    Column::new("key", 16, 0).sorts(),
    Column::new("name", 20, 1).sorts().flex(),
    Column::new("status", 12, 2).sorts(),
    Column::new("open leads", 10, 3).right(),
    Column::new("live", 5, 4).right(),
    Column::new("tier", 10, 6).sorts(),
    Column::new("zone", 18, 5).sorts(),
    Column::new("country", 7, 8).sorts(),
    Column::new("created", 12, 7).sorts(),
];

fn cells(r: &ClientRow, look: Look<'_>) -> Vec<Cell> {
    let role = match r.status {
        ClientStatus::Active => Role::Good,
        ClientStatus::Paused => Role::Warn,
        ClientStatus::Deactivated => Role::Dim,
    };
    vec![
        Cell::new(&r.key),
        Cell::new(&r.name),
        Cell::of(r.status.word(), role),
        Cell::count(r.open_leads),
        Cell::count(r.live_calls),
        Cell::new(r.tier.word()),
        Cell::of(&r.timezone, Role::Dim),
        Cell::of(&r.country, Role::Dim),
        look.at(r.created_at),
    ]
}

/// Everything about a client.
pub(super) fn sheet(d: &ClientDetail, look: Look<'_>) -> Sheet {
    let r = &d.row;
    let mut sheet = Sheet::new(format!("{}, {}", r.name, r.status));
    let worth = format!("{}.{:02} {}", d.value_minor / 100, (d.value_minor % 100).abs(), d.currency);
    sheet.section("Client", |s| {
        s.add("key", &r.key).add("name", &r.name).add("status", r.status.word());
        if let Some(pause) = &d.pause {
            s.warn("paused", super::paused(pause, look).trim_start_matches([' ', ':']));
        }
        s.add("plan", r.tier.word())
            .add("email", &d.email)
            .add("number", &d.phone)
            .add("industry", &d.industry)
            .add("services", d.services.join(", "))
            .add("zone", &r.timezone)
            .add("country", &r.country)
            .add("an appointment", worth)
            .add("created", look.when(r.created_at))
            .add("changed", look.when(d.updated_at))
            .add("API keys", format!("{} in use, {} revoked", d.keys, d.keys_revoked));
    });
    sheet.section("Open leads", |s| {
        for open in &d.open_leads {
            s.add(format!("{} {}", open.status, open.hold_rule).trim(), open.count.to_string());
        }
    });
    sheet.section("Follow-ups begun", |s| {
        for count in &d.sequences {
            let waiting =
                if count.waiting > 0 { format!(", {} steps wait", count.waiting) } else { String::new() };
            s.add(&count.sequence, format!("{} people{waiting}", count.begun));
        }
    });
    sheet.section("Webhooks", |s| {
        s.add("this client's", format!("/webhooks/agent/agent_{}", d.agent))
            .add("any client's", "/webhooks/vapi");
    });
    sheet.section("Settings", |s| {
        s.document(&d.settings);
    });
    sheet
}
