//! Migrations: numbered files, one text for both engines, one transaction each, under a lock.
//!
//! Files are written in PostgreSQL's subset. For SQLite the type names are translated and
//! every table becomes STRICT; a line that starts with `--sqlite:` or `--postgres:` is for that
//! engine alone.

use crate::params;
use crate::{Engine, Error, Result, Store};

struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal),* $(,)?) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../../../migrations/V", $version, "__", $name, ".sql")),
        }),*]
    };
}

const ALL: &[Migration] = migrations! { 1 "init", 2 "texts_and_keys", 3 "keys", 4 "hold_scopes", 5 "messages", 6 "calendar", 7 "refusals", 8 "screening", 9 "sequences" };

/// How a migration states the oldest program that may run on it, which is named by the newest
/// migration it knows. A migration that says nothing can only be run on by programs that know it.
const OLDEST: &str = "-- Oldest program that may run on it: ";

/// Any constant will do, as long as every daemon uses the same.
const PG_LOCK: &str = "SELECT pg_advisory_xact_lock(7305590214)";

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    version BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    checksum BIGINT NOT NULL,
    applied_at BIGINT NOT NULL
);
";

/// One migration and whether it was applied.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Status {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// When it was applied: milliseconds since the epoch, or `None` while pending.
    pub applied_at: Option<i64>,
}

/// Applies what is pending; how many that were.
///
/// # Errors
/// [`Error::Refused`] when the database is too new for this program or a migration was edited
/// after it ran; otherwise as the statements fail. A file that fails leaves the earlier ones.
pub async fn run(store: &Store, now: i64) -> Result<usize> {
    run_up_to(store, i64::MAX, now).await
}

/// Applies what is pending up to a version, as a program did that knew no newer one; how many that
/// were. For tests of upgrades.
///
/// # Errors
/// As [`run`].
pub async fn run_up_to(store: &Store, last: i64, now: i64) -> Result<usize> {
    store.read(check_may_run).await?;
    let mut applied = 0;
    for migration in ALL.iter().filter(|m| m.version <= last) {
        applied += store.write(move |tx| apply(tx, migration, now)).await?;
    }
    Ok(applied)
}

/// Applies what is pending in one open transaction.
pub(crate) fn all(tx: &mut crate::Tx<'_>, now: i64) -> Result<usize> {
    ALL.iter().try_fold(0, |applied, migration| Ok(applied + apply(tx, migration, now)?))
}

fn apply(tx: &mut crate::Tx<'_>, migration: &Migration, now: i64) -> Result<usize> {
    if tx.engine() == Engine::Postgres {
        // Whoever waited for the lock must see what its holder did.
        tx.batch("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")?;
        // A large table takes as long as it takes, and so does the wait for whoever migrates now.
        tx.batch("SET LOCAL statement_timeout = 0")?;
        // Only here whole tables are read and joined.
        tx.batch(
            "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on",
        )?;
        tx.batch_patiently(PG_LOCK)?;
    }
    tx.batch(&dialect(LEDGER, tx.engine()))?;
    let known: Option<i64> = tx.optional(
        "SELECT checksum FROM schema_migration WHERE version = $1",
        params![migration.version],
        |r| r.get(0),
    )?;
    let checksum = checksum(migration.sql);
    match known {
        Some(known) if known == checksum => Ok(0),
        Some(_) => Err(crate::Refusal::conflict(format!(
            "migration V{}__{} was changed after it had been applied here",
            migration.version, migration.name
        ))
        .into()),
        None => {
            tx.batch_patiently(&dialect(migration.sql, tx.engine()))?;
            frontdesk_env::fail::point("migration.half");
            tx.execute(
                "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
                params![migration.version, migration.name, checksum, now],
            )?;
            // The second migration made the column.
            if migration.version > 1 {
                tx.execute(
                    "UPDATE schema_migration SET min_program = $2 WHERE version = $1",
                    params![migration.version, oldest_program(migration)],
                )?;
            }
            Ok(1)
        }
    }
}

fn oldest_program(migration: &Migration) -> i64 {
    let stated = migration.sql.lines().find_map(|line| line.strip_prefix(OLDEST)?.trim().parse().ok());
    stated.unwrap_or(migration.version)
}

/// Refuses a database with a migration that this program does not know, unless that migration
/// lets programs like this one go on: during a rolling upgrade two neighbours work on one database.
fn check_may_run(tx: &mut crate::Tx<'_>) -> Result<()> {
    let known = ALL.last().map_or(0, |m| m.version);
    let newer = if has_ledger(tx)? {
        tx.count("SELECT count(*) FROM schema_migration WHERE version > $1", params![known])?
    } else {
        0
    };
    if newer == 0 {
        return Ok(());
    }
    let (found, oldest): (i64, i64) = tx.one(
        "SELECT max(version), max(COALESCE(min_program, version)) FROM schema_migration WHERE version > $1",
        params![known],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    if oldest > known {
        return Err(crate::Refusal::conflict(format!(
            "the database is at migration {found}, which needs a program that knows migration {oldest}; this one \
             knows only {known}: run the newer frontdeskd"
        ))
        .into());
    }
    Ok(())
}

fn has_ledger(tx: &mut crate::Tx<'_>) -> Result<bool> {
    let ledger = crate::Sql {
        lite: "SELECT count(*) FROM sqlite_master WHERE name = 'schema_migration'",
        pg: "SELECT count(*) FROM pg_tables WHERE tablename = 'schema_migration' AND schemaname = ANY(current_schemas(false))",
    };
    Ok(tx.count(ledger, &[])? > 0)
}

/// Every migration known to the program or applied to the database, by number.
///
/// # Errors
/// As the store fails.
pub async fn status(store: &Store) -> Result<Vec<Status>> {
    let applied: Vec<Status> = store
        .read(|tx| {
            if !has_ledger(tx)? {
                return Ok(Vec::new());
            }
            tx.all("SELECT version, name, applied_at FROM schema_migration ORDER BY version", &[], |r| {
                Ok(Status { version: r.get(0)?, name: r.get(1)?, applied_at: r.get(2)? })
            })
        })
        .await?;
    let mut all = applied;
    for migration in ALL {
        if !all.iter().any(|s| s.version == migration.version) {
            all.push(Status {
                version: migration.version,
                name: migration.name.to_owned(),
                applied_at: None,
            });
        }
    }
    all.sort_by_key(|s| s.version);
    Ok(all)
}

/// FNV-1a over the text without carriage returns, so that a checkout's line endings do not
/// count as an edit.
fn checksum(sql: &str) -> i64 {
    sql.bytes()
        .filter(|b| *b != b'\r')
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
        .cast_signed()
}

fn dialect(sql: &str, engine: Engine) -> String {
    let mut out = String::with_capacity(sql.len() + 256);
    for line in sql.lines() {
        let trimmed = line.trim_start();
        let line = match (trimmed.strip_prefix("--sqlite:"), trimmed.strip_prefix("--postgres:"), engine) {
            (Some(only), _, Engine::Sqlite) | (_, Some(only), Engine::Postgres) => only,
            (Some(_), ..) | (_, Some(_), _) => continue,
            _ => line,
        };
        match engine {
            Engine::Postgres => out.push_str(line),
            Engine::Sqlite if line.trim_end() == ");" => out.push_str(") STRICT;"),
            Engine::Sqlite => out.push_str(&sqlite_types(line)),
        }
        out.push('\n');
    }
    out
}

fn sqlite_types(line: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::with_capacity(line.len());
    for piece in line.replace("DOUBLE PRECISION", "REAL").split_inclusive(|c| !is_word(c)) {
        let word = piece.trim_end_matches(|c| !is_word(c));
        out.push_str(match word {
            "BIGINT" | "BOOLEAN" => "INTEGER",
            "BYTEA" => "BLOB",
            word => word,
        });
        out.push_str(&piece[word.len()..]);
    }
    out
}

/// Names of own tables that are not STRICT: empty, unless a migration's `);` is not on a line
/// of its own.
///
/// # Errors
/// As the store fails.
pub async fn lax_tables(store: &Store) -> Result<Vec<String>> {
    if store.engine() != Engine::Sqlite {
        return Ok(Vec::new());
    }
    store
        .read(|tx| {
            tx.all(
                "SELECT name FROM pragma_table_list WHERE strict = 0 AND type = 'table' AND name NOT LIKE 'sqlite_%'",
                &[],
                |r| r.get(0),
            )
        })
        .await
}

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_becomes_both_dialects() {
        let sql = "CREATE TABLE a (\n  id BIGINT NOT NULL PRIMARY KEY,\n  b BYTEA,\n  r DOUBLE PRECISION,\n--sqlite:  x TEXT\n--postgres:  y TEXT\n);\n";
        let lite = dialect(sql, Engine::Sqlite);
        assert!(lite.contains("id INTEGER NOT NULL PRIMARY KEY") && lite.contains(") STRICT;"));
        assert!(lite.contains("x TEXT") && !lite.contains("y TEXT") && lite.contains("b BLOB"));
        let pg = dialect(sql, Engine::Postgres);
        assert!(pg.contains("id BIGINT") && pg.contains("y TEXT") && !pg.contains("x TEXT"));
    }

    #[test]
    fn line_endings_are_no_edit() {
        assert_eq!(checksum("a\nb\n"), checksum("a\r\nb\r\n"));
        assert_ne!(checksum("a"), checksum("b"));
    }
}
