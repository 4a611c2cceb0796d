//! An import: its counts, how its columns were read, and the rows that were refused.

use super::{Lines, View};
use crate::params;
use crate::views::mask::Mask;
use crate::views::{rows, spec};
use crate::{Error, Refusal, Result, Tx};
use frontdesk_shared::ImportId;
use frontdesk_shared::import::{ImportRow, Reject};
use frontdesk_shared::page::List;
use frontdesk_shared::rpc::ImportReport;

/// Refused rows that are shown.
const REJECTS: i64 = 100;

/// An import with its first hundred refused rows and remarks, and its columns.
///
/// # Errors
/// `not_found` when there is none; otherwise as the store fails.
pub fn report(tx: &mut Tx<'_>, id: ImportId, unmasked: bool) -> Result<ImportReport> {
    let mask = Mask { open: unmasked };
    let import = row(tx, id, mask)?;
    let columns: String = tx.one("SELECT columns FROM import WHERE id = $1", params![id], |r| r.get(0))?;
    let mut rows = |warning: bool| {
        tx.all(
            "SELECT row_no, field, reason FROM import_reject WHERE import_id = $1 AND warning = $3 ORDER BY row_no, field LIMIT $2",
            params![id, REJECTS, warning],
            |r| Ok(Reject { row: r.get(0)?, field: r.get(1)?, reason: mask.text(r.get(2)?) }),
        )
    };
    let (rejects, remarks) = (rows(false)?, rows(true)?);
    Ok(ImportReport { import, rejects, remarks, columns: columns_of(&columns) })
}

fn row(tx: &mut Tx<'_>, id: ImportId, mask: Mask) -> Result<ImportRow> {
    let spec = spec::of(List::Imports, tx.engine()).ok_or(Error::NoRow)?;
    let sql = format!("SELECT i.id, 0, {} FROM {} WHERE i.id = $1", spec.columns, spec.from);
    let found = tx.all_dynamic(&sql, params![id], |r| rows::import(r, mask))?;
    found.into_iter().next().ok_or_else(|| Refusal::not_found(format!("there is no import {id}")).into())
}

/// Header and field: pairs, or an object.
fn columns_of(stored: &str) -> Vec<(String, String)> {
    serde_json::from_str::<Vec<(String, String)>>(stored).unwrap_or_else(|_| {
        serde_json::from_str::<std::collections::BTreeMap<String, String>>(stored)
            .unwrap_or_default()
            .into_iter()
            .collect()
    })
}

pub(super) fn view(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let report = report(tx, ImportId(id), view.mask.open)?;
    let import = report.import;
    let (client, spec): (i64, String) =
        tx.one("SELECT client_id, spec FROM import WHERE id = $1", params![id], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
    let mut facts = Lines::default();
    let dry = if import.dry_run { " (only judged: a dry run)" } else { "" };
    facts
        .add("status", format!("{}{dry}", import.status))
        .add("note", import.note)
        .add("client", import.client)
        .add("started", format!("{} by {}", view.when(import.created_at), import.actor))
        .add("finished", view.when_some(import.finished_at))
        .add("bytes", format!("{} of {}", import.bytes_done, import.bytes));
    let counts = import.counts;
    let mut rows = Lines::default();
    for (label, n) in [
        ("rows", counts.rows),
        ("accepted", counts.accepted),
        ("held", counts.held),
        ("valid", counts.valid),
        ("invalid", counts.invalid),
        ("duplicates", counts.duplicates),
        ("opted out", counts.opted_out),
        ("warnings", counts.warnings),
    ] {
        rows.add(label, n.to_string());
    }
    let mut columns = Lines::default();
    for (header, field) in report.columns.into_iter().take(200) {
        columns.add(header, field);
    }
    let mut rejects = Lines::default();
    for reject in report.rejects {
        rejects.add(format!("row {}", reject.row), format!("{}: {}", reject.field, reject.reason));
    }
    let mut remarks = Lines::default();
    for remark in report.remarks {
        remarks.add(format!("row {}", remark.row), format!("{}: {}", remark.field, remark.reason));
    }
    let mut asked = Lines::default();
    asked.block(view.pretty(&spec, 4_096));
    view.detail.title = format!("{}, {}", import.label, import.status);
    view.section("Import", facts);
    view.section("Rows", rows);
    view.section("Refused rows", rejects);
    view.section("Held rows and doubts", remarks);
    view.section("Columns", columns);
    view.section("As asked", asked);
    view.related("client", "client", Some(client));
    Ok(())
}
