//! Planning: may this lead be called, when, and what is written down about the answer.

use crate::client::Client;
use crate::duplicates::{self, Window};
use crate::gate::{self, Consent, Contact, GateInput, PhoneInput, Slots, Spend, Suppression};
use crate::installation::Installation;
use crate::job::{NewJob, PlaceCall};
use crate::lead::Lead;
use crate::phone::{self, PhoneError};
use crate::policy::Policy;
use crate::screening::{self, Screening};
use crate::unit::{Decided, Outside, Unit};
use crate::verdict::Verdict;
use crate::window::Schedule;
use crate::zones::{self, Zone};
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::event::{Payload, kind};
use frontdesk_shared::explain::{Answer, Finding, GateReport};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::DAY;
use frontdesk_shared::{JobId, Millis, VerdictId};

/// What permits or forbids to contact a lead, beside the lead itself.
#[derive(Debug, Default)]
pub struct Standing {
    /// Why dialing is paused for everyone, if it is.
    pub paused: Option<String>,
    /// The person's consents, revoked ones too.
    pub consents: Vec<Consent>,
    /// Suppressions that bind this client.
    pub suppressions: Vec<Suppression>,
    /// Contacts, newest first.
    pub contacts: Vec<Contact>,
    /// When the person last wrote.
    pub last_reply_at: Option<Millis>,
    /// What do-not-call lists say of the number; read only where they decide.
    pub screenings: Vec<Screening>,
}

impl Standing {
    /// As a unit of work knows it.
    pub fn of(unit: &Unit<'_>, client: &Client, lead: &Lead) -> Decided<Self> {
        let mut binding = Vec::new();
        for address in lead.addresses() {
            binding
                .extend(unit.suppressions(&address)?.into_iter().filter(|s| s.binds(lead.client)).cloned());
        }
        let contacts = unit.contacts(lead.id)?;
        let contact = |c: &crate::records::Contact| Contact {
            channel: c.channel,
            at: c.at,
            same_episode: c.episode == lead.episode,
        };
        Ok(Self {
            paused: unit.paused()?.map(str::to_owned),
            consents: unit.consents(lead.id)?,
            suppressions: binding.iter().map(crate::records::Suppression::for_gate).collect(),
            contacts: contacts.into_iter().map(contact).collect(),
            last_reply_at: unit.last_reply(lead.id)?,
            screenings: match (screening_of(&unit.house.rules(client).policy, lead), &lead.phone) {
                (true, Some(number)) => unit.screenings(number)?.to_vec(),
                _ => Vec::new(),
            },
        })
    }
}

/// Whether do-not-call lists decide about a lead.
pub fn screening_of(policy: &Policy, lead: &Lead) -> bool {
    !lead.region.is_empty() && screening::decides(policy, &lead.region)
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

/// A way of reaching somebody, and what for.
#[derive(Clone, Copy, Debug)]
pub struct Approach {
    /// How.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// When the person did what this answers, if it answers anything.
    pub answers: Option<Millis>,
}

impl Approach {
    /// A call of an AI voice that sells.
    pub const CALL: Self = Self { channel: Channel::AiVoice, purpose: Purpose::Marketing, answers: None };
}

/// Asks the gate about a call to `lead` at `at`.
pub fn judge(
    house: &Installation,
    client: &Client,
    policy: &Policy,
    lead: &Lead,
    facts: &Standing,
    at: Millis,
    stage: Stage,
) -> GateReport {
    judge_approach(house, client, policy, lead, facts, at, (stage, Approach::CALL))
}

/// Asks the gate about reaching `lead` at `at`.
pub fn judge_approach(
    house: &Installation,
    client: &Client,
    policy: &Policy,
    lead: &Lead,
    facts: &Standing,
    at: Millis,
    (stage, approach): (Stage, Approach),
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
    house.ask(&GateInput {
        now: at,
        stage: word,
        channel: approach.channel,
        purpose: approach.purpose,
        answers: approach.answers,
        house_paused: facts.paused.as_deref().filter(|_| !planning),
        client: if planning && client.status == ClientStatus::Paused {
            ClientStatus::Active
        } else {
            client.status
        },
        client_reason: client.paused_reason.as_deref().unwrap_or_default(),
        lead: lead.status,
        doubt: Some(lead.hold_reason.as_str()).filter(|_| lead.is_in_doubt()),
        asked_for: lead.next_at.filter(|_| lead.status == LeadStatus::Callback),
        created_at: lead.episode_at,
        last_reply_at: facts.last_reply_at,
        phone: PhoneInput::from(&number),
        declared_zone: lead.zone.as_deref(),
        declared_state: lead.state.as_deref(),
        declared_postcode: lead.postcode.as_deref(),
        suppressions: &facts.suppressions,
        consents: &facts.consents,
        screenings: &facts.screenings,
        contacts: &facts.contacts,
        attempts: u32::try_from(lead.attempts).unwrap_or(u32::MAX),
        last_attempt_at: lead.last_attempt_at,
        spend: Spend::default(),
        slots: slots.map(|(in_use, limit)| Slots { in_use: clip(in_use), limit: clip(limit) }),
        policy,
    })
}

/// Zones and hours in which a person may be texted about what they agreed to; `None` where no
/// zone is known, so that nothing is guessed.
pub fn transactional_hours(policy: &Policy, lead: &Lead) -> Option<(Vec<Zone>, Schedule)> {
    let phone = phone::normalise(lead.phone.as_deref()?, None).ok()?;
    let (key, profile) = policy.profile(phone.region())?;
    let declared = lead.state.as_deref().filter(|_| key == "US");
    let states: Vec<&str> =
        zones::us_state(&phone).into_iter().chain(declared.and_then(zones::us_state_code)).collect();
    let zones = zones::candidates(&phone, lead.zone.as_deref(), declared).zones;
    (!zones.is_empty()).then(|| (zones, policy.transactional_schedule(profile, &states)))
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

/// What was decided about a lead.
#[derive(Debug)]
pub struct Plan {
    /// What the gate said.
    pub verdict: Verdict,
    /// The call to come, unless the lead is held.
    pub job: Option<NewJob<'static>>,
}

/// Decides about the next call of a lead: planned, or held with a reason. Changes `lead` in
/// memory.
pub fn plan(
    house: &Installation,
    outside: &dyn Outside,
    now: Millis,
    (client, lead): (&Client, &mut Lead),
    facts: &Standing,
    wish: &Wish<'_>,
) -> Plan {
    let rules = house.rules(client);
    let at = wish.not_before.max(now);
    lead.waits(wish.waiting_as, at);
    let mut report = judge(house, client, &rules.policy, lead, facts, at, Stage::Plan);
    report.at = now;
    let run_at = match report.answer {
        Answer::Allowed => Some(at),
        Answer::NotYet => report.next_at.map(|next| next.max(at)),
        Answer::Never => None,
    };
    let expiry_ms = i64::from(rules.policy.lead_expiry_days) * DAY;
    let job = run_at.map(|at| call_job(JobId(outside.id()), lead, wish, at, expiry_ms));
    match run_at {
        Some(run_at) => lead.waits(wish.waiting_as, run_at),
        None if outside.planted("silent-hold") => lead.holds(&report.rule, ""),
        None => lead.holds(&report.rule, &report.reason),
    }
    let verdict = Verdict { id: VerdictId(outside.id()), client: lead.client, lead: lead.id, report };
    Plan { verdict, job }
}

/// Plans the next call of a lead within a unit of work; what the gate said. The lead is the
/// caller's to put back.
pub fn plan_call(
    unit: &mut Unit<'_>,
    client: &Client,
    lead: &mut Lead,
    wish: &Wish<'_>,
) -> Decided<GateReport> {
    let standing = Standing::of(unit, client, lead)?;
    let plan = plan(unit.house, unit.outside(), unit.now, (client, lead), &standing, wish);
    let report = plan.verdict.report.clone();
    unit.changes.verdicts.push(plan.verdict);
    if let Some(job) = plan.job {
        unit.enqueue(job);
    }
    Ok(report)
}

fn call_job(id: JobId, lead: &Lead, wish: &Wish<'_>, run_at: Millis, expiry_ms: i64) -> NewJob<'static> {
    let next = lead.attempts + 1;
    let about = if lead.name.is_empty() { format!("lead {}", lead.id.short()) } else { lead.name.clone() };
    let arguments = PlaceCall {
        provider: crate::placement::VAPI.to_owned(),
        episode: lead.episode,
        attempt: next,
        actor: wish.actor.to_owned(),
    };
    NewJob {
        lead: Some(lead.id),
        dedupe: Some(format!("call:{}:{}:{next}{}", lead.id, lead.episode, wish.mark)),
        priority: wish.priority,
        // Whether the lead is too old by then is the gate's to say: a call that was planned for
        // its last day, or promised for later, may still wait its turn.
        useful_until: Some((run_at + DAY).max(lead.episode_at + expiry_ms)),
        ..NewJob::of(id, &arguments, lead.client, about, run_at)
    }
}

/// Writes a lead back and says that it moved.
pub fn move_lead(unit: &mut Unit<'_>, lead: Lead, actor: &str, text: &str) {
    unit.emit(
        kind::LEAD_STATUS_CHANGED,
        lead.client,
        Some(lead.id),
        ("lead", lead.id.to_string()),
        actor,
        text,
        moved(&lead),
    );
    unit.put_lead(lead);
}

/// The facts of a lead's move.
pub fn moved(lead: &Lead) -> Payload {
    Payload::Lead { status: lead.status, hold: lead.hold_rule.clone(), next_at: lead.next_at }
}

/// In one sentence: what will happen to a lead next, or why nothing will. `uncertain` says that a
/// call to them is of unknown fate.
pub fn summary(
    house: &Installation,
    client: &Client,
    lead: &Lead,
    now: &GateReport,
    uncertain: bool,
) -> String {
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
        LeadStatus::OptedOut => {
            // A pause ends; this does not.
            let no = now.lines.iter().find(|l| l.rule == gate::SUPPRESSION && l.finding == Finding::Block);
            let why = no.map_or_else(|| gate::summary(now), |line| format!("Not contacted: {}.", line.detail));
            format!("The lead is opted-out. {why}")
        }
        status => {
            let by_hand = if may_reopen(status) { " Calling by hand opens it again." } else { "" };
            if lead.is_in_doubt() {
                let reason = &lead.hold_reason;
                return format!(
                    "The lead is {status}, and a person has to decide whether it was a refusal: {reason}; \
                     the words are with its calls and texts.{by_hand}"
                );
            }
            if lead.is_undone() {
                return format!("The lead is closed: {}. Nobody is called by that file.", lead.hold_reason);
            }
            let again = comes_again(house, client, lead, now.at);
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
        lead.waits(LeadStatus::Queued, now);
    }
    lead
}

/// From when on a person contacted lately may come as a new enquiry; empty where nothing bars it.
fn comes_again(house: &Installation, client: &Client, lead: &Lead, now: Millis) -> String {
    let rules = &house.rules(client).policy.duplicates;
    match (lead.last_contact_at, duplicates::window(now, lead.last_contact_at, rules)) {
        (Some(at), Window::Skip { until }) => {
            let recent = duplicates::too_recent(now, at, rules);
            format!(" The person was {recent}: another enquiry counts from {} on.", until.iso())
        }
        _ => String::new(),
    }
}
