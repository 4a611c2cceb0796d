//! The real `frontdeskd` as a process of its own, for what only a process can show: start-up
//! errors, a kill, a full disk.

use crate::desk::{ADMIN, SECRET, answered};
use crate::{http_fixture, sign, signal, wait};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr};
use tokio::sync::watch;

/// The program, built if it is not there yet.
///
/// # Panics
/// When it cannot be built.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        built(&[("frontdesk-daemon", "frontdeskd"), ("frontdesk-sandbox", "frontdesk-sandbox")])
    })
}

/// The console's program, built.
///
/// # Panics
/// When it cannot be built.
pub fn console_program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| built(&[("frontdesk-tui", "frontdesk")]))
}

/// Builds programs; the first of them. Tests of a package do not build the programs of another;
/// when nothing changed, asking takes a moment.
fn built(programs: &[(&str, &str)]) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--offline"]);
    for (package, program) in programs {
        build.args(["--package", package, "--bin", program]);
    }
    // Cargo tells a test about itself; told onwards it would make build scripts run again.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_")) {
        if !matches!(name.as_str(), "CARGO_HOME" | "CARGO_TARGET_DIR") {
            build.env_remove(name);
        }
    }
    let test = std::env::current_exe().expect("this program");
    let folder = test.parent().and_then(Path::parent).expect("target/debug/deps").to_owned();
    if folder.ends_with("release") {
        build.arg("--release");
    }
    let done = build.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo runs");
    let program = folder.join(programs[0].1);
    assert!(done.success() && program.is_file(), "cannot build {}", program.display());
    program
}

/// A port that is free and stays so: below those the kernel gives to whoever asks for any, and
/// never named twice by this process.
///
/// # Panics
/// When there is none.
pub fn free_address() -> SocketAddr {
    const FIRST: u32 = 12_000;
    const PORTS: u32 = 20_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes that run beside this one begin elsewhere.
    let start = std::process::id().wrapping_mul(61);
    let ports = (0..PORTS).map(|_| FIRST + start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS);
    let mut addresses =
        ports.map(|port| SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).expect("a port"))));
    addresses.find(|at| TcpListener::bind(at).is_ok()).expect("a free port")
}

/// How to start a daemon.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Its whole environment.
    pub environment: BTreeMap<String, String>,
    /// Largest file it may write, in KiB; beyond it writing fails as on a full disk.
    pub file_limit_kib: Option<u64>,
    /// Another program than the plain daemon.
    pub program: Option<PathBuf>,
}

impl Launch {
    /// A daemon that talks to a sandbox at `provider`.
    pub fn new(data_dir: &Path, listen: SocketAddr, provider: &str) -> Self {
        let mut environment: BTreeMap<String, String> =
            crate::desk::environ(data_dir, provider).into_iter().collect();
        environment.insert("FRONTDESK_LISTEN".into(), listen.to_string());
        Self { environment, file_limit_kib: None, program: None }
    }

    /// Sets a variable.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let program = self.program.as_deref().unwrap_or_else(|| program());
        let mut command = match self.file_limit_kib {
            None => Command::new(program),
            Some(kib) => {
                let mut shell = Command::new("sh");
                // A write beyond the limit must fail like one to a full disk, not kill.
                let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\" \"$@\"", kib * 2);
                shell.args(["-c", &script]).arg(program);
                shell
            }
        };
        command.args(arguments).env_clear().envs(&self.environment).stdin(Stdio::null());
        command
    }

    /// Starts a command of the daemon and leaves it running.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn begin(&self, arguments: &[&str]) -> std::process::Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the program starts")
    }

    /// Runs a command of the daemon to its end, for those that end by themselves.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = tokio::process::Command::from(self.command(arguments));
        command.kill_on_drop(true);
        wait::within("the program's end", command.output()).await.expect("the program runs")
    }

    /// Starts serving; the process, which dies with its value, and its words.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn start(&self) -> (Child, ChildStderr) {
        let mut command = tokio::process::Command::from(self.command(&["serve"]));
        let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
        let words = child.stderr.take().expect("its words");
        (child, words)
    }

    /// Starts serving; returns once it is ready.
    ///
    /// # Panics
    /// With its words when it ends instead.
    pub async fn serve(&self) -> Daemon {
        let (child, words) = self.start();
        let mut lines = BufReader::new(words).lines();
        let mut said = String::new();
        let listen = &self.environment["FRONTDESK_LISTEN"];
        let ready = async {
            while let Some(line) = lines.next_line().await.expect("text") {
                said.push_str(&line);
                said.push('\n');
                if line.contains(" is ready") {
                    return;
                }
            }
            panic!("the daemon ended:\n{said}");
        };
        wait::within("the daemon to be ready", ready).await;
        // Whatever else it says must not fill the pipe.
        let (log, later) = watch::channel(String::new());
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                log.send_modify(|log| {
                    log.push_str(&line);
                    log.push('\n');
                });
            }
        });
        let socket = Path::new(&self.environment["FRONTDESK_DATA_DIR"]).join(frontdesk_shared::place::SOCKET);
        Daemon { child, url: format!("http://{listen}"), http: http_fixture::client(), said, socket, later }
    }
}

/// A daemon that serves. Dropping it kills it.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// For requests.
    pub http: reqwest::Client,
    /// What it said until it was ready.
    pub said: String,
    /// Its console's socket, where the data directory's own is used.
    pub socket: PathBuf,
    later: watch::Receiver<String>,
}

impl Daemon {
    /// The number of its process.
    ///
    /// # Panics
    /// When it has ended.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// SIGKILL, and the end of the process.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it dies");
    }

    /// SIGTERM, and its exit status.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn terminate(mut self) -> Option<i32> {
        signal::send(signal::Signal::TERM, self.child.id().expect("it runs"));
        wait::within("the daemon to stop", self.child.wait()).await.expect("it ends").code()
    }

    /// Waits until its log holds a text; the log since it was ready.
    ///
    /// # Panics
    /// When it never does.
    pub async fn until_said(&self, text: &str) -> String {
        let mut later = self.later.clone();
        let said = wait::within(text, later.wait_for(|log| log.contains(text))).await;
        said.unwrap_or_else(|_| panic!("the daemon ended without saying “{text}”")).clone()
    }

    /// Gets with the administrator's key; status and body.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        answered(self.http.get(format!("{}{path}", self.url)).header("x-api-key", ADMIN)).await
    }

    /// Posts a webhook as the provider would; status and body.
    pub async fn webhook(&self, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let mut request = self.http.post(format!("{}/webhooks/vapi", self.url)).body(body);
        for (name, value) in sign::bearer(SECRET) {
            request = request.header(name, value);
        }
        answered(request).await
    }

    /// Posts with the administrator's key.
    pub async fn post(&self, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.url)).header("x-api-key", ADMIN);
        answered(request.header("content-type", content_type).body(body)).await
    }
}
