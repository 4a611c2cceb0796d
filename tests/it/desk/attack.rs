//! Attacks over real sockets: whoever proves nothing, sends slowly, never reads or says that he is
//! somebody else. Each is bounded, and what is worth serving is served meanwhile.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_tests::desk::{ADMIN, SECRET, Setup, answered, number};
use frontdesk_tests::{TestDesk, hook, on_both_engines, sign, wait};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn connect(desk: &TestDesk) -> TcpStream {
    TcpStream::connect(desk.url.trim_start_matches("http://")).await.expect("a connection")
}

async fn sends(desk: &TestDesk, text: &str) -> TcpStream {
    let mut stream = connect(desk).await;
    // Who is refused early may find the door closed while he still speaks.
    let _ = stream.write_all(text.as_bytes()).await;
    stream
}

/// The answer's head, without waiting for anything more to be sent.
async fn head(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let mut byte = [0; 512];
    while !said.windows(4).any(|w| w == b"\r\n\r\n") {
        match wait::within("an answer", stream.read(&mut byte)).await {
            Ok(0) | Err(_) => break,
            Ok(n) => said.extend_from_slice(&byte[..n]),
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

fn post(headers: &str, length: usize) -> String {
    format!("POST /webhooks/vapi HTTP/1.1\r\nhost: desk\r\n{headers}content-length: {length}\r\n\r\n")
}

async fn a_webhook(desk: &TestDesk, id: &str) -> u16 {
    let call = hook::inbound(id, &number(1, Scenario::Books));
    let body = hook::report(&call, desk.now().0, "customer-ended-call", &["Thank you."]);
    desk.webhook("/webhooks/vapi", body).await.0
}

on_both_engines! {
    async fn who_proves_nothing_is_answered_before_his_body(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let before = desk.rows_everywhere().await;
        let stale = format!("x-signature: {}\r\nx-timestamp: 1\r\n", "ab".repeat(32));
        let unsigned = format!("x-signature: {}\r\n", "ab".repeat(32));
        for headers in ["", "authorization: Bearer wrong-secret\r\n", stale.as_str(), unsigned.as_str()] {
            // Not a byte of the body is sent.
            let mut stream = sends(&desk, &post(headers, 5_000_000)).await;
            let said = head(&mut stream).await;
            assert!(said.starts_with("HTTP/1.1 401") && said.contains("connection: close"), "{headers}: {said}");
        }
        // All but the last byte of many bodies, by those who never stop.
        let body = "x".repeat(200_000);
        let mut said = Vec::new();
        for _ in 0..80 {
            let mut stream = sends(&desk, &format!("{}{body}", post("", 200_001))).await;
            said.push(head(&mut stream).await);
        }
        assert!(said.iter().all(|s| s.starts_with("HTTP/1.1 401") || s.starts_with("HTTP/1.1 429")), "{said:?}");
        let last = said.last().unwrap();
        assert!(last.starts_with("HTTP/1.1 429") && last.contains("retry-after: "), "{last}");
        assert_eq!(desk.rows_everywhere().await, before);
        assert_eq!(a_webhook(&desk, "call-1").await, 200, "what verifies is never limited");
    }

    async fn unproved_bodies_share_a_small_room_and_give_way(db) {
        let setup = Setup {
            config: Box::new(|c| (c.limits.webhook_bytes, c.limits.unproved_bytes) = (65_536, 1_048_576)),
            ..Setup::default()
        };
        let desk = TestDesk::with(&db, setup).await;
        desk.client("harbour").await;
        let signed = format!("x-signature: {}\r\nx-timestamp: {}\r\n", "ab".repeat(32), desk.now().0 / 1000);
        let body = "x".repeat(60_000);
        let mut slow = Vec::new();
        for _ in 0..60 {
            slow.push(sends(&desk, &format!("{}{body}", post(&signed, 60_001))).await);
        }
        // Three times what there is room for: the first were sent away, and a signed one fits.
        let call = hook::inbound("call-1", &number(1, Scenario::Books));
        let report = hook::report(&call, desk.now().0, "customer-ended-call", &["Thank you."]);
        let proof = sign::hmac(SECRET, desk.now(), report.as_ref());
        assert_eq!(desk.webhook_with("/webhooks/vapi", proof, report).await.0, 200);
        let said = head(&mut slow[0]).await;
        assert!(said.starts_with("HTTP/1.1 503") || said.is_empty(), "{said}");
    }

    async fn a_body_that_stands_still_is_given_up(db) {
        let setup = Setup { config: Box::new(|c| c.limits.idle_s = 1), ..Setup::default() };
        let desk = TestDesk::with(&db, setup).await;
        let proved = format!("x-vapi-secret: {SECRET}\r\n");
        let mut stream = sends(&desk, &format!("{}{{", post(&proved, 5_000))).await;
        let said = head(&mut stream).await;
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    }

    async fn who_never_reads_is_dropped_whatever_key_he_has(db) {
        let setup = Setup { config: Box::new(|c| c.limits.idle_s = 1), ..Setup::default() };
        let desk = TestDesk::with(&db, setup).await;
        let harbour = desk.client("harbour").await;
        let mut hostile = Vec::new();
        for _ in 0..8 {
            let mut stream = connect(&desk).await;
            let request = format!(
                "GET /api/leads/harbour HTTP/1.1\r\nhost: desk\r\nx-api-key: {}\r\n\r\n",
                harbour.api_key
            );
            hostile.push(tokio::spawn(async move {
                let many = request.repeat(50);
                // Until the daemon hangs up, which a writer hears as an error.
                while stream.write_all(many.as_bytes()).await.is_ok() {}
            }));
        }
        for n in 0..20 {
            assert_eq!(a_webhook(&desk, &format!("call-{n}")).await, 200);
        }
        for one in hostile {
            wait::within("the daemon to hang up", one).await.unwrap();
        }
        desk.settled().await;
    }

    async fn thousands_who_only_stay_keep_nobody_out(db) {
        let setup = Setup {
            config: Box::new(|c| (c.limits.connections, c.limits.address_connections) = (64, 32)),
            ..Setup::default()
        };
        let desk = TestDesk::with(&db, setup).await;
        desk.client("harbour").await;
        let mut idle = Vec::new();
        for n in 0..300 {
            idle.push(connect(&desk).await);
            if n % 50 == 49 {
                assert_eq!(a_webhook(&desk, &format!("call-{n}")).await, 200);
            }
        }
        // The oldest were sent away without a word.
        let mut byte = [0; 1];
        let end = wait::within("an end", idle[0].read(&mut byte)).await;
        assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    }

    async fn only_what_a_trusted_proxy_saw_counts(db) {
        let setup = Setup {
            config: Box::new(|c| {
                c.house.proxy_addresses = c.house.admin_addresses.clone();
            }),
            ..Setup::default()
        };
        let desk = TestDesk::with(&db, setup).await;
        let status = async |lines: &[&str]| {
            let mut text = format!("GET /api/error-stats HTTP/1.1\r\nhost: desk\r\nx-api-key: {ADMIN}\r\n");
            for line in lines {
                text.push_str(&format!("x-forwarded-for: {line}\r\n"));
            }
            let mut stream = sends(&desk, &format!("{text}\r\n")).await;
            head(&mut stream).await[9..12].to_owned()
        };
        assert_eq!(status(&["127.0.0.1"]).await, "200", "somebody on this machine");
        assert_eq!(status(&["127.0.0.1:5555"]).await, "200");
        assert_eq!(status(&["203.0.113.9"]).await, "403");
        assert_eq!(status(&["127.0.0.1", "203.0.113.9"]).await, "403", "two lines are one list");
        assert_eq!(status(&["127.0.0.1, 203.0.113.9:80"]).await, "403");
        assert_eq!(status(&["127.0.0.1, unknown"]).await, "403", "what cannot be read is nobody");
        assert_eq!(status(&["127.0.0.1", "unknown"]).await, "403");
        // Nobody may not read the figures without a key either.
        let figures = desk.http.get(format!("{}/metrics", desk.url)).header("x-forwarded-for", "unknown");
        assert_eq!(answered(figures).await.0, 401);
    }

    async fn a_refused_key_is_in_the_log_under_the_request_that_was_answered(db) {
        let desk = TestDesk::start(&db).await;
        let answer = desk.get("/api/leads/harbour", "fd_no_such_key").await;
        assert_eq!(answer.0, 401, "{}", answer.1);
        assert!(answer.1["request_id"].as_str().is_some_and(|id| !id.is_empty()));
        let metrics = desk.get("/metrics", ADMIN).await.1;
        assert_eq!(metrics["counts"]["frontdesk_logins_refused_total"], 1, "{metrics}");
    }

    async fn strangers_are_counted_and_keys_are_not_kept_out_by_them(db) {
        let setup = Setup { config: Box::new(|c| c.limits.address_per_minute = 20), ..Setup::default() };
        let desk = TestDesk::with(&db, setup).await;
        let harbour = desk.client("harbour").await;
        let mut statuses = Vec::new();
        for n in 0..30 {
            statuses.push(desk.get("/api/leads/harbour", &format!("fd_guess_{n}")).await.0);
        }
        assert_eq!(statuses.iter().filter(|s| **s == 401).count(), 20, "{statuses:?}");
        assert!(statuses[20..].iter().all(|s| *s == 429), "{statuses:?}");
        let health = answered(desk.http.get(format!("{}/health", desk.url))).await;
        assert_eq!(health.0, 429, "open to everybody, and counted as everybody's");
        assert_eq!(desk.get("/api/leads/harbour", &harbour.api_key).await.0, 200);
        desk.pass(61_000);
        assert_eq!(answered(desk.http.get(format!("{}/health", desk.url))).await.0, 200);
    }

    async fn a_client_has_as_many_connections_as_it_may(db) {
        let setup = Setup {
            config: Box::new(|c| (c.limits.client_connections, c.limits.client_streams) = (6, 4)),
            ..Setup::default()
        };
        let desk = TestDesk::with(&db, setup).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let open = async |key: &str, path: &str| {
            let text = format!("GET {path} HTTP/1.1\r\nhost: desk\r\nx-api-key: {key}\r\n\r\n");
            let mut stream = sends(&desk, &text).await;
            let said = head(&mut stream).await;
            (stream, said[9..12].to_owned())
        };
        let events = "/api/realtime/harbour/events";
        let mut kept = Vec::new();
        for n in 0..4 {
            let (stream, status) = open(&harbour.api_key, events).await;
            assert_eq!(status, "200", "stream {n}");
            kept.push(stream);
        }
        let (refused, status) = open(&harbour.api_key, events).await;
        assert_eq!(status, "429", "one stream too many");
        kept.push(refused);
        let (last, status) = open(&harbour.api_key, "/api/leads/harbour").await;
        assert_eq!(status, "200");
        kept.push(last);
        assert_eq!(open(&harbour.api_key, "/api/leads/harbour").await.1, "429", "one connection too many");
        assert_eq!(open(&elm.api_key, "/api/leads/elm").await.1, "200", "others are not touched");
        drop(kept);
        let again = async || (open(&harbour.api_key, events).await.1 == "200").then_some(());
        wait::until("places to be given back", again).await;
    }

    async fn at_most_so_many_in_any_minute_over_all_daemons(db) {
        let setup = || Setup { config: Box::new(|c| c.limits.enterprise_per_minute = 30), ..Setup::default() };
        let desk = TestDesk::with(&db, setup()).await;
        let harbour = desk.client("harbour").await;
        // A second daemon on the same store, where a store can have two.
        let second = match db.engine() {
            frontdesk_store::Engine::Postgres => Some(TestDesk::with(&db, setup()).await),
            frontdesk_store::Engine::Sqlite => None,
        };
        let desks: Vec<&TestDesk> = [Some(&desk), second.as_ref()].into_iter().flatten().collect();
        let mut granted = 0;
        for n in 0..40 {
            let url = format!("{}/api/leads/harbour", desks[n % desks.len()].url);
            let answer = desk.http.get(url).header("x-api-key", &harbour.api_key).send().await.unwrap();
            let text = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(text("ratelimit-policy"), "\"minute\";q=30;w=60");
            match answer.status().as_u16() {
                200 => {
                    granted += 1;
                    assert_eq!(text("ratelimit-remaining"), (30 - granted).to_string());
                }
                429 => {
                    assert_eq!(text("ratelimit-remaining"), "0");
                    assert_eq!(text("retry-after"), text("ratelimit-reset"));
                }
                other => panic!("{other}"),
            }
        }
        assert_eq!(granted, 30);
        for desk in &desks {
            desk.pass(59_999);
            assert_eq!(desk.get("/api/leads/harbour", &harbour.api_key).await.0, 429, "within the same minute");
            desk.pass(1);
        }
        assert_eq!(desks[desks.len() - 1].get("/api/leads/harbour", &harbour.api_key).await.0, 200);
    }

    async fn an_agent_path_that_is_nobodys_is_not_there(db) {
        let desk = TestDesk::start(&db).await;
        let harbour = desk.client("harbour").await;
        let call = hook::inbound("call-1", &number(1, Scenario::Books));
        let body = hook::report(&call, desk.now().0, "customer-ended-call", &["Thank you."]);
        let before = desk.rows_everywhere().await;
        let nobodys = format!("/webhooks/agent/agent_{}", "0".repeat(32));
        assert_eq!(desk.webhook_with(&nobodys, Vec::new(), body.clone()).await.0, 401, "proof comes first");
        let answer = desk.webhook(&nobodys, body.clone()).await;
        assert_eq!((answer.0, &answer.1["error"]["code"]), (404, &json!("not_found")));
        assert_eq!(desk.rows_everywhere().await, before);
        assert_eq!(desk.webhook(&harbour.agent_path, body).await.0, 200);
    }

    async fn a_client_cannot_fill_the_memory_with_its_bodies(db) {
        let setup = Setup { config: Box::new(|c| c.limits.idle_s = 3), ..Setup::default() };
        let desk = TestDesk::with(&db, setup).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let text = format!(
            "POST /api/leads/harbour HTTP/1.1\r\nhost: desk\r\nx-api-key: {}\r\ncontent-length: 1048576\r\n\r\n[",
            harbour.api_key
        );
        let mut slow = Vec::new();
        for _ in 0..9 {
            slow.push(sends(&desk, &text).await);
        }
        // A quarter of the room is one client's; the ninth megabyte is too much.
        let mut statuses = Vec::new();
        for mut stream in slow {
            statuses.push(head(&mut stream).await.get(9..12).unwrap_or_default().to_owned());
        }
        assert!(statuses.iter().any(|s| s == "503") && statuses.iter().any(|s| s == "408"), "{statuses:?}");
        assert_eq!(desk.post("/api/leads/elm", &elm.api_key, "[]").await.0, 200, "others are read");
    }

    async fn a_console_that_says_nothing_is_sent_away(db) {
        let desk = TestDesk::start(&db).await;
        let mut silent = tokio::net::UnixStream::connect(desk.socket()).await.unwrap();
        let operator = desk.operator().await;
        let mut byte = [0; 1];
        let end = wait::within("an end", silent.read(&mut byte)).await;
        assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
        operator.client.why_idle(frontdesk_tests::console::soon(), None).await.unwrap().unwrap();
    }
}
