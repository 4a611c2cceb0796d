//! People who call back the number that several clients share: whose the call is, and whom they
//! refuse.

use frontdesk_sandbox::vapi::{PHONE_NUMBER_ID, Scenario};
use frontdesk_shared::time::MINUTE;
use frontdesk_tests::desk::{TestClient, number};
use frontdesk_tests::{TestDesk, hook, on_both_engines};
use serde_json::{Value, json};

const VAPI: &str = "/webhooks/vapi";

/// Two clients on the installation's assistant and number, which both called somebody in vain; the
/// second one last.
async fn both_called(desk: &TestDesk, ada: &str) -> (TestClient, TestClient) {
    let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
    desk.client("oak").await;
    desk.lead(&harbour, ada).await;
    desk.settled().await;
    desk.advance(MINUTE).await;
    desk.lead(&elm, ada).await;
    desk.settled().await;
    assert_eq!(desk.sandbox.calls_to(ada).len(), 2, "{}", desk.picture().await);
    (harbour, elm)
}

/// A call back, with the number as the network writes it.
fn back(id: &str, written: &str) -> Value {
    let mut call = hook::inbound(id, written);
    call["phoneNumberId"] = PHONE_NUMBER_ID.into();
    call
}

async fn refused(desk: &TestDesk) -> Vec<String> {
    desk.texts(
        "SELECT COALESCE(c.key, 'all') || ' ' || s.address FROM suppression s LEFT JOIN client c ON c.id = s.client_id
         WHERE s.active ORDER BY 1",
    )
    .await
}

on_both_engines! {
    async fn an_opt_out_in_a_call_back_counts_for_all_who_were_in_touch(db) {
        let desk = TestDesk::start(&db).await;
        let ada = number(1, Scenario::NoAnswer);
        both_called(&desk, &ada).await;
        let call = back("back-1", &ada);
        let tool = hook::tool(&call, desk.now().0, "1", "opt_out", json!({ "reason": "take me off" }));
        assert_eq!(hook::result(&desk.webhook(VAPI, tool).await)["opted_out"], true);
        assert_eq!(refused(&desk).await, [format!("elm {ada}"), format!("harbour {ada}")]);
        assert_eq!(desk.texts("SELECT status FROM lead").await, ["opted-out", "opted-out"]);
        let report = hook::report(&call, desk.now().0, "customer-ended-call", &["Take me off."]);
        assert_eq!(desk.webhook(VAPI, report).await.0, 200);
        desk.advance(24 * 60 * MINUTE).await;
        assert_eq!(desk.sandbox.calls_to(&ada).len(), 2);
    }

    async fn words_in_a_call_back_count_for_all_who_were_in_touch(db) {
        let desk = TestDesk::start(&db).await;
        let ada = number(1, Scenario::NoAnswer);
        both_called(&desk, &ada).await;
        // As the network writes it, without the country's code.
        let call = back("back-1", &ada.replace("+44", "0"));
        let report = hook::report(&call, desk.now().0, "customer-ended-call", &["Hello?", "Please take me off your list and never call me again."]);
        assert_eq!(desk.webhook(VAPI, report).await.0, 200);
        assert_eq!(refused(&desk).await, [format!("elm {ada}"), format!("harbour {ada}")]);
    }

    async fn what_may_be_a_refusal_holds_all_who_were_in_touch(db) {
        let desk = TestDesk::start(&db).await;
        let ada = number(1, Scenario::NoAnswer);
        both_called(&desk, &ada).await;
        let call = back("back-1", &ada);
        let report = hook::report(&call, desk.now().0, "customer-ended-call", &["Not on this line."]);
        assert_eq!(desk.webhook(VAPI, report).await.0, 200);
        assert_eq!(refused(&desk).await, [""; 0]);
        assert_eq!(desk.texts("SELECT status FROM lead").await, ["review", "review"], "{}", desk.picture().await);
    }

    async fn a_booking_in_a_call_back_is_for_the_client_that_was_in_touch_last(db) {
        let desk = TestDesk::start(&db).await;
        let ada = number(1, Scenario::NoAnswer);
        both_called(&desk, &ada).await;
        let call = back("back-1", &ada);
        let ask = hook::tool(&call, desk.now().0, "1", "check_availability", json!({}));
        let free = hook::result(&desk.webhook(VAPI, ask).await);
        let start = free["slots"][0]["start"].clone();
        let book = hook::tool(&call, desk.now().0, "2", "book_appointment", json!({ "start": start }));
        assert_eq!(hook::result(&desk.webhook(VAPI, book).await)["booked"], true, "{free}");
        let whose = desk.texts("SELECT c.key FROM appointment a JOIN client c ON c.id = a.client_id").await;
        assert_eq!(whose, ["elm"]);
    }

    async fn a_refusal_in_a_call_of_nobody_is_kept_for_everybody_and_told(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        desk.client("elm").await;
        desk.expect_faults(&["call.nobodys-no"]);
        let (ada, bea, cy) = (number(1, Scenario::Books), number(2, Scenario::Books), number(3, Scenario::Books));
        let tool = hook::tool(&back("back-1", &ada), desk.now().0, "1", "opt_out", json!({}));
        assert_eq!(hook::result(&desk.webhook(VAPI, tool).await)["opted_out"], true);
        let report = hook::report(&back("back-2", &bea), desk.now().0, "customer-ended-call", &["Stop calling me."]);
        assert_eq!(desk.webhook(VAPI, report).await.0, 200);
        assert_eq!(refused(&desk).await, [format!("all {ada}"), format!("all {bea}")]);
        let faults = desk.texts("SELECT kind FROM fault").await;
        assert_eq!(faults, ["call.nobodys-no"]);
        // Anything else in such a call is told as well.
        desk.expect_faults(&["call.unmatched"]);
        let ask = hook::tool(&back("back-3", &cy), desk.now().0, "1", "check_availability", json!({}));
        assert_eq!(hook::result(&desk.webhook(VAPI, ask).await), "this office is not set up yet");
        assert_eq!(desk.count("SELECT COUNT(*) FROM fault WHERE kind = 'call.unmatched'").await, 1);
    }
}
