//! Clients: `POST /api/onboard-client`, their settings, their end.

use super::body;
use crate::flows::clients::{self as flow, Asker};
use crate::http::auth::Caller;
use crate::http::bodies::Json as Body;
use crate::http::{ApiError, Web};
use crate::onboarding::onboard;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use frontdesk_shared::client::ClientCreated;
use serde_json::{Value, json};

/// Creates a client; the only answer that holds its key.
pub(crate) async fn onboard_client(
    State(web): State<Web>,
    caller: Caller,
    bytes: Body,
) -> Result<(StatusCode, Json<ClientCreated>), ApiError> {
    caller.admin()?;
    let created = onboard(&web.app, body(bytes.bytes())?, caller.actor(), caller.address()).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Changes a client's settings.
pub(crate) async fn configure(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    bytes: Body,
) -> Result<Json<Value>, ApiError> {
    caller.may_act_for(&key)?;
    let patch: Value = body(bytes.bytes())?;
    if !flow::is_own_affair(&patch) {
        caller.admin()?;
    }
    let (ctx, actor, address) = (web.app.ctx.clone(), caller.actor(), caller.address());
    let client = web
        .app
        .store
        .write(move |tx| flow::configure(tx, &ctx, &key, &patch, Asker { actor: &actor, address: &address }))
        .await?;
    Ok(Json(json!({
        "client": { "key": client.key, "businessName": client.name, "timezone": client.timezone, "tier": client.tier },
        "settings": frontdesk_domain::sending::shown(&client.settings),
    })))
}

/// Stops everything for a client.
pub(crate) async fn deactivate(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Json<Value>, ApiError> {
    caller.admin()?;
    let (ctx, actor, address) = (web.app.ctx.clone(), caller.actor(), caller.address());
    let name = key.clone();
    let stopped = web
        .app
        .store
        .write(move |tx| flow::deactivate(tx, &ctx, &key, Asker { actor: &actor, address: &address }))
        .await?;
    Ok(Json(json!({ "client": name, "status": "deactivated", "stopped_jobs": stopped })))
}
