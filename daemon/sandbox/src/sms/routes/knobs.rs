//! The sandbox's own surface: what a demo, a rehearsal or a test in another process turns.

use super::error;
use crate::sms::Faults;
use crate::sms::course::Course;
use crate::sms::handle::{self, SandboxText};
use crate::sms::play;
use crate::sms::rules::{ApiError, is_e164};
use crate::sms::state::Shared;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

const DEFAULT_TEXTS: usize = 1_000;

pub(super) async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let idle = shared.is_idle();
    let state = shared.peek();
    Json(json!({"ok": true, "provider": "sms", "sandbox": true, "idle": idle, "counters": state.counters,
        "faults": state.faults}))
    .into_response()
}

pub(super) async fn faults(State(shared): State<Arc<Shared>>) -> Json<Faults> {
    Json(shared.peek().faults.clone())
}

/// Replaces all faults: what is not named is off. `{}` ends them.
pub(super) async fn set_faults(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let faults: Faults = match read(&body) {
        Ok(faults) => faults,
        Err(response) => return *response,
    };
    if let Some(problem) = faults.problem() {
        return wrong(&problem);
    }
    shared.change(|state| state.faults = faults.clone());
    Json(faults).into_response()
}

/// Newest first; `limit` defaults to 1,000, `id` asks for one id of the sender.
pub(super) async fn texts(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(DEFAULT_TEXTS);
    let id = query.get("id").map(String::as_str);
    let state = shared.peek();
    let texts: Vec<SandboxText> = state
        .texts
        .values()
        .rev()
        .filter(|text| id.is_none() || text.id() == id)
        .take(limit)
        .map(|text| SandboxText::of(&shared, text))
        .collect();
    Json(texts).into_response()
}

pub(super) async fn problems(State(shared): State<Arc<Shared>>) -> Json<Vec<String>> {
    Json(shared.peek().problems.iter().cloned().collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Incoming {
    from: String,
    to: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    media: u32,
}

/// `{from, to, body?, media?}` → `{sid}`: a person texts a number of ours.
pub(super) async fn inbound(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let incoming: Incoming = match read(&body) {
        Ok(incoming) => incoming,
        Err(response) => return *response,
    };
    if !is_e164(&incoming.from) {
        return wrong("from must be a number in E.164");
    }
    match play::inbound(&shared, &incoming.from, &incoming.to, &incoming.body, incoming.media) {
        Some(sid) => (StatusCode::CREATED, Json(json!({ "sid": sid }))).into_response(),
        None => wrong("no account has the number that is texted"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forced {
    number: String,
    course: Option<String>,
}

/// `{number, course}`: every text to this number takes this course; null ends it.
pub(super) async fn force(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let forced: Forced = match read(&body) {
        Ok(forced) => forced,
        Err(response) => return *response,
    };
    let course = match forced.course.as_deref().map(Course::named) {
        None => None,
        Some(Some(course)) => Some(course),
        Some(None) => return wrong("there is no such course"),
    };
    handle::force(&shared, &forced.number, course);
    Json(json!({"number": forced.number, "course": course.map(Course::name)})).into_response()
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Response>> {
    serde_json::from_slice(body).map_err(|e| Box::new(wrong(&e.to_string())))
}

fn wrong(message: &str) -> Response {
    error(&ApiError::new(400, 20_001, message))
}
