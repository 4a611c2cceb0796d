//! A unit of work on its way in and out: facts read in sets, changes written in sets.
//!
//! Must not live here: what is decided between the two (`frontdesk_domain::unit`).

mod load;
mod save;

pub use load::load;
pub use save::save;
