//! One statement of consent for a whole file.
//!
//! Lives here: reading the statement into the consent every row without its own gets. Must not
//! live here: what a row says itself (`consent`); it wins.
//!
//! The statement is a person's own words about this import: who attests, when it was given,
//! which wording was shown. It covers the channels it names, and all three where it names
//! none: whoever attests for an import into a system that calls, texts and mails attests for that.

use super::consent::ConsentDraft;
use super::dates;
use super::problem::FileProblem;
use super::text::{clean, short, words};
use frontdesk_shared::Millis;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::import::ImportSpec;

/// Longest statement in characters.
const MAX_TEXT: usize = 2_000;
/// Fewest words and characters of one: a mere mark is nobody's statement.
const LEAST: (usize, usize) = (3, 12);

/// The consent the file's statement gives each row. `now` is when the import was started, also
/// when it is resumed later: the statement was made then.
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
    let channels = channels(&text);
    let evidence = format!("attested for the whole file “{}”", short(&spec.label, 200));
    Ok(Some(ConsentDraft { channels, purpose: Purpose::Marketing, text, at: Some(at), evidence }))
}

fn is_iso_date(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[..4].iter().all(u8::is_ascii_digit)
}

fn channels(text: &str) -> Vec<Channel> {
    let words = words(text);
    let says = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    let mut found = Vec::new();
    if says(&["ai", "voice", "call", "calls", "called", "calling", "phone", "phoned", "telephone"]) {
        found.push(Channel::AiVoice);
    }
    if says(&["sms", "text", "texts", "texted", "texting"]) {
        found.push(Channel::Sms);
    }
    let apart = words.windows(2).any(|w| w[0] == "e" && w[1].starts_with("mail"));
    if apart || says(&["email", "emails", "emailed", "emailing"]) {
        found.push(Channel::Email);
    }
    if found.is_empty() { Channel::ALL.to_vec() } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Channel::{AiVoice, Email, Sms};

    const NOW: Millis = Millis(1_795_262_400_000);

    fn read(text: &str) -> Result<Option<ConsentDraft>, FileProblem> {
        let spec = ImportSpec { attest: Some(text.into()), label: "May.csv".into(), ..ImportSpec::default() };
        statement(&spec, NOW)
    }

    #[test]
    fn channels_and_date_come_from_the_words() {
        let cases = [
            (
                "Jane Roy: web form v3, since 2026-05-01",
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
    }

    #[test]
    fn an_unusable_statement_stops_the_import() {
        assert!(read("  ").is_err());
        assert!(read("x").is_err() && read("yes, they agreed").is_ok() && read("y e s").is_err());
        assert!(read("given 2031-01-01").is_err());
        assert!(read(&"x".repeat(2_001)).is_err());
    }
}
