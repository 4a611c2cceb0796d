//! Wording about consent → the channels it grants and those it denies, clause by clause.
//!
//! Lives here: reading sentences, failing closed. Must not live here: yes and no in a cell
//! (`answer`); what follows for a file (`attest`) or a row (`consent`).
//!
//! Only what is said positively grants: “they agreed to texts only, not to calls” grants texts.
//! A clause with a negation in it grants nothing and denies every channel it names; “human calls”
//! say nothing about a machine's voice; a phone number that was given is not a call agreed to.

use super::text::merged;
use frontdesk_shared::contact::Channel;

/// What wording says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    /// Channels named positively and nowhere denied.
    pub(super) granted: Vec<Channel>,
    /// Channels denied.
    pub(super) denied: Vec<Channel>,
    /// Whether it says no to anything, also where it names no channel.
    pub(super) negative: bool,
    /// Calls are named, but by people and not by a machine.
    pub(super) human_only: bool,
}

/// Phrases with a negation or a withdrawal in them that deny nothing: what consent forms must say.
const HARMLESS: [&str; 30] = [
    "not a condition",
    "not be a condition",
    "not required to",
    "not required as",
    "no obligation",
    "no purchase",
    "not obliged",
    "without obligation",
    "no spam",
    "can optout",
    "may optout",
    "to optout",
    "optout at any",
    "optout any",
    "optout instructions",
    "can unsubscribe",
    "may unsubscribe",
    "to unsubscribe",
    "unsubscribe at any",
    "reply stop",
    "text stop",
    "send stop",
    "say stop",
    "can withdraw",
    "may withdraw",
    "be withdrawn at any",
    "withdraw at any",
    "no objection",
    "not on the dnc",
    "not on tps",
];

/// The wording read last: files repeat one a million times.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo(Option<(String, Statement)>);

impl Memo {
    /// Reads wording.
    pub(super) fn read(&mut self, text: &str) -> Statement {
        match &self.0 {
            Some((last, said)) if last == text => said.clone(),
            _ => {
                let said = read(text);
                self.0 = Some((text.to_string(), said.clone()));
                said
            }
        }
    }
}

/// Reads wording.
pub(super) fn read(text: &str) -> Statement {
    let mut out = Statement::default();
    let mut human = false;
    for clause in clauses(text) {
        let mut line = format!(" {} ", clause.join(" "));
        for phrase in HARMLESS {
            while let Some(at) = line.find(&format!(" {phrase} ")) {
                line.replace_range(at..at + phrase.len() + 1, "");
            }
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let negative =
            words.iter().enumerate().any(|(i, w)| is_no(w, words.get(i + 1).copied().unwrap_or_default()));
        let (mut named, by_people) = channels(&words);
        if negative {
            out.negative = true;
            // “No automated calls” is about the voice too where no call is named.
            if words.iter().any(|w| MACHINE.contains(w)) && !named.contains(&Channel::AiVoice) {
                named.push(Channel::AiVoice);
            }
            add(&mut out.denied, &named);
            if by_people {
                add(&mut out.denied, &[Channel::AiVoice]);
            }
        } else {
            human |= by_people;
            add(&mut out.granted, &named);
        }
    }
    out.granted.retain(|c| !out.denied.contains(c));
    out.human_only = human && !out.granted.contains(&Channel::AiVoice);
    out
}

fn add(to: &mut Vec<Channel>, channels: &[Channel]) {
    for channel in channels {
        if !to.contains(channel) {
            to.push(*channel);
        }
    }
}

/// The words of each clause. “But”, “except” and their like begin a new one.
fn clauses(text: &str) -> Vec<Vec<String>> {
    let mut out: Vec<Vec<String>> = Vec::new();
    let signs = |c: char| ".,;:()[]{}“”\"«»!?\n–—|•".contains(c);
    for piece in text.split(signs) {
        let mut clause = Vec::new();
        for word in merged(piece) {
            let breaks = matches!(
                word.as_str(),
                "but" | "except" | "excluding" | "however" | "although" | "aber" | "mais" | "pero" | "ma"
            );
            if breaks {
                out.push(std::mem::take(&mut clause));
                // An exception denies what it names.
                if matches!(word.as_str(), "except" | "excluding") {
                    clause.push("not".to_string());
                }
                continue;
            }
            clause.push(word);
        }
        out.push(clause);
    }
    out.retain(|c| !c.is_empty());
    out
}

fn is_no(word: &str, next: &str) -> bool {
    match word {
        // “Not only texts” names texts.
        "not" => next != "only",
        "no" | "never" | "without" | "donot" | "neither" | "nor" | "none" | "nobody" | "cannot" | "cant"
        | "didnt" | "wasnt" | "wont" | "refuse" | "refused" | "refuses" | "decline" | "declined"
        | "declines" | "denied" | "denies" | "withdrew" | "withdrawn" | "withdraw" | "revoked" | "revoke"
        | "optout" | "unsubscribed" | "unsubscribe" | "objected" | "objects" | "dnc" | "dnd" | "pending"
        | "unknown" | "unsure" | "unclear" | "expired" | "rejected" | "stop" | "stopped" | "against"
        | "nicht" | "kein" | "keine" | "pas" | "nao" | "niet" | "geen" | "non" => true,
        _ => false,
    }
}

/// Words for a voice that is no person's.
const MACHINE: [&str; 14] = [
    "ai",
    "automated",
    "artificial",
    "automatic",
    "automatically",
    "robot",
    "bot",
    "autodialed",
    "autodialled",
    "autodialer",
    "prerecorded",
    "recorded",
    "robocall",
    "robocalls",
];

/// The channels a clause names, and whether its calls are people's.
fn channels(words: &[&str]) -> (Vec<Channel>, bool) {
    let at = |i: usize| words.get(i).copied().unwrap_or_default();
    let before = |i: usize| i.checked_sub(1).map_or("", &at);
    let passive = |i: usize| matches!(before(i), "be" | "been" | "being" | "get" | "getting");
    let mut found = Vec::new();
    let mut calls = false;
    for (i, word) in words.iter().enumerate() {
        match *word {
            "call" | "calls" | "calling" | "robocall" | "robocalls" | "callback" | "callbacks" => {
                // “Call centre”, “call me back on” name a place and a number, not more.
                calls |= !matches!(at(i + 1), "centre" | "center" | "list" | "sheet" | "log" | "script");
            }
            "voice" => calls |= !matches!(at(i + 1), "mail" | "message" | "messages"),
            "phone" | "telephone" => {
                calls |= !matches!(
                    at(i + 1),
                    "number"
                        | "numbers"
                        | "no"
                        | "nr"
                        | "field"
                        | "given"
                        | "provided"
                        | "list"
                        | "verified"
                        | "book"
                        | "form"
                );
            }
            "called" | "phoned" | "telephoned" | "rung" | "dialed" | "dialled" => calls |= passive(i),
            "sms" | "texts" | "texting" | "mms" => found.push(Channel::Sms),
            "texted" if passive(i) => found.push(Channel::Sms),
            "text" => {
                let used =
                    matches!(at(i + 1), "message" | "messages" | "messaging" | "me" | "us" | "them" | "you")
                        || matches!(before(i), "or" | "and" | "by" | "via" | "may" | "can" | "to");
                if used && !matches!(at(i + 1), "of" | "was" | "shown" | "on") {
                    found.push(Channel::Sms);
                }
            }
            "email" | "emails" | "emailing" | "emailed"
                if !matches!(at(i + 1), "address" | "addresses" | "field" | "list")
                    || matches!(before(i), "by" | "via") =>
            {
                found.push(Channel::Email);
            }
            "anruf" | "anrufe" | "anrufen" | "appel" | "appels" | "llamadas" | "llamada" | "chiamate"
            | "telefonisch" => calls = true,
            _ => {}
        }
    }
    let machine = words.iter().any(|w| MACHINE.contains(w));
    let person = words.iter().any(|w| {
        matches!(
            *w,
            "human" | "humans" | "person" | "personal" | "manual" | "manually" | "live" | "staff" | "people"
        )
    });
    // “By a person” says who calls; “the person agreed” says who agreed.
    let person = person
        && words.iter().enumerate().any(|(i, w)| {
            matches!(*w, "human" | "humans" | "manual" | "manually" | "live")
                || matches!(*w, "person" | "people" | "staff")
                    && words.iter().take(i).any(|w| matches!(*w, "by" | "from"))
                || *w == "personal" && matches!(at(i + 1), "call" | "calls" | "phone")
        });
    let mut channels = Vec::new();
    if calls && (machine || !person) {
        channels.push(Channel::AiVoice);
    }
    add(&mut channels, &found);
    (channels, calls && person && !machine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Channel::{AiVoice, Email, Sms};

    #[test]
    fn only_what_is_said_positively_grants() {
        let cases: [(&str, &[Channel], &[Channel]); 30] = [
            ("I agree to AI calls", &[AiVoice], &[]),
            ("Jane Roy, web form, 2026-05-01: calls and texts", &[AiVoice, Sms], &[]),
            ("Form: “you may call or text me” (2026-05-01)", &[AiVoice, Sms], &[]),
            ("agreed to e-mails", &[Email], &[]),
            ("Jane Roy, 2026-11-01: web form; they agreed to texts only, not to calls", &[Sms], &[AiVoice]),
            ("human phone calls, no AI or automated calls", &[], &[AiVoice]),
            ("phone number given for delivery; agreed to email", &[Email], &[]),
            ("All asked for a call on our form", &[AiVoice], &[]),
            ("they do not want to be called", &[], &[AiVoice]),
            ("nobody agreed to calls", &[], &[AiVoice]),
            ("they agreed to calls but not to texts", &[AiVoice], &[Sms]),
            ("calls and emails, except texts", &[AiVoice, Email], &[Sms]),
            ("calls not texts", &[], &[AiVoice, Sms]),
            ("email only", &[Email], &[]),
            ("opted out of SMS; opted in to email", &[Email], &[Sms]),
            (
                "I consent to receive automated calls and texts. Consent is not a condition of purchase. Reply STOP to opt out.",
                &[AiVoice, Sms],
                &[],
            ),
            ("You may call me, no obligation, I can withdraw at any time", &[AiVoice], &[]),
            ("calls by a person, never by a machine", &[], &[]),
            ("live agents may call", &[], &[]),
            ("human or AI calls", &[AiVoice], &[]),
            ("the person agreed to calls", &[AiVoice], &[]),
            ("consent to calls withdrawn in May", &[], &[AiVoice]),
            ("refused calls", &[], &[AiVoice]),
            ("the text of the form was shown", &[], &[]),
            ("our form called “Spring”", &[], &[]),
            ("their email address was verified", &[], &[]),
            ("no automated messages", &[], &[AiVoice]),
            ("consent pending for calls", &[], &[AiVoice]),
            ("not only texts but also calls", &[Sms, AiVoice], &[]),
            ("web form v3, since 2026-05-01", &[], &[]),
        ];
        for (text, granted, denied) in cases {
            let got = read(text);
            assert_eq!((got.granted.as_slice(), got.denied.as_slice()), (granted, denied), "{text}");
        }
        assert!(read("human phone calls").human_only && !read("AI calls").human_only);
        assert!(read("they did not agree").negative);
    }
}
