//! A delivery of a voice provider, read: whose it is, which call it is about, what it changes and
//! what it is answered.
//!
//! Must not live here: signatures, bytes, and how a provider writes any of it.

use crate::call::Call;
use crate::callers;
use crate::client::{Client, HOUSE};
use crate::inbound::{self, TextIn};
use crate::lead::Lead;
use crate::phone;
use crate::placement::{self, VAPI, emit_call};
use crate::planning;
use crate::progress::{self, CallUpdate};
use crate::records::ErrorReport;
use crate::sending::{self, Report, carrier};
use crate::tools::{self, Answer, Question};
use crate::unit::{Decided, Unit};
use frontdesk_shared::call::{CallStatus, Direction, Outcome};
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_shared::{CallId, ClientId, MessageId};
use std::sync::Arc;

/// A verified message of a provider.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who sent it.
    pub provider: &'static str,
    /// The same for every delivery of the same event.
    pub event_key: String,
    /// The provider's word for what it is.
    pub kind: String,
    /// About which call.
    pub call: About,
    /// What the address it came by adds: the organisation id of the path, empty for the common one;
    /// of texts the account that proved it and the query.
    pub agent: String,
    /// What it says.
    pub what: What,
}

/// The call a message is about, as the provider describes it.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The provider's id; empty where it names none.
    pub id: String,
    /// Our reference, where it was one of our attempts.
    pub attempt: Option<CallId>,
    /// Who called whom.
    pub direction: Option<Direction>,
    /// The other party's number as the provider writes it.
    pub number: Option<String>,
    /// The other party's name.
    pub name: Option<String>,
    /// The provider's id of the number of ours.
    pub phone_number_id: Option<String>,
    /// The provider's id of the assistant.
    pub assistant_id: Option<String>,
}

/// What a message says.
#[derive(Clone, Debug)]
pub enum What {
    /// Something about a call.
    Update(Box<CallUpdate>),
    /// The assistant asks.
    Questions(Vec<Question>),
    /// A call comes in, and the provider asks which assistant takes it.
    WhichAssistant,
    /// A person wrote.
    Text(Box<TextIn>),
    /// Something about a message of ours: our own id, where it came along, and what is told.
    MessageReport(Option<MessageId>, Box<Report>),
    /// Something that is kept and means nothing here.
    Nothing,
}

/// What became of a message.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Whose it turned out to be; 0 while unknown.
    pub client: ClientId,
    /// The call it concerns.
    pub call: Option<CallId>,
    /// What became of it.
    pub status: WebhookStatus,
    /// In words.
    pub note: String,
    /// What the provider hears.
    pub reply: Reply,
}

/// What the provider hears, before it is written its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Nothing is asked.
    Nothing,
    /// An answer for each question, in order.
    Answers(Vec<Answer>),
    /// This assistant takes the call; empty where there is none.
    Assistant(String),
}

/// Applies a message that was not seen before. `fallback` is the installation's own assistant.
///
/// # Errors
/// A missing fact.
pub fn apply(unit: &mut Unit<'_>, message: &Message, fallback: &str) -> Decided<Applied> {
    if let What::WhichAssistant = message.what {
        let client = client_of(unit, message)?;
        return Ok(assistant(client.as_deref(), fallback));
    }
    match &message.what {
        What::Text(text) => return inbound::apply(unit, text),
        What::MessageReport(id, report) => return reported(unit, message.provider, *id, report),
        What::Nothing => {
            let note = "nothing that is used here".into();
            return Ok(Applied {
                client: HOUSE,
                call: None,
                status: WebhookStatus::Ignored,
                note,
                reply: Reply::Nothing,
            });
        }
        What::Update(_) | What::Questions(_) | What::WhichAssistant => {}
    }
    let Some(mut call) = call_of(unit, message)? else {
        return callers::nobodys(unit, message);
    };
    let (client, id) = (call.client, call.id);
    let (changed, reply) = match &message.what {
        What::Questions(questions) => {
            let answers = answer(unit, &mut call, questions)?;
            (Some(format!("{} tool calls answered", questions.len())), Reply::Answers(answers))
        }
        What::Update(update) => (progress::apply(unit, call, (**update).clone())?, Reply::Nothing),
        _ => (None, Reply::Nothing),
    };
    Ok(Applied {
        client,
        call: Some(id),
        status: if changed.is_some() { WebhookStatus::Applied } else { WebhookStatus::Ignored },
        note: changed.unwrap_or_else(|| "nothing new in it".into()),
        reply,
    })
}

/// What a carrier tells of a message: found by our own id, else by the carrier's, and heard only
/// from the account it left by.
fn reported(
    unit: &mut Unit<'_>,
    provider: &'static str,
    id: Option<MessageId>,
    report: &Report,
) -> Decided<Applied> {
    let own = id.map_or(Ok(None), |id| unit.message(id))?.filter(|message| message.provider == provider);
    let named =
        || report.provider_id.as_deref().map_or(Ok(None), |id| unit.message_of_provider(provider, id));
    let Some(message) = (match own {
        Some(own) => Some(own),
        None => named()?,
    }) else {
        let note = "the message is none of ours".into();
        return Ok(Applied {
            client: HOUSE,
            call: None,
            status: WebhookStatus::Unmatched,
            note,
            reply: Reply::Nothing,
        });
    };
    if !carrier::left_by(unit, &message, report.account)? {
        let what = "messages that left by another account";
        return Ok(carrier::foreign(unit, report.account.unwrap_or(HOUSE), what));
    }
    let client = message.client;
    let changed = sending::apply(unit, message, report)?;
    Ok(Applied {
        client,
        call: None,
        status: if changed.is_some() { WebhookStatus::Applied } else { WebhookStatus::Ignored },
        note: changed.unwrap_or_else(|| "nothing new in it".into()),
        reply: Reply::Nothing,
    })
}

/// Whose a call is that nobody here began: by the path it was told on, else by the assistant or
/// number a client has of its own, and on what is shared by who was in touch with the caller. More
/// than one owner is none, and is told; who is deactivated owns nothing.
fn client_of(unit: &mut Unit<'_>, message: &Message) -> Decided<Option<Arc<Client>>> {
    let active = |client: &Arc<Client>| client.status != ClientStatus::Deactivated;
    if !message.agent.is_empty() {
        return Ok(unit.client_of_agent(&message.agent)?.filter(active));
    }
    // Every message about a call nobody knows comes by here, so not every client is read.
    for (name, value) in
        [("phone_number_id", &message.call.phone_number_id), ("assistant_id", &message.call.assistant_id)]
    {
        let Some(value) = value else { continue };
        let own = |client: &&Arc<Client>| active(client) && client.own_vapi(name) == Some(value.as_str());
        let owners: Vec<Arc<Client>> = unit.clients_mentioning(value)?.iter().filter(own).cloned().collect();
        match owners.as_slice() {
            [] => {}
            [owner] => return Ok(Some(owner.clone())),
            several => {
                ambiguous(unit, name, value, several);
                return Ok(None);
            }
        }
    }
    // An installation with one client needs no settings to know whose calls they are.
    match unit.only_client()?.filter(active) {
        Some(only) => Ok(Some(only)),
        None => callers::owner(unit, &message.call),
    }
}

fn ambiguous(unit: &mut Unit<'_>, name: &str, value: &str, owners: &[Arc<Client>]) {
    let keys: Vec<&str> = owners.iter().map(|c| c.key.as_str()).collect();
    let message = format!(
        "settings.vapi.{name} {value} is claimed by {}: calls with it are nobody's until one of them gives it up",
        keys.join(" and ")
    );
    unit.report(ErrorReport {
        kind: "client.ambiguous".into(),
        service: "webhooks".into(),
        client: HOUSE,
        severity: Severity::Error,
        message,
        subject: ("client", keys.first().copied().unwrap_or_default().to_owned()),
    });
}

/// The call a message is about: ours by attempt id or by the provider's id, else a new record
/// of a call that came in.
fn call_of(unit: &mut Unit<'_>, message: &Message) -> Decided<Option<Call>> {
    let about = &message.call;
    if !about.id.is_empty()
        && let Some(call) = unit.call_of_provider(&about.id)?
    {
        return Ok(Some(call));
    }
    if let Some(attempt) = about.attempt
        && let Some(mut call) = unit.call(attempt)?.filter(|c| c.provider_call_id.is_none())
    {
        if !about.id.is_empty() {
            call.provider_call_id = Some(about.id.clone());
            unit.put_call(call.clone());
        }
        return Ok(Some(call));
    }
    if about.id.is_empty() {
        return Ok(None);
    }
    let Some(client) = client_of(unit, message)? else { return Ok(None) };
    let call = incoming(unit, &client, about)?;
    unit.add_call(call.clone());
    Ok(Some(call))
}

fn incoming(unit: &Unit<'_>, client: &Client, about: &About) -> Decided<Call> {
    let written = about.number.clone().unwrap_or_default();
    // A caller's number comes as their network writes it, often without the country's code.
    let phone = match phone::normalise(&written, Some(&client.country)) {
        Ok(phone) => phone.e164().to_owned(),
        Err(_) => written,
    };
    let lead = if phone.is_empty() { None } else { unit.lead_of(client.id, &phone)? };
    let who = lead.as_ref().map(|l| l.name.clone()).filter(|n| !n.is_empty());
    Ok(Call {
        lead: lead.as_ref().map(|l| l.id),
        provider_call_id: Some(about.id.clone()),
        status: CallStatus::Queued,
        who: who.or_else(|| about.name.clone()).unwrap_or_else(|| "a caller".into()),
        phone,
        sandbox: unit.house.sandbox,
        // Not one of our attempts, so no lead's plan follows from its number.
        ..Call::new(CallId(unit.id()), client.id, VAPI, about.direction.unwrap_or(Direction::Web), unit.now)
    })
}

fn answer(unit: &mut Unit<'_>, call: &mut Call, questions: &[Question]) -> Decided<Vec<Answer>> {
    // Clients are never deleted; a call always has one.
    let Some(client) = unit.client(call.client)? else { return Ok(Vec::new()) };
    // A caller who asks something is on the line, whatever status messages got lost.
    let was = call.status;
    call.status = call.status.advance(CallStatus::InProgress);
    if was == CallStatus::Uncertain {
        placement::resolved(unit, call)?;
    }
    call.started_at = call.started_at.or(Some(unit.now));
    call.updated_at = unit.now;
    let held = unit.booked_in(call.id)?.map(|booking| booking.id);
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        answers.push(tools::answer(unit, &client, call, question)?);
    }
    let booked = unit.booked_in(call.id)?.map(|booking| booking.id);
    let decided = call.reported && call.outcome != Some(Outcome::DoNotCall);
    if decided && booked.is_some() && booked != held {
        after_the_report(unit, call)?;
    }
    emit_call(unit, call, was, VAPI, &call.last_line.clone());
    unit.put_call(call.clone());
    Ok(answers)
}

/// A slot was booked in a call whose report had come already: the call came to that after all,
/// and so did its lead, unless the person opted out or asked anew meanwhile.
fn after_the_report(unit: &mut Unit<'_>, call: &mut Call) -> Decided<()> {
    call.outcome = Some(Outcome::Booked);
    call.why = "a slot was booked as the call ended".into();
    let lead = call.lead.map_or(Ok(None), |id| unit.lead(id))?;
    let own = |lead: &Lead| call.direction != Direction::Outbound || lead.episode == call.episode;
    let over = |lead: &Lead| matches!(lead.status, LeadStatus::OptedOut | LeadStatus::Calling);
    if let Some(mut lead) = lead.filter(|lead| own(lead) && !over(lead)) {
        placement::take_back_calls(unit, &lead, "an appointment was booked")?;
        lead.rests(LeadStatus::Booked);
        planning::move_lead(unit, lead, "daemon", &format!("booked: {}", call.why));
    }
    Ok(())
}

/// The same error for every question.
pub fn failed(questions: &[Question], why: &str) -> Vec<Answer> {
    questions.iter().map(|_| Answer { text: why.to_owned(), is_error: true }).collect()
}

fn assistant(client: Option<&Client>, fallback: &str) -> Applied {
    let own = client.and_then(|c| c.own_vapi("assistant_id")).unwrap_or(fallback);
    let note = match own {
        "" => "no assistant is configured".to_owned(),
        own => format!("answered with assistant {own}"),
    };
    Applied {
        client: client.map_or(HOUSE, |c| c.id),
        call: None,
        status: WebhookStatus::Applied,
        note,
        reply: Reply::Assistant(own.to_owned()),
    }
}
