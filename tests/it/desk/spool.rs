//! PostgreSQL goes away under a running daemon: what was verified is kept and applied in order,
//! what cannot be answered is said so, and operators can see it.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::page::{List, Query, Rows};
use frontdesk_store::Store;
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::daemon::{Daemon, Launch, free_address};
use frontdesk_tests::database::{pg_target, run};
use frontdesk_tests::desk::number;
use frontdesk_tests::postgres::{self, Server};
use frontdesk_tests::{hook, wait};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// A daemon with a server of its own, because the shared one must not go away.
struct Away {
    server: Server,
    dir: TempDir,
    launch: Launch,
    url: String,
}

impl Away {
    fn new() -> Option<Self> {
        if postgres::skipped("outages of PostgreSQL under a daemon") {
            return None;
        }
        let server = Server::start().unwrap_or_else(|e| panic!("{e}"));
        let url = server.url(&server.create(None));
        let dir = tempfile::Builder::new().prefix("fd-").tempdir().unwrap();
        let launch = Launch::new(&dir.path().join("data"), free_address(), "http://127.0.0.1:9")
            .set("DATABASE_URL", &url);
        Some(Self { server, dir, launch, url })
    }

    async fn serve(&self) -> Daemon {
        let daemon = self.launch.serve().await;
        let new = json!({"businessName": "Harbour", "key": "harbour"}).to_string();
        assert_eq!(daemon.post("/api/onboard-client", "application/json", new).await.0, 201);
        daemon
    }

    async fn texts(&self, sql: &'static str) -> Vec<String> {
        let store = Store::open(&pg_target(&self.url)).unwrap();
        store.read(move |tx| tx.all(sql, &[], |r| r.get(0))).await.unwrap()
    }

    /// The calls of stored webhooks in the order in which they were applied.
    async fn applied(&self) -> Vec<String> {
        self.texts(
            "SELECT c.provider_call_id || ' ' || w.kind FROM webhook w JOIN call c ON c.id = w.call_id ORDER BY w.id",
        )
        .await
    }
}

fn call(id: &str) -> Value {
    hook::inbound(id, &number(0, Scenario::Books))
}

async fn taken(daemon: &Daemon, body: String) {
    let answer = daemon.webhook(body).await;
    assert_eq!(answer, (200, json!({})));
}

/// Health once nothing waits in the spool and the database is back.
async fn well(daemon: &Daemon) -> Value {
    let well = async || {
        let (status, health) = daemon.get("/health").await;
        (status == 200 && health["spool"]["waiting"] == 0 && health["database"]["awaySince"].is_null())
            .then_some(health)
    };
    wait::until("the spool to be empty", well).await
}

#[test]
fn an_outage_is_survived_and_told() {
    let Some(away) = Away::new() else { return };
    run(async {
        let daemon = away.serve().await;
        taken(&daemon, hook::status(&call("before"), 1, "in-progress")).await;
        away.server.down();
        let mut wanted = vec!["before status-update".to_owned()];
        for n in 0..6 {
            let id = format!("call-{n}");
            taken(&daemon, hook::status(&call(&id), 1, "in-progress")).await;
            taken(&daemon, hook::report(&call(&id), 2, "customer-ended-call", &["No."])).await;
            wanted.extend([format!("{id} status-update"), format!("{id} end-of-call-report")]);
        }
        let (status, health) = daemon.get("/health").await;
        assert_eq!((status, &health["spool"]["waiting"]), (503, &json!(12)), "{health}");
        assert!(
            health["database"]["awaySince"].is_string() && health["spool"]["oldest"].is_string(),
            "{health}"
        );
        let (status, answer) = daemon.get("/api/leads/harbour").await;
        assert_eq!((status, &answer["error"]["code"]), (503, &json!("unavailable")), "{answer}");

        let operator = Operator::at(&daemon.socket, false).await;
        let page = operator.client.page(soon(), Query::first(List::Health, 1)).await.unwrap().unwrap();
        assert_eq!(page.badges.spooled, 12);
        assert!(page.badges.away_since.is_some());
        let Rows::Health(report) = page.rows else { panic!("health is asked for") };
        let said: Vec<String> =
            report.parts.iter().map(|p| format!("{} {}: {}", p.name, p.state, p.detail)).collect();
        assert!(
            said.iter()
                .any(|s| s.starts_with("database down: PostgreSQL at ") && s.contains(" is away for ")),
            "{said:?}"
        );
        assert!(
            said.iter().any(|s| s.starts_with("spool degraded: 12 webhooks wait in the spool (")),
            "{said:?}"
        );
        daemon.until_said("the database is away: verified webhooks go to the spool").await;

        away.server.up();
        well(&daemon).await;
        taken(&daemon, hook::status(&call("after"), 3, "in-progress")).await;
        wanted.push("after status-update".to_owned());
        assert_eq!(away.applied().await, wanted);
        let faults = away.texts("SELECT message FROM fault WHERE kind = 'db.away'").await;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(
            faults[0].contains(" was away for ")
                && faults[0].contains("; 12 webhooks of the spool, the first of "),
            "{faults:?}"
        );
        let page = operator.client.page(soon(), Query::first(List::Errors, 1)).await.unwrap().unwrap();
        assert_eq!((page.badges.spooled, page.badges.away_since), (0, None));
        assert_eq!(daemon.terminate().await, Some(0));
    });
}

#[test]
fn who_waits_for_an_answer_hears_that_there_is_none_and_nothing_is_done_later() {
    let Some(away) = Away::new() else { return };
    run(async {
        let daemon = away.serve().await;
        away.server.down();
        let book =
            hook::tool(&call("c"), 1, "tool-1", "book_appointment", json!({"start": "2030-01-07T10:00:00Z"}));
        let answer = daemon.webhook(book).await;
        assert_eq!(answer.1["results"][0]["toolCallId"], "tool-1", "{answer:?}");
        assert!(
            answer.1["results"][0]["error"].as_str().unwrap().contains("cannot be reached"),
            "{answer:?}"
        );
        assert!(answer.1["results"][0]["result"].is_null(), "{answer:?}");
        let which = json!({"message": {"type": "assistant-request", "timestamp": 1, "call": call("d")}});
        let answer = daemon.webhook(which.to_string()).await;
        assert_eq!(answer.0, 200, "{answer:?}");
        assert!(answer.1["error"].as_str().unwrap().contains("cannot take your call"), "{answer:?}");
        // What is no message at all is kept like everything that verifies.
        assert_eq!(daemon.webhook("{\"message\": ").await.0, 400);
        assert_eq!(daemon.get("/health").await.1["spool"]["waiting"], 1);
        away.server.up();
        well(&daemon).await;
        assert_eq!(away.texts("SELECT kind || ' ' || status FROM webhook").await, ["unreadable failed"]);
        assert!(away.texts("SELECT status FROM appointment").await.is_empty());
        assert_eq!(daemon.terminate().await, Some(0));
    });
}

#[test]
fn the_spool_survives_a_kill_and_a_start_that_finds_no_database() {
    let Some(away) = Away::new() else { return };
    run(async {
        let daemon = away.serve().await;
        away.server.down();
        for n in 0..5 {
            taken(&daemon, hook::status(&call(&format!("call-{n}")), n, "in-progress")).await;
        }
        daemon.kill().await;
        // A crash in the middle of the next record.
        let folder = away.dir.path().join("data/webhook-spool");
        let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        let mut bytes = std::fs::read(&file).unwrap();
        bytes.extend_from_slice(&[200, 0, 0, 0, 7, 7]);
        std::fs::write(&file, bytes).unwrap();

        let refused = away.launch.run(&["serve"]).await;
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(
            said.contains("5 webhooks wait in the spool") && said.contains("the database must answer"),
            "{said}"
        );

        away.server.up();
        let daemon = away.launch.serve().await;
        assert!(daemon.said.contains("5 webhooks wait in the spool since before"), "{}", daemon.said);
        well(&daemon).await;
        let wanted: Vec<String> = (0..5).map(|n| format!("call-{n} status-update")).collect();
        assert_eq!(away.applied().await, wanted);
        let faults = away.texts("SELECT message FROM fault WHERE kind = 'webhooks.waited'").await;
        assert!(faults[0].starts_with("5 webhooks of the spool, the first of "), "{faults:?}");
        assert_eq!(daemon.terminate().await, Some(0));
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
    });
}

#[test]
fn a_full_spool_is_answered_503_and_none_that_was_taken_is_lost() {
    let Some(mut away) = Away::new() else { return };
    away.launch = away.launch.set("FRONTDESK_SPOOL_MAX_BYTES", "1048576");
    run(async {
        let daemon = away.serve().await;
        away.server.down();
        let long = "A long story. ".repeat(4_000);
        let mut taken = Vec::new();
        let refused = loop {
            let id = format!("call-{:03}", taken.len());
            match daemon.webhook(hook::report(&call(&id), 1, "customer-ended-call", &[&long])).await {
                (200, _) => taken.push(format!("{id} end-of-call-report")),
                other => break other,
            }
        };
        assert_eq!((refused.0, &refused.1["error"]["code"]), (503, &json!("unavailable")));
        assert!(taken.len() > 4, "{taken:?}");
        let operator = Operator::at(&daemon.socket, false).await;
        let page = operator.client.page(soon(), Query::first(List::Health, 1)).await.unwrap().unwrap();
        let Rows::Health(report) = page.rows else { panic!("health is asked for") };
        let spool = report.parts.iter().find(|p| p.name == "spool").unwrap();
        assert!(spool.state.word() == "down" && spool.detail.contains("refused"), "{spool:?}");
        away.server.up();
        well(&daemon).await;
        assert_eq!(away.applied().await, taken);
        assert_eq!(daemon.terminate().await, Some(0));
    });
}

#[test]
fn a_server_that_hangs_is_away_and_webhooks_do_not_wait_for_it() {
    let Some(away) = Away::new() else { return };
    run(async {
        let daemon = away.serve().await;
        taken(&daemon, hook::status(&call("before"), 1, "in-progress")).await;
        away.server.freeze();
        let first = tokio::time::timeout(
            Duration::from_secs(20),
            daemon.webhook(hook::status(&call("first"), 1, "in-progress")),
        );
        assert_eq!(first.await.expect("an answer before the provider gives up").0, 200);
        // Known by now: nobody waits again.
        for n in 0..20 {
            taken(&daemon, hook::status(&call(&format!("call-{n:02}")), 1, "in-progress")).await;
        }
        let (status, health) = daemon.get("/health").await;
        assert_eq!((status, &health["spool"]["waiting"]), (503, &json!(21)), "{health}");
        away.server.thaw();
        well(&daemon).await;
        let mut kept = away.texts("SELECT provider_call_id FROM call ORDER BY id").await;
        // The one that waited may have been applied when the server went on; once it is, all the same.
        assert_eq!(kept.len(), 22, "{kept:?}");
        kept.retain(|id| id.starts_with("call-"));
        assert!(kept.is_sorted(), "{kept:?}");
        assert_eq!(daemon.terminate().await, Some(0));
    });
}

/// A file that was taken is judged to its end, whenever the connections are cut.
#[test]
fn files_survive_cuts_between_any_two_of_their_steps() {
    let Some(away) = Away::new() else { return };
    run(async {
        let daemon = Arc::new(away.serve().await);
        let stop = tokio_util::sync::CancellationToken::new();
        let posts: Vec<_> = (0..6)
            .map(|who| {
                let (daemon, stop) = (daemon.clone(), stop.clone());
                tokio::spawn(async move {
                    let mut taken = Vec::new();
                    for n in 0.. {
                        if stop.is_cancelled() {
                            break;
                        }
                        let phone = format!("+447700900{who}{:02}", n % 100);
                        let csv = format!("phone\n{phone}\n");
                        match daemon.post("/api/import-leads/harbour", "text/csv", csv).await {
                            (200, _) => taken.push(phone),
                            (503, _) => {}
                            other => panic!("{phone}: {other:?}"),
                        }
                    }
                    taken
                })
            })
            .collect();
        let cut =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'frontdeskd'";
        for cuts in 1..=15 {
            away.server.run("postgres", &[cut]).unwrap();
            let more = async || {
                let done = away.texts("SELECT count(*)::text FROM import WHERE status = 'done'").await;
                (done[0].parse::<usize>().unwrap() >= cuts * 2).then_some(())
            };
            wait::until("files to be judged", more).await;
        }
        stop.cancel();
        let mut taken = Vec::new();
        for post in posts {
            taken.extend(post.await.unwrap());
        }
        let over = async || {
            let open = away.texts("SELECT count(*)::text FROM import WHERE status = 'running'").await;
            (open == ["0"]).then_some(())
        };
        wait::until("no file to be left", over).await;
        let failed = away.texts("SELECT note FROM import WHERE status = 'failed'").await;
        assert!(failed.is_empty(), "{failed:?}");
        let there = away.texts("SELECT identity FROM lead").await;
        let lost: Vec<_> = taken.iter().filter(|phone| !there.contains(phone)).collect();
        assert!(taken.len() > 20 && lost.is_empty(), "{} taken, {lost:?} lost", taken.len());
        let daemon = Arc::try_unwrap(daemon).expect("nobody else posts");
        assert_eq!(daemon.terminate().await, Some(0));
    });
}

/// More at once than a slow disk can take while providers wait: whoever waited too long is
/// spooled, and what was under way meanwhile is not applied twice.
#[test]
fn a_slow_disk_delays_webhooks_and_loses_or_doubles_none() {
    const CALLS: usize = 600;
    let Some(away) = Away::new() else { return };
    run(async {
        let daemon = Arc::new(away.serve().await);
        away.server.slow_down();
        let posts: Vec<_> = (0..CALLS)
            .map(|n| {
                let report = hook::report(&call(&format!("call-{n:03}")), 1, "customer-ended-call", &["No."]);
                let daemon = daemon.clone();
                tokio::spawn(async move { taken(&daemon, report).await })
            })
            .collect();
        for post in posts {
            post.await.unwrap();
        }
        away.server.speed_up();
        well(&daemon).await;
        let mut applied = away.applied().await;
        applied.sort_unstable();
        let wanted: Vec<String> = (0..CALLS).map(|n| format!("call-{n:03} end-of-call-report")).collect();
        assert_eq!(applied, wanted);
        let ended = away.texts("SELECT count(*)::text FROM event WHERE kind = 'call_ended'").await;
        assert_eq!(ended, [CALLS.to_string()], "each call ends once");
        let daemon = Arc::try_unwrap(daemon).expect("nobody else posts");
        assert_eq!(daemon.terminate().await, Some(0));
    });
}

/// Posts one webhook after the other until told to stop; those that were acknowledged.
async fn posting(daemon: Arc<Daemon>, who: usize, stop: tokio_util::sync::CancellationToken) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for n in 0.. {
        if stop.is_cancelled() {
            return acknowledged;
        }
        let id = format!("{who}-{n:05}");
        match daemon.webhook(hook::status(&call(&id), n, "in-progress")).await {
            (200, _) => acknowledged.push(format!("{id} status-update")),
            other => panic!("{id}: {other:?}"),
        }
    }
    unreachable!("the loop ends with the token")
}

#[test]
fn restarts_and_cuts_under_load_lose_nothing_and_keep_the_order() {
    let Some(away) = Away::new() else { return };
    run(async {
        let daemon = Arc::new(away.serve().await);
        let stop = tokio_util::sync::CancellationToken::new();
        let posts: Vec<_> =
            (0..4).map(|who| tokio::spawn(posting(daemon.clone(), who, stop.clone()))).collect();
        let mut before = 0;
        for round in 0..4 {
            // Each round only once the last one is over and webhooks are live again.
            let enough = before + 50;
            let live = async || {
                let live =
                    away.texts("SELECT count(*)::text FROM webhook").await[0].parse::<usize>().unwrap();
                (live > enough).then_some(live)
            };
            before = wait::until("webhooks to be applied", live).await;
            if round % 2 == 0 {
                away.server.down();
                let spooled =
                    async || (daemon.get("/health").await.1["spool"]["waiting"].as_u64()? > 20).then_some(());
                wait::until("webhooks to be spooled", spooled).await;
                away.server.up();
            } else {
                let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'frontdeskd'";
                for _ in 0..3 {
                    away.server.run("postgres", &[cut]).unwrap();
                }
            }
            well(&daemon).await;
        }
        stop.cancel();
        let mut acknowledged = Vec::new();
        for post in posts {
            acknowledged.push(post.await.unwrap());
        }
        well(&daemon).await;
        let applied = away.applied().await;
        for (who, mine) in acknowledged.iter().enumerate() {
            let prefix = format!("{who}-");
            let found: Vec<&String> = applied.iter().filter(|id| id.starts_with(&prefix)).collect();
            assert_eq!(found, mine.iter().collect::<Vec<_>>());
        }
        let daemon = Arc::try_unwrap(daemon).expect("nobody else posts");
        assert_eq!(daemon.terminate().await, Some(0));
    });
}
