//! What a sentence does: stops, forbids, removes, complains, threatens — and under what scope.
//!
//! "Stop calling", "don't stop calling" and "my son told me to stop calling" share most of their
//! words. What tells them apart is where the core stands: behind a negation, in somebody else's
//! mouth, before a time. Acts (`data/acts.tsv`) find the core; the circumstances are read around
//! it; both are traits the model weighs. Nothing is decided here.

use crate::kinds::{LEXICON, Part};
use std::collections::HashMap;
use std::sync::LazyLock;

static LIST: &str = include_str!("../data/acts.tsv");

/// One place of a pattern.
#[derive(Debug)]
struct Step {
    /// Any of these parts; none of them for a gap.
    any: Vec<Part>,
    /// Words of any kind before it, at most.
    gap: usize,
    /// Whether it may be missing.
    optional: bool,
}

impl Step {
    fn fits(&self, part: Part) -> bool {
        self.any.contains(&part) || (part.is_other() && self.any.contains(&Part::OTHER))
    }
}

#[derive(Debug)]
struct Pattern {
    act: u16,
    rest: Vec<Step>,
}

/// Patterns by the part they begin with.
struct Patterns {
    by_first: HashMap<Part, Vec<Pattern>>,
    certain: Option<u16>,
    /// Parts without which a sentence is hardly about contact.
    telling: Vec<Part>,
    /// Parts without which nobody has died.
    death: Vec<Part>,
}

/// The act that needs no weighing: whole sentences that leave nothing open.
const CERTAIN: &str = "certain";

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let mut lists: HashMap<&str, Vec<Part>> = HashMap::new();
    let mut acts: Vec<&str> = Vec::new();
    let mut by_first: HashMap<Part, Vec<Pattern>> = HashMap::new();
    for (name, steps) in LIST.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')) {
        if name.starts_with('@') {
            lists.insert(name, parts(steps, &lists));
            continue;
        }
        let act = acts.iter().position(|a| *a == name).unwrap_or_else(|| {
            acts.push(name);
            acts.len() - 1
        });
        let first = steps.split(' ').next().unwrap_or_default();
        for part in parts(first, &lists) {
            let pattern = Pattern { act: act as u16, rest: rest(steps, &lists) };
            by_first.entry(part).or_default().push(pattern);
        }
    }
    let certain = acts.iter().position(|a| *a == CERTAIN).map(|at| at as u16);
    let telling = lists.remove("@telling").unwrap_or_default();
    let death = lists.remove("@death").unwrap_or_default();
    Patterns { by_first, certain, telling, death }
});

fn parts(names: &str, lists: &HashMap<&str, Vec<Part>>) -> Vec<Part> {
    let mut out = Vec::new();
    for name in names.split('|') {
        match lists.get(name) {
            Some(list) => out.extend(list),
            None => out.extend(LEXICON.named(name)),
        }
    }
    out
}

fn rest(steps: &str, lists: &HashMap<&str, Vec<Part>>) -> Vec<Step> {
    let mut out = Vec::new();
    let mut gap = 0;
    for step in steps.split(' ').skip(1) {
        if let Some(most) = step.strip_prefix('*') {
            gap = most.parse().unwrap_or(0);
            continue;
        }
        let optional = step.ends_with('?');
        out.push(Step { any: parts(step.trim_end_matches('?'), lists), gap, optional });
        gap = 0;
    }
    out
}

/// Where the steps end if they begin there.
fn matches(steps: &[Step], parts: &[Part], at: usize) -> Option<usize> {
    let Some((step, later)) = steps.split_first() else { return Some(at) };
    for skipped in 0..=step.gap {
        let place = at + skipped;
        if parts.get(place).is_some_and(|p| step.fits(*p))
            && let Some(end) = matches(later, parts, place + 1)
        {
            return Some(end);
        }
    }
    if step.optional { matches(later, parts, at) } else { None }
}

/// An act and its circumstances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Act {
    /// Which.
    pub(crate) name: u16,
    /// What stands before: see [`before`].
    pub(crate) before: u8,
    /// What stands behind: see [`after`].
    pub(crate) after: u8,
    /// What stands right behind, as a class of parts.
    pub(crate) next: u8,
}

/// The acts of a sentence's parts, which begin and end with an edge.
pub(crate) fn find(parts: &[Part], out: &mut Vec<Act>) {
    out.clear();
    for at in 0..parts.len() {
        for pattern in PATTERNS.by_first.get(&parts[at]).into_iter().flatten() {
            if let Some(end) = matches(&pattern.rest, parts, at + 1) {
                let act = Act {
                    name: pattern.act,
                    before: before(parts, at),
                    after: after(parts, end),
                    next: next(parts.get(end).copied().unwrap_or(Part::EDGE)),
                };
                if !out.contains(&act) {
                    out.push(act);
                }
            }
        }
    }
}

/// Whether one of these acts is a refusal that leaves nothing open.
pub(crate) fn is_certain(found: &[Act]) -> bool {
    found.iter().any(|act| Some(act.name) == PATTERNS.certain)
}

/// Whether a sentence is about contact at all, or at least does something known.
pub(crate) fn is_telling(parts: &[Part], found: &[Act]) -> bool {
    !found.is_empty() || parts.iter().any(|p| PATTERNS.telling.contains(p))
}

/// Whether a sentence has a word for death, or one that may stand for it.
pub(crate) fn is_of_death(parts: &[Part]) -> bool {
    parts.iter().any(|p| PATTERNS.death.contains(p))
}

/// Parts that circumstances are read from.
struct Signs {
    negation: Vec<Part>,
    others: Vec<Part>,
    own: Vec<Part>,
    told: Vec<Part>,
    time: Vec<Part>,
    place: Vec<Part>,
    instead: Vec<Part>,
    but: Vec<Part>,
    ever: Vec<Part>,
    me: Vec<Part>,
    it: Vec<Part>,
    mood: Vec<Part>,
}

static SIGNS: LazyLock<Signs> = LazyLock::new(|| {
    let of = |names: &str| parts(names, &HashMap::new());
    Signs {
        negation: of(
            "dont|didnt|doesnt|not|never|no|wont|cant|wouldnt|couldnt|isnt|without|nao|non|ne|nie|nicht",
        ),
        others: of("SUBJECT|he|she|they|KIN|who"),
        own: of("i|ive|im|we|weve|id"),
        told: of("SPOKE|was|were"),
        time: of("WHEN|DAY|BEFORE|DIGITS|yet|time"),
        place: of("HOME|on|at"),
        instead: of("INSTEAD"),
        but: of("but|only|just|use|actually|joking|then"),
        ever: of("AGAIN"),
        me: of("me|us|this|my|here|our|NUMBER|mich|mi|moi|nos|mnie"),
        it: of("it|that|him|her|them|the|a|an"),
        mood: of("if|when|why|did|will|who|how|what"),
    }
});

fn before(parts: &[Part], at: usize) -> u8 {
    let signs = &*SIGNS;
    let near = &parts[at.saturating_sub(4)..at];
    let all = &parts[..at];
    let has = |among: &[Part], list: &[Part]| among.iter().any(|p| list.contains(p));
    let mut out = 0;
    for (bit, there) in [
        has(near, &signs.negation),
        has(all, &signs.others),
        has(all, &signs.told),
        has(near, &signs.own),
        has(all, &signs.mood),
        has(all, &signs.ever),
    ]
    .into_iter()
    .enumerate()
    {
        out |= u8::from(there) << bit;
    }
    out
}

fn after(parts: &[Part], end: usize) -> u8 {
    let signs = &*SIGNS;
    let rest = parts.get(end..).unwrap_or_default();
    let near = &rest[..rest.len().min(7)];
    let has = |list: &[Part]| near.iter().any(|p| list.contains(p));
    let mut out = 0;
    for (bit, list) in [&signs.time, &signs.place, &signs.instead, &signs.but, &signs.ever, &signs.negation]
        .into_iter()
        .enumerate()
    {
        out |= u8::from(has(list)) << bit;
    }
    out
}

fn next(part: Part) -> u8 {
    let signs = &*SIGNS;
    let classes = [&signs.me, &signs.ever, &signs.time, &signs.it, &signs.place, &signs.instead];
    if part == Part::EDGE {
        0
    } else if part.is_other() {
        1
    } else {
        classes.iter().position(|c| c.contains(&part)).map_or(2, |n| 3 + n as u8)
    }
}
