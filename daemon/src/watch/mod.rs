//! Watching: counts, logs and health of the house itself.

pub mod alarm;
pub mod counters;
pub mod damage;
pub mod health;
pub mod log;
pub mod outage;
