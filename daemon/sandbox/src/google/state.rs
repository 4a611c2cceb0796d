//! Everything a running sandbox knows, behind one lock, and the signal that it changed.
//!
//! The lock is never held across an await.

use super::account;
use super::config::{Access, GoogleConfig};
use super::event::{self, Stored};
use super::faults::Fault;
use super::pusher;
use crate::clock::{Clock, iso};
use crate::random::Random;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Tokens made.
    pub tokens: u64,
    /// Requests of any kind, the sandbox's own knobs not counted.
    pub requests: u64,
    /// Events put into calendars through the API.
    pub inserted: u64,
    /// Events changed through the API.
    pub patched: u64,
    /// Events deleted through the API.
    pub deleted: u64,
    /// Inserts whose id was taken.
    pub duplicates: u64,
    /// Writes that let Google mail people.
    pub announced: u64,
    /// Answers lost by a fault.
    pub lost: u64,
    /// Pushes sent.
    pub pushed: u64,
    /// Pushes that were not answered with 2xx.
    pub push_failed: u64,
}

pub(super) struct Calendar {
    pub zone: TimeZone,
    pub access: Access,
    /// By id; deleted ones stay, because their ids stay taken.
    pub events: BTreeMap<String, Stored>,
    /// Changes so far.
    pub seq: u64,
    /// Sync tokens of changes before this have expired.
    pub oldest_token: u64,
}

pub(super) struct Grant {
    pub until_ms: i64,
    pub scopes: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Channel {
    pub id: String,
    pub calendar: String,
    pub resource: String,
    pub address: String,
    pub token: Option<String>,
    pub until_ms: i64,
    pub messages: u64,
}

pub(super) struct State {
    pub calendars: BTreeMap<String, Calendar>,
    pub grants: HashMap<String, Grant>,
    pub channels: BTreeMap<String, Channel>,
    pub faults: Vec<Fault>,
    /// How far Google's clock is ahead of this machine's.
    pub skew_ms: i64,
    pub counters: Counters,
    pub random: Random,
    last_ms: i64,
}

pub(super) struct Shared {
    pub base_url: String,
    pub page_size: usize,
    pub public_key: Vec<u8>,
    pub http: reqwest::Client,
    pub clock: Clock,
    pub shutdown: CancellationToken,
    pub tasks: TaskTracker,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

impl Shared {
    pub(super) fn new(
        config: GoogleConfig,
        base_url: String,
        http: reqwest::Client,
        shutdown: CancellationToken,
        tasks: TaskTracker,
    ) -> io::Result<Self> {
        let clock = Clock::new(1.0);
        let now_ms = clock.now_ms();
        let mut calendars = BTreeMap::new();
        for setup in config.calendars {
            let zone = TimeZone::get(&setup.zone).map_err(io::Error::other)?;
            let calendar =
                Calendar { zone, access: setup.access, events: BTreeMap::new(), seq: 1, oldest_token: 0 };
            calendars.insert(setup.id, calendar);
        }
        let state = State {
            calendars,
            grants: HashMap::new(),
            channels: BTreeMap::new(),
            faults: Vec::new(),
            skew_ms: 0,
            counters: Counters::default(),
            random: Random::of(config.seed, &now_ms.to_string()),
            last_ms: now_ms,
        };
        Ok(Self {
            base_url,
            page_size: config.page_size.max(1),
            public_key: account::public_key()?,
            http,
            clock,
            shutdown,
            tasks,
            state: Mutex::new(state),
            changed: watch::Sender::new(0),
        })
    }

    pub(super) fn peek(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain data behind; it is still the best there is.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes whoever waits for a change.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let result = change(&mut self.peek());
        self.changed.send_modify(|n| *n = n.wrapping_add(1));
        result
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Google's time.
    pub(super) fn now_ms(&self) -> i64 {
        self.clock.now_ms() + self.peek().skew_ms
    }

    /// Writes an event, new or in place of the old one, and tells who watches. `None` without
    /// such a calendar.
    pub(super) fn write(
        self: &Arc<Self>,
        calendar: &str,
        id: &str,
        fields: Map<String, Value>,
    ) -> Option<Value> {
        let (written, channels) = self.change(|state| {
            // Never twice the same, so that "changed later" is always told.
            state.last_ms = (state.last_ms + 1).max(self.clock.now_ms());
            let now_ms = state.last_ms + state.skew_ms;
            let of = state.calendars.get_mut(calendar)?;
            of.seq += 1;
            let mut fields = fields;
            fields.insert("etag".to_owned(), format!("\"{}\"", of.seq * 2 + 3_000).into());
            fields.insert("updated".to_owned(), iso(now_ms).into());
            let stored = Stored { fields, seq: of.seq };
            let written = stored.json();
            of.events.insert(id.to_owned(), stored);
            let live = |channel: &&mut Channel| channel.calendar == calendar && channel.until_ms > now_ms;
            let mut channels = Vec::new();
            for channel in state.channels.values_mut().filter(live) {
                channel.messages += 1;
                channels.push(channel.clone());
            }
            Some((written, channels))
        })?;
        for channel in channels {
            pusher::push(self, channel, "exists");
        }
        Some(written)
    }

    /// Deletes an event: it stays under its id. `None` without one that stands.
    pub(super) fn delete(self: &Arc<Self>, calendar: &str, id: &str) -> Option<()> {
        let mut fields = {
            let state = self.peek();
            let stored = state.calendars.get(calendar)?.events.get(id)?;
            (!stored.is_deleted()).then(|| stored.fields.clone())?
        };
        fields.insert("status".to_owned(), "cancelled".into());
        self.write(calendar, id, fields).map(|_| ())
    }

    /// Puts a new event there under an id.
    pub(super) fn create(
        self: &Arc<Self>,
        calendar: &str,
        id: &str,
        fields: Map<String, Value>,
    ) -> Option<Value> {
        let now_ms = self.now_ms();
        self.write(calendar, id, event::created(id, fields, calendar, now_ms))
    }

    /// Changes an event that is there, deleted or not.
    pub(super) fn amend(
        self: &Arc<Self>,
        calendar: &str,
        id: &str,
        change: &Map<String, Value>,
    ) -> Option<Value> {
        let mut fields = self.peek().calendars.get(calendar)?.events.get(id)?.fields.clone();
        event::merge(&mut fields, change);
        self.write(calendar, id, fields)
    }
}
