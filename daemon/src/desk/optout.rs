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
    let clauses = clauses(body);
    let mut words: Vec<&str> = clauses.iter().flatten().map(|w| w.text.as_str()).collect();
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
    for clause in &clauses(body) {
        // A clause that is only a polite "stop" is a keyword to a reader, if not to a carrier.
        let bare: Vec<&str> =
            clause.iter().map(|w| w.text.as_str()).filter(|w| !POLITE.contains(w)).collect();
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
    clauses(text).iter().find_map(|clause| {
        let words: Vec<&str> = clause.iter().map(|w| w.text.as_str()).collect();
        let (start, end) = phrases::find(&words)?;
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

/// A word as it is compared, and where it stands in the text.
struct Word {
    text: String,
    start: usize,
    end: usize,
}

/// The text's clauses as words: lower case, apostrophes dropped (`don’t` is `dont`), hyphens
/// and commas between words ignored, clauses ended by other punctuation.
fn clauses(text: &str) -> Vec<Vec<Word>> {
    let end = (0..=text.len().min(MAX_TEXT)).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    let mut clauses = vec![Vec::new()];
    let mut word: Option<Word> = None;
    let mut push = |word: &mut Option<Word>, ends_clause: bool| {
        if let (Some(word), Some(clause)) = (word.take(), clauses.last_mut()) {
            clause.push(word);
        }
        if ends_clause {
            clauses.push(Vec::new());
        }
    };
    for (at, c) in text[..end].char_indices() {
        let after = at + c.len_utf8();
        if c.is_alphanumeric() {
            let word = word.get_or_insert_with(|| Word { text: String::new(), start: at, end: at });
            word.text.extend(c.to_lowercase());
            word.end = after;
        } else if !matches!(c, '\'' | '’' | '‘' | '`') {
            push(&mut word, matches!(c, '.' | '!' | '?' | ';' | '\n'));
        }
    }
    push(&mut word, false);
    clauses.retain(|clause| !clause.is_empty());
    clauses
}

fn evidence(text: &str, clause: &[Word], start: usize, end: usize) -> Option<String> {
    let (first, last) = (clause.get(start)?, clause.get(end.max(start + 1) - 1)?);
    text.get(first.start..last.end).map(shorten)
}

fn shorten(text: &str) -> String {
    text.chars().take(MAX_PHRASE).collect()
}
