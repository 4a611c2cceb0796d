//! Placing a call: what the provider's answer, its silence, a look-up or a person make of an
//! intent that was committed before.
//!
//! Must not live here: requests, and what a call that took place came to (`progress`).

use crate::account::{self, Lesson};
use crate::attempts::PRIORITY_RETRY;
use crate::call::Call;
use crate::client::Client;
use crate::gate;
use crate::job::{
    Job, LANE_CALL, LANE_WORK, LOOK_UP, LookUp, LookUpMessage, NewJob, PLACE_CALL, SEND_EMAIL, SEND_SMS,
};
use crate::lead::Lead;
use crate::opt_out::{self, Source};
use crate::planning::{self, Wish};
use crate::records::ErrorReport;
use crate::scope::Cause;
use crate::sending;
use crate::unit::{Decided, Halt, Unit};
use frontdesk_shared::call::{CallStatus, Outcome};
use frontdesk_shared::event::{Payload, kind};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::job::JobState;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::SECOND;
use frontdesk_shared::{CallId, JobId, Millis};
use std::sync::Arc;

/// The only voice provider so far.
pub const VAPI: &str = "vapi";

/// A request the provider may now be sent, once.
#[derive(Clone, Debug)]
pub struct Order {
    /// The claimed job and its fencing number.
    pub job: Job,
    /// The intent.
    pub call: Call,
    /// Whom to call.
    pub lead: Lead,
    /// For whom.
    pub client: Arc<Client>,
}

/// What became of a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The provider took it: the phone will ring.
    Accepted {
        /// The provider's id of the call.
        provider_call_id: String,
        /// Where it stands.
        status: CallStatus,
        /// Where the live call takes commands.
        control_url: Option<String>,
    },
    /// No phone rang.
    NotPlaced {
        /// What follows.
        what: NotPlaced,
        /// The kind of error it is.
        error: &'static str,
        /// Why, in words.
        reason: String,
    },
    /// The provider gave no answer to a request that may have arrived.
    Unknown {
        /// Why, in words.
        reason: String,
    },
}

/// Why a placement did not take place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPlaced {
    /// The provider is busy or was not reached: the same intent goes out again later.
    Again {
        /// When.
        at: Millis,
        /// Whether a try is used up.
        counts: bool,
    },
    /// It is about more than this lead: whoever it concerns waits.
    Hold {
        /// What it is about.
        cause: Cause,
    },
    /// This person's data is the reason: it will not get better by trying.
    Stop {
        /// Where the lead stands afterwards.
        lead: LeadStatus,
    },
}

/// Records what became of a request.
///
/// # Errors
/// A missing fact, or a lost lease.
pub fn settle(unit: &mut Unit<'_>, order: &Order, answer: &Answer) -> Decided<()> {
    match answer {
        Answer::Accepted { provider_call_id, status, control_url } => {
            accepted(unit, order, provider_call_id, *status, control_url.as_deref())
        }
        Answer::NotPlaced { what, error, reason } => not_placed(unit, order, what, error, reason),
        Answer::Unknown { reason } => {
            if unknown(unit, &order.job, order.call.id, reason)? {
                account::learned(unit, VAPI, order.client.id, Lesson::ProviderFails)?;
            }
            Ok(())
        }
    }
}

/// Moves a job on if this run still has it; whether it does.
///
/// # Errors
/// A missing fact.
pub fn settle_job(unit: &mut Unit<'_>, run: &Job, f: impl FnOnce(&mut Job)) -> Decided<bool> {
    let Some(mut job) = unit.job(run.id)?.filter(|job| job.is_run(run.fence)) else { return Ok(false) };
    f(&mut job);
    unit.put_job(job);
    Ok(true)
}

/// Moves a job that is not running, or any that is where `running` allows it.
fn put_job(unit: &mut Unit<'_>, id: JobId, state: JobState, reason: &str) -> Decided<()> {
    if let Some(mut job) = unit.job(id)?.filter(|job| job.state != JobState::Running) {
        job.stand(state, None, reason);
        unit.put_job(job);
    }
    Ok(())
}

/// A call that must be there, since an intent names it.
fn need_call(unit: &Unit<'_>, id: CallId) -> Decided<Call> {
    unit.call(id)?.ok_or(Halt::LeaseLost)
}

fn accepted(
    unit: &mut Unit<'_>,
    order: &Order,
    provider_call_id: &str,
    status: CallStatus,
    control_url: Option<&str>,
) -> Decided<()> {
    let mut call = need_call(unit, order.call.id)?;
    // A webhook may have told all this before the answer to our request arrived.
    call.provider_call_id.get_or_insert_with(|| provider_call_id.to_owned());
    let was = call.status;
    if call.status.is_open() {
        call.status = call.status.advance(status);
    }
    if call.control_url.is_none() && call.status.is_open() {
        call.control_url = control_url.map(str::to_owned);
    }
    call.updated_at = unit.now;
    settle_job(unit, &order.job, |job| job.stand(JobState::Done, None, "placed"))?;
    if was == CallStatus::Uncertain {
        // The lease had run out before the answer came: nobody has to settle it any more.
        resolved(unit, &call)?;
    }
    account::learned(unit, VAPI, order.client.id, Lesson::Works)?;
    let text = format!("accepted by the provider, {}", call.status);
    emit_call(unit, &call, was, VAPI, &text);
    unit.put_call(call);
    Ok(())
}

fn not_placed(
    unit: &mut Unit<'_>,
    order: &Order,
    what: &NotPlaced,
    error: &str,
    reason: &str,
) -> Decided<()> {
    let mut call = need_call(unit, order.call.id)?;
    let uncertain = call.status == CallStatus::Uncertain;
    if call.status != CallStatus::Placing && !uncertain {
        // The provider told otherwise meanwhile: the call exists, and its own events decide.
        settle_job(unit, &order.job, |job| job.stand(JobState::Done, None, "placed, as its webhooks tell"))?;
        return Ok(());
    }
    void(unit, &mut call, VAPI, reason)?;
    if uncertain {
        known_after_all(unit, order, &call, what, reason)?;
    }
    match *what {
        NotPlaced::Again { .. } if uncertain => {}
        NotPlaced::Again { at, counts } => again(unit, order, &call, (at, counts), reason)?,
        NotPlaced::Hold { cause } => {
            account::hold(unit, &order.client, cause, reason, ("job", order.job.id.to_string()));
            if !uncertain {
                // Due at once: the hold is what it waits for, and that may end at any time.
                let now = unit.now;
                again(unit, order, &call, (now, false), reason)?;
            }
        }
        NotPlaced::Stop { lead: status } => stop(unit, order, &call, status, reason)?,
    }
    let told = matches!(what, NotPlaced::Hold { .. } | NotPlaced::Again { counts: false, .. });
    if !told {
        unit.report(ErrorReport {
            kind: error.to_owned(),
            service: VAPI.to_owned(),
            client: order.client.id,
            severity: Severity::Error,
            message: reason.to_owned(),
            subject: ("job", order.job.id.to_string()),
        });
    }
    let lesson = match what {
        NotPlaced::Again { counts: true, .. } => Lesson::ProviderFails,
        NotPlaced::Again { .. } | NotPlaced::Hold { .. } => Lesson::Answers,
        NotPlaced::Stop { lead: LeadStatus::Held } => Lesson::ClientFails,
        NotPlaced::Stop { .. } => Lesson::Works,
    };
    account::learned(unit, VAPI, order.client.id, lesson)
}

/// This person's data is the reason: the lead stands there until somebody changes it.
fn stop(unit: &mut Unit<'_>, order: &Order, call: &Call, status: LeadStatus, reason: &str) -> Decided<()> {
    settle_job(unit, &order.job, |job| job.stand(JobState::Dead, None, reason))?;
    if status == LeadStatus::OptedOut {
        // On record for good, not only in the lead's status: a later file may name it again.
        let evidence = format!("call {}: {reason}", call.id);
        let source = Source { reason: "provider", evidence: &evidence, actor: VAPI };
        return opt_out::record(unit, &call.phone, call.client, source).map(drop);
    }
    if let Some(mut lead) = unit.lead(order.lead.id)?.filter(|lead| waits_for(lead, call)) {
        if status == LeadStatus::Held {
            lead.holds("provider", reason);
        } else {
            lead.rests(status);
        }
        planning::move_lead(unit, lead, "daemon", &format!("not called: {reason}"));
    }
    Ok(())
}

/// The lease had run out before it could be recorded that no phone rang: nobody has to look for
/// the call or settle its job any more, and another one is planned.
fn known_after_all(
    unit: &mut Unit<'_>,
    order: &Order,
    call: &Call,
    what: &NotPlaced,
    reason: &str,
) -> Decided<()> {
    forget_look_ups(unit, call, "the provider's answer was recorded late")?;
    let (state, at) = match *what {
        NotPlaced::Again { at, .. } => (JobState::Cancelled, Some(at)),
        NotPlaced::Hold { .. } => (JobState::Cancelled, Some(unit.now)),
        NotPlaced::Stop { .. } => (JobState::Dead, None),
    };
    put_job(unit, order.job.id, state, reason)?;
    match at {
        Some(at) => replan(unit, call, at, "daemon"),
        None => Ok(()),
    }
}

/// Cancels whatever waits to find out about a call.
fn forget_look_ups(unit: &mut Unit<'_>, call: &Call, why: &str) -> Decided<()> {
    let Some(lead) = call.lead else { return Ok(()) };
    unit.take_back(lead, |job| job.lane == LANE_WORK && job.call == Some(call.id), why).map(drop)
}

/// Whether a lead still waits for what became of a call. Meanwhile the person may have opted
/// out, or asked anew: what stands then is not for this call to change.
fn waits_for(lead: &Lead, call: &Call) -> bool {
    lead.episode == call.episode && matches!(lead.status, LeadStatus::Calling | LeadStatus::Review)
}

fn again(
    unit: &mut Unit<'_>,
    order: &Order,
    call: &Call,
    (at, counts): (Millis, bool),
    reason: &str,
) -> Decided<()> {
    let Some(mut lead) = unit.lead(order.lead.id)? else { return Ok(()) };
    let tries = order.job.attempt;
    if !waits_for(&lead, call) {
        let why = format!("not tried again, the lead is {}: {reason}", lead.status);
        return settle_job(unit, &order.job, |job| job.stand(JobState::Cancelled, None, &why)).map(drop);
    }
    let moved = if counts && tries >= order.job.max_attempts {
        lead.holds("provider", &format!("the provider could not be asked in {tries} tries: {reason}"));
        settle_job(unit, &order.job, |job| job.stand(JobState::Dead, None, &format!("gave up: {reason}")))?;
        true
    } else {
        lead.waits(LeadStatus::Queued, at);
        settle_job(unit, &order.job, |job| match counts {
            true => job.stand(JobState::Ready, Some(at), reason),
            false => job.snooze(at, reason),
        })?
    };
    if !moved {
        // Whoever has the job now plans for the lead.
        return Err(Halt::LeaseLost);
    }
    planning::move_lead(unit, lead, "daemon", reason);
    Ok(())
}

/// Closes an attempt that never rang and gives its place in the budget back.
fn void(unit: &mut Unit<'_>, call: &mut Call, actor: &str, why: &str) -> Decided<()> {
    let was = call.status;
    call.status = CallStatus::Refused;
    call.outcome = Some(Outcome::Canceled);
    call.why = format!("no phone rang: {why}");
    call.ended_at = Some(unit.now);
    call.control_url = None;
    call.updated_at = unit.now;
    if let Some(mut lead) = call.lead.map_or(Ok(None), |id| unit.lead(id))? {
        unit.changes.voided.insert(call.id);
        let last = unit.contacts(lead.id)?.first().map(|contact| contact.at);
        lead.not_attempted(call.episode, last);
        unit.put_lead(lead);
    }
    emit_call(unit, call, was, actor, &call.why.clone());
    unit.put_call(call.clone());
    Ok(())
}

/// Whether a request arrived is not known. Nothing is sent again; the provider is asked, and if
/// it cannot tell, a person is. `false` when its webhooks have told already.
fn unknown(unit: &mut Unit<'_>, job: &Job, call: CallId, reason: &str) -> Decided<bool> {
    let mut call = need_call(unit, call)?;
    if call.status != CallStatus::Placing {
        settle_job(unit, job, |job| job.stand(JobState::Done, None, "placed, as its webhooks tell"))?;
        return Ok(false);
    }
    call.status = CallStatus::Uncertain;
    call.updated_at = unit.now;
    settle_job(unit, job, |job| job.stand(JobState::Uncertain, None, reason))?;
    let look_up = look_up(unit, &call);
    unit.enqueue(look_up);
    let text = format!("it is unknown whether the call was placed: {reason}");
    emit_job(unit, &call, job.id, JobState::Uncertain, "daemon", &text);
    let text = "unknown whether it was placed; asking the provider";
    emit_call(unit, &call, CallStatus::Placing, "daemon", text);
    unit.put_call(call);
    Ok(true)
}

fn look_up(unit: &Unit<'_>, call: &Call) -> NewJob<'static> {
    NewJob {
        lead: call.lead,
        call: Some(call.id),
        dedupe: Some(format!("look-up:{}", call.id)),
        ..NewJob::of(JobId(unit.id()), &LookUp {}, call.client, call.who.clone(), unit.now + SECOND)
    }
}

/// A look-up found nothing; after the last one a person has to say what happened.
///
/// # Errors
/// A missing fact.
pub fn not_found(unit: &mut Unit<'_>, call: CallId, lookups: u32) -> Decided<()> {
    let Some(mut call) = unit.call(call)? else { return Ok(()) };
    call.lookups = lookups.into();
    unit.put_call(call.clone());
    if call.status != CallStatus::Uncertain {
        return Ok(());
    }
    let lead = call.lead.map_or(Ok(None), |id| unit.lead(id))?;
    if let Some(mut lead) = lead.filter(|lead| lead.status == LeadStatus::Calling) {
        lead.rests(LeadStatus::Review);
        planning::move_lead(unit, lead, "daemon", "unknown whether the call took place; settle its job");
    }
    unit.report(ErrorReport {
        kind: "call.uncertain".into(),
        service: VAPI.to_owned(),
        client: call.client,
        severity: Severity::Error,
        message: format!("{lookups} look-ups did not find the call at the provider; settle the job by hand"),
        subject: ("job", call.job.map(|j| j.to_string()).unwrap_or_default()),
    });
    Ok(())
}

/// The provider was heard of about an uncertain attempt: its job is done.
pub(crate) fn resolved(unit: &mut Unit<'_>, call: &Call) -> Decided<()> {
    let Some(id) = call.job else { return Ok(()) };
    let Some(mut job) = unit.job(id)?.filter(|job| job.state == JobState::Uncertain) else { return Ok(()) };
    job.stand(JobState::Done, None, "the provider confirmed the call");
    unit.put_job(job);
    emit_job(unit, call, id, JobState::Done, VAPI, "the provider confirmed the call");
    Ok(())
}

/// A person says what happened to an uncertain attempt.
///
/// # Errors
/// A missing fact.
pub fn by_hand(unit: &mut Unit<'_>, job: JobId, call: CallId, happened: bool, actor: &str) -> Decided<()> {
    let mut call = need_call(unit, call)?;
    forget_look_ups(unit, &call, &format!("settled by {actor}"))?;
    if !happened {
        void(unit, &mut call, actor, &format!("{actor} says that it did not take place"))?;
        put_job(unit, job, JobState::Cancelled, &call.why)?;
        return replan(unit, &call, unit.now, actor);
    }
    call.status = CallStatus::Ended;
    call.outcome = Some(Outcome::NeedsReview);
    call.why = format!("{actor} says that it took place");
    call.ended_at = Some(unit.now);
    call.updated_at = unit.now;
    put_job(unit, job, JobState::Done, &call.why)?;
    let lead = call.lead.map_or(Ok(None), |id| unit.lead(id))?;
    if let Some(mut lead) = lead.filter(|lead| waits_for(lead, &call)) {
        lead.rests(LeadStatus::Review);
        planning::move_lead(unit, lead, actor, "the call took place; its outcome is for review");
    }
    emit_call(unit, &call, CallStatus::Uncertain, actor, &call.why);
    unit.put_call(call);
    Ok(())
}

/// Plans another call for the lead of a call that did not count.
fn replan(unit: &mut Unit<'_>, call: &Call, at: Millis, actor: &str) -> Decided<()> {
    let lead = call.lead.map_or(Ok(None), |id| unit.lead(id))?;
    let Some(mut lead) = lead.filter(|lead| waits_for(lead, call)) else { return Ok(()) };
    let Some(client) = unit.client(lead.client)? else { return Ok(()) };
    let mark = format!(":after-{}", call.id);
    let wish =
        Wish { not_before: at, priority: PRIORITY_RETRY, actor, mark: &mark, waiting_as: LeadStatus::Queued };
    let report = planning::plan_call(unit, &client, &mut lead, &wish)?;
    planning::move_lead(unit, lead, actor, &gate::summary(&report));
    Ok(())
}

/// Runs of a job at most, for each of its tries.
const RUNS_OF_A_TRY: i64 = 3;

/// A daemon died between the intent and the answer, or its lease ran out.
///
/// # Errors
/// A missing fact.
pub fn abandoned(unit: &mut Unit<'_>, job: &Job) -> Decided<()> {
    if job.kind == SEND_SMS.word || job.kind == SEND_EMAIL.word {
        return sending::abandoned(unit, job);
    }
    if job.kind != PLACE_CALL.word {
        // Every other kind may run twice without harm. A daemon's death says nothing about the job
        // and costs it no try; one that its daemon never survives ends all the same.
        if job.fence >= RUNS_OF_A_TRY * i64::from(job.max_attempts) {
            give_up(unit, job, "its lease ran out on the last try")?;
        } else {
            let now = unit.now;
            settle_job(unit, job, |job| job.snooze(now, "its lease ran out; trying again"))?;
        }
        return Ok(());
    }
    let Some(call) = unit.placing_of(job.id)? else {
        settle_job(unit, job, |job| job.stand(JobState::Done, None, "placed before the daemon stopped"))?;
        return Ok(());
    };
    if unit.planted("resend") {
        let mut call = need_call(unit, call)?;
        void(unit, &mut call, "daemon", "the daemon stopped")?;
        let now = unit.now;
        settle_job(unit, job, |job| job.stand(JobState::Ready, Some(now), "trying again"))?;
        return Ok(());
    }
    // Not the provider's fault: its breaker hears nothing of it.
    unknown(unit, job, call, "the daemon stopped before the provider's answer was recorded").map(drop)
}

/// The last try was in vain: people are told, and a call that it was to find stays unknown until
/// one of them says what happened. `false` when somebody else has the job by now.
///
/// # Errors
/// A missing fact.
pub fn give_up(unit: &mut Unit<'_>, job: &Job, text: &str) -> Decided<bool> {
    if !settle_job(unit, job, |job| job.stand(JobState::Dead, None, text))? {
        return Ok(false);
    }
    unit.report(ErrorReport {
        kind: "job.dead".into(),
        service: job.kind.clone(),
        client: job.client,
        severity: Severity::Error,
        message: text.to_owned(),
        subject: ("job", job.id.to_string()),
    });
    if let Some(call) = job.call.filter(|_| job.kind == LOOK_UP.word) {
        not_found(unit, call, job.attempt)?;
    }
    if let Ok(looked) = job.arguments::<LookUpMessage>() {
        sending::not_found(unit, looked.message, job.attempt, true)?;
    }
    Ok(true)
}

/// Takes back every call to a lead that waits.
pub(crate) fn take_back_calls(unit: &mut Unit<'_>, lead: &Lead, why: &str) -> Decided<u64> {
    unit.take_back(lead.id, |job| job.lane == LANE_CALL, why)
}

fn emit_job(unit: &mut Unit<'_>, call: &Call, job: JobId, state: JobState, actor: &str, text: &str) {
    let subject = ("job", job.to_string());
    unit.emit(kind::JOB_CHANGED, call.client, call.lead, subject, actor, text, Payload::Job { state });
}

/// Says that a call moved: `was` is where it stood before. An empty text is no part of its story.
pub(crate) fn emit_call(unit: &mut Unit<'_>, call: &Call, was: CallStatus, actor: &str, text: &str) {
    let kind = match call.status {
        same if same == was => kind::CALL_UPDATED,
        CallStatus::Ended | CallStatus::Refused => kind::CALL_ENDED,
        CallStatus::InProgress => kind::CALL_STARTED,
        _ => kind::CALL_UPDATED,
    };
    let data =
        Payload::Call { status: call.status, outcome: call.outcome, attempt: call.attempt, lead: call.lead };
    unit.emit(kind, call.client, call.lead, ("call", call.id.to_string()), actor, text, data);
}
