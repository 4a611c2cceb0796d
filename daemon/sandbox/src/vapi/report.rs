//! What is known once a call is over: money, analysis, transcript, recording.
//!
//! Pure: from a call to the JSON of it. Used by the end-of-call report and by reads of the call.

use super::call::{Call, Line, Said};
use super::script;
use crate::clock::iso;
use serde_json::{Value, json};

/// Identifies the one structured output that the sandbox's assistants produce.
pub const OUTCOME_OUTPUT_ID: &str = "0b1f2c3d-5a64-4c1e-9d3a-2f8a6f1c7e90";

/// US dollars per minute: what a call costs all in, split as the vendor splits it.
const TRANSPORT_USD: f64 = 0.014;
const TRANSCRIBER_USD: f64 = 0.0111;
const PLATFORM_USD: f64 = 0.05;
const VOICE_USD_PER_CHARACTER: f64 = 0.000_05;
const MODEL_USD_PER_TOKEN: f64 = 0.000_000_25;
/// Fewer messages than this are not analysed (the vendor's default threshold).
const MIN_MESSAGES: usize = 2;
/// What one part of an analysis costs.
const ANALYSIS_USD: f64 = 0.000_04;
const ANALYSIS_PARTS: [&str; 3] = ["summary", "structuredData", "successEvaluation"];

fn money(usd: f64) -> f64 {
    (usd * 10_000.0).round() / 10_000.0
}

/// The conversation in the vendor's own form.
pub(super) fn messages(call: &Call) -> Vec<Value> {
    let start = call.started_ms.unwrap_or(call.created_ms);
    call.lines.iter().map(|line| message(line, start)).collect()
}

fn message(line: &Line, start_ms: i64) -> Value {
    let time = start_ms + line.at_ms as i64;
    let from_start = line.at_ms as f64 / 1_000.0;
    match &line.body {
        Said::System(text) => {
            json!({"role": "system", "message": text, "time": time, "secondsFromStart": from_start})
        }
        Said::Bot(text, length) => json!({"role": "bot", "message": text, "time": time,
            "endTime": time + *length as i64, "secondsFromStart": from_start, "duration": length, "source": ""}),
        Said::User(text, length) => json!({"role": "user", "message": text, "time": time,
            "endTime": time + *length as i64, "secondsFromStart": from_start, "duration": length}),
        Said::ToolCall { id, name, arguments } => json!({"role": "tool_calls", "message": "", "time": time,
            "secondsFromStart": from_start,
            "toolCalls": [{"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}]}),
        Said::ToolResult { id, name, result } => json!({"role": "tool_call_result", "time": time,
            "secondsFromStart": from_start, "toolCallId": id, "name": name, "result": result}),
    }
}

/// The conversation in OpenAI's form.
pub(super) fn openai_messages(call: &Call) -> Vec<Value> {
    call.lines
        .iter()
        .map(|line| match &line.body {
            Said::System(text) => json!({"role": "system", "content": text}),
            Said::Bot(text, _) => json!({"role": "assistant", "content": text}),
            Said::User(text, _) => json!({"role": "user", "content": text}),
            Said::ToolCall { id, name, arguments } => json!({"role": "assistant", "content": "",
                "tool_calls": [{"id": id, "type": "function",
                    "function": {"name": name, "arguments": arguments}}]}),
            Said::ToolResult { id, result, .. } => {
                json!({"role": "tool", "tool_call_id": id, "content": result})
            }
        })
        .collect()
}

/// The conversation as text, one line each.
pub(super) fn transcript(call: &Call) -> String {
    let mut out = String::new();
    for line in &call.lines {
        let (who, text) = match &line.body {
            Said::Bot(text, _) => ("AI: ", text),
            Said::User(text, _) => ("User: ", text),
            Said::System(_) | Said::ToolCall { .. } | Said::ToolResult { .. } => continue,
        };
        out.push_str(who);
        out.push_str(text);
        out.push('\n');
    }
    out
}

fn spoken(call: &Call) -> usize {
    call.lines.iter().filter(|l| matches!(l.body, Said::Bot(..) | Said::User(..))).count()
}

struct Cost {
    transport: f64,
    transcriber: f64,
    model: f64,
    voice: f64,
    platform: f64,
    analysis: f64,
    minutes: f64,
    prompt_tokens: usize,
    completion_tokens: usize,
    characters: usize,
}

impl Cost {
    fn of(call: &Call) -> Self {
        let minutes = if call.started_ms.is_some() { call.talk_ms as f64 / 60_000.0 } else { 0.0 };
        let characters: usize = call
            .lines
            .iter()
            .map(|l| match &l.body {
                Said::Bot(text, _) => text.chars().count(),
                _ => 0,
            })
            .sum();
        // Every turn of the model reads the whole conversation again.
        let prompt_tokens = spoken(call) * (220 + characters / 8);
        let completion_tokens = characters / 4;
        Self {
            transport: minutes * TRANSPORT_USD,
            transcriber: minutes * TRANSCRIBER_USD,
            model: (prompt_tokens + 4 * completion_tokens) as f64 * MODEL_USD_PER_TOKEN,
            voice: characters as f64 * VOICE_USD_PER_CHARACTER,
            platform: minutes * PLATFORM_USD,
            analysis: if is_analysed(call) { ANALYSIS_USD * ANALYSIS_PARTS.len() as f64 } else { 0.0 },
            minutes,
            prompt_tokens,
            completion_tokens,
            characters,
        }
    }

    fn total(&self) -> f64 {
        money(self.transport + self.transcriber + self.model + self.voice + self.platform + self.analysis)
    }

    fn breakdown(&self) -> Value {
        json!({
            "transport": money(self.transport), "stt": money(self.transcriber), "llm": money(self.model),
            "tts": money(self.voice), "vapi": money(self.platform), "chat": 0, "total": self.total(),
            "llmPromptTokens": self.prompt_tokens, "llmCompletionTokens": self.completion_tokens,
            "llmCachedPromptTokens": 0, "ttsCharacters": self.characters,
            "voicemailDetectionCost": 0, "knowledgeBaseCost": 0,
            "analysisCostBreakdown": {
                "summary": 0, "summaryPromptTokens": self.prompt_tokens / 4, "summaryCompletionTokens": 35,
                "structuredData": 0, "structuredDataPromptTokens": self.prompt_tokens / 4,
                "structuredDataCompletionTokens": 20, "successEvaluation": 0,
                "successEvaluationPromptTokens": self.prompt_tokens / 4,
                "successEvaluationCompletionTokens": 1,
            },
        })
    }

    fn items(&self) -> Value {
        let model = json!({"provider": "openai", "model": "gpt-4o-mini"});
        let mut items = json!([
            {"type": "transport", "provider": "twilio", "minutes": self.minutes, "cost": self.transport},
            {"type": "transcriber", "transcriber": {"provider": "deepgram", "model": "nova-2"},
             "minutes": self.minutes, "cost": self.transcriber},
            {"type": "model", "model": model, "promptTokens": self.prompt_tokens,
             "completionTokens": self.completion_tokens, "cost": self.model},
            {"type": "voice", "voice": {"provider": "vapi", "voiceId": "Elliot", "model": "eleven_turbo_v2_5"},
             "characters": self.characters, "cost": self.voice},
            {"type": "vapi", "subType": "normal", "minutes": self.minutes, "cost": self.platform},
        ]);
        if let (Value::Array(items), true) = (&mut items, self.analysis > 0.0) {
            items.extend(ANALYSIS_PARTS.map(|part| {
                json!({"type": "analysis", "analysisType": part, "model": model, "cost": ANALYSIS_USD,
                       "promptTokens": self.prompt_tokens / 4, "completionTokens": 20})
            }));
        }
        items
    }
}

fn is_analysed(call: &Call) -> bool {
    script::finding(call.scenario).is_some() && spoken(call) >= MIN_MESSAGES
}

/// Summary, structured data and verdict; empty where the vendor would not analyse.
pub(super) fn analysis(call: &Call) -> Value {
    let Some(finding) = script::finding(call.scenario).filter(|_| is_analysed(call)) else {
        return json!({});
    };
    json!({
        "summary": finding.summary,
        "structuredData": structured(call, finding.outcome),
        "successEvaluation": if finding.success { "true" } else { "false" },
    })
}

fn structured(call: &Call, outcome: &str) -> Value {
    let mut data = call.noted.clone();
    // An appointment that the tool refused was talked about but not made.
    let wanted_but_not_made =
        call.scenario == super::Scenario::Books && !data.contains_key("appointment_start");
    let outcome = if wanted_but_not_made { "callback" } else { outcome };
    data.insert("outcome".to_owned(), outcome.into());
    Value::Object(data)
}

fn artifact(call: &Call, base_url: &str, analysis: &Value) -> Value {
    let mut artifact = json!({
        "messages": messages(call),
        "messagesOpenAIFormatted": openai_messages(call),
        "transcript": transcript(call),
        "nodes": [],
        "variables": {},
        "variableValues": call.fields.get("assistantOverrides").map(|o| o["variableValues"].clone()),
        "structuredOutputs": {},
    });
    let data = &analysis["structuredData"];
    if !data.is_null() {
        artifact["structuredOutputs"][OUTCOME_OUTPUT_ID] = json!({"name": "call_outcome", "result": data});
    }
    if call.started_ms.is_some() {
        let at = |kind: &str| format!("{base_url}/recording/{}-{kind}.wav", call.id);
        artifact["recordingUrl"] = at("mono").into();
        artifact["stereoRecordingUrl"] = at("stereo").into();
        artifact["recording"] = json!({"stereoUrl": at("stereo"), "mono": {"combinedUrl": at("mono"),
            "assistantUrl": at("assistant"), "customerUrl": at("customer")}});
    }
    artifact
}

/// Adds what is known after the analysis: to a report's message or to the call itself.
pub(super) fn add_results(call: &Call, base_url: &str, to: &mut Value) {
    let cost = Cost::of(call);
    let analysis = analysis(call);
    let artifact = artifact(call, base_url, &analysis);
    to["cost"] = cost.total().into();
    to["costBreakdown"] = cost.breakdown();
    to["costs"] = cost.items();
    if !analysis["summary"].is_null() {
        to["summary"] = analysis["summary"].clone();
    }
    for key in ["messages", "transcript", "recordingUrl", "stereoRecordingUrl"] {
        if !artifact[key].is_null() {
            to[key] = artifact[key].clone();
        }
    }
    to["analysis"] = analysis;
    to["artifact"] = artifact;
}

/// The fields of an end-of-call report beyond those that every server message has.
pub(super) fn end_of_call(call: &Call, base_url: &str) -> Value {
    let mut message = json!({
        "type": "end-of-call-report",
        "endedReason": call.ended_reason.as_deref().unwrap_or("unknown-error"),
    });
    if let Some(ended) = call.ended_ms {
        message["endedAt"] = iso(ended).into();
    }
    if let Some(started) = call.started_ms {
        message["startedAt"] = iso(started).into();
        message["durationMs"] = call.talk_ms.into();
        message["durationSeconds"] = (call.talk_ms as f64 / 1_000.0).into();
        message["durationMinutes"] = money(call.talk_ms as f64 / 60_000.0).into();
    }
    if let Some(destination) = &call.destination {
        message["destination"] = destination.clone();
    }
    add_results(call, base_url, &mut message);
    message
}
