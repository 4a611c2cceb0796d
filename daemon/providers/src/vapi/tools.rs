//! Tool calls out of every form in which Vapi has sent them.
//!
//! Must not live here: what the tools do, the answers (`reply`).

use super::call::short;
use super::wire::{FunctionWire, ToolWire, Wire};
use serde_json::{Map, Value};
use std::fmt;

/// Most tool calls read of one message; a model asks for one or two at a time.
const MAX_CALLS: usize = 64;

/// Longest id taken, in bytes.
const MAX_ID: usize = 300;

/// One request of the assistant to our booking tools. Must be answered, by id.
#[derive(Clone, PartialEq)]
pub struct ToolCall {
    /// The id the answer has to name.
    pub id: String,
    /// The tool's name; empty when none was given.
    pub name: String,
    /// What the assistant passed.
    pub arguments: Map<String, Value>,
    /// Whether the arguments could be read. When not, `arguments` is empty and the tool must
    /// answer with an error instead of acting on nothing.
    pub readable: bool,
}

impl fmt::Debug for ToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&String> = self.arguments.keys().collect();
        f.debug_struct("ToolCall")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("keys", &keys)
            .finish()
    }
}

/// All tool calls of a message, each id once.
pub(super) fn tool_calls(message: &Wire) -> Vec<ToolCall> {
    let plain = message.tool_call_list.items().iter().filter_map(plain);
    let wrapped = message.tool_with_tool_call_list.items().iter().filter_map(wrapped);
    let legacy = message.tool_calls.items().iter().filter_map(plain_or_wrapped);
    let mut out: Vec<ToolCall> = Vec::new();
    for call in plain.chain(wrapped).chain(legacy) {
        if let Some(seen) = out.iter_mut().find(|seen| seen.id == call.id) {
            // The lists repeat each other; a copy only helps where the first one was broken.
            if seen.name.is_empty() {
                seen.name = call.name;
            }
            if call.readable && (!seen.readable || seen.arguments.is_empty()) {
                seen.arguments = call.arguments;
                seen.readable = true;
            }
        } else if out.len() < MAX_CALLS {
            out.push(call);
        }
    }
    out
}

/// The legacy `function-call`, which has no id of its own: the caller gives it one.
pub(super) fn function_call(function: &FunctionWire, id: String) -> ToolCall {
    let (arguments, readable) = arguments([function.parameters.as_ref(), function.arguments.as_ref()]);
    ToolCall { id, name: short(&function.name).unwrap_or_default(), arguments, readable }
}

fn plain_or_wrapped(wire: &ToolWire) -> Option<ToolCall> {
    if wire.tool_call.get().is_some() { wrapped(wire) } else { plain(wire) }
}

/// `{id, function:{name, arguments}}`, `{id, name, arguments}` or `{id, name, parameters}`.
fn plain(wire: &ToolWire) -> Option<ToolCall> {
    let function = wire.function.get();
    let name = function.and_then(|f| short(&f.name)).or_else(|| short(&wire.name));
    let (arguments, readable) = arguments([
        function.and_then(|f| f.arguments.as_ref()),
        function.and_then(|f| f.parameters.as_ref()),
        wire.arguments.as_ref(),
        wire.parameters.as_ref(),
    ]);
    // Without an id it cannot be answered, so it cannot be asked; the answer must repeat the id,
    // so one too long to be kept is none.
    let id = wire.id.text().filter(|id| id.len() <= MAX_ID)?;
    Some(ToolCall { id, name: name.unwrap_or_default(), arguments, readable })
}

/// `{…tool, toolCall:{…}}`. The tool around it describes itself: its `parameters` are a schema,
/// never arguments; only its name may be borrowed.
fn wrapped(wire: &ToolWire) -> Option<ToolCall> {
    let mut call = plain(wire.tool_call.get()?)?;
    if call.name.is_empty() {
        let outer = wire.function.get().and_then(|f| short(&f.name)).or_else(|| short(&wire.name));
        call.name = outer.unwrap_or_default();
    }
    Some(call)
}

/// The first arguments that are there: an object, or a JSON text holding one.
fn arguments<const N: usize>(places: [Option<&Value>; N]) -> (Map<String, Value>, bool) {
    match places.into_iter().flatten().find(|v| !v.is_null()) {
        None => (Map::new(), true),
        Some(Value::Object(map)) => (map.clone(), true),
        Some(Value::String(text)) if text.trim().is_empty() => (Map::new(), true),
        Some(Value::String(text)) => match serde_json::from_str(text) {
            Ok(Value::Object(map)) => (map, true),
            Ok(Value::Null) => (Map::new(), true),
            _ => (Map::new(), false),
        },
        Some(_) => (Map::new(), false),
    }
}

/// The ids in a stable order, for the key by which a repeated delivery is known.
pub(super) fn id_list(calls: &[ToolCall]) -> String {
    let mut ids: Vec<&str> = calls.iter().map(|c| c.id.as_str()).collect();
    ids.sort_unstable();
    ids.join(",")
}
