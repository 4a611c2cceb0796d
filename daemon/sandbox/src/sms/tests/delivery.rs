//! Webhooks on the wire: proof of origin, order, and everything that can go wrong.

use super::super::{Course, Faults, Vendor};
use super::{Arrived, PERSON, Rig, SIGNALWIRE, SIGNING_KEY, TOKEN, TWILIO};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// The signature that a form must carry, worked out from what arrived.
fn expected(rig: &Rig, key: &str, arrived: &Arrived) -> String {
    let (origin, _) = rig.hooks.split_at(rig.hooks.rfind("/webhooks").unwrap());
    let mut fields: Vec<(String, String)> = arrived.fields().into_iter().collect();
    fields.sort();
    let pairs: String = fields.iter().map(|(k, v)| format!("{k}{v}")).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{origin}{}{pairs}", arrived.uri).as_bytes()))
}

#[tokio::test]
async fn every_webhook_is_signed_by_its_vendor() {
    let rig = Rig::new().await;
    rig.send(Vendor::Twilio, PERSON, "1").await;
    rig.sandbox.inbound(PERSON, TWILIO, "thanks");
    rig.sandbox.idle().await;
    let arrived = rig.arrived();
    assert_eq!(arrived.len(), 3);
    for webhook in &arrived {
        assert_eq!(webhook.headers["x-twilio-signature"], expected(&rig, TOKEN, webhook).as_str());
    }
    let rig = Rig::new().await;
    rig.send(Vendor::SignalWire, PERSON, "1").await;
    rig.sandbox.inbound(PERSON, SIGNALWIRE, "thanks");
    rig.sandbox.idle().await;
    assert_eq!(rig.arrived().len(), 4);
    for webhook in &rig.arrived() {
        assert_eq!(webhook.headers["x-signalwire-signature"], expected(&rig, SIGNING_KEY, webhook).as_str());
    }
}

#[tokio::test]
async fn signalwire_as_json_is_signed_over_its_bytes() {
    let rig = Rig::with(|config| config.signalwire_json = true, |_| StatusCode::OK).await;
    rig.send(Vendor::SignalWire, PERSON, "1").await;
    rig.sandbox.idle().await;
    let arrived = &rig.arrived()[0];
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SIGNING_KEY.as_bytes());
    let signed = [format!("{}?m=1", rig.hooks).as_bytes(), &arrived.raw].concat();
    let hex: String = hmac::sign(&key, &signed).as_ref().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(arrived.headers["x-signalwire-signature"], hex.as_str());
    assert_eq!(arrived.fields()["NumSegments"], "1");
}

#[tokio::test]
async fn a_text_passes_through_its_statuses_and_the_first_is_not_told() {
    let rig = Rig::new().await;
    rig.send(Vendor::Twilio, PERSON, "42").await;
    rig.sandbox.idle().await;
    assert_eq!(rig.words(), ["sent", "delivered"]);
    assert!(rig.arrived().iter().all(|a| a.uri.query() == Some("m=42")));
    assert_eq!(rig.sandbox.copies("42"), 1);
}

#[tokio::test]
async fn every_failure_has_its_code() {
    for (course, code) in [
        (Course::Unreachable, "30003"),
        (Course::Landline, "30006"),
        (Course::Filtered, "30007"),
        (Course::Unregistered, "30034"),
        (Course::OptedOutLater, "21610"),
        (Course::Contradicts, "30008"),
    ] {
        let rig = Rig::new().await;
        rig.sandbox.force(PERSON, Some(course));
        rig.send(Vendor::Twilio, PERSON, "1").await;
        rig.sandbox.idle().await;
        assert_eq!(rig.arrived().last().unwrap().fields()["ErrorCode"], code);
    }
}

#[tokio::test]
async fn s4_a_failure_told_again_without_its_reason() {
    let rig = Rig::new().await;
    rig.sandbox.force(PERSON, Some(Course::ForgetsReason));
    rig.send(Vendor::Twilio, PERSON, "1").await;
    rig.sandbox.idle().await;
    let codes: Vec<Option<String>> = rig.arrived().iter().map(|a| a.fields().remove("ErrorCode")).collect();
    assert_eq!(codes, [Some("30007".to_owned()), None]);
}

#[tokio::test]
async fn s9_a_text_of_no_more_use_never_arrives() {
    let rig = Rig::with(|config| config.speed = 10_000_000.0, |_| StatusCode::OK).await;
    rig.sandbox.force(PERSON, Some(Course::Late));
    let callback = format!("{}?m=1", rig.hooks);
    let form = [
        ("To", PERSON),
        ("From", TWILIO),
        ("Body", "Hi"),
        ("ValidityPeriod", "3600"),
        ("StatusCallback", &callback),
    ];
    rig.request(Vendor::Twilio, "POST", "Messages").form(&form).send().await.unwrap();
    rig.sandbox.idle().await;
    assert_eq!(rig.words(), ["sent", "undelivered"]);
    assert_eq!(rig.sandbox.texts()[0].error_code, Some(30036));
}

#[tokio::test]
async fn s2_a_callback_before_our_answer() {
    let rig = Rig::new().await;
    rig.sandbox.set_faults(Faults { callback_before_answer: 1, ..Faults::default() }).unwrap();
    rig.send(Vendor::Twilio, PERSON, "1").await;
    assert!(!rig.arrived().is_empty(), "the answer came after the first callback");
}

#[tokio::test]
async fn s3_callbacks_out_of_order_twice_and_lost() {
    let rig = Rig::new().await;
    rig.sandbox.set_faults(Faults { reorder: 1.0, ..Faults::default() }).unwrap();
    rig.send(Vendor::Twilio, PERSON, "1").await;
    rig.sandbox.idle().await;
    assert_eq!(rig.words(), ["delivered", "sent"]);

    let rig = Rig::new().await;
    rig.sandbox.set_faults(Faults { duplicate: 1.0, ..Faults::default() }).unwrap();
    rig.send(Vendor::Twilio, PERSON, "1").await;
    rig.sandbox.idle().await;
    assert_eq!(rig.words(), ["sent", "sent", "delivered", "delivered"]);
    let token = |at: usize| rig.arrived()[at].headers["i-twilio-idempotency-token"].clone();
    assert!(token(0) == token(1) && token(1) != token(2));

    let rig = Rig::new().await;
    rig.sandbox.set_faults(Faults { drop: 1.0, ..Faults::default() }).unwrap();
    rig.send(Vendor::Twilio, PERSON, "1").await;
    rig.sandbox.inbound(PERSON, TWILIO, "I am no callback");
    rig.sandbox.idle().await;
    assert_eq!(rig.arrived().len(), 1);
    assert_eq!(rig.sandbox.counters().dropped, 2);
}

#[tokio::test]
async fn s18_twilio_does_not_repeat_what_was_refused_and_signalwire_does() {
    let refuse = |_| StatusCode::SERVICE_UNAVAILABLE;
    let rig = Rig::with(|_| {}, refuse).await;
    rig.send(Vendor::Twilio, PERSON, "1").await;
    rig.sandbox.idle().await;
    assert_eq!(rig.arrived().len(), 2);
    let rig = Rig::with(|_| {}, refuse).await;
    rig.send(Vendor::SignalWire, PERSON, "1").await;
    rig.sandbox.idle().await;
    assert_eq!(rig.arrived().len(), 9, "three callbacks, three times each");
}

#[tokio::test]
async fn a_real_address_is_signed_for_and_delivered_here() {
    let rig = Rig::new().await;
    let form = [
        ("To", PERSON),
        ("From", TWILIO),
        ("Body", "Hi"),
        ("StatusCallback", "https://desk.example.com/webhooks/sms?m=1#rc=2"),
    ];
    rig.request(Vendor::Twilio, "POST", "Messages").form(&form).send().await.unwrap();
    rig.sandbox.idle().await;
    let arrived = &rig.arrived()[0];
    assert_eq!(arrived.uri, "/webhooks/sms?m=1");
    assert_ne!(arrived.headers["x-twilio-signature"], expected(&rig, TOKEN, arrived).as_str());
}

#[tokio::test]
async fn the_sandbox_stops_when_told_whatever_is_going_on() {
    let rig = Rig::with(|config| config.speed = 1.0, |_| StatusCode::OK).await;
    rig.send(Vendor::Twilio, PERSON, "1").await;
    rig.sandbox.set_faults(Faults { stall_next: 1, ..Faults::default() }).unwrap();
    let stalled = tokio::spawn(rig.request(Vendor::Twilio, "GET", "Messages").send());
    rig.sandbox.until(|s| s.counters().stalled == 1).await;
    let sandbox = rig.sandbox.clone();
    drop(rig);
    sandbox.stopped().await;
    assert_eq!(stalled.await.unwrap().unwrap().status(), 503);
}
