//! The web server: webhooks, the clients' API, health. Every way in has a limit on size, time
//! and rate, and every error has one JSON shape.

pub mod api;
mod auth;
mod bodies;
mod error;
mod exchange;
mod hooks;
mod limits;
mod origin;
mod pages;
mod places;
mod query;
mod server;
mod shares;
mod socket;

pub use error::ApiError;
pub use server::serve;

use crate::app::App;
use crate::flows::rates::Rates;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, patch, post};
use exchange::{Exchange, finish};
use pages::{appointment, unsubscribe};
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) app: Arc<App>,
    pub(crate) limits: Arc<limits::Limits>,
    pub(crate) rates: Arc<Rates>,
    pub(crate) keys: Arc<auth::Keys>,
    pub(crate) bodies: Arc<bodies::Bodies>,
    pub(crate) hooks: Arc<hooks::Secrets>,
    pub(crate) fanout: Arc<api::fanout::Fanout>,
    pub(crate) shares: Arc<shares::Shares>,
    pub(crate) streams: Arc<api::realtime::Streams>,
}

impl Web {
    fn new(app: Arc<App>) -> Self {
        let limits = &app.config.limits;
        // One webhook of the largest size always has room.
        let unproved = limits.unproved_bytes.max(limits.webhook_bytes);
        let proved = limits.body_bytes.max(limits.webhook_bytes.max(limits.json_bytes) * 8);
        Self {
            limits: Arc::new(limits::Limits::new()),
            rates: Arc::default(),
            keys: Arc::new(auth::Keys::new()),
            bodies: bodies::Bodies::new(proved, unproved),
            hooks: Arc::new(hooks::Secrets::of(&app.config)),
            fanout: Arc::new(api::fanout::Fanout::new()),
            shares: Arc::default(),
            streams: Arc::default(),
            app,
        }
    }
}

/// Every route.
pub fn router(app: Arc<App>) -> Router {
    let limits = &app.config.limits;
    let json = usize::try_from(limits.json_bytes).unwrap_or(usize::MAX);
    let webhook = usize::try_from(limits.webhook_bytes).unwrap_or(usize::MAX);
    let quick = Duration::from_secs(limits.request_s.unsigned_abs());
    let long = Duration::from_secs(limits.import_s.unsigned_abs());
    let web = Web::new(app);
    let hooks = Router::new()
        .route("/webhooks/vapi", post(hooks::vapi))
        .route("/webhooks/agent/{agent}", post(hooks::agent))
        .route("/webhooks/sms", post(hooks::sms))
        .route("/webhooks/google/calendar", post(hooks::google_calendar))
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
        .route("/api/clients/{key}/test-message", post(api::test_message::send))
        .route("/api/clients/{key}/deactivate", post(api::clients::deactivate))
        .route("/api/clients/{key}/keys", get(api::keys::list).post(api::keys::make))
        .route("/api/clients/{key}/keys/{id}", delete(api::keys::revoke))
        .route("/api/clients/{key}/keys/{id}/rotate", post(api::keys::rotate))
        .route("/api/screening", get(api::screening::list).put(api::screening::bring))
        .route("/api/keys", get(api::keys::list_own).post(api::keys::make_own))
        .route("/api/keys/{id}", delete(api::keys::revoke_own))
        .route("/api/keys/{id}/rotate", post(api::keys::rotate_own))
        .route("/api/imports/{id}/undo", post(api::imports::undo))
        .route("/api/leads/{key}", get(api::leads::list).post(api::leads::add))
        .route("/api/appointments/{key}", get(api::appointments::list).post(api::appointments::book))
        .route("/api/appointments/{key}/availability", get(api::appointments::availability))
        .route("/api/appointments/{key}/{id}/reschedule", post(api::appointments::reschedule))
        .route("/api/appointments/{key}/{id}/cancel", post(api::appointments::cancel))
        .route("/api/appointments/{key}/{id}/attended", post(api::appointments::attended))
        .route("/api/appointments/{key}/{id}/no-show", post(api::appointments::no_show))
        .route("/api/realtime/stats", get(api::realtime::stats))
        .route("/api/error-stats", get(api::house::error_stats))
        .route("/api/migrations/status", get(api::house::migrations))
        .route("/api/migrations/run", post(api::house::run_migrations))
        .route("/monitor/tenant-resolution", get(api::house::tenant))
        .route("/metrics", get(api::house::metrics))
        .route("/health", get(api::house::health))
        .layer(middleware::from_fn(move |r, n| announced(json, r, n)))
        .layer(middleware::from_fn(move |r, n| timed(quick, r, n)));
    let pages = Router::new()
        .route("/m/appointment/{token}", get(appointment::show))
        .route("/m/appointment/{token}/times", get(appointment::times))
        .route("/m/appointment/{token}/cancel", get(appointment::show_below).post(appointment::cancel))
        .route("/m/appointment/{token}/move", get(appointment::show_below).post(appointment::reschedule))
        .route("/m/appointment/{token}/again", get(appointment::show_below).post(appointment::again))
        .route("/m/unsubscribe/{token}", get(unsubscribe::show).post(unsubscribe::unsubscribe))
        .layer(middleware::from_fn(move |r, n| announced(json, r, n)))
        .layer(middleware::from_fn(move |r, n| timed(quick, r, n)));
    // A stream lives as long as its reader: no time limit.
    let streams = Router::new().route("/api/realtime/{key}/events", get(api::realtime::events));
    Router::new()
        .merge(hooks)
        .merge(imports)
        .merge(api)
        .merge(pages)
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
