//! The console's tests: keys to model, model to screen, link to a service on a real socket,
//! command line to text.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests may read the clock; nothing is public here"
)]

#[path = "../support/mod.rs"]
mod support;

mod cli;
mod desk;
mod link;
mod paint;
mod refused;
mod truth;
mod update;
mod view;
mod widths;
