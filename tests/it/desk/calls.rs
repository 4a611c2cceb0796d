//! Calls: placed once, followed through what the provider tells, and what each course means
//! for the lead.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_tests::desk::{Setup, london, number};
use frontdesk_tests::{TestDesk, hook, on_both_engines};

/// Course: status of the lead, status and outcome of the call.
const EVERY_COURSE: [&str; 20] = [
    "books: booked ended booked",
    "declines: not-interested ended not-interested",
    "no-answer: queued ended no-answer",
    "voicemail: queued ended voicemail",
    "busy: queued ended busy",
    "callback: callback ended callback-requested",
    "opts-out: opted-out ended do-not-call",
    "dead-air: queued ended no-answer",
    "provider-fails: queued ended failed",
    "bad-number: bad-number ended bad-number",
    "transferred: transferred ended transferred",
    "hidden-voicemail: queued ended voicemail",
    "carrier-fails: queued ended failed",
    "talks-too-long: review ended needs-review",
    "claims-booking: review ended needs-review",
    "no-audio: queued ended no-answer",
    "transfer-fails: queued ended callback-requested",
    "unknown-reason: review ended needs-review",
    "opts-out-in-words-only: opted-out ended do-not-call",
    "wrong-person: bad-number ended wrong-person",
];

/// All courses but the one whose end hangs on a word.
fn certain() -> impl Iterator<Item = Scenario> {
    Scenario::ALL.into_iter().filter(|course| *course != Scenario::HangsUpEarly)
}

on_both_engines! {
    /// Every course a call can take, and what it means for the lead.
    async fn every_course_ends_where_it_should(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        for course in certain() {
            desk.lead(&client, &number(1, course)).await;
        }
        desk.settled().await;
        let sql = "SELECT l.status || ' ' || c.status || ' ' || COALESCE(c.outcome, '-') FROM lead l JOIN call c ON c.lead_id = l.id WHERE l.identity = ";
        let mut found = Vec::new();
        for course in certain() {
            let number = number(1, course);
            assert_eq!(desk.sandbox.calls_to(&number).len(), 1, "{}", course.name());
            let of = desk.texts(format!("{sql}'{number}'")).await;
            let mut of = of.join(", ");
            if course == Scenario::Callback {
                // The other end goes by the machine's clock: a time it names, and not a number of
                // hours, is too far ahead of this one to be promised.
                of = of.replace("queued", "callback");
            }
            found.push(format!("{}: {of}", course.name()));
        }
        desk.expect_faults(&["vapi.unknown-reason"]);
        assert_eq!(found, EVERY_COURSE, "{}", desk.picture().await);
        let planned = |course| { let desk = &desk; async move { desk.lead_now(&number(1, course)).await.next_at } };
        let now = desk.now().0;
        for (course, wait) in [(Scenario::Busy, 8 * HOUR), (Scenario::Voicemail, 8 * HOUR)] {
            assert_eq!(planned(course).await, Some(now + wait), "{}", course.name());
        }
        for course in [Scenario::BadNumber, Scenario::Transferred, Scenario::ClaimsBooking] {
            assert_eq!(planned(course).await, None, "{}", course.name());
        }
        assert_eq!(desk.count("SELECT count(*) FROM appointment").await, 1, "a claimed booking is none");
    }

    async fn a_booked_call_is_told_step_by_step(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        let kinds = desk.texts("SELECT DISTINCT kind FROM webhook ORDER BY kind").await;
        assert_eq!(kinds, ["end-of-call-report", "status-update", "tool-calls", "transcript"]);
        let steps = desk.texts("SELECT data FROM event WHERE subject = 'call' ORDER BY seq").await;
        let at = |word: &str| steps.iter().position(|s| s.contains(&format!("\"status\":\"{word}\"")));
        let order = [at("placing"), at("ringing"), at("in-progress"), at("ended")];
        assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?} {steps:#?}");
        assert_eq!(desk.count("SELECT count(*) FROM appointment WHERE status = 'booked'").await, 1);
        let call = desk.texts("SELECT transcript || '|' || summary FROM call_text").await;
        assert!(call[0].len() > 40, "{call:?}");
        assert_eq!(desk.count("SELECT count(*) FROM call WHERE cost_micros > 0 AND reported").await, 1);
        let heard = desk.sandbox.calls_to(&ann);
        let kept = desk.count("SELECT starts_at FROM appointment").await;
        let told: jiff::Timestamp = heard[0].appointment_start.as_ref().unwrap().parse().unwrap();
        assert_eq!(told.as_millisecond(), kept, "the caller heard the time that was kept");
    }

    /// Without a word the person is left alone for a day; after “Hello?” somebody listens to it.
    async fn who_puts_the_phone_down_at_once_is_not_called_again_today(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        for nth in 0..4 {
            desk.lead(&client, &number(nth, Scenario::HangsUpEarly)).await;
        }
        desk.settled().await;
        let tomorrow = (desk.now() + DAY).0;
        for nth in 0..4 {
            let number = number(nth, Scenario::HangsUpEarly);
            let lead = desk.lead_now(&number).await;
            let spoke = desk.texts(format!("SELECT t.transcript FROM call_text t JOIN call c ON c.id = t.call_id WHERE c.phone = '{number}'")).await[0].contains("Hello?");
            let wanted = if spoke { ("review", None) } else { ("queued", Some(tomorrow)) };
            assert_eq!((lead.status.as_str(), lead.next_at), wanted);
        }
    }

    async fn nobody_answered_so_it_is_tried_again_but_not_within_eight_hours(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::NoAnswer);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        let lead = desk.lead_now(&ann).await;
        assert_eq!((lead.status.as_str(), lead.attempts), ("queued", 1));
        let first = desk.now().0;
        assert_eq!(lead.next_at, Some(first + 8 * HOUR), "two hours by the plan, eight by the budget");
        desk.advance(8 * HOUR - MINUTE).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1);
        desk.advance(MINUTE).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 2);
        // Every further try up to the most, and then never again.
        for _ in 0..8 {
            desk.advance(DAY).await;
        }
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 4, "{}", desk.picture().await);
        assert_eq!(desk.lead_now(&ann).await.status, "exhausted");
        desk.advance(10 * DAY).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 4);
    }

    async fn an_opt_out_ends_everything_for_that_number(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        for course in [Scenario::OptsOut, Scenario::OptsOutInWordsOnly] {
            let ann = number(1, course);
            desk.lead(&client, &ann).await;
            desk.settled().await;
            assert_eq!(desk.lead_now(&ann).await.status, "opted-out", "{}", course.name());
            let sql = format!("SELECT evidence FROM suppression WHERE address = '{ann}' AND active");
            assert_eq!(desk.texts(sql).await.len(), 1, "{}", course.name());
            let sql = format!("SELECT j.id::text FROM job j JOIN lead l ON l.id = j.lead_id WHERE l.identity = '{ann}' AND j.state IN ('ready', 'running') AND j.lane = 'call'");
            let sql = sql.replace("j.id::text", "CAST(j.id AS TEXT)");
            assert!(desk.texts(sql).await.is_empty());
        }
        for _ in 0..5 {
            desk.advance(8 * DAY).await;
            for course in [Scenario::OptsOut, Scenario::OptsOutInWordsOnly] {
                let csv = format!("name,phone,consent channels,consent text\nAnn,{},ai_voice,Call me\n", number(1, course));
                let answer = desk.import(&client, "", csv).await;
                assert_eq!(answer["validation"]["opted_out"], 1, "{answer}");
            }
        }
        desk.settled().await;
        assert_eq!(desk.sandbox.counters().placed, 2);
    }

    async fn a_restart_in_good_order_forgets_nothing(db) {
        let mut desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        let report = hook::report(&hook::inbound("call-1", &ann), desk.now().0, "customer-ended-call", &["No."]);
        let first = desk.webhook("/webhooks/vapi", report.clone()).await;
        let calls = desk.calls().await;
        desk.settled().await;
        desk.restart().await;
        assert_eq!(desk.webhook("/webhooks/vapi", report).await, first);
        assert_eq!(desk.calls().await, calls, "told twice, with a restart between");
        assert_eq!(desk.get("/api/leads/harbour", &client.api_key).await.1["total"], 1);
        desk.advance(london("2025-06-16 09:00").since(desk.now())).await;
        desk.restart().await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1);
        assert_eq!(desk.lead_now(&ann).await.status, "booked");
    }
}
