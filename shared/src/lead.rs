//! Leads: the people a client may contact, and where each of them stands.

use crate::words::words;
use crate::{ImportId, LeadId, Millis};
use serde::{Deserialize, Serialize};

words! {
    /// Where a lead stands. Exactly one at a time; each change is an event.
    LeadStatus {
        /// A call is planned or running.
        Queued = "queued",
        /// Nothing will happen until something changes; the hold reason says what.
        Held = "held",
        /// A call is being placed or is live.
        Calling = "calling",
        /// Spoken to, and a booking was made.
        Booked = "booked",
        /// Asked to be called back at a time.
        Callback = "callback",
        /// Spoken to, and said no.
        NotInterested = "not-interested",
        /// Told us to stop. Final.
        OptedOut = "opted-out",
        /// Handed to a person.
        Transferred = "transferred",
        /// A call ended in a way a person should look at.
        Review = "review",
        /// Every permitted attempt was used without reaching the person.
        Exhausted = "exhausted",
        /// The number does not work, or is somebody else's.
        BadNumber = "bad-number",
        /// Too old to contact.
        Expired = "expired",
    }
}

impl LeadStatus {
    /// Whether the lead is still waiting to be reached.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Held | Self::Calling | Self::Callback)
    }
}

/// One lead as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadRow {
    /// Its id.
    pub id: LeadId,
    /// Key of the client it belongs to.
    pub client: String,
    /// Name as given, empty when unknown.
    pub name: String,
    /// E.164 number; masked for operators who may only watch.
    pub phone: String,
    /// Where it came from.
    pub source: String,
    /// Where it stands.
    pub status: LeadStatus,
    /// For held leads the rule and reason in words; empty otherwise.
    pub hold: String,
    /// The next instant something is planned, if any.
    pub next_at: Option<Millis>,
    /// Calls made so far in the current episode.
    pub attempts: u32,
    /// Last contact attempt on any channel.
    pub last_contact_at: Option<Millis>,
    /// Sum of the score's parts.
    pub score: i64,
    /// The import that brought it, if one did.
    pub import: Option<ImportId>,
    /// When it was accepted.
    pub created_at: Millis,
    /// When its row last changed.
    pub updated_at: Millis,
}
