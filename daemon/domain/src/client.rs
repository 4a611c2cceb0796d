//! A client: the business calls are made for.

use frontdesk_shared::client::{ClientStatus, Tier};
use frontdesk_shared::{ClientId, Millis};
use serde_json::Value as Json;

/// The house itself, where a client is named.
pub const HOUSE: ClientId = ClientId(0);

/// A client as the daemon works with it.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Its short key.
    pub key: String,
    /// Name of the business.
    pub name: String,
    /// Where the house writes to.
    pub email: String,
    /// The business's own number.
    pub phone: String,
    /// Line of work.
    pub industry: String,
    /// What it offers.
    pub services: Vec<String>,
    /// Whether the house works for it.
    pub status: ClientStatus,
    /// Why it is paused.
    pub paused_reason: Option<String>,
    /// Its plan.
    pub tier: Tier,
    /// Its IANA zone.
    pub timezone: String,
    /// Country of numbers without a prefix.
    pub country: String,
    /// ISO 4217.
    pub currency: String,
    /// Worth of an appointment in minor units.
    pub value_minor: i64,
    /// The organisation id in `/webhooks/agent/agent_<…>`.
    pub agent: String,
    /// Settings that differ from the house's.
    pub settings: Json,
    /// When it was created.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
}

impl Client {
    /// What this client has of its own at the voice provider, such as `assistant_id`.
    pub fn own_vapi(&self, name: &str) -> Option<&str> {
        self.settings.get("vapi")?.get(name)?.as_str()
    }

    /// The calendar that its settings name.
    pub fn own_calendar(&self) -> Option<&str> {
        self.settings.get("calendar")?.get("id")?.as_str()
    }
}
