//! The gate's decisions, stored with their reasoning.

use crate::engine::insert::Insert;
use crate::engine::value::Kind::{Int, Text};
use crate::params;
use crate::{Result, Tx, Value};
pub use frontdesk_domain::verdict::Verdict;
use frontdesk_shared::LeadId;
use frontdesk_shared::explain::GateReport;
use std::collections::BTreeMap;

const REASONINGS: Insert<2> =
    Insert { into: "reasoning (id, lines)", types: [Int, Text], then: "ON CONFLICT (id) DO NOTHING" };
const VERDICTS: Insert<11> = Insert {
    into: "verdict (id, client_id, lead_id, stage, answer, rule, reason, next_at, rules_version, reasoning_id, at)",
    types: [Int, Int, Int, Text, Text, Text, Text, Int, Int, Int, Int],
    then: "",
};

/// Stores decisions of the gate. A reasoning is keyed by its own hash, so equal ones are kept
/// once.
///
/// # Errors
/// As the statements fail.
pub fn insert(tx: &mut Tx<'_>, verdicts: &[Verdict]) -> Result<()> {
    let mut reasonings = BTreeMap::new();
    let mut keys = Vec::with_capacity(verdicts.len());
    for verdict in verdicts {
        let lines = serde_json::to_string(&verdict.report.lines)
            .map_err(|e| crate::Error::Database(e.to_string()))?;
        let key = reasoning_key(&lines);
        reasonings.insert(key, lines);
        keys.push(key);
    }
    let rows: Vec<_> = reasonings.iter().map(|(key, lines)| [Value::from(*key), lines.into()]).collect();
    REASONINGS.rows(tx, &rows)?;
    let rows: Vec<_> = verdicts.iter().zip(keys).map(|(verdict, key)| row(verdict, key)).collect();
    VERDICTS.rows(tx, &rows)?;
    Ok(())
}

fn row(v: &Verdict, reasoning: i64) -> [Value<'_>; 11] {
    let report = &v.report;
    [
        v.id.into(),
        v.client.into(),
        v.lead.into(),
        (&report.stage).into(),
        report.answer.word().into(),
        (&report.rule).into(),
        (&report.reason).into(),
        report.next_at.into(),
        report.rules_version.into(),
        reasoning.into(),
        report.at.into(),
    ]
}

/// 63 bits of BLAKE3: a collision among a million distinct reasonings has odds of one in ten
/// million, and would only show a wrong explanation.
pub fn reasoning_key(lines: &str) -> i64 {
    let hash = blake3::hash(lines.as_bytes());
    let mut head = [0; 8];
    head.copy_from_slice(&hash.as_bytes()[..8]);
    i64::from_le_bytes(head) & i64::MAX
}

/// A lead's stored decisions, newest first.
///
/// # Errors
/// As the statement fails.
pub fn of_lead(tx: &mut Tx<'_>, lead: LeadId, limit: i64) -> Result<Vec<GateReport>> {
    use frontdesk_shared::explain::Answer;
    tx.all(
        "SELECT v.stage, v.answer, v.rule, v.reason, v.next_at, v.rules_version, r.lines, v.at
         FROM verdict v JOIN reasoning r ON r.id = v.reasoning_id
         WHERE v.lead_id = $1 ORDER BY v.id DESC LIMIT $2",
        params![lead, limit],
        |r| {
            Ok(GateReport {
                stage: r.get(0)?,
                answer: r.word(1, Answer::parse)?,
                rule: r.get(2)?,
                reason: r.get(3)?,
                next_at: r.get(4)?,
                rules_version: r.get(5)?,
                lines: r.json(6)?,
                at: r.get(7)?,
            })
        },
    )
}
