//! A fake of the Vapi voice API: calls that are placed, talk, use tools and report, without a
//! telephone.
//!
//! ```text
//! routes ──▶ place ──▶ play (one task per call) ──▶ courier (one queue per call) ──▶ webhook
//!   │                    ├ script, scenario: what happens, as data
//!   └── state ◀──────────┴ errands, agent, tools: using the tools and understanding them
//! ```
//!
//! Times on the wire are wall time; only the *length* of a talk is the scripted one, so that a
//! sandbox at ten times the speed still reports conversations of a minute (`endedAt` may then
//! lie ahead of the clock). Every choice depends on the seed; see [`Scenario`] for what decides
//! a call's course, [`Faults`] for what can be made to go wrong.

mod agent;
mod call;
mod config;
mod courier;
mod errands;
mod faults;
mod handle;
mod place;
mod play;
mod report;
mod routes;
mod scenario;
mod script;
mod setup;
mod sign;
mod state;
mod talk;
mod tools;
mod validate;

#[cfg(test)]
mod tests;

pub use call::{Direction, Status};
pub use config::{ASSISTANT_ID, BackoffPlan, PHONE_NUMBER_ID, SandboxConfig, WebhookAuth, WhenFull};
pub use faults::{Faults, Refuse, RefuseCalls};
pub use handle::{PlacedCall, SandboxHandle};
pub use report::OUTCOME_OUTPUT_ID;
pub use scenario::Scenario;
pub use state::{Counters, Problem};

use crate::net::{CuttableListener, Peer};
use crate::tls;
use state::Shared;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The fake itself.
pub struct VapiSandbox;

impl VapiSandbox {
    /// Serves on a bound listener until the token is cancelled. The tasks belong to the runtime
    /// this is called on.
    pub fn serve(
        listener: TcpListener,
        config: SandboxConfig,
        shutdown: CancellationToken,
    ) -> io::Result<SandboxHandle> {
        tls::init();
        // No proxy and no redirects: what the sandbox sends goes where it was told, or nowhere.
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(io::Error::other)?;
        let base_url = match &config.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", listener.local_addr()?),
        };
        let shared = Arc::new(Shared::new(config, base_url, http, shutdown.clone()));
        let service = routes::router(Arc::clone(&shared)).into_make_service_with_connect_info::<Peer>();
        let server = TaskTracker::new();
        server.spawn(async move {
            let served = axum::serve(CuttableListener(listener), service)
                .with_graceful_shutdown(shutdown.cancelled_owned())
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "sandbox: the server stopped");
            }
        });
        server.close();
        Ok(SandboxHandle { shared, server })
    }
}
