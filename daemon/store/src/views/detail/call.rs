//! Reads a call: how far it came, what was said and done, and what it is linked to.

use super::{LINE, RELATED, document};
use crate::params;
use crate::views::lists::{calls, one};
use crate::views::mask::{Mask, clip};
use crate::{Result, Tx};
use frontdesk_shared::detail::{CallDetail, Document, ToolUse, Utterance, WebhookBrief};
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_shared::{CallId, Noun};
use serde_json::Value;

/// Lines of a transcript shown, the last ones.
const TRANSCRIPT: usize = 200;
/// Characters of one of them.
const UTTERANCE: usize = 500;
/// Bytes of the provider's analysis that are shown.
const ANALYSIS: usize = 4_096;
/// Bytes of a tool's answer that are shown.
const ANSWER: usize = 1_000;

pub(super) fn read(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<CallDetail> {
    let row = one(tx, Noun::Call, id, |r| calls::row(r, mask))?;
    let mut call = tx.one(
        "SELECT client_id, job_id, episode, provider, why, reported, lookups FROM call WHERE id = $1",
        params![id],
        |r| {
            Ok(CallDetail {
                client: r.get(0)?,
                job: r.get(1)?,
                episode: r.get(2)?,
                provider: r.get(3)?,
                why: mask.text(r.get(4)?),
                reported: r.get(5)?,
                lookups: r.get(6)?,
                hidden: false,
                summary: String::new(),
                analysis: Document::default(),
                transcript: Vec::new(),
                skipped: 0,
                tools: Vec::new(),
                webhooks: Vec::new(),
                row: row.clone(),
            })
        },
    )?;
    said(tx, id, mask, &mut call)?;
    call.tools = tools(tx, &call, mask)?;
    call.webhooks = webhooks(tx, id, mask)?;
    Ok(call)
}

/// What was said, unless the viewer may not read it; then whether there is anything.
fn said(tx: &mut Tx<'_>, id: i64, mask: Mask, call: &mut CallDetail) -> Result<()> {
    // A call of which nothing was said has no texts.
    let (summary, transcript, analysis): (String, String, String) = tx
        .optional(
            "SELECT summary, transcript, analysis FROM call_text WHERE call_id = $1",
            params![CallId(id)],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )?
        .unwrap_or_default();
    call.analysis = document(mask, &analysis, ANALYSIS);
    let (turns, skipped) = utterances(&transcript);
    if mask.open {
        (call.transcript, call.skipped, call.summary) = (turns, skipped, clip(summary, LINE));
    } else {
        call.hidden = !(summary.is_empty() && turns.is_empty());
    }
    Ok(())
}

/// The last lines of a transcript, and how many come before them: a JSON array of turns, or plain text with one turn a line.
fn utterances(stored: &str) -> (Vec<Utterance>, u32) {
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
    let said = |(who, text)| Utterance { who, text: clip(text, UTTERANCE) };
    let shown = turns.into_iter().skip(skipped).map(said).collect();
    (shown, u32::try_from(skipped).unwrap_or(u32::MAX))
}

fn tools(tx: &mut Tx<'_>, call: &CallDetail, mask: Mask) -> Result<Vec<ToolUse>> {
    tx.all(
        "SELECT name, result, is_error, at FROM tool_call WHERE provider = $1 AND provider_call_id = $2 \
         ORDER BY at, tool_call_id LIMIT 50",
        params![&call.provider, &call.row.provider_call_id],
        |r| {
            Ok(ToolUse {
                name: r.get(0)?,
                result: document(mask, &r.get::<String>(1)?, ANSWER),
                failed: r.get(2)?,
                at: r.get(3)?,
            })
        },
    )
}

fn webhooks(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<Vec<WebhookBrief>> {
    tx.all(
        "SELECT id, kind, status, note, received_at FROM webhook WHERE call_id = $1 ORDER BY id DESC LIMIT $2",
        params![id, RELATED],
        |r| {
            Ok(WebhookBrief {
                id: r.get(0)?,
                kind: r.get(1)?,
                status: r.word(2, WebhookStatus::parse)?,
                note: mask.text(r.get(3)?),
                received_at: r.get(4)?,
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_is_read_in_either_form_and_bounded() {
        let pairs = |stored: &str| -> Vec<(String, String)> {
            utterances(stored).0.into_iter().map(|u| (u.who, u.text)).collect()
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let json = r#"[{"role":"user","message":"Hi"},{"speaker":"ai","text":"Hello"},"aside"]"#;
        assert_eq!(pairs(json), [pair("user", "Hi"), pair("ai", "Hello"), pair("", "aside")]);
        assert_eq!(pairs("AI: Hello\nno colon"), [pair("AI", "Hello"), pair("", "no colon")]);
        assert!(pairs("").is_empty());
        let (turns, skipped) = utterances(&"AI: x\n".repeat(500));
        assert_eq!((turns.len(), skipped), (200, 300));
    }
}
