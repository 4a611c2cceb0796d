//! Everything a running sandbox knows, behind one lock, and the signal that it changed.
//!
//! The lock is never held across an await. Every collection is bounded.

use super::call::{Call, Status};
use super::config::{SandboxConfig, TWILIO_ACCOUNT};
use super::faults::Faults;
use super::scenario::Scenario;
use crate::clock::{Clock, iso};
use crate::random::Random;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// Problems that are remembered; the oldest go first.
const KEEP_PROBLEMS: usize = 1_000;
/// Numbers whose calls are counted. Forgetting them only changes what they draw next.
const KEEP_NUMBERS: usize = 200_000;
/// Assistants that can be created.
pub(super) const MAX_ASSISTANTS: usize = 10_000;
/// Deliveries on the wire at once, so that a burst of calls does not run out of sockets.
const MAX_IN_FLIGHT: usize = 128;

/// Something the receiver of server messages did wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The call it happened in.
    pub call_id: String,
    /// What happened, in words.
    pub what: String,
}

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// API requests, the sandbox's own knobs not counted.
    pub requests: u64,
    /// Requests refused by a fault.
    pub refused: u64,
    /// Requests never answered.
    pub stalled: u64,
    /// Calls placed through the API.
    pub placed: u64,
    /// Placed calls whose answer was lost.
    pub answers_lost: u64,
    /// Calls started from outside.
    pub inbound: u64,
    /// Calls that are over.
    pub ended: u64,
    /// Server messages sent, repeats included.
    pub sent: u64,
    /// Answered with 2xx.
    pub delivered: u64,
    /// Answered otherwise, or not at all.
    pub failed: u64,
    /// Sent again by a backoff plan.
    pub retried: u64,
    /// Sent twice on purpose.
    pub duplicated: u64,
    /// Sent late on purpose.
    pub reordered: u64,
    /// Never sent, on purpose.
    pub dropped: u64,
    /// Tools called.
    pub tool_calls: u64,
    /// Appointments the tools confirmed.
    pub booked: u64,
    /// Problems recorded.
    pub problems: u64,
}

pub(super) struct State {
    pub faults: Faults,
    /// By creation.
    pub calls: BTreeMap<u64, Call>,
    pub by_id: HashMap<String, u64>,
    pub live: usize,
    ended: VecDeque<u64>,
    pub forced: HashMap<String, Scenario>,
    /// Calls per number, for the draw.
    pub called: HashMap<String, u32>,
    /// Calls per vendor-bought number: the UTC day and how many on it.
    pub daily: HashMap<String, (i64, u32)>,
    pub assistants: BTreeMap<String, Value>,
    pub phone_numbers: BTreeMap<String, Value>,
    pub counters: Counters,
    pub problems: VecDeque<Problem>,
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

    pub(super) fn call(&self, id: &str) -> Option<&Call> {
        self.calls.get(self.by_id.get(id)?)
    }

    pub(super) fn call_mut(&mut self, id: &str) -> Option<&mut Call> {
        self.calls.get_mut(self.by_id.get(id)?)
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Call> {
        let seq = self.by_id.remove(id)?;
        self.ended.retain(|s| *s != seq);
        self.calls.remove(&seq)
    }

    /// Which call to this number this is, starting with 0.
    pub(super) fn count_call_to(&mut self, number: &str) -> u32 {
        if self.called.len() >= KEEP_NUMBERS && !self.called.contains_key(number) {
            self.called.clear();
        }
        let count = self.called.entry(number.to_owned()).or_default();
        *count += 1;
        *count - 1
    }

    /// Notes that a call is over and forgets the oldest ended ones beyond `keep`.
    pub(super) fn call_ended(&mut self, seq: u64, keep: usize) {
        self.live = self.live.saturating_sub(1);
        self.counters.ended += 1;
        self.ended.push_back(seq);
        while self.ended.len() > keep {
            if let Some(call) = self.ended.pop_front().and_then(|s| self.calls.remove(&s)) {
                self.by_id.remove(&call.id);
            }
        }
    }

    /// A read tells what nobody was told: the end of a call whose end was forgotten.
    pub(super) fn reveal(&mut self, seq: u64) {
        if let Some(call) = self.calls.get_mut(&seq).filter(|c| c.end_is_secret) {
            call.end_is_secret = false;
            call.status = Status::Ended;
        }
    }

    pub(super) fn problem(&mut self, call_id: &str, what: String) {
        tracing::warn!(call.id = call_id, problem = what, "sandbox: the receiver broke the contract");
        self.counters.problems += 1;
        if self.problems.len() == KEEP_PROBLEMS {
            self.problems.pop_front();
        }
        self.problems.push_back(Problem { call_id: call_id.to_owned(), what });
    }
}

pub(super) struct Shared {
    pub config: SandboxConfig,
    pub clock: Clock,
    pub org_id: String,
    pub base_url: String,
    pub http: reqwest::Client,
    pub shutdown: CancellationToken,
    /// Concurrency of the organisation.
    pub slots: Arc<Semaphore>,
    /// Deliveries on the wire.
    pub in_flight: Semaphore,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    busy: AtomicUsize,
}

impl Shared {
    pub(super) fn new(
        config: SandboxConfig,
        base_url: String,
        http: reqwest::Client,
        shutdown: CancellationToken,
    ) -> Self {
        let clock = Clock::new(config.speed);
        let org_id = Random::of(config.seed, "organisation").uuid4();
        let now_ms = clock.now_ms();
        // Ids also depend on the start, so that a restarted sandbox does not repeat them.
        let random = Random::of(config.seed, &now_ms.to_string());
        let by_id = |items: &[Value]| {
            items
                .iter()
                .filter_map(|item| {
                    let id = item["id"].as_str()?.to_owned();
                    let mut item = item.clone();
                    item["orgId"] = org_id.as_str().into();
                    Some((id, item))
                })
                .collect()
        };
        let state = State {
            faults: config.faults.clone(),
            calls: BTreeMap::new(),
            by_id: HashMap::new(),
            live: 0,
            ended: VecDeque::new(),
            forced: HashMap::new(),
            called: HashMap::new(),
            daily: HashMap::new(),
            assistants: by_id(&config.assistants),
            phone_numbers: by_id(&config.phone_numbers),
            counters: Counters::default(),
            problems: VecDeque::new(),
            random,
            next_seq: 0,
            last_ms: now_ms,
        };
        Self {
            clock,
            org_id,
            base_url,
            http,
            shutdown,
            slots: Arc::new(Semaphore::new(config.concurrency.min(Semaphore::MAX_PERMITS))),
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

    /// Changes one call.
    pub(super) fn amend<R>(&self, seq: u64, change: impl FnOnce(&mut Call) -> R) -> Option<R> {
        self.change(|state| {
            let now_ms = state.now_ms(self.clock);
            let call = state.calls.get_mut(&seq)?;
            call.updated_ms = now_ms;
            Some(change(call))
        })
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

    /// An assistant by id. With `known_ids_only` off every id exists.
    pub(super) fn assistant(&self, id: &str) -> Option<Value> {
        let known = self.peek().assistants.get(id).cloned();
        known.or_else(|| {
            let id_exists = !self.config.known_ids_only;
            id_exists.then(|| json!({"id": id, "orgId": self.org_id, "name": "Rehearsed assistant"}))
        })
    }

    /// A phone number by id, on the same terms.
    pub(super) fn phone_number(&self, id: &str) -> Option<Value> {
        let known = self.peek().phone_numbers.get(id).cloned();
        known.or_else(|| {
            let id_exists = !self.config.known_ids_only;
            id_exists.then(|| {
                let since = iso(self.clock.now_ms());
                json!({"id": id, "orgId": self.org_id, "provider": "twilio", "number": "+14155550199",
                       "twilioAccountSid": TWILIO_ACCOUNT, "name": "Rehearsed line", "status": "active",
                       "createdAt": since, "updatedAt": since})
            })
        })
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
