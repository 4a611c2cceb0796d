//! Figures of the whole daemon, measured from outside: `cargo bench`.
//!
//! Speed to lead: from the commit of an import to the request at the provider. Import: rows per
//! second with every check, and the memory it takes. Nothing here passes or fails.

use anyhow::{Context, Result};
use frontdesk_daemon::app::{App, Listeners};
use frontdesk_daemon::config::{self, Disk, Environ};
use frontdesk_daemon::flows::clients::{self, Asker};
use frontdesk_daemon::importer;
use frontdesk_daemon::sandbox::vapi::{self, SandboxConfig, SandboxHandle, VapiSandbox, WebhookAuth};
use frontdesk_daemon::store::imports::Import;
use frontdesk_daemon::store::{Error, calls, leads, meta};
use frontdesk_daemon::watch::health::rss_bytes;
use frontdesk_shared::CallId;
use frontdesk_shared::client::NewClient;
use frontdesk_shared::import::ImportSpec;
use std::fmt::Write as _;
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};
use tokio_util::sync::CancellationToken;

const SECRET: &str = "a-secret-only-for-this-benchmark";

struct Desk {
    app: Arc<App>,
    sandbox: SandboxHandle,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<Result<()>>,
    _dir: tempfile::TempDir,
}

impl Desk {
    /// A daemon on a fresh directory, with a sandbox that takes any number of calls.
    async fn start() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let http = TcpListener::bind("127.0.0.1:0").await?;
        let at = http.local_addr()?;
        let stop = CancellationToken::new();
        let mut fake = SandboxConfig::new("a-private-key".to_owned(), format!("http://{at}/webhooks/vapi"));
        fake.webhook_auth = WebhookAuth::Bearer(SECRET.into());
        fake.concurrency = 100_000;
        let sandbox = VapiSandbox::serve(TcpListener::bind("127.0.0.1:0").await?, fake, stop.clone())?;
        let variables: Environ = [
            ("FRONTDESK_DATA_DIR", dir.path().join("data").display().to_string()),
            ("FRONTDESK_VAPI_CONCURRENCY", "10000".to_owned()),
            ("VAPI_PRIVATE_KEY", "a-private-key".to_owned()),
            ("VAPI_WEBHOOK_SECRET", SECRET.to_owned()),
            ("VAPI_ASSISTANT_ID", vapi::ASSISTANT_ID.to_owned()),
            ("VAPI_PHONE_NUMBER_ID", vapi::PHONE_NUMBER_ID.to_owned()),
            ("VAPI_BASE_URL", sandbox.base_url().to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let mut config = config::load(&variables, &Disk).map_err(|p| anyhow::anyhow!("{p}"))?.config;
        config.calling = serde_json::json!({
            "window": { "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00",
                        "stop_before_close_minutes": 0 },
            "profiles": { "GB": { "start": "00:00", "end": "24:00" } },
        });
        let console = UnixListener::bind(dir.path().join("console.sock"))?;
        let app = App::build(config, None, stop.clone()).await?;
        let running = tokio::spawn(app.clone().run(Listeners { http, console }));
        let (ctx, new) = (
            app.ctx.clone(),
            NewClient { business_name: "Bench".into(), key: Some("bench".into()), ..NewClient::default() },
        );
        app.store
            .write(move |tx| {
                clients::create(tx, &ctx, &new, Some(&[7; 32]), Asker { actor: "bench", address: "" })
            })
            .await?;
        Ok(Self { app, sandbox, stop, running, _dir: dir })
    }

    async fn import(&self, file: String) -> Result<Import> {
        let spec = ImportSpec { client: "bench".into(), label: "bench".into(), ..ImportSpec::default() };
        let id = importer::begin(&self.app, spec, "text/csv", "bench").await?;
        importer::append(&self.app, id, 0, file.into_bytes()).await?;
        importer::finish(&self.app, id).await?;
        Ok(importer::over(&self.app, id).await?)
    }

    /// Milliseconds from a lead's commit to its request at the provider, sorted.
    async fn delays(&self) -> Result<Vec<i64>> {
        let mut delays = Vec::new();
        for placed in self.sandbox.calls() {
            let attempt: CallId = placed.external_id.context("a call without our reference")?.parse()?;
            let committed = self
                .app
                .store
                .read(move |tx| {
                    let call = calls::need(tx, attempt)?;
                    let lead = call.lead.ok_or(Error::NoRow)?;
                    Ok((call.attempt == 1).then_some(leads::need(tx, lead)?.created_at))
                })
                .await?;
            // A second call to the same person is due by its own plan, not by the import.
            delays.extend(committed.map(|at| placed.created_ms - at.0));
        }
        delays.sort_unstable();
        Ok(delays)
    }

    async fn stop(self) {
        self.stop.cancel();
        let _ = self.running.await;
    }
}

const HEADER: &str = "name,phone,consent_channels,consent_text,consent_at\n";

fn rows(from: u32, count: u32) -> String {
    let mut file = String::from(HEADER);
    for n in from..from + count {
        let _ = writeln!(
            file,
            "Lead {n},074{:02} {:06},ai_voice,Call me about my enquiry,2026-01-05",
            n % 100,
            n
        );
    }
    file
}

fn show(what: &str, sorted: &[i64]) {
    let at = |share: f64| sorted.get(((sorted.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(0);
    println!(
        "{what:44} n {:>5}  p50 {:>5} ms  p99 {:>5} ms  max {:>5} ms",
        sorted.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

async fn speed_to_lead() -> Result<()> {
    const LEADS: u32 = 1_000;
    let desk = Desk::start().await?;
    for n in 0..LEADS {
        desk.import(rows(n, 1)).await?;
    }
    desk.sandbox.until(|h| h.calls().len() >= LEADS as usize).await;
    show("speed to lead, one lead after the other", &desk.delays().await?);
    desk.stop().await;

    let desk = Desk::start().await?;
    desk.import(rows(0, LEADS)).await?;
    desk.sandbox.until(|h| h.calls().len() >= LEADS as usize).await;
    show("speed to lead, one file of 1,000", &desk.delays().await?);
    desk.stop().await;
    Ok(())
}

async fn import_rate() -> Result<()> {
    const ROWS: u32 = 100_000;
    let desk = Desk::start().await?;
    // Nobody is dialed meanwhile: the figure is the import's own.
    desk.app.store.write(|tx| meta::set(tx, meta::DIALING_PAUSED, Some("benchmark"))).await?;
    let file = rows(0, ROWS);
    let import = desk.import(file).await?;
    let took = import.finished_at.map_or(1, |at| at.since(import.created_at)).max(1);
    println!(
        "{:44} {:>9} rows/s  ({} accepted, {} duplicates, {:.1} s, {} MiB resident)",
        "import, every check, consent and plan stored",
        i64::from(ROWS) * 1000 / took,
        import.counts.accepted,
        import.counts.duplicates,
        took as f64 / 1000.0,
        rss_bytes() / 1_048_576
    );
    desk.stop().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    // `cargo test --benches` asks for a list; there is nothing to pass or fail.
    if std::env::args().any(|a| a == "--list" || a == "--test") {
        return Ok(());
    }
    speed_to_lead().await?;
    import_rate().await
}
