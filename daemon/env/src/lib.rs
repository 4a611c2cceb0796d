//! Time, identifiers and entropy: the only crate that asks the system for any of them.
//!
//! Everything else receives an [`Env`], so a test can move the clock, count ids from one and
//! repeat every random choice.

pub mod fail;

use frontdesk_shared::Millis;
use ring::rand::SecureRandom;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Time, ids and entropy of one daemon. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Env {
    /// What time it is.
    pub clock: Clock,
    ids: Arc<Ids>,
    rng: Arc<Rng>,
}

impl Env {
    /// The real thing. `node` tells daemons apart that share one store: 0 to 63.
    pub fn system(node: u8) -> Self {
        let rng = Rng::System(ring_random());
        let start = rng.bits();
        Self {
            clock: Clock::System,
            ids: Arc::new(Ids::Time {
                node: i64::from(node & 63),
                last_ms: AtomicI64::new(0),
                sequence: AtomicU64::new(start),
            }),
            rng: Arc::new(rng),
        }
    }

    /// A world for tests: the clock stands until it is moved, ids count from one, entropy
    /// repeats for the same seed.
    pub fn manual(start: Millis, seed: u64) -> Self {
        let (tx, _) = watch::channel(start);
        Self {
            clock: Clock::Manual(Arc::new(tx)),
            ids: Arc::new(Ids::Count(AtomicI64::new(1))),
            rng: Arc::new(Rng::Seeded(Mutex::new(seed))),
        }
    }

    /// The present.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// An id nobody else has.
    pub fn id(&self) -> i64 {
        match &*self.ids {
            Ids::Count(next) => next.fetch_add(1, Ordering::Relaxed),
            Ids::Time { node, last_ms, sequence } => {
                // A clock set back must not make ids repeat: the millisecond never decreases.
                let now = self.now().0;
                let ms = last_ms.fetch_max(now, Ordering::Relaxed).max(now);
                time_id(ms, *node, sequence.fetch_add(1, Ordering::Relaxed))
            }
        }
    }

    /// 64 random bits, for jitter and sampling; not for secrets.
    pub fn bits(&self) -> u64 {
        self.rng.bits()
    }

    /// Fresh secret bytes.
    pub fn secret<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.rng.fill(&mut out);
        out
    }
}

/// How long something takes, for limits on work under way. Not the time of day: nothing that is
/// stored or decided may depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// One that runs.
    #[allow(clippy::disallowed_methods)] // this is the file that may
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Since it was started.
    pub fn passed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Milliseconds since 2025 in the upper 40 bits, six bits of node, seventeen of sequence. The
/// sequence rolls on instead of restarting each millisecond, so the last characters of ids
/// made one after the other differ, which is what people read and type.
fn time_id(ms: i64, node: i64, sequence: u64) -> i64 {
    const EPOCH_MS: i64 = 1_735_689_600_000;
    let ms = (ms - EPOCH_MS).clamp(0, (1 << 40) - 1);
    (ms << 23) | (node << 17) | (sequence & 0x1_ffff).cast_signed()
}

/// Where the present comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that a test moves.
    Manual(Arc<watch::Sender<Millis>>),
}

impl Clock {
    /// The present.
    #[allow(clippy::disallowed_methods)] // the one reader of the system clock
    pub fn now(&self) -> Millis {
        match self {
            Self::System => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                Millis(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
            }
            Self::Manual(at) => *at.borrow(),
        }
    }

    /// Time that only passes: nobody sets it. For limits inside the process, never stored. A manual
    /// clock is one anyway.
    #[allow(clippy::disallowed_methods)] // this is the file that may
    pub fn steady(&self) -> Millis {
        static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        match self {
            Self::System => {
                let passed = BEGAN.get_or_init(std::time::Instant::now).elapsed();
                Millis(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Manual(at) => *at.borrow(),
        }
    }

    /// Resolves when the clock reaches `at`.
    #[allow(clippy::disallowed_methods)] // the one sleeper
    pub async fn sleep_until(&self, at: Millis) {
        match self {
            Self::System => {
                // Long waits are cut, so that a clock set forward is noticed within a minute.
                loop {
                    let left = at.since(self.now());
                    if left <= 0 {
                        return;
                    }
                    let step = left.min(60_000).unsigned_abs();
                    tokio::time::sleep(Duration::from_millis(step)).await;
                }
            }
            Self::Manual(clock) => {
                let mut seen = clock.subscribe();
                // The sender lives in `self`, so waiting can only end by the clock's arrival.
                let _ = seen.wait_for(|now| *now >= at).await;
            }
        }
    }

    /// Resolves after `ms` milliseconds.
    pub async fn sleep(&self, ms: i64) {
        self.sleep_until(self.now() + ms).await;
    }

    /// Moves a manual clock to `at`; a system clock does not move.
    pub fn set(&self, at: Millis) {
        if let Self::Manual(clock) = self {
            clock.send_replace(at);
        }
    }
}

#[derive(Debug)]
enum Ids {
    Time { node: i64, last_ms: AtomicI64, sequence: AtomicU64 },
    Count(AtomicI64),
}

#[derive(Debug)]
enum Rng {
    System(ring::rand::SystemRandom),
    Seeded(Mutex<u64>),
}

#[allow(clippy::disallowed_methods)] // the one source of entropy
fn ring_random() -> ring::rand::SystemRandom {
    ring::rand::SystemRandom::new()
}

impl Rng {
    fn fill(&self, out: &mut [u8]) {
        match self {
            Self::System(source) => {
                // The kernel's generator does not fail once seeded; without it no key may be
                // made, so the process stops rather than go on with predictable secrets.
                if source.fill(out).is_err() {
                    std::process::abort();
                }
            }
            Self::Seeded(state) => {
                for chunk in out.chunks_mut(8) {
                    let bytes = splitmix(state).to_le_bytes();
                    chunk.copy_from_slice(&bytes[..chunk.len()]);
                }
            }
        }
    }

    fn bits(&self) -> u64 {
        let mut out = [0; 8];
        self.fill(&mut out);
        u64::from_le_bytes(out)
    }
}

/// SplitMix64: small, seedable, good enough for tests.
fn splitmix(state: &Mutex<u64>) -> u64 {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_positive_and_sort_by_time() {
        let env = Env::system(3);
        let ids: Vec<i64> = (0..100_000).map(|_| env.id()).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
        assert!(ids.iter().all(|&id| id > 0));
        assert!(time_id(1_800_000_000_001, 63, 0) > time_id(1_800_000_000_000, 63, 0x1_ffff));
    }

    #[test]
    fn nodes_never_collide() {
        assert_ne!(time_id(1_800_000_000_000, 0, 5), time_id(1_800_000_000_000, 1, 5));
    }

    #[tokio::test]
    async fn a_manual_clock_wakes_its_sleepers() {
        let env = Env::manual(Millis(1_000), 7);
        let clock = env.clock.clone();
        let sleeper = tokio::spawn(async move { clock.sleep_until(Millis(1_500)).await });
        env.clock.set(Millis(1_500));
        sleeper.await.unwrap();
        assert_eq!(Env::manual(Millis(0), 7).bits(), Env::manual(Millis(0), 7).bits());
    }
}
