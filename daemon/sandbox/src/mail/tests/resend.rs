//! The fake of Resend over HTTP.

use super::{listener, stop};
use crate::mail::{Mailroom, ResendHandle, ResendSandbox, Way};
use serde_json::{Value, json};
use tokio_util::sync::DropGuard;

struct Rig {
    handle: ResendHandle,
    http: reqwest::Client,
    _stop: DropGuard,
}

impl Rig {
    async fn new() -> Self {
        crate::tls::init();
        let (token, guard) = stop();
        let handle =
            ResendSandbox::serve(listener().await, "re_test".into(), Mailroom::default(), token).unwrap();
        Self { handle, http: reqwest::Client::builder().no_proxy().build().unwrap(), _stop: guard }
    }

    async fn send(&self, key: Option<&str>, body: &Value) -> (u16, Value) {
        let mut request = self.http.post(format!("{}/emails", self.handle.base_url())).bearer_auth("re_test");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answer = request.json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

fn email(to: &str) -> Value {
    json!({"from": "\"Desk\" <desk@x.example>", "to": [to], "subject": "Hi", "text": "Hello"})
}

#[tokio::test]
async fn a_key_sends_once() {
    let rig = Rig::new().await;
    let (status, first) = rig.send(Some("k1"), &email("Ann <ann@x.example>")).await;
    assert_eq!(status, 200);
    let (_, again) = rig.send(Some("k1"), &email("Ann <ann@x.example>")).await;
    assert_eq!(first["id"], again["id"]);
    let (status, other) = rig.send(Some("k1"), &email("bob@x.example")).await;
    assert_eq!((status, other["name"].as_str()), (409, Some("invalid_idempotent_request")));
    let taken = rig.handle.room.messages();
    assert_eq!((taken.len(), taken[0].to.as_str(), taken[0].way), (1, "ann@x.example", Way::Resend));
    let url = format!("{}/emails/{}", rig.handle.base_url(), first["id"].as_str().unwrap());
    let answer = rig.http.get(url).bearer_auth("re_test").send().await.unwrap();
    let email: Value = answer.json().await.unwrap();
    assert_eq!((email["object"].as_str(), email["subject"].as_str()), (Some("email"), Some("Hi")));
}

#[tokio::test]
async fn refusals_have_names() {
    let rig = Rig::new().await;
    let url = format!("{}/emails", rig.handle.base_url());
    let status =
        |request: reqwest::RequestBuilder| async move { request.send().await.unwrap().status().as_u16() };
    assert_eq!(status(rig.http.post(&url).json(&email("a@x.example"))).await, 401);
    assert_eq!(status(rig.http.post(&url).bearer_auth("re_no").json(&email("a@x.example"))).await, 401);
    for (body, name) in [
        (json!({"to": "a@x.example", "subject": "x", "text": "y"}), "missing_required_field"),
        (json!({"from": "desk", "to": "a@x.example", "subject": "x", "text": "y"}), "invalid_from_address"),
        (email("nobody"), "validation_error"),
        (email("a+422@x.example"), "validation_error"),
        (email("a+429@x.example"), "rate_limit_exceeded"),
        (email("a+500@x.example"), "application_error"),
    ] {
        let (status, answer) = rig.send(None, &body).await;
        assert!(status >= 400 && answer["name"] == name, "{body} {answer}");
    }
    assert_eq!(rig.handle.room.total(), 0);
    let (status, _) = rig.send(Some("k"), &email("a+drop-after-data@x.example")).await;
    assert_eq!((status, rig.handle.room.total()), (500, 1));
}
