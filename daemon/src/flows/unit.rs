//! Load, decide, apply: the one way a flow goes through a transaction.
//!
//! What can be foreseen is loaded first. A decision that lacks a fact names it, the fact is loaded,
//! and the whole set is decided again from the start; only what all of it agreed on is written.

use super::Ctx;
use frontdesk_domain::unit::{Changes, Decided, Facts, Halt, Need, Outside, Unit};
use frontdesk_store::{Error, Refusal, Result, Tx, unit};
use std::collections::BTreeSet;

/// Rounds of loading at most; more means that decisions ask in circles.
const ROUNDS: usize = 32;

impl Outside for Ctx {
    fn id(&self) -> i64 {
        self.env.id()
    }

    fn bits(&self) -> u64 {
        self.env.bits()
    }

    fn planted(&self, bug: &str) -> bool {
        frontdesk_env::fail::planted(bug)
    }
}

/// What a flow can foresee of the facts it will need, knowing some already.
pub(crate) type Foresight<'f> = &'f dyn Fn(&Facts) -> BTreeSet<Need>;

/// Decides and writes what was decided.
///
/// # Errors
/// `conflict` when the decision rests on a lease that is lost; as the statements fail.
pub(crate) fn settle<T>(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    facts: Facts,
    foresee: Foresight<'_>,
    decide: impl FnMut(&mut Unit<'_>) -> Decided<T>,
) -> Result<T> {
    let (value, changes) = decided(tx, ctx, facts, foresee, decide)?;
    unit::save(tx, &changes, ctx)?;
    Ok(value)
}

/// The same without writing: what would change.
///
/// # Errors
/// As [`settle`].
pub(crate) fn decided<T>(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    mut facts: Facts,
    foresee: Foresight<'_>,
    mut decide: impl FnMut(&mut Unit<'_>) -> Decided<T>,
) -> Result<(T, Changes)> {
    let now = ctx.now();
    for _ in 0..ROUNDS {
        let mut needs = foresee(&facts);
        needs.retain(|need| !facts.knows(need));
        if needs.is_empty() {
            break;
        }
        unit::load(tx, &mut facts, &needs, now)?;
    }
    for _ in 0..ROUNDS {
        let mut unit = Unit::new(now, &ctx.house, &facts, ctx);
        let result = decide(&mut unit);
        let mut lacking = std::mem::take(&mut unit.lacking);
        match result {
            Ok(value) if lacking.is_empty() => return Ok((value, unit.changes)),
            Ok(_) => {}
            Err(Halt::Need(need)) => drop(lacking.insert(need)),
            Err(Halt::LeaseLost) => {
                return Err(Refusal::conflict("the lease was lost meanwhile").into());
            }
        }
        unit::load(tx, &mut facts, &lacking, now)?;
    }
    Err(Error::Database("a decision asks for facts in circles".into()))
}

/// Nothing can be foreseen that is worth a statement of its own.
pub(crate) fn nothing(_: &Facts) -> BTreeSet<Need> {
    BTreeSet::new()
}
