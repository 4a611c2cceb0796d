//! Emails that leave by Resend's API instead of an SMTP account: the same messages, refusals and
//! doubts, with a fake Resend.

use frontdesk_sandbox::mail::{Mailroom, ResendHandle, ResendSandbox};
use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_tests::desk::{Setup, TestClient, number};
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

const KEY: &str = "re_key-of-the-test-desk";

/// A fake Resend, and a desk that has nothing but its key for emails.
async fn desk(
    db: &std::sync::Arc<frontdesk_tests::TestDb>,
    key: &str,
) -> (TestDesk, ResendHandle, DropGuard) {
    let stop = CancellationToken::new();
    let door = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let resend = ResendSandbox::serve(door, KEY.into(), Mailroom::default(), stop.clone()).expect("the fake");
    let (base, key) = (resend.base_url().to_owned(), key.to_owned());
    let setup = Setup {
        messages: true,
        config: Box::new(move |config| {
            let email = config.email.as_mut().expect("emails are on");
            email.smtp_url = None;
            email.resend_api_key = Some(key.clone().into());
            email.resend_base_url = base.parse().expect("an address");
        }),
        ..Setup::at("2025-06-13 16:00")
    };
    (TestDesk::with(db, setup).await, resend, stop.drop_guard())
}

async fn booked(desk: &TestDesk, address: &str) {
    let harbour: TestClient = desk.client("harbour").await;
    let ada = number(1, Scenario::Books);
    let csv = format!(
        "name,phone,email,consent channels,consent text\nAda Price,{ada},{address},ai_voice,Call me\n"
    );
    let answer = desk.import(&harbour, "", csv).await;
    assert_eq!(answer["accepted"], 1, "{answer}");
    desk.settled().await;
}

async fn emails(desk: &TestDesk) -> Vec<String> {
    desk.texts(
        "SELECT provider || ' ' || status || ' ' || code FROM message WHERE channel = 'email' ORDER BY id",
    )
    .await
}

on_both_engines! {
    async fn a_confirmation_leaves_by_resend_with_its_calendar_file(db) {
        let (desk, resend, _stop) = desk(&db, KEY).await;
        booked(&desk, "ada@home.example").await;
        assert_eq!(emails(&desk).await, ["resend sent "], "{}", desk.picture().await);
        let taken = resend.room.messages_to("ada@home.example");
        assert_eq!(taken.len(), 1);
        let known = desk.texts("SELECT provider_id FROM message WHERE channel = 'email'").await;
        assert_eq!(known, [taken[0].id.clone()]);
        let body: Value = serde_json::from_slice(&taken[0].raw).expect("JSON");
        assert_eq!(body["from"], "\"Practice harbour\" <desk@frontdesk.example>");
        assert!(body["attachments"][0]["content_type"].as_str().is_some_and(|t| t.contains("method=REQUEST")), "{body}");
        assert_eq!(body["headers"]["Auto-Submitted"], "auto-generated");
        let ways = desk.post.as_ref().expect("messages are on").mails.room.total();
        assert_eq!(ways, 0, "nothing goes by the mail server");
    }

    async fn a_refused_address_is_left_alone_and_the_words_are_kept(db) {
        let (desk, resend, _stop) = desk(&db, KEY).await;
        desk.expect_faults(&["message.refused"]);
        desk.expect_jobs(&["dead"]);
        booked(&desk, "ada+422@home.example").await;
        assert_eq!(emails(&desk).await, ["resend refused no-such-address"], "{}", desk.picture().await);
        let why = desk.texts("SELECT why FROM message WHERE channel = 'email'").await;
        assert!(why[0].contains("Invalid `to` field"), "{why:?}");
        let left = desk.texts("SELECT reason FROM suppression WHERE channel = 'email' AND active").await;
        assert_eq!(left, ["undeliverable"]);
        assert_eq!(resend.room.total(), 0);
    }

    async fn s1_an_answer_that_was_lost_is_told_and_nothing_is_sent_again(db) {
        let (desk, resend, _stop) = desk(&db, KEY).await;
        desk.expect_faults(&["message.uncertain"]);
        desk.expect_jobs(&["uncertain"]);
        booked(&desk, "ada+drop-after-data@home.example").await;
        assert_eq!(emails(&desk).await, ["resend uncertain "], "{}", desk.picture().await);
        desk.advance(HOUR).await;
        assert_eq!(resend.room.total(), 1, "one copy, whoever asks");
    }

    async fn a_wrong_key_holds_the_account_and_nobody_is_blamed(db) {
        let (desk, resend, _stop) = desk(&db, "re_another").await;
        desk.expect_faults(&["resend.hold"]);
        booked(&desk, "ada@home.example").await;
        let held = desk.texts("SELECT provider || ' ' || state FROM message JOIN job ON job.id = message.job_id WHERE channel = 'email'").await;
        assert_eq!(held, ["resend ready"], "{}", desk.picture().await);
        assert!(desk.texts("SELECT address FROM suppression").await.is_empty());
        desk.pass(DAY);
        assert_eq!(resend.room.total(), 0);
    }
}
