//! Booking: slots offered and taken, decided and written in one transaction.

use super::Ctx;
use frontdesk_domain::booking::{self, Busy, Slot};
use frontdesk_env::fail;
use frontdesk_shared::event::kind;
use frontdesk_shared::time::DAY;
use frontdesk_shared::{AppointmentId, Millis};
use frontdesk_store::appointments::{self, NewAppointment};
use frontdesk_store::calls::Call;
use frontdesk_store::clients::{self, Client};
use frontdesk_store::{Error, Result, Tx};

/// Slots offered at once: more than an agent can say aloud is noise.
const OFFERED: usize = 6;

/// What became of a wish to book.
#[derive(Debug)]
pub enum Booked {
    /// The slot is theirs.
    Yes(Slot),
    /// It is not, and why, with what else there is.
    No {
        /// A sentence the agent can say.
        reason: String,
        /// Free slots near the wish.
        alternatives: Vec<Slot>,
    },
}

/// Free slots from an instant on, soonest first.
///
/// # Errors
/// As the statements fail.
pub fn offer(tx: &mut Tx<'_>, ctx: &Ctx, client: &Client, from: Millis) -> Result<Vec<Slot>> {
    let rules = ctx.house.rules(client);
    let now = ctx.now();
    let busy = busy(tx, client, now, i64::from(rules.booking.horizon_days), None)?;
    Ok(booking::free_slots(&rules.booking, now, from, &busy, OFFERED))
}

/// Takes a slot for the person of a call, unless the rules or somebody else forbid it. A call
/// that already holds a slot keeps it when it asks for the same one again, and gives it back when
/// it gets another.
///
/// # Errors
/// As the statements fail.
pub fn book(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    call: &Call,
    start: Millis,
    who: &str,
    note: &str,
) -> Result<Booked> {
    let rules = ctx.house.rules(client);
    let now = ctx.now();
    // Two calls may want overlapping slots at the same moment: the second one must see the first.
    clients::lock(tx, client.id)?;
    let held = appointments::of_call(tx, call.id)?;
    if held.is_some_and(|(_, held)| held == start) {
        return Ok(Booked::Yes(Slot { start, end: start + i64::from(rules.booking.slot_minutes) * 60_000 }));
    }
    let busy = busy(tx, client, now, i64::from(rules.booking.horizon_days), held.map(|(id, _)| id))?;
    let slot = match booking::check(&rules.booking, now, start, &busy) {
        Ok(slot) => slot,
        Err(refused) => {
            return Ok(Booked::No {
                reason: refused.reason.sentence().to_owned(),
                alternatives: refused.alternatives,
            });
        }
    };
    if let Some((id, was)) = held {
        appointments::cancel(tx, id)?;
        ctx.event(
            tx,
            kind::APPOINTMENT_CANCELLED,
            client.id,
            call.lead,
            ("appointment", &id.to_string()),
            "vapi",
            &format!("appointment of {} moved to {}", was.iso(), slot.start.iso()),
            serde_json::json!({ "starts_at": was, "call": call.id, "lead": call.lead }),
        )?;
    }
    let id = AppointmentId(ctx.env.id());
    let taken = appointments::insert(
        tx,
        &NewAppointment {
            id,
            client: client.id,
            lead: call.lead,
            call: Some(call.id),
            who,
            starts_at: slot.start,
            ends_at: slot.end,
            note,
        },
        now,
    );
    match taken {
        Ok(()) => {}
        // The lock makes this impossible on our own; the index is the last word all the same.
        Err(Error::Conflict(e)) => return Err(Error::Retry(e)),
        Err(e) => return Err(e),
    }
    if fail::planted("forget-confirmation") {
        return Ok(Booked::Yes(slot));
    }
    ctx.event(
        tx,
        kind::APPOINTMENT_BOOKED,
        client.id,
        call.lead,
        ("appointment", &id.to_string()),
        "vapi",
        &format!("appointment booked for {}", slot.start.iso()),
        serde_json::json!({ "starts_at": slot.start, "call": call.id, "lead": call.lead }),
    )?;
    Ok(Booked::Yes(slot))
}

fn busy(
    tx: &mut Tx<'_>,
    client: &Client,
    now: Millis,
    horizon_days: i64,
    but: Option<AppointmentId>,
) -> Result<Vec<Busy>> {
    let spans = appointments::busy(tx, client.id, now - DAY, now + (horizon_days + 1) * DAY, but)?;
    Ok(spans.into_iter().map(|(start, end)| Busy { start, end }).collect())
}
