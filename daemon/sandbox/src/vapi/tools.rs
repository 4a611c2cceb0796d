//! Tool calls on the wire: the forms in which the vendor asks, and reading the answers.
//!
//! Pure. What a tool's answer means for the conversation is decided in `agent`.

use serde_json::{Value, json};

/// A tool the assistant wants to use.
#[derive(Clone, Debug)]
pub(super) struct ToolCall {
    pub id: String,
    pub name: &'static str,
    pub arguments: Value,
}

/// How many forms of request there are.
pub(super) const FORMS: u64 = 6;

/// What a tool said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Result(String),
    Error(String),
}

impl Answer {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Result(text) | Self::Error(text) => text,
        }
    }
}

/// The fields of a `tool-calls` message in one of its forms. Every one has been seen or is
/// documented; a receiver has to read them all.
pub(super) fn request(call: &ToolCall, form: u64) -> Value {
    let (id, name, object) = (&call.id, call.name, &call.arguments);
    let text = object.to_string();
    let tool = json!({"name": name, "parameters": {"type": "object", "properties": {}}});
    let with = |inner: Value| json!([{"type": "function", "function": tool, "async": false, "messages": [], "toolCall": inner}]);
    let openai = |arguments: Value| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let mut message = match form % FORMS {
        // A capture of 2024: three lists, arguments as an object.
        0 => {
            let call = openai(object.clone());
            json!({"toolCalls": [call], "toolCallList": [call], "toolWithToolCallList": with(call)})
        }
        1 => {
            let call = openai(text.into());
            json!({"toolCallList": [call], "toolWithToolCallList": with(call)})
        }
        2 => json!({
            "toolCallList": [{"id": id, "name": name, "arguments": object}],
            "toolWithToolCallList": with(json!({"id": id, "type": "function",
                "function": {"name": name, "parameters": object}})),
        }),
        3 => json!({
            "toolCallList": [{"id": id, "name": name, "parameters": object}],
            "toolWithToolCallList": [{"name": name, "toolCall": {"id": id, "parameters": object}}],
        }),
        4 => json!({"toolWithToolCallList": with(openai(text.into()))}),
        _ => json!({"toolCalls": [openai(text.into())]}),
    };
    message["type"] = "tool-calls".into();
    message
}

/// Reads an answer and lists everything that breaks the contract. Without an answer the
/// assistant says that the tool failed.
pub(super) fn read_answer(call: &ToolCall, status: u16, body: &[u8]) -> (Option<Answer>, Vec<String>) {
    let mut problems = Vec::new();
    let name = call.name;
    if status != 200 {
        problems.push(format!("{name}: a tool call must be answered with 200, not {status}"));
        return (None, problems);
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        problems.push(format!("{name}: the answer is not JSON"));
        return (None, problems);
    };
    let Some(results) = body["results"].as_array() else {
        problems.push(format!("{name}: the answer has no results array"));
        return (None, problems);
    };
    let mine = results.iter().find(|r| r["toolCallId"].as_str() == Some(&call.id));
    if results.len() > usize::from(mine.is_some()) {
        problems.push(format!("{name}: an answer to a tool call that was not asked"));
    }
    let Some(mine) = mine else {
        problems.push(format!("{name}: no result carries the tool call's id"));
        return (None, problems);
    };
    if mine["name"].as_str() != Some(name) {
        problems.push(format!("{name}: the result does not carry the tool's name"));
    }
    let answer = match (mine["result"].as_str(), mine["error"].as_str()) {
        (Some(text), None) => Answer::Result(text.to_owned()),
        (None, Some(text)) => Answer::Error(text.to_owned()),
        (Some(_), Some(_)) => {
            problems.push(format!("{name}: both a result and an error"));
            return (None, problems);
        }
        (None, None) => {
            problems.push(format!("{name}: neither result nor error is a string"));
            return (None, problems);
        }
    };
    if answer.text().contains(['\n', '\r']) {
        problems.push(format!("{name}: the answer has a line break"));
        return (None, problems);
    }
    (Some(answer), problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> ToolCall {
        ToolCall { id: "call_1".into(), name: "book_appointment", arguments: json!({"start": "x"}) }
    }

    #[test]
    fn every_form_names_the_tool_and_carries_the_id() {
        for form in 0..FORMS {
            let message = request(&call(), form);
            assert_eq!(message["type"], "tool-calls");
            let text = message.to_string();
            assert!(text.contains("call_1") && text.contains("book_appointment"), "{form}: {text}");
        }
    }

    #[test]
    fn a_good_answer_is_read_and_bad_ones_are_named() {
        let read = |status, body: Value| read_answer(&call(), status, body.to_string().as_bytes());
        let result = |more: Value| {
            let mut r = json!({"toolCallId": "call_1", "name": "book_appointment"});
            for (k, v) in more.as_object().unwrap() {
                r[k] = v.clone();
            }
            json!({"results": [r]})
        };
        assert_eq!(
            read(200, result(json!({"result": "done"}))),
            (Some(Answer::Result("done".into())), vec![])
        );
        assert_eq!(
            read(200, result(json!({"error": "taken"}))),
            (Some(Answer::Error("taken".into())), vec![])
        );
        for (status, body, word) in [
            (201, result(json!({"result": "done"})), "200"),
            (200, result(json!({"result": "two\nlines"})), "line break"),
            (200, result(json!({"result": {"an": "object"}})), "string"),
            (200, result(json!({})), "string"),
            (200, json!({"results": []}), "id"),
            (200, json!({"results": [{"toolCallId": "other", "result": "x"}]}), "not asked"),
            (200, json!({}), "results array"),
        ] {
            let (answer, problems) = read(status, body);
            assert!(answer.is_none());
            assert!(problems.iter().any(|p| p.contains(word)), "{problems:?} has no “{word}”");
        }
        let (answer, problems) = read(200, json!({"results": [{"toolCallId": "call_1", "result": "x"}]}));
        assert!(answer.is_some() && problems.len() == 1);
        assert!(read_answer(&call(), 200, b"<html>").1[0].contains("JSON"));
    }
}
