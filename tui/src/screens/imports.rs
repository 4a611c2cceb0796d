//! Imports: files and requests that brought leads, with the verdicts counted.

use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::import::{ImportRow, ImportStatus};

/// Columns of the list.
pub const COLUMNS: &[Column] = &[
    Column::new("started", 12, 3),
    Column::new("file", 20, 0),
    Column::new("status", 13, 1),
    Column::new("rows", 8, 2).right(),
    Column::new("accepted", 8, 4).right(),
    Column::new("held", 7, 5).right(),
    Column::new("invalid", 7, 6).right(),
    Column::new("known", 7, 8).right(),
    Column::new("opted out", 9, 9).right(),
    Column::new("client", 12, 7),
    Column::new("by", 10, 11),
    Column::new("id", 6, 10),
    Column::new("note", 12, 12).flex(),
];

/// Cells of an import.
#[must_use]
pub fn cells(r: &ImportRow, look: Look<'_>) -> Vec<Cell> {
    let c = &r.counts;
    vec![
        look.at(r.created_at),
        Cell::new(&r.label),
        status(r),
        Cell::count(c.rows),
        Cell::count(c.accepted),
        Cell::count(c.held),
        Cell::count(c.invalid),
        Cell::count(c.duplicates),
        Cell::count(c.opted_out),
        Cell::new(&r.client),
        Cell::of(&r.actor, Role::Dim),
        super::id(&r.id.to_string(), look),
        Cell::new(&r.note),
    ]
}

/// Where an import stands, with its share while it runs.
#[must_use]
pub fn status(r: &ImportRow) -> Cell {
    let role = match r.status {
        ImportStatus::Receiving | ImportStatus::Running => Role::Info,
        ImportStatus::Done => Role::Good,
        ImportStatus::Failed => Role::Bad,
    };
    let mut text = r.status.word().to_owned();
    if let (ImportStatus::Running, Some(percent)) = (r.status, percent(r.bytes_done, r.bytes)) {
        text = format!("{text} {percent}%");
    } else if r.dry_run && r.status == ImportStatus::Done {
        text = "judged only".to_owned();
    }
    Cell::of(text, role)
}

/// The share done, where the whole is known.
#[must_use]
pub fn percent(done: u64, whole: u64) -> Option<u64> {
    done.min(whole).saturating_mul(100).checked_div(whole)
}
