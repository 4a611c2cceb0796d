//! Text as words that can be compared, each with its place in the text.
//!
//! People write `Don’t`, `DONT`, `do n't`, `d o n t`, `ＳＴＯＰ` and `s.t.o.p`, and transcribers
//! put full stops where nobody paused. All of it folds to the same lower-case words here, so that
//! nothing above has to know how words can be spelled. Must not live here: what words mean.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

static SPELLINGS: &str = include_str!("../data/spellings.tsv");

/// Words by the other ways they are written.
static USUAL: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = SPELLINGS.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t'));
    lines.flat_map(|(word, others)| others.split(' ').map(move |other| (other, word))).collect()
});

/// A word of a text.
#[derive(Debug, Clone)]
pub struct Word {
    /// Where it stands in the text.
    pub place: Range<usize>,
    /// Lower case, without accents and apostrophes.
    pub folded: String,
    /// With its accents, where it has any: `más` is not `mas` to somebody who writes them.
    pub accented: Option<String>,
    /// Whether a sentence ends behind it.
    pub ends: bool,
}

/// The words of a text.
pub fn words(text: &str) -> Vec<Word> {
    let mut fold = Fold::default();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        if is_invisible(c) {
            continue;
        }
        if c.is_alphanumeric() || (c == '*' && fold.inside) {
            fold.letter(at, c);
        } else if is_apostrophe(c) {
            if fold.elides(next) {
                fold.inside = false;
            }
        } else {
            fold.inside = false;
            let dotted = c == '.' && next.is_some_and(char::is_alphanumeric);
            if !dotted && matches!(c, '.' | '!' | '?' | ';' | '\n' | '…' | '。' | '！' | '？') {
                fold.end_sentence();
            }
        }
    }
    let mut words = fold.words;
    words.iter_mut().for_each(settle);
    join_spelled(&mut words);
    join_contractions(&mut words);
    for word in &mut words {
        if let Some(usual) = USUAL.get(word.folded.as_str()) {
            (*usual).clone_into(&mut word.folded);
        }
    }
    words
}

#[derive(Default)]
struct Fold {
    words: Vec<Word>,
    inside: bool,
}

impl Fold {
    fn letter(&mut self, at: usize, c: char) {
        let end = at + c.len_utf8();
        if !self.inside {
            let word = Word { place: at..end, folded: String::new(), accented: None, ends: false };
            self.words.push(word);
            self.inside = true;
        }
        let Some(word) = self.words.last_mut() else { return };
        word.place.end = end;
        let before = word.folded.len();
        if c.is_ascii() {
            word.folded.push(c.to_ascii_lowercase());
        } else {
            let marks = |c: &char| !is_combining_mark(*c);
            for plain in std::iter::once(c).nfkd().filter(marks).flat_map(char::to_lowercase) {
                fold_letter(plain, &mut word.folded);
            }
        }
        let accent = !c.is_ascii() && c.is_alphabetic();
        if accent && word.accented.is_none() {
            word.accented = Some(word.folded[..before].to_owned());
        }
        if let Some(accented) = &mut word.accented {
            accented.extend(c.to_lowercase());
        }
    }

    /// Whether the word so far is one that French and Italian glue to the next: `m'appelez`.
    fn elides(&self, next: Option<char>) -> bool {
        const ELIDED: [&str; 14] =
            ["l", "m", "n", "s", "d", "t", "j", "c", "qu", "dell", "dall", "nell", "all", "gliel"];
        let Some(next) = next.filter(|c| self.inside && c.is_alphabetic()) else { return false };
        let word = self.words.last().map_or("", |w| w.folded.as_str());
        // The end of "do n't".
        ELIDED.contains(&word) && !(word == "n" && matches!(next, 't' | 'T'))
    }

    fn end_sentence(&mut self) {
        if let Some(word) = self.words.last_mut() {
            word.ends = true;
        }
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | '＇' | '′' | '‛' | 'ʹ')
}

/// Characters that show nothing and cut words apart for a machine only.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || is_combining_mark(c)
}

/// Letters that have no decomposition, and Cyrillic and Greek ones that look like Latin.
fn fold_letter(c: char, out: &mut String) {
    match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'ł' => out.push('l'),
        'ø' => out.push('o'),
        'đ' => out.push('d'),
        'ı' => out.push('i'),
        'а' | 'α' => out.push('a'),
        'е' | 'ε' => out.push('e'),
        'о' | 'ο' => out.push('o'),
        'р' | 'ρ' => out.push('p'),
        'с' => out.push('c'),
        'т' | 'τ' => out.push('t'),
        'ѕ' => out.push('s'),
        'і' | 'ι' => out.push('i'),
        'у' => out.push('y'),
        'х' => out.push('x'),
        other => out.push(other),
    }
}

/// `stooop` is `stop`: no language here writes a letter three times.
fn settle(word: &mut Word) {
    let mut out = String::with_capacity(word.folded.len());
    let mut chars = word.folded.chars().peekable();
    while let Some(c) = chars.next() {
        let mut run = 1;
        while chars.next_if_eq(&c).is_some() {
            run += 1;
        }
        let times = if run == 2 || (run > 2 && c.is_numeric()) { run } else { 1 };
        out.extend(std::iter::repeat_n(c, times));
    }
    word.folded = out;
}

/// `d o n t` and `s.t.o.p`: three letters or more that stand alone are one word.
fn join_spelled(words: &mut Vec<Word>) {
    let letter = |w: &Word| w.folded.chars().count() == 1 && w.folded.chars().all(char::is_alphabetic);
    let mut at = 0;
    while at < words.len() {
        let run = words[at..].iter().take_while(|w| letter(w)).count();
        if run >= 3 {
            let joined: String = words[at..at + run].iter().map(|w| w.folded.as_str()).collect();
            let last = &words[at + run - 1];
            let (end, ends) = (last.place.end, last.ends);
            words.drain(at + 1..at + run);
            words[at] = Word { place: words[at].place.start..end, folded: joined, accented: None, ends };
        }
        at += run.max(1);
    }
}

/// One word for what English contracts: `do n't`, `don t`, `do not` are all `dont`.
fn join_contractions(words: &mut Vec<Word>) {
    words.dedup_by(|next, word| {
        let Some(joined) = contraction(&word.folded, &next.folded).filter(|_| !word.ends) else {
            return false;
        };
        word.folded = joined;
        word.place.end = next.place.end;
        word.ends = next.ends;
        true
    });
}

fn contraction(first: &str, second: &str) -> Option<String> {
    const AUXILIARIES: [&str; 21] = [
        "do", "did", "does", "would", "should", "could", "can", "will", "is", "are", "was", "were", "have",
        "has", "had", "must", "need", "dare", "ai", "wo", "ca",
    ];
    const PRONOUNS: [&str; 8] = ["i", "you", "we", "they", "he", "she", "it", "that"];
    let stem = first.strip_suffix('n').filter(|stem| AUXILIARIES.contains(stem));
    match second {
        "nt" | "not" if AUXILIARIES.contains(&first) => Some(match first {
            "can" | "ca" => "cant".to_owned(),
            "will" | "wo" => "wont".to_owned(),
            _ => format!("{first}nt"),
        }),
        "t" if stem.is_some() || matches!(first, "can" | "won") => Some(format!("{first}t")),
        "ll" | "re" | "ve" if PRONOUNS.contains(&first) => Some(format!("{first}{second}")),
        "m" | "am" if first == "i" => Some("im".to_owned()),
        "more" if first == "any" => Some("anymore".to_owned()),
        "mail" if first == "e" => Some("email".to_owned()),
        "mail" if first == "voice" => Some("voicemail".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        words(text).into_iter().map(|w| w.folded).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn spellings_of_one_word() {
        for text in [
            "don't",
            "don’t",
            "DONT",
            "do n't",
            "do n’t",
            "don t",
            "d o n t",
            "d.o.n.t",
            "do not",
            "ｄｏｎ＇ｔ",
            "d\u{200b}on't",
            "dön't",
        ] {
            assert_eq!(folded(text), "dont", "{text}");
        }
        for text in [
            "STOP",
            "ＳＴＯＰ",
            "𝐒𝐓𝐎𝐏",
            "s t o p",
            "S.T.O.P.",
            "stoooop",
            "s\u{200d}top",
            "ЅТОР",
            "st\u{301}op",
        ] {
            assert_eq!(folded(text), "stop", "{text}");
        }
        assert_eq!(folded("cannot, can not, can't"), "cannot cant cant");
        assert_eq!(folded("Ne m’appelez plus"), "ne m appelez plus");
        assert_eq!(folded("any more e-mail"), "anymore email");
        assert_eq!(folded("f***ing Straße, żółć"), "f*ing strasse zolc");
        assert_eq!(folded("07700 900111"), "07700 900111");
        assert_eq!(folded("😀 — ... \u{200b}"), "");
    }

    #[test]
    fn places_and_ends() {
        let text = "Stop. Calling me, más!";
        let found = words(text);
        let seen: Vec<(&str, bool)> = found.iter().map(|w| (&text[w.place.clone()], w.ends)).collect();
        assert_eq!(seen, [("Stop", true), ("Calling", false), ("me", false), ("más", true)]);
        assert_eq!(found[3].accented.as_deref(), Some("más"));
        assert_eq!(found[0].accented, None);
    }
}
