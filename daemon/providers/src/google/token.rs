//! Access tokens: a signed claim is exchanged for one, which is used until shortly before its end.
//!
//! One exchange at a time, whoever needs it. Must not live here: what the token opens, retries of
//! a failed exchange (jobs retry).

use super::key::ServiceAccount;
use super::token_reply::{self, TokenError};
use crate::http::{self, ClientError, Policy};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{MINUTE, SECOND};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Whom the claim is for, wherever it is sent.
pub const AUDIENCE: &str = "https://oauth2.googleapis.com/token";

/// Longest validity of a claim.
const CLAIM_S: i64 = 3_600;
/// A token this near its end is replaced before it is used.
const MARGIN_MS: i64 = 3 * MINUTE + 45 * SECOND;
const ANSWER_CAP: usize = 64 * 1024;
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Tells the time; the program's one clock.
pub type Now = Arc<dyn Fn() -> Millis + Send + Sync>;

/// Tokens of one account for one set of scopes. Clones share them.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    account: ServiceAccount,
    scopes: String,
    http: reqwest::Client,
    now: Now,
    /// Held during the exchange, so that everybody else waits for that one.
    held: Mutex<Option<Held>>,
}

struct Held {
    token: SecretString,
    replace_at: Millis,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("account", &self.0.account).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Tokens of an account for these scopes. Nothing is asked for yet.
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn new(
        account: ServiceAccount,
        scopes: &[&str],
        policy: Policy,
        now: Now,
    ) -> Result<Self, ClientError> {
        let http = http::client(account.token_uri(), policy)?;
        let held = Mutex::new(None);
        Ok(Self(Arc::new(Inner { account, scopes: scopes.join(" "), http, now, held })))
    }

    /// A token that is good for some minutes at least.
    ///
    /// # Errors
    /// As the exchange ends.
    pub async fn get(&self) -> Result<SecretString, TokenError> {
        let inner = &*self.0;
        let mut held = inner.held.lock().await;
        let now = (inner.now)();
        if let Some(held) = held.as_ref().filter(|held| now < held.replace_at) {
            return Ok(held.token.clone());
        }
        // Not kept when the exchange fails: it is at its end, and its last minutes are not worth
        // a second way of being late.
        *held = None;
        let granted = token_reply::read(inner.exchange(now).await)?;
        let replace_at = now + (granted.expires_in_s * SECOND - MARGIN_MS).max(0);
        *held = Some(Held { token: granted.token.clone(), replace_at });
        Ok(granted.token)
    }

    /// Forgets a token that was refused, unless another has taken its place already.
    pub async fn forget(&self, refused: &SecretString) {
        let mut held = self.0.held.lock().await;
        if held.as_ref().is_some_and(|held| held.token.expose_secret() == refused.expose_secret()) {
            *held = None;
        }
    }
}

impl Inner {
    async fn exchange(&self, now: Millis) -> Result<http::Reply, http::Lost> {
        let Some(assertion) = assertion(&self.account, &self.scopes, now) else {
            return Err(http::Lost::Unbuildable("the key cannot sign".to_owned()));
        };
        // Written out: base64url and this grant need no escaping but the colons'.
        let grant = GRANT.replace(':', "%3A");
        let body = format!("grant_type={grant}&assertion={}", assertion.expose_secret());
        let request = self
            .http
            .post(self.account.token_uri().clone())
            .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        http::send(request, ANSWER_CAP).await
    }
}

/// A claim of the account to these scopes, signed (RFC 7523, RS256).
fn assertion(account: &ServiceAccount, scopes: &str, now: Millis) -> Option<SecretString> {
    let issued_s = now.0.div_euclid(SECOND);
    let mut header = json!({"typ": "JWT", "alg": "RS256"});
    if let Some(id) = account.key_id() {
        header["kid"] = id.into();
    }
    let claims = json!({
        "iss": account.email(),
        "scope": scopes,
        "aud": AUDIENCE,
        "iat": issued_s,
        "exp": issued_s + CLAIM_S,
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(account.sign(signed.as_bytes())?);
    Some(SecretString::from(format!("{signed}.{signature}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::testing::{account, vector, verified};
    use serde_json::Value;

    #[test]
    fn the_known_claim_verifies_and_so_does_ours() {
        let vector = vector();
        let claims = verified(vector["jwt"].as_str().unwrap()).unwrap();
        assert_eq!(claims, vector["claims"]);

        let scopes = vector["claims"]["scope"].as_str().unwrap();
        let now = Millis(vector["claims"]["iat"].as_i64().unwrap() * SECOND + 999);
        let account = account("https://oauth2.googleapis.com/token");
        let ours = assertion(&account, scopes, now).unwrap();
        assert_eq!(verified(ours.expose_secret()).unwrap(), vector["claims"]);
        let header = ours.expose_secret().split('.').next().unwrap().to_owned();
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        let kid = &vector["service_account_json"]["private_key_id"];
        assert_eq!(header, json!({"typ": "JWT", "alg": "RS256", "kid": kid}));
    }

    #[test]
    fn a_claim_with_one_other_letter_does_not_verify() {
        let vector = vector();
        let jwt = vector["jwt"].as_str().unwrap();
        assert_eq!(verified(&jwt.replacen("eyJpc3", "eyJpc2", 1)), None);
    }
}
