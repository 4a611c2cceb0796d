//! Facts about the store and switches of the house: few rows, read by name.

use crate::params;
use crate::{Result, Tx};
use frontdesk_shared::page::Pause;
use frontdesk_shared::{ClientId, Millis};
use serde_json::{Value, json};

/// Why dialing is paused for everyone; absent while it is not.
pub const DIALING_PAUSED: &str = "paused";
/// What signs the links in messages, in hexadecimal digits. A secret.
pub const LINK_SECRET: &str = "link_secret";
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

/// Writes down who paused dialing of a client (or, with 0, of everyone) and when; forgets it when
/// it goes on.
///
/// # Errors
/// As the statement fails.
pub fn note_pause(tx: &mut Tx<'_>, client: ClientId, by: Option<(&str, Millis)>) -> Result<()> {
    let note = by.map(|(actor, at)| json!({ "by": actor, "at": at }).to_string());
    set(tx, &pause_name(client), note.as_deref())
}

/// The pause of a client (or, with 0, of everyone) that holds because of `reason`.
///
/// # Errors
/// As the statement fails.
pub fn pause(tx: &mut Tx<'_>, client: ClientId, key: Option<&str>, reason: String) -> Result<Pause> {
    let note = get(tx, &pause_name(client))?.and_then(|note| serde_json::from_str::<Value>(&note).ok());
    let by = note.as_ref().and_then(|n| n.get("by")?.as_str()).unwrap_or_default().to_owned();
    let at = note.as_ref().and_then(|n| n.get("at")?.as_i64()).map(Millis);
    Ok(Pause { client: key.map(str::to_owned), by, at, reason })
}

fn pause_name(client: ClientId) -> String {
    format!("{DIALING_PAUSED}-by:{}", client.0)
}
