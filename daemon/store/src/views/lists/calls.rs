//! Calls: those under way, oldest first; all of them, newest first.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, link, number, text, words, words_of};
use crate::views::filter::{Key, Kind};
use crate::views::mask::{Mask, ROW_TEXT, clip};
use crate::{Result, Row};
use frontdesk_shared::call::{CallRow, CallStatus, Direction, Outcome};
use frontdesk_shared::page::Rows;

const CALL_COLUMNS: &str = "c.id, COALESCE(k.key, ''), c.lead_id, c.who, c.phone, c.direction, c.attempt, \
    c.status, c.outcome, c.ended_reason, c.provider_call_id, c.sandbox, c.created_at, c.started_at, \
    c.ended_at, c.cost_micros, c.last_line";
const CALL_KEYS: &[Key] = &[
    Key { name: "status", kind: Kind::Word("c.status", words!(CallStatus)) },
    Key { name: "outcome", kind: Kind::Word("COALESCE(c.outcome, '')", words!(Outcome)) },
    Key { name: "direction", kind: Kind::Word("c.direction", words!(Direction)) },
    CLIENT,
    text("provider", "c.provider"),
    text("name", CALLER),
    Key { name: "phone", kind: Kind::Phone("c.phone") },
    text("reason", "c.ended_reason"),
    Key { name: "sandbox", kind: Kind::Flag("c.sandbox") },
    id("id", "c.id"),
    link("lead", "c.lead_id"),
    link("job", "c.job_id"),
];
// `who` is the number where there is no name; a number is found by `phone:` alone.
const CALLER: &str = "CASE WHEN c.who = c.phone THEN '' ELSE c.who END";
const CALLS_FROM: &str = "call c LEFT JOIN client k ON k.id = c.client_id";
const CALL_TEXT: &[&str] = &[
    CALLER,
    "c.ended_reason",
    "COALESCE(c.outcome, '')",
    "COALESCE(c.provider_call_id, '')",
    "COALESCE(k.key, '')",
];

/// Calls under way. Few are open among many that are over: reading ids in order would walk over
/// all of them, or over all of a client, so the sums keep planners on the partial index.
pub(in crate::views) const LIVE: Spec = Spec {
    from: CALLS_FROM,
    columns: CALL_COLUMNS,
    client: "c.client_id + 0",
    text: CALL_TEXT,
    phones: &["c.phone"],
    keys: CALL_KEYS,
    only: "c.status NOT IN ('ended', 'refused')",
    segments: &[by("", "c.id + 0", "0", false)],
    id: "c.id",
    marks: Some("c.id"),
    sorts: SORTS,
    read: |asked, tx, mask| asked.rows(tx, |r| row(r, mask), Rows::Calls),
};

/// All calls.
pub(in crate::views) const SPEC: Spec =
    Spec { only: "", client: "c.client_id", segments: &[by("", "c.id", "0", true)], ..LIVE };

const SORTS: &[super::Sort] = &[
    number("time", "c.id"),
    words_of("outcome", "COALESCE(c.outcome, c.status)"),
    words_of("state", "c.status"),
    words_of("who", "CASE WHEN c.who = c.phone THEN '' ELSE lower(c.who) END"),
    BY_CLIENT,
    number("dur", "COALESCE(c.ended_at - c.started_at, 0)"),
    number("cost", "c.cost_micros"),
    number("try", "c.attempt"),
];

pub(in crate::views) fn row(r: &Row<'_>, mask: Mask) -> Result<CallRow> {
    let phone: String = r.get(at(4))?;
    let who: String = r.get(at(3))?;
    let who = if who.is_empty() { phone.clone() } else { who };
    Ok(CallRow {
        id: r.get(at(0))?,
        client: r.get(at(1))?,
        lead: r.get(at(2))?,
        who: mask.text(who),
        phone: mask.phone(phone),
        direction: r.word(at(5), Direction::parse)?,
        attempt: r.get(at(6))?,
        status: r.word(at(7), CallStatus::parse)?,
        outcome: r.get::<Option<String>>(at(8))?.as_deref().and_then(Outcome::parse),
        ended_reason: clip(r.get(at(9))?, ROW_TEXT),
        provider_call_id: r.get::<Option<String>>(at(10))?.unwrap_or_default(),
        sandbox: r.get(at(11))?,
        created_at: r.get(at(12))?,
        started_at: r.get(at(13))?,
        ended_at: r.get(at(14))?,
        cost_micros_usd: r.get(at(15))?,
        last_line: clip(mask.speech(r.get(at(16))?), ROW_TEXT),
    })
}
