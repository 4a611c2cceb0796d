//! A group of like errors, and the latest times they happened.

use crate::fault::FaultRow;
use crate::noun::Subject;
use crate::{ClientId, LeadId, Millis};
use serde::{Deserialize, Serialize};

/// Everything about a group of errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultDetail {
    /// As lists show it.
    pub row: FaultRow,
    /// Its client; absent where it concerns the installation.
    pub client: Option<ClientId>,
    /// How often it ever happened.
    pub total: u64,
    /// When it was acknowledged.
    pub acked_at: Option<Millis>,
    /// The latest times, newest first.
    pub occurrences: Vec<Occurrence>,
}

/// One time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// When.
    pub at: Millis,
    /// The message.
    pub message: String,
    /// What it was about, where that can be opened.
    pub about: Option<Subject>,
    /// The person it was about; empty where none is known.
    #[serde(default)]
    pub who: String,
    /// Their lead.
    #[serde(default)]
    pub lead: Option<LeadId>,
}
