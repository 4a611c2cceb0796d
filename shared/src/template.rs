//! Templates: the wording of each message of each client, whose it is and what it comes to.

use crate::Millis;
use crate::contact::Channel;
use serde::{Deserialize, Serialize};

/// A template as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateRow {
    /// `client:kind:channel`.
    pub id: String,
    /// Key of the client.
    pub client: String,
    /// The message, such as `reminder-24h`.
    pub kind: String,
    /// Text or email.
    pub channel: Channel,
    /// Whether the wording is the client's own.
    pub own: bool,
    /// Tells wordings apart: another wording has another.
    pub version: String,
    /// Characters with sample values; 0 where it cannot be written.
    pub characters: u64,
    /// Parts a text is sent in with sample values; 0 for an email.
    pub segments: u64,
    /// What is wrong or missing; empty where it can be written.
    pub problem: String,
    /// When the client's settings last changed, where the wording is its own.
    pub changed_at: Option<Millis>,
}

/// Everything about a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateDetail {
    /// As lists show it.
    pub row: TemplateRow,
    /// Whether it may be sent at present: its sequence is on, an account is set up.
    pub sent: bool,
    /// The wording as written.
    pub wording: String,
    /// Variables it may use.
    pub variables: Vec<String>,
    /// Subject with sample values.
    pub subject: String,
    /// What it says with sample values.
    pub sample: String,
}
