//! Assistants and phone numbers: enough of them to set a client up.

use super::{error, not_found, object};
use crate::clock::iso;
use crate::vapi::state::{MAX_ASSISTANTS, Shared};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Fields that a client may not write; a clone must drop them.
const READ_ONLY: [&str; 4] = ["id", "orgId", "createdAt", "updatedAt"];

pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Response {
    let mut all: Vec<Value> = shared.peek().assistants.values().cloned().collect();
    all.sort_by(|a, b| b["createdAt"].as_str().cmp(&a["createdAt"].as_str()));
    Json(all).into_response()
}

pub(super) async fn get(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    shared.assistant(&id).map_or_else(|| not_found("Assistant"), |a| Json(a).into_response())
}

pub(super) async fn create(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let mut body = match checked(&body) {
        Ok(body) => body,
        Err(response) => return *response,
    };
    let created = shared.change(|state| {
        if state.assistants.len() >= MAX_ASSISTANTS {
            return None;
        }
        let id = state.random.uuid4();
        let now = iso(state.now_ms(shared.clock));
        body.insert("id".to_owned(), id.as_str().into());
        body.insert("orgId".to_owned(), shared.org_id.as_str().into());
        body.insert("createdAt".to_owned(), now.as_str().into());
        body.insert("updatedAt".to_owned(), now.into());
        state.assistants.insert(id, Value::Object(body.clone()));
        Some(body)
    });
    match created {
        Some(assistant) => (StatusCode::CREATED, Json(assistant)).into_response(),
        None => error(StatusCode::BAD_REQUEST, "Couldn't Create Assistant. Too Many Assistants."),
    }
}

/// Replaces the given top-level fields. How the vendor merges nested objects is not documented,
/// so nothing is merged: whoever sends half an object gets half an object.
pub(super) async fn update(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let body = match checked(&body) {
        Ok(body) => body,
        Err(response) => return *response,
    };
    let Some(mut assistant) = shared.assistant(&id) else { return not_found("Assistant") };
    shared.change(|state| {
        for (key, value) in body {
            assistant[key.as_str()] = value;
        }
        assistant["updatedAt"] = iso(state.now_ms(shared.clock)).into();
        if state.assistants.len() < MAX_ASSISTANTS || state.assistants.contains_key(&id) {
            state.assistants.insert(id, assistant.clone());
        }
    });
    Json(assistant).into_response()
}

pub(super) async fn delete(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let removed = shared.change(|state| state.assistants.remove(&id));
    removed.map_or_else(|| not_found("Assistant"), |a| Json(a).into_response())
}

pub(super) async fn phone_numbers(State(shared): State<Arc<Shared>>) -> Response {
    let all: Vec<Value> = shared.peek().phone_numbers.values().cloned().collect();
    Json(all).into_response()
}

pub(super) async fn phone_number(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    shared.phone_number(&id).map_or_else(|| not_found("Phone number"), |n| Json(n).into_response())
}

fn checked(body: &[u8]) -> Result<Map<String, Value>, Box<Response>> {
    let body = object(body)?;
    let mut wrong: Vec<String> = READ_ONLY
        .iter()
        .filter(|key| body.contains_key(**key))
        .map(|key| format!("property {key} should not exist"))
        .collect();
    let text = |key: &str| body.get(key).and_then(Value::as_str).map_or(0, |t| t.chars().count());
    for (key, limit) in [("name", 40), ("voicemailMessage", 1_000), ("endCallMessage", 1_000)] {
        if text(key) > limit {
            wrong.push(format!("{key} must be shorter than or equal to {limit} characters"));
        }
    }
    match body.get("maxDurationSeconds").map(Value::as_f64) {
        None | Some(Some(10.0..=43_200.0)) => {}
        Some(_) => wrong.push("maxDurationSeconds must not be less than 10 or greater than 43200".to_owned()),
    }
    if wrong.is_empty() { Ok(body) } else { Err(Box::new(error(StatusCode::BAD_REQUEST, wrong))) }
}
