//! The instants an agent sends: starts of appointments and times to call back.
//!
//! Lives here: reading what a model wrote, and refusing the rest with a sentence it can say or
//! act on. Must not live here: whether the instant can be booked (`booking`) or called (the
//! gate), the clock.

use super::say::full_day;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Deserializer};

/// A call back is promised at most this far ahead.
pub const LONGEST_CALLBACK: i64 = 60 * DAY;

/// No sensible way to write an instant is longer.
const LONGEST_TEXT: usize = 64;

const UNREADABLE: &str =
    "I could not read that time. Send the date and time like 2026-11-24T14:30, in local time.";

/// Reads the start of an appointment: RFC 3339 with an offset, or a local date and time without
/// one, which is taken in the client's zone. A local time that comes twice means the first.
/// Refuses what is past, what a clock change skips, and everything else.
pub fn parse_start(text: &str, zone: &TimeZone, now: Millis) -> Result<Millis, String> {
    let instant = read(text.trim(), zone)?;
    if instant < now {
        // Models like to write the year they were trained in; tell them the one it is.
        let today = full_day(now, zone).map(|day| format!(" Today is {day}.")).unwrap_or_default();
        return Err(format!("That time has already passed.{today}"));
    }
    Ok(instant)
}

fn read(text: &str, zone: &TimeZone) -> Result<Millis, String> {
    if text.is_empty() || text.len() > LONGEST_TEXT {
        return Err(UNREADABLE.to_owned());
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Millis(instant.as_millisecond()));
    }
    if has_offset(text) {
        // It names an offset and still is no instant. Dropping the offset would book an hour
        // nobody asked for.
        return Err(UNREADABLE.to_owned());
    }
    let Ok(local) = text.parse::<DateTime>() else { return Err(UNREADABLE.to_owned()) };
    if !text.contains(':') {
        return Err("A time of day is missing. At what time on that day?".to_owned());
    }
    let at = zone.to_ambiguous_timestamp(local);
    if matches!(at.offset(), AmbiguousOffset::Gap { .. }) {
        return Err("That time does not exist on that day, because the clocks change.".to_owned());
    }
    let instant = at.earlier().map_err(|_| UNREADABLE.to_owned())?;
    Ok(Millis(instant.as_millisecond()))
}

/// Whether something follows the time of day: `Z`, an offset or a bracketed zone.
fn has_offset(text: &str) -> bool {
    let time = text.split_once(['T', 't', ' ']).map_or("", |(_, time)| time);
    time.contains(['Z', 'z', '+', '-', '['])
}

/// What a person asked for when they want to be called back; `at` wins over the others, hours
/// and minutes add up. Numbers may come as text.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct CallbackAsk {
    /// As [`parse_start`] reads it.
    pub at: Option<String>,
    /// Hours from now.
    #[serde(deserialize_with = "number")]
    pub in_hours: Option<f64>,
    /// Minutes from now.
    #[serde(deserialize_with = "number")]
    pub in_minutes: Option<f64>,
}

/// The instant to call back, or the sentence to refuse with. Whether a call is allowed then is
/// for the gate.
pub fn callback_time(ask: &CallbackAsk, zone: &TimeZone, now: Millis) -> Result<Millis, String> {
    let text = ask.at.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let at = match (text, ask.in_hours, ask.in_minutes) {
        (Some(text), ..) => parse_start(text, zone, now)?,
        (None, None, None) => return Err("When should we call back?".to_owned()),
        (None, hours, minutes) => {
            let wait = hours.unwrap_or(0.0) * HOUR as f64 + minutes.unwrap_or(0.0) * MINUTE as f64;
            if !wait.is_finite() {
                return Err(UNREADABLE.to_owned());
            }
            // A cast of a float to an integer saturates; both ends are refused below.
            now + wait.round() as i64
        }
    };
    match at.since(now) {
        wait if wait <= 0 => Err("That time has already passed. When should we call back?".to_owned()),
        wait if wait > LONGEST_CALLBACK => {
            Err("That is too far ahead. We can call back within the next 60 days.".to_owned())
        }
        _ => Ok(at),
    }
}

/// A number, a number written as text, or nothing. Anything else is an error of the caller's
/// request, which names the field.
fn number<'de, D: Deserializer<'de>>(input: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Text(String),
    }
    match Option::<Written>::deserialize(input)? {
        None => Ok(None),
        Some(Written::Number(number)) => Ok(Some(number)),
        Some(Written::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(Written::Text(text)) => text.trim().parse().map(Some).map_err(serde::de::Error::custom),
    }
}
