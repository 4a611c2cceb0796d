//! Fakes of the outside that takes mail: a mail server that delivers nothing, and Resend's API.
//!
//! ```text
//! smtp  ──▶ dialogue (commands and replies, no sockets) ──┐
//! resend ─────────────────────────────────────────────────┴─▶ mailroom: what was taken
//!                 plan: what an address makes happen
//! ```
//!
//! An address decides what happens to a message: see [`Plan`]. Nothing leaves this machine.

mod dialogue;
mod mailroom;
mod plan;
mod resend;
mod smtp;

#[cfg(test)]
mod tests;

pub use mailroom::{Mailroom, Taken, Way};
pub use plan::Plan;
pub use resend::{ResendHandle, ResendSandbox};
pub use smtp::{SmtpHandle, SmtpSandbox};

/// Longest message taken, in bytes, as the server announces it.
const MAX_MESSAGE: usize = 10 * 1024 * 1024;
