//! Webhooks: what providers told, and what became of it.

use super::Screen;
use crate::rows::Row;
use crate::sheet::Sheet;
use crate::table::{Cell, Column, Look};
use crate::text;
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::detail::WebhookDetail;
use frontdesk_shared::page::List;
use frontdesk_shared::webhook::{WebhookRow, WebhookStatus};

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Webhooks,
    title: "Webhooks",
    order: "newest first",
    nothing: "no webhooks received yet",
    command: Some("What providers told."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Webhook(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Webhook],
    leads: false,
};

const COLUMNS: &[Column] = &[
    Column::new("received", 12, 3).sorts(),
    Column::new("provider", 8, 4).sorts(),
    Column::new("kind", 20, 0).sorts(),
    Column::new("status", 9, 1).sorts(),
    Column::new("times", 5, 6).sorts().right(),
    Column::new("size", 8, 8).sorts().right(),
    Column::new("client", 12, 5).sorts(),
    Column::new("call", 6, 9),
    Column::new("id", 6, 7),
    Column::new("note", 24, 2).flex(),
];

fn cells(r: &WebhookRow, look: Look<'_>) -> Vec<Cell> {
    let role = match r.status {
        WebhookStatus::Applied => Role::Good,
        WebhookStatus::Ignored => Role::Dim,
        WebhookStatus::Unmatched => Role::Warn,
        WebhookStatus::Failed => Role::Bad,
    };
    let size = if look.exact { r.size_bytes.to_string() } else { text::bytes(r.size_bytes) };
    vec![
        look.at(r.received_at),
        Cell::new(&r.provider),
        Cell::new(&r.kind),
        Cell::of(r.status.word(), role),
        Cell::number(i64::from(r.deliveries)),
        Cell::new(size).by(i64::try_from(r.size_bytes).unwrap_or(i64::MAX)),
        Cell::new(&r.client),
        r.call.map_or_else(|| Cell::of("-", Role::Dim), |c| super::id(&c.to_string(), look)),
        super::id(&r.id.to_string(), look),
        Cell::new(&r.note),
    ]
}

/// Everything about a webhook.
pub(super) fn sheet(d: &WebhookDetail, look: Look<'_>) -> Sheet {
    let r = &d.row;
    let mut sheet = Sheet::new(format!("{} {} {}", r.provider, r.kind, r.status));
    sheet.section("Webhook", |s| {
        s.add("status", r.status.word())
            .add("note", &r.note)
            .add("provider", &r.provider)
            .add("kind", &r.kind);
        if let Some(client) = d.client {
            s.link("client", &r.client, Noun::Client, client);
        }
        s.link_some("call", Noun::Call, r.call)
            .add("agent", &d.agent)
            .add("deliveries", r.deliveries.to_string())
            .add("received", look.when(r.received_at))
            .add("applied", look.when_some(d.applied_at))
            .add("unique key", &d.unique_key)
            .add("size", format!("{} bytes", r.size_bytes));
    });
    sheet.section("Answer given", |s| {
        s.document(&d.reply);
    });
    sheet.section("Body", |s| {
        s.document(&d.body);
    });
    sheet
}
