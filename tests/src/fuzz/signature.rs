//! The proof a webhook carries: headers and body as they came, in every mode.

use crate::database::START;
use crate::sign;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use frontdesk_providers::vapi::{Method, Unverified, VapiSecrets, Verified, verify};
use ring::hmac;

/// The secrets of a rotation, the newer first.
const SECRETS: [&str; 2] = ["first-secret-of-the-fuzzed-house", "second-secret-of-the-fuzzed-house"];
/// How far a timestamp may be off.
const WINDOW_MS: i128 = 5 * 60 * 1_000;

/// Headers, one a line, an empty line, and the body.
pub fn signature(data: &[u8]) {
    let (headers, body) = request(data);
    for secrets in [VapiSecrets::new(SECRETS.map(|s| s.to_owned().into())), custom()] {
        never_without_the_secret(&headers, body, &secrets);
    }
    let nothing = VapiSecrets::new([String::new().into(), "short".to_owned().into()]);
    assert_eq!(verify(&headers, body, START, &nothing), Err(Unverified::NotConfigured));
    let strangers = VapiSecrets::new(["a-secret-that-no-input-can-know".to_owned().into()]);
    assert!(verify(&headers, body, START, &strangers).is_err(), "accepted without the secret");
    right_proof_is_taken(body);
}

fn custom() -> VapiSecrets {
    VapiSecrets::new(SECRETS.map(|s| s.to_owned().into())).with_headers("X-Custom-Signature", "X-Custom-Time")
}

fn request(data: &[u8]) -> (HeaderMap, &[u8]) {
    let mut headers = HeaderMap::new();
    let mut rest = data;
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii_start());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    (headers, rest)
}

fn never_without_the_secret(headers: &HeaderMap, body: &[u8], secrets: &VapiSecrets) {
    let Ok(Verified { method, secret }) = verify(headers, body, START, secrets) else { return };
    let secret = SECRETS[secret];
    let value = |name: &str| headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
    let ends_in = |text: &[u8]| text.trim_ascii().ends_with(secret.as_bytes());
    match method {
        Method::Bearer => {
            let all = value("authorization").trim_ascii();
            assert!(ends_in(all), "a bearer without the secret");
            let before = &all[..all.len() - secret.len()];
            assert!(before.is_empty() || before.to_ascii_lowercase().starts_with(b"bearer "), "{before:?}");
        }
        Method::VapiSecret => assert_eq!(value("x-vapi-secret"), secret.as_bytes()),
        Method::Hmac => {
            let names = [
                ("x-signature", "x-timestamp"),
                ("x-vapi-signature", "x-timestamp"),
                ("x-custom-signature", "x-custom-time"),
            ];
            let proven =
                names.iter().any(|(signature, time)| proves(value(signature), value(time), body, secret));
            assert!(proven, "a signature that was not made with the secret");
        }
    }
    // The same proof does not carry over to another body.
    if method == Method::Hmac {
        let mut other = body.to_vec();
        other.push(b' ');
        assert!(verify(headers, &other, START, secrets).is_err(), "a signature that fits two bodies");
    }
}

/// Whether a signature is HMAC-SHA256 over timestamp and body and the timestamp is near.
fn proves(signature: &[u8], time: &[u8], body: &[u8], secret: &str) -> bool {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
    for part in [time, b".", body] {
        context.update(part);
    }
    let tag = context.sign();
    let hex: String = tag.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let base64 = STANDARD.encode(tag.as_ref());
    let text = String::from_utf8_lossy(signature);
    let named = text.to_ascii_lowercase().contains(&hex) || text.contains(&base64);
    let time = std::str::from_utf8(time).unwrap_or_default().trim();
    let near = match time.parse::<i128>() {
        Ok(n) => [n, n * 1_000].iter().any(|ms| (ms - i128::from(START.0)).abs() <= WINDOW_MS),
        Err(_) => time
            .parse::<jiff::Timestamp>()
            .is_ok_and(|t| (i128::from(t.as_millisecond()) - i128::from(START.0)).abs() <= WINDOW_MS),
    };
    named && near
}

/// Whatever the body, a right proof over it is taken, by either secret.
fn right_proof_is_taken(body: &[u8]) {
    let secrets = VapiSecrets::new(SECRETS.map(|s| s.to_owned().into()));
    for (n, secret) in SECRETS.iter().enumerate() {
        let forms = [
            (Method::Hmac, sign::hmac(secret, START, body)),
            (Method::Bearer, sign::bearer(secret)),
            (Method::VapiSecret, sign::vapi_secret(secret)),
        ];
        for (method, form) in forms {
            let mut headers = HeaderMap::new();
            for (name, value) in form {
                headers.insert(name, value.parse().expect("a header"));
            }
            assert_eq!(verify(&headers, body, START, &secrets), Ok(Verified { method, secret: n }));
        }
    }
}
