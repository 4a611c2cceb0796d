//! Vapi's webhooks. What does not verify leaves no trace but a count.

use crate::app::App;
use crate::config::Config;
use crate::flows::webhooks::{self, Defaults, Delivery, NOTHING};
use crate::http::auth::Address;
use crate::http::limits::{Granted, Who};
use crate::http::{ApiError, Web};
use crate::providers::vapi::{self as provider, VapiSecrets};
use crate::store::Error;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

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
pub(crate) async fn vapi(
    State(web): State<Web>,
    Address(address): Address,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    take(&web, address, &headers, body, String::new()).await
}

/// `POST /webhooks/agent/agent_<organisation id without dashes>`.
pub(crate) async fn agent(
    State(web): State<Web>,
    Address(address): Address,
    Path(agent): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let Some(agent) = webhooks::organisation(&agent) else {
        return Err(ApiError::not_found("agent webhooks are /webhooks/agent/agent_<organisation id>"));
    };
    take(&web, address, &headers, body, agent.to_owned()).await
}

async fn take(
    web: &Web,
    address: std::net::IpAddr,
    headers: &HeaderMap,
    body: Bytes,
    agent: String,
) -> Result<Response, ApiError> {
    let app = &web.app;
    let now = app.ctx.now();
    if let Err(why) = provider::verify(headers, &body, now, &web.hooks.vapi) {
        app.counters.webhooks_refused.up();
        let per_minute = app.config.limits.bad_webhooks_per_minute;
        return Err(match web.limits.take(Who::BadWebhooks(address), per_minute, now) {
            Granted::Yes { .. } => ApiError::unauthorized(&why.to_string()),
            Granted::No { retry_after_s } => ApiError::too_many(retry_after_s),
        });
    }
    app.counters.webhooks.up();
    let body: Arc<[u8]> = Arc::from(body.as_ref());
    let message = match provider::parse(&body) {
        Ok(message) => Arc::new(message),
        Err(e) => return keep_unreadable(app, body, agent, e).await,
    };
    let delivery = Delivery { body, message, agent };
    match accept(app, &delivery).await {
        Ok(reply) => Ok(json(reply)),
        Err(e @ (Error::Overloaded | Error::Unavailable(_) | Error::Retry(_))) => {
            app.counters.shed.up();
            Err(e.into())
        }
        Err(e) => keep_failed(app, delivery, &e).await,
    }
}

async fn accept(app: &Arc<App>, delivery: &Delivery) -> crate::store::Result<String> {
    let (ctx, delivery) = (app.ctx.clone(), delivery.clone());
    let assistant_id = app.config.vapi.as_ref().map(|v| v.assistant_id.clone()).unwrap_or_default();
    let defaults = Defaults { assistant_id };
    app.store.write(move |tx| webhooks::accept(tx, &ctx, &defaults, &delivery)).await
}

/// Applying it failed: the bytes stay, a person can replay them, and the provider need not
/// send them again.
async fn keep_failed(app: &Arc<App>, delivery: Delivery, e: &Error) -> Result<Response, ApiError> {
    tracing::error!(tag = "WEBHOOK", error = %e, kind = delivery.message.kind.word(), "a webhook could not be applied");
    let (ctx, why) = (app.ctx.clone(), e.to_string());
    app.store.write(move |tx| webhooks::store_failed(tx, &ctx, &delivery, &why)).await?;
    Ok(json(NOTHING.into()))
}

async fn keep_unreadable(
    app: &Arc<App>,
    body: Arc<[u8]>,
    agent: String,
    e: provider::ParseError,
) -> Result<Response, ApiError> {
    let (ctx, why) = (app.ctx.clone(), e.to_string());
    app.store.write(move |tx| webhooks::store_unreadable(tx, &ctx, &body, &agent, &why)).await?;
    Err(ApiError::invalid(e.field, e.reason))
}

fn json(text: String) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
