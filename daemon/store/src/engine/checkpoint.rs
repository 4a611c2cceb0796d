//! Checkpoints of SQLite's log from a thread and connection of their own: copying pages into the file
//! and syncing it takes as long as hundreds of webhooks, who would wait for the writer meanwhile.
//!
//! A log that is still written to is never copied to its very end. So the thread copies until little
//! is left, and the writer copies the rest between two transactions, after which the next one starts
//! the log anew. While a reader holds an old snapshot none of that helps, and the log grows.

use crate::engine::error::Result;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Pages in the log from which on it is copied: 32 MiB.
const PAGES: u32 = 8_000;
/// Further pages after which it is tried again where a reader was in the way.
const AGAIN: u32 = 1_000;
/// Pages that the writer copies itself.
const REST: u32 = 400;
/// Pages from which on the writer does not wait for the thread any more: 128 MiB.
const MOST: u32 = 32_000;
/// Times the thread copies on end: what was written meanwhile is less each time.
const ROUNDS: u32 = 4;

/// The writer's side.
pub(crate) struct Checkpoints {
    /// Pages in the log, told by SQLite after each commit.
    pages: Arc<AtomicU32>,
    /// Whether the thread left little.
    nearly: Arc<AtomicBool>,
    ask: Sender<()>,
    next: u32,
    last: u32,
}

/// The thread's side.
pub(crate) struct Copier {
    conn: rusqlite::Connection,
    nearly: Arc<AtomicBool>,
    asked: Receiver<()>,
}

/// Takes the checkpoints of `writer` away from it; `conn` is another connection to its file.
pub(crate) fn apart(
    writer: &mut rusqlite::Connection,
    conn: rusqlite::Connection,
) -> Result<(Checkpoints, Copier)> {
    let pages = Arc::new(AtomicU32::new(0));
    let told = pages.clone();
    writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, count: std::ffi::c_int| {
        told.store(count.try_into().unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }))?;
    let nearly = Arc::new(AtomicBool::new(false));
    let (ask, asked) = bounded(1);
    let ours = Checkpoints { pages, nearly: nearly.clone(), ask, next: PAGES, last: 0 };
    Ok((ours, Copier { conn, nearly, asked }))
}

impl Checkpoints {
    /// What the writer does for the log between two transactions.
    pub(crate) fn attend(&mut self, writer: &rusqlite::Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.last {
            self.next = PAGES;
        }
        self.last = pages;
        if self.nearly.swap(false, Ordering::Relaxed) {
            finish(writer);
        } else if pages >= self.next {
            self.next = pages + AGAIN;
            // Where the thread is still at it, it has not to be asked.
            let _ = self.ask.try_send(());
            if pages >= MOST {
                finish(writer);
            }
        }
    }
}

fn finish(writer: &rusqlite::Connection) {
    if let Err(e) = passive(writer) {
        // The next commit says what is the matter with the file.
        tracing::debug!(error = %e, "the log could not be copied");
    }
}

impl Copier {
    /// Copies whenever it is asked, until the writer is gone.
    pub(crate) fn work(&self) {
        while self.asked.recv().is_ok() {
            for _ in 0..ROUNDS {
                match passive(&self.conn) {
                    Ok((log, copied)) if log.saturating_sub(copied) <= REST => {
                        self.nearly.store(true, Ordering::Relaxed);
                        break;
                    }
                    Ok(_) => {}
                    Err(e) => {
                        tracing::debug!(error = %e, "the log could not be copied");
                        break;
                    }
                }
            }
        }
    }
}

/// Copies what no reader needs as it was; pages in the log, and how many of them are copied.
fn passive(conn: &rusqlite::Connection) -> Result<(u32, u32)> {
    let mut statement = conn.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?;
    let counts: (i64, i64) = statement.query_row([], |row| Ok((row.get(1)?, row.get(2)?)))?;
    // Minus one where there is no log.
    Ok((counts.0.try_into().unwrap_or(0), counts.1.try_into().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sqlite;

    #[test]
    fn the_log_starts_anew_while_somebody_writes_on() {
        let dir = tempfile::tempdir().unwrap();
        let open = || {
            let conn = rusqlite::Connection::open(dir.path().join("a.db")).unwrap();
            sqlite::prepare(&conn).unwrap();
            conn
        };
        let mut writer = open();
        writer.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, x BLOB)").unwrap();
        let (mut checkpoints, copier) = apart(&mut writer, open()).unwrap();
        let thread = std::thread::spawn(move || copier.work());
        let (mut most, mut anew) = (0, 0);
        for _ in 0..3_000 {
            let before = checkpoints.pages.load(Ordering::Relaxed);
            writer.execute_batch("INSERT INTO t (x) VALUES (zeroblob(40000))").unwrap();
            let pages = checkpoints.pages.load(Ordering::Relaxed);
            most = most.max(pages);
            anew += u32::from(pages < before);
            checkpoints.attend(&writer);
        }
        assert!(anew > 0 && most < MOST, "{anew} times, {most} pages");
        drop(checkpoints);
        thread.join().unwrap();
    }
}
