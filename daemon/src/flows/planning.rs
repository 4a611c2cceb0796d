//! Planning: may this lead be called, when, and what is written down about the answer.

use super::Ctx;
use super::ctx::VAPI;
use frontdesk_domain::duplicates::{self, Window};
use frontdesk_domain::gate::{
    self, Consent, Contact, GateInput, PhoneInput, Scope, Slots, Spend, Suppression,
};
use frontdesk_domain::phone::{self, PhoneError};
use frontdesk_domain::policy::Policy;
use frontdesk_env::fail;
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::event::kind;
use frontdesk_shared::explain::{Answer, GateReport};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::DAY;
use frontdesk_shared::{JobId, Millis, VerdictId};
use frontdesk_store::clients::{Client, HOUSE};
use frontdesk_store::jobs::{self, LANE_CALL, NewJob};
use frontdesk_store::leads::{self, Lead};
use frontdesk_store::verdicts::{self, Verdict};
use frontdesk_store::{Result, Tx, meta};

pub use frontdesk_store::views::CALL_JOB as PLACE_CALL;

/// Tries of one placement that never reached the provider.
const PLACE_TRIES: u32 = 7;
/// How far back the ledger is read: the longest rule that counts contacts.
const LEDGER_MS: i64 = 31 * DAY;

/// Facts of the gate that live in the store beside the lead itself.
#[derive(Debug, Default)]
pub struct Facts {
    /// Why the house is paused, if it is.
    pub paused: Option<String>,
    /// The person's consents, revoked ones too.
    pub consents: Vec<Consent>,
    /// Suppressions that bind this client.
    pub suppressions: Vec<Suppression>,
    /// Contacts, newest first.
    pub contacts: Vec<Contact>,
}

impl Facts {
    /// Reads them.
    ///
    /// # Errors
    /// As the statements fail.
    pub fn load(tx: &mut Tx<'_>, lead: &Lead, now: Millis) -> Result<Self> {
        let consents = leads::consents(tx, lead.id)?;
        let contacts = leads::contacts(tx, lead.id, now - LEDGER_MS)?;
        Ok(Self {
            paused: meta::get(tx, meta::DIALING_PAUSED)?,
            consents: consents.into_iter().map(as_consent).collect(),
            suppressions: suppressions(tx, lead)?,
            contacts: contacts
                .into_iter()
                .map(|c| Contact { channel: c.channel, at: c.at, same_episode: c.episode == lead.episode })
                .collect(),
        })
    }
}

/// A stored consent as the gate sees it.
pub fn as_consent(c: leads::Consent) -> Consent {
    Consent {
        channels: c.channels,
        purpose: c.purpose,
        text: c.wording,
        at: c.given_at,
        evidence: c.evidence,
        revoked_at: c.revoked_at,
    }
}

fn suppressions(tx: &mut Tx<'_>, lead: &Lead) -> Result<Vec<Suppression>> {
    let found = leads::suppressions(tx, lead.client, &lead.identity)?;
    Ok(found
        .into_iter()
        .map(|s| Suppression {
            scope: if s.client == HOUSE { Scope::Global } else { Scope::Client },
            channel: s.channel,
            reason: s.reason,
            since: s.since,
        })
        .collect())
}

/// At which moment the gate is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// While planning: a pause of the house or of the client only delays what is planned.
    Plan,
    /// While claiming, with calls under way and the most allowed at once.
    Act(u64, u64),
    /// For a person who wonders.
    Now(u64, u64),
}

/// Asks the gate about a call to `lead` at `at`.
pub fn judge(
    ctx: &Ctx,
    client: &Client,
    policy: &Policy,
    lead: &Lead,
    facts: &Facts,
    at: Millis,
    stage: Stage,
) -> GateReport {
    let number = match &lead.phone {
        Some(e164) => phone::normalise(e164, None),
        // Accepted without a certain number: what was wrong with it is asked again.
        None => phone::normalise(lead.identity.trim_start_matches("raw:"), None).and(Err(PhoneError::Empty)),
    };
    let (word, slots) = match stage {
        Stage::Plan => ("plan", None),
        Stage::Act(in_use, limit) => ("act", Some((in_use, limit))),
        Stage::Now(in_use, limit) => ("now", Some((in_use, limit))),
    };
    let planning = stage == Stage::Plan;
    let clip = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    ctx.house.ask(&GateInput {
        now: at,
        stage: word,
        channel: Channel::AiVoice,
        purpose: Purpose::Marketing,
        house_paused: facts.paused.as_deref().filter(|_| !planning),
        client: if planning && client.status == ClientStatus::Paused {
            ClientStatus::Active
        } else {
            client.status
        },
        client_reason: client.paused_reason.as_deref().unwrap_or_default(),
        lead: lead.status,
        created_at: lead.episode_at,
        last_reply_at: None,
        phone: PhoneInput::from(&number),
        declared_zone: lead.zone.as_deref(),
        declared_state: lead.state.as_deref(),
        suppressions: &facts.suppressions,
        consents: &facts.consents,
        screened_at: lead.screened_at,
        contacts: &facts.contacts,
        attempts: u32::try_from(lead.attempts).unwrap_or(u32::MAX),
        last_attempt_at: lead.last_attempt_at,
        spend: Spend::default(),
        slots: slots.map(|(in_use, limit)| Slots { in_use: clip(in_use), limit: clip(limit) }),
        policy,
    })
}

/// A wish to call a lead.
#[derive(Debug)]
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

/// What was decided about a lead, to be written in the transaction that read its facts.
#[derive(Debug)]
pub struct Plan {
    /// What the gate said.
    pub verdict: Verdict,
    /// The call to come, unless the lead is held.
    pub job: Option<NewJob<'static>>,
}

impl Plan {
    /// Writes plans with few statements.
    ///
    /// # Errors
    /// As the statements fail.
    pub fn write(tx: &mut Tx<'_>, plans: Vec<Self>, now: Millis) -> Result<()> {
        let (verdicts, jobs): (Vec<_>, Vec<_>) = plans.into_iter().map(|p| (p.verdict, p.job)).unzip();
        verdicts::insert(tx, &verdicts)?;
        let jobs: Vec<_> = jobs.into_iter().flatten().collect();
        jobs::enqueue_all(tx, &jobs, now)?;
        Ok(())
    }
}

/// Plans the next call of a lead, or holds the lead and says why. Changes `lead` in memory;
/// the caller writes it. The verdict and the job are written here.
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
    let plan = plan(ctx, client, lead, facts, wish);
    let report = plan.verdict.report.clone();
    Plan::write(tx, vec![plan], ctx.now())?;
    Ok(report)
}

/// Decides about the next call of a lead: planned, or held with a reason. Changes `lead` in
/// memory and writes nothing.
pub fn plan(ctx: &Ctx, client: &Client, lead: &mut Lead, facts: &Facts, wish: &Wish<'_>) -> Plan {
    let now = ctx.now();
    let rules = ctx.house.rules(client);
    let at = wish.not_before.max(now);
    lead.status = wish.waiting_as;
    let mut report = judge(ctx, client, &rules.policy, lead, facts, at, Stage::Plan);
    report.at = now;
    let run_at = match report.answer {
        Answer::Allowed => Some(at),
        Answer::NotYet => report.next_at.map(|next| next.max(at)),
        Answer::Never => None,
    };
    let job = run_at.map(|at| call_job(ctx, lead, wish, at, i64::from(rules.policy.lead_expiry_days) * DAY));
    match run_at {
        Some(run_at) => {
            lead.hold_rule = String::new();
            lead.hold_reason = String::new();
            lead.next_at = Some(run_at);
        }
        None => {
            lead.status = LeadStatus::Held;
            lead.hold_rule.clone_from(&report.rule);
            lead.hold_reason.clone_from(&report.reason);
            if fail::planted("silent-hold") {
                lead.hold_reason.clear();
            }
            lead.next_at = None;
        }
    }
    let verdict = Verdict { id: VerdictId(ctx.env.id()), client: lead.client, lead: lead.id, report };
    Plan { verdict, job }
}

fn call_job(ctx: &Ctx, lead: &Lead, wish: &Wish<'_>, run_at: Millis, expiry_ms: i64) -> NewJob<'static> {
    let next = lead.attempts + 1;
    let about = if lead.name.is_empty() { format!("lead {}", lead.id.short()) } else { lead.name.clone() };
    NewJob {
        id: JobId(ctx.env.id()),
        kind: PLACE_CALL,
        payload: serde_json::json!({ "provider": VAPI, "episode": lead.episode, "attempt": next, "actor": wish.actor }),
        client: lead.client,
        lead: Some(lead.id),
        call: None,
        about: about.into(),
        dedupe: Some(format!("call:{}:{}:{next}{}", lead.id, lead.episode, wish.mark)),
        lane: LANE_CALL,
        priority: wish.priority,
        run_at,
        // Whether the lead is too old by then is the gate's to say: a call that was planned for
        // its last day, or promised for later, may still wait its turn.
        useful_until: Some((run_at + DAY).max(lead.episode_at + expiry_ms)),
        max_attempts: PLACE_TRIES,
    }
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

/// In one sentence: what will happen to a lead next, or why nothing will. `uncertain` says that a
/// call to them is of unknown fate.
pub fn summary(ctx: &Ctx, client: &Client, lead: &Lead, now: &GateReport, uncertain: bool) -> String {
    match lead.status {
        LeadStatus::Queued | LeadStatus::Callback => match lead.next_at {
            Some(at) if at > now.at => {
                format!("A call is planned for {}. Asked now: {}", at.iso(), gate::summary(now))
            }
            _ => gate::summary(now),
        },
        LeadStatus::Calling if uncertain => "A call was sent and the provider gave no answer: it is being \
             asked, and nothing is sent again. Its job is uncertain; settle it by hand if you know what happened."
            .into(),
        LeadStatus::Review if uncertain => "Nobody knows whether the last call rang: settle its uncertain \
             job by hand."
            .into(),
        LeadStatus::Calling => "A call is being placed or is live.".into(),
        LeadStatus::Held => format!("Held: {}. Asked now: {}", lead.hold_reason, gate::summary(now)),
        // Only the person can take that back.
        LeadStatus::OptedOut => format!("The lead is opted-out. {}", gate::summary(now)),
        status => {
            let by_hand = if may_reopen(status) { " Calling by hand opens it again." } else { "" };
            let again = comes_again(ctx, client, lead, now.at);
            format!("The lead is {status}. {}{by_hand}{again}", gate::summary(now))
        }
    }
}

/// Whether an operator's call opens a lead again: it was closed by the course of things, not by
/// what the person said.
pub fn may_reopen(status: LeadStatus) -> bool {
    matches!(status, LeadStatus::Review | LeadStatus::Exhausted | LeadStatus::Expired)
}

/// A lead that is to be called by hand, opened again where that may be. In memory only.
pub fn reopened(lead: &Lead, now: Millis) -> Lead {
    let mut lead = lead.clone();
    if may_reopen(lead.status) {
        if lead.status != LeadStatus::Review {
            lead.episode += 1;
            lead.episode_at = now;
            (lead.attempts, lead.last_attempt_at) = (0, None);
        }
        lead.status = LeadStatus::Queued;
    }
    lead
}

/// From when on a person contacted lately may come as a new enquiry; empty where nothing bars it.
fn comes_again(ctx: &Ctx, client: &Client, lead: &Lead, now: Millis) -> String {
    let rules = &ctx.house.rules(client).policy.duplicates;
    match (lead.last_contact_at, duplicates::window(now, lead.last_contact_at, rules)) {
        (Some(at), Window::Skip { until }) => {
            let recent = duplicates::too_recent(now, at, rules);
            format!(" The person was {recent}: another enquiry counts from {} on.", until.iso())
        }
        _ => String::new(),
    }
}
