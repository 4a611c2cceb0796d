//! A call: how far it came, what was said and done.

use super::Document;
use crate::call::CallRow;
use crate::webhook::WebhookStatus;
use crate::{ClientId, JobId, Millis, WebhookId};
use serde::{Deserialize, Serialize};

/// Everything about a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallDetail {
    /// As lists show it.
    pub row: CallRow,
    /// Its client.
    pub client: ClientId,
    /// The job that placed it.
    pub job: Option<JobId>,
    /// Which enquiry of the lead it belongs to.
    pub episode: u32,
    /// Who carries it.
    pub provider: String,
    /// Because of what it came to its outcome.
    pub why: String,
    /// Whether the provider's final report came.
    pub reported: bool,
    /// How often the provider was asked about it.
    pub lookups: u32,
    /// Something was said that the asker may not read.
    pub hidden: bool,
    /// The provider's summary.
    pub summary: String,
    /// The provider's analysis.
    pub analysis: Document,
    /// The last turns, in order.
    pub transcript: Vec<Utterance>,
    /// Turns before those.
    pub skipped: u32,
    /// Tools used during the call, in order.
    pub tools: Vec<ToolUse>,
    /// Deliveries about it, newest first.
    pub webhooks: Vec<WebhookBrief>,
}

/// One turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utterance {
    /// Who speaks, as the provider says; may be empty.
    pub who: String,
    /// What is said.
    pub text: String,
}

/// One use of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolUse {
    /// Its name.
    pub name: String,
    /// What it answered.
    pub result: Document,
    /// Whether it failed.
    pub failed: bool,
    /// When.
    pub at: Millis,
}

/// A delivery about the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookBrief {
    /// Its id.
    pub id: WebhookId,
    /// The provider's word for what it is.
    pub kind: String,
    /// What became of it.
    pub status: WebhookStatus,
    /// What it did, or why it did not.
    pub note: String,
    /// When it arrived.
    pub received_at: Millis,
}
