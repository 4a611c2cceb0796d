//! One statement of consent for a whole file.
//!
//! Lives here: reading the statement into the consent every row without its own gets. Must not
//! live here: what a row says itself (`consent`), which wins; what words grant (`statement`).
//!
//! The statement is a person's own words about this import: who attests, when it was given,
//! which wording was shown. It covers exactly the channels it names positively.

use super::consent::ConsentDraft;
use super::problem::FileProblem;
use super::text::{clean, short, words};
use super::{dates, statement};
use frontdesk_shared::Millis;
use frontdesk_shared::contact::Purpose;
use frontdesk_shared::import::ImportSpec;

/// Longest statement in characters.
const MAX_TEXT: usize = 2_000;
/// Fewest words and characters of one: a mere mark is nobody's statement.
const LEAST: (usize, usize) = (3, 12);

/// The consent the file's statement gives each row. `now` is when the import was started, also
/// when it is resumed later: the statement was made then. A statement that only denies gives
/// none; one that names no channel is a question.
pub fn statement(spec: &ImportSpec, now: Millis) -> Result<Option<ConsentDraft>, FileProblem> {
    let Some(text) = &spec.attest else { return Ok(None) };
    let text = clean(text).into_owned();
    let problem = |reason: String| FileProblem::Attest(reason);
    match text.chars().count() {
        0 => return Err(problem("it is empty; say who attests, since when, and the wording shown".into())),
        n if n < LEAST.1 || words(&text).len() < LEAST.0 => {
            return Err(problem(
                "it is too short; say who attests, since when, and the wording shown".into(),
            ));
        }
        n if n > MAX_TEXT => return Err(problem(format!("{n} characters; at most {MAX_TEXT}"))),
        _ => {}
    }
    let at = match text.split(|c: char| c.is_whitespace() || ",;()".contains(c)).find(|w| is_iso_date(w)) {
        Some(date) => dates::past(date.trim_end_matches(['.', ':']), now).map_err(problem)?,
        None => now,
    };
    let said = statement::read(&text);
    if said.granted.is_empty() && said.denied.is_empty() && !said.negative && !said.human_only {
        return Err(problem(format!(
            "“{}” names no channel; say what people agreed to: AI calls, texts or emails",
            short(&text, 80)
        )));
    }
    if said.granted.is_empty() {
        return Ok(None);
    }
    let evidence = format!("attested for the whole file “{}”", short(&spec.label, 200));
    Ok(Some(ConsentDraft {
        channels: said.granted,
        purpose: Purpose::Marketing,
        text,
        at: Some(at),
        evidence,
    }))
}

fn is_iso_date(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[..4].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_shared::contact::Channel::{AiVoice, Email, Sms};

    const NOW: Millis = Millis(1_795_262_400_000);

    fn read(text: &str) -> Result<Option<ConsentDraft>, FileProblem> {
        let spec = ImportSpec { attest: Some(text.into()), label: "May.csv".into(), ..ImportSpec::default() };
        statement(&spec, NOW)
    }

    #[test]
    fn channels_and_date_come_from_the_words() {
        let cases = [
            (
                "Jane Roy: web form v3, since 2026-05-01: AI calls, texts and emails",
                vec![AiVoice, Sms, Email],
                "2026-05-01T00:00:00.000Z",
            ),
            ("Form: “you may call or text me” (2026-05-01)", vec![AiVoice, Sms], "2026-05-01T00:00:00.000Z"),
            ("agreed to e-mails", vec![Email], "2026-11-21T12:00:00.000Z"),
        ];
        for (text, channels, at) in cases {
            let draft = read(text).expect("statement").expect("some");
            assert_eq!(
                (draft.channels, draft.at.map(Millis::iso)),
                (channels, Some(at.to_string())),
                "{text}"
            );
            assert_eq!(draft.text, text);
            assert!(draft.evidence.contains("May.csv"));
        }
        assert_eq!(statement(&ImportSpec::default(), NOW), Ok(None));
        assert_eq!(read("human phone calls, no AI or automated calls"), Ok(None));
    }

    #[test]
    fn an_unusable_statement_stops_the_import() {
        assert!(read("  ").is_err());
        assert!(read("x").is_err() && read("yes, they agreed to calls").is_ok() && read("y e s").is_err());
        assert!(read("calls, given 2031-01-01").is_err());
        assert!(read(&"x".repeat(2_001)).is_err());
        let reason = read("Jane Roy: all of them said yes").expect_err("no channel").to_string();
        assert!(reason.contains("names no channel") && reason.contains("AI calls"), "{reason}");
    }
}
