//! What is told about calls, one at a time: by look-ups, polls and people.

use super::{Ctx, unit};
use frontdesk_domain::client::HOUSE;
use frontdesk_domain::job::PLACE_CALL;
use frontdesk_domain::placement::{self, Answer, Order, VAPI};
use frontdesk_domain::progress::{self, CallUpdate};
use frontdesk_domain::unit::{Facts, Need};
use frontdesk_shared::JobId;
use frontdesk_store::calls::Call;
use frontdesk_store::jobs::Job;
use frontdesk_store::{Result, Tx};
use std::collections::BTreeSet;

/// Applies what was told about a call; in words, what it changed, or `None` when nothing did.
///
/// # Errors
/// As the statements fail.
pub fn update(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, update: &CallUpdate) -> Result<Option<String>> {
    unit::settle(tx, ctx, known(call), &unit::nothing, |unit| {
        progress::apply(unit, call.clone(), update.clone())
    })
}

/// Closes a call the provider does not know any more, or never ended.
///
/// # Errors
/// As the statements fail.
pub fn lost(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, why: &str) -> Result<()> {
    unit::settle(tx, ctx, known(call), &unit::nothing, |unit| progress::lost(unit, call.clone(), why))
}

fn known(call: &Call) -> Facts {
    let mut facts = Facts::default();
    facts.add_calls([call.clone()]);
    facts
}

/// Records what became of requests, each by itself decided, all of them written together.
///
/// # Errors
/// `conflict` when one of the leases was lost; as the statements fail.
pub fn placed(tx: &mut Tx<'_>, ctx: &Ctx, answers: &[(Order, Answer)]) -> Result<()> {
    let foresee =
        |facts: &Facts| answers.iter().flat_map(|(order, answer)| needs(facts, order, answer)).collect();
    unit::settle(tx, ctx, Facts::default(), &foresee, |unit| {
        for (order, answer) in answers {
            let settled = placement::settle(unit, order, answer);
            unit.each(settled)?;
        }
        Ok(())
    })
}

fn needs(facts: &Facts, order: &Order, answer: &Answer) -> Vec<Need> {
    let breakers = [HOUSE, order.client.id].map(|whose| Need::Breaker(VAPI, whose));
    let mut needs = vec![Need::Call(order.call.id), Need::Job(order.job.id)];
    needs.extend(breakers);
    if !matches!(answer, Answer::Accepted { .. }) && facts.calls.contains_key(&order.call.id) {
        needs.extend([Need::Lead(order.lead.id), Need::Contacts(order.lead.id)]);
    }
    needs
}

/// A person says what happened to an uncertain attempt.
///
/// # Errors
/// As the statements fail.
pub fn by_hand(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    job: JobId,
    call: &Call,
    happened: bool,
    actor: &str,
) -> Result<String> {
    unit::settle(tx, ctx, known(call), &unit::nothing, |unit| {
        placement::by_hand(unit, job, call.id, happened, actor)?;
        Ok(unit.call(call.id)?.map(|call| call.why).unwrap_or_default())
    })
}

/// Daemons died between intents and answers, or their leases ran out.
///
/// # Errors
/// As the statements fail.
pub fn abandoned(tx: &mut Tx<'_>, ctx: &Ctx, jobs: &[Job]) -> Result<()> {
    let foresee = |_: &Facts| -> BTreeSet<Need> {
        let of = |job: &Job| match job.kind == PLACE_CALL.word {
            true => Need::PlacingOf(job.id),
            false => Need::SendingOf(job.id),
        };
        jobs.iter().map(of).collect()
    };
    let mut facts = Facts::default();
    facts.add_jobs(jobs.iter().cloned());
    unit::settle(tx, ctx, facts, &foresee, |unit| {
        for job in jobs {
            let taken = placement::abandoned(unit, job);
            unit.each(taken)?;
        }
        Ok(())
    })
}
