//! How well a model hears what it was not trained on.

use crate::corpus::{Grower, Seed, Sentence};
use crate::learn::{self, Example};
use frontdesk_refusal::model::{Class, Model, Thresholds};
use frontdesk_refusal::{Channel, Hearing, Judge, Medium, Scope};
use std::collections::BTreeMap;

/// Parts the families are dealt into.
const FOLDS: usize = 5;
/// Harmless sentences that may be suppressed, of a thousand, when limits are chosen. A fold knows
/// nothing of whole families, life resembles some of them: what is allowed here is more than what
/// will happen there, as the unseen sentences show.
const SUPPRESSED: usize = 80;
/// Harmless sentences that may be held, of a thousand, when limits are chosen.
const HELD: usize = 130;

/// What was made of the sentences of a class.
#[derive(Default, Clone)]
pub(crate) struct Tally {
    /// Sentences.
    pub(crate) all: usize,
    /// Suppressed.
    pub(crate) refused: usize,
    /// Held, at least on the channel used; or calling ended.
    pub(crate) held: usize,
    /// Heard as what they are, for the classes between.
    pub(crate) right: usize,
    /// What went wrong.
    pub(crate) wrong: Vec<String>,
}

impl Tally {
    /// Of a hundred.
    pub(crate) fn share(&self, n: usize) -> f32 {
        100.0 * n as f32 / self.all.max(1) as f32
    }

    /// Counts one.
    pub(crate) fn add(&mut self, class: Class, text: &str, hearing: &Hearing) {
        self.all += 1;
        let refused = matches!(hearing, Hearing::Refused { .. });
        let held = holds(class, hearing);
        self.refused += usize::from(refused);
        self.held += usize::from(held);
        let right = is_right(class, hearing);
        self.right += usize::from(right);
        if !right {
            self.wrong.push(format!("{}: {text}", name(hearing)));
        }
    }
}

/// Whether the channel used is left alone, though not for good.
fn holds(class: Class, hearing: &Hearing) -> bool {
    match hearing {
        Hearing::Unsure { .. } => true,
        // A refusal is held by what covers the call it was said in, harmless words by any hold.
        Hearing::Objection { scope, .. } => {
            class != Class::Refuse || matches!(scope, Scope::Channel(Channel::Call) | Scope::ThisNumber)
        }
        Hearing::WrongNumber { .. } | Hearing::Deceased { .. } => true,
        _ => false,
    }
}

/// The word for an answer.
pub(crate) fn name(hearing: &Hearing) -> &'static str {
    match hearing {
        Hearing::Refused { .. } => "refused",
        Hearing::Unsure { .. } => "unsure",
        Hearing::Objection { scope: Scope::Channel(_), .. } => "objection to a channel",
        Hearing::Objection { scope: Scope::ThisNumber, .. } => "objection to this number",
        Hearing::Objection { scope: Scope::Hours, .. } => "objection to a time",
        Hearing::WrongNumber { .. } => "wrong number",
        Hearing::Deceased { .. } => "deceased",
        Hearing::NotInterested { .. } => "not interested",
        Hearing::None => "none",
    }
}

fn is_right(class: Class, hearing: &Hearing) -> bool {
    match class {
        Class::Refuse => matches!(hearing, Hearing::Refused { .. }),
        Class::HoldCall | Class::HoldSms | Class::HoldEmail | Class::HoldNumber | Class::HoldHours => {
            matches!(hearing, Hearing::Objection { .. })
        }
        Class::WrongNumber => matches!(hearing, Hearing::WrongNumber { .. }),
        Class::Deceased => matches!(hearing, Hearing::Deceased { .. }),
        Class::NotInterested => matches!(hearing, Hearing::NotInterested { .. } | Hearing::None),
        Class::Harmless | Class::Machine | Class::TakeBack => {
            matches!(hearing, Hearing::None | Hearing::NotInterested { .. })
        }
    }
}

/// Tallies by class.
pub(crate) type Tallies = BTreeMap<Class, Tally>;

/// Judges sentences of known class.
pub(crate) fn tally<'a>(model: &Model, said: impl Iterator<Item = (Class, &'a str)>) -> Tallies {
    let judge = Judge::new(model);
    let mut out = Tallies::new();
    for (class, text) in said {
        out.entry(class).or_default().add(class, text, &judge.utterance(text, Medium::Call));
    }
    out
}

/// Models that never saw the families they are asked about.
pub(crate) struct Folds<'a> {
    seeds: &'a [Seed],
    of_seed: Vec<usize>,
    models: Vec<Model>,
    sentences: Vec<Sentence>,
}

impl<'a> Folds<'a> {
    /// Deals families into folds and learns a model without each.
    pub(crate) fn new(seeds: &'a [Seed], examples: &[Example], grower: &Grower, per_seed: usize) -> Self {
        let mut families: BTreeMap<&str, usize> = BTreeMap::new();
        for seed in seeds {
            let next = families.len();
            families.entry(&seed.family).or_insert(next % FOLDS);
        }
        let of_seed: Vec<usize> = seeds.iter().map(|s| families[s.family.as_str()]).collect();
        let none = Thresholds { refused: 1.0, unsure: 1.0 };
        let models = (0..FOLDS)
            .map(|fold| {
                let seen: Vec<&Example> = examples.iter().filter(|e| of_seed[e.seed] != fold).collect();
                learn::learn(&seen, 0, none)
            })
            .collect();
        Self { seeds, of_seed, models, sentences: learn::held_out(seeds, grower, per_seed) }
    }

    /// How many sentences are judged.
    pub(crate) fn len(&self) -> usize {
        self.sentences.len()
    }

    /// Every sentence judged by the model that did not see its family.
    pub(crate) fn tally(&mut self, thresholds: Thresholds) -> Tallies {
        let mut out = Tallies::new();
        for model in &mut self.models {
            model.thresholds = thresholds;
        }
        for sentence in &self.sentences {
            let class = self.seeds[sentence.seed].class;
            let judge = Judge::new(&self.models[self.of_seed[sentence.seed]]);
            let hearing = judge.utterance(&sentence.text, Medium::Call);
            out.entry(class).or_default().add(class, &sentence.text, &hearing);
        }
        out
    }

    /// The lowest limits that keep harmless sentences alone often enough.
    pub(crate) fn choose(&mut self) -> Thresholds {
        let mut chosen = Thresholds { refused: 0.95, unsure: 0.95 };
        for step in (4..=19).rev() {
            let tried = Thresholds { refused: step as f32 / 20.0, unsure: 0.95f32.min(step as f32 / 20.0) };
            let harmless = harmless(&self.tally(tried));
            if harmless.refused * 1000 > SUPPRESSED * harmless.all {
                break;
            }
            chosen = tried;
        }
        for step in (1..=30).rev() {
            let tried = Thresholds { unsure: step as f32 / 50.0, ..chosen };
            if tried.unsure > chosen.refused {
                continue;
            }
            let harmless = harmless(&self.tally(tried));
            if harmless.held * 1000 > HELD * harmless.all {
                break;
            }
            chosen = tried;
        }
        chosen
    }
}

/// What must not be suppressed: the harmless, and those who only do not want to buy.
pub(crate) fn harmless(tallies: &Tallies) -> Tally {
    let mut out = Tally::default();
    for class in [Class::Harmless, Class::NotInterested] {
        let Some(one) = tallies.get(&class) else { continue };
        out.all += one.all;
        out.refused += one.refused;
        out.held += one.held;
        out.right += one.right;
        out.wrong.extend(one.wrong.iter().cloned());
    }
    out
}
