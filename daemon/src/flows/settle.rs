//! Settling a placement: what the provider's answer, its silence, a look-up or a person make
//! of an intent.

use super::Ctx;
use super::ctx::VAPI;
use super::dial::Order;
use super::{breaker, optout, planning};
use frontdesk_domain::attempts::PRIORITY_RETRY;
use frontdesk_shared::call::{CallStatus, Outcome};
use frontdesk_shared::event::kind;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::job::JobState;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::SECOND;
use frontdesk_shared::{CallId, JobId, Millis};
use frontdesk_store::calls::{self, Call};
use frontdesk_store::clients::{self, HOUSE};
use frontdesk_store::faults::NewFault;
use frontdesk_store::jobs::{self, Job, LANE_WORK, NewJob};
use frontdesk_store::leads::{self, Lead};
use frontdesk_store::{Refusal, Result, Tx, house};

/// The kind of job that asks the provider what became of an attempt.
pub const LOOK_UP: &str = "call.look-up";

/// The provider took it: the phone will ring.
///
/// # Errors
/// As the statements fail.
pub fn accepted(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    order: &Order,
    provider_call_id: &str,
    status: CallStatus,
    control_url: Option<&str>,
) -> Result<()> {
    let now = ctx.now();
    let mut call = calls::need(tx, order.call.id)?;
    // A webhook may have told all this before the answer to our request arrived.
    call.provider_call_id.get_or_insert_with(|| provider_call_id.to_owned());
    let was = call.status;
    if call.status.is_open() {
        call.status = call.status.advance(status);
    }
    if call.control_url.is_none() && call.status.is_open() {
        call.control_url = control_url.map(str::to_owned);
    }
    call.updated_at = now;
    calls::update(tx, &call)?;
    jobs::settle(tx, order.job.id, order.job.fence, JobState::Done, None, "placed", now)?;
    if was == CallStatus::Uncertain {
        // The lease had run out before the answer came: nobody has to settle it any more.
        resolved(tx, ctx, &call)?;
    }
    breaker::heard(tx, ctx, order.client.id, true)?;
    tell_call(tx, ctx, &call, was, VAPI, &format!("accepted by the provider, {}", call.status))
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
    /// Nothing of the account goes out before an instant.
    Hold {
        /// When it may go on.
        until: Millis,
        /// Whether a person must look.
        critical: bool,
    },
    /// This person's data is the reason: it will not get better by trying.
    Stop {
        /// Where the lead stands afterwards.
        lead: LeadStatus,
    },
}

/// No phone rang: the attempt is taken back.
///
/// # Errors
/// As the statements fail.
pub fn not_placed(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    order: &Order,
    what: &NotPlaced,
    fault: &str,
    reason: &str,
) -> Result<()> {
    let now = ctx.now();
    let mut call = calls::need(tx, order.call.id)?;
    let uncertain = call.status == CallStatus::Uncertain;
    if call.status != CallStatus::Placing && !uncertain {
        // The provider told otherwise meanwhile: the call exists, and its own events decide.
        jobs::settle(
            tx,
            order.job.id,
            order.job.fence,
            JobState::Done,
            None,
            "placed, as its webhooks tell",
            now,
        )?;
        return Ok(());
    }
    void(tx, ctx, &mut call, VAPI, reason)?;
    if uncertain {
        known_after_all(tx, ctx, order, &call, what, reason)?;
    }
    let mut lead = leads::need(tx, order.lead.id)?;
    match *what {
        NotPlaced::Again { .. } if uncertain => {}
        NotPlaced::Again { at, counts } => {
            again(tx, ctx, order, &call, &mut lead, (at, counts), reason)?;
        }
        NotPlaced::Hold { until, .. } => {
            house::set_hold(tx, VAPI, HOUSE, until, reason)?;
            if !uncertain {
                again(tx, ctx, order, &call, &mut lead, (until, false), reason)?;
            }
        }
        NotPlaced::Stop { lead: status } => {
            jobs::settle(tx, order.job.id, order.job.fence, JobState::Dead, None, reason, now)?;
            if status == LeadStatus::OptedOut {
                // On record for good, not only in the lead's status: a later file may name it again.
                let evidence = format!("call {}: {reason}", call.id);
                let source = optout::Source { reason: "provider", evidence: &evidence, actor: VAPI };
                optout::record(tx, ctx, &call.phone, call.client, source)?;
            } else if waits_for(&lead, &call) {
                close(tx, ctx, &mut lead, status, reason)?;
            }
        }
    }
    let critical = matches!(what, NotPlaced::Hold { critical: true, .. });
    if critical || !matches!(what, NotPlaced::Again { counts: false, .. }) {
        ctx.fault(
            tx,
            &NewFault {
                kind: fault,
                service: VAPI,
                client: if matches!(what, NotPlaced::Hold { .. }) { HOUSE } else { order.client.id },
                severity: if critical { Severity::Critical } else { Severity::Error },
                message: reason,
                subject: ("job", order.job.id.to_string()),
            },
        )?;
    }
    if matches!(what, NotPlaced::Again { counts: true, .. }) {
        breaker::heard(tx, ctx, order.client.id, false)?;
    }
    Ok(())
}

/// The lease had run out before it could be recorded that no phone rang: nobody has to look for
/// the call or settle its job any more, and another one is planned.
fn known_after_all(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    order: &Order,
    call: &Call,
    what: &NotPlaced,
    reason: &str,
) -> Result<()> {
    let now = ctx.now();
    jobs::cancel_of_call(tx, call.id, "the provider's answer was recorded late", now)?;
    let (state, at) = match *what {
        NotPlaced::Again { at, .. } => (JobState::Cancelled, Some(at)),
        NotPlaced::Hold { until, .. } => (JobState::Cancelled, Some(until)),
        NotPlaced::Stop { .. } => (JobState::Dead, None),
    };
    jobs::put(tx, order.job.id, state, None, reason, now)?;
    match at {
        Some(at) => replan(tx, ctx, call, at, &format!(":after-{}", call.id), "daemon"),
        None => Ok(()),
    }
}

/// Whether a lead still waits for what became of a call. Meanwhile the person may have opted
/// out, or asked anew: what stands then is not for this call to change.
fn waits_for(lead: &Lead, call: &Call) -> bool {
    lead.episode == call.episode && matches!(lead.status, LeadStatus::Calling | LeadStatus::Review)
}

/// This person's data is the reason: the lead stands there until somebody changes it.
fn close(tx: &mut Tx<'_>, ctx: &Ctx, lead: &mut Lead, status: LeadStatus, reason: &str) -> Result<()> {
    lead.status = status;
    if status == LeadStatus::Held {
        lead.hold_rule = "provider".into();
        lead.hold_reason = reason.to_owned();
    }
    lead.next_at = None;
    lead.updated_at = ctx.now();
    leads::update(tx, lead)?;
    planning::tell_status(tx, ctx, lead, "daemon", &format!("not called: {reason}"))
}

fn again(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    order: &Order,
    call: &Call,
    lead: &mut Lead,
    (at, counts): (Millis, bool),
    reason: &str,
) -> Result<()> {
    let now = ctx.now();
    let job = &order.job;
    if !waits_for(lead, call) {
        let why = format!("not tried again, the lead is {}: {reason}", lead.status);
        return jobs::settle(tx, job.id, job.fence, JobState::Cancelled, None, &why, now).map(drop);
    }
    if counts && job.attempt >= job.max_attempts {
        jobs::settle(tx, job.id, job.fence, JobState::Dead, None, &format!("gave up: {reason}"), now)?;
        lead.status = LeadStatus::Held;
        lead.hold_rule = "provider".into();
        lead.hold_reason = format!("the provider could not be asked in {} tries: {reason}", job.attempt);
        lead.next_at = None;
    } else {
        let moved = if counts {
            jobs::settle(tx, job.id, job.fence, JobState::Ready, Some(at), reason, now)?
        } else {
            jobs::snooze(tx, job.id, job.fence, at, reason, now)?
        };
        if !moved {
            // Whoever has the job now plans for the lead.
            return Err(Refusal::conflict("the lease was lost meanwhile").into());
        }
        lead.status = LeadStatus::Queued;
        lead.next_at = Some(at);
    }
    lead.updated_at = now;
    leads::update(tx, lead)?;
    planning::tell_status(tx, ctx, lead, "daemon", reason)
}

/// Closes an attempt that never rang and gives its place in the budget back.
fn void(tx: &mut Tx<'_>, ctx: &Ctx, call: &mut Call, actor: &str, why: &str) -> Result<()> {
    let now = ctx.now();
    let was = call.status;
    call.status = CallStatus::Refused;
    call.outcome = Some(Outcome::Canceled);
    call.why = format!("no phone rang: {why}");
    call.ended_at = Some(now);
    call.control_url = None;
    call.updated_at = now;
    calls::update(tx, call)?;
    leads::void_contact(tx, call.id)?;
    if let Some(id) = call.lead {
        let mut lead = leads::need(tx, id)?;
        if lead.episode == call.episode {
            lead.attempts = (lead.attempts - 1).max(0);
        }
        lead.last_contact_at = leads::last_contact(tx, id)?;
        lead.last_attempt_at = if lead.attempts == 0 { None } else { lead.last_contact_at };
        lead.updated_at = now;
        leads::update(tx, &lead)?;
    }
    tell_call(tx, ctx, call, was, actor, &call.why.clone())
}

/// The provider gave no answer to a request that may have arrived.
///
/// # Errors
/// As the statements fail.
pub fn unanswered(tx: &mut Tx<'_>, ctx: &Ctx, order: &Order, reason: &str) -> Result<()> {
    if unknown(tx, ctx, &order.job, order.call.id, reason)? {
        breaker::heard(tx, ctx, order.client.id, false)?;
    }
    Ok(())
}

/// Whether a request arrived is not known. Nothing is sent again; the provider is asked, and if
/// it cannot tell, a person is. `false` when its webhooks have told already.
fn unknown(tx: &mut Tx<'_>, ctx: &Ctx, job: &Job, call: CallId, reason: &str) -> Result<bool> {
    let now = ctx.now();
    let mut call = calls::need(tx, call)?;
    if call.status != CallStatus::Placing {
        jobs::settle(tx, job.id, job.fence, JobState::Done, None, "placed, as its webhooks tell", now)?;
        return Ok(false);
    }
    call.status = CallStatus::Uncertain;
    call.updated_at = now;
    calls::update(tx, &call)?;
    jobs::settle(tx, job.id, job.fence, JobState::Uncertain, None, reason, now)?;
    enqueue_look_up(tx, ctx, &call, now + SECOND)?;
    ctx.event(
        tx,
        kind::JOB_CHANGED,
        call.client,
        call.lead,
        ("job", &job.id.to_string()),
        "daemon",
        &format!("it is unknown whether the call was placed: {reason}"),
        serde_json::json!({ "state": JobState::Uncertain.word() }),
    )?;
    tell_call(
        tx,
        ctx,
        &call,
        CallStatus::Placing,
        "daemon",
        "unknown whether it was placed; asking the provider",
    )?;
    Ok(true)
}

fn enqueue_look_up(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, at: Millis) -> Result<bool> {
    jobs::enqueue(
        tx,
        &NewJob {
            id: JobId(ctx.env.id()),
            kind: LOOK_UP,
            payload: serde_json::json!({}),
            client: call.client,
            lead: call.lead,
            call: Some(call.id),
            about: (&call.who).into(),
            dedupe: Some(format!("look-up:{}", call.id)),
            lane: LANE_WORK,
            priority: PRIORITY_RETRY,
            run_at: at,
            // Its tries are its end: whoever was away for long still has to ask.
            useful_until: None,
            max_attempts: 6,
        },
        ctx.now(),
    )
}

/// The last look-up found nothing: a person has to say what happened.
///
/// # Errors
/// As the statements fail.
pub fn not_found(tx: &mut Tx<'_>, ctx: &Ctx, call: CallId, lookups: u32) -> Result<()> {
    let now = ctx.now();
    calls::looked_up(tx, call, lookups)?;
    let call = calls::need(tx, call)?;
    if call.status != CallStatus::Uncertain {
        return Ok(());
    }
    if let Some(id) = call.lead {
        let mut lead = leads::need(tx, id)?;
        if lead.status == LeadStatus::Calling {
            lead.status = LeadStatus::Review;
            lead.updated_at = now;
            leads::update(tx, &lead)?;
            planning::tell_status(
                tx,
                ctx,
                &lead,
                "daemon",
                "unknown whether the call took place; settle its job",
            )?;
        }
    }
    ctx.fault(
        tx,
        &NewFault {
            kind: "call.uncertain",
            service: VAPI,
            client: call.client,
            severity: Severity::Error,
            message: &format!(
                "{lookups} look-ups did not find the call at the provider; settle the job by hand"
            ),
            subject: ("job", call.job.map(|j| j.to_string()).unwrap_or_default()),
        },
    )?;
    Ok(())
}

/// The provider was heard of about an uncertain attempt: its job is done.
///
/// # Errors
/// As the statements fail.
pub fn resolved(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call) -> Result<()> {
    let Some(id) = call.job else { return Ok(()) };
    let Some(job) = jobs::by_id(tx, id)? else { return Ok(()) };
    if job.state == JobState::Uncertain {
        jobs::put(tx, id, JobState::Done, None, "the provider confirmed the call", ctx.now())?;
        ctx.event(
            tx,
            kind::JOB_CHANGED,
            call.client,
            call.lead,
            ("job", &id.to_string()),
            VAPI,
            "the provider confirmed the call",
            serde_json::json!({ "state": JobState::Done.word() }),
        )?;
    }
    Ok(())
}

/// A person says what happened to an uncertain attempt.
///
/// # Errors
/// As the statements fail.
pub fn by_hand(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    job: &Job,
    call: &mut Call,
    happened: bool,
    actor: &str,
) -> Result<()> {
    let now = ctx.now();
    jobs::cancel_of_call(tx, call.id, &format!("settled by {actor}"), now)?;
    if happened {
        call.status = CallStatus::Ended;
        call.outcome = Some(Outcome::NeedsReview);
        call.why = format!("{actor} says that it took place");
        call.ended_at = Some(now);
        call.updated_at = now;
        calls::update(tx, call)?;
        jobs::put(tx, job.id, JobState::Done, None, &call.why.clone(), now)?;
        if let Some(id) = call.lead {
            let mut lead = leads::need(tx, id)?;
            if waits_for(&lead, call) {
                lead.status = LeadStatus::Review;
                lead.updated_at = now;
                leads::update(tx, &lead)?;
                let text = "the call took place; its outcome is for review";
                planning::tell_status(tx, ctx, &lead, actor, text)?;
            }
        }
        return tell_call(tx, ctx, call, CallStatus::Uncertain, actor, &call.why.clone());
    }
    void(tx, ctx, call, actor, &format!("{actor} says that it did not take place"))?;
    jobs::put(tx, job.id, JobState::Cancelled, None, &call.why.clone(), now)?;
    replan(tx, ctx, call, now, &format!(":after-{}", call.id), actor)
}

/// Plans another call for the lead of a call that did not count.
fn replan(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, at: Millis, mark: &str, actor: &str) -> Result<()> {
    let Some(id) = call.lead else { return Ok(()) };
    let mut lead = leads::need(tx, id)?;
    if !waits_for(&lead, call) {
        return Ok(());
    }
    let Some(client) = clients::by_id(tx, lead.client)? else { return Ok(()) };
    let facts = planning::Facts::load(tx, &lead, ctx.now())?;
    let wish = planning::Wish {
        not_before: at,
        priority: PRIORITY_RETRY,
        actor,
        mark,
        waiting_as: LeadStatus::Queued,
    };
    let report = planning::plan_call(tx, ctx, &client, &mut lead, &facts, &wish)?;
    lead.updated_at = ctx.now();
    leads::update(tx, &lead)?;
    planning::tell_status(tx, ctx, &lead, actor, &frontdesk_domain::gate::summary(&report))
}

/// A daemon died between the intent and the answer, or its lease ran out.
///
/// # Errors
/// As the statements fail.
pub fn abandoned(tx: &mut Tx<'_>, ctx: &Ctx, job: &Job) -> Result<()> {
    let now = ctx.now();
    if job.kind == planning::PLACE_CALL {
        if let Some(call) = calls::placing_of_job(tx, job.id)? {
            if frontdesk_env::fail::planted("resend") {
                let mut call = calls::need(tx, call)?;
                void(tx, ctx, &mut call, "daemon", "the daemon stopped")?;
                jobs::settle(tx, job.id, job.fence, JobState::Ready, Some(now), "trying again", now)?;
                return Ok(());
            }
            // Not the provider's fault: its breaker hears nothing of it.
            let reason = "the daemon stopped before the provider's answer was recorded";
            return unknown(tx, ctx, job, call, reason).map(drop);
        }
        jobs::settle(tx, job.id, job.fence, JobState::Done, None, "placed before the daemon stopped", now)?;
        return Ok(());
    }
    // Every other kind may run twice without harm.
    if job.attempt >= job.max_attempts {
        give_up(tx, ctx, job, "its lease ran out on the last try")?;
    } else {
        jobs::settle(
            tx,
            job.id,
            job.fence,
            JobState::Ready,
            Some(now),
            "its lease ran out; trying again",
            now,
        )?;
    }
    Ok(())
}

/// The last try was in vain: people are told, and a call that it was to find stays unknown until
/// one of them says what happened. `false` when somebody else has the job by now.
///
/// # Errors
/// As the statements fail.
pub fn give_up(tx: &mut Tx<'_>, ctx: &Ctx, job: &Job, text: &str) -> Result<bool> {
    if !jobs::settle(tx, job.id, job.fence, JobState::Dead, None, text, ctx.now())? {
        return Ok(false);
    }
    ctx.fault(
        tx,
        &NewFault {
            kind: "job.dead",
            service: &job.kind,
            client: job.client,
            severity: Severity::Error,
            message: text,
            subject: ("job", job.id.to_string()),
        },
    )?;
    if let Some(call) = job.call.filter(|_| job.kind == LOOK_UP) {
        not_found(tx, ctx, call, job.attempt)?;
    }
    Ok(true)
}

/// Says that a call moved: `was` is where it stood before. An empty text is no part of its story.
///
/// # Errors
/// As the statement fails.
pub fn tell_call(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    call: &Call,
    was: CallStatus,
    actor: &str,
    text: &str,
) -> Result<()> {
    let kind = match call.status {
        same if same == was => kind::CALL_UPDATED,
        CallStatus::Ended | CallStatus::Refused => kind::CALL_ENDED,
        CallStatus::InProgress => kind::CALL_STARTED,
        _ => kind::CALL_UPDATED,
    };
    ctx.event(
        tx,
        kind,
        call.client,
        call.lead,
        ("call", &call.id.to_string()),
        actor,
        text,
        serde_json::json!({
            "status": call.status.word(),
            "outcome": call.outcome.map(Outcome::word),
            "attempt": call.attempt,
            "lead": call.lead,
        }),
    )
}
