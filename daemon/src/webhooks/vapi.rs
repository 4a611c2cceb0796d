//! Vapi's webhooks in our words, and our answers in Vapi's.
//!
//! Must not live here: what a message changes (`frontdesk_domain::delivery`), and what is kept.

use frontdesk_domain::delivery::{About, Message, Reply, What};
use frontdesk_domain::progress::{CallUpdate, Report};
use frontdesk_domain::tools::{Answer, Question};
use frontdesk_providers::vapi::{self, AssistantAnswer, Kind, ParseError, ServerMessage, ToolReply};
use frontdesk_shared::call::{CallStatus, Direction};

/// How a message wants its answer written.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Plain,
    /// Ids and names of the questions, in order.
    Tools(Vec<(String, String)>),
    Function,
    Assistant,
}

/// Reads verified bytes.
pub(super) fn read(body: &[u8], agent: &str) -> Result<(Message, Form), ParseError> {
    let parsed = vapi::parse(body)?;
    let form = match &parsed.kind {
        Kind::ToolCalls(calls) => Form::Tools(calls.iter().map(|c| (c.id.clone(), c.name.clone())).collect()),
        Kind::FunctionCall(_) => Form::Function,
        Kind::AssistantRequest => Form::Assistant,
        _ => Form::Plain,
    };
    let about = &parsed.call;
    let message = Message {
        provider: frontdesk_domain::placement::VAPI,
        event_key: parsed.event_key.clone(),
        kind: parsed.kind.word().to_owned(),
        call: About {
            id: about.id.clone(),
            attempt: about.attempt(),
            direction: match about.kind.as_deref() {
                Some("outboundPhoneCall") => Some(Direction::Outbound),
                Some("inboundPhoneCall") => Some(Direction::Inbound),
                _ => None,
            },
            number: about.customer_number.clone(),
            name: about.customer_name.clone(),
            phone_number_id: about.phone_number_id.clone(),
            assistant_id: about.assistant_id.clone(),
        },
        agent: agent.to_owned(),
        what: what(&parsed),
    };
    Ok((message, form))
}

fn what(message: &ServerMessage) -> What {
    match &message.kind {
        Kind::ToolCalls(calls) => What::Questions(calls.iter().map(question).collect()),
        Kind::FunctionCall(call) => What::Questions(vec![question(call)]),
        Kind::AssistantRequest => What::WhichAssistant,
        other => What::Update(Box::new(update(other, message))),
    }
}

fn question(call: &vapi::ToolCall) -> Question {
    Question {
        id: call.id.clone(),
        name: call.name.clone(),
        arguments: call.readable.then(|| call.arguments.clone()),
    }
}

fn update(kind: &Kind, message: &ServerMessage) -> CallUpdate {
    let base = CallUpdate {
        provider_call_id: Some(message.call.id.clone()).filter(|id| !id.is_empty()),
        control_url: message.call.control_url.as_ref().map(|u| u.expose().to_owned()),
        ..CallUpdate::default()
    };
    match kind {
        Kind::StatusUpdate { known, ended_reason, .. } => {
            CallUpdate { status: *known, ended_reason: ended_reason.clone(), ..base }
        }
        Kind::EndOfCallReport(report) => of_report(report, base),
        Kind::Transcript { role, text, is_final: true } => {
            let line = Some(format!("{role}: {text}"));
            CallUpdate { line, status: Some(CallStatus::InProgress), ..base }
        }
        _ => CallUpdate::default(),
    }
}

/// What a report tells, whether it came by webhook or was asked for.
pub fn of_report(report: &vapi::Report, base: CallUpdate) -> CallUpdate {
    CallUpdate {
        status: Some(CallStatus::Ended),
        ended_reason: Some(report.ended_reason.clone()),
        started_at: report.started_at,
        ended_at: report.ended_at,
        cost_micros: report.cost_micros_usd,
        report: Some(Report {
            ended_message: report.ended_message.clone().unwrap_or_default(),
            transcript: report.transcript.clone().unwrap_or_default(),
            summary: report.summary.clone().unwrap_or_default(),
            user_messages: report.user_messages().map(str::to_owned).collect(),
            structured: structured(report),
        }),
        ..base
    }
}

/// Structured results by name, the plain ones and the newer outputs together.
fn structured(report: &vapi::Report) -> serde_json::Value {
    let mut all = match &report.structured_data {
        Some(serde_json::Value::Object(data)) => data.clone(),
        _ => serde_json::Map::new(),
    };
    for (name, value) in &report.structured_outputs {
        all.insert(name.clone(), value.clone());
    }
    serde_json::Value::Object(all)
}

/// Writes an answer the way the message wants it.
pub(super) fn write(form: &Form, reply: &Reply) -> String {
    match (form, reply) {
        (Form::Tools(asked), Reply::Answers(answers)) => {
            let replies: Vec<ToolReply> = asked
                .iter()
                .zip(answers)
                .map(|((id, name), answer)| ToolReply {
                    id: id.clone(),
                    name: name.clone(),
                    outcome: outcome(answer),
                })
                .collect();
            vapi::tool_results(&replies)
        }
        (Form::Function, Reply::Answers(answers)) => {
            vapi::function_result(&answers.first().map_or_else(|| Err("not answered".to_owned()), outcome))
        }
        (Form::Assistant, Reply::Assistant(id)) => vapi::assistant_answer(&match id.as_str() {
            "" => AssistantAnswer::Say("Nobody can take this call at the moment.".to_owned()),
            id => AssistantAnswer::Assistant { id: id.to_owned(), variables: serde_json::Map::new() },
        }),
        _ => super::NOTHING.to_owned(),
    }
}

fn outcome(answer: &Answer) -> Result<String, String> {
    if answer.is_error { Err(answer.text.clone()) } else { Ok(answer.text.clone()) }
}

/// The answer to a message that needs one, when the records cannot be reached; `None` for those
/// that can be applied later. Whether the asked thing was done may be unknown, so nothing is
/// said about that.
pub(super) fn out_of_reach(form: &Form) -> Option<String> {
    const SORRY: &str = "the office's records cannot be reached at the moment, so nothing can be looked up or \
                         confirmed: say so, and that somebody will call back about it";
    let failed = Answer { text: SORRY.to_owned(), is_error: true };
    match form {
        Form::Plain => None,
        Form::Assistant => {
            let sorry =
                "We are sorry, our office cannot take your call at the moment. Please call again later.";
            Some(vapi::assistant_answer(&AssistantAnswer::Say(sorry.to_owned())))
        }
        Form::Tools(asked) => Some(write(form, &Reply::Answers(vec![failed; asked.len()]))),
        Form::Function => Some(write(form, &Reply::Answers(vec![failed]))),
    }
}
