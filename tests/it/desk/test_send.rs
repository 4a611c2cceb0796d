//! Tests of wording and way: a message with sample values to an operator's own address, by the lane,
//! the account and the reports of every other.

use frontdesk_sandbox::sms::Course;
use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::action::Action;
use frontdesk_shared::contact::Channel;
use frontdesk_tests::desk::{ADMIN, Setup, number};
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::{Value, json};

const OWN: &str = "+447700900777";

fn writing() -> Setup {
    Setup { messages: true, ..Setup::at("2025-06-16 10:00") }
}

async fn tries(desk: &TestDesk, key: &str, body: Value) -> (u16, Value) {
    desk.post("/api/clients/harbour/test-message", key, body.to_string()).await
}

async fn written(desk: &TestDesk) -> Vec<String> {
    desk.texts("SELECT kind || ' ' || channel || ' ' || status || ' ' || who FROM message ORDER BY id").await
}

on_both_engines! {
    async fn a_test_takes_the_way_of_every_message_and_its_result_is_told(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        let text = json!({ "channel": "sms", "address": "07700 900777", "template": "reminder-24h" });
        let (status, told) = tries(&desk, ADMIN, text).await;
        assert_eq!(status, 202, "{told}");
        // Its reports may have come already.
        assert!(told["result"].as_str().is_some_and(|result| result.ends_with(" by twilio")), "{told}");
        desk.settled().await;
        let post = desk.post.clone().expect("messages are on");
        let said = post.texts_to(OWN);
        assert!(said.len() == 1 && said[0].starts_with("TEST: ") && said[0].contains("10:00"), "{said:?}");
        let mail = json!({ "channel": "email", "address": "ops@agency.example" });
        let (status, told) = tries(&desk, ADMIN, mail).await;
        assert_eq!((status, &told["result"]), (202, &json!("sent by smtp")), "{told}");
        let taken = post.mails.room.messages_to("ops@agency.example");
        assert!(String::from_utf8_lossy(&taken[0].raw).contains("Subject: TEST: "));
        assert_eq!(
            written(&desk).await,
            [
                "test.reminder-24h sms delivered test for api:admin",
                "test.confirmation email sent test for api:admin"
            ]
        );
        // Of no lead, and no contact.
        assert_eq!(desk.count("SELECT count(*) FROM contact").await, 0);
        assert_eq!(desk.count("SELECT count(*) FROM message WHERE lead_id IS NOT NULL").await, 0);
        assert_eq!(desk.count("SELECT count(*) FROM audit WHERE action = 'test_send'").await, 2);
        let (status, _) = tries(&desk, &harbour.api_key, json!({ "channel": "sms", "address": OWN })).await;
        assert_eq!(status, 403, "a client's key may not write to anybody");
    }

    async fn the_provider_s_refusal_is_told_in_its_words(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["message.refused"]);
        desk.expect_jobs(&["dead"]);
        let _harbour = desk.client("harbour").await;
        let mail = json!({ "channel": "email", "address": "ops+550-5.1.1@agency.example" });
        let (status, told) = tries(&desk, ADMIN, mail).await;
        assert_eq!((status, &told["status"]), (202, &json!("refused")), "{told}");
        assert!(told["result"].as_str().is_some_and(|r| r.starts_with("refused by smtp: ") && r.contains("550")), "{told}");
    }

    async fn nobody_is_reached_who_refused_or_is_a_lead(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::NoAnswer);
        desk.lead(&harbour, &ada).await;
        let asks = |channel: &str, address: &str, template: &str| {
            json!({ "channel": channel, "address": address, "template": template })
        };
        let (status, told) = tries(&desk, ADMIN, asks("sms", &ada, "")).await;
        assert!(status == 409 && told.to_string().contains("address of a lead"), "{told}");
        let console = desk.operator().await;
        console.act(Action::OptOut { who: OWN.to_owned() }, "one").await.expect("an opt-out");
        let (status, told) = tries(&desk, ADMIN, asks("sms", OWN, "")).await;
        assert!(status == 409 && told.to_string().contains("refuses messages"), "{told}");
        for (channel, address, template, named) in [
            ("fax", OWN, "", "channel"),
            ("sms", "12", "", "address"),
            ("email", "ops", "", "address"),
            ("sms", "+447700900778", "reminder", "template"),
            ("email", "ops@agency.example", "help", "help is not sent by email"),
        ] {
            let (status, told) = tries(&desk, ADMIN, asks(channel, address, template)).await;
            assert!(matches!(status, 400 | 409 | 422) && told.to_string().contains(named), "{status} {told}");
        }
        assert!(written(&desk).await.is_empty());
    }

    async fn the_console_says_what_came_of_it(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let _harbour = desk.client("harbour").await;
        let console = desk.operator().await;
        let post = desk.post.clone().expect("messages are on");
        post.texts.force(OWN, Some(Course::Delivers));
        let action = Action::TestSend {
            client: "harbour".to_owned(),
            channel: Channel::Sms,
            address: OWN.to_owned(),
            template: String::new(),
        };
        let receipt = console.act(action.clone(), "one").await.expect("a test");
        assert!(receipt.text.starts_with("test: ") && receipt.text.contains("by twilio"), "{}", receipt.text);
        console.act(action, "one").await.expect("the same request");
        desk.settled().await;
        assert_eq!(post.texts_to(OWN).len(), 1, "the same request is done once");
    }
}
