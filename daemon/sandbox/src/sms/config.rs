//! What an SMS sandbox is started with.

use super::faults::Faults;
use super::people::Answer;
use crate::random::Random;
use serde::Serialize;

/// Whose API an account is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    /// Answers STOP itself, signs with the auth token.
    Twilio,
    /// Leaves STOP to its customer, signs with a key of its own.
    SignalWire,
}

/// A number of an account.
#[derive(Clone, Debug)]
pub struct Number {
    /// E.164, or a short code.
    pub number: String,
    /// Where texts to it are delivered.
    pub sms_url: String,
    /// Whether texts can be sent from it.
    pub can_text: bool,
}

/// One account.
#[derive(Clone)]
pub struct Account {
    /// Whose.
    pub vendor: Vendor,
    /// Account SID, or project id.
    pub sid: String,
    /// The password of the API; the account's id is the user.
    pub token: String,
    /// What webhooks are signed with. Twilio's is the token.
    pub signing_key: String,
    /// Its numbers.
    pub numbers: Vec<Number>,
    /// The service (Twilio) or number group (SignalWire) that all numbers belong to.
    pub service: String,
}

impl Account {
    /// An account with one number. Ids depend on the seed, so that they stay the same over a
    /// restart.
    pub fn new(vendor: Vendor, seed: u64, token: &str, number: &str, webhook_url: &str) -> Self {
        let mut random = Random::of(seed, if vendor == Vendor::Twilio { "twilio" } else { "signalwire" });
        let (sid, service) = match vendor {
            Vendor::Twilio => (format!("AC{}", random.hex(16)), format!("MG{}", random.hex(16))),
            Vendor::SignalWire => (random.uuid4(), random.uuid4()),
        };
        let number = Number { number: number.to_owned(), sms_url: webhook_url.to_owned(), can_text: true };
        Self {
            vendor,
            sid,
            signing_key: token.to_owned(),
            token: token.to_owned(),
            numbers: vec![number],
            service,
        }
    }
}

/// Everything a sandbox is started with.
#[derive(Clone)]
pub struct SmsConfig {
    /// Accounts that exist.
    pub accounts: Vec<Account>,
    /// Addresses of other machines are not talked to: what is meant for them goes to the same path
    /// here, signed for the address that was meant.
    pub webhook_url: String,
    /// How much faster than the wall texts travel and people answer.
    pub speed: f64,
    /// Decides every choice the sandbox makes.
    pub seed: u64,
    /// Faults from the start.
    pub faults: Faults,
    /// Whether the last two digits of a number choose what becomes of a text to it.
    pub digits_choose: bool,
    /// Weights of what people answer; nobody answers when there are none.
    pub answers: Vec<(Answer, u32)>,
    /// Whether Twilio's webhooks carry `OptOutType`.
    pub advanced_opt_out: bool,
    /// Whether SignalWire's webhooks are JSON, as its specification says, not forms, as its guides
    /// say.
    pub signalwire_json: bool,
    /// Texts that are remembered.
    pub keep: usize,
}

impl SmsConfig {
    /// Accounts around an address to deliver to; nobody answers.
    pub fn new(accounts: Vec<Account>, webhook_url: impl Into<String>) -> Self {
        Self {
            accounts,
            webhook_url: webhook_url.into(),
            speed: 1.0,
            seed: 1,
            faults: Faults::default(),
            digits_choose: true,
            answers: Vec::new(),
            advanced_opt_out: false,
            signalwire_json: false,
            keep: 100_000,
        }
    }
}
