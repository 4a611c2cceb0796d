//! frontdeskd: imports leads, decides who may be called, places calls, takes webhooks.
//!
//! The crate `domain` decides (pure), `flows` commit (one transaction each), `jobs` act on the
//! outside through `providers`, `store` keeps everything, `http` and `rpc` are the ways in.

pub mod app;
pub mod cli;
mod cli_keys;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod feed;
pub mod flows;
pub mod ground;
pub mod http;
pub mod importer;
pub mod jobs;
pub mod messengers;
pub mod onboarding;
pub mod rpc;
pub mod sets;
pub mod spool;
mod templates;
mod test_send;
pub mod watch;
pub mod webhooks;
