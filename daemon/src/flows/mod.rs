//! Flows: load, let the desk decide, write everything that follows in one transaction.
//!
//! Every function here takes an open [`frontdesk_store::Tx`] and runs inside it. Nothing here
//! talks to the outside: what must happen there becomes a job.

pub mod booking;
mod breaker;
pub mod clients;
mod ctx;
pub mod dial;
mod house;
pub mod imports;
pub mod keys;
pub mod operator;
pub mod optout;
pub mod owner;
pub mod planning;
pub mod progress;
pub mod rates;
pub mod schedule;
pub mod settle;
pub mod tools;
pub mod webhooks;

pub use ctx::Ctx;
pub use house::{ClientRules, House};
