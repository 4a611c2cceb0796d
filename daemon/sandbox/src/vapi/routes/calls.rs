//! Reading, renaming and erasing calls.

use super::{error, not_found, object};
use crate::clock::from_iso;
use crate::vapi::call::{Call, Command, Status};
use crate::vapi::state::Shared;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1_000;
const CANCELLED: &str = "scheduled-call-deleted";

pub(super) async fn get(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let found = shared.change(|state| {
        let seq = *state.by_id.get(&id)?;
        state.reveal(seq);
        state.calls.get(&seq).map(|call| call.json(&shared.org_id, &shared.base_url))
    });
    found.map_or_else(|| not_found("Call"), |call| Json(call).into_response())
}

/// What a list is narrowed by.
#[derive(Default)]
struct Filter {
    id: Option<String>,
    assistant_id: Option<String>,
    phone_number_id: Option<String>,
    limit: usize,
    /// Inclusive bounds: lowest and highest instant.
    created: (Option<i64>, Option<i64>),
    updated: (Option<i64>, Option<i64>),
}

impl Filter {
    fn read(query: &HashMap<String, String>) -> Result<Self, Vec<String>> {
        let mut filter = Self { limit: DEFAULT_LIMIT, ..Self::default() };
        let mut wrong = Vec::new();
        for (key, value) in query {
            match key.as_str() {
                "id" => filter.id = Some(value.clone()),
                "assistantId" => filter.assistant_id = Some(value.clone()),
                "phoneNumberId" => filter.phone_number_id = Some(value.clone()),
                "limit" => match value.parse() {
                    Ok(limit) if limit <= MAX_LIMIT => filter.limit = limit,
                    Ok(_) => wrong.push(format!("limit must not be greater than {MAX_LIMIT}")),
                    Err(_) => wrong.push("limit must be a number".to_owned()),
                },
                _ => wrong.extend(filter.bound(key, value)),
            }
        }
        wrong.sort();
        if wrong.is_empty() { Ok(filter) } else { Err(wrong) }
    }

    fn bound(&mut self, key: &str, value: &str) -> Option<String> {
        let unknown = || Some(format!("property {key} should not exist"));
        let Some((field, relation)) = key.split_at_checked(9) else { return unknown() };
        let bounds = match field {
            "createdAt" => &mut self.created,
            "updatedAt" => &mut self.updated,
            _ => return unknown(),
        };
        let Some(at) = from_iso(value) else {
            return Some(format!("{key} must be a valid ISO 8601 date string"));
        };
        match relation {
            "Gt" => raise(&mut bounds.0, at + 1),
            "Ge" => raise(&mut bounds.0, at),
            "Lt" => lower(&mut bounds.1, at - 1),
            "Le" => lower(&mut bounds.1, at),
            _ => return unknown(),
        }
        None
    }

    fn matches(&self, call: &Call) -> bool {
        let same = |wanted: &Option<String>, key: &str| {
            wanted.as_deref().is_none_or(|wanted| call.text(key) == Some(wanted))
        };
        self.id.as_ref().is_none_or(|id| *id == call.id)
            && same(&self.assistant_id, "assistantId")
            && same(&self.phone_number_id, "phoneNumberId")
            && within(self.created, call.created_ms)
            && within(self.updated, call.updated_ms)
    }
}

fn raise(bound: &mut Option<i64>, at: i64) {
    *bound = Some(bound.map_or(at, |b| b.max(at)));
}

fn lower(bound: &mut Option<i64>, at: i64) {
    *bound = Some(bound.map_or(at, |b| b.min(at)));
}

fn within(bounds: (Option<i64>, Option<i64>), at: i64) -> bool {
    bounds.0.is_none_or(|low| low <= at) && bounds.1.is_none_or(|high| at <= high)
}

/// A plain array, newest first.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let filter = match Filter::read(&query) {
        Ok(filter) => filter,
        Err(wrong) => return error(StatusCode::BAD_REQUEST, wrong),
    };
    let calls: Vec<Value> = shared.change(|state| {
        let found: Vec<u64> = state
            .calls
            .values()
            .rev()
            .take_while(|call| filter.created.0.is_none_or(|low| call.created_ms >= low))
            .filter(|call| filter.matches(call))
            .take(filter.limit)
            .map(|call| call.seq)
            .collect();
        for seq in &found {
            state.reveal(*seq);
        }
        let calls = found.iter().filter_map(|seq| state.calls.get(seq));
        calls.map(|call| call.json(&shared.org_id, &shared.base_url)).collect()
    });
    Json(calls).into_response()
}

/// Only the name can be changed.
pub(super) async fn rename(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let body = match object(&body) {
        Ok(body) => body,
        Err(response) => return *response,
    };
    let mut wrong: Vec<String> =
        body.keys().filter(|k| *k != "name").map(|k| format!("property {k} should not exist")).collect();
    match body.get("name") {
        None => {}
        Some(Value::String(name)) if name.chars().count() <= 40 => {}
        Some(_) => wrong.push("name must be shorter than or equal to 40 characters".to_owned()),
    }
    if !wrong.is_empty() {
        return error(StatusCode::BAD_REQUEST, wrong);
    }
    let renamed = shared.change(|state| {
        let now_ms = state.now_ms(shared.clock);
        let call = state.call_mut(&id)?;
        if let Some(name) = body.get("name") {
            call.fields.insert("name".to_owned(), name.clone());
            call.updated_ms = now_ms;
        }
        Some(call.json(&shared.org_id, &shared.base_url))
    });
    renamed.map_or_else(|| not_found("Call"), |call| Json(call).into_response())
}

/// Erases the data of an ended call, and cancels a scheduled one. Of a call that is under way
/// the contract says nothing: it is left alone, and the answer says so.
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let more = object(&body).ok().and_then(|b| b.get("ids").cloned());
    if let Some(Value::Array(ids)) = more {
        let mut all: Vec<String> = ids.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
        all.push(id.clone());
        erase_ended(&shared, &all);
        return Json(json!({"id": id, "orgId": shared.org_id})).into_response();
    }
    let (status, call, commands) = {
        let state = shared.peek();
        let Some(call) = state.call(&id) else { return not_found("Call") };
        (call.status, call.json(&shared.org_id, &shared.base_url), call.commands.clone())
    };
    match (status, commands) {
        (Status::Ended, _) => {
            shared.change(|state| state.remove(&id));
            Json(call).into_response()
        }
        (Status::Scheduled, Some(commands)) => {
            // A full queue means that this was asked before.
            let _ = commands.try_send(Command::End { reason: CANCELLED });
            Json(call).into_response()
        }
        _ => error(StatusCode::BAD_REQUEST, "Couldn't Delete Call. The Call Has Not Ended."),
    }
}

/// The bulk form without an id in the path.
pub(super) async fn delete_many(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let body = match object(&body) {
        Ok(body) => body,
        Err(response) => return *response,
    };
    let Some(ids) = body.get("ids").and_then(Value::as_array) else {
        return error(StatusCode::BAD_REQUEST, vec!["ids must be an array"]);
    };
    let ids: Vec<String> = ids.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
    erase_ended(&shared, &ids);
    Json(json!({"orgId": shared.org_id})).into_response()
}

fn erase_ended(shared: &Shared, ids: &[String]) {
    shared.change(|state| {
        for id in ids {
            if state.call(id).is_some_and(|call| call.status == Status::Ended) {
                state.remove(id);
            }
        }
    });
}
