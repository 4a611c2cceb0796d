//! Live: calls under way, oldest first, with a duration that runs by itself.

use super::Screen;
use crate::rows::Row;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use crate::zone::stopwatch;
use frontdesk_shared::Noun;
use frontdesk_shared::call::{CallRow, CallStatus};
use frontdesk_shared::page::List;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Live,
    title: "Live",
    order: "oldest first",
    nothing: "no calls under way — W says why",
    command: None,
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Call(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Call],
    leads: true,
};

const COLUMNS: &[Column] = &[
    Column::new("dur", 7, 2).sorts().right(),
    Column::new("state", 11, 1).sorts(),
    Column::new("who", 18, 0).sorts(),
    Column::new("phone", 14, 4),
    Column::new("client", 12, 5).sorts(),
    Column::new("dir", 8, 8),
    Column::new("try", 3, 7).sorts().right(),
    Column::new("id", 6, 9),
    Column::new("last said", 24, 3).flex(),
];

fn cells(r: &CallRow, look: Look<'_>) -> Vec<Cell> {
    vec![
        duration(r, look),
        state(r.status),
        Cell::new(&r.who),
        Cell::new(&r.phone),
        Cell::new(&r.client),
        Cell::of(r.direction.word(), Role::Dim),
        Cell::number(i64::from(r.attempt)),
        super::id(&r.id.to_string(), look),
        Cell::new(&r.last_line),
    ]
}

/// How far a call has come, as a cell.
#[must_use]
pub fn state(status: CallStatus) -> Cell {
    let role = match status {
        CallStatus::InProgress | CallStatus::Forwarding => Role::Good,
        CallStatus::Uncertain => Role::Warn,
        CallStatus::Refused => Role::Bad,
        CallStatus::Ended => Role::Plain,
        _ => Role::Info,
    };
    Cell::of(status.word(), role)
}

/// How long somebody has been on the line; a dash before somebody answers.
#[must_use]
pub fn duration(r: &CallRow, look: Look<'_>) -> Cell {
    match r.started_at {
        Some(at) => {
            let ms = r.ended_at.unwrap_or(look.now).since(at).max(0);
            Cell::new(stopwatch(ms)).by(ms)
        }
        None => Cell::of("-", Role::Dim),
    }
}
