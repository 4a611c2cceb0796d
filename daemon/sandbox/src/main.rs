//! `frontdesk-sandbox`: the fakes as a program, for rehearsals, the demonstration and the tests.
//!
//! What it listens on and what a daemon must be told is printed as `NAME=VALUE` lines, then
//! `ready`.

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use frontdesk_sandbox::vapi::{self, SandboxConfig, Scenario, VapiSandbox, WebhookAuth};
use std::io::Write as _;
use std::net::SocketAddr;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Fake providers that speak the real wire protocols on this machine; no real phone rings.
#[derive(Debug, Parser)]
#[command(name = "frontdesk-sandbox", version)]
struct Arguments {
    /// Where the fake API of Vapi listens.
    #[arg(long, default_value = "127.0.0.1:10001")]
    listen: SocketAddr,
    /// Where webhooks are delivered.
    #[arg(long, default_value = "http://127.0.0.1:10000/webhooks/vapi")]
    webhook_url: String,
    /// The private key it accepts.
    #[arg(long, env = "VAPI_PRIVATE_KEY", hide_env_values = true)]
    private_key: String,
    /// The secret it shows with every webhook, as a bearer.
    #[arg(long, env = "VAPI_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: String,
    /// Calls at once.
    #[arg(long, default_value_t = 10)]
    concurrency: usize,
    /// How much faster than life.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Makes the same choices again.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How the called people behave.
    #[arg(long, value_enum, default_value_t = People::Everybody)]
    people: People,
    /// End when standard input does: with the program that started this one.
    #[arg(long)]
    with_parent: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum People {
    /// As in life: many do not answer.
    Everybody,
    /// Mostly people who talk, so that there is something to see.
    Talkative,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let mut config = SandboxConfig::new(arguments.private_key, arguments.webhook_url);
    config.webhook_auth = WebhookAuth::Bearer(arguments.webhook_secret);
    config.concurrency = arguments.concurrency;
    config.speed = arguments.speed;
    config.seed = arguments.seed;
    if let People::Talkative = arguments.people {
        config.mix = Scenario::warm_mix();
    }
    let stop = CancellationToken::new();
    let handle = VapiSandbox::serve(listener, config, stop.clone())?;
    say(&format!("VAPI_BASE_URL={}", handle.base_url()));
    say(&format!("VAPI_ASSISTANT_ID={}", vapi::ASSISTANT_ID));
    say(&format!("VAPI_PHONE_NUMBER_ID={}", vapi::PHONE_NUMBER_ID));
    say("ready");
    tokio::select! {
        ended = signalled() => ended?,
        () = orphaned(), if arguments.with_parent => {}
    }
    stop.cancel();
    handle.stopped().await;
    Ok(())
}

#[allow(clippy::print_stdout)] // these lines are what the caller waits for
fn say(line: &str) {
    println!("{line}");
    let _ = std::io::stdout().flush();
}

async fn signalled() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Resolves when whoever holds the other end of standard input is gone.
async fn orphaned() {
    let mut byte = [0; 64];
    let mut input = tokio::io::stdin();
    while input.read(&mut byte).await.is_ok_and(|read| read > 0) {}
}
