//! Tests: a message with sample values to an address of an operator's own, by the way every message
//! takes. It is of no lead, counts as no contact, and what it came to is told as of any other.
//!
//! Must not live here: the sample (`sample`), who may ask for one (`frontdeskd`'s flows).

use super::claim::{self, Runner, Way};
use super::sample::{self, sample};
use super::{Dispatch, Message, compose, emit};
use crate::client::Client;
use crate::job::{Job, NewJob, SEND_EMAIL, SEND_SMS};
use crate::lead::mail_identity;
use crate::message::kinds::Kind;
use crate::phone;
use crate::records::Suppression;
use crate::unit::{Decided, Unit};
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::message::{MessageDirection, MessageStatus};
use frontdesk_shared::time::MINUTE;
use frontdesk_shared::{ClientId, JobId, MessageId, Millis};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Before the kind of a message that is a test.
const MARK: &str = "test.";
/// Whoever waits at a screen for a test has gone by then.
const USEFUL_MS: i64 = 15 * MINUTE;
/// Tries at most.
const TRIES: u32 = 3;

/// What a job carries that sends a test, beside what every message's job does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestMessage {
    /// The kind, marked as a test, such as `test.confirmation`.
    pub message: String,
    /// Text or email.
    pub channel: Channel,
    /// The operator's number or mail address.
    pub address: String,
    /// Who wants it.
    pub by: String,
}

impl TestMessage {
    /// A test of a kind.
    pub fn new(kind: Kind, channel: Channel, address: String, by: String) -> Self {
        Self { message: format!("{MARK}{kind}"), channel, address, by }
    }

    /// Reads it from a job; `None` where the job sends no test.
    pub fn of(job: &Job) -> Option<Self> {
        let marked = job.payload.get("message")?.as_str()?.starts_with(MARK);
        marked.then(|| serde_json::from_value(job.payload.clone()).ok())?
    }

    /// The kind whose wording is tried.
    pub fn kind(&self) -> Option<Kind> {
        Kind::parse(self.message.strip_prefix(MARK)?)
    }

    /// The address, as refusals name it.
    pub fn refused_as(&self) -> String {
        match self.channel {
            Channel::Email => mail_identity(&self.address).unwrap_or_else(|| self.address.clone()),
            Channel::Sms | Channel::AiVoice => self.address.clone(),
        }
    }

    /// The job that sends it, at once.
    pub fn job(&self, id: JobId, client: ClientId, now: Millis) -> NewJob<'static> {
        let kind = if self.channel == Channel::Email { &SEND_EMAIL } else { &SEND_SMS };
        NewJob {
            id,
            kind: kind.word,
            version: kind.version,
            payload: serde_json::to_value(self).unwrap_or_default(),
            client,
            lead: None,
            call: None,
            about: self.about().into(),
            dedupe: None,
            lane: kind.queue,
            priority: crate::attempts::PRIORITY_ANSWER,
            run_at: now,
            useful_until: Some(now + USEFUL_MS),
            max_attempts: TRIES,
        }
    }

    fn about(&self) -> String {
        format!("test for {}", self.by)
    }
}

/// Whether a stored kind of message is a test's.
pub fn is_test(kind: &str) -> bool {
    kind.starts_with(MARK)
}

/// Where a test may go: the address as it is stored.
///
/// # Errors
/// What is wrong with it, in words.
pub fn own_address(client: &Client, channel: Channel, typed: &str) -> Result<String, String> {
    let typed = typed.trim();
    match channel {
        Channel::Sms => {
            let phone = phone::normalise(typed, Some(&client.country)).map_err(|e| e.to_string())?;
            phone.may_text().then(|| phone.e164().to_owned()).ok_or("the number takes no texts".to_owned())
        }
        Channel::Email => {
            let whole = typed.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && domain.contains('.') && !typed.contains(char::is_whitespace)
            });
            whole.then(|| typed.to_owned()).ok_or("a mail address is wanted".to_owned())
        }
        Channel::AiVoice => Err("sms or email is wanted".to_owned()),
    }
}

/// Why an address gets no test, where it gets none: whoever refused is left alone.
pub fn refused(client: ClientId, channel: Channel, known: &[Suppression]) -> Option<&Suppression> {
    known.iter().find(|s| s.binds(client) && s.channel.is_none_or(|only| only == channel))
}

/// One due test: into an intent, or put off, taken back or stopped with a reason.
///
/// # Errors
/// A missing fact.
pub(super) fn take(
    unit: &mut Unit<'_>,
    job: &Job,
    client: &Arc<Client>,
    runner: Runner<'_>,
    test: &TestMessage,
) -> Decided<Option<Dispatch>> {
    let (now, channel) = (unit.now, test.channel);
    let Some(kind) = test.kind() else {
        let why = format!("this version knows no message {:?}", test.message);
        return claim::stop(unit, job, None, &why, Severity::Error);
    };
    let known: Vec<Suppression> = unit.suppressions(&test.refused_as())?.into_iter().cloned().collect();
    if let Some(refusal) = refused(client.id, channel, &known) {
        let why = format!("the address refuses messages ({})", refusal.reason);
        claim::take_back(unit, job, &why);
        return Ok(None);
    }
    let ways = unit.house.lines.ways(client, channel);
    let Way { line, trial } = match claim::way(unit, ways, client, runner)? {
        Ok(way) => way,
        Err(wait) => {
            claim::put_off(unit, job, wait.until, &wait.why);
            return Ok(None);
        }
    };
    let id = MessageId(unit.id());
    let worded = match sample(unit.house, client, now) {
        None => Err("there is no sample".to_owned()),
        Some((lead, booking)) => {
            let of = (&lead, &booking, &line);
            sample::word(unit.house, client, (kind, channel), of, (now, id)).map(|worded| (worded, lead))
        }
    };
    let (mut worded, mut lead) = match worded {
        Ok(worded) => worded,
        Err(why) => return claim::stop(unit, job, None, &why, Severity::Warning),
    };
    // Should the address be somebody else's, they are not left wondering about an appointment.
    if channel == Channel::Email {
        worded.text.subject.insert_str(0, "TEST: ");
    } else {
        worded.text.body.insert_str(0, "TEST: ");
        let parts = crate::message::segments::count(&worded.text.body).segments;
        worded.segments = i64::try_from(parts).unwrap_or(i64::MAX);
    }
    lead.name.clear();
    unit.changes.breakers.extend(trial);
    let mut job = job.clone();
    job.start(runner.node, runner.lease_until);
    let mail_id = (channel == Channel::Email).then(|| compose::mail_id(id, unit.bits(), &line.sender));
    let per_segment = if channel == Channel::Email { 0 } else { unit.house.lines.segment_micros };
    let message = Message {
        id,
        client: client.id,
        lead: None,
        appointment: None,
        job: Some(job.id),
        direction: MessageDirection::Outbound,
        channel,
        kind: test.message.clone(),
        purpose: Purpose::Informational,
        provider: line.provider.to_owned(),
        provider_id: None,
        mail_id,
        address: test.address.clone(),
        sender: line.sender.clone(),
        who: test.about(),
        status: MessageStatus::Sending,
        code: String::new(),
        why: String::new(),
        sequence: 0,
        segments: worded.segments,
        cost_micros: worded.segments * per_segment,
        lookups: 0,
        sandbox: unit.house.sandbox,
        created_at: now,
        updated_at: now,
    };
    unit.put_job(job.clone());
    unit.add_message(message.clone(), worded.text.clone());
    emit(unit, &message, &test.by, &format!("{} is sent, with sample values", message.kind));
    let useful_until = job.useful_until;
    let (text, client) = (worded.text, client.clone());
    Ok(Some(Dispatch { job, message, text, client, lead, line, appointment: None, useful_until }))
}
