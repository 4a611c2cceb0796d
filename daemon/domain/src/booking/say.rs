//! What an agent says about slots, and the tool results it is given.
//!
//! Lives here: spoken dates, sentences for refusals, the single-line JSON a voice provider
//! passes to its model. Must not live here: the decision (`booking`), a provider's envelope.

use super::{Reason, Slot};
use frontdesk_shared::Millis;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

impl Reason {
    /// A sentence an agent can say.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TooSoon => "That is too soon to arrange.",
            Self::OutsideHours => "That is outside our appointment hours.",
            Self::NotOnGrid => "Appointments do not start at that time.",
            Self::Taken => "That time is already taken.",
            Self::TooFar => "That is too far ahead to book.",
            Self::ClosedDay => "There are no appointments on that day.",
            Self::BadTime => "That time could not be found in the calendar.",
        }
    }
}

/// The slot's start as a person says it, in local time: `Tuesday 24 November at 2:30 pm`.
pub fn spoken(slot: &Slot, zone: &TimeZone) -> String {
    spoken_instant(slot.start, zone)
}

fn spoken_instant(instant: Millis, zone: &TimeZone) -> String {
    match Timestamp::from_millisecond(instant.0) {
        Ok(at) => spoken_local(zone.to_datetime(at)),
        // Beyond the calendar; no rule lets such a slot through.
        Err(_) => instant.iso(),
    }
}

fn spoken_local(at: DateTime) -> String {
    let clock = match (at.hour(), at.minute()) {
        // "12 pm" means midnight to some people.
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "12 noon".to_owned(),
        (hour, minute) => {
            let half = if hour < 12 { "am" } else { "pm" };
            let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
            if minute == 0 { format!("{hour} {half}") } else { format!("{hour}:{minute:02} {half}") }
        }
    };
    format!("{} at {clock}", spoken_day(at))
}

fn spoken_day(at: DateTime) -> String {
    at.strftime("%A %-d %B").to_string()
}

/// The date of an instant with its year, for telling a model what today is.
pub(super) fn full_day(instant: Millis, zone: &TimeZone) -> Option<String> {
    let at = zone.to_datetime(Timestamp::from_millisecond(instant.0).ok()?);
    Some(format!("{} {}", spoken_day(at), at.year()))
}

/// A slot as tools give it: the start to send back when booking, and the words to say.
#[derive(Serialize)]
struct Offer {
    start: String,
    spoken: String,
}

impl Offer {
    fn of(slot: &Slot, zone: &TimeZone) -> Self {
        // Whole seconds without a fraction: models repeat short text more faithfully.
        let start = Timestamp::from_millisecond(slot.start.0).map(|at| at.to_string());
        Self { start: start.unwrap_or_else(|_| slot.start.iso()), spoken: spoken(slot, zone) }
    }

    fn all(slots: &[Slot], zone: &TimeZone) -> Vec<Self> {
        slots.iter().map(|slot| Self::of(slot, zone)).collect()
    }
}

/// Single-line JSON: a line break in a tool result breaks the voice provider's parser. JSON
/// escapes the breaks inside strings and `serde_json` writes none outside them.
fn line(value: &impl Serialize) -> String {
    // Strings, booleans and lists always serialise; a tool result must exist in any case.
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}

/// The answer to "when are you free?". `note` says where it is not the day that was asked for.
pub fn availability_result(slots: &[Slot], zone: &TimeZone, note: Option<&str>) -> String {
    #[derive(Serialize)]
    struct Answer<'a> {
        slots: Vec<Offer>,
        timezone: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<&'a str>,
    }
    let timezone = zone.iana_name().unwrap_or("UTC");
    line(&Answer { slots: Offer::all(slots, zone), timezone, note })
}

/// An instant in a zone's time, with its offset: `2026-11-24T14:30:00+00:00`.
pub fn local(at: Millis, zone: &TimeZone) -> String {
    match Timestamp::from_millisecond(at.0) {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        Err(_) => at.iso(),
    }
}

/// The answer to a call back that is promised, in the person's own time.
pub fn promised_result(at: Millis, zone: &TimeZone) -> String {
    #[derive(Serialize)]
    struct Answer {
        callback: bool,
        at: String,
        spoken: String,
    }
    line(&Answer { callback: true, at: local(at, zone), spoken: spoken_instant(at, zone) })
}

/// The answer to a call back that is not promised: a sentence to say, and the nearest time at which
/// one could be.
pub fn not_promised_result(reason: &str, nearest: Option<Millis>, zone: &TimeZone) -> String {
    #[derive(Serialize)]
    struct Nearest {
        at: String,
        spoken: String,
    }
    #[derive(Serialize)]
    struct Answer<'a> {
        callback: bool,
        reason: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        nearest: Option<Nearest>,
    }
    let nearest = nearest.map(|at| Nearest { at: local(at, zone), spoken: spoken_instant(at, zone) });
    line(&Answer { callback: false, reason, nearest })
}

/// The answer to a booking that was made.
pub fn booked_result(slot: &Slot, zone: &TimeZone) -> String {
    #[derive(Serialize)]
    struct Answer {
        booked: bool,
        #[serde(flatten)]
        offer: Offer,
    }
    line(&Answer { booked: true, offer: Offer::of(slot, zone) })
}

/// The answer to a booking that took the place of an earlier one of the same person.
pub fn moved_result(slot: &Slot, from: Millis, zone: &TimeZone) -> String {
    #[derive(Serialize)]
    struct Answer {
        booked: bool,
        #[serde(flatten)]
        offer: Offer,
        moved_from: String,
        note: &'static str,
    }
    line(&Answer {
        booked: true,
        offer: Offer::of(slot, zone),
        moved_from: spoken_instant(from, zone),
        note: "This replaced the earlier appointment in the same name; say so. Another person's needs their name.",
    })
}

/// The answer to a booking that was not made. `reason` is a sentence to say:
/// [`Reason::sentence`], or what [`super::parse_start`] refused with.
pub fn refused_result(reason: &str, alternatives: &[Slot], zone: &TimeZone) -> String {
    #[derive(Serialize)]
    struct Answer<'a> {
        booked: bool,
        reason: &'a str,
        alternatives: Vec<Offer>,
    }
    line(&Answer { booked: false, reason, alternatives: Offer::all(alternatives, zone) })
}
