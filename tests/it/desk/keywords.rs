//! Keywords of the carriers on a number that several clients share.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_tests::desk::{Setup, TestClient, number};
use frontdesk_tests::post::TEXT_NUMBER;
use frontdesk_tests::{TestDesk, on_both_engines};

/// Somebody whom one of two clients wrote to, from the number that both share.
async fn written_to(desk: &TestDesk, ada: &str) -> (TestClient, TestClient) {
    let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
    desk.lead(&harbour, ada).await;
    desk.settled().await;
    assert_eq!(desk.post.as_ref().expect("messages are on").texts_to(ada).len(), 1);
    (harbour, elm)
}

async fn writes(desk: &TestDesk, ada: &str, words: &str) {
    desk.post.as_ref().expect("messages are on").texts.inbound(ada, TEXT_NUMBER, words).expect("ours");
    desk.settled().await;
}

async fn refused(desk: &TestDesk) -> Vec<String> {
    desk.texts(
        "SELECT COALESCE(c.key, 'all') || ' ' || s.channel FROM suppression s LEFT JOIN client c ON c.id = s.client_id
         WHERE s.active ORDER BY 1",
    )
    .await
}

fn writing() -> Setup {
    Setup { messages: true, ..Setup::at("2025-06-13 16:00") }
}

on_both_engines! {
    async fn stop_to_a_shared_number_refuses_everybody_who_uses_it(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["appointment.nobody-reminded"]);
        let ada = number(1, Scenario::Books);
        let (_, elm) = written_to(&desk, &ada).await;
        writes(&desk, &ada, "STOP").await;
        assert_eq!(refused(&desk).await, ["all all"]);
        let csv = format!("name,phone,consent channels,consent text\nAda Price,{ada},ai_voice,Call me\n");
        let answer = desk.import(&elm, "", csv).await;
        assert_eq!(answer["validation"]["opted_out"], 1, "{answer}");
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ada).len(), 1, "from that very number");
        // What a text had stopped for all, a text allows again for all: texts, and nothing else.
        writes(&desk, &ada, "START").await;
        assert_eq!(refused(&desk).await, ["all ai_voice", "all email"]);
        assert_eq!(desk.texts("SELECT DISTINCT status FROM lead WHERE status = 'opted-out'").await, [""; 0]);
    }

    async fn a_refusal_in_words_stays_with_whom_it_was_said_to(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["appointment.nobody-reminded"]);
        let ada = number(1, Scenario::Books);
        let (_, elm) = written_to(&desk, &ada).await;
        writes(&desk, &ada, "Please stop texting me").await;
        assert_eq!(refused(&desk).await, ["harbour all"]);
        desk.lead(&elm, &ada).await;
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ada).len(), 2);
    }

    async fn a_bare_cancel_stops_texts_as_the_carrier_does(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["text.cancel"]);
        let ada = number(1, Scenario::Books);
        written_to(&desk, &ada).await;
        writes(&desk, &ada, "CANCEL").await;
        assert_eq!(refused(&desk).await, ["all sms"]);
    }
}
