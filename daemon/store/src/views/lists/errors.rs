//! Groups of errors: last seen first, unacknowledged before acknowledged.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, number, text, words, words_of};
use crate::views::filter::{Key, Kind};
use crate::views::mask::Mask;
use crate::{Result, Row};
use frontdesk_shared::fault::{FaultRow, Severity};
use frontdesk_shared::page::Rows;

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "fault f LEFT JOIN client k ON k.id = f.client_id",
    columns: "f.id, f.kind, f.service, COALESCE(k.key, ''), f.severity, f.message, f.count, f.first_at, f.last_at, \
        f.acked_by",
    client: "f.client_id",
    text: &["f.kind", "f.service", "f.message", "COALESCE(k.key, '')"],
    phones: &[],
    keys: &[
        Key { name: "severity", kind: Kind::Word("f.severity", words!(Severity)) },
        text("kind", "f.kind"),
        text("service", "f.service"),
        text("provider", "f.service"),
        CLIENT,
        text("message", "f.message"),
        Key {
            name: "acked",
            kind: Kind::Cases(&[("yes", "f.acked_at IS NOT NULL"), ("no", "f.acked_at IS NULL")]),
        },
        text("actor", "COALESCE(f.acked_by, '')"),
        id("id", "f.id"),
    ],
    only: "",
    segments: &[
        by("f.acked_at IS NULL", "f.last_at", "f.id", true),
        by("f.acked_at IS NOT NULL", "f.last_at", "f.id", true),
    ],
    id: "f.id",
    marks: Some("f.id"),
    sorts: &[
        words_of("how bad", "f.severity"),
        number("count", "f.count"),
        number("last", "f.last_at"),
        words_of("kind", "f.kind"),
        words_of("service", "f.service"),
        BY_CLIENT,
        number("first", "f.first_at"),
    ],
    read: |asked, tx, mask| asked.rows(tx, |r| row(r, mask), Rows::Errors),
};

pub(in crate::views) fn row(r: &Row<'_>, mask: Mask) -> Result<FaultRow> {
    Ok(FaultRow {
        id: r.get(at(0))?,
        kind: r.get(at(1))?,
        service: r.get(at(2))?,
        client: r.get(at(3))?,
        severity: r.word(at(4), Severity::parse)?,
        message: mask.text(r.get(at(5))?),
        count: r.get(at(6))?,
        first_at: r.get(at(7))?,
        last_at: r.get(at(8))?,
        acked_by: r.get(at(9))?,
    })
}
