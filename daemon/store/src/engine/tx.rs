//! One transaction on either engine, as repository functions see it.

use crate::engine::commits::Wrote;
use crate::engine::error::{Error, Refusal, Result};
use crate::engine::postgres::PgConn;
use crate::engine::row::Row;
use crate::engine::value::Value;
use crate::events::{self, Pending};
use crate::faults;

/// Which engine a store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite in this process.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// A statement. One text for both engines, but for the few places where locking differs.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    /// For SQLite.
    pub lite: &'static str,
    /// For PostgreSQL.
    pub pg: &'static str,
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self { lite: text, pg: text }
    }
}

/// An open transaction. Dropping the closure's result decides: `Ok` commits, `Err` rolls back.
#[derive(Debug)]
pub struct Tx<'c> {
    pub(crate) conn: Conn<'c>,
    /// What was changed, so that those who wait are woken only for a reason.
    pub(crate) wrote: Wrote,
    /// Whether a statement that may change something was begun, whatever came of it.
    pub(crate) touched: bool,
    /// The first statement that failed. PostgreSQL answers the COMMIT of such a transaction
    /// with success and keeps nothing, so on both engines a failed statement fails it.
    pub(crate) failed: Option<Error>,
    /// Events that are written when the closure is done: all of them cost little more than one.
    pub(crate) events: Vec<Pending>,
    /// What the log is told once this is committed.
    pub(crate) faults: Vec<faults::Line>,
    may_write: bool,
}

#[derive(Debug)]
pub(crate) enum Conn<'c> {
    Lite(&'c rusqlite::Connection),
    Pg(&'c mut PgConn),
}

impl<'c> Tx<'c> {
    pub(crate) fn new(conn: Conn<'c>) -> Self {
        Self {
            conn,
            wrote: Wrote::default(),
            touched: false,
            failed: None,
            events: Vec::new(),
            faults: Vec::new(),
            may_write: true,
        }
    }

    pub(crate) fn reader(conn: Conn<'c>) -> Self {
        Self { may_write: false, ..Self::new(conn) }
    }

    /// What came of the closure that had this transaction. One may overlook a failed statement;
    /// its transaction is lost all the same.
    pub(crate) fn end<T>(&mut self, result: Result<T>) -> Result<T> {
        let value = result?;
        events::write_pending(self)?;
        match &self.failed {
            Some(e) => Err(e.clone()),
            None => Ok(value),
        }
    }

    /// Runs one statement: none after a failed one, and no change from a reader.
    fn statement<T>(&mut self, changes: bool, f: impl FnOnce(&mut Conn<'c>) -> Result<T>) -> Result<T> {
        if let Some(e) = &self.failed {
            return Err(e.clone());
        }
        self.touched |= changes;
        let result = if changes && !self.may_write {
            Err(Error::Database("a reader may not write".into()))
        } else {
            f(&mut self.conn)
        };
        result.map_err(|e| {
            let e = match (&self.conn, e) {
                (Conn::Lite(conn), e) => e.about_file(conn.path()),
                (Conn::Pg(_), e) => e,
            };
            self.failed = Some(e.clone());
            e
        })
    }

    /// The engine underneath, for the few statements that must differ.
    pub fn engine(&self) -> Engine {
        match self.conn {
            Conn::Lite(_) => Engine::Sqlite,
            Conn::Pg(_) => Engine::Postgres,
        }
    }

    /// Runs a statement; the number of rows it changed.
    ///
    /// # Errors
    /// As the statement fails.
    pub fn execute(&mut self, sql: impl Into<Sql>, params: &[Value<'_>]) -> Result<u64> {
        let sql = sql.into();
        let changed = self.statement(true, |conn| match conn {
            Conn::Lite(conn) => {
                let mut statement = prepare(conn, sql.lite, params)?;
                Ok(statement.raw_execute()? as u64)
            }
            Conn::Pg(conn) => {
                frontdesk_env::fail::statement(sql.pg);
                conn.execute(sql.pg, params)
            }
        })?;
        self.wrote.any |= changed > 0;
        Ok(changed)
    }

    /// Runs a statement and maps every row.
    ///
    /// # Errors
    /// As the statement or `map` fails.
    pub fn all<T>(
        &mut self,
        sql: impl Into<Sql>,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let sql = sql.into();
        // What is neither SELECT nor WITH changes rows and returns them.
        let changes = !(sql.pg.starts_with("SELECT") || sql.pg.starts_with("WITH"));
        let out = self.statement(changes, |conn| match conn {
            Conn::Lite(conn) => collect(&mut *prepare(conn, sql.lite, params)?, &mut map),
            Conn::Pg(conn) => {
                frontdesk_env::fail::statement(sql.pg);
                conn.query(sql.pg, params)?.iter().map(|row| map(&Row::Pg(row))).collect()
            }
        })?;
        self.wrote.any |= changes && !out.is_empty();
        Ok(out)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As the statement or `map` fails.
    pub fn optional<T>(
        &mut self,
        sql: impl Into<Sql>,
        params: &[Value<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut rows = self.all(sql, params, map)?;
        Ok(if rows.is_empty() { None } else { Some(rows.swap_remove(0)) })
    }

    /// The first row.
    ///
    /// # Errors
    /// [`Error::NoRow`] where there is none.
    pub fn one<T>(
        &mut self,
        sql: impl Into<Sql>,
        params: &[Value<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.optional(sql, params, map)?.ok_or(Error::NoRow)
    }

    /// The first column of the only row, as a number; for counts.
    ///
    /// # Errors
    /// As the statement fails.
    pub fn count(&mut self, sql: impl Into<Sql>, params: &[Value<'_>]) -> Result<u64> {
        self.one(sql, params, |r| r.get(0))
    }

    /// A statement whose text is built at run time: lists with filters, lookups of many at once.
    /// Their shapes are few, as their values are parameters, so SQLite keeps them compiled.
    ///
    /// # Errors
    /// As the statement or `map` fails.
    pub fn all_dynamic<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.statement(false, |conn| match conn {
            Conn::Lite(conn) => collect(&mut *prepare(conn, sql, params)?, &mut map),
            Conn::Pg(conn) => {
                frontdesk_env::fail::statement(sql);
                conn.query_unprepared(sql, params)?.iter().map(|row| map(&Row::Pg(row))).collect()
            }
        })
    }

    /// Changes rows with a text built from a description: of so few that all are kept prepared.
    pub(crate) fn execute_built(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let changed = self.statement(true, |conn| match conn {
            Conn::Lite(conn) => Ok(prepare(conn, sql, params)?.raw_execute()? as u64),
            Conn::Pg(conn) => {
                frontdesk_env::fail::statement(sql);
                conn.execute(sql, params)
            }
        })?;
        self.wrote.any |= changed > 0;
        Ok(changed)
    }

    /// As [`Tx::execute_built`], and maps what the statement returns.
    pub(crate) fn change_built<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let changed = self.built(true, sql, params, map)?;
        self.wrote.any |= !changed.is_empty();
        Ok(changed)
    }

    /// Reads rows with such a text.
    pub(crate) fn read_built<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.built(false, sql, params, map)
    }

    fn built<T>(
        &mut self,
        changes: bool,
        sql: &str,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.statement(changes, |conn| match conn {
            Conn::Lite(conn) => collect(&mut *prepare(conn, sql, params)?, &mut map),
            Conn::Pg(conn) => {
                frontdesk_env::fail::statement(sql);
                conn.query(sql, params)?.iter().map(|row| map(&Row::Pg(row))).collect()
            }
        })
    }

    /// Copies the snapshot of this transaction into a fresh SQLite file.
    pub(crate) fn copy_to(&mut self, path: &str) -> Result<()> {
        use rusqlite::backup::StepResult;
        let Conn::Lite(conn) = &self.conn else { return Ok(()) };
        let mut copy = rusqlite::Connection::open(path)?;
        let backup = rusqlite::backup::Backup::new(conn, &mut copy)?;
        loop {
            match backup.step(4096)? {
                StepResult::More => {}
                StepResult::Done => return Ok(()),
                // Half a copy must not pass for a whole one.
                other => return Err(Error::Retry(format!("the copy was interrupted: {other:?}"))),
            }
        }
    }

    /// Runs several statements without parameters; for migrations.
    ///
    /// # Errors
    /// As the statements fail.
    pub fn batch(&mut self, sql: &str) -> Result<()> {
        self.statement(true, |conn| match conn {
            Conn::Lite(conn) => Ok(conn.execute_batch(sql)?),
            Conn::Pg(conn) => conn.batch(sql),
        })?;
        self.wrote.any = true;
        Ok(())
    }

    /// The same, however long the server takes.
    pub(crate) fn batch_patiently(&mut self, sql: &str) -> Result<()> {
        match self.conn {
            Conn::Lite(_) => self.batch(sql),
            Conn::Pg(_) => self.statement(true, |conn| match conn {
                Conn::Lite(_) => Ok(()),
                Conn::Pg(conn) => conn.batch_patiently(sql),
            }),
        }
    }
}

fn collect<T>(
    statement: &mut rusqlite::Statement<'_>,
    map: &mut impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut out = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        out.push(map(&Row::Lite(row))?);
    }
    Ok(out)
}

/// A statement with its values.
fn prepare<'c>(
    conn: &'c rusqlite::Connection,
    sql: &str,
    params: &[Value<'_>],
) -> Result<rusqlite::CachedStatement<'c>> {
    frontdesk_env::fail::statement(sql);
    let mut statement = conn.prepare_cached(&numbered(sql))?;
    // PostgreSQL refuses it; here it would hide a forgotten condition.
    if statement.parameter_count() != params.len() {
        let count = statement.parameter_count();
        return Err(Error::Database(format!("{} values for {count} parameters", params.len())));
    }
    for (i, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(i + 1, checked(value)?)?;
    }
    Ok(statement)
}

/// SQLite takes `$2 … $1` for names and numbers them by first appearance; `?2 … ?1` means to it
/// what `$2 … $1` means to PostgreSQL.
fn numbered(sql: &str) -> String {
    let mut text = sql.to_owned().into_bytes();
    for byte in &mut text {
        if *byte == b'$' {
            *byte = b'?';
        }
    }
    // One ASCII sign for another: still UTF-8.
    String::from_utf8(text).unwrap_or_default()
}

/// A value SQLite may have: it would keep a NUL and cut the text at it elsewhere; PostgreSQL
/// refuses it.
fn checked<'v>(value: &'v Value<'v>) -> Result<&'v Value<'v>> {
    match value {
        Value::Text(text) if text.contains('\0') => Err(Refusal::nul().into()),
        value => Ok(value),
    }
}
