//! Appointments over the API: made, moved, given back, marked and listed by a client's own key, and
//! by no other's.

use frontdesk_shared::Noun;
use frontdesk_shared::detail::About;
use frontdesk_shared::noun::Subject;
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_tests::console::soon;
use frontdesk_tests::desk::{ADMIN, TestClient};
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ADA: &str = "+447700900123";
const BEN: &str = "+447700900124";

async fn book(desk: &TestDesk, client: &TestClient, body: Value) -> (u16, Value) {
    desk.post(&format!("/api/appointments/{}", client.key), &client.api_key, body.to_string()).await
}

async fn act(desk: &TestDesk, client: &TestClient, id: &Value, act: &str, body: &str) -> (u16, Value) {
    let id = id.as_str().expect("an id");
    let path = format!("/api/appointments/{}/{id}/{act}", client.key);
    desk.post(&path, &client.api_key, body.to_owned()).await
}

/// A client with two leads, whom nobody calls meanwhile.
async fn practice(desk: &TestDesk) -> TestClient {
    let paused = |tx: &mut frontdesk_store::Tx<'_>| {
        frontdesk_store::meta::set(tx, frontdesk_store::meta::DIALING_PAUSED, Some("a test looks"))
    };
    desk.write(paused).await;
    let client = desk.client("harbour").await;
    desk.lead(&client, ADA).await;
    desk.lead(&client, BEN).await;
    client
}

fn starts(list: &Value, name: &str) -> Vec<String> {
    list[name]
        .as_array()
        .expect("a list")
        .iter()
        .map(|a| a["starts_at"].as_str().unwrap().to_owned())
        .collect()
}

on_both_engines! {
    async fn an_appointment_lives_through_the_api(db) {
        let desk = TestDesk::start(&db).await;
        let client = practice(&desk).await;
        let body = json!({"lead": "07700 900123", "start": "2025-06-17T10:00", "note": "first visit"});
        let made = book(&desk, &client, body.clone()).await;
        assert_eq!(made.0, 201, "{}", made.1);
        let shown = &made.1["appointment"];
        assert_eq!(shown["starts_at"], "2025-06-17T10:00:00+01:00");
        assert_eq!(shown["ends_at"], "2025-06-17T10:30:00+01:00");
        assert_eq!((&shown["status"], &shown["who"]), (&json!("booked"), &json!("Ada Price")));
        assert_eq!((&shown["note"], &shown["sequence"], &shown["made_by"]), (&json!("first visit"), &json!(0), &json!("api:harbour")));
        let again = book(&desk, &client, body).await;
        assert_eq!((again.0, &again.1), (200, &made.1), "asked for twice, it is one");
        assert_eq!(desk.texts(format!("SELECT status FROM lead WHERE identity = '{ADA}'")).await, ["booked"]);

        // By id, with an offset; over the same slot.
        let taken = book(&desk, &client, json!({"lead": shown["lead"], "start": "2025-06-18T09:00:00+02:00"})).await;
        assert_eq!((taken.0, &taken.1["error"]["reason"]), (409, &json!("outside-hours")), "{}", taken.1);
        let other = book(&desk, &client, json!({"lead": BEN, "start": "2025-06-17T10:00"})).await;
        assert_eq!((other.0, &other.1["error"]["code"], &other.1["error"]["field"]), (409, &json!("conflict"), &json!("start")));
        assert_eq!(other.1["error"]["reason"], "taken");
        let instead = other.1["error"]["alternatives"].as_array().unwrap();
        assert_eq!(instead.len(), 3, "{}", other.1);
        assert!(other.1["request_id"].is_string());
        let offered = instead[0].as_str().unwrap();
        assert_eq!(book(&desk, &client, json!({"lead": BEN, "start": offered})).await.0, 201, "what is offered can be had");

        let id = &shown["id"];
        let moved = act(&desk, &client, id, "reschedule", r#"{"start": "2025-06-18T11:00"}"#).await;
        assert_eq!((moved.0, &moved.1["appointment"]["starts_at"]), (200, &json!("2025-06-18T11:00:00+01:00")), "{}", moved.1);
        assert_eq!(moved.1["appointment"]["sequence"], 1);
        let refused = act(&desk, &client, id, "reschedule", r#"{"start": "2025-06-18T11:10"}"#).await;
        assert_eq!((refused.0, &refused.1["error"]["reason"]), (409, &json!("not-on-grid")));
        for verb in ["no-show", "attended"] {
            let early = act(&desk, &client, id, verb, "").await;
            let told = early.1["error"]["message"].as_str().unwrap_or_default();
            assert_eq!((early.0, told), (409, "it has not begun: mark it from 2025-06-18T11:00:00+01:00 on"));
        }
        desk.pass(2 * DAY + HOUR + HOUR / 2);
        for _ in 0..2 {
            let missed = act(&desk, &client, id, "no-show", "").await;
            assert_eq!((missed.0, &missed.1["appointment"]["status"]), (200, &json!("no-show")), "{}", missed.1);
            assert_eq!(missed.1["appointment"]["sequence"], 2);
        }
        let came = act(&desk, &client, id, "attended", "").await;
        assert_eq!(came.1["appointment"]["status"], "attended", "they were late: {}", came.1);
        assert_eq!(act(&desk, &client, id, "cancel", "").await.0, 409);
        assert_eq!(act(&desk, &client, id, "reschedule", r#"{"start": "2025-06-20T11:00"}"#).await.0, 409);
        let trail = desk.texts("SELECT action || ' ' || actor FROM audit WHERE action LIKE '%appointment%' OR action LIKE 'mark%' ORDER BY id").await;
        let expected = ["book_appointment", "book_appointment", "move_appointment", "mark_no_show", "mark_attended"];
        assert_eq!(trail, expected.map(|action| format!("{action} api:harbour")));
    }

    async fn a_cancellation_frees_its_time_and_is_one_however_often_it_comes(db) {
        let desk = TestDesk::start(&db).await;
        let client = practice(&desk).await;
        let made = book(&desk, &client, json!({"lead": ADA, "start": "2025-06-17T10:00"})).await.1;
        let id = &made["appointment"]["id"];
        for _ in 0..2 {
            let gone = act(&desk, &client, id, "cancel", r#"{"reason": "the practice is flooded"}"#).await;
            assert_eq!((gone.0, &gone.1["appointment"]["status"]), (200, &json!("cancelled")), "{}", gone.1);
            assert_eq!(gone.1["appointment"]["sequence"], 1);
        }
        assert_eq!(desk.texts("SELECT text FROM event WHERE kind = 'appointment_cancelled'").await.len(), 1);
        let why = desk.texts("SELECT detail FROM audit WHERE action = 'cancel_appointment'").await;
        assert!(why.len() == 1 && why[0].ends_with("the practice is flooded"), "{why:?}");
        // Whoever opens it reads why.
        let subject = Subject { kind: Noun::Appointment, id: id.as_str().unwrap_or_default().to_owned() };
        let operator = desk.operator().await;
        let detail = operator.client.detail(soon(), subject).await.unwrap().unwrap();
        let About::Appointment(shown) = detail.about else { panic!("an appointment") };
        let (_, how) = shown.cancelled.expect("how");
        assert_eq!(how, "by the business: the practice is flooded (api:harbour)");
        assert_eq!(book(&desk, &client, json!({"lead": BEN, "start": "2025-06-17T10:00"})).await.0, 201);
        assert_eq!(act(&desk, &client, id, "attended", "").await.0, 409);
    }

    async fn nobody_reaches_anothers_appointments(db) {
        let desk = TestDesk::start(&db).await;
        let harbour = practice(&desk).await;
        let elm = desk.client("elm").await;
        let made = book(&desk, &harbour, json!({"lead": ADA, "start": "2025-06-17T10:00"})).await.1["appointment"].clone();
        let before = desk.texts("SELECT status || sequence FROM appointment").await;
        let unknown = json!("0123456789abc");
        for (verb, body) in [("reschedule", r#"{"start": "2025-06-18T11:00"}"#), ("cancel", ""), ("attended", ""), ("no-show", "")] {
            let theirs = act(&desk, &elm, &made["id"], verb, body).await;
            let nobodys = act(&desk, &elm, &unknown, verb, body).await;
            assert_eq!((theirs.0, nobodys.0), (404, 404), "{verb}: {}", theirs.1);
            let told = |answer: &Value, id: &Value| answer["error"].to_string().replace(id.as_str().unwrap(), "…");
            assert_eq!(told(&theirs.1, &made["id"]), told(&nobodys.1, &unknown), "what is another's is nowhere");
            assert_eq!(act(&desk, &elm, &json!("x"), verb, body).await.0, 404);
        }
        // Nor somebody else's people, by id or by number.
        for lead in [made["lead"].clone(), json!(ADA)] {
            let answer = book(&desk, &elm, json!({"lead": lead, "start": "2025-06-17T10:00"})).await;
            assert_eq!((answer.0, &answer.1["error"]["field"]), (404, &json!("lead")));
            assert!(answer.1["error"]["message"].as_str().unwrap().contains("POST /api/leads/elm"), "{}", answer.1);
        }
        assert_eq!(desk.get("/api/appointments/harbour", &elm.api_key).await.0, 403);
        assert_eq!(desk.get("/api/appointments/harbour/availability", &elm.api_key).await.0, 403);
        assert_eq!(desk.post("/api/appointments/harbour", &elm.api_key, "{}").await.0, 403);
        assert_eq!(desk.get("/api/appointments/elm", &elm.api_key).await.1["appointments"], json!([]));
        assert_eq!(desk.get("/api/appointments/harbour", "fd_nosuchkey").await.0, 401);
        assert_eq!(desk.get("/api/appointments/nobody", ADMIN).await.0, 404);
        assert_eq!(starts(&desk.get("/api/appointments/harbour", ADMIN).await.1, "appointments").len(), 1);
        assert_eq!(desk.texts("SELECT status || sequence FROM appointment").await, before);
    }

    async fn appointments_are_listed_by_start_without_loss_or_repetition(db) {
        let desk = TestDesk::start(&db).await;
        let client = practice(&desk).await;
        for n in 0..13 {
            let body = json!({"lead": if n % 2 == 0 { ADA } else { BEN }, "start": format!("2025-06-{}T{:02}:00", 17 + n / 5, 10 + n % 5)});
            assert_eq!(book(&desk, &client, body).await.0, 201, "{n}");
        }
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = desk.get(&format!("/api/appointments/harbour?limit=5{after}"), &client.api_key).await.1;
            seen.extend(starts(&page, "appointments"));
            match page["next_after"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), 13);
        assert!(seen.is_sorted());
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 13);
        let list = async |query: &str| desk.get(&format!("/api/appointments/harbour?{query}"), &client.api_key).await;
        assert_eq!(starts(&list("from=2025-06-18&to=2025-06-19").await.1, "appointments").len(), 5);
        assert_eq!(starts(&list("from=2025-06-18T12:00&to=2025-06-18T14:00:00%2B01:00").await.1, "appointments"),
            ["2025-06-18T12:00:00+01:00", "2025-06-18T13:00:00+01:00"]);
        let first = list("limit=1").await.1["appointments"][0]["id"].clone();
        assert_eq!(act(&desk, &client, &first, "cancel", "").await.0, 200);
        assert_eq!(list("status=cancelled").await.1["appointments"][0]["id"], first);
        assert_eq!(starts(&list("status=booked").await.1, "appointments").len(), 12);
        for (query, field) in [("from=yesterday", "from"), ("to=2025-13-01", "to"), ("status=gone", "status"), ("after=x", "after"), ("after=1.x", "after"), ("page=2", "query")] {
            let wrong = list(query).await;
            assert_eq!((wrong.0, &wrong.1["error"]["field"]), (400, &json!(field)), "{query}: {}", wrong.1);
        }
    }

    async fn free_times_are_what_can_be_booked(db) {
        let desk = TestDesk::start(&db).await;
        let client = practice(&desk).await;
        let free = async |query: &str| desk.get(&format!("/api/appointments/harbour/availability?{query}"), &client.api_key).await;
        let day = free("from=2025-06-17&days=1").await.1;
        assert_eq!(day["timezone"], "Europe/London");
        let all = starts(&day, "slots");
        assert_eq!(all.len(), 17, "{day}");
        assert_eq!(all[0], "2025-06-17T09:00:00+01:00");
        // It is ten on Monday, and two hours are needed.
        assert_eq!(starts(&free("days=1").await.1, "slots")[0], "2025-06-16T12:00:00+01:00");
        assert_eq!(starts(&free("from=2025-06-21&days=2").await.1, "slots"), Vec::<String>::new(), "a weekend");
        assert_eq!(book(&desk, &client, json!({"lead": ADA, "start": all[2]})).await.0, 201);
        let left = starts(&free("from=2025-06-17&days=1").await.1, "slots");
        assert_eq!(left.len(), 14, "the slot and its buffer on both sides: {left:?}");
        for (query, field) in [("days=0", "days"), ("days=63", "days"), ("from=soon", "from"), ("to=2025-06-17", "query")] {
            let wrong = free(query).await;
            assert_eq!((wrong.0, &wrong.1["error"]["field"]), (400, &json!(field)), "{query}: {}", wrong.1);
        }
    }

    async fn a_wish_that_makes_no_sense_is_told_where(db) {
        let desk = TestDesk::start(&db).await;
        let client = practice(&desk).await;
        for (body, status, field) in [
            (json!({"lead": ADA}), 400, "body"),
            (json!({"lead": ADA, "start": "tomorrow"}), 400, "start"),
            (json!({"lead": ADA, "start": "2025-06-17"}), 400, "start"),
            (json!({"lead": ADA, "start": "2025-06-17T10:00", "phone": BEN}), 400, "body"),
            (json!({"lead": ADA, "start": "2025-06-17T10:00", "note": "x".repeat(1_001)}), 400, "note"),
            (json!({"lead": "+447700900199", "start": "2025-06-17T10:00"}), 404, "lead"),
            (json!({"lead": "", "start": "2025-06-17T10:00"}), 404, "lead"),
            (json!({"lead": ADA, "start": "2024-06-17T10:00"}), 409, "start"),
            (json!({"lead": ADA, "start": "2025-03-30T01:30"}), 400, "start"),
        ] {
            let answer = book(&desk, &client, body.clone()).await;
            assert_eq!((answer.0, &answer.1["error"]["field"]), (status, &json!(field)), "{body}: {}", answer.1);
        }
        assert_eq!(desk.count("SELECT count(*) FROM appointment").await, 0);
        assert_eq!(desk.post("/api/clients/harbour/deactivate", ADMIN, "").await.0, 200);
        let body = json!({"lead": ADA, "start": "2025-06-17T10:00"}).to_string();
        assert_eq!(desk.post("/api/appointments/harbour", ADMIN, body).await.0, 409);
    }
}
