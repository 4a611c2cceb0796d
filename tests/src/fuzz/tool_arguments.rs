//! What a model passes to a tool during a call, as JSON or as a text that should hold some.

use super::house::{CALL, CALL_ID, undone};
use super::{first_line, sentence};
use frontdesk_daemon::flows::webhooks::{self, Defaults};
use frontdesk_daemon::webhooks::{Delivery, Provider};
use frontdesk_domain::booking::LONGEST_CALLBACK;
use frontdesk_providers::vapi::{self, Kind, ToolCall};
use frontdesk_shared::ClientId;
use frontdesk_store::{appointments, calls, clients, leads};
use serde_json::{Value, json};

/// The first line is the tool's name and, behind a `;`, the office's time zone; the rest are the
/// arguments.
pub fn tool_arguments(data: &[u8]) {
    let (options, text) = first_line(data);
    let (tool, zone) = options.split_once(';').unwrap_or((options, "Europe/London"));
    let text = String::from_utf8_lossy(text);
    let quoted = Value::String(text.clone().into_owned()).to_string();
    let asked = asked(tool, &quoted).expect("a message with a call");
    let value = serde_json::from_str::<Value>(&text);
    // Written into the message the same object stands a little deeper, which may be too deep.
    if let Ok(Value::Object(_)) = &value
        && let Some(inside) = self::asked(tool, &text)
    {
        assert_eq!(inside.arguments, asked.arguments, "an object and its text differ");
    }
    let empty = text.trim().is_empty() || matches!(value, Ok(Value::Null));
    assert_eq!(asked.readable, empty || matches!(value, Ok(Value::Object(_))), "{text:?}");
    if asked.readable {
        answered(asked, zone.to_owned());
    }
}

/// The call of a message with these arguments, which are JSON.
fn asked(tool: &str, arguments: &str) -> Option<ToolCall> {
    let frame = json!({ "message": { "type": "tool-calls", "call": { "id": CALL }, "toolCallList": [
        { "id": "q1", "function": { "name": tool, "arguments": "ARGUMENTS" } },
    ] } });
    // Spliced as text, so that no number is written anew on the way.
    let (before, after) =
        frame.to_string().split_once("\"ARGUMENTS\"").map(|(b, a)| (b.to_owned(), a.to_owned()))?;
    let message = vapi::parse(format!("{before}{arguments}{after}").as_bytes()).ok()?;
    let Kind::ToolCalls(mut calls) = message.kind else { panic!("tool calls are asked") };
    assert_eq!(calls.len(), 1);
    Some(calls.remove(0))
}

fn answered(asked: ToolCall, zone: String) {
    let body = json!({ "message": { "type": "tool-calls", "call": { "id": CALL }, "toolCallList": [
        { "id": asked.id, "function": { "name": asked.name, "arguments": asked.arguments } },
    ] } });
    // What is asked a second time is another event about the same question.
    let mut again = body.clone();
    again["message"]["timestamp"] = json!(1_800_000_000_000_i64);
    undone(move |tx, ctx| {
        let mut client = clients::by_id(tx, ClientId(1_000_000)).expect("the store").expect("the client");
        if jiff::tz::TimeZone::get(&zone).is_ok() {
            client.timezone.clone_from(&zone);
            // Rules are remembered by client and change; another zone is a change.
            client.updated_at =
                client.updated_at + 1 + zone.bytes().fold(0, |n, b| n * 31 % 1_000_003 + i64::from(b));
            clients::update(tx, &client).expect("the store");
        }
        let mut ask = |body: &Value| -> Value {
            let bytes = body.to_string().into_bytes().into();
            let delivery = Delivery::read(Provider::Vapi, bytes, "").expect("a message");
            let reply = webhooks::accept(tx, ctx, &Defaults::default(), &delivery).expect("an answer");
            serde_json::from_str::<Value>(&reply).expect("JSON")["results"][0].clone()
        };
        let first = ask(&body);
        assert_eq!(first, ask(&again), "the same question hears another answer");
        let (is_error, said) = match (first["result"].as_str(), first["error"].as_str()) {
            (Some(result), None) => (false, result.to_owned()),
            (None, Some(error)) => (true, error.to_owned()),
            _ => panic!("{first}"),
        };
        assert!(!said.is_empty() && said.chars().count() <= 4_000, "{said:?}");

        // What is said is so, and nothing else is.
        let told: Value = serde_json::from_str(&said).unwrap_or_default();
        let says = |word: &str| told[word] == Value::Bool(true);
        let call = calls::need(tx, CALL_ID).expect("the call");
        let booked = appointments::of_calls(tx, &[call.id]).expect("the store").pop();
        assert_eq!(booked.is_some(), says("booked"), "{said}");
        if let Some(booked) = booked {
            let ahead = booked.starts_at.since(ctx.now());
            assert!((0..=400 * frontdesk_shared::time::DAY).contains(&ahead), "booked {ahead} ms ahead");
        }
        assert_eq!(call.callback_at.is_some(), says("callback"), "{said}");
        if let Some(at) = call.callback_at {
            assert!((1..=LONGEST_CALLBACK).contains(&at.since(ctx.now())), "{}", at.iso());
        }
        let out = !leads::suppressions(tx, client.id, &call.phone).expect("the store").is_empty();
        assert_eq!(out, says("opted_out"), "{said}");
        if is_error {
            sentence(&said);
        }
    });
}
