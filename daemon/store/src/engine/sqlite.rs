//! SQLite: one writer thread with group commit, a few readers.
//!
//! The writer takes whatever closures wait (no timer), runs them in one transaction and commits
//! once, so that many small writes share one sync to disk. A closure that fails takes back what
//! it wrote and nothing else. The log is copied into the file by a thread of its own.

use crate::engine::checkpoint::{self, Checkpoints};
use crate::engine::commits::{Commits, Wrote};
use crate::engine::error::{Error, Result};
use crate::engine::footing::Footing;
use crate::engine::tx::{Conn, Tx};
use crate::engine::work::{Ran, Work};
use crate::faults;
use crossbeam_channel::{Receiver, Sender, bounded};
use frontdesk_env::Stopwatch;
use rusqlite::config::DbConfig;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long closures join a group. Whoever comes first waits for the last of them, and while all
/// wait for one commit nobody brings new work.
const GROUP_FOR: Duration = Duration::from_millis(2);
const READERS: usize = 3;
/// How often one read may be looked at before it is broken off: after two thousand million steps
/// of SQLite's machine, half a minute or so. A reader holds a snapshot,
/// and while it does the log cannot be reset and grows with every commit.
const READ_LOOKS: u64 = 2_000;
/// Steps between two looks at that limit.
const STEPS_PER_LOOK: i32 = 1_000_000;

pub(crate) struct Lanes {
    pub(crate) write: Sender<Work>,
    pub(crate) read: Sender<Work>,
    pub(crate) footing: Arc<Footing>,
}

/// Opens the file and starts its threads.
pub(crate) fn open(path: &Path, queue: usize, commits: &Commits) -> Result<Lanes> {
    make_private(path)?;
    let footing =
        Footing::of(path).map_err(|e| Error::Unavailable(format!("cannot see {}: {e}", path.display())))?;
    let footing = Arc::new(footing);
    let mut writer = connect(path)?;
    let (checkpoints, copier) = checkpoint::apart(&mut writer, connect(path)?)?;
    let (write, writes) = bounded::<Work>(queue);
    let (read, reads) = bounded::<Work>(queue);
    let commits = commits.clone();
    let ground = footing.clone();
    spawn("store-writer", move || write_loop(&writer, checkpoints, &writes, (&commits, &ground)))?;
    spawn("store-log", move || copier.work())?;
    for _ in 0..READERS {
        let mut conn = connect(path)?;
        conn.execute_batch("PRAGMA query_only = ON")?;
        let looks = limit(&mut conn)?;
        let reads = reads.clone();
        spawn("store-reader", move || read_loop(&conn, &looks, &reads))?;
    }
    Ok(Lanes { write, read, footing })
}

/// People's numbers are in it: only its owner may read the file. WAL and shared memory inherit
/// the mode.
fn make_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::File::options()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|e| Error::Unavailable(format!("cannot open {}: {e}", path.display())))
}

fn connect(path: &Path) -> Result<rusqlite::Connection> {
    let conn = rusqlite::Connection::open(path)
        .map_err(|e| Error::Unavailable(format!("cannot open {}: {e}", path.display())))?;
    prepare(&conn).map_err(|e| e.about_file(Some(&path.display().to_string())))?;
    Ok(conn)
}

pub(crate) fn prepare(conn: &rusqlite::Connection) -> Result<()> {
    conn.set_prepared_statement_cache_capacity(256);
    conn.busy_timeout(Duration::from_secs(5))?;
    // A plan chosen for one value of a parameter would be made again for the next value.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // A misspelt column in double quotes must be an error, not a string.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // FULL: what is acknowledged to a provider survives a power cut. Group commit makes it
    // cost no more than NORMAL.
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;",
    )?;
    Ok(())
}

fn write_loop(
    conn: &rusqlite::Connection,
    mut checkpoints: Checkpoints,
    queue: &Receiver<Work>,
    (commits, footing): (&Commits, &Footing),
) {
    let mut group: Vec<Work> = Vec::new();
    while let Ok(first) = queue.recv() {
        let committed = run_group(conn, first, queue, &mut group).and_then(|wrote| kept(footing, wrote));
        if committed.is_err() && !conn.is_autocommit() {
            let _ = conn.execute_batch("ROLLBACK");
        }
        // First those who wait, then the answers: who was answered finds them told already.
        commits.tell(committed.as_ref().copied().unwrap_or_default());
        for work in group.drain(..) {
            work.finish(committed.clone().map(drop));
        }
        // When all have their answers.
        checkpoints.attend(conn);
    }
}

/// A commit into files that are still there.
fn kept(footing: &Footing, wrote: Wrote) -> Result<Wrote> {
    footing.committed();
    match footing.lost() {
        Some(why) => Err(Error::Unavailable(why)),
        None => Ok(wrote),
    }
}

/// Runs waiting closures in one transaction; what they changed.
fn run_group(
    conn: &rusqlite::Connection,
    first: Work,
    queue: &Receiver<Work>,
    group: &mut Vec<Work>,
) -> Result<Wrote> {
    group.push(first);
    step(conn, "BEGIN IMMEDIATE")?;
    let begun = Stopwatch::start();
    let mut wrote = Wrote::default();
    let mut faults = Vec::new();
    let mut last = 0;
    loop {
        match run(conn, &mut group[last])? {
            Done { ran: Ran::Ok, wrote: some, faults: told, .. } => {
                wrote = wrote.and(some);
                faults.extend(told);
            }
            Done { touched: false, .. } => {}
            Done { .. } => {
                step(conn, "ROLLBACK")?;
                faults.clear();
                wrote = run_apart(conn, group, &mut faults)?;
                break;
            }
        }
        frontdesk_env::fail::point("store.group");
        let next = if begun.passed() < GROUP_FOR { queue.try_recv().ok() } else { None };
        let Some(next) = next else { break };
        last = group.len();
        group.push(next);
    }
    step(conn, "COMMIT")?;
    frontdesk_env::fail::point("store.committed");
    faults.iter().for_each(faults::Line::log);
    Ok(wrote)
}

/// Runs a group once more, each closure in a savepoint of its own. Savepoints cost as much as a
/// small closure, and closures seldom fail after they wrote something.
fn run_apart(
    conn: &rusqlite::Connection,
    group: &mut [Work],
    faults: &mut Vec<faults::Line>,
) -> Result<Wrote> {
    step(conn, "BEGIN IMMEDIATE")?;
    let mut wrote = Wrote::default();
    for work in group {
        step(conn, "SAVEPOINT work")?;
        let done = run(conn, work)?;
        if done.ran == Ran::Ok {
            wrote = wrote.and(done.wrote);
            faults.extend(done.faults);
        } else {
            step(conn, "ROLLBACK TO work")?;
        }
        step(conn, "RELEASE work")?;
    }
    Ok(wrote)
}

/// How a closure ended.
struct Done {
    ran: Ran,
    wrote: Wrote,
    faults: Vec<faults::Line>,
    /// Whether it may have, even where it failed.
    touched: bool,
}

fn run(conn: &rusqlite::Connection, work: &mut Work) -> Result<Done> {
    let mut tx = Tx::new(Conn::Lite(conn));
    let ran = work.run(&mut tx);
    // A full disk may already have rolled the whole transaction back.
    if conn.is_autocommit() {
        return Err(Error::Unavailable("SQLite gave the transaction up".into()));
    }
    Ok(Done { ran, wrote: tx.wrote, faults: tx.faults, touched: tx.touched })
}

fn read_loop(conn: &rusqlite::Connection, looks: &AtomicU64, queue: &Receiver<Work>) {
    while let Ok(mut work) = queue.recv() {
        // One snapshot for the whole closure.
        looks.store(READ_LOOKS, Ordering::Relaxed);
        let begun = step(conn, "BEGIN");
        if begun.is_ok() {
            work.run(&mut Tx::reader(Conn::Lite(conn)));
        }
        if !conn.is_autocommit() {
            let _ = step(conn, "COMMIT");
        }
        work.finish(begun);
    }
}

/// Breaks off whatever runs on this connection once the looks that it returns are used up.
fn limit(conn: &mut rusqlite::Connection) -> Result<Arc<AtomicU64>> {
    let looks = Arc::new(AtomicU64::new(READ_LOOKS));
    let left = looks.clone();
    let used_up = move || left.fetch_sub(1, Ordering::Relaxed) <= 1;
    conn.progress_handler(STEPS_PER_LOOK, Some(used_up))?;
    Ok(looks)
}

fn step(conn: &rusqlite::Connection, sql: &str) -> Result<()> {
    let run = || conn.prepare_cached(sql)?.execute([]);
    run().map_err(|e| Error::from(e).about_file(conn.path()))?;
    Ok(())
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map(drop)
        .map_err(|e| Error::Unavailable(format!("cannot start thread {name}: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_that_never_ends_is_interrupted_and_the_next_one_works() {
        let mut conn = rusqlite::Connection::open_in_memory().unwrap();
        let looks = limit(&mut conn).unwrap();
        let count = |to: i64| -> Result<i64> {
            looks.store(20, Ordering::Relaxed);
            let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT max(i) FROM n";
            Ok(conn.query_row(sql, [to], |row| row.get(0))?)
        };
        assert_eq!(count(1_000).unwrap(), 1_000);
        let endless = count(i64::MAX);
        assert!(matches!(endless, Err(Error::Overloaded)), "{endless:?}");
        assert_eq!(count(1_000).unwrap(), 1_000);
    }
}
