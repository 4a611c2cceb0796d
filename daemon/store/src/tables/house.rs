//! The daemons that share a store, scheduled slots, and the rows of provider accounts. What keeps
//! calls back is in `holds`.

use crate::params;
use crate::{Error, Result, Sql, Tx};
use frontdesk_shared::{ClientId, Millis};

/// Takes a node number for this daemon: `own`, which it had before, or else the lowest one that
/// is free or whose daemon has not shown a sign of life since `dead_before`.
///
/// # Errors
/// [`Error::Unavailable`] when all 64 are taken.
pub fn join(
    tx: &mut Tx<'_>,
    boot: &str,
    host: &str,
    now: Millis,
    dead_before: Millis,
    own: Option<i64>,
) -> Result<u8> {
    let taken: Vec<i64> =
        tx.all("SELECT node FROM instance WHERE beat_at >= $1 ORDER BY node", params![dead_before], |r| {
            r.get(0)
        })?;
    let node = own
        .into_iter()
        .chain(0..64)
        .find(|n| !taken.contains(n))
        .ok_or_else(|| Error::Unavailable("64 daemons are already running on this store".into()))?;
    tx.execute(
        "INSERT INTO instance (node, boot, host, started_at, beat_at) VALUES ($1, $2, $3, $4, $4)
         ON CONFLICT (node) DO UPDATE SET boot = excluded.boot, host = excluded.host,
             started_at = excluded.started_at, beat_at = excluded.beat_at
         WHERE instance.beat_at < $5",
        params![node, boot, host, now, dead_before],
    )?;
    let owner: String = tx.one("SELECT boot FROM instance WHERE node = $1", params![node], |r| r.get(0))?;
    if owner == boot {
        u8::try_from(node).map_err(|e| Error::Database(e.to_string()))
    } else {
        Err(Error::Retry("another daemon took the node number".into()))
    }
}

/// Notes that the daemon of a boot is dead, so that its node number is free at once. The number.
///
/// # Errors
/// As the statement fails.
pub fn dead(tx: &mut Tx<'_>, boot: &str) -> Result<Option<i64>> {
    tx.optional("DELETE FROM instance WHERE boot = $1 RETURNING node", params![boot], |r| r.get(0))
}

/// Shows a sign of life; `false` when another daemon has taken the node number meanwhile.
///
/// # Errors
/// As the statement fails.
pub fn beat(tx: &mut Tx<'_>, node: i64, boot: &str, now: Millis) -> Result<bool> {
    Ok(tx.execute(
        "UPDATE instance SET beat_at = $3 WHERE node = $1 AND boot = $2",
        params![node, boot, now],
    )? > 0)
}

/// Gives the node number back.
///
/// # Errors
/// As the statement fails.
pub fn leave(tx: &mut Tx<'_>, node: i64, boot: &str) -> Result<()> {
    tx.execute("DELETE FROM instance WHERE node = $1 AND boot = $2", params![node, boot])?;
    Ok(())
}

/// The slot a scheduled job was last enqueued for, when it last ended, and how.
///
/// # Errors
/// As the statement fails.
pub fn last_slot(tx: &mut Tx<'_>, name: &str) -> Result<Option<(Millis, Option<Millis>, String)>> {
    tx.optional("SELECT last_slot, done_at, note FROM schedule WHERE name = $1", params![name], |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?))
    })
}

/// Remembers that a slot was enqueued.
///
/// # Errors
/// As the statement fails.
pub fn set_slot(tx: &mut Tx<'_>, name: &str, slot: Millis) -> Result<()> {
    tx.execute(
        "INSERT INTO schedule (name, last_slot, note) VALUES ($1, $2, '')
         ON CONFLICT (name) DO UPDATE SET last_slot = excluded.last_slot WHERE schedule.last_slot < excluded.last_slot",
        params![name, slot],
    )?;
    Ok(())
}

/// Takes a slot back that lies in the future, because a wrong clock set it.
///
/// # Errors
/// As the statement fails.
pub fn lower_slot(tx: &mut Tx<'_>, name: &str, slot: Millis) -> Result<()> {
    tx.execute("UPDATE schedule SET last_slot = $2 WHERE name = $1 AND last_slot > $2", params![name, slot])?;
    Ok(())
}

/// Remembers how a run ended.
///
/// # Errors
/// As the statement fails.
pub fn slot_done(tx: &mut Tx<'_>, name: &str, note: &str, now: Millis) -> Result<()> {
    tx.execute("UPDATE schedule SET done_at = $2, note = $3 WHERE name = $1", params![name, now, note])?;
    Ok(())
}

/// Locks a row of an account on PostgreSQL until the transaction ends, so that slots are counted
/// by one daemon at a time.
///
/// # Errors
/// As the statements fail.
pub fn lock_account(tx: &mut Tx<'_>, provider: &str, client: ClientId) -> Result<()> {
    if locked(tx, provider, client)? {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO provider_state (provider, client_id, breaker) VALUES ($1, $2, '')
         ON CONFLICT (provider, client_id) DO NOTHING",
        params![provider, client],
    )?;
    if locked(tx, provider, client)? { Ok(()) } else { Err(Error::Retry("another daemon came first".into())) }
}

fn locked(tx: &mut Tx<'_>, provider: &str, client: ClientId) -> Result<bool> {
    let found: Option<i64> = tx.optional(
        Sql {
            lite: "SELECT client_id FROM provider_state WHERE provider = $1 AND client_id = $2",
            // A change and not a mere lock: who waited for it counts again, from the start.
            pg: "UPDATE provider_state SET provider = provider WHERE provider = $1 AND client_id = $2
                 RETURNING client_id",
        },
        params![provider, client],
        |r| r.get(0),
    )?;
    Ok(found.is_some())
}

/// The breaker of a client's account as text, if it was ever kept; of client 0 the installation's.
///
/// # Errors
/// As the statement fails.
pub fn breaker(tx: &mut Tx<'_>, provider: &str, client: ClientId) -> Result<Option<String>> {
    tx.optional(
        "SELECT breaker FROM provider_state WHERE provider = $1 AND client_id = $2",
        params![provider, client],
        |r| r.get(0),
    )
}

/// Keeps it.
///
/// # Errors
/// As the statement fails; `Retry` on PostgreSQL where it was changed since it was read.
pub fn set_breaker(tx: &mut Tx<'_>, provider: &str, client: ClientId, breaker: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO provider_state (provider, client_id, breaker) VALUES ($1, $2, $3)
         ON CONFLICT (provider, client_id) DO UPDATE SET breaker = excluded.breaker",
        params![provider, client, breaker],
    )?;
    Ok(())
}

/// Until when an account has sent ahead of its pace.
///
/// # Errors
/// As the statement fails.
pub fn paced_to(tx: &mut Tx<'_>, provider: &str, client: ClientId) -> Result<Millis> {
    let found = tx.optional(
        "SELECT paced_to FROM provider_state WHERE provider = $1 AND client_id = $2",
        params![provider, client],
        |r| r.get(0),
    )?;
    Ok(found.unwrap_or(Millis(0)))
}

/// Keeps it. The account's row is there, since it was locked.
///
/// # Errors
/// As the statement fails.
pub fn set_paced_to(tx: &mut Tx<'_>, provider: &str, client: ClientId, until: Millis) -> Result<()> {
    tx.execute(
        "UPDATE provider_state SET paced_to = $3 WHERE provider = $1 AND client_id = $2",
        params![provider, client, until],
    )?;
    Ok(())
}
