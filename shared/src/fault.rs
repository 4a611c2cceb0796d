//! Faults: errors grouped by cause, kept until a person acknowledges them.

use crate::words::words;
use crate::{FaultId, Millis};
use serde::{Deserialize, Serialize};

words! {
    /// How bad a fault is. Ordered.
    Severity {
        /// Worth knowing.
        Warning = "warning",
        /// Something did not work.
        Error = "error",
        /// A person should look now.
        Critical = "critical",
    }
}

/// One group of like errors as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultRow {
    /// Its id.
    pub id: FaultId,
    /// What kind of error, such as `vapi.refused`.
    pub kind: String,
    /// The part of the house it happened in, or the provider.
    pub service: String,
    /// Key of the client it concerns; empty when it concerns the house.
    pub client: String,
    /// How bad.
    pub severity: Severity,
    /// The latest message, without personal data.
    pub message: String,
    /// Whom it was about the last time; empty where no person was concerned.
    #[serde(default)]
    pub who: String,
    /// How often it happened since it was last acknowledged.
    pub count: u64,
    /// First time.
    pub first_at: Millis,
    /// Last time.
    pub last_at: Millis,
    /// Who acknowledged it, if somebody did after the last occurrence.
    pub acked_by: Option<String>,
}
