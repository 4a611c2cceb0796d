//! Nouns and wire contract shared by the daemon and its console.
//!
//! Lives here: identifiers, instants, the domain's closed vocabularies, the rows and reports
//! the console shows, the registry of operator actions, and the RPC service. Must not live
//! here: IO, SQL, a runtime, a clock.

pub mod action;
pub mod call;
pub mod client;
pub mod contact;
pub mod detail;
pub mod event;
pub mod explain;
pub mod fault;
pub mod health;
pub mod id;
pub mod import;
pub mod job;
pub mod lead;
pub mod message;
pub mod noun;
pub mod page;
pub mod place;
pub mod rpc;
pub mod sequence;
pub mod template;
pub mod time;
pub mod webhook;
mod words;

pub use id::*;
pub use noun::Noun;
pub use time::Millis;
