//! Whose calls are whose: settings that say so are an administrator's, belong to one client, and
//! where two claim the same, nobody has it.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_tests::desk::{ADMIN, answered, number};
use frontdesk_tests::{TestDesk, hook, on_both_engines};
use serde_json::{Value, json};

async fn configure(desk: &TestDesk, client: &str, key: &str, patch: Value) -> (u16, Value) {
    let url = format!("{}/api/clients/{client}/config", desk.url);
    answered(desk.http.patch(url).header("x-api-key", key).body(patch.to_string())).await
}

fn number_id(id: &str) -> Value {
    json!({"settings": {"vapi": {"phone_number_id": id}}})
}

/// A call that came in on a number; whose it was taken for.
async fn owner_of(desk: &TestDesk, call: &str, number_id: &str) -> Vec<String> {
    let mut body = hook::inbound(call, &number(1, Scenario::Books));
    body["phoneNumberId"] = json!(number_id);
    let report = hook::report(&body, desk.now().0, "customer-ended-call", &["Thank you."]);
    assert_eq!(desk.webhook("/webhooks/vapi", report).await.0, 200);
    desk.texts(format!(
        "SELECT c.key FROM call k JOIN client c ON c.id = k.client_id WHERE k.provider_call_id = '{call}'"
    ))
    .await
}

on_both_engines! {
    async fn what_routes_calls_is_not_a_clients_own_to_say(db) {
        let desk = TestDesk::start(&db).await;
        let (harbour, _elm) = (desk.client("harbour").await, desk.client("elm").await);
        assert_eq!(configure(&desk, "elm", ADMIN, number_id("number-of-elm")).await.0, 200);
        for patch in [
            number_id("number-of-elm"),
            json!({"settings": {"vapi": null}}),
            json!({"settings": {"vapi": {"assistant_id": "a"}}}),
            json!({"settings": {"calling": {}}}),
            json!({"settings": {"anything": {}}}),
            json!({"tier": "enterprise"}),
            json!({"key": "elm"}),
        ] {
            let answer = configure(&desk, "harbour", &harbour.api_key, patch.clone()).await;
            assert_eq!((answer.0, &answer.1["error"]["code"]), (403, &json!("forbidden")), "{patch}: {}", answer.1);
        }
        let own = json!({"businessName": "Harbour & Sons", "settings": {"booking": {"slot_minutes": 45}}});
        let answer = configure(&desk, "harbour", &harbour.api_key, own).await;
        assert!(matches!(answer.0, 200 | 400), "the section is its own, whatever is in it: {}", answer.1);
    }

    async fn a_number_belongs_to_one_client(db) {
        let desk = TestDesk::start(&db).await;
        desk.expect_faults(&["call.unmatched"]);
        desk.client("harbour").await;
        desk.client("elm").await;
        assert_eq!(configure(&desk, "harbour", ADMIN, number_id("number-1")).await.0, 200);
        let taken = configure(&desk, "elm", ADMIN, number_id("number-1")).await;
        assert_eq!((taken.0, &taken.1["error"]["field"]), (409, &json!("settings.vapi.phone_number_id")), "{}", taken.1);
        assert_eq!(configure(&desk, "harbour", ADMIN, number_id("number-1")).await.0, 200, "its own again");
        let new = json!({"businessName": "New", "key": "new", "settings": {"vapi": {"phone_number_id": "number-1"}}});
        assert_eq!(desk.post("/api/onboard-client", ADMIN, new.to_string()).await.0, 409);
        let unknown = json!({"settings": {"vapi": {"phone_numberid": "x"}}});
        assert_eq!(configure(&desk, "elm", ADMIN, unknown).await.0, 400);
        assert_eq!(owner_of(&desk, "call-1", "number-1").await, ["harbour"]);
        assert!(owner_of(&desk, "call-2", "number-2").await.is_empty());
        // Who is deactivated owns nothing, and stands in nobody's way.
        assert_eq!(desk.post("/api/clients/harbour/deactivate", ADMIN, "").await.0, 200);
        assert!(owner_of(&desk, "call-3", "number-1").await.is_empty());
        assert_eq!(configure(&desk, "elm", ADMIN, number_id("number-1")).await.0, 200);
        assert_eq!(owner_of(&desk, "call-4", "number-1").await, ["elm"]);
    }

    async fn what_two_claim_is_nobodys_and_told(db) {
        let desk = TestDesk::start(&db).await;
        desk.expect_faults(&["call.unmatched"]);
        desk.client("harbour").await;
        desk.client("elm").await;
        // As an earlier version may have left it.
        let settings = r#"{"vapi":{"phone_number_id":"number-1"}}"#;
        desk.write(move |tx| tx.execute("UPDATE client SET settings = $1", frontdesk_store::params![settings])).await;
        desk.expect_faults(&["client.ambiguous"]);
        assert!(owner_of(&desk, "call-1", "number-1").await.is_empty());
        assert_eq!(desk.texts("SELECT status FROM webhook").await, ["unmatched"]);
        let told = desk.texts("SELECT message FROM fault WHERE kind = 'client.ambiguous'").await;
        assert!(told[0].contains("elm and harbour"), "{told:?}");
    }
}
