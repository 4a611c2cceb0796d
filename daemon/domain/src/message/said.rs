//! What an inbound text means.
//!
//! Keywords of carriers mean what the carrier made of them; free text goes to the judge of
//! refusals first, so that nothing is read in a refusal but a refusal; then to the phrases about
//! an appointment, then to plain answers. Not here: what follows, whose appointment it is (two
//! open questions are never answered by one "yes"), mail, speech.

mod answer;
mod appointment;
pub mod asked;
mod machine;
mod off;
pub(crate) mod phrase;
mod stop;

use answer::{answer, is_thumb};
use appointment::Wish;
use frontdesk_refusal::fold::{self, Word};
use frontdesk_refusal::{Channel, Hearing, Medium, Scope, hear_utterance};
use frontdesk_shared::contact;
use std::fmt;

/// What our last text to this person offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// No question.
    #[default]
    Nothing,
    /// A question that yes or no answers.
    Confirm,
    /// `C` to cancel.
    CMeansCancel,
    /// `C` to confirm.
    CMeansConfirm,
}

/// Words of a person, at most 200 characters. They are not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Words(String);

impl Words {
    fn of(text: &str) -> Self {
        Self(text.trim().chars().take(200).collect())
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({} characters)", self.0.chars().count())
    }
}

/// What a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// No further contact on any channel.
    OptOut {
        /// The words that said so.
        words: Words,
        /// Whether the appointment is called off in the same text: a person looks at it.
        cancels: bool,
    },
    /// A bare `cancel`: the carrier has stopped texts. Every other channel is held until a person
    /// has decided whether the appointment was meant.
    CarrierCancel,
    /// `START`, `UNSTOP`: texts are allowed again, nothing else.
    OptIn,
    /// `HELP`: who we are is answered once; consent is unchanged.
    Help,
    /// Yes to the one open question. Never a consent.
    Yes,
    /// No to the open question.
    No,
    /// The appointment is off.
    CancelAppointment,
    /// The appointment should be at another time.
    Reschedule {
        /// The wish.
        words: Words,
    },
    /// One channel is refused and another offered in its place: “no texts, only call me”.
    NotBy {
        /// The channel refused.
        channel: contact::Channel,
        /// The words that said so.
        words: Words,
    },
    /// Perhaps a refusal, or one of some channels only: every channel is held until a person decides.
    Unsure {
        /// The words in doubt.
        words: Words,
        /// What the doubt is. Quotes nobody.
        why: &'static str,
    },
    /// Somebody else has this number.
    WrongNumber {
        /// The words that said so.
        words: Words,
    },
    /// The person has died.
    Deceased {
        /// The words that said so.
        words: Words,
    },
    /// A no to the offer, not to contact.
    Declined {
        /// The words that said so.
        words: Words,
    },
    /// A phone or a program answered, or a reaction to a text of ours: no reply, nothing stops.
    Machine,
    /// A letter or a word that no text of ours asked for: a person reads it.
    Unclear,
    /// Anything else: a person's reply, for a person.
    Other,
    /// No words, only media perhaps.
    Empty,
}

/// Reads a text. `opt_out_type` is the carrier's own reading (`OptOutType`: STOP, START, HELP); it
/// says that the carrier has acted and answered already.
pub fn read(body: &str, opt_out_type: Option<&str>, asked: Asked) -> Said {
    let plain = stop::without_tags(body);
    let body = plain.as_ref();
    let folded = fold::words(body);
    let bare: Vec<&str> = folded.iter().map(|w| w.folded.as_str()).collect();
    let carrier = opt_out_type.map(|kind| kind.trim().to_ascii_uppercase());
    if is_bare_cancel(&bare) {
        return Said::CarrierCancel;
    }
    let opts_out = |words: &str| Said::OptOut {
        words: Words::of(words),
        cancels: matches!(wish(&folded), Wish::Cancel | Wish::Perhaps),
    };
    if carrier.as_deref() == Some("STOP") {
        return opts_out(body);
    }
    if body.trim().is_empty() {
        return if carrier.as_deref() == Some("START") { Said::OptIn } else { Said::Empty };
    }
    if machine::is_reaction(body) || machine::is_phone_mode(&folded) {
        return Said::Machine;
    }
    if let Some(channel) = stop::not_by(&folded) {
        return Said::NotBy { channel, words: Words::of(body) };
    }
    if stop::is_stop(body, &folded) || stop::is_under_age(&folded) {
        return opts_out(body);
    }
    if let Some(said) = keyword(&bare, body) {
        return said;
    }
    let heard = hear_utterance(body, Medium::Sms);
    let of_contact = bare.iter().any(|w| CONTACT.contains(w));
    if let Hearing::Refused { words } = &heard {
        // What speaks of the appointment and of no contact is about the appointment.
        return match wish(&folded) {
            Wish::Cancel | Wish::Reschedule | Wish::Late if !of_contact => {
                rest(&folded, body, Hearing::None, asked)
            }
            Wish::None | Wish::Late => opts_out(words),
            _ if of_contact => opts_out(words),
            _ => Said::Unsure { words: Words::of(words), why: "the appointment or a refusal" },
        };
    }
    if matches!(heard, Hearing::None) && stop::begins(body, &folded) {
        if matches!(wish(&folded), Wish::Cancel | Wish::Perhaps) {
            return opts_out(body);
        }
        return Said::Unsure { words: Words::of(body), why: "begins with STOP" };
    }
    match carrier.as_deref() {
        Some("START") if answer(&bare, asked) != Some(Said::Yes) => return Said::OptIn,
        Some("HELP") => return Said::Help,
        _ => {}
    }
    let of_visit = matches!(wish(&folded), Wish::Cancel | Wish::Reschedule | Wish::Late);
    if matches!(heard, Hearing::Unsure { .. }) && of_visit && !of_contact {
        return rest(&folded, body, Hearing::None, asked);
    }
    if matches!(heard, Hearing::WrongNumber { .. }) && bare.contains(&"stop") {
        return opts_out(body);
    }
    if matches!(heard, Hearing::None | Hearing::NotInterested { .. }) && stop::is_of_hours(&folded) {
        return Said::Unsure { words: Words::of(body), why: "wants no calls at some hours" };
    }
    if matches!(heard, Hearing::None) && stop::is_unread_script(body, &folded) {
        return Said::Unsure { words: Words::of(body), why: "in a script that is not read here" };
    }
    contact(&heard).or_else(|| answer(&bare, asked)).unwrap_or_else(|| rest(&folded, body, heard, asked))
}

/// Words that carriers act on, when they are the whole text.
fn keyword(bare: &[&str], body: &str) -> Option<Said> {
    match bare {
        // Carriers stop at these as well; the judge, who also hears speech, weighs them.
        ["remove"] | ["remove", "me" | "please"] | ["please", "remove"] | ["optout"] | ["opt", "out"] => {
            Some(Said::OptOut { words: Words::of(body), cancels: false })
        }
        ["start"] | ["unstop"] => Some(Said::OptIn),
        ["help"] | ["info"] | ["aide"] => Some(Said::Help),
        _ => None,
    }
}

/// Whether a text is a word at which carriers stop all texts from the number it was sent to: alone,
/// or as the carrier itself read it.
pub fn is_stop_keyword(body: &str, opt_out_type: Option<&str>) -> bool {
    let folded = fold::words(body);
    let bare: Vec<&str> = folded.iter().map(|w| w.folded.as_str()).collect();
    let all = |words: &[&str]| !bare.is_empty() && bare.iter().all(|word| words.contains(word));
    opt_out_type.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("STOP"))
        || all(&["stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "cancel", "arret"])
        || matches!(bare.as_slice(), ["stop", "all"] | ["opt", "out"] | ["remove"])
}

/// `cancel`, once or more, and nothing else.
fn is_bare_cancel(bare: &[&str]) -> bool {
    !bare.is_empty() && bare.iter().all(|word| *word == "cancel")
}

/// What was heard about contact that comes before any answer.
fn contact(heard: &Hearing) -> Option<Said> {
    let unsure = |words: &str, why| Some(Said::Unsure { words: Words::of(words), why });
    match heard {
        Hearing::Deceased { words } => Some(Said::Deceased { words: Words::of(words) }),
        Hearing::WrongNumber { words } => Some(Said::WrongNumber { words: Words::of(words) }),
        Hearing::Unsure { words, why } => unsure(words, why),
        Hearing::Objection { scope, words } => match scope {
            Scope::Channel(Channel::Sms) => unsure(words, "wants no texts"),
            Scope::Channel(Channel::Call) => unsure(words, "wants no calls"),
            Scope::Channel(Channel::Email) => unsure(words, "wants no mail"),
            Scope::ThisNumber => unsure(words, "wants no contact on this number"),
            Scope::Hours => unsure(words, "wants no calls at some hours"),
        },
        Hearing::Refused { .. } | Hearing::NotInterested { .. } | Hearing::None => None,
    }
}

fn wish(words: &[Word]) -> Wish {
    appointment::of(&phrase::sentences(words))
}

/// What a text says that is neither a refusal nor a plain answer.
fn rest(words: &[Word], body: &str, heard: Hearing, asked: Asked) -> Said {
    match wish(words) {
        Wish::Contact => return Said::Unsure { words: Words::of(body), why: "may cancel contact" },
        Wish::Reschedule => return Said::Reschedule { words: Words::of(body) },
        Wish::Cancel => return Said::CancelAppointment,
        Wish::Perhaps | Wish::Late => return Said::Other,
        Wish::None => {}
    }
    if machine::is_auto_reply(words) {
        return Said::Machine;
    }
    if let Hearing::NotInterested { words } = heard {
        return Said::Declined { words: Words::of(&words) };
    }
    if words.is_empty() && asked != Asked::Nothing && is_thumb(body) {
        return Said::Yes;
    }
    Said::Other
}

/// Words without which nothing is said about contact.
const CONTACT: [&str; 48] = [
    "stop",
    "text",
    "texts",
    "texting",
    "message",
    "messages",
    "messaging",
    "contact",
    "contacting",
    "contacted",
    "call",
    "calls",
    "calling",
    "called",
    "ring",
    "ringing",
    "phone",
    "phoning",
    "email",
    "emails",
    "emailing",
    "list",
    "lists",
    "number",
    "remove",
    "delete",
    "unsubscribe",
    "never",
    "leave",
    "alone",
    "consent",
    "spam",
    "report",
    "sue",
    "data",
    "details",
    "info",
    "information",
    "reach",
    "write",
    "writing",
    "bother",
    "bothering",
    "quit",
    "end",
    "optout",
    "everything",
    "harassing",
];

#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_off;
#[cfg(test)]
mod tests_stop;
