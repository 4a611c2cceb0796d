//! Messages as text: what a person wrote back, and what is written to them.
//!
//! Lives here: what a text costs ([`segments`]), what an inbound text means ([`said`]), times in
//! words ([`clock`]), what cannot be seen (`hidden`), the name to greet by ([`name`]), templates ([`template`]), the kinds of
//! message ([`kinds`]) with their wording ([`wording`], [`defaults`]), and when confirmations and
//! reminders are due ([`reminders`]).
//!
//! Must not live here: addresses, providers, jobs, the record of what was sent. Nothing in here
//! decides whether a person may be written to at all; that is the gate's.

pub mod clock;
pub mod defaults;
mod hidden;
pub mod kinds;
pub mod name;
pub mod reminders;
pub mod said;
pub mod segments;
pub mod template;
pub mod wording;

pub use hidden::{is_hidden, lines, one_line};
