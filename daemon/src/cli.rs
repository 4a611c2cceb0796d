//! The daemon's command line: `serve`, `check`, `migrate`, `doctor`, `keys`, `sandbox`,
//! `demo`.
//!
//! Exit status: 0 fine, 2 configuration, 1 anything else.

use crate::app::{App, Listeners};
use crate::config::{self, Config, Disk, Environ};
use crate::watch::log;
use crate::{demo, doctor, flows, ground};
use anyhow::Context as _;
use clap::{CommandFactory as _, Parser, Subcommand};
use frontdesk_store::{Store, migrate};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

/// AI phone-booking operations for many client businesses: the daemon.
#[derive(Debug, Parser)]
#[command(name = "frontdeskd", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon (the default).
    Serve,
    /// Check the configuration and print what is in effect, secrets redacted.
    Check {
        /// Document every key and variable instead, as Markdown.
        #[arg(long)]
        variables: bool,
        /// Print a configuration file with every key and its default instead.
        #[arg(long, conflicts_with = "variables")]
        reference: bool,
    },
    /// Apply database migrations, or show them.
    Migrate {
        /// Only show which are applied.
        #[arg(long)]
        status: bool,
    },
    /// Find what would go wrong, with what to do about each; the exit status is 1 where something fails.
    Doctor(doctor::DoctorArguments),
    /// API keys without a running daemon: list, make, exchange, revoke.
    Keys {
        #[command(subcommand)]
        what: crate::cli_keys::KeyCommand,
    },
    /// Run the fake providers alone, for rehearsals: the program frontdesk-sandbox.
    #[command(disable_help_flag = true)]
    Sandbox {
        /// What the sandbox is told; --help lists it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Run daemon and sandbox on a throw-away data directory; `frontdesk demo` calls this.
    Demo(demo::DemoArguments),
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unusable(String);

/// The doctor found something that fails, and has said what.
#[derive(Debug, thiserror::Error)]
#[error("something fails: see above")]
struct Unwell;

/// The commands and their arguments, as data.
pub fn words() -> clap::Command {
    Arguments::command()
}

/// Runs the command line; the exit status.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(&anyhow::anyhow!("cannot start: {e}")),
    };
    match runtime.block_on(dispatch(arguments.command.unwrap_or(Command::Serve))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => fail(&e),
    }
}

#[allow(clippy::print_stderr)] // the daemon's last words, also when logging never started
fn fail(e: &anyhow::Error) -> ExitCode {
    eprintln!("frontdeskd: {e:#}");
    ExitCode::from(if e.is::<Unusable>() { 2 } else { 1 })
}

async fn dispatch(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve => serve(load()?).await,
        Command::Check { variables, reference } => check(variables, reference),
        Command::Migrate { status } => migrations(status).await,
        Command::Doctor(arguments) => {
            if !doctor::run(load()?, &arguments).await? {
                return Err(Unwell.into());
            }
            Ok(())
        }
        Command::Keys { what } => crate::cli_keys::run(load()?, what).await,
        Command::Sandbox { arguments } => Err(demo::become_sandbox(&arguments)),
        Command::Demo(arguments) => demo::run(arguments).await,
    }
}

fn environment() -> Environ {
    std::env::vars().collect()
}

fn load() -> anyhow::Result<Config> {
    let config =
        config::load(&environment(), &Disk).map_err(|problems| Unusable(problems.to_string()))?.config;
    // The rules' own tables are read by their owners; what they find wrong is wrong here too.
    flows::House::of(&config).map_err(|e| Unusable(format!("1 problem in the configuration:\n  {e}\n")))?;
    Ok(config)
}

/// Runs the daemon until SIGTERM or SIGINT.
pub(crate) async fn serve(config: Config) -> anyhow::Result<()> {
    start_log(&config)?;
    let shutdown = CancellationToken::new();
    let (app, listeners) = start(config, shutdown.clone()).await?;
    let running = tokio::spawn(app.run(listeners));
    tokio::spawn(async move {
        if let Err(e) = signalled().await {
            tracing::error!(tag = "START", error = %e, "cannot wait for signals");
        }
        shutdown.cancel();
    });
    running.await?
}

/// Sends log lines where the configuration says.
pub(crate) fn start_log(config: &Config) -> anyhow::Result<()> {
    let clock = frontdesk_env::Env::system(0).clock;
    log::install(&config.house, config.secrets(), clock).map(drop).map_err(anyhow::Error::msg)
}

/// Binds both listeners and builds the app: what is taken is said before anything is opened.
pub(crate) async fn start(
    config: Config,
    shutdown: CancellationToken,
) -> anyhow::Result<(std::sync::Arc<App>, Listeners)> {
    let listen = config.house.listen;
    let http = TcpListener::bind(listen).await.map_err(|e| {
        let why = match e.kind() {
            ErrorKind::AddrInUse => "another program uses the port".to_owned(),
            ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
            _ => e.to_string(),
        };
        anyhow::anyhow!("cannot listen on {listen} (FRONTDESK_LISTEN): {why}")
    })?;
    let socket = config.house.socket_path();
    let app = App::build(config, None, shutdown).await?;
    let console = console_socket(&socket).await?;
    Ok((app, Listeners { http, console }))
}

/// The console's socket, which only its owner and group may open. A stale file of a daemon
/// that died is replaced: the data directory's lock is held, so nobody else can be behind it
/// unless it lies elsewhere and answers.
async fn console_socket(path: &Path) -> anyhow::Result<UnixListener> {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
    if UnixStream::connect(path).await.is_ok() {
        anyhow::bail!("another daemon answers on the console socket {} (FRONTDESK_SOCKET)", path.display());
    }
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => {
            anyhow::bail!("{} (FRONTDESK_SOCKET) is there already and is no socket", path.display());
        }
        Ok(_) => std::fs::remove_file(path)
            .with_context(|| format!("cannot remove the stale socket {}", path.display()))?,
        Err(_) => {}
    }
    let listener = UnixListener::bind(path)
        .with_context(|| format!("cannot make the console socket {}", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}

/// Resolves when the process is asked to stop.
pub(crate) async fn signalled() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[allow(clippy::print_stdout)] // the command's output
fn check(variables: bool, reference: bool) -> anyhow::Result<()> {
    if variables {
        print!("{}", config::documentation());
        return Ok(());
    }
    if reference {
        print!("{}", config::REFERENCE);
        return Ok(());
    }
    let config = load()?;
    print!("{}", config::effective(&config));
    for feature in config::features(&config) {
        println!("# {}: {} — {}", feature.name, feature.state.word(), feature.detail);
    }
    for warning in &config.warnings {
        println!("# warning: {warning}");
    }
    Ok(())
}

#[allow(clippy::print_stdout)] // the command's output
async fn migrations(only_status: bool) -> anyhow::Result<()> {
    let config = load()?;
    let formers = ground::formers(&config.house.data_dir);
    ground::expect_store(&config.database, &formers, config.house.new_database)?;
    let store = Store::open(&config.database)?;
    if !only_status {
        let applied = migrate::run(&store, frontdesk_env::Env::system(0).now().0).await?;
        println!("applied {applied} migrations to {}", config.database.label());
    }
    for status in migrate::status(&store).await? {
        let when =
            status.applied_at.map_or_else(|| "pending".to_owned(), |at| frontdesk_shared::Millis(at).iso());
        println!("V{} {} {when}", status.version, status.name);
    }
    Ok(())
}

/// A directory of its own for one run, short enough for a unix socket.
pub(crate) fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{} is not a usable path", path.display()))
}
