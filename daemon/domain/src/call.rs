//! A call: what is known of one attempt, or of somebody who called in.
//!
//! Must not live here: what follows from it (`progress`, `placement`).

use crate::outcome;
use frontdesk_shared::call::{CallStatus, Direction, Outcome};
use frontdesk_shared::{CallId, ClientId, JobId, LeadId, Millis};

/// A call as the daemon works with it.
#[derive(Clone, Debug)]
pub struct Call {
    /// The attempt id, known to the provider as our reference.
    pub id: CallId,
    /// Whose.
    pub client: ClientId,
    /// The lead, when known.
    pub lead: Option<LeadId>,
    /// The job that placed it.
    pub job: Option<JobId>,
    /// Who called whom.
    pub direction: Direction,
    /// In which enquiry.
    pub episode: i64,
    /// Which attempt of it.
    pub attempt: i64,
    /// Which provider.
    pub provider: String,
    /// The provider's id, once known.
    pub provider_call_id: Option<String>,
    /// How far it has come.
    pub status: CallStatus,
    /// What it came to.
    pub outcome: Option<Outcome>,
    /// Why that outcome, in words.
    pub why: String,
    /// The provider's word for its end.
    pub ended_reason: String,
    /// The other party's number; may be empty for inbound calls.
    pub phone: String,
    /// The other party in words.
    pub who: String,
    /// Where the live call takes commands. A secret.
    pub control_url: Option<String>,
    /// When somebody answered.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Millionths of a US dollar.
    pub cost_micros: i64,
    /// The last thing said or done.
    pub last_line: String,
    /// Whether the provider's final report arrived.
    pub reported: bool,
    /// Whether no real phone rings.
    pub sandbox: bool,
    /// Look-ups made while its fate was unknown.
    pub lookups: i64,
    /// When the person was promised to be called back.
    pub callback_at: Option<Millis>,
    /// When the intent was committed.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
}

impl Call {
    /// Whether somebody's phone rings or is in use for it at this moment, as far as is known.
    pub fn is_live(&self) -> bool {
        matches!(self.status, CallStatus::Ringing | CallStatus::InProgress | CallStatus::Forwarding)
    }

    /// Something was said or done in it. Words of the person that bear on further contact stay the
    /// last line: the report that repeats them may never come.
    pub fn says(&mut self, line: String) {
        if !self.said_by_person().is_some_and(outcome::bears_on_contact) {
            self.last_line = line;
        }
    }

    /// The last line, where the other party said it.
    pub fn said_by_person(&self) -> Option<&str> {
        let (who, words) = self.last_line.split_once(": ")?;
        who.eq_ignore_ascii_case("user").then_some(words)
    }

    /// A call of which nothing is known yet but whose it is and where it goes.
    pub fn new(id: CallId, client: ClientId, provider: &str, direction: Direction, now: Millis) -> Self {
        Self {
            id,
            client,
            lead: None,
            job: None,
            direction,
            episode: 0,
            attempt: 0,
            provider: provider.to_owned(),
            provider_call_id: None,
            status: CallStatus::Placing,
            outcome: None,
            why: String::new(),
            ended_reason: String::new(),
            phone: String::new(),
            who: String::new(),
            control_url: None,
            started_at: None,
            ended_at: None,
            cost_micros: 0,
            last_line: String::new(),
            reported: false,
            sandbox: false,
            lookups: 0,
            callback_at: None,
            created_at: now,
            updated_at: now,
        }
    }
}
