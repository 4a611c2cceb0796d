//! A fake of the two SMS carriers' APIs: texts that are taken, travel, arrive or do not, and are
//! answered, without a telephone.
//!
//! ```text
//! routes ──▶ rules ──▶ play (one task per text) ──▶ courier ──▶ webhook
//!   │                    ├ course: what becomes of a text, as data
//!   └── state ◀──────────┴ people: what they text back, and what Twilio does about it
//! ```
//!
//! Both APIs listen on one port, told apart by their paths. Twilio keeps the list of people who
//! texted STOP and refuses what goes to them; SignalWire does not, and neither does its fake.

mod config;
mod courier;
mod course;
mod faults;
mod handle;
mod people;
mod play;
mod routes;
mod rules;
mod sign;
mod state;
#[cfg(test)]
mod tests;
mod text;

pub use config::{Account, Number, SmsConfig, Vendor};
pub use course::Course;
pub use faults::{Faults, Refuse};
pub use handle::{SandboxText, SmsHandle};
pub use people::Answer;
pub use state::Counters;

use crate::net::{CuttableListener, Peer};
use crate::tls;
use state::Shared;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The fake itself.
pub struct SmsSandbox;

impl SmsSandbox {
    /// Serves on a bound listener until the token is cancelled. The tasks belong to the runtime
    /// this is called on.
    ///
    /// # Errors
    /// When the listener has no address or no client can be made.
    pub fn serve(
        listener: TcpListener,
        config: SmsConfig,
        shutdown: CancellationToken,
    ) -> io::Result<SmsHandle> {
        tls::init();
        // No proxy and no redirects: what the sandbox sends goes where it was told, or nowhere.
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(io::Error::other)?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared::new(config, base_url, http, shutdown.clone()));
        let service = routes::router(&shared).into_make_service_with_connect_info::<Peer>();
        let server = TaskTracker::new();
        server.spawn(async move {
            let served = axum::serve(CuttableListener(listener), service)
                .with_graceful_shutdown(shutdown.cancelled_owned())
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "sandbox: the SMS server stopped");
            }
        });
        server.close();
        Ok(SmsHandle { shared, server })
    }
}
