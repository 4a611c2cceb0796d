//! Webhooks, from verified bytes to the answer the provider hears.
//!
//! A provider is one file that says how it reads a body and writes an answer; what a message
//! changes is decided in `frontdesk_domain::delivery` and written by `flows::webhooks`.
//! Must not live here: HTTP, and who may send (`http::hooks`).

mod sms;
pub mod vapi;

pub(crate) use sms::{address as sms_address, meaning};

use frontdesk_domain::delivery::{Message, Reply, What};
use frontdesk_providers::sms::Vendor;
use frontdesk_store::packed::Packed;
use std::sync::Arc;

/// The answer to everything that wants none.
pub const NOTHING: &str = "{}";

/// Who sends webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Vapi.
    Vapi,
    /// Twilio.
    Twilio,
    /// SignalWire.
    SignalWire,
}

impl Provider {
    /// The word stored with its deliveries.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Vapi => frontdesk_domain::placement::VAPI,
            Self::Twilio => frontdesk_domain::sending::TWILIO,
            Self::SignalWire => frontdesk_domain::sending::SIGNALWIRE,
        }
    }

    /// The provider of a stored word. Records that are older than the word are Vapi's.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "" => Some(Self::Vapi),
            word => [Self::Vapi, Self::Twilio, Self::SignalWire].into_iter().find(|p| p.word() == word),
        }
    }

    /// The answer to what wants none.
    pub const fn nothing(self) -> &'static str {
        match self {
            Self::Vapi => NOTHING,
            Self::Twilio | Self::SignalWire => frontdesk_providers::sms::EMPTY_REPLY,
        }
    }

    /// The content type of every answer.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Vapi => "application/json",
            Self::Twilio | Self::SignalWire => frontdesk_providers::sms::EMPTY_REPLY_TYPE,
        }
    }
}

/// A verified delivery, read.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Who sent it.
    pub provider: Provider,
    /// The bytes as received.
    pub body: Arc<[u8]>,
    /// The same as they are kept.
    pub packed: Arc<Packed>,
    /// What it says.
    pub message: Arc<Message>,
    form: vapi::Form,
}

/// Verified bytes that are no message: which field is wrong, and how.
pub type Unreadable = frontdesk_providers::vapi::ParseError;

impl Delivery {
    /// Reads verified bytes.
    ///
    /// # Errors
    /// What is wrong with them, without anything from them.
    pub fn read(provider: Provider, body: Arc<[u8]>, agent: &str) -> Result<Self, Unreadable> {
        let (message, form) = match provider {
            Provider::Vapi => vapi::read(&body, agent)?,
            Provider::Twilio => {
                (sms::read(Vendor::Twilio, provider.word(), &body, agent)?, vapi::Form::Plain)
            }
            Provider::SignalWire => {
                (sms::read(Vendor::SignalWire, provider.word(), &body, agent)?, vapi::Form::Plain)
            }
        };
        let packed = Arc::new(Packed::of(&body));
        Ok(Self { provider, body, packed, message: Arc::new(message), form })
    }

    /// An answer as this delivery wants it written.
    pub fn write(&self, reply: &Reply) -> String {
        match self.provider {
            Provider::Vapi => vapi::write(&self.form, reply),
            Provider::Twilio | Provider::SignalWire => self.provider.nothing().to_owned(),
        }
    }

    /// What it hears when the records cannot be reached, if it needs an answer at all.
    pub fn out_of_reach(&self) -> Option<String> {
        match self.provider {
            Provider::Vapi => vapi::out_of_reach(&self.form),
            Provider::Twilio | Provider::SignalWire => None,
        }
    }

    /// What is told about the same thing is applied in the order in which it came.
    pub fn order_key(&self) -> &str {
        let message = &self.message;
        match &message.what {
            What::Text(text) => &text.from,
            What::MessageReport(_, report) => report.provider_id.as_deref().unwrap_or(&message.event_key),
            _ if message.call.id.is_empty() => &message.event_key,
            _ => &message.call.id,
        }
    }

    /// The same delivery as another event: for campaigns that plant such a bug.
    #[must_use]
    pub fn as_event(mut self, key: String) -> Self {
        Arc::make_mut(&mut self.message).event_key = key;
        self
    }
}

/// The organisation id in the last part of `/webhooks/agent/agent_<…>`. What is kept with a
/// delivery must be short and plain: whoever chose it did not have to prove anything yet.
pub fn organisation(part: &str) -> Option<&str> {
    let plain = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    part.strip_prefix("agent_").filter(plain)
}
