//! Subjects: without what mail programs put before them, so that those of one conversation are
//! equal.
//!
//! Must not live here: whether an equal subject makes one conversation (`thread`).

/// Prefixes of answers and forwards, in lower case, without their colon.
const PREFIXES: &[&str] = &[
    "re",
    "r",
    "aw",
    "antw",
    "antwort",
    "sv",
    "vs",
    "vl",
    "vá",
    "ynt",
    "yan",
    "res",
    "ref",
    "rép",
    "rif",
    "odp",
    "bls",
    "ad",
    "atb",
    "rv",
    "回复",
    "回覆",
    "答复",
    "答覆",
    "返信",
    "答: ",
    "fwd",
    "fw",
    "wg",
    "weitergeleitet",
    "tr",
    "enc",
    "i",
    "pd",
    "vb",
    "doorst",
    "videresendt",
    "tov",
    "trs",
    "továbbítás",
    "ilt",
    "转发",
    "轉寄",
    "转寄",
    "転送",
    "reenv",
    "rvs",
    "ответ",
    "отв",
    "пересл",
    "на",
];

/// Prefixes looked at; a subject of nothing else is a hostile one.
const MOST: usize = 50;

/// The subject of the conversation: in lower case, without prefixes, counters, names of lists in
/// brackets before a prefix, `(fwd)` behind, and with single blanks.
pub fn conversation(subject: &str) -> String {
    let lower = subject.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let mut rest = lower.as_str();
    for _ in 0..MOST {
        let Some(shorter) = without_prefix(rest) else { break };
        rest = shorter;
    }
    rest.trim_end_matches("(fwd)").trim().to_owned()
}

/// Whether a subject says that the mail is an answer or a forward.
pub fn is_answer(subject: &str) -> bool {
    let lower = subject.trim().to_lowercase();
    without_prefix(&lower).is_some()
}

fn without_prefix(text: &str) -> Option<&str> {
    let text = text.trim_start();
    if let Some(inner) = text.strip_prefix('[') {
        let (_, after) = inner.split_once(']')?;
        // A list's name goes only where a prefix follows: otherwise it may be our reference.
        return without_prefix(after);
    }
    let end = text.find([':', '：'])?;
    let (name, after) = text.split_at(end);
    // `Re[2]`, `Re(2)`, `Re^2`, `RE :`.
    let name =
        name.trim_end().trim_end_matches(|c: char| c.is_ascii_digit() || "[]()^*".contains(c)).trim_end();
    PREFIXES.contains(&name).then(|| after.trim_start_matches([':', '：', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_many_programs_go() {
        for subject in [
            "Re: Your visit",
            "AW: WG: Your visit",
            "SV: VS:  Your   visit",
            "Re[2]: Your visit",
            "RE : Your visit",
            "答复: Your visit",
            "回复：Your visit",
            "[desk] Re: Your visit",
            "Odp: Your visit",
            "ENC: RES: Your visit (fwd)",
            "Antw: Your visit",
            "TR: Your visit",
            "R: I: Your visit",
            "Re(3): Your visit",
        ] {
            assert_eq!(conversation(subject), "your visit", "{subject}");
            assert!(is_answer(subject), "{subject}");
        }
    }

    #[test]
    fn other_words_stay() {
        for (subject, same) in [
            ("Regarding: visit", "regarding: visit"),
            ("[R-44] visit", "[r-44] visit"),
            ("Reading: 5 kWh", "reading: 5 kwh"),
            ("", ""),
            ("visit: Re: x", "visit: re: x"),
            ("Re:", ""),
            ("14:30 works", "14:30 works"),
        ] {
            assert_eq!(conversation(subject), same);
        }
        assert!(!is_answer("Regarding: visit"));
        assert_eq!(conversation(&"re:".repeat(100_000)).len(), 300_000 - 150);
    }
}
