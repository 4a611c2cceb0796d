//! Rates: a bucket per client key and per address. Lives in this process alone; several
//! daemons behind one balancer each grant the full rate.

use frontdesk_shared::Millis;
use frontdesk_shared::time::MINUTE;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Buckets remembered of one kind; when there are more, full ones are forgotten first.
const REMEMBERED: usize = 50_000;

/// What a request is counted against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    /// A client, by id.
    Client(i64),
    /// An address without a valid key.
    Address(IpAddr),
    /// An address whose webhooks do not verify.
    BadWebhooks(IpAddr),
}

/// What is left after a request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Granted {
    /// Go on; this many more at once.
    Yes {
        /// Requests left in the bucket.
        remaining: u32,
    },
    /// Wait.
    No {
        /// Seconds until one more is granted.
        retry_after_s: i64,
    },
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Thousandths of a request.
    milli: i64,
    at: Millis,
}

/// Every bucket.
#[derive(Debug)]
pub(crate) struct Limits {
    buckets: Mutex<HashMap<Who, Bucket>>,
}

impl Limits {
    pub(super) fn new() -> Self {
        Self { buckets: Mutex::new(HashMap::new()) }
    }

    /// Counts one request of `who`, who may make `per_minute`.
    pub(super) fn take(&self, who: Who, per_minute: u32, now: Millis) -> Granted {
        let full = i64::from(per_minute) * 1000;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED {
            forget(&mut buckets, now);
        }
        let bucket = buckets.entry(who).or_insert(Bucket { milli: full, at: now });
        refill(bucket, full, now);
        if bucket.milli >= 1000 {
            bucket.milli -= 1000;
            return Granted::Yes { remaining: u32::try_from(bucket.milli / 1000).unwrap_or(0) };
        }
        let missing = 1000 - bucket.milli;
        let wait_ms = (missing * MINUTE).div_euclid(full.max(1)) + 1;
        Granted::No { retry_after_s: (wait_ms + 999) / 1000 }
    }
}

fn refill(bucket: &mut Bucket, full: i64, now: Millis) {
    let passed = now.since(bucket.at).clamp(0, MINUTE);
    bucket.milli = (bucket.milli + passed * full / MINUTE).min(full);
    bucket.at = now;
}

/// Forgets whoever was silent for a minute: their buckets are full again anyway. Under a flood
/// of fresh addresses everything goes, which only grants them a minute's worth more.
fn forget(buckets: &mut HashMap<Who, Bucket>, now: Millis) {
    buckets.retain(|_, b| now.since(b.at) < MINUTE);
    if buckets.len() >= REMEMBERED {
        buckets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_grants_its_number_and_then_refills_evenly() {
        let limits = Limits::new();
        let who = Who::Client(1);
        let start = Millis(1_000_000);
        let granted = (0..100).filter(|_| matches!(limits.take(who, 60, start), Granted::Yes { .. })).count();
        assert_eq!(granted, 60);
        assert_eq!(limits.take(who, 60, start), Granted::No { retry_after_s: 2 });
        assert_eq!(limits.take(who, 60, start + 1_000), Granted::Yes { remaining: 0 });
        assert!(matches!(limits.take(who, 60, start + 1_000), Granted::No { .. }));
        assert!(
            matches!(limits.take(Who::Client(2), 60, start), Granted::Yes { .. }),
            "others are not touched"
        );
    }

    #[test]
    fn a_clock_set_back_grants_nothing_extra() {
        let limits = Limits::new();
        for _ in 0..60 {
            limits.take(Who::Client(1), 60, Millis(10_000_000));
        }
        assert!(matches!(limits.take(Who::Client(1), 60, Millis(0)), Granted::No { .. }));
    }

    #[test]
    fn memory_is_bounded() {
        let limits = Limits::new();
        for i in 0..(REMEMBERED as u32 + 10) {
            limits.take(Who::Address(IpAddr::from(i.to_be_bytes())), 10, Millis(5));
        }
        assert!(limits.buckets.lock().unwrap().len() <= REMEMBERED);
    }
}
