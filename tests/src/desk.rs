//! A whole daemon for one test: the real App with its listeners, a sandbox Vapi behind real
//! HTTP, and verbs for what people, providers and time do to it.
//!
//! Dropping it looks for what a test forgot: errors, dead or uncertain jobs and complaints of
//! the sandbox fail the test unless it said that it expects them.

use crate::database::{TestDb, apart};
use crate::{http_fixture, wait};

use frontdesk_daemon::app::{App, Listeners};
use frontdesk_daemon::config::{self, Config, Disk, Environ};
use frontdesk_daemon::flows::schedule;
use frontdesk_domain::scope;
use frontdesk_env::Env;
use frontdesk_sandbox::vapi::{
    self, Faults, SandboxConfig, SandboxHandle, Scenario, VapiSandbox, WebhookAuth,
};
use frontdesk_shared::{ClientId, Millis};
use frontdesk_store::{Result as StoreResult, Tx, clients, holds};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use crate::ask::answered;
pub use crate::google::Google;
pub use crate::post::Post;

/// The administrator's key of every test desk.
pub const ADMIN: &str = "admin-key-of-the-test-desk";
/// What the sandbox and the tests sign webhooks with.
pub const SECRET: &str = "webhook-secret-of-the-test-desk";
/// The key the sandbox accepts.
pub const PRIVATE_KEY: &str = "private-key-of-the-test-desk";

/// How a desk is set up; a test changes only what it is about.
pub struct Setup {
    /// Where a clock that only the test moves begins; `None` is the system's clock.
    pub start: Option<Millis>,
    /// How much faster than life the sandbox's calls go.
    pub speed: f64,
    /// Faults of the sandbox from the start.
    pub faults: Faults,
    /// Whether texts and emails can be sent: to fake carriers and a fake mail server.
    pub messages: bool,
    /// Whether there is a second carrier beside the first.
    pub second_carrier: bool,
    /// Whether clients have calendars: in a fake Google.
    pub google: bool,
    /// Changes the daemon's configuration.
    pub config: Box<dyn Fn(&mut Config) + Send>,
    /// Changes the sandbox's configuration.
    pub sandbox: Box<dyn Fn(&mut SandboxConfig) + Send>,
}

impl Default for Setup {
    /// A Monday morning in London, in summer time, when calls are allowed.
    fn default() -> Self {
        Self {
            start: Some(london("2025-06-16 10:00")),
            speed: 2_000.0,
            faults: Faults::default(),
            messages: false,
            second_carrier: false,
            google: false,
            config: Box::new(|_| {}),
            sandbox: Box::new(|_| {}),
        }
    }
}

impl Setup {
    /// The default at another instant of London's clocks.
    pub fn at(local: &str) -> Self {
        Self { start: Some(london(local)), ..Self::default() }
    }

    /// The default with faults in the sandbox.
    pub fn with(faults: Faults) -> Self {
        Self { faults, ..Self::default() }
    }
}

/// An instant from London's wall clock, `2025-06-16 10:00`.
///
/// # Panics
/// When the text is none.
pub fn london(local: &str) -> Millis {
    let at: jiff::civil::DateTime = local.parse().expect("a civil time");
    Millis(at.in_tz("Europe/London").expect("London").timestamp().as_millisecond())
}

/// A fictional mobile number whose calls take a course; ten different ones per course.
pub fn number(nth: usize, course: Scenario) -> String {
    assert!(nth < 10, "the last two digits choose the course, one is left");
    let digits = 1 + Scenario::ALL.iter().position(|s| *s == course).expect("a course");
    format!("+447700900{nth}{digits:02}")
}

/// A client and the key it was shown.
#[derive(Clone, Debug)]
pub struct TestClient {
    /// Its short key in paths.
    pub key: String,
    /// Its API key.
    pub api_key: String,
    /// The path of its own webhooks, `/webhooks/agent/agent_…`.
    pub agent_path: String,
}

/// What a test expects to go wrong.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) faults: Vec<String>,
    pub(crate) jobs: Vec<String>,
    pub(crate) problems: bool,
}

/// A running daemon and its sandbox.
pub struct TestDesk {
    /// The daemon.
    pub app: Arc<App>,
    /// The provider.
    pub sandbox: SandboxHandle,
    /// Where messages go, where they can be sent.
    pub post: Option<Post>,
    /// Where calendars are, where there are any.
    pub google: Option<Google>,
    /// `http://127.0.0.1:PORT` of the daemon.
    pub url: String,
    /// For plain requests.
    pub http: reqwest::Client,
    /// The clock only the test moves; `None` on the system's clock.
    pub env: Option<Env>,
    pub(crate) db: Arc<TestDb>,
    pub(crate) dir: TempDir,
    pub(crate) expected: Mutex<Expected>,
    running: Option<JoinHandle<()>>,
    setup: Setup,
    sandbox_stop: CancellationToken,
    starts: u32,
}

impl TestDesk {
    /// A desk with the usual set-up.
    pub async fn start(db: &Arc<TestDb>) -> Self {
        Self::with(db, Setup::default()).await
    }

    /// A desk set up otherwise.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn with(db: &Arc<TestDb>, setup: Setup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut fake = SandboxConfig::new(PRIVATE_KEY, format!("{url}/webhooks/vapi"));
        fake.webhook_auth = WebhookAuth::Bearer(SECRET.into());
        fake.speed = setup.speed;
        fake.concurrency = 200;
        fake.faults = setup.faults.clone();
        (setup.sandbox)(&mut fake);
        let sandbox_stop = CancellationToken::new();
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let sandbox = VapiSandbox::serve(door, fake, sandbox_stop.clone()).expect("the sandbox");
        let dir = tempfile::Builder::new().prefix("fd-").tempdir().expect("a directory");
        let env = setup.start.map(|at| Env::manual(at, 7));
        let post = match setup.messages {
            true => Some(Post::open(&url, sandbox_stop.clone()).await),
            false => None,
        };
        let google = match setup.google {
            true => Some(Google::open(sandbox_stop.clone()).await),
            false => None,
        };
        if let (Some(google), Some(env)) = (&google, &env) {
            google.clock(env.now());
        }
        let fakes = Fakes { calls: &sandbox, post: post.as_ref(), google: google.as_ref() };
        let config = configured(&dir, &fakes, db, &setup);
        let (app, running) = launch(config, env.clone(), listener, &dir).await;
        let (db, http, expected) = (db.clone(), http_fixture::client(), Mutex::default());
        let running = Some(running);
        Self {
            app,
            sandbox,
            post,
            google,
            url,
            http,
            env,
            db,
            dir,
            expected,
            running,
            setup,
            sandbox_stop,
            starts: 0,
        }
    }

    /// Stops the daemon in good order.
    ///
    /// # Panics
    /// When it does not stop.
    pub async fn stop(&mut self) {
        self.app.shutdown.cancel();
        if let Some(running) = self.running.take() {
            wait::within("stopping the daemon", running).await.expect("the daemon ends well");
        }
    }

    /// Starts the daemon again on the same data and the same port.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn restart(&mut self) {
        self.stop().await;
        let address: SocketAddr = self.url.trim_start_matches("http://").parse().expect("an address");
        let listener = TcpListener::bind(address).await.expect("the port is free again");
        let fakes = Fakes { calls: &self.sandbox, post: self.post.as_ref(), google: self.google.as_ref() };
        let mut config = configured(&self.dir, &fakes, &self.db, &self.setup);
        // The former daemon's value lives in this one until it is replaced, and with it its lock.
        self.starts += 1;
        config.house.data_dir = self.dir.path().join(format!("data{}", self.starts));
        let (app, running) = launch(config, self.env.clone(), listener, &self.dir).await;
        (self.app, self.running) = (app, Some(running));
    }

    /// The console's socket.
    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("desk.sock")
    }

    /// The present, as the daemon sees it.
    pub fn now(&self) -> Millis {
        self.app.ctx.now()
    }

    /// Moves the clock forward once nothing is under way, and enqueues what the schedule says
    /// is due then. A clock set by tests stands still otherwise.
    ///
    /// # Panics
    /// On the system's clock.
    pub async fn advance(&self, ms: i64) {
        self.settled().await;
        self.pass(ms);
        let ctx = self.app.ctx.clone();
        self.write(move |tx| schedule::tick(tx, &ctx)).await;
        self.settled().await;
    }

    /// Lets time pass and waits for nothing.
    ///
    /// # Panics
    /// On the system's clock.
    pub fn pass(&self, ms: i64) {
        let env = self.env.as_ref().expect("a clock that a test moves");
        if let Some(google) = &self.google {
            google.clock(env.now() + ms);
        }
        env.clock.set(env.now() + ms);
    }

    /// Waits until the sandbox has nothing to tell and the daemon nothing due.
    pub async fn settled(&self) {
        loop {
            let voice = self.app.ctx.house.voice.clone();
            self.until("due jobs to run", move |tx, now| {
                let left: Vec<(ClientId, bool)> = tx.all(
                    "SELECT client_id, state = 'ready' AND kind = 'call.place' FROM job
                     WHERE state = 'running' OR (state = 'ready' AND run_at <= $1)",
                    frontdesk_store::params![now],
                    |r| Ok((r.get(0)?, r.get(1)?)),
                )?;
                let mut held = std::collections::HashSet::new();
                let stops = if left.is_empty() { Vec::new() } else { holds::in_force(tx, "vapi", now)? };
                for (client, _) in left.iter().filter(|_| !stops.is_empty()) {
                    let found = clients::by_id(tx, *client)?;
                    held.extend(found.filter(|c| scope::stop_of(&stops, &voice, c).is_some()).map(|c| c.id));
                }
                // Calls that the provider's refusal holds stay due until it ends.
                let runs = left.iter().any(|(client, call)| !call || !held.contains(client));
                Ok((!runs).then_some(()))
            })
            .await;
            let told = || (self.sandbox.counters(), self.post.as_ref().map(|post| post.texts.counters()));
            let idle = told();
            wait::within("the sandbox to fall silent", self.sandbox.idle()).await;
            if let Some(post) = &self.post {
                wait::within("the carriers to fall silent", post.texts.idle()).await;
            }
            if idle == told() {
                return;
            }
        }
    }

    /// Looks after every commit until `look` finds something.
    ///
    /// # Panics
    /// With `what` after [`wait::DEADLINE`].
    pub async fn until<T: Send + 'static>(
        &self,
        what: &str,
        look: impl FnMut(&mut Tx<'_>, Millis) -> StoreResult<Option<T>> + Clone + Send + 'static,
    ) -> T {
        let mut commits = self.app.store.commits();
        let found = tokio::time::timeout(wait::DEADLINE / 2, async {
            loop {
                commits.mark_unchanged();
                let (mut look, now) = (look.clone(), self.now());
                if let Some(found) = self.read(move |tx| look(tx, now)).await {
                    return found;
                }
                commits.changed().await.expect("the store lives");
            }
        })
        .await;
        match found {
            Ok(found) => found,
            Err(_) => panic!("waited in vain for {what}:\n{}", self.picture().await),
        }
    }

    /// Says that these kinds of error will be recorded.
    pub fn expect_faults(&self, kinds: &[&str]) {
        self.expected.lock().unwrap().faults.extend(kinds.iter().map(|k| (*k).to_owned()));
    }

    /// Says that jobs will end `dead` or `uncertain`.
    pub fn expect_jobs(&self, states: &[&str]) {
        self.expected.lock().unwrap().jobs.extend(states.iter().map(|k| (*k).to_owned()));
    }

    /// Says that the sandbox will have something to complain about.
    pub fn expect_problems(&self) {
        self.expected.lock().unwrap().problems = true;
    }
}

/// The environment of a daemon that talks to a sandbox.
pub fn environ(data_dir: &std::path::Path, provider: &str) -> Environ {
    [
        ("FRONTDESK_DATA_DIR", data_dir.display().to_string()),
        ("FRONTDESK_LISTEN", "127.0.0.1:0".to_owned()),
        ("FRONTDESK_ADMIN_KEY", ADMIN.to_owned()),
        ("VAPI_PRIVATE_KEY", PRIVATE_KEY.to_owned()),
        ("VAPI_WEBHOOK_SECRET", SECRET.to_owned()),
        ("VAPI_ASSISTANT_ID", vapi::ASSISTANT_ID.to_owned()),
        ("VAPI_PHONE_NUMBER_ID", vapi::PHONE_NUMBER_ID.to_owned()),
        ("VAPI_BASE_URL", provider.to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// The fakes of a desk.
struct Fakes<'f> {
    calls: &'f SandboxHandle,
    post: Option<&'f Post>,
    google: Option<&'f Google>,
}

fn configured(dir: &TempDir, fakes: &Fakes<'_>, db: &TestDb, setup: &Setup) -> Config {
    let mut environ = environ(&dir.path().join("data"), fakes.calls.base_url());
    environ.extend(fakes.post.into_iter().flat_map(|post| post.environ(setup.second_carrier)));
    environ.extend(fakes.google.into_iter().flat_map(Google::environ));
    let mut config = config::load(&environ, &Disk).unwrap_or_else(|e| panic!("{e}")).config;
    config.database = db.target.clone();
    config.vapi.as_mut().expect("calls are on").concurrency = 200;
    // Nobody undoes a file here: a test that is about the wait sets it.
    config.imports.hold_s = 0;
    (setup.config)(&mut config);
    config
}

async fn launch(
    config: Config,
    env: Option<Env>,
    http: TcpListener,
    dir: &TempDir,
) -> (Arc<App>, JoinHandle<()>) {
    let socket = dir.path().join("desk.sock");
    let _ = std::fs::remove_file(&socket);
    let console = UnixListener::bind(&socket).expect("a socket");
    let app = App::build(config, env, CancellationToken::new()).await.expect("the daemon starts");
    let serving = app.clone();
    let running =
        tokio::spawn(async move { serving.run(Listeners { http, console }).await.expect("the daemon runs") });
    (app, running)
}

impl Drop for TestDesk {
    fn drop(&mut self) {
        self.app.shutdown.cancel();
        self.sandbox_stop.cancel();
        if std::thread::panicking() {
            return;
        }
        let app = self.app.clone();
        let left = apart(async move { crate::look::left_over(&app.store).await });
        let problems = self.sandbox.problems();
        let expected = self.expected.lock().unwrap();
        let forgotten: Vec<&String> = left
            .iter()
            .filter(|(kind, _)| !expected.faults.contains(kind) && !expected.jobs.contains(kind))
            .map(|(_, line)| line)
            .collect();
        assert!(forgotten.is_empty(), "the test did not expect this: {forgotten:#?}");
        assert!(problems.is_empty() || expected.problems, "the sandbox complains: {problems:#?}");
    }
}
