//! Vapi: placing and looking up AI calls, and reading what Vapi tells about them.
//!
//! Lives here: Vapi's JSON in both directions, its HTTP client, webhook verification.
//! Must not live here: what a call came to (`desk::outcome`), the store, the clock.

mod call;
mod client;
#[cfg(test)]
mod client_tests;
mod loose;
mod message;
#[cfg(test)]
mod message_tests;
mod place;
mod refusal;
mod reply;
mod report;
mod tools;
mod verify;
mod wire;

pub use call::{CallRef, SecretUrl, VapiCall, call_status};
pub use client::{Assistant, Client, ListFilter, PhoneNumber, Settings};
pub use message::{Kind, MAX_MESSAGE_BYTES, ParseError, ServerMessage, parse};
pub use place::{Limits, PlaceCall, Placed, ServerOverride};
pub use reply::{
    AssistantAnswer, ToolReply, assistant_answer, empty, function_result, one_line, tool_results,
};
pub use report::{Recording, Report, ReportMessage, Role};
pub use tools::ToolCall;
pub use verify::{HeadProof, Method, Unverified, VapiSecrets, Verified, verify, verify_head};
