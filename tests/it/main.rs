//! Integration tests, one binary so that everything links once.

mod conformance;
mod desk;
mod harness;
mod readme;
mod simulation;
mod tidy;
