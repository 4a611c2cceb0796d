//! An opt-out: committed before it is confirmed, wins over everything, never overwritten; and how a
//! mistaken one is withdrawn.

use crate::client::HOUSE;
use crate::job::{LANE_CALL, LANE_WORK};
use crate::lead::Lead;
use crate::records::{ErrorReport, Lifted, Suppression};
use crate::unit::{Decided, Planned, Unit};
use frontdesk_shared::event::{Payload, kind};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{ClientId, LeadId, Millis, RowId};
use std::collections::{BTreeMap, BTreeSet};

/// Where an opt-out came from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// `user_request`, `compliance`, ….
    pub reason: &'a str,
    /// What proves it: the words, the tool call, the operator.
    pub evidence: &'a str,
    /// Who recorded it.
    pub actor: &'a str,
}

/// Suppresses an address for one client (or for all, with [`HOUSE`]), closes its leads and
/// takes back whatever was planned for them. How many leads and planned jobs it closed.
///
/// # Errors
/// A missing fact.
pub fn record(
    unit: &mut Unit<'_>,
    address: &str,
    scope: ClientId,
    source: Source<'_>,
) -> Decided<(u64, u64)> {
    if unit.planted("ignore-opt-out") {
        return Ok((0, 0));
    }
    let leads: Vec<_> =
        unit.leads_of(address)?.into_iter().filter(|lead| scope == HOUSE || lead.client == scope).collect();
    // A refusal is the person's: every address known of them is left alone.
    let known = leads.iter().flat_map(Lead::addresses).filter(|known| known != address);
    let addresses: BTreeSet<String> = known.collect();
    let fresh = suppress(unit, address, scope, source)?;
    for known in &addresses {
        suppress(unit, known, scope, source)?;
    }
    let (mut closed, mut cancelled) = (0, 0);
    for mut lead in leads {
        unit.revoke_consents(lead.id, source.reason);
        for booking in unit.upcoming(lead.id)?.iter().filter(|_| lead.status != LeadStatus::OptedOut) {
            // They will not be reminded: the business has to know.
            unit.report(ErrorReport {
                kind: "appointment.nobody-reminded".into(),
                service: "reminders".into(),
                client: lead.client,
                severity: Severity::Warning,
                message: "a person with an appointment opted out: nothing reminds them of it".into(),
                subject: ("appointment", booking.id.to_string()),
            });
        }
        let calls_only = unit.planted("write-after-opt-out");
        let planned = |job: Planned<'_>| job.lane == LANE_CALL || !(job.lane == LANE_WORK || calls_only);
        cancelled += unit.take_back(lead.id, planned, "the person opted out")?;
        if lead.status == LeadStatus::OptedOut {
            continue;
        }
        closed += 1;
        lead.rests(LeadStatus::OptedOut);
        crate::planning::move_lead(unit, lead, source.actor, "opted out: no further contact");
    }
    if fresh {
        let text = format!(
            "opt-out recorded ({}): {closed} leads closed, {cancelled} planned contacts taken back",
            source.reason
        );
        let subject = ("suppression", source.reason.to_owned());
        let data = Payload::OptOut { leads: closed, jobs: cancelled };
        unit.emit(kind::OPTED_OUT, scope, None, subject, source.actor, &text, data);
    }
    Ok((closed, cancelled))
}

/// Suppresses one address on every channel; whether it was not before. An active entry keeps its
/// first date and evidence: it is the proof of when we knew.
fn suppress(unit: &mut Unit<'_>, address: &str, scope: ClientId, source: Source<'_>) -> Decided<bool> {
    if unit.suppressions(address)?.iter().any(|s| s.client == scope && s.channel.is_none()) {
        return Ok(false);
    }
    let suppression = Suppression {
        id: RowId(unit.id()),
        client: scope,
        address: address.to_owned(),
        channel: None,
        reason: source.reason.to_owned(),
        evidence: source.evidence.to_owned(),
        since: unit.now,
        by: source.actor.to_owned(),
    };
    unit.changes.suppressions.push(suppression);
    Ok(true)
}

/// One refusal: what was recorded at once, on every address and channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Since when.
    pub since: Millis,
    /// Towards whom; the installation's holds for every client.
    pub client: ClientId,
    /// Why.
    pub reason: String,
    /// What proved it.
    pub evidence: String,
    /// Who recorded it.
    pub by: String,
    /// What it stops.
    pub entries: Vec<Suppression>,
}

/// The refusals that entries are of, newest first.
pub fn refusals(entries: Vec<Suppression>) -> Vec<Refusal> {
    let mut found: BTreeMap<_, Refusal> = BTreeMap::new();
    for s in entries {
        let key = (s.since, s.client, s.reason.clone(), s.evidence.clone(), s.by.clone());
        let of = found.entry(key).or_insert_with(|| Refusal {
            since: s.since,
            client: s.client,
            reason: s.reason.clone(),
            evidence: s.evidence.clone(),
            by: s.by.clone(),
            entries: Vec::new(),
        });
        of.entries.push(s);
    }
    found.into_values().rev().collect()
}

/// Withdraws a refusal that was none; by whom and what shows it. The record stays, ended. Consents
/// that it took back count again, and its leads are for a person to look at, unless another refusal
/// of theirs stands. How many leads those are.
///
/// # Errors
/// A missing fact.
pub fn withdraw(unit: &mut Unit<'_>, refusal: &Refusal, by: &str, why: &str) -> Decided<u64> {
    let mut leads: BTreeMap<LeadId, Lead> = BTreeMap::new();
    for entry in &refusal.entries {
        for lead in unit.leads_of(&entry.address)? {
            if refusal.client == HOUSE || refusal.client == lead.client {
                leads.insert(lead.id, lead);
            }
        }
        unit.changes.lifted.push(Lifted {
            client: entry.client,
            address: entry.address.clone(),
            channel: entry.channel,
            by: by.to_owned(),
            why: why.to_owned(),
        });
    }
    let mut free = 0;
    for lead in leads.into_values().filter(|lead| lead.status == LeadStatus::OptedOut) {
        if still_refused(unit, &lead, refusal)? {
            continue;
        }
        free += 1;
        unit.changes.restored.insert(lead.id, refusal.since);
        let text = "the opt-out was a mistake and is withdrawn: look at it";
        free_again(unit, lead, (by, text))?;
    }
    let text =
        format!("an opt-out ({}) is withdrawn as a mistake: {free} leads may be contacted", refusal.reason);
    let subject = ("suppression", refusal.reason.clone());
    let data = Payload::OptOut { leads: free, jobs: 0 };
    unit.emit(kind::OPT_OUT_WITHDRAWN, refusal.client, None, subject, by, &text, data);
    Ok(free)
}

/// A refusal of a lead ended. Who has an appointment is booked and reminded of it again; otherwise a
/// person decides what comes next.
///
/// # Errors
/// A missing fact.
pub(crate) fn free_again(unit: &mut Unit<'_>, mut lead: Lead, (by, text): (&str, &str)) -> Decided<()> {
    let booked = !unit.upcoming(lead.id)?.is_empty();
    lead.may_be_contacted_again(booked);
    crate::planning::move_lead(unit, lead.clone(), by, text);
    match unit.client(lead.client)? {
        Some(client) if booked => crate::appointment::remind_again(unit, &client, &lead),
        _ => Ok(()),
    }
}

/// Whether anything else forbids all contact with a lead.
fn still_refused(unit: &Unit<'_>, lead: &Lead, but: &Refusal) -> Decided<bool> {
    for address in lead.addresses() {
        let stands = |s: &&Suppression| {
            s.binds(lead.client) && s.channel.is_none() && !but.entries.iter().any(|entry| entry.id == s.id)
        };
        if unit.suppressions(&address)?.iter().any(stands) {
            return Ok(true);
        }
    }
    Ok(false)
}
