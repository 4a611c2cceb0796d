//! `frontdesk-sandbox`: the fakes as a program, for rehearsals, the demonstration and the tests.
//!
//! What it listens on and what a daemon must be told is printed as `NAME=VALUE` lines, then
//! `ready`.

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use frontdesk_sandbox::google::{self, GoogleConfig, GoogleHandle, GoogleSandbox};
use frontdesk_sandbox::mail::{Mailroom, SmtpSandbox};
use frontdesk_sandbox::random::Random;
use frontdesk_sandbox::sms::{Account, Answer, SmsConfig, SmsHandle, SmsSandbox, Vendor};
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
    /// Where the fake mail server listens; mail goes nowhere.
    #[arg(long, default_value = "127.0.0.1:0")]
    smtp_listen: SocketAddr,
    /// Where the fakes of Google's tokens and Calendar listen; without it there are none.
    #[arg(long)]
    google_listen: Option<SocketAddr>,
    /// Where webhooks are delivered.
    #[arg(long, default_value = "http://127.0.0.1:10000/webhooks/vapi")]
    webhook_url: String,
    /// The private key it accepts.
    #[arg(long, env = "VAPI_PRIVATE_KEY", hide_env_values = true)]
    private_key: String,
    /// The secret it shows with every webhook, as a bearer.
    #[arg(long, env = "VAPI_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: String,
    /// Where the fake APIs of Twilio and SignalWire listen; the next port when absent.
    #[arg(long)]
    sms_listen: Option<SocketAddr>,
    /// Where texts and their statuses are delivered; beside the webhooks of calls when absent.
    #[arg(long)]
    sms_webhook_url: Option<String>,
    /// The auth token Twilio's fake accepts and signs with; made up when absent.
    #[arg(long)]
    twilio_auth_token: Option<String>,
    /// The token SignalWire's fake accepts; made up when absent.
    #[arg(long)]
    signalwire_api_token: Option<String>,
    /// The key SignalWire's fake signs with; made up when absent.
    #[arg(long)]
    signalwire_signing_key: Option<String>,
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

/// The number that each fake carrier sends from.
const TWILIO_NUMBER: &str = "+14155550198";
const SIGNALWIRE_NUMBER: &str = "+14155550197";

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
    let stop = CancellationToken::new();
    let texts = serve_texts(&arguments, stop.clone()).await?;
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
    let handle = VapiSandbox::serve(listener, config, stop.clone())?;
    say(&format!("VAPI_BASE_URL={}", handle.base_url()));
    say(&format!("VAPI_ASSISTANT_ID={}", vapi::ASSISTANT_ID));
    say(&format!("VAPI_PHONE_NUMBER_ID={}", vapi::PHONE_NUMBER_ID));
    let listener = TcpListener::bind(arguments.smtp_listen)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.smtp_listen))?;
    let mail = SmtpSandbox::serve(listener, None, Mailroom::default(), stop.clone())?;
    say(&format!("SMTP_URL={}", mail.url()));
    let google = match arguments.google_listen {
        Some(at) => Some(google(at, arguments.seed, stop.clone()).await?),
        None => None,
    };
    say("ready");
    tokio::select! {
        ended = signalled() => ended?,
        () = orphaned(), if arguments.with_parent => {}
    }
    stop.cancel();
    handle.stopped().await;
    mail.stopped().await;
    texts.stopped().await;
    if let Some(google) = google {
        google.stopped().await;
    }
    Ok(())
}

/// Starts the fake of both SMS carriers and says what a daemon must be told about it.
async fn serve_texts(arguments: &Arguments, stop: CancellationToken) -> anyhow::Result<SmsHandle> {
    let beside = SocketAddr::new(
        arguments.listen.ip(),
        match arguments.listen.port() {
            0 => 0,
            port => port.wrapping_add(1),
        },
    );
    let at = arguments.sms_listen.unwrap_or(beside);
    let listener = TcpListener::bind(at).await.with_context(|| format!("cannot listen on {at}"))?;
    let webhook_url = match &arguments.sms_webhook_url {
        Some(url) => url.clone(),
        None => beside_calls(&arguments.webhook_url)?,
    };
    let seed = arguments.seed;
    let secret =
        |given: &Option<String>, name: &str| given.clone().unwrap_or_else(|| Random::of(seed, name).hex(16));
    let twilio_token = secret(&arguments.twilio_auth_token, "twilio token");
    let signalwire_token = secret(&arguments.signalwire_api_token, "signalwire token");
    let twilio = Account::new(Vendor::Twilio, seed, &twilio_token, TWILIO_NUMBER, &webhook_url);
    let mut signalwire =
        Account::new(Vendor::SignalWire, seed, &signalwire_token, SIGNALWIRE_NUMBER, &webhook_url);
    signalwire.signing_key = secret(&arguments.signalwire_signing_key, "signalwire signing key");
    let lines = [
        ("TWILIO_ACCOUNT_SID", twilio.sid.clone()),
        ("TWILIO_AUTH_TOKEN", twilio_token),
        ("TWILIO_FROM_NUMBER", TWILIO_NUMBER.to_owned()),
        ("SIGNALWIRE_PROJECT_ID", signalwire.sid.clone()),
        ("SIGNALWIRE_API_TOKEN", signalwire_token),
        ("SIGNALWIRE_SIGNING_KEY", signalwire.signing_key.clone()),
        ("SIGNALWIRE_FROM_NUMBER", SIGNALWIRE_NUMBER.to_owned()),
    ];
    let mut config = SmsConfig::new(vec![twilio, signalwire], webhook_url);
    config.speed = arguments.speed;
    config.seed = seed;
    config.answers = match arguments.people {
        People::Everybody => Answer::everybody_mix(),
        People::Talkative => Answer::talkative_mix(),
    };
    let handle = SmsSandbox::serve(listener, config, stop)?;
    say(&format!("TWILIO_BASE_URL={}", handle.base_url()));
    say(&format!("SIGNALWIRE_BASE_URL={}", handle.base_url()));
    for (name, value) in lines {
        say(&format!("{name}={value}"));
    }
    Ok(handle)
}

/// `/webhooks/sms` where calls are told of at `/webhooks/vapi`.
fn beside_calls(webhook_url: &str) -> anyhow::Result<String> {
    let url = reqwest::Url::parse(webhook_url).context("the webhook URL is not a URL")?;
    Ok(url.join("/webhooks/sms").context("the webhook URL has no host")?.into())
}

/// Starts the fakes of Google and says what a daemon must be told about them.
async fn google(at: SocketAddr, seed: u64, stop: CancellationToken) -> anyhow::Result<GoogleHandle> {
    let listener = TcpListener::bind(at).await.with_context(|| format!("cannot listen on {at}"))?;
    let handle = GoogleSandbox::serve(listener, GoogleConfig { seed, ..GoogleConfig::default() }, stop)?;
    say(&format!("GOOGLE_TOKEN_URL={}", handle.token_url()));
    say(&format!("GOOGLE_CALENDAR_BASE_URL={}", handle.calendar_base_url()));
    say(&format!("GOOGLE_CALENDAR_ID={}", google::CALENDAR_ID));
    say(&format!("GOOGLE_CLIENT_EMAIL={}", google::CLIENT_EMAIL));
    // One line, as a variable has it.
    say(&format!("GOOGLE_PRIVATE_KEY={}", google::PRIVATE_KEY.replace('\n', "\\n")));
    Ok(handle)
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
