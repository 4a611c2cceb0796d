//! The adapter of both SMS carriers against their fakes, over real HTTP: each is written from the
//! carriers' descriptions alone, so agreement means something.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use frontdesk_providers::outcome::{RefusalClass, Sent};
use frontdesk_providers::sms::{
    Client, FoundText, Hook, Inbound, SendText, Sender, Settings, SmsKeys, TextClass, TextStatus, Unverified,
    Vendor, class_of_code, parse, verify, verify_head,
};
use frontdesk_sandbox::sms::{Account, Course, Faults, Refuse, SmsConfig, SmsHandle, SmsSandbox};
use frontdesk_shared::{MessageId, Millis};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

const PERSON: &str = "+14155550151";
const NUMBER: &str = "+14155550199";
const TOKEN: &str = "a token of the sandbox";
const SIGNING_KEY: &str = "PSK-key-of-the-sandbox";

/// What arrived, verified against the carrier's key and read.
type Heard = Arc<Mutex<Vec<Result<Hook, Unverified>>>>;

#[derive(Clone)]
struct Desk {
    vendor: Vendor,
    origin: String,
    heard: Heard,
}

impl Desk {
    fn keys(&self) -> SmsKeys {
        let key = if self.vendor == Vendor::Twilio { TOKEN } else { SIGNING_KEY };
        SmsKeys::new(self.vendor, [key.to_owned().into()])
    }
}

async fn receive(State(desk): State<Desk>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let url = format!("{}{uri}", desk.origin);
    let verified = verify_head(&headers, &desk.keys())
        .and_then(|()| verify(&headers, &url, &body, &desk.keys()))
        .map(|_| {
            let kind = headers["content-type"].to_str().expect("text");
            parse(desk.vendor, uri.query().unwrap_or_default(), Some(kind), &body).expect("readable")
        });
    desk.heard.lock().expect("no panic").push(verified);
    StatusCode::NO_CONTENT
}

struct Rig {
    client: Client,
    sandbox: SmsHandle,
    heard: Heard,
    service: String,
    _stop: DropGuard,
}

impl Rig {
    async fn new(vendor: Vendor) -> Self {
        Self::with(vendor, |_| {}).await
    }

    async fn with(vendor: Vendor, tune: impl FnOnce(&mut SmsConfig)) -> Self {
        let stop = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("bound"));
        let desk = Desk { vendor, origin: origin.clone(), heard: Heard::default() };
        let heard = Arc::clone(&desk.heard);
        let served = axum::serve(listener, Router::new().fallback(receive).with_state(desk));
        tokio::spawn(served.with_graceful_shutdown(stop.clone().cancelled_owned()).into_future());
        let hooks = format!("{origin}/webhooks/sms");
        let theirs = match vendor {
            Vendor::Twilio => frontdesk_sandbox::sms::Vendor::Twilio,
            Vendor::SignalWire => frontdesk_sandbox::sms::Vendor::SignalWire,
        };
        let mut account = Account::new(theirs, 1, TOKEN, NUMBER, &hooks);
        if vendor == Vendor::SignalWire {
            account.signing_key = SIGNING_KEY.into();
        }
        let (sid, service) = (account.sid.clone(), account.service.clone());
        let mut config = SmsConfig::new(vec![account], hooks.clone());
        config.speed = 100_000.0;
        tune(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sandbox = SmsSandbox::serve(listener, config, stop.clone()).expect("served");
        let sender = Sender::Number(NUMBER.into());
        let settings = Settings::new(vendor, sandbox.base_url(), sid, TOKEN.to_owned().into(), sender);
        let client = Client::new(settings.with_status_url(hooks)).expect("a client");
        Self { client, sandbox, heard, service, _stop: stop.drop_guard() }
    }

    fn heard(&self) -> Vec<Hook> {
        self.heard.lock().expect("no panic").iter().map(|hook| hook.clone().expect("verified")).collect()
    }

    /// The last text that came in; statuses of ours may come between.
    fn last_inbound(&self) -> Inbound {
        let of = |hook: Hook| match hook {
            Hook::Inbound(inbound) => Some(inbound),
            Hook::Status(_) => None,
        };
        self.heard().into_iter().filter_map(of).next_back().expect("a text")
    }

    /// Our ids and statuses, in order of arrival.
    fn statuses(&self) -> Vec<(Option<MessageId>, Option<TextStatus>)> {
        let of = |hook: Hook| match hook {
            Hook::Status(update) => Some((update.message, update.status)),
            Hook::Inbound(_) => None,
        };
        self.heard().into_iter().filter_map(of).collect()
    }
}

fn text(id: i64) -> SendText {
    SendText {
        id: MessageId(id),
        to: PERSON.into(),
        from: None,
        body: "“See you at 3” – Ava 👋".into(),
        validity_s: Some(3_600),
        status_callback: None,
    }
}

fn class<T>(sent: Sent<T>) -> (RefusalClass, TextClass) {
    match sent {
        Sent::Refused(refusal) => (refusal.class, TextClass::of(&refusal)),
        other => panic!("not refused: {:?}", other.map(|_| ())),
    }
}

#[tokio::test]
async fn a_text_arrives_and_both_sides_agree_about_it() {
    for vendor in Vendor::ALL {
        for json in [false, true] {
            let rig = Rig::with(vendor, |config| config.signalwire_json = json).await;
            let Sent::Done(accepted) = rig.client.send(&text(7)).await else { panic!() };
            assert_eq!(accepted.text_status(), TextStatus::Queued);
            rig.sandbox.idle().await;
            let statuses = rig.statuses();
            assert_eq!(statuses.last(), Some(&(Some(MessageId(7)), Some(TextStatus::Delivered))), "{vendor}");
            let Sent::Done(record) = rig.client.fetch(&accepted.sid).await else { panic!() };
            assert_eq!(record.text_status(), Some(TextStatus::Delivered));
            assert_eq!(record.body, text(7).body);
        }
    }
}

#[tokio::test]
async fn a_text_through_a_service() {
    for vendor in Vendor::ALL {
        let rig = Rig::new(vendor).await;
        let from = Some(Sender::Service(rig.service.clone()));
        let message = SendText { from, ..text(7) };
        assert!(matches!(rig.client.send(&message).await, Sent::Done(_)));
        let found = rig.client.find(&message, Millis(0)).await;
        assert!(matches!(found, Sent::Done(Some(FoundText::One(_)))), "{vendor} {found:?}");
    }
}

#[tokio::test]
async fn s1_a_lost_answer_is_looked_up_and_nothing_is_sent_twice() {
    for vendor in Vendor::ALL {
        let rig = Rig::new(vendor).await;
        rig.sandbox.set_faults(Faults { cut_after_taking: 1, ..Faults::default() }).expect("possible");
        assert!(matches!(rig.client.send(&text(7)).await, Sent::Unknown(_)), "{vendor}");
        let Sent::Done(Some(FoundText::One(found))) = rig.client.find(&text(7), Millis(0)).await else {
            panic!()
        };
        assert_eq!(found.sid, rig.sandbox.texts()[0].sid);
        assert_eq!(rig.sandbox.copies(&MessageId(7).to_string()), 1);

        let rig = Rig::new(vendor).await;
        rig.sandbox.set_faults(Faults { cut_before_taking: 1, ..Faults::default() }).expect("possible");
        assert!(matches!(rig.client.send(&text(7)).await, Sent::Unknown(_)), "{vendor}");
        assert_eq!(rig.client.find(&text(7), Millis(0)).await, Sent::Done(None), "{vendor}");
    }
}

#[tokio::test]
async fn the_same_words_twice_are_two_texts() {
    let rig = Rig::new(Vendor::Twilio).await;
    for id in [7, 8] {
        assert!(matches!(rig.client.send(&text(id)).await, Sent::Done(_)));
    }
    let Sent::Done(Some(FoundText::Several(sids))) = rig.client.find(&text(7), Millis(0)).await else {
        panic!()
    };
    assert_eq!(sids.len(), 2);
}

#[tokio::test]
async fn refusals_mean_the_same_on_both_sides() {
    for vendor in Vendor::ALL {
        let rig = Rig::new(vendor).await;
        let refused = async |course| {
            rig.sandbox.force(PERSON, Some(course));
            class(rig.client.send(&text(7)).await)
        };
        assert_eq!(refused(Course::OptedOut).await, (RefusalClass::OptedOut, TextClass::OptedOut));
        assert_eq!(refused(Course::BadNumber).await, (RefusalClass::Recipient, TextClass::Recipient));
        assert_eq!(refused(Course::ClosedRegion).await, (RefusalClass::Config, TextClass::Region));
        let other = Some(Sender::Number("+14155550196".into()));
        let stranger = rig.client.send(&SendText { from: other, ..text(7) }).await;
        assert_eq!(class(stranger), (RefusalClass::Sender, TextClass::Sender));
        let refuse = Some(Refuse { status: 429, count: 1, retry_after_s: 7 });
        rig.sandbox.set_faults(Faults { refuse, ..Faults::default() }).expect("possible");
        assert_eq!(rig.client.send(&text(7)).await, Sent::Busy { retry_after_ms: Some(7_000) });
        assert_eq!(rig.sandbox.counters().taken, 0);
    }
}

#[tokio::test]
async fn s8_failures_come_later_with_their_reason() {
    for (course, expected) in [
        (Course::Unregistered, TextClass::Content),
        (Course::Landline, TextClass::Recipient),
        (Course::Unreachable, TextClass::Handset),
        (Course::OptedOutLater, TextClass::OptedOut),
    ] {
        let rig = Rig::new(Vendor::Twilio).await;
        rig.sandbox.force(PERSON, Some(course));
        assert!(matches!(rig.client.send(&text(7)).await, Sent::Done(_)));
        rig.sandbox.idle().await;
        let Some(Hook::Status(last)) = rig.heard().pop() else { panic!() };
        assert!(last.status.is_some_and(TextStatus::is_lost));
        assert_eq!(last.error_code.map(class_of_code), Some(expected));
    }
}

#[tokio::test]
async fn people_text_in() {
    for vendor in Vendor::ALL {
        let rig = Rig::new(vendor).await;
        rig.sandbox.inbound(PERSON, NUMBER, "  STOP ").expect("our number");
        rig.sandbox.idle().await;
        let inbound = rig.last_inbound();
        assert_eq!((inbound.from.as_str(), inbound.to.as_str()), (PERSON, NUMBER));
        assert_eq!((inbound.body.as_str(), inbound.media_count), ("  STOP ", 0));
        let sent = rig.client.send(&text(7)).await;
        match vendor.handles_stop() {
            true => assert_eq!(class(sent), (RefusalClass::OptedOut, TextClass::OptedOut)),
            false => assert!(matches!(sent, Sent::Done(_))),
        }
        rig.sandbox.inbound_pictures(PERSON, NUMBER, "", 2).expect("our number");
        rig.sandbox.idle().await;
        let pictures = rig.last_inbound();
        assert_eq!((pictures.body.as_str(), pictures.media_count), ("", 2));
    }
}

#[tokio::test]
async fn s17_a_number_that_was_pointed_elsewhere_is_seen() {
    for vendor in Vendor::ALL {
        let rig = Rig::new(vendor).await;
        rig.sandbox.set_sms_url(NUMBER, "https://other.example/x");
        assert_eq!(rig.client.sms_url(NUMBER).await, Sent::Done(Some("https://other.example/x".into())));
        assert_eq!(class(rig.client.sms_url("+14155550196").await).0, RefusalClass::NotFound);
    }
}
