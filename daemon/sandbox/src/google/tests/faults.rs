//! What goes wrong on command, and the knobs for another process.

use super::{HOUR, Rig, event, read, reason};
use crate::google::{CALENDAR_ID, Effect, Fault, Op};
use serde_json::{Value, json};

#[tokio::test]
async fn requests_are_refused_for_a_reason_and_a_number_of_times() {
    let rig = Rig::new().await;
    for (status, why) in [
        (403, "rateLimitExceeded"),
        (403, "quotaExceeded"),
        (404, "notFound"),
        (410, "fullSyncRequired"),
        (429, "rateLimitExceeded"),
        (503, "backendError"),
    ] {
        let effect = Effect::Refuse { status, reason: why.into(), retry_after_s: Some(7) };
        rig.sandbox.fault(Fault::next(Op::List, effect));
        let (got, body) = rig.events("GET", "", Value::Null).await;
        assert_eq!((got, reason(&body)), (status, why));
    }
    assert_eq!(rig.events("GET", "", Value::Null).await.0, 200);
}

#[tokio::test]
async fn k11_an_answer_is_lost_after_the_event_was_written() {
    let rig = Rig::new().await;
    rig.sandbox.fault(Fault::next(Op::Insert, Effect::LoseAnswer));
    let request = rig.request("POST", &format!("/calendars/{CALENDAR_ID}/events"));
    assert!(request.json(&event("event1", rig.now_ms())).send().await.is_err());
    assert_eq!(rig.sandbox.events(CALENDAR_ID).len(), 1);
    let (status, body) = rig.events("POST", "", event("event1", rig.now_ms())).await;
    assert_eq!((status, reason(&body)), (409, "duplicate"));
}

#[tokio::test]
async fn a_request_that_is_stalled_is_not_carried_out() {
    let rig = Rig::new().await;
    rig.sandbox.fault(Fault::next(Op::Insert, Effect::Stall));
    rig.sandbox.fault(Fault { op: Some(Op::Get), effect: Effect::Delay(1), count: 1 });
    let request = rig
        .request("POST", &format!("/calendars/{CALENDAR_ID}/events"))
        .timeout(std::time::Duration::from_millis(50));
    assert!(request.json(&event("event1", rig.now_ms())).send().await.unwrap_err().is_timeout());
    assert_eq!(rig.events("GET", "/event1", Value::Null).await.0, 404);
}

#[tokio::test]
async fn another_process_turns_the_same_knobs() {
    let rig = Rig::new().await;
    let base = rig.sandbox.calendar_base_url().replace("/calendar/v3", "/sandbox");
    let send = |method: &str, path: &str, body: Value| {
        rig.http.request(method.parse().unwrap(), format!("{base}{path}")).json(&body).send()
    };
    let faults =
        json!([{"op": "list", "effect": {"refuse": {"status": 401, "reason": "authError"}}, "count": 2}]);
    assert_eq!(send("PUT", "/faults", faults).await.unwrap().status(), 200);
    assert_eq!(rig.events("GET", "", Value::Null).await.0, 401);
    assert_eq!(send("PUT", "/faults", json!([])).await.unwrap().status(), 200);
    let events = format!("/calendars/{CALENDAR_ID}/events");
    let (status, made) = read(send("POST", &events, event("x", rig.now_ms() + HOUR)).await.unwrap()).await;
    assert_eq!(status, 201);
    let one = format!("{events}/{}", made["id"].as_str().unwrap());
    assert_eq!(send("PUT", &one, json!({"summary": "Ann"})).await.unwrap().status(), 200);
    assert_eq!(send("DELETE", &one, Value::Null).await.unwrap().status(), 204);
    assert_eq!(send("DELETE", &one, Value::Null).await.unwrap().status(), 404);
    let access = format!("/calendars/{CALENDAR_ID}/access");
    assert_eq!(send("PUT", &access, json!("none")).await.unwrap().status(), 204);
    assert_eq!(rig.events("GET", "", Value::Null).await.0, 404);
}
