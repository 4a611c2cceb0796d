//! Leads: the people who may be contacted, and what happens with each next.

use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::lead::{LeadRow, LeadStatus};

/// Columns of the list.
pub const COLUMNS: &[Column] = &[
    Column::new("name", 18, 0),
    Column::new("phone", 14, 4),
    Column::new("status", 14, 1),
    Column::new("next", 12, 3),
    Column::new("try", 3, 7).right(),
    Column::new("score", 6, 6).right(),
    Column::new("client", 12, 5),
    Column::new("source", 12, 9),
    Column::new("added", 12, 8),
    Column::new("id", 6, 10),
    Column::new("held because", 26, 2).flex(),
];

/// Cells of a lead.
#[must_use]
pub fn cells(r: &LeadRow, look: Look<'_>) -> Vec<Cell> {
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
