//! Who calls in on a number that several clients share: whose call it is, whom a refusal in it is
//! meant for, and what is kept of a call that is nobody's.
//!
//! Must not live here: what an ended call came to (`progress`), a provider's words.

use crate::call::Call;
use crate::client::{Client, HOUSE};
use crate::delivery::{About, Applied, Message, Reply, What};
use crate::lead::Lead;
use crate::opt_out::{self, Source};
use crate::phone;
use crate::placement::VAPI;
use crate::progress::{self, CallUpdate, Report};
use crate::records::ErrorReport;
use crate::tools::{Answer, Question, refusal_words};
use crate::unit::{Decided, Unit};
use frontdesk_shared::call::Direction;
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_shared::{CallId, Millis};
use std::sync::Arc;

/// What a caller hears where nobody knows whose the call is.
const NOT_SET_UP: &str = "this office is not set up yet";

/// The numbers a caller may have, as their network writes it: often without the country's code, so
/// that it is read as each client's country reads it.
fn readings(unit: &Unit<'_>, written: &str) -> Decided<Vec<String>> {
    if phone::is_withheld(written) {
        return Ok(Vec::new());
    }
    if let Ok(phone) = phone::normalise(written, None) {
        return Ok(vec![phone.e164().to_owned()]);
    }
    let mut read = Vec::new();
    for country in unit.countries()? {
        if let Ok(phone) = phone::normalise(written, Some(country))
            && read.iter().all(|known| known != phone.e164())
        {
            read.push(phone.e164().to_owned());
        }
    }
    Ok(read)
}

/// The leads that a caller may be, of clients that reach people from what is shared: whom somebody
/// called or wrote to last comes first, and where nobody did, who is known.
fn candidates(unit: &Unit<'_>, written: &str) -> Decided<Vec<Lead>> {
    let mut contacted: Vec<(Millis, Lead)> = Vec::new();
    let mut known: Vec<(Millis, Lead)> = Vec::new();
    for number in readings(unit, written)? {
        for lead in unit.leads_of(&number)? {
            let Some(client) = unit.client(lead.client)? else { continue };
            let text = unit.last_text(lead.id)?;
            let texted = text.as_ref().is_some_and(|text| unit.house.lines.is_shared(&text.sender));
            let shares = client.own_vapi("phone_number_id").is_none() || texted;
            if client.status == ClientStatus::Deactivated || !shares {
                continue;
            }
            match lead.last_contact_at.max(text.map(|text| text.created_at)) {
                Some(at) => contacted.push((at, lead)),
                None => known.push((lead.episode_at, lead)),
            }
        }
    }
    let mut found = if contacted.is_empty() { known } else { contacted };
    found.sort_by_key(|(at, lead)| std::cmp::Reverse((*at, lead.id)));
    Ok(found.into_iter().map(|(_, lead)| lead).collect())
}

/// Whose a call is that came in on something shared: the client that was in touch last.
pub(crate) fn owner(unit: &Unit<'_>, about: &About) -> Decided<Option<Arc<Client>>> {
    if about.direction == Some(Direction::Outbound) {
        return Ok(None);
    }
    let Some(number) = about.number.as_deref() else { return Ok(None) };
    match candidates(unit, number)?.first() {
        Some(lead) => unit.client(lead.client),
        None => Ok(None),
    }
}

/// The other leads that the person of a call may be, where it came in on something shared.
pub(crate) fn others(unit: &Unit<'_>, call: &Call) -> Decided<Vec<Lead>> {
    let own = |client: Arc<Client>| client.own_vapi("phone_number_id").is_some();
    if call.direction != Direction::Inbound || unit.client(call.client)?.is_some_and(own) {
        return Ok(Vec::new());
    }
    let mut leads = candidates(unit, &call.phone)?;
    leads.retain(|lead| lead.client != call.client);
    Ok(leads)
}

/// Records a refusal of the person of a call for every client that it may be meant for.
pub(crate) fn refuses(unit: &mut Unit<'_>, call: &Call, source: Source<'_>) -> Decided<()> {
    let others = others(unit, call)?;
    opt_out::record(unit, &call.phone, call.client, source)?;
    for lead in others {
        opt_out::record(unit, &call.phone, lead.client, source)?;
    }
    Ok(())
}

/// What is kept of a call that is no client's: a refusal, for the whole installation.
///
/// # Errors
/// A missing fact.
pub(crate) fn nobodys(unit: &mut Unit<'_>, message: &Message) -> Decided<Applied> {
    let about = &message.call;
    let (refused, reply) = match &message.what {
        What::Questions(questions) => {
            let mut refused = false;
            let mut answers = Vec::with_capacity(questions.len());
            for question in questions {
                answers.push(answer(unit, about, question)?);
                refused |= question.name == "opt_out";
            }
            (refused, Reply::Answers(answers))
        }
        What::Update(update) => (heard(unit, about, update)?, Reply::Nothing),
        _ => (false, Reply::Nothing),
    };
    let ended = matches!(&message.what, What::Update(update) if update.report.is_some());
    let asked = matches!(&message.what, What::Questions(_));
    if (ended || asked) && !refused && about.direction == Some(Direction::Inbound) {
        let what = "somebody called, and no client is known for the call: give each client its own number \
                    (settings.vapi), or see to settings of the assistant";
        told(unit, about, "call.unmatched", Severity::Warning, what);
    }
    let (status, note) = match refused {
        true => {
            (WebhookStatus::Applied, "the call belongs to no client known here; a refusal is kept for all")
        }
        false => (WebhookStatus::Unmatched, "the call belongs to no client known here"),
    };
    Ok(Applied { client: HOUSE, call: None, status, note: note.into(), reply })
}

fn answer(unit: &mut Unit<'_>, about: &About, question: &Question) -> Decided<Answer> {
    if question.name != "opt_out" {
        return Ok(Answer { text: NOT_SET_UP.to_owned(), is_error: true });
    }
    let words = question.arguments.as_ref().map_or_else(|| "asked during the call".to_owned(), refusal_words);
    if refuses_all(unit, about, "user_request", &format!("tool opt_out: {words}"))? {
        return Ok(Answer { text: serde_json::json!({ "opted_out": true }).to_string(), is_error: false });
    }
    let text = "the caller's number is not known: take it down and tell the office".to_owned();
    Ok(Answer { text, is_error: true })
}

/// Words against further contact in what is told of a call; whether there were any.
fn heard(unit: &mut Unit<'_>, about: &About, update: &CallUpdate) -> Decided<bool> {
    let line = update.line.as_deref().and_then(|line| line.split_once(": "));
    let spoken = line
        .filter(|(who, _)| who.eq_ignore_ascii_case("user"))
        .map(|(_, words)| Report { user_messages: vec![words.to_owned()], ..Report::default() });
    let Some(report) = update.report.as_ref().or(spoken.as_ref()) else { return Ok(false) };
    let call = Call {
        ended_reason: update.ended_reason.clone().unwrap_or_default(),
        started_at: Some(update.started_at.unwrap_or(unit.now)),
        ..Call::new(CallId(0), HOUSE, VAPI, about.direction.unwrap_or(Direction::Web), unit.now)
    };
    let decision = progress::judge(unit, &call, report)?;
    if let Some(words) = &decision.opted_out {
        refuses_all(unit, about, progress::reason_of(&decision), words)?;
        return Ok(true);
    }
    if let Some(doubt) = decision.doubt.filter(|_| update.report.is_some()) {
        let what = format!("somebody may have refused all contact in a call of no client: {}", doubt.why);
        told(unit, about, "call.unmatched-doubt", Severity::Error, &what);
    }
    Ok(false)
}

/// Records a refusal for the installation, and tells it; whether the number is known.
fn refuses_all(unit: &mut Unit<'_>, about: &About, reason: &str, words: &str) -> Decided<bool> {
    let written = about.number.clone().unwrap_or_default();
    let mut numbers = readings(unit, &written)?;
    if numbers.is_empty() && !phone::is_withheld(&written) {
        numbers.push(written);
    }
    let evidence = format!("call {} of no client: {words}", about.id);
    for number in &numbers {
        opt_out::record(unit, number, HOUSE, Source { reason, evidence: &evidence, actor: VAPI })?;
    }
    let what = match numbers.is_empty() {
        true => "a caller whose number is withheld asked not to be contacted: find out who, and record it",
        false => "a caller of no client asked not to be contacted: it is recorded for every client",
    };
    told(unit, about, "call.nobodys-no", Severity::Error, what);
    Ok(!numbers.is_empty())
}

fn told(unit: &mut Unit<'_>, about: &About, kind: &str, severity: Severity, what: &str) {
    unit.report(ErrorReport {
        kind: kind.to_owned(),
        service: VAPI.into(),
        client: HOUSE,
        severity,
        message: what.to_owned(),
        subject: ("call", about.id.clone()),
    });
}
