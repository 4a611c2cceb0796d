//! Events: everything that happened, newest first.

use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::event::Event;

/// Columns of the list.
pub const COLUMNS: &[Column] = &[
    Column::new("time", 12, 2),
    Column::new("kind", 22, 1),
    Column::new("client", 12, 3),
    Column::new("about", 12, 5),
    Column::new("id", 6, 6),
    Column::new("by", 10, 4),
    Column::new("what", 20, 0).flex(),
];

/// Cells of an event.
#[must_use]
pub fn cells(r: &Event, look: Look<'_>) -> Vec<Cell> {
    vec![
        look.at(r.at),
        Cell::new(&r.kind),
        Cell::new(&r.client),
        Cell::of(&r.subject, Role::Dim),
        super::id(&r.subject_id, look),
        Cell::of(&r.actor, Role::Dim),
        Cell::new(&r.text),
    ]
}
