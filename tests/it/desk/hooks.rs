//! Webhooks: what verifies is durable before it is acknowledged, what does not leaves no trace.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{MINUTE, SECOND};
use frontdesk_tests::desk::{SECRET, number};
use frontdesk_tests::sign::{self, Header};
use frontdesk_tests::{TestDesk, fixtures, hook, on_both_engines};
use serde_json::json;

const VAPI: &str = "/webhooks/vapi";
const STATUS: &str = "vapi/vapi_status_update_in_progress_2025-06.json";
const REPORT: &str = "vapi/vapi_end_of_call_report_customer_ended_2025-06.json";
const TOOLS: &str = "vapi/vapi_tool_calls_object_arguments_2024-07.json";

/// Every way to prove a body, and wrong ones with what they are called.
fn wrong(now: Millis, body: &[u8]) -> Vec<(&'static str, Vec<Header>)> {
    let mut truncated = sign::hmac(SECRET, now, body);
    truncated[0].1.truncate(20);
    vec![
        ("nothing", vec![]),
        ("another bearer", sign::bearer("webhook-secret-of-somebody-else")),
        ("an empty bearer", sign::bearer("")),
        ("another secret", sign::vapi_secret("webhook-secret-of-somebody-else")),
        ("the key of another body", sign::hmac(SECRET, now, b"{}")),
        ("another key", sign::hmac("webhook-secret-of-somebody-else", now, body)),
        ("a signature from ten minutes ago", sign::hmac(SECRET, now + (-10 * MINUTE), body)),
        ("a signature from the future", sign::hmac(SECRET, now + 10 * MINUTE, body)),
        ("half a signature", truncated),
    ]
}

on_both_engines! {
    async fn recorded_payloads_change_what_they_should(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let first = desk.webhook(VAPI, fixtures::bytes(STATUS)).await;
        assert_eq!(first, (200, json!({})));
        assert_eq!(desk.texts("SELECT status || ' ' || direction FROM call").await, ["in-progress web"]);
        let second = desk.webhook(VAPI, fixtures::bytes(REPORT)).await;
        assert_eq!(second, (200, json!({})));
        let call = desk.texts("SELECT status || ' ' || ended_reason || ' ' || CAST(cost_micros AS TEXT) FROM call").await;
        let cost = fixtures::json(REPORT)["message"]["cost"].as_f64().unwrap();
        assert_eq!(call, [format!("ended customer-ended-call {}", (cost * 1e6).round())]);
        let said = desk.texts("SELECT transcript || summary FROM call_text").await;
        assert!(said[0].contains("Hi there.") && said[0].contains("follow up"), "{said:?}");
        let third = desk.webhook(VAPI, fixtures::bytes(TOOLS)).await;
        assert_eq!(third.0, 200, "{third:?}");
        assert_eq!(third.1["results"][0]["toolCallId"], "call_51kj");
        assert!(third.1["results"][0]["error"].as_str().unwrap().contains("getWeatherByCity_001"), "{third:?}");
        assert_eq!(desk.texts("SELECT kind || ' ' || status FROM webhook ORDER BY received_at, id").await, [
            "status-update applied", "end-of-call-report applied", "tool-calls applied"
        ]);
    }

    async fn every_way_to_sign_is_accepted(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        for (n, path) in [VAPI, client.agent_path.as_str()].into_iter().enumerate() {
            for (m, way) in ["bearer", "secret", "hmac"].into_iter().enumerate() {
                let call = hook::inbound(&format!("call-{n}-{m}"), &number(1, Scenario::Books));
                let body = hook::status(&call, desk.now().0, "in-progress").into_bytes();
                let headers = match way {
                    "bearer" => sign::bearer(SECRET),
                    "secret" => sign::vapi_secret(SECRET),
                    _ => sign::hmac(SECRET, desk.now(), &body),
                };
                let answer = desk.webhook_with(path, headers, body).await;
                assert_eq!(answer, (200, json!({})), "{way} on {path}");
            }
        }
        assert_eq!(desk.count("SELECT count(*) FROM call WHERE status = 'in-progress'").await, 6);
        assert_eq!(desk.count("SELECT count(*) FROM webhook WHERE agent <> ''").await, 3);
    }

    async fn what_does_not_verify_leaves_nothing_but_a_count(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        desk.settled().await;
        let before = desk.rows_everywhere().await;
        let mut refused = 0;
        for path in [VAPI, client.agent_path.as_str(), "/webhooks/agent/agent_0123456789abcdef"] {
            for body in [fixtures::bytes(STATUS), fixtures::bytes(REPORT), b"not json".to_vec()] {
                for (what, headers) in wrong(desk.now(), &body) {
                    let (status, answer) = desk.webhook_with(path, headers, body.clone()).await;
                    // Guessing is slowed down.
                    let wanted: &[u16] = if refused < 60 { &[401, 403] } else { &[429] };
                    assert!(wanted.contains(&status), "{what} on {path}: {status} {answer}");
                    assert!(answer["error"]["code"].is_string() && answer["request_id"].is_string(), "{answer}");
                    refused += 1;
                }
            }
        }
        assert_eq!(desk.app.counters.webhooks_refused.get(), refused);
        assert_eq!(desk.app.counters.webhooks.get(), 0);
        assert_eq!(desk.rows_everywhere().await, before);
        let right = desk.webhook(VAPI, fixtures::bytes(STATUS)).await;
        assert_eq!(right.0, 200, "who verifies is never limited");
    }

    async fn verified_bytes_are_kept_whatever_they_are(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let garbage = desk.webhook(VAPI, "{\"message\": ").await;
        assert_eq!(garbage.0, 400, "{garbage:?}");
        assert_eq!(garbage.1["error"]["code"], "invalid", "{garbage:?}");
        assert_eq!(desk.webhook(VAPI, "{\"message\": ").await.0, 400);
        let whole = fixtures::bytes(REPORT);
        let half = desk.webhook(VAPI, &whole[..whole.len() / 2]).await;
        assert_eq!(half.0, 400, "{half:?}");
        let odd = json!({"message": {"type": "moon-phase", "call": {"id": "call-1"}, "phase": "waxing"}}).to_string();
        assert_eq!(desk.webhook(VAPI, odd).await, (200, json!({})));
        let kept = desk.texts("SELECT kind || ' ' || status || ' ' || CAST(k.deliveries AS TEXT) FROM webhook w JOIN webhook_key k ON k.webhook_id = w.id ORDER BY w.id").await;
        assert_eq!(kept.len(), 3, "{kept:?}");
        assert_eq!(kept[0], "unreadable failed 2");
        assert!(kept[2].starts_with("moon-phase"), "{kept:?}");
    }

    async fn the_same_event_again_hears_the_same_and_changes_nothing(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let call = hook::inbound("call-1", &number(1, Scenario::Books));
        let at = desk.now().0;
        for body in [
            hook::status(&call, at, "in-progress"),
            hook::tool(&call, at + SECOND, "tool-1", "check_availability", json!({})),
            hook::report(&call, at + 2 * SECOND, "customer-ended-call", &["Not today, thank you."]),
        ] {
            let first = desk.webhook(VAPI, body.clone()).await;
            assert_eq!(first.0, 200, "{first:?}");
            desk.settled().await;
            let rows = desk.rows_everywhere().await;
            let second = desk.webhook(VAPI, body.clone()).await;
            assert_eq!(second, first);
            assert_eq!(desk.rows_everywhere().await, rows);
        }
        let deliveries = desk.texts("SELECT CAST(deliveries AS TEXT) FROM webhook_key ORDER BY webhook_id").await;
        assert_eq!(deliveries, ["2", "2", "2"]);
    }

    async fn a_report_before_its_beginning_is_not_undone_by_it(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let call = hook::inbound("call-1", &number(1, Scenario::Books));
        let at = desk.now().0;
        desk.webhook(VAPI, hook::report(&call, at + MINUTE, "customer-ended-call", &["No."])).await;
        let before = desk.calls().await;
        for status in ["ringing", "in-progress", "queued"] {
            assert_eq!(desk.webhook(VAPI, hook::status(&call, at, status)).await.0, 200);
        }
        assert_eq!(desk.calls().await, before);
        assert!(before[0].starts_with("ended"), "{before:?}");
    }
}
