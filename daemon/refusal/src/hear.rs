//! From what a sentence may be to what was heard.
//!
//! A person's turn is read sentence by sentence, because a refusal among pleasantries is still
//! one, and again with its neighbours, because "Don't call. Text me." is none. Must not live
//! here: how likely a sentence is (`model`), what words are (`fold`).

use crate::features::{Features, Token};
use crate::fold::{self, Word};
use crate::model::{Class, Likely, Model};
use crate::rules::{self, Keyword};
use crate::{Channel, Hearing, Medium, Scope};
use std::ops::Range;

/// Longest evidence kept, in characters.
pub(crate) const LONGEST: usize = 200;
/// Words read at once. Longer stretches without a full stop are read through a window.
const WINDOW: usize = 26;
/// How far the window moves.
const STRIDE: usize = 13;
/// Sentences read together have at most that many words.
const TOGETHER: usize = 40;
/// What ends a sentence for good.
const STOPS: [char; 3] = ['.', '!', '?'];
/// Words read on either side of a cut.
const SEAM: usize = 10;
/// A sentence of so few words may be the beginning or end of another.
const FRAGMENT: usize = 3;
/// A class of this share is likelier than all others together.
const EVEN: f32 = 0.5;
/// Below this share of refusal a sentence is not worth a second reading.
const QUIET: f32 = 0.05;

/// Hears with a model.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'m> {
    model: &'m Model,
}

/// What one turn came to.
struct Turn {
    hearing: Hearing,
    takes_back: bool,
    /// Is about contact at all.
    telling: bool,
}

/// A text, and what it is read by.
struct Said<'t> {
    text: &'t str,
    medium: Medium,
    words: Vec<Word>,
    tokens: Vec<Token>,
}

impl<'t> Said<'t> {
    fn new(text: &'t str, medium: Medium) -> Self {
        let words = fold::words(text);
        Self { text, medium, tokens: Token::all(&words), words }
    }

    /// These words, as they were written.
    fn quote(&self, words: Range<usize>) -> String {
        let words = &self.words[words];
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return String::new() };
        let said = self.text.get(first.place.start..last.place.end).unwrap_or(self.text);
        said.chars().take(LONGEST).collect()
    }
}

/// A stretch of words and what it may be.
struct Reading {
    words: Range<usize>,
    likely: Likely,
    /// Refuses in words that need no weighing.
    certain: bool,
    /// Is about contact at all.
    telling: bool,
    /// May speak of a death.
    of_death: bool,
}

impl<'m> Judge<'m> {
    /// With this model.
    pub fn new(model: &'m Model) -> Self {
        Self { model }
    }

    /// See [`crate::hear_utterance`].
    pub fn utterance(&self, text: &str, medium: Medium) -> Hearing {
        self.turn(&mut Features::default(), text, medium).hearing
    }

    /// See [`crate::hear_conversation`].
    pub fn conversation<'a>(&self, turns: impl Iterator<Item = &'a str>, medium: Medium) -> Hearing {
        let mut features = Features::default();
        let mut heard = Hearing::None;
        let mut before: Option<(&str, bool)> = None;
        for text in turns.filter(|t| !t.trim().is_empty()) {
            let mut turn = self.turn(&mut features, text, medium);
            let open = matches!(turn.hearing, Hearing::None | Hearing::Unsure { .. });
            // A transcriber cuts sentences where somebody drew breath.
            if let Some((earlier, telling)) = before
                && (telling || turn.telling)
                && is_cut(earlier)
            {
                let start = first_words(text);
                let joined = format!("{} {start}", last_words(earlier));
                let joined = self.turn(&mut features, &joined, medium).hearing;
                // Only what was read again can be doubted.
                if start.len() == text.len() || weight(&joined) > weight(&turn.hearing) {
                    turn.hearing = reread(turn.hearing, joined);
                }
            }
            before = open.then_some((text, turn.telling));
            heard = follow(heard, turn);
        }
        heard
    }

    /// See [`crate::is_machine`].
    pub fn is_machine(&self, text: &str) -> bool {
        let said = Said::new(text, Medium::Call);
        is_mostly_machine(&self.sentences(&mut Features::default(), &said))
    }

    fn read(&self, features: &mut Features, said: &Said<'_>, words: Range<usize>) -> Reading {
        features.read(&said.tokens[words.clone()]);
        let likely = self.model.judge(&features.traits);
        Reading {
            words,
            likely,
            certain: features.is_certain(),
            telling: features.is_telling(),
            of_death: features.is_of_death(),
        }
    }

    fn sentences(&self, features: &mut Features, said: &Said<'_>) -> Vec<Reading> {
        sentences(&said.words).into_iter().map(|range| self.read(features, said, range)).collect()
    }

    fn turn(&self, features: &mut Features, text: &str, medium: Medium) -> Turn {
        let said = Said::new(text, medium);
        let mut turn = Turn { hearing: Hearing::None, takes_back: false, telling: false };
        if let Some(keyword) = rules::keyword(&said.words, medium) {
            let words = said.quote(0..said.words.len());
            turn.hearing = match keyword {
                Keyword::Stop => Hearing::Refused { words },
                Keyword::Object(scope) => Hearing::Objection { scope, words },
                Keyword::Nothing => Hearing::None,
            };
            return turn;
        }
        let mut readings = self.sentences(features, &said);
        if medium == Medium::Call {
            // What is left of an announcement is not a person's either: "Goodbye."
            if is_mostly_machine(&readings) {
                return turn;
            }
            readings.retain(|r| !is_machine(&r.likely));
        }
        for (i, reading) in readings.iter().enumerate() {
            let mut hearing = self.hearing(&said, reading);
            for context in self.wider(features, &said, &readings[i..]) {
                hearing = reread(hearing, self.hearing(&said, &context));
            }
            let takes_back = reading.likely.of(Class::TakeBack) >= EVEN;
            let so_far = std::mem::replace(&mut turn.hearing, Hearing::None);
            turn.hearing = follow(so_far, Turn { hearing, takes_back, telling: false });
            turn.takes_back |= takes_back;
            turn.telling |= reading.telling;
        }
        turn
    }

    /// The first of these sentences with what follows it, where that may change what it says.
    fn wider(&self, features: &mut Features, said: &Said<'_>, from: &[Reading]) -> Vec<Reading> {
        let mut wider = Vec::new();
        let Some((first, rest)) = from.split_first() else { return wider };
        let worth_it = first.likely.of(Class::Refuse) > QUIET || first.words.len() <= FRAGMENT;
        if !worth_it || rules::is_pleasantry(&said.words[first.words.clone()]) {
            return wider;
        }
        if let Some(next) = rest.first().filter(|next| next.words.start == first.words.end) {
            let pair = first.words.start..next.words.end;
            if pair.len() <= TOGETHER {
                wider.push(self.read(features, said, pair));
            }
        }
        // "Stop. Calling. Me.": every word a sentence.
        let short = from.iter().take_while(|r| r.words.len() <= FRAGMENT).count();
        if short > 2 {
            let end = from[short - 1].words.end.min(first.words.start + TOGETHER);
            wider.push(self.read(features, said, first.words.start..end));
        }
        wider
    }

    /// What one stretch says by itself.
    fn hearing(&self, said: &Said<'_>, reading: &Reading) -> Hearing {
        let Reading { words: range, likely, certain, telling, of_death } = reading;
        let (limits, refuse) = (self.model.thresholds, likely.of(Class::Refuse));
        let best = likely.best();
        let quote = || said.quote(range.clone());
        if best == Class::Deceased && *of_death && likely.of(best) >= EVEN {
            return Hearing::Deceased { words: quote() };
        }
        if refuse >= limits.refused || *certain {
            // Written it is a keyword; spoken it mostly means "let me talk".
            if said.medium == Medium::Call && rules::is_bare_stop(&said.words[range.clone()]) {
                return Hearing::Unsure { words: quote(), why: "nothing but a stop" };
            }
            let only_mail = rules::names_only_mail(&said.words[range.clone()]);
            return if only_mail && said.medium != Medium::Email {
                Hearing::Objection { scope: Scope::Channel(Channel::Email), words: quote() }
            } else {
                Hearing::Refused { words: quote() }
            };
        }
        if best.is_objection() && likely.of(best) > refuse {
            // A narrow objection holds too little if it was a refusal after all.
            return match scope(best) {
                Some(scope) if refuse < limits.unsure * 2.0 => Hearing::Objection { scope, words: quote() },
                _ => Hearing::Unsure { words: quote(), why: "an objection or a refusal" },
            };
        }
        if best == Class::WrongNumber && likely.of(best) >= EVEN {
            return Hearing::WrongNumber { words: quote() };
        }
        // Where nothing speaks of contact, a faint likeness is none.
        if refuse >= if *telling { limits.unsure } else { limits.unsure.max(EVEN) } {
            return Hearing::Unsure { words: quote(), why: "perhaps a refusal" };
        }
        match best {
            Class::NotInterested => Hearing::NotInterested { words: quote() },
            Class::WrongNumber => Hearing::WrongNumber { words: quote() },
            Class::Deceased if *of_death => Hearing::Unsure { words: quote(), why: "perhaps deceased" },
            _ => Hearing::None,
        }
    }
}

fn is_machine(likely: &Likely) -> bool {
    likely.of(Class::Machine) >= EVEN
}

/// Whether most words belong to sentences of a machine.
fn is_mostly_machine(readings: &[Reading]) -> bool {
    let all: usize = readings.iter().map(|r| r.words.len()).sum();
    let machine: usize = readings.iter().filter(|r| is_machine(&r.likely)).map(|r| r.words.len()).sum();
    machine * 2 > all
}

fn scope(class: Class) -> Option<Scope> {
    Some(match class {
        Class::HoldCall => Scope::Channel(Channel::Call),
        Class::HoldSms => Scope::Channel(Channel::Sms),
        Class::HoldEmail => Scope::Channel(Channel::Email),
        Class::HoldNumber => Scope::ThisNumber,
        Class::HoldHours => Scope::Hours,
        _ => return None,
    })
}

/// How much an answer ends.
fn weight(hearing: &Hearing) -> u8 {
    match hearing {
        Hearing::None => 0,
        Hearing::NotInterested { .. } => 1,
        Hearing::Objection { .. } => 2,
        Hearing::Unsure { .. } => 3,
        Hearing::WrongNumber { .. } => 4,
        Hearing::Refused { .. } => 5,
        Hearing::Deceased { .. } => 6,
    }
}

/// A stretch read again with what stands beside it. More may be heard that way; a refusal is
/// narrowed by an objection and doubted by anything else, never lost.
fn reread(alone: Hearing, together: Hearing) -> Hearing {
    match (alone, together) {
        (Hearing::Refused { .. }, narrower @ Hearing::Objection { .. }) => narrower,
        (Hearing::Refused { words }, Hearing::None) => {
            Hearing::Unsure { words, why: "read with its neighbours it is no refusal" }
        }
        (alone, together) if weight(&together) > weight(&alone) => together,
        (alone, _) => alone,
    }
}

/// What is heard after one more turn or sentence.
fn follow(heard: Hearing, turn: Turn) -> Hearing {
    let different = |a: &Scope, b: &Scope| matches!((a, b), (Scope::Channel(a), Scope::Channel(b)) if a != b);
    match (heard, turn.hearing) {
        (Hearing::Refused { words }, later) if turn.takes_back && weight(&later) < 3 => {
            Hearing::Unsure { words, why: "taken back later" }
        }
        (Hearing::Objection { scope: first, .. }, Hearing::Objection { scope, words })
            if different(&first, &scope) =>
        {
            Hearing::Unsure { words, why: "objections to more than one channel" }
        }
        (heard, now) if weight(&now) > weight(&heard) => now,
        (heard, _) => heard,
    }
}

/// Sentences; what is too long for one, as overlapping windows.
fn sentences(words: &[Word]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    for (i, word) in words.iter().enumerate() {
        if !word.ends && i + 1 < words.len() {
            continue;
        }
        while i + 1 - start > WINDOW {
            out.push(start..start + WINDOW);
            start += STRIDE;
        }
        out.push(start..i + 1);
        start = i + 1;
    }
    out
}

/// Whether a turn may go on in the next.
fn is_cut(text: &str) -> bool {
    let open = !text.trim_end().ends_with(STOPS);
    let short = text.split_whitespace().nth(FRAGMENT).is_none();
    (open || short) && !(short && rules::is_pleasantry(&fold::words(text)))
}

/// The sentence at the end of a turn that may go on, its full stop left out.
fn last_words(text: &str) -> &str {
    let open = text.trim_end_matches(|c: char| STOPS.contains(&c) || c.is_whitespace());
    let last = open.rsplit(STOPS).next().unwrap_or(open);
    let start = last.split_whitespace().rev().take(SEAM).last().map_or(0, |w| offset(last, w));
    last.get(start..).unwrap_or(last)
}

/// The sentence at the beginning of a turn that may go on from the one before.
fn first_words(text: &str) -> &str {
    let first = text.split_inclusive(STOPS).next().unwrap_or(text);
    let end = first.split_whitespace().nth(SEAM).map_or(first.len(), |w| offset(first, w));
    first.get(..end).unwrap_or(first)
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr().addr() - text.as_ptr().addr()
}
