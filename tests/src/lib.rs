//! The test harness: databases, fake peers and terminals for the integration tests.
//!
//! Nothing here knows a rule of the product. Every wait has a deadline and none is a bare
//! pause: a test waits for what it needs, never for time.

pub mod ask;
pub mod console;
pub mod crash;
pub mod daemon;
pub mod database;
pub mod desk;
pub mod fixtures;
pub mod fuzz;
pub mod google;
pub mod hook;
pub mod http_fixture;
pub mod libraries;
pub mod look;
pub mod post;
pub mod postfix;
pub mod postgres;
pub mod samples;
pub mod sign;
pub mod signal;
pub mod sim;
pub mod source;
pub mod tmux;
pub mod version1;
pub mod wait;

pub use database::{TestDb, run_on};
pub use desk::TestDesk;

/// Declares one test body that runs on both engines, as two tests: `<name>::sqlite` and
/// `<name>::postgres`. The body is async and gets a fresh migrated [`TestDb`] by reference.
///
/// ```text
/// on_both_engines! {
///     /// Why this must hold.
///     async fn a_closure_that_fails_changes_nothing(db) { … }
/// }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident) $body:block)+) => { $(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($db: std::sync::Arc<$crate::TestDb>) $body

            #[test]
            fn sqlite() {
                $crate::run_on(frontdesk_store::Engine::Sqlite, body);
            }

            #[test]
            fn postgres() {
                $crate::run_on(frontdesk_store::Engine::Postgres, body);
            }
        }
    )+ };
}
