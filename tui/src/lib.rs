//! The terminal console and command line of frontdeskd.
//!
//! Lives here: everything an operator sees and types. Must not live here: decisions about leads
//! and calls, SQL, provider formats; the console only reads what the daemon tells and asks it to
//! act. The model, its updates and its views are pure; `runtime`, `terminal`, `link`, `clock`
//! and `cli` touch the world.

pub mod backoff;
pub mod cli;
pub mod clock;
pub mod diary;
pub mod doc;
pub mod encode;
pub mod fuzzy;
pub mod help;
pub mod input;
pub mod keys;
pub mod layout;
pub mod link;
pub mod log;
pub mod model;
pub mod msg;
pub mod paint;
pub mod palette;
pub mod permit;
pub mod rows;
pub mod runtime;
pub mod screens;
pub mod sheet;
pub mod socket;
pub mod table;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;
pub mod zone;
