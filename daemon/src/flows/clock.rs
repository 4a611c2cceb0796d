//! What a clock that was ahead left behind: once it is right again, nothing waits for the time that
//! it showed. Rules that can tell such a time by themselves do so where they read it (`schedule`,
//! `rates`, breakers, leases, the pace of accounts); here is what needs a moment to be seen to.
//!
//! Must not live here: how a clock that was set is noticed (`watch::alarm`).

use super::Ctx;
use frontdesk_domain::progress::HOLD_MS;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{DAY, MINUTE};
use frontdesk_store::{Result, Tx, holds, jobs};

/// What was written later than this from now was written by a clock that was wrong; daemons that
/// share a store differ by less.
pub const AHEAD_MS: i64 = 10 * MINUTE;

/// Brings back what waits for a time that a wrong clock made: holds last no longer than `longest`
/// from now, and what was put off is looked at again. How many of both.
///
/// # Errors
/// As the statements fail.
pub fn bring_back(tx: &mut Tx<'_>, ctx: &Ctx, longest: Millis) -> Result<u64> {
    let now = ctx.now();
    Ok(holds::shorten(tx, longest)? + jobs::bring_back(tx, now, now + AHEAD_MS)?)
}

/// When a daemon starts: a hold may last a day at most.
///
/// # Errors
/// As the statements fail.
pub fn at_start(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<u64> {
    bring_back(tx, ctx, ctx.now() + DAY)
}

/// When the clock was set back: whatever is still wrong is met again.
///
/// # Errors
/// As the statements fail.
pub fn set_back(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<u64> {
    bring_back(tx, ctx, ctx.now() + HOLD_MS)
}
