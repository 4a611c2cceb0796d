//! Jobs: what the daemon means to do, what needs a person first.

use super::Screen;
use crate::rows::Row;
use crate::sheet::Sheet;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::detail::JobDetail;
use frontdesk_shared::job::{JobRow, JobState};
use frontdesk_shared::page::List;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Jobs,
    title: "Jobs",
    order: "what needs a person first",
    nothing: "no jobs",
    command: Some("What the daemon means to do."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Job(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Job],
    leads: true,
};

const COLUMNS: &[Column] = &[
    Column::new("state", 9, 1).sorts(),
    Column::new("due", 10, 3).sorts(),
    Column::new("job", 18, 0).sorts(),
    Column::new("about", 14, 2),
    Column::new("tries", 5, 5).sorts(),
    Column::new("client", 12, 6).sorts(),
    Column::new("changed", 12, 7).sorts(),
    Column::new("id", 6, 8),
    Column::new("reason", 23, 4).flex(),
];

fn cells(r: &JobRow, look: Look<'_>) -> Vec<Cell> {
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

/// Everything about a job.
pub(super) fn sheet(d: &JobDetail, look: Look<'_>) -> Sheet {
    let r = &d.row;
    let state = r.state_word(look.now);
    let mut sheet = Sheet::new(format!("{} {state}", r.kind));
    sheet.section("Job", |s| {
        s.add("state", state).add("because", &r.reason).add("about", &r.about);
        if let Some(client) = d.client {
            s.link("client", &r.client, Noun::Client, client);
        }
        s.link_some("lead", Noun::Lead, r.lead)
            .link_some("call", Noun::Call, d.call)
            .add("not before", look.when(r.run_at))
            .add("not after", look.when_some(r.useful_until))
            .add("tries", format!("{} of {}", r.attempt, r.max_attempts))
            .add("queue", format!("{}, priority {}", d.queue, r.priority))
            .add("unique key", &d.unique_key)
            .add("made", look.when(r.created_at))
            .add("changed", look.when(r.updated_at));
        if let Some((node, until)) = d.lease {
            s.add("claimed by", format!("daemon {node} until {}", look.when_some(until)));
        }
    });
    sheet.section("Payload", |s| {
        s.add("version", d.version.to_string()).document(&d.payload);
    });
    sheet
}
