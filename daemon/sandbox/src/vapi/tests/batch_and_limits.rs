//! Batches, concurrency in its three documented behaviours, daily limits, schedules, bounds.

use super::super::WhenFull;
use super::{Rig, TALKER, order, outline, willing};
use crate::clock::{Clock, iso};
use serde_json::{Value, json};

#[tokio::test]
async fn a_batch_answers_with_results_and_errors() {
    let rig = Rig::new().await;
    let mut batch = order("+14155550103");
    batch.as_object_mut().unwrap().remove("customer");
    batch["customers"] =
        json!([{"number": "+14155550103"}, {"number": "nonsense"}, {"number": "+14155550105"}]);
    let (status, answer) = rig.send("POST", "/call", batch).await;
    assert_eq!(status, 201);
    assert_eq!(answer["results"].as_array().unwrap().len(), 2);
    assert_eq!(answer["errors"][0]["customer"]["number"], "nonsense");
    assert!(answer["errors"][0]["error"].as_str().unwrap().contains("E.164"));
    assert_eq!(answer["subscriptionLimits"]["concurrencyLimit"], 10);
    assert!(answer["id"].is_null());
}

#[tokio::test]
async fn beyond_the_slots_a_call_waits_its_turn() {
    let rig = Rig::with(|config| (config.concurrency, config.speed) = (1, 100.0), willing).await;
    let first = rig.place(TALKER).await;
    let second = rig.place("+14155550105").await;
    assert_eq!(
        first["subscriptionLimits"],
        json!({"concurrencyBlocked": false, "concurrencyLimit": 1, "remainingConcurrentCalls": 0})
    );
    assert_eq!(second["subscriptionLimits"]["concurrencyBlocked"], true);
    rig.hang_up(&first).await;
    rig.sandbox.idle().await;
    let arrived = rig.arrived();
    let position = |id: &Value, status: &str| {
        arrived.iter().position(|a| a.message["call"]["id"] == *id && a.message["status"] == status).unwrap()
    };
    assert!(position(&second["id"], "queued") < position(&second["id"], "ringing"));
    assert!(position(&first["id"], "in-progress") < position(&second["id"], "ringing"));
    assert_eq!(rig.sandbox.calls()[1].ended_reason.as_deref(), Some("customer-busy"));
}

#[tokio::test]
async fn beyond_the_slots_a_call_ends_or_is_refused_when_asked_to() {
    let tight = |when| {
        move |config: &mut super::SandboxConfig| {
            (config.concurrency, config.when_full, config.speed) = (1, when, 100.0);
        }
    };
    let rig = Rig::with(tight(WhenFull::EndCall), willing).await;
    let first = rig.place(TALKER).await;
    let blocked = rig.place("+14155550103").await;
    let id = blocked["id"].as_str().unwrap();
    rig.hang_up(&first).await;
    rig.sandbox.idle().await;
    let messages = rig.messages(id);
    assert_eq!(outline(&messages), ["ended", "end-of-call-report"]);
    assert_eq!(messages[1]["endedReason"], "call.start.error-subscription-concurrency-limit-reached");

    let rig = Rig::with(tight(WhenFull::Refuse), willing).await;
    rig.place(TALKER).await;
    let (status, body) = rig.send("POST", "/call", order("+14155550103")).await;
    assert_eq!((status, &body["message"]), (400, &json!("Over Concurrency Limit")));
    assert_eq!(rig.sandbox.calls().len(), 1);
}

#[tokio::test]
async fn a_bought_number_places_ten_calls_a_day() {
    let rig = Rig::with(|config| config.phone_numbers[0]["provider"] = "vapi".into(), willing).await;
    for _ in 0..10 {
        rig.place("+14155550105").await;
    }
    let (status, body) = rig.send("POST", "/call", order("+14155550105")).await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({"message": "Couldn't Start Call. Numbers Bought On Vapi Have A Daily Outbound Call Limit. \
               Import Your Own Twilio Numbers To Scale Without Limits.",
               "error": "Bad Request", "statusCode": 400})
    );
    assert_eq!(rig.sandbox.calls().len(), 10);
}

#[tokio::test]
async fn a_scheduled_call_waits_and_can_be_cancelled() {
    let rig = Rig::new().await;
    let mut scheduled = order("+14155550105");
    let in_an_hour = Clock::new(1.0).now_ms() + 3_600_000;
    scheduled["schedulePlan"] = json!({"earliestAt": iso(in_an_hour)});
    let (status, call) = rig.send("POST", "/call", scheduled).await;
    assert_eq!((status, &call["status"]), (201, &json!("scheduled")));
    let id = call["id"].as_str().unwrap();
    assert_eq!(rig.send("DELETE", &format!("/call/{id}"), Value::Null).await.0, 200);
    rig.sandbox.idle().await;
    assert_eq!(rig.sandbox.call(id).unwrap()["endedReason"], "scheduled-call-deleted");
    assert_eq!(outline(&rig.messages(id)), ["scheduled", "ended", "end-of-call-report"]);
}

#[tokio::test]
async fn memory_is_bounded() {
    let rig = Rig::with(|config| (config.keep_ended, config.max_live) = (3, 2), willing).await;
    for _ in 0..5 {
        rig.play("+14155550105").await;
    }
    assert_eq!(rig.sandbox.calls().len(), 3);
    assert_eq!(rig.sandbox.counters().ended, 5);
    let mut batch = order("+14155550103");
    batch.as_object_mut().unwrap().remove("customer");
    batch["customers"] =
        json!([{"number": "+14155550103"}, {"number": "+14155550103"}, {"number": "+14155550103"}]);
    let response = rig.request("POST", "/call").json(&batch).send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert!(response.headers().contains_key("retry-after"));
}

/// A thousand at once here; ten thousand pass too, but take a debug build most of a minute.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_run_at_once() {
    let many = 1_000;
    let rig = Rig::with(|config| (config.concurrency, config.speed) = (many, 20.0), willing).await;
    let mut batch = order("+14155550103");
    batch.as_object_mut().unwrap().remove("customer");
    batch["customers"] = (0..many).map(|_| json!({"number": "+14155550103"})).collect();
    let (status, answer) = rig.send("POST", "/call", batch).await;
    assert_eq!((status, answer["results"].as_array().unwrap().len()), (201, many));
    rig.sandbox.idle().await;
    let counters = rig.sandbox.counters();
    assert_eq!((counters.ended, counters.delivered), (many as u64, 4 * many as u64));
    assert_eq!(counters.failed, 0);
}
