//! How a sandbox is set up.

use serde::{Deserialize, Serialize};

/// The calendar every sandbox has.
pub const CALENDAR_ID: &str = "desk@group.calendar.google.com";

/// What the service account may do with a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Not shared: it looks as if it did not exist.
    None,
    /// Only when it is busy.
    FreeBusy,
    /// Its events.
    Read,
    /// Its events, and changing them.
    Write,
}

/// A calendar at the beginning.
#[derive(Clone, Debug)]
pub struct CalendarSetup {
    /// Its id.
    pub id: String,
    /// Its IANA zone.
    pub zone: String,
    /// What the service account may do.
    pub access: Access,
}

/// How a sandbox is set up.
#[derive(Clone, Debug)]
pub struct GoogleConfig {
    /// The calendars there are.
    pub calendars: Vec<CalendarSetup>,
    /// Most events on a page, whatever is asked for.
    pub page_size: usize,
    /// Makes the same choices again.
    pub seed: u64,
}

impl Default for GoogleConfig {
    fn default() -> Self {
        let zone = "Europe/London".to_owned();
        let desk = CalendarSetup { id: CALENDAR_ID.to_owned(), zone, access: Access::Write };
        Self { calendars: vec![desk], page_size: 2_500, seed: 1 }
    }
}
