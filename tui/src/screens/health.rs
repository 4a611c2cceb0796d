//! Health: the parts of the house and its scheduled jobs, in one list.

use super::Screen;
use crate::rows::Row;
use crate::table::{Cell, Column, Look};
use crate::text;
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::health::{HealthPart, HealthReport, HealthState, MessageCounts, ScheduleRow};
use frontdesk_shared::page::List;
use frontdesk_shared::time::short_duration;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Health,
    title: "Health",
    order: "",
    nothing: "no report",
    command: None,
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Part(r) => part(r),
        Row::Schedule(r) => schedule(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Daemon],
    leads: false,
};

const COLUMNS: &[Column] =
    &[Column::new("part", 22, 0), Column::new("state", 12, 1), Column::new("detail", 20, 2).flex()];

fn part(r: &HealthPart) -> Vec<Cell> {
    vec![
        Cell::new(&r.name),
        Cell::of(r.state.word(), role(r.state)).by(-(r.state as i64)),
        Cell::new(&r.detail),
    ]
}

fn schedule(r: &ScheduleRow, look: Look<'_>) -> Vec<Cell> {
    let last = match r.last_at {
        Some(at) => format!("last {}", look.at(at).text),
        None => "never ran".to_owned(),
    };
    let next = if look.exact { r.next_at.iso() } else { look.zone.stamp(r.next_at, look.now) };
    let note = if r.note.is_empty() { String::new() } else { format!(" · {}", r.note) };
    vec![
        Cell::new(&r.name),
        Cell::of("scheduled", Role::Dim),
        Cell::new(format!("{} · next {next} · {last}{note}", r.every)),
    ]
}

/// The report in one line.
#[must_use]
pub fn summary(r: &HealthReport) -> String {
    let late = if r.jobs_due == 0 {
        "nothing overdue".to_owned()
    } else {
        format!("{} due, {} late", text::count(r.jobs_due, "job"), short_duration(r.lag_ms))
    };
    format!("{} · up {} · {} · {late}", r.state, short_duration(r.uptime_ms), text::bytes(r.rss_bytes))
}

/// How texts and emails fare, in one line.
#[must_use]
pub fn messages(counts: &MessageCounts) -> String {
    format!(
        "messages of 24 hours: {} sent, {} failed; {} of unknown fate, {} waiting",
        text::grouped(counts.sent),
        text::grouped(counts.failed),
        text::grouped(counts.uncertain),
        text::grouped(counts.waiting)
    )
}

/// How a state is shown.
#[must_use]
pub fn role(state: HealthState) -> Role {
    match state {
        HealthState::Healthy => Role::Good,
        HealthState::Off => Role::Dim,
        HealthState::Degraded => Role::Warn,
        HealthState::Down => Role::Bad,
    }
}
