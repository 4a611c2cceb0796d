//! The rules of the installation, and those of each client merged on top.

use crate::attempts::AttemptRules;
use crate::booking::BookingRules;
use crate::breaker::BreakerRules;
use crate::calendar::CalendarRules;
use crate::client::Client;
use crate::gate::{self, GateInput};
use crate::holidays::Calendars;
use crate::nation::{self, Nation};
use crate::policy::Policy;
use crate::score::Weights;
use crate::sending::Lines;
use crate::window::WindowCache;
use frontdesk_shared::explain::GateReport;
use frontdesk_shared::time::MINUTE;
use frontdesk_shared::{ClientId, Millis};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Client rules kept in memory at most; the rest are merged again when needed.
const RULES_KEPT: usize = 1024;

/// What the installation has at the voice provider, for clients with nothing of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voice {
    /// The assistant that speaks.
    pub assistant_id: String,
    /// The number that is called from.
    pub phone_number_id: String,
}

/// The rules of the installation, from its configuration.
#[derive(Debug)]
pub struct Installation {
    /// Who may be contacted when.
    pub policy: Policy,
    /// When appointments can be.
    pub booking: BookingRules,
    /// When to stop asking a provider that fails.
    pub breaker: BreakerRules,
    /// What makes a lead worth calling first.
    pub weights: Weights,
    /// What it has at the voice provider.
    pub voice: Voice,
    /// What messages are sent with.
    pub lines: Lines,
    /// What it has for calendars; `None`: nobody's calendar is read or written.
    pub calendars: Option<CalendarRules>,
    /// Calls at once on the provider's account.
    pub concurrency: u64,
    /// Longest call in milliseconds.
    pub max_call_ms: i64,
    /// Silence of a call, in milliseconds, after which the provider is asked about it.
    pub silent_ms: i64,
    /// How long the leads of a file wait before their first call, in milliseconds.
    pub import_hold_ms: i64,
    /// Whether provider traffic goes to a sandbox.
    pub sandbox: bool,
    /// Retry schedule of effects in milliseconds.
    pub retry_ms: Vec<i64>,
    /// How long a claimed job may take before another daemon may have it, in milliseconds.
    pub lease_ms: i64,
    /// Client rules merged lately.
    pub merged: Mutex<HashMap<ClientId, (Millis, Arc<ClientRules>)>>,
    /// Open hours computed lately.
    pub windows: Mutex<WindowCache>,
}

/// The installation's rules with one client's settings on top.
#[derive(Debug)]
pub struct ClientRules {
    /// Who may be contacted when.
    pub policy: Policy,
    /// When to call again.
    pub attempts: AttemptRules,
    /// When appointments can be.
    pub booking: BookingRules,
}

impl Installation {
    /// The rules that hold for a client. Settings that cannot be merged were refused when they
    /// were written; should the installation's own rules have changed since, the installation's rules stand
    /// alone.
    pub fn rules(&self, client: &Client) -> Arc<ClientRules> {
        let mut merged = self.merged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, rules)) = merged.get(&client.id)
            && *at == client.updated_at
        {
            return rules.clone();
        }
        let alone = |_| {
            let booking = holidays_of(&self.policy, self.booking_in(&client.timezone), client);
            rules_of(self.policy.clone(), booking)
        };
        let rules = Arc::new(self.merge(client).unwrap_or_else(alone));
        if merged.len() >= RULES_KEPT {
            merged.clear();
        }
        merged.insert(client.id, (client.updated_at, rules.clone()));
        rules
    }

    /// A client's settings on top of the installation's rules, or what is wrong with them.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn merge(&self, client: &Client) -> Result<ClientRules, String> {
        let part = |name: &str| client.settings.get(name).cloned().unwrap_or_else(|| json!({}));
        let policy = self.policy.merged(&part("calling"))?;
        let mut booking =
            serde_json::to_value(self.booking_in(&client.timezone)).map_err(|e| e.to_string())?;
        if let (Some(base), Some(over)) = (booking.as_object_mut(), part("booking").as_object()) {
            base.extend(over.clone());
        }
        let booking: BookingRules =
            serde_json::from_value(booking).map_err(|e| format!("settings.booking: {e}"))?;
        if let Some(problem) = booking.problems().into_iter().next() {
            return Err(format!("settings.booking: {problem}"));
        }
        let booking = holidays_of(&policy, booking, client);
        Ok(rules_of(policy, booking))
    }

    /// Asks the gate; open hours of equal leads are computed once.
    pub fn ask(&self, input: &GateInput<'_>) -> GateReport {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        gate::decide_with(input, &mut windows)
    }

    fn booking_in(&self, zone: &str) -> BookingRules {
        BookingRules { zone: zone.to_owned(), ..self.booking.clone() }
    }
}

/// Where the booking rules name no holidays, the client's own country's are without appointments,
/// unless its calling rules open them; in Great Britain those of the nation its address is in, or of
/// England and Wales.
fn holidays_of(policy: &Policy, mut booking: BookingRules, client: &Client) -> BookingRules {
    if booking.holidays.is_empty() {
        let country = policy.profile(&client.country).map_or(client.country.as_str(), |(key, _)| key);
        if policy.public_holidays(country) != Calendars::NONE {
            let address = client.settings.get("messages").and_then(|m| m.get("address"));
            let nation = address.and_then(|a| a.as_str()).and_then(nation::of_address);
            booking.holidays = match (country, nation) {
                ("GB", Some(Nation::Scotland)) => "GB-SCT".to_owned(),
                ("GB", Some(Nation::NorthernIreland)) => "GB-NIR".to_owned(),
                ("GB", _) => "GB-ENG".to_owned(),
                (country, _) => country.to_owned(),
            };
        }
    }
    booking
}

fn rules_of(policy: Policy, booking: BookingRules) -> ClientRules {
    let attempts = AttemptRules {
        delays_ms: policy.attempts.delays_minutes.iter().map(|m| i64::from(*m) * MINUTE).collect(),
        max_attempts: policy.attempts.max_calls,
        ..AttemptRules::default()
    };
    ClientRules { policy, attempts, booking }
}
