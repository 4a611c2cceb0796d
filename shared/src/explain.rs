//! Explanations: why a lead is or is not contacted, and why nothing is dialing.

use crate::detail::PlannedMessage;
use crate::words::words;
use crate::{LeadId, Millis};
use serde::{Deserialize, Serialize};

words! {
    /// What one rule said.
    Finding {
        /// Nothing against it.
        Pass = "pass",
        /// Not now; the line says until when.
        Wait = "wait",
        /// No.
        Block = "block",
        /// Not reached, because an earlier rule already said no.
        Skipped = "skipped",
    }
}

/// One rule of the gate with its input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleLine {
    /// Name of the rule, such as `consent`.
    pub rule: String,
    /// What it said.
    pub finding: Finding,
    /// What it looked at and what followed, in words.
    pub detail: String,
    /// For `wait`: the next instant at which it would pass.
    pub until: Option<Millis>,
}

words! {
    /// The gate's answer.
    Answer {
        /// Go.
        Allowed = "allowed",
        /// Not before an instant.
        NotYet = "not-yet",
        /// Not until something changes.
        Never = "never",
    }
}

/// A decision of the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateReport {
    /// The answer.
    pub answer: Answer,
    /// The rule that decided; empty when allowed.
    pub rule: String,
    /// The reason in words.
    pub reason: String,
    /// Next instant at which it may be allowed, when known.
    pub next_at: Option<Millis>,
    /// When it was decided.
    pub at: Millis,
    /// `now` for an answer made for the asker; `plan` or `act` for a stored one.
    pub stage: String,
    /// Version of the rules.
    pub rules_version: u32,
    /// Every rule, in order.
    pub lines: Vec<RuleLine>,
}

/// Everything that explains one lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadExplanation {
    /// The lead.
    pub lead: LeadId,
    /// In one sentence: what will happen next, or why nothing will.
    pub summary: String,
    /// The gate asked at this moment.
    pub now: GateReport,
    /// Messages that are to come, next first.
    #[serde(default)]
    pub planned: Vec<PlannedMessage>,
    /// Stored decisions, newest first.
    pub history: Vec<GateReport>,
    /// The lead's story, newest first: instant and line.
    pub story: Vec<(Millis, String)>,
}

/// One step of the waterfall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaterfallStep {
    /// What removes leads here.
    pub label: String,
    /// How many it removes.
    pub removed: u64,
    /// How many are left.
    pub left: u64,
    /// What would bring them back, in words.
    pub remedy: String,
}

/// Messages that wait for something other than their time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingMessages {
    /// What they wait for.
    pub label: String,
    /// How many.
    pub count: u64,
    /// What would let them go, in words.
    pub remedy: String,
}

/// Why nothing, or not more, is dialing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdleExplanation {
    /// In one sentence.
    pub summary: String,
    /// From all open leads down to those that could be called now.
    pub steps: Vec<WaterfallStep>,
    /// Texts and emails that would be on their way otherwise.
    #[serde(default)]
    pub messages: Vec<WaitingMessages>,
    /// The next instant at which a call is planned.
    pub next_at: Option<Millis>,
    /// Calls under way and the most allowed at once.
    pub slots: (u64, u64),
    /// When it was computed.
    pub at: Millis,
}
