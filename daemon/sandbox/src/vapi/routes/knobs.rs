//! The sandbox's own surface: what a demo, a rehearsal or a test in another process turns.

use super::{error, object};
use crate::vapi::handle;
use crate::vapi::place;
use crate::vapi::scenario::Scenario;
use crate::vapi::state::Shared;
use crate::vapi::validate;
use crate::vapi::{Faults, Problem};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

const DEFAULT_CALLS: usize = 1_000;

pub(super) async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let idle = shared.is_idle();
    let state = shared.peek();
    let body = json!({"ok": true, "provider": "vapi", "sandbox": true, "idle": idle, "live": state.live,
        "free_slots": shared.slots.available_permits(), "counters": state.counters, "faults": state.faults});
    Json(body).into_response()
}

pub(super) async fn faults(State(shared): State<Arc<Shared>>) -> Json<Faults> {
    Json(shared.peek().faults.clone())
}

/// Replaces all faults: what is not named is off. `{}` ends them.
pub(super) async fn set_faults(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let faults = match serde_json::from_slice::<Faults>(&body) {
        Ok(faults) => faults,
        Err(e) => return error(StatusCode::BAD_REQUEST, e.to_string()),
    };
    if let Some(problem) = faults.problem() {
        return error(StatusCode::BAD_REQUEST, problem);
    }
    shared.change(|state| state.faults = faults.clone());
    Json(faults).into_response()
}

/// Newest first; `limit` defaults to 1,000.
pub(super) async fn calls(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let limit = query.get("limit").and_then(|l| l.parse().ok()).unwrap_or(DEFAULT_CALLS);
    let state = shared.peek();
    let calls: Vec<handle::PlacedCall> =
        state.calls.values().rev().take(limit).map(handle::PlacedCall::of).collect();
    Json(calls).into_response()
}

pub(super) async fn problems(State(shared): State<Arc<Shared>>) -> Json<Vec<Problem>> {
    Json(shared.peek().problems.iter().cloned().collect())
}

/// `{from, scenario?, name?, phoneNumberId?, assistantId?, assistantOverrides?}` → `{id}`.
pub(super) async fn inbound(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let body = match object(&body) {
        Ok(body) => body,
        Err(response) => return *response,
    };
    let from = body.get("from").and_then(Value::as_str).unwrap_or("").to_owned();
    if let Some(problem) = validate::customer_problems(&json!({"number": from}), "from").into_iter().next() {
        return error(StatusCode::BAD_REQUEST, problem);
    }
    let scenario = match named(&body) {
        Ok(scenario) => scenario,
        Err(message) => return error(StatusCode::BAD_REQUEST, message),
    };
    let id = place::inbound(&shared, &from, &body, scenario);
    (StatusCode::CREATED, Json(json!({ "id": id }))).into_response()
}

/// `{number, scenario}`: every call to or from this number takes this course; null ends it.
pub(super) async fn force(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let body = match object(&body) {
        Ok(body) => body,
        Err(response) => return *response,
    };
    let Some(number) = body.get("number").and_then(Value::as_str) else {
        return error(StatusCode::BAD_REQUEST, "number must be a string");
    };
    match named(&body) {
        Ok(scenario) => {
            handle::force(&shared, number, scenario);
            Json(json!({"number": number, "scenario": scenario.map(Scenario::name)})).into_response()
        }
        Err(message) => error(StatusCode::BAD_REQUEST, message),
    }
}

fn named(body: &Map<String, Value>) -> Result<Option<Scenario>, String> {
    match body.get("scenario") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => {
            Scenario::named(name).map(Some).ok_or_else(|| format!("there is no scenario “{name}”"))
        }
        Some(_) => Err("scenario must be a string".to_owned()),
    }
}
