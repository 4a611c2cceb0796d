//! Reminders and answers when more happens to an appointment than that it comes: it moves after it was
//! reminded of, the business gives it back, nobody can be reminded, several could be meant.

use frontdesk_shared::time::{HOUR, MINUTE};
use frontdesk_tests::desk::{ADMIN, Setup, TestClient, answered, london};
use frontdesk_tests::post::TEXT_NUMBER;
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::{Value, json};

const ADA: &str = "+447700900101";

fn writing() -> Setup {
    // A Friday afternoon.
    Setup { messages: true, ..Setup::at("2025-06-13 16:00") }
}

/// Somebody whom nobody may call: only what was booked is written about.
async fn person(desk: &TestDesk, client: &TestClient, number: &str, mail: &str) {
    let answer = desk.import(client, "", format!("name,phone,email\nAda Price,{number},{mail}\n")).await;
    assert_eq!((&answer["held"], &answer["accepted"]), (&json!(1), &json!(0)), "{answer}");
}

async fn act(desk: &TestDesk, client: &TestClient, path: &str, body: Value) -> Value {
    let path = format!("/api/appointments/{}{path}", client.key);
    let answer = desk.post(&path, &client.api_key, body.to_string()).await;
    assert!(matches!(answer.0, 200 | 201), "{}", answer.1);
    desk.settled().await;
    answer.1["appointment"].clone()
}

async fn book(desk: &TestDesk, client: &TestClient, number: &str, start: &str) -> String {
    let made = act(desk, client, "", json!({"lead": number, "start": start})).await;
    made["id"].as_str().expect("an id").to_owned()
}

async fn until(desk: &TestDesk, local: &str) {
    let ms = london(local).0 - desk.now().0;
    desk.advance(ms).await;
}

fn texts(desk: &TestDesk, number: &str) -> Vec<String> {
    desk.post.as_ref().expect("messages are on").texts_to(number)
}

async fn writes(desk: &TestDesk, number: &str, words: &str) {
    let post = desk.post.as_ref().expect("messages are on");
    post.texts.inbound(number, TEXT_NUMBER, words).expect("the number is ours");
    desk.settled().await;
}

async fn kinds(desk: &TestDesk) -> Vec<String> {
    desk.texts("SELECT kind FROM message WHERE channel = 'sms' AND direction = 'outbound' ORDER BY id").await
}

async fn booked(desk: &TestDesk) -> i64 {
    desk.count("SELECT count(*) FROM appointment WHERE status = 'booked'").await
}

on_both_engines! {
    async fn r2_r4_what_moved_after_its_reminder_is_reminded_of_anew_and_only_so(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        person(&desk, &harbour, ADA, "").await;
        let id = book(&desk, &harbour, ADA, "2025-06-17T10:00").await;
        until(&desk, "2025-06-16 10:00").await;
        assert_eq!(kinds(&desk).await, ["confirmation", "reminder-24h"]);
        act(&desk, &harbour, &format!("/{id}/reschedule"), json!({"start": "2025-06-18T11:00"})).await;
        assert_eq!(kinds(&desk).await, ["confirmation", "reminder-24h", "moved"]);
        // The hour before the old time passes in silence.
        until(&desk, "2025-06-17 10:30").await;
        assert_eq!(kinds(&desk).await.len(), 3);
        until(&desk, "2025-06-17 11:00").await;
        until(&desk, "2025-06-18 10:00").await;
        until(&desk, "2025-06-18 12:00").await;
        assert_eq!(kinds(&desk).await, ["confirmation", "reminder-24h", "moved", "reminder-24h", "reminder-1h"]);
        let said = texts(&desk, ADA);
        assert!(said[3].contains("11:00") && said[4].contains("11:00"), "{said:?}");
    }

    async fn r14_who_cannot_be_reminded_is_told_when_it_is_booked_once(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["appointment.nobody-reminded"]);
        let harbour = desk.client("harbour").await;
        let landline = "+442079460101";
        person(&desk, &harbour, landline, "").await;
        book(&desk, &harbour, landline, "2025-06-17T10:00").await;
        assert_eq!(desk.count("SELECT count(*) FROM fault WHERE kind = 'appointment.nobody-reminded'").await, 1);
        until(&desk, "2025-06-17 12:00").await;
        assert_eq!(desk.count("SELECT CAST(sum(total) AS BIGINT) FROM fault WHERE kind = 'appointment.nobody-reminded'").await, 1);
        assert!(kinds(&desk).await.is_empty());
    }

    async fn r16_the_person_hears_that_the_business_cannot_keep_it(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        person(&desk, &harbour, ADA, "").await;
        let id = book(&desk, &harbour, ADA, "2025-06-17T10:00").await;
        for _ in 0..2 {
            act(&desk, &harbour, &format!("/{id}/cancel"), json!({"reason": "the practice is flooded"})).await;
        }
        assert_eq!(kinds(&desk).await, ["confirmation", "cancelled-by-business"]);
        assert!(texts(&desk, ADA)[1].contains("had to cancel"), "{:?}", texts(&desk, ADA));
        until(&desk, "2025-06-17 12:00").await;
        assert_eq!(kinds(&desk).await.len(), 2, "nothing reminds of it");
    }

    async fn o18_an_answer_is_about_the_appointment_of_the_text_it_answers(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        person(&desk, &harbour, ADA, "").await;
        let mut all = Vec::new();
        for start in ["2025-06-17T10:00", "2025-06-19T10:00", "2025-06-18T10:00"] {
            all.push(book(&desk, &harbour, ADA, start).await);
            desk.advance(MINUTE).await;
        }
        // Neither the first nor the next: the one that was written about last.
        for (words, left) in [("C", 2), ("please cancel my appointment", 2)] {
            writes(&desk, ADA, words).await;
            assert_eq!(booked(&desk).await, left, "{words}: {}", desk.picture().await);
            let still = desk.get("/api/appointments/harbour?status=booked", &harbour.api_key).await.1;
            let still: Vec<&str> =
                still["appointments"].as_array().expect("a list").iter().filter_map(|a| a["id"].as_str()).collect();
            assert_eq!(still, [all[0].as_str(), all[1].as_str()], "{words}");
            desk.expect_faults(&["text.cancel", "text.reply"]);
        }
        assert_eq!(desk.count("SELECT count(*) FROM fault WHERE kind = 'text.cancel'").await, 1, "two are left");
    }

    async fn o17_on_a_shared_number_a_stop_counts_for_all_and_a_booking_waits_for_a_person(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["text.reply", "appointment.nobody-reminded", "text.ambiguous"]);
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        for client in [&harbour, &elm] {
            person(&desk, client, ADA, "").await;
            book(&desk, client, ADA, "2025-06-17T10:00").await;
        }
        writes(&desk, ADA, "please cancel my appointment").await;
        assert_eq!(booked(&desk).await, 2, "{}", desk.picture().await);
        writes(&desk, ADA, "STOP").await;
        let statuses = desk.texts("SELECT status FROM lead ORDER BY id").await;
        assert_eq!(statuses, ["opted-out", "opted-out"], "{}", desk.picture().await);
        until(&desk, "2025-06-17 12:00").await;
        assert_eq!(texts(&desk, ADA).len(), 2, "the two confirmations");
    }

    async fn o21_a_stop_of_nobody_we_know_holds_for_everybody(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["text.reply", "text.unmatched", "appointment.nobody-reminded"]);
        let (harbour, _elm) = (desk.client("harbour").await, desk.client("elm").await);
        writes(&desk, ADA, "STOP").await;
        let kept = desk.texts("SELECT address || ' ' || channel FROM suppression WHERE active").await;
        assert_eq!(kept, [format!("{ADA} all")], "{}", desk.picture().await);
        desk.import(&harbour, "", format!("name,phone\nAda Price,{ADA}\n")).await;
        let body = json!({"lead": ADA, "start": "2025-06-17T10:00"}).to_string();
        desk.post("/api/appointments/harbour", &harbour.api_key, body).await;
        until(&desk, "2025-06-17 12:00").await;
        assert!(texts(&desk, ADA).is_empty(), "{:?}", texts(&desk, ADA));
    }

    async fn p7_a_message_is_worded_when_it_leaves_and_kept_as_it_left(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        person(&desk, &harbour, ADA, "").await;
        book(&desk, &harbour, ADA, "2025-06-17T10:00").await;
        let mut wordings = Vec::new();
        for words in ["First {{when}}", "Second {{when}}"] {
            let templates = json!({ "reminder-24h": { "sms": format!("{words} at {{{{business_name}}}}") } });
            let patch = json!({ "settings": { "messages": { "templates": templates } } });
            let url = format!("{}/api/clients/{}/config", desk.url, harbour.key);
            let (status, told) = answered(desk.http.patch(url).header("x-api-key", ADMIN).body(patch.to_string())).await;
            assert_eq!(status, 200, "{told}");
            wordings.push(words);
        }
        until(&desk, "2025-06-16 10:00").await;
        let said = texts(&desk, ADA);
        assert!(said[1].starts_with("Second tomorrow"), "{said:?}");
        let kept = desk.texts("SELECT t.body FROM message_text t JOIN message m ON m.id = t.message_id ORDER BY m.id").await;
        assert_eq!(kept, said);
    }

    async fn f8_a_client_who_left_writes_nothing_and_a_stop_still_counts(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["text.reply", "appointment.nobody-reminded"]);
        let harbour = desk.client("harbour").await;
        person(&desk, &harbour, ADA, "").await;
        book(&desk, &harbour, ADA, "2025-06-17T10:00").await;
        assert_eq!(desk.post("/api/clients/harbour/deactivate", ADMIN, "").await.0, 200);
        let open = "SELECT count(*) FROM job WHERE state IN ('ready', 'running') AND lane IN ('sms', 'email')";
        assert_eq!(desk.count(open).await, 0);
        writes(&desk, ADA, "Please stop texting me").await;
        let kept = desk.texts("SELECT address FROM suppression WHERE active AND channel = 'all'").await;
        assert_eq!(kept, [ADA], "{}", desk.picture().await);
        desk.advance(MINUTE).await;
        desk.advance(96 * HOUR).await;
        assert_eq!(texts(&desk, ADA).len(), 1, "no answer in its name: {:?}", texts(&desk, ADA));
    }
}
