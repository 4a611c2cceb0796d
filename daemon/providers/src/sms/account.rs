//! Whose account texts leave from, and which of its senders.
//!
//! Must not live here: requests, reading of configuration.

use super::vendor::Vendor;
use crate::http::Policy;
use secrecy::SecretString;
use std::fmt;

/// Who a text comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Sender {
    /// A number in E.164, a short code or a name of letters.
    Number(String),
    /// A messaging service (Twilio) or number group (SignalWire), which picks the number.
    Service(String),
}

impl Sender {
    /// A sender as a person writes it: Twilio's ids of services begin with `MG`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_service = text.len() == 34
            && text.strip_prefix("MG").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
        match text {
            "" => None,
            _ if is_service => Some(Self::Service(text.to_owned())),
            _ => Some(Self::Number(text.to_owned())),
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(_) => f.write_str("Number(…)"),
            Self::Service(sid) => f.debug_tuple("Service").field(sid).finish(),
        }
    }
}

/// One account: where its API is, how to prove that we are us, and what it sends from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose API it is.
    pub vendor: Vendor,
    /// `https://api.twilio.com`, `https://SPACE.signalwire.com`, or the sandbox.
    pub base_url: String,
    /// Account SID (Twilio) or project id (SignalWire); a part of every path.
    pub account: String,
    /// Who signs in: the account itself, or one of its API keys.
    pub user: String,
    /// Auth token, API token, or the secret of that API key.
    pub secret: SecretString,
    /// What texts come from where they name nothing else.
    pub sender: Sender,
    /// Where status callbacks of sent texts go, without our id; none are asked for when absent.
    pub status_url: Option<String>,
    /// Deadlines.
    pub policy: Policy,
}

impl Settings {
    /// An account that signs in with its own token.
    pub fn new(
        vendor: Vendor,
        base_url: impl Into<String>,
        account: impl Into<String>,
        token: SecretString,
        sender: Sender,
    ) -> Self {
        let account = account.into();
        Self {
            vendor,
            base_url: base_url.into(),
            user: account.clone(),
            account,
            secret: token,
            sender,
            status_url: None,
            policy: Policy::default(),
        }
    }

    /// Signs in with an API key, which can be revoked without changing the account's token.
    #[must_use]
    pub fn with_api_key(mut self, key_sid: impl Into<String>, secret: SecretString) -> Self {
        self.user = key_sid.into();
        self.secret = secret;
        self
    }

    /// Asks for status callbacks at this address.
    #[must_use]
    pub fn with_status_url(mut self, url: impl Into<String>) -> Self {
        self.status_url = Some(url.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_told_from_numbers_and_names() {
        let service = "MGdb23ec0f89ee2632e46e91d8128f5e2b";
        assert_eq!(Sender::parse(service), Some(Sender::Service(service.into())));
        for number in ["+14155550199", "384387", "HARBOUR", "MGHARBOUR"] {
            assert_eq!(Sender::parse(number), Some(Sender::Number(number.into())));
        }
        assert_eq!(Sender::parse("  "), None);
    }

    #[test]
    fn debug_shows_neither_number_nor_secret() {
        let sender = Sender::Number("+14155550199".into());
        let settings = Settings::new(
            Vendor::Twilio,
            "https://api.twilio.com",
            "AC1",
            "hush-hush".to_owned().into(),
            sender,
        );
        let shown = format!("{settings:?}");
        assert!(!shown.contains("hush") && !shown.contains("4155550199"), "{shown}");
    }
}
