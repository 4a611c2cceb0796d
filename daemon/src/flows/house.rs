//! The house's rules from its configuration, and the rules of each client merged on top.

use crate::config::{Config, NewClients};
use frontdesk_domain::attempts::AttemptRules;
use frontdesk_domain::booking::BookingRules;
use frontdesk_domain::breaker::BreakerRules;
use frontdesk_domain::gate::{self, GateInput};
use frontdesk_domain::holidays::Calendars;
use frontdesk_domain::policy::Policy;
use frontdesk_domain::score::Weights;
use frontdesk_domain::window::WindowCache;
use frontdesk_shared::explain::GateReport;
use frontdesk_shared::time::{MINUTE, SECOND};
use frontdesk_shared::{ClientId, Millis};
use frontdesk_store::clients::Client;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Client rules kept in memory at most; the rest are merged again when needed.
const RULES_KEPT: usize = 1024;

/// The house's rules, from its configuration.
#[derive(Debug)]
pub struct House {
    /// Who may be contacted when.
    pub policy: Policy,
    /// When appointments can be.
    pub booking: BookingRules,
    /// When to stop asking a provider that fails.
    pub breaker: BreakerRules,
    /// What makes a lead worth calling first.
    pub weights: Weights,
    /// What a new client starts with.
    pub new_clients: NewClients,
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
    merged: Mutex<HashMap<ClientId, (Millis, Arc<ClientRules>)>>,
    windows: Mutex<WindowCache>,
}

/// The house's rules with one client's settings on top.
#[derive(Debug)]
pub struct ClientRules {
    /// Who may be contacted when.
    pub policy: Policy,
    /// When to call again.
    pub attempts: AttemptRules,
    /// When appointments can be.
    pub booking: BookingRules,
}

impl House {
    /// Reads the rules.
    ///
    /// # Errors
    /// A sentence that names the table and the key at fault.
    pub fn of(config: &Config) -> Result<Self, String> {
        let days = config.jobs.lead_expiry_days.into();
        let policy = Policy::configured(&config.calling, &config.profiles, days)
            .map_err(|e| format!("[calling] {e}"))?;
        let booking = BookingRules::configured(&config.booking)
            .map_err(|problems| format!("[booking] {}", problems.join("; ")))?;
        let vapi = config.vapi.as_ref();
        Ok(Self {
            policy,
            booking,
            breaker: BreakerRules {
                failures: config.breaker.failures,
                percent: config.breaker.percent,
                window_ms: config.breaker.window_s * SECOND,
                open_ms: config.breaker.open_s * SECOND,
                ..BreakerRules::default()
            },
            weights: Weights::default(),
            new_clients: config.new_clients.clone(),
            concurrency: vapi.map_or(0, |v| u64::from(v.concurrency)),
            max_call_ms: vapi.map_or(0, |v| v.max_call_s) * SECOND,
            silent_ms: config.jobs.reconcile_after_s * SECOND,
            import_hold_ms: config.imports.hold_s * SECOND,
            sandbox: config.is_sandbox(),
            retry_ms: config.jobs.retry_s.iter().map(|s| s * SECOND).collect(),
            lease_ms: config.jobs.lease_s * SECOND,
            merged: Mutex::default(),
            windows: Mutex::default(),
        })
    }

    /// The rules that hold for a client. Settings that cannot be merged were refused when they
    /// were written; should the house's own rules have changed since, the house's rules stand
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

    /// A client's settings on top of the house's rules, or what is wrong with them.
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
/// unless its calling rules open them.
fn holidays_of(policy: &Policy, mut booking: BookingRules, client: &Client) -> BookingRules {
    if booking.holidays.is_empty() {
        let country = policy.profile(&client.country).map_or(client.country.as_str(), |(key, _)| key);
        if policy.public_holidays(country) != Calendars::NONE {
            booking.holidays = country.to_owned();
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
