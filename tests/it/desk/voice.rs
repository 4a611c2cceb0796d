//! Small deliveries that were once answered or counted wrongly, from callers and from calls of ours.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::Millis;
use frontdesk_shared::action::Action;
use frontdesk_shared::time::{HOUR, SECOND};
use frontdesk_tests::desk::{Setup, number};
use frontdesk_tests::{TestDesk, hook, on_both_engines};
use serde_json::{Value, json};

const VAPI: &str = "/webhooks/vapi";

/// A desk whose calls nobody speaks in but the test, and one of them that is under way.
async fn on_the_line(desk: &TestDesk, phone: &str) -> Value {
    let faults = frontdesk_sandbox::vapi::Faults { drop: 1.0, forget_end: 1.0, ..Default::default() };
    desk.sandbox.set_faults(faults).unwrap();
    let client = desk.client("harbour").await;
    desk.lead(&client, phone).await;
    let placed = desk
        .until("the call to be placed", |tx, _| {
            tx.optional("SELECT provider_call_id FROM call WHERE provider_call_id IS NOT NULL", &[], |r| {
                r.get::<String>(0)
            })
        })
        .await;
    json!({ "id": placed, "type": "outboundPhoneCall", "customer": { "number": phone } })
}

async fn asks(desk: &TestDesk, call: &Value, id: &str, name: &str, arguments: Value) -> Value {
    let body = hook::tool(call, desk.now().0, id, name, arguments);
    hook::result(&desk.webhook(VAPI, body).await)
}

on_both_engines! {
    async fn two_questions_under_one_id_are_both_answered_and_done(db) {
        let desk = TestDesk::start(&db).await;
        let ann = number(1, Scenario::Declines);
        let call = on_the_line(&desk, &ann).await;
        let free = asks(&desk, &call, "call_0", "check_availability", json!({})).await;
        assert!(free["slots"].as_array().is_some_and(|s| !s.is_empty()), "{free}");
        let out = asks(&desk, &call, "call_0", "opt_out", json!({"reason": "asked to be removed"})).await;
        assert_eq!(out["opted_out"], true, "{out}");
        assert_eq!(desk.lead_now(&ann).await.status, "opted-out");
        // And each of them again is still the same question.
        assert_eq!(asks(&desk, &call, "call_0", "check_availability", json!({})).await, free);
    }

    async fn a_call_back_is_promised_only_for_when_the_gate_lets_it_through(db) {
        // 15:30 in London, so that two hours later is still within hours and five are not.
        let setup = Setup { start: Some(Millis::from_iso("2025-06-16T14:30:00Z").unwrap()), ..Setup::default() };
        let desk = TestDesk::with(&db, setup).await;
        let ann = number(1, Scenario::Declines);
        let call = on_the_line(&desk, &ann).await;
        let late = asks(&desk, &call, "1", "request_callback", json!({"in_hours": 9})).await;
        assert_eq!(late["callback"], false, "{late}");
        let nearest = late["nearest"]["at"].as_str().unwrap_or_else(|| panic!("{late}")).to_owned();
        assert!(nearest.starts_with("2025-06-17T") && nearest.ends_with("+01:00"), "in the person's time: {late}");
        // What was offered is promised, and kept.
        let kept = asks(&desk, &call, "2", "request_callback", json!({ "at": nearest })).await;
        assert_eq!((kept["callback"].as_bool(), kept["at"].as_str()), (Some(true), Some(nearest.as_str())), "{kept}");
        // Sooner than one call in eight hours: the person asked for it.
        let soon = asks(&desk, &call, "3", "request_callback", json!({"in_hours": 2})).await;
        assert_eq!(soon["callback"], true, "{soon}");
        let promised = desk.now().0 + 2 * HOUR;
        desk.webhook(VAPI, hook::report(&call, desk.now().0 + SECOND, "customer-ended-call", &["In two hours."])).await;
        let lead = desk.lead_now(&ann).await;
        assert_eq!((lead.status.as_str(), lead.next_at), ("callback", Some(promised)));
        desk.sandbox.set_faults(Default::default()).unwrap();
        desk.advance(2 * HOUR - SECOND).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1);
        desk.advance(SECOND).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 2);
    }

    async fn who_asked_not_to_be_called_is_promised_nothing(db) {
        let desk = TestDesk::start(&db).await;
        let ann = number(1, Scenario::Declines);
        let call = on_the_line(&desk, &ann).await;
        asks(&desk, &call, "1", "opt_out", json!({})).await;
        let answer = asks(&desk, &call, "2", "request_callback", json!({"in_hours": 26})).await;
        assert_eq!((&answer["callback"], answer.get("nearest")), (&json!(false), None), "{answer}");
    }

    async fn the_time_that_the_analysis_names_is_kept(db) {
        let desk = TestDesk::start(&db).await;
        let ann = number(1, Scenario::Declines);
        let call = on_the_line(&desk, &ann).await;
        let at = desk.now().0 + 26 * HOUR;
        let mut report: Value = serde_json::from_str(&hook::report(
            &call, desk.now().0 + SECOND, "customer-ended-call", &["Ring me tomorrow, please."],
        )).unwrap();
        let named = Millis(at).iso();
        report["message"]["analysis"]["structuredData"] = json!({"outcome": "callback", "callbackAt": named});
        assert_eq!(desk.webhook(VAPI, report.to_string()).await.0, 200);
        let lead = desk.lead_now(&ann).await;
        assert_eq!((lead.status.as_str(), lead.next_at), ("callback", Some(at)));
    }

    async fn a_date_that_cannot_be_read_or_is_too_far_is_said_to_be(db) {
        let desk = TestDesk::start(&db).await;
        let call = on_the_line(&desk, &number(1, Scenario::Declines)).await;
        let soon = asks(&desk, &call, "1", "check_availability", json!({})).await;
        assert!(soon.get("note").is_none(), "{soon}");
        for (n, (day, note)) in [
            ("next Blursday", "could not read"), ("2020-01-07", "has passed"), ("2031-01-07", "too far"),
        ].into_iter().enumerate() {
            let answer = asks(&desk, &call, &format!("day-{n}"), "check_availability", json!({ "date": day })).await;
            assert!(answer["note"].as_str().is_some_and(|said| said.contains(note)), "{day}: {answer}");
            assert_eq!(answer["slots"], soon["slots"], "{day}");
        }
    }

    async fn damaged_json_is_read_and_everything_in_it_counts(db) {
        let desk = TestDesk::start(&db).await;
        let ann = number(1, Scenario::Declines);
        let call = on_the_line(&desk, &ann).await;
        let body = hook::report(&call, desk.now().0 + SECOND, "customer-ended-call", &["HALF", "Stop calling me please"]);
        let damaged = body.replace("HALF", r"Hello \ud83d");
        assert_eq!(desk.webhook(VAPI, damaged).await.0, 200);
        assert_eq!(desk.lead_now(&ann).await.status, "opted-out");
        let said = desk.texts("SELECT transcript FROM call_text").await;
        assert!(said[0].contains('\u{fffd}'), "{said:?}");
    }

    async fn durations_come_from_the_providers_times(db) {
        let desk = TestDesk::start(&db).await;
        let ann = number(1, Scenario::Declines);
        let call = on_the_line(&desk, &ann).await;
        let begun = desk.now().0 + SECOND;
        let mut report: Value =
            serde_json::from_str(&hook::report(&call, begun + 312 * SECOND, "customer-ended-call", &["hello"])).unwrap();
        report["message"]["startedAt"] = Millis(begun).iso().into();
        report["message"]["endedAt"] = Millis(begun + 312 * SECOND).iso().into();
        assert_eq!(desk.webhook(VAPI, report.to_string()).await.0, 200);
        // Told of late, and again with a time after the end.
        desk.webhook(VAPI, hook::status(&call, begun + 400 * SECOND, "in-progress")).await;
        let lasted = desk.texts("SELECT CAST(ended_at - started_at AS TEXT) FROM call").await;
        assert_eq!(lasted, [(312 * SECOND).to_string()]);
    }

    async fn a_caller_is_known_by_any_spelling_and_nobody_is_opted_out_for_nothing(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let (ann, bob) = (number(1, Scenario::Declines), number(2, Scenario::Declines));
        let operator = desk.operator().await;
        operator.act(Action::PauseDialing { client: None, reason: "quiet".into() }, "p-1").await.unwrap();
        for phone in [&ann, &bob] {
            desk.lead(&client, phone).await;
        }
        let national = format!("0{}", ann.trim_start_matches("+44"));
        let call = hook::inbound("in-1", &national);
        let out = asks(&desk, &call, "1", "opt_out", json!({"reason": "stop ringing me"})).await;
        assert_eq!(out["opted_out"], true, "{out}");
        assert_eq!(desk.lead_now(&ann).await.status, "opted-out");
        let unknown = hook::inbound("in-2", "anonymous");
        let out = asks(&desk, &unknown, "1", "opt_out", json!({})).await;
        assert!(out.get("opted_out").is_none(), "{out}");
        assert_eq!(desk.lead_now(&bob).await.status, "queued");
    }
}
