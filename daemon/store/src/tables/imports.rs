//! Imports and their refused rows.

use crate::params;
use crate::{Refusal, Result, Row, Tx};
use frontdesk_shared::import::{ImportCounts, ImportRow, ImportSpec, ImportStatus, Reject};
use frontdesk_shared::{ClientId, ImportId, Millis};

/// Refused rows kept of one import; the rest are only counted.
pub const REJECTS_KEPT: u64 = 10_000;

/// An import as the daemon works with it.
#[derive(Clone, Debug)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Whose.
    pub client: ClientId,
    /// Where it stands.
    pub status: ImportStatus,
    /// How to read the file.
    pub spec: ImportSpec,
    /// What kind of bytes.
    pub content_type: String,
    /// BLAKE3 of the bytes, once whole.
    pub digest: String,
    /// The daemon that holds the bytes.
    pub node: i64,
    /// Size of the file.
    pub bytes: u64,
    /// Bytes judged.
    pub bytes_done: u64,
    /// First row without a verdict.
    pub next_row: u64,
    /// Verdicts so far.
    pub counts: ImportCounts,
    /// How the columns were read.
    pub columns: Vec<(String, String)>,
    /// Who started it.
    pub actor: String,
    /// In words.
    pub note: String,
    /// When it started.
    pub created_at: Millis,
    /// When it last moved.
    pub updated_at: Millis,
    /// When it was over.
    pub finished_at: Option<Millis>,
}

impl Import {
    /// The row lists show; the client's key is in the spec.
    pub fn row(&self) -> ImportRow {
        ImportRow {
            id: self.id,
            client: self.spec.client.clone(),
            label: self.spec.label.clone(),
            status: self.status,
            dry_run: self.spec.dry_run,
            counts: self.counts,
            bytes: self.bytes,
            bytes_done: self.bytes_done,
            actor: self.actor.clone(),
            note: self.note.clone(),
            created_at: self.created_at,
            finished_at: self.finished_at,
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, client_id, status, spec, content_type, digest, node, bytes, bytes_done, next_row, counts, ",
            "columns, actor, note, created_at, updated_at, finished_at FROM import ",
            $rest
        )
    };
}

fn read(r: &Row<'_>) -> Result<Import> {
    Ok(Import {
        id: r.get(0)?,
        client: r.get(1)?,
        status: r.word(2, ImportStatus::parse)?,
        spec: r.json(3)?,
        content_type: r.get(4)?,
        digest: r.get(5)?,
        node: r.get(6)?,
        bytes: r.get(7)?,
        bytes_done: r.get(8)?,
        next_row: r.get(9)?,
        counts: r.json(10)?,
        columns: r.json(11)?,
        actor: r.get(12)?,
        note: r.get(13)?,
        created_at: r.get(14)?,
        updated_at: r.get(15)?,
        finished_at: r.get(16)?,
    })
}

/// Adds an import.
///
/// # Errors
/// As the statement fails.
pub fn insert(tx: &mut Tx<'_>, i: &Import) -> Result<()> {
    let (spec, counts, columns) = texts(i);
    tx.execute(
        "INSERT INTO import (id, client_id, label, status, dry_run, spec, content_type, digest, node, bytes,
             bytes_done, next_row, counts, columns, actor, note, created_at, updated_at, finished_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
        params![
            i.id,
            i.client,
            &i.spec.label,
            i.status.word(),
            i.spec.dry_run,
            &spec,
            &i.content_type,
            &i.digest,
            i.node,
            i.bytes.cast_signed(),
            i.bytes_done.cast_signed(),
            i.next_row.cast_signed(),
            &counts,
            &columns,
            &i.actor,
            &i.note,
            i.created_at,
            i.updated_at,
            i.finished_at
        ],
    )?;
    Ok(())
}

/// Writes an import's progress back.
///
/// # Errors
/// As the statement fails.
pub fn update(tx: &mut Tx<'_>, i: &Import) -> Result<()> {
    let (_, counts, columns) = texts(i);
    tx.execute(
        "UPDATE import SET status = $2, digest = $3, bytes = $4, bytes_done = $5, next_row = $6, counts = $7,
             columns = $8, note = $9, updated_at = $10, finished_at = $11 WHERE id = $1",
        params![
            i.id,
            i.status.word(),
            &i.digest,
            i.bytes.cast_signed(),
            i.bytes_done.cast_signed(),
            i.next_row.cast_signed(),
            &counts,
            &columns,
            &i.note,
            i.updated_at,
            i.finished_at
        ],
    )?;
    Ok(())
}

fn texts(i: &Import) -> (String, String, String) {
    (
        serde_json::json!(i.spec).to_string(),
        serde_json::json!(i.counts).to_string(),
        serde_json::json!(i.columns).to_string(),
    )
}

/// The import of an id, or a refusal that names it.
///
/// # Errors
/// `not_found`.
pub fn need(tx: &mut Tx<'_>, id: ImportId) -> Result<Import> {
    tx.optional(select!("WHERE id = $1"), params![id], read)?
        .ok_or_else(|| Refusal::not_found(format!("there is no import {id}")).into())
}

/// An earlier import of the same bytes that was carried out.
///
/// # Errors
/// As the statement fails.
pub fn same_bytes(tx: &mut Tx<'_>, client: ClientId, digest: &str, not: ImportId) -> Result<Option<Import>> {
    tx.optional(
        select!(
            "WHERE client_id = $1 AND digest = $2 AND id <> $3 AND status = 'done' AND dry_run = FALSE ORDER BY id DESC LIMIT 1"
        ),
        params![client, digest, not],
        read,
    )
}

/// What an import brought, by what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Leads nobody was contacted of since, and which are open.
    pub untouched: u64,
    /// Of these, people who were leads before.
    pub known: u64,
    /// Leads that were contacted since, or are being called.
    pub contacted: u64,
    /// Leads that opted out.
    pub opted_out: u64,
    /// Leads that were closed by undoing it.
    pub undone: u64,
    /// Consents that were taken back by undoing it.
    pub voided: u64,
}

/// What an import brought, counted.
///
/// # Errors
/// As the statements fail.
pub fn brought(tx: &mut Tx<'_>, import: &Import) -> Result<Brought> {
    let voided = tx.count(
        "SELECT count(*) FROM lead l JOIN consent c ON c.lead_id = l.id
         WHERE l.import_id = $1 AND c.revoked_how LIKE 'import undone: %'",
        params![import.id],
    )?;
    tx.one(
        "SELECT count(CASE WHEN fresh = 1 AND status IN ('queued', 'held') AND hold_rule <> 'undone' THEN 1 END),
                count(CASE WHEN fresh = 1 AND status IN ('queued', 'held') AND hold_rule <> 'undone'
                           AND created_at < $2 THEN 1 END),
                count(CASE WHEN fresh = 0 OR status = 'calling' THEN 1 END),
                count(CASE WHEN status = 'opted-out' THEN 1 END),
                count(CASE WHEN hold_rule = 'undone' THEN 1 END)
         FROM (SELECT status, hold_rule, created_at,
                      CASE WHEN last_contact_at IS NULL OR last_contact_at < $2 THEN 1 ELSE 0 END AS fresh
               FROM lead WHERE import_id = $1) AS brought",
        params![import.id, import.created_at],
        |r| {
            Ok(Brought {
                untouched: r.get(0)?,
                known: r.get(1)?,
                contacted: r.get(2)?,
                opted_out: r.get(3)?,
                undone: r.get(4)?,
                voided,
            })
        },
    )
}

/// Keeps a refused row, or a warning about one that was taken.
///
/// # Errors
/// As the statement fails.
pub fn insert_reject(tx: &mut Tx<'_>, import: ImportId, reject: &Reject, warning: bool) -> Result<()> {
    tx.execute(
        "INSERT INTO import_reject (import_id, row_no, field, reason, warning) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (import_id, row_no, field, warning) DO NOTHING",
        params![import, reject.row.cast_signed(), &reject.field, &reject.reason, warning],
    )?;
    Ok(())
}

/// The first refused rows, or the first warnings.
///
/// # Errors
/// As the statement fails.
pub fn rejects(tx: &mut Tx<'_>, import: ImportId, warnings: bool, limit: i64) -> Result<Vec<Reject>> {
    tx.all(
        "SELECT row_no, field, reason FROM import_reject WHERE import_id = $1 AND warning = $2
         ORDER BY row_no, field LIMIT $3",
        params![import, warnings, limit],
        |r| Ok(Reject { row: r.get(0)?, field: r.get(1)?, reason: r.get(2)? }),
    )
}

/// Imports a daemon is still receiving.
///
/// # Errors
/// As the statement fails.
pub fn receiving(tx: &mut Tx<'_>, node: i64) -> Result<Vec<ImportId>> {
    tx.all("SELECT id FROM import WHERE status = 'receiving' AND node = $1", params![node], |r| r.get(0))
}
