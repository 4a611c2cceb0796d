//! A request and its answer as a whole: its id, what was counted, the headers every answer has.

use super::places::Place;
use super::{Web, error};
use crate::flows::rates::Granted;
use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::{Arc, OnceLock};

/// What is known of a request before its handler is.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The request's id: in the answer, in the log and in the audit.
    pub(crate) id: String,
    rate: OnceLock<(u32, Granted)>,
}

impl Exchange {
    /// Notes how the client's rate stands, for the answer's headers.
    pub(super) fn rated(&self, most: u32, granted: Granted) {
        let _ = self.rate.set((most, granted));
    }
}

/// Headers every answer carries. A page says itself what it needs beyond them.
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
pub(super) async fn finish(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let id = frontdesk_shared::id::encode(web.app.ctx.env.id());
    web.app.counters.requests.up();
    let exchange = Arc::new(Exchange { id, rate: OnceLock::new() });
    let place = request.extensions().get::<Arc<Place>>().cloned();
    let has_body = !request.body().is_end_stream();
    request.extensions_mut().insert(exchange.clone());
    let response = next.run(request).await;
    let mut response = error::named(response, &exchange.id);
    let status = response.status();
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if let Some((most, granted)) = exchange.rate.get() {
        rate(headers, *most, *granted);
    }
    // Where a body may not have been read to its end, the connection cannot carry another request:
    // a client that is not told would send its next one into a closing socket. A stranger who was
    // refused may come again, but not with a hundred requests behind this one.
    let refused = status.is_client_error() || status.is_server_error();
    let stranger = place.as_ref().is_some_and(|place| !place.is_proved());
    let enough = place.is_some_and(|place| place.has_enough());
    if enough || (refused && (has_body || stranger)) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&exchange.id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

/// The fields of draft-ietf-httpapi-ratelimit-headers, and the three its older versions had,
/// which more clients read.
fn rate(headers: &mut HeaderMap, most: u32, granted: Granted) {
    let (remaining, reset_s) = match granted {
        Granted::Yes { remaining, reset_s } => (remaining, reset_s),
        Granted::No { retry_after_s } => (0, retry_after_s),
    };
    let texts = [
        ("ratelimit-policy", format!("\"minute\";q={most};w=60")),
        ("ratelimit", format!("\"minute\";r={remaining};t={reset_s}")),
        ("ratelimit-limit", most.to_string()),
        ("ratelimit-remaining", remaining.to_string()),
        ("ratelimit-reset", reset_s.to_string()),
    ];
    for (name, text) in texts {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}
