//! What holds for one call: its assistant, its caller number, where its server messages go and
//! which of them are wanted.

use super::call::Call;
use super::config::BackoffPlan;
use super::courier::Target;
use super::state::Shared;
use serde_json::{Value, json};
use std::time::Duration;

/// Sent when an assistant does not say what it wants (those of the vendor's defaults that the
/// sandbox can produce).
const DEFAULT_MESSAGES: [&str; 5] =
    ["conversation-update", "end-of-call-report", "speech-update", "status-update", "tool-calls"];

const PROMPT_CHARS: usize = 200;
/// The vendor's default for `maxDurationSeconds`.
const MAX_TALK_MS: u64 = 600_000;

pub(super) struct Setup {
    pub target: Target,
    pub assistant: Option<Value>,
    pub phone_number: Option<Value>,
    /// The assistant's greeting, placeholders not yet filled.
    pub first_message: Option<String>,
    /// The beginning of the assistant's instructions.
    pub prompt: Option<String>,
    pub variables: Value,
    /// The assistant hangs up after this much talk.
    pub max_talk_ms: u64,
    wanted: Vec<String>,
}

impl Setup {
    /// Reads what the call, its assistant and its number say; the problem is a server URL that
    /// the sandbox must not talk to.
    pub(super) fn of(shared: &Shared, call: &CallFacts) -> (Self, Option<String>) {
        let overrides = &call.overrides;
        let assistant = match &call.assistant_id {
            Some(id) => shared.assistant(id),
            None => call.assistant.clone(),
        };
        let phone_number = call.phone_number_id.as_deref().and_then(|id| shared.phone_number(id));
        let own = assistant.clone().unwrap_or_default();
        let number = phone_number.clone().unwrap_or_default();
        // One message goes to one address; the closest to the call wins.
        let server = [&overrides["server"], &own["server"], &number["server"]]
            .into_iter()
            .find(|server| server["url"].is_string())
            .cloned()
            .unwrap_or_default();
        let (url, problem) = match server["url"].as_str() {
            Some(url) if may_deliver(url, &shared.config.webhook_url) => (url.to_owned(), None),
            Some(_) => (
                shared.config.webhook_url.clone(),
                Some("the server URL is outside this machine: delivered to the organisation's".to_owned()),
            ),
            None => (shared.config.webhook_url.clone(), None),
        };
        let timeout = match server["timeoutSeconds"].as_f64() {
            Some(seconds) => Duration::from_secs_f64(seconds.clamp(1.0, 300.0)),
            None => Duration::from_millis(shared.config.server_timeout_ms),
        };
        let backoff = match server.get("backoffPlan") {
            Some(plan) if plan.is_object() => Some(BackoffPlan::from_json(plan)),
            _ => shared.config.backoff.clone(),
        };
        let first = |key: &str| [&overrides[key], &own[key]].into_iter().find(|v| !v.is_null()).cloned();
        let wanted = match first("serverMessages") {
            Some(Value::Array(list)) => list.iter().filter_map(|m| m.as_str().map(str::to_owned)).collect(),
            _ => DEFAULT_MESSAGES.map(str::to_owned).to_vec(),
        };
        let max_talk_s = first("maxDurationSeconds").and_then(|s| s.as_f64());
        let target = Target { url, auth: shared.config.webhook_auth.clone(), server, timeout, backoff };
        let setup = Self {
            target,
            first_message: first("firstMessage").and_then(|m| m.as_str().map(str::to_owned)),
            max_talk_ms: max_talk_s.map_or(MAX_TALK_MS, |s| (s.clamp(10.0, 43_200.0) * 1_000.0) as u64),
            prompt: prompt(&own),
            variables: overrides["variableValues"].clone(),
            assistant,
            phone_number,
            wanted,
        };
        (setup, problem)
    }

    /// Whether the assistant asked for messages of this type.
    pub(super) fn wants(&self, kind: &str) -> bool {
        self.wanted.iter().any(|w| w == kind)
    }

    /// Whether it asked for finished lines of the transcript, in either spelling.
    pub(super) fn wants_transcript(&self) -> bool {
        self.wanted.iter().any(|w| w == "transcript" || w.starts_with("transcript[transcriptType="))
    }

    /// A complete server message: the given fields plus the context every message carries.
    pub(super) fn message(&self, shared: &Shared, call: &Call, fields: Value) -> Value {
        let mut message = fields;
        message["timestamp"] = shared.clock.now_ms().into();
        message["call"] = call.created_json(&shared.org_id, &shared.base_url);
        if let Some(customer) = call.fields.get("customer") {
            message["customer"] = customer.clone();
        }
        if let Some(assistant) = &self.assistant {
            message["assistant"] = assistant.clone();
        }
        if let Some(number) = &self.phone_number {
            message["phoneNumber"] = number.clone();
        }
        message
    }
}

/// Enough of the instructions to recognise them by: every remembered call keeps a copy.
fn prompt(assistant: &Value) -> Option<String> {
    let first = assistant["model"]["messages"].as_array()?.iter().find(|m| m["role"] == "system")?;
    Some(first["content"].as_str()?.chars().take(PROMPT_CHARS).collect())
}

/// The parts of a call that decide its setup, copied out from under the lock.
pub(super) struct CallFacts {
    pub overrides: Value,
    pub assistant_id: Option<String>,
    pub assistant: Option<Value>,
    pub phone_number_id: Option<String>,
}

impl CallFacts {
    pub(super) fn of(call: &Call) -> Self {
        let field = |key: &str| call.fields.get(key).cloned();
        Self {
            overrides: field("assistantOverrides").unwrap_or(json!({})),
            assistant_id: call.text("assistantId").map(str::to_owned),
            assistant: field("assistant"),
            phone_number_id: call.text("phoneNumberId").map(str::to_owned),
        }
    }
}

/// A rehearsal may use a client's real assistants, whose server URLs lead to production. The
/// sandbox only talks to this machine and to the host it was started for.
fn may_deliver(url: &str, configured: &str) -> bool {
    let host = |url: &str| reqwest::Url::parse(url).ok().and_then(|u| u.host_str().map(str::to_owned));
    let Some(target) = host(url) else { return false };
    let is_loopback = target == "localhost"
        || target.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_loopback || host(configured) == Some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_and_the_configured_host_are_talked_to() {
        let ours = "http://desk:8080/webhooks/vapi";
        for url in ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]:9/x", "http://desk:1/other"] {
            assert!(may_deliver(url, ours), "{url}");
        }
        for url in ["https://desk.example.com/x", "https://127.0.0.1.example.com/", "nonsense"] {
            assert!(!may_deliver(url, ours), "{url}");
        }
    }
}
