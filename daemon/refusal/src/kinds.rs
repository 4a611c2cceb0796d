//! The part a word plays, so that what is learned of one word holds for its likes.
//!
//! `stop ringing us`, `quit phoning me` and `cease contacting us` are one sentence to the model.
//! The lists are data (`data/words.tsv`); they decide nothing, the model weighs what they say.

use std::collections::HashMap;
use std::sync::LazyLock;

static LIST: &str = include_str!("../data/words.tsv");

/// What a word is to a sentence: the name of its kind, or the word itself where it carries the
/// sentence's structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Part(pub(crate) u16);

impl Part {
    /// Changes nothing and is left out.
    pub(crate) const FILLER: Self = Self(0);
    /// Where a sentence begins or ends.
    pub(crate) const EDGE: Self = Self(1);
    /// A number.
    pub(crate) const DIGITS: Self = Self(2);
    /// Any other word: what the sentence happens to be about. By its ending.
    pub(crate) const OTHER: Self = Self(3);
    const OTHER_ING: Self = Self(4);
    const OTHER_ED: Self = Self(5);
    const OTHER_S: Self = Self(6);

    /// Whether it stands for any word that is not known.
    pub(crate) fn is_other(self) -> bool {
        (Self::OTHER.0..=Self::OTHER_S.0).contains(&self.0)
    }
}

/// Words and kinds, numbered.
pub(crate) struct Lexicon {
    words: HashMap<&'static str, Part>,
    kinds: HashMap<&'static str, Part>,
    last_kind: Part,
}

/// The lexicon of the data file. Numbers go by the order of the file, so they are the same
/// everywhere.
pub(crate) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let rows = || LIST.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t'));
    let mut kinds = HashMap::from([("EDGE", Part::EDGE), ("DIGITS", Part::DIGITS), ("OTHER", Part::OTHER)]);
    let mut next = Part::OTHER_S;
    for (name, _) in rows().filter(|(name, _)| !matches!(*name, "same" | "drop")) {
        next.0 += 1;
        kinds.insert(name, next);
    }
    let last_kind = next;
    let mut words = HashMap::new();
    for (name, listed) in rows() {
        for word in listed.split(' ') {
            let part = match name {
                "drop" => Part::FILLER,
                "same" => {
                    next.0 += 1;
                    next
                }
                _ => kinds.get(name).copied().unwrap_or(Part::OTHER),
            };
            words.entry(word).or_insert(part);
        }
    }
    Lexicon { words, kinds, last_kind }
});

impl Lexicon {
    /// The part a folded word plays.
    pub(crate) fn part(&self, word: &str) -> Part {
        if let Some(part) = self.words.get(word) {
            return *part;
        }
        if word.starts_with(|c: char| c.is_numeric()) {
            Part::DIGITS
        } else if word.contains('*') {
            Part::FILLER
        } else if word.len() <= 4 {
            Part::OTHER
        } else if word.ends_with("ing") {
            Part::OTHER_ING
        } else if word.ends_with("ed") {
            Part::OTHER_ED
        } else if word.ends_with('s') {
            Part::OTHER_S
        } else {
            Part::OTHER
        }
    }

    /// The part of a name in capitals, or of a known word.
    pub(crate) fn named(&self, name: &str) -> Option<Part> {
        self.kinds.get(name).or_else(|| self.words.get(name)).copied()
    }

    /// Whether a part is a kind of words rather than one word.
    pub(crate) fn is_kind(&self, part: Part) -> bool {
        part == Part::DIGITS || (part.0 > Part::OTHER_S.0 && part.0 <= self.last_kind.0)
    }
}
