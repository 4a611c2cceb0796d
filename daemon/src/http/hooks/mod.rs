//! Webhooks: verified on the raw bytes, durable before they are acknowledged.

mod google;
mod intake;
mod sms;
mod vapi;

pub(super) use google::calendar as google_calendar;
pub(super) use sms::sms;
pub(super) use vapi::{Secrets, agent, vapi};
