//! Jobs: claimed work that acts on the outside, one file per kind.
//!
//! A job's effect and what follows from it are recorded in one transaction. Nothing else in
//! the process sends anything to a provider.

pub mod look_up;
pub mod look_up_message;
pub mod place_call;
pub mod poll_call;
mod read_calendar;
mod rescreen;
pub mod runner;
pub mod send_message;
pub mod sweep;
mod undo_import;
pub mod watch_calendar;
mod write_event;

pub use runner::{Runner, run_until_idle};

use crate::app::App;
#[cfg(test)]
use frontdesk_domain::job::PLACE_CALL;
use frontdesk_domain::job::{
    END_CALL, Kind, LOOK_UP, LOOK_UP_MESSAGE, POLL, READ_CALENDAR, RESCREEN, UNDO_IMPORT, WATCH_CALENDAR,
    WRITE_EVENT,
};
use frontdesk_domain::unit::{Decided, Unit};
use frontdesk_shared::Millis;
use frontdesk_shared::time::MINUTE;
use frontdesk_store::jobs::Job;
use std::future::Future;
use std::pin::Pin;

/// How a job ended, and what is decided with that, in one transaction.
pub struct Settlement {
    /// How it ended.
    pub verdict: Verdict,
    /// What follows from it. May be asked more than once.
    pub decide: Decide,
}

/// A decision that comes with the end of a job.
pub type Decide = Box<dyn FnMut(&mut Unit<'_>) -> Decided<()> + Send>;

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It did what it was for.
    Done(String),
    /// It failed; the schedule of retries decides when it is tried again.
    Again(String),
    /// It is tried again at an instant, and this try does not count.
    Snooze(Millis, String),
    /// It failed for good.
    Stop(String),
    /// Its own transaction settled it already.
    Settled,
}

impl Settlement {
    /// A verdict from which nothing else follows.
    pub fn just(verdict: Verdict) -> Self {
        Self { verdict, decide: Box::new(|_| Ok(())) }
    }

    /// A verdict and what follows from it.
    pub fn with(verdict: Verdict, decide: impl FnMut(&mut Unit<'_>) -> Decided<()> + Send + 'static) -> Self {
        Self { verdict, decide: Box::new(decide) }
    }
}

/// A job that runs.
pub type Running<'a> = Pin<Box<dyn Future<Output = Settlement> + Send + 'a>>;

/// A kind of job with what runs its jobs.
#[derive(Debug)]
pub struct Registered {
    /// The kind.
    pub kind: &'static Kind,
    run: for<'a> fn(&'a App, &'a Job) -> Running<'a>,
}

/// Every kind of job but calls and messages, which the runner sends itself.
pub static KINDS: &[Registered] = &[
    Registered { kind: &LOOK_UP, run: |app, job| Box::pin(look_up::run(app, job)) },
    Registered { kind: &LOOK_UP_MESSAGE, run: |app, job| Box::pin(look_up_message::run(app, job)) },
    Registered { kind: &POLL, run: |app, job| Box::pin(poll_call::run(app, job)) },
    Registered { kind: &END_CALL, run: |app, job| Box::pin(poll_call::end(app, job)) },
    Registered { kind: &WRITE_EVENT, run: |app, job| Box::pin(write_event::run(app, job)) },
    Registered { kind: &WATCH_CALENDAR, run: |app, job| Box::pin(watch_calendar::run(app, job)) },
    Registered { kind: &READ_CALENDAR, run: |app, job| Box::pin(read_calendar::run(app, job)) },
    Registered { kind: &RESCREEN, run: |app, job| Box::pin(rescreen::run(app, job)) },
    Registered { kind: &UNDO_IMPORT, run: |app, job| Box::pin(undo_import::run(app, job)) },
    Registered {
        kind: &read_calendar::READ_CALENDARS,
        run: |app, job| Box::pin(read_calendar::all(app, job)),
    },
    Registered { kind: &sweep::SWEEP_CALLS, run: |app, job| Box::pin(sweep::calls(app, job)) },
    Registered { kind: &sweep::SWEEP_LEADS, run: |app, job| Box::pin(sweep::leads(app, job)) },
    Registered { kind: &sweep::DB_HEALTH, run: |app, job| Box::pin(sweep::db_health(app, job)) },
];

/// Who runs a job; `None` for a kind or version of a newer program.
pub fn registered(job: &Job) -> Option<&'static Registered> {
    KINDS.iter().find(|known| job.is(known.kind))
}

/// Runs one claimed job.
async fn run(app: &App, job: &Job) -> Settlement {
    match registered(job) {
        Some(known) => (known.run)(app, job).await,
        // Claims leave such jobs alone; a daemon of another version may have claimed it.
        None => Settlement::just(Verdict::Snooze(app.ctx.now() + UNKNOWN_MS, unknown(job))),
    }
}

/// A job nobody here knows is looked at again after this.
const UNKNOWN_MS: i64 = 10 * MINUTE;

/// Why a job waits that this program cannot run.
fn unknown(job: &Job) -> String {
    format!(
        "this version does not know {} jobs of version {}: a newer one will run it",
        job.kind, job.version
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_domain::schedule;
    use frontdesk_store::jobs::{LANE_WORK, PRIORITIES};
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_is_registered_once_and_makes_sense() {
        let words: BTreeSet<&str> = KINDS.iter().map(|known| known.kind.word).collect();
        assert_eq!(words.len(), KINDS.len(), "a word twice: {words:?}");
        for Registered { kind, .. } in KINDS {
            assert_eq!(kind.queue, LANE_WORK, "{}", kind.word);
            assert!(kind.idempotent, "{}: only placements may not be repeated", kind.word);
            assert!(PRIORITIES.contains(&kind.priority) && kind.tries > 0 && kind.limit_ms > 0, "{kind:?}");
            assert!(kind.version > 0, "{kind:?}");
        }
        assert!(!PLACE_CALL.idempotent);
        for scheduled in schedule::house_jobs() {
            assert!(words.contains(scheduled.name), "{} is scheduled and nobody runs it", scheduled.name);
        }
    }
}
