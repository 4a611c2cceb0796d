//! A disk that is full: nothing is acknowledged that is not kept, and with room it goes on.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_store::{Store, Target};
use frontdesk_tests::daemon::{Daemon, Launch, free_address};
use frontdesk_tests::database::run;
use frontdesk_tests::desk::{SECRET, answered, number};
use frontdesk_tests::{hook, sign};
use serde_json::{Value, json};

async fn webhook(daemon: &Daemon, id: &str) -> (u16, Value) {
    let call = hook::inbound(id, &number(0, Scenario::Books));
    let said = "A long story. ".repeat(2_000);
    let body = hook::report(&call, 1, "customer-ended-call", &[&said]);
    let mut request = daemon.http.post(format!("{}/webhooks/vapi", daemon.url)).body(body);
    for (name, value) in sign::bearer(SECRET) {
        request = request.header(name, value);
    }
    answered(request).await
}

#[test]
fn webhooks_are_refused_and_none_that_was_taken_is_lost() {
    run(async {
        let dir = tempfile::Builder::new().prefix("fd-").tempdir().unwrap();
        let data = dir.path().join("data");
        let roomy = Launch::new(&data, free_address(), "http://127.0.0.1:9");
        let daemon = roomy.serve().await;
        let new = json!({"businessName": "Harbour", "key": "harbour"}).to_string();
        assert_eq!(daemon.post("/api/onboard-client", "application/json", new).await.0, 201);
        assert_eq!(daemon.terminate().await, Some(0));

        let full = Launch { file_limit_kib: Some(3_072), ..roomy.clone() };
        let daemon = full.serve().await;
        let (mut taken, mut refused) = (Vec::new(), 0);
        for n in 0..200 {
            let id = format!("call-{n}");
            match webhook(&daemon, &id).await {
                (200, _) => taken.push(id),
                (503, body) => {
                    assert_eq!(body["error"]["code"], "unavailable", "{body}");
                    refused += 1;
                }
                other => panic!("webhook {n}: {other:?}"),
            }
            if refused == 5 {
                break;
            }
        }
        assert!(taken.len() >= 3 && refused == 5, "{} taken, {refused} refused", taken.len());
        let health = answered(daemon.http.get(format!("{}/health", daemon.url))).await;
        assert!(health.1["status"].is_string(), "it still answers: {health:?}");
        daemon.kill().await;

        let daemon = roomy.serve().await;
        assert_eq!(webhook(&daemon, "call-after").await.0, 200);
        assert_eq!(daemon.terminate().await, Some(0));
        let store = Store::open(&Target::Sqlite(data.join("frontdesk.db"))).unwrap();
        let kept: Vec<String> =
            store.read(|tx| tx.all("SELECT provider_call_id FROM call", &[], |r| r.get(0))).await.unwrap();
        let lost: Vec<_> = taken.iter().filter(|id| !kept.contains(id)).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        assert!(kept.contains(&"call-after".to_owned()));
    });
}
