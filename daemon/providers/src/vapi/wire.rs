//! The shapes Vapi sends: every field optional, unknown fields skipped without being built.
//!
//! Must not live here: meaning. `call`, `report`, `tools` and `message` turn these into nouns.

use super::loose::{List, Loose, Obj};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The envelope of every webhook.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Envelope {
    pub(super) message: Obj<Wire>,
}

/// A call object, a create-call answer, or a webhook's message: Vapi repeats the same names in
/// all three, so one shape reads them all. A message's `call` is this shape again.
#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Wire {
    pub(super) id: Loose,
    pub(super) org_id: Loose,
    #[serde(rename = "type")]
    pub(super) kind: Loose,
    pub(super) status: Loose,
    pub(super) name: Loose,
    pub(super) assistant_id: Loose,
    pub(super) phone_number_id: Loose,
    pub(super) phone_call_provider_id: Loose,
    pub(super) created_at: Loose,
    pub(super) updated_at: Loose,
    pub(super) started_at: Loose,
    pub(super) ended_at: Loose,
    pub(super) ended_reason: Loose,
    pub(super) ended_message: Loose,
    pub(super) timestamp: Loose,
    pub(super) duration_ms: Loose,
    pub(super) duration_seconds: Loose,
    pub(super) duration_minutes: Loose,
    pub(super) cost: Loose,
    pub(super) costs: List<Cost>,
    pub(super) cost_breakdown: Obj<Breakdown>,
    pub(super) summary: Loose,
    pub(super) transcript: Loose,
    pub(super) messages: List<Spoken>,
    pub(super) recording_url: Loose,
    pub(super) stereo_recording_url: Loose,
    pub(super) analysis: Obj<Analysis>,
    pub(super) artifact: Obj<Artifact>,
    pub(super) customer: Obj<Customer>,
    pub(super) assistant: Obj<Named>,
    pub(super) phone_number: Obj<Named>,
    pub(super) destination: Obj<Destination>,
    pub(super) assistant_overrides: Obj<Overrides>,
    pub(super) metadata: Obj<Map<String, Value>>,
    pub(super) monitor: Obj<Monitor>,
    pub(super) subscription_limits: Obj<LimitsWire>,
    pub(super) results: List<Wire>,
    pub(super) errors: List<BatchError>,
    pub(super) call: Obj<Wire>,
    pub(super) role: Loose,
    pub(super) transcript_type: Loose,
    pub(super) tool_call_list: List<ToolWire>,
    pub(super) tool_with_tool_call_list: List<ToolWire>,
    pub(super) tool_calls: List<ToolWire>,
    pub(super) function_call: Obj<FunctionWire>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Cost {
    pub(super) cost: Loose,
}

/// Only the total: the other members mix dollars with counts of tokens and characters.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Breakdown {
    pub(super) total: Loose,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Spoken {
    pub(super) role: Loose,
    pub(super) message: Loose,
    pub(super) content: Loose,
    pub(super) result: Loose,
    pub(super) name: Loose,
    pub(super) seconds_from_start: Loose,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Analysis {
    pub(super) summary: Loose,
    pub(super) structured_data: Option<Value>,
    pub(super) success_evaluation: Loose,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Artifact {
    pub(super) messages: List<Spoken>,
    #[serde(rename = "messagesOpenAIFormatted")]
    pub(super) messages_openai: List<Spoken>,
    pub(super) transcript: Loose,
    pub(super) recording_url: Loose,
    pub(super) stereo_recording_url: Loose,
    pub(super) recording: Obj<RecordingWire>,
    pub(super) structured_outputs: Obj<BTreeMap<String, Value>>,
    pub(super) presigned_mono_url: Loose,
    pub(super) presigned_stereo_url: Loose,
    pub(super) presigned_urls_expires_at: Loose,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RecordingWire {
    pub(super) stereo_url: Loose,
    pub(super) mono: Obj<MonoWire>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MonoWire {
    pub(super) combined_url: Loose,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Customer {
    pub(super) number: Loose,
    pub(super) name: Loose,
    pub(super) external_id: Loose,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) id: Loose,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Destination {
    #[serde(rename = "type")]
    pub(super) kind: Loose,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Overrides {
    pub(super) metadata: Obj<Map<String, Value>>,
    pub(super) variable_values: Obj<Map<String, Value>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Monitor {
    pub(super) listen_url: Loose,
    pub(super) control_url: Loose,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LimitsWire {
    pub(super) concurrency_blocked: Loose,
    pub(super) concurrency_limit: Loose,
    pub(super) remaining_concurrent_calls: Loose,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct BatchError {
    pub(super) error: Loose,
}

/// A tool call in any of its forms; `toolCall` holds another one.
#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ToolWire {
    pub(super) id: Loose,
    pub(super) name: Loose,
    pub(super) arguments: Option<Value>,
    pub(super) parameters: Option<Value>,
    pub(super) function: Obj<FunctionWire>,
    pub(super) tool_call: Obj<ToolWire>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct FunctionWire {
    pub(super) name: Loose,
    pub(super) arguments: Option<Value>,
    pub(super) parameters: Option<Value>,
}
