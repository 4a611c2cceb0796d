//! One event: putting it there, reading, changing and deleting it.

use super::door;
use crate::google::config::Access;
use crate::google::event::{self, Stored};
use crate::google::faults::Op;
use crate::google::state::Shared;
use crate::google::wrong::{Wrong, not_found, wrong};
use crate::net::Peer;
use axum::Json;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;

type Params = Query<HashMap<String, String>>;
type One = Path<(String, String)>;

pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Wrong> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(wrong(400, "parseError", "Parse Error")),
    }
}

pub(super) async fn insert(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path(calendar): Path<String>,
    Query(params): Params,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let entered = match door::with_token(&shared, Op::Insert, peer, &headers).await {
        Ok(entered) => entered,
        Err(response) => return *response,
    };
    entered.leave(inserted(&shared, &calendar, &params, &body).unwrap_or_else(IntoResponse::into_response))
}

fn inserted(
    shared: &Arc<Shared>,
    calendar: &str,
    params: &HashMap<String, String>,
    body: &[u8],
) -> Result<Response, Wrong> {
    let fields = object(body)?;
    let given = fields.get("id").and_then(Value::as_str).map(str::to_owned);
    if given.as_deref().is_some_and(|id| !event::is_id(id)) {
        return Err(wrong(400, "invalid", "Invalid resource id value."));
    }
    let (taken, problem) = {
        let state = shared.peek();
        let of = door::allowed(state.calendars.get(calendar), Access::Write)?;
        let taken = given.as_ref().is_some_and(|id| of.events.contains_key(id));
        (taken, event::problem(&fields, &of.zone))
    };
    if let Some(problem) = problem {
        return Err(problem);
    }
    if taken {
        shared.change(|state| state.counters.duplicates += 1);
        return Err(wrong(409, "duplicate", "The requested identifier already exists."));
    }
    let id = given.unwrap_or_else(|| shared.change(|state| state.random.hex(13)));
    let made = shared.create(calendar, &id, fields).ok_or_else(not_found)?;
    shared.change(|state| {
        state.counters.inserted += 1;
        state.counters.announced += u64::from(announces(params));
    });
    Ok(Json(made).into_response())
}

pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path((calendar, id)): One,
    headers: HeaderMap,
) -> Response {
    let entered = match door::with_token(&shared, Op::Get, peer, &headers).await {
        Ok(entered) => entered,
        Err(response) => return *response,
    };
    // A deleted one is shown like any other: only its status tells.
    let found =
        stored(&shared, &calendar, &id, Access::Read).map(|stored| Json(stored.json()).into_response());
    entered.leave(found.unwrap_or_else(IntoResponse::into_response))
}

/// How a change is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// What is named changes, the rest stays.
    Fields,
    /// What is not named goes.
    Whole,
}

pub(super) async fn patch(
    shared: State<Arc<Shared>>,
    peer: ConnectInfo<Peer>,
    one: One,
    params: Params,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    change(shared, peer, one, params, (headers, body), Change::Fields).await
}

pub(super) async fn update(
    shared: State<Arc<Shared>>,
    peer: ConnectInfo<Peer>,
    one: One,
    params: Params,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    change(shared, peer, one, params, (headers, body), Change::Whole).await
}

async fn change(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path((calendar, id)): One,
    Query(params): Params,
    (headers, body): (HeaderMap, Bytes),
    how: Change,
) -> Response {
    let entered = match door::with_token(&shared, Op::Patch, peer, &headers).await {
        Ok(entered) => entered,
        Err(response) => return *response,
    };
    let response = changed(&shared, (&calendar, &id), &params, (&headers, &body), how);
    entered.leave(response.unwrap_or_else(IntoResponse::into_response))
}

fn changed(
    shared: &Arc<Shared>,
    (calendar, id): (&str, &str),
    params: &HashMap<String, String>,
    (headers, body): (&HeaderMap, &[u8]),
    how: Change,
) -> Result<Response, Wrong> {
    let change = event::clients_own(&object(body)?);
    let stored = stored(shared, calendar, id, Access::Write)?;
    is_this_version(&stored, headers)?;
    if stored.is_deleted() && change.get("status").is_none_or(|status| status != "confirmed") {
        return Err(wrong(403, "forbidden", "Forbidden"));
    }
    let mut fields = stored.fields.clone();
    if how == Change::Whole {
        fields.retain(|name, _| event::is_kept(name));
    }
    event::merge(&mut fields, &change);
    let problem = {
        let state = shared.peek();
        event::problem(&fields, &door::allowed(state.calendars.get(calendar), Access::Write)?.zone)
    };
    if let Some(problem) = problem {
        return Err(problem);
    }
    let written = shared.write(calendar, id, fields).ok_or_else(not_found)?;
    shared.change(|state| {
        state.counters.patched += 1;
        state.counters.announced += u64::from(announces(params));
    });
    Ok(Json(written).into_response())
}

pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path((calendar, id)): One,
    Query(params): Params,
    headers: HeaderMap,
) -> Response {
    let entered = match door::with_token(&shared, Op::Delete, peer, &headers).await {
        Ok(entered) => entered,
        Err(response) => return *response,
    };
    let deleted = || -> Result<Response, Wrong> {
        let stored = stored(&shared, &calendar, &id, Access::Write)?;
        is_this_version(&stored, &headers)?;
        shared.delete(&calendar, &id).ok_or_else(|| wrong(410, "deleted", "Resource has been deleted"))?;
        shared.change(|state| {
            state.counters.deleted += 1;
            state.counters.announced += u64::from(announces(&params));
        });
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    let response = deleted().unwrap_or_else(IntoResponse::into_response);
    entered.leave(response)
}

fn stored(shared: &Shared, calendar: &str, id: &str, needed: Access) -> Result<Stored, Wrong> {
    let state = shared.peek();
    let of = door::allowed(state.calendars.get(calendar), needed)?;
    of.events.get(id).cloned().ok_or_else(not_found)
}

fn is_this_version(stored: &Stored, headers: &HeaderMap) -> Result<(), Wrong> {
    match headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()) {
        Some(etag) if etag != "*" && etag != stored.text("etag") => {
            Err(wrong(412, "conditionNotMet", "Precondition Failed"))
        }
        _ => Ok(()),
    }
}

fn announces(params: &HashMap<String, String>) -> bool {
    params.get("sendUpdates").is_some_and(|to| to != "none")
        || params.get("sendNotifications").is_some_and(|yes| yes == "true")
}
