//! Who said which line of a transcript, whatever its speakers are called.
//!
//! Labels are settings of the assistant: `User` and `AI` unless somebody chose others. Whoever is
//! not the assistant is the person; where no label tells, nobody knows who said what, and every
//! line may be the person's. Not here: what lines mean.

/// The lines of a transcript that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lines<'a> {
    /// What was said, in order.
    pub(super) said: Vec<&'a str>,
    /// Whether it is known to be the person's.
    pub(super) of_person: bool,
}

/// Who is ours.
const ASSISTANT: [&str; 9] = [
    "ai",
    "assistant",
    "bot",
    "agent",
    "voice assistant",
    "ai assistant",
    "ai agent",
    "voicebot",
    "virtual agent",
];

/// Who is called.
const PERSON: [&str; 14] = [
    "user",
    "customer",
    "caller",
    "client",
    "lead",
    "person",
    "patient",
    "callee",
    "human",
    "prospect",
    "contact",
    "guest",
    "buyer",
    "recipient",
];

/// The person's lines of a transcript.
pub(super) fn of(transcript: &str) -> Lines<'_> {
    let mut lines: Vec<(Option<String>, &str)> = Vec::new();
    for line in transcript.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (label, said) = match label(line) {
            Some((label, said)) => (Some(label), said),
            // It goes on from the line before.
            None => (lines.last().and_then(|(label, _)| label.clone()), line),
        };
        lines.push((label, said));
    }
    let is = |names: &[&str], label: &Option<String>| label.as_deref().is_some_and(|l| names.contains(&l));
    let ours = lines.iter().any(|(label, _)| is(&ASSISTANT, label));
    let theirs = lines.iter().any(|(label, _)| is(&PERSON, label));
    let labelled = lines.iter().any(|(label, _)| label.is_some());
    let counts = |label: &Option<String>| match (ours, theirs) {
        (true, _) => !is(&ASSISTANT, label),
        (false, true) => is(&PERSON, label) || label.is_none(),
        (false, false) => true,
    };
    let of_person = ours || theirs;
    let said = lines.iter().filter(|(label, said)| counts(label) && !said.is_empty()).map(|(_, said)| *said);
    Lines { said: said.collect(), of_person: of_person && labelled }
}

/// `Customer: Hello?` → the label folded, and what was said.
fn label(line: &str) -> Option<(String, &str)> {
    let (label, said) = line.split_once(':')?;
    let label = label.trim_matches(|c: char| !c.is_alphanumeric());
    let short = !label.is_empty() && label.chars().count() <= 30 && label.split_whitespace().count() <= 3;
    let word = label.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '\''));
    // “at 10:15” is no label.
    let time =
        label.ends_with(|c: char| c.is_ascii_digit()) && said.starts_with(|c: char| c.is_ascii_digit());
    (short && word && !time).then(|| (label.to_lowercase(), said.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_not_the_assistant_is_the_person() {
        let cases: [(&str, &[&str], bool); 9] = [
            ("AI: Hi\nUser: Yes\n", &["Yes"], true),
            ("Agent: Hello\nCustomer: Do not call me again", &["Do not call me again"], true),
            ("Assistant: Hello\nMrs. Ito: Stop it", &["Stop it"], true),
            ("Oak: Hello?\nBuyer: stop calling me", &["stop calling me"], true),
            ("Oak: Hello?\nUser: no\nthank you", &["no", "thank you"], true),
            ("Oak: Hello?\nElm: stop calling me", &["Hello?", "stop calling me"], false),
            ("Hello?\nstop calling me", &["Hello?", "stop calling me"], false),
            ("AI: see you at\n10:15 then", &[], true),
            ("", &[], false),
        ];
        for (text, said, of_person) in cases {
            assert_eq!(of(text), Lines { said: said.to_vec(), of_person }, "{text}");
        }
    }
}
