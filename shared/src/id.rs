//! Identifiers: 63-bit integers in the store, thirteen base-32 characters for people.
//!
//! The daemon builds them from milliseconds, a node number and a rolling sequence, so they
//! sort by creation and need no coordination. Crockford's alphabet has no I, L, O or U, which
//! keeps an id readable over the phone.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of a whole id.
pub const ID_CHARS: usize = 13;
/// Fewest trailing characters by which a person may name an id.
pub const MIN_SUFFIX: usize = 5;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not an id: {ID_CHARS} characters of 0-9 and a-z without i, l, o, u are wanted")]
pub struct BadId(pub String);

/// Writes a non-negative integer as thirteen base-32 characters.
pub fn encode(mut n: i64) -> String {
    let mut out = [b'0'; ID_CHARS];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(n & 31) as usize];
        n >>= 5;
    }
    out.iter().map(|&b| char::from(b)).collect()
}

fn digit(c: char) -> Option<i64> {
    let c = match c.to_ascii_lowercase() {
        'i' | 'l' => '1',
        'o' => '0',
        c => c,
    };
    ALPHABET.iter().position(|&a| char::from(a) == c).map(|p| p as i64)
}

fn decode(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > ID_CHARS {
        return None;
    }
    let mut n: i64 = 0;
    for c in text.chars() {
        n = n.checked_mul(32)?.checked_add(digit(c)?)?;
    }
    Some(n)
}

/// The trailing part of an id as a person types it: `(value, modulus)` such that an id `n`
/// matches when `n % modulus == value`.
pub fn parse_suffix(text: &str) -> Option<(i64, i64)> {
    let n = decode(text)?;
    if text.len() < MIN_SUFFIX || text.len() >= ID_CHARS {
        return None;
    }
    Some((n, 1i64 << (5 * text.len())))
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            /// The last six characters, enough to tell rows of a table apart.
            pub fn short(self) -> String {
                encode(self.0)[ID_CHARS - 6..].to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                (text.len() == ID_CHARS).then(|| decode(text)).flatten().map(Self).ok_or_else(|| BadId(text.to_owned()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+ };
}

ids! {
    /// A client business.
    ClientId,
    /// A person one client may contact: unique by client and phone number.
    LeadId,
    /// One run of an import.
    ImportId,
    /// One unit of work in the queue.
    JobId,
    /// One attempt to call (or one inbound call).
    CallId,
    /// One text message or mail, going out or coming in.
    MessageId,
    /// One stored delivery from a provider.
    WebhookId,
    /// One booked slot.
    AppointmentId,
    /// One group of like errors.
    FaultId,
    /// One stored decision of the gate.
    VerdictId,
    /// Anything else that needs a key of its own.
    RowId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_form() {
        for n in [0, 1, 31, 32, i64::MAX, 1 << 62, 123_456_789_012_345] {
            assert_eq!(encode(n).parse::<LeadId>().unwrap(), LeadId(n));
        }
    }

    #[test]
    fn text_that_is_no_id_is_refused() {
        for bad in ["", "abc", "zzzzzzzzzzzzzzzz", "u000000000000", "zzzzzzzzzzzzz"] {
            assert!(bad.parse::<JobId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_suffix_selects_by_remainder() {
        let id = JobId(0x0123_4567_89ab_cdef);
        let text = id.to_string();
        let (value, modulus) = parse_suffix(&text[ID_CHARS - 6..]).unwrap();
        assert_eq!(id.0 % modulus, value);
        assert_eq!(parse_suffix("abc"), None);
        assert_eq!(parse_suffix(&text), None);
    }

    #[test]
    fn letters_easily_misread_are_forgiven() {
        assert_eq!("000000000001O".parse::<JobId>(), "0000000000010".parse::<JobId>());
        assert_eq!("00000000000l0".parse::<JobId>(), "0000000000010".parse::<JobId>());
    }
}
