//! Sentences about an appointment: it is off, it should be at another time, or neither is sure.
//!
//! A cancellation acts by itself, so it is believed only where the sentence asks for it. Questions
//! about cancelling, conditions and reports are left to a person. Not here: refusals of contact.

use super::off::{self, Off};
use super::phrase::{Sentence, begins, find, has};

/// What is said about the appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wish {
    /// Nothing.
    None,
    /// The person comes, and later than agreed, or hopes to.
    Late,
    /// Something, but not clearly what.
    Perhaps,
    /// It is off.
    Cancel,
    /// Another time. Wins over the cancellation it is often asked for with.
    Reschedule,
    /// What is to be cancelled may be contact itself.
    Contact,
}

/// What these sentences come to.
pub(super) fn of(sentences: &[Vec<&str>]) -> Wish {
    let wish = sentences.iter().map(|s| one(s)).max().unwrap_or(Wish::None);
    // "Can't make it today. Tomorrow?"
    let names_a_time =
        |s: &Vec<&str>| s.len() < 3 && (0..s.len()).all(|at| begins(s.get(at..).unwrap_or(s), &["WHEN"]));
    // One sentence calls it off, and another takes that back or speaks of something else.
    let qualified = sentences.iter().any(|s| one(s) != Wish::Cancel && off::is_qualified(s));
    match wish {
        Wish::Cancel if sentences.iter().any(names_a_time) => Wish::Reschedule,
        Wish::Cancel if qualified => Wish::Perhaps,
        wish => wish,
    }
}

fn one(s: &Sentence<'_>) -> Wish {
    if has(s, &NOT_EARLIER) {
        return Wish::Perhaps;
    }
    if let Some(at) = find(s, &MOVE) {
        let open = is_denied(s, at) || begins(s, &REPORTS) || has(s, &CONDITIONS);
        return if open { Wish::Perhaps } else { Wish::Reschedule };
    }
    if has(s, &CONTACT) && !begins(s, &QUESTIONS) {
        return Wish::Contact;
    }
    match off::of(s) {
        _ if begins(s, &HOPES) => return Wish::Late,
        Off::Yes if is_open(s) || has(s, &OTHER_THINGS) => return Wish::Perhaps,
        Off::Yes => return Wish::Cancel,
        Off::Perhaps => return Wish::Perhaps,
        Off::No => {}
    }
    if has(s, &LATE) {
        return Wish::Late;
    }
    if has(s, &MENTIONS) { Wish::Perhaps } else { Wish::None }
}

/// Whether a "not" stands before the wish.
fn is_denied(s: &Sentence<'_>, at: usize) -> bool {
    let before = s.get(at.saturating_sub(4)..at).unwrap_or(s);
    has(before, &["dont|not|never|didnt|wont|isnt|havent|without|neednt|wouldnt|no"])
        && !has(
            before,
            &["cant|cannot|unable", "no EDGE", "no sorry|i|please|thanks", "dont mind|worry", "interested"],
        )
}

/// Whether it is a question about it, a condition or a report rather than a wish.
fn is_open(s: &Sentence<'_>) -> bool {
    begins(s, &QUESTIONS) || has(s, &CONDITIONS)
}

const MOVE: [&str; 35] = [
    "can|could|may|please|need|want|like *3 move|shift|postpone|push it|this|that|mine *1 EDGE|please|thanks|sorry",
    "deplacer|reporter|decaler|reporter|changer *3 rendez|rdv|heure|date",
    "termin *4 verschieben|verlegen|umbuchen|andern",
    "verschieben|verlegen|umbuchen|verschiebe *4 termin|EDGE",
    "cambiar|mover|aplazar|reprogramar|posponer *3 cita|hora|fecha|reserva",
    "spostare|rimandare|posticipare|cambiare *3 appuntamento|ora|data|visita",
    "remarcar|reagendar|adiar|mudar *3 consulta|hora|data|marcacao|horario|EDGE",
    "przelozyc|przesunac|zmienic *3 termin|wizyte|wizyty|terminu|godzine|spotkanie",
    "reschedule|rescheduling|rescedule|reshedule|rearrange|rebook|rebooking|rebooked|rescheduled|postpone|resched",
    // "we re-schedule" is heard as "we're schedule".
    "re|were schedule|book|arrange",
    "put|push|move|bump|bring|shift *4 back|forward|forwards|up|off|out EDGE|WHEN|to|a|an|by|please",
    "move|shift|switch|swap|push|bump|bring *4 VISIT",
    "move|shift|switch|swap|push|bump|bring it|me|us|this|that|mine *2 to|until|till|WHEN|for",
    "move|shift to *2 WHEN",
    "move|shift|switch|swap|change *2 WHEN *2 to *2 WHEN",
    "change *3 VISIT|time|date|day",
    "change it|mine *1 to *2 WHEN",
    "different|another|new|alternative|alternate|other *1 time|day|date|slot",
    "another|different *1 WHEN",
    "later|earlier|sooner *1 time|date|slot|VISIT|one|EDGE",
    "can|could|how|what we|i|you|about *2 do|make|try|come *1 it|in|at|on|this|next|for|WHEN *2 WHEN|EDGE|instead|please|work",
    "can|could we|i *1 have|get *1 WHEN VISIT|one|instead",
    "how|what about *3 WHEN instead|work",
    "WHEN *3 instead|rather",
    "instead of *3 WHEN|VISIT",
    "is *3 WHEN *2 possible|available|free",
    "do you|u have|got anything|something|any|space|room|another|a *3 WHEN|available|openings|availability|slot",
    "any *4 openings|availability|times|slots",
    "WHEN *2 works|work|suits|suit better|best|instead",
    "would prefer|rather *4 WHEN",
    "prefer *2 WHEN",
    "could|can|would do|manage|make *1 WHEN",
    "WHEN ok|okay|possible",
    "come|see you *2 WHEN instead",
    "make it *2 WHEN instead",
];

const QUESTIONS: [&str; 15] = [
    "do|does|did|should *1 i|we|it|you|u *1 need|have|cancel|move|charge",
    "what|why|when|where|who happens|if|was|is|has|did|do|does|would",
    "how do|does|can|would|much|late|long *9 cancel",
    "if",
    "unless",
    "is|are|was|were|has|have *2 VISIT",
    "is|are there *9 cancel|reschedule|fee|charge|cost",
    "did|have|has you|u|someone|they",
    "why",
    "who cancelled|canceled",
    "will|would i|we be|get charged|charge",
    "can|could|may you|u|i tell|ask|confirm|check if|whether|that|why|when",
    "just checking",
    "thank|thanks for cancelling|moving|rescheduling",
    "ive|i|you|u|he|she|they|already cancelled|canceled|moved|rescheduled",
];

/// Questions and reports about a move, rather than asking for one.
const REPORTS: [&str; 6] = [
    "do|does|did|should *1 i|we need|have|got",
    "did|have|has you|u|someone|they",
    "why|who|if",
    "was|is|has|were|are *2 VISIT",
    "thank|thanks for",
    "ive|i|you|u|they already",
];

const CONDITIONS: [&str; 13] = [
    "might|may|maybe|perhaps|probably|unsure",
    "not sure",
    "in case",
    "had to cancel|cancle|miss",
    "other VISIT",
    "dont|not|never|didnt|neednt|without *2 cancel|cancle|cancelling|canceling",
    "keep *3 VISIT|WHEN",
    "if i|we|it|you|u|she|he|they|theres|the|there",
    "cancellation|cancelation|late|no policy|fee|fees|charge|show",
    "let you know",
    "cancelled|canceled|moved|rescheduled|changed last|yesterday|already|before|earlier|my",
    "has|have|had|was|were|been|got|is|already *1 cancelled|canceled|moved|rescheduled|postponed",
    "you|u|they|he|she cancelled|canceled|moved|rescheduled",
];

/// What else can be cancelled.
const OTHER_THINGS: [&str; 1] = [
    "subscription|membership|order|texts|text|messages|message|policy|insurance|account|contract|plan|service|emails|calls|reminders|card|payment|flight|holiday|everything",
];

/// Cancelling contact.
const CONTACT: [&str; 1] = [
    "cancel|cancelling|canceling *3 texts|text|messages|message|reminders|reminder|emails|calls|everything|all",
];

/// The time of day that does not suit, and no other is asked for.
const NOT_EARLIER: [&str; 1] =
    ["cant|cannot|couldnt|wont|unable *5 earlier|later|sooner|before EDGE|than|sorry|thanks|please"];

/// Comes later than agreed.
const LATE: [&str; 8] = [
    "running|be|bit|little|mins|minutes|minute|hour|am|im|were *2 late|behind|delayed",
    "late for *2 VISIT",
    "stuck in traffic",
    "in|on my|the way",
    "on my way",
    "might|may|could *1 not *1 make it|that|WHEN",
    "minutes|mins|min away|out|off",
    "traffic is",
];

/// Not a cancellation, but the fear of one.
const HOPES: [&str; 3] = [
    "stuck in traffic *4 might|may|could|probably",
    "i|we might|may|could not make|be",
    "stuck in traffic EDGE",
];

/// Words that a person should read in any case.
const MENTIONS: [&str; 2] =
    ["cancel|cancelled|canceled|cancellation|cancelling|canceling|cancle", "cant|cannot|wont make"];
