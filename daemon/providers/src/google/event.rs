//! Events, between Calendar's shapes and instants.
//!
//! Whole days are midnight to midnight in the calendar's own zone, never UTC and never this
//! machine's. Must not live here: HTTP, what a change of an event means.

use super::wire;
use frontdesk_shared::Millis;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::fmt;

/// Name of the private property that says which appointment an event is. Only this project of
/// Google's sees it.
pub const MARK: &str = "frontdesk";

/// Longest title kept, in characters.
const TITLE: usize = 300;

/// A calendar and the zone its days begin in.
#[derive(Clone, PartialEq)]
pub struct CalendarRef {
    /// Its id: an address, or `primary`.
    pub id: String,
    /// Its zone. An answer that names another wins.
    pub zone: TimeZone,
}

// A calendar's id may be a person's address.
impl fmt::Debug for CalendarRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CalendarRef").field("zone", &self.zone.iana_name()).finish_non_exhaustive()
    }
}

/// From an instant to the first one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First instant.
    pub start: Millis,
    /// First instant after it; never before `start`.
    pub end: Millis,
}

/// One event as Calendar shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// Google's id of it, unique in its calendar.
    pub id: String,
    /// What our mark on it says.
    pub mark: Option<String>,
    /// When it is; `None` of a deleted one that shows no times.
    pub span: Option<Span>,
    /// Whole days.
    pub all_day: bool,
    /// Whether it takes time of whoever owns the calendar.
    pub busy: bool,
    /// Deleted. It is still shown, so this and not the answer's status says whether it exists.
    pub cancelled: bool,
    /// Only pencilled in.
    pub tentative: bool,
    /// Its title.
    pub title: Option<String>,
    /// The series it is one instance of.
    pub series: Option<String>,
    /// When it changed last, by Google's clock.
    pub updated: Option<Millis>,
    /// Its version.
    pub etag: Option<String>,
}

// Titles hold people's names.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("mark", &self.mark)
            .field("span", &self.span)
            .field("cancelled", &self.cancelled)
            .finish_non_exhaustive()
    }
}

impl Event {
    /// An event as an answer holds it. `None` where it names no id, or stands and names no times
    /// that can be read: such an event must not be taken for free time.
    pub(super) fn read(value: &Value, zone: &TimeZone) -> Option<Self> {
        Self::of(serde_json::from_value(value.clone()).ok()?, zone)
    }

    pub(super) fn of(wire: wire::Event, zone: &TimeZone) -> Option<Self> {
        let id = wire.id.filter(|id| !id.is_empty())?;
        let cancelled = wire.status.as_deref() == Some("cancelled");
        let all_day = wire.start.as_ref().is_some_and(|start| start.date.is_some());
        let start = wire.start.as_ref().and_then(|time| instant(time, zone));
        let end = wire.end.as_ref().and_then(|time| instant(time, zone));
        let span = match (start, end) {
            (Some(start), end) => Some(Span { start, end: end.unwrap_or(start).max(start) }),
            (None, _) => None,
        };
        if span.is_none() && !cancelled {
            return None;
        }
        let declined = wire.attendees.iter().flatten().any(|attendee| {
            attendee.is_self == Some(true) && attendee.response_status.as_deref() == Some("declined")
        });
        let is_no_engagement = matches!(wire.event_type.as_deref(), Some("workingLocation" | "birthday"));
        let is_free = wire.transparency.as_deref() == Some("transparent");
        let mark = wire.extended_properties.and_then(|p| Some(p.private.get(MARK)?.as_str()?.to_owned()));
        Some(Self {
            id,
            mark,
            span,
            all_day,
            busy: !(cancelled || declined || is_no_engagement || is_free),
            cancelled,
            tentative: wire.status.as_deref() == Some("tentative"),
            title: wire.summary.map(|title| title.replace('\0', "").chars().take(TITLE).collect()),
            series: wire.recurring_event_id,
            updated: wire.updated.as_deref().and_then(Millis::from_iso),
            etag: wire.etag,
        })
    }
}

fn instant(time: &wire::Time, zone: &TimeZone) -> Option<Millis> {
    if let Some(text) = &time.date_time {
        // Without an offset it is local time of the zone beside it.
        return Millis::from_iso(text).or_else(|| {
            let own = time.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
            local(text.parse().ok()?, own.as_ref().unwrap_or(zone))
        });
    }
    local(time.date.as_deref()?.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()), zone)
}

/// The first instant that a clock in the zone shows as this; after it where the clock skips it.
fn local(at: DateTime, zone: &TimeZone) -> Option<Millis> {
    let at = zone.to_ambiguous_timestamp(at).compatible().ok()?;
    Some(Millis(at.as_millisecond()))
}

/// An event to put into a calendar. It has no attendees: a service account may not invite any,
/// and people get our own message.
#[derive(Clone, PartialEq)]
pub struct NewEvent {
    /// Our id for it: `a`–`v` and `0`–`9`, at least five.
    pub id: String,
    /// What our mark says: the appointment's id.
    pub mark: String,
    /// Title.
    pub title: String,
    /// Text below the title.
    pub description: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// When.
    pub span: Span,
    /// The zone people read it in.
    pub zone: TimeZone,
}

impl fmt::Debug for NewEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEvent").field("id", &self.id).field("span", &self.span).finish_non_exhaustive()
    }
}

impl NewEvent {
    /// As Calendar takes it, or what is wrong with it.
    pub(super) fn body(&self) -> Result<Value, &'static str> {
        let chars = self.id.bytes().all(|b| matches!(b, b'a'..=b'v' | b'0'..=b'9'));
        if !chars || !(5..=1_024).contains(&self.id.len()) {
            return Err("the event's id is not 5 to 1024 of a-v and 0-9");
        }
        let mut body = times(self.span, &self.zone).ok_or("the event's times cannot be written")?;
        body["id"] = self.id.as_str().into();
        body["summary"] = self.title.as_str().into();
        body["extendedProperties"] = json!({"private": {MARK: self.mark}});
        for (name, text) in [("description", &self.description), ("location", &self.location)] {
            if let Some(text) = text {
                body[name] = text.as_str().into();
            }
        }
        Ok(body)
    }
}

/// What changes an event's times and nothing else. `date` is taken away, because a patch merges:
/// an event that staff made a whole day would otherwise have both and be refused.
pub(super) fn new_times(span: Span, zone: &TimeZone) -> Option<Value> {
    let mut body = times(span, zone)?;
    for end in ["start", "end"] {
        body[end]["date"] = Value::Null;
    }
    Some(body)
}

/// Start and end with their offset and their zone; `None` where they cannot be written.
fn times(span: Span, zone: &TimeZone) -> Option<Value> {
    let name = zone.iana_name()?;
    let time = |at: Millis| {
        let at = Timestamp::from_millisecond(at.0).ok()?.to_zoned(zone.clone());
        let text = at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        Some(json!({"dateTime": text, "timeZone": name}))
    };
    if span.end <= span.start {
        return None;
    }
    Some(json!({"start": time(span.start)?, "end": time(span.end)?}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn read(value: &Value) -> Option<Event> {
        Event::read(value, &zone("America/New_York"))
    }

    fn span(start: &str, end: &str) -> Option<Span> {
        Some(Span { start: Millis::from_iso(start)?, end: Millis::from_iso(end)? })
    }

    #[test]
    fn k2_a_whole_day_is_midnight_to_midnight_in_the_calendars_zone() {
        let day = json!({"id": "a", "start": {"date": "2027-04-02"}, "end": {"date": "2027-04-03"}});
        let event = read(&day).unwrap();
        assert!(event.all_day && event.busy);
        assert_eq!(event.span, span("2027-04-02T04:00:00Z", "2027-04-03T04:00:00Z"));
        let day = json!({"id": "a", "start": {"date": "2027-03-14"}, "end": {"date": "2027-03-15"}});
        let span = read(&day).unwrap().span.unwrap();
        assert_eq!(span.end.since(span.start), 23 * 3_600_000, "the clocks change on that day");
    }

    #[test]
    fn k3_what_is_free_or_no_engagement_blocks_nothing() {
        let busy = |extra: Value| {
            let mut event =
                json!({"id": "a", "start": {"date": "2027-04-02"}, "end": {"date": "2027-04-03"}});
            event.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            read(&event).unwrap().busy
        };
        assert!(busy(json!({})) && busy(json!({"transparency": "opaque", "eventType": "outOfOffice"})));
        assert!(busy(json!({"eventType": "focusTime", "status": "tentative"})));
        assert!(busy(json!({"attendees": [{"responseStatus": "declined"}]})), "somebody else declined");
        for free in [
            json!({"transparency": "transparent"}),
            json!({"eventType": "workingLocation"}),
            json!({"eventType": "birthday"}),
            json!({"status": "cancelled"}),
            json!({"attendees": [{"self": true, "responseStatus": "declined"}]}),
        ] {
            assert!(!busy(free.clone()), "{free}");
        }
    }

    #[test]
    fn k9_a_deleted_event_is_told_by_its_status() {
        let event = read(&json!({"id": "a", "status": "cancelled"})).unwrap();
        assert!(event.cancelled && event.span.is_none() && !event.busy);
    }

    #[test]
    fn what_stands_without_readable_times_is_no_event() {
        for value in [
            json!({"id": "a"}),
            json!({"id": "a", "start": {"dateTime": "soon"}}),
            json!({"id": "", "status": "cancelled"}),
            json!({"start": {"date": "2027-04-02"}}),
            json!("a"),
            json!(null),
        ] {
            assert_eq!(read(&value), None, "{value}");
        }
    }

    #[test]
    fn k20_offsets_win_and_local_times_are_of_their_zone() {
        let event = |start: Value| read(&json!({"id": "a", "start": start})).unwrap().span.unwrap().start;
        let nine = Millis::from_iso("2027-04-02T08:00:00Z").unwrap();
        assert_eq!(event(json!({"dateTime": "2027-04-02T09:00:00+01:00", "timeZone": "Asia/Tokyo"})), nine);
        assert_eq!(event(json!({"dateTime": "2027-04-02T09:00:00", "timeZone": "Europe/London"})), nine);
        assert_eq!(event(json!({"dateTime": "2027-04-02T04:00:00"})), nine);
    }

    #[test]
    fn k12_k20_a_new_event_has_offset_zone_mark_and_no_attendees() {
        let new = NewEvent {
            id: "fd000000000000001fg0".into(),
            mark: "00000000000zz".into(),
            title: "Ada".into(),
            description: None,
            location: Some("Here".into()),
            span: span("2027-04-02T08:00:00Z", "2027-04-02T08:30:00Z").unwrap(),
            zone: zone("Europe/London"),
        };
        let body = new.body().unwrap();
        let start = json!({"dateTime": "2027-04-02T09:00:00+01:00", "timeZone": "Europe/London"});
        assert_eq!(body["start"], start);
        assert_eq!(body["extendedProperties"]["private"]["frontdesk"], "00000000000zz");
        let patch = new_times(new.span, &new.zone).unwrap();
        assert_eq!(patch.as_object().unwrap().len(), 2, "k17: titles belong to staff");
        assert_eq!(patch["end"]["date"], Value::Null);
        let mut names: Vec<&String> = body.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["end", "extendedProperties", "id", "location", "start", "summary"]);
        for id in ["fd", "fd-000000", "FD00000", "wxyz0", ""] {
            assert!(NewEvent { id: id.into(), ..new.clone() }.body().is_err(), "{id}");
        }
        assert!(!format!("{new:?}").contains("Ada"));
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(start in "\\PC{0,30}", end in "\\PC{0,30}", name in "\\PC{0,10}") {
            for field in ["date", "dateTime"] {
                let value = json!({"id": "a", "start": {field: start, "timeZone": name}, "end": {field: end}});
                if let Some(event) = read(&value) {
                    let span = event.span.unwrap();
                    proptest::prop_assert!(span.start <= span.end);
                }
            }
        }
    }
}
