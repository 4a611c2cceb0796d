//! What the process that runs a sandbox holds: a view of it and its controls.

use super::call::{Call, Direction};
use super::faults::Faults;
use super::place;
use super::scenario::Scenario;
use super::state::{Counters, Problem, Shared};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// Numbers whose scenario can be forced.
const MAX_FORCED: usize = 100_000;

/// One call, in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlacedCall {
    /// The vendor's id.
    pub id: String,
    /// True for a call that came in.
    pub inbound: bool,
    /// The reference the caller of the API gave.
    pub name: Option<String>,
    /// `customer.externalId`.
    pub external_id: Option<String>,
    /// `customer.number`.
    pub number: String,
    /// When it was placed, unix milliseconds.
    pub created_ms: i64,
    /// The vendor's word for its state.
    pub status: &'static str,
    /// Why it ended.
    pub ended_reason: Option<String>,
    /// Its course.
    pub scenario: &'static str,
    /// The appointment the tools confirmed.
    pub appointment_start: Option<String>,
}

impl PlacedCall {
    pub(super) fn of(call: &Call) -> Self {
        let customer = call.fields.get("customer");
        Self {
            id: call.id.clone(),
            inbound: call.direction == Direction::Inbound,
            name: call.text("name").map(str::to_owned),
            external_id: customer.and_then(|c| c["externalId"].as_str()).map(str::to_owned),
            number: call.number().to_owned(),
            created_ms: call.created_ms,
            status: call.status.word(),
            ended_reason: call.ended_reason.as_deref().map(str::to_owned),
            scenario: call.scenario.name(),
            appointment_start: call
                .noted
                .get("appointment_start")
                .and_then(|v| v.as_str())
                .map(str::to_owned),
        }
    }
}

pub(super) fn force(shared: &Shared, number: &str, scenario: Option<Scenario>) {
    shared.change(|state| match scenario {
        Some(scenario) if state.forced.len() < MAX_FORCED || state.forced.contains_key(number) => {
            state.forced.insert(number.to_owned(), scenario);
        }
        Some(_) => {}
        None => {
            state.forced.remove(number);
        }
    });
}

/// Controls of a running sandbox. Clones share it.
#[derive(Clone)]
pub struct SandboxHandle {
    pub(super) shared: Arc<Shared>,
    pub(super) server: TaskTracker,
}

impl SandboxHandle {
    /// Where the API is: `http://127.0.0.1:…`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// Every call that is remembered, oldest first.
    pub fn calls(&self) -> Vec<PlacedCall> {
        self.shared.peek().calls.values().map(PlacedCall::of).collect()
    }

    /// The calls to one number, oldest first.
    pub fn calls_to(&self, number: &str) -> Vec<PlacedCall> {
        let state = self.shared.peek();
        state.calls.values().filter(|c| c.number() == number).map(PlacedCall::of).collect()
    }

    /// One call as `GET /call/{id}` shows it, without the effects of a read.
    pub fn call(&self, id: &str) -> Option<Value> {
        self.shared.peek().call(id).map(|call| call.json(&self.shared.org_id, &self.shared.base_url))
    }

    /// What has happened so far.
    pub fn counters(&self) -> Counters {
        self.shared.peek().counters
    }

    /// What the receiver of server messages did wrong, oldest first.
    pub fn problems(&self) -> Vec<Problem> {
        self.shared.peek().problems.iter().cloned().collect()
    }

    /// The faults in force.
    pub fn faults(&self) -> Faults {
        self.shared.peek().faults.clone()
    }

    /// Replaces the faults in force; refuses impossible values in words.
    pub fn set_faults(&self, faults: Faults) -> Result<(), String> {
        match faults.problem() {
            Some(problem) => Err(problem),
            None => {
                self.shared.change(|state| state.faults = faults);
                Ok(())
            }
        }
    }

    /// Makes every call to or from a number take one course; `None` ends it.
    pub fn force(&self, number: &str, scenario: Option<Scenario>) {
        force(&self.shared, number, scenario);
    }

    /// Somebody calls the default line; the id of the call.
    pub fn inbound(&self, from: &str, scenario: Option<Scenario>) -> String {
        place::inbound(&self.shared, from, &Map::new(), scenario)
    }

    /// Calls that are not over.
    pub fn live(&self) -> usize {
        self.shared.peek().live
    }

    /// Waits until the condition holds, looking again after every change.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut changes = self.shared.changes();
        while !holds(self) {
            // The sender lives in `shared`, so it cannot be gone.
            let _ = changes.changed().await;
        }
    }

    /// Waits until no call runs and nothing is left to deliver or retry.
    pub async fn idle(&self) {
        self.until(|sandbox| sandbox.shared.is_idle()).await;
    }

    /// Waits until the server has stopped, after its shutdown token was cancelled.
    pub async fn stopped(&self) {
        self.server.wait().await;
        self.idle().await;
    }
}
