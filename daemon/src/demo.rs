//! The demonstration: daemon and believable leads on a throw-away directory, beside a sandbox in
//! a process of its own; and the way to the sandbox alone, for rehearsals.

use crate::config::{self, Disk, Environ};
use crate::flows::clients::{self as client_flow, Asker};
use crate::{cli, importer};
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use frontdesk_shared::client::{NewClient, Tier};
use frontdesk_shared::import::ImportSpec;
use frontdesk_shared::time::SECOND;
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// Arguments of `frontdeskd demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArguments {
    /// The throw-away directory.
    #[arg(long)]
    data_dir: PathBuf,
    /// How much faster than life the calls go.
    #[arg(long, default_value_t = 3.0)]
    speed: f64,
}

/// Becomes the sandbox, which is a program of its own: the daemon holds no fakes.
///
/// # Errors
/// When the program is not beside this one.
pub fn become_sandbox(arguments: &[OsString]) -> anyhow::Error {
    match sandbox_program() {
        Ok(program) => {
            let error = std::process::Command::new(&program).args(arguments).exec();
            anyhow::anyhow!("{} could not be started: {error}", program.display())
        }
        Err(e) => e,
    }
}

/// `frontdesk-sandbox` beside this program.
fn sandbox_program() -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe().context("cannot tell where this program is")?;
    let beside = me.with_file_name("frontdesk-sandbox");
    anyhow::ensure!(
        beside.is_file(),
        "{} is missing: it is built and installed with frontdeskd",
        beside.display()
    );
    Ok(beside)
}

/// A running sandbox; it ends with this value, and with this process.
struct Sandbox {
    variables: Vec<(String, String)>,
    _process: Child,
}

impl Sandbox {
    async fn start(
        webhook_url: &str,
        secrets: &[(&str, &str)],
        speed: f64,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let mut process = Command::new(sandbox_program()?)
            .args(["--listen", "127.0.0.1:0", "--webhook-url", webhook_url, "--people", "talkative"])
            .args(["--speed", &speed.to_string(), "--seed", &seed.to_string(), "--with-parent"])
            .envs(secrets.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the sandbox could not be started")?;
        let mut variables = Vec::new();
        let mut lines = BufReader::new(process.stdout.take().context("the sandbox has no output")?).lines();
        while let Some(line) = lines.next_line().await? {
            match line.split_once('=') {
                Some((name, value)) => variables.push((name.to_owned(), value.to_owned())),
                None if line == "ready" => return Ok(Self { variables, _process: process }),
                None => {}
            }
        }
        anyhow::bail!("the sandbox ended before it was ready")
    }
}

#[allow(clippy::print_stdout)] // these lines are what the caller waits for
fn say(line: &str) {
    use std::io::Write as _;
    println!("{line}");
    let _ = std::io::stdout().flush();
}

/// Runs sandbox, daemon and sample leads until a signal; says `ready` when the console can
/// connect.
///
/// # Errors
/// When something cannot be started.
pub async fn run(arguments: DemoArguments) -> anyhow::Result<()> {
    let dir = cli::absolute(&arguments.data_dir)?;
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let env = frontdesk_env::Env::system(0);
    let secret = |_: &str| URL_SAFE_NO_PAD.encode(env.secret::<24>());
    let (private_key, webhook_secret) = (secret("key"), secret("webhook"));
    // The daemon's port must be known before the sandbox can be told where to deliver.
    let http = TcpListener::bind("127.0.0.1:0").await?;
    let at = http.local_addr()?;
    let secrets =
        [("VAPI_PRIVATE_KEY", private_key.as_str()), ("VAPI_WEBHOOK_SECRET", webhook_secret.as_str())];
    let sandbox =
        Sandbox::start(&format!("http://{at}/webhooks/vapi"), &secrets, arguments.speed, env.bits()).await?;
    let variables: Environ = [
        ("FRONTDESK_DATA_DIR", dir.display().to_string()),
        ("FRONTDESK_INSTANCE", "demo".to_owned()),
        ("FRONTDESK_LISTEN", at.to_string()),
        ("PUBLIC_BASE_URL", format!("http://{at}")),
        ("EMAIL_FROM", "desk@frontdesk.example".to_owned()),
        ("FRONTDESK_LOG_FILE", dir.join("daemon.log").display().to_string()),
    ]
    .into_iter()
    .chain(secrets.map(|(name, value)| (name, value.to_owned())))
    .map(|(name, value)| (name.to_owned(), value))
    .chain(sandbox.variables.iter().cloned())
    .chain(std::env::vars().filter(|(name, _)| name == "LOG_LEVEL"))
    .collect();
    let mut config = config::load(&variables, &Disk).map_err(|p| anyhow::anyhow!("{p}"))?.config;
    // What is imported in front of an audience is called at once.
    config.imports.hold_s = 0;
    // A demonstration at night or on a holiday must still show calls: the house's hours are opened,
    // the rules stay.
    config.calling = serde_json::json!({
        "window": { "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00", "stop_before_close_minutes": 0 },
        "profiles": { "GB": { "start": "00:00", "end": "24:00" } },
        "frequency": { "ai_gap_hours": 0, "max_per_24h": 100, "max_per_7d": 100 },
        "attempts": { "delays_minutes": [0, 1, 2, 3] },
        "transactional": { "start": "00:00", "end": "24:00" },
        "holidays": { "GB": "open" },
    });
    drop(http);
    cli::start_log(&config)?;
    let shutdown = CancellationToken::new();
    let (app, listeners) = cli::start(config, shutdown.clone()).await?;
    let feeding = tokio::spawn(feed(app.clone(), shutdown.clone()));
    say(&format!("ready http://{at}"));
    let running = tokio::spawn(app.run(listeners));
    cli::signalled().await?;
    shutdown.cancel();
    feeding.abort();
    running.await??;
    drop(sandbox);
    Ok(())
}

/// Sample clients, then leads in a trickle, so that something always happens.
async fn feed(app: Arc<crate::app::App>, shutdown: CancellationToken) -> anyhow::Result<()> {
    for (name, key, industry) in [
        ("Harbour Plumbing", "harbour", "plumbing"),
        ("Elm Street Dental", "elm-dental", "dental"),
        ("Northgate Mortgages", "northgate", "mortgage broker"),
    ] {
        let new = NewClient {
            business_name: name.into(),
            key: Some(key.into()),
            industry: industry.into(),
            email: format!("owner@{key}.example"),
            phone: "020 7946 0018".into(),
            tier: Some(Tier::Pro),
            settings: Some(serde_json::json!({
                "messages": { "booking_link": format!("https://{key}.example/book") },
            })),
            ..NewClient::default()
        };
        let ctx = app.ctx.clone();
        app.store
            .write(move |tx| {
                let hash = client_flow::fresh_key(&ctx).hash;
                let asker = Asker { actor: "demo", address: "" };
                client_flow::create(tx, &ctx, &new, Some(&hash), asker)
            })
            .await?;
    }
    for wave in 0..u32::MAX {
        let client = ["harbour", "elm-dental", "northgate"][wave as usize % 3];
        let first = wave == 0;
        let file = leads(wave, if first { 30 } else { 4 });
        let spec = ImportSpec {
            client: client.into(),
            label: if first { "sample leads".into() } else { format!("web form {wave}") },
            ..ImportSpec::default()
        };
        let mut upload = importer::begin(&app, spec, "text/csv", "demo").await?;
        upload.append(0, file.into_bytes()).await?;
        upload.finish("demo", "").await?;
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            () = app.ctx.env.clock.sleep(6 * SECOND) => {}
        }
    }
    Ok(())
}

const FIRST: [&str; 20] = [
    "Ada", "Ben", "Chloe", "Dev", "Elin", "Femi", "Grace", "Hugo", "Isla", "Jonah", "Kavya", "Liam", "Mina",
    "Noor", "Owen", "Priya", "Quinn", "Rosa", "Sam", "Tara",
];
const LAST: [&str; 12] = [
    "Okafor", "Price", "Singh", "Walsh", "Novak", "Ito", "Byrne", "Costa", "Ahmed", "Lund", "Marsh", "Evans",
];

/// Lines of a file as an agency would send it: fictional numbers, most with consent, a few
/// rows that must not be called.
fn leads(wave: u32, count: u32) -> String {
    let mut out = String::from("Name,Mobile,Email,Source,Consent channels,Consent text,Consent at\n");
    for i in 0..count {
        let n = wave * 31 + i;
        let name = format!("{} {}", FIRST[n as usize % FIRST.len()], LAST[(n / 3) as usize % LAST.len()]);
        // Ofcom keeps 07700 900000-900999 for fiction; two digits choose the sandbox's scenario.
        let number = format!("07700 900{:03}", (n * 37 + 101) % 1000);
        let email = format!("person{n}@home.example");
        match n % 11 {
            7 => out.push_str(&format!("{name},{number},{email},landing page,,,\n")),
            9 => out.push_str(&format!(
                "{name},0123,{email},landing page,ai_voice,Call me about my enquiry,2026-01-05\n"
            )),
            _ => out.push_str(&format!(
                "{name},{number},{email},landing page,ai_voice+sms+email,Call text and mail me about my enquiry,2026-01-05\n"
            )),
        }
    }
    out
}
