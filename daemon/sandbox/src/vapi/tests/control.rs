//! Live control of a call that is on the line.

use super::{Rig, TALKER, willing};
use serde_json::{Value, json};

/// A rig slow enough that a call can be caught while it talks.
async fn slow() -> Rig {
    Rig::with(|config| config.speed = 100.0, willing).await
}

async fn on_the_line(rig: &Rig) -> (String, String) {
    let call = rig.place(TALKER).await;
    let id = call["id"].as_str().unwrap().to_owned();
    let talking = id.clone();
    rig.sandbox.until(move |s| s.call(&talking).is_some_and(|c| c["status"] == "in-progress")).await;
    (id.clone(), format!("/control/{id}"))
}

#[tokio::test]
async fn a_call_can_be_ended() {
    let rig = slow().await;
    let (id, path) = on_the_line(&rig).await;
    assert_eq!(rig.send("POST", &path, json!({"type": "end-call"})).await.0, 200);
    rig.sandbox.idle().await;
    let call = rig.sandbox.call(&id).unwrap();
    assert_eq!((&call["status"], &call["endedReason"]), (&json!("ended"), &json!("manually-canceled")));
    assert_eq!(rig.send("POST", &path, json!({"type": "end-call"})).await.0, 400, "it is over");
}

#[tokio::test]
async fn the_assistant_says_what_it_is_told() {
    let rig = slow().await;
    let (id, path) = on_the_line(&rig).await;
    let say = json!({"type": "say", "content": "We close in a minute.", "endCallAfterSpoken": true});
    let hint = json!({"type": "add-message", "message": {"role": "system", "content": "Be brief."},
        "triggerResponseEnabled": true});
    assert_eq!(rig.send("POST", &path, hint).await.0, 200);
    assert_eq!(rig.send("POST", &path, say).await.0, 200);
    rig.sandbox.idle().await;
    let call = rig.sandbox.call(&id).unwrap();
    assert_eq!(call["endedReason"], "assistant-ended-call-after-message-spoken");
    let transcript = call["transcript"].as_str().unwrap();
    assert!(transcript.ends_with("AI: We close in a minute.\n"), "{transcript}");
    let system = |m: &Value| m["role"] == "system" && m["message"] == "Be brief.";
    assert!(call["messages"].as_array().unwrap().iter().any(system));
}

#[tokio::test]
async fn a_call_can_be_transferred() {
    let rig = slow().await;
    let (id, path) = on_the_line(&rig).await;
    let transfer = json!({"type": "transfer", "content": "One moment.",
        "destination": {"type": "number", "number": "+14155550150"}});
    assert_eq!(rig.send("POST", &path, transfer).await.0, 200);
    rig.sandbox.idle().await;
    let messages = rig.messages(&id);
    let forwarding = messages.iter().find(|m| m["status"] == "forwarding").unwrap();
    assert_eq!(forwarding["destination"]["number"], "+14155550150");
    assert_eq!(messages.last().unwrap()["endedReason"], "assistant-forwarded-call");
}

#[tokio::test]
async fn nonsense_is_refused() {
    let rig = slow().await;
    let (_, path) = on_the_line(&rig).await;
    for body in [
        json!({"type": "shout"}),
        json!({"type": "say"}),
        json!({"type": "control", "control": "sing"}),
        json!({}),
    ] {
        assert_eq!(rig.send("POST", &path, body.clone()).await.0, 400, "{body}");
    }
    assert_eq!(rig.send("POST", &path, json!({"type": "control", "control": "mute-assistant"})).await.0, 200);
    assert_eq!(rig.send("POST", "/control/none", json!({"type": "end-call"})).await.0, 404);
}
