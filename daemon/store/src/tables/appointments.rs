//! Appointments: slots that one person has, and nobody else.

use crate::params;
use crate::{Result, Tx};
use frontdesk_shared::{AppointmentId, CallId, ClientId, LeadId, Millis};

/// An appointment on its way in.
#[derive(Clone, Debug)]
pub struct NewAppointment<'a> {
    /// Its id.
    pub id: AppointmentId,
    /// Whose calendar.
    pub client: ClientId,
    /// With which lead.
    pub lead: Option<LeadId>,
    /// Made in which call.
    pub call: Option<CallId>,
    /// With whom, in words.
    pub who: &'a str,
    /// Start.
    pub starts_at: Millis,
    /// End.
    pub ends_at: Millis,
    /// Anything said about it.
    pub note: &'a str,
}

/// Takes the slot.
///
/// # Errors
/// [`crate::Error::Conflict`] when somebody else has it.
pub fn insert(tx: &mut Tx<'_>, a: &NewAppointment<'_>, now: Millis) -> Result<()> {
    tx.execute(
        "INSERT INTO appointment (id, client_id, lead_id, call_id, who, starts_at, ends_at, status, note, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'booked', $8, $9)",
        params![a.id, a.client, a.lead, a.call, a.who, a.starts_at, a.ends_at, a.note, now],
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

/// No appointment lasts longer: those that may touch a span are found by their start.
const LONGEST: i64 = 7 * 24 * 3_600_000;

/// Booked times of a client that touch a span, by start, but for one.
///
/// # Errors
/// As the statement fails.
pub fn busy(
    tx: &mut Tx<'_>,
    client: ClientId,
    from: Millis,
    to: Millis,
    but: Option<AppointmentId>,
) -> Result<Vec<(Millis, Millis)>> {
    tx.all(
        "SELECT starts_at, ends_at FROM appointment
         WHERE client_id = $1 AND status = 'booked' AND starts_at < $3 AND starts_at > $5 AND ends_at > $2
             AND id <> $4 ORDER BY starts_at",
        params![client, from, to, but.map_or(-1, |id| id.0), from - LONGEST],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )
}

/// The slot booked in a call, if one was.
///
/// # Errors
/// As the statement fails.
pub fn of_call(tx: &mut Tx<'_>, call: CallId) -> Result<Option<(AppointmentId, Millis)>> {
    tx.optional(
        "SELECT id, starts_at FROM appointment WHERE call_id = $1 AND status = 'booked'",
        params![call],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )
}
