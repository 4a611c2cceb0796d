//! A fake of Google's token endpoint and Calendar API: calendars that are shared with a service
//! account, the staff who change them by hand, and pushes that say so.
//!
//! ```text
//! routes ──▶ door (token, faults) ──▶ state (calendars, events, tokens) ──▶ pusher ──▶ webhook
//!                                       ▲
//!                        handle, staff ─┘
//! ```
//!
//! What the vendor does not document and nobody could observe here is chosen so that a client
//! which relies on it fails: parameters that change between pages are refused, deleted ids stay
//! taken, a deleted event refuses a change.

mod account;
mod config;
mod event;
mod faults;
mod handle;
mod pusher;
mod routes;
mod staff;
mod state;
mod token;
mod wrong;

#[cfg(test)]
mod tests;

pub use account::{AUDIENCE, CLIENT_EMAIL, PRIVATE_KEY};
pub use config::{Access, CALENDAR_ID, CalendarSetup, GoogleConfig};
pub use faults::{Effect, Fault, Op};
pub use handle::GoogleHandle;
pub use staff::Staff;
pub use state::Counters;

use crate::{net, tls};
use state::Shared;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The fake itself.
pub struct GoogleSandbox;

impl GoogleSandbox {
    /// Serves on a bound listener until the token is cancelled. The tasks belong to the runtime
    /// this is called on.
    ///
    /// # Errors
    /// When the listener has no address, the key cannot be read, or no client can be built.
    pub fn serve(
        listener: TcpListener,
        config: GoogleConfig,
        shutdown: CancellationToken,
    ) -> io::Result<GoogleHandle> {
        tls::init();
        // No proxy and no redirects: what the sandbox sends goes where it was told, or nowhere.
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(io::Error::other)?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let tasks = TaskTracker::new();
        let shared = Arc::new(Shared::new(config, base_url, http, shutdown.clone(), tasks.clone())?);
        let service = routes::router(Arc::clone(&shared)).into_make_service_with_connect_info::<net::Peer>();
        tasks.spawn(async move {
            let served = axum::serve(net::CuttableListener(listener), service)
                .with_graceful_shutdown(shutdown.cancelled_owned())
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "sandbox: the server stopped");
            }
        });
        Ok(GoogleHandle { shared })
    }
}
