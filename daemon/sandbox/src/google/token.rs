//! The token endpoint: a signed claim for an access token.

use super::account::{AUDIENCE, CLIENT_EMAIL, Jwt};
use super::faults::Op;
use super::routes::door::{self, Entered};
use super::state::{Grant, Shared};
use crate::net::Peer;
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long a token is good for.
const GRANTED_S: i64 = 3_599;
/// How far a claim may be ahead of Google's clock.
const LEEWAY_S: i64 = 300;
const LONGEST_S: i64 = 3_600;
const SCOPES: &str = "https://www.googleapis.com/auth/";
const TIMEFRAME: &str = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable \
                         timeframe. Check your iat and exp values in the JWT claim.";

pub(super) async fn token(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    body: Bytes,
) -> Response {
    let entered = match door::enter(&shared, Op::Token, peer).await {
        Ok(entered) => entered,
        Err(response) => return *response,
    };
    let response = match granted(&shared, &body) {
        Ok(token) => Json(json!({"access_token": token, "expires_in": GRANTED_S, "token_type": "Bearer"}))
            .into_response(),
        Err((error, description)) => refused(StatusCode::BAD_REQUEST, error, description),
    };
    Entered::leave(entered, response)
}

pub(super) fn refused(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}

fn granted(shared: &Shared, body: &[u8]) -> Result<String, (&'static str, &'static str)> {
    let form: HashMap<String, String> = reqwest::Url::parse("http://form/")
        .map(|mut url| {
            url.set_query(std::str::from_utf8(body).ok());
            url.query_pairs().into_owned().collect()
        })
        .unwrap_or_default();
    if form.get("grant_type").map(String::as_str) != Some(GRANT) {
        return Err(("unsupported_grant_type", "Invalid grant_type"));
    }
    let jwt = form.get("assertion").and_then(|text| Jwt::read(text, &shared.public_key));
    let jwt = jwt.ok_or(("invalid_grant", "Invalid JWT"))?;
    if jwt.header["alg"] != "RS256" {
        return Err(("invalid_grant", "Invalid JWT: the algorithm must be RS256"));
    }
    if jwt.claims["iss"] != CLIENT_EMAIL {
        return Err(("invalid_grant", "Invalid grant: account not found"));
    }
    if !jwt.is_signed {
        return Err(("invalid_grant", "Invalid JWT Signature."));
    }
    let own = format!("{}/token", shared.base_url);
    if jwt.claims["aud"] != AUDIENCE && jwt.claims["aud"] != own.as_str() {
        return Err(("invalid_grant", "Invalid JWT: Failed audience check"));
    }
    let now_ms = shared.now_ms();
    let now_s = now_ms.div_euclid(1_000);
    match (jwt.claims["iat"].as_i64(), jwt.claims["exp"].as_i64()) {
        (Some(iat), Some(exp)) if iat <= now_s + LEEWAY_S && exp > now_s && exp - iat <= LONGEST_S => {}
        _ => return Err(("invalid_grant", TIMEFRAME)),
    }
    if !jwt.claims["sub"].is_null() {
        let why = "Client is unauthorized to retrieve access tokens using this method, or client not \
                   authorized for any of the scopes requested.";
        return Err(("unauthorized_client", why));
    }
    let scopes: Vec<String> =
        jwt.claims["scope"].as_str().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() || !scopes.iter().all(|scope| scope.starts_with(SCOPES)) {
        return Err(("invalid_scope", "Invalid OAuth scope or ID token audience provided."));
    }
    Ok(shared.change(|state| {
        let token = format!("ya29.sandbox.{}", state.random.hex(24));
        state.grants.retain(|_, grant| grant.until_ms > now_ms);
        state.grants.insert(token.clone(), Grant { until_ms: now_ms + GRANTED_S * 1_000, scopes });
        state.counters.tokens += 1;
        token
    }))
}
