//! The sandbox over real HTTP, against a receiver that keeps everything it is sent.

mod api;
mod batch_and_limits;
mod control;
mod delivery;
mod scenarios;
mod tool_use;

use super::{ASSISTANT_ID, PHONE_NUMBER_ID, SandboxConfig, SandboxHandle, VapiSandbox};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Talks for ten minutes, unless hung up on: a call to catch in the middle.
const TALKER: &str = "+14155550115";

const KEY: &str = "test-key";

/// A server message as it arrived.
#[derive(Clone)]
struct Arrived {
    headers: HeaderMap,
    raw: Bytes,
    message: Value,
}

type Answerer = dyn Fn(&Value) -> (StatusCode, Value) + Send + Sync;

/// The receiving end: keeps messages, answers as told.
#[derive(Clone)]
struct Receiver {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    answer: Arc<Answerer>,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, raw: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&raw).unwrap();
    let message = body["message"].clone();
    let (status, answer) = (receiver.answer)(&message);
    receiver.arrived.lock().unwrap().push(Arrived { headers, raw, message });
    (status, axum::Json(answer)).into_response()
}

/// A sandbox, its receiver, and a client with the key.
struct Rig {
    sandbox: SandboxHandle,
    receiver: Receiver,
    http: reqwest::Client,
    _stop: DropGuard,
}

/// Reads a tool call whatever its form: id, name, arguments.
fn tool_call(message: &Value) -> (String, String, Value) {
    let from_with = |w: &Value| {
        let mut call = w["toolCall"].clone();
        if call["function"].is_null() && call["name"].is_null() {
            call["name"] = w["name"].clone();
        }
        call
    };
    let call = [&message["toolCallList"][0], &message["toolCalls"][0]]
        .into_iter()
        .find(|c| c.is_object())
        .cloned()
        .unwrap_or_else(|| from_with(&message["toolWithToolCallList"][0]));
    let function = if call["function"].is_object() { &call["function"] } else { &call };
    let arguments = ["arguments", "parameters"].iter().map(|k| &function[*k]).find(|a| !a.is_null()).unwrap();
    let arguments = match arguments {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    };
    (call["id"].as_str().unwrap().to_owned(), function["name"].as_str().unwrap().to_owned(), arguments)
}

fn tool_result(message: &Value, result: &str) -> (StatusCode, Value) {
    let (id, name, _) = tool_call(message);
    (StatusCode::OK, json!({"results": [{"toolCallId": id, "name": name, "result": result}]}))
}

const SLOTS: &str = r#"{"slots":[{"start":"2030-01-07T09:00:00Z","spoken":"Monday at nine"},{"start":"2030-01-07T10:00:00Z","spoken":"Monday at ten"},{"start":"2030-01-08T09:00:00Z","spoken":"Tuesday at nine"}]}"#;

/// Answers like a daemon that has room and books everything.
fn willing(message: &Value) -> (StatusCode, Value) {
    if message["type"] != "tool-calls" {
        return (StatusCode::OK, json!({}));
    }
    match tool_call(message).1.as_str() {
        "check_availability" => tool_result(message, SLOTS),
        "book_appointment" => tool_result(message, r#"{"booked":true}"#),
        _ => tool_result(message, "noted"),
    }
}

impl Rig {
    async fn new() -> Self {
        Self::with(|_| {}, willing).await
    }

    async fn with(
        tune: impl FnOnce(&mut SandboxConfig),
        answer: impl Fn(&Value) -> (StatusCode, Value) + Send + Sync + 'static,
    ) -> Self {
        let stop = CancellationToken::new();
        let receiver = Receiver { arrived: Arc::default(), answer: Arc::new(answer) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook_url = format!("http://{}/webhooks/vapi", listener.local_addr().unwrap());
        let app = Router::new().fallback(receive).with_state(receiver.clone());
        let served = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned());
        tokio::spawn(served.into_future());
        let mut config = SandboxConfig::new(KEY, webhook_url);
        config.speed = 5_000.0;
        tune(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = VapiSandbox::serve(listener, config, stop.clone()).unwrap();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        Self { sandbox, receiver, http: http.unwrap(), _stop: stop.drop_guard() }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sandbox.base_url());
        self.http.request(method.parse().unwrap(), url).bearer_auth(KEY)
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = self.request(method, path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    /// Places a call to a number; all three kinds of message plus transcripts are wanted.
    async fn place(&self, number: &str) -> Value {
        let (status, call) = self.send("POST", "/call", order(number)).await;
        assert_eq!(status, 201, "{call}");
        call
    }

    /// Waits until a call talks, and ends it by live control.
    async fn hang_up(&self, call: &Value) {
        let id = call["id"].as_str().unwrap();
        self.sandbox.until(|s| s.call(id).is_some_and(|c| c["status"] == "in-progress")).await;
        let (status, _) = self.send("POST", &format!("/control/{id}"), json!({"type": "end-call"})).await;
        assert_eq!(status, 200);
    }

    /// Places a call, waits until all is said, and returns the messages in order of arrival.
    async fn play(&self, number: &str) -> Vec<Value> {
        let call = self.place(number).await;
        self.sandbox.idle().await;
        self.messages(call["id"].as_str().unwrap())
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.receiver.arrived.lock().unwrap().clone()
    }

    fn messages(&self, call_id: &str) -> Vec<Value> {
        let of_call = |a: &Arrived| a.message["call"]["id"] == call_id;
        self.arrived().into_iter().filter(of_call).map(|a| a.message).collect()
    }
}

fn order(number: &str) -> Value {
    json!({"assistantId": ASSISTANT_ID, "phoneNumberId": PHONE_NUMBER_ID, "name": "fd-1",
        "customer": {"number": number, "name": "Ada Lovelace", "externalId": "attempt-1"},
        "assistantOverrides": {"variableValues": {"attempt_id": "attempt-1", "company": "Bright Dental"},
            "serverMessages": ["status-update", "end-of-call-report", "tool-calls",
                               "transcript[transcriptType=\"final\"]"]}})
}

/// Types and statuses in order, transcripts and tool calls left out.
fn outline(messages: &[Value]) -> Vec<String> {
    messages
        .iter()
        .filter_map(|m| match m["type"].as_str()? {
            "status-update" => Some(m["status"].as_str()?.to_owned()),
            "transcript" | "tool-calls" => None,
            other => Some(other.to_owned()),
        })
        .collect()
}
