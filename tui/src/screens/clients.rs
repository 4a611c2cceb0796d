//! Clients: the businesses the house works for.

use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::client::{ClientRow, ClientStatus};

/// Columns of the list.
pub const COLUMNS: &[Column] = &[
    Column::new("key", 16, 0),
    Column::new("name", 20, 1).flex(),
    Column::new("status", 12, 2),
    Column::new("open leads", 10, 3).right(),
    Column::new("live", 5, 4).right(),
    Column::new("tier", 10, 6),
    Column::new("zone", 18, 5),
    Column::new("country", 7, 8),
    Column::new("created", 12, 7),
];

/// Cells of a client.
#[must_use]
pub fn cells(r: &ClientRow, look: Look<'_>) -> Vec<Cell> {
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
