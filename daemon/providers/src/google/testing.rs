//! For tests: the known key, verification of what it signed, and a server that answers in order.

use super::key::ServiceAccount;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use secrecy::SecretString;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

pub(super) const VECTOR: &str = include_str!("../../../../tests/fixtures/google/jwt_vector.json");

pub(super) fn vector() -> Value {
    serde_json::from_str(VECTOR).unwrap()
}

/// The known account with its tokens made at `token_uri`.
pub(super) fn account(token_uri: &str) -> ServiceAccount {
    let mut file = vector()["service_account_json"].clone();
    file["token_uri"] = token_uri.into();
    ServiceAccount::from_json(&SecretString::from(file.to_string())).unwrap()
}

/// The claims of a JWT that the known key signed.
pub(super) fn verified(jwt: &str) -> Option<Value> {
    let (signed, signature) = jwt.rsplit_once('.')?;
    let pem = vector()["public_key_pem"].as_str()?.to_owned();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let info = STANDARD.decode(body).ok()?;
    // SubjectPublicKeyInfo of a 2048 bit RSA key: 24 bytes of frame, then the key itself.
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, info.get(24..)?);
    key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    let claims = signed.split_once('.')?.1;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// `POST /path?query`.
    pub(super) target: String,
    pub(super) authorization: String,
    pub(super) if_match: Option<String>,
    pub(super) body: String,
}

impl Asked {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

pub(super) type Seen = Arc<Mutex<Vec<Asked>>>;
type Answer = Arc<dyn Fn(&Asked, usize) -> Response + Send + Sync>;

/// A server that answers the n-th request by `answer(request, n)` and records it.
pub(super) async fn server(
    answer: impl Fn(&Asked, usize) -> Response + Send + Sync + 'static,
) -> (String, Seen) {
    async fn handle(State((seen, answer)): State<(Seen, Answer)>, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let header = |name: &str| head.headers.get(name).map(|v| v.to_str().unwrap().to_owned());
        let mut asked = Asked {
            target: format!("{} {}", head.method, head.uri),
            authorization: header("authorization").unwrap_or_default(),
            if_match: header("if-match"),
            body: String::new(),
        };
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        asked.body = String::from_utf8(body.to_vec()).unwrap();
        let n = {
            let mut seen = seen.lock().unwrap();
            seen.push(asked.clone());
            seen.len() - 1
        };
        answer(&asked, n)
    }
    let seen = Seen::default();
    let answer: Answer = Arc::new(answer);
    let app = Router::new().fallback(handle).with_state((seen.clone(), answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, seen)
}

pub(super) fn respond(status: u16, body: impl Into<String>) -> Response {
    (StatusCode::from_u16(status).unwrap(), body.into()).into_response()
}
