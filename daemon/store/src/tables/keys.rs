//! API keys: only their hashes, whose they are, and how long they hold.

use crate::params;
use crate::{Refusal, Result, Row, Tx};
use frontdesk_shared::{ClientId, Millis, RowId};

/// Keys of one owner that are listed; the newest ones.
const LISTED: i64 = 200;

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: RowId,
    /// Whose; 0 is an administrator's.
    pub client: ClientId,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last seen, to the minute.
    pub last_used_at: Option<Millis>,
    /// When it ends by itself.
    pub expires_at: Option<Millis>,
    /// When it was taken back.
    pub revoked_at: Option<Millis>,
}

impl Key {
    /// Whether it opens anything.
    pub fn stands(&self, now: Millis) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| at > now)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, client_id, label, created_at, last_used_at, expires_at, revoked_at FROM api_key ",
            $rest
        )
    };
}

fn read(r: &Row<'_>) -> Result<Key> {
    Ok(Key {
        id: r.get(0)?,
        client: r.get(1)?,
        label: r.get(2)?,
        created_at: r.get(3)?,
        last_used_at: r.get(4)?,
        expires_at: r.get(5)?,
        revoked_at: r.get(6)?,
    })
}

/// The key that hashes to `hash`, if it stands.
///
/// # Errors
/// As the statement fails.
pub fn by_hash(tx: &mut Tx<'_>, hash: &[u8], now: Millis) -> Result<Option<Key>> {
    let found = tx.optional(select!("WHERE hash = $1"), params![hash], read)?;
    Ok(found.filter(|key| key.stands(now)))
}

/// The key of an id, or a refusal.
///
/// # Errors
/// `not_found`.
pub fn need(tx: &mut Tx<'_>, id: RowId) -> Result<Key> {
    let found = tx.optional(select!("WHERE id = $1"), params![id], read)?;
    found.ok_or_else(|| Refusal::not_found(format!("there is no key {id}")).into())
}

/// The keys of an owner, the newest first.
///
/// # Errors
/// As the statement fails.
pub fn of_client(tx: &mut Tx<'_>, client: ClientId) -> Result<Vec<Key>> {
    tx.all(select!("WHERE client_id = $1 ORDER BY id DESC LIMIT $2"), params![client, LISTED], read)
}

/// Adds a key.
///
/// # Errors
/// [`crate::Error::Conflict`] for a hash that is there.
pub fn insert(tx: &mut Tx<'_>, key: &Key, hash: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO api_key (id, client_id, hash, label, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        params![key.id, key.client, hash, &key.label, key.created_at, key.expires_at],
    )?;
    Ok(())
}

/// Takes a key back, for ever.
///
/// # Errors
/// As the statement fails.
pub fn revoke(tx: &mut Tx<'_>, id: RowId, now: Millis) -> Result<()> {
    tx.execute("UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", params![id, now])?;
    Ok(())
}

/// Lets a key end at an instant.
///
/// # Errors
/// As the statement fails.
pub fn ends(tx: &mut Tx<'_>, id: RowId, at: Millis) -> Result<()> {
    tx.execute("UPDATE api_key SET expires_at = $2 WHERE id = $1", params![id, at])?;
    Ok(())
}

/// Notes that a key was seen.
///
/// # Errors
/// As the statement fails.
pub fn used(tx: &mut Tx<'_>, id: RowId, now: Millis) -> Result<()> {
    tx.execute("UPDATE api_key SET last_used_at = $2 WHERE id = $1", params![id, now])?;
    // Nobody waits for this.
    tx.wrote.any = false;
    Ok(())
}
