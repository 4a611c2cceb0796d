//! Webhooks: what providers told, and what became of it.

use crate::table::{Cell, Column, Look};
use crate::text;
use crate::theme::Role;
use frontdesk_shared::webhook::{WebhookRow, WebhookStatus};

/// Columns of the list.
pub const COLUMNS: &[Column] = &[
    Column::new("received", 12, 3),
    Column::new("provider", 8, 4),
    Column::new("kind", 20, 0),
    Column::new("status", 9, 1),
    Column::new("times", 5, 6).right(),
    Column::new("size", 8, 8).right(),
    Column::new("client", 12, 5),
    Column::new("call", 6, 9),
    Column::new("id", 6, 7),
    Column::new("note", 24, 2).flex(),
];

/// Cells of a webhook.
#[must_use]
pub fn cells(r: &WebhookRow, look: Look<'_>) -> Vec<Cell> {
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
