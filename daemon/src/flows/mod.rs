//! Flows: load, let the domain decide, write everything that follows in one transaction.
//!
//! Every function here takes an open [`frontdesk_store::Tx`] and runs inside it. Nothing here
//! talks to the outside: what must happen there becomes a job.

pub mod appointments;
pub mod calendars;
pub mod calls;
pub mod claim;
pub mod clients;
pub mod clock;
mod ctx;
pub mod diary;
pub mod holds;
mod house;
pub mod imports;
pub mod keys;
pub mod links;
pub mod messages;
pub mod operator;
pub mod optout;
pub mod owner;
pub mod planning;
pub mod rates;
pub mod schedule;
pub mod screening;
pub(crate) mod unit;
pub mod webhooks;

pub use ctx::Ctx;
pub use house::{ClientRules, House};
