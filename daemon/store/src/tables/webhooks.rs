//! Deliveries from providers, raw and with what became of them.
//!
//! The identity of an event and how often it came are in `webhook_key`, which may be kept longer
//! than the deliveries themselves.

use crate::engine::insert::Insert;
use crate::engine::packed::{Packed, unpack};
use crate::engine::value::Kind::{Bytes, Int, Text};
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
    /// Who sent it.
    pub provider: String,
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

/// Counts another delivery of each of these.
///
/// # Errors
/// As the statements fail.
pub fn seen_again(tx: &mut Tx<'_>, events: &[(&str, &str)]) -> Result<()> {
    for (provider, event_key) in events {
        tx.execute(
            "UPDATE webhook_key SET deliveries = deliveries + 1 WHERE event_key = $1 AND provider = $2",
            params![*event_key, *provider],
        )?;
    }
    Ok(())
}

/// The delivery of an id.
///
/// # Errors
/// As the statement fails.
pub fn by_id(tx: &mut Tx<'_>, id: WebhookId) -> Result<Option<Webhook>> {
    tx.optional(
        "SELECT id, client_id, status, body, size, reply, agent, provider FROM webhook WHERE id = $1",
        params![id],
        |r| {
            Ok(Webhook {
                id: r.get(0)?,
                client: r.get(1)?,
                status: r.word(2, WebhookStatus::parse)?,
                body: unpack(&r.get::<Vec<u8>>(3)?, r.get(4)?)?,
                reply: r.get(5)?,
                agent: r.get(6)?,
                provider: r.get(7)?,
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

/// What is known of many events, by event. Of one that came so long ago that only its key is kept
/// there is nothing to answer and nothing to apply any more.
///
/// # Errors
/// As the statement fails.
pub fn of_events(tx: &mut Tx<'_>, provider: &str, events: &[&str]) -> Result<Vec<(String, Delivery)>> {
    let events: Vec<Value<'_>> = events.iter().map(|key| Value::Text(key)).collect();
    let sql = "SELECT k.event_key, k.webhook_id, w.status, w.reply FROM webhook_key k
               LEFT JOIN webhook w ON w.id = k.webhook_id WHERE k.event_key = ANY($1) AND k.provider = $2";
    tx.many(sql, &events, params![provider], |r| {
        let status: Option<String> = r.get(2)?;
        let reply: Option<String> = r.get(3)?;
        Ok((
            r.get(0)?,
            Delivery {
                id: r.get(1)?,
                status: status.as_deref().and_then(WebhookStatus::parse).unwrap_or(WebhookStatus::Ignored),
                reply: reply.unwrap_or_else(|| "{}".to_owned()),
            },
        ))
    })
}
