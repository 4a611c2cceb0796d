//! One call: what was asked for, what has happened, and the wire form of both.
//!
//! Must not decide what happens next (`play`) or send anything (`courier`).

use super::report;
use super::scenario::Scenario;
use crate::clock::iso;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use tokio::sync::mpsc;

/// Which side dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Placed through the API.
    Outbound,
    /// Started by `POST /sandbox/inbound` or the handle.
    Inbound,
}

/// Where a call is, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Waits for its scheduled time.
    Scheduled,
    /// Accepted; may wait for a slot.
    Queued,
    /// The phone rings.
    Ringing,
    /// Answered.
    InProgress,
    /// Being put through.
    Forwarding,
    /// Over.
    Ended,
}

impl Status {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Forwarding => "forwarding",
            Self::Ended => "ended",
        }
    }
}

/// What somebody told a running call to do.
#[derive(Clone, Debug)]
pub(super) enum Command {
    End { reason: &'static str },
    Say { content: String, then_end: bool },
    AddMessage { content: String, respond: bool },
    Transfer { destination: Value, content: Option<String> },
}

/// One entry of the conversation.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub at_ms: u64,
    pub body: Said,
}

#[derive(Clone, Debug)]
pub(super) enum Said {
    System(Box<str>),
    Bot(Cow<'static, str>, u64),
    User(Cow<'static, str>, u64),
    ToolCall { id: Box<str>, name: &'static str, arguments: Box<str> },
    ToolResult { id: Box<str>, name: &'static str, result: Box<str> },
}

/// One call.
pub(super) struct Call {
    pub seq: u64,
    pub id: String,
    pub direction: Direction,
    pub scenario: Scenario,
    /// The fields of the create request that the vendor stores and repeats.
    pub fields: Map<String, Value>,
    pub provider_id: String,
    pub status: Status,
    pub created_ms: i64,
    pub updated_ms: i64,
    pub started_ms: Option<i64>,
    pub ended_ms: Option<i64>,
    pub ended_reason: Option<Cow<'static, str>>,
    /// Scripted talk time so far.
    pub talk_ms: u64,
    pub lines: Vec<Line>,
    pub destination: Option<Value>,
    /// What the tools noted, for the structured data.
    pub noted: Map<String, Value>,
    /// Analysis is done: reports and reads carry cost, analysis and artifact.
    pub analysed: bool,
    /// The end is known here but was told to nobody.
    pub end_is_secret: bool,
    pub commands: Option<mpsc::Sender<Command>>,
}

impl Call {
    pub(super) fn number(&self) -> &str {
        self.fields.get("customer").and_then(|c| c["number"].as_str()).unwrap_or("")
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key).and_then(Value::as_str)
    }

    /// The call as it was when created. Server messages carry this form, however long ago that
    /// was: the vendor's reports of finished calls still say `queued`.
    pub(super) fn created_json(&self, org_id: &str, base_url: &str) -> Value {
        let mut call = self.fields.clone();
        let id = &self.id;
        let kind = match self.direction {
            Direction::Outbound => "outboundPhoneCall",
            Direction::Inbound => "inboundPhoneCall",
        };
        let status = match self.direction {
            _ if self.status == Status::Scheduled => Status::Scheduled,
            Direction::Outbound => Status::Queued,
            Direction::Inbound => Status::Ringing,
        };
        let own = json!({
            "id": id, "orgId": org_id, "type": kind, "status": status.word(), "cost": 0,
            "createdAt": iso(self.created_ms), "updatedAt": iso(self.created_ms),
            "phoneCallProvider": "twilio", "phoneCallProviderId": self.provider_id,
            "phoneCallTransport": "pstn",
            "monitor": {
                "listenUrl": format!("{}/listen/{id}", base_url.replacen("http", "ws", 1)),
                "controlUrl": format!("{base_url}/control/{id}"),
            },
        });
        if let Value::Object(own) = own {
            call.extend(own);
        }
        Value::Object(call)
    }

    /// The call as it is now.
    pub(super) fn json(&self, org_id: &str, base_url: &str) -> Value {
        let mut call = self.created_json(org_id, base_url);
        call["updatedAt"] = iso(self.updated_ms).into();
        call["status"] = self.status.word().into();
        if let Some(started) = self.started_ms {
            call["startedAt"] = iso(started).into();
        }
        if let Some(destination) = &self.destination {
            call["destination"] = destination.clone();
        }
        call["transport"] = json!({"provider": "twilio", "callSid": self.provider_id});
        if self.status == Status::Ended {
            if let Some(ended) = self.ended_ms {
                call["endedAt"] = iso(ended).into();
            }
            call["endedReason"] = self.ended_reason.as_deref().unwrap_or("unknown-error").into();
        }
        if self.status == Status::Ended && self.analysed {
            report::add_results(self, base_url, &mut call);
        }
        call
    }
}
