//! Everything about one thing, as data: what there is to say, not how it is said. The store
//! fills these, the console, the command line and the web lay them out. One file per noun.
//!
//! Numbers and speech are already masked for who asked; `hidden` says where something was said
//! that the asker may not read.

mod appointment;
mod call;
mod client;
mod fault;
mod import;
mod job;
mod lead;
mod message;
mod webhook;

pub use appointment::AppointmentDetail;
pub use call::{CallDetail, ToolUse, Utterance, WebhookBrief};
pub use client::{ClientDetail, OpenLeads};
pub use fault::{FaultDetail, Occurrence};
pub use import::ImportDetail;
pub use job::JobDetail;
pub use lead::{AppointmentBrief, CallBrief, Consent, Contact, JobBrief, LeadDetail, Screened, Suppression};
pub use message::{MessageBrief, MessageDetail, PlannedMessage};
pub use webhook::WebhookDetail;

use crate::Millis;
use crate::noun::Subject;
use crate::template::TemplateDetail;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything about one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// What it is.
    pub subject: Subject,
    /// What is known about it.
    pub about: About,
    /// Its story, newest first.
    pub story: Vec<StoryLine>,
}

/// What is known about a thing of each kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "noun", rename_all = "lowercase")]
pub enum About {
    /// A person who may be contacted.
    Lead(Box<LeadDetail>),
    /// An attempt to reach one.
    Call(Box<CallDetail>),
    /// An intent to act.
    Job(Box<JobDetail>),
    /// A stored delivery.
    Webhook(Box<WebhookDetail>),
    /// What brought leads.
    Import(Box<ImportDetail>),
    /// A group of like errors.
    Fault(Box<FaultDetail>),
    /// A booked slot.
    Appointment(Box<AppointmentDetail>),
    /// A text or an email.
    Message(Box<MessageDetail>),
    /// The wording of a message.
    Template(Box<TemplateDetail>),
    /// A business.
    Client(Box<ClientDetail>),
}

/// One line of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryLine {
    /// When.
    pub at: Millis,
    /// Who did it; empty where the daemon did.
    pub actor: String,
    /// What happened.
    pub text: String,
}

impl StoryLine {
    /// What happened, and who did it.
    pub fn line(&self) -> String {
        match self.actor.as_str() {
            "" => self.text.clone(),
            actor => format!("{} ({actor})", self.text),
        }
    }
}

/// Stored text for reading: secrets removed, masked, bounded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The JSON that is stored; a string where it is none or is cut.
    pub value: Value,
    /// Bytes in all, where only the first are here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_of: Option<u64>,
}

impl Document {
    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        }
    }
}
