//! What has to be written into a calendar, and what an id that is taken already means.
//!
//! Must not live here: sending it (providers), when to try again (`backoff`).

use super::{Ours, Written, event_id, of_event_id};
use crate::booking::Slot;
use frontdesk_shared::AppointmentId;

/// What the calendar still has to be told. Our own write is never made on a guess: what is not
/// known is looked up first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Nothing.
    Nothing,
    /// Put the event there.
    Insert,
    /// Ask whether the event is there: an insert was sent and its answer lost.
    LookUp,
    /// Change its times, and nothing else: title and description belong to staff.
    Move {
        /// To these.
        to: Slot,
        /// If it is still this version.
        etag: Option<String>,
    },
    /// Take it away.
    Delete,
}

/// What the calendar has to be told about an appointment.
pub fn write_due(ours: &Ours) -> Write {
    match (&ours.written, ours.booked) {
        // Cancelled before it was written: the calendar never hears of it.
        (Written::Never | Written::Deleted, false) => Write::Nothing,
        (Written::Never, true) => Write::Insert,
        (Written::Unsure, _) => Write::LookUp,
        (Written::Verified(_), false) => Write::Delete,
        (Written::Verified(proof), true) if proof.slot != ours.slot => {
            Write::Move { to: ours.slot, etag: proof.etag.clone() }
        }
        (Written::Verified(_), true) => Write::Nothing,
        // What a person deleted stays deleted.
        (Written::Deleted, true) => Write::Nothing,
    }
}

/// What stands under an event id that an insert found taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// An event that is there, and the appointment our private mark on it names.
    Stands(Option<AppointmentId>),
    /// A deleted event.
    Deleted,
    /// The calendar says the id is taken and shows nothing.
    Nothing,
}

/// What an insert whose id was taken comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Our own earlier insert: success, and its times are what the event shows.
    Ours,
    /// Our own earlier insert, and somebody deleted it since: the business cancelled.
    DeletedByStaff,
    /// The id cannot be used: insert again under this one.
    Again {
        /// The next generation.
        event: String,
    },
}

/// What an insert whose id was taken comes to. `unsure` says that an earlier insert of this very
/// id may have reached the calendar: only then can the deleted event be one a person saw and took
/// away. Otherwise the id is used up by a deletion of ours.
pub fn on_taken(appointment: AppointmentId, event: &str, unsure: bool, found: Found) -> Taken {
    match found {
        Found::Stands(Some(of)) if of == appointment => Taken::Ours,
        Found::Deleted if unsure => Taken::DeletedByStaff,
        Found::Stands(_) | Found::Deleted | Found::Nothing => {
            let generation = of_event_id(event).filter(|(of, _)| *of == appointment).map_or(0, |(_, n)| n);
            Taken::Again { event: event_id(appointment, generation.wrapping_add(1)) }
        }
    }
}
