//! Specimens for the tests of decisions: a house, a client, people, and what a decision gets from
//! outside.

use super::{Facts, Outside, Unit};
use crate::client::Client;
use crate::installation::{Installation, Voice};
use crate::lead::Lead;
use crate::phone;
use crate::sending::{Line, Lines, TWILIO};
use frontdesk_shared::client::{ClientStatus, Tier};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{ClientId, LeadId, Millis};
use std::cell::Cell;
use std::sync::{Arc, Mutex};

/// The number the house texts from.
pub(crate) const NUMBER: &str = "+14155550198";
/// The present.
pub(crate) const NOW: Millis = Millis(1_800_000_000_000);

/// Ids in order, and no chance.
#[derive(Default)]
pub(crate) struct Counting(Cell<i64>);

impl Outside for Counting {
    fn id(&self) -> i64 {
        self.0.set(self.0.get() + 1);
        1_000 + self.0.get()
    }

    fn bits(&self) -> u64 {
        7
    }
}

/// A house that texts.
pub(crate) fn house() -> Installation {
    Installation {
        policy: crate::policy::Policy::default(),
        booking: crate::booking::BookingRules::default(),
        breaker: crate::breaker::BreakerRules::default(),
        weights: crate::score::Weights::default(),
        voice: Voice::default(),
        calendars: None,
        lines: Lines {
            sms: Some(Line { provider: TWILIO, sender: NUMBER.into(), own_account: false }),
            ..Lines::default()
        },
        concurrency: 1,
        max_call_ms: 0,
        silent_ms: 0,
        import_hold_ms: 0,
        sandbox: false,
        retry_ms: vec![1_000],
        lease_ms: 60_000,
        merged: Mutex::default(),
        windows: Mutex::default(),
    }
}

/// A client with nothing of its own.
pub(crate) fn client(id: i64) -> Arc<Client> {
    Arc::new(Client {
        id: ClientId(id),
        key: format!("client-{id}"),
        name: format!("Practice {id}"),
        email: String::new(),
        phone: String::new(),
        industry: String::new(),
        services: Vec::new(),
        status: ClientStatus::Active,
        paused_reason: None,
        tier: Tier::Free,
        timezone: "Europe/London".into(),
        country: "GB".into(),
        currency: "GBP".into(),
        value_minor: 0,
        agent: String::new(),
        settings: serde_json::Value::Null,
        created_at: Millis(0),
        updated_at: Millis(0),
    })
}

/// A person who waits for a call of a client.
pub(crate) fn lead(client: i64, number: &str) -> Lead {
    let phone = phone::normalise(number, None).unwrap();
    let lead = Lead::of_caller(LeadId(client), ClientId(client), &phone, NOW);
    Lead { name: "Ann".into(), status: LeadStatus::Queued, ..lead }
}

/// Decides with what is known.
pub(crate) fn decide<T>(facts: &Facts, decide: impl FnOnce(&mut Unit<'_>) -> T) -> T {
    let (house, outside) = (house(), Counting::default());
    decide(&mut Unit::new(NOW, &house, facts, &outside))
}
