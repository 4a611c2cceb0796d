//! Events as readers follow them. Appending them is `store::events`.
//!
//! On SQLite one writer makes numbers follow commits. On PostgreSQL numbers become visible out
//! of order, so the order is (transaction, number), and nothing is read that a transaction still
//! open could precede: a reader never skips an event.

use super::mask::Mask;
use crate::params;
use crate::{Engine, Result, Row, Sql, Tx, Value};
use frontdesk_shared::detail::StoryLine;
use frontdesk_shared::event::{Cursor, Event};
use frontdesk_shared::{ClientId, LeadId, Noun};

/// A reader further behind than this is told to fetch afresh instead.
pub const MAX_BEHIND: u64 = 5_000;
/// Most events in one answer.
pub const MAX_LIMIT: u32 = 1_000;
/// An answer stops growing here, so that it fits a frame of the console.
const MAX_BYTES: usize = 512 * 1024;
/// Longest data shown with an event in a list.
const LIST_DATA: usize = 1_000;

/// Columns of [`row`], of `event e` with `client k`.
pub(super) const COLUMNS: &str = "e.tx, e.seq, e.at, e.kind, COALESCE(k.key, ''), e.subject, e.subject_id, \
    e.actor, e.text, e.data";

/// The newest event a reader may have seen; zero where there is none.
///
/// # Errors
/// As the store fails.
pub fn head(tx: &mut Tx<'_>) -> Result<Cursor> {
    let sql = Sql {
        lite: "SELECT tx, seq FROM event ORDER BY seq DESC LIMIT 1",
        pg: "SELECT tx, seq FROM event WHERE tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint \
             ORDER BY tx DESC, seq DESC LIMIT 1",
    };
    Ok(tx.optional(sql, &[], place)?.unwrap_or_default())
}

fn oldest(tx: &mut Tx<'_>) -> Result<Option<Cursor>> {
    let sql = Sql {
        lite: "SELECT tx, seq FROM event ORDER BY seq LIMIT 1",
        pg: "SELECT tx, seq FROM event ORDER BY tx, seq LIMIT 1",
    };
    tx.optional(sql, &[], place)
}

fn place(r: &Row<'_>) -> Result<Cursor> {
    Ok(Cursor { tx: r.get(0)?, seq: r.get(1)? })
}

/// What comes after a cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Oldest first.
    pub events: Vec<Event>,
    /// Where to go on: past everything looked at, shown or not.
    pub cursor: Cursor,
    /// The asked cursor is too far back or of another store: fetch afresh.
    pub reset: bool,
}

/// Events after `cursor`, of one client or of all.
///
/// # Errors
/// As the store fails.
pub fn after(tx: &mut Tx<'_>, cursor: Cursor, limit: u32, client: Option<ClientId>) -> Result<Batch> {
    let head = head(tx)?;
    let reset = Batch { events: Vec::new(), cursor: head, reset: true };
    if cursor > head || is_purged(tx, cursor)? {
        return Ok(reset);
    }
    if cursor == head {
        return Ok(Batch { events: Vec::new(), cursor, reset: false });
    }
    // Numbers bound the distance well enough to spare the exact count of a reader that keeps up.
    if head.seq.saturating_sub(cursor.seq).unsigned_abs() > MAX_BEHIND && is_far(tx, cursor, head)? {
        return Ok(reset);
    }
    let limit = limit.clamp(1, MAX_LIMIT) as usize;
    let mut found = between(tx, cursor, head, limit, client)?;
    let mut size = 0;
    let fits = found.iter().take_while(|(_, bytes)| {
        size += bytes;
        size <= MAX_BYTES
    });
    // At least one, or the reader would ask for it for ever.
    let kept = fits.count().max(1);
    let cut = found.len() > kept || found.len() == limit;
    found.truncate(kept);
    // Everything up to the head was looked at unless the batch was cut, so a client's reader
    // moves past events of others.
    let cursor = match found.last() {
        Some((event, _)) if cut => event.cursor,
        _ => head,
    };
    Ok(Batch { events: found.into_iter().map(|(event, _)| event).collect(), cursor, reset: false })
}

/// Whether events after the cursor may have been purged already.
fn is_purged(tx: &mut Tx<'_>, cursor: Cursor) -> Result<bool> {
    let Some(oldest) = oldest(tx)? else { return Ok(false) };
    Ok(match tx.engine() {
        Engine::Sqlite => cursor.tx != 0 || cursor.seq.saturating_add(1) < oldest.seq,
        // Numbers have gaps there. What began before the first event has missed nothing.
        Engine::Postgres => cursor < oldest && !(cursor == Cursor::default() && oldest.seq == 1),
    })
}

fn is_far(tx: &mut Tx<'_>, cursor: Cursor, head: Cursor) -> Result<bool> {
    let sql = Sql {
        lite: "SELECT count(*) FROM (SELECT 1 FROM event WHERE seq > $2 AND seq <= $4 LIMIT $5) AS t",
        pg: "SELECT count(*) FROM (SELECT 1 FROM event WHERE (tx, seq) > ($1, $2) AND (tx, seq) <= ($3, $4) \
             LIMIT $5) AS t",
    };
    let most = MAX_BEHIND.cast_signed() + 1;
    Ok(tx.count(sql, params![cursor.tx, cursor.seq, head.tx, head.seq, most])? > MAX_BEHIND)
}

fn between(
    tx: &mut Tx<'_>,
    cursor: Cursor,
    head: Cursor,
    limit: usize,
    client: Option<ClientId>,
) -> Result<Vec<(Event, usize)>> {
    const EVERYONE: Sql = Sql {
        lite: "SELECT e.tx, e.seq, e.at, e.kind, COALESCE(k.key, ''), e.subject, e.subject_id, e.actor, e.text, \
                e.data FROM event e LEFT JOIN client k ON k.id = e.client_id \
                WHERE e.seq > $2 AND e.seq <= $4 ORDER BY e.seq LIMIT $5",
        pg: "SELECT e.tx, e.seq, e.at, e.kind, COALESCE(k.key, ''), e.subject, e.subject_id, e.actor, e.text, \
                e.data FROM event e LEFT JOIN client k ON k.id = e.client_id \
                WHERE (e.tx, e.seq) > ($1, $2) AND (e.tx, e.seq) <= ($3, $4) ORDER BY e.tx, e.seq LIMIT $5",
    };
    const ONE: Sql = Sql {
        lite: "SELECT e.tx, e.seq, e.at, e.kind, COALESCE(k.key, ''), e.subject, e.subject_id, e.actor, e.text, \
                e.data FROM event e LEFT JOIN client k ON k.id = e.client_id \
                WHERE e.seq > $2 AND e.seq <= $4 AND e.client_id = $6 ORDER BY e.seq LIMIT $5",
        pg: "SELECT e.tx, e.seq, e.at, e.kind, COALESCE(k.key, ''), e.subject, e.subject_id, e.actor, e.text, \
                e.data FROM event e LEFT JOIN client k ON k.id = e.client_id \
                WHERE (e.tx, e.seq) > ($1, $2) AND (e.tx, e.seq) <= ($3, $4) AND e.client_id = $6 \
                ORDER BY e.tx, e.seq LIMIT $5",
    };
    let mut values: Vec<Value<'_>> = params![cursor.tx, cursor.seq, head.tx, head.seq, limit as i64].to_vec();
    values.extend(client.map(Value::from));
    let sql = if client.is_some() { ONE } else { EVERYONE };
    tx.all(sql, &values, |r| {
        let event = plain(r, 0)?;
        let size = 200 + event.text.len() + r.get::<String>(9)?.len();
        Ok((event, size))
    })
}

/// An event as somebody sees it who only watches.
#[must_use]
pub fn for_watching(event: Event) -> Event {
    let mask = Mask { open: false };
    Event { text: mask.text(event.text), data: mask.json(event.data), ..event }
}

/// An event as a list shows it: bounded, and masked for who only watches.
pub(super) fn row(r: &Row<'_>, from: usize, mask: Mask) -> Result<Event> {
    let mut event = plain(r, from)?;
    event.text = mask.text(event.text);
    if r.get::<String>(from + 9)?.len() > LIST_DATA {
        event.data = serde_json::Value::Null;
    }
    event.data = mask.json(event.data);
    Ok(event)
}

fn plain(r: &Row<'_>, from: usize) -> Result<Event> {
    Ok(Event {
        cursor: Cursor { tx: r.get(from)?, seq: r.get(from + 1)? },
        at: r.get(from + 2)?,
        kind: r.get(from + 3)?,
        client: r.get(from + 4)?,
        subject: r.get(from + 5)?,
        subject_id: r.get(from + 6)?,
        actor: r.get(from + 7)?,
        text: r.get(from + 8)?,
        data: r.json(from + 9)?,
    })
}

/// The story of one thing, newest first.
pub(super) fn story(tx: &mut Tx<'_>, subject_id: &str, mask: Mask) -> Result<Vec<StoryLine>> {
    let sql = Sql {
        lite: "SELECT at, actor, text FROM event WHERE subject_id = $1 AND text <> '' ORDER BY seq DESC LIMIT 100",
        pg: "SELECT at, actor, text FROM event WHERE subject_id = $1 AND text <> '' ORDER BY tx DESC, seq DESC LIMIT 100",
    };
    tx.all(sql, params![subject_id], |r| line(r, mask))
}

/// The story of a lead, with what happened to its calls, jobs and appointments, newest first.
///
/// # Errors
/// As the store fails.
pub fn lead_story(tx: &mut Tx<'_>, lead: LeadId, unmasked: bool) -> Result<Vec<StoryLine>> {
    let sql = Sql {
        lite: "SELECT at, actor, text FROM event WHERE lead_id = $1 AND text <> '' ORDER BY seq DESC LIMIT 200",
        pg: "SELECT at, actor, text FROM event WHERE lead_id = $1 AND text <> '' ORDER BY tx DESC, seq DESC LIMIT 200",
    };
    tx.all(sql, params![lead], |r| line(r, Mask { open: unmasked }))
}

fn line(r: &Row<'_>, mask: Mask) -> Result<StoryLine> {
    let actor: String = r.get(1)?;
    let actor = if actor == Noun::Daemon.word() { String::new() } else { actor };
    Ok(StoryLine { at: r.get(0)?, actor, text: mask.text(r.get(2)?) })
}

#[cfg(test)]
#[path = "events/tests.rs"]
mod tests;
