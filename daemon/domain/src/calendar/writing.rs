//! One write into a client's calendar: what it is to be, and what follows from its answer.
//!
//! Before an event is put there the intent is committed ([`begin`]), so that a death in between ends in
//! a look-up and never in a second event. Must not live here: HTTP, when it is tried again.

use super::reading::{self, Lost, Reading, apply, keep, put, verified};
use super::{
    Entry, GOOGLE, Listing, Ours, Proof, Seen, Taken, Write, Written, WrittenEvent, on_taken, write_due,
};
use crate::client::Client;
use crate::records::{Booking, ErrorReport, Hold};
use crate::scope::HoldScope;
use crate::unit::{Decided, Unit};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::time::HOUR;
use frontdesk_shared::{AppointmentId, Millis};
use std::sync::Arc;

/// A calendar whose quota is used up is left alone for this long: Google names no time, and speaks of
/// hours.
pub const QUOTA_MS: i64 = 3 * HOUR;

/// What is to be sent.
#[derive(Clone, Debug)]
pub struct Order {
    /// For whom.
    pub client: Arc<Client>,
    /// The appointment.
    pub booking: Booking,
    /// The appointment and its event, as they were before.
    pub ours: Ours,
    /// IANA zone of the calendar; the client's own until the calendar was read.
    pub zone: String,
    /// What to do.
    pub write: Write,
}

/// What a write begins with.
#[derive(Clone, Debug)]
pub enum Begun {
    /// There is nothing to do, and why.
    Nothing(&'static str),
    /// It waits, and for what.
    Waits(&'static str),
    /// This.
    Send(Box<Order>),
}

/// What the calendar has to be told of an appointment now. The intent to insert is part of the unit.
///
/// # Errors
/// A missing fact.
pub fn begin(unit: &mut Unit<'_>, appointment: AppointmentId) -> Decided<Begun> {
    let Some(booking) = unit.appointment(appointment)? else { return Ok(Begun::Nothing("it is gone")) };
    let Some(event) = unit.event_of(appointment)? else { return Ok(Begun::Nothing("it needs no event")) };
    let Some(client) = unit.client(booking.client)? else { return Ok(Begun::Nothing("its client is gone")) };
    let Some(calendar) = unit.calendar(client.id)? else {
        return Ok(Begun::Nothing("the client has no calendar any more"));
    };
    if calendar.contested {
        return Ok(Begun::Waits("two clients have the same calendar"));
    }
    let ours = event.of(&booking);
    let write = write_due(&ours);
    match write {
        Write::Nothing => return Ok(Begun::Nothing("the calendar shows it as it is")),
        Write::Insert => unit.put_event(WrittenEvent { written: Written::Unsure, ..event }),
        Write::LookUp | Write::Move { .. } | Write::Delete => {}
    }
    let zone = if calendar.zone.is_empty() {
        unit.house.rules(&client).booking.zone.clone()
    } else {
        calendar.zone.clone()
    };
    Ok(Begun::Send(Box::new(Order { client, booking, ours, zone, write })))
}

/// What the calendar answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Our write was carried out, and the event is this.
    Stands(Entry),
    /// The event as it was found.
    Found(Seen),
    /// The id of our event is taken, by this.
    Taken(super::Found, Option<Entry>),
    /// Nothing is under the id, and nothing is to be put there.
    Absent,
    /// It is deleted, by us.
    Deleted,
    /// Nothing happened and nothing is known.
    Failed,
    /// The calendar's quota is used up.
    Quota(String),
    /// Nothing happened, and a person has to do something.
    Lost(Lost, String),
}

/// What follows from an answer.
///
/// # Errors
/// A missing fact.
pub fn answered(unit: &mut Unit<'_>, order: &Order, answer: &Answer) -> Decided<()> {
    let (client, id) = (&*order.client, order.ours.appointment);
    // Under the lock of the client's appointments, like whoever books.
    unit.booked(client.id)?;
    let Some(calendar) = unit.calendar(client.id)? else { return Ok(()) };
    match answer {
        Answer::Failed => Ok(()),
        Answer::Stands(entry) => {
            keep(unit, &calendar, entry.clone());
            verified(unit, client, id, &proof(entry, unit.now))
        }
        Answer::Deleted | Answer::Absent => {
            reading::forget(unit, &calendar, order.ours.event.clone());
            put(unit, id, Written::Deleted)
        }
        Answer::Found(seen) => found(unit, order, seen),
        Answer::Taken(what, entry) => {
            let unsure = order.ours.written == Written::Unsure;
            match (on_taken(id, &order.ours.event, unsure, *what), entry) {
                (Taken::Ours, Some(entry)) => found(unit, order, &Seen::Stands(entry.clone())),
                (Taken::Ours | Taken::DeletedByStaff, _) => {
                    found(unit, order, &Seen::Gone { event: order.ours.event.clone() })
                }
                (Taken::Again { .. }, _) => again(unit, order),
            }
        }
        Answer::Quota(why) => {
            let until = unit.now + QUOTA_MS;
            let scope = HoldScope::Calendar(order.ours.calendar.clone());
            unit.changes.holds.push(Hold { provider: GOOGLE, scope, until, reason: why.clone() });
            unit.report(ErrorReport {
                kind: "calendar.quota".into(),
                service: GOOGLE.into(),
                client: client.id,
                severity: Severity::Error,
                message: format!("nothing is written into the calendar until {}: {why}", until.iso()),
                subject: ("client", client.key.clone()),
            });
            Ok(())
        }
        Answer::Lost(lost, why) => {
            reading::report(
                unit,
                client,
                *lost,
                &format!("an appointment waits to be written into the calendar: {why}"),
            );
            Ok(())
        }
    }
}

/// The id cannot be used: the next one is.
fn again(unit: &mut Unit<'_>, order: &Order) -> Decided<()> {
    let Some(event) = unit.event_of(order.ours.appointment)? else { return Ok(()) };
    let generation = event.generation.wrapping_add(1);
    unit.put_event(WrittenEvent { generation, written: Written::Never, ..event });
    let Some(booking) = unit.appointment(order.ours.appointment)? else { return Ok(()) };
    reading::write_again(unit, &order.client, &booking);
    Ok(())
}

/// Our event as somebody may have changed it: a reading of one event.
fn found(unit: &mut Unit<'_>, order: &Order, seen: &Seen) -> Decided<()> {
    let Some(calendar) = unit.calendar(order.client.id)? else { return Ok(()) };
    let reading = Reading {
        listing: Listing::Delta,
        seen: vec![seen.clone()],
        since: calendar.token.clone(),
        next: calendar.token.clone(),
        zone: calendar.zone.clone(),
    };
    let changes = reading::foretell(unit, &order.client, &reading)?.unwrap_or_default();
    for change in &changes {
        apply(unit, &order.client, &calendar, change)?;
    }
    Ok(())
}

fn proof(entry: &Entry, now: Millis) -> Proof {
    Proof { slot: entry.slot, seen_at: now, updated: entry.updated, etag: entry.etag.clone() }
}
