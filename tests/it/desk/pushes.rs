//! Google's pushes: a change is read within seconds instead of minutes, a channel is replaced before it
//! ends, strangers are told nothing, and without pushes everything still works.

use frontdesk_sandbox::google::{Access, CALENDAR_ID};
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};
use frontdesk_store::channels;
use frontdesk_tests::desk::{Google, Setup};
use frontdesk_tests::{TestDesk, on_both_engines};

const HOOK: &str = "/webhooks/google/calendar";

fn connected() -> Setup {
    // Messages bring the public address.
    Setup { messages: true, google: true, ..Setup::at("2025-06-13 16:00") }
}

fn google(desk: &TestDesk) -> &Google {
    desk.google.as_ref().expect("calendars are on")
}

async fn reads(desk: &TestDesk) -> i64 {
    desk.count("SELECT count(*) FROM job WHERE kind = 'calendar.sync' AND state = 'done'").await
}

/// A push as somebody sends it; the status of the answer.
async fn push(desk: &TestDesk, channel: &str, token: &str, state: &str) -> u16 {
    let request = desk.http.post(format!("{}{HOOK}", desk.url));
    let request = request.header("x-goog-channel-id", channel).header("x-goog-channel-token", token);
    let request = request.header("x-goog-resource-state", state).header("x-goog-resource-id", "r");
    request.send().await.expect("an answer").status().as_u16()
}

on_both_engines! {
    async fn k7_a_push_has_the_calendar_read_at_once_and_a_stranger_s_does_not(db) {
        let desk = TestDesk::with(&db, connected()).await;
        let _harbour = desk.client("harbour").await;
        desk.advance(2 * MINUTE).await;
        let open = google(&desk).handle.channels();
        assert_eq!(open.len(), 1, "{}", desk.picture().await);
        let kept = desk.read(channels::all).await;
        assert_eq!((kept.len(), &kept[0].id), (1, &open[0]));
        assert!(!kept[0].resource.is_empty() && kept[0].secret.len() == 64);
        let before = reads(&desk).await;
        let (id, secret) = (kept[0].id.clone(), kept[0].secret.clone());
        for (channel, token) in [("other", secret.as_str()), (id.as_str(), "guessed"), (id.as_str(), "")] {
            assert_eq!(push(&desk, channel, token, "exists").await, 404);
        }
        assert_eq!(push(&desk, &id, &secret, "sync").await, 200, "a channel that begins is no change");
        desk.advance(2 * SECOND).await;
        assert_eq!(reads(&desk).await, before, "nobody said that anything changed");
        // Many at once are one reading.
        for _ in 0..5 {
            assert_eq!(push(&desk, &id, &secret, "exists").await, 200);
        }
        desk.advance(2 * SECOND).await;
        assert_eq!(reads(&desk).await, before + 1);
        let body = desk.http.post(format!("{}{HOOK}", desk.url)).body("x".repeat(2_000_000));
        assert!(body.send().await.expect("an answer").status().is_client_error(), "no heads, or too large");
    }

    async fn k8_another_channel_takes_its_place_before_it_ends(db) {
        let desk = TestDesk::with(&db, connected()).await;
        let _harbour = desk.client("harbour").await;
        desk.advance(2 * MINUTE).await;
        let first = google(&desk).handle.channels();
        desk.advance(5 * DAY).await;
        assert_eq!(google(&desk).handle.channels(), first, "it has more than a day to go");
        desk.advance(DAY + HOUR).await;
        desk.advance(2 * MINUTE).await;
        let second = google(&desk).handle.channels();
        assert!(second.len() == 1 && second != first, "{second:?} {}", desk.picture().await);
        let kept = desk.read(channels::all).await;
        assert!(kept.len() == 1 && kept[0].id == second[0] && kept[0].expires_at > desk.now() + 6 * DAY);
    }

    async fn what_cannot_be_watched_is_read_all_the_same(db) {
        let desk = TestDesk::with(&db, connected()).await;
        desk.expect_faults(&["calendar.access"]);
        google(&desk).handle.set_access(CALENDAR_ID, Access::FreeBusy);
        let _harbour = desk.client("harbour").await;
        desk.advance(2 * MINUTE).await;
        assert!(google(&desk).handle.channels().is_empty());
        assert!(desk.read(channels::all).await.is_empty(), "no row stays of what was refused");
        google(&desk).handle.set_access(CALENDAR_ID, Access::Write);
        desk.advance(HOUR).await;
        assert_eq!(google(&desk).handle.channels().len(), 1, "{}", desk.picture().await);
        let notes = desk.texts("SELECT reason FROM job WHERE kind = 'calendar.watch' ORDER BY id").await;
        assert!(notes[0].contains("no channel was opened"), "{notes:?}");
    }

    async fn without_an_https_address_nobody_is_asked_to_push(db) {
        let setup = Setup {
            config: Box::new(|config| config.house.public_base_url = None),
            ..connected()
        };
        let desk = TestDesk::with(&db, setup).await;
        let _harbour = desk.client("harbour").await;
        desk.advance(2 * MINUTE).await;
        assert!(google(&desk).handle.channels().is_empty() && reads(&desk).await > 0);
    }
}
