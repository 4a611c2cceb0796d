//! A client: who it is, how it is set up, and what is open for it. Keys are counted, never shown.

use super::Document;
use crate::Millis;
use crate::client::ClientRow;
use crate::lead::LeadStatus;
use crate::page::Pause;
use crate::sequence::SequenceCount;
use serde::{Deserialize, Serialize};

/// Everything about a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientDetail {
    /// As lists show it.
    pub row: ClientRow,
    /// The stop of its dialing, while it is paused.
    pub pause: Option<Pause>,
    /// Where it is written to.
    pub email: String,
    /// Its own number.
    pub phone: String,
    /// Line of work.
    pub industry: String,
    /// What it offers.
    pub services: Vec<String>,
    /// Currency of its worth.
    pub currency: String,
    /// Worth of an appointment in hundredths of the currency.
    pub value_minor: i64,
    /// The agent path of its webhooks.
    pub agent: String,
    /// When it last changed.
    pub updated_at: Millis,
    /// Keys in use.
    pub keys: u64,
    /// Keys revoked.
    pub keys_revoked: u64,
    /// Open leads by where they stand.
    pub open_leads: Vec<OpenLeads>,
    /// How often its follow-up sequences began, and what of them is to come.
    #[serde(default)]
    pub sequences: Vec<SequenceCount>,
    /// Its settings, secrets removed.
    pub settings: Document,
}

/// Open leads that stand alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenLeads {
    /// Where they stand.
    pub status: LeadStatus,
    /// The rule that holds them; empty where none does.
    pub hold_rule: String,
    /// How many.
    pub count: u64,
}
