//! Rates: at most so many in any sixty seconds, of strangers by address. What clients may do is
//! counted by [`crate::flows::rates`], over all daemons of a store.

use super::origin::Net;
use crate::flows::rates::Granted;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{MINUTE, SECOND};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Addresses remembered; when there are more, those silent for a minute are forgotten first.
const REMEMBERED: usize = 50_000;
/// A minute and the second under way.
const SLOTS: usize = 61;

/// What a request is counted against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    /// An address without a valid key.
    Address(Net),
    /// An address whose webhooks do not verify.
    BadWebhooks(Net),
}

/// The last minute second by second. A second counts until all of it is sixty seconds past, so no
/// sixty seconds ever hold more than they may.
#[derive(Clone, Debug)]
struct Minute {
    second: i64,
    counts: Box<[u32; SLOTS]>,
}

impl Minute {
    fn new(second: i64) -> Self {
        Self { second, counts: Box::new([0; SLOTS]) }
    }

    fn place(second: i64) -> usize {
        usize::try_from(second.rem_euclid(SLOTS as i64)).unwrap_or(0)
    }

    fn goes_on(&mut self, second: i64) {
        for passed in 1..=(second - self.second).clamp(0, SLOTS as i64) {
            self.counts[Self::place(self.second + passed)] = 0;
        }
        self.second = self.second.max(second);
    }

    fn take(&mut self, most: u32, now: Millis) -> Granted {
        let granted = self.look(most, now);
        if matches!(granted, Granted::Yes { .. }) {
            self.counts[Self::place(self.second)] += 1;
        }
        granted
    }

    /// What the next request would hear.
    fn look(&mut self, most: u32, now: Millis) -> Granted {
        self.goes_on(now.0.div_euclid(SECOND));
        let taken: u32 = self.counts.iter().sum();
        // The first second that has something is the next to be forgotten.
        let mut seconds = (1..=SLOTS as i64).map(|n| self.second - SLOTS as i64 + n);
        let oldest = seconds.find(|s| self.counts[Self::place(*s)] > 0).unwrap_or(self.second);
        let reset_s = oldest + SLOTS as i64 - self.second;
        if taken >= most {
            return Granted::No { retry_after_s: reset_s.max(1) };
        }
        Granted::Yes { remaining: most - taken - 1, reset_s }
    }
}

/// Every count.
#[derive(Debug)]
pub(crate) struct Limits {
    minutes: Mutex<HashMap<Who, Minute>>,
}

impl Limits {
    pub(super) fn new() -> Self {
        Self { minutes: Mutex::new(HashMap::new()) }
    }

    /// Counts one request of `who`, who may make `most` in any minute. `now` is a steady clock's.
    pub(super) fn take(&self, who: Who, most: u32, now: Millis) -> Granted {
        let second = now.0.div_euclid(SECOND);
        let mut minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        if minutes.len() >= REMEMBERED && !minutes.contains_key(&who) {
            forget(&mut minutes, second);
        }
        minutes.entry(who).or_insert_with(|| Minute::new(second)).take(most, now)
    }

    /// Seconds `who` would have to wait, who has used the minute up. Counts nothing.
    pub(super) fn is_over(&self, who: Who, most: u32, now: Millis) -> Option<i64> {
        let mut minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        match minutes.get_mut(&who)?.look(most, now) {
            Granted::Yes { .. } => None,
            Granted::No { retry_after_s } => Some(retry_after_s),
        }
    }
}

/// Forgets whoever was silent for a minute. Under a flood of fresh addresses everything goes,
/// which only grants them a minute's worth more.
fn forget(minutes: &mut HashMap<Who, Minute>, second: i64) {
    minutes.retain(|_, m| second - m.second < MINUTE / SECOND);
    if minutes.len() >= REMEMBERED {
        minutes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(limits: &Limits, at: i64) -> bool {
        matches!(limits.take(Who::Address(Net::Nobody), 60, Millis(at)), Granted::Yes { .. })
    }

    #[test]
    fn no_sixty_seconds_hold_more_than_they_may() {
        let limits = Limits::new();
        // Somebody who asks ten times a second for five minutes, beginning within a second.
        let times: Vec<i64> =
            (0..3000).map(|n| 1_000_350 + n * 100).filter(|at| granted(&limits, *at)).collect();
        for (n, first) in times.iter().enumerate() {
            let within = times[n..].iter().take_while(|at| **at < first + MINUTE).count();
            assert!(within <= 60, "{within} from {first}");
        }
        assert!(times.len() >= 60 * 4, "{} in five minutes", times.len());
    }

    #[test]
    fn who_comes_back_when_told_is_served() {
        let limits = Limits::new();
        for n in 0..60 {
            assert!(granted(&limits, 5_000 + n));
        }
        let who = Who::Address(Net::Nobody);
        let Granted::No { retry_after_s } = limits.take(who, 60, Millis(6_000)) else { panic!("served") };
        assert!(!granted(&limits, 6_000 + (retry_after_s - 1) * SECOND));
        assert!(granted(&limits, 6_000 + retry_after_s * SECOND));
        assert!(matches!(limits.take(Who::BadWebhooks(Net::Nobody), 60, Millis(6_000)), Granted::Yes { .. }));
    }

    #[test]
    fn memory_is_bounded() {
        let limits = Limits::new();
        for i in 0..(REMEMBERED as u32 + 10) {
            limits.take(Who::Address(Net::V4(i.to_be_bytes().into())), 10, Millis(5));
        }
        assert!(limits.minutes.lock().unwrap().len() <= REMEMBERED);
    }
}
