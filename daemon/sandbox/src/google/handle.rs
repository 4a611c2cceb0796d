//! What the process that runs a sandbox holds: a view of it and its controls.

use super::account::{CLIENT_EMAIL, PRIVATE_KEY};
use super::config::Access;
use super::faults::Fault;
use super::staff::Staff;
use super::state::{Counters, Shared};
use serde_json::{Value, json};
use std::sync::Arc;

/// Controls of a running sandbox. Clones share it.
#[derive(Clone)]
pub struct GoogleHandle {
    pub(super) shared: Arc<Shared>,
}

impl GoogleHandle {
    /// Where tokens are made.
    pub fn token_url(&self) -> String {
        format!("{}/token", self.shared.base_url)
    }

    /// Where Calendar is, without a slash at the end.
    pub fn calendar_base_url(&self) -> String {
        format!("{}/calendar/v3", self.shared.base_url)
    }

    /// The key file of the service account, as Google Cloud hands them out.
    pub fn account_json(&self) -> String {
        json!({
            "type": "service_account",
            "project_id": "sandbox-project",
            "private_key_id": "00000000000000000000000000000000000000aa",
            "private_key": PRIVATE_KEY,
            "client_email": CLIENT_EMAIL,
            "client_id": "100000000000000000002",
            "token_uri": self.token_url(),
            "universe_domain": "googleapis.com",
        })
        .to_string()
    }

    /// A person who works with a calendar.
    pub fn staff(&self, calendar: &str) -> Staff {
        Staff { shared: Arc::clone(&self.shared), calendar: calendar.to_owned() }
    }

    /// One event, deleted or not.
    pub fn event(&self, calendar: &str, id: &str) -> Option<Value> {
        Some(self.shared.peek().calendars.get(calendar)?.events.get(id)?.json())
    }

    /// The events that stand, by id.
    pub fn events(&self, calendar: &str) -> Vec<Value> {
        let state = self.shared.peek();
        let events = state.calendars.get(calendar).into_iter().flat_map(|of| of.events.values());
        events.filter(|stored| !stored.is_deleted()).map(super::event::Stored::json).collect()
    }

    /// Changes how a calendar is shared; false without such a calendar.
    pub fn set_access(&self, calendar: &str, access: Access) -> bool {
        self.shared.change(|state| {
            let of = state.calendars.get_mut(calendar);
            of.map(|of| of.access = access).is_some()
        })
    }

    /// Makes every sync token given so far worthless; false without such a calendar.
    pub fn expire_sync_tokens(&self, calendar: &str) -> bool {
        self.shared.change(|state| {
            let of = state.calendars.get_mut(calendar);
            of.map(|of| {
                of.seq += 1;
                of.oldest_token = of.seq;
            })
            .is_some()
        })
    }

    /// Makes every access token given so far worthless.
    pub fn revoke_tokens(&self) {
        self.shared.change(|state| state.grants.clear());
    }

    /// Google's time, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.shared.now_ms()
    }

    /// How far Google's clock is ahead of this machine's, in milliseconds.
    pub fn set_clock_skew(&self, ms: i64) {
        self.shared.change(|state| state.skew_ms = ms);
    }

    /// One more thing goes wrong.
    pub fn fault(&self, fault: Fault) {
        self.shared.change(|state| state.faults.push(fault));
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.shared.change(|state| state.faults.clear());
    }

    /// What has happened so far.
    pub fn counters(&self) -> Counters {
        self.shared.peek().counters
    }

    /// Ids of the channels that are open.
    pub fn channels(&self) -> Vec<String> {
        self.shared.peek().channels.keys().cloned().collect()
    }

    /// Waits until the condition holds, looking again after every change.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut changes = self.shared.changes();
        while !holds(self) {
            // The sender lives in `shared`, so it cannot be gone.
            let _ = changes.changed().await;
        }
    }

    /// Waits until the server has stopped, after its shutdown token was cancelled.
    pub async fn stopped(&self) {
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}
