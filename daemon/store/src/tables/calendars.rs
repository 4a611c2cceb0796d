//! Clients' own calendars: whose they are, what stands in them, and the events of appointments.
//!
//! Must not live here: what a change in a calendar means (`frontdesk_domain::calendar`).

use crate::engine::insert::Insert;
use crate::engine::value::Kind::{Bool, Int, Text};
use crate::params;
use crate::{Error, Result, Row, Tx, Value};
use frontdesk_domain::booking::{Busy, Slot};
use frontdesk_domain::calendar::{ClientCalendar, Entry, Proof, Written, WrittenEvent, busy_of};
use frontdesk_domain::unit::MirrorChange;
use frontdesk_shared::time::DAY;
use frontdesk_shared::{AppointmentId, ClientId, Millis};
use std::collections::{BTreeMap, BTreeSet};

/// Nobody books further ahead than this, so that what stands later takes no time yet.
const AHEAD_MS: i64 = 370 * DAY;

macro_rules! calendar_columns {
    () => {
        "client_id, calendar_id, contested, zone, token, read_at, failing_since, why, told"
    };
}
macro_rules! calendars {
    ($rest:literal) => {
        concat!("SELECT ", calendar_columns!(), " FROM client_calendar ", $rest)
    };
}

fn calendar(r: &Row<'_>) -> Result<ClientCalendar> {
    Ok(ClientCalendar {
        client: r.get(0)?,
        calendar: r.get(1)?,
        contested: r.get(2)?,
        zone: r.get(3)?,
        token: r.get(4)?,
        read_at: r.get(5)?,
        failing_since: r.get(6)?,
        why: r.get(7)?,
        told: r.get(8)?,
    })
}

/// The calendars of many clients.
///
/// # Errors
/// As the statement fails.
pub fn of_clients(tx: &mut Tx<'_>, clients: &[ClientId]) -> Result<Vec<ClientCalendar>> {
    let clients: Vec<Value<'_>> = clients.iter().map(|id| Value::from(*id)).collect();
    tx.many(calendars!("WHERE client_id = ANY($1)"), &clients, &[], calendar)
}

/// Every client's calendar.
///
/// # Errors
/// As the statement fails.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<ClientCalendar>> {
    tx.all(calendars!("ORDER BY client_id"), &[], calendar)
}

/// Gives a client a calendar, or keeps the one it has.
///
/// # Errors
/// As the statement fails.
pub fn put(tx: &mut Tx<'_>, c: &ClientCalendar) -> Result<()> {
    tx.execute(
        concat!(
            "INSERT INTO client_calendar (",
            calendar_columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (client_id) DO UPDATE SET calendar_id = excluded.calendar_id,
                 contested = excluded.contested, zone = excluded.zone, token = excluded.token,
                 read_at = excluded.read_at, failing_since = excluded.failing_since, why = excluded.why,
                 told = excluded.told"
        ),
        params![
            c.client,
            &c.calendar,
            c.contested,
            &c.zone,
            c.token.as_deref(),
            c.read_at,
            c.failing_since,
            &c.why,
            c.told
        ],
    )?;
    Ok(())
}

/// Keeps how a calendar was read. Who loses a calendar while it is being read does not get it back by
/// that.
///
/// # Errors
/// [`Error::Retry`] when it is no longer the client's; as the statement fails.
pub fn update(tx: &mut Tx<'_>, c: &ClientCalendar) -> Result<()> {
    let kept = tx.execute(
        "UPDATE client_calendar SET contested = $3, zone = $4, token = $5, read_at = $6, failing_since = $7,
             why = $8, told = $9
         WHERE client_id = $1 AND calendar_id = $2",
        params![
            c.client,
            &c.calendar,
            c.contested,
            &c.zone,
            c.token.as_deref(),
            c.read_at,
            c.failing_since,
            &c.why,
            c.told
        ],
    )?;
    if kept == 1 { Ok(()) } else { Err(Error::Retry("the calendar is no longer the client's".into())) }
}

/// Forgets a client's calendar and whatever stood in it.
///
/// # Errors
/// As the statements fail.
pub fn remove(tx: &mut Tx<'_>, client: ClientId) -> Result<()> {
    tx.execute("DELETE FROM client_calendar WHERE client_id = $1", params![client])?;
    tx.execute("DELETE FROM calendar_event WHERE client_id = $1", params![client])?;
    Ok(())
}

/// Forgets what ended before an instant.
///
/// # Errors
/// As the statement fails.
pub fn forget_before(tx: &mut Tx<'_>, client: ClientId, before: Millis) -> Result<u64> {
    tx.execute("DELETE FROM calendar_event WHERE client_id = $1 AND ends_at < $2", params![client, before])
}

macro_rules! entry_columns {
    () => {
        "calendar_id, event_id, client_id, appointment_id, starts_at, ends_at, busy, all_day, tentative, title, \
         series, changed_at, etag"
    };
}

fn entry(r: &Row<'_>) -> Result<Entry> {
    Ok(Entry {
        event: r.get(1)?,
        appointment: r.get(3)?,
        slot: Slot { start: r.get(4)?, end: r.get(5)? },
        busy: r.get(6)?,
        all_day: r.get(7)?,
        tentative: r.get(8)?,
        title: r.get(9)?,
        series: r.get(10)?,
        updated: r.get(11)?,
        etag: r.get(12)?,
    })
}

/// What is known of a client's calendar.
///
/// # Errors
/// As the statement fails.
pub fn mirror(tx: &mut Tx<'_>, client: ClientId) -> Result<Vec<Entry>> {
    tx.all(
        concat!("SELECT ", entry_columns!(), " FROM calendar_event WHERE client_id = $1"),
        params![client],
        entry,
    )
}

/// Times that a client's calendar takes from an instant on. An event of ours counts through its
/// appointment as long as that is booked or was given back.
///
/// # Errors
/// As the statement fails.
pub fn taken(tx: &mut Tx<'_>, client: ClientId, from: Millis) -> Result<Vec<Busy>> {
    let rows = tx.all(
        "SELECT e.calendar_id, e.event_id, e.client_id, e.appointment_id, e.starts_at, e.ends_at, e.busy, e.all_day,
             e.tentative, e.title, e.series, e.changed_at, e.etag,
             w.state <> 'deleted' AND a.status IN ('booked', 'cancelled')
         FROM calendar_event e
             LEFT JOIN appointment_event w ON w.appointment_id = e.appointment_id
             LEFT JOIN appointment a ON a.id = e.appointment_id
         WHERE e.client_id = $1 AND e.ends_at > $2 AND e.starts_at < $3 AND e.busy",
        params![client, from, from + AHEAD_MS],
        |r| Ok((entry(r)?, r.get::<Option<bool>>(13)?.unwrap_or(false))),
    )?;
    let known: BTreeSet<AppointmentId> =
        rows.iter().filter(|(_, known)| *known).filter_map(|(entry, _)| entry.appointment).collect();
    let entries: Vec<Entry> = rows.into_iter().map(|(entry, _)| entry).collect();
    Ok(busy_of(&entries, |appointment| known.contains(&appointment)))
}

const ENTRIES: Insert<13> = Insert {
    into: concat!("calendar_event (", entry_columns!(), ")"),
    types: [Text, Text, Int, Int, Int, Int, Bool, Bool, Bool, Text, Text, Int, Text],
    then: "ON CONFLICT (calendar_id, event_id) DO UPDATE SET client_id = excluded.client_id,
        appointment_id = excluded.appointment_id, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
        busy = excluded.busy, all_day = excluded.all_day, tentative = excluded.tentative, title = excluded.title,
        series = excluded.series, changed_at = excluded.changed_at, etag = excluded.etag",
};

/// Writes what changed in calendars, by calendar and event.
///
/// # Errors
/// As the statements fail.
pub fn change(tx: &mut Tx<'_>, changes: &BTreeMap<(String, String), MirrorChange>) -> Result<()> {
    let mut rows: Vec<[Value<'_>; 13]> = Vec::new();
    for ((calendar, event), change) in changes {
        let Some(e) = &change.entry else {
            tx.execute(
                "DELETE FROM calendar_event WHERE calendar_id = $1 AND event_id = $2",
                params![calendar, event],
            )?;
            continue;
        };
        rows.push([
            calendar.into(),
            event.into(),
            change.client.into(),
            e.appointment.into(),
            e.slot.start.into(),
            e.slot.end.into(),
            e.busy.into(),
            e.all_day.into(),
            e.tentative.into(),
            e.title.as_deref().into(),
            e.series.as_deref().into(),
            e.updated.into(),
            e.etag.as_deref().into(),
        ]);
    }
    ENTRIES.rows(tx, &rows).map(drop)
}

macro_rules! event_columns {
    () => {
        "appointment_id, client_id, calendar_id, generation, state, starts_at, ends_at, seen_at, changed_at, etag"
    };
}

fn event(r: &Row<'_>) -> Result<WrittenEvent> {
    let state: String = r.get(4)?;
    let times = (r.get::<Option<Millis>>(5)?, r.get::<Option<Millis>>(6)?, r.get::<Option<Millis>>(7)?);
    let written = match (state.as_str(), times) {
        ("never", _) => Written::Never,
        ("unsure", _) => Written::Unsure,
        ("deleted", _) => Written::Deleted,
        ("verified", (Some(start), Some(end), Some(seen_at))) => Written::Verified(Proof {
            slot: Slot { start, end },
            seen_at,
            updated: r.get(8)?,
            etag: r.get(9)?,
        }),
        _ => return Err(Error::Database(format!("an event in the state “{state}”"))),
    };
    let generation = u32::try_from(r.get::<i64>(3)?).map_err(|e| Error::Database(e.to_string()))?;
    Ok(WrittenEvent { appointment: r.get(0)?, client: r.get(1)?, calendar: r.get(2)?, generation, written })
}

/// The events of many appointments.
///
/// # Errors
/// As the statement fails.
pub fn events_of(tx: &mut Tx<'_>, appointments: &[AppointmentId]) -> Result<Vec<WrittenEvent>> {
    let ids: Vec<Value<'_>> = appointments.iter().map(|id| Value::from(*id)).collect();
    tx.many(
        concat!("SELECT ", event_columns!(), " FROM appointment_event WHERE appointment_id = ANY($1)"),
        &ids,
        &[],
        event,
    )
}

/// A client's appointments that have an event and began after an instant.
///
/// # Errors
/// As the statement fails.
pub fn diary(tx: &mut Tx<'_>, client: ClientId, from: Millis) -> Result<Vec<AppointmentId>> {
    tx.all(
        "SELECT a.id FROM appointment a JOIN appointment_event w ON w.appointment_id = a.id
         WHERE a.client_id = $1 AND a.starts_at > $2",
        params![client, from],
        |r| r.get(0),
    )
}

const EVENTS: Insert<10> = Insert {
    into: concat!("appointment_event (", event_columns!(), ")"),
    types: [Int, Int, Text, Int, Text, Int, Int, Int, Int, Text],
    then: "ON CONFLICT (appointment_id) DO UPDATE SET calendar_id = excluded.calendar_id,
        generation = excluded.generation, state = excluded.state, starts_at = excluded.starts_at,
        ends_at = excluded.ends_at, seen_at = excluded.seen_at, changed_at = excluded.changed_at,
        etag = excluded.etag",
};

/// Writes what is known of the events of appointments. Each may be in it once.
///
/// # Errors
/// As the statements fail.
pub fn put_events<'e>(tx: &mut Tx<'_>, events: impl IntoIterator<Item = &'e WrittenEvent>) -> Result<()> {
    let row = |e: &'e WrittenEvent| -> [Value<'e>; 10] {
        let (state, proof) = match &e.written {
            Written::Never => ("never", None),
            Written::Unsure => ("unsure", None),
            Written::Verified(proof) => ("verified", Some(proof)),
            Written::Deleted => ("deleted", None),
        };
        [
            e.appointment.into(),
            e.client.into(),
            (&e.calendar).into(),
            i64::from(e.generation).into(),
            state.into(),
            proof.map(|p| p.slot.start).into(),
            proof.map(|p| p.slot.end).into(),
            proof.map(|p| p.seen_at).into(),
            proof.and_then(|p| p.updated).into(),
            proof.and_then(|p| p.etag.as_deref()).into(),
        ]
    };
    let rows: Vec<_> = events.into_iter().map(row).collect();
    EVENTS.rows(tx, &rows).map(drop)
}
