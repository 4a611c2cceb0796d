//! A webhook of Vapi ("server message"), parsed: what it is, about which call, and the key by
//! which a repeated delivery of it is known.
//!
//! Must not live here: verification (`verify`, done before), answers (`reply`), decisions.

use super::call::{CallRef, call_status, short};
use super::loose::Obj;
use super::report::{Report, cut};
use super::tools::{ToolCall, function_call, id_list, tool_calls};
use super::wire::{Envelope, Wire};
use frontdesk_shared::Millis;
use frontdesk_shared::call::CallStatus;
use serde_json::Value;
use std::fmt;

/// Longest body parsed. The largest real ones are a few hundred kilobytes.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;
/// Longest part of an event key before it is replaced by its hash.
const MAX_KEY_PART: usize = 120;

/// What a message is about.
#[derive(Clone, PartialEq)]
pub enum Kind {
    /// A call has come further.
    StatusUpdate {
        /// Vapi's word.
        status: String,
        /// What it says, where it says anything we know.
        known: Option<CallStatus>,
        /// Why it ended, when it did; raw.
        ended_reason: Option<String>,
    },
    /// A call is over and analysed.
    EndOfCallReport(Box<Report>),
    /// The assistant asks for our tools. Needs an answer for every id.
    ToolCalls(Vec<ToolCall>),
    /// The same in its oldest form, answered in its own form; the id is made up here.
    FunctionCall(ToolCall),
    /// An inbound call asks which assistant shall answer. Needs an answer within 7.5 s.
    AssistantRequest,
    /// Something was said.
    Transcript {
        /// `user` or `assistant`.
        role: String,
        /// The words.
        text: String,
        /// Whether the transcriber will not change them any more.
        is_final: bool,
    },
    /// The assistant is slow to answer. Not the end of a call.
    Hang,
    /// The call is being handed over.
    TransferUpdate,
    /// Anything else: stored, answered with an empty object.
    Other(String),
}

impl Kind {
    /// The word for lists and logs; holds nothing from the conversation.
    pub fn word(&self) -> &str {
        match self {
            Self::StatusUpdate { .. } => "status-update",
            Self::EndOfCallReport(_) => "end-of-call-report",
            Self::ToolCalls(_) => "tool-calls",
            Self::FunctionCall(_) => "function-call",
            Self::AssistantRequest => "assistant-request",
            Self::Transcript { .. } => "transcript",
            Self::Hang => "hang",
            Self::TransferUpdate => "transfer-update",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StatusUpdate { status, ended_reason, .. } => {
                write!(f, "StatusUpdate({status:?}, {ended_reason:?})")
            }
            Self::EndOfCallReport(report) => write!(f, "EndOfCallReport({report:?})"),
            Self::ToolCalls(calls) => write!(f, "ToolCalls({calls:?})"),
            Self::FunctionCall(call) => write!(f, "FunctionCall({call:?})"),
            other => f.write_str(other.word()),
        }
    }
}

/// One webhook, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerMessage {
    /// What it is.
    pub kind: Kind,
    /// About which call.
    pub call: CallRef,
    /// When Vapi says it happened.
    pub timestamp: Option<Millis>,
    /// The same for every delivery of the same event, different for different events.
    pub event_key: String,
}

/// Why a body is no message. Holds nothing from the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct ParseError {
    /// The field that is wrong, as a path.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

fn wrong(field: &'static str, reason: impl Into<String>) -> ParseError {
    ParseError { field, reason: reason.into() }
}

/// Parses a verified body.
pub fn parse(raw: &[u8]) -> Result<ServerMessage, ParseError> {
    if raw.len() > MAX_MESSAGE_BYTES {
        return Err(wrong("body", format!("longer than {MAX_MESSAGE_BYTES} bytes")));
    }
    let envelope = serde_json::from_slice::<Obj<Envelope>>(raw).map_err(|e| {
        // The parser's own words may quote the body.
        wrong("body", format!("not JSON at line {} column {}", e.line(), e.column()))
    })?;
    let envelope = envelope.get().ok_or_else(|| wrong("body", "an object is wanted"))?;
    let message = envelope.message.get().ok_or_else(|| wrong("message", "an object is wanted"))?;
    let word = message.kind.text().ok_or_else(|| wrong("message.type", "missing"))?;

    let call = CallRef::from_message(message);
    let timestamp = message.timestamp.instant();
    let kind = kind(&word, message, &call, raw)?;
    let event_key = event_key(&kind, &word, &call, timestamp, raw);
    Ok(ServerMessage { kind, call, timestamp, event_key })
}

fn kind(word: &str, message: &Wire, call: &CallRef, raw: &[u8]) -> Result<Kind, ParseError> {
    // Both of these change a call, so they must name one.
    let named = || match call.id.as_str() {
        "" => Err(wrong("message.call.id", "missing")),
        _ => Ok(()),
    };
    Ok(match word {
        "status-update" => {
            named()?;
            let status = message.status.text().ok_or_else(|| wrong("message.status", "missing"))?;
            Kind::StatusUpdate {
                known: call_status(&status),
                status: cut(status, MAX_KEY_PART),
                ended_reason: message.ended_reason.text().map(|t| cut(t, 200)),
            }
        }
        "end-of-call-report" => {
            named()?;
            Kind::EndOfCallReport(Box::new(Report::from_wire(message)))
        }
        "tool-calls" => Kind::ToolCalls(tool_calls(message)),
        "function-call" => match message.function_call.get() {
            // Repeating the delivery must give the same id, and another request another one.
            Some(function) => Kind::FunctionCall(function_call(function, stable_hash(raw))),
            None => return Err(wrong("message.functionCall", "missing")),
        },
        "assistant-request" => Kind::AssistantRequest,
        "hang" => Kind::Hang,
        "transfer-update" => Kind::TransferUpdate,
        _ if word == "transcript" || word.starts_with("transcript[") => Kind::Transcript {
            role: short(&message.role).unwrap_or_default(),
            text: message.transcript.text().map(|t| cut(t, 4_000)).unwrap_or_default(),
            is_final: message.transcript_type.text().is_some_and(|t| t == "final") || word.contains("final"),
        },
        other => Kind::Other(cut(other.to_owned(), 60)),
    })
}

/// Vapi sends no event id. A key is built from what identifies the event; a hash of the body
/// would not do, because links inside are signed anew for each delivery.
fn event_key(kind: &Kind, word: &str, call: &CallRef, at: Option<Millis>, raw: &[u8]) -> String {
    let at = at.map_or_else(|| "-".to_owned(), |t| t.0.to_string());
    let detail = match kind {
        Kind::StatusUpdate { status, .. } => status.clone(),
        Kind::EndOfCallReport(_) => String::new(),
        Kind::ToolCalls(calls) if !calls.is_empty() => id_list(calls),
        // One call asks once which assistant shall answer.
        Kind::AssistantRequest if !call.id.is_empty() => String::new(),
        Kind::Hang | Kind::TransferUpdate if at != "-" => at,
        Kind::Transcript { role, text, is_final } => {
            let state = if *is_final { "final" } else { "partial" };
            format!("{role}:{state}:{at}:{}", hash(text.as_bytes()))
        }
        _ => stable_hash(raw),
    };
    let part = |text: &str| {
        if text.len() <= MAX_KEY_PART { text.to_owned() } else { hash(text.as_bytes()) }
    };
    let call = if call.id.is_empty() { "-".to_owned() } else { part(&call.id) };
    let word = if word.starts_with("transcript") { "transcript" } else { word };
    format!("{call}:{}:{}", part(word), part(&detail)).trim_end_matches(':').to_owned()
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}

/// A hash of a message without the parts that differ between deliveries of it.
fn stable_hash(raw: &[u8]) -> String {
    let Ok(mut body) = serde_json::from_slice::<Value>(raw) else { return hash(raw) };
    let Some(message) = body.get_mut("message").and_then(Value::as_object_mut) else { return hash(raw) };
    // Context around the event, repeated in every message and holding the signed links.
    for context in ["artifact", "call", "assistant", "customer", "phoneNumber", "chat", "artifacts"] {
        message.remove(context);
    }
    message.retain(|name, _| !name.starts_with("presigned"));
    let mut fields: Vec<(&String, &Value)> = message.iter().collect();
    fields.sort_by_key(|(name, _)| name.as_str());
    let mut hasher = blake3::Hasher::new();
    for (name, value) in fields {
        hasher.update(name.as_bytes());
        hasher.update(b"=");
        hasher.update(value.to_string().as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
