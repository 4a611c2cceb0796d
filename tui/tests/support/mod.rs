//! What tests and the example share: sample rows and a service that serves them.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "each user takes a part; test code may read the clock"
)]

pub mod details;
pub mod explained;
pub mod fake;
pub mod ledger;
pub mod sample;
