//! Opt-outs that come by hand or by API: by themselves in a transaction.

use super::{Ctx, unit};
use frontdesk_domain::opt_out;
use frontdesk_domain::unit::{Facts, Need};
use frontdesk_shared::ClientId;
use frontdesk_store::{Result, Tx};

pub use frontdesk_domain::opt_out::Source;

/// Suppresses an address for one client or for all, closes its leads and takes back whatever was
/// planned for them. How many leads and planned jobs it closed.
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
    let foresee = |facts: &Facts| {
        let leads = facts.leads_of.get(address).into_iter().flatten();
        leads
            .map(|lead| Need::OpenJobs(*lead))
            .chain([Need::Suppressions(address.to_owned()), Need::LeadsOf(address.to_owned())])
            .collect()
    };
    unit::settle(tx, ctx, Facts::default(), &foresee, |unit| opt_out::record(unit, address, scope, source))
}
