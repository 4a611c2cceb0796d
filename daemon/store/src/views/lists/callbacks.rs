//! Calls back that were promised, next first, and which were kept.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, link, number, text, words_of};
use crate::views::filter::{Key, Kind};
use crate::views::mask::Mask;
use crate::{Result, Row};
use frontdesk_shared::call::CallbackRow;
use frontdesk_shared::page::Rows;

/// The next call with the person: whoever began it, they have spoken.
macro_rules! next_call {
    () => {
        "(SELECT min(n.created_at) FROM call n WHERE n.lead_id = c.lead_id AND n.id > c.id)"
    };
}
/// Where a promise stands.
macro_rules! state {
    () => {
        concat!(
            "CASE WHEN ", next_call!(), " <= c.callback_at + 900000 THEN 'kept' ",
            "WHEN ", next_call!(), " IS NOT NULL THEN 'late' ",
            "WHEN l.status IN ('callback', 'queued', 'calling') THEN 'waiting' ",
            "WHEN l.status IN ('opted-out', 'booked', 'transferred', 'not-interested', 'bad-number') THEN 'off' ",
            "ELSE 'broken' END"
        )
    };
}

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "call c LEFT JOIN client k ON k.id = c.client_id LEFT JOIN lead l ON l.id = c.lead_id",
    columns: concat!(
        "c.id, COALESCE(k.key, ''), c.lead_id, c.who, c.phone, c.callback_at, ",
        next_call!(),
        ", ",
        state!(),
        ", COALESCE(l.status, ''), COALESCE(l.hold_reason, ''), c.created_at"
    ),
    client: "c.client_id",
    text: &["CASE WHEN c.who = c.phone THEN '' ELSE c.who END", "COALESCE(k.key, '')"],
    phones: &["c.phone"],
    keys: &[
        text("state", state!()),
        CLIENT,
        text("name", "CASE WHEN c.who = c.phone THEN '' ELSE c.who END"),
        Key { name: "phone", kind: Kind::Phone("c.phone") },
        Key {
            name: "when",
            kind: Kind::Cases(&[("next", "c.callback_at >= {base}"), ("past", "c.callback_at < {base}")]),
        },
        link("lead", "c.lead_id"),
        id("id", "c.id"),
    ],
    only: "c.callback_at IS NOT NULL",
    segments: &[
        by("c.callback_at >= {base}", "c.callback_at", "c.id", false),
        by("c.callback_at < {base}", "c.callback_at", "c.id", true),
    ],
    id: "c.id",
    marks: None,
    sorts: &[
        number("promised", "c.callback_at"),
        words_of("who", "lower(c.who)"),
        BY_CLIENT,
        number("asked", "c.id"),
    ],
    read: |asked, tx, mask| asked.rows(tx, |r| row(r, mask), Rows::Callbacks),
};

fn row(r: &Row<'_>, mask: Mask) -> Result<CallbackRow> {
    let phone: String = r.get(at(4))?;
    let who: String = r.get(at(3))?;
    let (status, reason): (String, String) = (r.get(at(8))?, r.get(at(9))?);
    let state: String = r.get(at(7))?;
    let why = match state.as_str() {
        "off" | "broken" if reason.is_empty() => status,
        "off" | "broken" => format!("{status}: {reason}"),
        _ => String::new(),
    };
    Ok(CallbackRow {
        id: r.get(at(0))?,
        client: r.get(at(1))?,
        lead: r.get(at(2))?,
        who: if who == phone { mask.phone(who) } else { mask.text(who) },
        phone: mask.phone(phone),
        promised_at: r.get(at(5))?,
        called_at: r.get(at(6))?,
        state,
        why: mask.text(why),
        created_at: r.get(at(10))?,
    })
}
