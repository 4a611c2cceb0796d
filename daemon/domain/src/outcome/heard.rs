//! What the words of the other party mean for further contact.
//!
//! Must not live here: how words are heard (`frontdesk_refusal`), what a call comes to (`decide`).

use frontdesk_refusal::{Channel, Hearing, Medium, Scope, hear_conversation};

/// What was said about contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// No further contact, in these words.
    OptedOut(String),
    /// The person has died.
    Deceased(String),
    /// Somebody else was reached.
    WrongPerson(String),
    /// What may be a refusal, or refuses calls alone: a person decides.
    Doubt(Doubt),
    /// A no to the offer.
    Declined,
    /// Nothing that bears on it.
    Nothing,
}

/// What a person has to decide before there is any further contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// What it is. Quotes nobody, so it may be shown and told anywhere.
    pub why: &'static str,
    /// The words in doubt; empty where none are kept.
    pub words: String,
}

impl Doubt {
    /// What it is, with the words: for the call itself.
    pub(super) fn quoted(&self) -> String {
        if self.words.is_empty() { self.why.to_owned() } else { format!("{}: {}", self.why, self.words) }
    }
}

impl Heard {
    /// The same where nobody knows who said it: what bears on contact is for a person to decide.
    pub(super) fn of_somebody(self) -> Self {
        let doubt = |words| Self::Doubt(Doubt { why: "said on the call, and nobody knows by whom", words });
        match self {
            Self::OptedOut(words) | Self::Deceased(words) | Self::WrongPerson(words) => doubt(words),
            Self::Declined => Self::Nothing,
            other => other,
        }
    }
}

/// What these lines say, together.
pub(super) fn of(lines: &[&str]) -> Heard {
    let doubt = |why, words| Heard::Doubt(Doubt { why, words });
    match hear_conversation(lines.iter().copied(), Medium::Call) {
        Hearing::Refused { words } => Heard::OptedOut(words),
        Hearing::Deceased { words } => Heard::Deceased(words),
        Hearing::WrongNumber { words } => Heard::WrongPerson(words),
        Hearing::Unsure { words, why } => doubt(why, words),
        Hearing::Objection { scope: Scope::Channel(Channel::Call), words } => doubt("wants no calls", words),
        Hearing::Objection { scope: Scope::ThisNumber, words } => {
            doubt("wants no calls on this number", words)
        }
        Hearing::NotInterested { .. } => Heard::Declined,
        Hearing::Objection { .. } | Hearing::None => Heard::Nothing,
    }
}

/// Whether a single line of the other party bears on further contact.
pub(super) fn ends_contact(line: &str) -> bool {
    !matches!(of(&[line]), Heard::Declined | Heard::Nothing)
}
