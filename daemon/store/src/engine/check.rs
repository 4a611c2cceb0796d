//! Whether an SQLite file is whole: read through once, on a connection of its own.
//!
//! Must not live here: what to do about a file that is not.

use crate::engine::error::Result;
use std::path::Path;

/// Problems listed at most; the first ones say enough.
const PROBLEMS: usize = 5;

/// Reads every page and looks whether tables hold together; what is wrong, nothing where all is
/// well or there is no file yet. Index entries are not compared with their rows, which would
/// take many times as long. While it runs the log of the file cannot be reset and grows.
///
/// # Errors
/// As the file cannot be opened or is no database.
pub fn problems(path: &Path) -> Result<Vec<String>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let name = path.display().to_string();
    let read = || -> rusqlite::Result<Vec<String>> {
        let conn = rusqlite::Connection::open(path)?;
        let mut statement = conn.prepare("PRAGMA quick_check(5)")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.take(PROBLEMS).collect()
    };
    match read() {
        Ok(said) => Ok(said.into_iter().filter(|line| line != "ok").collect()),
        // Damage may stop the check itself: that is an answer, not a failure to look.
        Err(e) if is_damage(&e) => Ok(vec![e.to_string()]),
        Err(e) => Err(crate::Error::from(e).about_file(Some(&name))),
    }
}

fn is_damage(e: &rusqlite::Error) -> bool {
    e.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt)
}
