//! Texts that phones and programs write: reactions, driving modes, automatic answers.
//!
//! A reaction quotes our own words ("Reply STOP …"), so it must be known before anything is read
//! in it. Not here: announcements on the phone.

use frontdesk_refusal::fold::Word;

/// Whether a text is a reaction to one of ours. Only where nothing is said beside the quotation.
pub(super) fn is_reaction(text: &str) -> bool {
    let text: String =
        text.chars().filter(|c| !matches!(c, '\u{200a}' | '\u{200b}' | '\u{200d}' | '\u{fe0f}')).collect();
    let text = text.trim();
    for verb in REACTIONS {
        let Some(rest) = strip_prefix_ignoring_case(text, verb) else { continue };
        if let Some(rest) = rest.strip_prefix(' ')
            && (is_quotation(rest) || is_attachment(rest))
        {
            return true;
        }
    }
    // `👍 to “…”`, `Reacted 👍 to “…”`, `Removed 👍 from “…”`.
    let rest =
        ["Reacted ", "Removed "].iter().find_map(|v| strip_prefix_ignoring_case(text, v)).unwrap_or(text);
    ["to ", "from "].iter().any(|joint| {
        rest.split_once(joint).is_some_and(|(sign, quoted)| {
            let sign = sign.trim();
            let emoji = !sign.is_empty() && sign.chars().all(|c| !c.is_alphanumeric() && !c.is_ascii());
            emoji && is_quotation(quoted.trim())
        })
    })
}

fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// Whether all of it is one quotation.
fn is_quotation(text: &str) -> bool {
    [('“', '”'), ('"', '"'), ('«', '»'), ('„', '“')].iter().any(|(open, close)| {
        let inner = text.strip_prefix(*open).and_then(|rest| rest.strip_suffix(*close));
        inner.is_some_and(|inner| !inner.contains(*close))
    })
}

fn is_attachment(text: &str) -> bool {
    let rest = text.strip_prefix("an ").or_else(|| text.strip_prefix("a ")).unwrap_or(text);
    [
        "image",
        "photo",
        "movie",
        "video",
        "audio message",
        "attachment",
        "contact card",
        "sticker",
        "gif",
        "location",
    ]
    .iter()
    .any(|thing| rest.trim_end_matches('.').eq_ignore_ascii_case(thing))
}

const REACTIONS: [&str; 18] = [
    "Liked",
    "Loved",
    "Disliked",
    "Laughed at",
    "Emphasized",
    "Emphasised",
    "Questioned",
    "Removed a like from",
    "Removed a heart from",
    "Removed a dislike from",
    "Removed a laugh from",
    "Removed an exclamation from",
    "Removed an exclamation mark from",
    "Removed a question mark from",
    "A aimé",
    "A adoré",
    "Le gustó",
    "Gefällt",
];

/// Whether a phone answered because its owner drives, sleeps or concentrates.
pub(super) fn is_phone_mode(words: &[Word]) -> bool {
    let said: Vec<&str> = words.iter().map(|w| w.folded.as_str()).collect();
    let said = said.join(" ");
    let whole = [
        "im driving right now ill get back to you later",
        "i am driving right now ill get back to you later",
        "im driving ill get back to you later",
        "im driving right now",
        "im currently driving",
        "sorry i cant talk right now",
        "cant talk right now im driving",
    ];
    let part = [
        "do not disturb while driving turned on",
        "dont disturb while driving turned on",
        "with driving focus turned on",
        "driving mode turned on",
        "im not receiving notifications",
        "i have notifications silenced",
        "has notifications silenced",
    ];
    whole.contains(&said.as_str()) || part.iter().any(|p| said.contains(p))
}

/// Whether a program answered: believed only where the words refuse nothing.
pub(super) fn is_auto_reply(words: &[Word]) -> bool {
    let said: Vec<&str> = words.iter().map(|w| w.folded.as_str()).collect();
    let said = said.join(" ");
    [
        "this is an automated",
        "this is an automatic",
        "automatic reply",
        "automated reply",
        "automated response",
        "automatic response",
        "auto reply",
        "autoreply",
        "out of office",
        "number is not monitored",
        "inbox is not monitored",
        "does not accept text",
        "doesnt accept text",
        "does not receive text",
        "cannot receive text",
        "cant receive text",
        "unable to receive text",
        "message blocking is active",
        "free msg",
        "for contacting us",
        "for texting us",
    ]
    .iter()
    .any(|p| said.contains(p))
}
