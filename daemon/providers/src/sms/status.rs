//! How far a text has come: the carriers' words and the order between them.
//!
//! Callbacks come in any order, so a status only ever rises. Must not live here: storage, HTTP.

/// How far a text has come, as far as the word for it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextStatus {
    /// Taken by a messaging service, which has not picked a number yet.
    Accepted,
    /// Kept by the carrier for later.
    Scheduled,
    /// Taken.
    Queued,
    /// On its way to the network.
    Sending,
    /// Handed to the network. Many texts stay here for ever: not every network tells.
    Sent,
    /// On the phone.
    Delivered,
    /// Seen.
    Read,
    /// The network gave up.
    Undelivered,
    /// Never left.
    Failed,
    /// Taken back.
    Canceled,
}

/// What a new word changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// Nothing: a repeat, or something that came late.
    Nothing,
    /// The status is now this.
    To(TextStatus),
    /// It contradicts a final status. The first one stands; the second is worth keeping beside it.
    Contradicts,
}

impl TextStatus {
    /// Every status.
    pub const ALL: [Self; 10] = [
        Self::Accepted,
        Self::Scheduled,
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Undelivered,
        Self::Failed,
        Self::Canceled,
    ];

    /// The status a carrier's word means; `None` for words that say nothing about a text of ours
    /// (`received`) and for words not known yet: they are kept as they are and change nothing.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase();
        match word.as_str() {
            // SignalWire's word between taking and sending.
            "initiated" => Some(Self::Sending),
            "cancelled" => Some(Self::Canceled),
            _ => Self::ALL.into_iter().find(|status| status.word() == word),
        }
    }

    /// The stable word stored and shown; Twilio's.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Place in the order; a status with a lower one never follows a status with a higher one.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Accepted | Self::Scheduled | Self::Queued => 0,
            Self::Sending => 1,
            Self::Sent => 2,
            Self::Delivered => 3,
            Self::Read => 4,
            Self::Undelivered | Self::Failed | Self::Canceled => 5,
        }
    }

    /// Whether it did not arrive and never will.
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::Undelivered | Self::Failed | Self::Canceled)
    }

    /// Whether nothing but `read` can follow.
    pub const fn is_final(self) -> bool {
        self.is_lost() || self.has_arrived()
    }

    /// Whether it is on the phone.
    pub const fn has_arrived(self) -> bool {
        matches!(self, Self::Delivered | Self::Read)
    }
}

/// What `new` changes about a text that is at `old`.
pub fn advance(old: TextStatus, new: TextStatus) -> Advance {
    let contradicts = old != new && (old.is_lost() && new.is_final() || old.has_arrived() && new.is_lost());
    match () {
        () if contradicts => Advance::Contradicts,
        () if new.rank() > old.rank() => Advance::To(new),
        () => Advance::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::TextStatus::*;
    use super::*;

    fn course(words: &[TextStatus]) -> TextStatus {
        words.iter().fold(Queued, |at, new| match advance(at, *new) {
            Advance::To(status) => status,
            Advance::Nothing | Advance::Contradicts => at,
        })
    }

    #[test]
    fn s3_the_order_of_arrival_does_not_matter() {
        assert_eq!(course(&[Delivered, Sent]), Delivered);
        assert_eq!(course(&[Sent, Delivered]), Delivered);
        assert_eq!(course(&[Undelivered, Sent]), Undelivered);
        assert_eq!(course(&[Read, Delivered, Sending]), Read);
        assert_eq!(course(&[Delivered, Read]), Read);
        assert_eq!(course(&[Accepted, Scheduled, Queued]), Queued);
    }

    #[test]
    fn s5_the_first_final_status_stands_and_the_second_is_told() {
        assert_eq!(advance(Delivered, Undelivered), Advance::Contradicts);
        assert_eq!(advance(Undelivered, Delivered), Advance::Contradicts);
        assert_eq!(advance(Failed, Undelivered), Advance::Contradicts);
        assert_eq!(advance(Failed, Failed), Advance::Nothing);
        assert_eq!(advance(Delivered, Delivered), Advance::Nothing);
    }

    #[test]
    fn s6_sent_is_not_final() {
        assert!(!Sent.is_final() && !Sent.is_lost());
    }

    #[test]
    fn s7_unknown_words_are_no_status() {
        for word in ["received", "receiving", "partially_delivered", "teleported", ""] {
            assert_eq!(TextStatus::parse(word), None, "{word}");
        }
        assert_eq!(TextStatus::parse(" Delivered"), Some(Delivered));
        assert_eq!(TextStatus::parse("initiated"), Some(Sending));
        for status in TextStatus::ALL {
            assert_eq!(TextStatus::parse(status.word()), Some(status));
        }
    }

    #[test]
    fn a_status_never_sinks() {
        for old in TextStatus::ALL {
            for new in TextStatus::ALL {
                if let Advance::To(now) = advance(old, new) {
                    assert!(now.rank() > old.rank() && !old.is_lost(), "{old:?} {new:?}");
                }
            }
        }
    }
}
