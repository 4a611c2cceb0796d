//! What follows a booking: confirmations, reminders, answers of people, and reports of carriers, with
//! a real daemon, fake carriers that sign, and a fake mail server.

use frontdesk_sandbox::sms::{Course, Faults, Refuse, Vendor};
use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_tests::desk::{ADMIN, Setup, TestClient, answered, number};
use frontdesk_tests::post::{SECOND_NUMBER, TEXT_NUMBER};
use frontdesk_tests::{TestDesk, on_both_engines};

fn writing() -> Setup {
    // A Friday afternoon: what is booked is for Monday.
    Setup { messages: true, ..Setup::at("2025-06-13 16:00") }
}

/// One person with a mail address who consented to calls.
async fn person(desk: &TestDesk, client: &TestClient, number: &str) {
    let csv = format!(
        "name,phone,email,consent channels,consent text\nAda Price,{number},ada@home.example,ai_voice,Call me\n"
    );
    let answer = desk.import(client, "", csv).await;
    assert_eq!(answer["accepted"], 1, "{answer}");
}

fn texts(desk: &TestDesk, number: &str) -> Vec<String> {
    desk.post.as_ref().expect("messages are on").texts_to(number)
}

fn mails(desk: &TestDesk, address: &str) -> Vec<String> {
    let room = &desk.post.as_ref().expect("messages are on").mails.room;
    room.messages_to(address).iter().map(|mail| String::from_utf8_lossy(&mail.raw).into_owned()).collect()
}

async fn writes(desk: &TestDesk, number: &str, words: &str) {
    let post = desk.post.as_ref().expect("messages are on");
    post.texts.inbound(number, TEXT_NUMBER, words).expect("the number is ours");
    desk.settled().await;
}

async fn starts_at(desk: &TestDesk) -> i64 {
    let at = desk.texts("SELECT CAST(starts_at AS TEXT) FROM appointment WHERE status = 'booked'").await;
    at.first().expect("an appointment").parse().expect("a number")
}

async fn waiting(desk: &TestDesk) -> Vec<String> {
    desk.texts("SELECT lane || ' ' || payload FROM job WHERE state = 'ready' AND lane IN ('sms', 'email')")
        .await
}

on_both_engines! {
    async fn a_booked_call_leads_to_confirmations_and_reminders(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::Books);
        person(&desk, &harbour, &ada).await;
        desk.settled().await;
        let said = texts(&desk, &ada);
        assert_eq!(said.len(), 1, "{said:?} {}", desk.picture().await);
        assert!(said[0].contains("Practice harbour"), "{said:?}");
        let mail = mails(&desk, "ada@home.example");
        assert_eq!(mail.len(), 1);
        assert!(mail[0].contains("text/calendar") && mail[0].contains("Auto-Submitted: auto-generated"), "{}", mail[0]);
        let start = starts_at(&desk).await;
        // R1: the day before, then the hour before, and nothing twice.
        let now = desk.now().0;
        desk.advance(start - DAY - now).await;
        let said = texts(&desk, &ada);
        assert_eq!(said.len(), 2, "{said:?} {:?}", waiting(&desk).await);
        assert_eq!(mails(&desk, "ada@home.example").len(), 2);
        desk.advance(DAY - HOUR).await;
        let said = texts(&desk, &ada);
        assert_eq!(said.len(), 3, "{said:?} {:?}", waiting(&desk).await);
        desk.advance(2 * HOUR).await;
        assert_eq!(texts(&desk, &ada).len(), 3);
        assert!(waiting(&desk).await.is_empty());
        let kinds = desk.texts("SELECT kind || ' ' || channel || ' ' || status FROM message ORDER BY id").await;
        assert_eq!(kinds.iter().filter(|k| k.ends_with("sms delivered")).count(), 3, "{kinds:?}");
    }

    async fn r1_nothing_reminds_of_what_was_cancelled_by_text(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::Books);
        person(&desk, &harbour, &ada).await;
        desk.settled().await;
        let start = starts_at(&desk).await;
        desk.advance(MINUTE).await;
        writes(&desk, &ada, "Sorry, I can't make it on Tuesday, please cancel my appointment").await;
        let said = texts(&desk, &ada);
        assert_eq!(said.len(), 2, "{said:?} {}", desk.picture().await);
        assert_eq!(desk.texts("SELECT status FROM appointment").await, ["cancelled"]);
        let mail = mails(&desk, "ada@home.example");
        assert_eq!(mail.len(), 2);
        assert!(mail[1].contains("method=CANCEL") || mail[1].contains("method=\"CANCEL\""), "{}", mail[1]);
        assert!(waiting(&desk).await.is_empty(), "{:?}", waiting(&desk).await);
        let now = desk.now().0;
        desk.advance(start - now).await;
        assert_eq!(texts(&desk, &ada).len(), 2);
        assert_eq!(desk.lead_now(&ada).await.status, "review");
    }

    async fn a_stop_reaches_every_lane(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["appointment.nobody-reminded"]);
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::Books);
        person(&desk, &harbour, &ada).await;
        desk.settled().await;
        assert!(!waiting(&desk).await.is_empty());
        writes(&desk, &ada, "STOP").await;
        assert_eq!(desk.lead_now(&ada).await.status, "opted-out");
        assert!(waiting(&desk).await.is_empty(), "{:?}", waiting(&desk).await);
        let kept = desk.texts("SELECT address || ' ' || channel FROM suppression WHERE active ORDER BY 1").await;
        assert_eq!(kept, [format!("{ada} all"), "mail:ada@home.example all".to_owned()]);
        let start = starts_at(&desk).await;
        let now = desk.now().0;
        desk.advance(start - now).await;
        // Twilio has answered the keyword itself.
        assert_eq!(texts(&desk, &ada).len(), 1);
        assert_eq!(mails(&desk, "ada@home.example").len(), 1);
    }

    async fn f2_silence_is_followed_up_once_until_the_person_answers(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["text.reply"]);
        let harbour = desk.client("harbour").await;
        let patch = serde_json::json!({ "settings": { "messages": { "booking_link": "https://harbour.example/book" } } });
        let url = format!("{}/api/clients/{}/config", desk.url, harbour.key);
        let request = desk.http.patch(url).header("x-api-key", ADMIN).body(patch.to_string());
        let (status, told) = answered(request).await;
        assert_eq!(status, 200, "{told}");
        let ada = number(1, Scenario::NoAnswer);
        let csv = format!(
            "name,phone,email,consent channels,consent text\n\
             Ada Price,{ada},ada@home.example,ai_voice+sms+email,Call text and mail me\n"
        );
        let answer = desk.import(&harbour, "", csv).await;
        assert_eq!(answer["accepted"], 1, "{answer}");
        desk.settled().await;
        assert_eq!(texts(&desk, &ada).len(), 0);
        desk.advance(6 * MINUTE).await;
        let said = texts(&desk, &ada);
        assert_eq!(said.len(), 1, "{said:?} {}", desk.picture().await);
        assert!(said[0].contains("Reply STOP to opt out"), "{said:?}");
        // Nobody answers the next calls either: no second sequence.
        desk.advance(DAY).await;
        desk.advance(DAY).await;
        assert_eq!(texts(&desk, &ada).len(), 1, "{}", desk.picture().await);
        let mail = mails(&desk, "ada@home.example");
        assert_eq!(mail.len(), 1, "{}", desk.picture().await);
        assert!(mail[0].contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{}", mail[0]);
        writes(&desk, &ada, "Hello, who is this about?").await;
        assert!(waiting(&desk).await.is_empty(), "{:?}", waiting(&desk).await);
        desk.advance(3 * DAY).await;
        assert_eq!(texts(&desk, &ada).len(), 1);
    }

    async fn without_consent_nothing_is_followed_up(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::NoAnswer);
        person(&desk, &harbour, &ada).await;
        desk.settled().await;
        assert!(waiting(&desk).await.is_empty(), "{:?}", waiting(&desk).await);
    }

    async fn s1_a_text_of_unknown_fate_is_looked_up_and_never_sent_again(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let post = desk.post.clone().expect("messages are on");
        let faults = Faults { cut_after_taking: 1, ..Faults::default() };
        post.texts.set_faults(faults).expect("faults");
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::Books);
        person(&desk, &harbour, &ada).await;
        desk.settled().await;
        let kept = desk.texts("SELECT status || ' ' || why FROM message WHERE channel = 'sms'").await;
        desk.advance(MINUTE).await;
        let after = desk.texts("SELECT status FROM message WHERE channel = 'sms'").await;
        assert_eq!((texts(&desk, &ada).len(), after.as_slice()), (1, ["delivered".to_owned()].as_slice()), "{kept:?}");
    }

    async fn s11_a_landline_is_written_to_by_mail_alone(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        let line = "+442079460101";
        person(&desk, &harbour, line).await;
        desk.settled().await;
        assert_eq!(texts(&desk, line).len(), 0);
        assert_eq!(mails(&desk, "ada@home.example").len(), 1, "{}", desk.picture().await);
    }

    async fn o8_what_the_carrier_knows_as_an_opt_out_is_one_of_every_channel(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let post = desk.post.clone().expect("messages are on");
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::Books);
        post.texts.force(&ada, Some(Course::OptedOutLater));
        person(&desk, &harbour, &ada).await;
        desk.settled().await;
        desk.expect_faults(&["message.undelivered", "appointment.nobody-reminded"]);
        assert_eq!(desk.lead_now(&ada).await.status, "opted-out", "{}", desk.picture().await);
        assert!(waiting(&desk).await.is_empty());
    }

    /// Only for texts, and only what a text had stopped.
    async fn start_allows_texts_again_and_nothing_else(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["appointment.nobody-reminded"]);
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::Books);
        person(&desk, &harbour, &ada).await;
        desk.settled().await;
        writes(&desk, &ada, "Please stop texting me").await;
        assert_eq!(desk.lead_now(&ada).await.status, "opted-out");
        // SignalWire and Twilio answer keywords only: the one word that says it was heard is ours.
        assert_eq!(texts(&desk, &ada).len(), 2, "{:?}", texts(&desk, &ada));
        writes(&desk, &ada, "START").await;
        assert_eq!(desk.lead_now(&ada).await.status, "booked");
        let kept = desk.texts("SELECT channel FROM suppression WHERE active ORDER BY address, channel").await;
        assert_eq!(kept, ["ai_voice", "email", "ai_voice", "email"], "{kept:?}");
    }

    /// The first refused it, so it certainly did not send; whose fate is unknown waits for the first.
    async fn a_second_carrier_sends_what_the_first_certainly_did_not(db) {
        let desk = TestDesk::with(&db, Setup { second_carrier: true, ..writing() }).await;
        let post = desk.post.clone().expect("messages are on");
        let harbour = desk.client("harbour").await;
        let refuse = Some(Refuse { status: 401, count: 1, retry_after_s: 0 });
        post.texts.set_faults(Faults { refuse, ..Faults::default() }).expect("faults");
        let ada = number(1, Scenario::Books);
        person(&desk, &harbour, &ada).await;
        desk.settled().await;
        desk.advance(2 * MINUTE).await;
        let by = |number: &str| -> Vec<_> { post.texts.texts_to(number).iter().map(|text| text.vendor).collect() };
        assert_eq!(by(&ada), [Some(Vendor::SignalWire)], "{}", desk.picture().await);
        let kept = desk.texts("SELECT provider || ' ' || status FROM message WHERE channel = 'sms'").await;
        assert_eq!(kept, ["twilio refused", "signalwire delivered"]);
        // Whoever answers the second number is heard as well.
        post.texts.inbound(&ada, SECOND_NUMBER, "STOP").expect("the number is ours");
        desk.settled().await;
        desk.expect_faults(&["twilio.hold", "appointment.nobody-reminded"]);
        assert_eq!(desk.lead_now(&ada).await.status, "opted-out");
    }

    async fn a_second_carrier_sends_nothing_of_unknown_fate(db) {
        let desk = TestDesk::with(&db, Setup { second_carrier: true, ..writing() }).await;
        let post = desk.post.clone().expect("messages are on");
        post.texts.set_faults(Faults { cut_after_taking: 1, ..Faults::default() }).expect("faults");
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::Books);
        person(&desk, &harbour, &ada).await;
        desk.settled().await;
        desk.advance(MINUTE).await;
        let by: Vec<_> = post.texts.texts_to(&ada).iter().map(|text| text.vendor).collect();
        assert_eq!(by, [Some(Vendor::Twilio)], "{}", desk.picture().await);
    }

    async fn forged_callbacks_are_refused(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let body = "MessageSid=SM1&From=%2B447700900101&To=%2B14155550198&Body=STOP";
        let url = format!("{}/webhooks/sms", desk.url);
        let form = "application/x-www-form-urlencoded";
        for signature in [None, Some("AAAA"), Some("RSOYDt4T1cUTdK1PDd93/VVr8B8=")] {
            let mut request = desk.http.post(&url).header("content-type", form).body(body);
            if let Some(signature) = signature {
                request = request.header("x-twilio-signature", signature);
            }
            assert_eq!(request.send().await.expect("an answer").status().as_u16(), 403);
        }
        assert!(desk.texts("SELECT address FROM suppression").await.is_empty());
    }
}
