//! The world of a campaign: the sandbox, which outlives every daemon, a door through which its
//! webhooks reach whichever daemon lives, and daemons that are started and killed as planned.

use super::plan::{Kill, Moment, Settings};
use crate::daemon::{Launch, free_address};
use crate::desk::{PRIVATE_KEY, SECRET};
use crate::{TestDb, http_fixture};
use frontdesk_env::Clock;
use frontdesk_sandbox::vapi::{
    BackoffPlan, SandboxConfig, SandboxHandle, Scenario, VapiSandbox, WebhookAuth,
};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Calls under way at once; uncertain ones hold their place for ten minutes.
const SLOTS: usize = 5_000;
/// Milliseconds a daemon may take until it is ready.
const START_MS: i64 = 60_000;
/// Milliseconds after which a daemon that does not pass its failpoint is killed by time.
const PATIENCE_MS: i64 = 3_000;
/// Last words of a daemon that are kept.
const WORDS: usize = 12;

/// Always open, so that the hour of the day does not decide.
const OPEN: &str = r#"{"window": {"days": ["mon","tue","wed","thu","fri","sat","sun"], "start": "00:00", "end": "24:00", "stop_before_close_minutes": 0}, "holidays": {"GB": "open"}}"#;
const OPEN_GB: &str = r#"{"GB": {"start": "00:00", "end": "24:00"}}"#;

/// What the daemons did beside living and dying as planned.
#[derive(Clone, Debug, Default)]
pub struct Lives {
    /// Deaths by moment.
    pub deaths: BTreeMap<String, usize>,
    /// Daemons that ended, panicked or would not start by themselves, and their last words.
    pub strange: Vec<String>,
    /// Lines they logged as errors.
    pub errors: Vec<String>,
}

/// Everything around the daemons.
pub struct World {
    /// The store they share.
    pub db: Arc<TestDb>,
    /// The provider.
    pub sandbox: SandboxHandle,
    /// Addresses of the daemons.
    pub urls: Vec<String>,
    /// Their consoles' sockets.
    pub sockets: Vec<PathBuf>,
    /// What became of them.
    pub lives: Arc<Mutex<Lives>>,
    launches: Vec<Launch>,
    stop: CancellationToken,
    _dir: TempDir,
}

/// A daemon that runs.
pub struct Living {
    child: Child,
    ready: watch::Receiver<bool>,
    words: Arc<Mutex<VecDeque<String>>>,
}

/// Where daemons will be, and the door in front of them.
pub struct Ground {
    /// Where the world outside finds whichever daemon lives.
    pub door: SocketAddr,
    /// Cancelled when the campaign is over.
    pub stop: CancellationToken,
    addresses: Vec<SocketAddr>,
}

impl Ground {
    /// Opens the door.
    pub async fn open(settings: &Settings) -> Self {
        let stop = CancellationToken::new();
        let addresses: Vec<SocketAddr> = (0..settings.daemons()).map(|_| free_address()).collect();
        let door = door(addresses.clone(), stop.clone()).await;
        Self { door, stop, addresses }
    }
}

impl World {
    /// Opens the sandbox. No daemon runs yet; `more` is what their environment has besides.
    ///
    /// # Panics
    /// When the machine has no directory or port to give.
    pub async fn open(
        settings: &Settings,
        ground: Ground,
        db: Arc<TestDb>,
        more: &[(String, String)],
    ) -> Self {
        let dir = tempfile::Builder::new().prefix("fd-").tempdir().expect("a directory");
        let Ground { door, stop, addresses } = ground;
        let sandbox = sandbox(settings.seed, door, &stop).await;
        let data = |n: usize| dir.path().join(format!("data{n}"));
        let launches = (0..).zip(&addresses).map(|(n, at)| {
            let mut launch = Launch::new(&data(n), *at, sandbox.base_url())
                .set("DATABASE_URL", db.url())
                .set("FRONTDESK_VAPI_CONCURRENCY", SLOTS.to_string())
                .set("FRONTDESK_CALLING", OPEN)
                .set("FRONTDESK_IMPORTS_HOLD_S", "0")
                .set("FRONTDESK_PROFILES", OPEN_GB)
                .set("FRONTDESK_LIMITS_ENTERPRISE_PER_MINUTE", "1000000")
                // Look-ups come to their end within seconds instead of a quarter of an hour.
                .set("FRONTDESK_JOBS_RETRY_S", "1,1,1,1,1,1,1")
                .set("FRONTDESK_JOBS_LEASE_S", "30");
            launch.program.clone_from(&settings.failing);
            if let Some(plant) = &settings.plant {
                launch = launch.set("FRONTDESK_PLANT", plant);
            }
            more.iter().fold(launch, |launch, (name, value)| launch.set(name, value))
        });
        let launches: Vec<Launch> = launches.collect();
        Self {
            urls: addresses.iter().map(|at| format!("http://{at}")).collect(),
            sockets: (0..addresses.len()).map(|n| data(n).join("console.sock")).collect(),
            lives: Arc::default(),
            db,
            sandbox,
            launches,
            stop,
            _dir: dir,
        }
    }

    /// Lives and dies as planned.
    pub async fn die(&self, daemon: usize, kill: &Kill) {
        let launch = match &kill.moment {
            Moment::Point(name, passage) => {
                self.launches[daemon].clone().set("FRONTDESK_FAIL", format!("{name}:{passage}"))
            }
            _ => self.launches[daemon].clone(),
        };
        let mut life = self.start(&launch);
        let ended = match kill.moment {
            Moment::Starting(ms) => life.ended_within(ms).await,
            Moment::Serving(ms) => match life.ready().await {
                Ok(()) => life.ended_within(ms).await,
                Err(ended) => ended,
            },
            Moment::Point(..) => match life.ready().await {
                Ok(()) => life.ended_within(PATIENCE_MS).await,
                Err(ended) => ended,
            },
        };
        let by_itself = ended.is_some();
        let status = match ended {
            Some(status) => status,
            None => life.kill().await,
        };
        self.note(daemon, kill, status, by_itself, &life);
        Clock::System.sleep(kill.rest_ms).await;
    }

    fn note(&self, daemon: usize, kill: &Kill, status: ExitStatus, by_itself: bool, life: &Living) {
        let point = matches!(kill.moment, Moment::Point(..));
        let mut lives = self.lives.lock().unwrap();
        if status.signal() != Some(9) || (by_itself && !point) {
            lives.strange.push(format!("daemon {daemon} ended by itself, {status}: {}", life.last_words()));
        }
        let how = match (point, by_itself) {
            (true, false) => "in time, its failpoint not reached".to_owned(),
            _ => kill.moment.to_string(),
        };
        *lives.deaths.entry(how).or_default() += 1;
    }

    /// Starts a daemon that nobody kills; `None`, and a note, when it does not get ready.
    pub async fn live(&self, daemon: usize) -> Option<Living> {
        let mut life = self.start(&self.launches[daemon]);
        match life.ready().await {
            Ok(()) => Some(life),
            Err(ended) => {
                let words = format!("daemon {daemon} was not ready, {ended:?}: {}", life.last_words());
                self.lives.lock().unwrap().strange.push(words);
                None
            }
        }
    }

    fn start(&self, launch: &Launch) -> Living {
        let (child, errors) = launch.start();
        let mut lines = BufReader::new(errors).lines();
        let (tell, ready) = watch::channel(false);
        let words: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let (said, lives) = (words.clone(), self.lives.clone());
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if line.contains(" is ready") {
                    tell.send_replace(true);
                }
                let mut lives = lives.lock().unwrap();
                if line.contains("panicked") {
                    lives.strange.push(line.clone());
                } else if line.contains("ERROR") {
                    lives.errors.push(line.clone());
                }
                let mut said = said.lock().unwrap();
                if said.len() == WORDS {
                    said.pop_front();
                }
                said.push_back(line);
            }
        });
        Living { child, ready, words }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Living {
    /// Resolves once it is ready; else how it ended, or `None` when it only took too long.
    async fn ready(&mut self) -> Result<(), Option<ExitStatus>> {
        let mut ready = self.ready.clone();
        tokio::select! {
            biased;
            Ok(_) = ready.wait_for(|ready| *ready) => Ok(()),
            ended = self.child.wait() => Err(ended.ok()),
            () = Clock::System.sleep(START_MS) => Err(None),
        }
    }

    async fn ended_within(&mut self, ms: i64) -> Option<ExitStatus> {
        tokio::select! {
            ended = self.child.wait() => ended.ok(),
            () = Clock::System.sleep(ms) => None,
        }
    }

    async fn kill(&mut self) -> ExitStatus {
        self.child.start_kill().expect("it can be killed");
        self.child.wait().await.expect("it dies")
    }

    /// Asks it to stop; its exit status.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn stop(mut self) -> Option<i32> {
        crate::signal::send(crate::signal::Signal::TERM, self.child.id().expect("it runs"));
        crate::wait::within("the daemon to stop", self.child.wait()).await.expect("it ends").code()
    }

    fn last_words(&self) -> String {
        let words: Vec<String> = self.words.lock().unwrap().iter().cloned().collect();
        words.join(" | ")
    }
}

async fn sandbox(seed: u64, door: SocketAddr, stop: &CancellationToken) -> SandboxHandle {
    let mut fake = SandboxConfig::new(PRIVATE_KEY, format!("http://{door}/webhooks/vapi"));
    fake.webhook_auth = WebhookAuth::Bearer(SECRET.into());
    fake.concurrency = SLOTS;
    fake.speed = 60.0;
    fake.seed = seed;
    // None of these is called again within the hour, so a second call is one too many.
    fake.digits_choose = false;
    fake.mix = vec![
        (Scenario::Books, 4),
        (Scenario::Declines, 2),
        (Scenario::NoAnswer, 2),
        (Scenario::Voicemail, 1),
        (Scenario::OptsOut, 1),
        (Scenario::WrongPerson, 1),
    ];
    // What is told while a daemon is dead is told again.
    fake.backoff =
        Some(BackoffPlan { exponential: true, max_retries: 10, base_delay_s: 10.0, excluded: vec![] });
    fake.server_timeout_ms = 5_000;
    let at = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    VapiSandbox::serve(at, fake, stop.clone()).expect("the sandbox")
}

/// Lets connections through to a daemon that lives, each in its turn, as a balancer would.
async fn door(daemons: Vec<SocketAddr>, stop: CancellationToken) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        for turn in 0.. {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.cancelled() => return,
            };
            let Ok((mut outside, _)) = accepted else { continue };
            let mut daemons = daemons.clone();
            let turns = turn % daemons.len();
            daemons.rotate_left(turns);
            tokio::spawn(async move {
                for daemon in daemons {
                    if let Ok(mut inside) = TcpStream::connect(daemon).await {
                        // A daemon that dies ends it; that is what the sandbox shall see.
                        let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
                        return;
                    }
                }
            });
        }
    });
    at
}

/// For requests of the harness itself.
pub fn http() -> reqwest::Client {
    http_fixture::client()
}
