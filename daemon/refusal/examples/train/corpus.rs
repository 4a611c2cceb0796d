//! The reviewed sentences and what a seed may grow into.
//!
//! A seed stands for a few sentences: `[a|b]` is a choice, `{x}` a slot of `slots.tsv`. Growing is
//! drawn from the seed's own text, so that adding a seed changes no other's sentences.

use crate::files::{self, SENTENCES};
use frontdesk_refusal::model::Class;
use std::collections::BTreeMap;

/// Something somebody may say.
pub(crate) struct Seed {
    /// What it is.
    pub(crate) class: Class,
    /// `en`, `de`, …
    pub(crate) language: String,
    /// Paraphrases of one wording, by language and name.
    pub(crate) family: String,
    /// With its choices and slots.
    pub(crate) pattern: String,
}

/// A sentence grown from a seed.
pub(crate) struct Sentence {
    /// Index of its seed.
    pub(crate) seed: usize,
    /// As it is said.
    pub(crate) text: String,
}

/// The seeds of every file, or what is wrong with a line.
pub(crate) fn seeds() -> Result<Vec<Seed>, String> {
    let mut seeds = Vec::new();
    for name in SENTENCES {
        for line in files::text(name)?.lines().filter(|l| !l.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [class, language, family, pattern] = fields[..] else {
                return Err(format!("{name}: not four fields: {line}"));
            };
            let class = Class::parse(class).ok_or_else(|| format!("{name}: no such class: {line}"))?;
            seeds.push(Seed {
                class,
                language: language.to_owned(),
                family: format!("{language}/{}/{family}", class.name()),
                pattern: pattern.to_owned(),
            });
        }
    }
    Ok(seeds)
}

/// Numbers that look drawn and are always the same.
pub(crate) struct Draw(u64);

impl Draw {
    /// From a text.
    pub(crate) fn of(text: &str) -> Self {
        Self(
            text.bytes()
                .fold(0x51_7c_c1_b7_27_22_0a_95, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)),
        )
    }

    /// Below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) >> 16) as usize % n.max(1)
    }

    /// One of these.
    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from.get(self.below(from.len())).copied().unwrap_or_default()
    }
}

/// Grows seeds into sentences.
pub(crate) struct Grower {
    slots: BTreeMap<String, Vec<String>>,
}

impl Grower {
    /// With the slots of the file.
    pub(crate) fn new() -> Result<Self, String> {
        let text = files::text("slots.tsv")?;
        let lines = text.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t'));
        let slots =
            lines.map(|(name, words)| (name.to_owned(), words.split('|').map(str::to_owned).collect()));
        Ok(Self { slots: slots.collect() })
    }

    /// Up to `most` wordings of a pattern, without repetition.
    pub(crate) fn wordings(&self, pattern: &str, most: usize) -> Vec<String> {
        let mut draw = Draw::of(pattern);
        let mut out: Vec<String> = Vec::new();
        for _ in 0..most * 3 {
            let text = self.one(pattern, &mut draw);
            if !out.contains(&text) {
                out.push(text);
            }
            if out.len() == most {
                break;
            }
        }
        out
    }

    fn one(&self, pattern: &str, draw: &mut Draw) -> String {
        let mut out = String::new();
        let mut rest = pattern;
        while let Some(at) = rest.find(['[', '{']) {
            out.push_str(&rest[..at]);
            let close = if rest[at..].starts_with('[') { ']' } else { '}' };
            let Some(end) = rest[at..].find(close).map(|e| e + at) else { break };
            let inside = &rest[at + 1..end];
            if close == ']' {
                let choices: Vec<&str> = inside.split('|').collect();
                out.push_str(draw.pick(&choices));
            } else {
                let words = self.slots.get(inside).map_or(&[][..], Vec::as_slice);
                out.push_str(words.get(draw.below(words.len())).map_or("", String::as_str));
            }
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

const OPENERS: [&str; 40] = [
    "look,",
    "listen,",
    "hello,",
    "yeah,",
    "right,",
    "sorry,",
    "hi,",
    "excuse me,",
    "okay so",
    "no,",
    "um,",
    "well,",
    "oh",
    "uh",
    "now then,",
    "hey,",
    "see,",
    "yes hello,",
    "um yeah",
    "I said",
    "erm",
    "look here,",
    "hi there,",
    "so yeah",
    "alright,",
    "I mean",
    "okay,",
    "hang on,",
    "yo",
    "dear me,",
    "for the record,",
    "honestly",
    "you know",
    "hi Ada,",
    "good morning,",
    "yes I heard,",
    "no no no",
    "oh no,",
    "mate,",
    "please,",
];
const CLOSERS: [&str; 36] = [
    ", thank you",
    ", thanks",
    ", okay",
    ", bye",
    ", cheers",
    ", all right",
    " please",
    ", mate",
    ", love",
    ", got it",
    ", goodbye",
    ", thank you very much",
    ", sorry",
    ", honestly",
    ", you know",
    ", yeah",
    " okay bye",
    ", pal",
    ", darling",
    ", sir",
    ", madam",
    ", bye bye",
    ", that's all",
    ", ta",
    " lol",
    ", right",
    " y'all",
    ", understand",
    ", please and thank you",
    " k thx",
    ", I mean it",
    ", son",
    ", dear",
    " now",
    ", bye now",
    ", have a good day",
];
const CHATTER: [&str; 30] = [
    "yes speaking",
    "hello yes",
    "who is this",
    "yeah this is me",
    "hi how are you",
    "I'm in the kitchen",
    "okay",
    "yes I can hear you",
    "oh it's you",
    "sorry I was outside",
    "the dog is barking",
    "yes that's my name",
    "go on",
    "what's that",
    "we had the plumber in last week",
    "I'm just having my tea",
    "it's raining here",
    "hello hello",
    "right okay",
    "hmm I see",
    "yes I remember",
    "I'm at my sister's",
    "the kids are here",
    "good morning",
    "hi there",
    "I just got in",
    "uh huh",
    "is that Acme",
    "you're from the plumbers",
    "yes love",
];

/// A sentence as people and transcribers really give it: opened, closed, mistyped, cut short.
pub(crate) fn roughen(text: &str, class: Class, draw: &mut Draw) -> String {
    let mut out = text.to_owned();
    if class == Class::Machine {
        return out;
    }
    if draw.below(5) == 0 {
        out = mistype(&out, draw);
    }
    if draw.below(3) == 0 {
        out = format!("{} {out}", draw.pick(&OPENERS));
    }
    if draw.below(3) == 0 {
        out.push_str(draw.pick(&CLOSERS));
    }
    if draw.below(5) == 0 {
        out = format!("{} {out}", draw.pick(&CHATTER));
    }
    if draw.below(12) == 0 {
        out = format!("{out} {}", draw.pick(&CHATTER));
    }
    out
}

/// Drops, doubles or swaps one letter of a longer word, or leaves a short word out.
fn mistype(text: &str, draw: &mut Draw) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let at = draw.below(words.len());
    let mut letters: Vec<char> = words[at].chars().collect();
    if letters.len() < 5 {
        const LIGHT: [&str; 8] = ["the", "a", "to", "I", "my", "is", "and", "of"];
        if LIGHT.contains(&words[at].as_str()) && words.len() > 3 {
            words.remove(at);
        }
        return words.join(" ");
    }
    let i = 1 + draw.below(letters.len() - 2);
    match draw.below(3) {
        0 => {
            letters.remove(i);
        }
        1 => letters.insert(i, letters[i]),
        _ => letters.swap(i, i + 1),
    }
    words[at] = letters.into_iter().collect();
    words.join(" ")
}
