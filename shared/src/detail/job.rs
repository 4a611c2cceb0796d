//! A job: what it would do, how often it tried, and where it stands.

use super::Document;
use crate::job::JobRow;
use crate::{CallId, ClientId, Millis};
use serde::{Deserialize, Serialize};

/// Everything about a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobDetail {
    /// As lists show it.
    pub row: JobRow,
    /// Its client; absent for the installation's own work.
    pub client: Option<ClientId>,
    /// The call it is about.
    pub call: Option<CallId>,
    /// The queue it waits in.
    pub queue: String,
    /// What makes it the only one of its kind.
    pub unique_key: String,
    /// The daemon that holds it, and until when.
    pub lease: Option<(i64, Option<Millis>)>,
    /// Version of the payload.
    pub version: u32,
    /// What it was told.
    pub payload: Document,
}
