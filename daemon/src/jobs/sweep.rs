//! Sweeps: regular looks for what nobody told us about.

use super::{Settlement, Verdict, look_up_message, poll_call, runner};
use crate::app::App;
use crate::flows::{Ctx, planning};
use frontdesk_domain::attempts::PRIORITY_BACKGROUND;
use frontdesk_domain::job::Kind;
use frontdesk_domain::progress::REPORT_WITHIN_MS;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_store::faults::NewFault;
use frontdesk_store::jobs::{Job, LANE_WORK};
use frontdesk_store::{Result, Tx, calls, clients, house, jobs, leads, messages};

/// Looking for calls that went silent.
pub static SWEEP_CALLS: Kind = scheduled("sweep-calls");
/// Looking for leads that are too old.
pub static SWEEP_LEADS: Kind = scheduled("sweep-leads");
/// Measuring the database.
pub static DB_HEALTH: Kind = scheduled("db-health");

const fn scheduled(word: &'static str) -> Kind {
    Kind {
        word,
        version: 1,
        queue: LANE_WORK,
        priority: PRIORITY_BACKGROUND,
        tries: 3,
        // A sweep finds everything the missed ones would have found.
        useful_ms: Some(HOUR),
        limit_ms: 5 * MINUTE,
        idempotent: true,
    }
}

/// Rows looked at in one sweep.
const BATCH: i64 = 500;
/// A message the carrier took and says nothing of is asked about after this, …
const MESSAGE_SILENT_MS: i64 = HOUR;
/// … and no more after this.
const MESSAGE_LOST_MS: i64 = 2 * DAY;
/// A database slower than this is worth a warning, in milliseconds.
const SLOW_MS: i64 = 250;

/// Asks about calls that went silent, and takes back jobs whose lease ran out.
pub(super) async fn calls(app: &App, job: &Job) -> Settlement {
    let recovered = match runner::recover(app, None).await {
        Ok(n) => n,
        Err(e) => return Settlement::just(Verdict::Again(e.to_string())),
    };
    let ctx = app.ctx.clone();
    let name = job.kind.clone();
    let polled = app.store.write(move |tx| ask_about_silent(tx, &ctx, &name, recovered)).await;
    finish(polled)
}

/// Enqueues a question about every call that should have been heard of; in words.
///
/// # Errors
/// As the statements fail.
pub fn ask_about_silent(tx: &mut Tx<'_>, ctx: &Ctx, name: &str, recovered: usize) -> Result<String> {
    let now = ctx.now();
    let mut silent = calls::silent(tx, now - ctx.house.silent_ms, BATCH)?;
    silent.extend(calls::unreported(tx, now - REPORT_WITHIN_MS, BATCH)?);
    let mut polled = 0;
    for call in &silent {
        polled += u64::from(poll_call::enqueue(tx, ctx, call, now)?);
    }
    let mut asked = 0;
    for message in messages::silent(tx, (now - MESSAGE_LOST_MS, now - MESSAGE_SILENT_MS), BATCH)? {
        asked += u64::from(look_up_message::enqueue(tx, ctx, &message)?);
    }
    let note = format!("{polled} silent calls and {asked} messages asked about, {recovered} jobs taken back");
    house::slot_done(tx, name, &note, now)?;
    Ok(note)
}

/// Closes leads that nobody reached in time.
pub(super) async fn leads(app: &App, job: &Job) -> Settlement {
    let ctx = app.ctx.clone();
    let name = job.kind.clone();
    let closed = app.store.write(move |tx| expire_stale(tx, &ctx, &name)).await;
    finish(closed)
}

/// Closes the leads whose time is over; in words.
///
/// # Errors
/// As the statements fail.
pub fn expire_stale(tx: &mut Tx<'_>, ctx: &Ctx, name: &str) -> Result<String> {
    let now = ctx.now();
    let days = i64::from(ctx.house.policy.lead_expiry_days);
    let stale = leads::stale(tx, now - days * DAY, BATCH)?;
    let count = stale.len();
    for mut lead in stale {
        let taken_back = jobs::cancel_of_lead(tx, lead.id, "the lead expired", now)?;
        lead.rests(LeadStatus::Expired);
        lead.updated_at = now;
        leads::update(tx, &lead)?;
        let text =
            format!("expired after {days} days without contact; {taken_back} planned calls taken back");
        planning::tell_status(tx, ctx, &lead, "daemon", &text)?;
    }
    let note = format!("{count} leads expired");
    house::slot_done(tx, name, &note, now)?;
    Ok(note)
}

/// Measures how long the database takes for a durable write.
pub(super) async fn db_health(app: &App, job: &Job) -> Settlement {
    let ctx = app.ctx.clone();
    let began = ctx.now();
    let name = job.kind.clone();
    let written = app
        .store
        .write({
            let ctx = ctx.clone();
            let name = name.clone();
            move |tx| house::slot_done(tx, &name, "measuring", ctx.now())
        })
        .await;
    if let Err(e) = written {
        return Settlement::just(Verdict::Again(e.to_string()));
    }
    let took = ctx.now().since(began);
    let noted = app
        .store
        .write(move |tx| {
            let note = format!("a durable write took {took} ms");
            house::slot_done(tx, &name, &note, ctx.now())?;
            if took > SLOW_MS {
                ctx.fault(
                    tx,
                    &NewFault {
                        kind: "db.slow",
                        service: "database",
                        client: clients::HOUSE,
                        severity: Severity::Warning,
                        message: &note,
                        subject: ("job", name.clone()),
                    },
                )?;
            }
            Ok(note)
        })
        .await;
    finish(noted)
}

fn finish(note: Result<String>) -> Settlement {
    Settlement::just(match note {
        Ok(note) => Verdict::Done(note),
        Err(e) => Verdict::Again(e.to_string()),
    })
}
