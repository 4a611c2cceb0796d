//! Texts and emails, sent and received: where they stand, and what an appointment came to.

use crate::contact::Channel;
use crate::words::words;
use crate::{AppointmentId, LeadId, MessageId, Millis};
use serde::{Deserialize, Serialize};

words! {
    /// Where a message stands. What a provider tells only raises it.
    MessageStatus {
        /// The intent is committed, the request is on its way.
        Sending = "sending",
        /// The provider has it.
        Accepted = "accepted",
        /// It left the provider. Many never go further: not every carrier tells.
        Sent = "sent",
        /// It arrived.
        Delivered = "delivered",
        /// The carrier or the other mail server gave it back.
        Undelivered = "undelivered",
        /// The provider gave up on it.
        Failed = "failed",
        /// It was refused, and nothing was sent.
        Refused = "refused",
        /// Whether the provider has it is not known; it is looked up, never sent again.
        Uncertain = "uncertain",
        /// It came in.
        Received = "received",
    }
}

impl MessageStatus {
    /// How far it has come; what is final beside others has the highest.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Sending | Self::Uncertain => 0,
            Self::Accepted => 1,
            Self::Sent => 2,
            Self::Delivered | Self::Undelivered | Self::Failed | Self::Refused | Self::Received => 3,
        }
    }

    /// Whether nothing more is to be heard of it.
    pub const fn is_final(self) -> bool {
        self.rank() == 3
    }

    /// Where it stands after another report: never lower, and the first final word stands.
    #[must_use]
    pub const fn advance(self, to: Self) -> Self {
        if to.rank() > self.rank() { to } else { self }
    }
}

words! {
    /// Who wrote to whom.
    MessageDirection {
        /// We did.
        Outbound = "outbound",
        /// A person did.
        Inbound = "inbound",
    }
}

words! {
    /// What became of an appointment.
    AppointmentStatus {
        /// It will be, or its end was not told yet.
        Booked = "booked",
        /// It was given back.
        Cancelled = "cancelled",
        /// The person came.
        Attended = "attended",
        /// The person did not come.
        NoShow = "no-show",
    }
}

/// A message as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageRow {
    /// Its id.
    pub id: MessageId,
    /// Key of the client.
    pub client: String,
    /// The person.
    pub lead: Option<LeadId>,
    /// The person in words.
    pub who: String,
    /// Who wrote to whom.
    pub direction: MessageDirection,
    /// Text or email.
    pub channel: Channel,
    /// What it is, such as `reminder-24h`.
    pub kind: String,
    /// Where it stands.
    pub status: MessageStatus,
    /// Why it stands there, in words.
    pub why: String,
    /// Which provider carries it.
    pub provider: String,
    /// The appointment it is about.
    pub appointment: Option<AppointmentId>,
    /// Parts it was sent in; 0 for an email.
    pub segments: i64,
    /// When it was written.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
}

#[cfg(test)]
mod tests {
    use super::*;
    use MessageStatus::*;

    #[test]
    fn s3_reports_in_any_order_end_alike() {
        assert_eq!(Delivered.advance(Sent), Delivered);
        assert_eq!(Sent.advance(Delivered), Delivered);
        assert_eq!(Undelivered.advance(Sent), Undelivered);
        assert_eq!(Uncertain.advance(Accepted), Accepted);
    }

    #[test]
    fn s5_the_first_final_word_stands() {
        assert_eq!(Delivered.advance(Failed), Delivered);
        assert_eq!(Failed.advance(Delivered), Failed);
    }
}
