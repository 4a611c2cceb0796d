//! A text as the carrier's API describes it.
//!
//! Numbers come as numbers (SignalWire) or as strings (Twilio), ids as SIDs or UUIDs; a field of
//! an unexpected type reads as absent. Must not live here: HTTP, decisions. `Debug` shows neither
//! numbers of people nor words.

use super::status::TextStatus;
use crate::http::redact;
use frontdesk_shared::Millis;
use serde_json::Value;
use std::fmt;

/// Longest id, number or word kept, in bytes. Real ones are far shorter.
const MAX_NAME: usize = 200;

/// One text at the carrier.
#[derive(Clone, PartialEq)]
pub struct TextRecord {
    /// The carrier's id.
    pub sid: String,
    /// The carrier's word for how far it has come.
    pub status: String,
    /// Whether we sent it.
    pub outbound: bool,
    /// Number or name it comes from; absent while a service has not picked one.
    pub from: Option<String>,
    /// Number it goes to.
    pub to: Option<String>,
    /// The service it was sent through.
    pub service: Option<String>,
    /// What it says.
    pub body: String,
    /// How many segments are charged; 0 or absent before the carrier knows.
    pub segments: Option<u32>,
    /// What it costs, as a decimal number in `price_unit`; often negative, absent at first.
    pub price: Option<String>,
    /// Currency of the price.
    pub price_unit: Option<String>,
    /// Why it failed: see [`super::class_of_code`].
    pub error_code: Option<u32>,
    /// The carrier's words for that, redacted.
    pub error: Option<String>,
    /// When it was taken, in whole seconds.
    pub created_at: Option<Millis>,
    /// When it changed last.
    pub updated_at: Option<Millis>,
}

impl TextRecord {
    /// How far it has come, where the word is known.
    pub fn text_status(&self) -> Option<TextStatus> {
        TextStatus::parse(&self.status)
    }

    /// Reads a message object; `None` without an id, for then nothing can be done with it.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let sid = short(value, "sid")?;
        Some(Self {
            sid,
            status: short(value, "status").unwrap_or_default(),
            outbound: short(value, "direction").is_none_or(|direction| direction.starts_with("outbound")),
            from: short(value, "from"),
            to: short(value, "to"),
            service: short(value, "messaging_service_sid"),
            body: text(value, "body").unwrap_or_default(),
            segments: whole(value, "num_segments"),
            price: short(value, "price"),
            price_unit: short(value, "price_unit"),
            error_code: whole(value, "error_code").filter(|code| *code != 0),
            error: text(value, "error_message").map(|words| redact(&words)),
            created_at: instant(value, "date_created"),
            updated_at: instant(value, "date_updated"),
        })
    }
}

impl fmt::Debug for TextRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextRecord")
            .field("sid", &self.sid)
            .field("status", &self.status)
            .field("error_code", &self.error_code)
            .finish_non_exhaustive()
    }
}

/// Non-empty text; numbers become text. The store takes no NUL.
pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.replace('\0', "")),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Text of a bounded length; anything longer is no id and no number.
pub(super) fn short(value: &Value, name: &str) -> Option<String> {
    text(value, name).filter(|text| text.len() <= MAX_NAME)
}

/// A number that counts something, also as a string.
pub(super) fn whole(value: &Value, name: &str) -> Option<u32> {
    text(value, name)?.trim().parse().ok()
}

/// RFC 2822 as the API gives it, or ISO 8601.
fn instant(value: &Value, name: &str) -> Option<Millis> {
    let text = text(value, name)?;
    match jiff::fmt::rfc2822::parse(text.trim()) {
        Ok(at) => Some(Millis(at.timestamp().as_millisecond())),
        Err(_) => Millis::from_iso(text.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn s19_strings_and_numbers_sids_and_uuids() {
        let twilio = json!({"sid": "SM1", "num_segments": "2", "price": "-0.0079", "price_unit": "USD",
            "error_code": null, "date_created": "Thu, 24 Aug 2023 05:01:45 +0000", "status": "sent",
            "direction": "outbound-api", "body": "Hi", "messaging_service_sid": null});
        let twilio = TextRecord::read(&twilio).unwrap();
        assert_eq!((twilio.segments, twilio.price.as_deref()), (Some(2), Some("-0.0079")));
        assert_eq!(twilio.created_at, Millis::from_iso("2023-08-24T05:01:45Z"));
        let signalwire = json!({"sid": "0a059168-ead0-41af-9d1f-343dae832527", "num_segments": 1,
            "price": 0.005, "error_code": "30001", "error_message": "Queue overflow for +14155550123",
            "status": "failed", "direction": "outbound-api"});
        let signalwire = TextRecord::read(&signalwire).unwrap();
        assert_eq!((signalwire.segments, signalwire.price.as_deref()), (Some(1), Some("0.005")));
        assert_eq!(signalwire.error_code, Some(30001));
        assert_eq!(signalwire.error.as_deref(), Some("Queue overflow for [number]"));
        assert_eq!(TextRecord::read(&json!({"status": "sent"})), None);
        assert_eq!(TextRecord::read(&json!(["SM1"])), None);
    }

    #[test]
    fn debug_shows_nobody() {
        let record =
            TextRecord::read(&json!({"sid": "SM1", "to": "+14155550123", "body": "private"})).unwrap();
        let shown = format!("{record:?}");
        assert!(!shown.contains("5550123") && !shown.contains("private"), "{shown}");
    }
}
