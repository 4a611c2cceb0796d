//! The vendors' own client libraries, in Python and JavaScript, run against our fakes and our
//! daemon: what they send and what they can read was not written by us.
//!
//! They are installed once from PyPI and npm into a directory beside the build, pinned by the
//! lists in `tests/libraries`; a change of a list makes a new directory. Scripts get JSON on their
//! input and answer with JSON. Must not live here: what a library is asked.

use crate::database::apart;
use serde_json::Value;
use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use tokio::io::AsyncWriteExt as _;

/// `1` skips what needs the libraries, loudly. CI never sets it.
pub const SKIP_ENV: &str = "FRONTDESK_SKIP_PY";

/// Lists of what is installed: each a way to install, and the text that pins it.
const LISTS: [(&str, &str); 3] = [
    ("requirements.txt", include_str!("../libraries/requirements.txt")),
    ("signalwire.txt", include_str!("../libraries/signalwire.txt")),
    ("npm.txt", include_str!("../libraries/npm.txt")),
];
/// Where scripts find SignalWire's client, which needs an older one of Twilio than the rest.
const APART: &str = "signalwire";
/// Characters of an installer's last words that are repeated.
const WORDS: usize = 300;
/// Written when everything is there.
const COMPLETE: &str = "complete";

/// The installed libraries.
#[derive(Clone, Debug)]
pub struct Libraries {
    dir: PathBuf,
}

impl Libraries {
    /// What all tests of this process share, or `None` where it is to be skipped.
    ///
    /// # Panics
    /// With a sentence that says what is missing.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Result<Libraries, String>> = OnceLock::new();
        if std::env::var(SKIP_ENV).is_ok_and(|v| v == "1") {
            let _ =
                writeln!(io::stderr(), "NOT RUN ({SKIP_ENV}=1): every test of the vendors' own libraries");
            return None;
        }
        let found = SHARED.get_or_init(|| apart(async { installed() }));
        Some(found.as_ref().unwrap_or_else(|e| panic!("{e}")))
    }

    /// Runs a script of `tests/libraries` in Python; its answer.
    ///
    /// # Panics
    /// With its words when it fails.
    pub async fn python(&self, script: &str, input: &Value) -> Value {
        let mut command = tokio::process::Command::from(python(&self.dir));
        command
            .env("PYTHONPATH", scripts())
            .env("APART", self.dir.join(APART))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        run(command.arg(scripts().join(script)), input).await
    }

    /// Runs a script of `tests/libraries` in JavaScript; its answer.
    ///
    /// # Panics
    /// With its words when it fails.
    pub async fn node(&self, script: &str, input: &Value) -> Value {
        let mut command = tokio::process::Command::new(self.dir.join("bin/node"));
        command.env("MODULES", self.dir.join("node_modules"));
        run(command.arg(scripts().join(script)), input).await
    }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("libraries")
}

async fn run(command: &mut tokio::process::Command, input: &Value) -> Value {
    // What a machine says about proxies must not lead a library away from this one.
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("the interpreter starts");
    let mut door = child.stdin.take().expect("its input");
    door.write_all(input.to_string().as_bytes()).await.expect("it reads");
    drop(door);
    let done = crate::wait::within("a script's end", child.wait_with_output()).await.expect("it ends");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "the script failed, {}:\n{said}", done.status);
    serde_json::from_slice(&done.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}\n{said}", String::from_utf8_lossy(&done.stdout)))
}

fn python(dir: &Path) -> Command {
    Command::new(dir.join("bin/python"))
}

/// Installs them unless they are there; other processes wait meanwhile.
fn installed() -> Result<Libraries, String> {
    let test = std::env::current_exe().map_err(|e| e.to_string())?;
    // target/debug/deps/it-…
    let build = test.ancestors().nth(3).ok_or("this program lies nowhere")?;
    let mut hasher = DefaultHasher::new();
    LISTS.hash(&mut hasher);
    let dir = build.join(format!("libraries-{:016x}", hasher.finish()));
    let lock = File::create(dir.with_extension("lock")).map_err(|e| format!("{}: {e}", dir.display()))?;
    lock.lock().map_err(|e| format!("cannot lock {}: {e}", dir.display()))?;
    if !dir.join(COMPLETE).exists() {
        install(&dir).map_err(|why| {
            format!(
                "The vendors' own libraries cannot be installed: {why}\nTheir tests need Python 3.11 or later with \
                 venv (on Debian: python3-venv) and, the first time, a way to PyPI and npm. To leave them out, \
                 knowingly: {SKIP_ENV}=1"
            )
        })?;
    }
    Ok(Libraries { dir })
}

fn install(dir: &Path) -> Result<(), String> {
    let _ = fs::remove_dir_all(dir);
    step(Command::new("python3").args(["-m", "venv"]).arg(dir))?;
    let list = |n: usize| scripts().join(LISTS[n].0);
    let pip = || {
        let mut pip = python(dir);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        pip
    };
    step(pip().arg("-r").arg(list(0)))?;
    step(pip().arg("--target").arg(dir.join(APART)).arg("-r").arg(list(1)))?;
    let packages = LISTS[2].1.lines().filter(|line| !line.starts_with('#'));
    // npm is started by Python here, and starts node itself.
    let path = std::env::join_paths(
        std::iter::once(dir.join("bin"))
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut npm = python(dir);
    npm.arg(dir.join("bin/npm")).args([
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--silent",
    ]);
    npm.arg("--prefix").arg(dir).args(packages).env("PATH", path.map_err(|e| e.to_string())?);
    step(&mut npm)?;
    fs::write(dir.join(COMPLETE), "").map_err(|e| e.to_string())
}

/// Runs one step; its last words where it fails.
fn step(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done: io::Result<Output> = command.stdin(Stdio::null()).output();
    let done = done.map_err(|e| format!("{program} cannot be started: {e}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let last: String = said.lines().next_back().unwrap_or_default().chars().take(WORDS).collect();
    Err(format!("{} of {program}: {last}", done.status))
}
