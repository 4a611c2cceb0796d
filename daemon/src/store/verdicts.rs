//! The gate's decisions, stored with their reasoning.

use super::{Result, Tx};
use crate::params;
use frontdesk_shared::explain::GateReport;
use frontdesk_shared::{ClientId, LeadId, VerdictId};
use std::collections::HashSet;

/// Reasonings that a transaction has written already. It must not outlive the transaction.
#[derive(Debug, Default)]
pub struct Reasonings(HashSet<i64>);

/// Stores a decision of the gate. The reasoning is keyed by its own hash, so equal reasonings
/// are kept once.
///
/// # Errors
/// As the statements fail.
pub fn insert(
    tx: &mut Tx<'_>,
    id: VerdictId,
    client: ClientId,
    lead: LeadId,
    report: &GateReport,
    known: &mut Reasonings,
) -> Result<()> {
    let lines = serde_json::to_string(&report.lines).map_err(|e| super::Error::Database(e.to_string()))?;
    let reasoning = reasoning_key(&lines);
    if known.0.insert(reasoning) {
        tx.execute(
            "INSERT INTO reasoning (id, lines) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
            params![reasoning, &lines],
        )?;
    }
    tx.execute(
        "INSERT INTO verdict (id, client_id, lead_id, stage, answer, rule, reason, next_at, rules_version,
             reasoning_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            id,
            client,
            lead,
            &report.stage,
            report.answer.word(),
            &report.rule,
            &report.reason,
            report.next_at,
            report.rules_version,
            reasoning,
            report.at
        ],
    )?;
    Ok(())
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
