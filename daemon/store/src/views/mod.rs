//! The read side: every list, detail view, count and explanation that the console, the command
//! line and the HTTP API show, and the order of events they follow.
//!
//! Functions here only read. Decisions do not live here: a row is
//! shown as it was written. Secrets of calls (`control_url`) are never selected.

pub mod badges;
mod concerned;
pub mod detail;
pub mod events;
pub mod filter;
pub mod idle;
pub mod leads_api;
mod lists;
mod mask;
pub mod resolve;
pub mod stats;
#[cfg(test)]
mod testing;
mod text;

pub use lists::page;
pub use mask::mask_numbers;

/// Kind of the job that places a call to a lead.
pub const CALL_JOB: &str = "call.place";
