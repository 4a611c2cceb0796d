//! A provider's account as seen from a client: what its answers teach the breaker.

use crate::breaker::BreakerState;
use crate::placement::VAPI;
use crate::records::ErrorReport;
use crate::unit::{Decided, Unit};
use frontdesk_shared::ClientId;
use frontdesk_shared::fault::Severity;

/// Lets a client's breaker learn how the provider behaved. Most answers leave it as it was, and
/// then nothing is written: clients do not wait for each other.
pub(crate) fn learned(unit: &mut Unit<'_>, client: ClientId, ok: bool) -> Decided<()> {
    let before = unit.breaker(client)?;
    let mut breaker = before.clone();
    // It also says so when it closes, which is nobody's fault.
    let turned = breaker.record(&unit.house.breaker, unit.now, ok);
    if turned && matches!(breaker.state, BreakerState::Open { .. }) {
        unit.report(ErrorReport {
            kind: "provider.breaker".into(),
            service: VAPI.into(),
            client,
            severity: Severity::Critical,
            message: breaker.sentence(unit.now),
            subject: ("client", client.to_string()),
        });
    }
    if breaker != before {
        unit.changes.breakers.insert(client, breaker);
    }
    Ok(())
}
