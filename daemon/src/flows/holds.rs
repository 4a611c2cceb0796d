//! Holds at the provider: whose calls they stop, told to people, and ended by what people do.
//!
//! Must not live here: whom a refusal concerns (`frontdesk_domain::scope`), and where holds are
//! kept.

use super::Ctx;
use frontdesk_domain::client::{Client, HOUSE};
use frontdesk_domain::placement::VAPI;
use frontdesk_domain::scope::{self, HoldScope, Route, Stop};
use frontdesk_shared::ClientId;
use frontdesk_shared::explain::GateReport;
use frontdesk_store::{Result, Tx, clients, holds};
use std::collections::HashSet;
use std::sync::Arc;

/// What stops calls at this moment, and whose they are.
#[derive(Debug, Default)]
pub struct Standstill {
    /// Holds and open breakers, each with whose calls it stops, in words.
    pub stops: Vec<(Stop, String)>,
    /// Clients whose calls wait.
    pub held: HashSet<ClientId>,
}

impl Standstill {
    /// Reads it; clients are looked at only where anything stops.
    ///
    /// # Errors
    /// As the statements fail.
    pub fn read(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Self> {
        let stops = holds::stops(tx, VAPI, &ctx.house.breaker, ctx.now())?;
        if stops.is_empty() {
            return Ok(Self::default());
        }
        let clients: Vec<Arc<Client>> = clients::all(tx)?.into_iter().map(Arc::new).collect();
        let voice = &ctx.house.voice;
        let held = clients.iter().filter(|client| scope::stop_of(&stops, voice, client).is_some());
        let held = held.map(|client| client.id).collect();
        let named = |stop: Stop| {
            let whose = stop.scope.whose(voice, &clients);
            (stop, whose)
        };
        Ok(Self { stops: stops.into_iter().map(named).collect(), held })
    }
}

/// Adds to what the gate says about a client's lead whatever stops the client's calls.
///
/// # Errors
/// As the statements fail.
pub fn tell(tx: &mut Tx<'_>, ctx: &Ctx, client: &Client, report: &mut GateReport) -> Result<()> {
    let stops = holds::stops(tx, VAPI, &ctx.house.breaker, ctx.now())?;
    if let Some(stop) = scope::stop_of(&stops, &ctx.house.voice, client) {
        stop.tell(report, &stop.scope.words());
    }
    Ok(())
}

/// Ends what stops a client for what is its own, since that was changed or seen to; `before` is
/// the client as it was. How many holds that were.
///
/// # Errors
/// As the statements fail.
pub fn lift_own(tx: &mut Tx<'_>, ctx: &Ctx, before: &Client, after: &Client) -> Result<usize> {
    let route = |client: &Client| Route::of(&ctx.house.voice, client).own_scopes();
    let scopes: HashSet<HoldScope> = route(before).into_iter().chain(route(after)).collect();
    let mut lifted = 0;
    for scope in &scopes {
        lifted += usize::from(holds::lift(tx, VAPI, scope)?);
    }
    Ok(lifted + usize::from(holds::close_breaker(tx, VAPI, after.id)?))
}

/// Ends every hold, since somebody has seen to it; how many there were.
///
/// # Errors
/// As the statements fail.
pub fn lift_all(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<usize> {
    let mut lifted = 0;
    for stop in holds::in_force(tx, VAPI, ctx.now())? {
        lifted += usize::from(holds::lift(tx, VAPI, &stop.scope)?);
    }
    Ok(lifted + usize::from(holds::close_breaker(tx, VAPI, HOUSE)?))
}

/// What resuming would end: for one client what is its own, else everything; in words.
///
/// # Errors
/// As the statements fail.
pub fn liftable(tx: &mut Tx<'_>, ctx: &Ctx, client: Option<&Client>) -> Result<Vec<String>> {
    let stops = holds::stops(tx, VAPI, &ctx.house.breaker, ctx.now())?;
    let own = client.map(|client| Route::of(&ctx.house.voice, client).own_scopes());
    let meant = |stop: &&Stop| match &own {
        Some(own) => own.contains(&stop.scope),
        None => !stop.is_breaker || stop.scope == HoldScope::Account,
    };
    let line = |stop: &Stop| format!("This ends: {}", stop.sentence(&stop.scope.words()));
    Ok(stops.iter().filter(meant).map(line).collect())
}
