//! The bodies we answer webhooks with.
//!
//! Must not live here: what the answers say. A tool's answer must be one line and must name the
//! id it answers, or the assistant tells the caller that the tool failed.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// Longest answer of a tool, in characters. The assistant reads it while a person waits.
const MAX_RESULT: usize = 4_000;

/// What one tool call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolReply {
    /// The id of the call.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// What the assistant shall know; an error also tells it that nothing was done.
    pub outcome: Result<String, String>,
}

#[derive(Serialize)]
struct Results<'a> {
    results: Vec<ResultItem<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultItem<'a> {
    tool_call_id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The answer to `tool-calls`; always sent with status 200.
pub fn tool_results(replies: &[ToolReply]) -> String {
    let results = replies.iter().map(item).collect();
    // A struct of strings always serialises; an empty object is Vapi's "nothing to say".
    serde_json::to_string(&Results { results }).unwrap_or_else(|_| empty())
}

fn item(reply: &ToolReply) -> ResultItem<'_> {
    let (result, error) = match &reply.outcome {
        Ok(text) => (Some(one_line(text)), None),
        Err(text) => (None, Some(one_line(text))),
    };
    ResultItem { tool_call_id: &reply.id, name: &reply.name, result, error }
}

/// The answer to the legacy `function-call`.
pub fn function_result(outcome: &Result<String, String>) -> String {
    let text = match outcome {
        Ok(text) | Err(text) => one_line(text),
    };
    json!({ "result": text }).to_string()
}

/// The answer to everything that needs none.
pub fn empty() -> String {
    "{}".to_owned()
}

/// How an inbound call shall be answered.
#[derive(Debug, Clone, PartialEq)]
pub enum AssistantAnswer {
    /// By an assistant stored at Vapi, told these variables.
    Assistant {
        /// Its id.
        id: String,
        /// What it may say: names, times, the business.
        variables: Map<String, Value>,
    },
    /// By a person at this number, without an assistant.
    Forward {
        /// E.164.
        number: String,
    },
    /// By this sentence, then the end of the call.
    Say(String),
}

/// The answer to `assistant-request`.
pub fn assistant_answer(answer: &AssistantAnswer) -> String {
    match answer {
        AssistantAnswer::Assistant { id, variables } if variables.is_empty() => json!({ "assistantId": id }),
        AssistantAnswer::Assistant { id, variables } => {
            json!({ "assistantId": id, "assistantOverrides": { "variableValues": variables } })
        }
        AssistantAnswer::Forward { number } => {
            json!({ "destination": { "type": "number", "number": number } })
        }
        AssistantAnswer::Say(sentence) => json!({ "error": one_line(sentence) }),
    }
    .to_string()
}

/// The text with every run of white space and control characters as one space, bounded.
pub fn one_line(text: &str) -> String {
    let is_gap = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let mut out = String::with_capacity(text.len().min(MAX_RESULT));
    for word in text.split(is_gap).filter(|w| !w.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    match out.char_indices().nth(MAX_RESULT) {
        Some((end, _)) => out[..end].to_owned(),
        None => out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_answer_is_one_line_with_its_id() {
        let replies = [
            ToolReply {
                id: "a".into(),
                name: "book".into(),
                outcome: Ok("Booked\r\n for\u{2028}Tuesday\t9 ".into()),
            },
            ToolReply { id: "b".into(), name: "slots".into(), outcome: Err("no\nslot".into()) },
        ];
        assert_eq!(
            tool_results(&replies),
            r#"{"results":[{"toolCallId":"a","name":"book","result":"Booked for Tuesday 9"},{"toolCallId":"b","name":"slots","error":"no slot"}]}"#
        );
        assert_eq!(function_result(&Ok("a\nb".into())), r#"{"result":"a b"}"#);
        assert_eq!(one_line(&"x".repeat(9_000)).len(), MAX_RESULT);
    }

    #[test]
    fn answers_to_an_inbound_call() {
        let plain = AssistantAnswer::Assistant { id: "a1".into(), variables: Map::new() };
        assert_eq!(assistant_answer(&plain), r#"{"assistantId":"a1"}"#);
        let mut variables = Map::new();
        variables.insert("first_name".into(), "Ada".into());
        let told = AssistantAnswer::Assistant { id: "a1".into(), variables };
        assert_eq!(
            assistant_answer(&told),
            r#"{"assistantId":"a1","assistantOverrides":{"variableValues":{"first_name":"Ada"}}}"#
        );
        let forward = AssistantAnswer::Forward { number: "+442079460000".into() };
        assert_eq!(
            assistant_answer(&forward),
            r#"{"destination":{"number":"+442079460000","type":"number"}}"#
        );
        assert_eq!(
            assistant_answer(&AssistantAnswer::Say("Closed.\nBye".into())),
            r#"{"error":"Closed. Bye"}"#
        );
    }
}
