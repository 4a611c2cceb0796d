//! Protection: of the daemon from those who send too slowly or too much, of one client from
//! another's bulk, of a provider that fails, and of people from calls that come too late.

use frontdesk_sandbox::vapi::{Faults, Refuse, Scenario};
use frontdesk_shared::action::Action;
use frontdesk_shared::time::{DAY, SECOND};
use frontdesk_store::{Engine, Error, meta};
use frontdesk_tests::desk::{SECRET, Setup, number};
use frontdesk_tests::{TestDesk, hook, on_both_engines, wait};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Connections the store keeps to PostgreSQL.
const CONNECTIONS: usize = 8;

/// Opens a connection, sends this much and keeps it open.
async fn sends(desk: &TestDesk, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(desk.url.trim_start_matches("http://")).await.expect("a connection");
    stream.write_all(text.as_bytes()).await.expect("sent");
    stream
}

/// What the daemon answers until it closes.
async fn hears(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    // A reset is an end as well.
    let _ = wait::within("the daemon to close", stream.read_to_end(&mut said)).await;
    String::from_utf8_lossy(&said).into_owned()
}

on_both_engines! {
    async fn who_sends_a_head_drop_by_drop_gives_way_to_others(db) {
        let setup = Setup {
            config: Box::new(|c| (c.limits.head_s, c.limits.connections) = (1, 16)),
            ..Setup::default()
        };
        let desk = TestDesk::with(&db, setup).await;
        let mut slow = Vec::new();
        for _ in 0..40 {
            slow.push(sends(&desk, "POST /webhooks/vapi HTTP/1.1\r\nhost: desk\r\nx-slow: ").await);
        }
        // Every place is taken, and one after the other is given back.
        let url = format!("{}/health", desk.url);
        let answer = wait::within("an answer behind the slow ones", desk.http.get(url).send()).await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        for stream in slow {
            let said = hears(stream).await;
            assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
        }
    }

    async fn who_sends_a_body_drop_by_drop_is_cut_off_and_leaves_nothing(db) {
        let setup = Setup { config: Box::new(|c| c.limits.request_s = 1), ..Setup::default() };
        let desk = TestDesk::with(&db, setup).await;
        let before = desk.rows_everywhere().await;
        let head = format!("POST /webhooks/vapi HTTP/1.1\r\nhost: desk\r\nx-vapi-secret: {SECRET}\r\ncontent-length: 100000\r\nconnection: close\r\n\r\n{{");
        let said = hears(sends(&desk, &head).await).await;
        assert!(said.starts_with("HTTP/1.1 408") && said.contains("\"timeout\""), "{said}");
        assert_eq!(desk.rows_everywhere().await, before);
    }

    async fn a_webhook_that_is_too_large_is_refused_before_it_is_read(db) {
        let setup = Setup { config: Box::new(|c| c.limits.webhook_bytes = 65_536), ..Setup::default() };
        let desk = TestDesk::with(&db, setup).await;
        let before = desk.rows_everywhere().await;
        // Nothing but the announcement is ever sent.
        let head = "POST /webhooks/vapi HTTP/1.1\r\nhost: desk\r\ncontent-length: 1000000000000\r\n\r\n";
        let said = hears(sends(&desk, head).await).await;
        assert!(said.starts_with("HTTP/1.1 413") && said.contains("\"too_large\""), "{said}");
        let chunk = "x".repeat(32_768);
        let head = format!("POST /webhooks/vapi HTTP/1.1\r\nhost: desk\r\nx-vapi-secret: {SECRET}\r\ntransfer-encoding: chunked\r\n\r\n");
        let body = format!("8000\r\n{chunk}\r\n").repeat(3);
        let said = hears(sends(&desk, &format!("{head}{body}")).await).await;
        assert!(said.starts_with("HTTP/1.1 413"), "{said}");
        assert_eq!(desk.rows_everywhere().await, before);
    }

    async fn one_clients_bulk_does_not_delay_anothers_new_lead(db) {
        const ROWS: usize = 3_000;
        let setup = Setup {
            start: None,
            speed: 200.0,
            config: Box::new(|c| {
                c.vapi.as_mut().expect("calls are on").concurrency = 5;
                c.calling = json!({"window": {
                    "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                    "start": "00:00", "end": "24:00", "stop_before_close_minutes": 0,
                }});
                c.profiles = json!({"GB": {"start": "00:00", "end": "24:00"}});
            }),
            ..Setup::default()
        };
        let desk = TestDesk::with(&db, setup).await;
        // The machine's own clock, and its own pace.
        desk.expect_faults(&["db.slow"]);
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let mut csv = String::from("name,phone,consent channels,consent text\n");
        for n in 0..ROWS {
            // Nobody answers: each call gives its slot to the next one soon.
            csv.push_str(&format!("Lead {n},+447401{:06},ai_voice,Call me\n", n * 100 + 3));
        }
        let answer = desk.import(&harbour, "", csv).await;
        assert_eq!(answer["accepted"], ROWS, "{answer}");
        let placed = || desk.sandbox.counters().placed;
        wait::until("the bulk to be dialed", async || (placed() > 10).then_some(())).await;
        let ann = "+447400123402";
        let before = placed();
        desk.lead(&elm, ann).await;
        let call = wait::until("the other client's call", async || desk.sandbox.calls_to(ann).pop()).await;
        let calls = desk.sandbox.calls();
        let ahead = calls.iter().filter(|c| c.number != ann && c.created_ms < call.created_ms).count() as u64;
        let waited = ahead.saturating_sub(before);
        // Five calls are under way and five may have been claimed while the lead was taken in;
        // what counts is that it is not behind thousands.
        let left = desk.count("SELECT count(*) FROM job WHERE kind = 'call.place' AND state = 'ready'").await;
        assert!(left > 1_000, "the bulk was over already: {left} left");
        assert!(waited <= 100, "{waited} calls of the bulk went first");
    }

    async fn a_failing_provider_rests_is_tried_once_and_goes_on(db) {
        let refuse = Some(Refuse { status: 429, count: 1_000, retry_after_s: 1 });
        let desk = TestDesk::with(&db, Setup::with(Faults { refuse, ..Faults::default() })).await;
        let client = desk.client("harbour").await;
        let rules = desk.app.ctx.house.breaker;
        let people: Vec<String> = (0..9).map(|n| number(n, Scenario::Declines)).collect();
        for person in &people {
            desk.lead(&client, person).await;
        }
        desk.expect_faults(&["provider.breaker", "vapi.busy"]);
        desk.settled().await;
        let asked = || desk.sandbox.counters().refused;
        let mut at_first = asked();
        // They were let in one by one: those that came before it opened are tried again.
        while desk.count("SELECT count(*) FROM fault WHERE kind = 'provider.breaker'").await == 0 {
            assert!(at_first < 100, "it never opens: {}", desk.picture().await);
            desk.advance(2 * SECOND).await;
            at_first = asked();
        }
        // Open: nothing is sent, whatever is due.
        desk.advance(rules.open_ms / 3).await;
        assert_eq!(asked(), at_first, "{}", desk.picture().await);
        // Half open: one request, and it fails.
        desk.advance(rules.open_ms).await;
        assert_eq!(asked(), at_first + 1, "{}", desk.picture().await);
        // The provider is well: one request finds out, then everybody is called, once each.
        desk.sandbox.set_faults(Faults::default()).unwrap();
        for _ in 0..20 {
            desk.advance(30 * SECOND).await;
        }
        for person in &people {
            assert_eq!(desk.sandbox.calls_to(person).len(), 1, "{person}: {}", desk.picture().await);
        }
    }

    async fn a_call_that_comes_too_late_is_listed_as_expired_and_not_made(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let operator = desk.operator().await;
        operator.act(Action::PauseDialing { client: None, reason: "the line is cut".into() }, "p-1").await.unwrap();
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        // Due all the while, so nothing here waits for the queue to be empty.
        desk.pass(i64::from(desk.app.ctx.house.policy.lead_expiry_days) * DAY + SECOND);
        operator.act(Action::ResumeDialing { client: None }, "u-1").await.unwrap();
        desk.settled().await;
        assert_eq!(desk.lead_now(&ann).await.status, "expired", "{}", desk.picture().await);
        assert_eq!(desk.texts("SELECT state FROM job WHERE kind = 'call.place'").await, ["expired"]);
        assert_eq!(desk.sandbox.counters().placed, 0);
        let told = desk.count("SELECT count(*) FROM event WHERE text LIKE '%too late to be useful%'").await;
        assert!(told >= 1);
    }

    async fn more_than_may_wait_is_answered_503_and_the_rest_is_done(db) {
        let desk = TestDesk::start(&db).await;
        // The only writer, or every connection, is kept busy until the test lets go.
        let threads = match db.engine() { Engine::Sqlite => 1, Engine::Postgres => CONNECTIONS };
        let (go_on, wait_for) = std::sync::mpsc::channel::<()>();
        let gate = std::sync::Arc::new(std::sync::Mutex::new(wait_for));
        let (enter, mut entered) = tokio::sync::mpsc::unbounded_channel();
        let mut holding = Vec::new();
        for _ in 0..threads {
            let (store, gate, enter) = (desk.app.store.clone(), gate.clone(), enter.clone());
            holding.push(tokio::spawn(async move {
                store.write(move |_| {
                    let _ = enter.send(());
                    let _ = gate.lock().unwrap().recv_timeout(Duration::from_secs(60));
                    Ok(())
                }).await
            }));
        }
        for _ in 0..threads {
            wait::within("every connection to be kept", entered.recv()).await;
        }
        let mut waiting = tokio::task::JoinSet::new();
        for n in 0..6_000 {
            let store = desk.app.store.clone();
            waiting.spawn(async move {
                store.write(move |tx| meta::set(tx, &format!("n{n}"), Some("x"))).await
            });
        }
        // Nothing can be done meanwhile, so the first that ends is one too many.
        let first = wait::within("a refusal", waiting.join_next()).await.unwrap().unwrap();
        assert!(matches!(first, Err(Error::Overloaded)), "{first:?}");
        let call = hook::inbound("c", &number(1, Scenario::Books));
        let (status, answer) = desk.webhook("/webhooks/vapi", hook::status(&call, 1, "in-progress")).await;
        match db.engine() {
            Engine::Sqlite => assert_eq!((status, &answer["error"]["code"]), (503, &json!("unavailable"))),
            // What verified is on the disk, and its turn comes.
            Engine::Postgres => {
                assert_eq!(status, 200, "{answer}");
                desk.expect_faults(&["webhooks.waited"]);
            }
        }
        drop(go_on);
        let (mut done, mut refused) = (0, 1);
        while let Some(one) = waiting.join_next().await {
            match one.unwrap() {
                Ok(()) => done += 1,
                Err(Error::Overloaded) => refused += 1,
                Err(e) => panic!("{e}"),
            }
        }
        assert!(done >= 4_000 && refused + done == 6_000, "{done} done, {refused} refused");
        for one in holding {
            one.await.unwrap().unwrap();
        }
        if db.engine() == Engine::Postgres {
            let kept = async || (desk.count("SELECT count(*) FROM webhook").await == 1).then_some(());
            wait::until("the webhook to be kept", kept).await;
            let empty = async || (desk.app.spool.as_ref()?.waiting().count == 0).then_some(());
            wait::until("the spool to be empty", empty).await;
        }
    }
}
