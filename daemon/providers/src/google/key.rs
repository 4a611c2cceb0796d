//! The key of a service account, from Google's JSON file or from its parts.
//!
//! Every problem names the field it is about, because people paste these by hand. Must not live
//! here: tokens, and anything that prints the key.

use crate::http;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// What is wrong with a key. Says which field, and never what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not JSON, or not an object.
    #[error("the service account's key is not a JSON object")]
    NotJson,
    /// Some other credential of Google's.
    #[error("type is not “service_account”: make a JSON key of a service account")]
    NotAServiceAccount,
    /// A field that must be there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field that cannot be used.
    #[error("{field} {problem}")]
    Bad {
        /// As the key file calls it.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// A service account that can sign. Clones share the key.
#[derive(Clone)]
pub struct ServiceAccount {
    email: String,
    key_id: Option<String>,
    token_uri: Url,
    key: Arc<RsaKeyPair>,
}

// The key pair prints its public half only, but nobody needs that either.
impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount").field("email", &self.email).finish_non_exhaustive()
    }
}

impl ServiceAccount {
    /// The account of a key file as Google Cloud hands it out.
    ///
    /// # Errors
    /// As [`KeyError`] says, by field.
    pub fn from_json(file: &SecretString) -> Result<Self, KeyError> {
        let value: Value = serde_json::from_str(file.expose_secret()).map_err(|_| KeyError::NotJson)?;
        if !value.is_object() {
            return Err(KeyError::NotJson);
        }
        if value.get("type").is_some_and(|kind| kind != "service_account") {
            return Err(KeyError::NotAServiceAccount);
        }
        let text = |field: &'static str| match value.get(field) {
            None | Some(Value::Null) => Err(KeyError::Missing(field)),
            Some(Value::String(text)) if text.trim().is_empty() => Err(KeyError::Missing(field)),
            Some(Value::String(text)) => Ok(text.as_str()),
            Some(_) => Err(KeyError::Bad { field, problem: "is not a text".to_owned() }),
        };
        let key = SecretString::from(text("private_key")?);
        let account = Self::new(text("client_email")?, &key, text("token_uri")?)?;
        Ok(Self { key_id: value["private_key_id"].as_str().map(str::to_owned), ..account })
    }

    /// The account of an address and a key that stand apart, as variables do. `\n` written out
    /// counts as a line break.
    ///
    /// # Errors
    /// As [`KeyError`] says, by field.
    pub fn new(client_email: &str, private_key: &SecretString, token_uri: &str) -> Result<Self, KeyError> {
        let email = client_email.trim();
        if email.is_empty() {
            return Err(KeyError::Missing("client_email"));
        }
        if !email.contains('@') || email.contains(char::is_whitespace) {
            return Err(KeyError::Bad { field: "client_email", problem: "is not an address".to_owned() });
        }
        let token_uri = http::base_url(token_uri)
            .map_err(|error| KeyError::Bad { field: "token_uri", problem: error.to_string() })?;
        let key = key_pair(private_key.expose_secret())
            .map_err(|problem| KeyError::Bad { field: "private_key", problem })?;
        Ok(Self { email: email.to_owned(), key_id: None, token_uri, key: Arc::new(key) })
    }

    /// Its address: calendars and sheets are shared with this.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Where its tokens are made.
    pub fn token_uri(&self) -> &Url {
        &self.token_uri
    }

    /// Which of its keys this is, when the file says.
    pub(super) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// RS256: RSA, PKCS#1 v1.5, SHA-256.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.key.public().modulus_len()];
        // This padding has nothing random in it: the source is asked for and never read.
        #[allow(clippy::disallowed_methods, reason = "not read: the signature is deterministic")]
        let unread = ring::rand::SystemRandom::new();
        self.key.sign(&RSA_PKCS1_SHA256, &unread, message, &mut signature).ok()?;
        Some(signature)
    }
}

fn key_pair(pem: &str) -> Result<RsaKeyPair, String> {
    let pem = pem.replace("\\n", "\n");
    let body = pem.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(body, _)| body);
    let Some(body) = body else {
        let other = pem.contains("PRIVATE KEY-----") && pem.contains("-----BEGIN ");
        return Err(match other {
            true => format!("is not PKCS#8: “{BEGIN}” is wanted"),
            false => format!("has no “{BEGIN}” … “{END}” in it"),
        });
    };
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    let der = STANDARD.decode(body).map_err(|_| "is damaged: not base64".to_owned())?;
    RsaKeyPair::from_pkcs8(&der).map_err(|reason| format!("is not a usable RSA key: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::testing::{VECTOR, vector};

    fn from(change: impl FnOnce(&mut Value)) -> Result<ServiceAccount, KeyError> {
        let mut file = vector()["service_account_json"].clone();
        change(&mut file);
        ServiceAccount::from_json(&SecretString::from(file.to_string()))
    }

    #[test]
    fn a_key_file_is_read() {
        let account = from(|_| {}).unwrap();
        assert_eq!(account.email(), "frontdesk@demo-project.iam.gserviceaccount.com");
        assert_eq!(account.token_uri().as_str(), "https://oauth2.googleapis.com/token");
        assert_eq!(account.key_id(), Some("0123456789abcdef0123456789abcdef01234567"));
    }

    #[test]
    fn a_key_of_one_line_with_written_out_breaks_is_read() {
        let written = |file: &mut Value| {
            let key = file["private_key"].as_str().unwrap().replace('\n', "\\n");
            file["private_key"] = key.into();
        };
        assert!(from(written).is_ok());
    }

    #[test]
    fn problems_name_the_field() {
        let says = |change: fn(&mut Value)| from(change).unwrap_err().to_string();
        assert_eq!(says(|f| f["client_email"] = Value::Null), "client_email is missing");
        assert_eq!(says(|f| f["client_email"] = "desk".into()), "client_email is not an address");
        assert_eq!(says(|f| f["private_key"] = 7.into()), "private_key is not a text");
        assert_eq!(says(|f| f["token_uri"] = " ".into()), "token_uri is missing");
        assert!(says(|f| f["token_uri"] = "http://example.com/t".into()).starts_with("token_uri no HTTP"));
        assert!(says(|f| f["type"] = "authorized_user".into()).starts_with("type is not"));
        let pem = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        let key = |pem: &str| {
            let error = from(|f| f["private_key"] = pem.into()).unwrap_err().to_string();
            assert!(error.starts_with("private_key ") && !error.contains("AAAA"), "{error}");
            error
        };
        assert!(key(pem).contains("not PKCS#8"));
        assert!(key("AAAA").contains("has no"));
        assert!(key(&format!("{BEGIN}\n*AAAA*\n{END}")).contains("not base64"));
        assert!(key(&format!("{BEGIN}\nAAAA\n{END}")).contains("not a usable RSA key"));
        for file in ["", "[]", "7", "{"] {
            assert_eq!(ServiceAccount::from_json(&SecretString::from(file)).unwrap_err(), KeyError::NotJson);
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", from(|_| {}).unwrap());
        assert!(shown.contains("frontdesk@") && !shown.contains("MII"), "{shown}");
        assert!(VECTOR.contains("MII"));
    }
}
