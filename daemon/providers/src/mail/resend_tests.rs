//! The client of Resend against a small HTTP server on loopback.

use super::compose_tests::{ICS, invited, mail};
use super::resend::{Client, Settings};
use super::{Class, Mail, Mailbox, Transport};
use crate::http::Policy;
use crate::outcome::Sent;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

type Seen = Arc<Mutex<Vec<(String, HeaderMap, Value)>>>;

async fn server(status: u16, body: &'static str) -> (Transport, Seen) {
    async fn handle(
        State((seen, status, body)): State<(Seen, u16, &'static str)>,
        request: Request,
    ) -> Response {
        let target = format!("{} {}", request.method(), request.uri());
        let headers = request.headers().clone();
        let bytes = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
        seen.lock().unwrap().push((target, headers, serde_json::from_slice(&bytes).unwrap()));
        (StatusCode::from_u16(status).unwrap(), body).into_response()
    }
    let seen = Seen::default();
    let app = Router::new().fallback(handle).with_state((seen.clone(), status, body));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (transport(&url), seen)
}

fn transport(url: &str) -> Transport {
    let mut settings = Settings::new(url, "re_test".to_owned().into());
    settings.policy = Policy { connect: Duration::from_millis(500), total: Duration::from_secs(2) };
    Transport::Resend(Client::new(settings).unwrap())
}

#[tokio::test]
async fn a_message_is_sent_with_its_key() {
    let (transport, seen) = server(200, r#"{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}"#).await;
    let mail = Mail {
        reply_to: Some(Mailbox { name: String::new(), address: "ann@harbour.example".into() }),
        unsubscribe_url: Some("https://desk.example/u/1".into()),
        ..invited()
    };
    let Sent::Done(accepted) = transport.send(&mail).await.sent else { panic!() };
    assert_eq!(accepted.provider_id.as_deref(), Some("49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"));
    let seen = seen.lock().unwrap();
    let (target, headers, body) = &seen[0];
    assert_eq!((seen.len(), target.as_str()), (1, "POST /emails"));
    assert_eq!(headers["authorization"], "Bearer re_test");
    assert_eq!(headers["idempotency-key"], mail.id.to_string());
    assert_eq!(body["from"], "\"Harbour Plumbing\" <desk@harbour.example>");
    assert_eq!(body["to"][0], "\"Zoë Lee\" <zoe@example.com>");
    assert_eq!(body["reply_to"], "ann@harbour.example");
    assert_eq!(body["headers"]["Message-ID"], mail.message_id);
    assert_eq!(body["headers"]["Auto-Submitted"], "auto-generated");
    assert_eq!(body["headers"]["List-Unsubscribe"], "<https://desk.example/u/1>");
    let file = &body["attachments"][0];
    assert_eq!(file["content_type"], "text/calendar; charset=utf-8; method=REQUEST");
    assert_eq!(STANDARD.decode(file["content"].as_str().unwrap()).unwrap(), ICS.as_bytes());
}

#[tokio::test]
async fn refusals_and_lost_answers() {
    let (transport, _) = server(403, r#"{"statusCode":403,"name":"invalid_api_key","message":"no"}"#).await;
    assert_eq!(transport.send(&mail()).await.class, Some(Class::Login));
    let (transport, _) = server(502, "bad gateway").await;
    assert!(matches!(transport.send(&mail()).await.sent, Sent::Unknown(_)));
    let (transport, seen) = server(200, "{}").await;
    assert!(matches!(transport.send(&mail()).await.sent, Sent::Unknown(_)));
    let bad = Mail { to: Mailbox { name: String::new(), address: "nobody".into() }, ..mail() };
    assert_eq!(transport.send(&bad).await.class, Some(Class::NoSuchAddress));
    assert_eq!(seen.lock().unwrap().len(), 1, "what is refused here is not sent");
}

#[tokio::test]
async fn nobody_there_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let posted = transport(&url).send(&mail()).await;
    assert!(matches!(posted.sent, Sent::NotSent(_)), "{posted:?}");
}
