//! Planning: may this lead be called, when, and what is written down about the answer.

use super::Ctx;
use super::ctx::VAPI;
use crate::desk::attempts::PRIORITY_NEW_LEAD;
use crate::desk::gate::{self, ClientState, GateInput, PastContact, Slots, Suppressed};
use crate::desk::policy::Policy;
use crate::store::clients::{Client, HOUSE};
use crate::store::jobs::{self, LANE_CALL, NewJob};
use crate::store::leads::{self, Consent, Lead};
use crate::store::{Result, Tx, meta};
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::event::kind;
use frontdesk_shared::explain::{Answer, GateReport};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::DAY;
use frontdesk_shared::{JobId, Millis, VerdictId};

/// The kind of job that places a call.
pub const PLACE_CALL: &str = "call.place";
/// Tries of one placement that never reached the provider.
const PLACE_TRIES: u32 = 7;
/// How far back the ledger is read: the longest rule that counts contacts.
const LEDGER_MS: i64 = 31 * DAY;

/// Facts of the gate that live in the store.
#[derive(Debug)]
pub struct Facts {
    paused: Option<String>,
    consents: Vec<Consent>,
    suppressions: Vec<leads::Suppression>,
    contacts: Vec<leads::Contact>,
}

impl Facts {
    /// Reads them.
    ///
    /// # Errors
    /// As the statements fail.
    pub fn load(tx: &mut Tx<'_>, lead: &Lead, now: Millis) -> Result<Self> {
        Ok(Self {
            paused: meta::get(tx, meta::DIALING_PAUSED)?,
            consents: leads::consents(tx, lead.id)?,
            suppressions: leads::suppressions(tx, lead.client, &lead.identity)?,
            contacts: leads::contacts(tx, lead.id, now - LEDGER_MS)?,
        })
    }

    /// Facts of a lead that is only about to exist.
    pub fn of_new(paused: Option<String>, consents: Vec<Consent>, suppressions: Vec<leads::Suppression>) -> Self {
        Self { paused, consents, suppressions, contacts: Vec::new() }
    }
}

/// Asks the gate about a call to `lead` at `at`.
pub fn judge(
    client: &Client,
    lead: &Lead,
    facts: &Facts,
    policy: &Policy,
    slots: Option<(u64, u64)>,
    at: Millis,
    stage: &str,
) -> GateReport {
    let phone = gate::NumberFact::of(lead.phone.as_deref(), &lead.hold_reason);
    let suppressions: Vec<Suppressed<'_>> = facts
        .suppressions
        .iter()
        .map(|s| Suppressed { everywhere: s.client == HOUSE, channel: s.channel, reason: &s.reason, since: s.since })
        .collect();
    let consents: Vec<gate::Consented<'_>> = facts
        .consents
        .iter()
        .map(|c| gate::Consented {
            channels: &c.channels,
            purpose: c.purpose,
            wording: &c.wording,
            given_at: c.given_at,
            evidence: &c.evidence,
            revoked_at: c.revoked_at,
        })
        .collect();
    let contacts: Vec<PastContact> = facts
        .contacts
        .iter()
        .map(|c| PastContact { channel: c.channel, at: c.at, same_episode: c.episode == lead.episode })
        .collect();
    let mut report = gate::decide(&GateInput {
        now: at,
        channel: Channel::AiVoice,
        purpose: Purpose::Marketing,
        house_paused: facts.paused.as_deref(),
        client: match client.status {
            ClientStatus::Active => ClientState::Active,
            ClientStatus::Paused => ClientState::Paused(client.paused_reason.as_deref().unwrap_or("no reason given")),
            ClientStatus::Deactivated => ClientState::Deactivated,
        },
        lead_status: lead.status,
        lead_since: lead.episode_at,
        number: phone,
        declared_zone: lead.zone.as_deref(),
        declared_state: lead.state.as_deref(),
        suppressions: &suppressions,
        consents: &consents,
        screened_at: lead.screened_at,
        contacts: &contacts,
        attempts: u32::try_from(lead.attempts).unwrap_or(u32::MAX),
        last_attempt_at: lead.last_attempt_at,
        spend: None,
        slots: slots.map(|(in_use, limit)| Slots { in_use, limit }),
        policy,
    });
    report.stage = stage.to_owned();
    report
}

/// A wish to call a lead.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    /// Not before.
    pub not_before: Millis,
    /// Lower goes first.
    pub priority: i64,
    /// Who wants it.
    pub actor: &'a str,
    /// What tells this wish from others of the same attempt, such as an operator's request.
    pub mark: &'a str,
    /// The lead's status while it waits.
    pub waiting_as: LeadStatus,
}

impl Wish<'_> {
    /// A first call as soon as allowed.
    pub fn first(now: Millis, actor: &str) -> Wish<'_> {
        Wish { not_before: now, priority: PRIORITY_NEW_LEAD, actor, mark: "", waiting_as: LeadStatus::Queued }
    }
}

/// Plans the next call of a lead, or holds the lead and says why. Changes `lead` in memory;
/// the caller writes it. The verdict, the job and the event are written here.
///
/// # Errors
/// As the statements fail.
pub fn plan_call(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    lead: &mut Lead,
    facts: &Facts,
    wish: &Wish<'_>,
) -> Result<GateReport> {
    let now = ctx.now();
    let rules = ctx.house.rules(client);
    let at = wish.not_before.max(now);
    // Slots are a matter of the moment of dialing: a plan does not wait for one.
    lead.status = wish.waiting_as;
    let mut report = judge(client, lead, facts, &rules.policy, None, at, "plan");
    report.at = now;
    let run_at = match report.answer {
        Answer::Allowed => Some(at),
        Answer::NotYet => report.next_at.map(|next| next.max(at)),
        Answer::Never => None,
    };
    match run_at {
        Some(run_at) => {
            lead.hold_rule = String::new();
            lead.hold_reason = String::new();
            lead.next_at = Some(run_at);
            enqueue_call(tx, ctx, lead, wish, run_at, rules.policy.lead_expiry_ms())?;
        }
        None => {
            lead.status = LeadStatus::Held;
            lead.hold_rule.clone_from(&report.rule);
            lead.hold_reason.clone_from(&report.reason);
            lead.next_at = None;
        }
    }
    leads::insert_verdict(tx, VerdictId(ctx.env.id()), lead.client, lead.id, &report)?;
    Ok(report)
}

fn enqueue_call(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    lead: &Lead,
    wish: &Wish<'_>,
    run_at: Millis,
    expiry_ms: i64,
) -> Result<bool> {
    let next = lead.attempts + 1;
    let about = if lead.name.is_empty() { format!("lead {}", lead.id.short()) } else { lead.name.clone() };
    jobs::enqueue(
        tx,
        &NewJob {
            id: JobId(ctx.env.id()),
            kind: PLACE_CALL,
            payload: serde_json::json!({ "provider": VAPI, "episode": lead.episode, "attempt": next, "actor": wish.actor }),
            client: lead.client,
            lead: Some(lead.id),
            call: None,
            about: &about,
            dedupe: Some(format!("call:{}:{}:{next}{}", lead.id, lead.episode, wish.mark)),
            lane: LANE_CALL,
            priority: wish.priority,
            run_at,
            useful_until: Some(run_at.max(lead.episode_at + expiry_ms)),
            max_attempts: PLACE_TRIES,
        },
        ctx.now(),
    )
}

/// Says that a lead moved.
///
/// # Errors
/// As the statement fails.
pub fn tell_status(tx: &mut Tx<'_>, ctx: &Ctx, lead: &Lead, actor: &str, text: &str) -> Result<()> {
    ctx.event(
        tx,
        kind::LEAD_STATUS_CHANGED,
        lead.client,
        Some(lead.id),
        ("lead", &lead.id.to_string()),
        actor,
        text,
        serde_json::json!({ "status": lead.status.word(), "hold": lead.hold_rule, "next_at": lead.next_at }),
    )
}
