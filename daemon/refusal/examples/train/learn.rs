//! Finds the weights: softmax regression, one sentence at a time, always in the same order.

use crate::corpus::{Draw, Grower, Seed, Sentence, roughen};
use frontdesk_refusal::features::{Features, Token};
use frontdesk_refusal::fold;
use frontdesk_refusal::model::{Class, Model, Scores, Thresholds, damping, softmax};

const N: usize = Class::ALL.len();
/// Times every sentence is seen.
const ROUNDS: usize = 8;
/// First step; later ones shrink by what a weight has already moved.
const STEP: f32 = 0.25;
/// Pull of every used weight towards nothing, for each sentence.
const PULL: f32 = 2e-5;
/// Traits shown at a time, of ten.
const SHOWN: usize = 6;
/// Sentences learned from one seed.
const PER_SEED: usize = 6;
/// A trait seen in fewer seeds says more about those sentences than about language.
const SEEDS: usize = 3;

/// A sentence's traits, and what it is.
pub(crate) struct Example {
    /// Index of its seed.
    pub(crate) seed: usize,
    class: Class,
    traits: Vec<u32>,
}

/// What is learned from: every seed grown and roughened.
pub(crate) fn examples(seeds: &[Seed], grower: &Grower) -> Vec<Example> {
    let mut features = Features::default();
    let mut out = Vec::new();
    for (seed, s) in seeds.iter().enumerate() {
        let wordings = grower.wordings(&s.pattern, PER_SEED);
        let mut draw = Draw::of(&s.pattern);
        for n in 0..PER_SEED {
            let wording = &wordings[n % wordings.len()];
            let text = if n == 0 { wording.clone() } else { roughen(wording, s.class, &mut draw) };
            features.read(&Token::all(&fold::words(&text)));
            out.push(Example { seed, class: s.class, traits: features.traits.clone() });
        }
    }
    out
}

/// Sentences to be judged by a model that never saw their family.
pub(crate) fn held_out(seeds: &[Seed], grower: &Grower, per_seed: usize) -> Vec<Sentence> {
    let mut out = Vec::new();
    for (seed, s) in seeds.iter().enumerate() {
        let mut draw = Draw::of(&s.pattern);
        draw.below(2);
        for (n, wording) in grower.wordings(&s.pattern, per_seed).into_iter().enumerate() {
            let text = if n == 0 { wording } else { roughen(&wording, s.class, &mut draw) };
            out.push(Sentence { seed, text });
        }
    }
    out
}

/// Traits worth a weight, ascending.
fn vocabulary(examples: &[&Example]) -> Vec<u32> {
    let mut seen: Vec<(u32, usize)> =
        examples.iter().flat_map(|e| e.traits.iter().map(|t| (*t, e.seed))).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.chunk_by(|a, b| a.0 == b.0).filter(|of| of.len() >= SEEDS).map(|of| of[0].0).collect()
}

/// The model of these examples.
pub(crate) fn learn(examples: &[&Example], corpus: u64, thresholds: Thresholds) -> Model {
    let vocabulary = vocabulary(examples);
    let known: Vec<Vec<usize>> = examples
        .iter()
        .map(|e| e.traits.iter().filter_map(|t| vocabulary.binary_search(t).ok()).collect())
        .collect();
    let mut weights = vec![[0.0f32; N]; vocabulary.len()];
    let mut moved = vec![[0.0f32; N]; vocabulary.len()];
    let mut bias = [0.0f32; N];
    let mut draw = Draw::of("order");
    let mut order: Vec<usize> = (0..examples.len()).collect();
    for _ in 0..ROUNDS {
        for i in (1..order.len()).rev() {
            order.swap(i, draw.below(i + 1));
        }
        for &i in &order {
            // Some traits are hidden each time, so that no sentence is known by one of them alone.
            let shown: Vec<usize> = known[i].iter().copied().filter(|_| draw.below(10) < SHOWN).collect();
            let factor = damping(examples[i].traits.len() * SHOWN / 10);
            let mut errors = bias;
            for row in &shown {
                errors.iter_mut().zip(&weights[*row]).for_each(|(score, w)| *score += w * factor);
            }
            softmax(&mut errors);
            errors[examples[i].class as usize] -= 1.0;
            bias.iter_mut().zip(&errors).for_each(|(b, error)| *b -= 0.002 * error);
            for row in shown {
                for ((w, m), error) in weights[row].iter_mut().zip(&mut moved[row]).zip(&errors) {
                    let slope = error * factor + PULL * *w;
                    *m += slope * slope;
                    *w -= STEP * slope / (1.0 + m.sqrt());
                }
            }
        }
    }
    let rows: Vec<(u32, Scores)> = vocabulary.into_iter().zip(weights).collect();
    Model::new(corpus, thresholds, bias, &rows)
}
