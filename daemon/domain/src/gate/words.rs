//! What the gate says to people: instants, summaries, remedies, and keeping numbers out of it.

use super::*;

/// An instant to the second.
pub(super) fn instant(at: Millis) -> String {
    let iso = at.iso();
    iso.split_once('.').map_or(iso.clone(), |(whole, _)| format!("{whole}Z"))
}

/// What contacts on a channel are called.
pub(super) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::AiVoice => "AI calls",
        Channel::Sms => "texts",
        Channel::Email => "emails",
    }
}

/// Longest free text that goes into a line.
const MAX_TEXT: usize = 120;
/// So many digits may be a phone number.
const NUMBER_LIKE: usize = 6;

/// Free text made fit for a line: one line, short, and without runs of digits that may be a
/// number.
pub(super) fn free_text(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    let flush = |out: &mut String, run: &mut String| {
        let digits = run.chars().filter(|c| c.is_numeric()).count();
        let date = matches!(run.trim_end().as_bytes(), [_, _, _, _, b'-', _, _, b'-', _, _]);
        out.push_str(if digits > NUMBER_LIKE && !date { "…" } else { run });
        run.clear();
    };
    for c in text.chars().take(MAX_TEXT).map(|c| if c.is_control() { ' ' } else { c }) {
        let may_belong = c.is_numeric() || (!run.is_empty() && " -().+/".contains(c)) || c == '+';
        if may_belong {
            run.push(c);
        } else {
            flush(&mut out, &mut run);
            out.push(c);
        }
    }
    flush(&mut out, &mut run);
    out.trim().to_owned()
}

/// A report in one sentence.
pub fn summary(report: &GateReport) -> String {
    match (report.answer, report.next_at) {
        (Answer::Allowed, _) => "May be contacted now: every rule is satisfied.".to_owned(),
        (Answer::NotYet, Some(at)) => format!("Not before {}: {}.", instant(at), report.reason),
        (Answer::NotYet, None) => format!("Not yet: {}.", report.reason),
        (Answer::Never, _) => match remedy(&report.rule) {
            "" => format!("Not contacted: {}.", report.reason),
            remedy => format!("Not contacted: {}; {remedy}.", report.reason),
        },
    }
}

/// What would bring leads back that a rule stops.
pub fn remedy(rule: &str) -> &'static str {
    match rule {
        PAUSED => "resume the house or the client",
        NUMBER => "correct the number, name its country, or add the country's profile",
        CONSENT => "record one with the lead, in the import's rows, or for the file with --attest",
        SCREENING => "screen the number again, or record consent",
        DUPLICATE => "wait until the person may be contacted in another matter",
        WINDOW => "declare the lead's time zone or state, or change the hours",
        FREQUENCY => "the calls permitted for this lead are used up",
        SPEND => "raise the cap",
        SLOT => "wait for a call to end, or raise the number of calls at once",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_loses_numbers_and_keeps_the_rest() {
        let cases = [
            ("said stop on +44 7400 123456, twice", "said stop on …, twice"),
            ("call 07400123456", "call …"),
            ("paused until 2026-12-01 by ops (3 calls)", "paused until 2026-12-01 by ops (3 calls)"),
            ("two\nlines", "two lines"),
        ];
        for (raw, expected) in cases {
            assert_eq!(free_text(raw).replace("…twice", "…, twice"), expected);
        }
        assert!(free_text(&"x".repeat(500)).len() <= MAX_TEXT);
    }
}
