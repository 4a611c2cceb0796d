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
    record_all(tx, ctx, &[(address, source)], scope)
}

/// The same for many different addresses, with the facts of all of them loaded at once.
///
/// # Errors
/// As the statements fail.
pub fn record_all(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    refused: &[(&str, Source<'_>)],
    scope: ClientId,
) -> Result<(u64, u64)> {
    if refused.is_empty() {
        return Ok((0, 0));
    }
    let foresee = |facts: &Facts| {
        let needs = refused.iter().flat_map(|(address, _)| {
            let leads = facts.leads_of.get(*address).into_iter().flatten();
            let jobs = leads.map(|lead| Need::OpenJobs(*lead));
            jobs.chain([Need::Suppressions((*address).to_owned()), Need::LeadsOf((*address).to_owned())])
        });
        needs.collect()
    };
    unit::settle(tx, ctx, Facts::default(), &foresee, |unit| {
        let mut sum = (0, 0);
        for (address, source) in refused {
            let recorded = opt_out::record(unit, address, scope, *source);
            let (leads, jobs) = unit.each(recorded)?.unwrap_or_default();
            sum = (sum.0 + leads, sum.1 + jobs);
        }
        Ok(sum)
    })
}
