//! A small way to write down how things are said: words in a row, over folded words.
//!
//! `a|b` is either word, `*3` up to three of any, `WHEN` a day or a time, `VISIT` a word for an
//! appointment, `EDGE` the end of the sentence. Not here: what the phrases mean.

use frontdesk_refusal::fold::Word;

/// A sentence as folded words.
pub(crate) type Sentence<'t> = [&'t str];

/// The sentences of a text.
pub(crate) fn sentences(words: &[Word]) -> Vec<Vec<&str>> {
    let mut out = vec![Vec::new()];
    for word in words {
        if let Some(last) = out.last_mut() {
            last.push(word.folded.as_str());
        }
        if word.ends {
            out.push(Vec::new());
        }
    }
    out.retain(|sentence| !sentence.is_empty());
    out
}

/// Where the first of these phrases begins in a sentence.
pub(crate) fn find(sentence: &Sentence<'_>, phrases: &[&str]) -> Option<usize> {
    let found = phrases.iter().filter_map(|phrase| {
        let steps: Vec<&str> = phrase.split(' ').collect();
        (0..=sentence.len()).find(|at| fits(&steps, sentence, *at))
    });
    found.min()
}

/// Whether any of these phrases is said.
pub(crate) fn has(sentence: &Sentence<'_>, phrases: &[&str]) -> bool {
    find(sentence, phrases).is_some()
}

/// Whether a sentence begins with any of these phrases.
pub(crate) fn begins(sentence: &Sentence<'_>, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| fits(&phrase.split(' ').collect::<Vec<_>>(), sentence, 0))
}

fn fits(steps: &[&str], sentence: &Sentence<'_>, at: usize) -> bool {
    ends(steps, sentence, at).is_some()
}

/// Where a phrase ends that begins at a word.
pub(crate) fn end_of(phrase: &str, sentence: &Sentence<'_>, at: usize) -> Option<usize> {
    ends(&phrase.split(' ').collect::<Vec<_>>(), sentence, at)
}

fn ends(steps: &[&str], sentence: &Sentence<'_>, at: usize) -> Option<usize> {
    let Some((step, later)) = steps.split_first() else { return Some(at) };
    if let Some(most) = step.strip_prefix('*') {
        let most = most.parse().unwrap_or(0);
        return (0..=most)
            .filter(|gap| at + gap <= sentence.len())
            .find_map(|gap| ends(later, sentence, at + gap));
    }
    if at == sentence.len() && step.split('|').any(|name| name == "EDGE") {
        return later.is_empty().then_some(at);
    }
    let word = sentence.get(at)?;
    step.split('|').any(|name| is(name, word)).then(|| ends(later, sentence, at + 1)).flatten()
}

/// Whether a word is a day or a time.
pub(crate) fn is_when(word: &str) -> bool {
    is("WHEN", word)
}

/// Whether a word is one for an appointment.
pub(crate) fn is_visit(word: &str) -> bool {
    is("VISIT", word)
}

fn is(name: &str, word: &str) -> bool {
    match name {
        "WHEN" => is_time(word) || WHEN.contains(&word),
        "VISIT" => VISIT.contains(&word),
        name => name == word,
    }
}

/// `3pm`, `14`, `0930`, `24th`.
fn is_time(word: &str) -> bool {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < word.len()
        && matches!(rest, "" | "am" | "pm" | "a" | "p" | "st" | "nd" | "rd" | "th" | "ish")
}

const WHEN: [&str; 37] = [
    "today",
    "tomorrow",
    "tmrw",
    "tmr",
    "tomoz",
    "2moro",
    "2morrow",
    "tonight",
    "morning",
    "afternoon",
    "evening",
    "noon",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "tues",
    "wed",
    "weds",
    "thu",
    "thur",
    "thurs",
    "fri",
    "sat",
    "sun",
    "weekend",
    "week",
    "later",
    "earlier",
    "sooner",
    "midday",
    "lunchtime",
];

const VISIT: [&str; 30] = [
    "appointment",
    "appointments",
    "appt",
    "appts",
    "apt",
    "apptmt",
    "appointmnt",
    "apointment",
    "appoitment",
    "booking",
    "bookings",
    "slot",
    "visit",
    "session",
    "consultation",
    "consult",
    "meeting",
    "viewing",
    "reservation",
    "checkup",
    "cleaning",
    "haircut",
    "lesson",
    "survey",
    "inspection",
    "estimate",
    "treatment",
    "assessment",
    "fitting",
    "demo",
];

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_refusal::fold;

    fn said(text: &str, phrase: &str) -> bool {
        sentences(&fold::words(text)).iter().any(|s| has(s, &[phrase]))
    }

    #[test]
    fn phrases() {
        assert!(said("I can't make it, sorry", "cant|cannot *1 make it"));
        assert!(said("cancel my 3pm", "cancel *1 WHEN EDGE"));
        assert!(!said("cancel my 3pm booking", "cancel *1 WHEN EDGE"));
        assert!(said("cancel my 3pm booking", "cancel *2 VISIT"));
        assert!(!said("cancel. My booking is fine", "cancel *2 VISIT"));
        assert!(said("the 24th", "WHEN") && said("at 10:15", "WHEN") && !said("3com", "WHEN"));
    }
}
