//! frontdeskd: imports leads, decides who may be called, places calls, takes webhooks.
//!
//! `desk` decides (pure), `flows` commit (one transaction each), `jobs` act on the outside,
//! `store` keeps everything, `http` and `rpc` are the ways in.

pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod desk;
pub mod env;
pub mod fail;
pub mod feed;
pub mod flows;
pub mod http;
pub mod importer;
pub mod jobs;
pub mod onboarding;
pub mod providers;
pub mod rpc;
pub mod sandbox;
pub mod spool;
pub mod store;
pub mod watch;
