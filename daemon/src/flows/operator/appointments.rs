//! What operators do with appointments, in words and in fact. The business asks, so the person is
//! told of whatever changes.

use super::Shown;
use crate::flows::appointments::{self as flow, Done};
use crate::flows::{Ctx, planning};
use frontdesk_domain::appointment::{self, By};
use frontdesk_domain::booking::{self, Refused, Slot};
use frontdesk_domain::records::Booking;
use frontdesk_shared::action::Action;
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::{ClientId, Millis};
use frontdesk_store::clients::Client;
use frontdesk_store::{Refusal, Result, Tx, leads};
use jiff::tz::TimeZone;

/// What an action on an appointment would do, and why it would not.
pub(super) fn shown(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    action: &Action,
    (booking, client): (&Booking, &Client),
) -> Result<Shown> {
    let zone = zone(ctx, client);
    let when = spoken(booking.starts_at, &zone);
    let named = format!("The appointment of {} on {when}", who(booking));
    let over = (booking.status != AppointmentStatus::Booked).then(|| format!("it is {}", booking.status));
    Ok(match action {
        Action::CancelAppointment { reason, .. } => {
            let mut lines = vec![format!("{named} is given back by the business.")];
            lines.push(told(tx, ctx, client, booking, booking.starts_at > ctx.now())?);
            if !reason.trim().is_empty() {
                lines.push(format!("Kept with it, and not told: {}", reason.trim()));
            }
            (lines, over)
        }
        Action::RescheduleAppointment { to, .. } => {
            let slot = match to_slot(tx, ctx, (client, booking), to) {
                Ok(found) => found?,
                Err(why) => return Ok((vec![format!("{named} stays.")], Some(over.unwrap_or(why)))),
            };
            match slot {
                Ok(slot) => {
                    let then = spoken(slot.start, &zone);
                    let lines = vec![
                        format!("{named} moves to {then}, {} time.", zone_name(&zone)),
                        told(tx, ctx, client, booking, true)?,
                    ];
                    let same = (slot.start == booking.starts_at).then(|| "it is at that time".to_owned());
                    (lines, over.or(same))
                }
                Err(refused) => {
                    let why = in_words(&refused, &zone);
                    (vec![format!("{named} stays."), why.clone()], Some(over.unwrap_or(why)))
                }
            }
        }
        Action::MarkAttended { .. } | Action::MarkNoShow { .. } => {
            let (wanted, text) = match action {
                Action::MarkAttended { .. } => (AppointmentStatus::Attended, "came to"),
                _ => (AppointmentStatus::NoShow, "did not come to"),
            };
            let refused = match booking.status {
                AppointmentStatus::Cancelled => Some("it was cancelled".to_owned()),
                status if status == wanted => Some(format!("it is {status} already")),
                _ if !appointment::has_begun(booking, ctx.now()) => Some(too_early(&when, &zone)),
                _ => None,
            };
            let said = format!("You say that {} {text} the appointment on {when}.", who(booking));
            (vec![said], refused)
        }
        _ => (Vec::new(), Some("this action does not fit what it names".to_owned())),
    })
}

/// Does it; what was done, in words.
pub(super) fn act(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    action: &Action,
    (booking, client): (&Booking, &Client),
    actor: &str,
) -> Result<(String, ClientId)> {
    let by = By { actor, act: None, by_business: true };
    let about = (client, booking.id);
    let zone = zone(ctx, client);
    let (done, text) = match action {
        Action::CancelAppointment { reason, .. } => {
            let why = reason.trim();
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            let when = spoken(booking.starts_at, &zone);
            let done = flow::cancel_because(tx, ctx, about, by, reason.trim())?;
            (done, format!("the appointment on {when} is cancelled{why}"))
        }
        Action::RescheduleAppointment { to, .. } => {
            let start = start(ctx, client, to).map_err(|why| Refusal::invalid("to", why))?;
            let text = format!("the appointment is on {} now", spoken(start, &zone));
            (flow::reschedule(tx, ctx, about, start, by)?, text)
        }
        Action::MarkAttended { .. } => (flow::mark(tx, ctx, about, true, by)?, "attended".to_owned()),
        _ => (flow::mark(tx, ctx, about, false, by)?, "no-show".to_owned()),
    };
    match done {
        Done::Is(_) => Ok((text, client.id)),
        Done::Was(booking) => Err(Refusal::conflict(format!("it is {} meanwhile", booking.status)).into()),
        Done::Refused(refused) => Err(Refusal::conflict(in_words(&refused, &zone)).into()),
        Done::TooEarly(booking) => {
            Err(Refusal::conflict(too_early(&spoken(booking.starts_at, &zone), &zone)).into())
        }
    }
}

fn too_early(when: &str, zone: &TimeZone) -> String {
    format!("it has not begun: mark it from {when} on, {} time", zone_name(zone))
}

/// Whether the person is told, and how.
fn told(tx: &mut Tx<'_>, ctx: &Ctx, client: &Client, booking: &Booking, in_time: bool) -> Result<String> {
    let found = booking.lead.map_or(Ok(Vec::new()), |id| leads::by_ids(tx, &[id]))?;
    let Some(lead) = found.into_iter().next() else {
        return Ok("Nobody is told: it is with no lead.".to_owned());
    };
    if !in_time {
        return Ok("Nobody is told: it has begun.".to_owned());
    }
    let ways = appointment::channels(&ctx.house, client, &lead);
    if ways.is_empty() {
        return Ok(format!("{} cannot be written to: call and say so.", who(booking)));
    }
    let facts = planning::standing(tx, &lead)?;
    if facts.suppressions.iter().any(|s| s.channel.is_none()) {
        return Ok(format!("{} does not want to be contacted and is not told.", who(booking)));
    }
    let ways = appointment::allowed(&ctx.house, client, &lead, &facts, (ctx.now(), None), ways);
    let named = |channel: &Channel| if *channel == Channel::Email { "email" } else { "text" };
    let ways: Vec<&str> = ways.iter().map(named).collect();
    let held = match (&facts.paused, client.status) {
        (Some(_), _) => " once everything is resumed",
        (None, ClientStatus::Paused) => " once the client is resumed",
        (None, _) => "",
    };
    if ways.is_empty() {
        return Ok(format!(
            "{} may not be written to and is not told: call and say so. The lead's page says why.",
            who(booking)
        ));
    }
    Ok(format!("{} is told by {}{held}.", who(booking), ways.join(" and ")))
}

/// The slot a text means, or why there is none; the outer error where the text means no time.
fn to_slot(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (client, moving): (&Client, &Booking),
    to: &str,
) -> std::result::Result<Result<std::result::Result<Slot, Refused>>, String> {
    let start = start(ctx, client, to)?;
    Ok(flow::busy(tx, ctx, client, Some(moving.id))
        .map(|busy| booking::check(&ctx.house.rules(client).booking, ctx.now(), start, &busy)))
}

fn start(ctx: &Ctx, client: &Client, to: &str) -> std::result::Result<Millis, String> {
    booking::parse_start(to, &zone(ctx, client), ctx.now())
}

fn zone(ctx: &Ctx, client: &Client) -> TimeZone {
    ctx.house.rules(client).booking.time_zone().unwrap_or(TimeZone::UTC)
}

fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

fn spoken(start: Millis, zone: &TimeZone) -> String {
    booking::spoken(&Slot { start, end: start }, zone)
}

fn in_words(refused: &Refused, zone: &TimeZone) -> String {
    let mut text = refused.reason.sentence().to_owned();
    let free: Vec<String> = refused.alternatives.iter().map(|slot| booking::spoken(slot, zone)).collect();
    if !free.is_empty() {
        text.push_str(&format!(" Free are: {}.", free.join("; ")));
    }
    text
}

fn who(booking: &Booking) -> String {
    if booking.who.is_empty() { format!("appointment {}", booking.id.short()) } else { booking.who.clone() }
}
