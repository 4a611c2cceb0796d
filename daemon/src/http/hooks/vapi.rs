//! Vapi's webhooks. What does not verify leaves no trace but a count.
//!
//! While PostgreSQL is away, or anything waits in the spool already, what needs no answer is
//! spooled and answered as if it were applied. What needs one (tools, which assistant) cannot be
//! told anything that is not known: it hears that the records cannot be reached, in the form the
//! provider gives to errors, and is not kept, because nobody may book behind a caller's back.

use crate::app::App;
use crate::config::Config;
use crate::flows::rates::Granted;
use crate::flows::webhooks;
use crate::http::bodies::{Held, Whose, gather};
use crate::http::limits::Who;
use crate::http::places::Place;
use crate::http::{ApiError, Web, origin};
use crate::spool::{Record, Spool};
use crate::webhooks::{Delivery, NOTHING, Provider, Unreadable, organisation};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use frontdesk_providers::vapi::{self as provider, HeadProof, VapiSecrets};
use frontdesk_store::{Error, clients};
use std::sync::Arc;
use std::time::Duration;

/// How long a webhook waits for a database that can be away, before it is spooled instead.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one that needs an answer waits: the person on the line hears silence meanwhile.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// What webhooks are verified with.
#[derive(Debug)]
pub(crate) struct Secrets {
    vapi: VapiSecrets,
}

impl Secrets {
    pub(crate) fn of(config: &Config) -> Self {
        let vapi = match &config.vapi {
            Some(v) => VapiSecrets::new(v.webhook_secrets.iter().cloned())
                .with_headers(&v.signature_header, &v.timestamp_header),
            None => VapiSecrets::new([]),
        };
        Self { vapi }
    }
}

/// `POST /webhooks/vapi`.
pub(crate) async fn vapi(State(web): State<Web>, request: Request) -> Result<Response, ApiError> {
    take(&web, request, String::new()).await
}

/// `POST /webhooks/agent/agent_<organisation id without dashes>`.
pub(crate) async fn agent(
    State(web): State<Web>,
    Path(agent): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let Some(agent) = organisation(&agent) else {
        return Err(ApiError::not_found("agent webhooks are /webhooks/agent/agent_<organisation id>"));
    };
    take(&web, request, agent.to_owned()).await
}

async fn take(web: &Web, request: Request, agent: String) -> Result<Response, ApiError> {
    let app = &web.app;
    let body = proved(web, request).await?;
    if !agent.is_empty() && !is_known(app, &agent).await? {
        return Err(ApiError::not_found("no client has this agent path"));
    }
    app.counters.webhooks.up();
    let body: Arc<[u8]> = Arc::from(body.bytes.as_ref());
    let delivery = match Delivery::read(Provider::Vapi, body.clone(), &agent) {
        Ok(delivery) if frontdesk_env::fail::planted("no-dedupe") => {
            let key = format!("{}:{}", delivery.message.event_key, app.ctx.env.id());
            delivery.as_event(key)
        }
        Ok(delivery) => delivery,
        Err(e) => return keep_unreadable(app, body, agent, e).await,
    };
    if frontdesk_env::fail::planted("early-answer") {
        let (app, delivery) = (app.clone(), delivery.clone());
        tokio::spawn(async move { accept(&app, &delivery).await });
        return Ok(json(NOTHING.into()));
    }
    match &app.spool {
        Some(spool) => spoolable(app, spool, delivery).await,
        None => answered(app, accept(app, &delivery).await, delivery).await,
    }
}

/// The body of a webhook that proved itself: by its head, before anything else is read, or where
/// its head promises a signature, by both.
async fn proved(web: &Web, request: Request) -> Result<Held, ApiError> {
    let app = &web.app;
    let limits = &app.config.limits;
    let (parts, body) = request.into_parts();
    let net = origin::of(&parts, &app.config.house.proxy_addresses).net();
    let refused = |why: provider::Unverified| {
        app.counters.webhooks_refused.up();
        let steady = app.ctx.env.clock.steady();
        match web.limits.take(Who::BadWebhooks(net), limits.bad_webhooks_per_minute, steady) {
            Granted::Yes { .. } => ApiError::unauthorized(&why.to_string()),
            Granted::No { retry_after_s } => ApiError::too_many(retry_after_s),
        }
    };
    let place = parts.extensions.get::<Arc<Place>>();
    let known = || place.iter().for_each(|place| place.known());
    let secrets = &web.hooks.vapi;
    let whose = match provider::verify_head(&parts.headers, app.ctx.now(), secrets).map_err(refused)? {
        HeadProof::Whole(_) => {
            known();
            Whose::Provider
        }
        HeadProof::WithBody => Whose::Nobody,
    };
    let idle = Duration::from_secs(limits.idle_s.unsigned_abs());
    let body = gather(&web.bodies, whose, body, limits.webhook_bytes, idle).await?;
    if whose == Whose::Nobody {
        provider::verify(&parts.headers, &body.bytes, app.ctx.now(), secrets).map_err(refused)?;
        known();
    }
    Ok(body)
}

/// Whether a client has this path. While the database is away that cannot be told, and what is
/// proved is kept.
async fn is_known(app: &App, agent: &str) -> Result<bool, ApiError> {
    if app.spool.is_some() && app.store.in_trouble() {
        return Ok(true);
    }
    let agent = agent.to_owned();
    match app.store.read(move |tx| clients::by_agent(tx, &agent)).await {
        Ok(found) => Ok(found.is_some()),
        Err(e) if e.is_passing() => Ok(true),
        Err(e) => Err(e.into()),
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
            Ok(json(reply))
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
                return Ok(json(sorry));
            }
            (Err(e), None) if e.is_passing() => {}
            (accepted, _) => return answered(app, accepted, delivery).await,
        }
    }
    keep_spooled(app, spool, &delivery.body, delivery.message.agent.clone()).await?;
    Ok(json(NOTHING.into()))
}

async fn keep_spooled(app: &App, spool: &Spool, body: &[u8], agent: String) -> Result<(), ApiError> {
    let record = Record { at: app.ctx.now(), agent, body: body.to_vec() };
    spool.append(record).await.map_err(|refused| {
        app.counters.shed.up();
        ApiError::unavailable(&format!("the database is away and {refused}"))
    })?;
    app.counters.webhooks_spooled.up();
    Ok(())
}

async fn accept(app: &Arc<App>, delivery: &Delivery) -> frontdesk_store::Result<String> {
    let call = &delivery.message.call.id;
    let key = if call.is_empty() { &delivery.message.event_key } else { call };
    app.intake.submit(key, delivery.clone()).await
}

/// Applying it failed: the bytes stay, a person can replay them, and the provider need not
/// send them again.
async fn keep_failed(app: &Arc<App>, delivery: Delivery, e: &Error) -> Result<Response, ApiError> {
    tracing::error!(tag = "WEBHOOK", error = %e, kind = delivery.message.kind, "a webhook could not be applied");
    let (ctx, why) = (app.ctx.clone(), e.to_string());
    app.store.write(move |tx| webhooks::store_failed(tx, &ctx, &delivery, &why)).await?;
    Ok(json(NOTHING.into()))
}

async fn keep_unreadable(
    app: &Arc<App>,
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
                .write(move |tx| webhooks::store_unreadable(tx, &ctx, Provider::Vapi, (&body, &agent), &why))
                .await
        }
    };
    match (kept, &app.spool) {
        (Err(e), Some(spool)) if e.is_passing() => keep_spooled(app, spool, &body, agent).await?,
        (kept, _) => kept?,
    }
    Err(ApiError::invalid(e.field, e.reason))
}

fn json(text: String) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
