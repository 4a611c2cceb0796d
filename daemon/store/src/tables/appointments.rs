//! Appointments: slots that one person has, and nobody else.

use crate::params;
use crate::{Result, Row, Tx, Value};
use frontdesk_domain::records::Booking;
use frontdesk_shared::time::DAY;
use frontdesk_shared::{AppointmentId, CallId, ClientId, Millis};

/// Takes the slot.
///
/// # Errors
/// [`crate::Error::Conflict`] when somebody else has it.
pub fn insert(tx: &mut Tx<'_>, a: &Booking, now: Millis) -> Result<()> {
    tx.execute(
        "INSERT INTO appointment (id, client_id, lead_id, call_id, who, starts_at, ends_at, status, note, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'booked', $8, $9)",
        params![a.id, a.client, a.lead, a.call, &a.who, a.starts_at, a.ends_at, &a.note, now],
    )?;
    Ok(())
}

/// Gives a slot back.
///
/// # Errors
/// As the statement fails.
pub fn cancel(tx: &mut Tx<'_>, id: AppointmentId) -> Result<()> {
    tx.execute("UPDATE appointment SET status = 'cancelled' WHERE id = $1", params![id])?;
    Ok(())
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
        note: r.get(7)?,
    })
}

/// Booked times of a client that are not over, by start.
///
/// # Errors
/// As the statement fails.
pub fn booked_from(tx: &mut Tx<'_>, client: ClientId, now: Millis) -> Result<Vec<Booking>> {
    // A slot is over within a day of its start.
    tx.all(
        "SELECT id, client_id, lead_id, call_id, who, starts_at, ends_at, note FROM appointment
         WHERE client_id = $1 AND status = 'booked' AND starts_at > $2 ORDER BY starts_at",
        params![client, now - DAY],
        read,
    )
}

/// The slots booked in many calls.
///
/// # Errors
/// As the statement fails.
pub fn of_calls(tx: &mut Tx<'_>, calls: &[CallId]) -> Result<Vec<Booking>> {
    let calls: Vec<Value<'_>> = calls.iter().map(|id| Value::from(*id)).collect();
    let sql = "SELECT id, client_id, lead_id, call_id, who, starts_at, ends_at, note FROM appointment
               WHERE call_id = ANY($1) AND status = 'booked'";
    tx.many(sql, &calls, &[], read)
}
