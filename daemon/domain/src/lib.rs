//! The pure core: one file per decision, plain functions over data.
//!
//! Must not import: the store, providers, tokio, the clock, entropy. Time and randomness are
//! arguments.

pub mod attempts;
pub mod backoff;
pub mod booking;
pub mod breaker;
pub mod duplicates;
pub mod gate;
pub mod holidays;
pub mod intake;
pub mod optout;
pub mod outcome;
pub mod phone;
pub mod policy;
pub mod schedule;
pub mod score;
pub mod window;
pub mod zones;
