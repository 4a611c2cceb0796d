//! The web server: webhooks, the clients' API, health. Every way in has a limit on size, time
//! and rate, and every error has one JSON shape.

pub mod api;
mod auth;
mod error;
mod hooks;
mod limits;
mod query;
mod server;

pub use error::ApiError;
pub use server::serve;

use crate::app::App;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, patch, post};
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) app: Arc<App>,
    pub(crate) limits: Arc<limits::Limits>,
    pub(crate) hooks: Arc<hooks::Secrets>,
    pub(crate) fanout: Arc<api::fanout::Fanout>,
}

/// Every route.
pub fn router(app: Arc<App>) -> Router {
    let limits = &app.config.limits;
    let json = usize::try_from(limits.json_bytes).unwrap_or(usize::MAX);
    let webhook = usize::try_from(limits.webhook_bytes).unwrap_or(usize::MAX);
    let quick = Duration::from_secs(limits.request_s.unsigned_abs());
    let long = Duration::from_secs(limits.import_s.unsigned_abs());
    let web = Web {
        limits: Arc::new(limits::Limits::new()),
        hooks: Arc::new(hooks::Secrets::of(&app.config)),
        fanout: Arc::new(api::fanout::Fanout::new()),
        app,
    };
    let hooks = Router::new()
        .route("/webhooks/vapi", post(hooks::vapi))
        .route("/webhooks/agent/{agent}", post(hooks::agent))
        .layer(DefaultBodyLimit::max(webhook))
        .layer(middleware::from_fn(move |r, n| announced(webhook, r, n)))
        .layer(middleware::from_fn(move |r, n| timed(quick, r, n)));
    let imports = Router::new()
        .route("/api/import-leads", post(api::imports::import_own))
        .route("/api/import-leads/{key}", post(api::imports::import))
        // The handler streams the body and counts it itself.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(move |r, n| timed(long, r, n)));
    let api = Router::new()
        .route("/api/onboard-client", post(api::clients::onboard_client))
        .route("/api/clients/onboard", post(api::clients::onboard_client))
        .route("/api/clients/{key}/config", patch(api::clients::configure))
        .route("/api/clients/{key}/deactivate", post(api::clients::deactivate))
        .route("/api/leads/{key}", get(api::leads::list).post(api::leads::add))
        .route("/api/realtime/stats", get(api::realtime::stats))
        .route("/api/error-stats", get(api::house::error_stats))
        .route("/api/migrations/status", get(api::house::migrations))
        .route("/api/migrations/run", post(api::house::run_migrations))
        .route("/monitor/tenant-resolution", get(api::house::tenant))
        .route("/metrics", get(api::house::metrics))
        .route("/health", get(api::house::health))
        .layer(DefaultBodyLimit::max(json))
        .layer(middleware::from_fn(move |r, n| announced(json, r, n)))
        .layer(middleware::from_fn(move |r, n| timed(quick, r, n)));
    // A stream lives as long as its reader: no time limit.
    let streams = Router::new().route("/api/realtime/{key}/events", get(api::realtime::events));
    Router::new()
        .merge(hooks)
        .merge(imports)
        .merge(api)
        .merge(streams)
        .fallback(|| async { ApiError::not_found("there is nothing at this path").into_response() })
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed().into_response() })
        .layer(CatchPanicLayer::custom(|_| ApiError::internal().into_response()))
        .layer(middleware::from_fn_with_state(web.clone(), finish))
        .with_state(web)
}

/// Refuses a body that says itself that it is too large, before any of it is awaited.
async fn announced(limit: usize, request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    if length.and_then(|n| n.parse::<u64>().ok()).is_some_and(|n| n > limit as u64) {
        return ApiError::too_large(format!("this path takes {limit} bytes at most")).into_response();
    }
    next.run(request).await
}

async fn timed(limit: Duration, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::timeout().into_response(),
    }
}

/// Headers every answer carries. There is no page here that could need anything more.
const HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-permitted-cross-domain-policies", "none"),
];

/// Names the request, counts it, and dresses the answer.
async fn finish(
    axum::extract::State(web): axum::extract::State<Web>,
    request: Request,
    next: Next,
) -> Response {
    let id = frontdesk_shared::id::encode(web.app.ctx.env.id());
    web.app.counters.requests.up();
    let response = next.run(request).await;
    let mut response = error::named(response, &id);
    let status = response.status();
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        // The rest of the body is not read, so the connection cannot carry another request:
        // a client that is not told would send its next one into a closing socket.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}
