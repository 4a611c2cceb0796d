//! Values before they have a type, and how each type is read from one.
//!
//! A value comes from TOML, where it has a kind, or from the environment, where all is text.
//! An error message may quote a value only where the type is not secret. Must not live here:
//! where values come from.

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use std::net::SocketAddr;
use std::path::PathBuf;
use toml::de::DeValue;

/// A value as it was found.
#[derive(Clone, PartialEq)]
pub(crate) enum Raw {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Raw>),
    /// A table, a date: nothing a key takes.
    Other(&'static str),
}

impl Raw {
    pub(crate) fn from_toml(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(int) => {
                let digits = int.as_str().replace('_', "");
                let parsed = i64::from_str_radix(&digits, int.radix());
                parsed.map_or(Self::Other("a number too large"), Self::Int)
            }
            DeValue::Float(float) => float.as_str().parse().map_or(Self::Other("no number"), Self::Float),
            DeValue::Boolean(yes) => Self::Bool(*yes),
            DeValue::Array(items) => Self::List(items.iter().map(|i| Self::from_toml(i.get_ref())).collect()),
            DeValue::Datetime(_) => Self::Other("a date"),
            DeValue::Table(_) => Self::Other("a table"),
        }
    }

    /// Reads a default. They are compiled in and a test reads them all.
    pub(crate) fn default_of(toml: &str) -> Self {
        DeValue::parse(toml).map_or(Self::Other("a broken default"), |v| Self::from_toml(v.get_ref()))
    }

    /// The value as TOML. Never for secrets.
    pub(crate) fn to_toml(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Int(int) => int.to_string(),
            Self::Float(float) => format!("{float:?}"),
            Self::Bool(yes) => yes.to_string(),
            Self::List(items) => {
                format!("[{}]", items.iter().map(Self::to_toml).collect::<Vec<_>>().join(", "))
            }
            Self::Other(what) => quoted(what),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()),
            _ => None,
        }
    }
}

/// A TOML string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A type that a key may have.
pub(crate) trait Setting: Sized {
    /// What is expected, in words.
    const KIND: &'static str;
    /// Whether the value must never be shown.
    const SECRET: bool = false;

    /// Reads a value; the error is an end of the sentence “KEY: …”.
    fn read(raw: &Raw) -> Result<Self, String>;

    /// The value of a key that is not set and has no default.
    fn absent() -> Option<Self> {
        None
    }

    /// How `check` shows it: TOML, or for a secret that it is there. `None`: it is not set.
    fn shown(&self) -> Option<String>;

    /// The value as a number, to hold against the key's bounds.
    fn numbers(&self) -> Vec<i64> {
        Vec::new()
    }

    /// The secrets in it, for the log to mask.
    fn secrets(&self) -> Vec<SecretString> {
        Vec::new()
    }
}

/// “a whole number expected, “ten” found”; the value cut to what fits a line.
pub(crate) fn expected(kind: &str, raw: &Raw) -> String {
    let found: String = raw.to_toml().chars().take(80).collect();
    format!("{kind} expected, {found} found")
}

impl<T: Setting> Setting for Option<T> {
    const KIND: &'static str = T::KIND;
    const SECRET: bool = T::SECRET;

    fn read(raw: &Raw) -> Result<Self, String> {
        T::read(raw).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn shown(&self) -> Option<String> {
        self.as_ref().and_then(T::shown)
    }

    fn numbers(&self) -> Vec<i64> {
        self.iter().flat_map(T::numbers).collect()
    }

    fn secrets(&self) -> Vec<SecretString> {
        self.iter().flat_map(T::secrets).collect()
    }
}

/// A TOML list, or text separated by commas.
impl<T: Setting> Setting for Vec<T> {
    const KIND: &'static str = T::KIND;
    const SECRET: bool = T::SECRET;

    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::List(items) => items.iter().map(T::read).collect(),
            Raw::Text(text) => text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| T::read(&Raw::Text(part.to_owned())))
                .collect(),
            one => Ok(vec![T::read(one)?]),
        }
    }

    fn shown(&self) -> Option<String> {
        let parts: Vec<String> = self.iter().filter_map(T::shown).collect();
        if T::SECRET {
            let lengths: Vec<&str> = parts.iter().map(|p| p.trim_matches('"')).collect();
            return Some(quoted(&format!("{} of them: {}", parts.len(), lengths.join("; "))));
        }
        Some(format!("[{}]", parts.join(", ")))
    }

    fn numbers(&self) -> Vec<i64> {
        self.iter().flat_map(T::numbers).collect()
    }

    fn secrets(&self) -> Vec<SecretString> {
        self.iter().flat_map(T::secrets).collect()
    }
}

impl Setting for String {
    const KIND: &'static str = "text";

    fn read(raw: &Raw) -> Result<Self, String> {
        raw.text().map(str::to_owned).ok_or_else(|| expected(Self::KIND, raw))
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl Setting for bool {
    const KIND: &'static str = "true or false";

    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Bool(yes) => Ok(*yes),
            Raw::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Ok(true),
                "false" | "no" | "off" | "0" => Ok(false),
                _ => Err(expected(Self::KIND, raw)),
            },
            _ => Err(expected(Self::KIND, raw)),
        }
    }

    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for i64 {
    const KIND: &'static str = "a whole number";

    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Int(int) => Ok(*int),
            Raw::Text(text) => text.trim().replace('_', "").parse().map_err(|_| expected(Self::KIND, raw)),
            _ => Err(expected(Self::KIND, raw)),
        }
    }

    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn numbers(&self) -> Vec<i64> {
        vec![*self]
    }
}

/// Numbers that are not negative. All are read as `i64` first, for the bounds.
macro_rules! unsigned {
    ($($ty:ty),+) => {$(
        impl Setting for $ty {
            const KIND: &'static str = "a whole number";

            fn read(raw: &Raw) -> Result<Self, String> {
                let int = i64::read(raw)?;
                Self::try_from(int).map_err(|_| format!("{int} is out of range"))
            }

            fn shown(&self) -> Option<String> {
                Some(self.to_string())
            }

            fn numbers(&self) -> Vec<i64> {
                vec![i64::try_from(*self).unwrap_or(i64::MAX)]
            }
        }
    )+};
}

unsigned!(u8, u32, u64, usize);

impl Setting for PathBuf {
    const KIND: &'static str = "a path";

    fn read(raw: &Raw) -> Result<Self, String> {
        raw.text().filter(|t| !t.is_empty()).map(Self::from).ok_or_else(|| expected(Self::KIND, raw))
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(&self.display().to_string()))
    }
}

impl Setting for SocketAddr {
    const KIND: &'static str = "an address with a port (127.0.0.1:10000)";

    fn read(raw: &Raw) -> Result<Self, String> {
        raw.text().and_then(|t| t.parse().ok()).ok_or_else(|| expected(Self::KIND, raw))
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

/// Web addresses. One with a password in it is refused without being quoted.
impl Setting for Url {
    const KIND: &'static str = "an http or https address";

    fn read(raw: &Raw) -> Result<Self, String> {
        let text = raw.text().ok_or_else(|| format!("{} expected", Self::KIND))?;
        let url: Self = text.parse().map_err(|_| format!("{} expected", Self::KIND))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not carry a user or password".to_owned());
        }
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(format!("{} expected, “{}:” found", Self::KIND, url.scheme()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must not carry “?” or “#”".to_owned());
        }
        Ok(url)
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(self.as_str()))
    }
}

impl Setting for SecretString {
    const KIND: &'static str = "a secret";
    const SECRET: bool = true;

    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Text(text) => Ok(Self::from(text.as_str())),
            // A number in the file is a key somebody forgot to quote.
            _ => Err("a secret is text: put it in quotes".to_owned()),
        }
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(&format!("set, {} characters", self.expose_secret().chars().count())))
    }

    fn secrets(&self) -> Vec<SecretString> {
        vec![self.clone()]
    }
}
