//! What is wrong with one client's own data stops that client, and nobody who shares its accounts.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::time::MINUTE;
use frontdesk_tests::desk::{Setup, TestClient, answered, number};
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::{Value, json};

async fn changed(desk: &TestDesk, client: &TestClient, patch: Value) -> (u16, Value) {
    let url = format!("{}/api/clients/{}/config", desk.url, client.key);
    answered(desk.http.patch(url).header("x-api-key", &client.api_key).body(patch.to_string())).await
}

async fn books(desk: &TestDesk, client: &TestClient, number: &str, email: &str) {
    let csv = format!(
        "name,phone,email,consent channels,consent text\nAda Price,{number},{email},ai_voice,Call me\n"
    );
    assert_eq!(desk.import(client, "", csv).await["accepted"], 1);
    desk.settled().await;
}

on_both_engines! {
    async fn a_clients_own_address_is_one_plain_address(db) {
        let desk = TestDesk::start(&db).await;
        let elm = desk.client("elm").await;
        for odd in [
            "owner@elm.example, desk@elm.example",
            "owner@elm.example;desk@elm.example",
            "Elm Dental <owner@elm.example>",
            "owner@elm.example\r\nBcc: everybody@elm.example",
            "owner@@elm.example",
            "ow\u{e9}ner@elm.example",
            "owner@\u{ff45}lm.example",
            "owner\u{202e}@elm.example",
            "owner@elm",
            "nobody",
        ] {
            let (status, told) = changed(&desk, &elm, json!({ "email": odd })).await;
            assert_eq!((status, &told["error"]["field"]), (400, &json!("email")), "{odd:?}: {told}");
        }
        assert_eq!(changed(&desk, &elm, json!({ "email": " Owner@Elm.example " })).await.0, 200);
        assert_eq!(desk.texts("SELECT email FROM client").await, ["Owner@elm.example"]);
        assert_eq!(changed(&desk, &elm, json!({ "email": "" })).await.0, 200, "none yet");
    }

    async fn an_address_that_is_none_holds_its_client_and_nobody_else(db) {
        let desk = TestDesk::with(&db, Setup { messages: true, ..Setup::at("2025-06-13 16:00") }).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        // As older versions took it.
        desk.write(|tx| {
            let sql = "UPDATE client SET email = 'owner@elm.example, desk@elm.example' WHERE key = 'elm'";
            tx.execute(sql, &[]).map(drop)
        })
        .await;
        books(&desk, &elm, &number(1, Scenario::Books), "ada@home.example").await;
        books(&desk, &harbour, &number(2, Scenario::Books), "bea@home.example").await;
        let mails = |address: &str| desk.post.as_ref().expect("messages are on").mails.room.messages_to(address).len();
        assert_eq!((mails("ada@home.example"), mails("bea@home.example")), (0, 1), "{}", desk.picture().await);
        desk.expect_faults(&["smtp.hold"]);
        let told = desk.texts("SELECT c.key || ': ' || f.message FROM fault f JOIN client c ON c.id = f.client_id").await;
        assert!(told.len() == 1 && told[0].starts_with("elm: ") && told[0].contains("own email address"), "{told:?}");
        assert_eq!(changed(&desk, &elm, json!({ "email": "owner@elm.example" })).await.0, 200);
        desk.advance(2 * MINUTE).await;
        assert_eq!(mails("ada@home.example"), 1, "{}", desk.picture().await);
    }
}
