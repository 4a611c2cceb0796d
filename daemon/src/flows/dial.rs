//! Dialing: from a due job to a committed intent, in the same transaction that claims it.
//!
//! Claim, gate, slot and intent are one commit: after it, exactly one daemon may send exactly
//! one request for this attempt.

use super::Ctx;
use super::breaker;
use super::ctx::VAPI;
use super::planning::{self, Facts};
use frontdesk_domain::breaker::Admit;
use frontdesk_env::fail;
use frontdesk_shared::call::Direction;
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::event::kind;
use frontdesk_shared::explain::{Answer, GateReport};
use frontdesk_shared::job::JobState;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::{MINUTE, SECOND};
use frontdesk_shared::{CallId, ClientId, Millis, RowId, VerdictId};
use frontdesk_store::calls::{self, Call};
use frontdesk_store::clients::{self, Client, HOUSE};
use frontdesk_store::jobs::{self, Job, LANE_CALL};
use frontdesk_store::leads::{self, Lead};
use frontdesk_store::verdicts::{self, Verdict};
use frontdesk_store::{Result, Tx, house, meta};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Leads looked at in one claim at most, so that a long run of refusals cannot hold the writer.
const LOOKED_AT: usize = 64;

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
    pub client: Client,
}

/// What a claim brought.
#[derive(Debug, Default)]
pub struct Claimed {
    /// Requests to send.
    pub orders: Vec<Order>,
    /// Jobs that were looked at and put off or stopped.
    pub put_off: usize,
    /// The client served last, for the next turn.
    pub last_served: Option<ClientId>,
}

/// Claims up to `want` calls.
///
/// # Errors
/// As the statements fail.
pub fn claim(tx: &mut Tx<'_>, ctx: &Ctx, want: usize, last_served: ClientId) -> Result<Claimed> {
    let now = ctx.now();
    let mut out = Claimed::default();
    if meta::get(tx, meta::DIALING_PAUSED)?.is_some() {
        return Ok(out);
    }
    let account = house::lock_account(tx, VAPI, HOUSE)?;
    if account.until.is_some_and(|until| until > now) {
        return Ok(out);
    }
    let in_use = calls::open_count(tx, VAPI, now - ctx.house.max_call_ms)?;
    let free = usize::try_from(ctx.house.concurrency.saturating_sub(in_use)).unwrap_or(0).min(want);
    if free == 0 {
        return Ok(out);
    }
    // Only those who wait are read; a house has more clients than have calls due.
    let mut known: HashMap<ClientId, Option<Client>> = HashMap::new();
    let mut verdicts = Vec::new();
    while out.orders.len() < free && out.orders.len() + out.put_off < LOOKED_AT {
        let room = free - out.orders.len();
        let jobs = jobs::due(tx, LANE_CALL, now, room, last_served, |tx, id| {
            let client = match known.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(clients::by_id(tx, id)?),
            };
            Ok(client.as_ref().is_some_and(|c| c.status == ClientStatus::Active))
        })?;
        if jobs.is_empty() {
            break;
        }
        for job in jobs {
            out.last_served = Some(job.client);
            let Some(Some(client)) = known.get(&job.client) else { continue };
            let slots = (in_use + out.orders.len() as u64, ctx.house.concurrency);
            match take(tx, ctx, job, client, slots, &mut verdicts)? {
                Some(order) => out.orders.push(order),
                None => out.put_off += 1,
            }
        }
    }
    verdicts::insert(tx, &verdicts)?;
    calls::insert(tx, out.orders.iter().map(|order| &order.call))?;
    Ok(out)
}

/// One job: past the gate and the breaker into an intent, or put off with a reason. The intent's
/// call and the verdict are the caller's to write.
fn take(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    job: Job,
    client: &Client,
    slots: (u64, u64),
    verdicts: &mut Vec<Verdict>,
) -> Result<Option<Order>> {
    let now = ctx.now();
    let Some(mut lead) = job.lead.map(|id| leads::by_id(tx, id)).transpose()?.flatten() else {
        jobs::put(tx, job.id, JobState::Cancelled, None, "the lead is gone", now)?;
        return Ok(None);
    };
    let mut breaker = breaker::of(tx, client.id)?;
    let admitted = breaker.admit(&ctx.house.breaker, now);
    if let Admit::No { until } = admitted {
        put_off(
            tx,
            ctx,
            &job,
            &mut lead,
            until.max(now + SECOND),
            "the provider keeps failing for this client; calls pause until it recovers",
        )?;
        return Ok(None);
    }
    let facts = Facts::load(tx, &lead, now)?;
    let rules = ctx.house.rules(client);
    let stage = planning::Stage::Act(slots.0, slots.1);
    let report = planning::judge(ctx, client, &rules.policy, &lead, &facts, now, stage);
    let id = VerdictId(ctx.env.id());
    verdicts.push(Verdict { id, client: lead.client, lead: lead.id, report: report.clone() });
    match report.answer {
        Answer::Allowed => {}
        Answer::NotYet => {
            let next = report.next_at.unwrap_or(now + MINUTE).max(now + SECOND);
            put_off(tx, ctx, &job, &mut lead, next, &report.reason)?;
            return Ok(None);
        }
        Answer::Never => {
            stop(tx, ctx, &job, &mut lead, &report)?;
            return Ok(None);
        }
    }
    if admitted == Admit::Trial {
        breaker::keep(tx, client.id, &breaker)?;
    }
    commit_intent(tx, ctx, job, lead, client).map(Some)
}

fn commit_intent(tx: &mut Tx<'_>, ctx: &Ctx, mut job: Job, mut lead: Lead, client: &Client) -> Result<Order> {
    let now = ctx.now();
    let started = jobs::start(tx, job.id, ctx.node, now + ctx.house.lease_ms, now)?;
    (job.attempt, job.fence) = (started.attempt, started.fence);
    let call = new_call(ctx, &job, &lead);
    leads::insert_contact(tx, RowId(ctx.env.id()), &lead, Channel::AiVoice, Some(call.id), now)?;
    lead.status = LeadStatus::Calling;
    lead.attempts += 1;
    lead.last_attempt_at = Some(now);
    lead.last_contact_at = Some(now);
    lead.next_at = None;
    lead.updated_at = now;
    if fail::planted("forget-contact") {
        leads::void_contact(tx, call.id)?;
        (lead.last_attempt_at, lead.last_contact_at) = (None, None);
    }
    leads::update(tx, &lead)?;
    ctx.event(
        tx,
        kind::CALL_UPDATED,
        lead.client,
        Some(lead.id),
        ("call", &call.id.to_string()),
        "daemon",
        &format!("placing call, attempt {}", call.attempt),
        serde_json::json!({ "status": call.status.word(), "lead": lead.id, "attempt": call.attempt }),
    )?;
    Ok(Order { job, call, lead, client: client.clone() })
}

fn new_call(ctx: &Ctx, job: &Job, lead: &Lead) -> Call {
    Call {
        lead: Some(lead.id),
        job: Some(job.id),
        episode: lead.episode,
        attempt: lead.attempts + 1,
        phone: lead.phone.clone().unwrap_or_default(),
        who: lead.name.clone(),
        sandbox: ctx.house.sandbox,
        ..Call::new(CallId(ctx.env.id()), lead.client, VAPI, Direction::Outbound, ctx.now())
    }
}

fn put_off(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    job: &Job,
    lead: &mut Lead,
    until: Millis,
    reason: &str,
) -> Result<()> {
    let now = ctx.now();
    jobs::put(tx, job.id, JobState::Ready, Some(until), reason, now)?;
    lead.next_at = Some(until);
    lead.updated_at = now;
    leads::update(tx, lead)?;
    planning::tell_status(tx, ctx, lead, "daemon", &format!("call put off: {reason}"))
}

/// The gate says never: the job is stopped, and the lead waits for somebody to change the
/// reason — unless it is already where the reason put it.
fn stop(tx: &mut Tx<'_>, ctx: &Ctx, job: &Job, lead: &mut Lead, report: &GateReport) -> Result<()> {
    let now = ctx.now();
    jobs::put(tx, job.id, JobState::Cancelled, None, &report.reason, now)?;
    if matches!(lead.status, LeadStatus::Queued | LeadStatus::Callback | LeadStatus::Calling) {
        lead.status = LeadStatus::Held;
        lead.hold_rule.clone_from(&report.rule);
        lead.hold_reason.clone_from(&report.reason);
    }
    lead.next_at = None;
    lead.updated_at = now;
    leads::update(tx, lead)?;
    planning::tell_status(tx, ctx, lead, "daemon", &format!("not called: {}", report.reason))
}
