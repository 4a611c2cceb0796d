//! A client's diary by key: what its own programs book, move, give back and mark, each of it once
//! in the audit trail. What is named must be the client's own; of others it is not said that they
//! exist.
//!
//! Must not live here: what follows from each wish (`appointments`), JSON.

use super::clients::{Asker, audited};
use super::{Ctx, appointments as flow};
use flow::Done;
use frontdesk_domain::appointment::By;
use frontdesk_domain::booking;
use frontdesk_domain::lead::Lead;
use frontdesk_domain::phone;
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::{AppointmentId, LeadId, Millis};
use frontdesk_store::clients::{self, Client};
use frontdesk_store::{Error, Refusal, Result, Tx, leads};
use jiff::tz::TimeZone;

/// What is asked of a diary; times as the API reads them, in the client's zone where they name none.
#[derive(Clone, Debug)]
pub enum Wish {
    /// A new appointment.
    Book {
        /// The lead's id or number.
        lead: String,
        /// When.
        start: String,
        /// Anything said about it.
        note: String,
    },
    /// Another time.
    Move(AppointmentId, String),
    /// The end of it.
    Cancel(AppointmentId, String),
    /// The person came, or did not.
    Mark(AppointmentId, bool),
}

impl Wish {
    fn action(&self) -> &'static str {
        match self {
            Self::Book { .. } => "book_appointment",
            Self::Move(..) => "move_appointment",
            Self::Cancel(..) => "cancel_appointment",
            Self::Mark(_, true) => "mark_attended",
            Self::Mark(_, false) => "mark_no_show",
        }
    }
}

/// Does what is wished for, for the client of a key.
///
/// # Errors
/// `not_found` for what is not the client's, `invalid` naming the field, `conflict` where the
/// state forbids it; as the statements fail.
pub fn act(tx: &mut Tx<'_>, ctx: &Ctx, key: &str, wish: &Wish, asker: Asker<'_>) -> Result<(Client, Done)> {
    let client = clients::need(tx, key)?;
    if client.status == ClientStatus::Deactivated {
        return Err(Refusal::conflict("this client is deactivated").into());
    }
    let by = By { actor: asker.actor, act: None, by_business: true };
    let done = match wish {
        Wish::Book { lead, start, note } => {
            let start = start_of(ctx, &client, start)?;
            let lead = lead_of(tx, &client, lead)?;
            flow::book(tx, ctx, (&client, &lead), (start, note), by)?
        }
        Wish::Move(id, start) => {
            let start = start_of(ctx, &client, start)?;
            let done = flow::reschedule(tx, ctx, (&client, *id), start, by)?;
            over(&done, &[AppointmentStatus::Booked])?;
            done
        }
        Wish::Cancel(id, why) => {
            let done = flow::cancel_because(tx, ctx, (&client, *id), by, why.trim())?;
            over(&done, &[AppointmentStatus::Cancelled])?;
            done
        }
        Wish::Mark(id, came) => {
            let done = flow::mark(tx, ctx, (&client, *id), *came, by)?;
            if let Done::TooEarly(booking) = &done {
                let from = booking::local(booking.starts_at, &zone_of(ctx, &client));
                return Err(Refusal::conflict(format!("it has not begun: mark it from {from} on")).into());
            }
            over(&done, &[AppointmentStatus::Attended, AppointmentStatus::NoShow])?;
            done
        }
    };
    if let Done::Is(booking) = &done {
        let at = booking.starts_at.iso();
        let detail = match wish {
            Wish::Cancel(_, reason) if !reason.is_empty() => format!("{at}: {reason}"),
            _ => at,
        };
        audited(tx, ctx, asker, wish.action(), &booking.id.to_string(), client.id, &detail)?;
    }
    Ok((client, done))
}

/// Refuses a wish that came after the end of an appointment, which is another one.
fn over(done: &Done, fine: &[AppointmentStatus]) -> Result<()> {
    match done {
        Done::Was(booking) if !fine.contains(&booking.status) => {
            Err(Refusal::conflict(format!("the appointment is over: {}", booking.status)).into())
        }
        _ => Ok(()),
    }
}

/// A client's zone.
pub fn zone_of(ctx: &Ctx, client: &Client) -> TimeZone {
    ctx.house.rules(client).booking.time_zone().unwrap_or(TimeZone::UTC)
}

fn start_of(ctx: &Ctx, client: &Client, text: &str) -> Result<Millis> {
    // What is past is refused by the rules, with other times.
    booking::parse_start(text, &zone_of(ctx, client), Millis(i64::MIN))
        .map_err(|why| Refusal::invalid("start", why).into())
}

fn lead_of(tx: &mut Tx<'_>, client: &Client, who: &str) -> Result<Lead> {
    let who = who.trim();
    if let Ok(id) = who.parse::<LeadId>()
        && let Some(lead) = leads::by_id(tx, id)?.filter(|lead| lead.client == client.id)
    {
        return Ok(lead);
    }
    let number = phone::normalise(who, Some(client.country.as_str()).filter(|c| !c.is_empty()));
    let known = number.map_or(Ok(None), |number| leads::by_identity(tx, client.id, number.e164()))?;
    known.ok_or_else(|| {
        Error::Refused(Refusal {
            code: "not_found",
            field: Some("lead".into()),
            text: format!(
                "no lead has this id or number; add the person first: POST /api/leads/{}",
                client.key
            ),
        })
    })
}
