//! Clients: `POST /api/onboard-client`, their settings, their end.

use super::body;
use crate::flows::clients::{self as flow, Asker};
use crate::http::auth::Caller;
use crate::http::{ApiError, Web};
use crate::onboarding::onboard;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use frontdesk_shared::client::ClientCreated;
use serde_json::{Value, json};

/// Creates a client; the only answer that holds its key.
pub(crate) async fn onboard_client(
    State(web): State<Web>,
    caller: Caller,
    bytes: Bytes,
) -> Result<(StatusCode, Json<ClientCreated>), ApiError> {
    caller.admin()?;
    let created = onboard(&web.app, body(&bytes)?, caller.actor(), caller.address()).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Changes a client's settings.
pub(crate) async fn configure(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, ApiError> {
    caller.may_act_for(&key)?;
    let patch: Value = body(&bytes)?;
    // The plan sets the limits a client is held to, and the calling rules protect the people
    // it calls: neither is the client's own to loosen.
    let calling = patch.get("settings").is_some_and(|s| s.get("calling").is_some());
    if patch.get("tier").is_some() || calling {
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
        "settings": client.settings,
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
