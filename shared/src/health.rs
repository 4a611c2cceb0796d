//! Health: what works, what does not, what is switched off and why.

use crate::Millis;
use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// State of one part. Ordered from best to worst.
    HealthState {
        /// Works.
        Healthy = "healthy",
        /// Not set up; the detail says what is missing.
        Off = "off",
        /// Works badly.
        Degraded = "degraded",
        /// Does not work.
        Down = "down",
    }
}

/// One part of the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthPart {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: HealthState,
    /// In words: latency, what is missing, what failed last.
    pub detail: String,
}

/// One scheduled job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRow {
    /// Its name.
    pub name: String,
    /// How often, in words.
    pub every: String,
    /// The last slot that ran to its end.
    pub last_at: Option<Millis>,
    /// The next slot.
    pub next_at: Millis,
    /// How the last run ended, in words.
    pub note: String,
}

/// What stops calls at the provider at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthStop {
    /// What it is about: `account`, `defaults`, `client`, `assistant` or `number`.
    pub scope: String,
    /// Whether it is a breaker that opened, and no refusal.
    pub is_breaker: bool,
    /// Whose calls wait until when, and why, in words.
    pub detail: String,
    /// Until when.
    pub until: Millis,
    /// What a person can do.
    pub remedy: String,
}

/// How texts and emails fare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageCounts {
    /// Of the last 24 hours: what a provider took.
    pub sent: u64,
    /// Of the last 24 hours: what was refused, given up or given back.
    pub failed: u64,
    /// Of which nobody knows whether they were sent, counted up to 10,000.
    pub uncertain: u64,
    /// Whose time has come and that are not sent yet, counted up to 10,000.
    pub waiting: u64,
}

/// Name of the part that is the database.
pub const DATABASE: &str = "database";

/// The whole report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HealthReport {
    /// The worst of the parts that are on.
    pub state: HealthState,
    /// Parts, most important first.
    pub parts: Vec<HealthPart>,
    /// Scheduled jobs by name.
    pub schedule: Vec<ScheduleRow>,
    /// Milliseconds since the daemon started.
    pub uptime_ms: i64,
    /// Resident memory in bytes.
    pub rss_bytes: u64,
    /// Jobs due and not yet claimed.
    pub jobs_due: u64,
    /// Oldest due job, milliseconds overdue.
    pub lag_ms: i64,
    /// Whether dialing is paused for everyone, and the reason given.
    pub paused: Option<String>,
    /// What stops calls at the provider.
    #[serde(default)]
    pub stops: Vec<HealthStop>,
    /// Clients whose calls wait for that.
    #[serde(default)]
    pub held_clients: u64,
    /// How texts and emails fare.
    #[serde(default)]
    pub messages: MessageCounts,
    /// When the report was made.
    pub at: Millis,
}

impl HealthReport {
    /// Whether the database gives no answers, or takes no writes.
    pub fn away(&self) -> bool {
        self.parts.iter().any(|p| p.name == DATABASE && p.state == HealthState::Down)
    }
}
