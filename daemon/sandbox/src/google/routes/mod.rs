//! The HTTP surface: the token endpoint, Calendar behind its tokens, and the sandbox's own knobs
//! for this machine only.

mod channels;
pub(super) mod door;
mod events;
mod free_busy;
mod knobs;
mod list;

use super::state::Shared;
use super::token;
use super::wrong::wrong;
use crate::net::Peer;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use std::sync::Arc;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    const EVENTS: &str = "/calendar/v3/calendars/{calendar}/events";
    let knobs = Router::new()
        .route("/sandbox/health", get(knobs::health))
        .route("/sandbox/faults", get(knobs::faults).put(knobs::set_faults))
        .route("/sandbox/calendars/{calendar}/events", get(knobs::events).post(knobs::staff_adds))
        .route(
            "/sandbox/calendars/{calendar}/events/{event}",
            put(knobs::staff_changes).delete(knobs::staff_deletes),
        )
        .route("/sandbox/calendars/{calendar}/access", put(knobs::set_access))
        .route("/sandbox/calendars/{calendar}/expire", post(knobs::expire))
        .route_layer(from_fn(loopback_door));
    Router::new()
        .route("/token", post(token::token))
        .route(EVENTS, get(list::list).post(events::insert))
        .route(
            &format!("{EVENTS}/{{event}}"),
            get(events::get).patch(events::patch).put(events::update).delete(events::delete),
        )
        .route(&format!("{EVENTS}/watch"), post(channels::watch))
        .route("/calendar/v3/channels/stop", post(channels::stop))
        .route("/calendar/v3/freeBusy", post(free_busy::query))
        .merge(knobs)
        .fallback(nothing_here)
        .with_state(shared)
}

async fn nothing_here(request: Request) -> Response {
    let what = format!("Nothing at {} {}", request.method(), request.uri().path());
    wrong(404, "notFound", what).into_response()
}

/// The knobs have no token, so they are for this machine alone.
async fn loopback_door(ConnectInfo(peer): ConnectInfo<Peer>, request: Request, next: Next) -> Response {
    if peer.address.ip().to_canonical().is_loopback() {
        next.run(request).await
    } else {
        wrong(403, "forbidden", "The sandbox's knobs are for this machine only.").into_response()
    }
}
