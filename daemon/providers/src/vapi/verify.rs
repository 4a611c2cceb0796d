//! Whether a webhook comes from Vapi: bearer, `X-Vapi-Secret`, or HMAC in Vapi's default format.
//!
//! Works on the raw bytes, in constant time, and fails closed. Must not live here: parsing,
//! configuration reading, the clock (`now` is an argument), counting of failures.

use super::loose::epoch;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use frontdesk_shared::Millis;
use frontdesk_shared::time::MINUTE;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// How far a signed timestamp may lie from now, both ways.
const WINDOW_MS: i64 = 5 * MINUTE;
/// Shortest secret taken. Anything shorter is a slip of configuration, not a secret.
const MIN_SECRET_CHARS: usize = 8;

/// The secrets by which Vapi proves itself; several during a rotation.
#[derive(Clone, Debug)]
pub struct VapiSecrets {
    secrets: Vec<SecretString>,
    signature_headers: Vec<String>,
    timestamp_header: String,
}

impl VapiSecrets {
    /// Accepts each of `secrets`; empty and very short ones are left out, so that a variable
    /// set to nothing does not open the door.
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let secrets = secrets.into_iter().filter(|s| s.expose_secret().trim().len() >= MIN_SECRET_CHARS);
        Self {
            secrets: secrets.map(|s| s.expose_secret().trim().to_owned().into()).collect(),
            // The first is Vapi's default; the second is the name its documentation suggests.
            signature_headers: vec!["x-signature".to_owned(), "x-vapi-signature".to_owned()],
            timestamp_header: "x-timestamp".to_owned(),
        }
    }

    /// The value of `VAPI_WEBHOOK_SECRET`: one secret or several with commas between.
    pub fn from_list(list: &SecretString) -> Self {
        Self::new(list.expose_secret().split(',').map(|s| s.to_owned().into()))
    }

    /// Reads signature and timestamp from other headers, where the credential at Vapi says so.
    #[must_use]
    pub fn with_headers(mut self, signature: &str, timestamp: &str) -> Self {
        self.signature_headers = vec![signature.to_ascii_lowercase()];
        self.timestamp_header = timestamp.to_ascii_lowercase();
        self
    }

    /// Whether nothing can ever be verified.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// The position of the secret for which `matches` holds. Tries all of them, so that the
    /// time taken does not tell which one it was.
    fn find(&self, matches: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let mut found = None;
        for (index, secret) in self.secrets.iter().enumerate() {
            if matches(secret.expose_secret().as_bytes()) && found.is_none() {
                found = Some(index);
            }
        }
        found
    }
}

/// How a webhook proved itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `Authorization`.
    Bearer,
    /// `X-Vapi-Secret`.
    VapiSecret,
    /// A signature over timestamp and body.
    Hmac,
}

/// A webhook that proved itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How.
    pub method: Method,
    /// With which of the secrets, from 0. After a rotation nothing but 0 should be seen.
    pub secret: usize,
}

/// Why a webhook did not prove itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// No secret is configured here, so nothing can be verified.
    #[error("no webhook secret is configured")]
    NotConfigured,
    /// The request carries no proof of any kind.
    #[error("the request carries neither a bearer token, a secret nor a signature")]
    Missing,
    /// It carries one, and it is wrong.
    #[error("the secret or signature is wrong")]
    Wrong,
    /// The signature is right but too old, or from the future: perhaps a replay.
    #[error("the signature's timestamp is more than five minutes away from now")]
    Stale,
}

/// What the head of a request alone can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadProof {
    /// It proves the whole request.
    Whole(Verified),
    /// It carries a signature, which only the body can prove.
    WithBody,
}

/// Checks what the head alone can prove, so that nothing more is read of a request that can prove
/// nothing: no proof of any kind, a wrong secret without a signature beside it, a signature
/// without its timestamp or with one that is too old.
///
/// # Errors
/// Why no body can make it a proof.
pub fn verify_head(headers: &HeaderMap, now: Millis, secrets: &VapiSecrets) -> Result<HeadProof, Unverified> {
    if secrets.is_empty() {
        return Err(Unverified::NotConfigured);
    }
    let mut failure = match by_secret(headers, secrets) {
        Ok(verified) => return Ok(HeadProof::Whole(verified)),
        Err(failure) => failure,
    };
    let timestamp = headers.get(secrets.timestamp_header.as_str()).map(HeaderValue::as_bytes);
    for signature in secrets.signature_headers.iter().filter_map(|name| headers.get(name.as_str())) {
        match timestamp.ok_or(Unverified::Wrong).and_then(|at| fresh(at, now)) {
            Ok(()) if !tags(signature.as_bytes()).is_empty() => return Ok(HeadProof::WithBody),
            Ok(()) => failure = Unverified::Wrong,
            Err(reason) => failure = reason,
        }
    }
    Err(failure)
}

/// Checks the proof of a request. Any one valid proof is enough.
pub fn verify(
    headers: &HeaderMap,
    raw_body: &[u8],
    now: Millis,
    secrets: &VapiSecrets,
) -> Result<Verified, Unverified> {
    if secrets.is_empty() {
        return Err(Unverified::NotConfigured);
    }
    let mut failure = match by_secret(headers, secrets) {
        Ok(verified) => return Ok(verified),
        Err(failure) => failure,
    };
    for name in &secrets.signature_headers {
        let Some(signature) = headers.get(name.as_str()) else { continue };
        let timestamp = headers.get(secrets.timestamp_header.as_str()).map(HeaderValue::as_bytes);
        match signed(signature.as_bytes(), timestamp, raw_body, now, secrets) {
            Ok(secret) => return Ok(Verified { method: Method::Hmac, secret }),
            Err(reason) => failure = reason,
        }
    }
    Err(failure)
}

/// A secret shown as it is.
fn by_secret(headers: &HeaderMap, secrets: &VapiSecrets) -> Result<Verified, Unverified> {
    let mut failure = Unverified::Missing;
    if let Some(value) = headers.get("authorization") {
        match secrets.find(|secret| same(token(value.as_bytes()), secret)) {
            Some(secret) => return Ok(Verified { method: Method::Bearer, secret }),
            None => failure = Unverified::Wrong,
        }
    }
    if let Some(value) = headers.get("x-vapi-secret") {
        match secrets.find(|secret| same(value.as_bytes(), secret)) {
            Some(secret) => return Ok(Verified { method: Method::VapiSecret, secret }),
            None => failure = Unverified::Wrong,
        }
    }
    Err(failure)
}

/// What follows `Bearer `, or the whole value: the prefix can be switched off at Vapi.
fn token(value: &[u8]) -> &[u8] {
    match value.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(b"bearer ") => rest.trim_ascii(),
        _ => value.trim_ascii(),
    }
}

/// Compares digests, so that neither content nor length shows in the time taken.
fn same(given: &[u8], secret: &[u8]) -> bool {
    blake3::hash(given).as_bytes().ct_eq(blake3::hash(secret).as_bytes()).into()
}

fn signed(
    signature: &[u8],
    timestamp: Option<&[u8]>,
    raw_body: &[u8],
    now: Millis,
    secrets: &VapiSecrets,
) -> Result<usize, Unverified> {
    // Without a timestamp inside the signature a recorded request would be valid for ever.
    let timestamp = timestamp.ok_or(Unverified::Wrong)?;
    let tags = tags(signature);
    let mut signed = Vec::with_capacity(timestamp.len() + 1 + raw_body.len());
    signed.extend_from_slice(timestamp);
    signed.push(b'.');
    signed.extend_from_slice(raw_body);
    let secret = secrets
        .find(|secret| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            tags.iter().any(|tag| hmac::verify(&key, &signed, tag).is_ok())
        })
        .ok_or(Unverified::Wrong)?;
    fresh(timestamp, now)?;
    Ok(secret)
}

/// Whether a signature was made just now. The unit is not documented: seconds, milliseconds and
/// ISO 8601 are all understood.
fn fresh(timestamp: &[u8], now: Millis) -> Result<(), Unverified> {
    let text = std::str::from_utf8(timestamp).map_err(|_| Unverified::Wrong)?.trim();
    let at = match text.parse::<i64>() {
        Ok(n) => epoch(n as f64),
        Err(_) => Millis::from_iso(text).ok_or(Unverified::Stale)?,
    };
    if now.since(at).saturating_abs() > WINDOW_MS {
        return Err(Unverified::Stale);
    }
    Ok(())
}

/// The signature as bytes, in each encoding it can be read in.
fn tags(signature: &[u8]) -> Vec<Vec<u8>> {
    let text = signature.trim_ascii();
    let text = match text.split_at_checked(7) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(b"sha256=") => rest,
        _ => text,
    };
    [hex(text), STANDARD.decode(text).ok()].into_iter().flatten().filter(|t| t.len() == 32).collect()
}

fn hex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).map(|d| d as u8);
    text.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    /// Computed for the default settings of Vapi's HMAC credential.
    const SECRET: &str = "frontdesk_vapi_hmac_secret";
    const BODY: &[u8] =
        br#"{"message":{"type":"hang","call":{"id":"019a9046-121e-766d-bd1f-84f3ccc309c1"}}}"#;
    const TAG: &str = "cf0350da5eabe2f5fb249bad34e97ba758e718baa5f347c9029e9fe189b4376f";
    const AT: Millis = Millis(1_767_225_600_000);

    fn secrets(list: &str) -> VapiSecrets {
        VapiSecrets::from_list(&list.to_owned().into())
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(k, v): &(&'static str, &str)| {
            (HeaderName::from_static(k), HeaderValue::from_bytes(v.as_bytes()).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    fn check(pairs: &[(&'static str, &str)], now: Millis) -> Result<Verified, Unverified> {
        verify(&headers(pairs), BODY, now, &secrets(SECRET))
    }

    fn sign(timestamp: &str) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let text = [timestamp.as_bytes(), b".", BODY].concat();
        hmac::sign(&key, &text).as_ref().to_vec()
    }

    fn as_hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn the_published_vector_holds() {
        let pairs = [("x-signature", TAG), ("x-timestamp", "1767225600")];
        assert_eq!(check(&pairs, AT), Ok(Verified { method: Method::Hmac, secret: 0 }));
        assert_eq!(check(&pairs, AT + WINDOW_MS), check(&pairs, AT - WINDOW_MS));
        assert_eq!(check(&pairs, AT + WINDOW_MS + 1), Err(Unverified::Stale));
        assert_eq!(check(&pairs, AT - WINDOW_MS - 1), Err(Unverified::Stale));
    }

    #[test]
    fn other_encodings_and_units_are_understood() {
        let upper = TAG.to_uppercase();
        let prefixed = format!("sha256={TAG}");
        let base64 = STANDARD.encode(sign("1767225600"));
        for tag in [&upper, &prefixed, &base64] {
            assert!(check(&[("x-signature", tag), ("x-timestamp", "1767225600")], AT).is_ok(), "{tag}");
        }
        assert!(check(&[("x-vapi-signature", TAG), ("x-timestamp", "1767225600")], AT).is_ok());
        for timestamp in ["1767225600123", "2026-01-01T00:00:00.000Z"] {
            let tag = as_hex(&sign(timestamp));
            assert!(check(&[("x-signature", &tag), ("x-timestamp", timestamp)], AT).is_ok(), "{timestamp}");
        }
        let tag = as_hex(&sign("soon"));
        assert_eq!(check(&[("x-signature", &tag), ("x-timestamp", "soon")], AT), Err(Unverified::Stale));
    }

    #[test]
    fn a_changed_body_signature_or_timestamp_is_wrong() {
        let good = [("x-signature", TAG), ("x-timestamp", "1767225600")];
        assert_eq!(verify(&headers(&good), b"{}", AT, &secrets(SECRET)), Err(Unverified::Wrong));
        assert_eq!(verify(&headers(&good), BODY, AT, &secrets("another secret")), Err(Unverified::Wrong));
        assert_eq!(check(&[("x-signature", TAG), ("x-timestamp", "1767225601")], AT), Err(Unverified::Wrong));
        assert_eq!(check(&[("x-signature", TAG)], AT), Err(Unverified::Wrong));
        for tag in ["", "00", "zz", "sha256=", &TAG[1..], "é"] {
            assert_eq!(
                check(&[("x-signature", tag), ("x-timestamp", "1767225600")], AT),
                Err(Unverified::Wrong)
            );
        }
    }

    #[test]
    fn bearer_and_secret_header() {
        let bearer = Ok(Verified { method: Method::Bearer, secret: 0 });
        for value in ["Bearer frontdesk_vapi_hmac_secret", "bearer  frontdesk_vapi_hmac_secret", SECRET] {
            assert_eq!(check(&[("authorization", value)], AT), bearer, "{value}");
        }
        let plain = Ok(Verified { method: Method::VapiSecret, secret: 0 });
        assert_eq!(check(&[("x-vapi-secret", SECRET)], AT), plain);
        for value in ["Bearer nope", "", "Bearer ", "Bearer frontdesk_vapi_hmac_secre", "Basic x"] {
            assert_eq!(check(&[("authorization", value)], AT), Err(Unverified::Wrong), "{value}");
        }
        assert_eq!(check(&[], AT), Err(Unverified::Missing));
    }

    #[test]
    fn one_right_proof_is_enough_and_two_secrets_rotate() {
        let mixed = [("authorization", "Bearer nope"), ("x-vapi-secret", SECRET)];
        assert!(check(&mixed, AT).is_ok());
        let rotating = secrets(&format!("the-new-secret, {SECRET} ,"));
        let old = verify(&headers(&[("x-vapi-secret", SECRET)]), BODY, AT, &rotating);
        assert_eq!(old.map(|v| v.secret), Ok(1));
        let new = verify(&headers(&[("x-vapi-secret", "the-new-secret")]), BODY, AT, &rotating);
        assert_eq!(new.map(|v| v.secret), Ok(0));
    }

    #[test]
    fn nothing_configured_fails_closed() {
        for list in ["", " , ,", "short"] {
            let none = secrets(list);
            assert!(none.is_empty());
            let result = verify(&headers(&[("authorization", "Bearer ")]), BODY, AT, &none);
            assert_eq!(result, Err(Unverified::NotConfigured));
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", secrets(SECRET)).contains(SECRET));
    }

    proptest::proptest! {
        #[test]
        fn garbage_never_verifies(
            name in proptest::sample::select(vec!["authorization", "x-vapi-secret", "x-signature"]),
            value in proptest::collection::vec(32u8..=255, 0..100),
            at in proptest::collection::vec(32u8..127, 0..30),
        ) {
            let mut map = HeaderMap::new();
            // 127 is the one byte of the range that a header cannot hold.
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                map.insert(HeaderName::from_static(name), value);
            }
            map.insert("x-timestamp", HeaderValue::from_bytes(&at).unwrap());
            proptest::prop_assert!(verify(&map, BODY, AT, &secrets(SECRET)).is_err());
        }
    }

    #[test]
    fn a_head_that_can_prove_nothing_is_refused_without_its_body() {
        let now = Millis(1_730_000_000_000);
        let all = secrets("first-secret,second-secret");
        let head = |pairs: &[(&'static str, &str)]| verify_head(&headers(pairs), now, &all);
        assert_eq!(head(&[]), Err(Unverified::Missing));
        assert_eq!(head(&[("authorization", "Bearer wrong-secret")]), Err(Unverified::Wrong));
        assert_eq!(
            head(&[("authorization", "Bearer second-secret")]),
            Ok(HeadProof::Whole(Verified { method: Method::Bearer, secret: 1 }))
        );
        let tag = "ab".repeat(32);
        let at = "1730000000";
        assert_eq!(head(&[("x-signature", &tag)]), Err(Unverified::Wrong), "no timestamp");
        assert_eq!(head(&[("x-signature", "abc"), ("x-timestamp", at)]), Err(Unverified::Wrong));
        assert_eq!(head(&[("x-signature", &tag), ("x-timestamp", "1")]), Err(Unverified::Stale));
        assert_eq!(head(&[("x-signature", &tag), ("x-timestamp", at)]), Ok(HeadProof::WithBody));
        // A wrong secret beside a signature: the body may still prove it.
        let both = [("x-vapi-secret", "wrong-secret"), ("x-signature", &tag), ("x-timestamp", at)];
        assert_eq!(head(&both), Ok(HeadProof::WithBody));
        assert_eq!(verify_head(&headers(&both), now, &secrets("")), Err(Unverified::NotConfigured));
    }
}
