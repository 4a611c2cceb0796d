//! Server messages as Vapi sends them, for calls a test makes up.

use serde_json::{Value, json};

/// A call that came in from a number.
pub fn inbound(id: &str, number: &str) -> Value {
    json!({ "id": id, "type": "inboundPhoneCall", "status": "ringing", "customer": { "number": number } })
}

fn message(call: &Value, at_ms: i64, mut rest: Value) -> String {
    rest["timestamp"] = at_ms.into();
    rest["call"] = call.clone();
    json!({ "message": rest }).to_string()
}

/// The call has come so far.
pub fn status(call: &Value, at_ms: i64, status: &str) -> String {
    message(call, at_ms, json!({ "type": "status-update", "status": status }))
}

/// The assistant uses a tool.
pub fn tool(call: &Value, at_ms: i64, id: &str, name: &str, arguments: Value) -> String {
    let question =
        json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } });
    message(call, at_ms, json!({ "type": "tool-calls", "toolCallList": [question] }))
}

/// The call is over, and this is what was said.
pub fn report(call: &Value, at_ms: i64, reason: &str, said: &[&str]) -> String {
    let messages: Vec<Value> = said.iter().map(|s| json!({ "role": "user", "message": s })).collect();
    let rest = json!({
        "type": "end-of-call-report", "endedReason": reason, "cost": 0.125,
        "artifact": { "messages": messages, "transcript": said.join("\n") },
        "analysis": { "summary": "A call." },
    });
    message(call, at_ms, rest)
}

/// The text of the only answer to a tool call, as JSON where it is some.
///
/// # Panics
/// When there is no answer.
pub fn result(answer: &(u16, Value)) -> Value {
    let results = answer.1["results"].as_array().unwrap_or_else(|| panic!("no results: {answer:?}"));
    assert_eq!((answer.0, results.len()), (200, 1), "{answer:?}");
    let text = results[0]["result"].as_str().or(results[0]["error"].as_str()).expect("a line of text");
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}
