//! Mail: one message to one person, by SMTP or by Resend's API.
//!
//! ```text
//! Mail ──▶ message (checked, cleaned) ──▶ compose ──▶ smtp   ──▶ a mail server
//!                                   └───────────────▶ resend ──▶ https
//!                        class: what a refusal means ◀──┘
//! ```
//!
//! Lives here: the form of a message, both transports, what their answers mean. Must not live
//! here: templates, whether and when to write to somebody, retries, mail that comes in.

mod class;
mod compose;
#[cfg(test)]
mod compose_tests;
mod connection;
mod line_stream;
mod message;
pub mod resend;
#[cfg(test)]
mod resend_tests;
mod services;
mod settings;
mod smtp;
#[cfg(test)]
mod smtp_server;
#[cfg(test)]
mod smtp_tests;
#[cfg(test)]
mod smtp_tls_tests;
mod transport;

pub use class::{Class, Retry};
pub use message::{AutoSubmitted, InviteMethod, InvitePart, Mail, Mailbox};
pub use settings::{Deadlines, Login, Secret, Settings, SettingsError, Tls};
pub use smtp::Smtp;
pub use transport::{Accepted, Posted, Transport};
