//! What Calendar's calls come to, beyond "done" and "refused".
//!
//! Must not live here: HTTP, what any of it means for an appointment.

use super::event::{Event, Span};
use super::wire;
use crate::http::redact;
use frontdesk_shared::Millis;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::BTreeMap;

/// Where a listing begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// Everything that ends after this instant.
    Start(Millis),
    /// What changed since the listing that gave this token.
    Token(String),
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its events; deleted ones are marked as cancelled.
    pub events: Vec<Event>,
    /// The zone of the calendar, by which whole days were read.
    pub zone: TimeZone,
    /// The next page, when there is one.
    pub next_page: Option<String>,
    /// Stands on the last page only: where the next listing begins. To be stored in one commit
    /// with what the whole listing changed.
    pub next_token: Option<String>,
}

/// What a listing came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Listed<T> {
    /// It was read.
    Read(T),
    /// The token is no longer valid. The mirror has to be built anew from a full list, which says
    /// nothing about what was deleted.
    Expired,
}

/// What an insert came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Inserted {
    /// The event stands.
    Made(Event),
    /// The id is taken: by our own earlier insert, by a deleted event, or by a stranger's. The
    /// event under it is looked up; `None` where Calendar shows none.
    Taken(Option<Event>),
}

/// What changing an event's times came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Patched {
    /// The event stands at the new times.
    Done(Event),
    /// Somebody changed the event since the version that was named: nothing happened.
    Changed,
    /// The event is deleted: nothing happened.
    Gone,
}

/// What deleting an event came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It was there.
    Now,
    /// It was deleted before.
    Before,
    /// Nothing there: no such event, or no such calendar that we may see. Which of them, only a
    /// look at the calendar tells.
    NotThere,
}

/// When a calendar is busy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FreeBusy {
    /// At these times.
    Busy(Vec<Span>),
    /// Calendar cannot tell, and why. Never to be taken for free.
    Unknown(String),
}

/// A channel by which Calendar says that something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Our id for it.
    pub id: String,
    /// Google's id of what it watches; needed to stop it.
    pub resource_id: String,
    /// When it ends by itself; it cannot be renewed.
    pub expires: Option<Millis>,
}

impl Page {
    /// Reads a page; the problem is an event that cannot be read, since leaving it out would free
    /// its time.
    pub(super) fn read(body: &[u8], known: &TimeZone) -> Result<Self, String> {
        let wire: wire::Events = crate::json::read(body).map_err(|_| "the answer is no list".to_owned())?;
        let items = wire.items.ok_or("the answer is no list")?;
        let zone = wire.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        let zone = zone.unwrap_or_else(|| known.clone());
        let events: Option<Vec<Event>> = items.iter().map(|item| Event::read(item, &zone)).collect();
        let events = events.ok_or("the list holds an event that cannot be read")?;
        let text = |token: Option<String>| token.filter(|token| !token.is_empty());
        let (next_page, next_token) = (text(wire.next_page_token), text(wire.next_sync_token));
        if next_page.is_none() && next_token.is_none() {
            return Err("the list ends without a sync token".to_owned());
        }
        Ok(Self { events, zone, next_page, next_token })
    }
}

/// Busy times of the calendars that were asked about. One that is not in the answer, or comes
/// with an error inside it, is unknown.
pub(super) fn free_busy(body: &[u8], asked: &[&str]) -> Option<BTreeMap<String, FreeBusy>> {
    let mut wire: wire::FreeBusy = crate::json::read(body).ok()?;
    let of = |calendar: Option<wire::Calendar>| {
        let Some(calendar) = calendar else {
            return FreeBusy::Unknown("not in the answer".to_owned());
        };
        let reason = |problem: &wire::Problem| problem.reason.clone().unwrap_or_default();
        let errors: Vec<String> = calendar.errors.iter().flatten().map(reason).collect();
        if !errors.is_empty() {
            return FreeBusy::Unknown(redact(&errors.join(", ")));
        }
        let span = |range: &wire::Range| {
            let (start, end) = (range.start.as_deref()?, range.end.as_deref()?);
            Some(Span { start: Millis::from_iso(start)?, end: Millis::from_iso(end)? })
        };
        let spans: Option<Vec<Span>> = calendar.busy.and_then(|ranges| ranges.iter().map(span).collect());
        spans.map_or_else(|| FreeBusy::Unknown("times that cannot be read".to_owned()), FreeBusy::Busy)
    };
    Some(asked.iter().map(|id| ((*id).to_owned(), of(wire.calendars.remove(*id)))).collect())
}

impl Channel {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let wire: wire::Channel = crate::json::read(body).ok()?;
        let expires = match wire.expiration {
            Some(Value::String(text)) => text.parse().ok(),
            Some(other) => other.as_i64(),
            None => None,
        };
        Some(Self { id: wire.id?, resource_id: wire.resource_id?, expires: expires.map(Millis) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k1_errors_inside_a_200_are_unknown() {
        let body = br#"{"calendars":{
            "a":{"busy":[{"start":"2027-04-02T08:00:00Z","end":"2027-04-02T09:00:00+01:00"}]},
            "b":{"errors":[{"domain":"global","reason":"notFound"}],"busy":[]},
            "c":{"busy":[{"start":"soon"}]},
            "e":{}}}"#;
        let found = free_busy(body, &["a", "b", "c", "d", "e"]).unwrap();
        let eight = Millis::from_iso("2027-04-02T08:00:00Z").unwrap();
        assert_eq!(found["a"], FreeBusy::Busy(vec![Span { start: eight, end: eight }]));
        assert_eq!(found["b"], FreeBusy::Unknown("notFound".into()));
        for id in ["c", "d", "e"] {
            assert!(matches!(found[id], FreeBusy::Unknown(_)), "{id}");
        }
        assert_eq!(free_busy(b"<html>", &["a"]), None);
    }

    #[test]
    fn k6_a_page_without_any_token_is_not_the_last_one() {
        let utc = TimeZone::UTC;
        assert!(Page::read(br#"{"items":[]}"#, &utc).is_err());
        assert!(Page::read(br#"{"items":[],"nextSyncToken":""}"#, &utc).is_err());
        assert!(Page::read(br#"{"nextSyncToken":"s"}"#, &utc).is_err());
        let page = Page::read(br#"{"items":[],"nextSyncToken":"s","timeZone":"Asia/Tokyo"}"#, &utc).unwrap();
        assert_eq!((page.next_token.as_deref(), page.zone.iana_name()), (Some("s"), Some("Asia/Tokyo")));
        let odd = br#"{"items":[{"id":"a","status":"confirmed"}],"nextSyncToken":"s"}"#;
        assert!(Page::read(odd, &utc).is_err(), "an event left out would free its time");
    }
}
