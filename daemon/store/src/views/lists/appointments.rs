//! Appointments, next first.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, link, number, text, words_of};
use crate::views::filter::{Key, Kind};
use crate::views::mask::Mask;
use crate::{Result, Row};
use frontdesk_shared::call::AppointmentRow;
use frontdesk_shared::page::Rows;

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "appointment a LEFT JOIN client k ON k.id = a.client_id",
    columns: "a.id, COALESCE(k.key, ''), a.lead_id, a.who, a.starts_at, a.ends_at, COALESCE(k.timezone, 'UTC'), \
        a.status, a.call_id, a.created_at",
    client: "a.client_id",
    text: &["a.who", "a.note", "a.status", "COALESCE(k.key, '')"],
    phones: &["COALESCE((SELECT l.identity FROM lead l WHERE l.id = a.lead_id), '')"],
    keys: &[
        text("status", "a.status"),
        CLIENT,
        text("name", "a.who"),
        text("note", "a.note"),
        Key {
            name: "when",
            kind: Kind::Cases(&[("next", "a.starts_at >= {base}"), ("past", "a.starts_at < {base}")]),
        },
        link("lead", "a.lead_id"),
        link("call", "a.call_id"),
        id("id", "a.id"),
    ],
    only: "",
    // Yesterday's still lead the list: what came of them is asked on the day after.
    segments: &[
        by("a.starts_at >= {base} - 86400000", "a.starts_at", "a.id", false),
        by("a.starts_at < {base} - 86400000", "a.starts_at", "a.id", true),
    ],
    id: "a.id",
    marks: Some("a.id"),
    sorts: &[
        number("starts (client's time)", "a.starts_at"),
        words_of("who", "lower(a.who)"),
        words_of("status", "a.status"),
        BY_CLIENT,
        number("made", "a.id"),
    ],
    read: |asked, tx, mask| asked.rows(tx, |r| row(r, mask), Rows::Appointments),
};

pub(in crate::views) fn row(r: &Row<'_>, mask: Mask) -> Result<AppointmentRow> {
    Ok(AppointmentRow {
        id: r.get(at(0))?,
        client: r.get(at(1))?,
        lead: r.get(at(2))?,
        who: mask.text(r.get(at(3))?),
        starts_at: r.get(at(4))?,
        ends_at: r.get(at(5))?,
        zone: r.get(at(6))?,
        status: r.get(at(7))?,
        call: r.get(at(8))?,
        created_at: r.get(at(9))?,
    })
}
