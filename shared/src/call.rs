//! Calls: attempts to reach a lead by voice, and how each of them ended.

use crate::words::words;
use crate::{AppointmentId, CallId, LeadId, Millis};
use serde::{Deserialize, Serialize};

/// The reason of a call that the provider lost, or would not speak of: our word, not theirs.
pub const LOST: &str = "lost-at-provider";

words! {
    /// How far a call has come. Ordered: a call never moves to an earlier variant, except that
    /// `uncertain` yields to anything the provider tells.
    CallStatus {
        /// The intent is committed; the request to the provider is under way.
        Placing = "placing",
        /// The request went out and no answer came back. A look-up or a person settles it.
        Uncertain = "uncertain",
        /// The provider will place it later.
        Scheduled = "scheduled",
        /// The provider accepted it.
        Queued = "queued",
        /// The phone rings.
        Ringing = "ringing",
        /// Somebody, or something, answered.
        InProgress = "in-progress",
        /// It is being handed to another number.
        Forwarding = "forwarding",
        /// Over.
        Ended = "ended",
        /// The provider refused it: no phone rang.
        Refused = "refused",
    }
}

impl CallStatus {
    /// Whether the call may still change on its own.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Ended | Self::Refused)
    }

    /// The status after the provider reported `next`: the later of the two, so that late and
    /// repeated reports change nothing.
    pub fn advance(self, next: Self) -> Self {
        match self {
            Self::Ended | Self::Refused => self,
            _ => self.max(next),
        }
    }
}

words! {
    /// What a call came to.
    Outcome {
        /// A slot was booked during the call.
        Booked = "booked",
        /// The person asked to be called again.
        CallbackRequested = "callback-requested",
        /// The person said no.
        NotInterested = "not-interested",
        /// The person told us to stop.
        DoNotCall = "do-not-call",
        /// Handed to a person.
        Transferred = "transferred",
        /// Nobody answered.
        NoAnswer = "no-answer",
        /// A machine answered.
        Voicemail = "voicemail",
        /// Engaged.
        Busy = "busy",
        /// The number does not exist.
        BadNumber = "bad-number",
        /// Somebody else was reached: the person is not at this number.
        WrongPerson = "wrong-person",
        /// The person is said to have died.
        Deceased = "deceased",
        /// It could not be connected or broke.
        Failed = "failed",
        /// Taken back before it connected.
        Canceled = "canceled",
        /// Answered and put down before anything was said.
        HungUpEarly = "hung-up-early",
        /// It connected, and what it came to is not certain.
        NeedsReview = "needs-review",
    }
}

words! {
    /// Who called whom.
    Direction {
        /// We called the lead.
        Outbound = "outbound",
        /// Somebody called the client's number.
        Inbound = "inbound",
        /// A call in a browser.
        Web = "web",
    }
}

/// One call as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRow {
    /// Its id: the attempt id sent to the provider.
    pub id: CallId,
    /// Key of the client.
    pub client: String,
    /// The lead, when known.
    pub lead: Option<LeadId>,
    /// The lead's name, or the number where there is no name.
    pub who: String,
    /// The other party's number, masked for operators who may only watch.
    pub phone: String,
    /// Who called whom.
    pub direction: Direction,
    /// Which attempt of the lead's current episode this is, from 1.
    pub attempt: u32,
    /// How far it has come.
    pub status: CallStatus,
    /// What it came to, once it ended.
    pub outcome: Option<Outcome>,
    /// The provider's word for why it ended, raw.
    pub ended_reason: String,
    /// The provider's id of the call, once known.
    pub provider_call_id: String,
    /// Whether traffic goes to a sandbox and no real phone rings.
    pub sandbox: bool,
    /// When the intent was committed.
    pub created_at: Millis,
    /// When somebody answered.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Cost so far in millionths of a US dollar, as the provider reports it.
    pub cost_micros_usd: i64,
    /// The last thing said or done, one line; empty for operators who may only watch.
    pub last_line: String,
}

/// One appointment as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppointmentRow {
    /// Its id.
    pub id: AppointmentId,
    /// Key of the client.
    pub client: String,
    /// The lead, when known.
    pub lead: Option<LeadId>,
    /// Who it is with.
    pub who: String,
    /// Start of the slot.
    pub starts_at: Millis,
    /// End of the slot.
    pub ends_at: Millis,
    /// The client's IANA zone, in which the slot should be shown.
    pub zone: String,
    /// `booked` or `cancelled`.
    pub status: String,
    /// The call in which it was made, if one did.
    pub call: Option<CallId>,
    /// When it was made.
    pub created_at: Millis,
}

/// A call back that was promised during a call, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackRow {
    /// The call in which it was promised.
    pub id: CallId,
    /// Key of the client.
    pub client: String,
    /// The lead, when known.
    pub lead: Option<LeadId>,
    /// Name of the person, or their number.
    pub who: String,
    /// Their number, masked for who may not see it.
    pub phone: String,
    /// The time that was promised.
    pub promised_at: Millis,
    /// When the next call with the person began.
    pub called_at: Option<Millis>,
    /// `waiting`, `kept` (within a quarter of an hour), `late`, `off` (the person booked or refused
    /// meanwhile) or `broken`.
    pub state: String,
    /// Why none was made, in words.
    pub why: String,
    /// When it was promised.
    pub created_at: Millis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_never_goes_back() {
        use CallStatus::*;
        assert_eq!(Queued.advance(Ringing), Ringing);
        assert_eq!(InProgress.advance(Ringing), InProgress);
        assert_eq!(Uncertain.advance(Queued), Queued);
        assert_eq!(Ended.advance(InProgress), Ended);
        for from in CallStatus::ALL {
            for to in CallStatus::ALL {
                let first = from.advance(*to);
                assert_eq!(first.advance(*to), first, "a repeated report changes nothing");
                assert!(first >= *from);
            }
        }
    }
}
