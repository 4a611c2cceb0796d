//! Keys, an administrator's to give: `/api/clients/{key}/keys`, and `/api/keys` for the
//! administrators' own. A key's text is in the answer that makes it and nowhere else.

use crate::flows::clients::{Asker, FreshKey, fresh_key};
use crate::flows::keys as flow;
use crate::http::auth::Caller;
use crate::http::bodies::Json as Body;
use crate::http::{ApiError, Web};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use frontdesk_shared::time::SECOND;
use frontdesk_shared::{Millis, RowId};
use frontdesk_store::Tx;
use frontdesk_store::keys::Key;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a new key is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    label: String,
    #[serde(default)]
    expires_in_s: Option<i64>,
}

/// How a key is exchanged.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rotation {
    overlap_s: Option<i64>,
}

type Created = (StatusCode, Json<Value>);

pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
    Path(client): Path<String>,
) -> Result<Json<Value>, ApiError> {
    listed(&web, &caller, Some(client)).await
}

pub(crate) async fn list_own(State(web): State<Web>, caller: Caller) -> Result<Json<Value>, ApiError> {
    listed(&web, &caller, None).await
}

pub(crate) async fn make(
    State(web): State<Web>,
    caller: Caller,
    Path(client): Path<String>,
    body: Body,
) -> Result<Created, ApiError> {
    made(&web, &caller, Some(client), &body).await
}

pub(crate) async fn make_own(
    State(web): State<Web>,
    caller: Caller,
    body: Body,
) -> Result<Created, ApiError> {
    made(&web, &caller, None, &body).await
}

pub(crate) async fn rotate(
    State(web): State<Web>,
    caller: Caller,
    Path((client, id)): Path<(String, String)>,
    body: Body,
) -> Result<Created, ApiError> {
    rotated(&web, &caller, Some(client), &id, &body).await
}

pub(crate) async fn rotate_own(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body,
) -> Result<Created, ApiError> {
    rotated(&web, &caller, None, &id, &body).await
}

pub(crate) async fn revoke(
    State(web): State<Web>,
    caller: Caller,
    Path((client, id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    revoked(&web, &caller, Some(client), &id).await
}

pub(crate) async fn revoke_own(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    revoked(&web, &caller, None, &id).await
}

/// A key as it is shown.
pub(super) fn shown(key: &Key, now: Millis) -> Value {
    json!({
        "id": key.id.to_string(),
        "label": key.label,
        "created_at": key.created_at.iso(),
        "last_used_at": key.last_used_at.map(Millis::iso),
        "expires_at": key.expires_at.map(Millis::iso),
        "revoked_at": key.revoked_at.map(Millis::iso),
        "active": key.stands(now),
    })
}

fn id_of(text: &str) -> Result<RowId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("there is no such key"))
}

async fn listed(web: &Web, caller: &Caller, client: Option<String>) -> Result<Json<Value>, ApiError> {
    caller.admin()?;
    let now = web.app.ctx.now();
    let keys = web.app.store.read(move |tx| flow::list(tx, client.as_deref())).await?;
    Ok(Json(json!({ "keys": keys.iter().map(|key| shown(key, now)).collect::<Vec<_>>() })))
}

/// Changes something and answers with the fresh key that came of it.
async fn with_fresh(
    web: &Web,
    caller: &Caller,
    change: impl Fn(&mut Tx<'_>, &FreshKey, Asker<'_>) -> frontdesk_store::Result<Key> + Send + 'static,
) -> Result<Created, ApiError> {
    let fresh = fresh_key(&web.app.ctx);
    let (text, now) = (fresh.text.clone(), web.app.ctx.now());
    let (actor, address) = (caller.actor(), caller.address());
    let key =
        web.app.store.write(move |tx| change(tx, &fresh, Asker { actor: &actor, address: &address })).await?;
    Ok((StatusCode::CREATED, Json(json!({ "key": shown(&key, now), "api_key": text }))))
}

async fn made(web: &Web, caller: &Caller, client: Option<String>, body: &Body) -> Result<Created, ApiError> {
    caller.admin()?;
    let new: New = super::body(body.bytes())?;
    let ctx = web.app.ctx.clone();
    with_fresh(web, caller, move |tx, fresh, asker| {
        let lasts = new.expires_in_s.map(|s| s.saturating_mul(SECOND));
        flow::make(tx, &ctx, client.as_deref(), fresh, (&new.label, lasts), asker)
    })
    .await
}

async fn rotated(
    web: &Web,
    caller: &Caller,
    client: Option<String>,
    id: &str,
    body: &Body,
) -> Result<Created, ApiError> {
    caller.admin()?;
    let id = id_of(id)?;
    let rotation: Rotation =
        if body.bytes().is_empty() { Rotation::default() } else { super::body(body.bytes())? };
    let overlap = rotation.overlap_s.map_or(flow::OVERLAP_MS, |s| s.saturating_mul(SECOND));
    let ctx = web.app.ctx.clone();
    with_fresh(web, caller, move |tx, fresh, asker| {
        flow::rotate(tx, &ctx, client.as_deref(), id, fresh, overlap, asker)
    })
    .await
}

async fn revoked(
    web: &Web,
    caller: &Caller,
    client: Option<String>,
    id: &str,
) -> Result<Json<Value>, ApiError> {
    caller.admin()?;
    let id = id_of(id)?;
    let (ctx, actor, address) = (web.app.ctx.clone(), caller.actor(), caller.address());
    let now = ctx.now();
    let key = web
        .app
        .store
        .write(move |tx| {
            flow::revoke(tx, &ctx, client.as_deref(), id, Asker { actor: &actor, address: &address })
        })
        .await?;
    Ok(Json(json!({ "key": shown(&key, now) })))
}
