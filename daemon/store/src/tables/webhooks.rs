//! Deliveries from providers, raw and with what became of them.
//!
//! The identity of an event and how often it came are in `webhook_key`, which may be kept longer
//! than the deliveries themselves.

use crate::engine::insert::Insert;
use crate::engine::packed::{Packed, unpack};
use crate::engine::value::Kind::{Bytes, Int, Text};
use crate::params;
use crate::{Result, Tx, Value};
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_shared::{CallId, ClientId, Millis, WebhookId};
use std::collections::HashMap;

/// A delivery as first stored.
#[derive(Clone, Debug)]
pub struct NewWebhook<'a> {
    /// Its id.
    pub id: WebhookId,
    /// Who sent it.
    pub provider: &'a str,
    /// Identity of the event: the same event again is the same row.
    pub event_key: &'a str,
    /// Whose, when known; else 0.
    pub client: ClientId,
    /// The call it concerns.
    pub call: Option<CallId>,
    /// The provider's word for what it is.
    pub kind: &'a str,
    /// What became of it.
    pub status: WebhookStatus,
    /// In words.
    pub note: &'a str,
    /// The bytes as received.
    pub body: &'a Packed,
    /// The answer given.
    pub reply: &'a str,
    /// The agent path it came by; empty for the common one.
    pub agent: &'a str,
}

/// A stored delivery.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub client: ClientId,
    /// What became of it.
    pub status: WebhookStatus,
    /// The bytes as received.
    pub body: Vec<u8>,
    /// The answer given.
    pub reply: String,
    /// The agent path it came by.
    pub agent: String,
}

const WEBHOOKS: Insert<14> = Insert {
    into:
        "webhook (id, provider, event_key, client_id, call_id, kind, status, note, body, size, reply, agent,
        received_at, applied_at)",
    types: [Int, Text, Text, Int, Int, Text, Text, Text, Bytes, Int, Text, Text, Int, Int],
    then: "",
};
const KEYS: Insert<5> = Insert {
    into: "webhook_key (event_key, provider, webhook_id, deliveries, at)",
    types: [Text, Text, Int, Int, Int],
    then: "",
};

/// Stores a delivery.
///
/// # Errors
/// [`crate::Error::Conflict`] when the event is already there.
pub fn insert(tx: &mut Tx<'_>, w: &NewWebhook<'_>, now: Millis) -> Result<()> {
    insert_all(tx, std::slice::from_ref(w), now)
}

/// Stores deliveries.
///
/// # Errors
/// [`crate::Error::Conflict`] when one of the events is already there, or twice among them.
pub fn insert_all(tx: &mut Tx<'_>, webhooks: &[NewWebhook<'_>], now: Millis) -> Result<()> {
    let keys: Vec<_> = webhooks
        .iter()
        .map(|w| [w.event_key.into(), w.provider.into(), w.id.into(), 1.into(), now.into()])
        .collect();
    KEYS.rows(tx, &keys)?;
    let rows: Vec<_> = webhooks.iter().map(|w| row(w, now)).collect();
    WEBHOOKS.rows(tx, &rows).map(drop)
}

fn row<'a>(w: &'a NewWebhook<'_>, now: Millis) -> [Value<'a>; 14] {
    [
        w.id.into(),
        w.provider.into(),
        w.event_key.into(),
        w.client.into(),
        w.call.into(),
        w.kind.into(),
        w.status.word().into(),
        w.note.into(),
        w.body.block.as_slice().into(),
        i64::try_from(w.body.size).unwrap_or(i64::MAX).into(),
        w.reply.into(),
        w.agent.into(),
        now.into(),
        now.into(),
    ]
}

/// What is known of an event.
#[derive(Clone, Debug)]
pub enum Seen {
    /// Nothing: it is new.
    Never,
    /// It came before, and the first delivery is kept.
    Stored(Webhook),
    /// It came before, so long ago that only its key is kept.
    Purged,
}

/// Counts another delivery of an event that came before; says of a new one that it is new.
///
/// # Errors
/// As the statements fail.
pub fn seen_again(tx: &mut Tx<'_>, provider: &str, event_key: &str) -> Result<Seen> {
    // Nearly every delivery is new: a look at the key is all those cost.
    let known = tx.optional(
        "SELECT webhook_id FROM webhook_key WHERE event_key = $1 AND provider = $2",
        params![event_key, provider],
        |r| r.get::<WebhookId>(0),
    )?;
    let Some(id) = known else { return Ok(Seen::Never) };
    tx.execute(
        "UPDATE webhook_key SET deliveries = deliveries + 1 WHERE event_key = $1 AND provider = $2",
        params![event_key, provider],
    )?;
    Ok(by_id(tx, id)?.map_or(Seen::Purged, Seen::Stored))
}

/// Which of many events came before, and the delivery that each was first.
///
/// # Errors
/// As the statement fails.
pub fn known(tx: &mut Tx<'_>, provider: &str, event_keys: &[&str]) -> Result<HashMap<String, WebhookId>> {
    let keys: Vec<Value<'_>> = event_keys.iter().map(|k| Value::Text(k)).collect();
    let found = tx.many(
        "SELECT event_key, webhook_id FROM webhook_key WHERE event_key = ANY($1) AND provider = $2",
        &keys,
        params![provider],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    Ok(found.into_iter().collect())
}

/// The delivery of an id.
///
/// # Errors
/// As the statement fails.
pub fn by_id(tx: &mut Tx<'_>, id: WebhookId) -> Result<Option<Webhook>> {
    tx.optional(
        "SELECT id, client_id, status, body, size, reply, agent FROM webhook WHERE id = $1",
        params![id],
        |r| {
            Ok(Webhook {
                id: r.get(0)?,
                client: r.get(1)?,
                status: r.word(2, WebhookStatus::parse)?,
                body: unpack(&r.get::<Vec<u8>>(3)?, r.get(4)?)?,
                reply: r.get(5)?,
                agent: r.get(6)?,
            })
        },
    )
}

/// What applying a delivery came to.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Whose it turned out to be; 0 while unknown.
    pub client: ClientId,
    /// The call it concerns.
    pub call: Option<CallId>,
    /// What became of it.
    pub status: WebhookStatus,
    /// In words.
    pub note: String,
    /// The answer for the provider.
    pub reply: String,
}

/// Records what became of a delivery that was applied again.
///
/// # Errors
/// As the statement fails.
pub fn reapplied(tx: &mut Tx<'_>, id: WebhookId, a: &Applied, now: Millis) -> Result<()> {
    tx.execute(
        "UPDATE webhook SET client_id = $2, call_id = $3, status = $4, note = $5, reply = $6, applied_at = $7
         WHERE id = $1",
        params![id, a.client, a.call, a.status.word(), &a.note, &a.reply, now],
    )?;
    Ok(())
}
