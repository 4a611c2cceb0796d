//! Tools during a call: one slot is one person's, one question has one answer, and an opt-out
//! is durable before it is confirmed.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::event::kind;
use frontdesk_shared::time::SECOND;
use frontdesk_tests::desk::number;
use frontdesk_tests::{TestDesk, hook, on_both_engines};
use serde_json::{Value, json};

const VAPI: &str = "/webhooks/vapi";

async fn slots(desk: &TestDesk, call: &Value) -> Vec<String> {
    let body = hook::tool(call, desk.now().0, "look", "check_availability", json!({}));
    let answer = hook::result(&desk.webhook(VAPI, body).await);
    let slots = answer["slots"].as_array().unwrap_or_else(|| panic!("no slots: {answer}"));
    slots.iter().map(|s| s["start"].as_str().expect("a start").to_owned()).collect()
}

on_both_engines! {
    async fn two_callers_want_one_slot_and_one_gets_it(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let calls: Vec<Value> =
            (0..6).map(|n| hook::inbound(&format!("call-{n}"), &number(n, Scenario::Books))).collect();
        let wanted = slots(&desk, &calls[0]).await[0].clone();
        let at = desk.now().0 + SECOND;
        let asking = calls.iter().map(|call| {
            let body = hook::tool(call, at, "book", "book_appointment", json!({"start": wanted, "name": "Ann"}));
            desk.webhook(VAPI, body)
        });
        let answers: Vec<Value> = futures::future::join_all(asking).await.iter().map(hook::result).collect();
        let won: Vec<&Value> = answers.iter().filter(|a| a["booked"] == true).collect();
        assert_eq!(won.len(), 1, "{answers:#?}");
        for lost in answers.iter().filter(|a| a["booked"] != true) {
            let others = lost["alternatives"].as_array().unwrap_or_else(|| panic!("{lost}"));
            assert!(!others.is_empty() && others.iter().all(|o| o["start"] != wanted.as_str()), "{lost}");
        }
        let kept = desk.count("SELECT count(*) FROM appointment WHERE status = 'booked'").await;
        assert_eq!(kept, 1);
    }

    async fn the_same_question_is_answered_once(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let call = hook::inbound("call-1", &number(1, Scenario::Books));
        let wanted = slots(&desk, &call).await[1].clone();
        let ask = |after: i64| {
            hook::tool(&call, desk.now().0 + after, "book-1", "book_appointment", json!({"start": wanted}))
        };
        let first = desk.webhook(VAPI, ask(0)).await;
        assert_eq!(hook::result(&first)["booked"], true, "{first:?}");
        // Once byte for byte, and once as a new message about the same question.
        assert_eq!(desk.webhook(VAPI, ask(0)).await, first);
        assert_eq!(desk.webhook(VAPI, ask(5_000)).await, first);
        assert_eq!(desk.count("SELECT count(*) FROM appointment").await, 1);
        let told = desk.texts(format!("SELECT text FROM event WHERE kind = '{}'", kind::APPOINTMENT_BOOKED)).await;
        assert_eq!(told.len(), 1, "{told:?}");
    }

    async fn a_caller_who_changes_their_mind_has_one_appointment(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let call = hook::inbound("call-1", &number(1, Scenario::Books));
        let free = slots(&desk, &call).await;
        // The second one touches the first, which only this call itself has taken.
        for (n, start) in [&free[0], &free[1], &free[0], &free[2]].into_iter().enumerate() {
            let at = desk.now().0 + SECOND * n as i64;
            let body = hook::tool(&call, at, &format!("book-{n}"), "book_appointment", json!({"start": start}));
            let answer = hook::result(&desk.webhook(VAPI, body).await);
            assert_eq!(answer["booked"], true, "{n}: {answer}");
            assert_eq!(desk.count("SELECT count(*) FROM appointment WHERE status = 'booked'").await, 1);
        }
        // What is refused takes nothing away.
        let body = hook::tool(&call, desk.now().0 + 9_000, "book-9", "book_appointment", json!({"start": "2025-06-18T03:00:00+01:00"}));
        assert_eq!(hook::result(&desk.webhook(VAPI, body).await)["booked"], false);
        assert_eq!(desk.count("SELECT count(*) FROM appointment WHERE status = 'booked'").await, 1);
        let moved = desk.count("SELECT count(*) FROM event WHERE kind = 'appointment_moved'").await;
        assert_eq!(moved, 3);
        // One appointment for its whole life, whose number of changes tells what is void.
        let kept = desk.texts("SELECT status || ' ' || CAST(sequence AS TEXT) FROM appointment").await;
        assert_eq!(kept, ["booked 3"]);
    }

    async fn another_name_is_another_appointment_and_the_same_one_is_told_to_move(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let call = hook::inbound("call-1", &number(1, Scenario::Books));
        let free = slots(&desk, &call).await;
        let mut answers = Vec::new();
        for (n, (who, start)) in [("Paul", &free[0]), ("Wilma Wife", &free[3]), ("Paul", &free[5])].into_iter().enumerate() {
            let at = desk.now().0 + SECOND * n as i64;
            let asked = json!({"start": start, "name": who});
            let body = hook::tool(&call, at, &format!("book-{n}"), "book_appointment", asked);
            answers.push(hook::result(&desk.webhook(VAPI, body).await));
        }
        assert!(answers.iter().all(|a| a["booked"] == true), "{answers:?}");
        assert!(answers[1]["moved_from"].is_null() && answers[2]["moved_from"].is_string(), "{answers:?}");
        let who = desk.texts("SELECT who FROM appointment WHERE status = 'booked' ORDER BY starts_at").await;
        assert_eq!(who, ["Wilma Wife", "Paul"]);
    }

    async fn each_promise_to_a_stranger_is_seen_by_itself(db) {
        let desk = TestDesk::start(&db).await;
        desk.expect_faults(&["call.promised"]);
        desk.client("harbour").await;
        for n in 1..=3 {
            let call = hook::inbound(&format!("call-{n}"), &number(n, Scenario::Books));
            let at = desk.now().0 + SECOND;
            let night = json!({"at": "2025-06-19T03:00:00+01:00"});
            let ask = hook::tool(&call, at, "night", "request_callback", night);
            let answer = hook::result(&desk.webhook(VAPI, ask).await);
            assert_eq!(answer["callback"], false, "{answer}");
            let ask = hook::tool(&call, at, "later", "request_callback", json!({"in_hours": 24}));
            let answer = hook::result(&desk.webhook(VAPI, ask).await);
            assert_eq!(answer["callback"], true, "{answer}");
            desk.webhook(VAPI, hook::report(&call, at + SECOND, "customer-ended-call", &["Tomorrow, please."])).await;
        }
        assert_eq!(desk.count("SELECT count(*) FROM lead").await, 3);
        assert_eq!(desk.count("SELECT count(*) FROM fault WHERE kind = 'call.promised'").await, 3);
        let call = hook::inbound("call-9", &number(9, Scenario::Books));
        let at = desk.now().0 + SECOND;
        desk.webhook(VAPI, hook::tool(&call, at, "out", "opt_out", json!({"reason": "stop"}))).await;
        let ask = hook::tool(&call, at, "later", "request_callback", json!({"in_hours": 24}));
        assert_eq!(hook::result(&desk.webhook(VAPI, ask).await)["callback"], false);
    }

    /// The provider tells and asks about a call nobody knows yet, on several connections at once.
    async fn a_new_call_told_of_on_several_connections_is_one_call(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        for n in 0..8 {
            let call = hook::inbound(&format!("call-{n}"), &number(n, Scenario::Books));
            let at = desk.now().0;
            let bodies = [
                hook::status(&call, at, "ringing"),
                hook::status(&call, at + 1, "in-progress"),
                hook::tool(&call, at + 2, "look-1", "check_availability", json!({})),
                hook::tool(&call, at + 3, "look-2", "check_availability", json!({"days": 3})),
            ];
            let answers = futures::future::join_all(bodies.into_iter().map(|b| desk.webhook(VAPI, b))).await;
            for asked in &answers[2..] {
                assert!(hook::result(asked)["slots"].is_array(), "{asked:?}");
            }
        }
        let other = desk.texts("SELECT note FROM webhook WHERE status = 'failed'").await;
        assert!(other.is_empty(), "{other:?}");
        assert_eq!(desk.count("SELECT count(*) FROM call").await, 8);
    }

    async fn a_slot_that_is_none_is_refused_with_others(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let call = hook::inbound("call-1", &number(1, Scenario::Books));
        let arguments = [
            json!({"start": "2025-06-15T10:00:00+01:00"}),
            json!({"start": "2025-06-21T11:00:00+01:00"}),
            json!({"start": "2025-06-18T03:00:00+01:00"}),
            json!({"start": "2027-06-16T11:00:00+01:00"}),
            json!({"start": "next Tuesday"}),
        ];
        for (n, arguments) in arguments.into_iter().enumerate() {
            let body = hook::tool(&call, desk.now().0, &format!("book-{n}"), "book_appointment", arguments.clone());
            let answer = hook::result(&desk.webhook(VAPI, body).await);
            assert_eq!(answer["booked"], false, "{arguments}: {answer}");
            assert!(!answer["alternatives"].as_array().unwrap().is_empty(), "{arguments}: {answer}");
        }
        assert_eq!(desk.count("SELECT count(*) FROM appointment").await, 0);
    }

    async fn an_opt_out_is_in_the_store_when_the_caller_hears_it(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::NoAnswer);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        assert_eq!(desk.lead_now(&ann).await.status, "queued", "a second call is planned");
        let call = hook::inbound("call-1", &ann);
        let body = hook::tool(&call, desk.now().0, "stop-1", "opt_out", json!({"reason": "Stop calling me"}));
        let answer = hook::result(&desk.webhook(VAPI, body).await);
        assert_eq!(answer["opted_out"], true, "{answer}");
        // No waiting here: the answer is the promise.
        assert_eq!(desk.lead_now(&ann).await.status, "opted-out");
        assert_eq!(desk.count("SELECT count(*) FROM suppression WHERE active").await, 1);
        assert_eq!(desk.count("SELECT count(*) FROM job WHERE lane = 'call' AND state = 'ready'").await, 0);
        let evidence = desk.texts("SELECT evidence FROM suppression").await;
        assert!(evidence[0].contains("Stop calling me"), "{evidence:?}");
    }

    async fn a_promised_call_back_is_kept_at_its_time(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::Declines);
        // The call is ours, and what is said in it is the test's: nobody at the sandbox speaks.
        desk.sandbox.set_faults(frontdesk_sandbox::vapi::Faults { drop: 1.0, forget_end: 1.0, ..Default::default() }).unwrap();
        desk.lead(&client, &ann).await;
        let placed = desk.until("the call to be placed", |tx, _| {
            tx.optional("SELECT provider_call_id FROM call WHERE provider_call_id IS NOT NULL", &[], |r| r.get::<String>(0))
        }).await;
        let call = json!({"id": placed, "type": "outboundPhoneCall", "customer": {"number": ann}});
        let at = desk.now().0;
        let ask = hook::tool(&call, at, "later-1", "request_callback", json!({"in_hours": 26}));
        let answer = hook::result(&desk.webhook(VAPI, ask).await);
        assert_eq!(answer["callback"], true, "{answer}");
        desk.webhook(VAPI, hook::report(&call, at + SECOND, "customer-ended-call", &["Tomorrow, please."])).await;
        let lead = desk.lead_now(&ann).await;
        let promised = desk.now().0 + 26 * 3_600_000;
        assert_eq!((lead.status.as_str(), lead.next_at), ("callback", Some(promised)));
        desk.sandbox.set_faults(Default::default()).unwrap();
        desk.advance(26 * 3_600_000 - SECOND).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1);
        desk.advance(SECOND).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 2);
        assert_eq!(desk.lead_now(&ann).await.status, "not-interested");
    }
}
