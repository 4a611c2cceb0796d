//! Planning for flows that go row by row: imports and operators' acts.
//!
//! What is planned and why is decided in `frontdesk_domain::planning`.

use super::Ctx;
use frontdesk_domain::gate::{Consent, Contact};
use frontdesk_domain::planning;
use frontdesk_domain::policy::Policy;
use frontdesk_domain::screening::{Screening, decides};
use frontdesk_shared::Millis;
use frontdesk_shared::event::kind;
use frontdesk_shared::explain::GateReport;
use frontdesk_store::clients::Client;
use frontdesk_store::jobs;
use frontdesk_store::leads::{self, Lead};
use frontdesk_store::{Result, Tx, messages, meta, screening, verdicts};
use std::collections::HashMap;

pub use frontdesk_domain::job::PLACE_CALL;
pub use frontdesk_domain::planning::{Plan, Stage, Standing as Facts, Wish, may_reopen, reopened};

/// Reads what permits or forbids to contact a lead.
///
/// # Errors
/// As the statements fail.
pub fn standing(tx: &mut Tx<'_>, lead: &Lead) -> Result<Facts> {
    let consents = leads::consents_of(tx, &[lead.id])?;
    let addresses = lead.addresses();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let suppressions = leads::suppressions_of(tx, &addresses)?;
    let last_reply_at = messages::last_replies(tx, &[lead.id])?.first().map(|(_, at)| *at);
    let contacts = leads::contacts_of(tx, &[lead.id])?;
    Ok(Facts {
        paused: meta::get(tx, meta::DIALING_PAUSED)?,
        consents: consents.into_iter().map(|(_, consent)| consent).collect(),
        suppressions: suppressions
            .iter()
            .filter(|s| s.binds(lead.client))
            .map(frontdesk_domain::records::Suppression::for_gate)
            .collect(),
        contacts: contacts
            .into_iter()
            .map(|c| Contact { channel: c.channel, at: c.at, same_episode: c.episode == lead.episode })
            .collect(),
        last_reply_at,
        screenings: match &lead.phone {
            Some(number) => screening::of_numbers(tx, &[number])?.into_iter().map(|(_, word)| word).collect(),
            None => Vec::new(),
        },
    })
}

/// What do-not-call lists say of numbers; nothing where they decide nothing for the client.
///
/// # Errors
/// As the statements fail.
pub fn screenings(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    numbers: &[&str],
) -> Result<HashMap<String, Vec<Screening>>> {
    let mut of: HashMap<String, Vec<Screening>> = HashMap::new();
    let rules = ctx.house.rules(client);
    if rules.policy.profiles.keys().any(|country| decides(&rules.policy, country)) {
        for (number, word) in screening::of_numbers(tx, numbers)? {
            of.entry(number).or_default().push(word);
        }
    }
    Ok(of)
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
    planning::judge(&ctx.house, client, policy, lead, facts, at, stage)
}

/// Writes plans with few statements.
///
/// # Errors
/// As the statements fail.
pub fn write(tx: &mut Tx<'_>, plans: Vec<Plan>, now: Millis) -> Result<()> {
    let (verdicts, jobs): (Vec<_>, Vec<_>) = plans.into_iter().map(|p| (p.verdict, p.job)).unzip();
    verdicts::insert(tx, &verdicts)?;
    let jobs: Vec<_> = jobs.into_iter().flatten().collect();
    jobs::enqueue_all(tx, &jobs, now)?;
    Ok(())
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
    write(tx, vec![plan], ctx.now())?;
    Ok(report)
}

/// Decides about the next call of a lead and writes nothing.
pub fn plan(ctx: &Ctx, client: &Client, lead: &mut Lead, facts: &Facts, wish: &Wish<'_>) -> Plan {
    planning::plan(&ctx.house, ctx, ctx.now(), (client, lead), facts, wish)
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
        planning::moved(lead),
    )
}

/// In one sentence: what will happen to a lead next, or why nothing will.
pub fn summary(ctx: &Ctx, client: &Client, lead: &Lead, now: &GateReport, uncertain: bool) -> String {
    planning::summary(&ctx.house, client, lead, now, uncertain)
}
