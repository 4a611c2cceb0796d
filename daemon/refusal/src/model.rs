//! A linear model over the traits of a sentence: one weight per trait and class.
//!
//! Linear, because it is small, quick, the same on every machine, and its every answer can be
//! traced to the words that moved it. Weights are bytes; sums are integers, so two builds agree
//! to the last bit. Must not live here: how weights are found, what is done with an answer.

/// What a sentence can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// A refusal of all further contact.
    Refuse,
    /// An objection to calls only.
    HoldCall,
    /// An objection to text messages only.
    HoldSms,
    /// An objection to mail only.
    HoldEmail,
    /// An objection to this number or place only.
    HoldNumber,
    /// An objection to a time only.
    HoldHours,
    /// Not the person we want.
    WrongNumber,
    /// The person has died.
    Deceased,
    /// A no to the offer, not to contact.
    NotInterested,
    /// None of these.
    Harmless,
    /// Not a person's words.
    Machine,
    /// Takes a refusal back.
    TakeBack,
}

impl Class {
    /// Every class, in the order of the weights.
    pub const ALL: [Self; 12] = [
        Self::Refuse,
        Self::HoldCall,
        Self::HoldSms,
        Self::HoldEmail,
        Self::HoldNumber,
        Self::HoldHours,
        Self::WrongNumber,
        Self::Deceased,
        Self::NotInterested,
        Self::Harmless,
        Self::Machine,
        Self::TakeBack,
    ];

    /// The class's name in the corpus.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::HoldCall => "hold:call",
            Self::HoldSms => "hold:sms",
            Self::HoldEmail => "hold:email",
            Self::HoldNumber => "hold:number",
            Self::HoldHours => "hold:hours",
            Self::WrongNumber => "wrong_number",
            Self::Deceased => "deceased",
            Self::NotInterested => "not_interested",
            Self::Harmless => "harmless",
            Self::Machine => "machine",
            Self::TakeBack => "takeback",
        }
    }

    /// The class of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }

    /// Whether it objects to something narrower than contact.
    pub(crate) fn is_objection(self) -> bool {
        matches!(self, Self::HoldCall | Self::HoldSms | Self::HoldEmail | Self::HoldNumber | Self::HoldHours)
    }
}

/// How likely each class is.
#[derive(Debug, Clone, Copy)]
pub struct Likely(Scores);

impl Likely {
    /// Of one class.
    pub fn of(&self, class: Class) -> f32 {
        self.0[class as usize]
    }

    /// The likeliest class.
    pub fn best(&self) -> Class {
        Class::ALL.into_iter().max_by(|a, b| self.of(*a).total_cmp(&self.of(*b))).unwrap_or(Class::Harmless)
    }
}

/// How sure the model must be, chosen by the trainer on sentences it was not trained on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// From here a refusal is believed.
    pub refused: f32,
    /// From here a person must decide.
    pub unsure: f32,
}

/// Weights and what belongs to them.
#[derive(Debug, Clone)]
pub struct Model {
    /// Hash of the corpus it was made from.
    pub corpus: u64,
    /// When to believe it.
    pub thresholds: Thresholds,
    scale: f32,
    bias: Scores,
    /// Traits that have weights, ascending.
    traits: Vec<u32>,
    /// Weights by trait, then class.
    weights: Vec<[i8; N]>,
    /// Where traits with the same upper half begin.
    starts: Vec<u32>,
}

/// One number for each class.
pub type Scores = [f32; N];

const MAGIC: &[u8; 8] = b"refusal2";
const N: usize = Class::ALL.len();
/// Lower bits of a trait that `starts` does not know.
const LOWER: u32 = 16;

impl Model {
    /// Rounds weights to bytes; the largest is 127. Traits come in ascending order.
    pub fn new(corpus: u64, thresholds: Thresholds, bias: Scores, weights: &[(u32, Scores)]) -> Self {
        let all = weights.iter().flat_map(|(_, w)| w);
        let scale = all.fold(f32::MIN_POSITIVE, |most, w| most.max(w.abs())) / 127.0;
        let bytes = weights.iter().map(|(_, w)| w.map(|w| (w / scale).round() as i8)).collect();
        let traits: Vec<u32> = weights.iter().map(|(t, _)| *t).collect();
        Self { corpus, thresholds, scale, bias, starts: starts(&traits), traits, weights: bytes }
    }

    /// Reads what `bytes` wrote.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (corpus, rest) = rest.split_first_chunk()?;
        let (refused, rest) = float(rest)?;
        let (unsure, rest) = float(rest)?;
        let (scale, mut rest) = float(rest)?;
        let mut bias = [0.0; N];
        for value in &mut bias {
            (*value, rest) = float(rest)?;
        }
        let (mut traits, mut weights) = (Vec::new(), Vec::new());
        while !rest.is_empty() {
            let (name, after) = rest.split_first_chunk()?;
            let (row, after) = after.split_first_chunk::<N>()?;
            traits.push(u32::from_le_bytes(*name));
            weights.push(row.map(u8::cast_signed));
            rest = after;
        }
        Some(Self {
            corpus: u64::from_le_bytes(*corpus),
            thresholds: Thresholds { refused, unsure },
            scale,
            bias,
            starts: starts(&traits),
            traits,
            weights,
        })
    }

    /// As it is kept in a file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.corpus.to_le_bytes());
        let head = [self.thresholds.refused, self.thresholds.unsure, self.scale];
        for value in head.iter().chain(&self.bias) {
            out.extend_from_slice(&value.to_le_bytes());
        }
        for (name, row) in self.traits.iter().zip(&self.weights) {
            out.extend_from_slice(&name.to_le_bytes());
            out.extend(row.map(i8::cast_unsigned));
        }
        out
    }

    /// How likely each class is, given a sentence's traits.
    pub fn judge(&self, traits: &[u32]) -> Likely {
        let mut sums = [0i32; N];
        for row in traits.iter().filter_map(|name| self.row(*name)) {
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += i32::from(*weight);
            }
        }
        let damping = damping(traits.len());
        let mut scores = [0.0; N];
        for ((score, sum), bias) in scores.iter_mut().zip(sums).zip(self.bias) {
            *score = bias + self.scale * sum as f32 * damping;
        }
        softmax(&mut scores);
        Likely(scores)
    }

    fn row(&self, name: u32) -> Option<&[i8; N]> {
        let upper = (name >> LOWER) as usize;
        let range = *self.starts.get(upper)? as usize..*self.starts.get(upper + 1)? as usize;
        let at = self.traits.get(range.clone())?.iter().position(|t| *t == name)?;
        self.weights.get(range.start + at)
    }
}

/// Where the traits of each upper half begin, and where the last ends.
fn starts(traits: &[u32]) -> Vec<u32> {
    let mut starts = vec![0; (1 << (32 - LOWER)) + 1];
    for name in traits {
        starts[(name >> LOWER) as usize + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    starts
}

fn float(bytes: &[u8]) -> Option<(f32, &[u8])> {
    let (value, rest) = bytes.split_first_chunk()?;
    Some((f32::from_le_bytes(*value), rest))
}

/// A long sentence has many traits and most say nothing: its sum counts less.
pub fn damping(traits: usize) -> f32 {
    8.0 / (traits.max(16) as f32).sqrt()
}

/// Scores to shares of one.
pub fn softmax(scores: &mut Scores) {
    let most = scores.iter().fold(f32::MIN, |a, b| a.max(*b));
    scores.iter_mut().for_each(|s| *s = exp(*s - most));
    let sum: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|s| *s /= sum);
}

/// e to the `x`, for `x` ≤ 0. Own, because the standard one differs between platforms in the
/// last bit, and a model must come out the same wherever it is made.
fn exp(x: f32) -> f32 {
    let x = f64::from(x.max(-80.0)) / 256.0;
    let mut power = 1.0 + x * (1.0 + x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x / 120.0))));
    for _ in 0..8 {
        power *= power;
    }
    power as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close() {
        for x in [0.0f32, -0.1, -1.0, -5.5, -20.0] {
            assert!((exp(x) - x.exp()).abs() < 1e-5, "{x}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for (n, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(Class::parse(class.name()), Some(class));
            assert_eq!(class as usize, n);
        }
    }
}
