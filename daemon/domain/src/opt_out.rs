//! An opt-out: committed before it is confirmed, wins over everything, never overwritten.

use crate::client::HOUSE;
use crate::placement;
use crate::records::Suppression;
use crate::unit::{Decided, Unit};
use frontdesk_shared::event::{Payload, kind};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{ClientId, RowId};

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
    // An active entry keeps its first date and evidence: it is the proof of when we knew.
    let fresh = !unit.suppressions(address)?.iter().any(|s| s.client == scope && s.channel.is_none());
    if fresh {
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
    }
    let (mut closed, mut cancelled) = (0, 0);
    for mut lead in unit.leads_of(address)? {
        if scope != HOUSE && lead.client != scope {
            continue;
        }
        unit.revoke_consents(lead.id, source.reason);
        cancelled += placement::take_back_calls(unit, &lead, "the person opted out")?;
        if lead.status == LeadStatus::OptedOut {
            continue;
        }
        closed += 1;
        lead.rests(LeadStatus::OptedOut);
        crate::planning::move_lead(unit, lead, source.actor, "opted out: no further contact");
    }
    if fresh {
        let text = format!(
            "opt-out recorded ({}): {closed} leads closed, {cancelled} planned calls taken back",
            source.reason
        );
        let subject = ("suppression", source.reason.to_owned());
        let data = Payload::OptOut { leads: closed, jobs: cancelled };
        unit.emit(kind::OPTED_OUT, scope, None, subject, source.actor, &text, data);
    }
    Ok((closed, cancelled))
}
