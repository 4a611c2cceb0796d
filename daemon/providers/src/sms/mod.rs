//! Text messages through Twilio and SignalWire, which share one shape of API.
//!
//! Lives here: their HTTP client, the meaning of their codes and status words, verification and
//! reading of what they tell. Must not live here: who may be texted, what an answer means, the
//! store, the clock.

mod account;
mod client;
#[cfg(test)]
mod client_tests;
mod code;
mod form;
mod hook;
#[cfg(test)]
mod hook_tests;
mod look_up;
mod record;
mod refusal;
mod send;
mod sign;
mod status;
mod vendor;
mod verify;
#[cfg(test)]
mod verify_tests;

pub use account::{Sender, Settings};
pub use client::Client;
pub use code::{TextClass, class_of_code};
pub use hook::{
    EMPTY_REPLY, EMPTY_REPLY_TYPE, Hook, Inbound, MAX_HOOK_BYTES, OptOutWord, ParseError, StatusUpdate, parse,
};
pub use look_up::FoundText;
pub use record::TextRecord;
pub use send::{Accepted, SendText};
pub use sign::Algorithm;
pub use status::{Advance, TextStatus, advance};
pub use vendor::Vendor;
pub use verify::{SmsKeys, Unverified, Verified, verify, verify_head};
