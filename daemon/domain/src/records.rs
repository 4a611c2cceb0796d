//! Small records that decisions read and write beside calls, leads, clients and jobs.

use crate::client::HOUSE;
use crate::gate::Scope;
use crate::scope::HoldScope;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::event::Payload;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_shared::{AppointmentId, CallId, ClientId, LeadId, Millis, RowId, WebhookId};

/// A contact in the ledger: the one budget of a person and client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its id.
    pub id: RowId,
    /// Whose.
    pub client: ClientId,
    /// With whom.
    pub lead: LeadId,
    /// How.
    pub channel: Channel,
    /// In which enquiry.
    pub episode: i64,
    /// When.
    pub at: Millis,
    /// The call it was.
    pub call: Option<CallId>,
}

/// An address nobody may contact, for one client or, with client 0, for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Its id.
    pub id: RowId,
    /// Whose; the installation's holds for everyone.
    pub client: ClientId,
    /// The number or address.
    pub address: String,
    /// Which channel; `None` is all of them.
    pub channel: Option<Channel>,
    /// Why.
    pub reason: String,
    /// What proves it.
    pub evidence: String,
    /// Since when.
    pub since: Millis,
    /// Who recorded it.
    pub by: String,
}

impl Suppression {
    /// Whether it binds a client.
    pub fn binds(&self, client: ClientId) -> bool {
        self.client == HOUSE || self.client == client
    }

    /// As the gate weighs it.
    pub fn for_gate(&self) -> crate::gate::Suppression {
        crate::gate::Suppression {
            scope: if self.client == HOUSE { Scope::Global } else { Scope::Client },
            channel: self.channel,
            reason: self.reason.clone(),
            since: self.since,
        }
    }
}

/// A suppression that ends, of one channel or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
    /// Whose it was.
    pub client: ClientId,
    /// The number or address.
    pub address: String,
    /// Which channel; `None` is the one on all of them.
    pub channel: Option<Channel>,
    /// Who ended it.
    pub by: String,
    /// What shows that it may end.
    pub why: String,
}

/// An answer given to an assistant's tool: the same question hears it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolAnswer {
    /// Which provider.
    pub provider: &'static str,
    /// The provider's id of the call.
    pub call: String,
    /// Identity of the question within the call.
    pub question: String,
    /// The tool's name.
    pub name: String,
    /// What it was answered.
    pub text: String,
    /// Whether that was an error.
    pub is_error: bool,
}

/// An appointment: a slot, whose it is, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Its id.
    pub id: AppointmentId,
    /// Whose calendar.
    pub client: ClientId,
    /// With which lead.
    pub lead: Option<LeadId>,
    /// Made in which call.
    pub call: Option<CallId>,
    /// With whom, in words.
    pub who: String,
    /// Start.
    pub starts_at: Millis,
    /// End.
    pub ends_at: Millis,
    /// What became of it.
    pub status: AppointmentStatus,
    /// Anything said about it.
    pub note: String,
    /// How often it changed. What was planned for an earlier number is void.
    pub sequence: i64,
    /// Whether the business set its time in its own calendar, where it may stand beside others.
    pub by_staff: bool,
    /// Who made it.
    pub made_by: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
}

/// A delivery that is stored already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: WebhookId,
    /// What became of it.
    pub status: WebhookStatus,
    /// The answer it was given.
    pub reply: String,
}

/// What a call said, kept beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallTexts {
    /// What was said.
    pub transcript: String,
    /// The provider's summary; shown, never believed.
    pub summary: String,
    /// Structured results.
    pub analysis: serde_json::Value,
}

/// An event on its way into the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Emitted {
    /// What; see [`frontdesk_shared::event::kind`].
    pub kind: &'static str,
    /// Whose; 0 is the installation.
    pub client: ClientId,
    /// The lead whose story it is part of.
    pub lead: Option<LeadId>,
    /// What it is about, and its id.
    pub subject: (&'static str, String),
    /// Who caused it.
    pub actor: String,
    /// One line for people, without phone numbers or message bodies.
    pub text: String,
    /// Further facts, without personal data.
    pub data: Payload,
}

/// An error to be grouped by cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReport {
    /// What kind, such as `vapi.refused`.
    pub kind: String,
    /// The part of the product, or the provider.
    pub service: String,
    /// Whom it concerns; 0 is the installation.
    pub client: ClientId,
    /// How bad.
    pub severity: Severity,
    /// In words, without personal data.
    pub message: String,
    /// What it happened to: noun and id.
    pub subject: (&'static str, String),
}

/// Kinds whose errors differ by the reason they name: a landline and an unregistered sender want
/// different things of a person.
const BY_CAUSE: [&str; 7] = [
    "message.undelivered",
    "message.sender",
    "message.refused",
    "message.not-sent",
    "message.not-ready",
    "appointment.nobody-reminded",
    "vapi.unknown-reason",
];

/// What tells errors of a kind apart, for those that are not all alike: their words without
/// instants, long numbers and ids.
pub fn cause(kind: &str, message: &str) -> Option<String> {
    let passing = |word: &&str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        digits <= 1 || (digits <= 6 && !word.contains(':') && !word.contains('T'))
    };
    BY_CAUSE.contains(&kind).then(|| {
        let words: Vec<&str> = message.split_whitespace().filter(passing).collect();
        words.join(" ").chars().take(160).collect()
    })
}

/// Nothing that a refusal is about is sent before an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// At which provider.
    pub provider: &'static str,
    /// Whose requests wait.
    pub scope: HoldScope,
    /// Until when.
    pub until: Millis,
    /// Why, in words.
    pub reason: String,
}
