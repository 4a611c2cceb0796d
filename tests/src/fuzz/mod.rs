//! What every fuzzing target does with its bytes: one function each, run by the engine in
//! `fuzz/` and, over the kept corpora, by an ordinary test.
//!
//! A target states what must hold for any bytes at all and panics where it does not. It reads
//! neither clock nor entropy, and what it writes to a store it takes back.

mod config;
mod csv_import;
mod house;
mod ids;
mod intake;
mod json_import;
mod list_query;
mod phone;
mod rpc_frame;
mod signature;
mod sms_webhook;
mod tool_arguments;
mod vapi_webhook;

pub use config::config;
pub use csv_import::csv_import;
pub use ids::ids;
pub use json_import::json_import;
pub use list_query::list_query;
pub use phone::phone;
pub use rpc_frame::rpc_frame;
pub use signature::signature;
pub use sms_webhook::sms_webhook;
pub use tool_arguments::tool_arguments;
pub use vapi_webhook::vapi_webhook;

/// A target.
pub type Target = fn(&[u8]);

/// Every target by the name of its folder of inputs.
pub const TARGETS: &[(&str, Target)] = &[
    ("config", config),
    ("csv_import", csv_import),
    ("ids", ids),
    ("json_import", json_import),
    ("list_query", list_query),
    ("phone", phone),
    ("rpc_frame", rpc_frame),
    ("signature", signature),
    ("sms_webhook", sms_webhook),
    ("tool_arguments", tool_arguments),
    ("vapi_webhook", vapi_webhook),
];

/// The first line as text and everything behind it: how inputs carry options that a person can
/// read and write.
fn first_line(data: &[u8]) -> (&str, &[u8]) {
    let end = data.iter().position(|b| *b == b'\n').unwrap_or(data.len());
    let line = std::str::from_utf8(&data[..end]).unwrap_or_default();
    (line, data.get(end + 1..).unwrap_or_default())
}

/// Fails unless a text for a person is there, is one line, and has an end.
fn sentence(text: &str) {
    assert!(!text.trim().is_empty(), "says nothing");
    assert!(text.len() <= 4_000, "{} bytes are no sentence", text.len());
}
