//! Channels: who is told that a calendar changed, and for how long.

use super::door;
use super::events::object;
use crate::google::config::Access;
use crate::google::faults::Op;
use crate::google::pusher;
use crate::google::state::{Channel, Shared};
use crate::google::wrong::{Wrong, wrong};
use crate::net::Peer;
use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

/// Channels end after a week at the latest, whatever is asked for.
const LONGEST_MS: i64 = 7 * 24 * 3_600_000;

pub(super) async fn watch(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path(calendar): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let entered = match door::with_token(&shared, Op::Watch, peer, &headers).await {
        Ok(entered) => entered,
        Err(response) => return *response,
    };
    entered.leave(opened(&shared, &calendar, &body).unwrap_or_else(IntoResponse::into_response))
}

fn opened(shared: &Arc<Shared>, calendar: &str, body: &[u8]) -> Result<Response, Wrong> {
    let body = object(body)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (id, address) = (text("id"), text("address"));
    if id.is_empty() || !matches!(text("type").as_str(), "web_hook" | "webhook") {
        return Err(wrong(400, "required", "Required"));
    }
    // The vendor wants https anywhere; the sandbox reaches this machine only, where there is none.
    if !pusher::may_push(&address) {
        return Err(wrong(400, "webhookUrlNotHttps", "WebHook callback must be on this machine."));
    }
    let now_ms = shared.now_ms();
    let wanted: Option<i64> = match body.get("expiration") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(other) => other.as_i64(),
        None => None,
    };
    let until_ms = wanted.map_or(now_ms + LONGEST_MS, |at| at.min(now_ms + LONGEST_MS));
    let channel = shared.change(|state| {
        door::allowed(state.calendars.get(calendar), Access::Read)?;
        if state.channels.contains_key(&id) {
            return Err(wrong(400, "channelIdNotUnique", "Channel id not unique"));
        }
        let resource = state.random.hex(14);
        let token = body.get("token").and_then(Value::as_str).map(str::to_owned);
        let channel = Channel {
            id: id.clone(),
            calendar: calendar.to_owned(),
            resource,
            address,
            token,
            until_ms,
            messages: 1,
        };
        state.channels.insert(id, channel.clone());
        Ok(channel)
    })?;
    let answer = json!({
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource,
        "resourceUri": format!("{}/calendar/v3/calendars/{calendar}/events", shared.base_url),
        "token": channel.token,
        "expiration": channel.until_ms.to_string(),
    });
    pusher::push(shared, channel, "sync");
    Ok(Json(answer).into_response())
}

pub(super) async fn stop(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let entered = match door::with_token(&shared, Op::Stop, peer, &headers).await {
        Ok(entered) => entered,
        Err(response) => return *response,
    };
    let stopped = || -> Result<Response, Wrong> {
        let body = object(&body)?;
        let (id, resource) = (body.get("id"), body.get("resourceId"));
        let removed = shared.change(|state| {
            let id = id.and_then(Value::as_str)?;
            let same =
                state.channels.get(id).is_some_and(|c| resource.is_some_and(|r| *r == c.resource.as_str()));
            if same { state.channels.remove(id) } else { None }
        });
        match removed {
            Some(_) => Ok(StatusCode::NO_CONTENT.into_response()),
            None => Err(wrong(404, "channelIdNotFound", "Channel not found for project")),
        }
    };
    let response = stopped().unwrap_or_else(IntoResponse::into_response);
    entered.leave(response)
}
