//! What a person does by the links in our messages: looks at an appointment, gives it back, moves
//! it, takes it again; ends all contact. Looking changes nothing; whatever changes something needs
//! the nonce of a page, which the person has seen then.
//!
//! Must not live here: what a link still allows (`frontdesk_domain::visit`), pages.

use super::clients::{Asker, audited};
use super::{Ctx, appointments as flow, optout};
use flow::Done;
use frontdesk_domain::appointment::By;
use frontdesk_domain::booking::{Refused, Slot};
use frontdesk_domain::lead::{Lead, mail_identity};
use frontdesk_domain::link::{self, APPOINTMENT};
use frontdesk_domain::opt_out::Source;
use frontdesk_domain::records::Booking;
use frontdesk_domain::sending::Message;
use frontdesk_domain::visit::{self, Standing};
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::{MessageId, Millis};
use frontdesk_store::clients::Client;
use frontdesk_store::{Result, Tx, appointments, clients, leads, messages};
use std::collections::BTreeSet;

/// Who acts, in events and the audit trail.
const ACTOR: &str = "link";

/// What a link about an appointment finds.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The message the link was in.
    pub message: Message,
    /// Whose the appointment is.
    pub client: Client,
    /// The appointment.
    pub booking: Booking,
    /// The person, where we still know them.
    pub lead: Option<Lead>,
    /// What the link allows.
    pub standing: Standing,
}

/// What somebody wants who pressed a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Not to come.
    Cancel,
    /// To come at another time.
    Move(Millis),
    /// What they gave back.
    TakeAgain,
}

/// A button that was pressed.
#[derive(Clone, Copy, Debug)]
pub struct Pressed<'a> {
    /// What it says.
    pub wish: Wish,
    /// What its page sent along.
    pub nonce: &'a str,
    /// From which network address.
    pub address: &'a str,
}

/// What became of a wish. The same wish again hears the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The appointment is cancelled.
    Cancelled,
    /// It is at the time that was wished for.
    Moved,
    /// It was made anew.
    TakenAgain,
    /// The rules or the calendar forbid it.
    Refused(Refused),
    /// The page was too old, or there was none: nothing changed.
    Stale,
    /// The link does not allow it any more: nothing changed.
    NotAllowed,
}

/// What a link about an appointment finds; `None` where there is nothing behind it.
///
/// # Errors
/// As the statements fail.
pub fn look(tx: &mut Tx<'_>, ctx: &Ctx, id: MessageId) -> Result<Option<Visit>> {
    let Some(message) = messages::by_ids(tx, &[id])?.pop() else { return Ok(None) };
    let Some(appointment) = message.appointment else { return Ok(None) };
    let found = appointments::by_ids(tx, &[appointment])?.pop();
    let Some(booking) = found.filter(|booking| booking.client == message.client) else { return Ok(None) };
    let Some(client) = clients::by_id(tx, booking.client)? else { return Ok(None) };
    let lead = booking.lead.map_or(Ok(None), |lead| leads::by_id(tx, lead))?;
    let standing = match visit::standing(&message, &booking, ctx.now()) {
        Standing::Open if client.status == ClientStatus::Deactivated => Standing::Closed,
        Standing::Cancelled { undo } => {
            Standing::Cancelled { undo: undo && client.status != ClientStatus::Deactivated }
        }
        other => other,
    };
    Ok(Some(Visit { message, client, booking, lead, standing }))
}

/// Other times that the appointment of a visit may be moved to, from an instant on.
///
/// # Errors
/// As the statement fails.
pub fn other_times(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    visit: &Visit,
    from: Millis,
    limit: usize,
) -> Result<Vec<Slot>> {
    let mut free = flow::free(tx, ctx, (&visit.client, Some(visit.booking.id)), from, limit + 1)?;
    free.retain(|slot| slot.start != visit.booking.starts_at);
    free.truncate(limit);
    Ok(free)
}

/// Does what a button says, where its page is not too old; what is there afterwards, and what
/// became of the wish. `None` where there is nothing behind the link.
///
/// # Errors
/// As the statements fail.
pub fn press(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    id: MessageId,
    pressed: Pressed<'_>,
) -> Result<Option<(Visit, Outcome)>> {
    let Some(visit) = look(tx, ctx, id)? else { return Ok(None) };
    let outcome = outcome(tx, ctx, &visit, pressed)?;
    let after = look(tx, ctx, id)?.unwrap_or(visit);
    Ok(Some((after, outcome)))
}

fn outcome(tx: &mut Tx<'_>, ctx: &Ctx, visit: &Visit, pressed: Pressed<'_>) -> Result<Outcome> {
    let Some(secret) = &ctx.house.lines.link_secret else { return Ok(Outcome::NotAllowed) };
    let (client, booking, now) = (&visit.client, &visit.booking, ctx.now());
    let showed =
        |sequence: i64| link::is_nonce(secret, APPOINTMENT, visit.message.id, sequence, (pressed.nonce, now));
    let is_fresh = showed(booking.sequence);
    // Pressed twice: the first time changed what the page showed.
    let is_again = showed(booking.sequence - 1) && visit.message.sequence + 1 == booking.sequence;
    let by = By { actor: ACTOR, act: Some(now), by_business: false };
    let (action, done) = match (pressed.wish, visit.standing) {
        (Wish::Cancel, Standing::Open) if is_fresh => {
            ("cancel_appointment", flow::cancel(tx, ctx, (client, booking.id), by)?)
        }
        (Wish::Cancel, Standing::Cancelled { .. }) if is_again => return Ok(Outcome::Cancelled),
        (Wish::Move(start), Standing::Open) if is_fresh => {
            ("move_appointment", flow::reschedule(tx, ctx, (client, booking.id), start, by)?)
        }
        (Wish::Move(start), Standing::Changed) if is_again && booking.starts_at == start => {
            return Ok(Outcome::Moved);
        }
        (Wish::TakeAgain, Standing::Cancelled { .. })
            if is_fresh && client.status != ClientStatus::Deactivated =>
        {
            let Some(lead) = &visit.lead else { return Ok(Outcome::NotAllowed) };
            ("book_appointment", flow::take_again(tx, ctx, (client, lead), booking, by)?)
        }
        (Wish::Cancel | Wish::Move(_), Standing::Open) => return Ok(Outcome::Stale),
        (Wish::TakeAgain, Standing::Cancelled { .. }) if !is_fresh => return Ok(Outcome::Stale),
        _ => return Ok(Outcome::NotAllowed),
    };
    match done {
        Done::Refused(refused) => return Ok(Outcome::Refused(refused)),
        Done::Was(_) | Done::TooEarly(_) => {}
        Done::Is(booking) => {
            let asker = Asker { actor: ACTOR, address: pressed.address };
            let detail = format!("by the link in message {}", visit.message.id);
            audited(tx, ctx, asker, action, &booking.id.to_string(), client.id, &detail)?;
        }
    }
    Ok(match pressed.wish {
        Wish::Cancel => Outcome::Cancelled,
        Wish::Move(_) => Outcome::Moved,
        Wish::TakeAgain => Outcome::TakenAgain,
    })
}

/// Who asks for no more messages, and from whom.
#[derive(Clone, Debug)]
pub struct Subscriber {
    /// Whose messages they are.
    pub client: Client,
    /// Whether everything is stopped already.
    pub is_out: bool,
    addresses: BTreeSet<String>,
}

/// Whose contact a link ends; `None` where there is nothing behind it.
///
/// # Errors
/// As the statements fail.
pub fn subscriber(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<Subscriber>> {
    let Some(message) = messages::by_ids(tx, &[id])?.pop() else { return Ok(None) };
    let Some(client) = clients::by_id(tx, message.client)? else { return Ok(None) };
    let lead = message.lead.map_or(Ok(None), |lead| leads::by_id(tx, lead))?;
    let mut addresses: BTreeSet<String> = lead.iter().flat_map(Lead::addresses).collect();
    addresses.extend(match message.channel {
        Channel::Email => mail_identity(&message.address),
        Channel::Sms | Channel::AiVoice => Some(message.address.clone()),
    });
    let asked: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let stopped = leads::suppressions_of(tx, &asked)?;
    let is_out = addresses.iter().all(|address| {
        stopped.iter().any(|s| s.address == *address && s.channel.is_none() && s.binds(client.id))
    });
    Ok(Some(Subscriber { client, is_out, addresses }))
}

/// Ends all contact of a client with the person a message went to, on every channel.
///
/// # Errors
/// As the statements fail.
pub fn unsubscribe(tx: &mut Tx<'_>, ctx: &Ctx, id: MessageId, address: &str) -> Result<Option<Subscriber>> {
    let Some(mut found) = subscriber(tx, id)? else { return Ok(None) };
    if found.is_out {
        return Ok(Some(found));
    }
    let evidence = format!("message {id}: unsubscribed by its link");
    let source = Source { reason: "user_request", evidence: &evidence, actor: ACTOR };
    let refused: Vec<(&str, Source<'_>)> =
        found.addresses.iter().map(|address| (address.as_str(), source)).collect();
    optout::record_all(tx, ctx, &refused, found.client.id)?;
    let asker = Asker { actor: ACTOR, address };
    let detail = "all contact ended by the link in it";
    audited(tx, ctx, asker, "unsubscribe", &id.to_string(), found.client.id, detail)?;
    found.is_out = true;
    Ok(Some(found))
}
