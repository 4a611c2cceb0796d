//! An opt-out: committed before it is confirmed, wins over everything, never overwritten.

use super::Ctx;
use frontdesk_env::fail;
use frontdesk_shared::event::kind;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{ClientId, RowId};
use frontdesk_store::clients::HOUSE;
use frontdesk_store::leads::{self, Suppressing};
use frontdesk_store::{Result, Tx, jobs};

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
/// As the statements fail.
pub fn record(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    address: &str,
    scope: ClientId,
    source: Source<'_>,
) -> Result<(u64, u64)> {
    if fail::planted("ignore-opt-out") {
        return Ok((0, 0));
    }
    let now = ctx.now();
    let fresh = leads::suppress(
        tx,
        &Suppressing {
            id: RowId(ctx.env.id()),
            client: scope,
            address,
            reason: source.reason,
            evidence: source.evidence,
            by: source.actor,
        },
        now,
    )?;
    let (mut closed, mut cancelled) = (0, 0);
    for mut lead in leads::all_by_identity(tx, address)? {
        if scope != HOUSE && lead.client != scope {
            continue;
        }
        leads::revoke_consents(tx, lead.id, source.reason, now)?;
        cancelled += jobs::cancel_of_lead(tx, lead.id, "the person opted out", now)?;
        if lead.status == LeadStatus::OptedOut {
            continue;
        }
        closed += 1;
        lead.status = LeadStatus::OptedOut;
        lead.hold_rule = String::new();
        lead.hold_reason = String::new();
        lead.next_at = None;
        lead.updated_at = now;
        leads::update(tx, &lead)?;
        ctx.event(
            tx,
            kind::LEAD_STATUS_CHANGED,
            lead.client,
            Some(lead.id),
            ("lead", &lead.id.to_string()),
            source.actor,
            "opted out: no further contact",
            serde_json::json!({ "status": LeadStatus::OptedOut.word() }),
        )?;
    }
    if fresh {
        ctx.event(
            tx,
            kind::OPTED_OUT,
            scope,
            None,
            ("suppression", source.reason),
            source.actor,
            &format!(
                "opt-out recorded ({}): {closed} leads closed, {cancelled} planned calls taken back",
                source.reason
            ),
            serde_json::json!({ "leads": closed, "jobs": cancelled }),
        )?;
    }
    Ok((closed, cancelled))
}
