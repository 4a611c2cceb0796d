//! Killed in the middle of everything: what was acknowledged is there afterwards, nobody is
//! called twice, and the calls go on.

use frontdesk_daemon::sandbox::vapi::{
    BackoffPlan, PlacedCall, SandboxConfig, SandboxHandle, VapiSandbox, WebhookAuth,
};
use frontdesk_daemon::store::Store;
use frontdesk_tests::daemon::{Daemon, Launch, free_address};
use frontdesk_tests::desk::{PRIVATE_KEY, SECRET, answered, number};
use frontdesk_tests::{TestDb, hook, on_both_engines, sign, wait};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const LEADS: usize = 200;

/// Always open, so that the hour of the day does not decide a test.
const OPEN: &str = r#"{"window": {"days": ["mon","tue","wed","thu","fri","sat","sun"], "start": "00:00", "end": "24:00", "stop_before_close_minutes": 0}}"#;
const OPEN_GB: &str = r#"{"GB": {"start": "00:00", "end": "24:00"}}"#;

async fn provider(url: &str, stop: &CancellationToken) -> SandboxHandle {
    let mut fake = SandboxConfig::new(PRIVATE_KEY, format!("{url}/webhooks/vapi"));
    fake.webhook_auth = WebhookAuth::Bearer(SECRET.into());
    fake.concurrency = LEADS;
    fake.speed = 60.0;
    // What is told while the daemon is dead is told again.
    fake.backoff =
        Some(BackoffPlan { exponential: true, max_retries: 10, base_delay_s: 10.0, excluded: vec![] });
    VapiSandbox::serve(TcpListener::bind("127.0.0.1:0").await.unwrap(), fake, stop.clone()).unwrap()
}

fn launch(dir: &tempfile::TempDir, db: &TestDb, provider: &str) -> Launch {
    Launch::new(&dir.path().join("data"), free_address(), provider)
        .set("DATABASE_URL", db.url())
        .set("FRONTDESK_VAPI_CONCURRENCY", LEADS.to_string())
        .set("FRONTDESK_CALLING", OPEN)
        .set("FRONTDESK_PROFILES", OPEN_GB)
}

/// Posts webhooks of its own as fast as they are taken, until the daemon is gone; the calls of
/// those that were acknowledged.
async fn webhooks_until_death(daemon_url: String, round: u8) -> Vec<String> {
    let http = frontdesk_tests::http_fixture::client();
    let mut acknowledged = Vec::new();
    for n in 0.. {
        let id = format!("own-{round}-{n}");
        let call = hook::inbound(&id, &number(0, frontdesk_daemon::sandbox::vapi::Scenario::Books));
        let mut request =
            http.post(format!("{daemon_url}/webhooks/vapi")).body(hook::status(&call, n, "in-progress"));
        for (name, value) in sign::bearer(SECRET) {
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(answer) if answer.status().is_success() => acknowledged.push(id),
            Ok(answer) => panic!("answered {}", answer.status()),
            Err(_) => return acknowledged,
        }
    }
    unreachable!("the loop ends with the daemon")
}

async fn import(daemon: &Daemon) {
    let new = json!({"businessName": "Harbour", "key": "harbour", "tier": "enterprise"}).to_string();
    assert_eq!(daemon.post("/api/onboard-client", "application/json", new).await.0, 201);
    let mut csv = String::from("name,phone,consent channels,consent text\n");
    for n in 0..LEADS {
        csv.push_str(&format!("Lead {n},+447700900{n:03},ai_voice,Call me\n"));
    }
    let answer = daemon.post("/api/import-leads/harbour", "text/csv", csv).await;
    assert_eq!((answer.0, &answer.1["accepted"]), (200, &json!(LEADS)), "{}", answer.1);
}

fn per_number(calls: &[PlacedCall]) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for call in calls {
        *count.entry(call.number.clone()).or_default() += 1;
    }
    count
}

async fn texts(store: &Store, sql: &'static str) -> Vec<String> {
    store.read(move |tx| tx.all(sql, &[], |r| r.get(0))).await.unwrap()
}

/// Whether nothing is due any more, as the health page tells.
async fn nothing_due(daemon: &Daemon) -> Option<()> {
    let health = answered(daemon.http.get(format!("{}/health", daemon.url))).await;
    (health.1["queue"]["due"] == 0).then_some(())
}

async fn killed_twice(db: Arc<TestDb>) {
    let dir = tempfile::Builder::new().prefix("fd-").tempdir().unwrap();
    let stop = CancellationToken::new();
    let at = free_address();
    let sandbox = provider(&format!("http://{at}"), &stop).await;
    let launch = launch(&dir, &db, sandbox.base_url()).set("FRONTDESK_LISTEN", at.to_string());
    let mut daemon = launch.serve().await;
    import(&daemon).await;
    let mut own = Vec::new();
    for (round, enough) in [(1, LEADS as u64 / 4), (2, LEADS as u64 * 3 / 4)] {
        let posting = tokio::spawn(webhooks_until_death(daemon.url.clone(), round));
        wait::within("calls to be placed", sandbox.until(|s| s.counters().placed >= enough)).await;
        daemon.kill().await;
        own.extend(wait::within("the posting to end", posting).await.unwrap());
        daemon = launch.serve().await;
    }
    wait::until("every call to be placed", || nothing_due(&daemon)).await;
    wait::within("every call to end", sandbox.idle()).await;
    wait::until("nothing to be due", || nothing_due(&daemon)).await;
    assert_eq!(daemon.terminate().await, Some(0));
    let placed = per_number(&sandbox.calls());
    let twice: Vec<_> = placed.iter().filter(|(_, n)| **n > 1).collect();
    assert!(twice.is_empty(), "called twice: {twice:?}");
    // What the sandbox knows has ended here as well; of the others nobody can tell whether the
    // request was sent, and no second one was.
    let ended =
        texts(&db.store, "SELECT phone FROM call WHERE direction = 'outbound' AND status = 'ended'").await;
    let open =
        texts(&db.store, "SELECT phone FROM call WHERE direction = 'outbound' AND status = 'uncertain'")
            .await;
    let unknown: Vec<_> = placed.keys().filter(|n| !ended.contains(n)).collect();
    assert!(unknown.is_empty(), "rang and is not recorded: {unknown:?}");
    assert_eq!((ended.len(), open.len()), (placed.len(), LEADS - placed.len()));
    assert!(placed.len() > LEADS * 3 / 4, "the calls did not go on: {}", placed.len());
    let kept = texts(&db.store, "SELECT provider_call_id FROM call WHERE direction = 'inbound'").await;
    let lost: Vec<_> = own.iter().filter(|id| !kept.contains(id)).collect();
    assert!(!own.is_empty() && lost.is_empty(), "acknowledged and lost: {lost:?}");
    stop.cancel();
}

on_both_engines! {
    async fn a_kill_loses_nothing_and_doubles_nothing(db) {
        killed_twice(db).await;
    }
}
