//! The sandbox's own clock: wall time, and waiting in scripted time.
//!
//! The only file of the sandbox that reads system time. Nothing here knows about calls.

use frontdesk_shared::time::Millis;
use std::time::Duration;

/// Waits shorter than this are not worth a timer: tokio's resolution is one millisecond.
const SHORTEST: Duration = Duration::from_micros(500);

/// Wall time plus a factor by which scripted time runs faster than it.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    speed: f64,
}

impl Clock {
    /// A clock whose scripted time runs `speed` times faster than the wall; nonsense becomes 1.
    pub fn new(speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed.clamp(0.01, 1e6) } else { 1.0 };
        Self { speed }
    }

    /// Milliseconds since the Unix epoch on the wall.
    #[allow(clippy::disallowed_methods, reason = "a sandbox is a world of its own, outside Env")]
    pub fn now_ms(self) -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }

    /// How long `script_ms` of scripted time last on the wall.
    pub fn wall(self, script_ms: u64) -> Duration {
        Duration::from_secs_f64(script_ms as f64 / 1_000.0 / self.speed)
    }

    /// How much scripted time passed in `wall`.
    pub fn scripted_ms(self, wall: Duration) -> u64 {
        (wall.as_secs_f64() * 1_000.0 * self.speed) as u64
    }

    /// Waits in scripted time.
    pub async fn script(self, script_ms: u64) {
        wait(self.wall(script_ms)).await;
    }

    /// Waits in wall time: for faults, whose delays mean what they say.
    pub async fn real(self, wall_ms: u64) {
        wait(Duration::from_millis(wall_ms)).await;
    }
}

#[allow(clippy::disallowed_methods, reason = "a sandbox is a world of its own, outside Env")]
async fn wait(length: Duration) {
    if length < SHORTEST {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(length).await;
    }
}

/// An instant as the wire wants it: ISO 8601, UTC, milliseconds.
pub fn iso(ms: i64) -> String {
    Millis(ms).iso()
}

/// Reads an ISO 8601 instant.
pub fn from_iso(text: &str) -> Option<i64> {
    Millis::from_iso(text).map(|t| t.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripted_time_is_scaled_and_nonsense_speeds_are_one() {
        assert_eq!(Clock::new(10.0).wall(5_000), Duration::from_millis(500));
        assert_eq!(Clock::new(10.0).scripted_ms(Duration::from_millis(500)), 5_000);
        for nonsense in [0.0, -3.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Clock::new(nonsense).wall(1_000), Duration::from_secs(1));
        }
    }

    #[test]
    fn instants_read_back() {
        assert_eq!(iso(1_767_225_600_123), "2026-01-01T00:00:00.123Z");
        assert_eq!(from_iso(&iso(1_767_225_600_123)), Some(1_767_225_600_123));
        assert_eq!(from_iso("tomorrow"), None);
    }
}
