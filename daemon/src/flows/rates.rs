//! What a client may ask in a minute: never more in any sixty seconds, whichever daemons of a
//! store are asked. With one daemon the count is in memory; daemons that share a server count in
//! the store.
//!
//! Must not live here: strangers, who have no plan (`http::limits`).

use frontdesk_shared::time::MINUTE;
use frontdesk_shared::{ClientId, Millis};
use frontdesk_store::{Engine, Result, Store, rates};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Clients whose counts are kept in memory before silent ones are forgotten.
const REMEMBERED: usize = 10_000;

/// What is left after a request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// Go on.
    Yes {
        /// Requests left of this minute.
        remaining: u32,
        /// Seconds until there is one more.
        reset_s: i64,
    },
    /// Wait.
    No {
        /// Seconds until one more is granted.
        retry_after_s: i64,
    },
}

/// When requests were granted, the oldest first.
pub type Log = VecDeque<Millis>;

/// Counts clients' requests.
#[derive(Debug, Default)]
pub struct Rates {
    logs: Mutex<HashMap<ClientId, Log>>,
}

impl Rates {
    /// Counts one request of a client that may make `most` in any minute. `steady` is the time of
    /// a clock that is never set, `now` the one that daemons share.
    ///
    /// # Errors
    /// As the store fails, where it counts.
    pub async fn take(
        &self,
        store: &Store,
        client: ClientId,
        most: u32,
        (steady, now): (Millis, Millis),
    ) -> Result<Granted> {
        if store.engine() == Engine::Postgres {
            return store
                .write(move |tx| {
                    let mut log = rates::lock(tx, client)?;
                    let granted = take(&mut log, most, now);
                    if matches!(granted, Granted::Yes { .. }) {
                        rates::keep(tx, client, &log)?;
                    }
                    Ok(granted)
                })
                .await;
        }
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        if logs.len() >= REMEMBERED {
            logs.retain(|_, log| log.back().is_some_and(|at| steady.since(*at) < MINUTE));
        }
        Ok(take(logs.entry(client).or_default(), most, steady))
    }
}

/// Counts one more in a log.
fn take(log: &mut Log, most: u32, now: Millis) -> Granted {
    // A clock set back: what was granted later than now was granted now.
    for at in log.iter_mut().rev().take_while(|at| **at > now) {
        *at = now;
    }
    while log.front().is_some_and(|at| now.since(*at) >= MINUTE) {
        log.pop_front();
    }
    let seconds = |at: Option<&Millis>| at.map_or(60, |at| (MINUTE - now.since(*at) + 999).div_euclid(1000));
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if log.len() >= most {
        // After a plan was made smaller more than the oldest must go.
        return Granted::No { retry_after_s: seconds(log.get(log.len() - most)).max(1) };
    }
    log.push_back(now);
    let remaining = u32::try_from(most - log.len()).unwrap_or(u32::MAX);
    Granted::Yes { remaining, reset_s: seconds(log.front()).max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sixty_seconds_hold_more_than_they_may_and_none_is_wasted() {
        let mut log = Log::new();
        let mut at = 1_000_000;
        let mut granted = Vec::new();
        // Always as soon as it is allowed.
        for _ in 0..600 {
            match take(&mut log, 60, Millis(at)) {
                Granted::Yes { .. } => granted.push(at),
                Granted::No { retry_after_s } => {
                    assert!((1..=60).contains(&retry_after_s), "{retry_after_s}");
                    at += retry_after_s * 1000;
                }
            }
            at += 7;
        }
        for (n, first) in granted.iter().enumerate() {
            let within = granted[n..].iter().take_while(|at| **at < first + MINUTE).count();
            assert!(within <= 60, "{within} from {first}");
        }
        assert!(granted.len() > 400, "{}", granted.len());
    }

    #[test]
    fn a_clock_set_back_grants_nothing_extra_and_ends() {
        let mut log = Log::new();
        for _ in 0..60 {
            take(&mut log, 60, Millis(10_000_000));
        }
        assert_eq!(take(&mut log, 60, Millis(500)), Granted::No { retry_after_s: 60 });
        assert!(matches!(take(&mut log, 60, Millis(500 + MINUTE)), Granted::Yes { remaining: 59, .. }));
    }

    #[test]
    fn a_smaller_plan_holds_at_once() {
        let mut log = Log::new();
        for n in 0..300 {
            take(&mut log, 300, Millis(n * 100));
        }
        let Granted::No { retry_after_s } = take(&mut log, 60, Millis(30_000)) else { panic!("granted") };
        assert_eq!(retry_after_s, 54, "when all but the last 59 are a minute old");
    }
}
