//! Messages to people: the record of one, from the intent to the last report about it.
//!
//! Lives here: the record, and its life in `claim` (gate and intent), `settle` (what became of
//! the request), `budget` (how much may be written at all) and `circles` (how much about one
//! appointment), `carrier` (which account may tell of it), `report` (what the provider tells later),
//! `resend` (once more, by hand) and `test_send` (to an operator, with the values of `sample`). Must not
//! live here: wording (`message`), requests (providers), when something is sent (`appointment`,
//! `follow_up`).

mod budget;
pub(crate) mod carrier;
mod circles;
mod claim;
mod compose;
mod line;
mod report;
mod resend;
mod sample;
mod settings;
mod settle;
mod test_send;

pub use budget::{ANSWERS, caps};
pub use circles::SentAbout;
pub use claim::{Dispatch, Runner, reachable, take};
pub use compose::{Written, invite, locale, readers, specimen, unsubscribe_url, wording, written};
pub(crate) use compose::{appointment_of, is_follow_up, try_out};
pub use line::{Line, Lines, PROVIDERS, RESEND, SIGNALWIRE, SMTP, TWILIO, provider};
pub use report::{Meaning, Report, apply};
pub use resend::{Sent, may_resend, once_more_key, resend};
pub use sample::{Sampled, sample, sampled};
pub use settings::{problem, shown};
pub use settle::{Answer, NotSent, abandoned, by_hand, found, not_found, settle};
pub use test_send::{TestMessage, is_test, own_address, refused};

use crate::unit::Unit;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::event::{Payload, kind};
use frontdesk_shared::message::{MessageDirection, MessageStatus};
use frontdesk_shared::{AppointmentId, ClientId, JobId, LeadId, MessageId, Millis};
use std::fmt;

/// A text or an email.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Our own number of it, which providers are told.
    pub id: MessageId,
    /// Whose.
    pub client: ClientId,
    /// With which person.
    pub lead: Option<LeadId>,
    /// About which appointment.
    pub appointment: Option<AppointmentId>,
    /// The job that sends it.
    pub job: Option<JobId>,
    /// Who wrote to whom.
    pub direction: MessageDirection,
    /// Text or email.
    pub channel: Channel,
    /// What it is, such as `reminder-24h`.
    pub kind: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Which provider carries it.
    pub provider: String,
    /// The provider's name of it, once known.
    pub provider_id: Option<String>,
    /// The Message-ID of an email.
    pub mail_id: Option<String>,
    /// The person's number or address.
    pub address: String,
    /// Ours.
    pub sender: String,
    /// The person in words.
    pub who: String,
    /// Where it stands.
    pub status: MessageStatus,
    /// The provider's code for why it failed; the first one stays.
    pub code: String,
    /// Why it stands there, in words.
    pub why: String,
    /// The appointment's number of changes when it was written.
    pub sequence: i64,
    /// Parts of a text.
    pub segments: i64,
    /// What it cost, in millionths of the provider's currency.
    pub cost_micros: i64,
    /// Look-ups made while its fate was unknown.
    pub lookups: i64,
    /// Whether it went to a sandbox.
    pub sandbox: bool,
    /// When the intent was committed, or when it came in.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
}

/// Addresses stay out of logs.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({} {} {} {})", self.id, self.channel, self.kind, self.status)
    }
}

/// What a message says: the proof of what was sent. Never logged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MessageText {
    /// Subject of an email.
    pub subject: String,
    /// The text, or the text part.
    pub body: String,
    /// The HTML part.
    pub html: String,
}

impl fmt::Debug for MessageText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageText({} bytes)", self.subject.len() + self.body.len() + self.html.len())
    }
}

/// Says that a message moved.
pub(crate) fn emit(unit: &mut Unit<'_>, message: &Message, actor: &str, text: &str) {
    let data = Payload::Message {
        channel: message.channel,
        message: message.kind.clone(),
        status: message.status,
        appointment: message.appointment,
    };
    let subject = ("message", message.id.to_string());
    unit.emit(kind::MESSAGE_CHANGED, message.client, message.lead, subject, actor, text, data);
}
