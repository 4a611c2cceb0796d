//! The breaker of a client's account, as the store keeps it.
//!
//! Most requests leave it as it was, and then its row is neither locked nor written: whoever
//! places calls for one client does not wait for the others who do.

use super::Ctx;
use super::ctx::VAPI;
use frontdesk_domain::breaker::{Breaker, BreakerState};
use frontdesk_shared::ClientId;
use frontdesk_shared::fault::Severity;
use frontdesk_store::faults::NewFault;
use frontdesk_store::{Result, Tx, house};

/// The breaker of a client.
pub(super) fn of(tx: &mut Tx<'_>, client: ClientId) -> Result<Breaker> {
    let text = house::breaker(tx, VAPI, client)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Writes it back, in the transaction that read it.
pub(super) fn keep(tx: &mut Tx<'_>, client: ClientId, breaker: &Breaker) -> Result<()> {
    house::set_breaker(tx, VAPI, client, &serde_json::to_string(breaker).unwrap_or_default())
}

/// Lets it learn how the provider behaved.
pub(super) fn heard(tx: &mut Tx<'_>, ctx: &Ctx, client: ClientId, ok: bool) -> Result<()> {
    let now = ctx.now();
    let before = of(tx, client)?;
    let mut breaker = before.clone();
    // It also says so when it closes, which is nobody's fault.
    let turned = breaker.record(&ctx.house.breaker, now, ok);
    let opened = turned && matches!(breaker.state, BreakerState::Open { .. });
    if breaker != before {
        keep(tx, client, &breaker)?;
    }
    if opened {
        ctx.fault(
            tx,
            &NewFault {
                kind: "provider.breaker",
                service: VAPI,
                client,
                severity: Severity::Critical,
                message: &breaker.sentence(now),
                subject: ("client", client.to_string()),
            },
        )?;
    }
    Ok(())
}
