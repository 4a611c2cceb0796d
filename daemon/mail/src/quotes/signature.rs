//! Where a signature begins among a person's own lines: what a program appends, not what a person
//! ends a letter with.
//!
//! A name, a number to call, a greeting stay. Must not live here: quotes.

use super::attribution::{has_words, plain};
use super::endings::{DEVICES, DISCLAIMERS, SENT_FROM};
use crate::line::Line;

/// Lines of a signature behind its delimiter; what is longer is a text.
const MOST_LINES: usize = 16;
/// The same where the delimiter is not the exact one.
const MOST_LINES_UNSURE: usize = 8;

/// How many lines at the end of `own`, a run of a person's lines, are signature.
pub(super) fn lines(own: &[&Line]) -> usize {
    let mut keep = own.len();
    loop {
        let before = keep;
        keep = without_blank_end(&own[..keep]);
        keep = without_marked(&own[..keep]);
        keep = without_device(&own[..keep]);
        keep = without_disclaimer(&own[..keep]);
        keep = without_delimited(&own[..keep]);
        if keep == before || keep == 0 {
            break;
        }
    }
    own.len() - keep
}

fn without_blank_end(own: &[&Line]) -> usize {
    own.iter().rposition(|line| !line.is_blank()).map_or(0, |at| at + 1)
}

/// What the program marked as signature, unless a person wrote into it.
fn without_marked(own: &[&Line]) -> usize {
    let Some(last) = own.last() else { return 0 };
    if !last.signature {
        return own.len();
    }
    let start = own.iter().rposition(|line| !line.signature && !line.is_blank()).map_or(0, |at| at + 1);
    let typed = own[start..].iter().any(|line| speaks(line.words()));
    if typed { own.len() } else { without_lone_delimiter(own, start) }
}

fn without_lone_delimiter(own: &[&Line], start: usize) -> usize {
    let kept = without_blank_end(&own[..start]);
    if kept > 0 && own[kept - 1].words() == "--" { kept - 1 } else { start }
}

/// `-- ` on a line of its own (RFC 3676 4.3). Without the blank it is believed where nothing
/// behind it speaks to somebody.
fn without_delimited(own: &[&Line]) -> usize {
    let from = own.len().saturating_sub(MOST_LINES + 1);
    let Some(at) =
        (from..own.len()).rev().find(|at| matches!(own[*at].text.trim_end_matches('\u{a0}'), "-- " | "--"))
    else {
        return own.len();
    };
    let exact = own[at].text == "-- ";
    let behind: Vec<&str> = own[at + 1..].iter().map(|l| l.words()).filter(|w| !w.is_empty()).collect();
    let asked = behind.iter().any(|words| asks(words));
    let unsure = !exact && (behind.len() > MOST_LINES_UNSURE || behind.iter().any(|words| speaks(words)));
    if asked || unsure { own.len() } else { at }
}

/// `Sent from my telephone`, alone on the last line.
fn without_device(own: &[&Line]) -> usize {
    match own.last() {
        Some(last) if is_device(last.words()) => own.len() - 1,
        _ => own.len(),
    }
}

fn is_device(words: &str) -> bool {
    let text = plain(words);
    // A link to the program may follow, in whatever brackets.
    let text = text.split(['<', '[', '(']).next().unwrap_or_default();
    let text = text.split("http").next().unwrap_or_default().trim_end_matches(['.', ' ', '!', ',']);
    let count = text.split(' ').count();
    let begins = SENT_FROM.iter().any(|begin| text.starts_with(begin));
    let device = DEVICES.iter().any(|device| has_words(text, device)) || text.contains("iphone");
    let sentence = text.contains(", ") || text.contains('?');
    begins && device && count <= 11 && !sentence && !speaks_of_person(text)
}

/// "I sent it from my phone, call me": a person's.
fn speaks_of_person(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "i",
        "me",
        "you",
        "please",
        "ich",
        "mich",
        "bitte",
        "je",
        "moi",
        "yo",
        "por favor",
        "ik",
        "io",
        "proszę",
    ];
    WORDS.iter().any(|word| has_words(text, word))
}

/// The paragraphs at the end that lawyers ask for.
fn without_disclaimer(own: &[&Line]) -> usize {
    let start = own.iter().rposition(|line| line.is_blank()).map_or(0, |at| at + 1);
    if start == 0 {
        return own.len();
    }
    let text = plain(&own[start..].iter().map(|l| l.words()).collect::<Vec<_>>().join(" "));
    let hits = DISCLAIMERS.iter().filter(|word| text.contains(**word)).count();
    let long = text.split(' ').count() >= 9;
    if !long || hits < 2 || asks(&text) {
        return own.len();
    }
    let kept = without_blank_end(&own[..start]);
    let ruled = kept > 0 && super::block::is_rule(own[kept - 1].words());
    if ruled { kept - 1 } else { kept }
}

/// Whether a line asks something.
fn asks(words: &str) -> bool {
    words.contains(['?', '？']) && !words.contains("://")
}

/// Whether a line is a sentence of somebody who speaks, and not a name, address or slogan.
fn speaks(words: &str) -> bool {
    let text = plain(words);
    let count = text.split(' ').count();
    let ended = text.ends_with(['.', '!', '…']) && count >= 4;
    let person = speaks_of_person(&text);
    asks(words) || count >= 3 && (person || ended) || count >= 12
}
