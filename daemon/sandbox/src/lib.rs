//! Fakes of the outside world that speak the real wire protocols over real HTTP on loopback.
//!
//! They power the demo, the rehearsal of a client's set-up, and the tests, so they sign, wait,
//! fail, repeat and forget the way the vendors do, on command. A sandbox is a world of its own:
//! it has its own clock and its own randomness and shares no code with `providers`, because a
//! mistake made once in both would look like agreement.
//!
//! Must not be imported by: `desk`, `flows`, `providers`, `http`. Must not import: anything else
//! in this crate.

pub mod clock;
pub mod google;
pub mod mail;
mod net;
pub mod random;
pub mod sms;
pub mod tls;
pub mod vapi;
