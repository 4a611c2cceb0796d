//! Claiming: from due jobs to committed intents. Gate, slot and intent are decided together:
//! after the commit exactly one daemon may send exactly one request for each attempt.

use crate::breaker::Admit;
use crate::call::Call;
use crate::client::{Client, HOUSE};
use crate::job::Job;
use crate::lead::Lead;
use crate::placement::{Order, VAPI, emit_call};
use crate::planning::{self, Stage, Standing};
use crate::records::Contact;
use crate::unit::{Decided, Unit};
use crate::verdict::Verdict;
use frontdesk_shared::call::{CallStatus, Direction};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::explain::{Answer, GateReport};
use frontdesk_shared::job::JobState;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::{MINUTE, SECOND};
use frontdesk_shared::{CallId, Millis, RowId, VerdictId};
use std::sync::Arc;

/// Somebody who is on the line with us is called no sooner than this.
const ON_THE_LINE_MS: i64 = 2 * MINUTE;

/// The slots of the provider's account.
#[derive(Clone, Copy, Debug)]
pub struct Slots {
    /// Calls under way.
    pub in_use: u64,
    /// The most allowed at once.
    pub limit: u64,
}

/// Whose run it would be.
#[derive(Clone, Copy, Debug)]
pub struct Runner {
    /// The daemon.
    pub node: i64,
    /// Until when nobody else may have the job.
    pub lease_until: Millis,
}

/// One due job: past the gate and the breaker into an intent, or put off with a reason.
///
/// # Errors
/// A missing fact.
pub fn take(
    unit: &mut Unit<'_>,
    job: &Job,
    client: &Arc<Client>,
    slots: Slots,
    runner: Runner,
) -> Decided<Option<Order>> {
    let now = unit.now;
    let Some(lead) = job.lead.map_or(Ok(None), |id| unit.lead(id))? else {
        let mut job = job.clone();
        job.stand(JobState::Cancelled, None, "the lead is gone");
        unit.put_job(job);
        return Ok(None);
    };
    if unit.on_the_line(lead.id)? {
        put_off(unit, job, lead, now + ON_THE_LINE_MS, "the person is on the line with us");
        return Ok(None);
    }
    let mut trials = Vec::new();
    for (whose, why) in [
        (HOUSE, "the provider keeps failing; calls of all clients pause until it recovers"),
        (client.id, "the provider keeps refusing this client's requests; its calls pause"),
    ] {
        let mut breaker = unit.breaker(VAPI, whose)?;
        match breaker.admit(&unit.house.breaker, now) {
            Admit::Yes => {}
            Admit::Trial => trials.push(((VAPI, whose), breaker)),
            Admit::No { until } => {
                put_off(unit, job, lead, until.max(now + SECOND), why);
                return Ok(None);
            }
        }
    }
    let standing = Standing::of(unit, client, &lead)?;
    let rules = unit.house.rules(client);
    let stage = Stage::Act(slots.in_use, slots.limit);
    let report = planning::judge(unit.house, client, &rules.policy, &lead, &standing, now, stage);
    let id = VerdictId(unit.id());
    unit.changes.verdicts.push(Verdict { id, client: lead.client, lead: lead.id, report: report.clone() });
    match report.answer {
        Answer::Allowed => {}
        Answer::NotYet => {
            let next = report.next_at.unwrap_or(now + MINUTE).max(now + SECOND);
            put_off(unit, job, lead, next, &report.reason);
            return Ok(None);
        }
        Answer::Never => {
            stop(unit, job, lead, &report);
            return Ok(None);
        }
    }
    unit.changes.breakers.extend(trials);
    Ok(Some(intend(unit, job.clone(), lead, client, runner)))
}

fn intend(unit: &mut Unit<'_>, mut job: Job, mut lead: Lead, client: &Arc<Client>, runner: Runner) -> Order {
    let now = unit.now;
    job.start(runner.node, runner.lease_until);
    let call = Call {
        lead: Some(lead.id),
        job: Some(job.id),
        episode: lead.episode,
        attempt: lead.attempts + 1,
        phone: lead.phone.clone().unwrap_or_default(),
        who: lead.name.clone(),
        sandbox: unit.house.sandbox,
        ..Call::new(CallId(unit.id()), lead.client, VAPI, Direction::Outbound, now)
    };
    let contact = Contact {
        id: RowId(unit.id()),
        client: lead.client,
        lead: lead.id,
        channel: Channel::AiVoice,
        episode: lead.episode,
        at: now,
        call: Some(call.id),
    };
    lead.attempted(now);
    if unit.planted("forget-contact") {
        (lead.last_attempt_at, lead.last_contact_at) = (None, None);
    } else {
        unit.changes.contacts.push(contact);
    }
    unit.put_job(job.clone());
    unit.put_lead(lead.clone());
    unit.add_call(call.clone());
    emit_call(unit, &call, CallStatus::Placing, "daemon", &format!("placing call, attempt {}", call.attempt));
    Order { job, call, lead, client: client.clone() }
}

fn put_off(unit: &mut Unit<'_>, job: &Job, mut lead: Lead, until: Millis, reason: &str) {
    let mut job = job.clone();
    job.stand(JobState::Ready, Some(until), reason);
    unit.put_job(job);
    lead.next_at = Some(until);
    planning::move_lead(unit, lead, "daemon", &format!("call put off: {reason}"));
}

/// The gate says never: the job is stopped, and the lead waits for somebody to change the
/// reason — unless it is already where the reason put it.
fn stop(unit: &mut Unit<'_>, job: &Job, mut lead: Lead, report: &GateReport) {
    let mut job = job.clone();
    job.stand(JobState::Cancelled, None, &report.reason);
    unit.put_job(job);
    if matches!(lead.status, LeadStatus::Queued | LeadStatus::Callback | LeadStatus::Calling) {
        lead.holds(&report.rule, &report.reason);
    }
    lead.next_at = None;
    planning::move_lead(unit, lead, "daemon", &format!("not called: {}", report.reason));
}
