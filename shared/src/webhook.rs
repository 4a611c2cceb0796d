//! Webhooks: verified deliveries from providers, stored before they are acknowledged.

use crate::words::words;
use crate::{CallId, Millis, WebhookId};
use serde::{Deserialize, Serialize};

words! {
    /// What became of a stored delivery.
    WebhookStatus {
        /// It changed what it should.
        Applied = "applied",
        /// Nothing to do for it.
        Ignored = "ignored",
        /// It concerns a call or client not known here.
        Unmatched = "unmatched",
        /// It is stored, and applying it failed; the reason says why. Replay tries again.
        Failed = "failed",
    }
}

/// One stored delivery as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WebhookRow {
    /// Its id.
    pub id: WebhookId,
    /// Who sent it.
    pub provider: String,
    /// Key of the client, when known.
    pub client: String,
    /// The provider's word for what it is.
    pub kind: String,
    /// The call it concerns, when known.
    pub call: Option<CallId>,
    /// What became of it.
    pub status: WebhookStatus,
    /// What it did, or why it did not, in words.
    pub note: String,
    /// How often it was delivered; above 1 the provider repeated itself.
    pub deliveries: u32,
    /// Size of the body in bytes.
    pub size_bytes: u64,
    /// When it first arrived.
    pub received_at: Millis,
}
