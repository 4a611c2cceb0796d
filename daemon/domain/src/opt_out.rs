//! An opt-out: committed before it is confirmed, wins over everything, never overwritten.

use crate::client::HOUSE;
use crate::job::{LANE_CALL, LANE_WORK};
use crate::records::{ErrorReport, Suppression};
use crate::unit::{Decided, Planned, Unit};
use frontdesk_shared::event::{Payload, kind};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{ClientId, RowId};
use std::collections::BTreeSet;

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
    let known = leads.iter().flat_map(crate::lead::Lead::addresses).filter(|known| known != address);
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
