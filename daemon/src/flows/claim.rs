//! Claiming: due jobs become committed intents, in the same transaction that claims them.

use super::{Ctx, unit};
use frontdesk_domain::claim::{self, Runner, Slots};
use frontdesk_domain::lead::Lead;
use frontdesk_domain::placement::{Order, VAPI};
use frontdesk_domain::scope::{self, HoldScope};
use frontdesk_domain::unit::{Facts, Need};
use frontdesk_shared::ClientId;
use frontdesk_shared::client::ClientStatus;
use frontdesk_store::clients::{self, Client, HOUSE};
use frontdesk_store::jobs::{self, Job, LANE_CALL};
use frontdesk_store::{Result, Tx, calls, holds, house, meta};
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// Leads looked at in one claim at most, so that a long run of refusals cannot hold the writer.
const LOOKED_AT: usize = 64;

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

type Known = HashMap<ClientId, Option<Arc<Client>>>;

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
    house::lock_account(tx, VAPI, HOUSE)?;
    let stops = holds::in_force(tx, VAPI, now)?;
    if stops.iter().any(|stop| stop.scope == HoldScope::Account) {
        return Ok(out);
    }
    let in_use = calls::open_count(tx, VAPI, now - ctx.house.max_call_ms)?;
    let free = usize::try_from(ctx.house.concurrency.saturating_sub(in_use)).unwrap_or(0).min(want);
    // Only those who wait are read; an installation has more clients than have calls due.
    let mut known = Known::new();
    while out.orders.len() < free && out.orders.len() + out.put_off < LOOKED_AT {
        let room = free - out.orders.len();
        let jobs = jobs::due(tx, LANE_CALL, now, room, last_served, |tx, id| {
            let client = match known.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(clients::by_id(tx, id)?.map(Arc::new)),
            };
            // A hold leaves jobs as they are: once it ends, however it ends, they go on.
            Ok(client.as_ref().is_some_and(|c| {
                c.status == ClientStatus::Active && scope::stop_of(&stops, &ctx.house.voice, c).is_none()
            }))
        })?;
        if jobs.is_empty() {
            break;
        }
        out.last_served = jobs.last().map(|job| job.client);
        let slots = Slots { in_use: in_use + out.orders.len() as u64, limit: ctx.house.concurrency };
        let orders = take(tx, ctx, &jobs, &known, slots)?;
        out.put_off += jobs.len() - orders.len();
        out.orders.extend(orders);
    }
    Ok(out)
}

/// What becomes of these due jobs.
fn take(tx: &mut Tx<'_>, ctx: &Ctx, jobs: &[Job], known: &Known, slots: Slots) -> Result<Vec<Order>> {
    let runner = Runner { node: ctx.node, lease_until: ctx.now() + ctx.house.lease_ms };
    let mut facts = Facts { clients: known.clone(), ..Facts::default() };
    facts.add_jobs(jobs.iter().cloned());
    let foresee = |facts: &Facts| -> BTreeSet<Need> {
        let of_lead = |lead| {
            let known = facts.leads.get(&lead).and_then(Option::as_ref);
            let addresses = known.map(Lead::addresses).unwrap_or_default();
            [Need::Lead(lead), Need::Consents(lead), Need::Contacts(lead), Need::OpenCalls(lead)]
                .into_iter()
                .chain(addresses.into_iter().map(Need::Suppressions))
        };
        let leads = jobs.iter().filter_map(|job| job.lead).flat_map(of_lead);
        leads
            .chain(jobs.iter().map(|job| Need::Breaker(VAPI, job.client)))
            .chain([Need::Breaker(VAPI, HOUSE), Need::Paused])
            .collect()
    };
    unit::settle(tx, ctx, facts, &foresee, |unit| {
        let mut orders = Vec::new();
        for job in jobs {
            let Some(Some(client)) = known.get(&job.client) else { continue };
            let slots = Slots { in_use: slots.in_use + orders.len() as u64, ..slots };
            let taken = claim::take(unit, job, client, slots, runner);
            orders.extend(unit.each(taken)?.flatten());
        }
        Ok(orders)
    })
}
