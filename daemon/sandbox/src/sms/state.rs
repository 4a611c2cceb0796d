//! Everything a running SMS sandbox knows, behind one lock, and the signal that it changed.
//!
//! The lock is never held across an await. Every collection is bounded.

use super::config::{Account, SmsConfig, Vendor};
use super::course::Course;
use super::faults::Faults;
use super::text::Text;
use crate::clock::Clock;
use crate::random::Random;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// Problems that are remembered; the oldest go first.
const KEEP_PROBLEMS: usize = 1_000;
/// Deliveries on the wire at once.
const MAX_IN_FLIGHT: usize = 128;

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// API requests, the sandbox's own knobs not counted.
    pub requests: u64,
    /// Requests refused by a fault.
    pub refused: u64,
    /// Requests never answered.
    pub stalled: u64,
    /// Texts taken.
    pub taken: u64,
    /// Texts taken whose answer was lost.
    pub answers_lost: u64,
    /// Texts that came in.
    pub inbound: u64,
    /// Webhooks sent, repeats included.
    pub sent: u64,
    /// Answered with 2xx.
    pub delivered: u64,
    /// Answered otherwise, or not at all.
    pub failed: u64,
    /// Sent twice on purpose.
    pub duplicated: u64,
    /// Sent late on purpose.
    pub reordered: u64,
    /// Never sent, on purpose.
    pub dropped: u64,
    /// Keywords that Twilio answered by itself.
    pub answered_by_carrier: u64,
}

pub(super) struct State {
    pub faults: Faults,
    /// By creation.
    pub texts: BTreeMap<u64, Text>,
    pub by_sid: HashMap<String, u64>,
    pub forced: HashMap<String, Course>,
    /// Index of the account, person and the sender they blocked.
    pub blocked: HashSet<(usize, String, String)>,
    /// Texts per person, for the draw of their answer.
    pub texted: HashMap<String, u32>,
    /// Where texts to a number of ours are delivered; the accounts' numbers as they are now.
    pub sms_urls: HashMap<String, String>,
    pub counters: Counters,
    pub problems: VecDeque<String>,
    pub random: Random,
    next_seq: u64,
    last_ms: i64,
}

impl State {
    pub(super) fn next_seq(&mut self) -> u64 {
        self.next_seq += 1;
        self.next_seq
    }

    /// The time, never earlier than it was before: creation order and time order agree.
    pub(super) fn now_ms(&mut self, clock: Clock) -> i64 {
        self.last_ms = self.last_ms.max(clock.now_ms());
        self.last_ms
    }

    pub(super) fn new_sid(&mut self, vendor: Vendor) -> String {
        match vendor {
            Vendor::Twilio => format!("SM{}", self.random.hex(16)),
            Vendor::SignalWire => self.random.uuid4(),
        }
    }

    pub(super) fn enter(&mut self, text: Text, keep: usize) {
        self.by_sid.insert(text.sid.clone(), text.seq);
        self.texts.insert(text.seq, text);
        while self.texts.len() > keep.max(1) {
            if let Some((_, oldest)) = self.texts.pop_first() {
                self.by_sid.remove(&oldest.sid);
            }
        }
    }

    pub(super) fn by_sid(&self, sid: &str) -> Option<&Text> {
        self.texts.get(self.by_sid.get(sid)?)
    }

    pub(super) fn problem(&mut self, what: String) {
        tracing::warn!(problem = what, "sandbox: the receiver broke the contract");
        if self.problems.len() == KEEP_PROBLEMS {
            self.problems.pop_front();
        }
        self.problems.push_back(what);
    }
}

pub(super) struct Shared {
    pub config: SmsConfig,
    pub clock: Clock,
    pub base_url: String,
    pub http: reqwest::Client,
    pub shutdown: CancellationToken,
    pub in_flight: Semaphore,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    busy: AtomicUsize,
}

impl Shared {
    pub(super) fn new(
        config: SmsConfig,
        base_url: String,
        http: reqwest::Client,
        shutdown: CancellationToken,
    ) -> Self {
        let clock = Clock::new(config.speed);
        let now_ms = clock.now_ms();
        let numbers = config.accounts.iter().flat_map(|account| &account.numbers);
        let state = State {
            faults: config.faults.clone(),
            texts: BTreeMap::new(),
            by_sid: HashMap::new(),
            forced: HashMap::new(),
            blocked: HashSet::new(),
            texted: HashMap::new(),
            sms_urls: numbers.map(|n| (n.number.clone(), n.sms_url.clone())).collect(),
            counters: Counters::default(),
            problems: VecDeque::new(),
            // Ids also depend on the start, so that a restarted sandbox does not repeat them.
            random: Random::of(config.seed, &now_ms.to_string()),
            next_seq: 0,
            last_ms: now_ms,
        };
        Self {
            clock,
            base_url,
            http,
            shutdown,
            in_flight: Semaphore::new(MAX_IN_FLIGHT),
            state: Mutex::new(state),
            changed: watch::Sender::new(0),
            busy: AtomicUsize::new(0),
            config,
        }
    }

    /// Reads the state, or changes something nobody waits for.
    pub(super) fn peek(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain data behind; it is still the best there is.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes whoever waits for a change.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let result = change(&mut self.peek());
        self.wake();
        result
    }

    pub(super) fn wake(&self) {
        self.changed.send_modify(|n| *n = n.wrapping_add(1));
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.busy.load(Ordering::SeqCst) == 0
    }

    pub(super) fn account(&self, index: usize) -> Option<&Account> {
        self.config.accounts.get(index)
    }

    /// The account that has a number, by its index.
    pub(super) fn owner_of(&self, number: &str) -> Option<usize> {
        self.config.accounts.iter().position(|a| a.numbers.iter().any(|n| n.number == number))
    }
}

/// Held by everything that will still do something; the sandbox is idle when none is held.
pub(super) struct Busy(Arc<Shared>);

impl Busy {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        shared.busy.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(shared))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
        self.0.wake();
    }
}
