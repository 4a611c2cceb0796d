//! The store: transactions over SQLite or PostgreSQL from one SQL text.
//!
//! Only this crate contains SQL. `engine` knows databases and no table, `tables` has one noun a
//! file, `views` reads for people: lists, details, figures. A transaction is a synchronous closure
//! over [`Tx`] that runs on a database thread; it may run more than once, so it must have no
//! effect outside its transaction. The store never calls out.

mod engine;
mod tables;
pub mod unit;
pub mod views;

pub use engine::{
    Column, Engine, Error, PgTarget, Refusal, Result, Row, Solo, Sql, Store, Target, Tx, Value, beside,
    check, migrate, packed,
};
pub use tables::{
    appointments, audit, calendars, calls, channels, clients, events, faults, holds, house, imports, jobs,
    keys, leads, messages, meta, rates, screening, verdicts, webhooks,
};
