//! Integration tests, one binary so that everything links once.

mod conformance;
mod desk;
mod fuzz;
mod harness;
mod moved_on;
#[cfg(feature = "failpoints")]
mod plans;
mod readme;
mod simulation;
mod tidy;
