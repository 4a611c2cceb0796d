//! Appointments in transactions: made, moved, given back and marked by people, keys and links.
//!
//! What follows from each is decided in `frontdesk_domain::appointment`.

use super::{Ctx, unit};
use frontdesk_domain::appointment::{self, By, NewBooking};
use frontdesk_domain::booking::{self, Busy, Refused, Slot};
use frontdesk_domain::lead::Lead;
use frontdesk_domain::planning;
use frontdesk_domain::records::Booking;
use frontdesk_domain::unit::{Decided, Facts, Need, Unit};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::{AppointmentId, Millis};
use frontdesk_store::clients::Client;
use frontdesk_store::{Refusal, Result, Tx, appointments, calendars};
use std::collections::BTreeSet;

/// What became of a wish about an appointment.
#[derive(Clone, Debug)]
pub enum Done {
    /// It stands like this now.
    Is(Booking),
    /// It stood like this already, and nothing changed.
    Was(Booking),
    /// The rules or the calendar forbid it; other times may be offered.
    Refused(Refused),
    /// It has not begun: nobody can say yet whether the person came.
    TooEarly(Booking),
}

/// Makes an appointment with a lead, who is not called for one any more. Asked for the same time
/// again, the lead has it already.
///
/// # Errors
/// As the statements fail.
pub fn book(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (client, lead): (&Client, &Lead),
    (start, note): (Millis, &str),
    by: By<'_>,
) -> Result<Done> {
    made(tx, ctx, (client, lead), note, by, start, |unit| appointment::check(unit, client, start, None))
}

/// Makes an appointment anew that was given back, where its time is still free.
///
/// # Errors
/// As the statements fail.
pub fn take_again(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (client, lead): (&Client, &Lead),
    gone: &Booking,
    by: By<'_>,
) -> Result<Done> {
    let start = gone.starts_at;
    made(tx, ctx, (client, lead), &gone.note, by, start, |unit| appointment::check_again(unit, client, start))
}

fn made(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (client, lead): (&Client, &Lead),
    note: &str,
    by: By<'_>,
    start: Millis,
    mut check: impl FnMut(&Unit<'_>) -> Decided<std::result::Result<Slot, Refused>>,
) -> Result<Done> {
    let mut facts = Facts::default();
    facts.add_leads([lead.clone()]);
    let foresee = |_: &Facts| {
        BTreeSet::from([Need::Booked(client.id), Need::OpenJobs(lead.id), Need::Upcoming(lead.id)])
    };
    unit::settle(tx, ctx, facts, &foresee, |unit| {
        if let Some(same) = unit.upcoming(lead.id)?.into_iter().find(|b| b.starts_at == start) {
            return Ok(Done::Was(same));
        }
        let slot = match check(unit)? {
            Ok(slot) => slot,
            Err(refused) => return Ok(Done::Refused(refused)),
        };
        let new = NewBooking { slot, call: None, who: lead.name.clone(), note: note.to_owned() };
        let booking = appointment::book(unit, client, Some(lead), new, by)?;
        settles(unit, lead, by)?;
        Ok(Done::Is(booking))
    })
}

/// Whoever has an appointment is not called for one.
fn settles(unit: &mut Unit<'_>, lead: &Lead, by: By<'_>) -> Decided<()> {
    let Some(mut lead) = unit.lead(lead.id)?.filter(|lead| lead.status != LeadStatus::OptedOut) else {
        return Ok(());
    };
    let why = "an appointment was booked";
    unit.take_back(lead.id, |job| job.lane == frontdesk_domain::job::LANE_CALL, why)?;
    lead.rests(LeadStatus::Booked);
    planning::move_lead(unit, lead, by.actor, why);
    Ok(())
}

/// Gives an appointment another time.
///
/// # Errors
/// `not_found`; as the statements fail.
pub fn reschedule(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (client, id): (&Client, AppointmentId),
    start: Millis,
    by: By<'_>,
) -> Result<Done> {
    standing(tx, ctx, (client, id), |unit, booking| {
        if booking.status != AppointmentStatus::Booked || booking.starts_at == start {
            return Ok(Done::Was(booking));
        }
        let slot: Slot = match appointment::check(unit, client, start, Some(id))? {
            Ok(slot) => slot,
            Err(refused) => return Ok(Done::Refused(refused)),
        };
        Ok(Done::Is(appointment::reschedule(unit, client, &booking, slot, by)?))
    })
}

/// Gives an appointment back.
///
/// # Errors
/// `not_found`; as the statements fail.
pub fn cancel(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (client, id): (&Client, AppointmentId),
    by: By<'_>,
) -> Result<Done> {
    cancel_because(tx, ctx, (client, id), by, "")
}

/// Gives an appointment back for a reason, which the person is not told.
///
/// # Errors
/// `not_found`; as the statements fail.
pub fn cancel_because(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (client, id): (&Client, AppointmentId),
    by: By<'_>,
    why: &str,
) -> Result<Done> {
    standing(tx, ctx, (client, id), |unit, booking| {
        if !appointment::cancel_because(unit, client, &booking, by, why)? {
            return Ok(Done::Was(booking));
        }
        Ok(unit.appointment(id)?.map_or(Done::Was(booking), Done::Is))
    })
}

/// Notes whether the person came. Only an appointment that has begun can be told of.
///
/// # Errors
/// `not_found`; as the statements fail.
pub fn mark(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (client, id): (&Client, AppointmentId),
    came: bool,
    by: By<'_>,
) -> Result<Done> {
    standing(tx, ctx, (client, id), |unit, booking| {
        let wanted = if came { AppointmentStatus::Attended } else { AppointmentStatus::NoShow };
        if booking.status == wanted || booking.status == AppointmentStatus::Cancelled {
            return Ok(Done::Was(booking));
        }
        if !appointment::has_begun(&booking, unit.now) {
            return Ok(Done::TooEarly(booking));
        }
        appointment::mark(unit, &booking, came, by)?;
        Ok(unit.appointment(id)?.map_or(Done::Was(booking), Done::Is))
    })
}

/// The first free times of a client from an instant on. An appointment that may move does not stand
/// in its own way.
///
/// # Errors
/// As the statement fails.
pub fn free(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (client, moving): (&Client, Option<AppointmentId>),
    from: Millis,
    limit: usize,
) -> Result<Vec<Slot>> {
    let busy = busy(tx, ctx, client, moving)?;
    Ok(booking::free_slots(&ctx.house.rules(client).booking, ctx.now(), from, &busy, limit))
}

/// Times of a client that are taken, by appointments and in its calendar, but for one appointment's own.
/// Read without the lock of the calendar, which only whoever writes takes.
///
/// # Errors
/// As the statements fail.
pub fn busy(tx: &mut Tx<'_>, ctx: &Ctx, client: &Client, moving: Option<AppointmentId>) -> Result<Vec<Busy>> {
    let now = ctx.now();
    let booked = appointments::booked_from(tx, client.id, now)?;
    let others = booked.iter().filter(|b| Some(b.id) != moving);
    let mut busy: Vec<Busy> = others.map(|b| Busy { start: b.starts_at, end: b.ends_at }).collect();
    busy.extend(calendars::taken(tx, client.id, now)?);
    busy.sort_by_key(|busy| busy.start);
    Ok(busy)
}

/// Decides about an appointment of a client, read under the lock of the client's calendar.
fn standing(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (client, id): (&Client, AppointmentId),
    mut decide: impl FnMut(&mut Unit<'_>, Booking) -> Decided<Done>,
) -> Result<Done> {
    let foresee = |facts: &Facts| {
        let mut needs = BTreeSet::from([Need::Booked(client.id), Need::Appointment(id)]);
        let lead = facts.appointments.get(&id).and_then(Option::as_ref).and_then(|booking| booking.lead);
        if let Some(lead) = lead {
            needs.extend([Need::Lead(lead), Need::OpenJobs(lead), Need::Upcoming(lead)]);
        }
        needs
    };
    let found = unit::settle(tx, ctx, Facts::default(), &foresee, |unit| {
        let booking = unit.appointment(id)?.filter(|booking| booking.client == client.id);
        booking.map(|booking| decide(unit, booking)).transpose()
    })?;
    found.ok_or_else(|| Refusal::not_found(format!("there is no appointment {id}")).into())
}
