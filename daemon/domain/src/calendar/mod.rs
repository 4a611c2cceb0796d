//! A client's own calendar beside ours: what is kept of it, and what its changes mean.
//!
//! The store decides which appointments exist; the calendar is where the business sees and
//! changes them. Lives here: the mirror of a calendar ([`Entry`]), the times it takes
//! ([`busy_of`]), what a change in it means for appointments ([`reconcile()`]) and how they follow it
//! ([`take_in`]), what has to be written into it ([`write_due`]) and what follows from the answer
//! ([`answered`]), and whose it is ([`owners`]). Must not live here: a vendor's wire format (providers), the
//! rows (store), the clock.

mod event_id;
mod flags;
mod owner;
mod reading;
mod reconcile;
#[cfg(test)]
mod tests;
mod write;
mod writing;

pub use event_id::{event_id, of_event_id};
pub use flags::Flag;
pub use owner::{CalendarRules, Claim, ClientCalendar, GOOGLE, owners};
pub use reading::{Lost, Reading, WrittenEvent, caveat, foretell, take_in, tell, unread};
pub use reconcile::{CalendarChange, Evidence, House, Listing, reconcile};
pub use write::{Found, Taken, Write, on_taken, write_due};
pub use writing::{Answer, Begun, Order, QUOTA_MS, answered, begin};

use crate::booking::{Busy, Slot};
use frontdesk_shared::{AppointmentId, Millis};
use std::fmt;

/// One event as the mirror keeps it. Unique by calendar and event, because the same event may
/// stand in several calendars with the same id.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The calendar's own id of the event.
    pub event: String,
    /// The appointment our private mark on it names.
    pub appointment: Option<AppointmentId>,
    /// First instant and first instant after it.
    pub slot: Slot,
    /// Whether it takes time: not marked free, no working place, no birthday.
    pub busy: bool,
    /// Whole days, midnight to midnight in the calendar's zone.
    pub all_day: bool,
    /// Its title as it stands; staff may have rewritten it.
    pub title: Option<String>,
    /// Whether it is only pencilled in. It takes time all the same.
    pub tentative: bool,
    /// The series it is one instance of.
    pub series: Option<String>,
    /// When it changed last, by the calendar's clock.
    pub updated: Option<Millis>,
    /// Its version.
    pub etag: Option<String>,
}

impl Entry {
    /// Whether it is the event we wrote for its appointment, and not a copy somebody made of it.
    pub fn is_written_by_us(&self) -> bool {
        self.appointment.is_some_and(|id| of_event_id(&self.event).is_some_and(|(of, _)| of == id))
    }

    /// An all-day event that blocks nothing: shown, because people set it expecting otherwise.
    pub fn is_free_all_day(&self) -> bool {
        self.all_day && !self.busy
    }
}

// Titles hold people's names.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("event", &self.event)
            .field("appointment", &self.appointment)
            .field("slot", &self.slot)
            .field("busy", &self.busy)
            .field("all_day", &self.all_day)
            .finish_non_exhaustive()
    }
}

/// One event as a calendar reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is there.
    Stands(Entry),
    /// It was deleted. Of a deleted event only its id is sure.
    Gone {
        /// The calendar's own id of the event.
        event: String,
    },
}

impl Seen {
    /// The calendar's own id of the event.
    pub fn event(&self) -> &str {
        match self {
            Self::Stands(entry) => &entry.event,
            Self::Gone { event } => event,
        }
    }
}

/// An appointment of ours and what is known of its event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    /// Which.
    pub appointment: AppointmentId,
    /// The calendar its event belongs in.
    pub calendar: String,
    /// The id of its event there, as [`event_id()`] makes it.
    pub event: String,
    /// When it is.
    pub slot: Slot,
    /// When that was decided.
    pub decided_at: Millis,
    /// False once it was cancelled.
    pub booked: bool,
    /// What the calendar is known to hold.
    pub written: Written,
}

/// What a calendar is known to hold of an appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Nothing was sent yet.
    Never,
    /// An insert was sent and its answer lost.
    Unsure,
    /// The calendar showed the event.
    Verified(Proof),
    /// The event is deleted, by us or by others.
    Deleted,
}

/// The event as the calendar last showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Its times.
    pub slot: Slot,
    /// When we saw it, by our clock.
    pub seen_at: Millis,
    /// When it changed last, by the calendar's clock.
    pub updated: Option<Millis>,
    /// Its version.
    pub etag: Option<String>,
}

/// The times a mirrored calendar takes. Events we wrote for appointments that the store `knows`
/// are left out: those appointments count as they stand in the store, so that one cancelled there
/// frees its time although the calendar has not heard of it, and a moved one blocks only its new
/// time. `knows` must be false of an appointment whose event was deleted ([`Written::Deleted`]):
/// when that event is back, a person wants it there.
pub fn busy_of(entries: &[Entry], knows: impl Fn(AppointmentId) -> bool) -> Vec<Busy> {
    let counted = |entry: &&Entry| {
        let known = entry.is_written_by_us() && entry.appointment.is_some_and(&knows);
        entry.busy && !known && entry.slot.start < entry.slot.end
    };
    entries
        .iter()
        .filter(counted)
        .map(|entry| Busy { start: entry.slot.start, end: entry.slot.end })
        .collect()
}
