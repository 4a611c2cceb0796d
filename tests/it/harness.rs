//! The harness itself: a tool that cannot be trusted proves nothing.

use frontdesk_store::Engine;
use frontdesk_tests::database::run;
use frontdesk_tests::http_fixture::{Answer, HttpFixture};
use frontdesk_tests::postgres::Server;
use frontdesk_tests::tmux::Terminal;
use frontdesk_tests::{TestDb, fixtures, http_fixture, sign};

#[test]
fn the_http_fixture_records_and_answers_by_script() {
    run(async {
        let peer = HttpFixture::start(Answer::json(200, &serde_json::json!({ "ok": true }))).await;
        peer.then(Answer::with_header(429, "retry-after", "7"))
            .then(Answer::json(500, &serde_json::json!({})));
        let client = http_fixture::client();
        let body = fixtures::bytes("vapi/vapi_status_update_in_progress_2025-06.json");
        let mut statuses = Vec::new();
        for n in 0..3 {
            let mut request = client.post(format!("{}/hook?n={n}", peer.url)).body(body.clone());
            for (name, value) in sign::bearer("token") {
                request = request.header(name, value);
            }
            let answer = request.send().await.unwrap();
            statuses.push((answer.status().as_u16(), answer.headers().contains_key("retry-after")));
        }
        assert_eq!(statuses, [(429, true), (500, false), (200, false)]);
        let seen = peer.received(3).await;
        assert_eq!(seen[2].uri, "/hook?n=2");
        assert_eq!(seen[0].header("authorization"), Some("Bearer token"));
        assert_eq!(seen[0].body, body);
        assert_eq!(seen[0].json()["message"]["type"], "status-update");
    });
}

#[test]
fn a_silent_peer_never_answers_and_a_dropped_one_is_gone() {
    run(async {
        let peer = HttpFixture::start(Answer::Silence).await;
        let url = peer.url.clone();
        let asking = tokio::spawn(http_fixture::client().get(&url).send());
        peer.received(1).await;
        assert!(!asking.is_finished());
        asking.abort();
        drop(peer);
        frontdesk_tests::wait::until("the port to close", || async {
            http_fixture::client().get(&url).send().await.err().filter(reqwest::Error::is_connect)
        })
        .await;
    });
}

#[test]
fn every_recorded_payload_is_json() {
    let names = fixtures::list("vapi");
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        assert!(fixtures::json(&name).is_object(), "{name}");
    }
}

#[test]
fn the_terminal_shows_what_is_typed_and_ends_with_its_program() {
    run(async {
        let terminal = Terminal::start(
            60,
            10,
            "printf 'ready %s\\n' \"$WHO\"; read line; printf 'heard %s\\n' \"$line\"; stty size; read x; exit 3",
            &[("WHO", "ann")],
        );
        terminal.shows("ready ann").await;
        terminal.text("Enter 42");
        terminal.keys(&["Enter"]);
        let screen = terminal.shows("10 60").await;
        assert!(screen.contains("heard Enter 42"), "{screen}");
        terminal.keys(&["Enter"]);
        assert_eq!(terminal.exit_code().await, 3);
    });
}

#[test]
fn tests_do_not_share_a_database() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(one) = TestDb::migrated(engine) else { continue };
        let Some(two) = TestDb::migrated(engine) else { continue };
        run(async {
            use frontdesk_store::meta;
            one.store.write(|tx| meta::set(tx, "mine", Some("yes"))).await.unwrap();
            assert_eq!(two.store.read(|tx| meta::get(tx, "mine")).await.unwrap(), None);
            let again = one.second_daemon();
            assert_eq!(again.read(|tx| meta::get(tx, "mine")).await.unwrap().as_deref(), Some("yes"));
        });
    }
}

#[test]
fn an_existing_servers_url_gets_the_tests_database() {
    let cases = [
        ("postgres://u:p@h:5433/main?sslmode=disable", "postgres://u:p@h:5433/x?sslmode=disable"),
        ("postgres://u@h/", "postgres://u@h/x"),
        ("postgres://h", "postgres://h/x"),
        ("postgres://h?sslmode=require", "postgres://h/x?sslmode=require"),
    ];
    for (given, wanted) in cases {
        assert_eq!(Server::existing(given).unwrap().url("x"), wanted);
    }
    assert!(Server::existing("nonsense").is_err());
}
