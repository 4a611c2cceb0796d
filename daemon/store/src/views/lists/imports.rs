//! Imports, newest first.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, number, text, words, words_of};
use crate::views::filter::{Key, Kind};
use crate::views::mask::{Mask, ROW_TEXT, clip};
use crate::{Result, Row};
use frontdesk_shared::import::{ImportRow, ImportStatus};
use frontdesk_shared::page::Rows;

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "import i LEFT JOIN client k ON k.id = i.client_id",
    columns: "i.id, COALESCE(k.key, ''), i.label, i.status, i.dry_run, i.counts, i.bytes, i.bytes_done, i.actor, \
        i.note, i.created_at, i.finished_at",
    client: "i.client_id",
    text: &["i.label", "i.note", "i.actor", "COALESCE(k.key, '')"],
    phones: &[],
    keys: &[
        Key { name: "status", kind: Kind::Word("i.status", words!(ImportStatus)) },
        CLIENT,
        text("label", "i.label"),
        text("name", "i.label"),
        text("actor", "i.actor"),
        text("note", "i.note"),
        Key { name: "dry", kind: Kind::Flag("i.dry_run") },
        id("id", "i.id"),
    ],
    only: "",
    segments: &[by("", "i.id", "0", true)],
    id: "i.id",
    marks: Some("i.id"),
    sorts: &[
        number("started", "i.id"),
        words_of("file", "lower(i.label)"),
        words_of("status", "i.status"),
        BY_CLIENT,
        words_of("by", "i.actor"),
    ],
    read: |asked, tx, mask| asked.rows(tx, |r| row(r, mask), Rows::Imports),
};

pub(in crate::views) fn row(r: &Row<'_>, mask: Mask) -> Result<ImportRow> {
    Ok(ImportRow {
        id: r.get(at(0))?,
        client: r.get(at(1))?,
        label: clip(r.get(at(2))?, ROW_TEXT),
        status: r.word(at(3), ImportStatus::parse)?,
        dry_run: r.get(at(4))?,
        // Counts a newer version wrote differently must not hide the list.
        counts: r.json(at(5)).unwrap_or_default(),
        bytes: r.get(at(6))?,
        bytes_done: r.get(at(7))?,
        actor: r.get(at(8))?,
        note: mask.text(r.get(at(9))?),
        created_at: r.get(at(10))?,
        finished_at: r.get(at(11))?,
    })
}
