//! Tables: one noun a file, its statements and the values they read and write.
//!
//! Must not live here: decisions, and words for people.

pub mod appointments;
pub mod audit;
pub mod calendars;
pub mod calls;
pub mod channels;
pub mod clients;
pub mod events;
pub mod faults;
pub mod holds;
pub mod house;
pub mod imports;
pub mod jobs;
pub mod keys;
pub mod leads;
mod ledger;
pub mod messages;
pub mod meta;
pub mod rates;
pub mod screening;
mod suppressions;
pub mod verdicts;
pub mod webhooks;
