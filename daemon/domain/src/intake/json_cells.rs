//! A JSON object → the cells a row has.
//!
//! Lives here: flattening, so that what an inner object says about refusal, consent and the phone
//! is seen wherever it stands. Must not live here: what a cell means (`draft`).

use super::fields::{Field, guess};
use serde_json::{Map, Value};

/// Deepest object looked into.
const MAX_DEPTH: usize = 6;
/// Objects whose members are the lead's own.
const WRAPPERS: [&str; 14] = [
    "contact",
    "lead",
    "customer",
    "person",
    "prospect",
    "properties",
    "fields",
    "attributes",
    "data",
    "payload",
    "record",
    "variables",
    "vars",
    "custom_fields",
];

/// What kind of value a cell was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Number,
    Fraction,
    Nested,
}

/// The members of an element as cells.
#[derive(Default)]
pub(super) struct Cells {
    pub(super) keys: Vec<String>,
    pub(super) texts: Vec<String>,
    pub(super) kinds: Vec<Kind>,
}

impl Cells {
    /// The cells of an element.
    pub(super) fn of(object: Map<String, Value>) -> Self {
        let mut cells = Self::default();
        cells.members("", object, 0);
        cells
    }

    fn members(&mut self, path: &str, object: Map<String, Value>, depth: usize) {
        for (key, value) in object {
            let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match value {
                Value::Object(inner) if depth < MAX_DEPTH => self.object(&key, &full, inner, depth),
                Value::Array(list) if list.iter().any(Value::is_object) && depth < MAX_DEPTH => {
                    self.list(&full, list, depth);
                }
                value => self.add(full, value),
            }
        }
    }

    fn object(&mut self, key: &str, full: &str, inner: Map<String, Value>, depth: usize) {
        if full == "consent" || full.ends_with(".consent") {
            for (part, value) in inner {
                let name = format!("consent.{part}");
                match value {
                    Value::Object(parts) => self.members(&name, parts, depth + 1),
                    value => self.add(name, value),
                }
            }
            return;
        }
        // HubSpot and others write each value as an object of its own.
        if inner.len() <= 4
            && let Some(value) = inner.get("value").filter(|v| !v.is_object() && !v.is_array())
        {
            return self.add(full.to_string(), value.clone());
        }
        if WRAPPERS.contains(&key) {
            // The members of a wrapper are members of the lead, unless it has them itself.
            let path = full.rsplit_once('.').map(|(before, _)| before.to_string()).unwrap_or_default();
            return self.members(&path, inner, depth + 1);
        }
        if telling(full, &Value::Object(inner.clone()), depth) {
            return self.members(full, inner, depth + 1);
        }
        self.add(full.to_string(), Value::Object(inner));
    }

    fn list(&mut self, full: &str, list: Vec<Value>, depth: usize) {
        let whole = Value::Array(list);
        if !telling(full, &whole, depth) {
            return self.add(full.to_string(), whole);
        }
        let Value::Array(list) = whole else { return };
        for (n, item) in list.into_iter().enumerate() {
            match item {
                Value::Object(inner) => self.members(&format!("{full}.{}", n + 1), inner, depth + 1),
                value => self.add(format!("{full}.{}", n + 1), value),
            }
        }
    }

    fn add(&mut self, key: String, value: Value) {
        let (text, kind) = match value {
            Value::Null => return,
            Value::String(text) => (text, Kind::Plain),
            Value::Bool(yes) => (yes.to_string(), Kind::Plain),
            Value::Number(n) if n.is_f64() => (n.to_string(), Kind::Fraction),
            Value::Number(n) => (n.to_string(), Kind::Number),
            // A list of words is one cell with several of them: channels, numbers.
            Value::Array(list) if list.iter().all(|v| v.is_string() || v.is_number()) => {
                let words =
                    list.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), ToString::to_string));
                (words.collect::<Vec<_>>().join(", "), Kind::Plain)
            }
            nested => (nested.to_string(), Kind::Nested),
        };
        self.keys.push(key);
        self.texts.push(text);
        self.kinds.push(kind);
    }
}

/// Whether anything inside says who must not be contacted.
fn telling(path: &str, value: &Value, depth: usize) -> bool {
    if depth >= MAX_DEPTH {
        return false;
    }
    match value {
        Value::Object(inner) => inner.iter().any(|(key, value)| {
            let path = format!("{path}.{key}");
            telling(&path, value, depth + 1)
        }),
        Value::Array(list) => list.iter().any(|value| value.is_object() && telling(path, value, depth + 1)),
        Value::Null => false,
        _ => {
            let field = guess(path).field;
            field.is_safety() && field != Field::Status
        }
    }
}
