//! What the model sees of a sentence: traits, each known by a hash of its own.
//!
//! Two readings of the same words. The raw one (words, neighbours, pieces of words) knows exact
//! phrases and survives misspellings; the abstract one replaces words by the part they play
//! (`kinds`) and drops fillers, so that a phrase learned with one verb is known with every other.

use crate::acts::{self, Act};
use crate::fold::Word;
use crate::kinds::{LEXICON, Part};

/// Traits of one sentence, without repetition.
#[derive(Debug, Default)]
pub struct Features {
    /// The traits.
    pub traits: Vec<u32>,
    /// The abstract reading, kept for its allocation.
    parts: Vec<Part>,
    acts: Vec<Act>,
    seen: Seen,
}

/// Which traits were met. A table that is never cleared: what an earlier round wrote is not there.
/// Sorting the traits of every sentence would cost more than all the rest.
#[derive(Debug)]
struct Seen {
    slots: Vec<(u32, u32)>,
    round: u32,
}

impl Default for Seen {
    fn default() -> Self {
        Self { slots: vec![(0, 0); 1 << 13], round: 0 }
    }
}

impl Seen {
    /// Leaves every trait once. A sentence of more traits than fit is cut short: none has as many.
    fn keep_first(&mut self, traits: &mut Vec<u32>) {
        self.round = self.round.wrapping_add(1);
        let last = self.slots.len() - 1;
        traits.truncate(last / 2);
        traits.retain(|name| {
            let mut at = *name as usize & last;
            while self.slots[at].0 == self.round {
                if self.slots[at].1 == *name {
                    return false;
                }
                at = (at + 1) & last;
            }
            self.slots[at] = (self.round, *name);
            true
        });
    }
}

/// A word as sentences are read from it, so that a text that is read twice is looked up once.
#[derive(Debug)]
pub struct Token {
    hash: u64,
    part: Part,
    /// The traits that the word has by itself.
    alone: Vec<u32>,
}

impl Token {
    /// The tokens of these words.
    pub fn all(words: &[Word]) -> Vec<Self> {
        words.iter().map(Self::of).collect()
    }

    fn of(word: &Word) -> Self {
        let hash = hash(word.folded.as_bytes());
        let mut alone = vec![name(Trait::Word, hash)];
        if let Some(accented) = &word.accented {
            alone.push(name(Trait::Accented, self::hash(accented.as_bytes())));
        }
        pieces(&word.folded, &mut alone);
        Self { hash, part: LEXICON.part(&word.folded), alone }
    }
}

/// Three to five letters in a row, the word's edges included.
fn pieces(word: &str, out: &mut Vec<u32>) {
    const LONGEST: usize = 24;
    let mut buffer = [b'_'; LONGEST];
    let bytes = word.as_bytes();
    let length = bytes.len().min(LONGEST - 2);
    buffer[1..=length].copy_from_slice(&bytes[..length]);
    let edged = &buffer[..length + 2];
    for n in 3..=5 {
        out.extend(edged.windows(n).map(|piece| name(Trait::Piece, hash(piece))));
    }
}

/// Distinguishes traits that would otherwise share a name.
#[derive(Clone, Copy)]
enum Trait {
    Word = 1,
    Accented,
    Two,
    Three,
    Piece,
    Parts,
    Near,
    Pair,
    Length,
    Act,
}

impl Features {
    /// Reads the traits of these words.
    pub fn read(&mut self, tokens: &[Token]) {
        self.traits.clear();
        self.parts.clear();
        self.raw(tokens);
        self.abstracted(tokens);
        self.seen.keep_first(&mut self.traits);
    }

    /// Whether the sentence just read is a refusal that leaves nothing open.
    pub(crate) fn is_certain(&self) -> bool {
        acts::is_certain(&self.acts)
    }

    /// Whether the sentence just read says anything about contact.
    pub(crate) fn is_telling(&self) -> bool {
        acts::is_telling(&self.parts, &self.acts)
    }

    /// Whether the sentence just read may speak of a death.
    pub(crate) fn is_of_death(&self) -> bool {
        acts::is_of_death(&self.parts)
    }

    fn raw(&mut self, tokens: &[Token]) {
        let (mut last, mut before) = (0, 0);
        for token in tokens {
            self.traits.extend_from_slice(&token.alone);
            self.add(Trait::Two, mix(last, token.hash));
            self.add(Trait::Three, mix(mix(before, last), token.hash));
            (before, last) = (last, token.hash);
        }
        self.add(Trait::Two, mix(last, 0));
    }

    fn abstracted(&mut self, tokens: &[Token]) {
        self.parts.push(Part::EDGE);
        self.parts.extend(tokens.iter().map(|t| t.part).filter(|p| *p != Part::FILLER));
        self.parts.push(Part::EDGE);
        let parts = std::mem::take(&mut self.parts);
        for (i, first) in parts.iter().enumerate() {
            let mut run = 13;
            for part in &parts[i..parts.len().min(i + 5)] {
                run = mix(run, u64::from(part.0));
                self.add(Trait::Parts, run);
            }
            for part in parts.iter().skip(i + 2).take(4) {
                self.add(Trait::Near, pair(*first, *part));
            }
            if LEXICON.is_kind(*first) {
                for part in parts[i + 1..].iter().filter(|p| LEXICON.is_kind(**p)) {
                    self.add(Trait::Pair, pair(*first, *part));
                }
            }
        }
        let length = match parts.len() - 2 {
            n @ 0..=4 => n,
            5..=7 => 5,
            8..=12 => 6,
            _ => 7,
        };
        self.add(Trait::Length, length as u64);
        self.act(&parts);
        self.parts = parts;
    }

    /// The acts, each alone, with every circumstance, and with all of them.
    fn act(&mut self, parts: &[Part]) {
        let mut found = std::mem::take(&mut self.acts);
        acts::find(parts, &mut found);
        for act in &found {
            // Once for this act, once for acts in general.
            for name in [u64::from(act.name), u64::MAX] {
                self.add(Trait::Act, mix(name, 1));
                self.add(Trait::Act, mix(name, 0x100 | u64::from(act.next)));
                for bit in 0..8 {
                    if act.before >> bit & 1 == 1 {
                        self.add(Trait::Act, mix(name, 0x200 | bit));
                    }
                    if act.after >> bit & 1 == 1 {
                        self.add(Trait::Act, mix(name, 0x300 | bit));
                    }
                }
                let before = 0x1_0000 | u64::from(act.before);
                let after = u64::from(act.after) << 8 | u64::from(act.next);
                self.add(Trait::Act, mix(name, before));
                self.add(Trait::Act, mix(name, 0x2_0000 | after));
                self.add(Trait::Act, mix(mix(name, before), after));
            }
        }
        for (i, one) in found.iter().enumerate() {
            for other in found[i + 1..].iter().filter(|o| o.name != one.name) {
                self.add(Trait::Act, mix(mix(5, u64::from(one.name)), u64::from(other.name)));
            }
        }
        if found.is_empty() {
            self.add(Trait::Act, 0);
        }
        self.acts = found;
    }

    fn add(&mut self, kind: Trait, value: u64) {
        self.traits.push(name(kind, value));
    }
}

/// The hash a trait is known by.
fn name(kind: Trait, value: u64) -> u32 {
    (mix(kind as u64, value) >> 32) as u32
}

/// FNV-1a: short inputs, no state, the same everywhere.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

fn pair(one: Part, other: Part) -> u64 {
    u64::from(one.0) << 16 | u64::from(other.0)
}

fn mix(a: u64, b: u64) -> u64 {
    let x = (a.rotate_left(23) ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}
