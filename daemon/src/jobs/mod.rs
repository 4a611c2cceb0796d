//! Jobs: claimed work that acts on the outside, one file per kind.
//!
//! A job's effect and what follows from it are recorded in one transaction. Nothing else in
//! the process sends anything to a provider.

pub mod look_up;
pub mod place_call;
pub mod poll_call;
pub mod runner;
pub mod sweep;

pub use runner::{Runner, run_until_idle};

use frontdesk_domain::job::{END_CALL, LOOK_UP, POLL};
use frontdesk_domain::unit::{Decided, Unit};
use frontdesk_shared::Millis;
use frontdesk_store::jobs::Job;

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

/// Kinds of job in the `work` lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ask the provider what became of an uncertain attempt.
    LookUp,
    /// Ask the provider about a call that went silent or has no report.
    Poll,
    /// End a live call.
    EndCall,
    /// Enqueue polls for silent calls.
    SweepCalls,
    /// Close leads that are too old.
    SweepLeads,
    /// Measure the database.
    DbHealth,
}

impl Kind {
    /// Every kind with the word stored for it.
    pub const ALL: &'static [(&'static str, Self)] = &[
        (LOOK_UP, Self::LookUp),
        (POLL, Self::Poll),
        (END_CALL, Self::EndCall),
        ("sweep-calls", Self::SweepCalls),
        ("sweep-leads", Self::SweepLeads),
        ("db-health", Self::DbHealth),
    ];

    /// The kind of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(w, _)| *w == word).map(|(_, kind)| *kind)
    }
}

/// Runs one claimed job of the `work` lane.
async fn run(app: &crate::app::App, job: &Job) -> Settlement {
    match Kind::parse(&job.kind) {
        Some(Kind::LookUp) => look_up::run(app, job).await,
        Some(Kind::Poll) => poll_call::run(app, job).await,
        Some(Kind::EndCall) => poll_call::end(app, job).await,
        Some(Kind::SweepCalls) => sweep::calls(app, job).await,
        Some(Kind::SweepLeads) => sweep::leads(app, job).await,
        Some(Kind::DbHealth) => sweep::db_health(app, job).await,
        None => {
            Settlement::just(Verdict::Stop(format!("this version does not know jobs of kind {}", job.kind)))
        }
    }
}
