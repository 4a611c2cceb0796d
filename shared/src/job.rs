//! Jobs: intents to act, with an identity, a deadline and a history.

use crate::words::words;
use crate::{JobId, LeadId, Millis};
use serde::{Deserialize, Serialize};

words! {
    /// Where a job stands.
    JobState {
        /// Due, or waiting for its time.
        Ready = "ready",
        /// Claimed by a daemon under a lease.
        Running = "running",
        /// Its effect is recorded.
        Done = "done",
        /// Given up after its last try; a person may retry it.
        Dead = "dead",
        /// Taken back before it acted.
        Cancelled = "cancelled",
        /// Too late to be useful; it did not act.
        Expired = "expired",
        /// It acted and the result is unknown; a look-up or a person settles it.
        Uncertain = "uncertain",
    }
}

impl JobState {
    /// Whether the job is over.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Dead | Self::Cancelled | Self::Expired)
    }
}

/// One job as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// What it does, such as `call.place`.
    pub kind: String,
    /// Key of the client it acts for; empty for the house's own work.
    pub client: String,
    /// The lead it is about.
    pub lead: Option<LeadId>,
    /// Whom or what it is about, in words.
    pub about: String,
    /// Where it stands.
    pub state: JobState,
    /// Claimed before others when lower.
    pub priority: i64,
    /// Not before this instant.
    pub run_at: Millis,
    /// Not after this instant.
    pub useful_until: Option<Millis>,
    /// Tries so far.
    pub attempt: u32,
    /// Tries at most.
    pub max_attempts: u32,
    /// Why it is where it is, in words; empty when there is nothing to say.
    pub reason: String,
    /// When it was written.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
}

impl JobRow {
    /// The state in one word, telling jobs that are due from jobs whose time has not come.
    pub fn state_word(&self, now: Millis) -> &'static str {
        match self.state {
            JobState::Ready if self.run_at > now => "waiting",
            state => state.word(),
        }
    }
}
