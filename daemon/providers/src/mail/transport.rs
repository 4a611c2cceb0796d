//! What both transports share: the answer, and the choice between them.
//!
//! Must not live here: how either of them works.

use super::class::Class;
use super::message::Mail;
use super::resend;
use super::smtp::Smtp;
use crate::outcome::Sent;

/// What became of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Posted<T = Accepted> {
    /// The answer in the terms every provider shares.
    pub sent: Sent<T>,
    /// Why it was not taken, for `Refused` and `Busy`.
    pub class: Option<Class>,
}

impl<T> Posted<T> {
    /// An answer that is no refusal.
    pub(super) fn plain(sent: Sent<T>) -> Self {
        Self { sent, class: None }
    }
}

/// A server took a message over. It may still bounce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Resend's id. SMTP has none that could be asked for later.
    pub provider_id: Option<String>,
    /// What the server said, redacted: a queue number, as a rule.
    pub said: String,
}

/// The way mail leaves.
#[derive(Debug, Clone)]
pub enum Transport {
    /// A mail server.
    Smtp(Smtp),
    /// Resend's API.
    Resend(resend::Client),
}

impl Transport {
    /// Sends once. On `Unknown` the message may have arrived.
    pub async fn send(&self, mail: &Mail) -> Posted {
        match self {
            Self::Smtp(smtp) => smtp.send(mail).await,
            Self::Resend(client) => client.send(mail).await,
        }
    }

    /// For how long after a first try the very same message may be sent again without a second
    /// copy, whatever the first answer was. SMTP promises nothing of the kind.
    pub const fn repeat_window_ms(&self) -> Option<i64> {
        match self {
            Self::Smtp(_) => None,
            Self::Resend(_) => Some(resend::IDEMPOTENCY_MS),
        }
    }
}
