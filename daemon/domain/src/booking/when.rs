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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(iso: &str) -> Millis {
        Millis::from_iso(iso).unwrap()
    }

    fn london() -> TimeZone {
        TimeZone::get("Europe/London").unwrap()
    }

    #[test]
    fn starts_are_read_in_local_time_unless_they_say_otherwise() {
        let (zone, now) = (london(), at("2026-06-01T08:00:00Z"));
        for text in [
            "2026-06-02T13:30:00Z",
            "2026-06-02T14:30:00+01:00",
            "2026-06-02T14:30+01:00[Europe/London]",
            "2026-06-02T13:30:00.000Z",
            "2026-06-02T09:30:00-04:00",
            "2026-06-02T14:30:00",
            "2026-06-02T14:30",
            " 2026-06-02 14:30 ",
        ] {
            assert_eq!(parse_start(text, &zone, now), Ok(at("2026-06-02T13:30:00Z")), "{text}");
        }
        assert_eq!(parse_start("2026-10-25T01:30", &zone, now), Ok(at("2026-10-25T00:30:00Z")));
    }

    #[test]
    fn other_starts_are_refused_with_a_sentence() {
        let (zone, now) = (london(), at("2026-11-21T10:00:00Z"));
        let long = "2".repeat(5_000);
        for text in [
            "",
            "tomorrow at 2",
            "14:30",
            "2026-13-40T10:00",
            "2026-11-24T25:00",
            "2026-11-24T14:30+99:00",
            &long,
        ] {
            let sentence = parse_start(text, &zone, now).unwrap_err();
            assert!(sentence.starts_with("I could not read that time."), "{text}: {sentence}");
        }
        let cases = [
            ("2024-11-24T14:30", "That time has already passed. Today is Saturday 21 November 2026."),
            ("2026-11-24", "A time of day is missing. At what time on that day?"),
            ("2027-03-28T01:30", "That time does not exist on that day, because the clocks change."),
        ];
        for (text, sentence) in cases {
            assert_eq!(parse_start(text, &zone, now), Err(sentence.to_owned()));
        }
    }

    #[test]
    fn call_backs_are_read_from_what_models_send() {
        let (zone, now) = (london(), at("2026-11-21T10:00:00Z"));
        let ask = |json: &str| callback_time(&serde_json::from_str(json).unwrap(), &zone, now);
        assert_eq!(ask(r#"{"at":"2026-11-23T14:00"}"#), Ok(at("2026-11-23T14:00:00Z")));
        assert_eq!(ask(r#"{"at":"2026-11-23T14:00","in_hours":1}"#), Ok(at("2026-11-23T14:00:00Z")));
        assert_eq!(ask(r#"{"at":" ","in_hours":1.5}"#), Ok(now + 90 * MINUTE));
        assert_eq!(ask(r#"{"in_hours":"2","in_minutes":"15"}"#), Ok(now + 135 * MINUTE));
        assert_eq!(ask(r#"{"in_minutes":20,"in_hours":null,"tone":"friendly"}"#), Ok(now + 20 * MINUTE));
        assert_eq!(ask(r#"{"in_hours":1440}"#), Ok(now + 60 * DAY));
        for json in [
            r#"{}"#,
            r#"{"in_hours":""}"#,
            r#"{"in_hours":0}"#,
            r#"{"in_minutes":-5}"#,
            r#"{"in_hours":1440.1}"#,
            r#"{"in_hours":1e300}"#,
            r#"{"in_hours":"NaN"}"#,
            r#"{"in_hours":"inf"}"#,
            r#"{"at":"later"}"#,
            r#"{"at":"2027-06-01T10:00"}"#,
            r#"{"at":"2026-11-21T10:00"}"#,
        ] {
            let sentence = ask(json).unwrap_err();
            assert!(!sentence.is_empty() && !sentence.contains('\n'), "{json}");
        }
        assert!(serde_json::from_str::<CallbackAsk>(r#"{"in_hours":"soon"}"#).is_err());
    }
}
