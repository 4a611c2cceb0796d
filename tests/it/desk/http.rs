//! The web server's manners: who may ask what, how much, and what an error looks like.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_tests::desk::{ADMIN, Setup, answered, number};
use frontdesk_tests::{TestDb, TestDesk, on_both_engines, wait};
use serde_json::{Value, json};
use std::collections::HashSet;

/// The one shape of an error.
fn is_error(answer: &(u16, Value), status: u16, code: &str) {
    assert_eq!(answer.0, status, "{answer:?}");
    assert_eq!(answer.1["error"]["code"], code, "{answer:?}");
    assert!(answer.1["error"]["message"].as_str().is_some_and(|m| !m.is_empty()), "{answer:?}");
    assert!(answer.1["request_id"].is_string(), "{answer:?}");
}

on_both_engines! {
    async fn keys_open_what_is_theirs_and_nothing_else(db) {
        let desk = TestDesk::start(&db).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let before = desk.rows_everywhere().await;
        for path in ["/api/leads/harbour", "/api/realtime/stats", "/api/error-stats", "/api/migrations/status"] {
            let nobody = answered(desk.http.get(format!("{}{path}", desk.url))).await;
            is_error(&nobody, 401, "unauthorized");
            is_error(&desk.get(path, "fd_nosuchkey").await, 401, "unauthorized");
        }
        is_error(&desk.get("/api/leads/harbour", &elm.api_key).await, 403, "forbidden");
        is_error(&desk.get("/api/leads/nobody", &elm.api_key).await, 403, "forbidden");
        is_error(&desk.get("/api/realtime/harbour/events", &elm.api_key).await, 403, "forbidden");
        is_error(&desk.post("/api/import-leads/harbour", &elm.api_key, "[]").await, 403, "forbidden");
        is_error(&desk.post("/api/leads/harbour", &elm.api_key, "[]").await, 403, "forbidden");
        is_error(&desk.post("/api/clients/harbour/deactivate", &harbour.api_key, "").await, 403, "forbidden");
        for path in ["/api/error-stats", "/api/migrations/status", "/monitor/tenant-resolution"] {
            is_error(&desk.get(path, &harbour.api_key).await, 403, "forbidden");
            assert_eq!(desk.get(path, ADMIN).await.0, 200, "{path}");
        }
        is_error(&desk.get("/api/leads/nobody", ADMIN).await, 404, "not_found");
        let bearer = desk.http.get(format!("{}/api/leads/harbour", desk.url)).bearer_auth(&harbour.api_key);
        assert_eq!(answered(bearer).await.0, 200);
        assert_eq!(desk.rows_everywhere().await, before);
    }

    async fn every_error_has_one_shape_and_every_answer_its_headers(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        is_error(&desk.get("/no/such/path", ADMIN).await, 404, "not_found");
        is_error(&desk.get("/webhooks/vapi", ADMIN).await, 405, "method_not_allowed");
        is_error(&desk.get("/webhooks/agent/other_1", ADMIN).await, 405, "method_not_allowed");
        is_error(&desk.post("/api/onboard-client", ADMIN, "{").await, 400, "invalid");
        is_error(&desk.post("/api/onboard-client", ADMIN, json!({"businessName": "X", "key": "harbour"}).to_string()).await, 409, "conflict");
        let wrong = desk.post("/api/onboard-client", ADMIN, json!({"businessName": "X", "timezone": "Mars/Base"}).to_string()).await;
        is_error(&wrong, 400, "invalid");
        assert_eq!(wrong.1["error"]["field"], "timezone");
        is_error(&desk.get("/api/leads/harbour?page=2", &client.api_key).await, 400, "invalid");
        let large = vec![b' '; 2 * 1024 * 1024];
        is_error(&desk.post("/api/onboard-client", ADMIN, large).await, 413, "too_large");
        for path in ["/health", "/no/such/path", "/api/leads/harbour"] {
            let answer = desk.http.get(format!("{}{path}", desk.url)).send().await.unwrap();
            for header in ["x-content-type-options", "x-frame-options", "content-security-policy",
                "referrer-policy", "strict-transport-security", "x-request-id", "cache-control"] {
                assert!(answer.headers().contains_key(header), "{path}: {header}");
            }
        }
    }

    async fn an_import_that_is_too_large_is_refused_however_it_is_sent(db) {
        let setup = Setup { config: Box::new(|c| c.limits.import_bytes = 65_536), ..Setup::default() };
        let desk = TestDesk::with(&db, setup).await;
        let client = desk.client("harbour").await;
        let body = "x".repeat(100_000);
        is_error(&desk.post("/api/import-leads", &client.api_key, body).await, 413, "too_large");
        // Without a declared length the limit is only found on the way.
        is_error(&unmeasured(&desk, &client.api_key, 100_000).await, 413, "too_large");
        assert_eq!(desk.count("SELECT count(*) FROM import WHERE status IN ('receiving', 'running')").await, 0);
        let spool = desk.app.config.house.data_dir.join("spool");
        assert_eq!(std::fs::read_dir(spool).unwrap().count(), 0, "what was received is not kept");
    }

    async fn who_asks_too_often_is_told_when_to_come_back(db) {
        let setup = Setup { config: Box::new(|c| c.limits.enterprise_per_minute = 30), ..Setup::default() };
        let desk = TestDesk::with(&db, setup).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        for n in 0..30 {
            assert_eq!(desk.get("/api/leads/harbour", &harbour.api_key).await.0, 200, "request {n}");
        }
        let url = format!("{}/api/leads/harbour", desk.url);
        let refused = desk.http.get(url).header("x-api-key", &harbour.api_key).send().await.unwrap();
        assert_eq!(refused.status().as_u16(), 429);
        let after: i64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&after), "{after}");
        assert_eq!(desk.get("/api/leads/elm", &elm.api_key).await.0, 200, "others are not touched");
        desk.advance(after * 1_000).await;
        assert_eq!(desk.get("/api/leads/harbour", &harbour.api_key).await.0, 200);
    }

    async fn health_has_the_shape_that_was_asked_for(db) {
        let desk = TestDesk::start(&db).await;
        let health = answered(desk.http.get(format!("{}/health", desk.url))).await;
        assert_eq!(health.0, 200);
        for pointer in ["/status", "/uptime", "/memory/rss", "/memory/heapUsed", "/database/status",
            "/database/responseTime", "/messaging/sms", "/messaging/email", "/services/vapi",
            "/services/googleCalendar", "/services/twilio"] {
            assert!(health.1.pointer(pointer).is_some_and(Value::is_string), "{pointer}: {}", health.1);
        }
        assert_eq!(health.1["database"]["consecutiveFailures"], 0);
        assert!(!health.1.to_string().contains("key"), "no key is shown: {}", health.1);
        let migrations = desk.get("/api/migrations/status", ADMIN).await;
        assert_eq!(migrations.1["pending"], 0, "{migrations:?}");
        assert!(!migrations.1["migrations"].as_array().unwrap().is_empty());
        let errors = desk.get("/api/error-stats", ADMIN).await.1;
        assert_eq!(errors["per_hour"].as_array().unwrap().len(), 24, "{errors}");
    }

    async fn leads_are_paged_without_loss_or_repetition(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let mut csv = String::from("name,phone\n");
        for n in 0..57 {
            csv.push_str(&format!("Lead {n},+4477009008{n:02}\n"));
        }
        desk.import(&client, "", csv).await;
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = desk.get(&format!("/api/leads/harbour?limit=10{cursor}"), &client.api_key).await.1;
            assert_eq!(page["total"], 57, "{page}");
            seen.extend(page["leads"].as_array().unwrap().iter().map(|l| l["id"].to_string()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), 57);
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 57);
    }

    async fn a_key_is_shown_once_and_never_stored(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        assert_eq!(desk.get("/api/leads/harbour", &client.api_key).await.0, 200);
        desk.settled().await;
        for secret in [client.api_key.as_str(), ADMIN] {
            assert!(!holds(&db, &desk, secret).await, "a key is in the database");
        }
        assert!(holds(&db, &desk, "owner@example.com").await, "the search finds what is there");
    }

    async fn a_deactivated_client_is_left_alone_and_its_key_is_worth_nothing(db) {
        let desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        let answer = desk.post("/api/clients/harbour/deactivate", ADMIN, "").await;
        assert_eq!((answer.0, &answer.1["stopped_jobs"]), (200, &json!(1)), "{}", answer.1);
        is_error(&desk.get("/api/leads/harbour", &client.api_key).await, 403, "forbidden");
        is_error(&desk.post("/api/import-leads", &client.api_key, "[]").await, 403, "forbidden");
        is_error(&desk.post("/api/import-leads/harbour", ADMIN, "[]").await, 409, "conflict");
        desk.advance(3 * DAY).await;
        assert_eq!(desk.sandbox.counters().placed, 0);
        let why = desk.why(&ann).await;
        assert!(why.now.reason.contains("deactivated"), "{why:?}");
        desk.advance(HOUR).await;
    }

    async fn a_stream_that_breaks_off_goes_on_where_it_was(db) {
        // On the system's clock: PostgreSQL's order of events is not in a test's hand.
        let desk = TestDesk::with(&db, Setup { start: None, ..Setup::default() }).await;
        let (client, other) = (desk.client("harbour").await, desk.client("elm").await);
        let import = |n: usize| format!("name,phone\nEve,+44770090070{n}\nEva,+44770090071{n}\n");
        let mut seen: Vec<String> = Vec::new();
        let mut last = "0-0".to_owned();
        for n in 0..4 {
            desk.import(&client, "", import(n)).await;
            desk.import(&other, "", import(n)).await;
            // Each connection reads a little and is cut.
            for id in read_events(&desk, &client.api_key, &last, 2).await {
                last.clone_from(&id);
                seen.push(id);
            }
        }
        let sql = "SELECT count(*) FROM event e JOIN client c ON c.id = e.client_id WHERE c.key = 'harbour'";
        let all = usize::try_from(desk.count(sql).await).unwrap();
        assert!(all > seen.len(), "{all}");
        seen.extend(read_events(&desk, &client.api_key, &last, all - seen.len()).await);
        assert_eq!(seen.len(), all);
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), all, "{seen:?}");
        let wrong = desk.http.get(format!("{}/api/realtime/harbour/events", desk.url));
        let wrong = wrong.header("x-api-key", &client.api_key).header("last-event-id", "yesterday");
        is_error(&answered(wrong).await, 400, "invalid");
    }
}

/// The ids of the next events of a stream that begins after `last`.
async fn read_events(desk: &TestDesk, key: &str, last: &str, want: usize) -> Vec<String> {
    let request = desk.http.get(format!("{}/api/realtime/harbour/events", desk.url));
    let mut stream =
        request.header("x-api-key", key).header("last-event-id", last).send().await.expect("a stream");
    assert_eq!(stream.status().as_u16(), 200);
    let (mut text, mut ids) = (String::new(), Vec::new());
    while ids.len() < want {
        let chunk = wait::within("the next event", stream.chunk()).await.expect("a chunk").expect("no end");
        text.push_str(std::str::from_utf8(&chunk).expect("text"));
        let whole = text.rfind("\n\n").map_or(0, |at| at + 2);
        let lines: String = text.drain(..whole).collect();
        ids.extend(
            lines.lines().filter_map(|l| l.strip_prefix("id: ").or(l.strip_prefix("id:"))).map(str::to_owned),
        );
    }
    ids.truncate(want);
    ids
}

/// Whether a text is anywhere in the database: in SQLite's files, in a dump of PostgreSQL's rows.
async fn holds(db: &TestDb, desk: &TestDesk, text: &str) -> bool {
    let Some(file) = db.file() else {
        let mut found = false;
        for (table, _) in desk.rows_everywhere().await {
            let rows = desk.texts(format!("SELECT CAST(t AS TEXT) FROM {table} t")).await;
            found |= rows.iter().any(|row| row.contains(text));
        }
        return found;
    };
    ["", "-wal"].iter().any(|end| {
        let bytes = std::fs::read(format!("{}{end}", file.display())).unwrap_or_default();
        bytes.windows(text.len()).any(|w| w == text.as_bytes())
    })
}

/// Imports so many bytes without telling their number beforehand.
async fn unmeasured(desk: &TestDesk, key: &str, bytes: usize) -> (u16, Value) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let host = desk.url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(host).await.expect("a connection");
    let head = format!(
        "POST /api/import-leads HTTP/1.1\r\nhost: {host}\r\nx-api-key: {key}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{bytes:x}\r\n{}\r\n0\r\n\r\n",
        "x".repeat(bytes)
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("head and body");
    let start = body.find('{').expect("JSON");
    let end = body.rfind('}').expect("JSON");
    (head[9..12].parse().expect("a status"), serde_json::from_str(&body[start..=end]).expect("JSON"))
}
