//! Pushes, as they arrive.

use super::{HOUR, Rig, read, reason};
use crate::google::CALENDAR_ID;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

type Pushes = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

async fn receiver() -> (String, Pushes) {
    async fn keep(State(pushes): State<Pushes>, headers: HeaderMap, body: Bytes) -> StatusCode {
        pushes.lock().unwrap().push((headers, body));
        StatusCode::OK
    }
    let pushes = Pushes::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let app = Router::new().fallback(keep).with_state(pushes.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, pushes)
}

async fn open(rig: &Rig, id: &str, address: &str) -> (u16, Value) {
    let body = json!({"id": id, "type": "web_hook", "address": address, "token": "secret",
        "expiration": (rig.now_ms() + 90 * 24 * HOUR).to_string()});
    rig.events("POST", "/watch", body).await
}

#[tokio::test]
async fn k7_k8_a_channel_says_that_something_changed_until_it_is_stopped() {
    let rig = Rig::new().await;
    let (url, pushes) = receiver().await;
    let (status, channel) = open(&rig, "channel-1", &url).await;
    assert_eq!(status, 200, "{channel}");
    let until: i64 = channel["expiration"].as_str().unwrap().parse().unwrap();
    assert!(until <= rig.now_ms() + 7 * 24 * HOUR, "a week at the most");
    rig.sandbox.until(|s| s.counters().pushed == 1).await;
    rig.sandbox.staff(CALENDAR_ID).block("lunch", rig.now_ms(), rig.now_ms() + HOUR).unwrap();
    rig.sandbox.until(|s| s.counters().pushed == 2).await;
    let heads = |n: usize, name: &str| {
        let pushes = pushes.lock().unwrap();
        pushes[n].0.get(name).unwrap().to_str().unwrap().to_owned()
    };
    assert_eq!(
        (heads(0, "x-goog-resource-state"), heads(1, "x-goog-resource-state")),
        ("sync".into(), "exists".into())
    );
    assert_eq!(
        (heads(1, "x-goog-channel-id"), heads(1, "x-goog-channel-token")),
        ("channel-1".into(), "secret".into())
    );
    assert_eq!(heads(1, "x-goog-message-number"), "2");
    assert!(pushes.lock().unwrap().iter().all(|(_, body)| body.is_empty()));

    let (status, again) = open(&rig, "channel-1", &url).await;
    assert_eq!((status, reason(&again)), (400, "channelIdNotUnique"));
    let stop = json!({"id": "channel-1", "resourceId": channel["resourceId"]});
    let send = || rig.request("POST", "/channels/stop").json(&stop).send();
    assert_eq!(send().await.unwrap().status(), 204);
    assert_eq!(read(send().await.unwrap()).await.0, 404);
    assert!(rig.sandbox.channels().is_empty());
}

#[tokio::test]
async fn pushes_stay_on_this_machine() {
    let rig = Rig::new().await;
    for address in ["https://desk.example/hooks", "http://10.0.0.1/", "nonsense"] {
        assert_eq!(open(&rig, "c", address).await.0, 400, "{address}");
    }
}
