//! What the token endpoint answers, and what its refusals mean for whoever needed the token.
//!
//! Must not live here: HTTP, the cache.

use crate::http::{Lost, Reply, redact};
use crate::json;
use crate::outcome::{Refusal, RefusalClass, Sent};
use secrecy::SecretString;
use serde_json::Value;

/// Why there is no token. Nothing was asked of the API itself in any of these cases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Google's clock and ours disagree: one incident of this machine, not one of each request.
    #[error("this machine's clock disagrees with Google's: {0}")]
    Clock(String),
    /// The key is not one of the account's, or the account is gone.
    #[error("Google does not accept the service account's key: {0}")]
    Key(String),
    /// The account may not have what was asked for.
    #[error("the service account lacks a right: {0}")]
    Scope(String),
    /// Too many tokens at once.
    #[error("Google limits how often a token may be made")]
    Busy {
        /// How long Google asks us to wait, when it says.
        retry_after_ms: Option<i64>,
    },
    /// No usable answer. Asking again harms nothing.
    #[error("no token: {0}")]
    Unreachable(String),
}

impl<T> From<TokenError> for Sent<T> {
    fn from(error: TokenError) -> Self {
        let class = match error {
            TokenError::Clock(_) => RefusalClass::Clock,
            TokenError::Key(_) | TokenError::Scope(_) => RefusalClass::Access,
            TokenError::Busy { retry_after_ms } => return Self::Busy { retry_after_ms },
            // The request that needed the token never left.
            TokenError::Unreachable(_) => return Self::NotSent(error.to_string()),
        };
        Self::Refused(Refusal::ours(class, error.to_string()))
    }
}

/// A token and how many seconds it is good for.
pub(super) struct Granted {
    pub(super) token: SecretString,
    pub(super) expires_in_s: i64,
}

/// Longest validity believed.
const LONGEST_S: i64 = 3_600;

pub(super) fn read(answer: Result<Reply, Lost>) -> Result<Granted, TokenError> {
    let reply = match answer {
        Ok(reply) => reply,
        Err(Lost::Unbuildable(why) | Lost::NotSent(why) | Lost::Unknown(why)) => {
            return Err(TokenError::Unreachable(why));
        }
    };
    let status = reply.status.as_u16();
    let body = reply.body.map_err(TokenError::Unreachable)?;
    let value = json::read::<Value>(&body).unwrap_or_default();
    if !reply.status.is_success() {
        return Err(refused(status, reply.retry_after_ms, &value));
    }
    let expires_in_s = match &value["expires_in"] {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    match (value["access_token"].as_str(), expires_in_s) {
        (Some(token), Some(seconds)) if !token.is_empty() && seconds > 0 => {
            Ok(Granted { token: SecretString::from(token), expires_in_s: seconds.min(LONGEST_S) })
        }
        _ => Err(TokenError::Unreachable("the answer holds no token".to_owned())),
    }
}

/// The kinds of OAuth 2.0 (RFC 6749, 5.2) and those Google adds. `invalid_grant` is the clock or
/// the key, which only its sentence tells.
fn refused(status: u16, retry_after_ms: Option<i64>, body: &Value) -> TokenError {
    let kind = body["error"].as_str().unwrap_or_default();
    let said = body["error_description"].as_str().unwrap_or_default();
    let words = redact(&format!("{kind} {said}"));
    let words = if words.is_empty() { format!("status {status}") } else { words };
    match (status, kind) {
        (429, _) => TokenError::Busy { retry_after_ms },
        (408 | 500.., _) | (_, "internal_failure" | "server_error" | "temporarily_unavailable") => {
            TokenError::Unreachable(words)
        }
        (_, "invalid_grant") if is_about_time(said) => TokenError::Clock(words),
        (_, "unauthorized_client" | "invalid_scope" | "access_denied" | "org_internal") => {
            TokenError::Scope(words)
        }
        _ => TokenError::Key(words),
    }
}

fn is_about_time(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["timeframe", "short-lived", "iat", "exp ", "expir", "clock"].iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn answer(status: u16, body: &'static str) -> Result<SecretString, TokenError> {
        let body = Ok(Bytes::from_static(body.as_bytes()));
        let status = reqwest::StatusCode::from_u16(status).unwrap();
        read(Ok(Reply { status, retry_after_ms: Some(9), body })).map(|granted| granted.token)
    }

    #[test]
    fn k24_a_wrong_clock_is_told_from_a_wrong_key() {
        let skew = r#"{"error":"invalid_grant","error_description":"Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."}"#;
        assert!(matches!(answer(400, skew), Err(TokenError::Clock(_))));
        let sent: Sent<()> = answer(400, skew).unwrap_err().into();
        assert!(matches!(sent, Sent::Refused(Refusal { class: RefusalClass::Clock, .. })));
        let signature = r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#;
        assert!(matches!(answer(400, signature), Err(TokenError::Key(_))));
        let account = r#"{"error":"invalid_grant","error_description":"Invalid grant: account not found"}"#;
        assert!(matches!(answer(400, account), Err(TokenError::Key(_))));
    }

    #[test]
    fn refusals_by_kind() {
        let scope = r#"{"error":"unauthorized_client","error_description":"Client is unauthorized to retrieve access tokens using this method"}"#;
        assert!(matches!(answer(401, scope), Err(TokenError::Scope(_))));
        for body in [r#"{"error":"server_error"}"#, r#"{"error":"internal_failure"}"#] {
            assert!(matches!(answer(400, body), Err(TokenError::Unreachable(_))), "{body}");
        }
        assert!(matches!(answer(503, ""), Err(TokenError::Unreachable(_))));
        assert_eq!(answer(429, "").unwrap_err(), TokenError::Busy { retry_after_ms: Some(9) });
        assert!(matches!(answer(403, "<html>"), Err(TokenError::Key(_))));
    }

    #[test]
    fn an_answer_without_a_token_is_none() {
        for body in ["", "{}", r#"{"access_token":""}"#, r#"{"access_token":"t","expires_in":-1}"#] {
            assert!(matches!(answer(200, body), Err(TokenError::Unreachable(_))), "{body}");
        }
        assert!(answer(200, r#"{"access_token":"t","expires_in":"3599"}"#).is_ok());
    }
}
