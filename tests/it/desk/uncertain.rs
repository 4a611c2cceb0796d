//! Nobody knows whether the request arrived: it is never sent again, the provider is asked, and
//! when it cannot tell, a person says.

use frontdesk_sandbox::vapi::{Faults, Refuse, Scenario};
use frontdesk_shared::action::Action;
use frontdesk_shared::time::{HOUR, MINUTE, SECOND};
use frontdesk_tests::desk::{Setup, TestClient, number};
use frontdesk_tests::{TestDb, TestDesk, on_both_engines};
use std::sync::Arc;

/// A desk that gives up waiting for an answer after a second.
async fn impatient(db: &Arc<TestDb>, faults: Faults) -> (TestDesk, TestClient) {
    let setup = Setup {
        config: Box::new(|c| c.vapi.as_mut().expect("calls are on").request_timeout_s = 1),
        ..Setup::with(faults)
    };
    let desk = TestDesk::with(db, setup).await;
    let client = desk.client("harbour").await;
    (desk, client)
}

async fn uncertain_job(desk: &TestDesk) -> String {
    desk.until("the job to be uncertain", |tx, _| {
        tx.optional("SELECT id FROM job WHERE state = 'uncertain'", &[], |r| r.get::<i64>(0))
    })
    .await
    .to_string()
}

/// Lets every look-up run that there will be.
async fn look_up_in_vain(desk: &TestDesk) {
    for wait in [2 * SECOND, 10 * SECOND, MINUTE, 4 * MINUTE, 15 * MINUTE, 30 * MINUTE] {
        desk.advance(wait).await;
    }
    let looks = desk.texts("SELECT state || ' ' || reason FROM job WHERE kind = 'call.look-up'").await;
    assert_eq!(looks.len(), 1, "{looks:?}");
    assert!(looks[0].starts_with("done not found in 6 look-ups"), "{}", desk.picture().await);
}

/// A placement that was read and never answered, and that the provider knows nothing of.
async fn never_arrived(db: &Arc<TestDb>) -> (TestDesk, String, String) {
    let (desk, client) = impatient(db, Faults { stall_next: 1, ..Faults::default() }).await;
    let ann = number(1, Scenario::Books);
    desk.lead(&client, &ann).await;
    let job = uncertain_job(&desk).await;
    look_up_in_vain(&desk).await;
    assert_eq!(desk.sandbox.calls_to(&ann).len(), 0);
    assert_eq!(desk.calls().await, ["uncertain -"]);
    assert_eq!(desk.lead_now(&ann).await.status, "review");
    desk.expect_faults(&["call.uncertain"]);
    assert_eq!(desk.count("SELECT count(*) FROM fault WHERE kind = 'call.uncertain'").await, 1);
    let id = desk.texts("SELECT CAST(id AS TEXT) FROM job WHERE state = 'uncertain'").await;
    assert_eq!(id, std::slice::from_ref(&job));
    let named = frontdesk_shared::id::encode(job.parse().unwrap());
    (desk, named, ann)
}

on_both_engines! {
    async fn a_lost_answer_is_looked_up_and_the_call_goes_on(db) {
        // Webhooks are lost as well: only the look-up can tell.
        let faults = Faults { lose_response_after_placing: 1, drop: 1.0, ..Faults::default() };
        let (desk, client) = impatient(&db, faults).await;
        let ann = number(1, Scenario::NoAnswer);
        desk.lead(&client, &ann).await;
        uncertain_job(&desk).await;
        assert_eq!(desk.lead_now(&ann).await.status, "calling");
        desk.settled().await;
        desk.advance(2 * SECOND).await;
        assert_eq!(desk.texts("SELECT state FROM job WHERE kind = 'call.place' ORDER BY id").await[0], "done");
        assert_eq!(desk.calls().await, ["ended no-answer"], "{}", desk.picture().await);
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1);
        assert_eq!(desk.lead_now(&ann).await.next_at, Some(desk.now().0 - 2 * SECOND + 8 * HOUR));
    }

    async fn a_lost_answer_is_made_up_for_by_the_calls_own_webhooks(db) {
        let (desk, client) = impatient(&db, Faults { lose_response_after_placing: 1, ..Faults::default() }).await;
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        desk.lead_until(&ann, "the booking", |l| l.status == "booked").await;
        desk.settled().await;
        desk.advance(MINUTE).await;
        assert_eq!(desk.calls().await, ["ended booked"]);
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1);
    }

    async fn what_never_arrived_waits_for_a_person_who_says_it_did_not_happen(db) {
        let (desk, job, ann) = never_arrived(&db).await;
        let operator = desk.operator().await;
        let retry = operator.act(Action::RetryJob { job: job.clone() }, "r-1").await.unwrap_err();
        assert_eq!(retry.code, "conflict", "running it again might call twice: {retry}");
        let settle = Action::SettleJob { job, happened: false };
        operator.act(settle.clone(), "s-1").await.unwrap();
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1, "{}", desk.picture().await);
        assert_eq!(desk.calls().await, ["refused canceled", "ended booked"]);
        assert_eq!(desk.lead_now(&ann).await.attempts, 1, "what never rang does not count");
        let again = operator.act(settle, "s-2").await.unwrap_err();
        assert_eq!(again.code, "conflict");
    }

    async fn what_never_arrived_waits_for_a_person_who_says_it_did_happen(db) {
        let (desk, job, ann) = never_arrived(&db).await;
        desk.operator().await.act(Action::SettleJob { job, happened: true }, "s-1").await.unwrap();
        desk.advance(HOUR).await;
        assert_eq!(desk.calls().await, ["ended needs-review"]);
        assert_eq!(desk.lead_now(&ann).await.status, "review");
        let jobs = desk.count("SELECT count(*) FROM job").await;
        for _ in 0..4 {
            desk.advance(30 * MINUTE).await;
        }
        let polls = desk.texts("SELECT kind || ': ' || reason FROM job WHERE kind = 'call.poll'").await;
        assert!(polls.is_empty(), "there is nothing to ask the provider about: {polls:?} ({jobs} jobs before)");
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 0);
    }

    async fn a_provider_that_cannot_be_asked_leaves_the_call_to_a_person(db) {
        let (desk, client) = impatient(&db, Faults { stall_next: 1, ..Faults::default() }).await;
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        uncertain_job(&desk).await;
        let refuse = Some(Refuse { status: 500, count: 1_000, retry_after_s: 1 });
        desk.sandbox.set_faults(Faults { refuse, ..Faults::default() }).unwrap();
        desk.expect_faults(&["call.uncertain", "job.dead"]);
        desk.expect_jobs(&["dead", "uncertain"]);
        for (tried, wait) in [2 * SECOND, 10 * SECOND, MINUTE, 4 * MINUTE, 15 * MINUTE, 30 * MINUTE].iter().enumerate() {
            desk.advance(*wait).await;
            let shown = desk.count("SELECT lookups FROM call").await;
            assert_eq!(usize::try_from(shown).unwrap(), tried + 1, "each try is shown when it was made");
        }
        let looks = desk.texts("SELECT state FROM job WHERE kind = 'call.look-up'").await;
        assert_eq!(looks, ["dead"], "{}", desk.picture().await);
        assert_eq!(desk.lead_now(&ann).await.status, "review");
        assert_eq!(desk.count("SELECT count(*) FROM fault WHERE kind = 'call.uncertain'").await, 1);
    }

    async fn a_busy_provider_is_asked_again_and_one_call_results(db) {
        let refuse = Some(Refuse { status: 429, count: 2, retry_after_s: 3 });
        let (desk, client) = impatient(&db, Faults { refuse, ..Faults::default() }).await;
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        desk.expect_faults(&["vapi.busy"]);
        desk.settled().await;
        assert_eq!(desk.lead_now(&ann).await.status, "queued");
        for _ in 0..4 {
            desk.advance(10 * SECOND).await;
        }
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1);
        assert_eq!(desk.lead_now(&ann).await.attempts, 1, "{}", desk.picture().await);
    }
}
