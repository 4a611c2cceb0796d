//! The HTTP surface: the vendor's API behind its key, live control and recordings without one,
//! and the sandbox's own knobs for this machine only.

mod assistants;
mod calls;
mod control;
mod create;
mod knobs;
mod media;

use super::faults::Fate;
use super::state::Shared;
use super::validate::Refusal;
use crate::net::Peer;
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    let api = Router::new()
        .route("/call", post(create::create).get(calls::list).delete(calls::delete_many))
        .route("/call/{id}", get(calls::get).patch(calls::rename).delete(calls::delete))
        .route("/call/{id}/{media}", get(media::redirect))
        .route("/assistant", get(assistants::list).post(assistants::create))
        .route("/assistant/{id}", get(assistants::get).patch(assistants::update).delete(assistants::delete))
        .route("/phone-number", get(assistants::phone_numbers))
        .route("/phone-number/{id}", get(assistants::phone_number))
        .route_layer(from_fn_with_state(Arc::clone(&shared), vendor_door));
    let knobs = Router::new()
        .route("/sandbox/health", get(knobs::health))
        .route("/sandbox/faults", get(knobs::faults).put(knobs::set_faults))
        .route("/sandbox/calls", get(knobs::calls))
        .route("/sandbox/problems", get(knobs::problems))
        .route("/sandbox/inbound", post(knobs::inbound))
        .route("/sandbox/force", post(knobs::force))
        .route_layer(from_fn(loopback_door));
    Router::new()
        .route("/control/{id}", post(control::control))
        .route("/recording/{file}", get(media::recording))
        .merge(api)
        .merge(knobs)
        .fallback(nothing_here)
        .with_state(shared)
}

/// An error in the vendor's shape.
fn error(status: StatusCode, message: impl Into<Value>) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    let body = json!({"message": message.into(), "error": reason, "statusCode": status.as_u16()});
    (status, axum::Json(body)).into_response()
}

fn not_found(what: &str) -> Response {
    error(StatusCode::NOT_FOUND, format!("{what} not found."))
}

fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::Invalid(messages) => error(StatusCode::BAD_REQUEST, messages),
        Refusal::Policy(message) => error(StatusCode::BAD_REQUEST, message),
    }
}

/// A body that must be a JSON object.
fn object(body: &[u8]) -> Result<Map<String, Value>, Box<Response>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Box::new(error(StatusCode::BAD_REQUEST, "The body must be a JSON object."))),
        Err(e) => Err(Box::new(error(StatusCode::BAD_REQUEST, format!("Malformed JSON: {e}")))),
    }
}

async fn nothing_here(request: Request) -> Response {
    error(StatusCode::NOT_FOUND, format!("Cannot {} {}", request.method(), request.uri().path()))
}

/// Faults first, as a load balancer would, then the key.
async fn vendor_door(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (delay_ms, fate) = shared.change(|state| {
        state.counters.requests += 1;
        let fate = state.faults.next_request();
        match fate {
            Fate::Answer => {}
            Fate::Stall => state.counters.stalled += 1,
            Fate::Refuse { .. } => state.counters.refused += 1,
        }
        (state.faults.api_delay_ms, fate)
    });
    if delay_ms > 0 {
        tokio::select! {
            () = shared.clock.real(delay_ms) => {}
            () = shared.shutdown.cancelled() => {}
        }
    }
    match fate {
        Fate::Answer => {}
        Fate::Stall => {
            shared.shutdown.cancelled().await;
            return error(StatusCode::SERVICE_UNAVAILABLE, "The sandbox stops.");
        }
        Fate::Refuse { status, retry_after_s } => return refuse_by_fault(status, retry_after_s),
    }
    match key_problem(&shared, request.headers()) {
        Some(message) => error(StatusCode::UNAUTHORIZED, message),
        None => next.run(request).await,
    }
}

fn refuse_by_fault(status: u16, retry_after_s: u64) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = error(status, status.canonical_reason().unwrap_or("Error"));
    let says_when = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&status);
    if says_when {
        response.headers_mut().insert(header::RETRY_AFTER, retry_after_s.into());
    }
    response
}

fn key_problem(shared: &Shared, headers: &HeaderMap) -> Option<&'static str> {
    let Some(given) = headers.get(header::AUTHORIZATION) else { return Some("Unauthorized") };
    let key = given.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
    match key {
        Some(key) if key == shared.config.private_key => None,
        _ => Some(
            "Invalid Key. Hot tip, you may be using the public key instead of the private key, or vice versa.",
        ),
    }
}

/// The knobs have no key, so they are for this machine alone.
async fn loopback_door(ConnectInfo(peer): ConnectInfo<Peer>, request: Request, next: Next) -> Response {
    if peer.address.ip().to_canonical().is_loopback() {
        next.run(request).await
    } else {
        error(StatusCode::FORBIDDEN, "The sandbox's knobs are for this machine only.")
    }
}
