//! Audit: what operators did, newest first.

use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::page::AuditRow;

/// Columns of the list.
pub const COLUMNS: &[Column] = &[
    Column::new("time", 12, 2),
    Column::new("who", 12, 1),
    Column::new("did", 18, 0),
    Column::new("on", 20, 3),
    Column::new("client", 12, 5),
    Column::new("detail", 16, 4).flex(),
];

/// Cells of an operator's action.
#[must_use]
pub fn cells(r: &AuditRow, look: Look<'_>) -> Vec<Cell> {
    vec![
        look.at(r.at),
        Cell::new(&r.actor),
        Cell::new(&r.action),
        Cell::new(&r.subject),
        Cell::new(&r.client),
        Cell::of(&r.detail, Role::Dim),
    ]
}
