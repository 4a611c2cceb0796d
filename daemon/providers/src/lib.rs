//! The outside: one adapter per vendor behind one kind of answer ([`outcome::Sent`]) and one
//! HTTP policy ([`http`]).
//!
//! Lives here: vendors' wire formats, clients, verification and parsing of what they send.
//! Must not live here: the store, decisions about leads, the clock (time is an argument).

pub mod google;
pub mod http;
pub mod json;
pub mod mail;
pub mod outcome;
mod redact;
pub mod sms;
pub mod vapi;
