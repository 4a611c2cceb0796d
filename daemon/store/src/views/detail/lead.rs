//! A lead: who it is, why it may or may not be contacted, and what happened.

use super::{Lines, RELATED, View};
use crate::params;
use crate::views::events;
use crate::{Result, Row, Tx};
use frontdesk_shared::explain::{Answer, Finding, GateReport, RuleLine};
use frontdesk_shared::{LeadId, Millis};

pub(super) fn view(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let mut who = Lines::default();
    let mut stand = Lines::default();
    let (client_id, identity, email, import, title) = tx.one(
        "SELECT l.client_id, COALESCE(k.key, ''), l.identity, l.phone, l.region, l.line, l.name, l.email, l.source, \
         l.zone, l.state, l.postcode, l.external_id, l.vars, l.status, l.hold_rule, l.hold_reason, l.next_at, \
         l.episode, l.attempts, l.last_attempt_at, l.last_contact_at, l.screened_at, l.score, l.score_parts, \
         l.import_id, l.created_at, l.updated_at FROM lead l LEFT JOIN client k ON k.id = l.client_id \
         WHERE l.id = $1",
        params![id],
        |r| {
            let text = |i: usize| r.get::<Option<String>>(i).map(Option::unwrap_or_default);
            let (identity, name, email) = (text(2)?, text(6)?, text(7)?);
            let number = identity.strip_prefix("raw:").unwrap_or(&identity).to_owned();
            who.add("name", view.mask.text(name.clone()))
                .add("number", view.mask.phone(number.clone()))
                .add("line", [text(4)?, text(5)?].join(" ").trim())
                .add("email", if view.mask.open { email.clone() } else { mask_email(&email) })
                .add("client", text(1)?)
                .add("source", text(8)?)
                .add("zone", text(9)?)
                .add("state", text(10)?)
                .add("postcode", text(11)?)
                .add("external id", view.mask.text(text(12)?));
            if r.get::<Option<String>>(3)?.is_none() {
                who.add("note", "the number is ambiguous as given and is not called");
            }
            stand
                .add("status", text(14)?)
                .add("held by", text(15)?)
                .add("because", view.mask.text(text(16)?))
                .add("next", view.when_some(r.get(17)?))
                .add("episode", r.get::<i64>(18)?.to_string())
                .add("attempts", r.get::<i64>(19)?.to_string())
                .add("last attempt", view.when_some(r.get(20)?))
                .add("last contact", view.when_some(r.get(21)?))
                .add("screened", view.when_some(r.get(22)?))
                .add("score", score(r.get(23)?, &text(24)?))
                .add("accepted", view.when(r.get(26)?))
                .add("changed", view.when(r.get(27)?));
            let mut vars = Lines::default();
            variables(view, &text(13)?, &mut vars);
            view.section("Variables", vars);
            let shown = if name.is_empty() { number } else { name };
            let title = format!("{}, {}", view.mask.text(shown), text(14)?);
            Ok((r.get::<i64>(0)?, identity, email, r.get::<Option<i64>>(25)?, title))
        },
    )?;
    view.detail.title = title;
    let vars = std::mem::take(&mut view.detail.sections);
    view.section("Lead", who);
    view.section("Standing", stand);
    consent(tx, id, view)?;
    suppression(tx, client_id, &identity, &email, view)?;
    gate(tx, id, view)?;
    activity(tx, id, view)?;
    view.detail.sections.extend(vars);
    view.related("import", "import", import);
    view.related("client", "client", Some(client_id));
    view.detail.story = events::lead_story(tx, LeadId(id), view.mask.open)?;
    Ok(())
}

/// The sum as people add it up: `source website 20 + name known 10 = 30`.
fn score(total: i64, parts: &str) -> String {
    let parts: Vec<(String, i64)> = serde_json::from_str(parts).unwrap_or_default();
    if parts.is_empty() {
        return total.to_string();
    }
    let mut out = String::new();
    for (i, (label, points)) in parts.iter().enumerate() {
        let sign = match (i, *points < 0) {
            (0, false) => "",
            (0, true) => "−",
            (_, false) => " + ",
            (_, true) => " − ",
        };
        out.push_str(&format!("{sign}{label} {}", points.unsigned_abs()));
    }
    format!("{out} = {total}")
}

fn variables(view: &View, stored: &str, lines: &mut Lines) {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(stored) else {
        return;
    };
    let serde_json::Value::Object(fields) = view.mask.json(serde_json::Value::Object(fields)) else { return };
    for (key, value) in fields.into_iter().take(60) {
        match value {
            serde_json::Value::String(text) => lines.add(key, text),
            other => lines.add(key, other.to_string()),
        };
    }
}

fn mask_email(email: &str) -> String {
    email.split_once('@').map_or_else(String::new, |(_, host)| format!("•••@{host}"))
}

fn consent(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let mut lines = Lines::default();
    tx.all(
        "SELECT c.channels, c.purpose, s.wording, c.evidence, c.given_at, c.recorded_at, c.recorded_by, \
         c.revoked_at, COALESCE(c.revoked_how, '') FROM consent c JOIN statement s ON s.id = c.statement_id \
         WHERE c.lead_id = $1 ORDER BY c.id DESC LIMIT 20",
        params![id],
        |r| {
            let (channels, purpose): (String, String) = (r.get(0)?, r.get(1)?);
            let (by, how): (String, String) = (r.get(6)?, r.get(8)?);
            let revoked: Option<Millis> = r.get(7)?;
            let sign = if revoked.is_some() { "revoked" } else { "in force" };
            lines
                .add(sign, format!("{channels} for {purpose}, given {}", view.when(r.get(4)?)))
                .add("  wording", r.get::<String>(2)?)
                .add("  evidence", view.mask.text(r.get(3)?))
                .add("  recorded", format!("{} by {by}", view.when(r.get(5)?)));
            if let Some(at) = revoked {
                lines.add("  revoked", format!("{} {how}", view.when(at)));
            }
            Ok(())
        },
    )?;
    if lines.0.is_empty() {
        lines.add("none", "no consent is on record");
    }
    view.section("Consent", lines);
    Ok(())
}

fn suppression(tx: &mut Tx<'_>, client: i64, phone: &str, email: &str, view: &mut View) -> Result<()> {
    let mut lines = Lines::default();
    let email = email.to_lowercase();
    tx.all(
        "SELECT client_id, channel, reason, evidence, active, created_at, created_by, ended_at, \
         COALESCE(ended_by, '') FROM suppression WHERE address IN ($1, $2) AND address <> '' \
         AND client_id IN (0, $3) ORDER BY id DESC LIMIT 20",
        params![phone, &email, client],
        |r| {
            let whose = if r.get::<i64>(0)? == 0 { "by any client" } else { "by this client" };
            let (channel, reason, by): (String, String, String) = (r.get(1)?, r.get(2)?, r.get(6)?);
            let sign = if r.get::<bool>(4)? { "not to be contacted" } else { "ended" };
            lines
                .add(sign, format!("{whose} on {channel}: {reason}"))
                .add("  evidence", view.mask.text(r.get(3)?))
                .add("  since", format!("{} by {by}", view.when(r.get(5)?)));
            if let Some(at) = r.get::<Option<Millis>>(7)? {
                lines.add("  ended", format!("{} by {}", view.when(at), r.get::<String>(8)?));
            }
            Ok(())
        },
    )?;
    view.section("Do not contact", lines);
    Ok(())
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

fn gate(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let mut lines = Lines::default();
    for (n, report) in gate_history(tx, LeadId(id), 10)?.into_iter().enumerate() {
        let why = if report.rule.is_empty() { String::new() } else { format!(" by {}", report.rule) };
        lines.add(
            format!("{} ({})", report.answer, report.stage),
            format!("{}{why}: {}", view.when(report.at), view.mask.text(report.reason)),
        );
        // The newest decision in full; of older ones what they came to.
        for line in report.lines.into_iter().filter(|l| n == 0 && l.finding != Finding::Skipped) {
            lines.add(format!("  {} {}", line.finding, line.rule), view.mask.text(line.detail));
        }
    }
    view.section("Decisions", lines);
    Ok(())
}

fn activity(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let mut calls = Lines::default();
    let mut related = Vec::new();
    tx.all(
        "SELECT id, status, COALESCE(outcome, ''), why, attempt, created_at FROM call WHERE lead_id = $1 \
         ORDER BY id DESC LIMIT $2",
        params![id, RELATED],
        |r| {
            let (status, outcome, why): (String, String, String) = (r.get(1)?, r.get(2)?, r.get(3)?);
            let came = if outcome.is_empty() { status } else { outcome };
            let why = if why.is_empty() { why } else { format!(" ({})", view.mask.text(why)) };
            calls.add(
                format!("attempt {}", r.get::<i64>(4)?),
                format!("{came}{why}, {}", view.when(r.get(5)?)),
            );
            related.push((format!("call: {came}"), "call", r.get::<i64>(0)?));
            Ok(())
        },
    )?;
    let mut contacts = Lines::default();
    tx.all(
        "SELECT channel, at FROM contact WHERE lead_id = $1 ORDER BY at DESC LIMIT $2",
        params![id, RELATED],
        |r| {
            contacts.add(r.get::<String>(0)?, view.when(r.get(1)?));
            Ok(())
        },
    )?;
    let mut jobs = Lines::default();
    tx.all(
        "SELECT id, kind, state, run_at, reason FROM job WHERE lead_id = $1 ORDER BY id DESC LIMIT $2",
        params![id, RELATED],
        |r| {
            let (kind, state, reason): (String, String, String) = (r.get(1)?, r.get(2)?, r.get(4)?);
            let reason = if reason.is_empty() { reason } else { format!(": {}", view.mask.text(reason)) };
            jobs.add(format!("{kind} {state}"), format!("{}{reason}", view.when(r.get(3)?)));
            related.push((format!("job: {kind} {state}"), "job", r.get::<i64>(0)?));
            Ok(())
        },
    )?;
    let mut slots = Lines::default();
    tx.all(
        "SELECT id, status, starts_at, note FROM appointment WHERE lead_id = $1 ORDER BY id DESC LIMIT $2",
        params![id, RELATED],
        |r| {
            let status: String = r.get(1)?;
            slots.add(status.clone(), view.when(r.get(2)?)).add("  note", view.mask.text(r.get(3)?));
            related.push((format!("appointment: {status}"), "appointment", r.get::<i64>(0)?));
            Ok(())
        },
    )?;
    view.section("Calls", calls);
    view.section("Contacts on any channel", contacts);
    view.section("Jobs", jobs);
    view.section("Appointments", slots);
    for (label, kind, id) in related {
        view.related(label, kind, Some(id));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_the_sum_that_is_shown() {
        assert_eq!(score(25, "[[\"website\",30],[\"not fresh\",-5]]"), "website 30 − not fresh 5 = 25");
        assert_eq!(score(-5, "[[\"not fresh\",-5]]"), "−not fresh 5 = -5");
        assert_eq!(score(7, "{}"), "7");
    }

    #[test]
    fn an_address_keeps_its_host() {
        assert_eq!(
            (mask_email("ann@example.com"), mask_email("")),
            ("•••@example.com".into(), String::new())
        );
    }
}
