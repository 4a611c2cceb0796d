//! `frontdesk demo`: a throw-away daemon with sandbox providers and sample leads, and the
//! console on it. The daemon is a child and ends with the console.

use super::args::Demo;
use super::{Desk, Failure, Outcome, console};
use crate::clock;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::signal::unix::{SignalKind, signal};

/// How long the daemon may take to be ready, and to stop.
const READY: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(10);
/// Lines of its log shown when it does not start.
const TAIL: usize = 15;

/// Runs the demo.
pub(super) async fn run(desk: &mut Desk, demo: Demo, read_only: bool, slow_link: bool) -> Outcome {
    if !demo.no_console
        && let Some(reason) = crate::terminal::refusal()
    {
        return Err(Failure::usage(format!(
            "{reason}, so the console cannot be shown; `frontdesk demo --no-console` runs the daemon alone"
        )));
    }
    let program = find_daemon()?;
    let dir = make_dir()?;
    let outcome = in_dir(desk, &demo, &program, &dir, (read_only, slow_link)).await;
    if demo.keep {
        desk.out.complain(&format!("kept {}", dir.display()));
    } else if let Err(e) = std::fs::remove_dir_all(&dir) {
        desk.out.complain(&format!("{} could not be removed: {e}", dir.display()));
    }
    outcome
}

async fn in_dir(
    desk: &mut Desk,
    demo: &Demo,
    program: &Path,
    dir: &Path,
    (read_only, slow_link): (bool, bool),
) -> Outcome {
    let mut child = Command::new(program)
        .args(["demo", "--data-dir"])
        .arg(dir)
        .args(["--speed", &demo.speed.to_string()])
        // Keys like Ctrl-c are for the console; the child is told to stop by its id.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log_file(dir)?)
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| Failure::failed(format!("{} could not be started: {e}", program.display())))?;
    let outcome = match ready(desk, &mut child, dir).await {
        Ok((said, mut lines)) => {
            // What else it prints is read, so that it never waits for us.
            let drain = tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            let socket = dir.join("console.sock");
            let outcome = if demo.no_console {
                wait(desk, &mut child, dir, &socket, &said).await
            } else {
                console(&socket, desk.client.clone(), read_only, slow_link).await
            };
            drain.abort();
            outcome
        }
        Err(failure) => Err(failure),
    };
    stop(desk, &mut child).await;
    outcome
}

/// Waits for the daemon's `ready`; returns what it said after it.
async fn ready(
    desk: &mut Desk,
    child: &mut Child,
    dir: &Path,
) -> Result<(String, Lines<BufReader<ChildStdout>>), Failure> {
    let Some(stdout) = child.stdout.take() else { return Err(Failure::failed("the daemon has no output")) };
    let mut lines = BufReader::new(stdout).lines();
    desk.out.progress("starting a daemon with sandbox providers …");
    let waiting = async {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(said) = line.trim().strip_prefix("ready") {
                return Some(said.trim().to_owned());
            }
        }
        None
    };
    let why = tokio::select! {
        said = waiting => match said {
            Some(said) => {
                desk.out.progress("");
                return Ok((said, lines));
            }
            None => "ended before it was ready".to_owned(),
        },
        () = clock::sleep(READY) => format!("was not ready after {} s", READY.as_secs()),
    };
    Err(Failure::failed(format!("the demo daemon {why}{}", log_tail(dir))))
}

/// Says where the daemon is and waits until one of us is told to stop.
async fn wait(desk: &mut Desk, child: &mut Child, dir: &Path, socket: &Path, said: &str) -> Outcome {
    let http = said.split_whitespace().find(|word| word.contains("://"));
    if desk.json {
        desk.out.json(&serde_json::json!({ "directory": dir, "socket": socket, "http": http }))?;
    } else {
        desk.out.line(&format!("directory {}", dir.display()))?;
        desk.out.line(&format!("socket    {}", socket.display()))?;
        desk.out.line(&format!("http      {}", http.unwrap_or("see daemon.log in the directory")))?;
        desk.out.line(&format!("try       frontdesk --socket {} status", socket.display()))?;
        desk.out.line("ctrl-c ends it")?;
    }
    let mut end = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => Ok(()),
        _ = end.recv() => Ok(()),
        _ = hangup.recv() => Ok(()),
        ended = child.wait() => {
            let how = ended.map_or_else(|e| e.to_string(), |status| status.to_string());
            Err(Failure::failed(format!("the demo daemon ended ({how}){}", log_tail(dir))))
        }
    }
}

/// Asks the child to stop, and ends it when it does not.
async fn stop(desk: &mut Desk, child: &mut Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let Some(pid) = pid else { return };
    let _ = kill_process(pid, Signal::TERM);
    let stopped = tokio::select! {
        _ = child.wait() => true,
        () = clock::sleep(STOP) => false,
    };
    if !stopped {
        desk.out.complain("the demo daemon did not stop by itself and was ended");
        let _ = child.kill().await;
    }
}

/// `frontdeskd` beside this program, else in `PATH`.
fn find_daemon() -> Result<PathBuf, Failure> {
    const NAME: &str = "frontdeskd";
    let beside = std::env::current_exe().ok().and_then(|me| Some(me.parent()?.join(NAME)));
    if let Some(beside) = beside.filter(|path| path.is_file()) {
        return Ok(beside);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join(NAME)).find(|path| path.is_file());
    found.ok_or_else(|| {
        Failure::usage("frontdeskd is neither beside this program nor in PATH; `cargo build` makes both")
    })
}

/// A new directory only its owner can open; its name is short because a socket's path must be.
fn make_dir() -> Result<PathBuf, Failure> {
    let parent = match std::env::temp_dir() {
        long if long.as_os_str().len() > 60 => PathBuf::from("/tmp"),
        short => short,
    };
    let dir = parent.join(format!("frontdesk-demo-{:08x}", clock::entropy() & 0xffff_ffff));
    DirBuilder::new()
        .mode(0o700)
        .create(&dir)
        .map_err(|e| Failure::failed(format!("{} could not be made: {e}", dir.display())))?;
    Ok(dir)
}

fn log_file(dir: &Path) -> Result<Stdio, Failure> {
    let file = std::fs::File::options().create(true).append(true).open(dir.join("daemon.log"))?;
    Ok(Stdio::from(file))
}

fn log_tail(dir: &Path) -> String {
    let text = std::fs::read_to_string(dir.join("daemon.log")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    match lines.len() {
        0 => "; it logged nothing".to_owned(),
        n => format!("; the end of its log:\n{}", lines[n.saturating_sub(TAIL)..].join("\n")),
    }
}
