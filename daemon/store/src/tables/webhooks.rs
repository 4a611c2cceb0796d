//! Deliveries from providers, raw and with what became of them.

use crate::engine::many::many;
use crate::engine::packed::{Packed, unpack};
use crate::params;
use crate::{Result, Tx, Value};
use frontdesk_domain::records::Delivery;
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_shared::{CallId, ClientId, Millis, WebhookId};

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

/// Stores a delivery.
///
/// # Errors
/// [`crate::Error::Conflict`] when the event is already there.
pub fn insert(tx: &mut Tx<'_>, w: &NewWebhook<'_>, now: Millis) -> Result<()> {
    tx.execute(
        "INSERT INTO webhook (id, provider, event_key, client_id, call_id, kind, status, note, deliveries, body,
             size, reply, agent, received_at, applied_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11, $12, $13, $13)",
        params![
            w.id,
            w.provider,
            w.event_key,
            w.client,
            w.call,
            w.kind,
            w.status.word(),
            w.note,
            w.body.block.as_slice(),
            i64::try_from(w.body.size).unwrap_or(i64::MAX),
            w.reply,
            w.agent,
            now
        ],
    )?;
    Ok(())
}

/// Counts another delivery of a known event; its row, or `None` when it is new.
///
/// # Errors
/// As the statements fail.
pub fn seen_again(tx: &mut Tx<'_>, provider: &str, event_key: &str) -> Result<Option<Webhook>> {
    // Nearly every delivery is new: a look at the index is all those cost.
    let known = tx.optional(
        "SELECT id FROM webhook WHERE event_key = $1 AND provider = $2",
        params![event_key, provider],
        |r| r.get::<WebhookId>(0),
    )?;
    let Some(id) = known else { return Ok(None) };
    tx.execute("UPDATE webhook SET deliveries = deliveries + 1 WHERE id = $1", params![id])?;
    by_id(tx, id)
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

/// Stored deliveries of many events, by event.
///
/// # Errors
/// As the statements fail.
pub fn of_events(tx: &mut Tx<'_>, provider: &str, events: &[&str]) -> Result<Vec<(String, Delivery)>> {
    let keys: Vec<Value<'_>> = events.iter().map(|key| Value::from(*key)).collect();
    many(
        tx,
        ("SELECT event_key, id, status, reply FROM webhook WHERE provider = $1 AND event_key IN", ""),
        &[provider.into()],
        &keys,
        |r| {
            Ok((
                r.get(0)?,
                Delivery { id: r.get(1)?, status: r.word(2, WebhookStatus::parse)?, reply: r.get(3)? },
            ))
        },
    )
}
