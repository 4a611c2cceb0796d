//! Server messages on the wire: proof of origin, retries, and everything that can go wrong.

use super::super::{BackoffPlan, Faults, WebhookAuth};
use super::{Rig, order, outline, willing};
use axum::http::StatusCode;
use ring::hmac;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Mutex;

#[tokio::test]
async fn every_kind_of_proof_verifies() {
    let rig = Rig::with(|c| c.webhook_auth = WebhookAuth::Bearer("s1".into()), willing).await;
    rig.play("+14155550105").await;
    assert!(rig.arrived().iter().all(|a| a.headers["authorization"] == "Bearer s1"));
    assert!(rig.arrived().iter().all(|a| a.headers["content-type"] == "application/json"));

    let rig = Rig::with(|c| c.webhook_auth = WebhookAuth::XVapiSecret("s2".into()), willing).await;
    rig.play("+14155550105").await;
    assert!(rig.arrived().iter().all(|a| a.headers["x-vapi-secret"] == "s2"));

    let rig = Rig::with(|c| c.webhook_auth = WebhookAuth::Hmac("s3".into()), willing).await;
    rig.play("+14155550105").await;
    let arrived = rig.arrived();
    assert!(arrived.len() >= 4);
    for message in arrived {
        let timestamp = message.headers["x-timestamp"].to_str().unwrap();
        let signed = [timestamp.as_bytes(), b".", &message.raw].concat();
        let hex = message.headers["x-signature"].to_str().unwrap();
        let signature: Vec<u8> =
            (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect();
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"s3");
        hmac::verify(&key, &signed, &signature).unwrap();
    }
}

/// Refuses the first delivery of every status.
fn refuse_once() -> impl Fn(&Value) -> (StatusCode, Value) + Send + Sync {
    let seen = Mutex::new(HashSet::new());
    move |message| {
        let key = format!("{}{}{}", message["call"]["id"], message["type"], message["status"]);
        match seen.lock().unwrap().insert(key) {
            true => (StatusCode::SERVICE_UNAVAILABLE, json!({})),
            false => (StatusCode::OK, json!({})),
        }
    }
}

#[tokio::test]
async fn nothing_is_retried_without_a_plan() {
    let rig = Rig::with(|_| {}, refuse_once()).await;
    rig.play("+14155550105").await;
    let counters = rig.sandbox.counters();
    assert_eq!((counters.sent, counters.failed, counters.retried), (4, 4, 0));
}

#[tokio::test]
async fn a_plan_retries_what_was_refused() {
    let plan = BackoffPlan { exponential: true, max_retries: 3, base_delay_s: 1.0, excluded: vec![400] };
    let rig = Rig::with(|config| config.backoff = Some(plan), refuse_once()).await;
    rig.play("+14155550105").await;
    let counters = rig.sandbox.counters();
    assert_eq!((counters.sent, counters.delivered, counters.retried), (8, 4, 4));
}

#[tokio::test]
async fn an_assistants_plan_wins_and_excluded_statuses_are_final() {
    let rig = Rig::with(|_| {}, |_| (StatusCode::BAD_REQUEST, json!({}))).await;
    let url = rig.sandbox.shared.config.webhook_url.clone();
    let mut with_plan = order("+14155550105");
    let server = |excluded: Value| {
        json!({"url": url, "headers": {"X-Tenant": "a"}, "backoffPlan":
            {"type": "fixed", "maxRetries": 2, "baseDelaySeconds": 1, "excludedStatusCodes": excluded}})
    };
    with_plan["assistantOverrides"]["server"] = server(json!([]));
    rig.send("POST", "/call", with_plan.clone()).await;
    rig.sandbox.idle().await;
    assert_eq!(rig.sandbox.counters().retried, 8, "four messages, each retried twice");
    assert!(rig.arrived().iter().all(|a| a.headers["x-tenant"] == "a"));
    with_plan["assistantOverrides"]["server"] = server(json!([400]));
    rig.send("POST", "/call", with_plan).await;
    rig.sandbox.idle().await;
    assert_eq!(rig.sandbox.counters().retried, 8);
}

#[tokio::test]
async fn a_foreign_server_url_is_never_talked_to() {
    let rig = Rig::new().await;
    let mut foreign = order("+14155550105");
    foreign["assistantOverrides"]["server"] = json!({"url": "https://desk.example.com/webhooks/vapi"});
    let (_, call) = rig.send("POST", "/call", foreign).await;
    rig.sandbox.idle().await;
    assert_eq!(rig.messages(call["id"].as_str().unwrap()).len(), 4, "delivered to the organisation's");
    assert!(rig.sandbox.problems()[0].what.contains("outside this machine"));
}

#[tokio::test]
async fn duplicates_differ_in_their_presigned_addresses() {
    let rig = Rig::with(|config| config.faults.duplicate = 1.0, willing).await;
    let messages = rig.play("+14155550102").await;
    assert_eq!(rig.sandbox.counters().duplicated as usize * 2, messages.len());
    let reports: Vec<&Value> = messages.iter().filter(|m| m["type"] == "end-of-call-report").collect();
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[0]["transcript"], reports[1]["transcript"]);
    let presigned = |report: &Value| report["artifact"]["presignedMonoUrl"].as_str().unwrap().to_owned();
    assert_ne!(presigned(reports[0]), presigned(reports[1]));
}

#[tokio::test]
async fn messages_arrive_out_of_order_on_command() {
    let rig = Rig::with(|config| config.faults.reorder = 1.0, willing).await;
    let outline = outline(&rig.play("+14155550105").await);
    assert_eq!(outline, ["ringing", "queued", "end-of-call-report", "ended"]);
}

#[tokio::test]
async fn messages_are_lost_on_command_but_tools_are_asked() {
    let rig = Rig::with(|config| config.faults.drop = 1.0, willing).await;
    let messages = rig.play("+14155550101").await;
    assert!(!messages.is_empty() && messages.iter().all(|m| m["type"] == "tool-calls"));
    assert!(rig.sandbox.counters().dropped > 5);
    assert_eq!(rig.sandbox.counters().booked, 1);
}

#[tokio::test]
async fn a_forgotten_end_shows_only_when_it_is_read() {
    let rig = Rig::with(|config| config.faults.forget_end = 1.0, willing).await;
    let call = rig.place("+14155550102").await;
    let id = call["id"].as_str().unwrap();
    rig.sandbox.idle().await;
    assert_eq!(outline(&rig.messages(id)), ["queued", "ringing", "in-progress"]);
    assert_eq!(rig.sandbox.calls()[0].status, "in-progress");
    let (_, read) = rig.send("GET", &format!("/call/{id}"), Value::Null).await;
    assert_eq!(read["status"], "ended");
    assert!(read["analysis"]["summary"].is_string());
    assert_eq!(rig.sandbox.calls()[0].status, "ended");
}

#[tokio::test]
async fn a_receiver_that_is_away_stops_nothing() {
    let rig = Rig::with(|config| config.webhook_url = "http://127.0.0.1:9/gone".into(), willing).await;
    let call = rig.place("+14155550101").await;
    rig.sandbox.idle().await;
    let ended = rig.sandbox.call(call["id"].as_str().unwrap()).unwrap();
    assert_eq!(ended["status"], "ended");
    assert!(rig.sandbox.problems().iter().any(|p| p.what.starts_with("check_availability")));
    assert_eq!(rig.sandbox.counters().delivered, 0);
}

#[tokio::test]
async fn the_sandbox_stops_when_told_whatever_is_going_on() {
    let rig = Rig::with(|config| config.speed = 1.0, willing).await;
    rig.place("+14155550103").await;
    rig.sandbox.set_faults(Faults { stall_next: 1, ..Faults::default() }).unwrap();
    let stalled = tokio::spawn(rig.request("GET", "/call").send());
    rig.sandbox.until(|s| s.counters().stalled == 1).await;
    let sandbox = rig.sandbox.clone();
    drop(rig);
    sandbox.stopped().await;
    assert_eq!(stalled.await.unwrap().unwrap().status(), 503);
}
