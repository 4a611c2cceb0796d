//! Clients: the businesses the house works for.

use crate::words::words;
use crate::{ClientId, Millis};
use serde::{Deserialize, Serialize};

words! {
    /// Whether the house works for a client.
    ClientStatus {
        /// Yes.
        Active = "active",
        /// Nothing new is dialed; everything else goes on.
        Paused = "paused",
        /// Everything queued was stopped.
        Deactivated = "deactivated",
    }
}

words! {
    /// The plan a client is on; it sets the request limit per minute.
    Tier {
        /// 60 requests a minute.
        Free = "free",
        /// 300 requests a minute.
        Pro = "pro",
        /// 1000 requests a minute.
        Enterprise = "enterprise",
    }
}

impl Tier {
    /// Requests per minute (requirement R154).
    pub fn requests_per_minute(self) -> u32 {
        match self {
            Self::Free => 60,
            Self::Pro => 300,
            Self::Enterprise => 1000,
        }
    }
}

/// What is asked to create a client: R143's body and its optional parts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with businessName")]
pub struct NewClient {
    /// Name of the business.
    #[serde(rename = "businessName")]
    pub business_name: String,
    /// Where the house writes to.
    #[serde(default)]
    pub email: String,
    /// The business's own number.
    #[serde(default)]
    pub phone: String,
    /// Line of work.
    #[serde(default)]
    pub industry: String,
    /// What it offers.
    #[serde(default)]
    pub services: Vec<String>,
    /// Short key used in paths; made from the name where absent.
    #[serde(default)]
    pub key: Option<String>,
    /// Plan; `free` where absent.
    #[serde(default)]
    pub tier: Option<Tier>,
    /// IANA zone; Europe/London where absent.
    #[serde(default)]
    pub timezone: Option<String>,
    /// ISO 3166 country for numbers without a prefix; GB where absent.
    #[serde(default)]
    pub country: Option<String>,
    /// ISO 4217 currency; GBP where absent.
    #[serde(default)]
    pub currency: Option<String>,
    /// Worth of an appointment in whole units of the currency; 500 where absent.
    #[serde(default)]
    pub value_per_appointment: Option<f64>,
    /// Further settings, as in `PATCH /api/clients/:key/config`.
    #[serde(default)]
    pub settings: Option<serde_json::Value>,
}

/// One step of setting a client up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnboardStep {
    /// What.
    pub name: String,
    /// `done`, `pending` or `failed`.
    pub status: String,
    /// In words.
    pub detail: String,
}

/// A client just created. The only place its key is ever shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientCreated {
    /// The client.
    pub client: ClientRow,
    /// The API key, shown this once and stored as a hash.
    pub api_key: String,
    /// Where the client will see its own figures.
    pub dashboard_url: String,
    /// Where providers should send their webhooks.
    pub webhook_urls: std::collections::BTreeMap<String, String>,
    /// What was done and what is left.
    pub steps: Vec<OnboardStep>,
}

/// One client as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientRow {
    /// Its id.
    pub id: ClientId,
    /// Its short key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Whether the house works for it.
    pub status: ClientStatus,
    /// Its plan.
    pub tier: Tier,
    /// Its IANA zone.
    pub timezone: String,
    /// Its country.
    pub country: String,
    /// Open leads.
    pub open_leads: u64,
    /// Calls under way.
    pub live_calls: u64,
    /// When it was created.
    pub created_at: Millis,
}
