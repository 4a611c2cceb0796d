//! Appointments: slots that one person has, and nobody else.

use crate::engine::insert::Insert;
use crate::engine::update::Update;
use crate::engine::value::Kind::{Bool, Int, Text};
use crate::params;
use crate::{Result, Row, Tx, Value};
use frontdesk_domain::records::Booking;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::time::DAY;
use frontdesk_shared::{AppointmentId, CallId, ClientId, LeadId, Millis};

macro_rules! columns {
    () => {
        "id, client_id, lead_id, call_id, who, starts_at, ends_at, status, note, sequence, made_by, created_at, updated_at, by_staff"
    };
}
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM appointment ", $rest)
    };
}

fn read(r: &Row<'_>) -> Result<Booking> {
    Ok(Booking {
        id: r.get(0)?,
        client: r.get(1)?,
        lead: r.get(2)?,
        call: r.get(3)?,
        who: r.get(4)?,
        starts_at: r.get(5)?,
        ends_at: r.get(6)?,
        status: r.word(7, AppointmentStatus::parse)?,
        note: r.get(8)?,
        sequence: r.get(9)?,
        made_by: r.get(10)?,
        created_at: r.get(11)?,
        updated_at: r.get(12)?,
        by_staff: r.get(13)?,
    })
}

const APPOINTMENTS: Insert<14> = Insert {
    into: concat!("appointment (", columns!(), ")"),
    types: [Int, Int, Int, Int, Text, Int, Int, Text, Text, Int, Text, Int, Int, Bool],
    then: "",
};

/// Adds appointments.
///
/// # Errors
/// [`crate::Error::Conflict`] when somebody else has the slot of one.
pub fn insert<'b>(tx: &mut Tx<'_>, bookings: impl IntoIterator<Item = &'b Booking>) -> Result<()> {
    let row = |a: &'b Booking| -> [Value<'b>; 14] {
        [
            a.id.into(),
            a.client.into(),
            a.lead.into(),
            a.call.into(),
            (&a.who).into(),
            a.starts_at.into(),
            a.ends_at.into(),
            a.status.word().into(),
            (&a.note).into(),
            a.sequence.into(),
            (&a.made_by).into(),
            a.created_at.into(),
            a.updated_at.into(),
            a.by_staff.into(),
        ]
    };
    let rows: Vec<_> = bookings.into_iter().map(row).collect();
    APPOINTMENTS.rows(tx, &rows).map(drop)
}

const CHANGES: Update<1, 9> = Update {
    table: "appointment",
    keys: [("id", Int)],
    sets: [
        ("lead_id", Int),
        ("who", Text),
        ("starts_at", Int),
        ("ends_at", Int),
        ("status", Text),
        ("note", Text),
        ("sequence", Int),
        ("updated_at", Int),
        ("by_staff", Bool),
    ],
    kept: &[],
    also: "",
    only: "",
};

/// Writes appointments back that moved or came to their end. Each may be in it once.
///
/// # Errors
/// [`crate::Error::Conflict`] when somebody else has the slot of one.
pub fn update_all<'b>(tx: &mut Tx<'_>, bookings: impl IntoIterator<Item = &'b Booking>) -> Result<()> {
    let changed = |a: &'b Booking| -> [Value<'b>; 9] {
        [
            a.lead.into(),
            (&a.who).into(),
            a.starts_at.into(),
            a.ends_at.into(),
            a.status.word().into(),
            (&a.note).into(),
            a.sequence.into(),
            a.updated_at.into(),
            a.by_staff.into(),
        ]
    };
    let rows: Vec<_> = bookings.into_iter().map(|a| ([a.id.into()], changed(a))).collect();
    CHANGES.rows(tx, &rows).map(drop)
}

/// Booked times of a client that are not over, by start.
///
/// # Errors
/// As the statement fails.
pub fn booked_from(tx: &mut Tx<'_>, client: ClientId, now: Millis) -> Result<Vec<Booking>> {
    // A slot is over within a day of its start.
    tx.all(
        select!("WHERE client_id = $1 AND status = 'booked' AND starts_at > $2 ORDER BY starts_at"),
        params![client, now - DAY],
        read,
    )
}

/// Which appointments of a client are wanted, by start.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The first start.
    pub from: Millis,
    /// The first start that is too late.
    pub to: Millis,
    /// Only these; every one where `None`.
    pub status: Option<AppointmentStatus>,
    /// Those behind this one, in the order of start and id.
    pub after: Option<(Millis, AppointmentId)>,
    /// At most.
    pub limit: u32,
}

/// Appointments of a client by start.
///
/// # Errors
/// As the statement fails.
pub fn of_client(tx: &mut Tx<'_>, client: ClientId, wanted: &Wanted) -> Result<Vec<Booking>> {
    // Behind nothing is behind an id that no appointment has.
    let (start, id) = wanted.after.unwrap_or((wanted.from, AppointmentId(i64::MIN)));
    tx.all(
        select!(
            "WHERE client_id = $1 AND starts_at >= $2 AND starts_at < $3 AND (starts_at, id) > ($4, $5) \
             AND ($6 = '' OR status = $6) ORDER BY starts_at, id LIMIT $7"
        ),
        params![
            client,
            wanted.from,
            wanted.to,
            start,
            id,
            wanted.status.map_or("", AppointmentStatus::word),
            i64::from(wanted.limit)
        ],
        read,
    )
}

/// The slots booked in many calls.
///
/// # Errors
/// As the statement fails.
pub fn of_calls(tx: &mut Tx<'_>, calls: &[CallId]) -> Result<Vec<Booking>> {
    let calls: Vec<Value<'_>> = calls.iter().map(|id| Value::from(*id)).collect();
    tx.many(select!("WHERE call_id = ANY($1) AND status = 'booked'"), &calls, &[], read)
}

/// The appointments of many ids.
///
/// # Errors
/// As the statement fails.
pub fn by_ids(tx: &mut Tx<'_>, ids: &[AppointmentId]) -> Result<Vec<Booking>> {
    let ids: Vec<Value<'_>> = ids.iter().map(|id| Value::from(*id)).collect();
    tx.many(select!("WHERE id = ANY($1)"), &ids, &[], read)
}

/// Booked appointments of many leads that have not begun.
///
/// # Errors
/// As the statement fails.
pub fn upcoming_of_leads(tx: &mut Tx<'_>, leads: &[LeadId], now: Millis) -> Result<Vec<Booking>> {
    let leads: Vec<Value<'_>> = leads.iter().map(|id| Value::from(*id)).collect();
    tx.many(
        select!("WHERE lead_id = ANY($1) AND status = 'booked' AND starts_at > $2"),
        &leads,
        params![now],
        read,
    )
}
