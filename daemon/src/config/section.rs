//! Sections: one table of keys and the struct they fill, written once.
//!
//! `section!` turns a list of fields into the struct, its documentation, its defaults, the
//! names of its environment variables and its reader, so that none of them can drift from the
//! others. Must not live here: any particular key.

use std::ops::RangeInclusive;

/// One key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// The section it stands in.
    pub section: &'static str,
    /// Its name there.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// The environment variable, where it is not made from section and name.
    env: Option<&'static str>,
    /// Where to get the value.
    pub get: Option<&'static str>,
    /// The default as TOML text; `None`: there is none.
    pub default: Option<&'static str>,
    /// Bounds of a number.
    pub range: Option<RangeInclusive<i64>>,
    /// What kind of value it takes, in words.
    pub kind: &'static str,
    /// Whether the value must never be shown.
    pub secret: bool,
}

impl Key {
    pub(crate) const fn new(section: &'static str, name: &'static str, about: &'static str) -> Self {
        Self {
            section,
            name,
            about,
            env: None,
            get: None,
            default: None,
            range: None,
            kind: "",
            secret: false,
        }
    }

    pub(crate) const fn env(mut self, name: &'static str) -> Self {
        self.env = Some(name);
        self
    }

    pub(crate) const fn get(mut self, place: &'static str) -> Self {
        self.get = Some(place);
        self
    }

    pub(crate) const fn default(mut self, toml: &'static str) -> Self {
        self.default = Some(toml);
        self
    }

    pub(crate) const fn range(mut self, range: RangeInclusive<i64>) -> Self {
        self.range = Some(range);
        self
    }

    pub(crate) const fn kind(mut self, kind: &'static str, secret: bool) -> Self {
        self.kind = kind;
        self.secret = secret;
        self
    }

    /// `section.name`, as in the file.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// The environment variable that sets it.
    pub fn env_name(&self) -> String {
        match (self.env, self.section) {
            (Some(name), _) => name.to_owned(),
            (None, "house") => format!("FRONTDESK_{}", self.name.to_uppercase()),
            (None, section) => {
                format!("FRONTDESK_{}_{}", section.to_uppercase(), self.name.to_uppercase())
            }
        }
    }

    /// The default as it is written in the file, comma-separated lists and all.
    pub fn default_text(&self) -> Option<String> {
        self.default.map(|toml| super::raw::Raw::default_of(toml).to_toml())
    }
}

/// One section: keys that belong together.
#[derive(Debug)]
pub struct Section {
    /// Its name, the table in the file.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Its keys, in reading order.
    pub keys: &'static [Key],
    /// What it needs to be on: each entry is a choice of names of which one must be set. Empty
    /// for a section that is always on.
    pub needs: &'static [&'static [&'static str]],
    /// What is missing while it is off.
    pub off: &'static str,
}

impl Section {
    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The environment variable of the key of that name.
    pub fn env_of(&self, name: &str) -> String {
        self.key(name).map_or_else(|| name.to_owned(), Key::env_name)
    }

    /// The variables that would switch it on, a choice joined by “or”.
    pub fn needed_names(&self) -> Vec<String> {
        self.needs
            .iter()
            .map(|choice| choice.iter().map(|n| self.env_of(n)).collect::<Vec<_>>().join(" or "))
            .collect()
    }
}

/// Declares a section. The first sentence of each field's documentation is what `check`, the
/// reference file and `docs/configuration.md` say about it.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident = $section:literal
        $(needs [$([$($need:literal),+]),+] off $off:literal)?
        {
            $(
                $(#[doc = $field_about:literal])+
                $field:ident: $ty:ty
                $(, env $env:literal)?
                $(, get $get:literal)?
                $(, in $range:expr)?
                $(, default $default:expr)?
            );+ $(;)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug)]
        pub struct $name {
            $($(#[doc = $field_about])+ pub $field: $ty,)+
        }

        impl $name {
            pub(crate) const SECTION: $crate::config::section::Section =
                $crate::config::section::Section {
                    name: $section,
                    about: concat!($($about),+),
                    keys: &[$(
                        $crate::config::section::Key::new(
                            $section,
                            stringify!($field),
                            concat!($($field_about),+),
                        )
                        $(.env($env))?
                        $(.get($get))?
                        $(.range($range))?
                        $(.default(stringify!($default)))?
                        .kind(
                            <$ty as $crate::config::raw::Setting>::KIND,
                            <$ty as $crate::config::raw::Setting>::SECRET,
                        )
                    ),+],
                    needs: &[$($(&[$($need),+]),+)?],
                    off: concat!("", $($off)?),
                };

            /// Reads every field, so that all problems are found, then puts them together.
            pub(crate) fn read(from: &mut $crate::config::reader::Reader) -> Option<Self> {
                let mut keys = Self::SECTION.keys.iter();
                $(let $field = keys.next().and_then(|key| from.get::<$ty>(key));)+
                Some(Self { $($field: $field?),+ })
            }
        }
    };
}

pub(crate) use section;
