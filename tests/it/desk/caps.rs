//! How much may be written: to one person, and by one client out of what all share.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::time::{DAY, MINUTE, SECOND};
use frontdesk_tests::desk::{ADMIN, Setup, TestClient, number};
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::json;

fn writing() -> Setup {
    Setup { messages: true, ..Setup::at("2025-06-16 10:00") }
}

/// Somebody who consented to nothing.
async fn person(desk: &TestDesk, client: &TestClient, number: &str, email: &str) {
    let csv = format!("name,phone,email\nAda Price,{number},{email}\n");
    assert_eq!(desk.import(client, "", csv).await["rows"], 1);
    desk.settled().await;
}

/// Books and cancels for somebody, so many times.
async fn rounds(desk: &TestDesk, client: &TestClient, number: &str, n: usize) {
    for _ in 0..n {
        desk.pass(2 * SECOND);
        let made = json!({ "lead": number, "start": "2025-06-19T14:30" }).to_string();
        let path = format!("/api/appointments/{}", client.key);
        let (status, made) = desk.post(&path, &client.api_key, made).await;
        assert_eq!(status, 201, "{made}");
        desk.settled().await;
        desk.pass(2 * SECOND);
        let id = made["appointment"]["id"].as_str().expect("an id").to_owned();
        let (status, told) = desk.post(&format!("{path}/{id}/cancel"), &client.api_key, "{}").await;
        assert_eq!(status, 200, "{told}");
        desk.settled().await;
    }
}

fn got(desk: &TestDesk, number: &str, email: &str) -> (usize, usize) {
    let post = desk.post.as_ref().expect("messages are on");
    (post.texts_to(number).len(), post.mails.room.messages_to(email).len())
}

on_both_engines! {
    async fn one_person_is_not_written_to_without_end(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["message.person-budget", "lead.held"]);
        let (elm, harbour) = (desk.client("elm").await, desk.client("harbour").await);
        let ada = number(1, Scenario::Books);
        person(&desk, &elm, &ada, "ada@home.example").await;
        rounds(&desk, &elm, &ada, 10).await;
        assert_eq!(got(&desk, &ada, "ada@home.example"), (12, 12), "{}", desk.picture().await);
        let told = desk
            .texts("SELECT c.key || ' ' || f.message FROM fault f JOIN client c ON c.id = f.client_id WHERE f.kind = 'message.person-budget'")
            .await;
        assert!(told.iter().any(|t| t.starts_with("elm ") && t.contains("calling.transactional.per_person")), "{told:?}");
        // The person is the same for whoever writes.
        person(&desk, &harbour, &ada, "ada@home.example").await;
        rounds(&desk, &harbour, &ada, 1).await;
        assert_eq!(got(&desk, &ada, "ada@home.example"), (12, 12));
        // Who refuses hears that it was heard.
        let post = desk.post.clone().expect("messages are on");
        post.texts.inbound(&ada, frontdesk_tests::post::TEXT_NUMBER, "Please do not contact me any more").expect("ours");
        desk.settled().await;
        assert_eq!(got(&desk, &ada, "ada@home.example").0, 13, "{}", desk.picture().await);
    }

    async fn the_budget_of_a_person_ends_with_the_day(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["message.person-budget", "lead.held"]);
        let elm = desk.client("elm").await;
        let ada = number(1, Scenario::Books);
        person(&desk, &elm, &ada, "ada@home.example").await;
        rounds(&desk, &elm, &ada, 7).await;
        assert_eq!(got(&desk, &ada, "ada@home.example").0, 12);
        desk.advance(DAY + MINUTE).await;
        rounds(&desk, &elm, &ada, 1).await;
        assert_eq!(got(&desk, &ada, "ada@home.example").0, 14);
    }

    async fn one_client_cannot_use_up_the_emails_of_all(db) {
        let setup = Setup {
            config: Box::new(|c| c.email.as_mut().expect("email is on").per_day = 10),
            ..writing()
        };
        let desk = TestDesk::with(&db, setup).await;
        desk.expect_faults(&["email.cap", "lead.held"]);
        let (elm, harbour) = (desk.client("elm").await, desk.client("harbour").await);
        let (ada, bea) = (number(1, Scenario::Books), number(2, Scenario::Books));
        person(&desk, &elm, &ada, "ada@home.example").await;
        person(&desk, &harbour, &bea, "bea@home.example").await;
        rounds(&desk, &elm, &ada, 4).await;
        assert_eq!(got(&desk, &ada, "ada@home.example"), (8, 5), "half of ten: {}", desk.picture().await);
        rounds(&desk, &harbour, &bea, 1).await;
        assert_eq!(got(&desk, &bea, "bea@home.example"), (2, 2));
        let told = desk
            .texts("SELECT c.key || ' ' || f.message FROM fault f JOIN client c ON c.id = f.client_id WHERE f.kind = 'email.cap'")
            .await;
        assert!(told.len() == 1 && told[0].starts_with("elm ") && told[0].contains("cap reached"), "{told:?}");
        assert!(!told[0].contains("the provider refuses"), "{told:?}");
        let health = desk.get("/health", ADMIN).await.1.to_string();
        assert!(health.contains("cap reached"), "{health}");
    }
}
