//! The request that places a call, and the two shapes of its answer.
//!
//! Sends exactly what is needed and no more: Vapi refuses the whole call for one field that is
//! too long. Must not live here: HTTP, the decision to call.

use super::call::{SecretUrl, VapiCall};
use super::loose::Obj;
use super::refusal;
use super::wire::{LimitsWire, Wire};
use crate::outcome::{Refusal, RefusalClass, Sent};
use frontdesk_shared::{CallId, Millis};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

/// What precedes the attempt id in a call's name.
pub(super) const NAME_PREFIX: &str = "fd-";
/// Longest name Vapi takes, in the units it counts (UTF-16).
const MAX_NAME: usize = 40;
/// Bounds of a call's length at Vapi, in seconds.
const DURATION_S: (u32, u32) = (10, 43_200);
/// Most variables of a lead passed on, and the longest text of one in characters.
const MAX_VARIABLES: usize = 60;
const MAX_VARIABLE: usize = 1_000;
/// Names which the template language or we ourselves give a meaning.
const RESERVED: [&str; 4] = ["customer", "now", "attempt_id", "first_name"];
/// What Vapi shall tell us; everything else would only cost.
const SERVER_MESSAGES: [&str; 4] =
    ["status-update", "end-of-call-report", "tool-calls", "transcript[transcriptType=\"final\"]"];

/// One call to place.
#[derive(Clone)]
pub struct PlaceCall {
    /// Our id of the attempt: by it an answer that got lost is found again.
    pub attempt: CallId,
    /// The assistant that shall speak.
    pub assistant_id: String,
    /// The number of ours to call from.
    pub phone_number_id: String,
    /// The number to call, E.164.
    pub number: String,
    /// The lead's name, when known.
    pub name: Option<String>,
    /// What the assistant calls the lead.
    pub first_name: Option<String>,
    /// What else the assistant may use.
    pub variables: Map<String, Value>,
    /// Longest call, in seconds.
    pub max_duration_s: u32,
    /// Where Vapi shall send its messages, when the assistant's own setting does not fit.
    pub server: Option<ServerOverride>,
}

impl fmt::Debug for PlaceCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaceCall")
            .field("attempt", &self.attempt.to_string())
            .field("assistant_id", &self.assistant_id)
            .field("phone_number_id", &self.phone_number_id)
            .field("max_duration_s", &self.max_duration_s)
            .finish_non_exhaustive()
    }
}

/// Where Vapi shall send its messages for one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerOverride {
    /// Our public URL.
    pub url: String,
    /// Vapi's credential by which its messages prove themselves.
    pub credential_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlaceBody<'a> {
    assistant_id: &'a str,
    phone_number_id: &'a str,
    name: String,
    customer: CustomerBody<'a>,
    assistant_overrides: OverridesBody<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomerBody<'a> {
    number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    external_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OverridesBody<'a> {
    variable_values: Map<String, Value>,
    metadata: Map<String, Value>,
    max_duration_seconds: u32,
    server_messages: [&'static str; 4],
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<ServerBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServerBody<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_id: Option<&'a str>,
    timeout_seconds: u32,
    backoff_plan: BackoffBody,
}

/// Without a plan Vapi sends each message once and forgets it when we are away.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BackoffBody {
    #[serde(rename = "type")]
    kind: &'static str,
    max_retries: u32,
    base_delay_seconds: u32,
}

impl PlaceCall {
    pub(super) fn body(&self) -> PlaceBody<'_> {
        let attempt = self.attempt.to_string();
        let mut variables = variables(&self.variables);
        variables.insert("attempt_id".to_owned(), attempt.clone().into());
        if let Some(name) = trimmed(self.first_name.as_deref()) {
            variables.insert("first_name".to_owned(), fit(name).into());
        }
        let mut metadata = Map::new();
        metadata.insert("attempt_id".to_owned(), attempt.clone().into());
        PlaceBody {
            assistant_id: &self.assistant_id,
            phone_number_id: &self.phone_number_id,
            name: format!("{NAME_PREFIX}{attempt}"),
            customer: CustomerBody {
                number: &self.number,
                name: trimmed(self.name.as_deref()).map(fit),
                external_id: attempt,
            },
            assistant_overrides: OverridesBody {
                variable_values: variables,
                metadata,
                max_duration_seconds: self.max_duration_s.clamp(DURATION_S.0, DURATION_S.1),
                server_messages: SERVER_MESSAGES,
                server: self.server.as_ref().map(|server| ServerBody {
                    url: &server.url,
                    credential_id: server.credential_id.as_deref(),
                    timeout_seconds: 20,
                    backoff_plan: BackoffBody { kind: "exponential", max_retries: 5, base_delay_seconds: 1 },
                }),
            },
        }
    }
}

fn trimmed(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|t| !t.is_empty())
}

/// The longest beginning Vapi takes as a name: whole characters, counted as JavaScript does.
fn fit(name: &str) -> String {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= MAX_NAME
    };
    name.chars().take_while(fits).collect::<String>().trim_end().to_owned()
}

fn variables(given: &Map<String, Value>) -> Map<String, Value> {
    let usable = given.iter().filter(|(name, value)| {
        let plain = value.is_string() || value.is_number() || value.is_boolean();
        plain && !RESERVED.contains(&name.as_str()) && !name.is_empty() && name.len() <= 100
    });
    let short = |value: &Value| match value {
        Value::String(text) => Value::from(text.chars().take(MAX_VARIABLE).collect::<String>()),
        other => other.clone(),
    };
    usable.take(MAX_VARIABLES).map(|(name, value)| (name.clone(), short(value))).collect()
}

/// Vapi's count of the account's lines, told with every placed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Whether this call waits for a free line.
    pub blocked: bool,
    /// All lines of the account.
    pub limit: Option<u32>,
    /// Free lines, this call's included.
    pub remaining: Option<u32>,
}

/// A call Vapi has taken on.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Vapi's id of it.
    pub provider_call_id: String,
    /// Vapi's word for how far it is; usually `queued`.
    pub status: String,
    /// The carrier's id of it.
    pub carrier_call_id: Option<String>,
    /// Where the live call can be ended.
    pub control_url: Option<SecretUrl>,
    /// The account's lines.
    pub limits: Option<Limits>,
    /// When Vapi made it.
    pub created_at: Option<Millis>,
}

/// Reads the body of a 201: a call, or a batch of one with `results` and `errors`.
pub(super) fn placed(body: &[u8]) -> Sent<Placed> {
    let Ok(Obj(Some(wire))) = serde_json::from_slice::<Obj<Wire>>(body) else {
        return Sent::Unknown("the answer to a placed call is not a JSON object".to_owned());
    };
    let limits = wire.subscription_limits.get().map(limits);
    let call = match &wire.results.0 {
        Some(results) => results.first(),
        None => Some(&*wire),
    };
    if let Some(call) = call.and_then(VapiCall::from_wire) {
        return Sent::Done(Placed {
            provider_call_id: call.call.id,
            status: call.status,
            carrier_call_id: call.call.carrier_call_id,
            control_url: call.call.control_url,
            limits,
            created_at: call.call.created_at,
        });
    }
    // A batch whose only call failed; anything else without an id may still be a live call.
    match wire.errors.items().iter().find_map(|e| e.error.text()) {
        Some(error) if wire.results.items().is_empty() => {
            Sent::Refused(Refusal { status: 201, ..refusal::of_messages(400, &[error]) })
        }
        _ => Sent::Unknown("the answer to a placed call names no call".to_owned()),
    }
}

fn limits(wire: &LimitsWire) -> Limits {
    let count = |n: Option<f64>| n.filter(|n| (0.0..1e9).contains(n)).map(|n| n as u32);
    Limits {
        blocked: wire.concurrency_blocked.flag().unwrap_or(false),
        limit: count(wire.concurrency_limit.number()),
        remaining: count(wire.remaining_concurrent_calls.number()),
    }
}

/// What is wrong with a call before it is sent: Vapi would refuse it anyway.
pub(super) fn problem(call: &PlaceCall) -> Option<Refusal> {
    let digits = call.number.strip_prefix('+').unwrap_or_default();
    if !(6..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Refusal::ours(RefusalClass::Recipient, "the number is not in E.164 form"));
    }
    if call.assistant_id.trim().is_empty() || call.phone_number_id.trim().is_empty() {
        return Some(Refusal::ours(RefusalClass::Config, "no assistant or no number to call from is set"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call() -> PlaceCall {
        PlaceCall {
            attempt: CallId(77),
            assistant_id: "a".into(),
            phone_number_id: "p".into(),
            number: "+14155550100".into(),
            name: Some("  Ada Lovelace ".into()),
            first_name: Some("Ada".into()),
            variables: Map::new(),
            max_duration_s: 600,
            server: None,
        }
    }

    #[test]
    fn sends_the_minimal_body() {
        let id = CallId(77).to_string();
        let wanted = json!({
            "assistantId": "a", "phoneNumberId": "p", "name": format!("fd-{id}"),
            "customer": {"number": "+14155550100", "name": "Ada Lovelace", "externalId": id},
            "assistantOverrides": {
                "variableValues": {"attempt_id": id, "first_name": "Ada"},
                "metadata": {"attempt_id": id},
                "maxDurationSeconds": 600,
                "serverMessages": ["status-update", "end-of-call-report", "tool-calls",
                                   "transcript[transcriptType=\"final\"]"],
            },
        });
        assert_eq!(serde_json::to_value(call().body()).unwrap(), wanted);
    }

    #[test]
    fn optional_parts_appear_only_when_set() {
        let mut call = call();
        call.name = Some(" ".into());
        call.first_name = None;
        call.max_duration_s = 1;
        call.server = Some(ServerOverride { url: "https://x/hook".into(), credential_id: Some("c".into()) });
        call.variables =
            json!({"city": "Leeds", "now": "x", "attempt_id": "y", "rooms": 3, "deep": {"a": 1}})
                .as_object()
                .unwrap()
                .clone();
        let body = serde_json::to_value(call.body()).unwrap();
        assert_eq!(body["customer"].get("name"), None);
        let overrides = &body["assistantOverrides"];
        assert_eq!(overrides["maxDurationSeconds"], 10);
        assert_eq!(overrides["server"]["url"], "https://x/hook");
        assert_eq!(overrides["server"]["credentialId"], "c");
        assert_eq!(overrides["server"]["backoffPlan"]["type"], "exponential");
        let id = CallId(77).to_string();
        assert_eq!(overrides["variableValues"], json!({"attempt_id": id, "city": "Leeds", "rooms": 3}));
    }

    #[test]
    fn names_are_cut_between_characters() {
        assert_eq!(fit(&"é".repeat(50)).chars().count(), 40);
        assert_eq!(fit(&"🦀".repeat(50)).chars().count(), 20);
        assert_eq!(fit("short"), "short");
    }

    #[test]
    fn debug_shows_no_number_and_no_name() {
        let text = format!("{:?}", call());
        assert!(!text.contains("415") && !text.contains("Ada"), "{text}");
    }
}
