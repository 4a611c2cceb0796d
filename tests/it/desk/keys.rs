//! Keys: given by administrators, seen in use, exchanged with an overlap, taken back, ended by time.

use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_tests::desk::{ADMIN, Setup, TestClient, answered};
use frontdesk_tests::{TestDesk, on_both_engines, wait};
use serde_json::{Value, json};

async fn keys(desk: &TestDesk) -> Vec<Value> {
    let (status, answer) = desk.get("/api/clients/harbour/keys", ADMIN).await;
    assert_eq!(status, 200, "{answer}");
    answer["keys"].as_array().unwrap().clone()
}

async fn opens(desk: &TestDesk, key: &str) -> u16 {
    desk.get("/api/leads/harbour", key).await.0
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn delete(desk: &TestDesk, path: &str, key: &str) -> (u16, Value) {
    answered(desk.http.delete(format!("{}{path}", desk.url)).header("x-api-key", key)).await
}

/// An open stream of the client's events.
async fn stream(desk: &TestDesk, client: &TestClient, key: &str) -> reqwest::Response {
    let request = desk.http.get(format!("{}/api/realtime/{}/events", desk.url, client.key));
    let stream = request.header("x-api-key", key).send().await.unwrap();
    assert_eq!(stream.status().as_u16(), 200);
    stream
}

async fn ends(mut stream: reqwest::Response) {
    while let Ok(Some(_)) = wait::within("the stream's end", stream.chunk()).await {}
}

on_both_engines! {
    async fn a_key_is_made_exchanged_and_taken_back(db) {
        let desk = TestDesk::start(&db).await;
        let harbour = desk.client("harbour").await;
        let first = keys(&desk).await;
        assert_eq!((first.len(), &first[0]["active"]), (1, &json!(true)));
        assert_eq!(opens(&desk, &harbour.api_key).await, 200);
        let seen = async || keys(&desk).await[0]["last_used_at"].is_string().then_some(());
        wait::until("the key's use to be kept", seen).await;

        let path = "/api/clients/harbour/keys";
        let made = desk.post(path, ADMIN, json!({"label": "the website"}).to_string()).await;
        assert_eq!(made.0, 201, "{}", made.1);
        let website = text(&made.1["api_key"]).to_owned();
        assert_eq!(opens(&desk, &website).await, 200);
        let id = text(&made.1["key"]["id"]).to_owned();

        let rotated = desk.post(&format!("{path}/{id}/rotate"), ADMIN, json!({"overlap_s": 3600}).to_string()).await;
        assert_eq!((rotated.0, &rotated.1["key"]["label"]), (201, &json!("the website")), "{}", rotated.1);
        let newer = text(&rotated.1["api_key"]).to_owned();
        assert_eq!((opens(&desk, &website).await, opens(&desk, &newer).await), (200, 200), "both, for an hour");
        desk.advance(HOUR).await;
        assert_eq!((opens(&desk, &website).await, opens(&desk, &newer).await), (401, 200));

        let newer_id = text(&rotated.1["key"]["id"]);
        let gone = delete(&desk, &format!("{path}/{newer_id}"), ADMIN).await;
        assert_eq!((gone.0, &gone.1["key"]["active"]), (200, &json!(false)), "{}", gone.1);
        assert_eq!(opens(&desk, &newer).await, 401);
        assert_eq!(delete(&desk, &format!("{path}/{newer_id}"), ADMIN).await.0, 409, "only once");
        let shown = json!(keys(&desk).await).to_string();
        assert!(!shown.contains(&newer) && !shown.contains(&website), "a key is shown once");
        let audit = desk.texts("SELECT action FROM audit WHERE action LIKE '%key%' ORDER BY id").await;
        assert_eq!(audit, ["create_key", "rotate_key", "revoke_key"]);
    }

    async fn keys_are_an_administrators_to_give(db) {
        let desk = TestDesk::start(&db).await;
        let (harbour, _elm) = (desk.client("harbour").await, desk.client("elm").await);
        let id = text(&keys(&desk).await[0]["id"]).to_owned();
        let path = "/api/clients/harbour/keys";
        assert_eq!(desk.get(path, &harbour.api_key).await.0, 403);
        assert_eq!(desk.post(path, &harbour.api_key, json!({"label": "x"}).to_string()).await.0, 403);
        assert_eq!(delete(&desk, &format!("{path}/{id}"), &harbour.api_key).await.0, 403);
        assert_eq!(desk.get("/api/keys", &harbour.api_key).await.0, 403);
        assert_eq!(delete(&desk, &format!("/api/clients/elm/keys/{id}"), ADMIN).await.0, 404, "another's");
        assert_eq!(delete(&desk, &format!("/api/keys/{id}"), ADMIN).await.0, 404);
        let unlabelled = desk.post(path, ADMIN, json!({"label": ""}).to_string()).await;
        assert_eq!((unlabelled.0, &unlabelled.1["error"]["field"]), (400, &json!("label")));
        let made = desk.post("/api/keys", ADMIN, json!({"label": "ann"}).to_string()).await;
        assert_eq!(made.0, 201, "{}", made.1);
        assert_eq!(desk.get("/api/error-stats", text(&made.1["api_key"])).await.0, 200);
    }

    async fn a_key_ends_by_itself(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let new = json!({"label": "a month", "expires_in_s": 30 * DAY / 1000}).to_string();
        let made = desk.post("/api/clients/harbour/keys", ADMIN, new).await;
        let key = text(&made.1["api_key"]).to_owned();
        assert_eq!(opens(&desk, &key).await, 200);
        desk.pass(30 * DAY - 1);
        assert_eq!(opens(&desk, &key).await, 200);
        desk.pass(1);
        assert_eq!(opens(&desk, &key).await, 401);
    }

    async fn streams_end_with_the_key_or_the_client_they_belong_to(db) {
        let desk = TestDesk::with(&db, Setup { start: None, ..Setup::default() }).await;
        let harbour = desk.client("harbour").await;
        let path = "/api/clients/harbour/keys";
        let made = desk.post(path, ADMIN, json!({"label": "the website"}).to_string()).await;
        let (id, key) = (text(&made.1["key"]["id"]).to_owned(), text(&made.1["api_key"]).to_owned());
        let website = stream(&desk, &harbour, &key).await;
        let mut own = stream(&desk, &harbour, &harbour.api_key).await;
        let admins = stream(&desk, &harbour, ADMIN).await;
        assert_eq!(delete(&desk, &format!("{path}/{id}"), ADMIN).await.0, 200);
        ends(website).await;
        // The others go on, and hear of it.
        let mut heard = String::new();
        while !heard.contains("revoked") {
            let chunk = wait::within("the event", own.chunk()).await.unwrap().expect("it goes on");
            heard.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        assert_eq!(desk.post("/api/clients/harbour/deactivate", ADMIN, "").await.0, 200);
        ends(own).await;
        ends(admins).await;
    }
}
