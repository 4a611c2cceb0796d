//! What people with an appointment are told, and what operators are promised about it: changes do not
//! use up reminders, the end is always told, and whoever may be written to again is reminded again.

use frontdesk_sandbox::sms::Course;
use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::action::Action;
use frontdesk_shared::id::encode;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_tests::console::soon;
use frontdesk_tests::desk::{ADMIN, Setup, TestClient, number};
use frontdesk_tests::post::TEXT_NUMBER;
use frontdesk_tests::{TestDesk, on_both_engines};

fn writing() -> Setup {
    // A Friday afternoon: what is booked is for Monday.
    Setup { messages: true, ..Setup::at("2025-06-13 16:00") }
}

/// Somebody who has booked by phone; the appointment's id.
async fn booked(desk: &TestDesk, client: &TestClient) -> (String, String) {
    let ada = number(1, Scenario::Books);
    let csv = format!(
        "name,phone,email,consent channels,consent text\nAda Price,{ada},ada@home.example,ai_voice,Call me\n"
    );
    let answer = desk.import(client, "", csv).await;
    assert_eq!(answer["accepted"], 1, "{answer}");
    desk.settled().await;
    let id = desk.count("SELECT id FROM appointment").await;
    (ada, encode(id))
}

fn texts(desk: &TestDesk, number: &str) -> Vec<String> {
    desk.post.as_ref().expect("messages are on").texts_to(number)
}

fn mails(desk: &TestDesk) -> usize {
    desk.post.as_ref().expect("messages are on").mails.room.messages_to("ada@home.example").len()
}

async fn waiting(desk: &TestDesk, lane: &str) -> usize {
    let sql = format!("SELECT CAST(id AS TEXT) FROM job WHERE state = 'ready' AND lane = '{lane}'");
    desk.texts(&sql).await.len()
}

async fn moves(desk: &TestDesk, client: &TestClient, id: &str, to: &str) -> u16 {
    let path = format!("/api/appointments/{}/{id}/reschedule", client.key);
    let body = serde_json::json!({ "start": to }).to_string();
    let answer = desk.post(&path, &client.api_key, body).await;
    desk.settled().await;
    // Texts go out one after the other.
    desk.advance(MINUTE).await;
    answer.0
}

on_both_engines! {
    async fn moves_use_up_neither_reminders_nor_the_word_that_it_is_off(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["message.not-sent"]);
        desk.expect_jobs(&["dead"]);
        let harbour = desk.client("harbour").await;
        let (ada, id) = booked(&desk, &harbour).await;
        for hour in ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00"] {
            assert_eq!(moves(&desk, &harbour, &id, &format!("2025-06-19T{hour}")).await, 200, "{hour}");
        }
        // The confirmation and six moves of a day; the seventh is for the reminders to tell.
        assert_eq!((texts(&desk, &ada).len(), mails(&desk)), (7, 7), "{}", desk.picture().await);
        // Wednesday at three.
        desk.advance(5 * DAY - HOUR).await;
        let said = texts(&desk, &ada);
        assert_eq!(said.len(), 8, "{said:?} {}", desk.picture().await);
        assert!(said[7].contains("15:00"), "{said:?}");
        let off = Action::CancelAppointment { appointment: id, reason: "ill".into() };
        let operator = desk.operator().await;
        let seen = operator.client.preview(soon(), off.clone()).await.unwrap().unwrap();
        assert!(seen.lines.iter().any(|line| line.contains("told by text and email")), "{seen:?}");
        operator.act(off, "off").await.unwrap();
        desk.settled().await;
        let said = texts(&desk, &ada);
        assert!(said.len() == 9 && said[8].contains("had to cancel"), "{said:?}");
    }

    async fn whoever_may_be_written_to_again_is_reminded_again(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["appointment.nobody-reminded"]);
        let harbour = desk.client("harbour").await;
        let (ada, _) = booked(&desk, &harbour).await;
        let planned = (waiting(&desk, "sms").await, waiting(&desk, "email").await);
        assert_eq!(planned, (2, 1));
        let operator = desk.operator().await;
        operator.act(Action::OptOut { who: ada.clone() }, "o-1").await.unwrap();
        assert_eq!((waiting(&desk, "sms").await, waiting(&desk, "email").await), (0, 0));
        let back = Action::WithdrawOptOut { who: ada.clone(), reason: "wrong line".into() };
        operator.act(back, "w-1").await.unwrap();
        assert_eq!((waiting(&desk, "sms").await, waiting(&desk, "email").await), planned);
        assert_eq!(desk.lead_now(&ada).await.status, "booked");
        // By a text, texts are allowed again and nothing else.
        let post = desk.post.clone().expect("messages are on");
        desk.advance(MINUTE).await;
        post.texts.inbound(&ada, TEXT_NUMBER, "Please stop texting me").expect("the number is ours");
        desk.settled().await;
        assert_eq!((waiting(&desk, "sms").await, waiting(&desk, "email").await), (0, 0));
        post.texts.inbound(&ada, TEXT_NUMBER, "START").expect("the number is ours");
        desk.settled().await;
        assert_eq!((waiting(&desk, "sms").await, waiting(&desk, "email").await), (2, 0), "{}", desk.picture().await);
        let start = desk.count("SELECT starts_at FROM appointment").await;
        for before in [DAY, HOUR] {
            desk.advance(start - before - desk.now().0).await;
        }
        // Booked, the one answer to the refusal, and two reminders: each of them once.
        assert_eq!(texts(&desk, &ada).len(), 4, "{:?}", texts(&desk, &ada));
    }

    /// The system's clock moves between the refusal and what is written of it.
    async fn a_withdrawal_gives_consents_back_also_while_the_clock_goes(db) {
        let desk = TestDesk::with(&db, Setup { start: None, ..Setup::default() }).await;
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::NoAnswer);
        let csv = format!("name,phone,consent channels,consent text\nAda Price,{ada},ai_voice,Call me\n");
        desk.import(&harbour, "", csv).await;
        let operator = desk.operator().await;
        let standing = "SELECT CAST(count(*) AS TEXT) FROM consent WHERE revoked_at IS NULL";
        operator.act(Action::OptOut { who: ada.clone() }, "o-1").await.unwrap();
        assert_eq!(desk.texts(standing).await, ["0"]);
        operator.act(Action::WithdrawOptOut { who: ada, reason: "wrong line".into() }, "w-1").await.unwrap();
        assert_eq!(desk.texts(standing).await, ["1"]);
    }

    async fn a_client_without_a_number_of_its_own_confirms_and_reminds(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let body = serde_json::json!({
            "businessName": "Practice elm", "key": "elm", "industry": "dental", "email": "owner@example.com",
            "tier": "enterprise",
        });
        let made = desk.post("/api/onboard-client", ADMIN, body.to_string()).await;
        assert_eq!(made.0, 201, "{}", made.1);
        let text = |name: &str| made.1[name].as_str().expect("a text").to_owned();
        let elm = TestClient { key: "elm".into(), api_key: text("api_key"), agent_path: String::new() };
        let (ada, _) = booked(&desk, &elm).await;
        assert_eq!((texts(&desk, &ada).len(), mails(&desk)), (1, 1), "{}", desk.picture().await);
        assert!(!texts(&desk, &ada)[0].contains("call"), "{:?}", texts(&desk, &ada));
        assert_eq!((waiting(&desk, "sms").await, waiting(&desk, "email").await), (2, 1));
    }

    /// The number turns out to take no texts.
    async fn nothing_is_promised_that_the_gate_refuses(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        let post = desk.post.clone().expect("messages are on");
        desk.expect_faults(&["message.undelivered"]);
        post.texts.force(&number(1, Scenario::Books), Some(Course::Landline));
        let (ada, id) = booked(&desk, &harbour).await;
        assert_eq!((texts(&desk, &ada).len(), mails(&desk)), (1, 1), "{}", desk.picture().await);
        assert_eq!((waiting(&desk, "sms").await, waiting(&desk, "email").await), (0, 1));
        let operator = desk.operator().await;
        let off = Action::CancelAppointment { appointment: id, reason: "ill".into() };
        let seen = operator.client.preview(soon(), off).await.unwrap().unwrap();
        assert!(seen.lines.iter().any(|line| line.ends_with("told by email.")), "{seen:?}");
    }
}
