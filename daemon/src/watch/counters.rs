//! Counts that live only as long as the process. What must survive is in the store.

use std::sync::atomic::{AtomicU64, Ordering};

/// One count.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Adds one.
    pub fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one away; for counts of things that are open.
    pub fn down(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// The count.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Every count.
#[derive(Debug, Default)]
pub struct Counters {
    /// Requests answered.
    pub requests: Count,
    /// Webhooks that verified.
    pub webhooks: Count,
    /// Webhooks that did not, and left no other trace.
    pub webhooks_refused: Count,
    /// Webhooks that verified and went to the spool.
    pub webhooks_spooled: Count,
    /// Keys that were refused.
    pub logins_refused: Count,
    /// Requests shed because too much was waiting.
    pub shed: Count,
    /// Event streams open.
    pub streams: Count,
    /// Consoles connected.
    pub consoles: Count,
}
