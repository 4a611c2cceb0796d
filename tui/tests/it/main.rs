//! The console's tests: keys to model, model to screen, link to a service on a real socket,
//! command line to text.
#![allow(clippy::disallowed_methods, reason = "tests may read the clock and wait on a paused one")]

#[path = "../support/mod.rs"]
mod support;

mod cli;
mod desk;
mod link;
mod paint;
mod update;
mod view;
