//! Webhooks, newest first.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, link, number, text, words_of};
use crate::views::filter::{Key, Kind};
use crate::views::mask::{Mask, ROW_TEXT, clip};
use crate::{Result, Row};
use frontdesk_shared::page::Rows;
use frontdesk_shared::webhook::{WebhookRow, WebhookStatus};

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "webhook w LEFT JOIN client k ON k.id = w.client_id \
        LEFT JOIN webhook_key d ON d.event_key = w.event_key AND d.provider = w.provider",
    columns: "w.id, w.provider, COALESCE(k.key, ''), w.kind, w.call_id, w.status, w.note, \
        COALESCE(d.deliveries, 1), w.size, w.received_at",
    client: "w.client_id",
    text: &["w.provider", "w.kind", "w.note", "w.event_key", "COALESCE(k.key, '')"],
    phones: &[],
    keys: &[
        Key {
            // The second condition is the partial index's own, without which SQLite does not
            // see that it applies.
            name: "status",
            kind: Kind::Cases(&[
                ("failed", "w.status = 'failed' AND w.status IN ('failed', 'unmatched')"),
                ("unmatched", "w.status = 'unmatched' AND w.status IN ('failed', 'unmatched')"),
                ("bad", "w.status IN ('failed', 'unmatched')"),
                ("applied", "w.status = 'applied'"),
                ("ignored", "w.status = 'ignored'"),
            ]),
        },
        text("provider", "w.provider"),
        text("kind", "w.kind"),
        CLIENT,
        text("note", "w.note"),
        link("call", "w.call_id"),
        id("id", "w.id"),
    ],
    only: "",
    segments: &[by("", "w.id", "0", true)],
    id: "w.id",
    marks: Some("w.id"),
    sorts: &[
        number("received", "w.id"),
        words_of("provider", "w.provider"),
        words_of("kind", "w.kind"),
        words_of("status", "w.status"),
        number("times", "COALESCE(d.deliveries, 1)"),
        number("size", "w.size"),
        BY_CLIENT,
    ],
    read: |asked, tx, mask| asked.rows(tx, |r| row(r, mask), Rows::Webhooks),
};

pub(in crate::views) fn row(r: &Row<'_>, mask: Mask) -> Result<WebhookRow> {
    Ok(WebhookRow {
        id: r.get(at(0))?,
        provider: r.get(at(1))?,
        client: r.get(at(2))?,
        kind: clip(r.get(at(3))?, ROW_TEXT),
        call: r.get(at(4))?,
        status: r.word(at(5), WebhookStatus::parse)?,
        note: mask.text(r.get(at(6))?),
        deliveries: r.get(at(7))?,
        size_bytes: r.get(at(8))?,
        received_at: r.get(at(9))?,
    })
}
