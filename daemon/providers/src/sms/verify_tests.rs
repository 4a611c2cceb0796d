//! Signatures: the vectors of both vendors' libraries, and everything that must not verify.

use super::*;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;

const VECTORS: &str = include_str!("../../../../tests/fixtures/twilio/twilio_signature_vectors.json");
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const URL: &str = "https://desk.example/webhooks/sms";
const KEY: &str = "a key for signing";
const SHARED_ID: &str = "webhooks_sharedkey_00000000000000000000000001";

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pair = |(k, v): &(&'static str, &str)| {
        (HeaderName::from_static(k), HeaderValue::from_bytes(v.as_bytes()).unwrap())
    };
    pairs.iter().map(pair).collect()
}

fn vectors(list: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(VECTORS).unwrap()[list].as_array().unwrap().clone()
}

fn vector(name: &str) -> Value {
    vectors("vectors").into_iter().find(|v| v["name"] == name).unwrap()
}

fn content_type(vector: &Value) -> &'static str {
    if vector["kind"] == "json-bodySHA256" { "application/json" } else { FORM }
}

fn keys(vector: &Value) -> SmsKeys {
    let token = || vector["auth_token"].as_str().unwrap().to_owned().into();
    match vector["algorithm"].as_str() {
        Some(word) => {
            let none: [secrecy::SecretString; 0] = [];
            let algorithm = Algorithm::parse(word).unwrap();
            SmsKeys::new(Vendor::Twilio, none).with_shared_key(SHARED_ID, token(), algorithm)
        }
        None => SmsKeys::new(Vendor::Twilio, [token()]),
    }
}

fn check(vector: &Value, url: &str, body: &str) -> Result<Verified, Unverified> {
    let mut headers = headers(&[
        ("x-twilio-signature", vector["signature"].as_str().unwrap()),
        ("content-type", content_type(vector)),
    ]);
    for (name, value) in vector["headers"].as_object().into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.insert(name, value.as_str().unwrap().parse().unwrap());
    }
    assert_eq!(verify_head(&headers, &keys(vector)), Ok(()));
    verify(&headers, url, body.as_bytes(), &keys(vector))
}

fn sign(key: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

/// Signed by one key of ours over one text.
fn ours(vendor: Vendor, signed: &str, kind: &str, body: &str) -> Result<Verified, Unverified> {
    let headers = headers(&[("x-twilio-signature", &sign(KEY, signed)), ("content-type", kind)]);
    verify(&headers, URL, body.as_bytes(), &SmsKeys::new(vendor, [KEY.to_owned().into()]))
}

#[test]
fn the_vectors_of_twilios_library_hold() {
    let vectors = vectors("vectors");
    assert_eq!(vectors.len(), 13, "the fourteenth is the published one below");
    for vector in vectors {
        let (url, body) = (vector["url"].as_str().unwrap(), vector["body"].as_str().unwrap());
        assert_eq!(check(&vector, url, body), Ok(Verified { key: 0 }), "{}", vector["name"]);
    }
}

#[test]
fn the_published_examples_hold_for_both_vendors() {
    let body =
        "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309";
    let repeated = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    let json = r#"{"property": "value", "boolean": true}"#;
    let digest = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let address = |port: &str| format!("mycompany.com{port}/myapp.php?foo=1&bar=2");
    let cases = [
        (format!("https://{}", address("")), FORM, body, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (format!("https://{}", address("")), FORM, body, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (format!("https://{}", address(":443")), FORM, body, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (format!("http://{}", address("")), FORM, body, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (format!("http://{}", address(":1234")), FORM, body, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (format!("https://{}", address("")), FORM, repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (
            format!("https://{}&bodySHA256={digest}", address("")),
            "application/json",
            json,
            "a9nBmqA0ju/hNViExpshrM61xv4=",
        ),
    ];
    for (url, kind, body, signature) in cases {
        for vendor in Vendor::ALL {
            let headers = headers(&[("x-twilio-signature", signature), ("content-type", kind)]);
            let verified = verify(&headers, &url, body.as_bytes(), &SmsKeys::of_test(vendor, "12345"));
            assert!(verified.is_ok(), "{vendor} {url} {kind}");
        }
    }
}

#[test]
fn the_negative_vectors_do_not_verify() {
    let names: Vec<Value> = vectors("negative").iter().map(|v| v["name"].clone()).collect();
    assert_eq!(names, ["tampered_body", "http_scheme", "dropped_blank_params", "json_body_changed"]);
    let inbound = vector("inbound_sms");
    let (url, body) = (inbound["url"].as_str().unwrap(), inbound["body"].as_str().unwrap());
    let wrong = Err(Unverified::Wrong);
    assert_eq!(check(&inbound, url, &body.replace("Body=Msg", "Body=Msh")), wrong);
    assert_eq!(check(&inbound, &url.replace("https", "http"), body), wrong);
    assert_eq!(check(&inbound, url, &body.replace("&ToCity=", "").replace("&ToZip=", "")), wrong);
    let json = vector("json_body");
    let body = format!("{} ", json["body"].as_str().unwrap());
    assert_eq!(check(&json, json["url"].as_str().unwrap(), &body), wrong);
}

#[test]
fn the_cross_vectors_of_ports() {
    assert_eq!(vectors("cross").len(), 3);
    let [plain, standard, custom] =
        ["inbound_sms", "inbound_sms_with_port_443", "inbound_sms_custom_port"].map(vector);
    let (url, body) = (plain["url"].as_str().unwrap(), plain["body"].as_str().unwrap());
    assert!(check(&standard, url, body).is_ok());
    assert!(check(&custom, url, body).is_err());
    assert!(check(&plain, custom["url"].as_str().unwrap(), body).is_ok());
}

#[test]
fn signalwires_own_vectors_hold() {
    let key = "PSKtest1234567890abcdef";
    let keys = SmsKeys::new(Vendor::SignalWire, [key.to_owned().into()]);
    let call = r#"{"event":"call.state","params":{"call_id":"abc-123","state":"answered"}}"#;
    let url = "https://example.ngrok.io/webhook";
    let of = |header: &'static str, url: &str, body: &str, signature: &str, keys: &SmsKeys| {
        let headers = headers(&[(header, signature), ("content-type", "application/json")]);
        verify(&headers, url, body.as_bytes(), keys)
    };
    let hex = "c3c08c1fefaf9ee198a100d5906765a6f394bf0f";
    for header in ["x-signalwire-signature", "x-twilio-signature"] {
        assert!(of(header, url, call, hex, &keys).is_ok());
        assert!(of(header, url, &call.replace("abc", "abd"), hex, &keys).is_err());
    }
    let digest = "69f3cbfc18e386ef8236cb7008cd5a54b7fed637a8cb3373b5a1591d7f0fd5f4";
    let (with, signature) = (format!("{url}?bodySHA256={digest}"), "dfO9ek8mxyFtn2nMz24plPmPfIY=");
    assert!(of("x-signalwire-signature", &with, r#"{"event":"call.state"}"#, signature, &keys).is_ok());
    assert!(of("x-signalwire-signature", &with, r#"{"event":"call.ended"}"#, signature, &keys).is_err());
    let twilio = SmsKeys::new(Vendor::Twilio, [key.to_owned().into()]);
    assert_eq!(
        of("x-twilio-signature", url, call, hex, &twilio),
        Err(Unverified::Wrong),
        "not Twilio's scheme"
    );
    assert_eq!(of("x-signalwire-signature", url, call, hex, &twilio), Err(Unverified::Missing));
}

#[test]
fn repeats_in_signalwires_two_orders() {
    let body = "b=2&a=9&b=1&b=2";
    let (sorted, as_sent) = (format!("{URL}a9b1b2"), format!("{URL}a9b2b1b2"));
    assert!(ours(Vendor::SignalWire, &sorted, FORM, body).is_ok());
    assert!(ours(Vendor::SignalWire, &as_sent, FORM, body).is_ok());
    assert!(ours(Vendor::Twilio, &sorted, FORM, body).is_ok());
    assert!(ours(Vendor::Twilio, &as_sent, FORM, body).is_err());
}

#[test]
fn a_signature_over_the_address_alone_proves_no_body() {
    for vendor in Vendor::ALL {
        for (kind, body) in [("application/json", "{}"), ("text/plain", "x=1"), (FORM, "x=1"), ("", "x=1")] {
            assert_eq!(ours(vendor, URL, kind, body), Err(Unverified::Wrong), "{vendor} {kind}");
        }
        assert!(ours(vendor, URL, FORM, "").is_ok(), "a GET has no body");
    }
}

#[test]
fn o15_a_missing_signature_is_told_from_the_head() {
    let keys = SmsKeys::new(Vendor::Twilio, [KEY.to_owned().into()]);
    assert_eq!(verify_head(&headers(&[("content-type", FORM)]), &keys), Err(Unverified::Missing));
    for nonsense in ["", "zz", "AAAA", "c3c08c1fefaf9ee198a100d5906765a6f394bf0f"] {
        let head = headers(&[("x-twilio-signature", nonsense)]);
        assert_eq!(verify_head(&head, &keys), Err(Unverified::Wrong), "{nonsense}");
    }
    assert_eq!(verify_head(&headers(&[("x-twilio-signature", &sign(KEY, ""))]), &keys), Ok(()));
}

#[test]
fn two_keys_rotate_and_nothing_configured_fails_closed() {
    let head = headers(&[("x-twilio-signature", &sign(KEY, &format!("{URL}a1"))), ("content-type", FORM)]);
    let rotating = ["the new key", KEY].map(|key| key.to_owned().into());
    let verified = verify(&head, URL, b"a=1", &SmsKeys::new(Vendor::Twilio, rotating));
    assert_eq!(verified, Ok(Verified { key: 1 }));
    for short in ["", "  ", "short"] {
        let none = SmsKeys::new(Vendor::Twilio, [short.to_owned().into()]);
        assert!(none.is_empty());
        assert_eq!(verify(&head, URL, b"a=1", &none), Err(Unverified::NotConfigured));
    }
}

#[test]
fn shared_keys_are_taken_only_as_configured() {
    let vector = vector("sharedkey_sha256_form");
    let (url, body) = (vector["url"].as_str().unwrap(), vector["body"].as_str().unwrap().as_bytes());
    let secret = || vector["auth_token"].as_str().unwrap().to_owned().into();
    let with = |settings: &str, keys: &SmsKeys| {
        let signature = vector["signature"].as_str().unwrap();
        let head = headers(&[
            ("x-twilio-signature", signature),
            ("x-twilio-webhooks-signature-settings", settings),
            ("content-type", FORM),
        ]);
        verify(&head, url, body, keys)
    };
    let token = SmsKeys::new(Vendor::Twilio, [KEY.to_owned().into()]);
    let named = format!("key={SHARED_ID},algorithm=HMAC_SHA256");
    assert_eq!(with(&named, &token), Err(Unverified::UnknownKey), "no shared key is configured");
    let shared = token.clone().with_shared_key(SHARED_ID, secret(), Algorithm::Sha256);
    assert_eq!(with(&named, &shared), Ok(Verified { key: 1 }));
    assert_eq!(with(&named.replace("SHA256", "SHA1"), &shared), Err(Unverified::UnknownKey), "weaker");
    assert_eq!(with("key=other,algorithm=HMAC_SHA256", &shared), Err(Unverified::UnknownKey));
    assert_eq!(with(&format!("key={SHARED_ID}"), &shared), Err(Unverified::Wrong), "the auth token's then");
    let weak = token.with_shared_key(SHARED_ID, secret(), Algorithm::Sha1);
    assert_eq!(with(&named, &weak), Err(Unverified::UnknownKey));
}

#[test]
fn debug_shows_no_key() {
    let keys = SmsKeys::new(Vendor::Twilio, [KEY.to_owned().into()]).with_shared_key(
        "id",
        "another key".to_owned().into(),
        Algorithm::Sha256,
    );
    let shown = format!("{keys:?}");
    assert!(!shown.contains(KEY) && !shown.contains("another key"), "{shown}");
}

proptest::proptest! {
    #[test]
    fn a_changed_byte_of_body_or_address_never_verifies(
        at in 0usize..1_000, with in proptest::prelude::any::<u8>(), in_body in proptest::prelude::any::<bool>(),
    ) {
        let vector = vector("status_delivered_query");
        let (url, body) = (vector["url"].as_str().unwrap(), vector["body"].as_str().unwrap());
        let mut bytes = if in_body { body } else { url }.as_bytes().to_vec();
        let at = at % bytes.len();
        // A plus for %20, or the case of a hexadecimal digit, means the same; nothing else does.
        let same = |bytes: &[u8]| form::pairs(bytes);
        let before = same(&bytes);
        bytes[at] = with;
        proptest::prop_assume!(std::str::from_utf8(&bytes).is_ok());
        proptest::prop_assume!(if in_body { same(&bytes) != before } else { bytes != url.as_bytes() });
        let changed = String::from_utf8(bytes).unwrap();
        let (url, body) = if in_body { (url, changed.as_str()) } else { (changed.as_str(), body) };
        proptest::prop_assert!(check(&vector, url, body).is_err(), "{} {}", url, body);
    }

    #[test]
    fn garbage_never_verifies_and_never_panics(
        signature in "[ -~]{0,60}", url in "\\PC{0,80}", body in proptest::collection::vec(0u8.., 0..200),
        kind in proptest::sample::select(vec![FORM, "application/json", ""]),
    ) {
        for vendor in Vendor::ALL {
            let keys = SmsKeys::new(vendor, [KEY.to_owned().into()]);
            let head = headers(&[("x-twilio-signature", &signature), ("content-type", kind)]);
            proptest::prop_assert!(verify(&head, &url, &body, &keys).is_err());
        }
    }
}
