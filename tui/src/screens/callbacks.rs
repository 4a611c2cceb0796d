//! Promised calls back: who was told when, and whether it was kept.

use super::Screen;
use crate::rows::Row;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::call::CallbackRow;
use frontdesk_shared::page::List;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Callbacks,
    title: "Callbacks",
    order: "next first",
    nothing: "nobody was promised a call back",
    command: Some("Promised calls back: waiting, kept, late, broken."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Callback(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Call, Noun::Lead],
    leads: true,
};

const COLUMNS: &[Column] = &[
    Column::new("promised", 12, 1).sorts(),
    Column::new("state", 8, 0),
    Column::new("who", 20, 2).sorts().flex(),
    Column::new("phone", 16, 4),
    Column::new("client", 12, 5).sorts(),
    Column::new("called", 12, 3),
    Column::new("asked", 12, 7).sorts(),
    Column::new("id", 6, 8),
    Column::new("because", 20, 6),
];

fn cells(r: &CallbackRow, look: Look<'_>) -> Vec<Cell> {
    let overdue = r.state == "waiting" && r.promised_at < look.now;
    let (word, role) = match r.state.as_str() {
        _ if overdue => ("overdue", Role::Bad),
        "kept" => ("kept", Role::Good),
        "late" => ("late", Role::Warn),
        "broken" => ("broken", Role::Bad),
        other => (other, Role::Dim),
    };
    vec![
        look.at(r.promised_at),
        Cell::of(word, role),
        Cell::new(&r.who),
        Cell::new(&r.phone),
        Cell::new(&r.client),
        look.maybe(r.called_at),
        look.at(r.created_at),
        super::id(&r.id.to_string(), look),
        Cell::of(&r.why, Role::Dim),
    ]
}
