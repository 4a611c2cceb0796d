//! What became of a request to send: settled by the provider's answer, by a look-up, or by hand.
//! Nothing of unknown fate is ever sent again.

use super::claim::hold;
use super::{Dispatch, Message, emit, report};
use crate::account::{self, Lesson};
use crate::job::{Job, LANE_EMAIL, LANE_SMS, LookUpMessage, NewJob, SendMessage};
use crate::opt_out::{self, Source};
use crate::placement::settle_job;
use crate::records::{ErrorReport, Suppression};
use crate::scope::HoldScope;
use crate::unit::{Decided, Halt, Unit};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::job::JobState;
use frontdesk_shared::message::MessageStatus;
use frontdesk_shared::time::SECOND;
use frontdesk_shared::{JobId, MessageId, Millis, RowId};

/// What became of a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The provider has it.
    Accepted {
        /// The provider's name of it; empty where it gives none.
        provider_id: String,
        /// How far it has come.
        status: MessageStatus,
        /// Parts it is sent in, where the provider counts them.
        segments: Option<i64>,
    },
    /// Nothing was sent.
    NotSent {
        /// What follows.
        what: NotSent,
        /// The provider's code, if it gave one.
        code: String,
        /// Why, in words.
        why: String,
    },
    /// The provider gave no answer to a request that may have arrived.
    Unknown {
        /// Why, in words.
        why: String,
        /// Whether the provider can be asked about it.
        can_look_up: bool,
    },
}

/// Why nothing was sent, by what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// The provider is busy or was not reached: the same intent goes out again.
    Again {
        /// When.
        at: Millis,
        /// Whether a try is used up.
        counts: bool,
        /// Whether the provider failed, as its breaker hears.
        failed: bool,
    },
    /// The account, its money or its login: everybody who uses it waits.
    Account {
        /// Until when.
        until: Millis,
    },
    /// The sender: whoever sends from it waits.
    Sender {
        /// Until when.
        until: Millis,
    },
    /// Something of the client's own: it alone waits, whoever's account it is.
    Client {
        /// Until when.
        until: Millis,
    },
    /// The person opted out at the provider.
    OptedOut,
    /// The address cannot take such messages: it is left alone on this channel.
    BadAddress,
    /// This message, and nothing beyond it.
    Message,
}

/// Records what became of a request.
///
/// # Errors
/// A missing fact, or a lost lease.
pub fn settle(unit: &mut Unit<'_>, sent: &Dispatch, answer: &Answer) -> Decided<()> {
    let Some(message) = unit.message(sent.message.id)? else { return Err(Halt::LeaseLost) };
    match answer {
        Answer::Accepted { provider_id, status, segments } => {
            accepted(unit, sent, message, (provider_id, *status, *segments))
        }
        Answer::NotSent { what, code, why } => not_sent(unit, sent, message, (*what, code, why)),
        Answer::Unknown { why, can_look_up } => {
            learn(unit, sent, Lesson::ProviderFails)?;
            unknown(unit, &sent.job, message, why, *can_look_up)
        }
    }
}

fn learn(unit: &mut Unit<'_>, sent: &Dispatch, lesson: Lesson) -> Decided<()> {
    account::record(
        unit,
        (sent.line.provider, sent.line.account(&sent.client)),
        lesson != Lesson::ProviderFails,
    )
}

/// Moves on the job of a run whose answer has come, also where its lease ran out before and nobody
/// knew what had become of it: nobody else has run it since.
fn settle_run(unit: &mut Unit<'_>, run: &Job, f: impl FnOnce(&mut Job)) -> Decided<()> {
    let late = |job: &Job| job.state == JobState::Uncertain && job.fence == run.fence;
    if let Some(mut job) = unit.job(run.id)?.filter(|job| job.is_run(run.fence) || late(job)) {
        f(&mut job);
        unit.put_job(job);
    }
    Ok(())
}

fn accepted(
    unit: &mut Unit<'_>,
    sent: &Dispatch,
    mut message: Message,
    (provider_id, status, segments): (&str, MessageStatus, Option<i64>),
) -> Decided<()> {
    // A report may have told all this before the answer to our request arrived.
    if !provider_id.is_empty() && message.provider_id.is_none() {
        message.provider_id = Some(provider_id.to_owned());
    }
    message.status = message.status.advance(status);
    if let Some(segments) = segments {
        message.segments = segments;
    }
    message.why.clear();
    settle_run(unit, &sent.job, |job| job.stand(JobState::Done, None, "the provider has it"))?;
    learn(unit, sent, Lesson::Works)?;
    emit(unit, &message, &sent.message.provider, &format!("{} {}", message.kind, message.status));
    unit.put_message(message);
    Ok(())
}

fn not_sent(
    unit: &mut Unit<'_>,
    sent: &Dispatch,
    mut message: Message,
    (what, code, why): (NotSent, &str, &str),
) -> Decided<()> {
    if !matches!(message.status, MessageStatus::Sending | MessageStatus::Uncertain) {
        // The provider told otherwise meanwhile.
        settle_job(unit, &sent.job, |job| job.stand(JobState::Done, None, "sent, as its reports tell"))?;
        return Ok(());
    }
    let was_uncertain = message.status == MessageStatus::Uncertain;
    message.status = MessageStatus::Refused;
    code.clone_into(&mut message.code);
    why.clone_into(&mut message.why);
    emit(unit, &message, &sent.message.provider, &format!("{} was not sent: {why}", message.kind));
    let subject = ("message", message.id.to_string());
    unit.put_message(message.clone());
    let dead = |job: &mut Job| job.stand(JobState::Dead, None, why);
    let (lesson, told) = match what {
        NotSent::Again { at, counts, failed } => {
            let over = was_uncertain
                || (counts && sent.job.attempt >= sent.job.max_attempts)
                || sent.useful_until.is_some_and(|until| at > until);
            settle_run(unit, &sent.job, |job| match (over, counts) {
                (true, _) => job.stand(JobState::Dead, None, &format!("gave up: {why}")),
                (false, true) => job.stand(JobState::Ready, Some(at), why),
                (false, false) => job.snooze(at, why),
            })?;
            (if failed { Lesson::ProviderFails } else { Lesson::Answers }, over)
        }
        NotSent::Account { until } | NotSent::Sender { until } | NotSent::Client { until } => {
            let scope = match what {
                NotSent::Account { .. } => sent.line.account_scope(&sent.client),
                NotSent::Client { .. } => HoldScope::Client(sent.client.id),
                _ => sent.line.sender_scope(),
            };
            hold(unit, &sent.client, &sent.line, scope, (until, why), Severity::Critical, subject.clone());
            let now = unit.now;
            settle_run(unit, &sent.job, |job| job.snooze(now, why))?;
            (Lesson::Answers, false)
        }
        NotSent::OptedOut => {
            settle_run(unit, &sent.job, dead)?;
            refused_by_person(unit, &message, why)?;
            (Lesson::Works, false)
        }
        NotSent::BadAddress => {
            settle_run(unit, &sent.job, dead)?;
            leave_alone(unit, &message, why)?;
            (Lesson::Works, true)
        }
        NotSent::Message => {
            settle_run(unit, &sent.job, dead)?;
            (Lesson::Works, true)
        }
    };
    if told {
        unit.report(ErrorReport {
            kind: "message.refused".into(),
            service: message.provider.clone(),
            client: message.client,
            severity: Severity::Error,
            message: format!("{}: {why}", message.kind),
            subject,
        });
    }
    learn(unit, sent, lesson)
}

/// The provider knows that the person opted out: so does everybody here from now on.
pub(super) fn refused_by_person(unit: &mut Unit<'_>, message: &Message, why: &str) -> Decided<()> {
    let evidence = format!("message {}: {why}", message.id);
    let source = Source { reason: "provider", evidence: &evidence, actor: &message.provider };
    opt_out::record(unit, &suppressed_as(message), message.client, source).map(drop)
}

/// The address takes no messages of this channel: the person is not opted out, and nothing else is
/// planned by it.
pub(super) fn leave_alone(unit: &mut Unit<'_>, message: &Message, why: &str) -> Decided<()> {
    let suppression = Suppression {
        id: RowId(unit.id()),
        client: message.client,
        address: suppressed_as(message),
        channel: Some(message.channel),
        reason: "undeliverable".into(),
        evidence: format!("message {}: {why}", message.id),
        since: unit.now,
        by: message.provider.clone(),
    };
    unit.changes.suppressions.push(suppression);
    let Some(lead) = message.lead else { return Ok(()) };
    let lane = if message.channel == Channel::Email { LANE_EMAIL } else { LANE_SMS };
    let way = if message.channel == Channel::Email { "emails" } else { "texts" };
    unit.take_back(lead, |job| job.lane == lane, &format!("the address takes no {way}")).map(drop)
}

/// How an address is named where suppressions are kept.
fn suppressed_as(message: &Message) -> String {
    match message.channel {
        Channel::Email => {
            crate::lead::mail_identity(&message.address).unwrap_or_else(|| message.address.clone())
        }
        Channel::Sms | Channel::AiVoice => message.address.clone(),
    }
}

fn unknown(
    unit: &mut Unit<'_>,
    job: &Job,
    mut message: Message,
    why: &str,
    can_look_up: bool,
) -> Decided<()> {
    if message.status != MessageStatus::Sending {
        settle_job(unit, job, |job| job.stand(JobState::Done, None, "sent, as its reports tell"))?;
        return Ok(());
    }
    if unit.planted("resend-message") {
        message.status = MessageStatus::Failed;
        unit.put_message(message);
        let now = unit.now;
        return settle_job(unit, job, |job| job.stand(JobState::Ready, Some(now), why)).map(drop);
    }
    message.status = MessageStatus::Uncertain;
    why.clone_into(&mut message.why);
    settle_job(unit, job, |job| job.stand(JobState::Uncertain, None, why))?;
    if can_look_up {
        let look_up = NewJob {
            lead: message.lead,
            dedupe: Some(format!("look-up:{}", message.id)),
            ..NewJob::of(
                JobId(unit.id()),
                &LookUpMessage { message: message.id },
                message.client,
                message.who.clone(),
                unit.now + SECOND,
            )
        };
        unit.enqueue(look_up);
    } else {
        told_uncertain(unit, &message);
    }
    emit(unit, &message, "daemon", &format!("unknown whether {} was sent: {why}", message.kind));
    unit.put_message(message);
    Ok(())
}

fn told_uncertain(unit: &mut Unit<'_>, message: &Message) {
    unit.report(ErrorReport {
        kind: "message.uncertain".into(),
        service: message.provider.clone(),
        client: message.client,
        severity: Severity::Error,
        message: format!("it is not known whether {} was sent; settle its job by hand", message.kind),
        subject: ("message", message.id.to_string()),
    });
}

/// A daemon died between the intent and the answer, or its lease ran out.
///
/// # Errors
/// A missing fact.
pub fn abandoned(unit: &mut Unit<'_>, job: &Job) -> Decided<()> {
    let Some(message) = unit.sending_of(job.id)?.map_or(Ok(None), |id| unit.message(id))? else {
        settle_job(unit, job, |job| job.stand(JobState::Done, None, "sent before the daemon stopped"))?;
        return Ok(());
    };
    let can_look_up = message.channel == Channel::Sms;
    unknown(unit, job, message, "the daemon stopped before the provider's answer was recorded", can_look_up)
}

/// A look-up found it at the provider.
///
/// # Errors
/// A missing fact.
pub fn found(unit: &mut Unit<'_>, id: MessageId, told: &super::Report) -> Decided<()> {
    let Some(message) = unit.message(id)? else { return Ok(()) };
    report::apply(unit, message, told).map(drop)
}

/// A look-up did not find it; after the last one a person has to say what happened.
///
/// # Errors
/// A missing fact.
pub fn not_found(unit: &mut Unit<'_>, id: MessageId, lookups: u32, last: bool) -> Decided<()> {
    let Some(mut message) = unit.message(id)? else { return Ok(()) };
    message.lookups = lookups.into();
    if last && message.status == MessageStatus::Uncertain {
        told_uncertain(unit, &message);
    }
    unit.put_message(message);
    Ok(())
}

/// A person says what happened to a message of unknown fate.
///
/// # Errors
/// A missing fact.
pub fn by_hand(unit: &mut Unit<'_>, job: &Job, id: MessageId, happened: bool, actor: &str) -> Decided<()> {
    let Some(mut message) = unit.message(id)? else { return Ok(()) };
    if let Some(lead) = message.lead {
        let of = |payload: &serde_json::Value| {
            serde_json::from_value::<LookUpMessage>(payload.clone()).is_ok_and(|look| look.message == id)
        };
        unit.take_back(lead, |planned| of(planned.payload), &format!("settled by {actor}"))?;
    }
    let mut job = job.clone();
    if happened {
        message.status = MessageStatus::Sent;
        message.why = format!("{actor} says that it was sent");
        job.stand(JobState::Done, None, &message.why);
    } else {
        message.status = MessageStatus::Failed;
        message.why = format!("{actor} says that it was not sent");
        job.stand(JobState::Cancelled, None, &message.why);
        again(unit, &job, &message);
    }
    unit.put_job(job);
    emit(unit, &message, actor, &message.why.clone());
    unit.put_message(message);
    Ok(())
}

/// The same message once more, as a new intent that says so.
fn again(unit: &mut Unit<'_>, job: &Job, message: &Message) {
    let Ok(wanted) = SendMessage::of(job) else { return };
    let next = NewJob {
        lead: message.lead,
        useful_until: job.useful_until,
        dedupe: Some(super::once_more_key(message)),
        // A test carries more than what every message's job does.
        payload: job.payload.clone(),
        ..wanted.job(JobId(unit.id()), message.client, message.who.clone(), unit.now)
    };
    unit.enqueue(next);
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;
