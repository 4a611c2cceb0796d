//! The small values a policy is written in: times of day, days, opening hours.

use crate::keys::kinds;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::collections::BTreeSet;
use std::fmt;

/// A local time of day to the minute, written `HH:MM`; `24:00` is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// From hours and minutes; anything past 24:00 is 24:00.
    pub const fn hm(hour: u16, minute: u16) -> Self {
        let minutes = hour.saturating_mul(60).saturating_add(minute);
        Self(if minutes > 1440 { 1440 } else { minutes })
    }

    /// Minutes since midnight.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// Reads `HH:MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let (h, m) = text.trim().split_once(':')?;
        let digits =
            |s: &str| (s.len() <= 2 && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse().ok());
        let (h, m): (u16, u16) = (digits(h)??, digits(m)??);
        (m < 60 && h * 60 + m <= 1440).then(|| Self::hm(h, m))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no time of day; write it like 09:00")))
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "days of the week")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    /// Every day, Monday first.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];
}

/// The hours of one day, written `09:00-17:00`, or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hours {
    /// Closed all day.
    Closed,
    /// From the first, inclusive, to the second, exclusive.
    Open(TimeOfDay, TimeOfDay),
}

impl Hours {
    /// As minutes of the day.
    pub fn minutes(self) -> Option<(u16, u16)> {
        match self {
            Self::Closed => None,
            Self::Open(start, end) => Some((start.minutes(), end.minutes())),
        }
    }

    /// Reads `09:00-17:00` or `none`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim() == "none" {
            return Some(Self::Closed);
        }
        let (start, end) = text.split_once('-')?;
        Some(Self::Open(TimeOfDay::parse(start)?, TimeOfDay::parse(end)?))
    }

    /// Whether they end after they begin.
    pub fn in_order(self) -> bool {
        self.minutes().is_none_or(|(s, e)| s < e)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("none"),
            Self::Open(start, end) => write!(f, "{start}-{end}"),
        }
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("`{text}` are no hours; write 09:00-17:00 or none")))
    }
}

kinds! {
    TimeOfDay = "a time of day (09:00; 24:00 ends the day)",
    BTreeSet<Day> = "a list of days (mon, tue, … sun)",
    Hours = "hours (09:00-17:00) or none",
}
