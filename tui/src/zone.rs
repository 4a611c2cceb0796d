//! Instants as people read them, in the operator's time zone. No clock here.

use frontdesk_shared::Millis;
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};
use jiff::tz::TimeZone;

/// A time zone in which instants are shown.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of an IANA name; `None` for a name nobody knows.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name.trim_start_matches(':')).ok().map(Self)
    }

    /// The operator's zone: `TZ`, else what `/etc/localtime` points to, else UTC.
    #[must_use]
    pub fn of_operator() -> Self {
        let from_env = std::env::var("TZ").ok().and_then(|name| Self::named(&name));
        from_env.or_else(Self::from_localtime).unwrap_or_else(Self::utc)
    }

    fn from_localtime() -> Option<Self> {
        let target = std::fs::read_link("/etc/localtime").ok()?;
        let target = target.to_str()?;
        Self::named(target.split_once("zoneinfo/")?.1)
    }

    /// The day there.
    #[must_use]
    pub fn date(&self, at: Millis) -> Option<jiff::civil::Date> {
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        Some(self.0.to_datetime(at).date())
    }

    /// Minutes since midnight there, by the wall clock.
    #[must_use]
    pub fn minute_of_day(&self, at: Millis) -> Option<i64> {
        let at = self.0.to_datetime(jiff::Timestamp::from_millisecond(at.0).ok()?);
        Some(i64::from(at.hour()) * 60 + i64::from(at.minute()))
    }

    fn format(&self, at: Millis, pattern: &str) -> String {
        match jiff::Timestamp::from_millisecond(at.0) {
            Ok(ts) => ts.to_zoned(self.0.clone()).strftime(pattern).to_string(),
            Err(_) => "-".to_owned(),
        }
    }

    /// `14:02`.
    #[must_use]
    pub fn minutes(&self, at: Millis) -> String {
        self.format(at, "%H:%M")
    }

    /// `14:02:11`.
    #[must_use]
    pub fn seconds(&self, at: Millis) -> String {
        self.format(at, "%H:%M:%S")
    }

    /// The time today, the day and time within half a year, else the date. At most 12 wide.
    #[must_use]
    pub fn stamp(&self, at: Millis, now: Millis) -> String {
        if self.format(at, "%F") == self.format(now, "%F") {
            self.seconds(at)
        } else if at.since(now).abs() < 180 * DAY {
            self.format(at, "%d %b %H:%M")
        } else {
            self.format(at, "%d %b %Y")
        }
    }

    /// `2026-11-21T14:00:00-05:00`: the wall clock, and which instant that is.
    #[must_use]
    pub fn offset(&self, at: Millis) -> String {
        self.format(at, "%FT%T%:z")
    }

    /// `Mon 2026-11-21 14:00`.
    #[must_use]
    pub fn whole(&self, at: Millis) -> String {
        self.format(at, "%a %Y-%m-%d %H:%M")
    }

    /// `Mon 21 Nov 14:00`.
    #[must_use]
    pub fn day_and_time(&self, at: Millis) -> String {
        self.format(at, "%a %d %b %H:%M")
    }
}

/// A running length of time: `0:07`, `12:40`, `1:02:03`.
#[must_use]
pub fn stopwatch(ms: i64) -> String {
    let s = ms.max(0) / SECOND;
    if s >= 3600 {
        format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    } else {
        format!("{}:{:02}", s / 60, s % 60)
    }
}

/// How far away an instant is, coarser the farther: `in 40s`, `in 12m`, `in 3h`, `in 2d`, `due`.
/// Only the first form changes every second.
#[must_use]
pub fn countdown(at: Millis, now: Millis) -> String {
    let left = at.since(now);
    match left {
        ..=0 => "due".to_owned(),
        1..MINUTE => format!("in {}s", (left + SECOND - 1) / SECOND),
        MINUTE..HOUR => format!("in {}m", left / MINUTE),
        HOUR..DAY => format!("in {}h {:02}m", left / HOUR, left / MINUTE % 60),
        _ => format!("in {}d", left / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_as_short_as_they_can_be() {
        let zone = Zone::named("Europe/London").unwrap();
        let now = Millis::from_iso("2026-06-05T12:00:00Z").unwrap();
        assert_eq!(zone.stamp(now - HOUR, now), "12:00:00");
        assert_eq!(zone.stamp(now - 3 * DAY, now), "02 Jun 13:00");
        assert_eq!(zone.stamp(now - 400 * DAY, now), "01 May 2025");
        assert_eq!(zone.stamp(Millis(i64::MAX), now), "-");
    }

    #[test]
    fn lengths_of_time() {
        assert_eq!(stopwatch(-5), "0:00");
        assert_eq!(stopwatch(67_000), "1:07");
        assert_eq!(stopwatch(3_723_000), "1:02:03");
        let now = Millis(0);
        for (at, text) in [(0, "due"), (40_000, "in 40s"), (12 * MINUTE, "in 12m"), (3 * HOUR, "in 3h 00m")] {
            assert_eq!(countdown(Millis(at), now), text);
        }
    }

    #[test]
    fn nonsense_names_are_no_zone() {
        assert!(Zone::named("Nowhere/Special").is_none());
    }
}
