//! Imports: files and requests that brought leads, with the verdicts counted.

use super::Screen;
use crate::rows::Row;
use crate::sheet::Sheet;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::detail::ImportDetail;
use frontdesk_shared::import::{ImportRow, ImportStatus};
use frontdesk_shared::page::List;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Imports,
    title: "Imports",
    order: "newest first",
    nothing: "no imports yet — i imports a file",
    command: Some("Files that brought leads."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Import(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Import],
    leads: false,
};

const COLUMNS: &[Column] = &[
    Column::new("started", 12, 3).sorts(),
    Column::new("file", 20, 0).sorts(),
    Column::new("status", 13, 1).sorts(),
    Column::new("rows", 8, 2).right(),
    Column::new("accepted", 8, 4).right(),
    Column::new("held", 7, 5).right(),
    Column::new("invalid", 7, 6).right(),
    Column::new("known", 7, 8).right(),
    Column::new("opted out", 9, 9).right(),
    Column::new("client", 12, 7).sorts(),
    Column::new("by", 10, 11).sorts(),
    Column::new("id", 6, 10),
    Column::new("note", 12, 12).flex(),
];

fn cells(r: &ImportRow, look: Look<'_>) -> Vec<Cell> {
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
        ImportStatus::Receiving | ImportStatus::Running | ImportStatus::Undoing => Role::Info,
        ImportStatus::Undone => Role::Dim,
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

/// Everything about an import.
pub(super) fn sheet(d: &ImportDetail, look: Look<'_>) -> Sheet {
    let r = &d.row;
    let mut sheet = Sheet::new(format!("{}, {}", r.label, r.status));
    let dry = if r.dry_run { " (only judged: a dry run)" } else { "" };
    sheet.section("Import", |s| {
        s.add("status", format!("{}{dry}", r.status))
            .add("note", &r.note)
            .link("client", &r.client, Noun::Client, d.client)
            .add("started", format!("{} by {}", look.when(r.created_at), r.actor))
            .add("finished", look.when_some(r.finished_at))
            .add("bytes", format!("{} of {}", r.bytes_done, r.bytes));
    });
    let c = &r.counts;
    sheet.section("Rows", |s| {
        for (label, n) in [
            ("rows", c.rows),
            ("accepted", c.accepted),
            ("held", c.held),
            ("valid", c.valid),
            ("invalid", c.invalid),
            ("duplicates", c.duplicates),
            ("opted out", c.opted_out),
            ("warnings", c.warnings),
        ] {
            s.add(label, n.to_string());
        }
    });
    for (title, rows) in [("Refused rows", &d.rejects), ("Held rows and doubts", &d.remarks)] {
        sheet.section(title, |s| {
            for row in rows {
                s.add(format!("row {}", row.row), format!("{}: {}", row.field, row.reason));
            }
        });
    }
    sheet.section("Columns", |s| {
        for (header, field) in &d.columns {
            s.add(header, field);
        }
    });
    sheet.section("As asked", |s| {
        s.document(&d.asked);
    });
    sheet
}
