//! The vendor's API: shapes, errors, lists, assistants.

use super::super::{ASSISTANT_ID, PHONE_NUMBER_ID, Refuse};
use super::super::{Faults, SandboxConfig};
use super::{Rig, TALKER, order, willing};
use serde_json::{Value, json};

#[tokio::test]
async fn a_placed_call_has_the_documented_shape() {
    let rig = Rig::new().await;
    let call = rig.place("+14155550103").await;
    let id = call["id"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    for (key, value) in [
        ("type", json!("outboundPhoneCall")),
        ("status", json!("queued")),
        ("cost", json!(0)),
        ("assistantId", json!(ASSISTANT_ID)),
        ("phoneNumberId", json!(PHONE_NUMBER_ID)),
        ("name", json!("fd-1")),
        ("phoneCallProvider", json!("twilio")),
        ("phoneCallTransport", json!("pstn")),
        (
            "subscriptionLimits",
            json!({"concurrencyBlocked": false, "concurrencyLimit": 10, "remainingConcurrentCalls": 9}),
        ),
    ] {
        assert_eq!(call[key], value, "{key}");
    }
    assert!(call["phoneCallProviderId"].as_str().unwrap().starts_with("CA"));
    assert_eq!(call["monitor"]["controlUrl"], format!("{}/control/{id}", rig.sandbox.base_url()));
    assert!(call["monitor"]["listenUrl"].as_str().unwrap().starts_with("ws://"));
    assert!(call["startedAt"].is_null() && call["endedAt"].is_null());
    let placed = &rig.sandbox.calls()[0];
    assert_eq!((placed.name.as_deref(), placed.external_id.as_deref()), (Some("fd-1"), Some("attempt-1")));
    assert_eq!(placed.number, "+14155550103");
}

#[tokio::test]
async fn an_ended_call_can_be_read_with_its_results() {
    let rig = Rig::new().await;
    let call = rig.place("+14155550102").await;
    rig.sandbox.idle().await;
    let path = format!("/call/{}", call["id"].as_str().unwrap());
    let (status, read) = rig.send("GET", &path, Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!(read["status"], "ended");
    assert!(read["cost"].as_f64().unwrap() > 0.0);
    assert!(read["duration"].is_null(), "the vendor has no such field");
    for key in ["startedAt", "endedAt", "endedReason", "transcript", "summary", "recordingUrl"] {
        assert!(read[key].is_string(), "{key}");
    }
    for key in ["analysis", "artifact", "costBreakdown", "monitor", "transport"] {
        assert!(read[key].is_object(), "{key}");
    }
    let response = rig.request("GET", &format!("{path}/mono-recording")).send().await.unwrap();
    assert_eq!(response.status(), 302);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let file = rig.http.get(location).send().await.unwrap().bytes().await.unwrap();
    assert!(file.starts_with(b"RIFF") && file.len() == 8_044);
}

#[tokio::test]
async fn refusals_have_the_vendors_shapes() {
    let rig = Rig::new().await;
    let mut bad = order("4155550100");
    let (status, body) = rig.send("POST", "/call", bad.clone()).await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({"message": ["customer.number must be a valid phone number in the E.164 format. Hot tip, you \
               may be missing the country code (Eg. US: +1)."], "error": "Bad Request", "statusCode": 400})
    );
    bad = order("+14155550103");
    bad.as_object_mut().unwrap().remove("assistantId");
    let (status, body) = rig.send("POST", "/call", bad).await;
    assert_eq!((status, body["message"].is_string()), (400, true), "a policy error is one string");
    for (path, method) in
        [("/call/none", "GET"), ("/call/none", "PATCH"), ("/call/none", "DELETE"), ("/nothing", "GET")]
    {
        let body = if method == "PATCH" { json!({"name": "x"}) } else { Value::Null };
        let (status, body) = rig.send(method, path, body).await;
        assert_eq!((status, body["statusCode"].as_u64()), (404, Some(404)), "{method} {path}");
    }
    let response = rig.request("POST", "/call").body("{nonsense").send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(rig.sandbox.calls(), [], "nothing was placed");
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_knobs_need_none() {
    let rig = Rig::new().await;
    let url = format!("{}/call", rig.sandbox.base_url());
    for request in [rig.http.get(&url), rig.http.get(&url).bearer_auth("public-key")] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["statusCode"], 401);
    }
    let health = rig.http.get(format!("{}/sandbox/health", rig.sandbox.base_url())).send().await.unwrap();
    let health: Value = health.json().await.unwrap();
    assert_eq!((&health["ok"], &health["idle"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn lists_are_plain_arrays_newest_first_and_filtered() {
    let rig = Rig::with(|config| config.concurrency = 50, willing).await;
    let other = "00000000-0000-4000-8000-000000000001";
    let mut ids = Vec::new();
    for i in 0..5 {
        let mut order = order("+14155550105");
        if i == 2 {
            order["assistantId"] = other.into();
        }
        let (_, call) = rig.send("POST", "/call", order).await;
        ids.push(call["id"].as_str().unwrap().to_owned());
    }
    rig.sandbox.idle().await;
    let list = async |query: &str| {
        let (status, body) = rig.send("GET", &format!("/call?{query}"), Value::Null).await;
        assert_eq!(status, 200, "{body}");
        let calls = body.as_array().unwrap().clone();
        calls.iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let newest_first: Vec<String> = ids.iter().rev().cloned().collect();
    assert_eq!(list("").await, newest_first);
    assert_eq!(list("limit=2").await, newest_first[..2]);
    assert_eq!(list(&format!("assistantId={other}")).await, [ids[2].clone()]);
    assert_eq!(list(&format!("id={}", ids[1])).await, [ids[1].clone()]);
    assert_eq!(list(&format!("phoneNumberId={PHONE_NUMBER_ID}")).await.len(), 5);
    let (_, first) = rig.send("GET", &format!("/call/{}", ids[0]), Value::Null).await;
    let at = first["createdAt"].as_str().unwrap();
    assert!(list(&format!("createdAtGe={at}")).await.contains(&ids[0]));
    assert!(!list(&format!("createdAtGt={at}")).await.contains(&ids[0]));
    assert!(list(&format!("createdAtLe={at}")).await.contains(&ids[0]));
    assert!(list(&format!("createdAtLt={at}")).await.is_empty());
    let at = first["updatedAt"].as_str().unwrap();
    assert!(list(&format!("updatedAtGe={at}")).await.contains(&ids[0]));
    for query in
        ["limit=1001", "limit=x", "createdAtGt=soon", "colour=red", "createdAtNe=2026-01-01T00:00:00Z"]
    {
        let (status, body) = rig.send("GET", &format!("/call?{query}"), Value::Null).await;
        assert_eq!((status, body["message"].is_array()), (400, true), "{query}");
    }
}

#[tokio::test]
async fn only_the_name_can_be_changed_and_ended_calls_can_be_erased() {
    let rig = Rig::with(|config| config.speed = 100.0, willing).await;
    let call = rig.place(TALKER).await;
    let path = format!("/call/{}", call["id"].as_str().unwrap());
    let (status, _) = rig.send("DELETE", &path, Value::Null).await;
    assert_eq!(status, 400, "the call is under way");
    rig.hang_up(&call).await;
    rig.sandbox.idle().await;
    let (status, renamed) = rig.send("PATCH", &path, json!({"name": "fd-2"})).await;
    assert_eq!((status, &renamed["name"]), (200, &json!("fd-2")));
    let (status, _) = rig.send("PATCH", &path, json!({"status": "ended"})).await;
    assert_eq!(status, 400);
    let (status, erased) = rig.send("DELETE", &path, Value::Null).await;
    assert_eq!((status, &erased["id"]), (200, &call["id"]));
    assert_eq!(rig.send("GET", &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn assistants_can_be_cloned() {
    let rig = Rig::new().await;
    let (status, mut assistant) = rig.send("GET", &format!("/assistant/{ASSISTANT_ID}"), Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!(rig.send("POST", "/assistant", assistant.clone()).await.0, 400, "read-only fields");
    for key in ["id", "orgId", "createdAt", "updatedAt"] {
        assistant.as_object_mut().unwrap().remove(key);
    }
    assistant["name"] = "Clone".into();
    let (status, clone) = rig.send("POST", "/assistant", assistant).await;
    assert_eq!(status, 201);
    let path = format!("/assistant/{}", clone["id"].as_str().unwrap());
    assert_eq!(rig.send("GET", &path, Value::Null).await.1, clone);
    let (_, changed) = rig.send("PATCH", &path, json!({"firstMessage": "Hello."})).await;
    assert_eq!((&changed["firstMessage"], &changed["name"]), (&json!("Hello."), &json!("Clone")));
    assert_eq!(rig.send("GET", "/assistant", Value::Null).await.1.as_array().unwrap().len(), 2);
    let (status, number) = rig.send("GET", &format!("/phone-number/{PHONE_NUMBER_ID}"), Value::Null).await;
    assert_eq!((status, &number["provider"]), (200, &json!("twilio")));
}

#[tokio::test]
async fn unknown_ids_are_refused_only_when_asked_to() {
    let unknown = "00000000-0000-4000-8000-000000000001";
    let strict = |config: &mut SandboxConfig| config.known_ids_only = true;
    let rig = Rig::with(strict, willing).await;
    for key in ["assistantId", "phoneNumberId"] {
        let mut order = order("+14155550103");
        order[key] = unknown.into();
        let (status, body) = rig.send("POST", "/call", order).await;
        assert_eq!(status, 400);
        assert!(body["message"].as_str().unwrap().contains("Does Not Exist"));
    }
    assert_eq!(rig.send("GET", &format!("/assistant/{unknown}"), Value::Null).await.0, 404);
}

#[tokio::test]
async fn requests_fail_stall_and_lose_their_answers_on_command() {
    let rig = Rig::new().await;
    let refuse = |status| Some(Refuse { status, count: 1, retry_after_s: 7 });
    for status in [429, 500, 503] {
        rig.sandbox.set_faults(Faults { refuse: refuse(status), ..Faults::default() }).unwrap();
        let response = rig.request("POST", "/call").json(&order("+14155550103")).send().await.unwrap();
        assert_eq!(response.status(), status);
        let retry_after = response.headers().get("retry-after").map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(retry_after.as_deref(), (status != 500).then_some("7"));
    }
    assert!(rig.sandbox.calls().is_empty());

    let lost = json!({"lose_response_after_placing": 1});
    assert_eq!(rig.send("PUT", "/sandbox/faults", lost).await.0, 200);
    let error = rig.request("POST", "/call").json(&order("+14155550103")).send().await.unwrap_err();
    assert!(!error.is_connect() && !error.is_timeout(), "the connection was closed without an answer");
    assert_eq!(rig.sandbox.calls().len(), 1, "but the call was placed");
    let (_, found) = rig.send("GET", "/call?createdAtGt=2026-01-01T00:00:00Z", Value::Null).await;
    assert_eq!(found[0]["customer"]["externalId"], "attempt-1");

    rig.sandbox.set_faults(Faults { stall_next: 1, ..Faults::default() }).unwrap();
    let stalled = rig.request("GET", "/call").timeout(std::time::Duration::from_millis(200)).send().await;
    assert!(stalled.unwrap_err().is_timeout());
    assert_eq!(rig.sandbox.counters().stalled, 1);
    rig.place("+14155550103").await;

    let (status, _) = rig.send("PUT", "/sandbox/faults", json!({"drop": 2})).await;
    assert_eq!(status, 400);
    let (status, _) = rig.send("PUT", "/sandbox/faults", json!({"typo": 1})).await;
    assert_eq!(status, 400);
    assert_eq!(rig.send("GET", "/sandbox/faults", Value::Null).await.1["stall_next"], 0);
}
