//! The pure core: one file per decision, plain functions over data.
//!
//! Must not import: the store, providers, tokio, the clock, entropy. Time and randomness are
//! arguments.

mod account;
pub mod appointment;
pub mod attempts;
pub mod backoff;
pub mod booking;
pub mod breaker;
pub mod calendar;
pub mod call;
mod callers;
pub mod claim;
pub mod client;
pub mod delivery;
pub mod duplicates;
pub mod follow_up;
pub mod gate;
pub mod holidays;
pub mod inbound;
pub mod installation;
pub mod intake;
pub mod invite;
pub mod job;
pub mod keys;
pub mod lead;
pub mod link;
pub mod message;
pub mod nation;
pub mod opt_out;
pub mod outcome;
pub mod phone;
pub mod placement;
pub mod planning;
pub mod policy;
pub mod progress;
pub mod records;
pub mod schedule;
pub mod scope;
pub mod score;
pub mod screening;
pub mod sending;
pub mod tools;
pub mod unit;
pub mod verdict;
pub mod visit;
pub mod window;
pub mod zones;
