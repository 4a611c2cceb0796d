//! The HTTP surface: two vendors' APIs behind their keys, told apart by their paths, and the
//! sandbox's own knobs for this machine only.

mod knobs;
mod messages;
mod numbers;

use super::config::{Account, Vendor};
use super::faults::Fate;
use super::rules::ApiError;
use super::state::Shared;
use crate::net::Peer;
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::sync::Arc;

/// What a handler of an API knows: whose API it is.
#[derive(Clone)]
struct Api {
    shared: Arc<Shared>,
    vendor: Vendor,
}

pub(super) fn router(shared: &Arc<Shared>) -> Router {
    let knobs = Router::new()
        .route("/sandbox/health", get(knobs::health))
        .route("/sandbox/faults", get(knobs::faults).put(knobs::set_faults))
        .route("/sandbox/texts", get(knobs::texts))
        .route("/sandbox/problems", get(knobs::problems))
        .route("/sandbox/inbound", post(knobs::inbound))
        .route("/sandbox/force", post(knobs::force))
        .route_layer(from_fn(loopback_door))
        .with_state(Arc::clone(shared));
    Router::new()
        .nest("/2010-04-01/Accounts/{account}", api(shared, Vendor::Twilio))
        .nest("/api/laml/2010-04-01/Accounts/{account}", api(shared, Vendor::SignalWire))
        .merge(knobs)
        .fallback(nothing_here)
}

/// Twilio's resources end in `.json`, SignalWire's may.
fn api(shared: &Arc<Shared>, vendor: Vendor) -> Router {
    let api = Api { shared: Arc::clone(shared), vendor };
    let list = || get(messages::list).post(messages::create);
    let mut router = Router::new()
        .route("/Messages.json", list())
        .route("/Messages/{file}", get(messages::fetch))
        .route("/IncomingPhoneNumbers.json", get(numbers::list));
    if vendor == Vendor::SignalWire {
        router = router.route("/Messages", list()).route("/IncomingPhoneNumbers", get(numbers::list));
    }
    router.route_layer(from_fn_with_state(api.clone(), vendor_door)).with_state(api)
}

/// An error in the vendors' shape.
fn error(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    let more = format!("https://www.twilio.com/docs/errors/{}", error.code);
    let body =
        json!({"code": error.code, "message": error.message, "more_info": more, "status": error.status});
    (status, axum::Json(body)).into_response()
}

fn not_found(what: &str) -> Response {
    error(&ApiError::new(404, 20_404, &format!("The requested resource {what} was not found")))
}

async fn nothing_here(request: Request) -> Response {
    not_found(request.uri().path())
}

/// Faults first, as a load balancer would, then the key.
async fn vendor_door(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let shared = &api.shared;
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
            return error(&ApiError::new(503, 20_503, "The sandbox stops."));
        }
        Fate::Refuse { status, retry_after_s } => return refuse_by_fault(status, retry_after_s),
    }
    match sign_in(&api, &request) {
        Some(signed_in) => {
            request.extensions_mut().insert(signed_in);
            next.run(request).await
        }
        None => error(&ApiError::new(401, 20_003, "Authenticate")),
    }
}

fn refuse_by_fault(status: u16, retry_after_s: u64) -> Response {
    let code = match status {
        429 => 20_429,
        503 => 20_503,
        500.. => 20_500,
        _ => 20_001,
    };
    let mut response = error(&ApiError::new(status, code, "refused by a fault of the sandbox"));
    if matches!(status, 429 | 503) {
        response.headers_mut().insert(header::RETRY_AFTER, retry_after_s.into());
    }
    response
}

/// Index of the account that a request signs in as.
#[derive(Clone, Copy)]
struct SignedIn(usize);

fn sign_in(api: &Api, request: &Request) -> Option<SignedIn> {
    let given = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let given = STANDARD.decode(given).ok()?;
    let is_it = |account: &Account| {
        account.vendor == api.vendor && given == format!("{}:{}", account.sid, account.token).as_bytes()
    };
    api.shared.config.accounts.iter().position(is_it).map(SignedIn)
}

impl Api {
    /// The account of the path, as long as it is the one that signed in.
    fn account(&self, signed_in: SignedIn, sid: &str) -> Result<&Account, Box<Response>> {
        let account = self.shared.account(signed_in.0).filter(|account| account.sid == sid);
        account.ok_or_else(|| Box::new(not_found("Account")))
    }
}

/// The knobs have no key, so they are for this machine alone.
async fn loopback_door(ConnectInfo(peer): ConnectInfo<Peer>, request: Request, next: Next) -> Response {
    if peer.address.ip().to_canonical().is_loopback() {
        next.run(request).await
    } else {
        error(&ApiError::new(403, 20_003, "The sandbox's knobs are for this machine only."))
    }
}
