//! A person who works with a calendar by hand: adds, moves, renames and deletes events.
//!
//! Nothing is checked: people may do as they please.

use super::state::Shared;
use crate::clock::iso;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A person who works with one calendar.
#[derive(Clone)]
pub struct Staff {
    pub(super) shared: Arc<Shared>,
    pub(super) calendar: String,
}

impl Staff {
    /// Adds an event of these fields; its id. `None` without such a calendar.
    pub fn add(&self, fields: Map<String, Value>) -> Option<String> {
        // Google's own ids have 26 characters.
        let id = self.shared.change(|state| state.random.hex(13));
        self.shared.create(&self.calendar, &id, fields).map(|_| id)
    }

    /// Adds an event from and to an instant, in milliseconds since 1970.
    pub fn block(&self, title: &str, start_ms: i64, end_ms: i64) -> Option<String> {
        self.add(object(json!({"summary": title, "start": at(start_ms), "end": at(end_ms)})))
    }

    /// Adds a whole day, `2027-04-02`, until before another; shown as free, as Google suggests.
    pub fn whole_day(&self, title: &str, from: &str, until: &str) -> Option<String> {
        self.add(object(json!({
            "summary": title, "transparency": "transparent", "start": {"date": from}, "end": {"date": until}
        })))
    }

    /// Adds a series of equal events; the ids of its instances, in order.
    pub fn series(
        &self,
        title: &str,
        start_ms: i64,
        length_ms: i64,
        every_ms: i64,
        count: u32,
    ) -> Vec<String> {
        let series = self.shared.change(|state| state.random.hex(13));
        let mut ids = Vec::new();
        for n in 0..i64::from(count) {
            let start = start_ms + n * every_ms;
            let stamp: String = iso(start).chars().filter(|c| !"-:.".contains(*c)).take(15).collect();
            let id = format!("{series}_{stamp}Z");
            let fields = object(json!({
                "summary": title, "start": at(start), "end": at(start + length_ms), "originalStartTime": at(start)
            }));
            if self.shared.create(&self.calendar, &id, fields).is_some() {
                // Only the server says which series an event belongs to.
                let of = object(json!({"recurringEventId": series}));
                self.shared.amend(&self.calendar, &id, &of);
                ids.push(id);
            }
        }
        ids
    }

    /// Moves an event; false where there is none.
    pub fn move_to(&self, id: &str, start_ms: i64, end_ms: i64) -> bool {
        let mut change = json!({"start": at(start_ms), "end": at(end_ms)});
        for end in ["start", "end"] {
            change[end]["date"] = Value::Null;
        }
        self.change(id, change)
    }

    /// Makes an event whole days; false where there is none.
    pub fn make_whole_day(&self, id: &str, from: &str, until: &str) -> bool {
        let day = |date: &str| json!({"date": date, "dateTime": null, "timeZone": null});
        self.change(id, json!({"start": day(from), "end": day(until)}))
    }

    /// Changes fields of an event, null takes away; false where there is none.
    pub fn change(&self, id: &str, change: Value) -> bool {
        self.shared.amend(&self.calendar, id, &object(change)).is_some()
    }

    /// Deletes an event; false where none stands.
    pub fn delete(&self, id: &str) -> bool {
        self.shared.delete(&self.calendar, id).is_some()
    }

    /// Takes an event away without a trace, as time does with deleted ones; false where there is
    /// none. Nobody is told.
    pub fn purge(&self, id: &str) -> bool {
        self.shared.change(|state| {
            let of = state.calendars.get_mut(&self.calendar);
            of.is_some_and(|of| of.events.remove(id).is_some())
        })
    }

    /// Copies an event as it is, private properties included; the id of the copy.
    pub fn copy(&self, id: &str) -> Option<String> {
        let fields = self.shared.peek().calendars.get(&self.calendar)?.events.get(id)?.fields.clone();
        let mut fields = fields;
        fields.remove("id");
        fields.remove("iCalUID");
        self.add(fields)
    }
}

fn at(ms: i64) -> Value {
    json!({"dateTime": iso(ms)})
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
