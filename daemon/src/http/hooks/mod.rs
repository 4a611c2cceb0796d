//! Webhooks: verified on the raw bytes, durable before they are acknowledged.

mod vapi;

pub(super) use vapi::{Secrets, agent, vapi};
