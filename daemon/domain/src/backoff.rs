//! How long an effect waits before it is tried again, and when it is given up.
//!
//! Lives here: the schedule, the jitter, the treatment of `Retry-After`. Must not live here:
//! what counts as a failure (providers), when a person is called again (`attempts`), the clock
//! and the random bits (arguments).

use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};

/// Wait after the first, second, … failed try: quick enough to ride over a dropped connection,
/// long enough at the end (about 4½ hours together) to outlive a provider's bad evening.
pub const SCHEDULE: [i64; 7] = [SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 3 * HOUR];

/// No wait is shorter: a retry within the same quarter second meets the same failure.
pub const SHORTEST: i64 = 250;

/// A provider that wants us away for longer has, in effect, refused; a person should see that
/// instead of a job that sleeps.
pub const LONGEST_RETRY_AFTER: i64 = DAY;

/// The wait in milliseconds after `attempt` failed tries (the first failure is 1), or `None` to
/// give up.
///
/// *Full jitter*: uniform over `(0, d]`, where `d` is the schedule's entry, but never below
/// [`SHORTEST`]. `retry_after` is a floor: when it is longer than the drawn wait, the wait is
/// `retry_after` plus up to a tenth of it, so that a thousand jobs told the same second do not
/// all return in it. `jitter` is 64 random bits; 0 gives the shortest wait, all ones the longest.
///
/// Gives up when the schedule is used up, and when `retry_after` exceeds
/// [`LONGEST_RETRY_AFTER`]. A negative or zero `retry_after` says nothing.
pub fn next_delay(attempt: u32, schedule: &[i64], retry_after: Option<i64>, jitter: u64) -> Option<i64> {
    let step = usize::try_from(attempt.saturating_sub(1)).ok()?;
    let full = (*schedule.get(step)?).max(1);
    // Over 0..full, moved up by one: the interval is open at 0 and closed at `full`.
    let drawn = share(full, jitter).saturating_add(1).max(SHORTEST);
    match retry_after {
        Some(floor) if floor > LONGEST_RETRY_AFTER => None,
        Some(floor) if floor > drawn => Some(floor.saturating_add(share(floor / 10, jitter))),
        _ => Some(drawn),
    }
}

/// `jitter` scaled from 64 bits to `0..width`; 0 when there is no width.
fn share(width: i64, jitter: u64) -> i64 {
    let width = u128::try_from(width).unwrap_or(0);
    i64::try_from((u128::from(jitter) * width) >> 64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_schedule_ends_exactly_after_its_last_entry() {
        for attempt in 1..=7 {
            assert!(next_delay(attempt, &SCHEDULE, None, 7).is_some(), "try {attempt}");
        }
        assert_eq!(next_delay(8, &SCHEDULE, None, 7), None);
        assert_eq!(next_delay(u32::MAX, &SCHEDULE, None, 7), None);
        assert_eq!(next_delay(1, &[], None, 7), None);
    }

    #[test]
    fn the_longest_draws_are_the_schedule_itself() {
        let longest: Vec<_> =
            (1..=7).filter_map(|attempt| next_delay(attempt, &SCHEDULE, None, u64::MAX)).collect();
        assert_eq!(longest, SCHEDULE);
        assert!(longest.is_sorted());
        assert_eq!(next_delay(0, &SCHEDULE, None, u64::MAX), Some(SECOND), "0 means nothing failed yet");
    }

    #[test]
    fn the_shortest_draw_is_a_quarter_second() {
        for attempt in 1..=7 {
            assert_eq!(next_delay(attempt, &SCHEDULE, None, 0), Some(SHORTEST));
        }
    }

    #[test]
    fn retry_after_is_a_floor_with_a_little_spread() {
        assert_eq!(next_delay(1, &SCHEDULE, Some(30 * SECOND), 0), Some(30 * SECOND));
        assert_eq!(next_delay(1, &SCHEDULE, Some(30 * SECOND), u64::MAX), Some(33 * SECOND - 1));
        assert_eq!(next_delay(7, &SCHEDULE, Some(30 * SECOND), u64::MAX), Some(3 * HOUR));
        assert_eq!(next_delay(2, &SCHEDULE, Some(-4), u64::MAX), Some(5 * SECOND));
    }

    #[test]
    fn an_absurd_retry_after_is_a_refusal() {
        assert_eq!(next_delay(1, &SCHEDULE, Some(DAY), 0), Some(DAY));
        assert_eq!(next_delay(1, &SCHEDULE, Some(DAY + 1), 0), None);
        assert_eq!(next_delay(1, &SCHEDULE, Some(i64::MAX), u64::MAX), None);
        assert_eq!(next_delay(8, &SCHEDULE, Some(SECOND), 0), None, "a floor does not prolong the schedule");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn every_wait_keeps_its_bounds(
            attempt in any::<u32>().prop_map(|n| n % 12),
            schedule in prop::collection::vec(any::<i64>(), 0..10),
            retry_after in prop::option::of(any::<i64>()),
            jitter in any::<u64>(),
        ) {
            if let Some(wait) = next_delay(attempt, &schedule, retry_after, jitter) {
                let full = schedule[attempt.saturating_sub(1) as usize].max(SHORTEST);
                let floor = retry_after.unwrap_or(0).max(0);
                prop_assert!(wait >= SHORTEST && wait >= floor);
                prop_assert!(wait <= full.max(floor + floor / 10));
            }
        }

        #[test]
        fn more_random_bits_never_mean_a_shorter_wait(a in any::<u64>(), b in any::<u64>(), n in 1u32..8) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(next_delay(n, &SCHEDULE, None, low) <= next_delay(n, &SCHEDULE, None, high));
        }
    }
}
