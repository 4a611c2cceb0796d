//! Integration tests, one binary so that everything links once.

mod conformance;
mod desk;
mod docs;
mod fictional;
mod fuzz;
mod google;
mod harness;
mod libraries;
mod moved_on;
#[cfg(feature = "failpoints")]
mod plans;
mod postfix;
mod simulation;
mod sms;
mod tidy;
