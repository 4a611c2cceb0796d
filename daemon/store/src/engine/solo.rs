//! A store on the caller's own thread: SQLite in memory, one transaction after the other.
//!
//! For whoever must decide himself what happens next, such as a simulation that repeats every
//! step from a seed: no threads, no queue, nothing on disk. The transactions are the same
//! closures over the same [`Tx`], schema and settings as everywhere else; only durability is
//! missing. Not for a daemon.

use super::{migrate, sqlite};
use crate::engine::error::{Error, Result};
use crate::engine::tx::{Conn, Tx};

/// An SQLite database that lives as long as this value.
#[derive(Debug)]
pub struct Solo {
    conn: rusqlite::Connection,
    /// Empties every table of data; the schema and its prepared statements stay.
    clear: String,
}

impl Solo {
    /// A migrated, empty database.
    ///
    /// # Errors
    /// As the migrations fail.
    pub fn in_memory() -> Result<Self> {
        let conn = rusqlite::Connection::open_in_memory()?;
        sqlite::prepare(&conn)?;
        let mut solo = Self { conn, clear: String::new() };
        solo.write(|tx| migrate::all(tx, 0))?;
        let tables: Vec<String> =
            solo.read(|tx| tx.all("SELECT name FROM sqlite_master WHERE type = 'table'", &[], |r| r.get(0)))?;
        let data = tables.iter().filter(|t| *t != "schema_migration");
        // Parents may go before their children here: at the end there is neither.
        solo.clear = format!(
            "PRAGMA foreign_keys = OFF; BEGIN; {} COMMIT; PRAGMA foreign_keys = ON;",
            data.map(|t| format!("DELETE FROM {t};")).collect::<String>()
        );
        Ok(solo)
    }

    /// Forgets all data.
    ///
    /// # Errors
    /// As the statements fail.
    pub fn clear(&self) -> Result<()> {
        Ok(self.conn.execute_batch(&self.clear)?)
    }

    /// Runs `f` in a transaction and commits it.
    ///
    /// # Errors
    /// What `f` returns; nothing of it stays then.
    pub fn write<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.run(Tx::new(Conn::Lite(&self.conn)), "COMMIT", f)
    }

    /// Runs `f` in a transaction and takes it back, as a database does that lost a race: its
    /// caller runs it again.
    ///
    /// # Errors
    /// What `f` returns.
    pub fn undone<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.run(Tx::new(Conn::Lite(&self.conn)), "ROLLBACK", f)
    }

    /// Runs `f` on one snapshot.
    ///
    /// # Errors
    /// As [`Solo::write`].
    pub fn read<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.run(Tx::reader(Conn::Lite(&self.conn)), "COMMIT", f)
    }

    fn run<T>(&self, mut tx: Tx<'_>, end: &str, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.step("BEGIN")?;
        let result = f(&mut tx);
        let result = tx.end(result);
        if self.conn.is_autocommit() {
            return Err(Error::Unavailable("SQLite gave the transaction up".into()));
        }
        self.step(if result.is_ok() { end } else { "ROLLBACK" })?;
        result
    }

    fn step(&self, sql: &str) -> Result<()> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta;
    use crate::params;

    fn seen(solo: &Solo) -> Option<String> {
        solo.read(|tx| meta::get(tx, meta::DIALING_PAUSED)).unwrap()
    }

    #[test]
    fn what_fails_or_is_undone_leaves_nothing() {
        let solo = Solo::in_memory().unwrap();
        solo.undone(|tx| meta::set(tx, meta::DIALING_PAUSED, Some("a"))).unwrap();
        assert_eq!(seen(&solo), None);
        let overlooked = solo.write(|tx| {
            meta::set(tx, meta::DIALING_PAUSED, Some("b"))?;
            let _ = tx.execute("UPDATE nothing SET x = $1", params![1]);
            Ok(())
        });
        assert!(overlooked.is_err());
        assert_eq!(seen(&solo), None);
    }

    #[test]
    fn cleared_it_is_as_new() {
        let solo = Solo::in_memory().unwrap();
        for _ in 0..2 {
            assert_eq!(seen(&solo), None);
            solo.write(|tx| meta::set(tx, meta::DIALING_PAUSED, Some("c"))).unwrap();
            assert_eq!(seen(&solo).as_deref(), Some("c"));
            solo.clear().unwrap();
        }
    }
}
