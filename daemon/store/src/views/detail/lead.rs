//! Reads a lead: who it is, why it may or may not be contacted, and what happened.

use super::{LINE, RELATED, message};
use crate::params;
use crate::tables::screening;
use crate::views::lists::{leads, one};
use crate::views::mask::{Mask, clip};
use crate::{Result, Row, Sql, Tx};
use frontdesk_domain::lead::mail_identity;
use frontdesk_domain::screening::Screening;
use frontdesk_shared::call::{CallStatus, Outcome};
use frontdesk_shared::detail::{
    AppointmentBrief, CallBrief, Consent, Contact, JobBrief, LeadDetail, Screened, Suppression,
};
use frontdesk_shared::event::kind;
use frontdesk_shared::explain::{Answer, Finding, GateReport, RuleLine};
use frontdesk_shared::job::JobState;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{ClientId, LeadId, Noun};
use serde_json::{Map, Value};

/// Variables shown.
const VARIABLES: usize = 60;
/// Decisions of the gate shown.
const DECISIONS: u32 = 10;

pub(super) fn read(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<LeadDetail> {
    let row = one(tx, Noun::Lead, id, |r| leads::row(r, mask))?;
    let (mut lead, identity, email) = tx.one(
        "SELECT client_id, identity, phone IS NOT NULL, region, line, email, COALESCE(zone, ''), COALESCE(state, ''), \
         COALESCE(postcode, ''), COALESCE(external_id, ''), hold_rule, hold_reason, episode, last_attempt_at, \
         score_parts, vars FROM lead WHERE id = $1",
        params![id],
        |r| {
            let email: String = r.get(5)?;
            let text = |i: usize| r.get::<Option<String>>(i).map(Option::unwrap_or_default);
            let lead = LeadDetail {
                row: row.clone(),
                client: r.get(0)?,
                callable: r.get(2)?,
                region: text(3)?,
                line: text(4)?,
                email: mask.email(email.clone()),
                zone: r.get(6)?,
                state: r.get(7)?,
                postcode: r.get(8)?,
                external_id: mask.text(r.get(9)?),
                hold_rule: r.get(10)?,
                hold_reason: mask.text(r.get(11)?),
                episode: r.get(12)?,
                last_attempt_at: r.get(13)?,
                screenings: Vec::new(),
                score_parts: r.json(14).unwrap_or_default(),
                consents: Vec::new(),
                suppressions: Vec::new(),
                decisions: Vec::new(),
                calls: Vec::new(),
                messages: Vec::new(),
                planned: Vec::new(),
                contacts: Vec::new(),
                jobs: Vec::new(),
                appointments: Vec::new(),
                variables: variables(&r.get::<String>(15)?, mask),
            };
            Ok((lead, r.get::<String>(1)?, email))
        },
    )?;
    lead.consents = consents(tx, id, mask)?;
    lead.suppressions = suppressions(tx, lead.client, &identity, &email, mask)?;
    lead.screenings =
        screening::of_numbers(tx, &[&identity])?.into_iter().map(|(_, word)| screened(word)).collect();
    lead.decisions = gate_history(tx, LeadId(id), DECISIONS)?;
    for report in &mut lead.decisions {
        report.reason = mask.text(std::mem::take(&mut report.reason));
        report.lines.retain(|line| line.finding != Finding::Skipped);
        for line in &mut report.lines {
            line.detail = mask.text(std::mem::take(&mut line.detail));
        }
    }
    if lead.row.status == LeadStatus::Review && lead.hold_reason.is_empty() {
        lead.hold_reason = mask.text(came_to_rest(tx, id)?);
    }
    activity(tx, id, mask, &mut lead)?;
    Ok(lead)
}

fn screened(word: Screening) -> Screened {
    Screened { list: word.list, listed: word.listed, as_of: word.as_of }
}

fn variables(stored: &str, mask: Mask) -> Map<String, Value> {
    let Ok(Value::Object(fields)) = serde_json::from_str(stored).map(|v| mask.json(v)) else {
        return Map::new();
    };
    let bounded = |(key, value)| match value {
        Value::String(text) => (key, Value::String(clip(text, LINE))),
        value => (key, value),
    };
    fields.into_iter().take(VARIABLES).map(bounded).collect()
}

fn consents(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<Vec<Consent>> {
    tx.all(
        "SELECT c.channels, c.purpose, s.wording, c.evidence, c.given_at, c.recorded_at, c.recorded_by, \
         c.revoked_at, COALESCE(c.revoked_how, '') FROM consent c JOIN statement s ON s.id = c.statement_id \
         WHERE c.lead_id = $1 ORDER BY c.id DESC LIMIT 20",
        params![id],
        |r| {
            Ok(Consent {
                channels: r.get(0)?,
                purpose: r.get(1)?,
                wording: clip(r.get(2)?, LINE),
                evidence: mask.text(r.get(3)?),
                given_at: r.get(4)?,
                recorded_at: r.get(5)?,
                recorded_by: r.get(6)?,
                revoked_at: r.get(7)?,
                revoked_how: r.get(8)?,
            })
        },
    )
}

fn suppressions(
    tx: &mut Tx<'_>,
    client: ClientId,
    identity: &str,
    email: &str,
    mask: Mask,
) -> Result<Vec<Suppression>> {
    let mail = mail_identity(email).unwrap_or_default();
    let found = tx.all(
        "SELECT client_id, channel, reason, evidence, active, created_at, created_by, ended_at, \
         COALESCE(ended_by, ''), COALESCE(ended_why, '') FROM suppression WHERE address IN ($1, $2) AND address <> '' \
         AND client_id IN (0, $3) ORDER BY id DESC LIMIT 20",
        params![identity, &mail, client],
        |r| {
            Ok(Suppression {
                global: r.get::<i64>(0)? == 0,
                channel: r.get(1)?,
                reason: r.get(2)?,
                evidence: mask.text(r.get(3)?),
                active: r.get(4)?,
                created_at: r.get(5)?,
                created_by: r.get(6)?,
                ended_at: r.get(7)?,
                ended_by: r.get(8)?,
                ended_why: r.get(9)?,
            })
        },
    )?;
    // A refusal is kept at each address of the person; it is one all the same.
    let mut told: Vec<Suppression> = Vec::new();
    for suppression in found {
        if !told.contains(&suppression) {
            told.push(suppression);
        }
    }
    Ok(told)
}

/// Why a lead came to where it rests, as it was told when it did.
fn came_to_rest(tx: &mut Tx<'_>, lead: i64) -> Result<String> {
    let sql = Sql {
        lite: "SELECT text FROM event WHERE lead_id = $1 AND kind = $2 ORDER BY seq DESC LIMIT 1",
        pg: "SELECT text FROM event WHERE lead_id = $1 AND kind = $2 ORDER BY tx DESC, seq DESC LIMIT 1",
    };
    let told = tx.optional(sql, params![lead, kind::LEAD_STATUS_CHANGED], |r| r.get(0))?;
    Ok(told.unwrap_or_default())
}

/// Stored decisions of the gate about a lead, newest first.
///
/// # Errors
/// As the store fails.
pub fn gate_history(tx: &mut Tx<'_>, lead: LeadId, limit: u32) -> Result<Vec<GateReport>> {
    tx.all(
        "SELECT v.answer, v.rule, v.reason, v.next_at, v.at, v.stage, v.rules_version, r.lines FROM verdict v \
         JOIN reasoning r ON r.id = v.reasoning_id WHERE v.lead_id = $1 ORDER BY v.id DESC LIMIT $2",
        params![lead, i64::from(limit.min(100))],
        report,
    )
}

fn report(r: &Row<'_>) -> Result<GateReport> {
    Ok(GateReport {
        answer: r.word(0, Answer::parse)?,
        rule: r.get(1)?,
        reason: r.get(2)?,
        next_at: r.get(3)?,
        at: r.get(4)?,
        stage: r.get(5)?,
        rules_version: r.get(6)?,
        // Lines of a version that wrote them otherwise: the answer itself still stands.
        lines: r.json::<Vec<RuleLine>>(7).unwrap_or_default(),
    })
}

fn activity(tx: &mut Tx<'_>, id: i64, mask: Mask, lead: &mut LeadDetail) -> Result<()> {
    lead.calls = tx.all(
        "SELECT id, attempt, status, outcome, why, created_at FROM call WHERE lead_id = $1 \
         ORDER BY id DESC LIMIT $2",
        params![id, RELATED],
        |r| {
            Ok(CallBrief {
                id: r.get(0)?,
                attempt: r.get(1)?,
                status: r.word(2, CallStatus::parse)?,
                outcome: r.get::<Option<String>>(3)?.as_deref().and_then(Outcome::parse),
                why: mask.text(r.get(4)?),
                created_at: r.get(5)?,
            })
        },
    )?;
    lead.messages = message::of_lead(tx, LeadId(id), mask)?;
    lead.planned = message::planned(tx, LeadId(id), mask)?;
    lead.contacts = tx.all(
        "SELECT channel, at FROM contact WHERE lead_id = $1 ORDER BY at DESC LIMIT $2",
        params![id, RELATED],
        |r| Ok(Contact { channel: r.get(0)?, at: r.get(1)? }),
    )?;
    lead.jobs = tx.all(
        "SELECT id, kind, state, run_at, reason FROM job WHERE lead_id = $1 ORDER BY id DESC LIMIT $2",
        params![id, RELATED],
        |r| {
            Ok(JobBrief {
                id: r.get(0)?,
                kind: r.get(1)?,
                state: r.word(2, JobState::parse)?,
                run_at: r.get(3)?,
                reason: mask.text(r.get(4)?),
            })
        },
    )?;
    lead.appointments = tx.all(
        "SELECT id, status, starts_at, note FROM appointment WHERE lead_id = $1 ORDER BY id DESC LIMIT $2",
        params![id, RELATED],
        |r| {
            Ok(AppointmentBrief {
                id: r.get(0)?,
                status: r.get(1)?,
                starts_at: r.get(2)?,
                note: mask.text(r.get(3)?),
            })
        },
    )?;
    Ok(())
}
