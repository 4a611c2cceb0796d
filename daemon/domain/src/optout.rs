//! Opt-outs in a person's own words, spoken and written.
//!
//! Lives here: whether a text asks us to stop, and which words say so. Must not live here: what
//! follows from it. Only ever give it what the *other* party said: the assistant's own
//! sentences are full of these words. A false alarm costs one lead; a miss costs a complaint,
//! so doubt counts as an opt-out, except where a time or a condition shows that the person
//! only wants to be reached differently.

mod phrases;
#[cfg(test)]
mod tests;
mod vocabulary;

use std::ops::Range;

/// Longest text looked at, in bytes; no utterance or message is longer.
const MAX_TEXT: usize = 20_000;
/// Longest evidence kept, in characters.
const MAX_PHRASE: usize = 200;

/// What a message that is nothing but a keyword asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// Stop everything. Carriers act on these words too.
    Stop,
    /// Lift the carrier's block. Not `YES`: that may answer a question of ours.
    Start,
    /// Tell who we are.
    Help,
}

/// The keyword, when the whole message is one: any case, punctuation ignored, repeats allowed.
pub fn keyword(body: &str) -> Option<Keyword> {
    let said = Words::of(body);
    let mut words = said.texts(&said.words);
    words.dedup();
    match words.as_slice() {
        ["stop" | "stopall" | "unsubscribe" | "cancel" | "end" | "quit" | "revoke" | "optout"] => {
            Some(Keyword::Stop)
        }
        ["stop", "all"] | ["opt", "out"] => Some(Keyword::Stop),
        ["start" | "unstop"] => Some(Keyword::Start),
        ["help" | "info"] => Some(Keyword::Help),
        _ => None,
    }
}

/// The words by which a text message or an email opts out.
pub fn written(body: &str) -> Option<String> {
    if keyword(body) == Some(Keyword::Stop) {
        return Some(shorten(body.trim()));
    }
    let said = Words::of(body);
    for clause in said.clauses() {
        // A clause that is only a polite "stop" is a keyword to a reader, if not to a carrier.
        let mut bare = said.texts(clause);
        bare.retain(|w| !POLITE.contains(w));
        if matches!(
            bare.as_slice(),
            ["stop"] | ["stop", "stop"] | ["stop", "it" | "this" | "that"] | ["stopall"]
        ) {
            return evidence(body, clause, 0, clause.len());
        }
    }
    spoken(body)
}

const POLITE: [&str; 17] = [
    "please", "pls", "plz", "now", "just", "thanks", "thank", "you", "ok", "okay", "sir", "hi", "hello",
    "can", "hey", "no", "madam",
];

/// The words by which an utterance opts out. A bare "stop" does not: in speech it mostly means
/// "let me talk".
pub fn spoken(text: &str) -> Option<String> {
    let said = Words::of(text);
    said.clauses().find_map(|clause| {
        let (start, end) = phrases::find(&said.texts(clause))?;
        evidence(text, clause, start, end)
    })
}

/// The first of several utterances of the other party that opts out, by its words. Utterances
/// that a transcriber cut in two are read together as well.
pub fn spoken_in<'a>(utterances: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut before = "";
    for text in utterances {
        let cut = !before.is_empty() && !before.trim_end().ends_with(['.', '!', '?']);
        let found = spoken(text).or_else(|| cut.then(|| spoken(&format!("{before} {text}"))).flatten());
        if found.is_some() {
            return found;
        }
        before = text;
    }
    None
}

/// The text's words as they are compared: lower case, apostrophes dropped (`don’t` is `dont`),
/// hyphens and commas between words ignored. Other punctuation ends a clause.
#[derive(Default)]
struct Words {
    lower: String,
    words: Vec<Word>,
    /// Where clauses end, as numbers of words.
    ends: Vec<usize>,
}

/// Where a word stands in the text and in its lower-case copy.
struct Word {
    start: usize,
    end: usize,
    lower: Range<usize>,
}

impl Words {
    fn of(text: &str) -> Self {
        let most = (0..=text.len().min(MAX_TEXT)).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
        let mut said = Self { lower: String::with_capacity(most), ..Self::default() };
        let mut inside = false;
        for (at, c) in text[..most].char_indices() {
            if c.is_alphanumeric() {
                let from = said.lower.len();
                if c.is_ascii() {
                    said.lower.push(c.to_ascii_lowercase());
                } else {
                    said.lower.extend(c.to_lowercase());
                }
                let (end, to) = (at + c.len_utf8(), said.lower.len());
                match said.words.last_mut().filter(|_| inside) {
                    Some(word) => (word.end, word.lower.end) = (end, to),
                    None => said.words.push(Word { start: at, end, lower: from..to }),
                }
                inside = true;
            } else if !matches!(c, '\'' | '’' | '‘' | '`') {
                inside = false;
                if matches!(c, '.' | '!' | '?' | ';' | '\n') {
                    said.ends.push(said.words.len());
                }
            }
        }
        said.ends.push(said.words.len());
        said
    }

    fn clauses(&self) -> impl Iterator<Item = &[Word]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        let clauses = begins.zip(&self.ends).map(|(from, to)| &self.words[from..*to]);
        clauses.filter(|clause| !clause.is_empty())
    }

    fn texts(&self, words: &[Word]) -> Vec<&str> {
        words.iter().map(|w| &self.lower[w.lower.clone()]).collect()
    }
}

fn evidence(text: &str, clause: &[Word], start: usize, end: usize) -> Option<String> {
    let (first, last) = (clause.get(start)?, clause.get(end.max(start + 1) - 1)?);
    text.get(first.start..last.end).map(shorten)
}

fn shorten(text: &str) -> String {
    text.chars().take(MAX_PHRASE).collect()
}
