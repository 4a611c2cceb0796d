//! The way out of the spool: the oldest first, through the flow that live webhooks take.
//!
//! Must not live here: files, and when the database is asked again (`watch::outage`).

use super::{Record, Spool};
use crate::app::App;
use crate::flows::webhooks;
use crate::webhooks::{Delivery, Provider};
use frontdesk_store::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A record as the flow wants it.
#[derive(Clone)]
enum Item {
    Message(Delivery),
    Unreadable { provider: Provider, body: Arc<[u8]>, agent: String, why: String },
}

/// Applies the oldest; how many. 0: the spool is empty.
///
/// # Errors
/// [`Error::Unavailable`] and its like while the database is still away; nothing is forgotten.
pub async fn step(app: &App, spool: &Spool) -> Result<usize> {
    let done = next(app, spool).await;
    spool.draining.store(matches!(done, Ok(n) if n > 0), Ordering::Relaxed);
    if done.is_ok() {
        spool.refusing.store(false, Ordering::Relaxed);
    }
    done
}

async fn next(app: &App, spool: &Spool) -> Result<usize> {
    let records = spool.oldest().await.map_err(|e| Error::Unavailable(format!("the spool: {e}")))?;
    let items: Vec<Item> = records.into_iter().map(item).collect();
    let count = items.len();
    if count == 0 {
        return Ok(0);
    }
    match apply(app, items.clone()).await {
        Ok(()) => {}
        Err(e) if e.is_passing() => return Err(e),
        // One of them cannot be applied; it must not hold up the others.
        Err(_) => {
            for item in items {
                alone(app, item).await?;
            }
        }
    }
    // What keeps webhooks in line from here on is that the spool is not empty.
    app.store.well();
    spool.done(count).await;
    Ok(count)
}

fn item(record: Record) -> Item {
    let body: Arc<[u8]> = record.body.into();
    // A word of a newer program: its bytes are kept for it.
    let Some(provider) = Provider::parse(&record.provider) else {
        let why = format!("this version knows no provider {:?}", record.provider);
        return Item::Unreadable { provider: Provider::Vapi, body, agent: record.agent, why };
    };
    match Delivery::read(provider, body.clone(), &record.agent) {
        Ok(delivery) => Item::Message(delivery),
        Err(e) => Item::Unreadable { provider, body, agent: record.agent, why: e.to_string() },
    }
}

/// All in one commit.
async fn apply(app: &App, items: Vec<Item>) -> Result<()> {
    let (ctx, defaults) = (app.ctx.clone(), app.webhook_defaults());
    app.store
        .write(move |tx| {
            let mut messages = Vec::new();
            for item in &items {
                match item {
                    Item::Message(delivery) => messages.push(delivery.clone()),
                    Item::Unreadable { provider, body, agent, why } => {
                        webhooks::store_unreadable(tx, &ctx, *provider, (body, agent), why)?;
                    }
                }
            }
            webhooks::accept_all(tx, &ctx, &defaults, &messages)?;
            Ok(())
        })
        .await
}

/// One by itself: applied, else kept as failed, else kept as bytes, for a person to replay.
async fn alone(app: &App, item: Item) -> Result<()> {
    let Err(e) = apply(app, vec![item.clone()]).await else { return Ok(()) };
    if e.is_passing() {
        return Err(e);
    }
    let Item::Message(delivery) = item else { return Err(e) };
    tracing::error!(tag = "WEBHOOK", error = %e, kind = delivery.message.kind, "a webhook of the spool could not be applied");
    let (ctx, failed, why) = (app.ctx.clone(), delivery.clone(), e.to_string());
    let kept = app.store.write(move |tx| webhooks::store_failed(tx, &ctx, &failed, &why)).await;
    match kept {
        Err(again) if !again.is_passing() => {
            let (body, agent) = (delivery.body.clone(), delivery.message.agent.clone());
            let provider = delivery.provider;
            apply(app, vec![Item::Unreadable { provider, body, agent, why: e.to_string() }]).await
        }
        kept => kept,
    }
}
