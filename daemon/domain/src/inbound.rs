//! A text that came in: whose it is, what it means, and what follows from it in the same commit.
//!
//! Must not live here: how words are read (`message::said`), signatures, a carrier's fields.

mod keyword;

use crate::appointment::{self, By};
use crate::client::{Client, HOUSE};
use crate::delivery::{Applied, Reply};
use crate::follow_up;
use crate::job::{LANE_WORK, SendMessage};
use crate::lead::Lead;
use crate::message::kinds::Kind;
use crate::message::said::{self, Asked, Said};
use crate::opt_out::Source;
use crate::phone;
use crate::planning;
use crate::records::{Booking, ErrorReport, Suppression};
use crate::sending::{self, Message, MessageText, TWILIO, carrier};
use crate::unit::{Decided, Unit};
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::message::{MessageDirection, MessageStatus};
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_shared::{ClientId, JobId, LeadId, MessageId, RowId};
use keyword::BY_TEXT;
use std::fmt;
use std::sync::Arc;

/// The doubt about a bare “cancel”, at which carriers stop by themselves.
const BARE_CANCEL: &str = "a bare “cancel”: the appointment, or all contact?";
/// Words kept of a text, in characters.
const BODY_MAX: usize = 4_000;

/// A text as a carrier tells of it.
#[derive(Clone, PartialEq, Eq)]
pub struct TextIn {
    /// Which carrier.
    pub provider: &'static str,
    /// Whose account of the carrier proved it: a client's own; `None` is the installation's.
    pub account: Option<ClientId>,
    /// The carrier's name of it, as it is kept: of a client's own account with the client before it.
    pub provider_id: String,
    /// Who wrote.
    pub from: String,
    /// The number of ours.
    pub to: String,
    /// The messaging service it came through.
    pub service: Option<String>,
    /// The words; empty where only media came.
    pub body: String,
    /// Pictures and the like.
    pub media: u32,
    /// The carrier's own reading (`STOP`, `START`, `HELP`): it has acted and answered already.
    pub opt_out_type: Option<String>,
}

impl fmt::Debug for TextIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextIn({} {})", self.provider, self.provider_id)
    }
}

/// Whose a text may be.
enum Owner {
    /// One client's.
    One(Arc<Client>, Option<Box<Lead>>),
    /// Not of the account that proved it: nothing follows.
    Foreign(ClientId),
    /// Several clients wrote to this person from the number.
    Several(Vec<ClientId>),
    /// Nobody's.
    Nobody,
}

/// Applies a text that was not seen before.
///
/// # Errors
/// A missing fact.
pub fn apply(unit: &mut Unit<'_>, text: &TextIn) -> Decided<Applied> {
    if let Some(known) = unit.message_of_provider(text.provider, &text.provider_id)? {
        // Replayed by a person: what followed from it has followed.
        return Ok(applied(known.client, WebhookStatus::Ignored, "it was read when it came".into()));
    }
    let from = match phone::normalise(&text.from, None) {
        Ok(phone) => phone.e164().to_owned(),
        Err(_) => text.from.clone(),
    };
    match owner(unit, text, &from)? {
        Owner::One(client, lead) => of_client(unit, text, &from, &client, lead.map(|lead| *lead)),
        Owner::Several(clients) => of_several(unit, text, &from, &clients),
        Owner::Nobody => of_nobody(unit, text, &from),
        Owner::Foreign(account) => {
            Ok(carrier::foreign(unit, account, "texts to numbers that are not its own"))
        }
    }
}

/// A client's own number tells whose it is; on a shared one, who wrote to this person. A number
/// counts for the account it is on: who signs with an account of their own speaks of no other.
fn owner(unit: &Unit<'_>, text: &TextIn, from: &str) -> Decided<Owner> {
    let mut owners: Vec<Arc<Client>> = Vec::new();
    let ours = text.account.map_or(Ok(Vec::new()), |account| carrier::clients_of(unit, account))?;
    for sender in [Some(text.to.as_str()), text.service.as_deref()].into_iter().flatten() {
        for client in unit.clients_mentioning(sender)? {
            let on_account = match text.account {
                Some(_) => ours.iter().any(|own| own.id == client.id),
                None => !carrier::has_own(client) && !unit.house.lines.is_shared(sender),
            };
            if on_account
                && carrier::is_sender(client, sender)
                && owners.iter().all(|known| known.id != client.id)
            {
                owners.push(client.clone());
            }
        }
    }
    if let Some(account) = text.account.filter(|_| owners.is_empty()) {
        return Ok(Owner::Foreign(account));
    }
    let leads = unit.leads_of(from)?;
    if let [client] = owners.as_slice() {
        let lead = leads.into_iter().find(|lead| lead.client == client.id);
        return Ok(Owner::One(client.clone(), lead.map(Box::new)));
    }
    let shared = |lead: &Lead| owners.is_empty() || owners.iter().any(|owner| owner.id == lead.client);
    let mut wrote = Vec::new();
    let mut known = Vec::new();
    for lead in leads.into_iter().filter(shared) {
        if unit.last_text(lead.id)?.is_some() {
            wrote.push(lead.clone());
        }
        known.push(lead);
    }
    // Who wrote to them counts before who only knows them.
    let candidates = if wrote.is_empty() { known } else { wrote };
    Ok(match candidates.as_slice() {
        [] => match unit.only_client()? {
            Some(client) if owners.is_empty() => Owner::One(client, None),
            _ => Owner::Nobody,
        },
        [lead] => match unit.client(lead.client)? {
            Some(client) => Owner::One(client, Some(Box::new(lead.clone()))),
            None => Owner::Nobody,
        },
        several => Owner::Several(several.iter().map(|lead| lead.client).collect()),
    })
}

fn of_client(
    unit: &mut Unit<'_>,
    text: &TextIn,
    from: &str,
    client: &Arc<Client>,
    lead: Option<Lead>,
) -> Decided<Applied> {
    let last = lead.as_ref().map_or(Ok(None), |lead| unit.last_text(lead.id))?;
    let asked = last.as_ref().map_or(Asked::Nothing, |last| unit.asked(last.id));
    let said = said::read(&text.body, text.opt_out_type.as_deref(), asked);
    let message = keep(unit, text, from, client.id, lead.as_ref());
    let person = Person { client, lead, from, message: message.id, last };
    let note = follow(unit, text, &person, &said)?;
    Ok(applied(client.id, WebhookStatus::Applied, note))
}

/// Who wrote, to whom, and after what.
struct Person<'a> {
    client: &'a Arc<Client>,
    lead: Option<Lead>,
    from: &'a str,
    message: MessageId,
    last: Option<Message>,
}

impl Person<'_> {
    fn subject(&self) -> (&'static str, String) {
        ("message", self.message.to_string())
    }
}

/// What follows from what was said; in words.
fn follow(unit: &mut Unit<'_>, text: &TextIn, person: &Person<'_>, said: &Said) -> Decided<String> {
    if !matches!(said, Said::Machine | Said::Empty)
        && let Some(lead) = &person.lead
    {
        let why = "the person answered";
        follow_up::stop(unit, lead, why)?;
    }
    // The carrier answers its own keywords; where it does, nobody answers twice.
    let answered =
        text.provider == TWILIO && (text.opt_out_type.is_some() || text.body.split_whitespace().count() <= 1);
    Ok(match said {
        Said::OptOut { words, cancels } => {
            // A refusal is confirmed once; who repeats it hears nothing more.
            let heard_before = is_suppressed(unit, person)?;
            suppress(unit, text, person, ("user_request", words.as_str()))?;
            if *cancels {
                waits(
                    unit,
                    person,
                    "text.refused-and-cancelled",
                    "refused further contact and called the appointment off",
                )?;
            }
            if !answered && !heard_before {
                reply(unit, person, Kind::OptOutConfirmed, None);
            }
            "opted out".into()
        }
        Said::Deceased { words } => {
            suppress(unit, text, person, ("deceased", words.as_str()))?;
            "the person has died: no further contact".into()
        }
        Said::CarrierCancel => {
            stop_texts(unit, text, person.from, person.client.id, person.message);
            if let Some(lead) = person.lead.clone() {
                doubt(unit, lead, BARE_CANCEL)?;
            }
            waits(
                unit,
                person,
                "text.cancel",
                "wrote a bare “cancel”: texts are stopped, decide whether the appointment is meant",
            )?;
            "texts stopped; a person decides about the rest".into()
        }
        Said::OptIn => {
            let lifted = keyword::texts_again(unit, text, person.from, &[person.client.id], person.message)?;
            allowed_again(lifted)
        }
        Said::Help => {
            if !answered {
                reply(unit, person, Kind::Help, None);
            }
            "asked for help".into()
        }
        Said::Unsure { why, .. } => {
            if let Some(lead) = person.lead.clone() {
                doubt(unit, lead, why)?;
            }
            waits(unit, person, "text.doubt", "may have refused further contact: decide")?;
            format!("in doubt: {why}")
        }
        Said::NotBy { channel, words } => not_by(unit, person, *channel, words.as_str())?,
        Said::WrongNumber { .. } => {
            if let Some(mut lead) = person.lead.clone() {
                unit.take_back(lead.id, |job| job.lane != LANE_WORK, "the number is somebody else's")?;
                lead.rests(LeadStatus::BadNumber);
                planning::move_lead(unit, lead, text.provider, "the number is somebody else's");
            }
            "wrong number".into()
        }
        Said::Declined { .. } => {
            declined(unit, person)?;
            "declined".into()
        }
        Said::CancelAppointment => return cancel(unit, text, person),
        Said::Reschedule { .. } => return wants_another_time(unit, person),
        Said::Yes | Said::No => {
            // A bare no may be one to us: nobody is called on before a person has read it.
            if let (Said::No, Some(lead)) = (said, person.lead.clone()) {
                doubt(unit, lead, "answered our text with no")?;
            }
            waits(unit, person, "text.reply", "answered our text: read it")?;
            if *said == Said::Yes { "said yes" } else { "said no" }.into()
        }
        Said::Machine => "a machine answered".into(),
        Said::Empty => {
            waits(unit, person, "text.reply", "sent pictures without words")?;
            "no words".into()
        }
        Said::Unclear | Said::Other => {
            waits(unit, person, "text.reply", "wrote: read it")?;
            "a reply for a person".into()
        }
    })
}

/// Whether the person is on record already as somebody who refuses all contact.
fn is_suppressed(unit: &Unit<'_>, person: &Person<'_>) -> Decided<bool> {
    let known = unit.suppressions(person.from)?;
    Ok(known.iter().any(|s| s.binds(person.client.id) && s.channel.is_none()))
}

/// What START came to.
fn allowed_again(lifted: bool) -> String {
    match lifted {
        true => "texts are allowed again".into(),
        false => "texts are allowed again where a text had stopped them".into(),
    }
}

/// One channel is refused and another offered: that one stops, the others go on.
fn not_by(unit: &mut Unit<'_>, person: &Person<'_>, channel: Channel, words: &str) -> Decided<String> {
    let evidence = format!("text {}: {}", person.message, clip(words, 200));
    stop_channel(unit, (person.from, person.client.id), channel, ("user_request", evidence));
    let what = match channel {
        Channel::AiVoice => "wants no calls",
        Channel::Sms => "wants no texts",
        Channel::Email => "wants no mail",
    };
    if let Some(mut lead) = person.lead.clone().filter(|_| channel == Channel::AiVoice) {
        unit.take_back(lead.id, |job| job.lane == crate::job::LANE_CALL, "the person wants no calls")?;
        if lead.status.is_open() {
            lead.rests(LeadStatus::Review);
            planning::move_lead(unit, lead, "text", "the person wants no calls, and may be written to");
        }
    }
    waits(unit, person, "text.reply", &format!("{what}, and named another way: read it"))?;
    Ok(what.into())
}

fn suppress(
    unit: &mut Unit<'_>,
    text: &TextIn,
    person: &Person<'_>,
    (reason, words): (&str, &str),
) -> Decided<()> {
    let evidence = format!("text {}: {words}", person.message);
    let source = Source { reason, evidence: &evidence, actor: BY_TEXT };
    keyword::refuse(unit, text, person.from, &[person.client.id], source)
}

fn stop_texts(unit: &mut Unit<'_>, text: &TextIn, from: &str, client: ClientId, message: MessageId) {
    let evidence = format!("text {message}: {}", clip(&text.body, 200));
    let whose = keyword::stopped_for(unit, text, client);
    stop_channel(unit, (from, whose), Channel::Sms, ("carrier", evidence));
}

fn stop_channel(
    unit: &mut Unit<'_>,
    (address, client): (&str, ClientId),
    channel: Channel,
    (reason, evidence): (&str, String),
) {
    let suppression = Suppression {
        id: RowId(unit.id()),
        client,
        address: address.to_owned(),
        channel: Some(channel),
        reason: reason.into(),
        evidence,
        since: unit.now,
        by: BY_TEXT.into(),
    };
    unit.changes.suppressions.push(suppression);
}

/// Every channel is held until a person has decided.
fn doubt(unit: &mut Unit<'_>, mut lead: Lead, why: &str) -> Decided<()> {
    if lead.status == LeadStatus::OptedOut {
        return Ok(());
    }
    unit.take_back(lead.id, |job| job.lane == crate::job::LANE_CALL, "perhaps a refusal: a person decides")?;
    let status = if lead.status.is_open() { LeadStatus::Review } else { lead.status };
    lead.rests_in_doubt(status, why);
    planning::move_lead(unit, lead, "text", &format!("held until a person decides: {why}"));
    Ok(())
}

fn declined(unit: &mut Unit<'_>, person: &Person<'_>) -> Decided<()> {
    let Some(mut lead) = person.lead.clone().filter(|lead| lead.status.is_open()) else { return Ok(()) };
    unit.take_back(lead.id, |job| job.lane != LANE_WORK, "the person declined")?;
    lead.rests(LeadStatus::NotInterested);
    planning::move_lead(unit, lead, "text", "declined by text");
    Ok(())
}

/// The appointment the last text was about, or the only one there is. Two are never guessed between.
fn meant(unit: &Unit<'_>, person: &Person<'_>) -> Decided<Result<Booking, &'static str>> {
    let Some(lead) = &person.lead else { return Ok(Err("who has no appointment here")) };
    let mut all = unit.upcoming(lead.id)?;
    if all.len() > 1 {
        let last = person.last.as_ref().and_then(|last| last.appointment);
        if let Some(at) = all.iter().position(|b| Some(b.id) == last) {
            return Ok(Ok(all.swap_remove(at)));
        }
    }
    Ok(match all.pop() {
        None => Err("who has no appointment to come"),
        Some(_) if !all.is_empty() => Err("who has several appointments"),
        Some(one) => Ok(one),
    })
}

fn cancel(unit: &mut Unit<'_>, text: &TextIn, person: &Person<'_>) -> Decided<String> {
    match meant(unit, person)? {
        Ok(booking) => {
            let by = By { actor: "text", act: Some(unit.now), by_business: false };
            appointment::cancel(unit, person.client, &booking, by)?;
            let _ = text;
            Ok("appointment cancelled by text".into())
        }
        Err(why) => {
            let what = format!("wants to cancel an appointment, {why}");
            waits(unit, person, "text.cancel", &what)?;
            Ok(format!("cannot cancel: {why}"))
        }
    }
}

/// Somebody asks for another time: what reminds them of the old one goes, a person finds a new one.
fn wants_another_time(unit: &mut Unit<'_>, person: &Person<'_>) -> Decided<String> {
    let what = match meant(unit, person)? {
        Ok(booking) => {
            appointment::forget_reminders(unit, &booking, "the person asked for another time")?;
            "wants another time for the appointment: its reminders are taken back until it is moved"
                .to_owned()
        }
        Err(why) => format!("wants another time, {why}"),
    };
    waits(unit, person, "text.another-time", &what)?;
    Ok("asks for another time".into())
}

/// Tells people that a text waits for one of them.
fn waits(unit: &mut Unit<'_>, person: &Person<'_>, kind: &str, what: &str) -> Decided<()> {
    unit.report(ErrorReport {
        kind: kind.to_owned(),
        service: "texts".into(),
        client: person.client.id,
        severity: Severity::Warning,
        message: format!("somebody {what}"),
        subject: person.subject(),
    });
    Ok(())
}

/// An answer to what the person just wrote.
fn reply(unit: &mut Unit<'_>, person: &Person<'_>, kind: Kind, appointment: Option<&Booking>) {
    let Some(lead) = &person.lead else { return };
    if person.client.status != ClientStatus::Active {
        // Nothing is said in the name of a client who left; what the person wrote counts all the same.
        return;
    }
    let wanted = SendMessage {
        message: kind.word().to_owned(),
        channel: Channel::Sms,
        appointment: appointment.map(|a| a.id),
        sequence: appointment.map_or(0, |a| a.sequence),
        episode: lead.episode,
        moved_from: None,
        answers: Some(unit.now),
    };
    let mut job = wanted.job(JobId(unit.id()), person.client.id, lead.name.clone(), unit.now);
    job.lead = Some(lead.id);
    job.dedupe = Some(format!("answer:{}:{kind}", person.message));
    unit.enqueue(job);
}

/// Several clients wrote to this person from one number: a refusal is meant for all of them, and
/// anything else for one that only a person can tell.
fn of_several(unit: &mut Unit<'_>, text: &TextIn, from: &str, clients: &[ClientId]) -> Decided<Applied> {
    let said = said::read(&text.body, text.opt_out_type.as_deref(), Asked::Nothing);
    let message = keep(unit, text, from, HOUSE, None);
    let note = match said {
        Said::OptOut { words, .. } | Said::Deceased { words } => {
            let evidence = format!("text {}: {}", message.id, words.as_str());
            let source = Source { reason: "user_request", evidence: &evidence, actor: BY_TEXT };
            keyword::refuse(unit, text, from, clients, source)?;
            match keyword::is_for_all(unit, text) {
                true => "opted out of everybody who uses this number".to_owned(),
                false => format!("opted out of {} clients that wrote from this number", clients.len()),
            }
        }
        Said::OptIn => allowed_again(keyword::texts_again(unit, text, from, clients, message.id)?),
        other => {
            let why = match &other {
                Said::Unsure { why, .. } => Some(*why),
                Said::CarrierCancel => Some(BARE_CANCEL),
                _ => None,
            };
            if other == Said::CarrierCancel {
                clients.iter().for_each(|client| stop_texts(unit, text, from, *client, message.id));
            }
            if let Some(why) = why {
                for lead in unit.leads_of(from)?.into_iter().filter(|lead| clients.contains(&lead.client)) {
                    doubt(unit, lead, why)?;
                }
            }
            told(
                unit,
                HOUSE,
                &message,
                "text.ambiguous",
                "wrote to a number that several clients wrote from: whose it is only a person can tell",
            );
            "several clients wrote to this person from this number".into()
        }
    };
    Ok(applied(HOUSE, WebhookStatus::Applied, note))
}

/// No client is known for it: a refusal is kept for the installation, the rest is told.
fn of_nobody(unit: &mut Unit<'_>, text: &TextIn, from: &str) -> Decided<Applied> {
    let said = said::read(&text.body, text.opt_out_type.as_deref(), Asked::Nothing);
    let message = keep(unit, text, from, HOUSE, None);
    if let Said::OptOut { words, .. } | Said::Deceased { words } = &said {
        let evidence = format!("text {}: {}", message.id, words.as_str());
        let source = Source { reason: "user_request", evidence: &evidence, actor: BY_TEXT };
        keyword::refuse(unit, text, from, &[], source)?;
        return Ok(applied(HOUSE, WebhookStatus::Applied, "opted out of everything".into()));
    }
    if said == Said::CarrierCancel {
        stop_texts(unit, text, from, HOUSE, message.id);
    }
    if said == Said::OptIn && keyword::texts_again(unit, text, from, &[], message.id)? {
        return Ok(applied(HOUSE, WebhookStatus::Applied, allowed_again(true)));
    }
    told(unit, HOUSE, &message, "text.unmatched", "wrote to a number of no client");
    Ok(applied(HOUSE, WebhookStatus::Unmatched, "no client is known for it".into()))
}

fn told(unit: &mut Unit<'_>, client: ClientId, message: &Message, kind: &str, what: &str) {
    unit.report(ErrorReport {
        kind: kind.to_owned(),
        service: "texts".into(),
        client,
        severity: Severity::Warning,
        message: format!("somebody {what}"),
        subject: ("message", message.id.to_string()),
    });
}

fn keep(unit: &mut Unit<'_>, text: &TextIn, from: &str, client: ClientId, lead: Option<&Lead>) -> Message {
    let message = Message {
        id: MessageId(unit.id()),
        client,
        lead: lead.map(|lead: &Lead| -> LeadId { lead.id }),
        appointment: None,
        job: None,
        direction: MessageDirection::Inbound,
        channel: Channel::Sms,
        kind: "reply".into(),
        purpose: Purpose::Informational,
        provider: text.provider.to_owned(),
        provider_id: Some(text.provider_id.clone()),
        mail_id: None,
        address: from.to_owned(),
        sender: text.to.clone(),
        who: lead.map(|lead| lead.name.clone()).unwrap_or_default(),
        status: MessageStatus::Received,
        code: String::new(),
        why: String::new(),
        sequence: 0,
        segments: 0,
        cost_micros: 0,
        lookups: 0,
        sandbox: unit.house.sandbox,
        created_at: unit.now,
        updated_at: unit.now,
    };
    let mut body = clip(&text.body, BODY_MAX);
    if text.media > 0 {
        body.push_str(&format!("{}[{} attachments]", if body.is_empty() { "" } else { "\n" }, text.media));
    }
    unit.add_message(message.clone(), MessageText { subject: String::new(), body, html: String::new() });
    sending::emit(unit, &message, text.provider, "a text came in");
    message
}

fn applied(client: ClientId, status: WebhookStatus, note: String) -> Applied {
    Applied { client, call: None, status, note, reply: Reply::Nothing }
}

fn clip(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

#[cfg(test)]
mod tests;
