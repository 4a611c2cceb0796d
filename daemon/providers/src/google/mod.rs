//! Google, reached as a service account: tokens for it and the calendars shared with it.
//!
//! Lives here: the account's key, tokens, Calendar's JSON in both directions, its HTTP client and
//! the heads of its pushes. Must not live here: what a changed event means for an appointment, the
//! store, the clock (it is given).

mod calendar;
#[cfg(test)]
mod calendar_tests;
mod event;
mod key;
mod listing;
mod push;
mod refusal;
#[cfg(test)]
mod testing;
mod token;
mod token_reply;
#[cfg(test)]
mod token_tests;
mod wire;

pub use calendar::{Calendars, Settings};
pub use event::{CalendarRef, Event, MARK, NewEvent, Span};
pub use key::{KeyError, ServiceAccount};
pub use listing::{Channel, Deleted, FreeBusy, Inserted, Listed, Page, Patched, Since};
pub use push::{Push, PushState};
pub use token::{AUDIENCE, Now, Tokens};
pub use token_reply::TokenError;

/// Scope of Calendar's events, read and write.
pub const SCOPE_EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
/// Scope of asking when calendars are busy.
pub const SCOPE_FREE_BUSY: &str = "https://www.googleapis.com/auth/calendar.freebusy";
