//! The sandbox over real HTTP, signed in with claims made here.

mod api;
mod channels;
mod faults;
mod sync;
mod tokens;

use super::{CALENDAR_ID, CLIENT_EMAIL, GoogleConfig, GoogleHandle, GoogleSandbox, PRIVATE_KEY};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

const SCOPES: &str =
    "https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/calendar.freebusy";
const HOUR: i64 = 3_600_000;

/// A JWT of these claims, signed with the sandbox's key.
fn signed(claims: &Value) -> String {
    let body: String = PRIVATE_KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "RS256", "typ": "JWT"})), part(claims));
    let mut signature = vec![0; pair.public().modulus_len()];
    #[allow(clippy::disallowed_methods, reason = "not read: the signature is deterministic")]
    let unread = ring::rand::SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &unread, text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A sandbox and a client with a token.
struct Rig {
    sandbox: GoogleHandle,
    http: reqwest::Client,
    token: String,
    _stop: DropGuard,
}

impl Rig {
    async fn new() -> Self {
        Self::with(GoogleConfig::default()).await
    }

    async fn with(config: GoogleConfig) -> Self {
        let stop = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = GoogleSandbox::serve(listener, config, stop.clone()).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut rig = Self { sandbox, http, token: String::new(), _stop: stop.drop_guard() };
        let (status, body) = rig.exchange(&signed(&rig.claims())).await;
        assert_eq!(status, 200, "{body}");
        rig.token = body["access_token"].as_str().unwrap().to_owned();
        rig
    }

    fn now_ms(&self) -> i64 {
        self.sandbox.shared.clock.now_ms()
    }

    fn claims(&self) -> Value {
        let now_s = self.now_ms() / 1_000;
        json!({"iss": CLIENT_EMAIL, "scope": SCOPES, "aud": super::AUDIENCE, "iat": now_s, "exp": now_s + 3_600})
    }

    async fn exchange(&self, assertion: &str) -> (u16, Value) {
        let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        let request = self
            .http
            .post(self.sandbox.token_url())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("{grant}&assertion={assertion}"));
        read(request.send().await.unwrap()).await
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sandbox.calendar_base_url());
        self.http.request(method.parse().unwrap(), url).bearer_auth(&self.token)
    }

    /// A request about the calendar's events; `path` follows `/events`.
    async fn events(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = self.request(method, &format!("/calendars/{CALENDAR_ID}/events{path}"));
        let request = if body.is_null() { request } else { request.json(&body) };
        read(request.send().await.unwrap()).await
    }

    async fn insert(&self, id: &str, start_ms: i64) -> Value {
        let (status, made) = self.events("POST", "?sendUpdates=none", event(id, start_ms)).await;
        assert_eq!(status, 200, "{made}");
        made
    }
}

async fn read(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

fn at(ms: i64) -> Value {
    json!({"dateTime": crate::clock::iso(ms), "timeZone": "Europe/London"})
}

/// An event of half an hour with our mark.
fn event(id: &str, start_ms: i64) -> Value {
    json!({"id": id, "summary": "Ada", "start": at(start_ms), "end": at(start_ms + HOUR / 2),
        "extendedProperties": {"private": {"frontdesk": "a1"}}})
}

fn reason(body: &Value) -> &str {
    body["error"]["errors"][0]["reason"].as_str().unwrap_or_default()
}
