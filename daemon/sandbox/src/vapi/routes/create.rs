//! `POST /call`: one call, or a batch.

use super::{error, object, refused};
use crate::net::Peer;
use crate::vapi::place;
use crate::vapi::state::Shared;
use crate::vapi::validate::{self, Refusal};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    body: Bytes,
) -> Response {
    let scripted = shared.change(|state| {
        let refusal = state.faults.refusal_of(&body);
        state.counters.refused += u64::from(refusal.is_some());
        refusal
    });
    if let Some((status, message)) = scripted {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        return error(status, message);
    }
    let body = match object(&body) {
        Ok(body) => body,
        Err(response) => return *response,
    };
    if let Err(refusal) = validate::create_call(&body) {
        return refused(refusal);
    }
    let wanted = body.get("customers").and_then(Value::as_array).map_or(1, Vec::len);
    if shared.peek().live + wanted > shared.config.max_live {
        let mut response = error(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
        response.headers_mut().insert(header::RETRY_AFTER, 5.into());
        return response;
    }
    let answer = match body.get("customers").and_then(Value::as_array) {
        Some(customers) => batch(&shared, &body, customers),
        None => match place::outbound(&shared, &body) {
            Ok(placed) => {
                let mut call = placed.call;
                call["subscriptionLimits"] = placed.limits;
                call
            }
            Err(refusal) => return refused(refusal),
        },
    };
    let lost = shared.change(|state| {
        let lost = state.faults.next_placing_is_lost();
        state.counters.answers_lost += u64::from(lost);
        lost
    });
    if lost {
        peer.cut();
    }
    (StatusCode::CREATED, Json(answer)).into_response()
}

/// 201 whatever becomes of the single customers: who could not be called is listed.
fn batch(shared: &Arc<Shared>, body: &Map<String, Value>, customers: &[Value]) -> Value {
    let mut results = Vec::new();
    let mut errors = Vec::new();
    let mut limits = Value::Null;
    for (i, customer) in customers.iter().enumerate() {
        let mut wrong = validate::customer_problems(customer, &format!("customers.{i}"));
        if !wrong.is_empty() {
            errors.push(json!({"customer": customer, "error": wrong.swap_remove(0)}));
            continue;
        }
        let mut single = body.clone();
        single.remove("customers");
        single.insert("customer".to_owned(), customer.clone());
        match place::outbound(shared, &single) {
            Ok(placed) => {
                results.push(placed.call);
                limits = placed.limits;
            }
            Err(Refusal::Policy(message)) => errors.push(json!({"customer": customer, "error": message})),
            Err(Refusal::Invalid(messages)) => {
                errors.push(json!({"customer": customer, "error": messages.join(" ")}));
            }
        }
    }
    json!({"subscriptionLimits": limits, "results": results, "errors": errors})
}
