//! Busy times of several calendars at once. A calendar that cannot be told about is an error
//! inside a 200.

use super::door;
use super::events::object;
use crate::clock::{from_iso, iso};
use crate::google::config::Access;
use crate::google::faults::Op;
use crate::google::state::{Calendar, Shared};
use crate::google::wrong::{Wrong, wrong};
use crate::net::Peer;
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const MAX_CALENDARS: usize = 50;

pub(super) async fn query(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let entered = match door::with_token(&shared, Op::FreeBusy, peer, &headers).await {
        Ok(entered) => entered,
        Err(response) => return *response,
    };
    entered.leave(answer(&shared, &body).unwrap_or_else(IntoResponse::into_response))
}

fn answer(shared: &Shared, body: &[u8]) -> Result<Response, Wrong> {
    let body = object(body)?;
    let instant = |name: &str| body.get(name).and_then(Value::as_str).and_then(from_iso);
    let (Some(min), Some(max)) = (instant("timeMin"), instant("timeMax")) else {
        return Err(wrong(400, "required", "Missing timeMin or timeMax parameter."));
    };
    if max <= min {
        return Err(wrong(400, "timeRangeEmpty", "The specified time range is empty."));
    }
    let asked: Vec<&str> = body
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|i| i["id"].as_str())
        .collect();
    if asked.len() > MAX_CALENDARS {
        return Err(wrong(400, "tooManyCalendarsRequested", "Too many calendars requested."));
    }
    let state = shared.peek();
    let calendars: Map<String, Value> =
        asked.iter().map(|id| ((*id).to_owned(), told(state.calendars.get(*id), min, max))).collect();
    let answer = json!({"kind": "calendar#freeBusy", "timeMin": iso(min), "timeMax": iso(max), "calendars": calendars});
    Ok(Json(answer).into_response())
}

fn told(calendar: Option<&Calendar>, min: i64, max: i64) -> Value {
    let Some(of) = calendar.filter(|of| of.access >= Access::FreeBusy) else {
        return json!({"errors": [{"domain": "global", "reason": "notFound"}], "busy": []});
    };
    let spans =
        of.events.values().filter(|stored| stored.is_busy()).filter_map(|stored| stored.span(&of.zone));
    let mut spans: Vec<(i64, i64)> =
        spans.map(|(start, end)| (start.max(min), end.min(max))).filter(|(start, end)| start < end).collect();
    spans.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    let busy: Vec<Value> =
        merged.iter().map(|(start, end)| json!({"start": iso(*start), "end": iso(*end)})).collect();
    json!({ "busy": busy })
}
