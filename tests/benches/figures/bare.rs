//! The bare server: verifies a webhook and answers, nothing else. What HTTP costs by itself.

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use frontdesk_env::Env;
use frontdesk_providers::vapi::{VapiSecrets, verify};
use frontdesk_tests::daemon::free_address;
use frontdesk_tests::desk::SECRET;
use std::net::SocketAddr;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The argument that makes this program the bare server.
pub const ROLE: &str = "bare-server";

#[derive(Clone)]
struct Known {
    secrets: VapiSecrets,
    env: Env,
}

/// Serves until it is killed.
pub async fn serve(at: SocketAddr) -> Result<()> {
    let known = Known { secrets: VapiSecrets::new([SECRET.to_owned().into()]), env: Env::system(0) };
    let routes = Router::new().route("/webhooks/vapi", post(answer)).with_state(known);
    let listener = tokio::net::TcpListener::bind(at).await?;
    println!("ready");
    Ok(axum::serve(listener, routes).await?)
}

async fn answer(State(known): State<Known>, headers: HeaderMap, body: Bytes) -> (StatusCode, &'static str) {
    match verify(&headers, &body, known.env.now(), &known.secrets) {
        Ok(_) => (StatusCode::OK, "{}"),
        Err(_) => (StatusCode::UNAUTHORIZED, "{}"),
    }
}

/// A bare server in a process of its own; dropping it kills it.
#[derive(Debug)]
pub struct Bare {
    child: Child,
    /// Where it listens.
    pub at: SocketAddr,
}

impl Bare {
    /// Starts one.
    pub async fn start() -> Result<Self> {
        let at = free_address();
        let mut child = Command::new(std::env::current_exe()?)
            .args([ROLE, &at.to_string()])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("its words")?).lines();
        lines.next_line().await?.context("the bare server ended")?;
        Ok(Self { child, at })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }
}
