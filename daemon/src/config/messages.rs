//! Texts and email going out: accounts, senders and how fast they may send.
//!
//! Must not live here: wire formats (`providers`), wording, what a client has of its own.

use super::section::section;
use reqwest::Url;
use secrecy::SecretString;

section! {
    /// Twilio, which sends and receives SMS.
    Twilio = "twilio"
    needs [["account_sid"], ["auth_token"], ["from_number", "messaging_service_sid"]]
    off "no SMS through Twilio"
    {
        /// Account.
        account_sid: String, env "TWILIO_ACCOUNT_SID", get "console.twilio.com → Account info";
        /// Token; also the key of webhook signatures.
        auth_token: SecretString, env "TWILIO_AUTH_TOKEN", get "console.twilio.com → Account info";
        /// Number that messages come from.
        from_number: Option<String>, env "TWILIO_FROM_NUMBER", get "console.twilio.com → Phone numbers → Active numbers";
        /// Messaging service that picks the number.
        messaging_service_sid: Option<String>, env "TWILIO_MESSAGING_SERVICE_SID", get "console.twilio.com → Messaging → Services";
        /// Texts a second at most, over all clients on this account.
        per_second: u32, in 1..=1000, default 20;
        /// What one segment costs, in millionths of the account's currency, until Twilio tells.
        segment_micros: i64, in 0..=10_000_000, default 8_300;
        /// Where Twilio's API is.
        base_url: Url, env "TWILIO_BASE_URL", default "https://api.twilio.com";
    }
}

section! {
    /// SignalWire, which sends and receives SMS.
    SignalWire = "signalwire"
    needs [["project_id"], ["api_token"], ["signing_key"], ["base_url"], ["from_number"]]
    off "no SMS through SignalWire"
    {
        /// Project.
        project_id: String, env "SIGNALWIRE_PROJECT_ID", get "your space at signalwire.com → API";
        /// Token.
        api_token: SecretString, env "SIGNALWIRE_API_TOKEN", get "your space at signalwire.com → API → Tokens";
        /// Key of webhook signatures; not the token.
        signing_key: SecretString, env "SIGNALWIRE_SIGNING_KEY", get "your space at signalwire.com → API → Signing key (PSK…)";
        /// Number that messages come from.
        from_number: String, env "SIGNALWIRE_FROM_NUMBER", get "your space at signalwire.com → Phone numbers";
        /// Texts a second at most, over all clients on this account.
        per_second: u32, in 1..=1000, default 4;
        /// Address of the space.
        base_url: Url, env "SIGNALWIRE_BASE_URL", get "https://YOURSPACE.signalwire.com";
    }
}

section! {
    /// Email going out.
    Email = "email"
    needs [
        ["service", "smtp_url", "resend_api_key"],
        ["user", "smtp_url", "resend_api_key"],
        ["pass", "smtp_url", "resend_api_key"]
    ]
    off "no email goes out"
    {
        /// Mail service: gmail, outlook or the name of an SMTP server.
        service: Option<String>, env "EMAIL_SERVICE", get "gmail, outlook or your provider's SMTP server";
        /// User, usually the address.
        user: Option<String>, env "EMAIL_USER", get "the mailbox messages come from";
        /// Password; for Gmail an app password.
        pass: Option<SecretString>, env "EMAIL_PASS", get "for Gmail: myaccount.google.com → Security → App passwords";
        /// All three in one: `smtps://user:password@host:465`.
        smtp_url: Option<SecretString>, env "SMTP_URL", get "smtps://user:password@host:465";
        /// Key of Resend, which sends where no SMTP account is set up; with one, SMTP sends and this key waits. Needs EMAIL_FROM.
        resend_api_key: Option<SecretString>, env "RESEND_API_KEY", get "resend.com/api-keys";
        /// Where Resend's API is.
        resend_base_url: Url, env "RESEND_BASE_URL", default "https://api.resend.com";
        /// Address that messages come from; the user where absent. Each client's name stands before it.
        from: Option<String>, env "EMAIL_FROM", get "an address the account may send from";
        /// Emails a minute at most.
        per_minute: u32, in 1..=10_000, default 60;
        /// Emails in any 24 hours at most, below what the service allows; a tenth is kept for confirmations and reminders.
        per_day: u32, in 1..=1_000_000, default 450;
    }
}

/// How email leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailWay {
    /// By an SMTP account.
    Smtp,
    /// By Resend's API.
    Resend,
}

impl Email {
    /// An SMTP account where one is set up, else Resend.
    pub fn way(&self) -> MailWay {
        let account = self.service.is_some() && self.user.is_some() && self.pass.is_some();
        match &self.resend_api_key {
            Some(_) if !account && self.smtp_url.is_none() => MailWay::Resend,
            _ => MailWay::Smtp,
        }
    }
}
