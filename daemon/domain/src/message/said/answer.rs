//! Plain answers: a yes, a no, a letter that our text gave a meaning.
//!
//! Only whole texts made of such words are one; "yes but …" is for a person. Not here: refusals,
//! sentences about an appointment.

use super::{Asked, Said, Words};

/// A sign for yes, in any colour of skin.
pub(super) fn is_thumb(body: &str) -> bool {
    let signs: Vec<char> = body.chars().filter(|c| !c.is_whitespace()).collect();
    let dressed = |c: &char| matches!(c, '\u{1f3fb}'..='\u{1f3ff}' | '\u{fe0f}');
    !signs.is_empty() && signs.iter().all(|c| matches!(c, '👍' | '👌' | '✅' | '✔') || dressed(c))
}

/// A letter or a few words that answer a question.
pub(super) fn answer(bare: &[&str], asked: Asked) -> Option<Said> {
    let core: Vec<&str> = bare.iter().copied().filter(|w| !POLITE.contains(w)).collect();
    // "I confirm" is "confirm".
    let core = core.strip_prefix(&["i"]).filter(|rest| !rest.is_empty()).unwrap_or(&core);
    match (core, asked) {
        (["c"] | ["reply", "c"], Asked::CMeansCancel) => return Some(Said::CancelAppointment),
        (["c"] | ["reply", "c"], Asked::CMeansConfirm) => return Some(Said::Yes),
        // Where a text asked for it, a polite "please cancel" is not the carrier's keyword.
        (
            ["cancel"]
            | ["cancel", "it" | "this" | "mine"]
            | ["yes" | "yeah" | "yep" | "ok" | "no", "cancel"],
            Asked::Confirm | Asked::CMeansCancel | Asked::CMeansConfirm,
        ) => {
            return Some(Said::CancelAppointment);
        }
        (["cancel"] | ["cancel", "it" | "this"], Asked::Nothing) => {
            return Some(Said::Unsure {
                words: Words::of(&bare.join(" ")),
                why: "what to cancel was not said",
            });
        }
        ([one], _) if one.chars().count() == 1 && !matches!(*one, "y" | "n" | "k") => {
            return Some(Said::Unclear);
        }
        _ => {}
    }
    if core.len() > 12 {
        return None;
    }
    let first = *core.first()?;
    if SURE.contains(&first) && core.iter().all(|w| SURE.contains(w) || FINE.contains(w)) {
        return Some(Said::Yes);
    }
    if matches!(first, "no" | "n" | "nein" | "non" | "nie" | "nao" | "nee")
        && core.iter().all(|w| NO.contains(w))
    {
        return Some(Said::No);
    }
    let fine = core.iter().all(|w| SURE.contains(w) || FINE.contains(w) || *w == "no")
        && core.iter().any(|w| OKAY.contains(w));
    (asked != Asked::Nothing && fine).then_some(Said::Yes)
}

const POLITE: [&str; 16] = [
    "please", "thanks", "thank", "many", "cheers", "sorry", "hi", "hello", "hey", "sir", "madam", "dear",
    "ta", "again", "kindly", "xx",
];

/// What confirms by itself.
const SURE: [&str; 16] = [
    "yes",
    "y",
    "yep",
    "yeah",
    "yup",
    "yea",
    "ya",
    "aye",
    "confirm",
    "confirmed",
    "confirming",
    "correct",
    "si",
    "absolutely",
    "definitely",
    "certainly",
];

/// What is fine with a question asked, and only politeness without one.
const OKAY: [&str; 23] = [
    "ok",
    "okay",
    "k",
    "sure",
    "fine",
    "great",
    "perfect",
    "good",
    "lovely",
    "brilliant",
    "works",
    "cool",
    "there",
    "alright",
    "super",
    "grand",
    "excellent",
    "wonderful",
    "problem",
    "worries",
    "awesome",
    "sounds",
    "see",
];

/// Words that such answers are made of besides.
const FINE: [&str; 60] = [
    "ok",
    "okay",
    "k",
    "sure",
    "fine",
    "great",
    "perfect",
    "good",
    "lovely",
    "brilliant",
    "works",
    "cool",
    "there",
    "alright",
    "super",
    "grand",
    "excellent",
    "wonderful",
    "problem",
    "worries",
    "awesome",
    "sounds",
    "see",
    "you",
    "u",
    "i",
    "ill",
    "im",
    "we",
    "well",
    "will",
    "be",
    "can",
    "that",
    "thats",
    "this",
    "is",
    "it",
    "its",
    "the",
    "my",
    "for",
    "me",
    "to",
    "all",
    "then",
    "at",
    "on",
    "very",
    "much",
    "coming",
    "attend",
    "make",
    "still",
    "tomorrow",
    "today",
    "appointment",
    "soon",
    "do",
    "of",
];

/// What a no is made of.
const NO: [&str; 23] = [
    "no", "n", "you", "u", "im", "i", "its", "ok", "afraid", "not", "cant", "nein", "non", "nie", "nao",
    "nee", "danke", "merci", "gracias", "grazie", "obrigado", "obrigada", "dziekuje",
];
