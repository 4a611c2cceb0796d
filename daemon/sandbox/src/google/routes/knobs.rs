//! The sandbox's own surface: what a rehearsal or a test in another process turns.

use super::events::object;
use crate::google::config::Access;
use crate::google::event::Stored;
use crate::google::faults::Fault;
use crate::google::handle::GoogleHandle;
use crate::google::state::Shared;
use crate::google::wrong::{not_found, wrong};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let state = shared.peek();
    let body = json!({"ok": true, "provider": "google", "sandbox": true, "counters": state.counters,
        "channels": state.channels.len(), "faults": state.faults});
    Json(body).into_response()
}

pub(super) async fn faults(State(shared): State<Arc<Shared>>) -> Json<Vec<Fault>> {
    Json(shared.peek().faults.clone())
}

/// Replaces all faults: `[]` ends them.
pub(super) async fn set_faults(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    match serde_json::from_slice::<Vec<Fault>>(&body) {
        Ok(faults) => {
            shared.change(|state| state.faults = faults.clone());
            Json(faults).into_response()
        }
        Err(problem) => wrong(400, "invalid", problem.to_string()).into_response(),
    }
}

/// Everything in a calendar, deleted ones included.
pub(super) async fn events(State(shared): State<Arc<Shared>>, Path(calendar): Path<String>) -> Response {
    let state = shared.peek();
    match state.calendars.get(&calendar) {
        Some(of) => Json(of.events.values().map(Stored::json).collect::<Vec<Value>>()).into_response(),
        None => not_found().into_response(),
    }
}

/// Somebody at the business adds an event.
pub(super) async fn staff_adds(
    State(shared): State<Arc<Shared>>,
    Path(calendar): Path<String>,
    body: Bytes,
) -> Response {
    let fields = match object(&body) {
        Ok(fields) => fields,
        Err(wrong) => return wrong.into_response(),
    };
    let staff = GoogleHandle { shared }.staff(&calendar);
    match staff.add(fields) {
        Some(id) => (StatusCode::CREATED, Json(json!({ "id": id }))).into_response(),
        None => not_found().into_response(),
    }
}

/// Somebody at the business changes an event: the fields that are given, null takes away.
pub(super) async fn staff_changes(
    State(shared): State<Arc<Shared>>,
    Path((calendar, id)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let change = match object(&body) {
        Ok(change) => change,
        Err(wrong) => return wrong.into_response(),
    };
    shared.amend(&calendar, &id, &change).map_or_else(missing, |event| Json(event).into_response())
}

/// Somebody at the business deletes an event.
pub(super) async fn staff_deletes(
    State(shared): State<Arc<Shared>>,
    Path((calendar, id)): Path<(String, String)>,
) -> Response {
    shared.delete(&calendar, &id).map_or_else(missing, |()| StatusCode::NO_CONTENT.into_response())
}

/// `"none"`, `"free-busy"`, `"read"` or `"write"`: how the calendar is shared from now on.
pub(super) async fn set_access(
    State(shared): State<Arc<Shared>>,
    Path(calendar): Path<String>,
    body: Bytes,
) -> Response {
    match serde_json::from_slice::<Access>(&body) {
        Ok(access) => done(GoogleHandle { shared }.set_access(&calendar, access)),
        Err(problem) => wrong(400, "invalid", problem.to_string()).into_response(),
    }
}

/// Sync tokens given so far are worthless from now on.
pub(super) async fn expire(State(shared): State<Arc<Shared>>, Path(calendar): Path<String>) -> Response {
    done(GoogleHandle { shared }.expire_sync_tokens(&calendar))
}

fn done(found: bool) -> Response {
    if found { StatusCode::NO_CONTENT.into_response() } else { missing() }
}

fn missing() -> Response {
    not_found().into_response()
}
