//! A lead: who it is, why it may or may not be contacted, and what happened.

use super::{MessageBrief, PlannedMessage};
use crate::call::{CallStatus, Outcome};
use crate::explain::GateReport;
use crate::job::JobState;
use crate::lead::LeadRow;
use crate::{AppointmentId, CallId, ClientId, JobId, Millis};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Everything about a lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadDetail {
    /// As lists show it.
    pub row: LeadRow,
    /// Its client.
    pub client: ClientId,
    /// Whether the number is one that can be called; false where it is ambiguous as given.
    pub callable: bool,
    /// Country of the number.
    pub region: String,
    /// Kind of line.
    pub line: String,
    /// Email address; only its host for who may only watch.
    pub email: String,
    /// IANA zone, where known.
    pub zone: String,
    /// State or province.
    pub state: String,
    /// Postcode.
    pub postcode: String,
    /// Its id where it came from.
    pub external_id: String,
    /// The rule that holds it.
    pub hold_rule: String,
    /// Why it is held.
    pub hold_reason: String,
    /// Which enquiry this is, from 1.
    pub episode: u32,
    /// The last attempt to call.
    pub last_attempt_at: Option<Millis>,
    /// What do-not-call lists say of its number.
    #[serde(default)]
    pub screenings: Vec<Screened>,
    /// What the score is the sum of.
    pub score_parts: Vec<(String, i64)>,
    /// Statements of consent, newest first.
    pub consents: Vec<Consent>,
    /// Refusals of its number or address, newest first.
    pub suppressions: Vec<Suppression>,
    /// Decisions of the gate, newest first.
    pub decisions: Vec<GateReport>,
    /// Calls, newest first.
    pub calls: Vec<CallBrief>,
    /// Texts and emails, newest first.
    #[serde(default)]
    pub messages: Vec<MessageBrief>,
    /// Messages that are to come, next first.
    #[serde(default)]
    pub planned: Vec<PlannedMessage>,
    /// Contacts on any channel, newest first.
    pub contacts: Vec<Contact>,
    /// Jobs, newest first.
    pub jobs: Vec<JobBrief>,
    /// Appointments, newest first.
    pub appointments: Vec<AppointmentBrief>,
    /// What else came with it.
    pub variables: Map<String, Value>,
}

/// One statement of consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// On which channels.
    pub channels: String,
    /// For which purpose.
    pub purpose: String,
    /// The wording shown to the person.
    pub wording: String,
    /// What proves it.
    pub evidence: String,
    /// When it was given.
    pub given_at: Millis,
    /// When it was written down.
    pub recorded_at: Millis,
    /// By whom.
    pub recorded_by: String,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
    /// How it was revoked.
    pub revoked_how: String,
}

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Whether it holds for every client.
    pub global: bool,
    /// On which channel, or `all`.
    pub channel: String,
    /// Why.
    pub reason: String,
    /// What proves it.
    pub evidence: String,
    /// Whether it still holds.
    pub active: bool,
    /// Since when.
    pub created_at: Millis,
    /// Who recorded it.
    pub created_by: String,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Who ended it.
    pub ended_by: String,
    /// What showed that it may end.
    #[serde(default)]
    pub ended_why: String,
}

/// A call of the lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBrief {
    /// Its id.
    pub id: CallId,
    /// Which attempt of its enquiry.
    pub attempt: u32,
    /// How far it came.
    pub status: CallStatus,
    /// What it came to.
    pub outcome: Option<Outcome>,
    /// Because of what.
    pub why: String,
    /// When it was placed.
    pub created_at: Millis,
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// On which channel.
    pub channel: String,
    /// When.
    pub at: Millis,
}

/// A job of the lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobBrief {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: String,
    /// Where it stands.
    pub state: JobState,
    /// Not before this instant.
    pub run_at: Millis,
    /// Why it is where it is.
    pub reason: String,
}

/// An appointment of the lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentBrief {
    /// Its id.
    pub id: AppointmentId,
    /// Where it stands.
    pub status: String,
    /// Start of the slot.
    pub starts_at: Millis,
    /// What was noted.
    pub note: String,
}

/// What a do-not-call list says of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screened {
    /// The list.
    pub list: String,
    /// Whether the number is on it.
    pub listed: bool,
    /// The date of the list.
    pub as_of: Millis,
}
