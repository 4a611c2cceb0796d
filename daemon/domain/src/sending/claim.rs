//! Claiming a message: past appointment, gate, line and breaker into a committed intent, with its
//! wording made at that moment. After the commit exactly one daemon may send exactly one request.

use super::compose::{self, Occasion, Worded};
use super::test_send::{self, TestMessage};
use super::{Line, Message, MessageText, SMTP, budget, circles, emit};
use crate::account;
use crate::breaker::{Admit, Breaker};
use crate::client::Client;
use crate::job::{Job, SendMessage};
use crate::lead::Lead;
use crate::message::kinds::Kind;
use crate::phone;
use crate::planning::{self, Approach, Stage, Standing};
use crate::records::{Booking, Contact, ErrorReport};
use crate::scope::{HoldScope, Stop};
use crate::unit::{Decided, Unit};
use crate::verdict::Verdict;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::explain::Answer;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::job::JobState;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::message::{AppointmentStatus, MessageDirection, MessageStatus};
use frontdesk_shared::time::{MINUTE, SECOND};
use frontdesk_shared::{ClientId, MessageId, Millis, RowId, VerdictId};
use std::sync::Arc;

/// A hold is looked at again after this, since a person may end it any time.
const LOOK_AGAIN_MS: i64 = MINUTE;
/// What waits for a person's decision is looked at again after this.
const DECIDED_WITHIN_MS: i64 = 15 * MINUTE;

/// A request the provider may now be sent, once.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// The claimed job and its fencing number.
    pub job: Job,
    /// The intent.
    pub message: Message,
    /// What it says.
    pub text: MessageText,
    /// For whom it is sent.
    pub client: Arc<Client>,
    /// The person.
    pub lead: Lead,
    /// The account and sender it leaves by.
    pub line: Line,
    /// The appointment it is about.
    pub appointment: Option<Booking>,
    /// Until when it is of use.
    pub useful_until: Option<Millis>,
}

/// Whose run it would be, and what is in its way at the providers.
#[derive(Clone, Copy, Debug)]
pub struct Runner<'a> {
    /// The daemon.
    pub node: i64,
    /// Until when nobody else may have the job.
    pub lease_until: Millis,
    /// Holds in force, by provider.
    pub stops: &'a [(&'static str, Stop)],
}

/// One due job: into an intent, or put off, taken back or stopped with a reason.
///
/// # Errors
/// A missing fact.
pub fn take(
    unit: &mut Unit<'_>,
    job: &Job,
    client: &Arc<Client>,
    runner: Runner<'_>,
) -> Decided<Option<Dispatch>> {
    if let Some(test) = TestMessage::of(job) {
        return test_send::take(unit, job, client, runner, &test);
    }
    let now = unit.now;
    let wanted = match SendMessage::of(job) {
        Ok(wanted) => wanted,
        Err(e) => return stop(unit, job, None, &e.to_string(), Severity::Error),
    };
    let Some(kind) = Kind::parse(&wanted.message) else {
        let why = format!("this version knows no message {:?}", wanted.message);
        return stop(unit, job, None, &why, Severity::Error);
    };
    let Some(lead) = job.lead.map_or(Ok(None), |id| unit.lead(id))? else {
        take_back(unit, job, "the person is gone");
        return Ok(None);
    };
    let appointment = match wanted.appointment {
        None => None,
        Some(id) => match current(unit, id, &wanted, kind)? {
            Ok(booking) => Some(booking),
            Err(why) => {
                take_back(unit, job, why);
                return Ok(None);
            }
        },
    };
    if let Some(id) = wanted.appointment
        && !compose::is_about_the_end(kind)
    {
        let sent = unit.sent_about(id)?;
        let most = unit.house.rules(client).policy.transactional.per_appointment;
        if let Some(why) = circles::spent(&sent, &wanted, kind, most, now) {
            return stop(unit, job, Some(&lead), why, Severity::Warning);
        }
    }
    let ways = unit.house.lines.ways(client, wanted.channel);
    if ways.is_empty() {
        let why = format!("{} cannot be sent: no account and sender are set up", words(wanted.channel));
        return stop(unit, job, Some(&lead), &why, Severity::Warning);
    }
    let Some(address) = address(&lead, wanted.channel) else {
        let why = format!("the person has no address for {}", words(wanted.channel));
        return stop(unit, job, Some(&lead), &why, Severity::Warning);
    };
    if let Some(why) = budget::spent(unit, client, &lead, (kind, wanted.channel))? {
        budget::told(unit, client, &lead, &why);
        take_back(unit, job, &why);
        return Ok(None);
    }
    let Way { line, trial } = match way(unit, ways, client, runner)? {
        Ok(way) => way,
        Err(wait) => {
            let why = format!("{} wait, {}", words(wanted.channel), wait.why);
            wait.cap.iter().for_each(|scope| budget::told_cap(unit, job, scope, &why));
            put_off(unit, job, wait.until, &why);
            return Ok(None);
        }
    };
    if lead.is_in_doubt() && kind != Kind::OptOutConfirmed {
        put_off(
            unit,
            job,
            now + DECIDED_WITHIN_MS,
            "a person has to decide whether somebody refused contact",
        );
        return Ok(None);
    }
    let purpose = kind.purpose();
    let approach = Approach { channel: wanted.channel, purpose, answers: wanted.answers };
    let mut standing = Standing::of(unit, client, &lead)?;
    let mut judged = lead.clone();
    if compose::answers_opt_out(&wanted, now) || unit.planted("write-after-opt-out") {
        // The one word that says a refusal was heard is not held up by that refusal; by an address
        // that takes no texts it is.
        standing.suppressions.retain(|refused| refused.channel.is_some());
        judged.status = LeadStatus::Review;
    }
    if purpose == Purpose::Marketing {
        // An enquiry's age waits for the steps that were planned for it.
        judged.episode_at = judged.episode_at.max(now);
    }
    let rules = unit.house.rules(client);
    let report = planning::judge_approach(
        unit.house,
        client,
        &rules.policy,
        &judged,
        &standing,
        now,
        (Stage::Act(0, 1), approach),
    );
    let id = VerdictId(unit.id());
    unit.changes.verdicts.push(Verdict { id, client: lead.client, lead: lead.id, report: report.clone() });
    match report.answer {
        Answer::Allowed => {}
        Answer::NotYet => {
            put_off(unit, job, report.next_at.unwrap_or(now + MINUTE).max(now + SECOND), &report.reason);
            return Ok(None);
        }
        Answer::Never => {
            let why = format!("not sent: {}", report.reason);
            take_back(unit, job, &why);
            if !compose::is_about_the_end(kind) {
                told_business(unit, client, appointment.as_ref(), &report.reason);
            }
            return Ok(None);
        }
    }
    let id = MessageId(unit.id());
    let occasion = Occasion {
        now,
        client,
        lead: &lead,
        appointment: appointment.as_ref(),
        moved_from: wanted.moved_from,
        house: unit.house,
        line: &line,
        id,
    };
    let worded = match compose::write(kind, wanted.channel, &occasion) {
        Ok(worded) => worded,
        Err(why) => return stop(unit, job, Some(&lead), &why, Severity::Error),
    };
    unit.changes.breakers.extend(trial);
    let intent = Intent { id, wanted: &wanted, purpose, address, worded, line, appointment };
    Ok(Some(intend(unit, job.clone(), lead, client, runner, intent)))
}

/// The line a message takes, and its breaker where this is the one trial it allows.
pub(super) struct Way {
    pub(super) line: Line,
    pub(super) trial: Option<((&'static str, ClientId), Breaker)>,
}

/// Until when a message waits for its line, and why.
pub(super) struct Wait {
    pub(super) until: Millis,
    pub(super) why: String,
    /// Whom a cap of our own stops, where it is one.
    pub(super) cap: Option<HoldScope>,
}

/// The first line that nothing stops; what stops the usual one where all are stopped. Nothing is
/// claimed twice whose fate is unknown, so that another line sends only what certainly was not sent.
pub(super) fn way(
    unit: &Unit<'_>,
    ways: Vec<Line>,
    client: &Client,
    runner: Runner<'_>,
) -> Decided<Result<Way, Wait>> {
    let now = unit.now;
    let mut first = None;
    for line in ways {
        let stops = |(provider, stop): &&(&'static str, Stop)| {
            *provider == line.provider && line.stopped_by(&stop.scope, client)
        };
        let wait = match runner.stops.iter().find(stops) {
            Some((_, stop)) => Wait {
                until: stop.until.min(now + LOOK_AGAIN_MS),
                why: stop.cause(),
                cap: stop.is_cap.then(|| stop.scope.clone()),
            },
            None => {
                let key = (line.provider, line.account(client));
                let mut breaker = unit.breaker(key.0, key.1)?;
                match breaker.admit(&unit.house.breaker, now) {
                    Admit::Yes => return Ok(Ok(Way { line, trial: None })),
                    Admit::Trial => return Ok(Ok(Way { line, trial: Some((key, breaker)) })),
                    Admit::No { until } => {
                        let why = "the provider keeps failing".into();
                        Wait { until: until.max(now + SECOND), why, cap: None }
                    }
                }
            }
        };
        first.get_or_insert(wait);
    }
    let none = || Wait { until: now + LOOK_AGAIN_MS, why: "no line is set up".into(), cap: None };
    Ok(Err(first.unwrap_or_else(none)))
}

struct Intent<'a> {
    id: MessageId,
    purpose: Purpose,
    wanted: &'a SendMessage,
    address: String,
    worded: Worded,
    line: Line,
    appointment: Option<Booking>,
}

fn intend(
    unit: &mut Unit<'_>,
    mut job: Job,
    mut lead: Lead,
    client: &Arc<Client>,
    runner: Runner<'_>,
    intent: Intent<'_>,
) -> Dispatch {
    let now = unit.now;
    job.start(runner.node, runner.lease_until);
    let Intent { id, purpose, wanted, address, worded, line, appointment } = intent;
    let mail_id = (wanted.channel == Channel::Email).then(|| compose::mail_id(id, unit.bits(), &line.sender));
    let message = Message {
        id,
        client: lead.client,
        lead: Some(lead.id),
        appointment: wanted.appointment,
        job: Some(job.id),
        direction: MessageDirection::Outbound,
        channel: wanted.channel,
        kind: wanted.message.clone(),
        purpose,
        provider: line.provider.to_owned(),
        provider_id: None,
        mail_id,
        address,
        sender: line.sender.clone(),
        who: lead.name.clone(),
        status: MessageStatus::Sending,
        code: String::new(),
        why: String::new(),
        sequence: wanted.sequence,
        segments: worded.segments,
        cost_micros: if line.provider == SMTP {
            0
        } else {
            worded.segments * unit.house.lines.segment_micros
        },
        lookups: 0,
        sandbox: unit.house.sandbox,
        created_at: now,
        updated_at: now,
    };
    // What a person agreed to is outside the budget of contacts; anything else is in it.
    if message.purpose == Purpose::Marketing {
        let contact = Contact {
            id: RowId(unit.id()),
            client: lead.client,
            lead: lead.id,
            channel: wanted.channel,
            episode: lead.episode,
            at: now,
            call: None,
        };
        unit.changes.contacts.push(contact);
        lead.last_contact_at = Some(now);
        unit.put_lead(lead.clone());
    }
    unit.put_job(job.clone());
    unit.add_message(message.clone(), worded.text.clone());
    emit(unit, &message, "daemon", &format!("{} {} is sent", words(wanted.channel), wanted.message));
    let useful_until = job.useful_until;
    Dispatch {
        job,
        message,
        text: worded.text,
        client: client.clone(),
        lead,
        line,
        appointment,
        useful_until,
    }
}

/// The appointment as the message needs it, or why the message is void.
fn current(
    unit: &Unit<'_>,
    id: frontdesk_shared::AppointmentId,
    wanted: &SendMessage,
    kind: Kind,
) -> Decided<Result<Booking, &'static str>> {
    let Some(booking) = unit.appointment(id)? else { return Ok(Err("the appointment is gone")) };
    let about_the_end = compose::is_about_the_end(kind);
    Ok(match booking.status {
        _ if booking.sequence != wanted.sequence => Err("the appointment changed since this was planned"),
        AppointmentStatus::Booked if booking.starts_at <= unit.now && !about_the_end => {
            Err("the appointment has begun")
        }
        AppointmentStatus::Booked if !about_the_end => Ok(booking),
        AppointmentStatus::Cancelled if about_the_end => Ok(booking),
        AppointmentStatus::Cancelled => Err("the appointment was cancelled"),
        _ => Err("the appointment is over"),
    })
}

/// Where a person is written to.
pub(crate) fn address(lead: &Lead, channel: Channel) -> Option<String> {
    match channel {
        Channel::Email => Some(lead.email.trim().to_owned()).filter(|email| email.contains('@')),
        Channel::Sms | Channel::AiVoice => lead.phone.clone(),
    }
}

/// Whether a person has an address for a channel that can take its messages.
pub fn reachable(lead: &Lead, channel: Channel) -> bool {
    let texts = |e164: &str| phone::normalise(e164, None).is_ok_and(|phone| phone.may_text());
    match channel {
        Channel::Sms => lead.phone.as_deref().is_some_and(texts),
        Channel::Email | Channel::AiVoice => address(lead, channel).is_some(),
    }
}

fn words(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "text",
        Channel::Email => "email",
        Channel::AiVoice => "call",
    }
}

pub(super) fn put_off(unit: &mut Unit<'_>, job: &Job, until: Millis, reason: &str) {
    let mut job = job.clone();
    job.stand(JobState::Ready, Some(until), reason);
    unit.put_job(job);
}

pub(super) fn take_back(unit: &mut Unit<'_>, job: &Job, reason: &str) {
    let mut job = job.clone();
    job.stand(JobState::Cancelled, None, reason);
    unit.put_job(job);
}

/// Nothing but a person can help: the job ends, and one cause is one error.
pub(super) fn stop(
    unit: &mut Unit<'_>,
    job: &Job,
    lead: Option<&Lead>,
    why: &str,
    severity: Severity,
) -> Decided<Option<Dispatch>> {
    let mut dead = job.clone();
    dead.stand(JobState::Dead, None, why);
    unit.put_job(dead);
    unit.report(ErrorReport {
        kind: "message.not-sent".into(),
        service: job.kind.clone(),
        client: job.client,
        severity,
        message: why.to_owned(),
        subject: lead.map_or_else(|| ("job", job.id.to_string()), |lead| ("lead", lead.id.to_string())),
    });
    Ok(None)
}

/// Somebody with an appointment may not be written to: the business has to know, once.
fn told_business(unit: &mut Unit<'_>, client: &Client, appointment: Option<&Booking>, reason: &str) {
    let Some(booking) = appointment else { return };
    unit.report(ErrorReport {
        kind: "appointment.nobody-reminded".into(),
        service: "reminders".into(),
        client: client.id,
        severity: Severity::Warning,
        message: format!("a person with an appointment is not written to: {reason}"),
        subject: ("appointment", booking.id.to_string()),
    });
}

/// Holds whatever a refusal is about.
pub(crate) fn hold(
    unit: &mut Unit<'_>,
    client: &Client,
    line: &Line,
    scope: HoldScope,
    (until, why): (Millis, &str),
    severity: Severity,
    subject: (&'static str, String),
) {
    account::hold_at(unit, line.provider, (client.id, scope), (until, why), severity, subject);
}
