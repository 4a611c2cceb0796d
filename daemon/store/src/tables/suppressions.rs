//! Refusals as they are kept: an address, whose, which channel, since when and what proves it.
//!
//! Must not live here: what a refusal follows from and leads to (`frontdesk_domain::opt_out`).

use crate::params;
use crate::{Result, Tx, Value};
use frontdesk_domain::records::{self, Lifted};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::{ClientId, Millis, RowId};

/// An active suppression of an address.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Whose; the house's holds for everyone.
    pub client: ClientId,
    /// Which channel; `None` is all of them.
    pub channel: Option<Channel>,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Millis,
}

/// Active suppressions of an address that bind a client.
///
/// # Errors
/// As the statement fails.
pub fn suppressions(tx: &mut Tx<'_>, client: ClientId, address: &str) -> Result<Vec<Suppression>> {
    tx.all(
        "SELECT client_id, channel, reason, created_at FROM suppression
         WHERE address = $1 AND client_id IN (0, $2) AND active ORDER BY created_at",
        params![address, client],
        |r| {
            let channel: String = r.get(1)?;
            Ok(Suppression {
                client: r.get(0)?,
                channel: Channel::parse(&channel),
                reason: r.get(2)?,
                since: r.get(3)?,
            })
        },
    )
}

/// A suppression on its way in.
#[derive(Clone, Copy, Debug)]
pub struct Suppressing<'a> {
    /// Its id.
    pub id: RowId,
    /// For which client; [`crate::clients::HOUSE`] is for all.
    pub client: ClientId,
    /// The number or address.
    pub address: &'a str,
    /// Why.
    pub reason: &'a str,
    /// What proves it.
    pub evidence: &'a str,
    /// Who recorded it.
    pub by: &'a str,
}

/// Suppresses an address on every channel. Whether it was not suppressed before.
///
/// # Errors
/// As the statements fail.
pub fn suppress(tx: &mut Tx<'_>, s: &Suppressing<'_>, at: Millis) -> Result<bool> {
    // An active entry keeps its first date and evidence: it is the proof of when we knew.
    let changed = tx.execute(
        "INSERT INTO suppression (id, client_id, address, channel, reason, evidence, active, created_at, created_by)
         VALUES ($1, $2, $3, 'all', $4, $5, TRUE, $6, $7)
         ON CONFLICT (address, client_id, channel) WHERE active DO NOTHING",
        params![s.id, s.client, s.address, s.reason, s.evidence, at, s.by],
    )?;
    Ok(changed > 0)
}

/// Active suppressions of many addresses, whosever, oldest first.
///
/// # Errors
/// As the statement fails.
pub fn suppressions_of(tx: &mut Tx<'_>, addresses: &[&str]) -> Result<Vec<records::Suppression>> {
    let addresses: Vec<Value<'_>> = addresses.iter().map(|a| Value::Text(a)).collect();
    let sql =
        "SELECT id, client_id, address, channel, reason, evidence, created_at, created_by FROM suppression
               WHERE address = ANY($1) AND active ORDER BY created_at";
    tx.many(sql, &addresses, &[], |r| {
        let channel: String = r.get(3)?;
        Ok(records::Suppression {
            id: r.get(0)?,
            client: r.get(1)?,
            address: r.get(2)?,
            channel: Channel::parse(&channel),
            reason: r.get(4)?,
            evidence: r.get(5)?,
            since: r.get(6)?,
            by: r.get(7)?,
        })
    })
}

/// Suppresses addresses; an entry that is active keeps its first date and evidence, which prove
/// since when it was known.
///
/// # Errors
/// As the statements fail.
pub fn suppress_all(tx: &mut Tx<'_>, suppressions: &[records::Suppression]) -> Result<()> {
    for s in suppressions {
        tx.execute(
            "INSERT INTO suppression (id, client_id, address, channel, reason, evidence, active, created_at, created_by)
             VALUES ($1, $2, $3, $4, $5, $6, TRUE, $7, $8)
             ON CONFLICT (address, client_id, channel) WHERE active DO NOTHING",
            params![
                s.id,
                s.client,
                &s.address,
                s.channel.map_or("all", Channel::word),
                &s.reason,
                &s.evidence,
                s.since,
                &s.by
            ],
        )?;
    }
    Ok(())
}

/// Ends the suppression of an address on one channel, or the one on all: others of it stand.
///
/// # Errors
/// As the statement fails.
pub fn lift(tx: &mut Tx<'_>, lifted: &Lifted, now: Millis) -> Result<u64> {
    tx.execute(
        "UPDATE suppression SET active = FALSE, ended_at = $4, ended_by = $5, ended_why = $6
         WHERE address = $1 AND client_id = $2 AND channel = $3 AND active",
        params![
            &lifted.address,
            lifted.client,
            lifted.channel.map_or("all", Channel::word),
            now,
            &lifted.by,
            &lifted.why
        ],
    )
}
