//! Holds at the providers: whose calls and messages they stop, told to people, and ended by what
//! people do.
//!
//! Must not live here: whom a refusal concerns (`frontdesk_domain::scope`), and where holds are
//! kept.

use super::Ctx;
use frontdesk_domain::client::{Client, HOUSE};
use frontdesk_domain::placement::VAPI;
use frontdesk_domain::scope::{self, HoldScope, Route, Stop};
use frontdesk_domain::sending::PROVIDERS;
use frontdesk_shared::ClientId;
use frontdesk_shared::contact::Channel;
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
    /// What stops messages, with the provider and what it carries.
    pub messages: Vec<(&'static str, &'static str, Stop)>,
}

impl Standstill {
    /// Reads it; clients are looked at only where anything stops.
    ///
    /// # Errors
    /// As the statements fail.
    pub fn read(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Self> {
        let mut messages = Vec::new();
        for (provider, carried) in PROVIDERS {
            let stops = holds::stops(tx, provider, &ctx.house.breaker, ctx.now())?;
            messages.extend(stops.into_iter().map(|stop| (provider, carried, stop)));
        }
        let caps = super::messages::caps(tx, ctx, ctx.now())?;
        messages.extend(caps.into_iter().map(|(provider, stop)| (provider, "emails", stop)));
        let stops = holds::stops(tx, VAPI, &ctx.house.breaker, ctx.now())?;
        if stops.is_empty() {
            return Ok(Self { messages, ..Self::default() });
        }
        let clients: Vec<Arc<Client>> = clients::all(tx)?.into_iter().map(Arc::new).collect();
        let voice = &ctx.house.voice;
        let held = clients.iter().filter(|client| scope::stop_of(&stops, voice, client).is_some());
        let held = held.map(|client| client.id).collect();
        let named = |stop: Stop| {
            let whose = stop.scope.whose(voice, &clients);
            (stop, whose)
        };
        Ok(Self { stops: stops.into_iter().map(named).collect(), held, messages })
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
    let scopes: HashSet<HoldScope> =
        own_scopes(ctx, before).into_iter().chain(own_scopes(ctx, after)).collect();
    let mut lifted = 0;
    for provider in everywhere() {
        for scope in &scopes {
            lifted += usize::from(holds::lift(tx, provider, scope)?);
        }
        lifted += usize::from(holds::close_breaker(tx, provider, after.id)?);
    }
    Ok(lifted)
}

/// Every provider that can be held.
fn everywhere() -> impl Iterator<Item = &'static str> {
    std::iter::once(VAPI).chain(PROVIDERS.into_iter().map(|(provider, _)| provider))
}

/// Whatever is a client's alone: its assistant and number, and the number its texts come from.
fn own_scopes(ctx: &Ctx, client: &Client) -> Vec<HoldScope> {
    let mut scopes = Route::of(&ctx.house.voice, client).own_scopes();
    let line =
        ctx.house.lines.of(client, Channel::Sms).filter(|line| !ctx.house.lines.is_shared(&line.sender));
    scopes.extend(line.map(|line| line.sender_scope()));
    scopes
}

/// Ends every hold, since somebody has seen to it; how many there were.
///
/// # Errors
/// As the statements fail.
pub fn lift_all(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<usize> {
    let mut lifted = 0;
    for provider in everywhere() {
        for stop in holds::in_force(tx, provider, ctx.now())? {
            lifted += usize::from(holds::lift(tx, provider, &stop.scope)?);
        }
        lifted += usize::from(holds::close_breaker(tx, provider, HOUSE)?);
    }
    Ok(lifted)
}

/// What resuming would end: for one client what is its own, else everything; each in words, which
/// count down, and as what stands still, which does not.
///
/// # Errors
/// As the statements fail.
pub fn liftable(tx: &mut Tx<'_>, ctx: &Ctx, client: Option<&Client>) -> Result<Vec<(String, String)>> {
    let own = client.map(|client| own_scopes(ctx, client));
    let meant = |stop: &&Stop| match &own {
        Some(own) => own.contains(&stop.scope),
        None => !stop.is_breaker || stop.scope == HoldScope::Account,
    };
    let mut lines = Vec::new();
    for (provider, what) in std::iter::once((VAPI, "calls")).chain(PROVIDERS) {
        let stops = holds::stops(tx, provider, &ctx.house.breaker, ctx.now())?;
        let line = |stop: &Stop| {
            let whose = stop.scope.words();
            (format!("This ends: {}", stop.sentence_about(what, &whose)), format!("{provider} {whose}"))
        };
        lines.extend(stops.iter().filter(meant).map(line));
    }
    Ok(lines)
}
