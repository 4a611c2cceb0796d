//! Parsing of webhooks and call objects: the captured payloads, their variants, and garbage.

use super::call::VapiCall;
use super::loose::Obj;
use super::wire::Wire;
use super::*;
use frontdesk_shared::call::CallStatus;
use frontdesk_shared::{CallId, Millis};
use proptest::prelude::*;
use serde_json::{Value, json};

const STATUS: &str =
    include_str!("../../../../tests/fixtures/vapi/vapi_status_update_in_progress_2025-06.json");
const REPORT: &str =
    include_str!("../../../../tests/fixtures/vapi/vapi_end_of_call_report_customer_ended_2025-06.json");
const TOOLS: &str =
    include_str!("../../../../tests/fixtures/vapi/vapi_tool_calls_object_arguments_2024-07.json");
const ENDED: &str =
    include_str!("../../../../tests/fixtures/vapi/vapi_get_call_ended_voicemail_outbound_2025-06.json");

fn read(value: &Value) -> ServerMessage {
    parse(value.to_string().as_bytes()).unwrap()
}

fn report(value: &Value) -> Report {
    match read(value).kind {
        Kind::EndOfCallReport(report) => *report,
        other => panic!("{other:?}"),
    }
}

fn calls(message: &Value) -> Vec<ToolCall> {
    match read(&json!({ "message": message })).kind {
        Kind::ToolCalls(calls) => calls,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_captured_status_update() {
    let message = parse(STATUS.as_bytes()).unwrap();
    let known = Some(CallStatus::InProgress);
    let kind = Kind::StatusUpdate { status: "in-progress".into(), known, ended_reason: None };
    assert_eq!(message.kind, kind);
    assert_eq!(message.timestamp, Some(Millis(1_749_546_420_647)));
    assert_eq!(message.event_key, "00000006-0000-4000-8000-000000000006:status-update:in-progress");
    assert_eq!(message.call.kind.as_deref(), Some("webCall"));
    assert!(message.call.control_url.as_ref().unwrap().expose().ends_with("/control"));
    assert_eq!(message.call.attempt(), None);
    assert!(!format!("{message:?}").contains("/control"));
}

#[test]
fn a_captured_report() {
    let message = parse(REPORT.as_bytes()).unwrap();
    let Kind::EndOfCallReport(report) = &message.kind else { panic!("{message:?}") };
    assert_eq!(message.event_key, "00000006-0000-4000-8000-000000000006:end-of-call-report");
    assert_eq!(report.ended_reason, "customer-ended-call");
    assert_eq!(report.cost_micros_usd, Some(39_400));
    assert_eq!(report.duration_ms.map(|ms| ms / 1_000), Some(25));
    assert_eq!(report.user_messages().collect::<Vec<_>>(), ["Okay.", "Yes. It has been."]);
    assert_eq!(report.messages.len(), 5, "the system prompt is left out");
    assert_eq!(report.success_evaluation.as_deref(), Some("true"));
    assert!(report.recording.mono.as_ref().unwrap().ends_with("-mono.wav"));
    assert!(report.transcript.as_ref().unwrap().starts_with("AI: Hello?"));
    assert_eq!(report.structured_data, None);
    assert!(!format!("{message:?}").contains("Okay"));
}

#[test]
fn a_captured_call_object() {
    let wire: Obj<Wire> = serde_json::from_str(ENDED).unwrap();
    let call = VapiCall::from_wire(wire.get().unwrap()).unwrap();
    assert_eq!(call.call_status(), Some(CallStatus::Ended));
    assert_eq!(call.report.ended_reason, "voicemail");
    assert_eq!(call.report.cost_micros_usd, Some(69_000));
    assert_eq!(call.report.duration_ms, Some(50_831));
    assert_eq!(call.report.user_messages().count(), 2);
    assert_eq!(call.call.customer_name.as_deref(), Some("Test Lead"));
    assert!(!format!("{call:?}").contains("2025550100"));
}

#[test]
fn a_captured_tool_call_is_read_once() {
    let message = parse(TOOLS.as_bytes()).unwrap();
    let Kind::ToolCalls(calls) = &message.kind else { panic!("{message:?}") };
    let arguments = json!({"city": "Danville", "state": "California"}).as_object().unwrap().clone();
    let wanted =
        ToolCall { id: "call_51kj".into(), name: "getWeatherByCity_001".into(), arguments, readable: true };
    assert_eq!(calls, &[wanted]);
    assert_eq!(message.event_key, "00000016-0000-4000-8000-000000000016:tool-calls:call_51kj");
}

#[test]
fn every_form_of_a_tool_call() {
    let wanted = json!({"day": "Tue"}).as_object().unwrap().clone();
    let text = r#"{"day":"Tue"}"#;
    let schema = json!({"type": "object"});
    let forms = [
        json!({"toolCallList": [{"id": "1", "type": "function", "function": {"name": "book", "arguments": {"day": "Tue"}}}]}),
        json!({"toolCallList": [{"id": "1", "function": {"name": "book", "arguments": text}}]}),
        json!({"toolCallList": [{"id": "1", "name": "book", "arguments": {"day": "Tue"}}]}),
        json!({"toolCallList": [{"id": "1", "name": "book", "parameters": {"day": "Tue"}}]}),
        json!({"toolWithToolCallList": [{"name": "book", "toolCall": {"id": "1", "parameters": {"day": "Tue"}}}]}),
        json!({"toolWithToolCallList": [{"function": {"name": "book", "parameters": schema},
               "toolCall": {"id": "1", "function": {"name": "book", "parameters": {"day": "Tue"}}}}]}),
        json!({"toolWithToolCallList": [{"function": {"name": "book", "parameters": schema},
               "toolCall": {"id": "1", "function": {"arguments": text}}}]}),
        json!({"toolCalls": [{"id": "1", "function": {"name": "book", "arguments": text}}]}),
        json!({"toolCalls": [{"id": "1", "function": {"name": "book", "arguments": "{"}}],
               "toolWithToolCallList": [{"toolCall": {"id": "1", "name": "book", "arguments": {"day": "Tue"}}}]}),
    ];
    for mut form in forms {
        form["type"] = "tool-calls".into();
        let got = calls(&form);
        assert_eq!(got.len(), 1, "{form}");
        assert_eq!((got[0].id.as_str(), got[0].name.as_str()), ("1", "book"), "{form}");
        assert_eq!((&got[0].arguments, got[0].readable), (&wanted, true), "{form}");
    }
}

#[test]
fn unreadable_and_missing_arguments_differ() {
    let list = json!({"type": "tool-calls", "toolCallList": [
        {"id": "b", "name": "x", "arguments": "{\"half\":"},
        {"id": "a", "name": "x"}, {"id": "c", "name": "x", "arguments": ""},
        {"id": "d", "name": "x", "arguments": [1]}, {"name": "no id"}, "odd", null,
    ]});
    let got = calls(&list);
    let readable: Vec<_> = got.iter().map(|c| (c.id.as_str(), c.readable)).collect();
    assert_eq!(readable, [("b", false), ("a", true), ("c", true), ("d", false)]);
    let key = read(&json!({ "message": list })).event_key;
    assert_eq!(key, "-:tool-calls:a,b,c,d", "sorted, so that another order is the same event");
}

#[test]
fn the_legacy_function_call_keeps_its_id_over_deliveries() {
    let call = |day: &str, url: &str| {
        let artifact = json!({"presignedMonoUrl": url});
        read(&json!({"message": {"type": "function-call", "timestamp": 5, "artifact": artifact,
            "functionCall": {"name": "book", "parameters": {"day": day}}}}))
    };
    let (first, again, other) = (call("Tue", "a"), call("Tue", "b"), call("Wed", "a"));
    assert_eq!(first, again);
    assert_ne!(first.event_key, other.event_key);
    let (Kind::FunctionCall(a), Kind::FunctionCall(b)) = (first.kind, other.kind) else { panic!() };
    assert_eq!((a.name.as_str(), a.arguments["day"].as_str()), ("book", Some("Tue")));
    assert_ne!(a.id, b.id);
}

#[test]
fn the_attempt_is_found_in_every_place_that_carries_it() {
    let id = CallId(42).to_string();
    let calls = [
        json!({"id": "x", "customer": {"externalId": id}}),
        json!({"id": "x", "name": format!("fd-{id}")}),
        json!({"id": "x", "assistantOverrides": {"metadata": {"attempt_id": id}}}),
        json!({"id": "x", "assistantOverrides": {"variableValues": {"attempt_id": id}}}),
        json!({"id": "x", "metadata": {"attempt_id": id}}),
    ];
    for call in calls {
        let message = read(&json!({"message": {"type": "hang", "call": call}}));
        assert_eq!(message.call.attempt(), Some(CallId(42)), "{call}");
        assert!(message.call.is_attempt(CallId(42)) && !message.call.is_attempt(CallId(43)));
    }
    let outside = json!({"message": {"type": "hang", "call": {"id": "x"}, "customer": {"externalId": id, "number": "+1"}}});
    assert_eq!(read(&outside).call.attempt(), Some(CallId(42)));
}

#[test]
fn reports_of_other_years() {
    let base = |extra: Value| {
        let mut message = json!({"type": "end-of-call-report", "endedReason": "x", "call": {"id": "c"}});
        message.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        report(&json!({ "message": message }))
    };
    assert_eq!(base(json!({})).cost_micros_usd, None);
    assert_eq!(base(json!({"costs": [{"cost": 0.01}, {"cost": "0.02"}, {}]})).cost_micros_usd, Some(30_000));
    let breakdown = json!({"costBreakdown": {"total": 0.5, "llmPromptTokens": 900}});
    assert_eq!(base(breakdown).cost_micros_usd, Some(500_000));
    assert_eq!(base(json!({"costBreakdown": {"llmPromptTokens": 900}})).cost_micros_usd, None);
    assert_eq!(base(json!({"cost": -1})).cost_micros_usd, None);
    assert_eq!(base(json!({"durationMinutes": 1.5})).duration_ms, Some(90_000));
    assert_eq!(base(json!({"durationSeconds": "2.5"})).duration_ms, Some(2_500));
    let old =
        base(json!({"summary": "s", "recordingUrl": "r", "transcript": "AI: Hi\nUser: Yes\nplease\nUser: "}));
    assert_eq!(old.summary.as_deref(), Some("s"));
    assert_eq!(old.recording.mono.as_deref(), Some("r"));
    assert_eq!(old.user_messages().collect::<Vec<_>>(), ["Yes please"]);
    let openai = base(json!({"artifact": {"messagesOpenAIFormatted": [
        {"role": "system", "content": "p"}, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "No"}]}}));
    assert_eq!(openai.user_messages().collect::<Vec<_>>(), ["No"]);
    let silent = base(json!({"messages": [{"role": "user", "message": "  "}]}));
    assert!(!silent.has_user_message());
}

#[test]
fn structured_outputs_by_name() {
    let report = report(&json!({"message": {
        "type": "end-of-call-report", "call": {"id": "c"},
        "analysis": {"structuredData": {}, "successEvaluation": true},
        "artifact": {"structuredOutputs": {
            "u1": {"name": "outcome", "result": {"outcome": "booked"}},
            "u2": {"result": "x"}, "u3": {"name": "none", "result": null}, "u4": 5},
            "presignedMonoUrl": "https://s/signed", "presignedUrlsExpiresAt": "2026-01-01T00:00:00Z"},
    }}));
    assert_eq!(report.structured_data, None, "an empty object is a failed analysis");
    assert_eq!(report.structured_outputs.keys().collect::<Vec<_>>(), ["outcome", "u2"]);
    assert_eq!(report.success_evaluation.as_deref(), Some("true"));
    assert_eq!(report.recording.presigned_until, Some(Millis(1_767_225_600_000)));
    assert_eq!(report.recording.presigned_mono.unwrap().expose(), "https://s/signed");
}

#[test]
fn keys_survive_new_links_and_tell_events_apart() {
    let other = |url: &str, at: i64| {
        read(&json!({"message": {"type": "call.artifact.upload", "timestamp": at, "presignedUrl": url,
            "artifact": {"url": url}, "call": {"id": "c"}}}))
        .event_key
    };
    assert_eq!(other("a", 1), other("b", 1));
    assert_ne!(other("a", 1), other("a", 2));
    let said = |text: &str, kind: &str| {
        read(&json!({"message": {"type": kind, "role": "user", "transcriptType": "final", "transcript": text,
            "timestamp": 7, "call": {"id": "c"}}}))
    };
    let plain = said("yes", "transcript");
    assert_eq!(plain.event_key, said("yes", "transcript[transcriptType=\"final\"]").event_key);
    assert_ne!(plain.event_key, said("no", "transcript").event_key);
    assert_eq!(plain.kind, Kind::Transcript { role: "user".into(), text: "yes".into(), is_final: true });
    let long = read(&json!({"message": {"type": "hang", "timestamp": 7, "call": {"id": "c".repeat(9_000)}}}));
    assert!(long.event_key.len() < 300);
}

#[test]
fn odd_shapes_are_absent_not_fatal() {
    let odd = json!({"message": {
        "type": "status-update", "status": "ended", "endedReason": "customer-busy", "timestamp": "2024-07-26T22:20:46.422Z",
        "call": {"id": 12, "customer": "someone", "monitor": [1], "assistantOverrides": null, "name": {"x": 1}},
        "artifact": "none", "costs": {"a": 1}, "analysis": 3, "phoneNumber": false,
    }});
    let message = read(&odd);
    assert_eq!(message.call.id, "12");
    assert_eq!(message.timestamp, Millis::from_iso("2024-07-26T22:20:46.422Z"));
    let ended_reason = Some("customer-busy".to_owned());
    assert_eq!(
        message.kind,
        Kind::StatusUpdate { status: "ended".into(), known: Some(CallStatus::Ended), ended_reason }
    );
    for word in ["not-found", "deletion-failed", "paused"] {
        assert_eq!(call_status(word), None);
    }
}

#[test]
fn what_is_no_message_names_the_field() {
    let cases = [
        ("", "body"),
        ("[]", "body"),
        ("{\"message\":{\"type\":\"hang\"", "body"),
        ("{}", "message"),
        (r#"{"message":"x"}"#, "message"),
        (r#"{"message":{}}"#, "message.type"),
        (r#"{"message":{"type":"status-update","status":"ended"}}"#, "message.call.id"),
        (r#"{"message":{"type":"status-update","call":{"id":"c"}}}"#, "message.status"),
        (r#"{"message":{"type":"end-of-call-report"}}"#, "message.call.id"),
        (r#"{"message":{"type":"function-call"}}"#, "message.functionCall"),
    ];
    for (body, field) in cases {
        assert_eq!(parse(body.as_bytes()).unwrap_err().field, field, "{body}");
    }
    assert_eq!(parse(&vec![b' '; MAX_MESSAGE_BYTES + 1]).unwrap_err().field, "body");
    let secret = parse(br#"{"message":{"type":"hang","call":{"id":"s3cret" }"#).unwrap_err();
    assert!(!secret.to_string().contains("s3cret"));
}

#[test]
fn names_without_an_end_are_cut_and_ids_that_must_be_repeated_are_not() {
    let long = "é".repeat(50_000);
    let body = json!({"message": {"type": "tool-calls", "customer": {"name": long}, "call": {"id": long},
        "toolCallList": [{"id": long, "name": "book"}, {"id": "1", "name": long}]}});
    let message = read(&body);
    assert_eq!(message.call.id.len(), 300);
    assert_eq!(message.call.customer_name.as_ref().map(String::len), Some(300));
    let Kind::ToolCalls(calls) = message.kind else { panic!("{:?}", message.kind) };
    let kept: Vec<_> = calls.iter().map(|c| (c.id.as_str(), c.name.len())).collect();
    assert_eq!(kept, [("1", 300)], "the other could not be answered");
}

#[test]
fn a_nul_said_in_json_is_left_out() {
    let said = json!({"message": {"type": "transcript", "call": {"id": "c\u{0}1"}, "role": "user",
        "transcriptType": "final", "transcript": "a\u{0}b"}});
    let message = read(&said);
    assert_eq!(message.call.id, "c1");
    let text = Kind::Transcript { role: "user".into(), text: "ab".into(), is_final: true };
    assert_eq!(message.kind, text);
}

#[test]
fn deep_nesting_is_refused_or_skipped_without_harm() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for field in ["ignored", "analysis", "metadata", "toolCallList", "call"] {
            let body = format!(r#"{{"message":{{"type":"hang","{field}":{deep}}}}}"#);
            let _ = parse(body.as_bytes());
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn mutated_captures_never_panic(
        which in 0usize..3,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        keep in any::<prop::sample::Index>(),
        truncate in any::<bool>(),
    ) {
        let mut bytes = [STATUS, REPORT, TOOLS][which].as_bytes().to_vec();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if truncate {
            bytes.truncate(keep.index(bytes.len()));
        }
        let _ = parse(&bytes);
    }

    #[test]
    fn any_value_in_any_field_never_panics(
        which in 0usize..3,
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0usize..9), 1..6),
    ) {
        let mut body: Value = serde_json::from_str([STATUS, REPORT, TOOLS][which]).unwrap();
        let odd = [json!(null), json!(true), json!(-1), json!(1e300), json!(""), json!("x"), json!([]), json!([[1], "a", {}]), json!({"id": {}})];
        let message = body["message"].as_object_mut().unwrap();
        let names: Vec<String> = message.keys().filter(|k| *k != "type").cloned().collect();
        for (name, value) in picks {
            message.insert(names[name.index(names.len())].clone(), odd[value].clone());
        }
        if let Ok(parsed) = parse(body.to_string().as_bytes()) {
            prop_assert!(!parsed.event_key.is_empty() && parsed.event_key.len() < 400);
        }
    }
}
