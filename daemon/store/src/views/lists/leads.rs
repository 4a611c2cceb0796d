//! Leads, newest first.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, link, number, text, words, words_of};
use crate::views::filter::{Key, Kind};
use crate::views::mask::{Mask, ROW_TEXT, clip};
use crate::{Result, Row};
use frontdesk_shared::lead::{LeadRow, LeadStatus};
use frontdesk_shared::page::Rows;

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "lead l LEFT JOIN client k ON k.id = l.client_id",
    columns: "l.id, COALESCE(k.key, ''), l.name, COALESCE(l.phone, l.identity), l.source, l.status, l.hold_rule, \
        l.hold_reason, l.next_at, l.attempts, l.last_contact_at, l.score, l.import_id, l.created_at, l.updated_at",
    client: "l.client_id",
    text: &["l.name", "l.source", "l.hold_reason", "COALESCE(l.external_id, '')", "COALESCE(k.key, '')"],
    phones: &["l.identity", "l.email"],
    keys: &[
        Key { name: "status", kind: Kind::Word("l.status", words!(LeadStatus)) },
        text("hold", "l.hold_rule"),
        text("rule", "l.hold_rule"),
        CLIENT,
        text("name", "l.name"),
        Key { name: "phone", kind: Kind::Phone("l.identity") },
        Key { name: "email", kind: Kind::Private("l.email") },
        text("source", "l.source"),
        text("country", "l.region"),
        text("zone", "COALESCE(l.zone, '')"),
        link("import", "l.import_id"),
        id("id", "l.id"),
    ],
    only: "",
    segments: &[by("", "l.id", "0", true)],
    id: "l.id",
    marks: Some("l.id"),
    sorts: &[
        words_of("name", "lower(l.name)"),
        words_of("status", "l.status"),
        number("next", "COALESCE(l.next_at, 9000000000000000)"),
        number("try", "l.attempts"),
        number("score", "l.score"),
        BY_CLIENT,
        words_of("source", "lower(l.source)"),
        number("added", "l.id"),
        words_of("held because", "l.hold_rule"),
    ],
    read: |asked, tx, mask| asked.rows(tx, |r| row(r, mask), Rows::Leads),
};

pub(in crate::views) fn row(r: &Row<'_>, mask: Mask) -> Result<LeadRow> {
    let phone: String = r.get(at(3))?;
    let phone = phone.strip_prefix("raw:").map(str::to_owned).unwrap_or(phone);
    let status = r.word(at(5), LeadStatus::parse)?;
    let (rule, reason): (String, String) = (r.get(at(6))?, r.get(at(7))?);
    // A lead at rest has a rule too while a person has to decide about it.
    let hold = match (rule.is_empty(), reason.is_empty()) {
        (true, _) => reason,
        (false, true) => rule,
        (false, false) => format!("{rule}: {reason}"),
    };
    Ok(LeadRow {
        id: r.get(at(0))?,
        client: r.get(at(1))?,
        name: mask.text(r.get(at(2))?),
        phone: mask.phone(phone),
        source: clip(r.get(at(4))?, ROW_TEXT),
        status,
        hold: mask.text(hold),
        next_at: r.get(at(8))?,
        attempts: r.get(at(9))?,
        last_contact_at: r.get(at(10))?,
        score: r.get(at(11))?,
        import: r.get(at(12))?,
        created_at: r.get(at(13))?,
        updated_at: r.get(at(14))?,
    })
}
