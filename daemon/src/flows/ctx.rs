//! What every flow needs besides its transaction: time and ids, and the house's rules.

use crate::desk::attempts::AttemptRules;
use crate::desk::booking::BookingRules;
use crate::desk::breaker::BreakerRules;
use crate::desk::gate::{self, GateInput};
use crate::desk::policy::Policy;
use crate::desk::score::Weights;
use crate::desk::window::WindowCache;
use crate::env::Env;
use crate::store::clients::Client;
use crate::store::events::{self, NewEvent};
use crate::store::faults::{self, NewFault};
use crate::store::{Result, Tx};
use frontdesk_shared::explain::GateReport;
use frontdesk_shared::time::MINUTE;
use frontdesk_shared::{ClientId, FaultId, LeadId, Millis, RowId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The only voice provider so far.
pub(super) const VAPI: &str = "vapi";
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
    /// Calls at once on the provider's account.
    pub concurrency: u64,
    /// Longest call in milliseconds.
    pub max_call_ms: i64,
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
    /// Rules by value; see the fields.
    #[allow(clippy::too_many_arguments)] // a plain constructor of a plain struct, called once
    pub fn new(
        policy: Policy,
        booking: BookingRules,
        breaker: BreakerRules,
        weights: Weights,
        concurrency: u64,
        max_call_ms: i64,
        sandbox: bool,
        retry_ms: Vec<i64>,
        lease_ms: i64,
    ) -> Self {
        Self {
            policy,
            booking,
            breaker,
            weights,
            concurrency,
            max_call_ms,
            sandbox,
            retry_ms,
            lease_ms,
            merged: Mutex::new(HashMap::new()),
            windows: Mutex::new(WindowCache::default()),
        }
    }

    /// The rules that hold for a client. Settings that cannot be merged were refused when they
    /// were written; should the house's own rules have changed since, the stricter house rules
    /// stand alone.
    pub fn rules(&self, client: &Client) -> Arc<ClientRules> {
        let mut merged = self.merged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, rules)) = merged.get(&client.id)
            && *at == client.updated_at
        {
            return rules.clone();
        }
        let rules = Arc::new(
            self.merge(client)
                .unwrap_or_else(|_| rules_of(self.policy.clone(), self.booking_in(&client.timezone))),
        );
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
    pub fn merge(&self, client: &Client) -> std::result::Result<ClientRules, String> {
        let part = |name: &str| client.settings.get(name).cloned().unwrap_or_else(|| serde_json::json!({}));
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

fn rules_of(policy: Policy, booking: BookingRules) -> ClientRules {
    let attempts = AttemptRules {
        delays_ms: policy.attempts.delays_minutes.iter().map(|m| i64::from(*m) * MINUTE).collect(),
        max_attempts: policy.attempts.max_calls,
        ..AttemptRules::default()
    };
    ClientRules { policy, attempts, booking }
}

/// Everything a flow needs besides its transaction. Cheap to clone into a closure.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// Time, ids, entropy.
    pub env: Env,
    /// This daemon's node number.
    pub node: i64,
    /// The rules.
    pub house: Arc<House>,
}

impl Ctx {
    /// The present.
    pub fn now(&self) -> Millis {
        self.env.now()
    }

    /// Appends an event.
    ///
    /// # Errors
    /// As the statement fails.
    #[allow(clippy::too_many_arguments)] // one call per event, each argument a column
    pub fn event(
        &self,
        tx: &mut Tx<'_>,
        kind: &str,
        client: ClientId,
        lead: Option<LeadId>,
        subject: (&str, &str),
        actor: &str,
        text: &str,
        data: serde_json::Value,
    ) -> Result<()> {
        events::append(
            tx,
            &NewEvent {
                at: self.now(),
                kind,
                client,
                lead,
                subject: subject.0,
                subject_id: subject.1,
                actor,
                text,
                data,
            },
        )
    }

    /// Records an error.
    ///
    /// # Errors
    /// As the statements fail.
    pub fn fault(&self, tx: &mut Tx<'_>, fault: &NewFault<'_>) -> Result<FaultId> {
        faults::record(tx, fault, (FaultId(self.env.id()), RowId(self.env.id())), self.now())
    }
}
