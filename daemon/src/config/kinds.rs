//! The kinds of value that only this configuration has: choices, address ranges, keys
//! kept as hashes.
//!
//! Must not live here: keys and their defaults.

use super::raw::{Raw, Setting, expected, quoted};
use frontdesk_shared::client::Tier;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::net::IpAddr;

/// Declares a closed choice of words.
macro_rules! choice {
    ($(#[doc = $about:literal])+ $name:ident, $kind:literal { $($(#[doc = $vabout:literal])+ $variant:ident = $word:literal),+ }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $vabout])+ $variant),+
        }

        impl $name {
            /// The word in the configuration.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl Setting for $name {
            const KIND: &'static str = $kind;

            fn read(raw: &Raw) -> Result<Self, String> {
                match raw {
                    Raw::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                        $($word => Ok(Self::$variant),)+
                        _ => Err(expected(Self::KIND, raw)),
                    },
                    _ => Err(expected(Self::KIND, raw)),
                }
            }

            fn shown(&self) -> Option<String> {
                Some(quoted(self.word()))
            }
        }
    };
}

choice! {
    /// What the installation is for.
    Environment, "production, staging, development or test" {
        /// Real clients.
        Production = "production",
        /// A rehearsal of production.
        Staging = "staging",
        /// Somebody's own machine.
        Development = "development",
        /// Automatic tests.
        Test = "test"
    }
}

choice! {
    /// The least severe messages that are written.
    LogLevel, "debug, info, warn or error" {
        /// Everything.
        Debug = "debug",
        /// What happens.
        Info = "info",
        /// What should not happen.
        Warn = "warn",
        /// What must not happen.
        Error = "error"
    }
}

choice! {
    /// How log lines look.
    LogFormat, "text or json" {
        /// For people.
        Text = "text",
        /// One JSON object a line, for machines.
        Json = "json"
    }
}

/// Addresses that share their first bits: `10.0.0.0/8`, `::1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    base: IpAddr,
    bits: u8,
}

impl AddressRange {
    /// Reads `address` or `address/bits`.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let base: IpAddr = address.parse().ok()?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |b| b.parse().ok())?;
        (bits <= most).then_some(Self { base, bits })
    }

    /// Whether `address` is one of them. An IPv4 address that arrives through an IPv6 socket
    /// counts as the IPv4 address it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits.min(32))).unwrap_or(0);
                u32::from(base) & mask == u32::from(other) & mask
            }
            (IpAddr::V6(base), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits.min(128))).unwrap_or(0);
                u128::from(base) & mask == u128::from(other) & mask
            }
            _ => false,
        }
    }

    /// Whether it holds every address of its family.
    pub fn is_everyone(&self) -> bool {
        self.bits == 0
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

impl Setting for AddressRange {
    const KIND: &'static str = "an address or range (10.0.0.0/8)";

    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Text(text) => Self::parse(text.trim()).ok_or_else(|| expected(Self::KIND, raw)),
            _ => Err(expected(Self::KIND, raw)),
        }
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

impl Setting for Tier {
    const KIND: &'static str = "free, pro or enterprise";

    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Text(text) => Self::parse(text.trim()).ok_or_else(|| expected(Self::KIND, raw)),
            _ => Err(expected(Self::KIND, raw)),
        }
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(self.word()))
    }
}

/// A key that is only ever compared, so only its hash is kept.
#[derive(Clone)]
pub struct HashedKey {
    hash: blake3::Hash,
    given_as: &'static str,
}

impl HashedKey {
    /// Characters a plain key must have at least: less can be guessed over the network.
    pub const SHORTEST: usize = 16;

    /// Whether `presented` is the key. Takes the same time for every wrong key.
    pub fn matches(&self, presented: &str) -> bool {
        // `blake3::Hash` compares in constant time.
        blake3::hash(presented.as_bytes()) == self.hash
    }
}

impl fmt::Debug for HashedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HashedKey({})", self.given_as)
    }
}

impl Setting for HashedKey {
    const KIND: &'static str = "a key of 16 characters or more, or “blake3:” and the hash of one";
    const SECRET: bool = true;

    fn read(raw: &Raw) -> Result<Self, String> {
        let Raw::Text(text) = raw else { return Err("a key is text: put it in quotes".to_owned()) };
        if let Some(hex) = text.trim().strip_prefix("blake3:") {
            let hash = blake3::Hash::from_hex(hex)
                .map_err(|_| "64 hexadecimal digits expected after “blake3:”".to_owned())?;
            return Ok(Self { hash, given_as: "set, as a hash" });
        }
        if text.chars().count() < Self::SHORTEST {
            return Err(format!("shorter than {} characters", Self::SHORTEST));
        }
        let hash = blake3::hash(text.as_bytes());
        Ok(Self { hash, given_as: "set, as the plain key" })
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(self.given_as))
    }
}

/// A private key in PEM. Hosts that only take one-line variables carry it with `\n` written
/// out; both forms are read.
#[derive(Clone, Debug)]
pub struct Pem(pub SecretString);

impl Setting for Pem {
    const KIND: &'static str = "a private key in PEM";
    const SECRET: bool = true;

    fn read(raw: &Raw) -> Result<Self, String> {
        let text = SecretString::read(raw)?;
        let text = text.expose_secret().replace("\\n", "\n");
        if !text.contains("-----BEGIN") || !text.contains("PRIVATE KEY-----") {
            return Err("no “-----BEGIN PRIVATE KEY-----” in it".to_owned());
        }
        Ok(Self(SecretString::from(text)))
    }

    fn shown(&self) -> Option<String> {
        self.0.shown()
    }

    fn secrets(&self) -> Vec<SecretString> {
        vec![self.0.clone()]
    }
}
