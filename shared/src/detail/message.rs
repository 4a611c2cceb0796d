//! A text or an email: to or from whom, what it says and what became of it.

use crate::contact::{Channel, Purpose};
use crate::message::{MessageDirection, MessageRow, MessageStatus};
use crate::{AppointmentId, ClientId, JobId, MessageId, Millis};
use serde::{Deserialize, Serialize};

/// Everything about a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageDetail {
    /// As lists show it.
    pub row: MessageRow,
    /// Its client.
    pub client: ClientId,
    /// The person's number or address; its ends or its host for who may only watch.
    pub address: String,
    /// Ours.
    pub sender: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Something is said that the asker may not read.
    pub hidden: bool,
    /// Subject of an email.
    pub subject: String,
    /// The text, or an email's text part.
    pub body: String,
    /// The provider's name of it; empty until known.
    pub provider_id: String,
    /// The provider's code for why it failed.
    pub code: String,
    /// The job that sends it.
    pub job: Option<JobId>,
    /// What it cost, in millionths of the provider's currency.
    pub cost_micros: i64,
    /// How often the provider was asked about it.
    pub lookups: u32,
    /// Whether it went to a sandbox.
    pub sandbox: bool,
}

/// A message of a lead, or about an appointment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageBrief {
    /// Its id.
    pub id: MessageId,
    /// What it is, such as `reminder-24h`.
    pub kind: String,
    /// Text or email.
    pub channel: Channel,
    /// Who wrote to whom.
    pub direction: MessageDirection,
    /// Where it stands.
    pub status: MessageStatus,
    /// Why it stands there.
    pub why: String,
    /// When it was written.
    pub created_at: Millis,
}

/// A message that is to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedMessage {
    /// The job that will send it.
    pub job: JobId,
    /// What it is.
    pub kind: String,
    /// Text or email.
    pub channel: Channel,
    /// The appointment it is about.
    pub appointment: Option<AppointmentId>,
    /// Not before this instant.
    pub run_at: Millis,
    /// Why it waits, where it was put off.
    pub reason: String,
}
