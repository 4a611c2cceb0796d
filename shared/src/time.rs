//! Instants as milliseconds since the Unix epoch, UTC. No "now" here.

use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};

/// One second in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day of 24 hours in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// The instant in RFC 3339 with milliseconds, UTC. Instants outside years −9999…9999 are
    /// clamped.
    pub fn iso(self) -> String {
        let ts = jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        format!("{ts:.3}")
    }

    /// Reads RFC 3339 text.
    pub fn from_iso(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_millisecond()))
    }

    /// Milliseconds from `earlier` to `self`; negative when `earlier` is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<i64> for Millis {
    type Output = Self;
    fn add(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

impl Sub<i64> for Millis {
    type Output = Self;
    fn sub(self, ms: i64) -> Self {
        Self(self.0.saturating_sub(ms))
    }
}

/// A length of time in words short enough for a table: `850ms`, `12s`, `4m 05s`, `3h 20m`, `2d 4h`.
pub fn short_duration(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.saturating_abs();
    let (s, m, h, d) = (ms / SECOND, ms / MINUTE, ms / HOUR, ms / DAY);
    let text = match () {
        () if s == 0 => format!("{ms}ms"),
        () if m == 0 => format!("{s}s"),
        () if h == 0 => format!("{m}m {:02}s", s % 60),
        () if d == 0 => format!("{h}h {:02}m", m % 60),
        () => format!("{d}d {}h", h % 24),
    };
    format!("{sign}{text}")
}

/// Reads a date, `YYYY-MM-DD`, as its first instant in UTC.
pub fn date(text: &str) -> Option<Millis> {
    let date: jiff::civil::Date = text.trim().parse().ok().filter(|_| text.trim().len() == 10)?;
    Some(Millis(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_round_trips() {
        let t = Millis(1_767_225_600_123);
        assert_eq!(t.iso(), "2026-01-01T00:00:00.123Z");
        assert_eq!(Millis::from_iso(&t.iso()), Some(t));
        assert_eq!(Millis::from_iso("yesterday"), None);
    }

    #[test]
    fn durations_read_well() {
        let cases = [
            (0, "0ms"),
            (999, "999ms"),
            (61_000, "1m 01s"),
            (3 * HOUR + 5 * MINUTE, "3h 05m"),
            (49 * HOUR, "2d 1h"),
            (-5_000, "-5s"),
        ];
        for (ms, text) in cases {
            assert_eq!(short_duration(ms), text);
        }
    }
}
