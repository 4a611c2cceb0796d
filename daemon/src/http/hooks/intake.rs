//! From a delivery that proved itself to its answer: one way for every provider. Live where the
//! database answers and nothing waits, else into the spool; what cannot be applied or read is kept.
//!
//! Must not live here: proofs, and what a message means.

use crate::app::App;
use crate::flows::webhooks;
use crate::http::ApiError;
use crate::spool::{Record, Spool};
use crate::webhooks::{Delivery, Provider, Unreadable};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use frontdesk_store::Error;
use std::sync::Arc;
use std::time::Duration;

/// How long a webhook waits for a database that can be away, before it is spooled instead.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one that needs an answer waits: the person on the line hears silence meanwhile.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// Takes what proved itself: `address` is what the path or query it came by adds to its body.
pub(super) async fn take(
    app: &Arc<App>,
    provider: Provider,
    body: Arc<[u8]>,
    address: String,
) -> Result<Response, ApiError> {
    app.counters.webhooks.up();
    let delivery = match Delivery::read(provider, body.clone(), &address) {
        Ok(delivery) if frontdesk_env::fail::planted("no-dedupe") => {
            let key = format!("{}:{}", delivery.message.event_key, app.ctx.env.id());
            delivery.as_event(key)
        }
        Ok(delivery) => delivery,
        Err(e) => return keep_unreadable(app, provider, body, address, e).await,
    };
    if frontdesk_env::fail::planted("early-answer") {
        let (app, delivery) = (app.clone(), delivery.clone());
        tokio::spawn(async move { accept(&app, &delivery).await });
        return Ok(said(provider, provider.nothing().into()));
    }
    match &app.spool {
        Some(spool) => spoolable(app, spool, delivery).await,
        None => answered(app, accept(app, &delivery).await, delivery).await,
    }
}

async fn answered(
    app: &Arc<App>,
    accepted: frontdesk_store::Result<String>,
    delivery: Delivery,
) -> Result<Response, ApiError> {
    match accepted {
        Ok(reply) => {
            frontdesk_env::fail::point("webhook.committed");
            Ok(said(delivery.provider, reply))
        }
        Err(e) if e.is_passing() => {
            app.counters.shed.up();
            Err(e.into())
        }
        Err(e) => keep_failed(app, delivery, &e).await,
    }
}

/// Live where the database answers and nothing waits, else into the spool.
async fn spoolable(app: &Arc<App>, spool: &Spool, delivery: Delivery) -> Result<Response, ApiError> {
    let sorry = delivery.out_of_reach();
    // Behind a spool that is being emptied a webhook waits its turn: were it spooled at once,
    // under load the spool might never be empty again. While it waits, so does its sender.
    if sorry.is_none() && spool.is_draining() {
        let _ = tokio::time::timeout(PATIENCE, spool.empty()).await;
    }
    let in_order = spool.waiting().count == 0 && !app.store.in_trouble();
    if in_order || sorry.is_some() {
        let patience = if sorry.is_some() { ANSWER_PATIENCE } else { PATIENCE };
        let accepted = match tokio::time::timeout(patience, accept(app, &delivery)).await {
            Ok(accepted) => accepted,
            Err(_) => {
                // It may still be applied: the same event again is known by then.
                let why = format!("no answer within {} s", patience.as_secs());
                app.store.suspect(&why);
                Err(Error::Unavailable(why))
            }
        };
        match (accepted, sorry) {
            (Err(e), Some(sorry)) if e.is_passing() => {
                app.counters.shed.up();
                return Ok(said(delivery.provider, sorry));
            }
            (Err(e), None) if e.is_passing() => {}
            (accepted, _) => return answered(app, accepted, delivery).await,
        }
    }
    let provider = delivery.provider;
    keep_spooled(app, spool, provider, &delivery.body, delivery.message.agent.clone()).await?;
    Ok(said(provider, provider.nothing().into()))
}

async fn keep_spooled(
    app: &App,
    spool: &Spool,
    provider: Provider,
    body: &[u8],
    agent: String,
) -> Result<(), ApiError> {
    let record =
        Record { at: app.ctx.now(), provider: provider.word().to_owned(), agent, body: body.to_vec() };
    spool.append(record).await.map_err(|refused| {
        app.counters.shed.up();
        ApiError::unavailable(&format!("the database is away and {refused}"))
    })?;
    app.counters.webhooks_spooled.up();
    Ok(())
}

async fn accept(app: &Arc<App>, delivery: &Delivery) -> frontdesk_store::Result<String> {
    app.intake.submit(delivery.order_key(), delivery.clone()).await
}

/// Applying it failed: the bytes stay, a person can replay them, and the provider need not
/// send them again.
async fn keep_failed(app: &Arc<App>, delivery: Delivery, e: &Error) -> Result<Response, ApiError> {
    tracing::error!(tag = "WEBHOOK", error = %e, kind = delivery.message.kind, "a webhook could not be applied");
    let (ctx, why, provider) = (app.ctx.clone(), e.to_string(), delivery.provider);
    app.store.write(move |tx| webhooks::store_failed(tx, &ctx, &delivery, &why)).await?;
    Ok(said(provider, provider.nothing().into()))
}

async fn keep_unreadable(
    app: &Arc<App>,
    provider: Provider,
    body: Arc<[u8]>,
    agent: String,
    e: Unreadable,
) -> Result<Response, ApiError> {
    let spool = app.spool.as_ref().filter(|s| s.waiting().count > 0 || app.store.in_trouble());
    let kept = match spool {
        Some(_) => Err(Error::Unavailable(String::new())),
        None => {
            let (ctx, why, body, agent) = (app.ctx.clone(), e.to_string(), body.clone(), agent.clone());
            app.store
                .write(move |tx| webhooks::store_unreadable(tx, &ctx, provider, (&body, &agent), &why))
                .await
        }
    };
    match (kept, &app.spool) {
        (Err(e), Some(spool)) if e.is_passing() => keep_spooled(app, spool, provider, &body, agent).await?,
        (kept, _) => kept?,
    }
    Err(ApiError::invalid(e.field, e.reason))
}

fn said(provider: Provider, text: String) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, provider.content_type())], text).into_response()
}
