//! How long to wait before the next attempt to connect. Pure.

use std::time::Duration;

/// First and shortest ceiling.
pub const FIRST_MS: u64 = 100;
/// Longest ceiling: an operator should not wait noticeably after the daemon is back.
pub const LONGEST_MS: u64 = 2_000;

/// The wait before attempt `attempt` (from 0): anything up to a ceiling that doubles from
/// [`FIRST_MS`] to [`LONGEST_MS`], picked by `random`.
#[must_use]
pub fn delay(attempt: u32, random: u64) -> Duration {
    let ceiling = FIRST_MS.saturating_mul(1 << attempt.min(10)).min(LONGEST_MS);
    Duration::from_millis(random % (ceiling + 1))
}

/// The next number of a small generator: enough to spread consoles that lost the same daemon.
#[must_use]
pub fn next_random(seed: u64) -> u64 {
    let mut x = seed | 1;
    x ^= x << 13;
    x ^= x >> 7;
    x ^ (x << 17)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_and_stays() {
        let longest = |attempt| (0..5_000).map(|r| delay(attempt, r).as_millis()).max();
        assert_eq!(longest(0), Some(100));
        assert_eq!(longest(1), Some(200));
        assert_eq!(longest(4), Some(1_600));
        assert_eq!(longest(5), Some(2_000));
        assert_eq!(longest(u32::MAX), Some(2_000));
    }

    #[test]
    fn the_jitter_is_full() {
        assert_eq!(delay(3, 0), Duration::ZERO);
        let mut seed = 7;
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100 {
            seed = next_random(seed);
            seen.insert(delay(5, seed));
        }
        assert!(seen.len() > 50, "{seen:?}");
    }
}
