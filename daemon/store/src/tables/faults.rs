//! Faults: errors by cause, each with its latest instances.

use crate::events::{self, NewEvent};
use crate::params;
use crate::{Result, Tx};
use frontdesk_shared::event::kind;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::{ClientId, FaultId, Millis, RowId};

/// Instances kept of one fault.
const INSTANCES: i64 = 20;

/// An error to record.
#[derive(Clone, Debug)]
pub struct NewFault<'a> {
    /// What kind, such as `vapi.refused`.
    pub kind: &'a str,
    /// The part of the house, or the provider.
    pub service: &'a str,
    /// Whom it concerns; 0 is the house.
    pub client: ClientId,
    /// How bad.
    pub severity: Severity,
    /// In words, without personal data.
    pub message: &'a str,
    /// What it happened to: noun and id.
    pub subject: (&'a str, String),
}

/// A line for the log, once the fault it tells of is committed.
#[derive(Debug)]
pub(crate) struct Line {
    kind: String,
    service: String,
    client: ClientId,
    severity: Severity,
    subject: (String, String),
    count: u64,
}

impl Line {
    /// Neither the message nor whom it concerns: who reads the log need not know the people.
    pub(crate) fn log(&self) {
        let Self { kind, service, client, count, .. } = self;
        let subject = format!("{} {}", self.subject.0, self.subject.1);
        match self.severity {
            Severity::Warning => {
                tracing::warn!(
                    tag = "FAULT",
                    kind,
                    service,
                    client.id = client.0,
                    subject,
                    count,
                    "a fault was recorded"
                );
            }
            _ => tracing::error!(
                tag = "FAULT",
                kind,
                service,
                client.id = client.0,
                subject,
                count,
                "a fault was recorded"
            ),
        }
    }
}

/// Groups of one kind, service and client that differ by their cause; what comes beyond them shares
/// one.
const CAUSES: u64 = 20;

/// What errors of a group have in common.
fn fingerprint(tx: &mut Tx<'_>, f: &NewFault<'_>) -> Result<String> {
    let shared = format!("{}|{}|{}", f.kind, f.service, f.client.0);
    // A promise to somebody is kept one by one, so each is an entry of its own.
    if f.kind == "call.promised" {
        return Ok(format!("{shared}|{}", f.subject.1));
    }
    let Some(cause) = frontdesk_domain::records::cause(f.kind, f.message) else { return Ok(shared) };
    let own = format!("{shared}|{cause}");
    let known = tx.count("SELECT count(*) FROM fault WHERE fingerprint = $1", params![&own])?;
    let is_full = |tx: &mut Tx<'_>| -> Result<bool> {
        let sql = "SELECT count(*) FROM fault WHERE kind = $1 AND service = $2 AND client_id = $3";
        Ok(tx.count(sql, params![f.kind, f.service, f.client])? >= CAUSES)
    };
    Ok(if known == 0 && is_full(tx)? { shared } else { own })
}

/// Records an error in its group (kind, service, client and, where that tells them apart, cause) and
/// says so.
///
/// # Errors
/// As the statements fail.
pub fn record(tx: &mut Tx<'_>, f: &NewFault<'_>, fresh: (FaultId, RowId), now: Millis) -> Result<FaultId> {
    let fingerprint = fingerprint(tx, f)?;
    let (id, count): (FaultId, u64) = tx.one(
        "INSERT INTO fault (id, fingerprint, kind, service, client_id, severity, message, count, total, first_at, last_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 1, $8, $8)
         ON CONFLICT (fingerprint) DO UPDATE SET severity = excluded.severity, message = excluded.message,
             count = CASE WHEN fault.acked_at IS NULL THEN fault.count + 1 ELSE 1 END, total = fault.total + 1,
             first_at = CASE WHEN fault.acked_at IS NULL THEN fault.first_at ELSE excluded.first_at END,
             last_at = excluded.last_at, acked_at = NULL, acked_by = NULL
         RETURNING id, count",
        params![fresh.0, &fingerprint, f.kind, f.service, f.client, f.severity.word(), f.message, now],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    // The first of a kind, then ever fewer: a provider that is down must not fill a disk.
    if count.is_power_of_two() {
        tx.faults.push(Line {
            kind: f.kind.to_owned(),
            service: f.service.to_owned(),
            client: f.client,
            severity: f.severity,
            subject: (f.subject.0.to_owned(), f.subject.1.clone()),
            count,
        });
    }
    tx.execute(
        "INSERT INTO fault_instance (id, fault_id, at, message, subject, subject_id) VALUES ($1, $2, $3, $4, $5, $6)",
        params![fresh.1, id, now, f.message, f.subject.0, &f.subject.1],
    )?;
    tx.execute(
        "DELETE FROM fault_instance WHERE fault_id = $1 AND id <= (
             SELECT id FROM fault_instance WHERE fault_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
        params![id, INSTANCES],
    )?;
    events::append(
        tx,
        &NewEvent {
            at: now,
            kind: kind::FAULT_CHANGED,
            client: f.client,
            lead: None,
            subject: "fault",
            subject_id: &id.to_string(),
            actor: "daemon",
            text: &format!("{}: {}", f.kind, f.message),
            data: serde_json::json!({ "severity": f.severity.word(), "kind": f.kind }),
        },
    )?;
    Ok(id)
}

/// Marks a fault as seen; whether it was not yet.
///
/// # Errors
/// As the statement fails.
pub fn acknowledge(tx: &mut Tx<'_>, id: FaultId, by: &str, now: Millis) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE fault SET acked_at = $2, acked_by = $3, count = 0 WHERE id = $1 AND acked_at IS NULL",
        params![id, now, by],
    )?;
    Ok(changed > 0)
}
