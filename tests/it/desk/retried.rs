//! What is tried again by hand: what failed, and nothing that was taken back or waits for its time.

use frontdesk_sandbox::vapi::{Faults, RefuseCalls, Scenario};
use frontdesk_shared::action::{Action, Preview};
use frontdesk_shared::id::encode;
use frontdesk_shared::page::{List, Query};
use frontdesk_shared::time::{DAY, HOUR, SECOND};
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::desk::{Setup, number};
use frontdesk_tests::{TestDesk, on_both_engines};

async fn seen(operator: &Operator, action: Action) -> Preview {
    operator.client.preview(soon(), action).await.unwrap().unwrap()
}

async fn stuck(operator: &Operator) -> u64 {
    operator.client.page(soon(), Query::first(List::Jobs, 1)).await.unwrap().unwrap().badges.stuck_jobs
}

on_both_engines! {
    async fn a_reminder_is_not_sent_early_by_being_retried_nor_after_it_was_taken_back(db) {
        let desk = TestDesk::with(&db, Setup { messages: true, ..Setup::at("2025-06-13 16:00") }).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        let sent = || desk.post.as_ref().expect("carriers").texts_to(&ann).len();
        let (operator, before) = (desk.operator().await, sent());
        let waits = "SELECT min(id) FROM job WHERE state = 'ready' AND lane = 'sms' AND payload LIKE '%reminder%'";
        let job = encode(desk.count(waits).await);
        let retry = || Action::RetryJob { job: job.clone() };
        let shown = seen(&operator, retry()).await;
        assert!(shown.lines[0].starts_with("reminder-") && shown.lines[0].contains("by text"), "{shown:?}");
        assert!(shown.lines[0].contains("(+44••••") && !shown.lines[0].contains(&ann), "{shown:?}");
        assert!(shown.refused.as_deref().is_some_and(|why| why.contains("is not sent before")), "{shown:?}");
        operator.act(Action::CancelJob { job: job.clone() }, "c-1").await.unwrap();
        let refused = operator.act(retry(), "r-1").await.unwrap_err();
        assert!(refused.text.contains("taken back (cancelled by"), "{refused}");
        desk.advance(6 * SECOND).await;
        assert_eq!(sent(), before, "{}", desk.picture().await);
        // One that failed and waits for its next try may be tried at once, and keeps its end.
        let failed = "UPDATE job SET state = 'dead', attempt = max_attempts, reason = 'the carrier is away' \
                      WHERE id = (SELECT min(id) FROM job WHERE state = 'ready' AND lane = 'sms')";
        let id = desk.count("SELECT min(id) FROM job WHERE state = 'ready' AND lane = 'sms'").await;
        desk.write(move |tx| tx.execute(failed, &[])).await;
        let kept = format!("SELECT CAST(useful_until AS TEXT) FROM job WHERE id = {id}");
        let until = desk.texts(kept.clone()).await;
        let retry = Action::RetryJob { job: encode(id) };
        let shown = seen(&operator, retry.clone()).await;
        assert!(shown.lines.iter().any(|line| line.starts_with("This is try 8 of 8, not after")), "{shown:?}");
        operator.act(retry, "r-2").await.unwrap();
        assert_eq!(desk.texts(kept).await, until);
    }

    async fn a_waiting_call_is_not_made_early_by_being_retried(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::NoAnswer);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        let operator = desk.operator().await;
        let job = encode(desk.count("SELECT id FROM job WHERE state = 'ready' AND lane = 'call'").await);
        let shown = seen(&operator, Action::RetryJob { job: job.clone() }).await;
        assert!(shown.lines[0].starts_with("Call 2 to "), "{shown:?}");
        assert!(shown.refused.as_deref().is_some_and(|why| why.contains("“call” on the lead calls now")), "{shown:?}");
        let many = Action::Many { actions: vec![Action::RetryJob { job }] };
        let shown = seen(&operator, many).await;
        assert_eq!((shown.count, shown.refused.is_some()), (0, true), "{shown:?}");
    }

    /// Somebody looked at it: it no longer counts.
    async fn what_was_given_up_is_put_aside(db) {
        let refused = RefuseCalls { naming: "Practice harbour".into(), status: 400, message: "too long".into() };
        let faults = Faults { refuse_calls: vec![refused], ..Faults::default() };
        let desk = TestDesk::with(&db, Setup::with(faults)).await;
        desk.expect_faults(&["vapi.request-refused"]);
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        let operator = desk.operator().await;
        assert_eq!(stuck(&operator).await, 1, "{}", desk.picture().await);
        let job = encode(desk.count("SELECT id FROM job WHERE state = 'dead'").await);
        let put_aside = Action::CancelJob { job: job.clone() };
        let shown = seen(&operator, put_aside.clone()).await;
        assert!(shown.lines.iter().any(|line| line.contains("no longer counts as stuck")), "{shown:?}");
        operator.act(put_aside, "c-1").await.unwrap();
        assert_eq!(stuck(&operator).await, 0);
        let why = desk.texts("SELECT reason FROM job WHERE state = 'cancelled'").await;
        assert!(why[0].starts_with("put aside by") && why[0].contains("too long"), "{why:?}");
        assert_eq!(desk.lead_now(&ann).await.status, "held");
        desk.advance(DAY + HOUR).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 0);
    }
}
