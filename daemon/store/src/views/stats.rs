//! Figures for the HTTP API: what goes on right now, and which errors happen.

use super::{CALL_JOB, badges};
use crate::params;
use crate::{Result, Tx, meta};
use frontdesk_domain::sending::PROVIDERS;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::health::MessageCounts;
use frontdesk_shared::page::COUNTED;
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_shared::{FaultId, Millis};
use serde::Serialize;
use std::collections::BTreeMap;

/// What goes on right now. The number of connected readers is added by who knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RealtimeStats {
    /// Open calls by status.
    pub calls: BTreeMap<String, u64>,
    /// Open calls.
    pub live_calls: u64,
    /// Calls ended within the last hour, among the newest 10,000.
    pub calls_last_hour: u64,
    /// Bookings made within the last hour, among the newest 10,000 calls.
    pub booked_last_hour: u64,
    /// Jobs whose time has come, counted up to 10,000.
    pub jobs_due: u64,
    /// Calls among them, counted up to 10,000.
    pub calls_due: u64,
    /// How long the oldest of them has been due.
    pub lag_ms: i64,
    /// Jobs that need a person.
    pub stuck_jobs: u64,
    /// Errors nobody has acknowledged, in groups.
    pub open_errors: u64,
    /// Whether dialing is paused, and why.
    pub paused: Option<String>,
    /// The daemon's clock.
    pub at: Millis,
}

/// Counts what goes on at `now`.
///
/// # Errors
/// As the store fails.
pub fn realtime(tx: &mut Tx<'_>, now: Millis) -> Result<RealtimeStats> {
    let header = badges::badges(tx, None)?;
    let calls: BTreeMap<String, u64> = tx
        .all(
            "SELECT status, count(*) FROM call WHERE status NOT IN ('ended', 'refused') GROUP BY status",
            &[],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?
        .into_iter()
        .collect();
    // Calls are found by age through their ids, newest first: there is no index by time.
    let (calls_last_hour, booked_last_hour) = tx.one(
        "SELECT count(*), count(*) FILTER (WHERE outcome = 'booked') FROM \
         (SELECT ended_at, outcome FROM call ORDER BY id DESC LIMIT 10000) AS t WHERE ended_at > $1",
        params![now - HOUR],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let jobs_due = tx.count(
        "SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 'ready' AND run_at <= $1 LIMIT 10001) AS t",
        params![now],
    )?;
    let calls_due = tx.count(
        "SELECT count(*) FROM (SELECT kind FROM job WHERE state = 'ready' AND run_at <= $1 \
         ORDER BY run_at LIMIT 10001) AS t WHERE kind = $2",
        params![now, CALL_JOB],
    )?;
    let oldest: Option<Millis> = tx.optional(
        "SELECT run_at FROM job WHERE state = 'ready' AND run_at <= $1 ORDER BY run_at LIMIT 1",
        params![now],
        |r| r.get(0),
    )?;
    Ok(RealtimeStats {
        live_calls: header.live,
        calls,
        calls_last_hour,
        booked_last_hour,
        jobs_due: jobs_due.min(COUNTED),
        calls_due: calls_due.min(COUNTED),
        lag_ms: oldest.map_or(0, |run_at| now.since(run_at)),
        stuck_jobs: header.stuck_jobs,
        open_errors: header.errors,
        paused: meta::get(tx, meta::DIALING_PAUSED)?,
        at: now,
    })
}

/// Counts how texts and emails fare at `now`.
///
/// # Errors
/// As the store fails.
pub fn messages(tx: &mut Tx<'_>, now: Millis) -> Result<MessageCounts> {
    let mut counts = MessageCounts::default();
    for (provider, _) in PROVIDERS {
        let (sent, failed): (u64, u64) = tx.one(
            "SELECT count(*) FILTER (WHERE status IN ('accepted', 'sent', 'delivered')), \
             count(*) FILTER (WHERE status IN ('failed', 'undelivered', 'refused')) FROM message \
             WHERE direction = 'outbound' AND provider = $1 AND created_at > $2",
            params![provider, now - DAY],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        counts.sent += sent;
        counts.failed += failed;
    }
    counts.uncertain = tx.count(
        "SELECT count(*) FROM (SELECT 1 FROM message WHERE status IN ('sending', 'uncertain', 'accepted') \
         AND status = 'uncertain' LIMIT 10001) AS t",
        &[],
    )?;
    counts.waiting = tx.count(
        "SELECT count(*) FROM (SELECT lane FROM job WHERE state = 'ready' AND run_at <= $1 \
         ORDER BY run_at LIMIT 10001) AS t WHERE lane IN ('sms', 'email')",
        params![now],
    )?;
    counts.uncertain = counts.uncertain.min(COUNTED);
    counts.waiting = counts.waiting.min(COUNTED);
    Ok(counts)
}

/// One severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SeverityTotal {
    /// Groups of like errors.
    pub groups: u64,
    /// Groups nobody has acknowledged.
    pub open: u64,
    /// Errors ever.
    pub total: u64,
}

/// One kind of error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorType {
    /// Kind, such as `vapi.refused`.
    pub kind: String,
    /// Errors ever.
    pub total: u64,
    /// Last time.
    pub last_at: Millis,
}

/// Errors kept in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HourCount {
    /// Start of the hour, UTC.
    pub hour: Millis,
    /// Errors in it.
    pub count: u64,
}

/// Errors: totals, the most frequent, the trend and the latest (requirement R108).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorStats {
    /// Every severity, also those without an error.
    pub by_severity: BTreeMap<String, SeverityTotal>,
    /// The ten most frequent kinds.
    pub top: Vec<ErrorType>,
    /// The last 24 hours, oldest first, the current one last. Of each group only the latest
    /// occurrences are kept, so a flood counts as what was kept of it.
    pub per_hour: Vec<HourCount>,
    /// The last error of all.
    pub last_at: Option<Millis>,
    /// The group it belongs to.
    pub last: Option<FaultId>,
    /// The daemon's clock.
    pub at: Millis,
}

/// Counts errors as of `now`.
///
/// # Errors
/// As the store fails.
pub fn errors(tx: &mut Tx<'_>, now: Millis) -> Result<ErrorStats> {
    let mut by_severity: BTreeMap<String, SeverityTotal> =
        Severity::ALL.iter().map(|s| (s.word().to_owned(), SeverityTotal::default())).collect();
    by_severity.extend(tx.all(
        "SELECT severity, count(*), count(*) FILTER (WHERE acked_at IS NULL), CAST(sum(total) AS BIGINT) \
         FROM fault GROUP BY severity",
        &[],
        |r| Ok((r.get(0)?, SeverityTotal { groups: r.get(1)?, open: r.get(2)?, total: r.get(3)? })),
    )?);
    let top = tx.all(
        "SELECT kind, CAST(sum(total) AS BIGINT) AS n, max(last_at) FROM fault GROUP BY kind \
         ORDER BY n DESC, kind LIMIT 10",
        &[],
        |r| Ok(ErrorType { kind: r.get(0)?, total: r.get(1)?, last_at: r.get(2)? }),
    )?;
    let last: Option<(FaultId, Millis)> =
        tx.optional("SELECT id, last_at FROM fault ORDER BY last_at DESC, id DESC LIMIT 1", &[], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
    let current = now.0.div_euclid(HOUR) * HOUR;
    let first = current + HOUR - DAY;
    let counted: BTreeMap<i64, u64> = tx
        .all(
            "SELECT at / 3600000 * 3600000 AS hour, count(*) FROM fault_instance WHERE at >= $1 AND at < $2 \
             GROUP BY at / 3600000 * 3600000",
            params![first, current + HOUR],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?
        .into_iter()
        .collect();
    let per_hour = (0..24)
        .map(|n| first + n * HOUR)
        .map(|hour| HourCount { hour: Millis(hour), count: counted.get(&hour).copied().unwrap_or(0) })
        .collect();
    Ok(ErrorStats {
        by_severity,
        top,
        per_hour,
        last_at: last.map(|(_, at)| at),
        last: last.map(|(id, _)| id),
        at: now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::testing::{NOW, Seed, each};

    #[tokio::test]
    async fn errors_are_counted_by_severity_kind_and_hour() {
        each(async |store| {
            store
                .write(|tx| {
                    let empty = errors(tx, NOW)?;
                    assert_eq!((empty.per_hour.len(), empty.last_at, empty.by_severity.len()), (24, None, 3));
                    tx.fault(1, "vapi.refused", "error", NOW - 5 * HOUR, false)?;
                    tx.fault(2, "db.slow", "warning", NOW - 1, true)?;
                    tx.fault_instance(1, 1, NOW - 5 * HOUR)?;
                    tx.fault_instance(2, 1, NOW - 5 * HOUR)?;
                    tx.fault_instance(3, 2, NOW)?;
                    tx.fault_instance(4, 2, NOW - 2 * DAY)?;
                    let stats = errors(tx, NOW)?;
                    assert_eq!(stats.by_severity["error"], SeverityTotal { groups: 1, open: 1, total: 3 });
                    assert_eq!(stats.by_severity["warning"].open, 0);
                    assert_eq!(stats.last, Some(FaultId(2)));
                    assert_eq!(stats.top.len(), 2);
                    let counts: Vec<u64> = stats.per_hour.iter().map(|h| h.count).collect();
                    assert_eq!((counts[23], counts[18], counts.iter().sum::<u64>()), (1, 2, 3));
                    Ok(())
                })
                .await
                .unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn messages_are_counted_by_how_they_fare() {
        each(async |store| {
            store
                .write(|tx| {
                    assert_eq!(messages(tx, NOW)?, MessageCounts::default());
                    tx.client(1, "acme")?;
                    for (id, status) in [(1, "delivered"), (2, "sent"), (3, "undelivered"), (4, "uncertain")]
                    {
                        tx.message(id, 1, 1, None, status)?;
                    }
                    tx.reminder(1, 1, 1, 1, NOW - 1)?;
                    tx.reminder(2, 1, 1, 1, NOW + 1)?;
                    let counts = messages(tx, NOW)?;
                    assert_eq!(counts, MessageCounts { sent: 2, failed: 1, uncertain: 1, waiting: 1 });
                    let later = messages(tx, NOW + 2 * DAY)?;
                    assert_eq!((later.sent, later.failed, later.uncertain, later.waiting), (0, 0, 1, 2));
                    Ok(())
                })
                .await
                .unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn the_present_is_counted() {
        each(async |store| {
            store
                .write(|tx| {
                    assert_eq!(realtime(tx, NOW)?, RealtimeStats { at: NOW, ..RealtimeStats::default() });
                    tx.client(1, "acme")?;
                    tx.call(1, 1, None, "in-progress", None)?;
                    tx.call(2, 1, None, "ended", Some("booked"))?;
                    tx.job(1, 1, None, "call.place", "ready", NOW - 5_000)?;
                    tx.job(2, 1, None, "other", "ready", NOW - 1_000)?;
                    tx.job(3, 1, None, "call.place", "ready", NOW + 1_000)?;
                    tx.job(4, 1, None, "call.place", "dead", NOW)?;
                    let stats = realtime(tx, NOW)?;
                    assert_eq!((stats.live_calls, stats.calls["in-progress"]), (1, 1));
                    assert_eq!((stats.calls_last_hour, stats.booked_last_hour), (1, 1));
                    assert_eq!((stats.jobs_due, stats.calls_due, stats.lag_ms), (2, 1, 5_000));
                    assert_eq!(stats.stuck_jobs, 1);
                    Ok(())
                })
                .await
                .unwrap();
        })
        .await;
    }
}
