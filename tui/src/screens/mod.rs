//! What each list shows: its name, its columns, its cells. One file per list; no drawing here.

pub mod appointments;
pub mod audit;
pub mod calls;
pub mod clients;
pub mod errors;
pub mod events;
pub mod health;
pub mod imports;
pub mod jobs;
pub mod leads;
pub mod live;
pub mod webhooks;

use crate::rows::Row;
use crate::table::{Cell, Column, Look};
use frontdesk_shared::page::List;

/// The lists that have a number key and a tab, in this order.
pub const TABS: [List; 7] =
    [List::Live, List::Leads, List::Jobs, List::Errors, List::Webhooks, List::Imports, List::Health];

/// The name of a list as a heading.
#[must_use]
pub fn title(list: List) -> &'static str {
    match list {
        List::Live => "Live",
        List::Calls => "Calls",
        List::Leads => "Leads",
        List::Jobs => "Jobs",
        List::Errors => "Errors",
        List::Webhooks => "Webhooks",
        List::Imports => "Imports",
        List::Appointments => "Appointments",
        List::Clients => "Clients",
        List::Events => "Events",
        List::Audit => "Audit",
        List::Health => "Health",
    }
}

/// The order in which the daemon sends a list, in words.
#[must_use]
pub fn order(list: List) -> &'static str {
    match list {
        List::Live => "oldest first",
        List::Jobs => "what needs a person first",
        List::Errors => "last seen first",
        List::Appointments => "next first",
        List::Clients => "by key",
        List::Health => "",
        _ => "newest first",
    }
}

/// What is said where a list is empty and nothing is filtered.
#[must_use]
pub fn nothing(list: List) -> &'static str {
    match list {
        List::Live => "no calls under way — W says why",
        List::Calls => "no calls yet",
        List::Leads => "no leads yet — i imports a file",
        List::Jobs => "no jobs",
        List::Errors => "no errors",
        List::Webhooks => "no webhooks received yet",
        List::Imports => "no imports yet — i imports a file",
        List::Appointments => "no appointments",
        List::Clients => "no clients yet — `frontdesk client add NAME` creates one",
        List::Events => "nothing has happened yet",
        List::Audit => "no operator has done anything yet",
        List::Health => "no report",
    }
}

/// Whether a list comes newest first, so that following its top makes sense.
#[must_use]
pub fn newest_first(list: List) -> bool {
    order(list) == "newest first"
}

/// The columns of a list.
#[must_use]
pub fn columns(list: List) -> &'static [Column] {
    match list {
        List::Live => live::COLUMNS,
        List::Calls => calls::COLUMNS,
        List::Leads => leads::COLUMNS,
        List::Jobs => jobs::COLUMNS,
        List::Errors => errors::COLUMNS,
        List::Webhooks => webhooks::COLUMNS,
        List::Imports => imports::COLUMNS,
        List::Appointments => appointments::COLUMNS,
        List::Clients => clients::COLUMNS,
        List::Events => events::COLUMNS,
        List::Audit => audit::COLUMNS,
        List::Health => health::COLUMNS,
    }
}

/// The cells of a row, one per column of its list.
#[must_use]
pub fn cells(list: List, row: Row<'_>, look: Look<'_>) -> Vec<Cell> {
    match row {
        Row::Call(r) if list == List::Live => live::cells(r, look),
        Row::Call(r) => calls::cells(r, look),
        Row::Lead(r) => leads::cells(r, look),
        Row::Job(r) => jobs::cells(r, look),
        Row::Fault(r) => errors::cells(r, look),
        Row::Webhook(r) => webhooks::cells(r, look),
        Row::Import(r) => imports::cells(r, look),
        Row::Appointment(r) => appointments::cells(r, look),
        Row::Client(r) => clients::cells(r, look),
        Row::Event(r) => events::cells(r, look),
        Row::Audit(r) => audit::cells(r, look),
        Row::Part(r) => health::part(r),
        Row::Schedule(r) => health::schedule(r, look),
    }
}

/// An id: whole for programs, its last six characters for people.
fn id(whole: &str, look: Look<'_>) -> Cell {
    let short = whole.len().checked_sub(6).and_then(|at| whole.get(at..));
    Cell::of(if look.exact { whole } else { short.unwrap_or(whole) }, crate::theme::Role::Dim)
}
