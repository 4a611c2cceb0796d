//! Scheduled jobs: the newest missed slot of each becomes a job, once among all daemons.

use super::Ctx;
use frontdesk_domain::attempts::PRIORITY_BACKGROUND;
use frontdesk_domain::schedule::{self, Scheduled};
use frontdesk_shared::time::{HOUR, MINUTE};
use frontdesk_shared::{JobId, Millis};
use frontdesk_store::clients::HOUSE;
use frontdesk_store::jobs::{self, LANE_WORK, NewJob};
use frontdesk_store::{Refusal, Result, Tx, house};

/// A slot further in the future was set by a clock that was wrong.
const AHEAD_MS: i64 = 2 * MINUTE;

/// Enqueues whatever is due; how many jobs that were.
///
/// # Errors
/// As the statements fail.
pub fn tick(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<u64> {
    tick_at(tx, ctx, ctx.now())
}

/// The same at a time that is not the clock's: while the clock cannot be believed.
///
/// # Errors
/// As the statements fail.
pub fn tick_at(tx: &mut Tx<'_>, ctx: &Ctx, now: Millis) -> Result<u64> {
    let mut enqueued = 0;
    for scheduled in schedule::house_jobs() {
        let mut last = house::last_slot(tx, scheduled.name)?.map(|(slot, ..)| slot);
        if last.is_some_and(|slot| slot > now + AHEAD_MS) {
            // The clock was ahead for long and was set back: without this nothing would be due
            // until it has caught up. What ran for the present slot already is known by its key.
            house::lower_slot(tx, scheduled.name, now - HOUR)?;
            last = Some(now - HOUR);
        }
        let Some(slot) = schedule::slots_due(&scheduled.cadence, last, now) else { continue };
        enqueued += u64::from(enqueue(tx, ctx, &scheduled, slot, scheduled.key(slot))?);
        house::set_slot(tx, scheduled.name, slot)?;
    }
    Ok(enqueued)
}

/// Runs a scheduled job at once, whatever its slots.
///
/// # Errors
/// `not_found` listing the names there are.
pub fn run_now(tx: &mut Tx<'_>, ctx: &Ctx, name: &str) -> Result<JobId> {
    let all = schedule::house_jobs();
    let Some(scheduled) = all.iter().find(|s| s.name == name) else {
        let names: Vec<&str> = all.iter().map(|s| s.name).collect();
        return Err(Refusal::not_found(format!(
            "there is no scheduled job “{name}”; there are {}",
            names.join(", ")
        ))
        .into());
    };
    let id = JobId(ctx.env.id());
    insert(tx, ctx, scheduled, id, ctx.now(), format!("{}:by-hand:{id}", scheduled.name))?;
    Ok(id)
}

fn enqueue(tx: &mut Tx<'_>, ctx: &Ctx, scheduled: &Scheduled, slot: Millis, key: String) -> Result<bool> {
    insert(tx, ctx, scheduled, JobId(ctx.env.id()), slot, key)
}

fn insert(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    scheduled: &Scheduled,
    id: JobId,
    slot: Millis,
    key: String,
) -> Result<bool> {
    let now = ctx.now();
    jobs::enqueue(
        tx,
        &NewJob {
            id,
            kind: scheduled.name,
            version: 1,
            payload: serde_json::json!({ "slot": slot }),
            client: HOUSE,
            lead: None,
            call: None,
            about: scheduled.does.into(),
            dedupe: Some(key),
            lane: LANE_WORK,
            priority: PRIORITY_BACKGROUND,
            run_at: slot.min(now),
            // A sweep finds everything the missed ones would have found.
            useful_until: Some(now + HOUR),
            max_attempts: 3,
        },
        now,
    )
}
