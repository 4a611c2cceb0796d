//! Sentences about an appointment: it is off, it should be at another time, or neither is sure.
//!
//! A cancellation acts by itself, so it is believed only where the sentence asks for it. Questions
//! about cancelling, conditions and reports are left to a person. Not here: refusals of contact.

use super::phrase::{Sentence, begins, find, has};

/// What is said about the appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wish {
    /// Nothing.
    None,
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
    if wish == Wish::Cancel && sentences.iter().any(names_a_time) { Wish::Reschedule } else { wish }
}

fn one(s: &Sentence<'_>) -> Wish {
    if let Some(at) = find(s, &MOVE) {
        let open = is_denied(s, at) || begins(s, &REPORTS) || has(s, &CONDITIONS);
        return if open { Wish::Perhaps } else { Wish::Reschedule };
    }
    if has(s, &CONTACT) && !begins(s, &QUESTIONS) {
        return Wish::Contact;
    }
    if let Some(at) = find(s, &CANCEL) {
        let open = is_denied(s, at) || is_open(s) || is_limited(s, at) || has(s, &OTHER_THINGS);
        return if open { Wish::Perhaps } else { Wish::Cancel };
    }
    if let Some(at) = find(s, &ABSENT) {
        let open = is_open(s) || is_limited(s, at) || has(s, &LATE);
        return if open { Wish::Perhaps } else { Wish::Cancel };
    }
    if has(s, &MENTIONS) { Wish::Perhaps } else { Wish::None }
}

/// Whether something is set against it behind: "I won't be there but my son will".
fn is_limited(s: &Sentence<'_>, at: usize) -> bool {
    let behind = s.get(at..).unwrap_or(s);
    has(behind, &["but|though|however|except|without|unless"]) && !has(behind, &["but thanks|thank"])
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

const CANCEL: [&str; 21] = [
    "cancel|cancell|cancle|canel|cancelling|canceling|scrap *4 VISIT",
    "cancel|cancle|cancelling|canceling *3 WHEN",
    "VISIT *2 cancel|cancelled|canceled",
    "like|want|need|have|get *3 VISIT *3 cancelled|canceled",
    "consider *3 cancelled|canceled",
    "need|have|got|want|like|wish|going|trying|gonna|wanna *2 cancel|cancle",
    "can|could|will|would|must|ill|id *1 i|we|you|have *2 cancel|cancle",
    "i|we must|will|wanna *1 cancel|cancle",
    "ill|id *3 cancel|cancle",
    "im|were|am cancelling|canceling",
    "cancel|cancle it|this|that|mine|ours *1 EDGE",
    "cancel|cancle me",
    "call off *3 VISIT|WHEN",
    "call *3 VISIT off",
    "take|remove me|us|my off|from|name *4 VISIT|WHEN",
    "dont need *2 VISIT",
    "no longer need|want|require *2 VISIT",
    "remove|delete|drop *2 VISIT EDGE|WHEN|please|for|on|at|thanks",
    "dont|not want *2 VISIT any|anymore|now",
    "withdraw *3 VISIT",
    "free up *2 VISIT",
];

const ABSENT: [&str; 24] = [
    "cant|cannot|couldnt|wont|not *4 make it EDGE|WHEN|but|in|on|at|for|this|next|after|anymore|any|now|sorry|because|due|as|so|please|i|im|my|we|and|until|before|by|thanks|afterall|all|cancel|ill|unfortunately|there",
    "cant|cannot|wont|not *4 make it to my|the|our|your|VISIT|WHEN",
    "give *4 a miss",
    "cant|cannot|wont|not *4 make *2 WHEN|VISIT",
    "cant|cannot|wont|not *4 make that|this|then EDGE|time|date|day|sorry|anymore|now|one",
    "cant|cannot|wont|not *3 attend|attending",
    "cant|cannot|wont *1 be there|coming|attending|in|able to make|come|attend",
    "cant|cannot come EDGE|WHEN|on|anymore|sorry|now|because|after",
    "cant|cannot come *1 WHEN|VISIT",
    "cant|cannot come in EDGE|WHEN|on|at|for|because|as|sorry|this|next|anymore",
    "cant|cannot come to *2 VISIT|WHEN",
    "wont|not *2 come *1 EDGE|WHEN|in|anymore|sorry",
    "wont|not be *2 coming|attending|there",
    "not coming|attending *1 EDGE|WHEN|in|anymore|to|now",
    "not going|gonna *1 *2 make it|WHEN|VISIT",
    "unable *1 to *1 make|attend|come|keep",
    "not able to *1 make|attend|come|keep",
    "no longer *2 make|attend|come|coming|attending|keep",
    "cant|cannot|wont *3 keep *3 VISIT",
    "have|need|going|got|gotta *1 *2 miss *3 VISIT|WHEN|it",
    "cant|cannot do *1 WHEN",
    "need|have to pull out",
    "bail|bailing on *3 VISIT|WHEN",
    "something|smth *1 come|came up *9 VISIT|WHEN|it|cant|cannot",
];

const MOVE: [&str; 27] = [
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

/// Later than the start, not absent.
const LATE: [&str; 5] = [
    "make|come|there|it *2 before|until|till|by *2 WHEN",
    "on time",
    "any earlier|sooner|later|before",
    "late",
    "make it *1 before|until|till|by",
];

/// Words that a person should read in any case.
const MENTIONS: [&str; 2] =
    ["cancel|cancelled|canceled|cancellation|cancelling|canceling|cancle", "cant|cannot|wont make"];
