//! Holds and open breakers: what keeps calls back for a while, and whose.
//!
//! Must not live here: whom a refusal concerns (`frontdesk_domain::scope`).

use super::house;
use crate::params;
use crate::{Result, Tx};
use frontdesk_domain::breaker::{Breaker, BreakerRules};
use frontdesk_domain::scope::{HoldScope, Stop};
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_shared::{ClientId, Millis};

/// No hold lasts longer: what ends later was set by a clock that was wrong.
const LONGEST_MS: i64 = DAY + HOUR;

/// Holds back whatever a scope stops. A later end counts, unless no hold can last until then.
///
/// # Errors
/// As the statements fail.
pub fn set(tx: &mut Tx<'_>, provider: &str, scope: &HoldScope, until: Millis, reason: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO provider_hold (provider, scope, hold_until, reason) VALUES ($1, $2, $3, $4)
         ON CONFLICT (provider, scope) DO UPDATE SET
             reason = CASE WHEN provider_hold.hold_until BETWEEN excluded.hold_until AND $5
                 THEN provider_hold.reason ELSE excluded.reason END,
             hold_until = CASE WHEN provider_hold.hold_until BETWEEN excluded.hold_until AND $5
                 THEN provider_hold.hold_until ELSE excluded.hold_until END",
        params![provider, &scope.key(), until, reason, until + LONGEST_MS],
    )?;
    Ok(())
}

/// Ends a hold; whether there was one.
///
/// # Errors
/// As the statement fails.
pub fn lift(tx: &mut Tx<'_>, provider: &str, scope: &HoldScope) -> Result<bool> {
    let key = scope.key();
    Ok(tx.execute("DELETE FROM provider_hold WHERE provider = $1 AND scope = $2", params![provider, &key])?
        > 0)
}

/// Lets no hold last longer than until an instant; how many would have.
///
/// # Errors
/// As the statement fails.
pub fn shorten(tx: &mut Tx<'_>, latest: Millis) -> Result<u64> {
    tx.execute("UPDATE provider_hold SET hold_until = $1 WHERE hold_until > $1", params![latest])
}

/// Forgets holds that ended before an instant.
///
/// # Errors
/// As the statement fails.
pub fn forget(tx: &mut Tx<'_>, before: Millis) -> Result<u64> {
    tx.execute("DELETE FROM provider_hold WHERE hold_until < $1", params![before])
}

/// Lets requests flow again, as if none had failed; whether any had.
///
/// # Errors
/// As the statements fail.
pub fn close_breaker(tx: &mut Tx<'_>, provider: &str, whose: ClientId) -> Result<bool> {
    let open = house::breaker(tx, provider, whose)?.is_some_and(|text| !text.is_empty());
    if open {
        house::set_breaker(tx, provider, whose, "")?;
    }
    Ok(open)
}

/// Holds in force, without locking anything.
///
/// # Errors
/// As the statement fails.
pub fn in_force(tx: &mut Tx<'_>, provider: &str, now: Millis) -> Result<Vec<Stop>> {
    let rows = tx.all(
        "SELECT scope, hold_until, reason FROM provider_hold
         WHERE provider = $1 AND hold_until > $2 AND hold_until <= $3 ORDER BY scope",
        params![provider, now, now + LONGEST_MS],
        |r| Ok((r.get::<String>(0)?, r.get::<Millis>(1)?, r.get::<String>(2)?)),
    )?;
    let stop = |(scope, until, why): (String, Millis, String)| {
        Some(Stop { scope: HoldScope::parse(&scope)?, until, why, is_breaker: false, is_cap: false })
    };
    Ok(rows.into_iter().filter_map(stop).collect())
}

/// Whatever stops calls at this moment: holds, then breakers that let nothing through.
///
/// # Errors
/// As the statements fail.
pub fn stops(tx: &mut Tx<'_>, provider: &str, rules: &BreakerRules, now: Millis) -> Result<Vec<Stop>> {
    let mut all = in_force(tx, provider, now)?;
    let kept = tx.all(
        "SELECT client_id, breaker FROM provider_state WHERE provider = $1 AND breaker <> '' ORDER BY client_id",
        params![provider],
        |r| Ok((r.get::<ClientId>(0)?, r.get::<String>(1)?)),
    )?;
    for (whose, text) in kept {
        let breaker: Breaker = serde_json::from_str(&text).unwrap_or_default();
        all.extend(Stop::of_breaker(whose, &breaker, rules, now));
    }
    Ok(all)
}
