//! A private PostgreSQL server for the tests: no TCP port, nothing left behind.
//!
//! One server per test process serves every test, each with its own database copied from a
//! migrated template. A small shell holds a pipe from this process and removes the server when
//! the pipe closes, so that neither a panic nor a kill leaves one running; what even that
//! missed (a machine that crashed) is found by its unlocked lock file at the next start.

use crate::signal::{self, Signal};
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the binaries are, if not in a usual place.
pub const BIN_ENV: &str = "FRONTDESK_PG_BIN";
/// URL of a server to use instead of a private one. Its user must be allowed to create databases.
pub const URL_ENV: &str = "FRONTDESK_TEST_PG";
/// `1` skips what needs PostgreSQL, loudly. CI never sets it.
pub const SKIP_ENV: &str = "FRONTDESK_SKIP_PG";

const PREFIX: &str = "frontdesk-pg-";

/// Nothing is worth keeping, so nothing is synced; the C locale sorts text as SQLite does.
const SETTINGS: &str = "
listen_addresses = ''
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
jit = off
deadlock_timeout = 20ms
max_connections = 200
shared_buffers = 64MB
max_wal_size = 256MB
timezone = UTC
log_min_messages = fatal
";
/// A disk on which every commit takes a tenth of a second: the server syncs, and waits that long
/// before it does.
const SLOW_DISK: &[&str] = &[
    "ALTER SYSTEM SET fsync = on",
    "ALTER SYSTEM SET synchronous_commit = on",
    "ALTER SYSTEM SET commit_siblings = 0",
    "ALTER SYSTEM SET commit_delay = 100000",
    "SELECT pg_reload_conf()",
];
const OWN_DISK: &[&str] = &["ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()"];

/// A server that databases can be made on.
#[derive(Debug)]
pub struct Server {
    /// URL up to the database's name, and what follows the name.
    url: (String, String),
    private: Option<Private>,
}

/// A server of our own. Dropping it stops and removes it.
#[derive(Debug)]
struct Private {
    bin: PathBuf,
    dir: PathBuf,
    user: Option<(u32, u32)>,
    keeper: Child,
    _lock: File,
}

/// The server all tests of this process share, or `None` where PostgreSQL is to be skipped.
///
/// # Panics
/// With a sentence that names the package to install, when there is no PostgreSQL.
pub fn shared() -> Option<&'static Server> {
    static SHARED: OnceLock<Result<Server, String>> = OnceLock::new();
    if skipped("every test named postgres") {
        return None;
    }
    let server = SHARED.get_or_init(|| match std::env::var(URL_ENV) {
        Ok(url) => Server::existing(&url),
        Err(_) => Server::start(),
    });
    Some(server.as_ref().unwrap_or_else(|e| panic!("{e}")))
}

/// Whether PostgreSQL is to be skipped; says so past the test runner's capture.
pub fn skipped(what: &str) -> bool {
    let skip = std::env::var(SKIP_ENV).is_ok_and(|v| v == "1");
    if skip {
        let _ = writeln!(std::io::stderr(), "NOT RUN ({SKIP_ENV}=1): {what}");
    }
    skip
}

impl Server {
    /// Uses a server that is already there.
    ///
    /// # Errors
    /// When the URL has no place for a database's name.
    pub fn existing(url: &str) -> Result<Self, String> {
        let (base, query) = url.split_once('?').map_or((url, String::new()), |(b, q)| (b, format!("?{q}")));
        let authority = base.split_once("://").map(|(_, rest)| rest).ok_or(format!("{URL_ENV} is no URL"))?;
        let end = base.len() - authority.len() + authority.find('/').unwrap_or(authority.len());
        Ok(Self { url: (format!("{}/", &base[..end]), query), private: None })
    }

    /// Starts a private server.
    ///
    /// # Errors
    /// A sentence for the person who runs the tests.
    pub fn start() -> Result<Self, String> {
        let bin = find_bin()?;
        let user = unprivileged()?;
        remove_stale(&bin);
        let (dir, lock) = claim_dir().map_err(|e| format!("cannot make a directory for PostgreSQL: {e}"))?;
        let prepared = fs::create_dir(&dir)
            .and_then(|()| fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)))
            .and_then(|()| user.map_or(Ok(()), |(uid, gid)| chown(&dir, Some(uid), Some(gid))));
        prepared.map_err(|e| format!("cannot prepare {}: {e}", dir.display()))?;
        let keeper = keep(&dir).map_err(|e| format!("cannot start sh: {e}"))?;
        let private = Private { bin, dir, user, keeper, _lock: lock };
        private.run(
            "initdb",
            &["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
        )?;
        write_settings(&private.dir).map_err(|e| format!("cannot write the settings of PostgreSQL: {e}"))?;
        private.up()?;
        let host = private.dir.display().to_string().replace('/', "%2F");
        Ok(Self {
            url: (format!("postgres://postgres@{host}/"), "?sslmode=disable".into()),
            private: Some(private),
        })
    }

    /// The URL of a database on this server.
    pub fn url(&self, database: &str) -> String {
        format!("{}{database}{}", self.url.0, self.url.1)
    }

    /// Stops a private server without waiting for its clients. Not as a crash would: nothing
    /// is synced here, so a crash would lose what was committed.
    ///
    /// # Panics
    /// When it is not private or does not stop.
    pub fn down(&self) {
        let private = self.private.as_ref().expect("only a private server can be stopped");
        private.run("pg_ctl", &["-D", "data", "-m", "fast", "-w", "stop"]).unwrap();
    }

    /// Starts it again.
    ///
    /// # Panics
    /// When it is not private or does not start.
    pub fn up(&self) {
        self.private.as_ref().expect("only a private server can be started").up().unwrap();
    }

    /// Gives a private server a slow disk.
    ///
    /// # Panics
    /// When it is not private or refuses.
    pub fn slow_down(&self) {
        assert!(self.private.is_some(), "only a private server can be slowed down");
        self.run("postgres", SLOW_DISK).unwrap_or_else(|e| panic!("{e}"));
    }

    /// Gives it back the one it has.
    ///
    /// # Panics
    /// When it refuses.
    pub fn speed_up(&self) {
        self.run("postgres", OWN_DISK).unwrap_or_else(|e| panic!("{e}"));
    }

    /// Stops every process of a private server where it stands: its sockets stay open and nobody
    /// answers, as on a machine that hangs.
    ///
    /// # Panics
    /// When it is not private or cannot be stopped.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    ///
    /// # Panics
    /// When it is not private or cannot be signalled.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let private = self.private.as_ref().expect("only a private server can be signalled");
        let pids = fs::read_to_string(private.dir.join("data/postmaster.pid")).expect("it runs");
        let number = |text: &str| text.trim().parse().expect("a process number");
        let master = number(pids.lines().next().expect("a process number"));
        // The one that makes new ones first.
        signal::send(signal, master);
        let children =
            fs::read_to_string(format!("/proc/{master}/task/{master}/children")).expect("children");
        children.split_whitespace().for_each(|child| signal::send(signal, number(child)));
    }

    /// Runs statements, each by itself, outside any transaction.
    ///
    /// # Errors
    /// The server's words.
    pub fn run(&self, database: &str, statements: &[&str]) -> Result<(), String> {
        let url = self.url(database);
        let statements: Vec<String> = statements.iter().map(|s| (*s).to_owned()).collect();
        // On a thread of its own, because the caller may already be inside a runtime.
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, connection) =
                    tokio_postgres::connect(&url, tokio_postgres::NoTls).await.map_err(in_words)?;
                let connection = tokio::spawn(connection);
                for statement in &statements {
                    client.batch_execute(statement).await.map_err(in_words)?;
                }
                drop(client);
                let _ = connection.await;
                Ok(())
            })
        });
        work.join().expect("the statement thread does not panic")
    }

    /// Makes a database and returns its name; `template` is copied when given.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn create(&self, template: Option<&str>) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // The process number keeps apart runs that share an existing server.
        let name = format!("fd_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // Text must sort by bytes as in SQLite, whatever the server's own locale is.
        let sql = match template {
            Some(template) => format!("CREATE DATABASE {name} TEMPLATE {template}"),
            None => format!(
                "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
            ),
        };
        self.run("postgres", &[&sql]).unwrap_or_else(|e| panic!("{sql}: {e}"));
        name
    }

    /// Removes a database, whoever is still connected to it.
    pub fn remove(&self, database: &str) {
        // A database that cannot be removed must not fail a test that passed.
        let _ = self.run("postgres", &[&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")]);
    }
}

fn in_words(e: tokio_postgres::Error) -> String {
    e.as_db_error().map_or_else(|| e.to_string(), |db| db.message().to_owned())
}

impl Private {
    fn up(&self) -> Result<(), String> {
        let socket = format!("-k {}", self.dir.display());
        self.run("pg_ctl", &["-D", "data", "-l", "server.log", "-w", "-t", "60", "-o", &socket, "start"])
    }

    /// Runs one of PostgreSQL's programs in our directory as its user.
    fn run(&self, program: &str, args: &[&str]) -> Result<(), String> {
        let said = self.dir.join("setup.log");
        let log = File::create(&said).map_err(|e| format!("{}: {e}", said.display()))?;
        // Into a file, not a pipe: the server inherits it and a pipe would never close.
        let err = log.try_clone().map_err(|e| e.to_string())?;
        let mut command = Command::new(self.bin.join(program));
        command.args(args).current_dir(&self.dir).stdin(Stdio::null()).stdout(log).stderr(err);
        command.env("LC_ALL", "C").env_remove("PGDATA").env_remove("PGHOST").env_remove("PGPORT");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        let status = command.status().map_err(|e| format!("cannot run {program}: {e}"))?;
        if status.success() {
            return Ok(());
        }
        let server = fs::read_to_string(self.dir.join("server.log")).unwrap_or_default();
        Err(format!("{program}: {status}\n{}\n{server}", fs::read_to_string(said).unwrap_or_default()))
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Behind the settings of a new cluster, where `ALTER SYSTEM` still goes before them.
fn write_settings(dir: &Path) -> std::io::Result<()> {
    let mut file = File::options().append(true).open(dir.join("data/postgresql.conf"))?;
    file.write_all(SETTINGS.as_bytes())
}

/// Starts the shell that stops and removes the server when this process is gone, however it
/// went. It has a process group of its own, so that a key press in the terminal spares it.
fn keep(dir: &Path) -> std::io::Result<Child> {
    const SCRIPT: &str = r#"
        trap '' INT TERM HUP
        read -r _
        # While the directory is being set up the number is negative, and would mean a group.
        pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null | grep -x '[0-9]*')
        if [ -n "$pid" ]; then
            kill -QUIT "$pid" 2>/dev/null
            tries=0
            while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
        fi
        rm -rf "$1" "$1.lock"
    "#;
    Command::new("sh")
        .args(["-c", SCRIPT, "keeper"])
        .arg(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

/// A directory name nobody has, held by a lock that ends with this process.
fn claim_dir() -> std::io::Result<(PathBuf, File)> {
    // A socket's path may have 107 bytes, so a deep TMPDIR will not do.
    let root = Some(std::env::temp_dir()).filter(|d| d.as_os_str().len() < 60).unwrap_or("/tmp".into());
    for n in 0..1000 {
        let dir = root.join(format!("{PREFIX}{}-{n}", std::process::id()));
        let path = dir.with_extension("lock");
        let Ok(lock) = File::options().write(true).create_new(true).open(&path) else { continue };
        lock.lock()?;
        // Another process may have taken the file for a stale one before it was locked.
        if path.exists() {
            return Ok((dir, lock));
        }
    }
    Err(std::io::Error::other("every name is taken"))
}

/// Removes servers whose process is gone without their keeper having run.
fn remove_stale(bin: &Path) {
    for root in [std::env::temp_dir(), "/tmp".into()] {
        for entry in fs::read_dir(root).into_iter().flatten().flatten() {
            let path = entry.path();
            let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
            if !ours || path.extension().is_none_or(|e| e != "lock") {
                continue;
            }
            let Ok(lock) = File::options().write(true).open(&path) else { continue };
            let dir = path.with_extension("");
            if lock.try_lock().is_ok() {
                stop_stale(bin, &dir);
                let _ = fs::remove_dir_all(&dir);
                let _ = fs::remove_file(&path);
            }
        }
    }
}

fn stop_stale(bin: &Path, dir: &Path) {
    let Ok(owner) = fs::metadata(dir) else { return };
    let mut command = Command::new(bin.join("pg_ctl"));
    command.args(["-m", "immediate", "-w", "-D"]).arg(dir.join("data")).arg("stop");
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if own_uid() == Some(0) {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let _ = command.status();
}

fn find_bin() -> Result<PathBuf, String> {
    let mut places: Vec<PathBuf> = std::env::var_os(BIN_ENV).map(PathBuf::from).into_iter().collect();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .collect();
    // The newest first; Debian names the folders by their number.
    versions.sort_by_key(|p| p.parent().and_then(Path::file_name)?.to_str()?.parse::<u32>().ok());
    places.extend(versions.into_iter().rev());
    places.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    places.into_iter().find(|p| p.join("initdb").is_file() && p.join("pg_ctl").is_file()).ok_or_else(|| {
        format!(
            "this test needs PostgreSQL: install the Debian package “postgresql” (apt-get install postgresql), \
             or name its folder in {BIN_ENV}, or an existing server in {URL_ENV}"
        )
    })
}

fn own_uid() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|m| m.uid())
}

/// PostgreSQL refuses to run as root: the user and group to run it as instead.
fn unprivileged() -> Result<Option<(u32, u32)>, String> {
    if own_uid() != Some(0) {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(|e| format!("/etc/passwd: {e}"))?;
    let ids = |name: &str| {
        let line = users.lines().find(|l| l.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres")
        .or_else(|| ids("nobody"))
        .map(Some)
        .ok_or_else(|| "PostgreSQL does not run as root, and there is no user postgres or nobody".into())
}
