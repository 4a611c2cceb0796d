//! Whether a person or a machine was heard.
//!
//! Must not live here: what that means for the call.

use aho_corasick::AhoCorasick;
use frontdesk_refusal::{Hearing, Medium, hear_utterance, is_machine};
use std::sync::LazyLock;

/// Who was heard at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speech {
    /// Nobody.
    Silence,
    /// Only a carrier's or a voicemail's announcement.
    Machine,
    /// An announcement, and words that need not belong to it.
    Mixed,
    /// Words of a person.
    Person,
}

/// What machines say, and people hardly ever, as lower-case words without apostrophes. Whole words are compared.
const ANNOUNCEMENTS: [&str; 56] = [
    "forwarded to voice mail",
    "forwarded to voicemail",
    "forwarded to an automat",
    "call has been forwarded",
    "record your message",
    "record your name",
    "recording your message",
    "finished recording",
    "leave a message",
    "leave your message",
    "leave me a message",
    "leave us a message",
    "leave a voicemail",
    "leave your name",
    "leave a detailed",
    "leave a brief",
    "leave a short",
    "at the tone",
    "after the tone",
    "after the beep",
    "at the beep",
    "the person you",
    "the person youre",
    "the number you",
    "the customer you",
    "the party you",
    "the subscriber",
    "the mobile you",
    "you are trying to reach",
    "youre trying to reach",
    "you are calling is",
    "you have dialed",
    "you have dialled",
    "you have called",
    "not available to take your call",
    "cant take your call",
    "cannot take your call",
    "unable to take your call",
    "cant come to the phone",
    "you may hang up",
    "hang up or press",
    "press pound",
    "press one",
    "press 1",
    "press hash",
    "for more options",
    "mailbox",
    "voice messaging system",
    "has not been set up",
    "youve reached the voice",
    "you have reached the voice",
    "not in service",
    "is switched off",
    "please try again later",
    "call again later",
    "voicemail service",
];

/// Who spoke these lines.
pub(super) fn of(lines: &[&str]) -> Speech {
    let machine = lines.iter().filter(|line| is_announcement(line)).count();
    match (lines.len(), machine) {
        (0, _) => Speech::Silence,
        (all, m) if m == all => Speech::Machine,
        (_, 0) => Speech::Person,
        _ => Speech::Mixed,
    }
}

/// Every phrase at once, each at the beginning of a word: the end of an announcement's word may
/// differ (automated, automatic), its start may not.
static PHRASES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(ANNOUNCEMENTS.map(|phrase| format!(" {phrase}"))).ok());

/// The judge knows a machine by its words. A phrase alone is believed only where nothing was said
/// about contact: "the number you've got is wrong" is a person's.
fn is_announcement(line: &str) -> bool {
    is_machine(line) || (has_phrase(line) && hear_utterance(line, Medium::Call) == Hearing::None)
}

fn has_phrase(line: &str) -> bool {
    let mut text = String::with_capacity(line.len() + 2);
    text.push(' ');
    for c in line.chars() {
        if c.is_ascii_alphanumeric() {
            text.push(c.to_ascii_lowercase());
        } else if c.is_alphanumeric() {
            text.extend(c.to_lowercase());
        } else if !matches!(c, '\'' | '’') && !text.ends_with(' ') {
            text.push(' ');
        }
    }
    PHRASES.as_ref().is_some_and(|phrases| phrases.is_match(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements() {
        let greeting =
            ["Your call has been forwarded to voice mail. The person you're", "record your message."];
        assert_eq!(of(&greeting), Speech::Machine);
        for line in [
            "The person you’re trying to reach is not available.",
            "At the tone, please record your message",
            "I can't come to the phone right now",
            "The number you have dialed is not in service",
            "This mailbox is full",
        ] {
            assert_eq!(of(&[line]), Speech::Machine, "{line}");
        }
    }

    #[test]
    fn people() {
        for line in ["Hello?", "Yes it is", "Did you get my voicemail?", "What's your number?", "Who is this"]
        {
            assert_eq!(of(&[line]), Speech::Person, "{line}");
        }
        assert_eq!(of(&["Hi, this is Bob.", "Leave a message."]), Speech::Mixed);
        assert_eq!(of(&[]), Speech::Silence);
    }
}
