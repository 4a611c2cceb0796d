//! A call: how far it came, what was said and done, and what it is linked to.

use super::{Lines, RELATED, View, bounded, dollars};
use crate::params;
use crate::views::mask::clip;
use crate::{Result, Tx};
use frontdesk_shared::Millis;
use frontdesk_shared::call::LOST;
use frontdesk_shared::time::short_duration;
use serde_json::Value;

/// Lines of a transcript shown, the last ones.
const TRANSCRIPT: usize = 200;
/// Characters of one of them.
const UTTERANCE: usize = 500;

struct Links {
    lead: Option<i64>,
    job: Option<i64>,
    client: i64,
    provider: String,
    provider_call_id: String,
}

fn report(over: bool, reason: &str) -> &'static str {
    match (over, reason) {
        (true, LOST) => "never came",
        (true, _) => "received",
        (false, _) => "not received yet",
    }
}

pub(super) fn view(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let (mut facts, mut said) = (Lines::default(), Lines::default());
    let (mut title, mut transcript) = (String::new(), String::new());
    let links = tx.one(
        "SELECT c.client_id, COALESCE(k.key, ''), c.lead_id, c.job_id, c.direction, c.episode, c.attempt, c.provider, \
         COALESCE(c.provider_call_id, ''), c.status, COALESCE(c.outcome, ''), c.why, c.ended_reason, c.phone, c.who, \
         c.started_at, c.ended_at, c.cost_micros, COALESCE(t.summary, ''), COALESCE(t.transcript, ''), \
         COALESCE(t.analysis, ''), c.last_line, c.reported, c.sandbox, c.lookups, c.created_at \
         FROM call c LEFT JOIN client k ON k.id = c.client_id LEFT JOIN call_text t ON t.call_id = c.id \
         WHERE c.id = $1",
        params![id],
        |r| {
            let text = |i: usize| r.get::<String>(i);
            let (started, ended): (Option<Millis>, Option<Millis>) = (r.get(15)?, r.get(16)?);
            let length = match (started, ended) {
                (Some(from), Some(to)) => short_duration(to.since(from)),
                (Some(from), None) => format!("{} so far", short_duration(view.now.since(from))),
                _ => String::new(),
            };
            let came = if text(10)?.is_empty() { text(9)? } else { text(10)? };
            let who = if text(14)?.is_empty() { text(13)? } else { text(14)? };
            title = format!("call with {}: {came}", view.mask.text(who.clone()));
            facts
                .add("with", view.mask.text(who))
                .add("number", view.mask.phone(text(13)?))
                .add("client", text(1)?)
                .add("direction", text(4)?)
                .add("attempt", format!("{} of episode {}", r.get::<i64>(6)?, r.get::<i64>(5)?))
                .add("status", text(9)?)
                .add("outcome", text(10)?)
                .add("because", view.mask.text(text(11)?))
                .add("ended with", text(12)?)
                .add("placed", view.when(r.get(25)?))
                .add("answered", view.when_some(started))
                .add("ended", view.when_some(ended))
                .add("length", length)
                .add("cost", dollars(r.get(17)?))
                .add("provider", text(7)?)
                .add("provider's id", text(8)?)
                .add("final report", report(r.get(22)?, &text(12)?))
                .add("look-ups", r.get::<i64>(24)?.to_string());
            if r.get::<bool>(23)? {
                facts.add("sandbox", "no real phone rang");
            }
            said.add("summary", view.said(text(18)?)).add("last line", view.said(text(21)?));
            said.block(view.pretty(&text(20)?, 4_096));
            transcript = text(19)?;
            Ok(Links {
                client: r.get(0)?,
                lead: r.get(2)?,
                job: r.get(3)?,
                provider: text(7)?,
                provider_call_id: text(8)?,
            })
        },
    )?;
    view.detail.title = title;
    view.section("Call", facts);
    view.section("What it came to", said);
    let mut lines = Lines::default();
    if view.mask.open {
        for (who, text) in utterances(&transcript) {
            lines.add(who, clip(text, UTTERANCE));
        }
    } else {
        lines.block(view.said(transcript));
    }
    view.section("Transcript", lines);
    tools(tx, &links, view)?;
    webhooks(tx, id, view)?;
    view.related("lead", "lead", links.lead);
    view.related("job that placed it", "job", links.job);
    view.related("client", "client", Some(links.client));
    Ok(())
}

/// The last lines of a transcript: a JSON array of turns, or plain text with one turn a line.
fn utterances(stored: &str) -> Vec<(String, String)> {
    let field = |turn: &Value, names: &[&str]| {
        names.iter().find_map(|name| turn.get(name)?.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let turns: Vec<(String, String)> = match serde_json::from_str::<Vec<Value>>(stored) {
        Ok(turns) => turns
            .iter()
            .map(|turn| match turn {
                Value::String(text) => (String::new(), text.clone()),
                turn => (
                    field(turn, &["role", "speaker", "who"]),
                    field(turn, &["message", "text", "content", "transcript"]),
                ),
            })
            .collect(),
        Err(_) => stored
            .lines()
            .map(|line| match line.split_once(": ") {
                Some((who, text)) if who.len() <= 20 => (who.to_owned(), text.to_owned()),
                _ => (String::new(), line.to_owned()),
            })
            .collect(),
    };
    let skipped = turns.len().saturating_sub(TRANSCRIPT);
    let mut shown: Vec<_> = turns.into_iter().skip(skipped).collect();
    if skipped > 0 {
        shown.insert(0, ("…".into(), format!("{skipped} earlier lines are not shown")));
    }
    shown
}

fn tools(tx: &mut Tx<'_>, links: &Links, view: &mut View) -> Result<()> {
    let mut lines = Lines::default();
    tx.all(
        "SELECT name, result, is_error, at FROM tool_call WHERE provider = $1 AND provider_call_id = $2 \
         ORDER BY at, tool_call_id LIMIT 50",
        params![&links.provider, &links.provider_call_id],
        |r| {
            let sign = if r.get::<bool>(2)? { " failed" } else { "" };
            lines.add(format!("{}{sign}", r.get::<String>(0)?), view.when(r.get(3)?));
            lines.block(bounded(view.pretty(&r.get::<String>(1)?, 1_000), 1_100));
            Ok(())
        },
    )?;
    view.section("Tools used", lines);
    Ok(())
}

fn webhooks(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let mut lines = Lines::default();
    let mut related = Vec::new();
    tx.all(
        "SELECT id, kind, status, note, received_at FROM webhook WHERE call_id = $1 ORDER BY id DESC LIMIT $2",
        params![id, RELATED],
        |r| {
            let (kind, status, note): (String, String, String) = (r.get(1)?, r.get(2)?, r.get(3)?);
            let note = if note.is_empty() { note } else { format!(": {}", view.mask.text(note)) };
            lines.add(format!("{kind} {status}"), format!("{}{note}", view.when(r.get(4)?)));
            related.push((format!("webhook: {kind}"), r.get::<i64>(0)?));
            Ok(())
        },
    )?;
    view.section("Webhooks", lines);
    for (label, id) in related {
        view.related(label, "webhook", Some(id));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_is_read_in_either_form_and_bounded() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let json = r#"[{"role":"user","message":"Hi"},{"speaker":"ai","text":"Hello"},"aside"]"#;
        assert_eq!(utterances(json), [pair("user", "Hi"), pair("ai", "Hello"), pair("", "aside")]);
        assert_eq!(utterances("AI: Hello\nno colon"), [pair("AI", "Hello"), pair("", "no colon")]);
        assert!(utterances("").is_empty());
        let long = utterances(&"AI: x\n".repeat(500));
        assert_eq!((long.len(), long[0].1.as_str()), (201, "300 earlier lines are not shown"));
    }
}
