//! The shapes Calendar sends, as far as they are read: every field optional, the rest skipped.
//!
//! Must not live here: meaning. `event` and `listing` turn these into nouns.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) updated: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) start: Option<Time>,
    pub(super) end: Option<Time>,
    pub(super) transparency: Option<String>,
    pub(super) event_type: Option<String>,
    pub(super) recurring_event_id: Option<String>,
    pub(super) extended_properties: Option<Properties>,
    pub(super) attendees: Option<Vec<Attendee>>,
}

/// `date` for whole days, `dateTime` for the rest.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Time {
    pub(super) date: Option<String>,
    pub(super) date_time: Option<String>,
    pub(super) time_zone: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Properties {
    pub(super) private: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Attendee {
    #[serde(rename = "self")]
    pub(super) is_self: Option<bool>,
    pub(super) response_status: Option<String>,
}

/// Items stay raw here, so that one odd event does not spoil its page.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Events {
    pub(super) items: Option<Vec<Value>>,
    pub(super) time_zone: Option<String>,
    pub(super) next_page_token: Option<String>,
    pub(super) next_sync_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct FreeBusy {
    pub(super) calendars: BTreeMap<String, Calendar>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Calendar {
    pub(super) busy: Option<Vec<Range>>,
    pub(super) errors: Option<Vec<Problem>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Range {
    pub(super) start: Option<String>,
    pub(super) end: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    pub(super) reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Channel {
    pub(super) id: Option<String>,
    pub(super) resource_id: Option<String>,
    /// Milliseconds since 1970, as text.
    pub(super) expiration: Option<Value>,
}
