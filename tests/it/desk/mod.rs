//! The whole daemon, end to end: what people, the provider and time do to it, and what comes of
//! it. Every test that touches the store runs on both engines.

mod appointments;
mod appointments_by_hand;
mod attack;
mod calendars;
mod calls;
mod confirmed;
mod concerning;
mod crash;
mod disk;
mod faults;
mod heard;
mod hooks;
mod http;
mod imports;
mod keys;
mod links;
mod lists;
mod messages;
mod operator;
mod protection;
mod refusals;
mod retried;
mod routes;
mod scopes;
mod screening;
mod spool;
mod startup;
mod storage;
mod streams;
mod terminal;
mod tools;
mod uncertain;
mod uploads;
mod voice;
mod watching;
