//! The fake of Resend: `POST /emails`, `GET /emails/{id}` and `GET /domains`.
//!
//! Built from Resend's reference and its SDKs. Addresses make things happen as in [`Plan`]; the
//! reply codes of mail servers become events after the fact at Resend, so here an order with a
//! status of HTTP counts: `+422`, `+429`, `+500`; `+drop-after-data` takes the message
//! and answers with an error of the server.

use super::mailroom::{Mailroom, Taken, Way};
use super::plan::Plan;
use crate::random::Random;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Keys remembered; a day of them at Resend.
const MAX_KEYS: usize = 100_000;
/// The one domain that is verified.
const DOMAIN: &str = "frontdesk.example";
const MAX_BODY: usize = 40 * 1024 * 1024;

/// The fake itself.
pub struct ResendSandbox;

struct Shared {
    key: String,
    room: Mailroom,
    /// What was sent under an idempotency key: the request, and the answer's id.
    known: Mutex<HashMap<String, (u64, String)>>,
}

/// Controls of a running fake. Clones share it.
#[derive(Clone)]
pub struct ResendHandle {
    /// What it took.
    pub room: Mailroom,
    base_url: String,
    server: TaskTracker,
}

impl ResendSandbox {
    /// Serves on a bound listener until the token is cancelled, for whoever shows the key.
    ///
    /// # Errors
    /// A listener without an address.
    pub fn serve(
        listener: TcpListener,
        key: String,
        room: Mailroom,
        shutdown: CancellationToken,
    ) -> io::Result<ResendHandle> {
        let base_url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared { key, room: room.clone(), known: Mutex::default() });
        let app = Router::new()
            .route("/emails", post(send))
            .route("/emails/{id}", get(fetch))
            .route("/domains", get(domains))
            .fallback(|| async { no(404, "not_found", "The requested endpoint does not exist") })
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(shared);
        let server = TaskTracker::new();
        server.spawn(async move {
            let served = axum::serve(listener, app).with_graceful_shutdown(shutdown.cancelled_owned()).await;
            if let Err(error) = served {
                tracing::error!(%error, "sandbox: the fake of Resend stopped");
            }
        });
        server.close();
        Ok(ResendHandle { room, base_url, server })
    }
}

impl ResendHandle {
    /// Where the API is: `http://127.0.0.1:…`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Waits until the server has stopped, after its token was cancelled.
    pub async fn stopped(&self) {
        self.server.wait().await;
    }
}

async fn send(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    raw: Bytes,
) -> Result<axum::Json<Value>, No> {
    authorised(&shared, &headers)?;
    let Ok(body) = serde_json::from_slice::<Value>(&raw) else {
        return Err(no(422, "validation_error", "The body is not valid JSON"));
    };
    let (from, to) = parties(&body)?;
    let plans: Vec<Plan> = to.iter().map(|address| Plan::of(address)).collect();
    if let Some(status) = plans.iter().find_map(|plan| match plan {
        Plan::Refuse(reply) => Some(reply.code),
        _ => None,
    }) {
        return Err(match status {
            429 => no(429, "rate_limit_exceeded", "Too many requests"),
            422 => no(422, "validation_error", "Invalid `to` field"),
            500.. => no(status, "application_error", "An unexpected error occurred"),
            _ => no(status, "validation_error", "Refused as ordered"),
        });
    }
    let key = match headers.get("idempotency-key").map(|key| key.to_str().unwrap_or_default().to_owned()) {
        Some(key) if key.is_empty() || key.len() > 256 => {
            return Err(no(400, "invalid_idempotency_key", "The key must be between 1-256 chars"));
        }
        key => key,
    };
    let id = shared.take_once(key, &raw, &from, &to)?;
    if plans.contains(&Plan::DropAfterData) {
        return Err(no(500, "application_error", "An unexpected error occurred"));
    }
    Ok(axum::Json(json!({ "id": id })))
}

impl Shared {
    /// Takes a message, unless its key was used before: the id of that time for the same
    /// request, a refusal for another.
    fn take_once(&self, key: Option<String>, raw: &Bytes, from: &str, to: &[String]) -> Result<String, No> {
        let print = fingerprint(raw);
        // Held until the message is in: two requests with one key at a time are one message.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match key.as_ref().and_then(|key| known.get(key)) {
            Some((before, _)) if *before != print => {
                let why = "Same idempotency key used with a different request payload";
                return Err(no(409, "invalid_idempotent_request", why));
            }
            Some((_, id)) => return Ok(id.clone()),
            None => {}
        }
        let mut id = String::new();
        for address in to {
            id = self.room.take(|number| Taken {
                way: Way::Resend,
                id: Random::of(number, "resend").uuid4(),
                from: from.to_owned(),
                to: address.clone(),
                raw: raw.to_vec(),
                user: None,
            });
        }
        if let Some(key) = key.filter(|_| known.len() < MAX_KEYS) {
            known.insert(key, (print, id.clone()));
        }
        Ok(id)
    }
}

fn fingerprint(raw: &Bytes) -> u64 {
    let mut hasher = DefaultHasher::new();
    raw.hash(&mut hasher);
    hasher.finish()
}

async fn domains(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Result<axum::Json<Value>, No> {
    authorised(&shared, &headers)?;
    let domain = json!({ "id": "d1", "name": DOMAIN, "status": "verified" });
    Ok(axum::Json(json!({ "object": "list", "data": [domain] })))
}

async fn fetch(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<axum::Json<Value>, No> {
    authorised(&shared, &headers)?;
    let found = shared.room.messages().into_iter().find(|taken| taken.way == Way::Resend && taken.id == id);
    match found {
        Some(taken) => {
            let mut body = serde_json::from_slice::<Value>(&taken.raw).unwrap_or_default();
            body["object"] = "email".into();
            body["id"] = taken.id.into();
            body["last_event"] = "delivered".into();
            Ok(axum::Json(body))
        }
        None => Err(no(404, "not_found", "Email not found")),
    }
}

fn authorised(shared: &Shared, headers: &HeaderMap) -> Result<(), No> {
    match headers.get("authorization").and_then(|value| value.to_str().ok()) {
        None => Err(no(401, "missing_api_key", "Missing API Key")),
        Some(value) if value.strip_prefix("Bearer ") != Some(shared.key.as_str()) => {
            Err(no(401, "validation_error", "API key is invalid"))
        }
        Some(_) => Ok(()),
    }
}

/// Sender and recipients, when the request is complete.
fn parties(body: &Value) -> Result<(String, Vec<String>), No> {
    let missing = |field: &str| no(422, "missing_required_field", &format!("Missing `{field}` field."));
    let text = |field: &str| body[field].as_str().filter(|text| !text.is_empty());
    let from = text("from").ok_or_else(|| missing("from"))?;
    text("subject").ok_or_else(|| missing("subject"))?;
    if text("html").is_none() && text("text").is_none() {
        return Err(missing("html"));
    }
    let from = address(from).ok_or_else(|| no(422, "invalid_from_address", "Invalid `from` field."))?;
    let to: Vec<&str> = match &body["to"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if to.is_empty() {
        return Err(missing("to"));
    }
    let to: Option<Vec<String>> = to.into_iter().map(address).collect();
    match to {
        Some(to) if to.len() <= 50 => Ok((from, to)),
        _ => Err(no(422, "validation_error", "Invalid `to` field.")),
    }
}

/// The address of `a@b` or `Name <a@b>`.
fn address(text: &str) -> Option<String> {
    let inner = match text.trim().strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<')?.1,
        None => text.trim(),
    };
    let (local, domain) = inner.split_once('@')?;
    let fits = !local.is_empty() && domain.contains('.') && !inner.contains([' ', '"', '<', ',']);
    fits.then(|| inner.to_owned())
}

/// An error as Resend writes it.
struct No {
    status: u16,
    name: &'static str,
    message: String,
}

fn no(status: u16, name: &'static str, message: &str) -> No {
    No { status, name, message: message.to_owned() }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let body = json!({ "statusCode": self.status, "name": self.name, "message": self.message });
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, axum::Json(body)).into_response()
    }
}
