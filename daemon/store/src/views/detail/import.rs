//! Reads an import: its counts, how its columns were read, and the rows that were refused.

use super::document;
use crate::params;
use crate::views::lists::{imports, one};
use crate::views::mask::Mask;
use crate::{Result, Tx};
use frontdesk_shared::detail::ImportDetail;
use frontdesk_shared::import::Reject;
use frontdesk_shared::rpc::ImportReport;
use frontdesk_shared::{ClientId, ImportId, Noun};

/// Refused rows that are shown.
const REJECTS: i64 = 100;
/// Columns that are shown.
const COLUMNS: usize = 200;
/// Bytes of what was asked that are shown.
const SPEC: usize = 4_096;

/// An import with its first hundred refused rows and remarks, and its columns.
///
/// # Errors
/// `not_found` when there is none; otherwise as the store fails.
pub fn report(tx: &mut Tx<'_>, id: ImportId, unmasked: bool) -> Result<ImportReport> {
    let mask = Mask { open: unmasked };
    let import = one(tx, Noun::Import, id.0, |r| imports::row(r, mask))?;
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

/// Header and field: pairs, or an object.
fn columns_of(stored: &str) -> Vec<(String, String)> {
    serde_json::from_str::<Vec<(String, String)>>(stored).unwrap_or_else(|_| {
        serde_json::from_str::<std::collections::BTreeMap<String, String>>(stored)
            .unwrap_or_default()
            .into_iter()
            .collect()
    })
}

pub(super) fn read(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<ImportDetail> {
    let report = report(tx, ImportId(id), mask.open)?;
    let (client, spec): (ClientId, String) =
        tx.one("SELECT client_id, spec FROM import WHERE id = $1", params![id], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
    Ok(ImportDetail {
        row: report.import,
        client,
        rejects: report.rejects,
        remarks: report.remarks,
        columns: report.columns.into_iter().take(COLUMNS).collect(),
        asked: document(mask, &spec, SPEC),
    })
}
