//! The console's only reads of time and entropy, and its only waits.
//!
//! Everything else takes instants as values, so that the model can be tested without waiting.

use frontdesk_shared::Millis;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;
use tokio::time::Instant;

/// The wall clock, for what people read.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this file is the console's clock")]
pub fn wall() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Millis(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
}

/// The runtime's steady clock, for pacing; tests can pause it.
#[must_use]
pub fn steady() -> Instant {
    Instant::now()
}

/// When a request of this length must be over. The RPC library reads the system's clock itself.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this file is the console's clock")]
pub fn deadline(wait: Duration) -> std::time::Instant {
    std::time::Instant::now() + wait
}

/// Waits.
#[allow(clippy::disallowed_methods, reason = "this file is the console's clock")]
pub async fn sleep(wait: Duration) {
    tokio::time::sleep(wait).await;
}

/// Waits until an instant, or forever where there is none.
#[allow(clippy::disallowed_methods, reason = "this file is the console's clock")]
pub async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// A number that differs between processes: seeds jitter and names requests, hides nothing.
#[must_use]
pub fn entropy() -> u64 {
    let mut hasher = std::hash::RandomState::new().build_hasher();
    hasher.write_i64(wall().0);
    hasher.write_u32(std::process::id());
    hasher.finish()
}
