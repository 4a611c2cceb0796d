//! Every scenario: the order of its messages and the fields of its report.

use super::super::{OUTCOME_OUTPUT_ID, Scenario};
use super::{Rig, outline};
use crate::clock::from_iso;
use serde_json::{Value, json};

/// Scenario, reasons it may end with, answered, analysis outcome.
const EXPECTED: [(Scenario, &[&str], bool, Option<&str>); 21] = [
    (Scenario::Books, &["assistant-ended-call", "customer-ended-call"], true, Some("booked")),
    (Scenario::Declines, &["assistant-ended-call", "customer-ended-call"], true, Some("not_interested")),
    (Scenario::NoAnswer, &["customer-did-not-answer"], false, None),
    (Scenario::Voicemail, &["voicemail"], true, Some("voicemail")),
    (Scenario::Busy, &["customer-busy"], false, None),
    (Scenario::Callback, &["assistant-ended-call", "customer-ended-call"], true, Some("callback")),
    (Scenario::OptsOut, &["assistant-ended-call", "customer-ended-call"], true, Some("do_not_call")),
    (Scenario::DeadAir, &["silence-timed-out"], true, None),
    (Scenario::ProviderFails, &["call.in-progress.error-providerfault-openai-llm-failed"], true, None),
    (
        Scenario::BadNumber,
        &["twilio-reported-customer-misdialed", "sip-outbound-unallocated-number"],
        false,
        None,
    ),
    (Scenario::Transferred, &["assistant-forwarded-call"], true, Some("transferred")),
    (Scenario::HangsUpEarly, &["customer-ended-call"], true, None),
    (Scenario::HiddenVoicemail, &["silence-timed-out"], true, Some("interested")),
    (
        Scenario::CarrierFails,
        &[
            "call.in-progress.error-providerfault-outbound-sip-503-service-unavailable",
            "twilio-failed-to-connect-call",
        ],
        false,
        None,
    ),
    (Scenario::TalksTooLong, &["exceeded-max-duration"], true, None),
    (Scenario::ClaimsBooking, &["customer-ended-call"], true, Some("booked")),
    (Scenario::NoAudio, &["call.in-progress.error-assistant-did-not-receive-customer-audio"], true, None),
    (Scenario::TransferFails, &["call.forwarding.operator-busy"], true, Some("callback")),
    (Scenario::UnknownReason, &["hangup"], true, Some("unclear")),
    (Scenario::OptsOutInWordsOnly, &["customer-ended-call"], true, Some("do_not_call")),
    (Scenario::WrongPerson, &["assistant-ended-call"], true, Some("wrong_number")),
];

#[tokio::test]
async fn every_scenario_tells_its_story_in_order() {
    let rig = Rig::new().await;
    let mut calls = Vec::new();
    for i in 1..=EXPECTED.len() {
        calls.push(rig.place(&format!("+141555501{i:02}")).await);
    }
    rig.sandbox.idle().await;
    for ((scenario, reasons, answered, outcome), call) in EXPECTED.into_iter().zip(calls) {
        let messages = rig.messages(call["id"].as_str().unwrap());
        check_order(scenario, answered, &messages);
        let report = messages.last().unwrap();
        check_report(scenario, reasons, answered, report);
        assert_eq!(report["analysis"]["structuredData"]["outcome"].as_str(), outcome, "{scenario:?}");
        let output = &report["artifact"]["structuredOutputs"][OUTCOME_OUTPUT_ID];
        assert_eq!(output["result"]["outcome"].as_str(), outcome, "{scenario:?}");
    }
    assert_eq!(rig.sandbox.problems(), []);
    assert_eq!(rig.sandbox.live(), 0);
}

fn check_order(scenario: Scenario, answered: bool, messages: &[Value]) {
    let outline = outline(messages);
    let mut expected = vec!["queued"];
    if outline.iter().any(|s| s == "ringing") {
        expected.push("ringing");
    }
    if answered {
        expected.push("in-progress");
    }
    if matches!(scenario, Scenario::Transferred | Scenario::TransferFails) {
        expected.push("forwarding");
    }
    expected.extend(["ended", "end-of-call-report"]);
    assert_eq!(outline, expected, "{scenario:?}");
    for message in messages {
        assert!(message["timestamp"].is_i64(), "{message}");
        // Reports of finished calls still say so; a reader must not trust it.
        assert_eq!(message["call"]["status"], "queued");
        assert_eq!(message["customer"]["externalId"], "attempt-1");
        assert_eq!(message["call"]["assistantOverrides"]["variableValues"]["attempt_id"], "attempt-1");
        assert!(message["assistant"]["id"].is_string() && message["phoneNumber"]["number"].is_string());
    }
}

fn check_report(scenario: Scenario, reasons: &[&str], answered: bool, report: &Value) {
    let reason = report["endedReason"].as_str().unwrap();
    assert!(reasons.contains(&reason), "{scenario:?} ended with {reason}");
    assert_eq!(report["startedAt"].is_string(), answered, "{scenario:?}");
    assert_eq!(report["artifact"]["recordingUrl"].is_string(), answered, "{scenario:?}");
    assert!(report["analysis"].is_object() && report["costs"].is_array(), "{scenario:?}");
    let sum: f64 = report["costs"].as_array().unwrap().iter().map(|c| c["cost"].as_f64().unwrap()).sum();
    let total = report["cost"].as_f64().unwrap();
    assert!((sum - total).abs() < 0.001, "{scenario:?}: {sum} is not {total}");
    assert_eq!(report["costBreakdown"]["total"].as_f64().unwrap(), total);
    if !answered {
        assert_eq!(total, 0.0, "{scenario:?}: nobody pays for a call that was not answered");
        return;
    }
    assert!(total > 0.0);
    let at = |key: &str| from_iso(report[key].as_str().unwrap()).unwrap();
    let talk_ms = at("endedAt") - at("startedAt");
    assert_eq!(report["durationMs"].as_i64(), Some(talk_ms), "{scenario:?}");
    let expected_ms = match scenario {
        Scenario::HangsUpEarly => 2_000..6_000,
        Scenario::TalksTooLong => 600_000..600_001,
        _ => 6_000..180_000,
    };
    assert!(expected_ms.contains(&talk_ms), "{scenario:?} took {talk_ms} ms");
    let transcript = report["artifact"]["transcript"].as_str().unwrap();
    let spoke = report["messages"].as_array().unwrap().iter().any(|m| m["role"] == "user");
    assert_eq!(transcript.contains("User: "), spoke);
    let silent = matches!(scenario, Scenario::DeadAir | Scenario::NoAudio);
    assert!(!silent || !spoke, "{scenario:?} must not speak");
}

#[tokio::test]
async fn finished_lines_are_told_as_they_are_said() {
    let rig = Rig::new().await;
    let messages = rig.play("+14155550102").await;
    let lines: Vec<String> = messages
        .iter()
        .filter(|m| m["type"] == "transcript")
        .map(|m| {
            assert_eq!(m["transcriptType"], "final");
            let who = if m["role"] == "assistant" { "AI" } else { "User" };
            format!("{who}: {}\n", m["transcript"].as_str().unwrap())
        })
        .collect();
    let report = messages.last().unwrap();
    assert_eq!(report["messages"][0]["role"], "system");
    assert_eq!(report["transcript"].as_str().unwrap(), lines.concat());
    let greeting = "Hi Ada, this is Ava from Bright Dental. Is now a good moment?";
    assert!(lines.iter().any(|l| l.contains(greeting)), "{lines:?}");
}

#[tokio::test]
async fn an_assistant_that_says_nothing_gets_the_vendors_defaults() {
    let rig = Rig::new().await;
    let mut order = super::order("+14155550102");
    order["assistantOverrides"] = json!({});
    let (_, call) = rig.send("POST", "/call", order).await;
    rig.sandbox.idle().await;
    let messages = rig.messages(call["id"].as_str().unwrap());
    let count = |kind: &str| messages.iter().filter(|m| m["type"] == kind).count();
    assert_eq!(count("transcript"), 0);
    assert!(count("conversation-update") > 2 && count("speech-update") > 2);
    assert_eq!(count("end-of-call-report"), 1);
}

#[tokio::test]
async fn what_decides_a_scenario() {
    let rig = Rig::new().await;
    let scenario = |i: usize| rig.sandbox.calls()[i].scenario;
    rig.place("+14155550103").await;
    assert_eq!(scenario(0), "no-answer");
    let mut order = super::order("+14155550103");
    order["assistantOverrides"]["variableValues"]["sandbox_scenario"] = "busy".into();
    rig.send("POST", "/call", order.clone()).await;
    assert_eq!(scenario(1), "busy", "a variable wins over the digits");
    rig.sandbox.force("+14155550103", Some(Scenario::BadNumber));
    rig.send("POST", "/call", order).await;
    assert_eq!(scenario(2), "bad-number", "the handle wins over the variable");
}

#[tokio::test]
async fn the_same_seed_takes_the_same_course() {
    let draw = async |seed: u64| {
        let rig = Rig::with(|c| (c.seed, c.concurrency) = (seed, 100), super::willing).await;
        for i in 30..90 {
            rig.place(&format!("+1415555{i:04}")).await;
        }
        rig.sandbox.calls().iter().map(|c| c.scenario).collect::<Vec<_>>()
    };
    let first = draw(7).await;
    assert_eq!(first, draw(7).await);
    assert_ne!(first, draw(8).await);
    assert!(first.iter().collect::<std::collections::HashSet<_>>().len() > 4, "a mix: {first:?}");
}

#[tokio::test]
async fn somebody_calls_in() {
    let rig = Rig::new().await;
    let body = json!({"from": "+14155550177", "scenario": "callback"});
    let (status, answer) = rig.send("POST", "/sandbox/inbound", body).await;
    assert_eq!(status, 201);
    rig.sandbox.idle().await;
    let messages = rig.messages(answer["id"].as_str().unwrap());
    let told: Vec<String> = outline(&messages).into_iter().filter(|m| !m.ends_with("update")).collect();
    assert_eq!(told, ["ringing", "in-progress", "ended", "end-of-call-report"]);
    assert!(messages.iter().all(|m| m["call"]["type"] == "inboundPhoneCall"));
    assert!(rig.sandbox.calls()[0].inbound);
}

#[tokio::test]
async fn an_inbound_line_without_an_assistant_asks_for_one() {
    let rig = Rig::with(
        |config| {
            config.phone_numbers[0]["assistantId"] = Value::Null;
        },
        |message| match message["type"].as_str() {
            Some("assistant-request") => {
                (axum::http::StatusCode::OK, json!({"assistantId": super::ASSISTANT_ID}))
            }
            _ => super::willing(message),
        },
    )
    .await;
    let id = rig.sandbox.inbound("+14155550177", Some(Scenario::Declines));
    rig.sandbox.idle().await;
    let messages = rig.messages(&id);
    assert_eq!(messages[0]["type"], "assistant-request");
    assert_eq!(messages.last().unwrap()["assistant"]["id"], super::ASSISTANT_ID);
    let silent =
        Rig::with(|config| config.phone_numbers[0]["assistantId"] = Value::Null, super::willing).await;
    let id = silent.sandbox.inbound("+14155550177", None);
    silent.sandbox.idle().await;
    let call = silent.sandbox.call(&id).unwrap();
    assert_eq!(call["endedReason"], "assistant-request-returned-no-assistant");
}

#[tokio::test]
async fn the_assistants_time_limit_holds() {
    let rig = Rig::new().await;
    let mut order = super::order("+14155550115");
    order["assistantOverrides"]["maxDurationSeconds"] = 60.into();
    let (_, call) = rig.send("POST", "/call", order).await;
    rig.sandbox.idle().await;
    let report = rig.messages(call["id"].as_str().unwrap()).pop().unwrap();
    assert_eq!(report["endedReason"], "exceeded-max-duration");
    assert_eq!(report["durationMs"], 60_000);
}
