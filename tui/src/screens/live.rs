//! Live: calls under way, oldest first, with a duration that runs by itself.

use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use crate::zone::stopwatch;
use frontdesk_shared::call::{CallRow, CallStatus};

/// Columns of the list.
pub const COLUMNS: &[Column] = &[
    Column::new("dur", 7, 2).right(),
    Column::new("state", 11, 1),
    Column::new("who", 18, 0),
    Column::new("phone", 14, 4),
    Column::new("client", 12, 5),
    Column::new("dir", 8, 8),
    Column::new("try", 3, 7).right(),
    Column::new("id", 6, 9),
    Column::new("last said", 24, 3).flex(),
];

/// Cells of a call.
#[must_use]
pub fn cells(r: &CallRow, look: Look<'_>) -> Vec<Cell> {
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
