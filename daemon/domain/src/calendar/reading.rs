//! A reading of a client's calendar taken over: the mirror follows it, and so do the appointments that
//! staff moved or deleted there.
//!
//! Must not live here: what a change means (`reconcile`), HTTP, rows.

use super::{
    CalendarChange, ClientCalendar, Entry, Flag, GOOGLE, House, Listing, Ours, Proof, Seen, Write, Written,
    of_event_id, reconcile, write_due,
};
use crate::appointment::{self, By};
use crate::booking::{Busy, Slot};
use crate::client::Client;
use crate::job::{NewJob, WriteEvent};
use crate::records::{Booking, ErrorReport};
use crate::unit::{Decided, MirrorChange, Unit};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::time::short_duration;
use frontdesk_shared::{AppointmentId, ClientId, JobId, Millis};
use std::collections::BTreeSet;
use std::fmt;

/// What is known of an appointment's event.
#[derive(Clone, PartialEq, Eq)]
pub struct WrittenEvent {
    /// Of which appointment.
    pub appointment: AppointmentId,
    /// Whose.
    pub client: ClientId,
    /// The calendar it belongs in.
    pub calendar: String,
    /// Which of its ids is used; see [`super::event_id()`].
    pub generation: u32,
    /// What the calendar is known to hold.
    pub written: Written,
}

// A calendar's id may be a person's address.
impl fmt::Debug for WrittenEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrittenEvent")
            .field("appointment", &self.appointment)
            .field("generation", &self.generation)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

impl WrittenEvent {
    /// The id of its event.
    pub fn id(&self) -> String {
        super::event_id(self.appointment, self.generation)
    }

    /// The appointment as its calendar has to show it.
    pub fn of(&self, booking: &Booking) -> Ours {
        Ours {
            appointment: self.appointment,
            calendar: self.calendar.clone(),
            event: self.id(),
            slot: Slot { start: booking.starts_at, end: booking.ends_at },
            decided_at: booking.updated_at,
            booked: booking.status == AppointmentStatus::Booked,
            written: self.written.clone(),
        }
    }
}

/// One reading.
#[derive(Clone, Debug)]
pub struct Reading {
    /// How it was read.
    pub listing: Listing,
    /// What it showed.
    pub seen: Vec<Seen>,
    /// The token it began with.
    pub since: Option<String>,
    /// The token the next one begins with.
    pub next: Option<String>,
    /// The calendar's zone.
    pub zone: String,
}

/// Staff, through the calendar. They are the business, so the person has to hear of it.
pub(super) const STAFF: By<'_> = By { actor: GOOGLE, act: None, by_business: true };

/// What a reading would change. `None` when another reading came first.
///
/// # Errors
/// A missing fact.
pub fn foretell(
    unit: &mut Unit<'_>,
    client: &Client,
    reading: &Reading,
) -> Decided<Option<Vec<CalendarChange>>> {
    let Some(calendar) = unit.calendar(client.id)? else { return Ok(None) };
    if calendar.token != reading.since {
        return Ok(None);
    }
    let mut ids: BTreeSet<AppointmentId> = unit.diary(client.id)?.iter().copied().collect();
    ids.extend(reading.seen.iter().filter_map(|seen| Some(of_event_id(seen.event())?.0)));
    let ours = ours(unit, client.id, &ids)?;
    let booked = unit.booked(client.id)?;
    let elsewhere = booked.iter().filter(|booking| !ours.iter().any(|ours| ours.appointment == booking.id));
    let busy: Vec<Busy> = elsewhere.map(|b| Busy { start: b.starts_at, end: b.ends_at }).collect();
    let mirror = unit.mirror(client.id)?;
    let rules = unit.house.rules(client);
    let house = House { rules: &rules.booking, busy: &busy, mirror };
    Ok(Some(reconcile(&calendar.calendar, &ours, &reading.seen, reading.listing, &house, unit.now)))
}

/// Appointments of a client that have an event, as they stand.
fn ours(unit: &mut Unit<'_>, client: ClientId, ids: &BTreeSet<AppointmentId>) -> Decided<Vec<Ours>> {
    let mut ours = Vec::with_capacity(ids.len());
    for id in ids {
        let found = unit.event_of(*id).and_then(|event| Ok((event, unit.appointment(*id)?)));
        if let Some((Some(event), Some(booking))) = unit.each(found)?
            && booking.client == client
        {
            ours.push(event.of(&booking));
        }
    }
    Ok(ours)
}

/// Takes a reading over; in words.
///
/// # Errors
/// A missing fact.
pub fn take_in(unit: &mut Unit<'_>, client: &Client, reading: &Reading) -> Decided<String> {
    let Some(changes) = foretell(unit, client, reading)? else {
        return Ok("another reading came first".to_owned());
    };
    let Some(calendar) = unit.calendar(client.id)? else { return Ok(String::new()) };
    let mut followed = 0;
    for change in &changes {
        let applied = apply(unit, client, &calendar, change);
        followed += u64::from(unit.each(applied)?.unwrap_or(false));
    }
    let planned = write_missing(unit, client, &calendar)?;
    unit.changes.calendars.insert(
        client.id,
        ClientCalendar {
            token: reading.next.clone(),
            zone: reading.zone.clone(),
            read_at: Some(unit.now),
            failing_since: None,
            why: String::new(),
            told: false,
            ..(*calendar).clone()
        },
    );
    Ok(format!("{} events seen, {followed} appointments follow, {planned} to be written", reading.seen.len()))
}

/// Applies one change; whether an appointment followed.
pub(super) fn apply(
    unit: &mut Unit<'_>,
    client: &Client,
    calendar: &ClientCalendar,
    change: &CalendarChange,
) -> Decided<bool> {
    match change {
        CalendarChange::Keep(entry) => keep(unit, calendar, entry.clone()),
        CalendarChange::Forget { event } => forget(unit, calendar, event.clone()),
        CalendarChange::Verified { appointment, proof } => verified(unit, client, *appointment, proof)?,
        CalendarChange::Settled { appointment } => put(unit, *appointment, Written::Deleted)?,
        CalendarChange::Moved { appointment, to, flags, proof, .. } => {
            let Some(booking) = unit.appointment(*appointment)? else { return Ok(false) };
            put(unit, *appointment, Written::Verified(proof.clone()))?;
            appointment::take_over(unit, client, &booking, *to, flags.contains(&Flag::AllDay), STAFF)?;
            if !flags.is_empty() {
                look_at(unit, client, &booking, flags);
            }
            return Ok(true);
        }
        CalendarChange::Cancelled { appointment, .. } => {
            let Some(booking) = unit.appointment(*appointment)? else { return Ok(false) };
            put(unit, *appointment, Written::Deleted)?;
            return appointment::cancel(unit, client, &booking, STAFF);
        }
    }
    Ok(false)
}

pub(super) fn keep(unit: &mut Unit<'_>, calendar: &ClientCalendar, entry: Entry) {
    let key = (calendar.calendar.clone(), entry.event.clone());
    unit.changes.mirror.insert(key, MirrorChange { client: calendar.client, entry: Some(entry) });
}

pub(super) fn forget(unit: &mut Unit<'_>, calendar: &ClientCalendar, event: String) {
    let key = (calendar.calendar.clone(), event);
    unit.changes.mirror.insert(key, MirrorChange { client: calendar.client, entry: None });
}

/// The calendar showed our event; what it still lacks is written.
pub(super) fn verified(
    unit: &mut Unit<'_>,
    client: &Client,
    appointment: AppointmentId,
    proof: &Proof,
) -> Decided<()> {
    put(unit, appointment, Written::Verified(proof.clone()))?;
    let (Some(event), Some(booking)) = (unit.event_of(appointment)?, unit.appointment(appointment)?) else {
        return Ok(());
    };
    if write_due(&event.of(&booking)) != Write::Nothing {
        write_again(unit, client, &booking);
    }
    Ok(())
}

/// Plans a write beside the one of this state of the appointment, which may be over.
pub(super) fn write_again(unit: &mut Unit<'_>, client: &Client, booking: &Booking) {
    let key = format!("calendar:{}:{}:{}", booking.id, booking.sequence, unit.id());
    plan_write(unit, client, booking, key);
}

pub(super) fn put(unit: &mut Unit<'_>, appointment: AppointmentId, written: Written) -> Decided<()> {
    if let Some(event) = unit.event_of(appointment)? {
        unit.put_event(WrittenEvent { written, ..event });
    }
    Ok(())
}

/// Plans that the calendar is told about an appointment, unless it knows. Staff's own changes are never
/// pushed back.
///
/// # Errors
/// A missing fact.
pub fn tell(unit: &mut Unit<'_>, client: &Client, booking: &Booking, by: By<'_>) -> Decided<()> {
    if by.actor == GOOGLE {
        return Ok(());
    }
    let Some(calendar) = unit.calendar(client.id)? else { return Ok(()) };
    let event = match unit.event_of(booking.id)? {
        Some(event) => event,
        None if booking.status == AppointmentStatus::Booked => new_event(unit, booking, &calendar),
        None => return Ok(()),
    };
    if write_due(&event.of(booking)) != Write::Nothing {
        plan_write(unit, client, booking, format!("calendar:{}:{}", booking.id, booking.sequence));
    }
    Ok(())
}

fn new_event(unit: &mut Unit<'_>, booking: &Booking, calendar: &ClientCalendar) -> WrittenEvent {
    let event = WrittenEvent {
        appointment: booking.id,
        client: booking.client,
        calendar: calendar.calendar.clone(),
        generation: 0,
        written: Written::Never,
    };
    unit.put_event(event.clone());
    event
}

/// What was booked before the client had this calendar is written now; how many that are. Whatever
/// stands in a former calendar stays there.
fn write_missing(unit: &mut Unit<'_>, client: &Client, calendar: &ClientCalendar) -> Decided<usize> {
    let mut planned = 0;
    for booking in unit.booked(client.id)? {
        let event = unit.event_of(booking.id);
        let Some(event) = unit.each(event)? else { continue };
        if event.as_ref().is_some_and(|event| event.calendar == calendar.calendar)
            || booking.starts_at <= unit.now
        {
            continue;
        }
        let generation = event.map_or(0, |former| former.generation.wrapping_add(1));
        let new = new_event(unit, &booking, calendar);
        unit.put_event(WrittenEvent { generation, ..new });
        write_again(unit, client, &booking);
        planned += 1;
    }
    Ok(planned)
}

fn plan_write(unit: &mut Unit<'_>, client: &Client, booking: &Booking, key: String) {
    let wanted = WriteEvent { appointment: booking.id };
    let about = match booking.who.is_empty() {
        true => format!("appointment {}", booking.id.short()),
        false => booking.who.clone(),
    };
    let mut job = NewJob::of(JobId(unit.id()), &wanted, client.id, about, unit.now);
    // Nobody looks for what is over.
    job.useful_until = Some(booking.ends_at.max(unit.now + frontdesk_shared::time::HOUR));
    job.dedupe = Some(key);
    unit.enqueue(job);
}

/// Something about a time that staff chose is odd: a person should look.
fn look_at(unit: &mut Unit<'_>, client: &Client, booking: &Booking, flags: &[Flag]) {
    let said: Vec<&str> = flags.iter().map(|flag| flag.words()).collect();
    unit.report(ErrorReport {
        kind: "calendar.odd-time".into(),
        service: GOOGLE.into(),
        client: client.id,
        severity: Severity::Warning,
        message: format!("an appointment was moved in the calendar and {}", said.join(", and ")),
        subject: ("appointment", booking.id.to_string()),
    });
}

/// Why a calendar could not be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It passes by itself: limits, no answer.
    Passing,
    /// It is not there for us: no longer shared, or never was.
    NotShared,
    /// The key or its rights.
    Access,
    /// Our clock is wrong.
    Clock,
}

impl Lost {
    /// The kind of error, where a person has to do something.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Passing => "calendar.stale",
            Self::NotShared => "calendar.not-shared",
            Self::Access => "calendar.access",
            Self::Clock => "calendar.clock",
        }
    }

    /// What a person can do.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Passing => "look at the way to Google and its status page; it is tried again by itself",
            Self::NotShared => {
                "share the calendar with the service account, with the right to make changes to events, or \
                 correct settings.calendar.id"
            }
            Self::Access => "see to the service account, its key and its rights in the calendar's sharing",
            Self::Clock => "set this machine's clock: Google refuses what it signs",
        }
    }
}

/// A calendar could not be read: nothing about appointments follows from that. It is told at once where
/// a person has to act, else when what is known has become old, and once.
///
/// # Errors
/// A missing fact.
pub fn unread(unit: &mut Unit<'_>, client: &Client, lost: Lost, why: &str) -> Decided<()> {
    let Some(calendar) = unit.calendar(client.id)? else { return Ok(()) };
    let limit = unit.house.calendars.as_ref().map_or(0, |rules| rules.stale_ms);
    let since = calendar.failing_since.unwrap_or(unit.now);
    let old = calendar.is_stale(unit.now, limit) && unit.now.since(since) > limit;
    let tells = !calendar.told && (lost != Lost::Passing || old);
    if tells {
        let age = match calendar.read_at {
            Some(at) => format!("last read {} ago", short_duration(unit.now.since(at))),
            None => "never read".to_owned(),
        };
        report(
            unit,
            client,
            lost,
            &format!("the calendar cannot be read ({age}; no appointment is touched): {why}"),
        );
    }
    unit.changes.calendars.insert(
        client.id,
        ClientCalendar {
            failing_since: Some(since),
            why: why.to_owned(),
            told: calendar.told || tells,
            ..(*calendar).clone()
        },
    );
    Ok(())
}

/// Tells a person what to do about a calendar.
pub(super) fn report(unit: &mut Unit<'_>, client: &Client, lost: Lost, message: &str) {
    unit.report(ErrorReport {
        kind: lost.kind().into(),
        service: GOOGLE.into(),
        client: client.id,
        severity: if lost == Lost::Passing { Severity::Error } else { Severity::Critical },
        message: format!("{message}. Remedy: {}", lost.remedy()),
        subject: ("client", client.key.clone()),
    });
}

/// What whoever offers times has to be told of a calendar that was not read for long.
pub fn caveat(calendar: &ClientCalendar, now: Millis, limit_ms: i64) -> Option<String> {
    if !calendar.is_stale(now, limit_ms) {
        return None;
    }
    Some(match calendar.read_at {
        Some(at) => format!(
            "The calendar was last read {} ago: a time may turn out to be taken, and then the office will call back.",
            short_duration(now.since(at))
        ),
        None => {
            "The calendar has not been read yet: a time may turn out to be taken, and then the office will \
                 call back."
                .to_owned()
        }
    })
}
