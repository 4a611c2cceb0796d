//! Keys of the rules: what `[calling]`, `[profiles.XX]` and `[booking]` may hold.
//!
//! `keys!` turns one list of fields into the struct, its documentation, its defaults, its bounds
//! and the rows that the reference file and `docs/configuration.md` are made of, so that none of
//! them can drift from what is read. Must not live here: any particular key.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// One key.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name in its table.
    pub name: &'static str,
    /// What it means, in sentences.
    pub about: &'static str,
    /// What kind of value it takes, in words; [`TABLE`] for a table of its own.
    pub kind: &'static str,
    /// Bounds of a number, or of each number of a list.
    pub range: Option<RangeInclusive<u32>>,
    /// The key that gives the value where this one is absent.
    pub or: Option<&'static str>,
}

impl Key {
    /// The bounds in words; empty where there are none.
    pub fn bounds(&self) -> String {
        self.range.as_ref().map(in_words).unwrap_or_default()
    }
}

/// The kind of a key that is a table of its own.
pub const TABLE: &str = "a table";

/// The keys of one table and their defaults.
#[derive(Clone, Debug)]
pub struct Table {
    /// Where it stands in the file; `XX` for a name that the operator chooses.
    pub path: &'static str,
    /// What it is about, in sentences.
    pub about: &'static str,
    /// Its keys, in reading order.
    pub keys: &'static [Key],
    /// The defaults, an object; what a new row starts with where the path has an `XX`.
    pub default: Value,
    /// Rows that are there by default, where the path has an `XX`.
    pub rows: BTreeMap<String, Value>,
}

/// `at least 1`, `5 to 720`.
pub(crate) fn in_words(range: &RangeInclusive<u32>) -> String {
    match (*range.start(), *range.end()) {
        (least, u32::MAX) => format!("at least {least}"),
        (least, most) => format!("{least} to {most}"),
    }
}

/// What is wrong with a key whose number is not within its bounds.
pub(crate) fn outside<T: Setting>(
    name: &'static str,
    value: &T,
    range: &RangeInclusive<u32>,
) -> Option<(&'static str, String)> {
    let wrong = value.numbers().into_iter().find(|n| !range.contains(n))?;
    Some((name, format!("must be {}, is {wrong}", in_words(range))))
}

/// A type that a key may have.
pub(crate) trait Setting {
    /// What kind of value it is, in words.
    const KIND: &'static str;

    /// Its numbers, to hold against the key's bounds.
    fn numbers(&self) -> Vec<u32> {
        Vec::new()
    }
}

macro_rules! kinds {
    ($($ty:ty = $kind:expr),+ $(,)?) => {
        $(impl $crate::keys::Setting for $ty {
            const KIND: &'static str = $kind;
        })+
    };
}

pub(crate) use kinds;

kinds! {
    bool = "true or false",
    String = "text",
    jiff::civil::Time = "a time of day (09:00)",
    BTreeSet<String> = "a list of texts",
    Vec<jiff::civil::Date> = "a list of dates (2026-12-25)",
}

impl Setting for u32 {
    const KIND: &'static str = "a whole number";

    fn numbers(&self) -> Vec<u32> {
        vec![*self]
    }
}

impl Setting for u16 {
    const KIND: &'static str = "a whole number";

    fn numbers(&self) -> Vec<u32> {
        vec![u32::from(*self)]
    }
}

impl Setting for Vec<u32> {
    const KIND: &'static str = "a list of whole numbers";

    fn numbers(&self) -> Vec<u32> {
        self.clone()
    }
}

impl<T: Setting> Setting for Option<T> {
    const KIND: &'static str = T::KIND;

    fn numbers(&self) -> Vec<u32> {
        self.iter().flat_map(T::numbers).collect()
    }
}

/// Declares a table of keys: the documentation of a field is what the reference says about it.
/// `or` names the key that is used where this one is absent, `with` a reader of its own.
macro_rules! keys {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident {
            $(
                $(#[doc = $field_about:literal])+
                $field:ident: $ty:ty = $default:expr
                $(, in $range:expr)?
                $(, or $or:literal)?
                $(, with $with:literal)?
            );+ $(;)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[doc = $field_about])+ $(#[serde(deserialize_with = $with)])? pub $field: $ty,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $crate::keys::Setting for $name {
            const KIND: &'static str = $crate::keys::TABLE;
        }

        impl $name {
            /// Its keys, in reading order.
            pub const KEYS: &'static [$crate::keys::Key] = &[$($crate::keys::Key {
                name: stringify!($field),
                about: concat!($($field_about),+),
                kind: <$ty as $crate::keys::Setting>::KIND,
                range: $crate::keys::option!($($range)?),
                or: $crate::keys::option!($($or)?),
            }),+];

            /// Its keys, its defaults and where it stands in the file.
            pub(crate) fn table(path: &'static str) -> $crate::keys::Table {
                $crate::keys::Table {
                    path,
                    about: concat!($($about),+),
                    keys: Self::KEYS,
                    default: serde_json::to_value(Self::default()).unwrap_or_default(),
                    rows: std::collections::BTreeMap::new(),
                }
            }

            /// Numbers outside their bounds: the key, and what is wrong.
            pub(crate) fn outside(&self) -> Vec<(&'static str, String)> {
                let found: Vec<Option<(&'static str, String)>> = vec![$($(
                    $crate::keys::outside(stringify!($field), &self.$field, &$range),
                )?)+];
                found.into_iter().flatten().collect()
            }
        }
    };
}

/// `Some` of what may be there.
macro_rules! option {
    () => {
        None
    };
    ($some:expr) => {
        Some($some)
    };
}

pub(crate) use {keys, option};
