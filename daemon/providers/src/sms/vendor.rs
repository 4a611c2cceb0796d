//! Which of the two carriers, and the few things in which they differ.
//!
//! Twilio and SignalWire share one shape of API. What differs between them is here and in the
//! signatures (`verify`); everything else in this folder is written once. Must not live here: HTTP.

use std::fmt;

/// A carrier of text messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vendor {
    /// twilio.com.
    Twilio,
    /// signalwire.com, by its Compatibility API.
    SignalWire,
}

impl Vendor {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Twilio, Self::SignalWire];

    /// The stable word stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::SignalWire => "signalwire",
        }
    }

    /// The vendor of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vendor| vendor.word().eq_ignore_ascii_case(word.trim()))
    }

    /// The vendor as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Twilio => "Twilio",
            Self::SignalWire => "SignalWire",
        }
    }

    /// Whether it answers STOP itself and blocks what is sent afterwards. SignalWire leaves both
    /// to its customer.
    pub const fn handles_stop(self) -> bool {
        matches!(self, Self::Twilio)
    }

    /// Longest time a text may wait to be delivered, in seconds.
    pub const fn longest_validity_s(self) -> u32 {
        match self {
            Self::Twilio => 36_000,
            Self::SignalWire => 172_800,
        }
    }

    /// Segments of the path before `Accounts`.
    pub(super) const fn root(self) -> &'static [&'static str] {
        match self {
            Self::Twilio => &["2010-04-01"],
            Self::SignalWire => &["api", "laml", "2010-04-01"],
        }
    }

    /// The last segment of a resource's path: Twilio answers in XML unless `.json` asks otherwise,
    /// SignalWire's paths have no ending.
    pub(super) fn leaf(self, name: &str) -> String {
        match self {
            Self::Twilio => format!("{name}.json"),
            Self::SignalWire => name.to_owned(),
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for vendor in Vendor::ALL {
            assert_eq!(Vendor::parse(vendor.word()), Some(vendor));
        }
        assert_eq!(Vendor::parse(" SignalWire "), Some(Vendor::SignalWire));
        assert_eq!(Vendor::parse("vonage"), None);
    }
}
