//! The client against a small HTTP server on loopback: every answer, and every way to lose one.

use super::*;
use crate::http::Policy;
use crate::outcome::{Refusal, RefusalClass, Sent};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use frontdesk_shared::{MessageId, Millis};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// Method and target, authorization, body.
type Seen = Arc<Mutex<Vec<(String, String, String)>>>;
type Answer = Arc<dyn Fn(usize) -> Response + Send + Sync>;

const TO: &str = "+14155550123";
const FROM: &str = "+14155550199";
const SENT_AT: &str = "Thu, 24 Aug 2023 05:01:45 +0000";

/// A server that answers the n-th request with `answer(n)` and records what it was asked.
async fn server(answer: impl Fn(usize) -> Response + Send + Sync + 'static) -> (String, Seen) {
    async fn handle(State((seen, answer)): State<(Seen, Answer)>, request: Request) -> Response {
        let target = format!("{} {}", request.method(), request.uri());
        let auth = request.headers().get("authorization").map_or("", |v| v.to_str().unwrap()).to_owned();
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
        let n = {
            let mut seen = seen.lock().unwrap();
            seen.push((target, auth, String::from_utf8(body.to_vec()).unwrap()));
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

fn client(vendor: Vendor, url: &str) -> Client {
    let sender = Sender::Number(FROM.into());
    let mut settings = Settings::new(vendor, url, "AC1", "token".to_owned().into(), sender)
        .with_status_url("https://desk.example/webhooks/sms");
    settings.policy = Policy { connect: Duration::from_millis(200), total: Duration::from_millis(400) };
    Client::new(settings).unwrap()
}

fn text() -> SendText {
    SendText {
        id: MessageId(9),
        to: TO.into(),
        from: None,
        body: "See you at 3".into(),
        validity_s: Some(3_600),
        status_callback: None,
    }
}

fn respond(status: u16, body: &Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
}

fn record(sid: &str) -> Value {
    json!({"sid": sid, "to": TO, "from": FROM, "body": "See you at 3", "status": "queued",
        "direction": "outbound-api", "num_segments": "1", "date_created": SENT_AT})
}

async fn send(status: u16, body: Value) -> Sent<Accepted> {
    let (url, seen) = server(move |_| respond(status, &body)).await;
    let sent = client(Vendor::Twilio, &url).send(&text()).await;
    assert_eq!(seen.lock().unwrap().len(), 1, "a text is sent exactly once");
    sent
}

fn class(sent: &Sent<Accepted>) -> Option<RefusalClass> {
    match sent {
        Sent::Refused(refusal) => Some(refusal.class),
        _ => None,
    }
}

fn since() -> Millis {
    Millis::from_iso("2023-08-24T05:01:45Z").unwrap()
}

#[tokio::test]
async fn a_text_is_taken() {
    let (url, seen) = server(|_| respond(201, &record("SM1"))).await;
    let Sent::Done(accepted) = client(Vendor::Twilio, &url).send(&text()).await else { panic!() };
    assert_eq!((accepted.sid.as_str(), accepted.segments), ("SM1", Some(1)));
    assert_eq!(accepted.text_status(), TextStatus::Queued);
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].0, "POST /2010-04-01/Accounts/AC1/Messages.json");
    assert_eq!(seen[0].1, "Basic QUMxOnRva2Vu");
    let id = MessageId(9);
    assert_eq!(
        seen[0].2,
        format!(
            "To=%2B14155550123&From=%2B14155550199&Body=See+you+at+3&ValidityPeriod=3600\
             &StatusCallback=https%3A%2F%2Fdesk.example%2Fwebhooks%2Fsms%3Fm%3D{id}"
        )
    );
}

#[tokio::test]
async fn s19_signalwire_has_other_paths_ids_and_numbers() {
    let body = json!({"sid": "0a059168-ead0-41af-9d1f-343dae832527", "status": "queued", "num_segments": 1,
        "price": 0.005, "price_unit": "USD"});
    let (url, seen) = server(move |_| respond(200, &body)).await;
    let client = client(Vendor::SignalWire, &url);
    let Sent::Done(accepted) = client.send(&text()).await else { panic!() };
    assert_eq!((accepted.segments, accepted.price.as_deref()), (Some(1), Some("0.005")));
    let Sent::Done(record) = client.fetch(&accepted.sid).await else { panic!() };
    assert_eq!(record.sid, accepted.sid);
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].0, "POST /api/laml/2010-04-01/Accounts/AC1/Messages");
    assert_eq!(seen[1].0, format!("GET /api/laml/2010-04-01/Accounts/AC1/Messages/{}", accepted.sid));
}

#[tokio::test]
async fn an_api_key_signs_in_for_the_account() {
    let (url, seen) = server(|_| respond(201, &record("SM1"))).await;
    let sender = Sender::Service("MGdb23ec0f89ee2632e46e91d8128f5e2b".into());
    let settings = Settings::new(Vendor::Twilio, &url, "AC1", "token".to_owned().into(), sender)
        .with_api_key("SK1", "secret".to_owned().into());
    Client::new(settings).unwrap().send(&text()).await;
    let seen = seen.lock().unwrap();
    assert!(seen[0].0.contains("/Accounts/AC1/"));
    assert_eq!(seen[0].1, "Basic U0sxOnNlY3JldA==");
    assert!(seen[0].2.contains("MessagingServiceSid=MGdb23ec0f89ee2632e46e91d8128f5e2b"));
    assert!(!seen[0].2.contains("From=") && !seen[0].2.contains("StatusCallback"), "{}", seen[0].2);
}

#[tokio::test]
async fn refusals_are_classed() {
    let said = |code: u32| json!({"code": code, "message": "no", "more_info": "", "status": 400});
    assert_eq!(class(&send(400, said(21610)).await), Some(RefusalClass::OptedOut));
    assert_eq!(class(&send(400, said(21211)).await), Some(RefusalClass::Recipient));
    assert_eq!(class(&send(400, said(21606)).await), Some(RefusalClass::Sender));
    assert_eq!(class(&send(401, said(20003)).await), Some(RefusalClass::Access));
    assert_eq!(class(&send(404, said(20404)).await), Some(RefusalClass::Access), "the account is not there");
    assert_eq!(class(&send(302, json!({})).await), Some(RefusalClass::Access));
}

#[tokio::test]
async fn s1_what_may_have_left_is_unknown() {
    assert!(matches!(send(500, json!({"code": 20500})).await, Sent::Unknown(_)));
    assert!(matches!(send(503, json!({})).await, Sent::Unknown(_)));
    for unreadable in [json!({}), json!([]), json!({"sid": ""})] {
        assert!(matches!(send(201, unreadable).await, Sent::Unknown(_)));
    }
    // Read and never answered, and hung up on: both may have left.
    for hang_up in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let read = stream.read(&mut [0; 64]).await.unwrap();
            if !hang_up {
                std::future::pending::<()>().await;
            }
            read
        });
        assert!(matches!(client(Vendor::Twilio, &url).send(&text()).await, Sent::Unknown(_)), "{hang_up}");
    }
}

#[tokio::test]
async fn what_did_not_leave_may_be_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert!(matches!(client(Vendor::Twilio, &url).send(&text()).await, Sent::NotSent(_)));
    let (url, _) =
        server(|_| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")], "{}").into_response()).await;
    let busy = client(Vendor::Twilio, &url).send(&text()).await;
    assert_eq!(busy, Sent::Busy { retry_after_ms: Some(7_000) });
}

#[tokio::test]
async fn what_must_fail_is_not_even_asked() {
    let (url, seen) = server(|_| respond(201, &record("SM1"))).await;
    let sent = client(Vendor::Twilio, &url).send(&SendText { body: String::new(), ..text() }).await;
    assert!(matches!(sent, Sent::Refused(Refusal { status: 0, class: RefusalClass::Invalid, .. })));
    assert_eq!(seen.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn s1_a_lost_text_is_found_on_a_later_page() {
    let other = json!({"sid": "SM0", "to": TO, "from": FROM, "body": "Other", "date_created": SENT_AT});
    let (url, seen) = server(move |n| match n {
        0 => respond(
            200,
            &json!({"messages": [other], "next_page_uri": "/2010-04-01/next?Page=1&PageToken=PA1"}),
        ),
        _ => respond(200, &json!({"messages": [record("SM1")], "next_page_uri": null})),
    })
    .await;
    let found = client(Vendor::Twilio, &url).find(&text(), since()).await;
    let Sent::Done(Some(FoundText::One(found))) = found else { panic!("{found:?}") };
    assert_eq!(found.sid, "SM1");
    let seen = seen.lock().unwrap();
    assert_eq!(
        seen[0].0,
        "GET /2010-04-01/Accounts/AC1/Messages.json?To=%2B14155550123&PageSize=200&DateSent%3E=2023-08-23"
    );
    assert_eq!(seen[1].0, "GET /2010-04-01/next?Page=1&PageToken=PA1");
    assert_eq!(seen[1].1, "Basic QUMxOnRva2Vu");
}

#[tokio::test]
async fn a_text_without_a_date_of_sending_is_found_too() {
    let empty = json!({"messages": [], "next_page_uri": null});
    let (url, seen) = server(move |n| match n {
        0 => respond(200, &empty),
        _ => respond(200, &json!({"messages": [record("SM1")]})),
    })
    .await;
    let found = client(Vendor::SignalWire, &url).find(&text(), since()).await;
    assert!(matches!(found, Sent::Done(Some(FoundText::One(_)))));
    assert!(!seen.lock().unwrap()[1].0.contains("DateSent"));
}

#[tokio::test]
async fn nothing_and_several_are_told_apart() {
    let (url, seen) = server(|_| respond(200, &json!({"messages": []}))).await;
    assert_eq!(client(Vendor::Twilio, &url).find(&text(), since()).await, Sent::Done(None));
    assert_eq!(seen.lock().unwrap().len(), 2);
    let (url, _) = server(|_| respond(200, &json!({"messages": [record("SM1"), record("SM2")]}))).await;
    let found = client(Vendor::Twilio, &url).find(&text(), since()).await;
    assert_eq!(found, Sent::Done(Some(FoundText::Several(vec!["SM1".into(), "SM2".into()]))));
}

#[tokio::test]
async fn a_list_that_leads_elsewhere_or_in_circles_is_no_answer() {
    for next in ["https://evil.example/2010-04-01/x", "//evil.example/x", "/same"] {
        let (url, seen) =
            server(move |_| respond(200, &json!({"messages": [], "next_page_uri": next}))).await;
        let found = client(Vendor::Twilio, &url).find(&text(), since()).await;
        assert!(matches!(found, Sent::Unknown(_)), "{next} {found:?}");
        assert!(seen.lock().unwrap().len() <= 2, "{next}");
    }
    let counted = |n: usize| respond(200, &json!({"messages": [], "next_page_uri": format!("/page/{n}")}));
    let (url, seen) = server(counted).await;
    assert!(matches!(client(Vendor::Twilio, &url).find(&text(), since()).await, Sent::Unknown(_)));
    assert!(seen.lock().unwrap().len() <= 20, "bounded");
}

#[tokio::test]
async fn s17_where_texts_to_a_number_are_delivered() {
    let list = |numbers: Value| json!({"incoming_phone_numbers": numbers, "next_page_uri": null});
    let of = async |body: Value| {
        let (url, seen) = server(move |_| respond(200, &body)).await;
        let answer = client(Vendor::Twilio, &url).sms_url(FROM).await;
        let target = seen.lock().unwrap()[0].0.clone();
        (answer, target)
    };
    let ours = json!({"phone_number": FROM, "sms_url": "https://desk.example/webhooks/sms"});
    let near = json!({"phone_number": "+141555501990", "sms_url": "https://other.example/"});
    let (answer, target) = of(list(json!([near, ours]))).await;
    assert_eq!(answer, Sent::Done(Some("https://desk.example/webhooks/sms".into())));
    assert_eq!(
        target,
        "GET /2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json?PhoneNumber=%2B14155550199&PageSize=20"
    );
    assert_eq!(of(list(json!([{"phone_number": FROM, "sms_url": ""}]))).await.0, Sent::Done(None));
    let Sent::Refused(refusal) = of(list(json!([]))).await.0 else { panic!() };
    assert_eq!(refusal.class, RefusalClass::NotFound);
}

#[tokio::test]
async fn s18_how_far_a_text_has_come() {
    let failed =
        json!({"sid": "SM1", "status": "undelivered", "error_code": 30005, "direction": "outbound-api"});
    let (url, _) = server(move |_| respond(200, &failed)).await;
    let Sent::Done(record) = client(Vendor::Twilio, &url).fetch("SM1").await else { panic!() };
    assert_eq!((record.text_status(), record.error_code), (Some(TextStatus::Undelivered), Some(30005)));
    let (url, _) = server(|_| respond(404, &json!({"code": 20404, "message": "not found"}))).await;
    let Sent::Refused(gone) = client(Vendor::Twilio, &url).fetch("../x").await else { panic!() };
    assert_eq!(gone.class, RefusalClass::NotFound);
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", client(Vendor::Twilio, "http://127.0.0.1:1"));
    assert!(!shown.contains("token") && !shown.contains("5550199"), "{shown}");
}
