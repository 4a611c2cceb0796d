//! A provider that repeats itself, mixes things up, is late or says nothing: in the end
//! everybody stands where they would have stood without that.

use frontdesk_sandbox::vapi::{Faults, Scenario};
use frontdesk_shared::time::MINUTE;
use frontdesk_tests::desk::{Setup, number};
use frontdesk_tests::{TestDb, TestDesk, on_both_engines};
use std::sync::Arc;

/// Courses that end the same way every time.
const COURSES: [Scenario; 12] = [
    Scenario::Books,
    Scenario::Declines,
    Scenario::NoAnswer,
    Scenario::Voicemail,
    Scenario::Busy,
    Scenario::OptsOut,
    Scenario::OptsOutInWordsOnly,
    Scenario::DeadAir,
    Scenario::BadNumber,
    Scenario::Transferred,
    Scenario::HiddenVoicemail,
    Scenario::ClaimsBooking,
];

/// Calls everybody under `faults` and tells where they stand.
async fn outcome_of(db: &Arc<TestDb>, faults: Faults, sweep: bool) -> Vec<String> {
    let desk = TestDesk::with(db, Setup::with(faults)).await;
    let client = desk.client("harbour").await;
    for course in COURSES {
        desk.lead(&client, &number(1, course)).await;
    }
    desk.settled().await;
    if sweep {
        assert!(desk.sandbox.counters().dropped > 0);
        assert_ne!(open(&desk).await, 0, "nothing to reconcile");
        desk.advance(4 * MINUTE).await;
        // What was asked about once may have been answered “still talking”.
        desk.advance(16 * MINUTE).await;
        assert_eq!(open(&desk).await, 0, "{}", desk.picture().await);
    }
    for course in COURSES {
        assert_eq!(desk.sandbox.calls_to(&number(1, course)).len(), 1, "{}", course.name());
    }
    desk.texts(
        "SELECT l.identity || ' ' || l.status || ' ' || c.status || ' ' || COALESCE(c.outcome, '-') || ' ' || CAST(l.attempts AS TEXT)
         FROM lead l JOIN call c ON c.lead_id = l.id ORDER BY l.identity",
    )
    .await
}

async fn open(desk: &TestDesk) -> i64 {
    desk.count("SELECT count(*) FROM call WHERE status <> 'ended' OR NOT reported").await
}

async fn same_as_without(db: &Arc<TestDb>, faults: Faults, sweep: bool) {
    let other = Arc::new(TestDb::migrated(db.engine()).expect("an engine that is not skipped"));
    let plain = outcome_of(&other, Faults::default(), false).await;
    let faulty = outcome_of(db, faults, sweep).await;
    assert_eq!(plain.len(), COURSES.len());
    assert_eq!(faulty, plain);
}

on_both_engines! {
    async fn everything_twice(db) {
        same_as_without(&db, Faults { duplicate: 1.0, ..Faults::default() }, false).await;
    }

    async fn out_of_order(db) {
        same_as_without(&db, Faults { reorder: 0.5, ..Faults::default() }, false).await;
    }

    async fn late_twice_and_out_of_order(db) {
        let faults = Faults { duplicate: 0.5, reorder: 0.5, webhook_delay_ms: 5, ..Faults::default() };
        same_as_without(&db, faults, false).await;
    }

    async fn nothing_at_all_until_the_provider_is_asked(db) {
        same_as_without(&db, Faults { drop: 1.0, ..Faults::default() }, true).await;
    }

    async fn half_of_it_until_the_provider_is_asked(db) {
        same_as_without(&db, Faults { drop: 0.5, duplicate: 0.3, ..Faults::default() }, true).await;
    }
}
