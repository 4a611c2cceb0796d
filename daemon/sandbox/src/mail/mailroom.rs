//! What was taken, whichever way it came, and waiting for more of it.
//!
//! Must not live here: a protocol.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Messages kept, and bytes of them; the oldest go first.
const KEEP: usize = 10_000;
const KEEP_BYTES: usize = 64 * 1024 * 1024;
/// Addresses whose first try is remembered.
const MAX_GREYLISTED: usize = 100_000;

/// Which way a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By SMTP.
    Smtp,
    /// By Resend's API.
    Resend,
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Which way.
    pub way: Way,
    /// What the sender was told it is called.
    pub id: String,
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipient.
    pub to: String,
    /// The bytes as they came: a message with its headers, or the request's JSON.
    pub raw: Vec<u8>,
    /// Who was logged in.
    pub user: Option<String>,
}

#[derive(Default)]
struct Room {
    taken: VecDeque<Taken>,
    bytes: usize,
    total: u64,
    greylisted: HashSet<String>,
}

/// The messages of one or more fakes. Clones share them.
#[derive(Clone)]
pub struct Mailroom {
    room: Arc<Mutex<Room>>,
    changes: Arc<watch::Sender<u64>>,
}

impl Default for Mailroom {
    fn default() -> Self {
        Self { room: Arc::default(), changes: Arc::new(watch::channel(0).0) }
    }
}

impl Mailroom {
    /// Every message that is kept, oldest first.
    pub fn messages(&self) -> Vec<Taken> {
        self.peek().taken.iter().cloned().collect()
    }

    /// The messages to one address, oldest first.
    pub fn messages_to(&self, address: &str) -> Vec<Taken> {
        self.peek().taken.iter().filter(|taken| taken.to.eq_ignore_ascii_case(address)).cloned().collect()
    }

    /// How many were ever taken.
    pub fn total(&self) -> u64 {
        self.peek().total
    }

    /// Waits until the condition holds, looking again after every message.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut changes = self.changes.subscribe();
        while !holds(self) {
            // The sender lives in `self`, so it cannot be gone.
            let _ = changes.changed().await;
        }
    }

    /// Keeps a message. The number makes its name unique.
    pub(super) fn take(&self, message: impl FnOnce(u64) -> Taken) -> String {
        let mut room = self.peek();
        room.total += 1;
        let total = room.total;
        let taken = message(total);
        let id = taken.id.clone();
        room.bytes += taken.raw.len();
        room.taken.push_back(taken);
        while room.taken.len() > KEEP || room.bytes > KEEP_BYTES {
            let gone = room.taken.pop_front().map_or(0, |taken| taken.raw.len());
            room.bytes = room.bytes.saturating_sub(gone);
        }
        drop(room);
        self.changes.send_replace(total);
        id
    }

    /// Whether this is the first try to reach an address that has to come twice.
    pub(super) fn is_first_try(&self, address: &str) -> bool {
        let mut room = self.peek();
        room.greylisted.len() < MAX_GREYLISTED && room.greylisted.insert(address.to_ascii_lowercase())
    }

    fn peek(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
