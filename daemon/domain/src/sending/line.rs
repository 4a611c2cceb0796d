//! Lines: through which account and from which sender a client's messages leave.
//!
//! A client with settings of its own never falls back to the installation's sender: somebody
//! else's number would answer its customers.

use crate::client::{Client, HOUSE};
use crate::link::LinkSecret;
use crate::scope::HoldScope;
use frontdesk_shared::ClientId;
use frontdesk_shared::contact::Channel;

/// Twilio.
pub const TWILIO: &str = "twilio";
/// SignalWire.
pub const SIGNALWIRE: &str = "signalwire";
/// An SMTP account.
pub const SMTP: &str = "smtp";
/// Resend.
pub const RESEND: &str = "resend";

/// Every provider of messages, and what it carries.
pub const PROVIDERS: [(&str, &str); 4] =
    [(TWILIO, "texts"), (SIGNALWIRE, "texts"), (SMTP, "emails"), (RESEND, "emails")];

/// The provider of a word, as settings and stored rows have it.
pub fn provider(word: &str) -> Option<&'static str> {
    [TWILIO, SIGNALWIRE, SMTP, RESEND].into_iter().find(|known| *known == word)
}

/// An account and a sender of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which provider.
    pub provider: &'static str,
    /// Number, messaging service or address it is sent from.
    pub sender: String,
    /// Whether the account is the client's own.
    pub own_account: bool,
}

/// What the installation has, for clients with nothing of their own.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// For texts.
    pub sms: Option<Line>,
    /// For texts that the first certainly did not send.
    pub sms_second: Option<Line>,
    /// For emails.
    pub email: Option<Line>,
    /// What a segment of a text costs, in millionths of the provider's currency.
    pub segment_micros: i64,
    /// Where this installation is reached from outside, for links; without a slash at its end.
    pub public_url: Option<String>,
    /// What signs the links in messages.
    pub link_secret: Option<LinkSecret>,
    /// Emails in any 24 hours at most; 0 for no cap.
    pub mails_a_day: u64,
}

impl Lines {
    /// The line of a client's channel; `None` where nothing is set up, or what the client set up
    /// is not complete.
    pub fn of(&self, client: &Client, channel: Channel) -> Option<Line> {
        match channel {
            Channel::AiVoice => None,
            Channel::Email => self.email.clone(),
            Channel::Sms => match client.settings.get("sms") {
                None => self.sms.clone(),
                Some(own) => own_texts(own, self.sms.as_ref()),
            },
        }
    }

    /// Every line of a client's channel, the usual one first. A client with settings of its own has
    /// that one alone.
    pub fn ways(&self, client: &Client, channel: Channel) -> Vec<Line> {
        let second = (channel == Channel::Sms && client.settings.get("sms").is_none())
            .then(|| self.sms_second.clone())
            .flatten();
        self.of(client, channel).into_iter().chain(second).collect()
    }

    /// Whether a number of ours is the installation's, so that several clients may share it.
    pub fn is_shared(&self, number: &str) -> bool {
        [&self.sms, &self.sms_second].into_iter().flatten().any(|line| line.sender == number)
    }
}

/// What a client set up for texts: an account with a sender, or a sender of its own on the
/// installation's account.
fn own_texts(own: &serde_json::Value, house: Option<&Line>) -> Option<Line> {
    let text = |name: &str| own.get(name).and_then(|v| v.as_str()).filter(|v| !v.is_empty());
    let sender = text("messaging_service_sid").or_else(|| text("from_number"))?.to_owned();
    let own_account = text("account_sid").is_some();
    let provider = match text("provider") {
        Some(word) => provider(word)?,
        None => house.map_or(TWILIO, |line| line.provider),
    };
    if !own_account && house.is_none_or(|line| line.provider != provider) {
        return None;
    }
    Some(Line { provider, sender, own_account })
}

impl Line {
    /// Whose account it is, as breakers name it.
    pub fn account(&self, client: &Client) -> ClientId {
        if self.own_account { client.id } else { HOUSE }
    }

    /// Holds that stop this line for a client, widest first.
    pub fn stopped_by(&self, scope: &HoldScope, client: &Client) -> bool {
        match scope {
            HoldScope::Account => !self.own_account,
            HoldScope::Client(id) => *id == client.id,
            HoldScope::Number(sender) => *sender == self.sender,
            HoldScope::Defaults | HoldScope::Assistant(_) | HoldScope::Calendar(_) => false,
        }
    }

    /// What a failure of the whole account holds: nobody else's account.
    pub fn account_scope(&self, client: &Client) -> HoldScope {
        if self.own_account { HoldScope::Client(client.id) } else { HoldScope::Account }
    }

    /// What a failure of the sender holds.
    pub fn sender_scope(&self) -> HoldScope {
        HoldScope::Number(self.sender.clone())
    }
}
