//! The fake agent's understanding: which times were offered, and whether a booking was made.
//!
//! Pure, and forgiving: a language model would understand all of these answers too.

use super::tools::Answer;
use crate::clock::from_iso;
use serde_json::Value;

/// A time that was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// As it was written, to be sent back unchanged.
    pub start: String,
    /// As the agent says it.
    pub spoken: String,
}

/// What came of an attempt to book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Booking {
    Made,
    /// Somebody else has the time; these were offered instead.
    Taken(Vec<Slot>),
    Failed,
}

const KEYS_OF_SLOTS: [&str; 4] = ["slots", "alternatives", "available", "times"];
const KEYS_OF_SUCCESS: [&str; 4] = ["booked", "success", "ok", "confirmed"];
const WORDS_OF_TAKEN: [&str; 6] =
    ["taken", "unavailable", "not available", "no longer", "already booked", "not free"];
const WORDS_OF_FAILURE: [&str; 8] =
    ["error", "fail", "cannot", "could not", "unable", "invalid", "sorry", "not booked"];

/// The times in an answer: a JSON object with a list, a JSON list, or text with ISO instants.
pub(super) fn slots(text: &str) -> Vec<Slot> {
    let Ok(json) = serde_json::from_str::<Value>(text) else { return slots_in_words(text) };
    let list = KEYS_OF_SLOTS.iter().find_map(|key| json[*key].as_array()).or(json.as_array());
    list.map(|list| list.iter().filter_map(slot).collect()).unwrap_or_default()
}

fn slot(item: &Value) -> Option<Slot> {
    let start = item.as_str().or_else(|| item["start"].as_str())?;
    from_iso(start)?;
    let spoken = item["spoken"].as_str().map_or_else(|| say(start), str::to_owned);
    Some(Slot { start: start.to_owned(), spoken })
}

fn slots_in_words(text: &str) -> Vec<Slot> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '"' | '[' | ']'))
        .map(|word| word.trim_end_matches(['.', '!', '?']))
        .filter(|word| word.len() >= 16 && from_iso(word).is_some())
        .map(|word| Slot { start: word.to_owned(), spoken: say(word) })
        .collect()
}

fn say(start: &str) -> String {
    start
        .parse::<jiff::Timestamp>()
        .map(|t| t.strftime("%A %-d %B at %H:%M").to_string())
        .unwrap_or_else(|_| start.to_owned())
}

/// Whether the appointment was made.
pub(super) fn booking(answer: &Answer) -> Booking {
    let text = answer.text();
    let lower = text.to_lowercase();
    let taken = WORDS_OF_TAKEN.iter().any(|word| lower.contains(word));
    let alternatives = slots(text);
    let json = serde_json::from_str::<Value>(text).unwrap_or_default();
    let said = KEYS_OF_SUCCESS.iter().find_map(|key| json[*key].as_bool());
    let made = match answer {
        Answer::Error(_) => false,
        Answer::Result(_) if said.is_some() => said == Some(true),
        Answer::Result(_) if json.is_object() => {
            json["error"].is_null() && json["alternatives"].is_null() && !taken
        }
        Answer::Result(_) => !taken && !WORDS_OF_FAILURE.iter().any(|word| lower.contains(word)),
    };
    match made {
        true => Booking::Made,
        false if taken || !alternatives.is_empty() => Booking::Taken(alternatives),
        false => Booking::Failed,
    }
}

/// The time that is offered instead of one that was refused.
pub(super) fn nearest(text: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(text).ok()?;
    Some(answer["nearest"]["at"].as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(text: &str) -> Vec<String> {
        slots(text).into_iter().map(|s| s.start).collect()
    }

    #[test]
    fn times_are_found_in_json_and_in_words() {
        let json = r#"{"slots":[{"start":"2026-03-02T09:00:00Z","spoken":"Monday at ten"},
                       {"start":"2026-03-02T10:30:00+01:00"},{"start":"soon"}],"timezone":"Europe/Paris"}"#;
        assert_eq!(starts(json), ["2026-03-02T09:00:00Z", "2026-03-02T10:30:00+01:00"]);
        assert_eq!(slots(json)[0].spoken, "Monday at ten");
        assert_eq!(slots(json)[1].spoken, "Monday 2 March at 09:30");
        assert_eq!(starts(r#"["2026-03-02T09:00:00Z"]"#), ["2026-03-02T09:00:00Z"]);
        assert_eq!(
            starts("Free: 2026-03-02T09:00:00Z, 2026-03-02T10:00:00.000Z. Which one?"),
            ["2026-03-02T09:00:00Z", "2026-03-02T10:00:00.000Z"]
        );
        assert!(slots("Nothing is free.").is_empty());
        assert!(slots("{}").is_empty());
    }

    #[test]
    fn a_booking_is_understood() {
        let result = |text: &str| booking(&Answer::Result(text.into()));
        assert_eq!(result(r#"{"booked":true,"start":"2026-03-02T09:00:00Z"}"#), Booking::Made);
        assert_eq!(result(r#"{"status":"confirmed","id":"x"}"#), Booking::Made);
        assert_eq!(result("You are booked for Monday at ten."), Booking::Made);
        let alternative = Slot { start: "2026-03-02T10:00:00Z".into(), spoken: "Monday at eleven".into() };
        assert_eq!(
            result(
                r#"{"booked":false,"alternatives":[{"start":"2026-03-02T10:00:00Z","spoken":"Monday at eleven"}]}"#
            ),
            Booking::Taken(vec![alternative])
        );
        assert_eq!(booking(&Answer::Error("That time is taken.".into())), Booking::Taken(vec![]));
        assert_eq!(result("Sorry, the calendar cannot be reached."), Booking::Failed);
        assert_eq!(booking(&Answer::Error("internal".into())), Booking::Failed);
    }
}
