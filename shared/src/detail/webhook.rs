//! A stored delivery: what became of it, and its body for reading.

use super::Document;
use crate::webhook::WebhookRow;
use crate::{ClientId, Millis};
use serde::{Deserialize, Serialize};

/// Everything about a webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WebhookDetail {
    /// As lists show it.
    pub row: WebhookRow,
    /// Its client, when known.
    pub client: Option<ClientId>,
    /// What tells it from others of its provider.
    pub unique_key: String,
    /// The client's agent path by which it came.
    pub agent: String,
    /// When it was applied.
    pub applied_at: Option<Millis>,
    /// The answer given.
    pub reply: Document,
    /// What was sent.
    pub body: Document,
}
