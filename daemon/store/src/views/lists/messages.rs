//! Texts and emails, newest first.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, link, number, text, words, words_of};
use crate::views::filter::{Key, Kind};
use crate::views::mask::Mask;
use crate::{Result, Row};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::message::{MessageDirection, MessageRow, MessageStatus};
use frontdesk_shared::page::Rows;

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "message m LEFT JOIN client k ON k.id = m.client_id",
    columns: "m.id, COALESCE(k.key, ''), m.lead_id, m.who, m.direction, m.channel, m.kind, m.status, m.why, \
        m.provider, m.appointment_id, m.segments, m.created_at, m.updated_at",
    client: "m.client_id",
    text: &["m.who", "m.kind", "m.status", "m.why", "m.provider", "COALESCE(k.key, '')"],
    phones: &["m.address"],
    keys: &[
        Key { name: "status", kind: Kind::Word("m.status", words!(MessageStatus)) },
        text("kind", "m.kind"),
        Key { name: "channel", kind: Kind::Word("m.channel", words!(Channel)) },
        Key { name: "direction", kind: Kind::Word("m.direction", words!(MessageDirection)) },
        CLIENT,
        text("provider", "m.provider"),
        text("name", "m.who"),
        Key { name: "address", kind: Kind::Private("m.address") },
        text("reason", "m.why"),
        text("code", "m.code"),
        Key { name: "sandbox", kind: Kind::Flag("m.sandbox") },
        link("lead", "m.lead_id"),
        link("appointment", "m.appointment_id"),
        link("job", "m.job_id"),
        id("id", "m.id"),
    ],
    only: "",
    segments: &[by("", "m.id", "0", true)],
    id: "m.id",
    marks: Some("m.id"),
    sorts: &[
        number("time", "m.id"),
        words_of("status", "m.status"),
        words_of("kind", "m.kind"),
        words_of("who", "lower(m.who)"),
        words_of("by", "m.channel"),
        BY_CLIENT,
        number("parts", "m.segments"),
        number("changed", "m.updated_at"),
    ],
    read: |asked, tx, mask| asked.rows(tx, |r| row(r, mask), Rows::Messages),
};

pub(in crate::views) fn row(r: &Row<'_>, mask: Mask) -> Result<MessageRow> {
    Ok(MessageRow {
        id: r.get(at(0))?,
        client: r.get(at(1))?,
        lead: r.get(at(2))?,
        who: mask.text(r.get(at(3))?),
        direction: r.word(at(4), MessageDirection::parse)?,
        channel: r.word(at(5), Channel::parse)?,
        kind: r.get(at(6))?,
        status: r.word(at(7), MessageStatus::parse)?,
        why: mask.text(r.get(at(8))?),
        provider: r.get(at(9))?,
        appointment: r.get(at(10))?,
        segments: r.get(at(11))?,
        created_at: r.get(at(12))?,
        updated_at: r.get(at(13))?,
    })
}
