//! What the store promises, held against both engines.
//!
//! A test that holds for one engine only says so in its module's name.

mod calls;
mod files;
mod house;
mod jobs;
mod leads;
mod migrations;
mod outage;
mod races;
mod sets;
mod transactions;
mod upgrade;
mod values;
