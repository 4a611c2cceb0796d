//! Facts about the store and switches of the house: few rows, read by name.

use crate::params;
use crate::{Result, Tx};

/// Why dialing is paused for everyone; absent while it is not.
pub const DIALING_PAUSED: &str = "paused";
/// Identity of this store: cursors of another one mean nothing.
pub const EPOCH: &str = "epoch";

/// The value of a name.
///
/// # Errors
/// As the statement fails.
pub fn get(tx: &mut Tx<'_>, name: &str) -> Result<Option<String>> {
    tx.optional("SELECT value FROM meta WHERE name = $1", params![name], |r| r.get(0))
}

/// Sets a name, or removes it.
///
/// # Errors
/// As the statement fails.
pub fn set(tx: &mut Tx<'_>, name: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => tx.execute(
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![name, value],
        )?,
        None => tx.execute("DELETE FROM meta WHERE name = $1", params![name])?,
    };
    Ok(())
}

/// Sets a name that has no value yet; the value it has afterwards.
///
/// # Errors
/// As the statement fails.
pub fn get_or_set(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<String> {
    tx.execute(
        "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        params![name, value],
    )?;
    tx.one("SELECT value FROM meta WHERE name = $1", params![name], |r| r.get(0))
}
