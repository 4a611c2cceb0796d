//! What the two APIs take, refuse and show.

use super::super::{Course, Faults, Refuse, Vendor};
use super::{PERSON, Rig, SIGNALWIRE, TOKEN, TWILIO, answered};
use serde_json::{Value, json};

#[tokio::test]
async fn s19_both_shapes_of_a_text() {
    let rig = Rig::new().await;
    let (status, text) = rig.send(Vendor::Twilio, PERSON, "1").await;
    assert_eq!((status, &text["status"], &text["num_segments"]), (201, &json!("queued"), &json!("1")));
    assert!(text["sid"].as_str().unwrap().starts_with("SM"));
    let (status, text) = rig.send(Vendor::SignalWire, PERSON, "2").await;
    assert_eq!((status, &text["num_segments"], &text["date_sent"]), (201, &json!(1), &Value::Null));
    assert_eq!(text["sid"].as_str().unwrap().len(), 36);
    rig.sandbox.idle().await;
    let (status, text) =
        rig.get(Vendor::SignalWire, &format!("Messages/{}", text["sid"].as_str().unwrap())).await;
    assert_eq!((status, &text["status"]), (200, &json!("delivered")));
}

#[tokio::test]
async fn a_service_picks_the_number_later() {
    let rig = Rig::new().await;
    let service = rig.account(Vendor::Twilio).service.clone();
    let form = [("To", PERSON), ("MessagingServiceSid", service.as_str()), ("Body", "Hi")];
    let (_, text) = answered(rig.request(Vendor::Twilio, "POST", "Messages").form(&form)).await;
    assert_eq!((&text["status"], &text["from"]), (&json!("accepted"), &Value::Null));
    rig.sandbox.idle().await;
    assert_eq!(rig.sandbox.texts()[0].history, ["accepted", "queued", "sent", "delivered"]);
    assert_eq!(rig.arrived().len(), 0, "nobody asked for callbacks");
}

#[tokio::test]
async fn the_key_and_the_account_must_be_right() {
    let rig = Rig::new().await;
    let account = rig.account(Vendor::Twilio).clone();
    let url = |sid: &str| format!("{}/2010-04-01/Accounts/{sid}/Messages.json", rig.sandbox.base_url());
    let get = |sid: &str, token: &'static str| rig.http.get(url(sid)).basic_auth(&account.sid, Some(token));
    assert_eq!(answered(get(&account.sid, "wrong")).await.1["code"], 20003);
    assert_eq!(answered(rig.http.get(url(&account.sid))).await.0, 401);
    assert_eq!(answered(get("AC0", TOKEN)).await.1["code"], 20404);
    assert_eq!(answered(get(&account.sid, TOKEN)).await.0, 200);
    assert_eq!(rig.get(Vendor::Twilio, "Messages/SM0").await.1["code"], 20404);
}

#[tokio::test]
async fn refusals_come_at_once_where_the_course_says_so() {
    let rig = Rig::new().await;
    for (digits, code) in [("57", 21211), ("58", 21610), ("62", 21408)] {
        let (status, error) = rig.send(Vendor::Twilio, &format!("+141555501{digits}"), "1").await;
        assert_eq!((status, &error["code"]), (400, &json!(code)));
    }
    rig.sandbox.force(PERSON, Some(Course::BadNumber));
    assert_eq!(rig.send(Vendor::Twilio, PERSON, "1").await.1["code"], 21211);
    rig.sandbox.force(PERSON, None);
    assert_eq!(rig.send(Vendor::Twilio, PERSON, "1").await.0, 201);
    let (_, error) = answered(rig.request(Vendor::Twilio, "POST", "Messages").form(&[("To", PERSON)])).await;
    assert_eq!(error["code"], 21603);
    assert_eq!(rig.sandbox.counters().taken, 1);
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let rig = Rig::new().await;
    for id in ["1", "2", "3"] {
        rig.send(Vendor::Twilio, PERSON, id).await;
    }
    rig.send(Vendor::Twilio, "+14155550152", "4").await;
    let (_, page) =
        rig.get(Vendor::Twilio, "Messages?To=%2B14155550151&PageSize=2&DateSent%3E=2020-01-01").await;
    assert_eq!(page["messages"].as_array().unwrap().len(), 2);
    let next = page["next_page_uri"].as_str().unwrap();
    let account = rig.account(Vendor::Twilio);
    let request = rig.http.get(format!("{}{next}", rig.sandbox.base_url()));
    let (_, page) = answered(request.basic_auth(&account.sid, Some(&account.token))).await;
    assert_eq!((page["messages"].as_array().unwrap().len(), &page["next_page_uri"]), (1, &Value::Null));
    let (_, none) = rig.get(Vendor::Twilio, "Messages?DateSent%3C=2020-01-01").await;
    assert_eq!(none["messages"], json!([]));
    let (_, theirs) = rig.get(Vendor::SignalWire, "Messages").await;
    assert_eq!(theirs["messages"], json!([]), "another account's");
}

#[tokio::test]
async fn s1_an_answer_is_lost_before_or_after_the_text_was_taken() {
    let rig = Rig::new().await;
    for (before, after, taken) in [(1, 0, 0), (0, 1, 1)] {
        let faults = Faults { cut_before_taking: before, cut_after_taking: after, ..Faults::default() };
        rig.sandbox.set_faults(faults).unwrap();
        let form = [("To", PERSON), ("From", TWILIO), ("Body", "Hi")];
        let sent = rig.request(Vendor::Twilio, "POST", "Messages").form(&form).send().await;
        assert!(sent.is_err(), "the connection is cut");
        assert_eq!(rig.sandbox.texts_to(PERSON).len(), taken);
    }
    assert_eq!(rig.sandbox.counters().answers_lost, 1);
}

#[tokio::test]
async fn too_many_requests_and_other_refusals_on_command() {
    let rig = Rig::new().await;
    let refuse = Some(Refuse { status: 429, count: 1, retry_after_s: 7 });
    rig.sandbox.set_faults(Faults { refuse, ..Faults::default() }).unwrap();
    let response = rig.request(Vendor::Twilio, "GET", "Messages").send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    assert_eq!(rig.get(Vendor::Twilio, "Messages").await.0, 200);
    assert!(rig.sandbox.set_faults(Faults { drop: 2.0, ..Faults::default() }).is_err());
}

#[tokio::test]
async fn s17_numbers_tell_where_their_texts_go() {
    let rig = Rig::new().await;
    let (_, list) = rig.get(Vendor::Twilio, "IncomingPhoneNumbers?PhoneNumber=%2B14155550198").await;
    assert_eq!(list["incoming_phone_numbers"][0]["sms_url"], rig.hooks.as_str());
    rig.sandbox.set_sms_url(SIGNALWIRE, "https://other.example/x");
    let (_, list) = rig.get(Vendor::SignalWire, "IncomingPhoneNumbers").await;
    assert_eq!(list["incoming_phone_numbers"][0]["sms_url"], "https://other.example/x");
}

#[tokio::test]
async fn the_knobs_do_what_the_handle_does() {
    let rig = Rig::new().await;
    let at = |path: &str| format!("{}/sandbox/{path}", rig.sandbox.base_url());
    let post = |path: &str, body: Value| answered(rig.http.post(at(path)).json(&body));
    assert_eq!(post("force", json!({"number": PERSON, "course": "landline"})).await.0, 200);
    assert_eq!(post("force", json!({"number": PERSON, "course": "swims"})).await.0, 400);
    rig.send(Vendor::Twilio, PERSON, "7").await;
    rig.sandbox.idle().await;
    let (_, texts) = answered(rig.http.get(at("texts?id=7"))).await;
    assert_eq!((texts.as_array().unwrap().len(), &texts[0]["error_code"]), (1, &json!(30006)));
    assert_eq!(post("inbound", json!({"from": PERSON, "to": TWILIO, "body": "hi"})).await.0, 201);
    assert_eq!(post("inbound", json!({"from": PERSON, "to": "+14155550100"})).await.0, 400);
    let (status, _) = answered(rig.http.put(at("faults")).json(&json!({"drop": 0.5}))).await;
    assert_eq!(status, 200);
    assert_eq!(answered(rig.http.get(at("faults"))).await.1["drop"], 0.5);
    assert_eq!(answered(rig.http.get(at("health"))).await.1["counters"]["taken"], 1);
    assert_eq!(answered(rig.http.get(at("problems"))).await.1, json!([]));
}
