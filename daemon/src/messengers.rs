//! The accounts that messages leave by: the installation's, and those that clients brought.
//!
//! Must not live here: which of them a message takes (`frontdesk_domain::sending::Line`).

use crate::config::{Config, MailWay};
use crate::flows::messages::Pace;
use anyhow::Context as _;
use frontdesk_domain::client::Client;
use frontdesk_domain::sending::{Line, SIGNALWIRE, TWILIO};
use frontdesk_providers::mail::{self, Smtp, Transport, resend};
use frontdesk_providers::sms::{self, Sender, Vendor};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::{ClientId, Millis};
use secrecy::SecretString;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Where carriers send what they tell, below the public address.
pub const SMS_HOOK: &str = "/webhooks/sms";
/// Accounts of clients kept ready at most; the rest are made anew when needed.
const KEPT: usize = 256;

/// The accounts.
#[derive(Debug, Default)]
pub struct Messengers {
    twilio: Option<sms::Client>,
    signalwire: Option<sms::Client>,
    mail: Option<Transport>,
    sms_pace: Option<Pace>,
    mail_pace: Option<Pace>,
    status_url: Option<String>,
    twilio_base: Option<String>,
    own: Mutex<HashMap<ClientId, (Millis, sms::Client)>>,
}

impl Messengers {
    /// Makes them ready; nothing is asked of any provider.
    ///
    /// # Errors
    /// A sentence that names what is not usable.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        let public = config.house.public_base_url.as_ref();
        let status_url = public.map(|url| format!("{}{SMS_HOOK}", url.as_str().trim_end_matches('/')));
        let with_url = |settings: sms::Settings| match &status_url {
            Some(url) => settings.with_status_url(url),
            None => settings,
        };
        let mut out = Self { status_url: status_url.clone(), ..Self::default() };
        if let Some(t) = &config.twilio {
            let sender = t.messaging_service_sid.as_deref().or(t.from_number.as_deref()).unwrap_or_default();
            let sender = Sender::parse(sender).context("TWILIO_FROM_NUMBER is empty")?;
            let settings = sms::Settings::new(
                Vendor::Twilio,
                t.base_url.as_str(),
                &t.account_sid,
                t.auth_token.clone(),
                sender,
            );
            out.twilio = Some(sms::Client::new(with_url(settings))?);
            out.twilio_base = Some(t.base_url.to_string());
            out.sms_pace = Some(Pace::per_second(t.per_second));
        }
        if let Some(s) = &config.signalwire {
            let sender = Sender::parse(&s.from_number).context("SIGNALWIRE_FROM_NUMBER is empty")?;
            let settings = sms::Settings::new(
                Vendor::SignalWire,
                s.base_url.as_str(),
                &s.project_id,
                s.api_token.clone(),
                sender,
            );
            out.signalwire = Some(sms::Client::new(with_url(settings))?);
            out.sms_pace.get_or_insert(Pace::per_second(s.per_second));
        }
        if let Some(e) = &config.email {
            out.mail = Some(transport(e)?);
            out.mail_pace = Some(Pace::per_minute(e.per_minute));
        }
        Ok(out)
    }

    /// How fast messages of a channel may leave; `None` where none can.
    pub fn pace(&self, channel: Channel) -> Option<Pace> {
        match channel {
            Channel::Sms => self.sms_pace,
            Channel::Email => self.mail_pace,
            Channel::AiVoice => None,
        }
    }

    /// The way mail leaves.
    pub fn mail(&self) -> Option<&Transport> {
        self.mail.as_ref()
    }

    /// The account of a line, and what the text comes from.
    pub fn texts(&self, line: &Line, client: &Client) -> Option<(sms::Client, Sender)> {
        let sender = Sender::parse(&line.sender)?;
        if line.own_account {
            return Some((self.own(line, client, &sender)?, sender));
        }
        let account = match line.provider {
            TWILIO => self.twilio.clone(),
            SIGNALWIRE => self.signalwire.clone(),
            _ => None,
        };
        Some((account?, sender))
    }

    fn own(&self, line: &Line, client: &Client, sender: &Sender) -> Option<sms::Client> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, ready)) = own.get(&client.id)
            && *at == client.updated_at
        {
            return Some(ready.clone());
        }
        let settings = client.settings.get("sms")?;
        let text = |name: &str| settings.get(name).and_then(|v| v.as_str()).map(str::to_owned);
        let vendor = Vendor::parse(line.provider)?;
        let base = text("base_url").or_else(|| match vendor {
            Vendor::Twilio => {
                Some(self.twilio_base.clone().unwrap_or_else(|| "https://api.twilio.com".to_owned()))
            }
            Vendor::SignalWire => None,
        })?;
        let secret: SecretString = text("auth_token").or_else(|| text("api_token"))?.into();
        let mut made = sms::Settings::new(vendor, base, text("account_sid")?, secret, sender.clone());
        if let Some(url) = &self.status_url {
            made = made.with_status_url(url);
        }
        let ready = sms::Client::new(made).ok()?;
        if own.len() >= KEPT {
            own.clear();
        }
        own.insert(client.id, (client.updated_at, ready.clone()));
        Some(ready)
    }
}

fn transport(config: &crate::config::Email) -> anyhow::Result<Transport> {
    Ok(match (config.way(), &config.resend_api_key) {
        (MailWay::Resend, Some(key)) => {
            let settings = resend::Settings::new(config.resend_base_url.as_str(), key.clone());
            Transport::Resend(resend::Client::new(settings)?)
        }
        _ => Transport::Smtp(Smtp::new(smtp(config)?)?),
    })
}

fn smtp(config: &crate::config::Email) -> anyhow::Result<mail::Settings> {
    use secrecy::ExposeSecret as _;
    if let Some(url) = &config.smtp_url {
        return Ok(mail::Settings::from_url(url.expose_secret())?);
    }
    match (&config.service, &config.user, &config.pass) {
        (Some(service), Some(user), Some(pass)) => {
            Ok(mail::Settings::from_service(service, user, pass.clone())?)
        }
        _ => {
            anyhow::bail!("email needs EMAIL_SERVICE, EMAIL_USER and EMAIL_PASS, SMTP_URL, or RESEND_API_KEY")
        }
    }
}
