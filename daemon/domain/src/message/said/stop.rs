//! The carriers' word STOP as people type it beside other things: with a sign, between tags, with a
//! zero in it, before the rest of what they have to say.
//!
//! Only where the word stands for itself; sentences that have it are the judge's. Must not live
//! here: other refusals.

use frontdesk_refusal::fold::{self, Word};
use std::borrow::Cow;

/// Longest markup that is taken out, in bytes.
const LONGEST_TAG: usize = 40;

/// A text without markup, and a stop sign as the word that is written on it where nothing else is
/// said.
pub(super) fn plain(body: &str) -> Cow<'_, str> {
    let signs = |c: char| matches!(c, '🛑' | '\u{fe0f}') || c.is_whitespace();
    if body.contains('🛑') && body.chars().all(signs) {
        return Cow::Borrowed("stop");
    }
    if !body.contains('<') {
        return Cow::Borrowed(body);
    }
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        match tag.find('>').filter(|end| is_tag(&tag[1..*end])) {
            Some(end) => {
                out.push(' ');
                rest = &tag[end + 1..];
            }
            None => {
                out.push('<');
                rest = &tag[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn is_tag(inside: &str) -> bool {
    let name = inside.strip_prefix('/').unwrap_or(inside);
    inside.len() <= LONGEST_TAG && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// The words of a text, with what only looks like STOP as STOP.
pub(super) fn words(body: &str) -> Vec<Word> {
    let mut words = fold::words(&plain(body));
    for word in &mut words {
        if !KEYWORDS.contains(&word.folded.as_str())
            && let Some(meant) = looks_like(&word.folded)
        {
            meant.clone_into(&mut word.folded);
        }
    }
    words
}

/// A keyword with digits for letters, or as it is drawled.
fn looks_like(word: &str) -> Option<&'static str> {
    if matches!(word, "stahp" | "stahhp" | "staph") {
        return Some("stop");
    }
    if !word.bytes().any(|b| b.is_ascii_digit()) || !word.bytes().any(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let letters: String = word
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '5' => 's',
            '7' => 't',
            other => other,
        })
        .collect();
    KEYWORDS.into_iter().find(|known| *known == letters)
}

const KEYWORDS: [&str; 5] = ["stop", "stopall", "unsubscribe", "quit", "optout"];

/// Words that say nothing beside STOP: politeness, a yes or no, what our own texts say of the word.
const BESIDE: [&str; 26] = [
    "please", "pls", "plz", "thanks", "thank", "you", "yes", "no", "ok", "okay", "hi", "hello", "hey",
    "sorry", "now", "reply", "text", "txt", "send", "to", "2", "end", "2end", "quit", "all", "optout",
];

/// Whether a text is STOP and nothing that changes its meaning.
pub(super) fn is_alone(words: &[Word]) -> bool {
    let bare: Vec<&str> = words.iter().map(|w| w.folded.as_str()).collect();
    let beside = |word: &str| BESIDE.contains(&word) || word.bytes().all(|b| b.is_ascii_digit());
    // "Text STOP to end" is how we say it; said back it is meant.
    bare.contains(&"stop") && bare.iter().all(|word| *word == "stop" || beside(word))
}

/// Whether a text begins or ends with STOP as a sentence of its own, or before a comma: what else it
/// says is said as well.
pub(super) fn is_said_too(body: &str, words: &[Word]) -> bool {
    let text = plain(body);
    let shouted = |word: &Word| text.get(word.place.clone()).is_some_and(|w| w == "STOP");
    let set_off = |word: &Word| {
        word.ends
            || text.get(word.place.end..).is_some_and(|rest| rest.trim_start().starts_with([',', '-', ':']))
    };
    let stop = |word: &&Word| word.folded == "stop";
    let first = words.first().filter(stop).is_some_and(|word| shouted(word) || set_off(word));
    let last = words.len() > 1
        && words
            .last()
            .filter(stop)
            .is_some_and(|word| shouted(word) || words.get(words.len() - 2).is_some_and(set_off));
    first || last
}
