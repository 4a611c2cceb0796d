//! Fake carriers and a fake mail server for one test: what went out, and people who write back.

use frontdesk_sandbox::mail::{Mailroom, SmtpHandle, SmtpSandbox};
use frontdesk_sandbox::sms::{Account, SmsConfig, SmsHandle, SmsSandbox, Vendor};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The number texts come from.
pub const TEXT_NUMBER: &str = "+14155550198";
/// The number texts come from that the second carrier sends.
pub const SECOND_NUMBER: &str = "+14155550197";
/// The address emails come from.
pub const MAIL_ADDRESS: &str = "desk@frontdesk.example";
/// What the carriers sign with.
pub const TOKEN: &str = "auth-token-of-the-test-desk";

/// Where messages go.
#[derive(Clone)]
pub struct Post {
    /// The carriers.
    pub texts: SmsHandle,
    /// The mail server.
    pub mails: SmtpHandle,
    /// The account of the first carrier.
    pub account: String,
    second: String,
    public: String,
}

impl Post {
    /// Starts them; `public` is the daemon's address.
    ///
    /// # Panics
    /// When they cannot be started.
    pub async fn open(public: &str, stop: CancellationToken) -> Self {
        Self::with(public, stop, |_| {}).await
    }

    /// The same with carriers set up otherwise.
    ///
    /// # Panics
    /// When they cannot be started.
    pub async fn with(public: &str, stop: CancellationToken, tune: impl FnOnce(&mut SmsConfig)) -> Self {
        let webhook = format!("{public}/webhooks/sms");
        let twilio = Account::new(Vendor::Twilio, 1, TOKEN, TEXT_NUMBER, &webhook);
        let signalwire = Account::new(Vendor::SignalWire, 1, TOKEN, SECOND_NUMBER, &webhook);
        let (account, second) = (twilio.sid.clone(), signalwire.sid.clone());
        let mut config = SmsConfig::new(vec![twilio, signalwire], webhook);
        config.speed = 2_000.0;
        tune(&mut config);
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let texts = SmsSandbox::serve(door, config, stop.clone()).expect("the carriers");
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mails = SmtpSandbox::serve(door, None, Mailroom::default(), stop).expect("the mail server");
        Self { texts, mails, account, second, public: public.to_owned() }
    }

    /// The account at the carrier.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// What the carrier signs with.
    pub fn token(&self) -> &'static str {
        TOKEN
    }

    pub(crate) fn environ(&self, second_carrier: bool) -> Vec<(String, String)> {
        let pairs = [
            ("PUBLIC_BASE_URL", self.public.clone()),
            ("TWILIO_ACCOUNT_SID", self.account.clone()),
            ("TWILIO_AUTH_TOKEN", TOKEN.to_owned()),
            ("TWILIO_FROM_NUMBER", TEXT_NUMBER.to_owned()),
            ("TWILIO_BASE_URL", self.texts.base_url().to_owned()),
            ("SMTP_URL", self.mails.url()),
            ("EMAIL_FROM", MAIL_ADDRESS.to_owned()),
        ];
        let second = [
            ("SIGNALWIRE_PROJECT_ID", self.second.clone()),
            ("SIGNALWIRE_API_TOKEN", TOKEN.to_owned()),
            ("SIGNALWIRE_SIGNING_KEY", TOKEN.to_owned()),
            ("SIGNALWIRE_FROM_NUMBER", SECOND_NUMBER.to_owned()),
            ("SIGNALWIRE_BASE_URL", self.texts.base_url().to_owned()),
        ];
        let second = second.into_iter().filter(|_| second_carrier);
        pairs.into_iter().chain(second).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// What texts to a number said, oldest first.
    pub fn texts_to(&self, number: &str) -> Vec<String> {
        let ours = self.texts.texts_to(number).into_iter().filter(|text| !text.inbound);
        ours.map(|text| text.body).collect()
    }
}
