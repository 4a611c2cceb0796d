//! The fake agent uses the tools, understands the answers, and notices bad ones.

use super::super::Scenario;
use super::{Rig, SLOTS, tool_call, tool_result, willing};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Mutex;

fn tools(messages: &[Value]) -> Vec<(String, Value)> {
    let calls = messages.iter().filter(|m| m["type"] == "tool-calls");
    calls.map(tool_call).map(|(_, name, arguments)| (name, arguments)).collect()
}

#[tokio::test]
async fn a_time_is_looked_up_and_booked() {
    let rig = Rig::new().await;
    let messages = rig.play("+14155550101").await;
    let tools = tools(&messages);
    assert_eq!(tools.len(), 2, "{tools:?}");
    assert_eq!(tools[0].0, "check_availability");
    assert_eq!(tools[1].0, "book_appointment");
    let start = tools[1].1["start"].as_str().unwrap();
    assert!(SLOTS.contains(start), "{start} was not offered");
    assert_eq!(tools[1].1["name"], "Ada Lovelace");
    let report = messages.last().unwrap();
    assert_eq!(report["analysis"]["structuredData"]["appointment_start"], start);
    let roles: HashSet<&str> = report["artifact"]["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|m| m["role"].as_str())
        .collect();
    assert!(
        roles.is_superset(&HashSet::from(["bot", "user", "tool_calls", "tool_call_result"])),
        "{roles:?}"
    );
    assert_eq!(rig.sandbox.calls()[0].appointment_start.as_deref(), Some(start));
    assert_eq!(rig.sandbox.counters().booked, 1);
    assert_eq!(rig.sandbox.problems(), []);
}

#[tokio::test]
async fn every_form_of_tool_call_is_used() {
    let rig = Rig::with(|config| config.concurrency = 100, willing).await;
    for i in 0..40 {
        rig.sandbox.force(&format!("+1415555{i:04}"), Some(Scenario::Books));
        rig.place(&format!("+1415555{i:04}")).await;
    }
    rig.sandbox.idle().await;
    let mut forms = HashSet::new();
    for arrived in rig.arrived().iter().filter(|a| a.message["type"] == "tool-calls") {
        let m = &arrived.message;
        let listed = &m["toolCallList"][0];
        let key = |v: &Value| v.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>().join(","));
        let text = listed["function"]["arguments"].is_string();
        forms.insert((key(listed), text, m["toolCalls"].is_array(), m["toolWithToolCallList"].is_array()));
    }
    assert_eq!(forms.len(), 6, "{forms:?}");
    assert_eq!(rig.sandbox.counters().booked, 40);
    assert_eq!(rig.sandbox.problems(), []);
}

#[tokio::test]
async fn a_time_taken_meanwhile_is_replaced() {
    let asked = Mutex::new(Vec::new());
    let rig = Rig::with(
        |_| {},
        move |message| {
            if message["type"] != "tool-calls" || tool_call(message).1 != "book_appointment" {
                return willing(message);
            }
            let start = tool_call(message).2["start"].as_str().unwrap().to_owned();
            let mut asked = asked.lock().unwrap();
            asked.push(start);
            match asked.len() {
                1 => tool_result(
                    message,
                    r#"{"booked":false,"reason":"taken","alternatives":[{"start":"2030-02-01T12:00:00Z","spoken":"the first at noon"}]}"#,
                ),
                _ => tool_result(message, r#"{"booked":true}"#),
            }
        },
    )
    .await;
    let messages = rig.play("+14155550101").await;
    let tools = tools(&messages);
    assert_eq!(tools.len(), 3);
    assert_eq!(tools[2].1["start"], "2030-02-01T12:00:00Z");
    assert_eq!(rig.sandbox.calls()[0].appointment_start.as_deref(), Some("2030-02-01T12:00:00Z"));
    let transcript = messages.last().unwrap()["artifact"]["transcript"].as_str().unwrap().to_owned();
    assert!(transcript.contains("just been taken") && transcript.contains("the first at noon"));
}

#[tokio::test]
async fn plain_words_are_understood_too() {
    let rig = Rig::with(
        |_| {},
        |message| match message["type"].as_str() {
            Some("tool-calls") if tool_call(message).1 == "check_availability" => {
                tool_result(message, "Free are 2030-01-07T09:00:00Z and 2030-01-07T10:00:00Z.")
            }
            Some("tool-calls") => tool_result(message, "Your appointment is confirmed."),
            _ => (StatusCode::OK, json!({})),
        },
    )
    .await;
    rig.play("+14155550101").await;
    assert_eq!(rig.sandbox.counters().booked, 1);
}

#[tokio::test]
async fn a_call_back_and_an_opt_out_use_their_tools() {
    let rig = Rig::new().await;
    let callback = tools(&rig.play("+14155550106").await);
    assert_eq!(callback.len(), 1);
    assert_eq!(callback[0].0, "request_callback");
    let when = &callback[0].1;
    assert!(when["at"].is_string() != when["in_hours"].is_number(), "{when}");
    let optout = tools(&rig.play("+14155550107").await);
    assert_eq!(optout.len(), 1);
    assert_eq!(optout[0].0, "opt_out");
    assert!(optout[0].1["reason"].as_str().unwrap().contains("call"));
    assert!(tools(&rig.play("+14155550120").await).is_empty(), "only the words tell");
}

#[tokio::test]
async fn bad_answers_are_recorded_and_nothing_is_booked() {
    let rig = Rig::with(
        |_| {},
        |message| match message["type"].as_str() {
            Some("tool-calls") => (StatusCode::INTERNAL_SERVER_ERROR, json!({})),
            _ => (StatusCode::OK, json!({})),
        },
    )
    .await;
    let messages = rig.play("+14155550101").await;
    let problems = rig.sandbox.problems();
    assert!(problems.iter().any(|p| p.what.contains("200, not 500")), "{problems:?}");
    assert_eq!(rig.sandbox.counters().booked, 0);
    let report = messages.last().unwrap();
    assert_eq!(report["analysis"]["structuredData"]["outcome"], "callback");
    let (_, over_http) = rig.send("GET", "/sandbox/problems", Value::Null).await;
    assert_eq!(over_http.as_array().unwrap().len(), problems.len());
}

#[tokio::test]
async fn a_repeated_booking_must_be_answered_the_same() {
    let counter = Mutex::new(0);
    let rig = Rig::with(
        |config| config.faults.duplicate = 1.0,
        move |message| {
            if message["type"] != "tool-calls" || tool_call(message).1 == "check_availability" {
                return willing(message);
            }
            let mut counter = counter.lock().unwrap();
            *counter += 1;
            tool_result(message, &format!(r#"{{"booked":true,"number":{counter}}}"#))
        },
    )
    .await;
    let messages = rig.play("+14155550101").await;
    assert_eq!(tools(&messages).len(), 4, "each tool call came twice");
    assert!(rig.sandbox.problems().iter().any(|p| p.what.contains("answered differently")));
}
