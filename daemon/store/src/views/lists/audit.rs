//! Operators' actions, newest first.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, number, text, words_of};
use crate::views::filter::{Key, Kind};
use crate::views::mask::Mask;
use crate::{Result, Row};
use frontdesk_shared::page::{AuditRow, Rows};

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "audit t LEFT JOIN client k ON k.id = t.client_id",
    columns: "t.at, t.actor, t.action, t.subject, COALESCE(k.key, ''), t.detail",
    client: "t.client_id",
    text: &["t.actor", "t.action", "t.detail", "COALESCE(k.key, '')"],
    phones: &["t.subject"],
    keys: &[
        text("actor", "t.actor"),
        text("action", "t.action"),
        text("kind", "t.action"),
        CLIENT,
        Key { name: "subject", kind: Kind::Private("t.subject") },
        id("id", "t.id"),
    ],
    only: "",
    segments: &[by("", "t.id", "0", true)],
    id: "t.id",
    marks: None,
    sorts: &[number("time", "t.id"), words_of("who", "t.actor"), words_of("did", "t.action"), BY_CLIENT],
    read: |asked, tx, mask| asked.rows(tx, |r| row(r, mask), Rows::Audit),
};

pub(in crate::views) fn row(r: &Row<'_>, mask: Mask) -> Result<AuditRow> {
    Ok(AuditRow {
        at: r.get(at(0))?,
        actor: r.get(at(1))?,
        action: r.get(at(2))?,
        subject: mask.text(r.get(at(3))?),
        client: r.get(at(4))?,
        detail: mask.text(r.get(at(5))?),
    })
}
