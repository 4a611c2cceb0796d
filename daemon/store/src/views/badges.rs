//! The counts in the console's header. Read with every page, so each is one small index.

use crate::params;
use crate::{Result, Tx, meta};
use frontdesk_shared::ClientId;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::page::{Badges, COUNTED, Pause};

/// The header's counts, none beyond 10,000, and what is paused: of the installation, and of the
/// client that is looked at.
///
/// # Errors
/// As the store fails.
pub fn badges(tx: &mut Tx<'_>, client: Option<&str>) -> Result<Badges> {
    let count = |tx: &mut Tx<'_>, sql: &'static str| tx.count(sql, &[]).map(|n| n.min(COUNTED));
    let live = count(
        tx,
        "SELECT count(*) FROM (SELECT 1 FROM call WHERE status NOT IN ('ended', 'refused') LIMIT 10001) AS t",
    )?;
    let stuck_jobs = count(
        tx,
        "SELECT count(*) FROM (SELECT 1 FROM job WHERE state IN ('dead', 'uncertain') LIMIT 10001) AS t",
    )?;
    let bad_webhooks = count(
        tx,
        "SELECT count(*) FROM (SELECT 1 FROM webhook WHERE status IN ('failed', 'unmatched') LIMIT 10001) AS t",
    )?;
    let running_imports = count(
        tx,
        "SELECT count(*) FROM (SELECT 1 FROM import WHERE status IN ('receiving', 'running') LIMIT 10001) AS t",
    )?;
    // Groups, not errors: few, however often they happen.
    let severities = tx.all(
        "SELECT severity, count(*) FROM (SELECT severity FROM fault WHERE acked_at IS NULL LIMIT 10001) AS t \
         GROUP BY severity",
        &[],
        |r| Ok((r.word(0, Severity::parse)?, r.get::<u64>(1)?)),
    )?;
    let pauses = pauses(tx, client)?;
    Ok(Badges {
        live,
        stuck_jobs,
        errors: severities.iter().map(|(_, n)| n).sum::<u64>().min(COUNTED),
        worst: severities.iter().map(|(severity, _)| *severity).max(),
        bad_webhooks,
        running_imports,
        paused: pauses.iter().any(|pause| pause.client.is_none()),
        pauses,
        // Not in the database, of all things.
        away_since: None,
        spooled: 0,
    })
}

fn pauses(tx: &mut Tx<'_>, client: Option<&str>) -> Result<Vec<Pause>> {
    let mut pauses = Vec::new();
    if let Some(reason) = meta::get(tx, meta::DIALING_PAUSED)? {
        pauses.push(meta::pause(tx, ClientId(0), None, reason)?);
    }
    let Some(key) = client else { return Ok(pauses) };
    let paused: Option<(ClientId, String)> = tx.optional(
        "SELECT id, COALESCE(paused_reason, '') FROM client WHERE key = $1 AND status = 'paused'",
        params![key],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    if let Some((id, reason)) = paused {
        pauses.push(meta::pause(tx, id, Some(key), reason)?);
    }
    Ok(pauses)
}
