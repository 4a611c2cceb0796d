//! The whole daemon, end to end: what people, the provider and time do to it, and what comes of
//! it. Every test that touches the store runs on both engines.

mod attack;
mod calls;
mod crash;
mod disk;
mod faults;
mod heard;
mod hooks;
mod http;
mod imports;
mod keys;
mod lists;
mod operator;
mod protection;
mod refusals;
mod routes;
mod scopes;
mod spool;
mod startup;
mod storage;
mod streams;
mod terminal;
mod tools;
mod uncertain;
mod uploads;
mod voice;
