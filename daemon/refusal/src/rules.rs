//! What is certain without a model: messages that are nothing but a keyword, and mail alone.
//!
//! Carriers act on the keywords themselves, so they mean the same whatever a model thinks. Only
//! in writing: a spoken "stop" is mostly "let me talk".

use crate::fold::Word;
use crate::{Channel, Medium, Scope};

/// What a message that is only a keyword asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyword {
    /// Everything ends.
    Stop,
    /// Only that much ends, until a person has asked what was meant.
    Object(Scope),
    /// Not a refusal, whatever it resembles.
    Nothing,
}

const STOP: [&str; 22] = [
    "stop",
    "stopall",
    "stopp",
    "unsubscribe",
    "quit",
    "end",
    "optout",
    "revoke",
    "arret",
    "arreter",
    "baja",
    "alto",
    "parar",
    "pare",
    "desuscribir",
    "abmelden",
    "abbestellen",
    "desabonner",
    "desinscription",
    "basta",
    "sair",
    "wypisz",
];
const POLITE: [&str; 16] = [
    "please", "pls", "plz", "now", "just", "thanks", "thank", "you", "ok", "okay", "sir", "hi", "hello",
    "hey", "madam", "no",
];

/// Whether nothing was said but "stop".
pub(crate) fn is_bare_stop(words: &[Word]) -> bool {
    !words.is_empty() && words.iter().all(|w| w.folded == "stop")
}

/// The keyword, when the whole message is one: repeats and politeness allowed.
pub(crate) fn keyword(words: &[Word], medium: Medium) -> Option<Keyword> {
    // A long message is never one; it is not copied to find out.
    if medium == Medium::Call || words.len() > 12 {
        return None;
    }
    let mut said: Vec<&str> = words.iter().map(|w| w.folded.as_str()).collect();
    said.dedup();
    if let ["start" | "unstop" | "yes" | "help" | "info"] = said.as_slice() {
        return Some(Keyword::Nothing);
    }
    if let (["cancel" | "cancelar" | "annuler"], Medium::Sms) = (said.as_slice(), medium) {
        return Some(Keyword::Object(Scope::Channel(Channel::Sms)));
    }
    let bare = |said: &[&str]| match said {
        [word] => STOP.contains(word),
        ["stop", "all" | "it" | "this" | "that"] | ["opt", "out"] | ["stop", "all", "messages"] => true,
        _ => false,
    };
    if bare(&said) {
        return Some(Keyword::Stop);
    }
    said.retain(|w| !POLITE.contains(w));
    said.dedup();
    // "the end" and "end" differ; "please stop" and "stop" do not.
    (said.first() == Some(&"stop") && bare(&said)).then_some(Keyword::Stop)
}

/// Whether these words only open a conversation: not the beginning of what follows.
pub(crate) fn is_pleasantry(words: &[Word]) -> bool {
    const OPENING: [&str; 24] = [
        "hello",
        "hi",
        "hey",
        "yes",
        "yeah",
        "yep",
        "speaking",
        "ok",
        "okay",
        "right",
        "um",
        "uh",
        "hmm",
        "well",
        "oh",
        "good",
        "morning",
        "afternoon",
        "evening",
        "this",
        "is",
        "sure",
        "fine",
        "thanks",
    ];
    words.iter().all(|w| OPENING.contains(&w.folded.as_str()))
}

/// Whether a refusal names mail and nothing else: mail is consented to, and refused, on its own,
/// while calls and texts stand and fall together.
pub(crate) fn names_only_mail(words: &[Word]) -> bool {
    const MAIL: [&str; 14] = [
        "email",
        "emails",
        "emailing",
        "mails",
        "newsletter",
        "newsletters",
        "inbox",
        "correos",
        "courriels",
        "maili",
        "maile",
        "boletin",
        "newslettera",
        "emailed",
    ];
    const OTHER: [&str; 26] = [
        "call",
        "calls",
        "calling",
        "phone",
        "phoning",
        "ring",
        "ringing",
        "text",
        "texts",
        "texting",
        "sms",
        "message",
        "messages",
        "messaging",
        "contact",
        "contacting",
        "number",
        "everything",
        "ever",
        "llamadas",
        "llame",
        "anrufe",
        "appels",
        "chiamate",
        "ligue",
        "dzwonic",
    ];
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.folded.as_str()));
    has(&MAIL) && !has(&OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold;

    fn of(text: &str, medium: Medium) -> Option<Keyword> {
        keyword(&fold::words(text), medium)
    }

    #[test]
    fn whole_messages() {
        for text in [
            "STOP",
            " Stop. ",
            "\"STOP\"",
            "StopAll",
            "STOP ALL",
            "unsubscribe",
            "End",
            "quit!",
            "REVOKE",
            "OPTOUT",
            "opt-out",
            "Stop stop stop",
            "STOP 🛑",
            "ＳＴＯＰ",
            "S\u{200b}TOP",
            "s.t.o.p",
            "Please stop",
            "stop please",
            "ok stop now thanks",
            "No. Stop.",
            "ARRÊT",
            "BAJA",
            "Alto",
            "Stop it!",
            "ЅТОР",
        ] {
            assert_eq!(of(text, Medium::Sms), Some(Keyword::Stop), "{text}");
            assert_eq!(of(text, Medium::Call), None, "{text}");
        }
        for text in
            ["cancel my appointment", "the end", "stop by at 5", "don't stop", "I quit", "unstoppable", ""]
        {
            assert_eq!(of(text, Medium::Sms), None, "{text}");
        }
        let sms = Keyword::Object(Scope::Channel(Channel::Sms));
        assert_eq!(of("CANCEL", Medium::Sms), Some(sms));
        assert_eq!(of("Cancel", Medium::Email), None);
        assert_eq!(of("UNSTOP", Medium::Sms), Some(Keyword::Nothing));
    }
}
