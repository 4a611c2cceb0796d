//! Errors: like faults in one row, until somebody acknowledges them.

use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::fault::{FaultRow, Severity};

/// Columns of the list.
pub const COLUMNS: &[Column] = &[
    Column::new("how bad", 8, 2),
    Column::new("count", 6, 3).right(),
    Column::new("last", 12, 4),
    Column::new("kind", 20, 0),
    Column::new("service", 10, 5),
    Column::new("client", 12, 6),
    Column::new("first", 12, 8),
    Column::new("seen by", 9, 7),
    Column::new("id", 6, 9),
    Column::new("message", 26, 1).flex(),
];

/// Cells of a fault.
#[must_use]
pub fn cells(r: &FaultRow, look: Look<'_>) -> Vec<Cell> {
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
        Cell::of(&r.message, text),
    ]
}
