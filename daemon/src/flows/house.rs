//! The rules of the installation, read from its configuration.

use crate::config::{Config, NewClients};
use frontdesk_domain::booking::BookingRules;
use frontdesk_domain::breaker::BreakerRules;
use frontdesk_domain::installation::Installation;
use frontdesk_domain::policy::Policy;
use frontdesk_domain::score::Weights;
use frontdesk_shared::time::SECOND;
use std::ops::Deref;
use std::sync::Mutex;

pub use frontdesk_domain::installation::ClientRules;

/// The rules, and what a new client starts with.
#[derive(Debug)]
pub struct House {
    rules: Installation,
    /// What a new client starts with.
    pub new_clients: NewClients,
}

impl Deref for House {
    type Target = Installation;

    fn deref(&self) -> &Installation {
        &self.rules
    }
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
        let rules = Installation {
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
            concurrency: vapi.map_or(0, |v| u64::from(v.concurrency)),
            max_call_ms: vapi.map_or(0, |v| v.max_call_s) * SECOND,
            silent_ms: config.jobs.reconcile_after_s * SECOND,
            import_hold_ms: config.imports.hold_s * SECOND,
            sandbox: config.is_sandbox(),
            retry_ms: config.jobs.retry_s.iter().map(|s| s * SECOND).collect(),
            lease_ms: config.jobs.lease_s * SECOND,
            merged: Mutex::default(),
            windows: Mutex::default(),
        };
        Ok(Self { rules, new_clients: config.new_clients.clone() })
    }
}
