//! The client against a small HTTP server on loopback: every answer, and every way to lose one.

use super::*;
use crate::http::Policy;
use crate::outcome::{RefusalClass, Sent};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use frontdesk_shared::{CallId, Millis};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

type Seen = Arc<Mutex<Vec<(String, String, Value)>>>;
type Answer = Arc<dyn Fn(usize) -> Response + Send + Sync>;

/// A server that answers the n-th request with `answer(n)` and records what it was asked.
async fn server(answer: impl Fn(usize) -> Response + Send + Sync + 'static) -> (String, Seen) {
    async fn handle(State((seen, answer)): State<(Seen, Answer)>, request: Request) -> Response {
        let target = format!("{} {}", request.method(), request.uri());
        let auth = request.headers().get("authorization").map_or("", |v| v.to_str().unwrap()).to_owned();
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
        let n = {
            let mut seen = seen.lock().unwrap();
            seen.push((target, auth, serde_json::from_slice(&body).unwrap_or_default()));
            seen.len() - 1
        };
        answer(n)
    }
    let seen = Seen::default();
    let answer: Answer = Arc::new(answer);
    let app = Router::new().fallback(handle).with_state((seen.clone(), answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, seen)
}

fn client(url: &str) -> Client {
    let mut settings = Settings::new(url, "test-key".to_owned().into());
    settings.policy = Policy { connect: Duration::from_millis(200), total: Duration::from_millis(400) };
    Client::new(settings).unwrap()
}

fn call() -> PlaceCall {
    PlaceCall {
        attempt: CallId(9),
        assistant_id: "as".into(),
        phone_number_id: "pn".into(),
        number: "+14155550100".into(),
        name: None,
        first_name: None,
        variables: Map::new(),
        max_duration_s: 600,
        server: None,
    }
}

fn respond(status: u16, body: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), body.to_owned()).into_response()
}

async fn place(status: u16, body: &'static str) -> Sent<Placed> {
    let (url, seen) = server(move |_| respond(status, body)).await;
    let sent = client(&url).place(&call()).await;
    assert_eq!(seen.lock().unwrap().len(), 1, "a call is sent exactly once");
    sent
}

fn class(sent: &Sent<Placed>) -> Option<RefusalClass> {
    match sent {
        Sent::Refused(refusal) => Some(refusal.class),
        _ => None,
    }
}

#[tokio::test]
async fn a_call_is_placed() {
    let body = include_str!("../../../../tests/fixtures/vapi/vapi_create_call_201_response_2024-09.json");
    let (url, seen) = server(move |_| respond(201, body)).await;
    let Sent::Done(placed) = client(&url).place(&call()).await else { panic!() };
    assert_eq!(placed.provider_call_id, "00000001-0000-4000-8000-000000000001");
    assert_eq!(placed.carrier_call_id.as_deref(), Some("CA00000000000000000000000000000005"));
    assert_eq!((placed.status.as_str(), placed.limits), ("queued", None));
    assert!(placed.control_url.is_some() && !format!("{placed:?}").contains("/control"));
    let seen = seen.lock().unwrap();
    assert_eq!((seen[0].0.as_str(), seen[0].1.as_str()), ("POST /call", "Bearer test-key"));
    assert_eq!(seen[0].2["customer"]["externalId"], CallId(9).to_string());
}

#[tokio::test]
async fn both_shapes_of_a_201() {
    let limits = include_str!("../../../../tests/fixtures/vapi/vapi_subscription_limits_fragment.json");
    let Sent::Done(placed) = place(201, limits).await else { panic!() };
    assert_eq!(placed.limits, Some(Limits { blocked: false, limit: Some(10), remaining: Some(9) }));

    let batch = r#"{"subscriptionLimits":{"concurrencyBlocked":true},"results":[{"id":"c1","status":"queued"}],"errors":[]}"#;
    let Sent::Done(placed) = place(201, batch).await else { panic!() };
    assert_eq!(placed.provider_call_id, "c1");
    assert!(placed.limits.unwrap().blocked);

    let failed = r#"{"results":[],"errors":[{"customer":{},"error":"customer.number must be valid"}]}"#;
    assert_eq!(class(&place(201, failed).await), Some(RefusalClass::Recipient));
    for unreadable in ["", "{}", "[]", r#"{"results":[],"errors":[]}"#, r#"{"results":[{}],"errors":[]}"#] {
        assert!(matches!(place(201, unreadable).await, Sent::Unknown(_)), "{unreadable}");
    }
}

#[tokio::test]
async fn refusals() {
    let validation = include_str!("../../../../tests/fixtures/vapi/vapi_create_call_400_validation.json");
    assert_eq!(class(&place(400, validation).await), Some(RefusalClass::Recipient));
    let daily = include_str!("../../../../tests/fixtures/vapi/vapi_create_call_400_daily_limit.json");
    assert_eq!(class(&place(400, daily).await), Some(RefusalClass::DailyLimit));
    let unauthorized = r#"{"message":"Unauthorized","statusCode":401}"#;
    assert_eq!(class(&place(401, unauthorized).await), Some(RefusalClass::Config));
    assert_eq!(class(&place(404, "{}").await), Some(RefusalClass::Config));
    assert!(matches!(place(500, r#"{"message":"oops"}"#).await, Sent::Unknown(_)));
    assert!(matches!(place(503, "").await, Sent::Unknown(_)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (url, seen) =
        server(|_| (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response()).await;
    assert_eq!(class(&client(&url).place(&call()).await), Some(RefusalClass::Config));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn busy_says_how_long() {
    let (url, _) =
        server(|_| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "12")], "{}").into_response()).await;
    assert_eq!(client(&url).place(&call()).await, Sent::Busy { retry_after_ms: Some(12_000) });
}

#[tokio::test]
async fn a_bad_request_is_refused_before_it_is_sent() {
    let (url, seen) = server(|_| respond(201, "{}")).await;
    for number in ["", "4155550100", "+1 415 555 0100", "+1"] {
        let bad = PlaceCall { number: number.into(), ..call() };
        assert_eq!(class(&client(&url).place(&bad).await), Some(RefusalClass::Recipient), "{number}");
    }
    let bad = PlaceCall { assistant_id: " ".into(), ..call() };
    assert_eq!(class(&client(&url).place(&bad).await), Some(RefusalClass::Config));
    let mut settings = Settings::new(&url, "line\nbreak".to_owned().into());
    settings.policy = Policy::default();
    assert_eq!(class(&Client::new(settings).unwrap().place(&call()).await), Some(RefusalClass::Config));
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn no_connection_means_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert!(matches!(client(&url).place(&call()).await, Sent::NotSent(_)));

    // A peer that takes the connection but never finishes TLS has not seen the request either.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let sent = client(&url).place(&call()).await;
    assert!(matches!(sent, Sent::NotSent(_)), "{sent:?}");
}

#[tokio::test]
async fn a_connection_closed_after_the_request_is_unknown() {
    for answer in [&b""[..], b"HTTP/1.1 20", b"HTTP/1.1 201 Created\r\ncontent-length: 50\r\n\r\n{\"id\":"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let peer = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = vec![0; 64 * 1024];
            let read = socket.read(&mut buffer).await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut socket, answer).await.unwrap();
            read
        });
        let sent = client(&url).place(&call()).await;
        assert!(matches!(sent, Sent::Unknown(_)), "{sent:?}");
        assert!(peer.await.unwrap() > 0);
    }
}

#[tokio::test]
async fn silence_and_a_slow_body_are_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sent = client(&url).place(&call()).await;
    assert!(matches!(sent, Sent::Unknown(ref why) if why.contains("timed out")), "{sent:?}");

    let (url, _) = server(|_| {
        let head = futures::stream::once(async { Ok::<_, std::io::Error>("{\"id\":") });
        let body = futures::StreamExt::chain(head, futures::stream::pending());
        (StatusCode::CREATED, Body::from_stream(body)).into_response()
    })
    .await;
    let sent = client(&url).place(&call()).await;
    assert!(matches!(sent, Sent::Unknown(ref why) if why.contains("timed out")), "{sent:?}");
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let huge = format!("{{\"id\":\"{}\"}}", "x".repeat(9 << 20));
    let (url, _) = server(move |_| respond(201, &huge)).await;
    let mut settings = Settings::new(&url, "test-key".to_owned().into());
    settings.policy = Policy::default();
    let sent = Client::new(settings).unwrap().place(&call()).await;
    assert!(matches!(sent, Sent::Unknown(ref why) if why.contains("longer than")), "{sent:?}");
}

#[tokio::test]
async fn a_call_is_read_and_its_id_cannot_reach_another_path() {
    let body =
        include_str!("../../../../tests/fixtures/vapi/vapi_get_call_ended_voicemail_outbound_2025-06.json");
    let (url, seen) = server(move |n| if n == 0 { respond(200, body) } else { respond(404, "{}") }).await;
    let Sent::Done(call) = client(&url).get("a-call").await else { panic!() };
    assert_eq!(call.report.ended_reason, "voicemail");
    let Sent::Refused(refusal) = client(&url).get("../assistant?x=1").await else { panic!() };
    assert_eq!(refusal.class, RefusalClass::NotFound);
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].0, "GET /call/a-call");
    assert_eq!(seen[1].0, "GET /call/..%2Fassistant%3Fx=1");
}

fn page(from: i64, count: i64) -> String {
    let calls: Vec<Value> = (0..count)
        .map(|n| json!({"id": format!("c{}", from - n), "createdAt": Millis(from - n).iso(), "name": 5}))
        .collect();
    Value::from(calls).to_string()
}

/// One attempt among those looked for; the other is nowhere, so that the list is read through.
async fn find(url: &str) -> Sent<Option<VapiCall>> {
    let attempts = [CallId(9), CallId(10)].into();
    let sent = client(url).find_attempts(Millis(1_700_000_000_000), &attempts).await;
    sent.map(|mut found| found.remove(&CallId(9)))
}

#[tokio::test]
async fn an_attempt_is_found_on_a_later_page() {
    let id = CallId(9).to_string();
    let hit =
        json!([{"id": "hit", "createdAt": Millis(1_700_000_000_000).iso(), "customer": {"externalId": id}}]);
    let first = page(1_700_000_001_000, 100);
    let (url, seen) =
        server(move |n| respond(200, if n == 0 { first.clone() } else { hit.to_string() }.as_str())).await;
    assert_eq!(find(&url).await.map(|found| found.map(|call| call.call.id)), Sent::Done(Some("hit".into())));
    let seen = seen.lock().unwrap();
    assert!(seen[0].0.contains("createdAtGt=2023-11-14T22%3A11%3A20.000Z"), "{}", seen[0].0);
    assert!(!seen[0].0.contains("createdAtLt"));
    assert!(seen[1].0.contains("createdAtLt=2023-11-14T22%3A13%3A20.902Z"), "{}", seen[1].0);
}

#[tokio::test]
async fn not_found_is_said_only_after_the_whole_list() {
    let ask = async |answer: fn(usize) -> Response| {
        let (url, seen) = server(answer).await;
        let sent = find(&url).await;
        let requests = seen.lock().unwrap().len();
        (sent, requests)
    };
    assert_eq!(ask(|_| respond(200, "[]")).await, (Sent::Done(None), 1));
    let paged =
        |n| respond(200, &if n == 0 { page(1_700_000_001_000, 100) } else { page(1_700_000_000_900, 3) });
    assert_eq!(ask(paged).await, (Sent::Done(None), 3));
    // A server that gives fewer per page than asked for is read to its end all the same.
    let capped = |n| respond(200, &page(1_700_000_001_000 - 49 * (n as i64).min(4), 50));
    assert_eq!(ask(capped).await, (Sent::Done(None), 6));
    // The same full page again and again, an order that cannot be paged, or no order at all.
    let (sent, requests) = ask(|_| respond(200, &page(1_700_000_001_000, 100))).await;
    assert!(matches!(sent, Sent::Unknown(_)) && requests == 2);
    let ascending: fn(usize) -> Response = |_| {
        let mut calls: Vec<Value> = serde_json::from_str(&page(1_700_000_001_000, 100)).unwrap();
        calls.reverse();
        respond(200, &Value::from(calls).to_string())
    };
    assert!(matches!(ask(ascending).await.0, Sent::Unknown(_)));
    assert!(matches!(ask(|_| respond(200, "{}")).await.0, Sent::Unknown(_)));
    assert!(matches!(ask(|_| respond(401, "{}")).await.0, Sent::Refused(_)));
}

#[tokio::test]
async fn a_live_call_is_ended_without_the_key() {
    let (url, seen) = server(|_| respond(200, "ok")).await;
    let link = SecretUrl::new(format!("{url}/c1/control"));
    assert_eq!(client(&url).end(&link).await, Sent::Done(()));
    let foreign = SecretUrl::new("https://example.com/control".into());
    assert!(matches!(client(&url).end(&foreign).await, Sent::Refused(_)));
    let seen = seen.lock().unwrap();
    assert_eq!(
        seen.as_slice(),
        &[("POST /c1/control".to_owned(), String::new(), json!({"type": "end-call"}))]
    );
}

#[tokio::test]
async fn an_assistant_is_read() {
    let (url, _) = server(|_| respond(200, r#"{"id":"a1","name":"Mia","firstMessage":"Hi"}"#)).await;
    let Sent::Done(assistant) = client(&url).get_assistant("a1").await else { panic!() };
    assert_eq!((assistant.name.as_str(), &assistant.raw["firstMessage"]), ("Mia", &json!("Hi")));
    let (url, _) = server(|_| respond(200, "[]")).await;
    assert!(matches!(client(&url).get_assistant("a1").await, Sent::Unknown(_)));
}
