//! Clients: `POST /api/onboard-client`, their settings, their end.

use super::body;
use crate::app::App;
use crate::flows::clients::{self as flow, Asker};
use crate::http::auth::Caller;
use crate::http::{ApiError, Web};
use crate::store;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use frontdesk_shared::client::{ClientCreated, NewClient, OnboardStep};
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

/// Creates a client, for the API and for the console.
///
/// # Errors
/// As [`flow::create`].
pub async fn onboard(
    app: &App,
    new: NewClient,
    actor: String,
    address: String,
) -> store::Result<ClientCreated> {
    let ctx = app.ctx.clone();
    let key = flow::fresh_key(&ctx);
    let hash = key.hash;
    let client = app
        .store
        .write(move |tx| {
            let asker = Asker { actor: &actor, address: &address };
            flow::create(tx, &ctx, &new, Some(&hash), asker)
        })
        .await?;
    let base = app.config.house.public_base_url.as_ref().map_or_else(
        || format!("http://{}", app.config.house.listen),
        |url| url.as_str().trim_end_matches('/').to_owned(),
    );
    let step = |name: &str, status: &str, detail: &str| OnboardStep {
        name: name.into(),
        status: status.into(),
        detail: detail.into(),
    };
    let own_assistant = client.settings.get("vapi").is_some_and(|v| v.get("assistant_id").is_some());
    Ok(ClientCreated {
        api_key: key.text,
        dashboard_url: format!("{base}/api/realtime/{}/events", client.key),
        webhook_urls: [
            ("agent".to_owned(), format!("{base}/webhooks/agent/agent_{}", client.agent)),
            ("vapi".to_owned(), format!("{base}/webhooks/vapi")),
        ]
        .into(),
        steps: vec![
            step("client", "done", "created"),
            step("api_key", "done", "made; it is shown this once"),
            if own_assistant {
                step("assistant", "done", "the assistant named in settings.vapi is used")
            } else {
                step(
                    "assistant",
                    "pending",
                    "uses the house's assistant; cloning one from the template is not built yet",
                )
            },
            step("calendar", "pending", "bookings are kept here; Google Calendar is not built yet"),
        ],
        client: flow::fresh_row(&client),
    })
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
