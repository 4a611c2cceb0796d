//! Vapi's own library against its fake: calls are placed, read and listed with it, and every message
//! the fake sends to a server is what the library's types say.

use frontdesk_sandbox::vapi::{
    ASSISTANT_ID, PHONE_NUMBER_ID, SandboxConfig, Scenario, VapiSandbox, WebhookAuth,
};
use frontdesk_tests::database::run;
use frontdesk_tests::desk::{PRIVATE_KEY, SECRET, number};
use frontdesk_tests::http_fixture::{Answer, HttpFixture};
use frontdesk_tests::libraries::Libraries;
use frontdesk_tests::wait;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Every message the fake can send.
const WANTED: [&str; 8] = [
    "conversation-update",
    "end-of-call-report",
    "hang",
    "speech-update",
    "status-update",
    "tool-calls",
    "transcript",
    "transfer-update",
];

fn assistant() -> Value {
    json!({
        "id": ASSISTANT_ID, "orgId": "8f1a1b9e-2c60-4a7c-9a51-0f3c1b7b8a10", "name": "Rehearsed assistant",
        "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z",
        "serverMessages": WANTED,
    })
}

#[test]
fn vapis_library_places_and_reads_calls_and_knows_every_webhook() {
    let Some(libraries) = Libraries::shared() else { return };
    run(async {
        let stop = CancellationToken::new();
        let _stop = stop.clone().drop_guard();
        let answer = json!({"results": []});
        let server = HttpFixture::start(Answer::json(200, &answer)).await;
        let mut config = SandboxConfig::new(PRIVATE_KEY, format!("{}/webhooks/vapi", server.url));
        config.webhook_auth = WebhookAuth::Bearer(SECRET.into());
        config.speed = 2_000.0;
        config.concurrency = 100;
        config.assistants = vec![assistant()];
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sandbox = VapiSandbox::serve(door, config, stop).expect("the sandbox");
        let numbers: Vec<String> = Scenario::ALL.iter().map(|course| number(1, *course)).collect();
        for nth in 0..10 {
            sandbox.inbound(&number(nth, Scenario::Books), Some(Scenario::Books));
        }
        let asked = json!({"token": PRIVATE_KEY, "url": sandbox.base_url(), "assistant": ASSISTANT_ID,
            "phone_number": PHONE_NUMBER_ID, "numbers": numbers});
        let told = libraries.python("call_through_vapi.py", &asked).await;
        let placed = told["placed"].as_array().expect("a list");
        assert_eq!(placed.len(), numbers.len());
        assert!(
            placed.iter().all(|c| c["status"] == "queued" && c["type"] == "outboundPhoneCall"),
            "{told:#}"
        );
        assert_eq!(told["no_number"]["status"], 400, "{told:#}");
        assert_eq!(told["phone_numbers"], json!(["+14155550199"]));
        for faults in ["faults", "ended_faults"] {
            assert!(
                told[faults].as_array().expect("a list").iter().all(|f| *f == json!([])),
                "{:#}",
                told[faults]
            );
        }
        let fetched = told["fetched"].as_array().expect("a list");
        assert!(
            fetched.iter().all(|c| c["status"] == "ended" && c["ended_reason"].is_string()),
            "{fetched:#?}"
        );
        assert_eq!(told["listed"].as_array().map(Vec::len), Some(numbers.len() + 10));
        assert!(told["summaries"][0].as_str().is_some_and(|s| !s.is_empty()), "{told:#}");
        assert!(told["costs"][0].as_f64().is_some_and(|usd| usd > 0.0), "{told:#}");

        wait::within("the calls", sandbox.idle()).await;
        let sent = usize::try_from(sandbox.counters().sent).expect("a number");
        let hooks: Vec<Value> = server.received(sent).await.iter().map(|hook| hook.json()).collect();
        let read = libraries.python("read_vapi_webhooks.py", &json!(hooks)).await;
        let read = read.as_object().expect("a map");
        for (kind, seen) in read {
            let faults = seen["faults"].as_object().expect("a map");
            let strange: Vec<&String> = match kind.as_str() {
                // Its older forms differ in nothing but how the calls are written.
                "tool-calls in another form" => {
                    faults.keys().filter(|fault| !fault.starts_with("tool")).collect()
                }
                _ => faults.keys().collect(),
            };
            assert!(strange.is_empty(), "{kind}: {strange:#?}");
        }
        let kinds: Vec<&str> = read.keys().map(String::as_str).collect();
        for kind in
            ["conversation-update", "end-of-call-report", "speech-update", "status-update", "tool-calls"]
        {
            assert!(kinds.contains(&kind), "{kind} was never sent: {kinds:?}");
        }
    });
}
