//! Whether a person refused further contact, heard from their own words.
//!
//! One judge for speech, text messages and mail. Give it only what the *other* party said. A miss
//! costs a complaint and a false alarm a lead, so there are three answers: a refusal is acted
//! upon, doubt is held until a person decides, the rest goes on. Certain words are rules
//! (`rules`); everything else is weighed by a small linear model trained in this folder
//! (`examples/train`) from the sentences in `data/`. How well it hears: `FIGURES.md`.
//!
//! Pure: no IO, no clock. What follows from an answer must not live here.

mod acts;
pub mod features;
pub mod fold;
mod hear;
mod kinds;
pub mod model;
mod rules;

pub use hear::Judge;
use std::sync::LazyLock;

/// How words reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Medium {
    /// Spoken on the phone.
    Call,
    /// A text message.
    Sms,
    /// A mail, without what it quotes.
    Email,
}

/// A way to reach somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Phone calls.
    Call,
    /// Text messages.
    Sms,
    /// Mail.
    Email,
}

/// What an objection that is not a refusal covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One way to reach the person.
    Channel(Channel),
    /// The number or address used, or the place it rings at.
    ThisNumber,
    /// Some hours or days.
    Hours,
}

/// What was heard, with the words it was heard in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hearing {
    /// No further contact of any kind.
    Refused {
        /// The sentence that said so.
        words: String,
    },
    /// Perhaps a refusal: hold every channel until a person decides.
    Unsure {
        /// The sentence in doubt.
        words: String,
        /// What the doubt is.
        why: &'static str,
    },
    /// Contact yes, but not like this.
    Objection {
        /// What is objected to.
        scope: Scope,
        /// The sentence that said so.
        words: String,
    },
    /// Somebody else was reached.
    WrongNumber {
        /// The sentence that said so.
        words: String,
    },
    /// The person has died.
    Deceased {
        /// The sentence that said so.
        words: String,
    },
    /// A no to the offer, not to contact.
    NotInterested {
        /// The sentence that said so.
        words: String,
    },
    /// Nothing of the kind.
    None,
}

static SHIPPED: LazyLock<Option<model::Model>> =
    LazyLock::new(|| model::Model::parse(include_bytes!("../data/model.bin")));

/// The model this crate was built with.
pub fn shipped() -> Option<&'static model::Model> {
    SHIPPED.as_ref()
}

/// One message: a text message, a mail's own words, or one spoken turn.
pub fn hear_utterance(text: &str, medium: Medium) -> Hearing {
    match shipped() {
        Some(model) => Judge::new(model).utterance(text, medium),
        None => unreadable(text),
    }
}

/// A person's own turns, in order. Every turn counts, whatever was said before or after.
pub fn hear_conversation<'a>(turns: impl Iterator<Item = &'a str>, medium: Medium) -> Hearing {
    match shipped() {
        Some(model) => Judge::new(model).conversation(turns, medium),
        None => unreadable(""),
    }
}

/// Whether this was said by a machine: a mailbox, a menu, a carrier.
pub fn is_machine(text: &str) -> bool {
    shipped().is_some_and(|model| Judge::new(model).is_machine(text))
}

/// Without a model nothing can be excluded. A test holds that there is one.
fn unreadable(text: &str) -> Hearing {
    Hearing::Unsure { words: text.chars().take(hear::LONGEST).collect(), why: "the model cannot be read" }
}
