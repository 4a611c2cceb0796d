//! What rows of a file refuse: recorded at the number, for people who are leads and people who are
//! not, and never overridden by another row, file or statement.
//!
//! Lives here: opt-outs and consents taken back by an import. Must not live here: what a cell means
//! (`frontdesk_domain::intake`); taking leads in (the parent).

use super::super::planning::{self, Wish};
use super::super::{Ctx, optout};
use super::{Against, Batch, Judged, identity, statement};
use frontdesk_domain::attempts::PRIORITY_BULK_LEAD;
use frontdesk_domain::intake::{ConsentDraft, LeadDraft};
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::explain::Answer;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{LeadId, Millis, RowId};
use frontdesk_store::clients::Client;
use frontdesk_store::imports::Import;
use frontdesk_store::leads::{self, Consent, Lead, NewConsent};
use frontdesk_store::{Result, Tx, jobs};
use std::collections::{HashMap, HashSet};

/// How an opt-out that a file states is named where it is explained.
const REASON: &str = "marked in a file as not to be called";

/// Records every refusal of a batch, and tells which of its addresses, and of `known`, are
/// suppressed. A dry run records nothing and judges as if it had.
///
/// # Errors
/// As the statements fail.
pub(super) fn record(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    import: &Import,
    batch: &Batch,
    known: &[&str],
) -> Result<HashSet<String>> {
    let mut suppressed = leads::suppressed(tx, client.id, known)?;
    let refusing: Vec<&LeadDraft> = drafts(batch).filter(|d| !d.refusals.is_empty()).collect();
    if refusing.is_empty() {
        return Ok(suppressed);
    }
    let addresses: Vec<&str> = refusing
        .iter()
        .flat_map(|d| d.refusals.iter().flat_map(|r| r.numbers.iter().map(String::as_str)))
        .collect();
    suppressed.extend(leads::suppressed(tx, client.id, &addresses)?);
    let mut fresh: Vec<(&str, String)> = Vec::new();
    for draft in refusing {
        for refusal in &draft.refusals {
            let evidence = format!("{}; row {} of “{}”", refusal.why, draft.row, import.spec.label);
            for address in &refusal.numbers {
                if suppressed.insert(address.clone()) {
                    fresh.push((address, evidence.clone()));
                }
            }
        }
    }
    if !import.spec.dry_run {
        let fresh: Vec<_> =
            fresh.iter().map(|(address, evidence)| (*address, source(evidence, import))).collect();
        optout::record_all(tx, ctx, &fresh, client.id)?;
    }
    Ok(suppressed)
}

fn source<'a>(evidence: &'a str, import: &'a Import) -> optout::Source<'a> {
    optout::Source { reason: REASON, evidence, actor: &import.actor }
}

fn drafts(batch: &Batch) -> impl Iterator<Item = &LeadDraft> {
    batch.rows.iter().filter_map(|row| match row {
        Judged::Draft(draft, _) => Some(draft.as_ref()),
        Judged::Repeated { .. } | Judged::Refused(_) => None,
    })
}

/// The consents refused in a batch, by identity: whatever row says no, no row says yes.
pub(super) fn of_consent(batch: &Batch) -> HashMap<String, Against> {
    let mut out: HashMap<String, Against> = HashMap::new();
    for row in &batch.rows {
        let Judged::Draft(draft, number) = row else { continue };
        if draft.refused.is_empty() {
            continue;
        }
        let (channels, against) = out.entry(identity(draft, number.as_ref().ok())).or_default();
        for channel in &draft.refused {
            if !channels.contains(channel) {
                channels.push(*channel);
            }
        }
        if against.is_empty() {
            against.clone_from(&draft.against);
        }
    }
    out
}

/// A consent without the channels that are refused; `None` where nothing is left.
pub(super) fn without(given: Option<&ConsentDraft>, refused: &[Channel]) -> Option<ConsentDraft> {
    let mut given = given?.clone();
    given.channels.retain(|c| !refused.contains(c));
    (!given.channels.is_empty()).then_some(given)
}

/// A refusal as a consent that was taken back, which is how the gate and the record know it.
pub(super) fn as_consent(ctx: &Ctx, import: &Import, refused: &[Channel], against: &str) -> Consent {
    taken(ctx, refused, against, &import.spec.label, &import.actor)
}

pub(super) fn taken(ctx: &Ctx, refused: &[Channel], against: &str, label: &str, by: &str) -> Consent {
    let now = ctx.now();
    Consent {
        id: RowId(ctx.env.id()),
        channels: refused.to_vec(),
        purpose: Purpose::Marketing,
        wording: against.to_owned(),
        evidence: format!("refused in “{label}”"),
        given_at: now,
        recorded_by: by.to_owned(),
        revoked_at: Some(now),
    }
}

/// Writes refusals of new leads. Consents of the same leads must come after.
///
/// # Errors
/// As the statements fail.
pub(super) fn take_back(tx: &mut Tx<'_>, client: &Client, refused: &[NewConsent], now: Millis) -> Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    leads::insert_consents(tx, client.id, refused, now)?;
    for new in refused {
        leads::revoke_consents(tx, new.lead, &new.consent.wording, now)?;
    }
    Ok(())
}

/// Channels a lead's consent was taken back for.
///
/// # Errors
/// As the statement fails.
pub(super) fn taken_back(tx: &mut Tx<'_>, lead: LeadId) -> Result<Vec<Channel>> {
    let consents = leads::consents(tx, lead)?;
    let revoked = consents.into_iter().filter(|c| c.revoked_at.is_some());
    Ok(revoked.flat_map(|c| c.channels).collect())
}

/// Takes consent back from a known lead and takes its planned call back with it. Whether the lead
/// is not to be called any more.
///
/// # Errors
/// As the statements fail.
pub(super) fn of_known(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    import: &Import,
    lead: &mut Lead,
    refused: &[Channel],
    against: &str,
) -> Result<bool> {
    let calls = refused.contains(&Channel::AiVoice);
    if import.spec.dry_run {
        if calls && lead.status.is_open() {
            lead.status = LeadStatus::Held;
            lead.hold_reason = against.to_owned();
        }
        return Ok(calls);
    }
    let now = ctx.now();
    let consents = leads::consents(tx, lead.id)?;
    let names = |c: &Consent| c.channels.iter().any(|c| refused.contains(c));
    let known =
        refused.iter().all(|r| consents.iter().any(|c| c.revoked_at.is_some() && c.channels.contains(r)));
    let live = consents.iter().any(|c| c.revoked_at.is_none() && names(c));
    // A refusal of texts alone leaves a consent to calls as it is.
    if live || calls && !known {
        let consent = as_consent(ctx, import, refused, against);
        let statement = statement(tx, ctx, &consent.wording, &mut HashMap::new())?;
        take_back(tx, client, &[NewConsent { lead: lead.id, consent, statement }], now)?;
    }
    if !calls {
        return Ok(false);
    }
    jobs::cancel_of_lead(tx, lead.id, "consent was taken back", now)?;
    if !matches!(lead.status, LeadStatus::Queued | LeadStatus::Held | LeadStatus::Callback) {
        return Ok(true);
    }
    let was = lead.status;
    let wish = Wish {
        not_before: now,
        priority: PRIORITY_BULK_LEAD,
        actor: &import.actor,
        mark: &format!(":{}", import.id),
        waiting_as: LeadStatus::Queued,
    };
    let facts = planning::standing(tx, lead)?;
    let plan = planning::plan(ctx, client, lead, &facts, &wish);
    if plan.verdict.report.answer != Answer::Never {
        // No consent is needed here, but somebody said no: that is an opt-out.
        let evidence = format!("{against}; “{}”", import.spec.label);
        optout::record(tx, ctx, &lead.identity, client.id, source(&evidence, import))?;
        lead.status = LeadStatus::OptedOut;
        return Ok(true);
    }
    planning::write(tx, vec![plan], now)?;
    lead.updated_at = now;
    leads::update(tx, lead)?;
    if was != LeadStatus::Held {
        planning::tell_status(tx, ctx, lead, &import.actor, "consent was taken back by an import")?;
    }
    Ok(true)
}
