//! What a model passes to a tool during a call, as JSON or as a text that should hold some.

use super::house::{CALL, CALL_ID, undone};
use super::{first_line, sentence};
use frontdesk_daemon::flows::tools::{self, Question};
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
    undone(move |tx, ctx| {
        let mut client = clients::by_id(tx, ClientId(1_000_000)).expect("the store").expect("the client");
        if jiff::tz::TimeZone::get(&zone).is_ok() {
            client.timezone.clone_from(&zone);
            // Rules are remembered by client and change; another zone is a change.
            client.updated_at =
                client.updated_at + 1 + zone.bytes().fold(0, |n, b| n * 31 % 1_000_003 + i64::from(b));
        }
        let mut call = calls::need(tx, CALL_ID).expect("the call");
        let question = Question { id: &asked.id, name: &asked.name, arguments: &asked.arguments };
        let first =
            tools::answer(tx, ctx, &client, &mut call, &question).expect("every question has an answer");
        let said = vapi::one_line(&first.text);
        assert!(!said.is_empty() && said.chars().count() <= 4_000, "{said:?}");
        let again = tools::answer(tx, ctx, &client, &mut call, &question).expect("the same question again");
        assert_eq!(first, again, "the same question hears another answer");

        // What is said is so, and nothing else is.
        let told: Value = serde_json::from_str(&first.text).unwrap_or_default();
        let says = |word: &str| told[word] == Value::Bool(true);
        let booked = appointments::of_call(tx, call.id).expect("the store");
        assert_eq!(booked.is_some(), says("booked"), "{}", first.text);
        if let Some((_, at)) = booked {
            let ahead = at.since(ctx.now());
            assert!((0..=400 * frontdesk_shared::time::DAY).contains(&ahead), "booked {ahead} ms ahead");
        }
        let promised = calls::promised_callback(tx, call.id).expect("the store");
        assert_eq!(promised.is_some(), says("callback"), "{}", first.text);
        if let Some(at) = promised {
            assert!((1..=LONGEST_CALLBACK).contains(&at.since(ctx.now())), "{}", at.iso());
        }
        let out = !leads::suppressions(tx, client.id, &call.phone).expect("the store").is_empty();
        assert_eq!(out, says("opted_out"), "{}", first.text);
        if first.is_error {
            sentence(&said);
        }
    });
}
