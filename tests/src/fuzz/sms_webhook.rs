//! A carrier's webhook from its bytes to what it says: verified, and read.

use super::first_line;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use frontdesk_providers::sms::{
    EMPTY_REPLY, Hook, MAX_HOOK_BYTES, ParseError, SmsKeys, Vendor, advance, parse, verify, verify_head,
};
use ring::hmac;

const KEY: &str = "key-of-the-fuzzed-house";
const URL: &str = "https://desk.example/webhooks/sms";
/// Longest text and longest name kept, in bytes.
const LONGEST: (usize, usize) = (16 * 1024, 200);

/// The first line is vendor, content type and query with spaces between; the rest is the body.
pub fn sms_webhook(data: &[u8]) {
    let (line, body) = first_line(data);
    let mut words = line.splitn(3, ' ');
    let vendor = words.next().and_then(Vendor::parse).unwrap_or(Vendor::Twilio);
    let kind = words.next().unwrap_or_default();
    let query = words.next().unwrap_or_default();

    signatures(vendor, kind, body);
    let read = parse(vendor, query, Some(kind), body);
    assert_eq!(parse(vendor, query, Some(kind), body), read, "the same bytes read differently");
    match read {
        Ok(hook) => bounded(&hook),
        Err(ParseError::TooLong) => assert!(body.len() + query.len() > MAX_HOOK_BYTES),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// SignalWire's signature over all bytes proves any body; nobody else's proves anything.
fn signatures(vendor: Vendor, kind: &str, body: &[u8]) {
    let keys = SmsKeys::new(vendor, [KEY.to_owned().into()]);
    let head = |signature: &str| -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", kind.parse().ok()?);
        headers.insert("x-twilio-signature", signature.parse().ok()?);
        Some(headers)
    };
    let key = |key: &str| hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    let signed = [URL.as_bytes(), body].concat();
    let wrong = STANDARD.encode(hmac::sign(&key("another key altogether"), &signed));
    let Some(headers) = head(&wrong) else { return };
    assert_eq!(verify_head(&headers, &keys), Ok(()));
    assert!(verify(&headers, URL, body, &keys).is_err(), "signed by somebody else");
    if vendor == Vendor::SignalWire {
        let tag = hmac::sign(&key(KEY), &signed);
        let hex: String = tag.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        let headers = head(&hex).expect("a header");
        assert!(verify(&headers, URL, body, &keys).is_ok(), "a right signature over any body");
        let longer = [body, b"x"].concat();
        assert!(verify(&headers, URL, &longer, &keys).is_err(), "a signature that fits two bodies");
    }
}

fn bounded(hook: &Hook) {
    assert!(hook.event_key().len() <= 3 * LONGEST.1);
    assert!(EMPTY_REPLY.contains("<Response/>"));
    match hook {
        Hook::Inbound(text) => {
            assert!(!text.sid.is_empty() && text.body.len() <= LONGEST.0 && !text.body.contains('\0'));
            let names = [&text.account, &text.channel, &text.service].into_iter().flatten();
            assert!(names.chain([&text.sid, &text.from, &text.to]).all(|name| name.len() <= LONGEST.1));
        }
        Hook::Status(update) => {
            let names = [&update.account, &update.to, &update.from, &update.service].into_iter().flatten();
            assert!(names.chain([&update.sid, &update.word]).all(|name| name.len() <= LONGEST.1));
            assert!(update.error_code != Some(0));
            if let Some(status) = update.status {
                assert_eq!(advance(status, status), frontdesk_providers::sms::Advance::Nothing);
            }
        }
    }
}
