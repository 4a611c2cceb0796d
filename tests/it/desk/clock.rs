//! A clock that was ahead and is right again: nothing waits for the time that it showed.

use frontdesk_daemon::watch::alarm;
use frontdesk_domain::scope::HoldScope;
use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};
use frontdesk_store::holds;
use frontdesk_tests::desk::{Setup, TestClient, number};
use frontdesk_tests::{TestDesk, on_both_engines};

async fn books(desk: &TestDesk, client: &TestClient, nth: usize) {
    let number = number(nth, Scenario::Books);
    let csv = format!(
        "name,phone,email,consent channels,consent text\nAda Price,{number},ada{nth}@home.example,ai_voice,Call me\n"
    );
    // The pace of the account for emails lets one go each second.
    desk.pass(2 * SECOND);
    assert_eq!(desk.import(client, "", csv).await["accepted"], 1);
    desk.settled().await;
}

/// Texts and emails that somebody got.
fn got(desk: &TestDesk, nth: usize) -> (usize, usize) {
    let post = desk.post.as_ref().expect("messages are on");
    let mails = post.mails.room.messages_to(&format!("ada{nth}@home.example")).len();
    (post.texts_to(&number(nth, Scenario::Books)).len(), mails)
}

fn set(desk: &TestDesk, by_ms: i64) {
    let env = desk.env.as_ref().expect("a clock that a test moves");
    env.clock.set(env.now() + by_ms);
}

on_both_engines! {
    async fn messages_leave_after_a_clock_that_was_ahead(db) {
        let desk = TestDesk::with(&db, Setup { messages: true, ..Setup::at("2025-06-13 16:00") }).await;
        let harbour = desk.client("harbour").await;
        books(&desk, &harbour, 1).await;
        assert_eq!(got(&desk, 1), (1, 1));
        // Ahead for a while: the pace of the accounts goes on from there.
        set(&desk, 3 * DAY);
        books(&desk, &harbour, 2).await;
        assert_eq!(got(&desk, 2), (1, 1), "{}", desk.picture().await);
        set(&desk, -3 * DAY);
        books(&desk, &harbour, 3).await;
        desk.advance(MINUTE).await;
        assert_eq!(got(&desk, 3), (1, 1), "{}", desk.picture().await);
    }

    async fn a_hold_lasts_no_longer_than_any_can(db) {
        let desk = TestDesk::with(&db, Setup { messages: true, ..Setup::at("2025-06-13 16:00") }).await;
        // The clock jumps while the database is measured.
        desk.expect_faults(&["db.slow"]);
        let harbour = desk.client("harbour").await;
        alarm::beat(&desk.app).await;
        let until = desk.now() + 3 * DAY;
        desk.write(move |tx| holds::set(tx, "smtp", &HoldScope::Account, until, "the login is wrong")).await;
        books(&desk, &harbour, 1).await;
        desk.advance(2 * MINUTE).await;
        assert_eq!(got(&desk, 1), (1, 1), "{}", desk.picture().await);
        // One that may be true is asked about sooner once the clock was set back.
        desk.expect_faults(&["clock.stepped"]);
        set(&desk, 3 * HOUR);
        alarm::beat(&desk.app).await;
        let until = desk.now() + 15 * MINUTE;
        desk.write(move |tx| holds::set(tx, "smtp", &HoldScope::Account, until, "the login is wrong")).await;
        books(&desk, &harbour, 2).await;
        assert_eq!(got(&desk, 2).1, 0);
        set(&desk, -3 * HOUR);
        alarm::beat(&desk.app).await;
        desk.advance(16 * MINUTE).await;
        assert_eq!(got(&desk, 2).1, 1, "{}", desk.picture().await);
    }
}
