//! A real HTTP server on a free port that records what it is asked and answers as told.

use crate::wait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// How it was asked.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// Every header.
    pub headers: HeaderMap,
    /// The bytes, untouched.
    pub body: Bytes,
}

impl Recorded {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// A header's text, if it was sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

/// What is answered to one request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A status with headers and a body.
    Say(StatusCode, Vec<(&'static str, String)>, String),
    /// Nothing at all: the peer took the request and is never heard of again.
    Silence,
}

impl Answer {
    /// A JSON answer.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        let status = StatusCode::from_u16(status).expect("a status");
        Self::Say(status, vec![("content-type", "application/json".into())], body.to_string())
    }

    /// An answer without a body but with one header, such as `retry-after`.
    pub fn with_header(status: u16, name: &'static str, value: &str) -> Self {
        let status = StatusCode::from_u16(status).expect("a status");
        Self::Say(status, vec![(name, value.into())], String::new())
    }
}

/// The server. Dropping it closes the port.
#[derive(Debug)]
pub struct HttpFixture {
    /// `http://127.0.0.1:PORT`, without a slash at its end.
    pub url: String,
    desk: Arc<Desk>,
    _stop: oneshot::Sender<()>,
}

#[derive(Debug)]
struct Desk {
    script: Mutex<VecDeque<Answer>>,
    otherwise: Mutex<Answer>,
    log: watch::Sender<Vec<Recorded>>,
}

impl HttpFixture {
    /// A server that answers `otherwise` whenever the script is empty.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start(otherwise: Answer) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let desk = Arc::new(Desk {
            script: Mutex::default(),
            otherwise: Mutex::new(otherwise),
            log: watch::channel(Vec::new()).0,
        });
        let app = Router::new().fallback(answer).with_state(desk.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, app).into_future() => served.expect("the fixture serves"),
                _ = stopped => {}
            }
        });
        Self { url, desk, _stop: stop }
    }

    /// Answers the next unanswered request so, in the order of calls.
    pub fn then(&self, answer: Answer) -> &Self {
        self.desk.script.lock().unwrap().push_back(answer);
        self
    }

    /// Changes what is answered when the script is empty.
    pub fn otherwise(&self, answer: Answer) {
        *self.desk.otherwise.lock().unwrap() = answer;
    }

    /// Everything recorded so far, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.desk.log.borrow().clone()
    }

    /// Waits until `count` requests have arrived and returns them.
    ///
    /// # Panics
    /// When they do not arrive in time.
    pub async fn received(&self, count: usize) -> Vec<Recorded> {
        let mut log = self.desk.log.subscribe();
        let enough = log.wait_for(|seen| seen.len() >= count);
        match tokio::time::timeout(wait::DEADLINE, enough).await {
            Ok(seen) => seen.expect("the fixture lives").clone(),
            Err(_) => panic!("{} of {count} requests arrived", self.requests().len()),
        }
    }
}

/// A client for talking to anything on this machine.
///
/// # Panics
/// When it cannot be built.
pub fn client() -> reqwest::Client {
    // The client insists on a TLS provider even where only plain HTTP is spoken; a second
    // installation fails harmlessly.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

async fn answer(
    State(desk): State<Arc<Desk>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let scripted = desk.script.lock().unwrap().pop_front();
    let answer = scripted.unwrap_or_else(|| desk.otherwise.lock().unwrap().clone());
    desk.log.send_modify(|log| log.push(Recorded { method, uri, headers, body }));
    match answer {
        Answer::Say(status, headers, body) => {
            let mut response = (status, body).into_response();
            for (name, value) in headers {
                let value = HeaderValue::from_str(&value).expect("a header value");
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
            response
        }
        Answer::Silence => {
            // Longer than any caller's patience; ends with the server.
            let never = std::future::pending::<()>();
            let _ = tokio::time::timeout(Duration::from_secs(3600), never).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    }
}
