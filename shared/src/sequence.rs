//! Steps of follow-up sequences: what was planned for whom after which silence, and what became of it.

use crate::contact::Channel;
use crate::job::JobState;
use crate::{JobId, LeadId, Millis};
use serde::{Deserialize, Serialize};

/// A step as the ledger shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRow {
    /// The job that sends it.
    pub id: JobId,
    /// Key of the client.
    pub client: String,
    /// The person.
    pub lead: Option<LeadId>,
    /// The person in words.
    pub who: String,
    /// What it follows: `no-answer`, `voicemail`, `not-interested`.
    pub sequence: String,
    /// Which step of it, from 1; 0 where that cannot be read.
    pub step: u32,
    /// Text or email.
    pub channel: Channel,
    /// Where it stands.
    pub state: JobState,
    /// When it is, or was, due.
    pub due: Millis,
    /// Why it stands there, such as what stopped it.
    pub why: String,
    /// When the sequence was planned.
    pub started_at: Millis,
    /// When the step last changed.
    pub changed_at: Millis,
}

/// How often a client's sequence began, and what of it is to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceCount {
    /// Its name.
    pub sequence: String,
    /// Silences of people that it followed.
    pub begun: u64,
    /// Steps that wait.
    pub waiting: u64,
}
