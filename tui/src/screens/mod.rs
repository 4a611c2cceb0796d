//! What each list shows: its name, its columns, its cells, its details. One file per list with
//! its `SCREEN`; [`SCREENS`] knows them all. No drawing here.

pub mod appointments;
pub mod audit;
pub mod callbacks;
pub mod calls;
pub mod clients;
pub mod errors;
pub mod events;
pub mod health;
pub mod imports;
pub mod jobs;
pub mod leads;
pub mod live;
pub mod messages;
pub mod sequences;
pub mod templates;
pub mod webhooks;

use crate::rows::Row;
use crate::sheet::Sheet;
use crate::table::{Cell, Column, Look};
use frontdesk_shared::Noun;
use frontdesk_shared::detail::{About, Detail};
use frontdesk_shared::page::{List, Pause};

/// How a list is shown.
#[derive(Debug)]
pub struct Screen {
    /// Which.
    pub list: List,
    /// Its name as a heading.
    pub title: &'static str,
    /// The order in which the daemon sends it, in words.
    pub order: &'static str,
    /// What is said where it is empty and nothing is filtered.
    pub nothing: &'static str,
    /// One sentence for its subcommand, which has the list's word; `None` where it has none.
    pub command: Option<&'static str>,
    /// Its columns.
    pub columns: &'static [Column],
    /// The cells of a row, one per column.
    pub cells: fn(Row<'_>, Look<'_>) -> Vec<Cell>,
    /// Events about these may change it.
    pub touched_by: &'static [Noun],
    /// Whether a lead is at hand in its rows.
    pub leads: bool,
}

/// Every list.
pub const SCREENS: &[&Screen] = &[
    &live::SCREEN,
    &clients::SCREEN,
    &leads::SCREEN,
    &calls::SCREEN,
    &messages::SCREEN,
    &templates::SCREEN,
    &sequences::SCREEN,
    &jobs::SCREEN,
    &errors::SCREEN,
    &webhooks::SCREEN,
    &appointments::SCREEN,
    &callbacks::SCREEN,
    &imports::SCREEN,
    &events::SCREEN,
    &audit::SCREEN,
    &health::SCREEN,
];

/// The lists that have a number key and a tab, in this order.
pub const TABS: [List; 8] = [
    List::Live,
    List::Leads,
    List::Jobs,
    List::Errors,
    List::Webhooks,
    List::Imports,
    List::Health,
    List::Messages,
];

/// How a list is shown.
#[must_use]
pub fn of(list: List) -> &'static Screen {
    SCREENS.iter().copied().find(|screen| screen.list == list).unwrap_or(&health::SCREEN)
}

impl Screen {
    /// Whether it comes newest first, so that following its top makes sense.
    #[must_use]
    pub fn newest_first(&self) -> bool {
        self.order == "newest first"
    }

    /// Whether an event about something may change it. What this version does not know may
    /// change everything.
    #[must_use]
    pub fn is_touched_by(&self, subject: &str) -> bool {
        Noun::parse(subject).is_none_or(|noun| self.touched_by.contains(&noun))
    }

    /// Whether it is sorted here: the daemon sends it whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.list == List::Health
    }

    /// Columns by which it can be sorted, with their places.
    pub fn sortable(&self) -> impl Iterator<Item = (usize, &'static Column)> {
        let whole = self.is_whole();
        self.columns.iter().enumerate().filter(move |(_, column)| whole || column.sorts)
    }
}

/// The name of a list as a heading.
#[must_use]
pub fn title(list: List) -> &'static str {
    of(list).title
}

/// Everything about one thing, laid out.
#[must_use]
pub fn sheet(detail: &Detail, look: Look<'_>) -> Sheet {
    match &detail.about {
        About::Lead(d) => leads::sheet(d, look),
        About::Call(d) => calls::sheet(d, look),
        About::Job(d) => jobs::sheet(d, look),
        About::Webhook(d) => webhooks::sheet(d, look),
        About::Import(d) => imports::sheet(d, look),
        About::Fault(d) => errors::sheet(d, look),
        About::Appointment(d) => appointments::sheet(d, look),
        About::Message(d) => messages::sheet(d, look),
        About::Template(d) => templates::sheet(d, look),
        About::Client(d) => clients::sheet(d, look),
    }
}

/// By whom, since when and why something is paused, to follow what is paused.
#[must_use]
pub fn paused(pause: &Pause, look: Look<'_>) -> String {
    let by = if pause.by.is_empty() { String::new() } else { format!(" by {}", pause.by) };
    let since = pause.at.map(|at| format!(" since {}", look.at(at).text)).unwrap_or_default();
    let why = if pause.reason.is_empty() { "no reason was given" } else { &pause.reason };
    format!("{by}{since}: {why}")
}

/// An id: whole for programs, its last six characters for people.
fn id(whole: &str, look: Look<'_>) -> Cell {
    let short = whole.len().checked_sub(6).and_then(|at| whole.get(at..));
    Cell::of(if look.exact { whole } else { short.unwrap_or(whole) }, crate::theme::Role::Dim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_one_screen() {
        for list in List::ALL {
            assert_eq!(SCREENS.iter().filter(|screen| screen.list == *list).count(), 1, "{list}");
            let screen = of(*list);
            assert_eq!(screen.columns.iter().filter(|c| c.flex).count(), 1, "{list}");
            assert!(!screen.nothing.is_empty() && screen.is_touched_by("something new"));
        }
    }
}
