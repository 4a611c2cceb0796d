//! Tolerant reading of JSON: numbers also as strings, and a value of an unexpected type read as
//! absent instead of failing everything around it.
//!
//! Must not live here: any field name.

use frontdesk_shared::Millis;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Longest list read; the rest is skipped. A long call has a few hundred messages.
const MAX_ITEMS: usize = 2_000;

/// A scalar of any type; anything else reads as `Nothing`.
#[derive(Clone, Default)]
pub(super) enum Loose {
    #[default]
    Nothing,
    Flag(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

impl Loose {
    /// Non-empty text; numbers and flags become text.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(t) if !t.is_empty() => Some(t.clone()),
            Self::Int(n) => Some(n.to_string()),
            Self::Float(n) => Some(n.to_string()),
            Self::Flag(b) => Some(b.to_string()),
            _ => None,
        }
    }

    /// A finite number.
    pub(super) fn number(&self) -> Option<f64> {
        let n = match self {
            Self::Int(n) => *n as f64,
            Self::Float(n) => *n,
            Self::Text(t) => t.trim().parse().ok()?,
            _ => return None,
        };
        n.is_finite().then_some(n)
    }

    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(b) => Some(*b),
            Self::Text(t) => t.parse().ok(),
            _ => None,
        }
    }

    /// An instant: ISO 8601 text, or epoch seconds or milliseconds told apart by magnitude.
    pub(super) fn instant(&self) -> Option<Millis> {
        if let Self::Text(t) = self
            && let Some(at) = Millis::from_iso(t.trim())
        {
            return Some(at);
        }
        self.number().map(epoch)
    }
}

/// Epoch seconds or milliseconds, told apart by magnitude: 10¹¹ seconds is the year 5138, and
/// 10¹¹ milliseconds is 1973.
pub(super) fn epoch(n: f64) -> Millis {
    Millis(if n.abs() < 1e11 { n * 1_000.0 } else { n } as i64)
}

macro_rules! skip_scalars {
    ($default:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($default)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($default)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($default)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($default)
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($default)
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($default)
        }
    };
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_bool<E>(self, b: bool) -> Result<Loose, E> {
        Ok(Loose::Flag(b))
    }
    fn visit_i64<E>(self, n: i64) -> Result<Loose, E> {
        Ok(Loose::Int(n))
    }
    fn visit_u64<E>(self, n: u64) -> Result<Loose, E> {
        Ok(i64::try_from(n).map_or(Loose::Float(n as f64), Loose::Int))
    }
    fn visit_f64<E>(self, n: f64) -> Result<Loose, E> {
        Ok(Loose::Float(n))
    }
    fn visit_str<E>(self, t: &str) -> Result<Loose, E> {
        // JSON can say NUL, and no store takes it: one in a transcript would lose the whole report.
        Ok(Loose::Text(if t.contains('\0') { t.replace('\0', "") } else { t.to_owned() }))
    }
    fn visit_unit<E>(self) -> Result<Loose, E> {
        Ok(Loose::Nothing)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Nothing)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Nothing)
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(LooseVisitor)
    }
}

/// An object, or nothing when something else stands in its place. Boxed, so that shapes may
/// contain themselves and absent ones cost a pointer.
pub(super) struct Obj<T>(pub(super) Option<Box<T>>);

impl<T> Default for Obj<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Obj<T> {
    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_deref()
    }
}

struct ObjVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjVisitor<T> {
    type Value = Obj<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    skip_scalars!(Obj(None));
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Obj<T>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Obj(None))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Obj<T>, A::Error> {
        Ok(Obj(Some(Box::new(T::deserialize(MapAccessDeserializer::new(map))?))))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Obj<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(ObjVisitor(PhantomData))
    }
}

/// A list of objects; `None` when no list stands there. Items that are no objects are left out.
pub(super) struct List<T>(pub(super) Option<Vec<T>>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> List<T> {
    pub(super) fn items(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    skip_scalars!(List(None));
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<T>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(List(None))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
        let mut items = Vec::new();
        while items.len() < MAX_ITEMS {
            match seq.next_element::<Obj<T>>()? {
                Some(Obj(item)) => items.extend(item.map(|b| *b)),
                None => return Ok(List(Some(items))),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(List(Some(items)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(ListVisitor(PhantomData))
    }
}
