//! Jobs: what the daemon means to do, what needs a person first.

use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::job::{JobRow, JobState};

/// Columns of the list.
pub const COLUMNS: &[Column] = &[
    Column::new("state", 9, 1),
    Column::new("due", 10, 3),
    Column::new("job", 18, 0),
    Column::new("about", 14, 2),
    Column::new("tries", 5, 5),
    Column::new("client", 12, 6),
    Column::new("changed", 12, 7),
    Column::new("id", 6, 8),
    Column::new("reason", 23, 4).flex(),
];

/// Cells of a job.
#[must_use]
pub fn cells(r: &JobRow, look: Look<'_>) -> Vec<Cell> {
    let role = match r.state {
        JobState::Dead => Role::Bad,
        JobState::Uncertain => Role::Warn,
        JobState::Running => Role::Info,
        JobState::Ready => Role::Plain,
        _ => Role::Dim,
    };
    let due = match r.state {
        JobState::Ready => look.until(r.run_at),
        _ => Cell::of("-", Role::Dim),
    };
    vec![
        Cell::of(r.state_word(look.now), role),
        due,
        Cell::new(&r.kind),
        Cell::new(&r.about),
        Cell::new(format!("{}/{}", r.attempt, r.max_attempts)).by(i64::from(r.attempt)),
        Cell::new(&r.client),
        look.at(r.updated_at),
        super::id(&r.id.to_string(), look),
        Cell::new(&r.reason),
    ]
}
