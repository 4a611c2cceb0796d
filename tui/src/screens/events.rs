//! Events: everything that happened, newest first.

use super::Screen;
use crate::rows::Row;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::event::Event;
use frontdesk_shared::page::List;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Events,
    title: "Events",
    order: "newest first",
    nothing: "nothing has happened yet",
    command: Some("Everything that happened, newest first."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Event(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: Noun::ALL,
    leads: false,
};

const COLUMNS: &[Column] = &[
    Column::new("time", 12, 2),
    Column::new("kind", 22, 1),
    Column::new("client", 12, 3),
    Column::new("about", 12, 5),
    Column::new("id", 6, 6),
    Column::new("by", 10, 4),
    Column::new("what", 20, 0).flex(),
];

fn cells(r: &Event, look: Look<'_>) -> Vec<Cell> {
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
