//! Accounts of a carrier that clients brought: what they tell counts for their own numbers and
//! messages, and for nobody else's.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_tests::desk::{ADMIN, Setup, TestClient, answered, number};
use frontdesk_tests::post::{TEXT_NUMBER, TOKEN};
use frontdesk_tests::{TestDesk, on_both_engines, sign};
use serde_json::json;

const ELMS_ACCOUNT: &str = "ACe1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1";
const ELMS_TOKEN: &str = "token-of-the-account-elm-brought";
const ELMS_NUMBER: &str = "+14155550123";

fn writing() -> Setup {
    Setup { messages: true, ..Setup::at("2025-06-13 16:00") }
}

/// A client with an account of its own.
async fn elm(desk: &TestDesk) -> TestClient {
    let elm = desk.client("elm").await;
    let sms = json!({ "account_sid": ELMS_ACCOUNT, "auth_token": ELMS_TOKEN, "from_number": ELMS_NUMBER });
    let url = format!("{}/api/clients/elm/config", desk.url);
    let patch = json!({ "settings": { "sms": sms } }).to_string();
    let (status, told) = answered(desk.http.patch(url).header("x-api-key", ADMIN).body(patch)).await;
    assert_eq!(status, 200, "{told}");
    elm
}

/// What a carrier would post, signed with a token.
async fn told(desk: &TestDesk, token: &str, query: &str, pairs: &[(&str, &str)]) -> u16 {
    let url = format!("{}/webhooks/sms{query}", desk.url);
    let (headers, body) = sign::twilio_form(token, &url, pairs);
    let mut request = desk.http.post(url).body(body);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let status = answered(request).await.0;
    desk.settled().await;
    status
}

fn text<'t>(
    account: &'t str,
    sid: &'t str,
    from: &'t str,
    to: &'t str,
    body: &'t str,
) -> Vec<(&'t str, &'t str)> {
    vec![
        ("AccountSid", account),
        ("MessageSid", sid),
        ("From", from),
        ("To", to),
        ("Body", body),
        ("NumMedia", "0"),
    ]
}

async fn refused(desk: &TestDesk) -> Vec<String> {
    desk.texts("SELECT c.key || ' ' || s.address FROM suppression s JOIN client c ON c.id = s.client_id WHERE s.active ORDER BY 1")
        .await
}

async fn booked(desk: &TestDesk, client: &TestClient) -> String {
    let ada = number(1, Scenario::Books);
    desk.lead(client, &ada).await;
    desk.settled().await;
    ada
}

on_both_engines! {
    async fn a_text_counts_for_the_numbers_of_the_account_that_signed_it(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["text.foreign", "appointment.nobody-reminded"]);
        let harbour = desk.client("harbour").await;
        elm(&desk).await;
        let ada = booked(&desk, &harbour).await;
        let before = desk.texts("SELECT CAST(COUNT(*) AS TEXT) FROM message").await;
        for words in ["STOP", "cancel my appointment", "START", "hello"] {
            let sid = format!("SM{words}");
            let forged = text(ELMS_ACCOUNT, &sid, &ada, TEXT_NUMBER, words);
            assert_eq!(told(&desk, ELMS_TOKEN, "", &forged).await, 200);
        }
        assert_eq!(refused(&desk).await, [""; 0]);
        assert_eq!(desk.texts("SELECT status FROM appointment").await, ["booked"]);
        assert_eq!(desk.texts("SELECT CAST(COUNT(*) AS TEXT) FROM message").await, before);
        let kept = desk.texts("SELECT status FROM webhook WHERE provider = 'twilio' AND kind = 'text'").await;
        assert_eq!(kept, ["unmatched"; 4]);
        // The carrier's name of a text belongs to its account too: the real one is not a repeat.
        let account = desk.post.as_ref().expect("messages are on").account.clone();
        let own = text(ELMS_ACCOUNT, "SMsame", &ada, ELMS_NUMBER, "hello");
        desk.expect_faults(&["text.reply"]);
        assert_eq!(told(&desk, ELMS_TOKEN, "", &own).await, 200);
        let real = text(&account, "SMsame", &ada, TEXT_NUMBER, "Please stop texting me");
        assert_eq!(told(&desk, TOKEN, "", &real).await, 200);
        assert_eq!(refused(&desk).await, [format!("harbour {ada}")]);
    }

    async fn what_names_its_account_twice_proves_nothing(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        elm(&desk).await;
        let ada = booked(&desk, &harbour).await;
        let account = desk.post.as_ref().expect("messages are on").account.clone();
        for name in ["AccountSid", "MessageSid", "To", "From", "Body"] {
            let mut forged = text(ELMS_ACCOUNT, "SM1", &ada, ELMS_NUMBER, "STOP");
            forged.push((name, &account));
            assert_eq!(told(&desk, ELMS_TOKEN, "", &forged).await, 403, "{name}");
        }
        assert_eq!(refused(&desk).await, [""; 0]);
    }

    async fn a_status_counts_for_the_messages_of_the_account_that_signed_it(db) {
        let desk = TestDesk::with(&db, writing()).await;
        desk.expect_faults(&["text.foreign"]);
        let harbour = desk.client("harbour").await;
        elm(&desk).await;
        let ada = booked(&desk, &harbour).await;
        let sent = desk.post.as_ref().expect("messages are on").texts.texts_to(&ada);
        let id = desk.texts("SELECT CAST(id AS TEXT) FROM message WHERE channel = 'sms'").await;
        let id = frontdesk_shared::MessageId(id[0].parse().expect("a number"));
        for query in [String::new(), format!("?m={id}")] {
            let status = [
                ("AccountSid", ELMS_ACCOUNT), ("MessageSid", sent[0].sid.as_str()), ("MessageStatus", "undelivered"),
                ("ErrorCode", "21610"), ("To", ada.as_str()), ("From", TEXT_NUMBER),
            ];
            assert_eq!(told(&desk, ELMS_TOKEN, &query, &status).await, 200);
        }
        assert_eq!(desk.texts("SELECT status FROM message WHERE channel = 'sms'").await, ["delivered"]);
        assert_eq!(refused(&desk).await, [""; 0]);
    }

    async fn an_account_speaks_of_its_own_numbers(db) {
        let desk = TestDesk::with(&db, writing()).await;
        let harbour = desk.client("harbour").await;
        let elm = elm(&desk).await;
        let ada = number(1, Scenario::NoAnswer);
        desk.lead(&harbour, &ada).await;
        desk.lead(&elm, &ada).await;
        desk.settled().await;
        assert_eq!(told(&desk, ELMS_TOKEN, "", &text(ELMS_ACCOUNT, "SM1", &ada, ELMS_NUMBER, "STOP")).await, 200);
        assert_eq!(refused(&desk).await, [format!("elm {ada}")]);
    }
}
