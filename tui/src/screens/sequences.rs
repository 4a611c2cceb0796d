//! Sequences: each step that was planned for a person after a silence, and what became of it.

use super::Screen;
use super::messages::by;
use crate::rows::Row;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::job::JobState;
use frontdesk_shared::page::List;
use frontdesk_shared::sequence::StepRow;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Sequences,
    title: "Sequences",
    order: "newest first",
    nothing: "nobody is in a follow-up sequence",
    command: Some("Steps of follow-up sequences, newest first."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Step(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Job, Noun::Message, Noun::Lead],
    leads: true,
};

const COLUMNS: &[Column] = &[
    Column::new("started", 12, 5).sorts(),
    Column::new("who", 18, 0),
    Column::new("after", 14, 1),
    Column::new("step", 4, 2).right(),
    Column::new("by", 5, 6),
    Column::new("state", 9, 3).sorts(),
    Column::new("due", 12, 4).sorts(),
    Column::new("client", 12, 7).sorts(),
    Column::new("changed", 12, 9).sorts(),
    Column::new("because", 20, 8).flex(),
];

fn cells(r: &StepRow, look: Look<'_>) -> Vec<Cell> {
    // A job's words are those of work; a reader of this list asks what the person gets.
    let (word, role) = match r.state {
        JobState::Ready => ("waits", Role::Info),
        JobState::Running => ("leaves", Role::Info),
        JobState::Done => ("sent", Role::Good),
        JobState::Cancelled => ("stopped", Role::Dim),
        JobState::Expired => ("too late", Role::Warn),
        JobState::Dead => ("not sent", Role::Bad),
        JobState::Uncertain => ("unknown", Role::Warn),
    };
    vec![
        look.at(r.started_at),
        Cell::new(&r.who),
        Cell::new(&r.sequence),
        Cell::number(r.step.into()),
        Cell::new(by(r.channel)),
        Cell::of(word, role),
        look.at(r.due),
        Cell::new(&r.client),
        look.at(r.changed_at),
        Cell::of(&r.why, Role::Dim),
    ]
}
