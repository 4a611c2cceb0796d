//! How a call went and ended, from an end-of-call report or a call object.
//!
//! Must not live here: what that means (`desk::outcome`). Everything may be absent and
//! everything kept is bounded. `Debug` shows no words of the conversation.

use super::call::SecretUrl;
use super::loose::Loose;
use super::wire::{Artifact, Spoken, Wire};
use frontdesk_shared::Millis;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Most messages kept of one conversation.
const MAX_MESSAGES: usize = 1_000;
/// Most bytes kept of one message.
const MAX_MESSAGE_TEXT: usize = 4_000;
/// Most bytes kept of a transcript: several hours of talk.
const MAX_TRANSCRIPT: usize = 400_000;
/// Most bytes kept of any other text.
const MAX_TEXT: usize = 10_000;

/// Who produced a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The other party.
    User,
    /// The assistant.
    Assistant,
    /// A tool was called or answered.
    Tool,
    /// A role this version does not know.
    Other,
}

/// One message of the conversation. System prompts are not kept: they are ours, and long.
#[derive(Clone, PartialEq)]
pub struct ReportMessage {
    /// Who produced it.
    pub role: Role,
    /// What was said, or the tool's result.
    pub text: String,
    /// Milliseconds since the start of the call.
    pub at_ms: Option<i64>,
}

/// Where the recording is. The identifiers are no links that can be followed; the presigned
/// links can, by anybody, until they expire.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    /// Identifier of the recording on one channel.
    pub mono: Option<String>,
    /// Identifier of the recording on two channels.
    pub stereo: Option<String>,
    /// Link to the first.
    pub presigned_mono: Option<SecretUrl>,
    /// Link to the second.
    pub presigned_stereo: Option<SecretUrl>,
    /// When the links stop working.
    pub presigned_until: Option<Millis>,
}

/// How a call went and ended.
#[derive(Clone, Default, PartialEq)]
pub struct Report {
    /// Vapi's word for why it ended, raw; empty while it is open.
    pub ended_reason: String,
    /// Vapi's explanation of that word.
    pub ended_message: Option<String>,
    /// When it connected; absent when it never did.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Talk time.
    pub duration_ms: Option<i64>,
    /// Cost in millionths of a US dollar.
    pub cost_micros_usd: Option<i64>,
    /// The conversation as text.
    pub transcript: Option<String>,
    /// The conversation, message by message.
    pub messages: Vec<ReportMessage>,
    /// A model's summary. For people to read; never evidence, because it is sometimes invented.
    pub summary: Option<String>,
    /// Structured data of the older analysis plan; absent when empty.
    pub structured_data: Option<Value>,
    /// Structured outputs by name, or by id where they have no name.
    pub structured_outputs: BTreeMap<String, Value>,
    /// A model's evaluation, raw: `true`, `8`, `Good` …
    pub success_evaluation: Option<String>,
    /// Where the recording is.
    pub recording: Recording,
    /// Where the call was forwarded to: `number`, `sip`, `assistant` …
    pub destination_kind: Option<String>,
}

impl Report {
    /// What the other party said, in order.
    pub fn user_messages(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().filter(|m| m.role == Role::User).map(|m| m.text.as_str())
    }

    /// Whether the other party, or a machine in their place, said anything.
    pub fn has_user_message(&self) -> bool {
        self.user_messages().next().is_some()
    }

    pub(super) fn from_wire(wire: &Wire) -> Self {
        let analysis = wire.analysis.get();
        let artifact = wire.artifact.get();
        let started_at = wire.started_at.instant();
        let ended_at = wire.ended_at.instant();
        let transcript = artifact
            .and_then(|a| a.transcript.text())
            .or_else(|| wire.transcript.text())
            .map(|t| cut(t, MAX_TRANSCRIPT));
        let mut messages = messages(wire, artifact);
        if messages.is_empty() {
            messages = transcript.as_deref().map(from_transcript).unwrap_or_default();
        }
        Self {
            ended_reason: wire.ended_reason.text().map(|t| cut(t, 200)).unwrap_or_default(),
            ended_message: wire.ended_message.text().map(|t| cut(t, MAX_TEXT)),
            started_at,
            ended_at,
            duration_ms: duration_ms(wire, started_at, ended_at),
            cost_micros_usd: cost_micros(wire),
            transcript,
            messages,
            summary: analysis
                .and_then(|a| a.summary.text())
                .or_else(|| wire.summary.text())
                .map(|t| cut(t, MAX_TEXT)),
            structured_data: analysis.and_then(|a| a.structured_data.clone()).filter(has_content),
            structured_outputs: artifact.map(outputs).unwrap_or_default(),
            success_evaluation: analysis.and_then(|a| a.success_evaluation.text()).map(|t| cut(t, MAX_TEXT)),
            recording: recording(wire, artifact),
            destination_kind: wire.destination.get().and_then(|d| d.kind.text()),
        }
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("ended_reason", &self.ended_reason)
            .field("started_at", &self.started_at)
            .field("ended_at", &self.ended_at)
            .field("duration_ms", &self.duration_ms)
            .field("cost_micros_usd", &self.cost_micros_usd)
            .field("messages", &self.messages.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ReportMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportMessage").field("role", &self.role).field("bytes", &self.text.len()).finish()
    }
}

/// Shortens to at most `max` bytes without cutting a character.
pub(super) fn cut(mut text: String, max: usize) -> String {
    if text.len() > max {
        let end = (0..=max).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

fn has_content(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

fn messages(wire: &Wire, artifact: Option<&Artifact>) -> Vec<ReportMessage> {
    // The first list that holds anything: they tell the same conversation.
    let lists = [
        artifact.map(|a| a.messages.items()).unwrap_or_default(),
        wire.messages.items(),
        artifact.map(|a| a.messages_openai.items()).unwrap_or_default(),
    ];
    let chosen = lists.into_iter().find(|l| !l.is_empty()).unwrap_or_default();
    chosen.iter().filter_map(message).take(MAX_MESSAGES).collect()
}

fn message(spoken: &Spoken) -> Option<ReportMessage> {
    let role = match spoken.role.text()?.as_str() {
        "system" | "developer" => return None,
        "user" | "customer" => Role::User,
        "bot" | "assistant" => Role::Assistant,
        "tool_calls" | "tool_call_result" | "tool" => Role::Tool,
        _ => Role::Other,
    };
    let text = [&spoken.message, &spoken.content, &spoken.result].into_iter().find_map(Loose::text);
    let text = text.or_else(|| (role == Role::Tool).then(|| spoken.name.text().unwrap_or_default()))?;
    if role == Role::User && text.trim().is_empty() {
        // A transcriber's silence is not a word from the other party.
        return None;
    }
    let at_ms = spoken.seconds_from_start.number().map(|s| (s * 1_000.0).round() as i64);
    Some(ReportMessage { role, text: cut(text, MAX_MESSAGE_TEXT), at_ms })
}

/// How lines of a transcript begin.
const SPEAKERS: [(&str, Role); 4] = [
    ("User:", Role::User),
    ("AI:", Role::Assistant),
    ("Assistant:", Role::Assistant),
    ("Bot:", Role::Assistant),
];

/// The conversation of a transcript without a message list: `AI: …` and `User: …` lines. A line
/// without either continues the one before.
fn from_transcript(transcript: &str) -> Vec<ReportMessage> {
    let mut out: Vec<ReportMessage> = Vec::new();
    for line in transcript.lines().filter(|l| !l.trim().is_empty()) {
        let start = SPEAKERS.iter().find_map(|(mark, role)| Some((*role, line.strip_prefix(mark)?)));
        match start {
            Some((role, rest)) => {
                if out.len() == MAX_MESSAGES {
                    break;
                }
                out.push(ReportMessage {
                    role,
                    text: cut(rest.trim().to_owned(), MAX_MESSAGE_TEXT),
                    at_ms: None,
                });
            }
            None => {
                if let Some(last) = out.last_mut().filter(|l| l.text.len() + line.len() < MAX_MESSAGE_TEXT) {
                    last.text.push(' ');
                    last.text.push_str(line.trim());
                }
            }
        }
    }
    out.retain(|m| !m.text.trim().is_empty());
    out
}

fn duration_ms(wire: &Wire, started: Option<Millis>, ended: Option<Millis>) -> Option<i64> {
    let told = (wire.duration_ms.number())
        .or_else(|| wire.duration_seconds.number().map(|s| s * 1_000.0))
        .or_else(|| wire.duration_minutes.number().map(|m| m * 60_000.0))
        .map(|ms| ms.round() as i64);
    told.or_else(|| Some(ended?.since(started?))).filter(|ms| *ms >= 0)
}

/// The total where Vapi tells it, otherwise the sum of the parts.
fn cost_micros(wire: &Wire) -> Option<i64> {
    let parts: Vec<f64> = wire.costs.items().iter().filter_map(|c| c.cost.number()).collect();
    let usd = (wire.cost.number())
        .or_else(|| (!parts.is_empty()).then(|| parts.iter().sum()))
        .or_else(|| wire.cost_breakdown.get().and_then(|b| b.total.number()))?;
    // A negative or absurd cost is a fault of the sender, not a refund.
    (0.0..=1_000_000.0).contains(&usd).then(|| (usd * 1_000_000.0).round() as i64)
}

fn outputs(artifact: &Artifact) -> BTreeMap<String, Value> {
    let mut out = BTreeMap::new();
    for (id, entry) in artifact.structured_outputs.get().into_iter().flatten() {
        let name = entry.get("name").and_then(Value::as_str).filter(|n| !n.is_empty()).unwrap_or(id);
        if let Some(result) = entry.get("result").filter(|r| has_content(r)) {
            out.insert(name.to_owned(), result.clone());
        }
    }
    out
}

fn recording(wire: &Wire, artifact: Option<&Artifact>) -> Recording {
    let parts = artifact.and_then(|a| a.recording.get());
    let mono = (parts.and_then(|r| r.mono.get()).and_then(|m| m.combined_url.text()))
        .or_else(|| artifact.and_then(|a| a.recording_url.text()))
        .or_else(|| wire.recording_url.text());
    let stereo = (parts.and_then(|r| r.stereo_url.text()))
        .or_else(|| artifact.and_then(|a| a.stereo_recording_url.text()))
        .or_else(|| wire.stereo_recording_url.text());
    Recording {
        mono: mono.map(|t| cut(t, 1_000)),
        stereo: stereo.map(|t| cut(t, 1_000)),
        presigned_mono: artifact.and_then(|a| a.presigned_mono_url.text()).map(SecretUrl::new),
        presigned_stereo: artifact.and_then(|a| a.presigned_stereo_url.text()).map(SecretUrl::new),
        presigned_until: artifact.and_then(|a| a.presigned_urls_expires_at.instant()),
    }
}
