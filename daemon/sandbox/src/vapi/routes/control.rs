//! Live control: `POST` to the call's `monitor.controlUrl`. Unauthenticated, like the vendor's
//! default.

use super::{error, not_found, object};
use crate::vapi::call::{Command, Status};
use crate::vapi::state::Shared;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The reason of a call that was ended by live control.
const ENDED_BY_CONTROL: &str = "manually-canceled";

pub(super) async fn control(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let body = match object(&body) {
        Ok(body) => body,
        Err(response) => return *response,
    };
    let command = match command(&body) {
        Ok(command) => command,
        Err(message) => return error(StatusCode::BAD_REQUEST, message),
    };
    let (status, commands) = {
        let state = shared.peek();
        let Some(call) = state.call(&id) else { return not_found("Call") };
        (call.status, call.commands.clone())
    };
    let on_the_line = matches!(status, Status::Ringing | Status::InProgress | Status::Forwarding);
    match (commands, command) {
        (Some(commands), Some(command)) if on_the_line => match commands.try_send(command) {
            Ok(()) => Json(json!({})).into_response(),
            Err(_) => error(StatusCode::TOO_MANY_REQUESTS, "Too many commands wait for this call."),
        },
        (Some(_), None) if on_the_line => Json(json!({})).into_response(),
        _ => error(StatusCode::BAD_REQUEST, "The call is not on the line."),
    }
}

/// `Ok(None)` for what is understood and changes nothing here: muting, saying the greeting again.
fn command(body: &Map<String, Value>) -> Result<Option<Command>, String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let flag = |key: &str| body.get(key) == Some(&Value::Bool(true));
    let content = text(body.get("content"));
    match body.get("type").and_then(Value::as_str) {
        Some("end-call") => Ok(Some(Command::End { reason: ENDED_BY_CONTROL })),
        Some("say") => {
            let content = content.ok_or("content must be a string")?;
            Ok(Some(Command::Say { content, then_end: flag("endCallAfterSpoken") }))
        }
        Some("add-message") => {
            let content =
                text(body.get("message").map(|m| &m["content"])).ok_or("message.content must be a string")?;
            Ok(Some(Command::AddMessage { content, respond: flag("triggerResponseEnabled") }))
        }
        Some("transfer") => {
            let destination = body.get("destination").filter(|d| d.is_object());
            let destination = destination.ok_or("destination must be an object")?.clone();
            Ok(Some(Command::Transfer { destination, content }))
        }
        Some("control") => match body.get("control").and_then(Value::as_str) {
            Some("mute-assistant" | "unmute-assistant" | "say-first-message") => Ok(None),
            _ => {
                Err("control must be one of: mute-assistant, unmute-assistant, say-first-message".to_owned())
            }
        },
        Some("handoff") => Ok(None),
        _ => Err("type must be one of: end-call, say, add-message, control, transfer, handoff".to_owned()),
    }
}
