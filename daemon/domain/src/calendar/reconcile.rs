//! What a calendar's changes mean: for the mirror, and for our appointments.
//!
//! The rule behind all of it: the business's own calendar is right about times it set itself, and
//! silence is never right about anything. An appointment is cancelled only where one event of it
//! was there and is now gone; a calendar that cannot be read says nothing. Must not live here:
//! telling people, changing rows.

use super::flags::{Flag, flags};
use super::{Entry, Ours, Proof, Seen, Written, of_event_id};
use crate::booking::{BookingRules, Busy, Slot};
use frontdesk_shared::{AppointmentId, Millis};
use std::collections::{BTreeMap, BTreeSet};

/// How a calendar was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// What changed since the last time.
    Delta,
    /// Everything, because there was no valid sync token. Such a list says nothing of what was
    /// deleted: that has to be found by what is absent.
    Full {
        /// Whether the last page was read.
        complete: bool,
        /// When the first page was asked for: what was written after it may be absent.
        began: Millis,
        /// Events that ended before this were not asked for.
        from: Millis,
    },
    /// It could not be read: no longer shared, key revoked, no answer. Nothing follows from that.
    Lost,
}

/// The client's rules, and all the times that are taken elsewhere: other calendars and our own
/// appointments that have no event here.
#[derive(Clone, Copy, Debug)]
pub struct House<'a> {
    /// When the client takes appointments.
    pub rules: &'a BookingRules,
    /// Taken elsewhere.
    pub busy: &'a [Busy],
    /// What the mirror holds of this calendar, before this listing.
    pub mirror: &'a [Entry],
}

/// How it is known that an event is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The calendar says that it was deleted.
    Deleted,
    /// A complete list does not have it. An event moved before the beginning of the list is
    /// absent as well: whoever can ask for it by its id should do so before believing this.
    Absent,
}

/// One thing to do, all of a listing in one commit with its sync token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarChange {
    /// The mirror takes this entry, new or in place of the old one.
    Keep(Entry),
    /// The mirror forgets this event.
    Forget {
        /// The calendar's own id of the event.
        event: String,
    },
    /// Our event is there, as it was last shown. Not a change of the appointment.
    Verified {
        /// Which appointment.
        appointment: AppointmentId,
        /// As it was shown.
        proof: Proof,
    },
    /// Staff moved the appointment. Its row, its reminders and its duties follow; nothing is
    /// written back.
    Moved {
        /// Which appointment.
        appointment: AppointmentId,
        /// As it was with us. The person is told only when the start differs.
        from: Slot,
        /// As it is now.
        to: Slot,
        /// What a person should look at.
        flags: Vec<Flag>,
        /// As it was shown.
        proof: Proof,
    },
    /// Staff deleted the event: the business cancelled. Never written again.
    Cancelled {
        /// Which appointment.
        appointment: AppointmentId,
        /// Its event.
        event: String,
        /// How that is known.
        evidence: Evidence,
    },
    /// Our event is gone for an appointment that needs none any more.
    Settled {
        /// Which appointment.
        appointment: AppointmentId,
    },
}

/// What one listing of one calendar means. `seen` may hold an event more than once; the last
/// counts. Appointments of other calendars in `ours` are left alone: one event may stand in
/// several calendars under the same id.
pub fn reconcile(
    calendar: &str,
    ours: &[Ours],
    seen: &[Seen],
    listing: Listing,
    house: &House<'_>,
    now: Millis,
) -> Vec<CalendarChange> {
    if listing == Listing::Lost {
        return Vec::new();
    }
    let latest: BTreeMap<&str, &Seen> = seen.iter().map(|seen| (seen.event(), seen)).collect();
    let ours: BTreeMap<&str, &Ours> = ours
        .iter()
        .filter(|ours| ours.calendar == calendar)
        .map(|ours| (ours.event.as_str(), ours))
        .collect();
    let view = View { ours: &ours, latest: &latest, listing, house, now };
    let mut changes = Vec::new();
    for seen in latest.values() {
        changes.push(match seen {
            Seen::Stands(entry) => CalendarChange::Keep(entry.clone()),
            Seen::Gone { event } => CalendarChange::Forget { event: event.clone() },
        });
        let change = match (ours.get(seen.event()), seen) {
            (Some(ours), Seen::Stands(entry)) => view.stands(ours, entry),
            (Some(ours), Seen::Gone { .. }) => view.gone(ours, Evidence::Deleted),
            (None, _) => None,
        };
        changes.extend(change);
    }
    if let Listing::Full { complete: true, from, .. } = listing {
        changes.extend(view.forgotten(from));
        let absent = ours.values().filter(|ours| view.is_absent(ours));
        changes.extend(absent.filter_map(|ours| view.gone(ours, Evidence::Absent)));
    }
    changes
}

struct View<'a> {
    ours: &'a BTreeMap<&'a str, &'a Ours>,
    latest: &'a BTreeMap<&'a str, &'a Seen>,
    listing: Listing,
    house: &'a House<'a>,
    now: Millis,
}

impl View<'_> {
    /// One of our events, as it stands.
    fn stands(&self, ours: &Ours, entry: &Entry) -> Option<CalendarChange> {
        let appointment = ours.appointment;
        // Ours by its id, and no longer by its mark: somebody else's event under our id.
        if entry.appointment != Some(appointment) {
            return None;
        }
        let proof = Proof {
            slot: entry.slot,
            seen_at: self.seen_at(),
            updated: entry.updated,
            etag: entry.etag.clone(),
        };
        let last = match &ours.written {
            Written::Verified(last) => Some(last),
            // Deleted stays deleted, also when a person brings the event back.
            Written::Deleted => return None,
            Written::Never | Written::Unsure => None,
        };
        if last.is_some_and(|last| is_older(entry, last)) {
            return None;
        }
        let is_news = last.is_none_or(|last| last.slot != proof.slot || last.etag != proof.etag);
        let verified = || is_news.then(|| CalendarChange::Verified { appointment, proof: proof.clone() });
        // Our own write coming back, or one of ours that has not reached the calendar yet.
        let as_we_have_it = entry.slot == ours.slot;
        let as_it_was = last.is_some_and(|last| last.slot == entry.slot);
        if as_we_have_it || as_it_was || !ours.booked {
            return verified();
        }
        // Moved, and a move of ours waits as well: the later decision holds.
        let contested = last.is_none_or(|last| last.slot != ours.slot);
        if contested && entry.updated.is_some_and(|updated| updated < ours.decided_at) {
            return verified();
        }
        let mut found =
            flags(self.house.rules, self.now, entry.slot, entry.all_day, &self.taken_beside(ours));
        found.extend(contested.then_some(Flag::Contested));
        Some(CalendarChange::Moved { appointment, from: ours.slot, to: entry.slot, flags: found, proof })
    }

    /// One of our events that is no longer there.
    fn gone(&self, ours: &Ours, evidence: Evidence) -> Option<CalendarChange> {
        let appointment = ours.appointment;
        match ours.written {
            // Nothing of ours can have been deleted, or it is known already.
            Written::Never | Written::Deleted => return None,
            Written::Unsure | Written::Verified(_) => {}
        }
        if !ours.booked {
            return Some(CalendarChange::Settled { appointment });
        }
        // Somebody tidied up after the fact.
        if ours.slot.end <= self.now {
            return None;
        }
        match self.first_of_series(ours) {
            Some(first) => Some(self.became_series(ours, first)),
            None => Some(CalendarChange::Cancelled { appointment, event: ours.event.clone(), evidence }),
        }
    }

    /// Our event with a repetition: it is listed as its instances only.
    fn became_series(&self, ours: &Ours, first: &Entry) -> CalendarChange {
        let mut found =
            flags(self.house.rules, self.now, first.slot, first.all_day, &self.taken_beside(ours));
        found.push(Flag::Series);
        CalendarChange::Moved {
            appointment: ours.appointment,
            from: ours.slot,
            to: first.slot,
            flags: found,
            proof: Proof {
                slot: first.slot,
                seen_at: self.seen_at(),
                updated: first.updated,
                etag: first.etag.clone(),
            },
        }
    }

    fn first_of_series(&self, ours: &Ours) -> Option<&Entry> {
        let instances = self.standing().filter(|entry| entry.series.as_deref() == Some(ours.event.as_str()));
        instances.min_by_key(|entry| entry.slot.start)
    }

    fn standing(&self) -> impl Iterator<Item = &Entry> {
        self.latest.values().filter_map(|seen| match seen {
            Seen::Stands(entry) => Some(entry),
            Seen::Gone { .. } => None,
        })
    }

    /// Whether a complete list should have this appointment's event and has not: one that was
    /// surely there before the list began, for a time the list is about.
    fn is_absent(&self, ours: &Ours) -> bool {
        let Listing::Full { began, from, .. } = self.listing else { return false };
        let Written::Verified(proof) = &ours.written else { return false };
        proof.seen_at < began
            && proof.slot.end > from
            && ours.slot.start > self.now
            && !self.latest.contains_key(ours.event.as_str())
    }

    /// Rows of the mirror that a complete list no longer has. Those that ended before the list
    /// begins were not asked for and are forgotten too: they block nothing any more.
    fn forgotten(&self, from: Millis) -> impl Iterator<Item = CalendarChange> {
        let listed = |entry: &&Entry| !self.latest.contains_key(entry.event.as_str());
        let gone = self.house.mirror.iter().filter(listed);
        gone.filter(move |entry| entry.slot.end <= from || self.is_older_than_list(entry))
            .map(|entry| CalendarChange::Forget { event: entry.event.clone() })
    }

    /// A row that our own insert put into the mirror while the list was being read stays.
    fn is_older_than_list(&self, entry: &Entry) -> bool {
        let Listing::Full { began, .. } = self.listing else { return false };
        let proof = self.ours.get(entry.event.as_str()).map(|ours| &ours.written);
        !matches!(proof, Some(Written::Verified(proof)) if proof.seen_at >= began)
    }

    fn seen_at(&self) -> Millis {
        match self.listing {
            Listing::Full { began, .. } => began,
            Listing::Delta | Listing::Lost => self.now,
        }
    }

    /// Everything that takes time beside one appointment: elsewhere, in this calendar as it now
    /// is, and our other appointments.
    fn taken_beside(&self, own: &Ours) -> Vec<Busy> {
        let known: BTreeSet<AppointmentId> = self.ours.values().map(|ours| ours.appointment).collect();
        let is_own = |entry: &Entry| {
            entry.event == own.event
                || entry.series.as_deref() == Some(own.event.as_str())
                || of_event_id(&entry.event).is_some_and(|(of, _)| known.contains(&of))
        };
        let old = self.house.mirror.iter().filter(|entry| !self.latest.contains_key(entry.event.as_str()));
        let events = old.chain(self.standing()).filter(|entry| entry.busy && !is_own(entry));
        let events = events.map(|entry| entry.slot);
        let others = self.ours.values().filter(|ours| ours.booked && ours.appointment != own.appointment);
        let others = others.map(|ours| self.slot_now(ours));
        let slots = events.chain(others).map(|slot| Busy { start: slot.start, end: slot.end });
        self.house.busy.iter().copied().chain(slots).collect()
    }

    /// Where another appointment of ours is once this listing is applied.
    fn slot_now(&self, ours: &Ours) -> Slot {
        match self.latest.get(ours.event.as_str()) {
            Some(Seen::Stands(entry)) if entry.appointment == Some(ours.appointment) => entry.slot,
            _ => ours.slot,
        }
    }
}

/// Whether an event is an older version than the one we saw already: a page that was made before
/// our last write and arrived after it.
fn is_older(entry: &Entry, last: &Proof) -> bool {
    matches!((entry.updated, last.updated), (Some(entry), Some(last)) if entry < last)
}
