//! The whole daemon, end to end: what people, the provider and time do to it, and what comes of
//! it. Every test that touches the store runs on both engines.

mod calls;
mod crash;
mod disk;
mod faults;
mod hooks;
mod http;
mod imports;
mod operator;
mod protection;
mod refusals;
mod spool;
mod startup;
mod storage;
mod streams;
mod tools;
mod uncertain;
