//! frontdeskd: imports leads, decides who may be called, places calls, takes webhooks.
//!
//! `desk` decides (pure), `flows` commit (one transaction each), `jobs` act on the outside,
//! `store` keeps everything, `http` and `rpc` are the ways in.

pub mod config;
pub mod desk;
pub mod env;
pub mod providers;
pub mod sandbox;
pub mod store;
