//! Vapi's webhooks. What does not verify leaves no trace but a count.
//!
//! While PostgreSQL is away, or anything waits in the spool already, what needs no answer is
//! spooled and answered as if it were applied. What needs one (tools, which assistant) cannot be
//! told anything that is not known: it hears that the records cannot be reached, in the form the
//! provider gives to errors, and is not kept, because nobody may book behind a caller's back.

use super::intake;
use crate::app::App;
use crate::config::Config;
use crate::flows::rates::Granted;
use crate::http::bodies::{Held, Whose, gather};
use crate::http::limits::Who;
use crate::http::places::Place;
use crate::http::{ApiError, Web, origin};
use crate::webhooks::{Provider, organisation};
use axum::extract::{Path, Request, State};
use axum::response::Response;
use frontdesk_providers::vapi::{self as provider, HeadProof, VapiSecrets};
use frontdesk_store::clients;
use std::sync::Arc;
use std::time::Duration;

/// What webhooks are verified with.
#[derive(Debug)]
pub(crate) struct Secrets {
    vapi: VapiSecrets,
    pub(super) sms: super::sms::Keys,
}

impl Secrets {
    pub(crate) fn of(config: &Config) -> Self {
        let vapi = match &config.vapi {
            Some(v) => VapiSecrets::new(v.webhook_secrets.iter().cloned())
                .with_headers(&v.signature_header, &v.timestamp_header),
            None => VapiSecrets::new([]),
        };
        Self { vapi, sms: super::sms::Keys::of(config) }
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
    intake::take(app, Provider::Vapi, Arc::from(body.bytes.as_ref()), agent).await
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
