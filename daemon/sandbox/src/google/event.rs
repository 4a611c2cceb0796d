//! Events as Calendar keeps them: what it accepts, what it adds, how it merges a change.
//!
//! Must not live here: calendars, who may change what.

use super::wrong::{Wrong, wrong};
use crate::clock::{from_iso, iso};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

/// Server-side fields that a client cannot set.
const OWN: [&str; 8] =
    ["kind", "etag", "created", "updated", "creator", "organizer", "htmlLink", "recurringEventId"];

#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub fields: Map<String, Value>,
    /// Which change of its calendar it was last.
    pub seq: u64,
}

impl Stored {
    pub(super) fn is_deleted(&self) -> bool {
        self.fields.get("status").is_some_and(|status| status == "cancelled")
    }

    pub(super) fn json(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// As a delta shows a deleted one: only its id is promised.
    pub(super) fn tombstone(&self) -> Value {
        let field = |name: &str| self.fields.get(name).cloned().unwrap_or_default();
        json!({"kind": "calendar#event", "etag": field("etag"), "id": field("id"), "status": "cancelled"})
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Start and end as instants.
    pub(super) fn span(&self, zone: &TimeZone) -> Option<(i64, i64)> {
        Some((instant(self.fields.get("start")?, zone)?, instant(self.fields.get("end")?, zone)?))
    }

    pub(super) fn is_busy(&self) -> bool {
        let kind = self.text("eventType");
        !self.is_deleted()
            && self.text("transparency") != "transparent"
            && !matches!(kind, "workingLocation" | "birthday")
    }

    pub(super) fn private(&self, name: &str) -> Option<&str> {
        self.fields.get("extendedProperties")?.get("private")?.get(name)?.as_str()
    }
}

pub(super) fn instant(time: &Value, zone: &TimeZone) -> Option<i64> {
    if let Some(text) = time["dateTime"].as_str() {
        let own = time["timeZone"].as_str().and_then(|name| TimeZone::get(name).ok());
        return from_iso(text).or_else(|| {
            let at = own.as_ref().unwrap_or(zone).to_ambiguous_timestamp(text.parse().ok()?);
            Some(at.compatible().ok()?.as_millisecond())
        });
    }
    let day: Date = time["date"].as_str()?.parse().ok()?;
    let at = zone.to_ambiguous_timestamp(day.to_datetime(jiff::civil::Time::midnight()));
    Some(at.compatible().ok()?.as_millisecond())
}

/// Why Google would not take these fields of an event.
pub(super) fn problem(fields: &Map<String, Value>, zone: &TimeZone) -> Option<Wrong> {
    let has_guests = fields.get("attendees").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if has_guests {
        let message = "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.";
        return Some(wrong(403, "forbiddenForServiceAccounts", message));
    }
    let (Some(start), Some(end)) = (fields.get("start"), fields.get("end")) else {
        let name = if fields.contains_key("start") { "Missing end time." } else { "Missing start time." };
        return Some(wrong(400, "required", name));
    };
    for time in [start, end] {
        if let Some(problem) = time_problem(time) {
            return Some(problem);
        }
    }
    if start["date"].is_null() != end["date"].is_null() {
        return Some(wrong(
            400,
            "invalid",
            "Start and end times must either both be date or both be dateTime.",
        ));
    }
    match (instant(start, zone), instant(end, zone)) {
        (Some(start), Some(end)) if start <= end => None,
        (Some(_), Some(_)) => Some(wrong(400, "timeRangeEmpty", "The specified time range is empty.")),
        _ => Some(wrong(400, "invalid", "Invalid start time.")),
    }
}

fn time_problem(time: &Value) -> Option<Wrong> {
    let invalid = || Some(wrong(400, "invalid", "Invalid start time."));
    let zone = time["timeZone"].as_str();
    if zone.is_some_and(|name| TimeZone::get(name).is_err()) {
        return Some(wrong(400, "invalid", "Invalid time zone definition."));
    }
    match (time["date"].as_str(), time["dateTime"].as_str()) {
        (Some(date), None) => {
            if date.parse::<Date>().is_ok() {
                None
            } else {
                invalid()
            }
        }
        (None, Some(text)) => {
            let is_local = text.parse::<jiff::civil::DateTime>().is_ok();
            match (from_iso(text).is_some(), is_local, zone) {
                (true, ..) | (_, true, Some(_)) => None,
                (false, true, None) => {
                    Some(wrong(400, "required", "Missing time zone definition for start time."))
                }
                (false, false, _) => invalid(),
            }
        }
        _ => invalid(),
    }
}

/// Whether Google takes this as an id of a new event.
pub(super) fn is_id(id: &str) -> bool {
    (5..=1_024).contains(&id.len()) && id.bytes().all(|b| matches!(b, b'a'..=b'v' | b'0'..=b'9'))
}

/// A new event of these fields.
pub(super) fn created(
    id: &str,
    mut fields: Map<String, Value>,
    calendar: &str,
    now_ms: i64,
) -> Map<String, Value> {
    fields.retain(|name, value| !value.is_null() && !OWN.contains(&name.as_str()));
    let defaults = json!({
        "kind": "calendar#event",
        "id": id,
        "status": "confirmed",
        "eventType": "default",
        "iCalUID": format!("{id}@google.com"),
        "sequence": 0,
        "reminders": {"useDefault": true},
    });
    for (name, value) in defaults.as_object().into_iter().flatten() {
        fields.entry(name.clone()).or_insert_with(|| value.clone());
    }
    fields.insert("created".to_owned(), iso(now_ms).into());
    fields.insert("organizer".to_owned(), json!({"email": calendar, "self": true}));
    fields
}

/// Merges a change as PATCH does: objects field by field, null takes away, lists as a whole.
pub(super) fn merge(into: &mut Map<String, Value>, change: &Map<String, Value>) {
    for (name, value) in change {
        match value {
            Value::Null => {
                into.remove(name);
            }
            Value::Object(inner) => {
                let slot = into.entry(name.clone()).or_insert_with(|| json!({}));
                if !slot.is_object() {
                    *slot = json!({});
                }
                if let Some(slot) = slot.as_object_mut() {
                    merge(slot, inner);
                }
            }
            other => {
                into.insert(name.clone(), other.clone());
            }
        }
    }
}

/// Whether a field stays when an event is replaced as a whole.
pub(super) fn is_kept(name: &str) -> bool {
    OWN.contains(&name) || matches!(name, "id" | "iCalUID" | "status" | "eventType" | "sequence")
}

/// The same without the fields only the server sets, and the id.
pub(super) fn clients_own(change: &Map<String, Value>) -> Map<String, Value> {
    let kept = |name: &str| !OWN.contains(&name) && name != "id";
    change.iter().filter(|(name, _)| kept(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
}
