//! The line or lines with which a mail program introduces a quote: `On … X <a@b> wrote:`.
//!
//! Recognised by what they are made of (a date, an address, a verb of writing, a colon), so that
//! every order of these in every language counts. Must not live here: what follows from one.

use super::endings::PERSONAL;
use super::words::{DAYS, OPENINGS, WROTE};
use crate::line::Line;

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// Counts where a marked quote follows at once.
    Weak,
    /// Counts by itself: nobody types that.
    Strong,
}

/// Lines one introduction is wrapped into.
const MOST_LINES: usize = 4;
/// Characters of one.
const LONGEST: usize = 320;

/// The introduction that ends on the line at `end`: where it begins, and how sure it is.
///
/// `from` is the first line that may belong to it.
pub(super) fn ending_at(lines: &[Line], end: usize, from: usize) -> Option<(usize, Certainty)> {
    let last = lines.get(end)?;
    if last.is_blank() || last.words().len() > LONGEST || !ends_one(last.words()) {
        return None;
    }
    let mut text = String::new();
    let mut named = None;
    for start in (from.max((end + 1).saturating_sub(MOST_LINES))..=end).rev() {
        let line = &lines[start];
        // A sentence that has ended is the person's, whatever follows it.
        let ended = start < end && line.words().ends_with(['.', '!', '?']) && !is_start(line.words());
        let wrapped = start == end || wraps_into(line.words(), lines[start + 1].words());
        if line.is_blank() || ended || !wrapped || line.angle != last.angle || line.cited != last.cited {
            break;
        }
        let words = line.words();
        text = if text.is_empty() { words.to_owned() } else { format!("{words} {text}") };
        if text.chars().count() > LONGEST {
            break;
        }
        // The whole name may stand on the line above its address.
        let name = start < end && lines[start + 1].words().starts_with('<');
        let start_of = begins_one(words).or(name.then_some(Start::Name));
        let Some(certainty) = start_of.and_then(|_| judge(&text)) else { continue };
        if start_of == Some(Start::Date) {
            return Some((start, certainty));
        }
        // A name may be the rest of a line that began with the date.
        named = named.or(Some((start, certainty)));
    }
    named
}

/// Whether a program broke the line there: the next word would not have fitted.
fn wraps_into(words: &str, next: &str) -> bool {
    const NARROWEST: usize = 60;
    let word = next.split(' ').next().unwrap_or_default();
    words.ends_with('<') || words.chars().count() + 1 + word.chars().count() > NARROWEST
}

/// What an introduction begins with.
#[derive(Clone, Copy, PartialEq)]
enum Start {
    Date,
    Name,
}

fn is_start(words: &str) -> bool {
    begins_one(words) == Some(Start::Date)
}

/// Whether a line could be the last of an introduction.
fn ends_one(words: &str) -> bool {
    words.ends_with([':', '：', '>']) || words.to_lowercase().split_whitespace().any(|w| WROTE.contains(&w))
}

/// Whether a line could be the first of one: it begins with a date, or a name and an address.
fn begins_one(words: &str) -> Option<Start> {
    let lower = plain(words);
    let first = lower.split(' ').next().unwrap_or_default().trim_end_matches(['.', ',']);
    let opens = OPENINGS.iter().any(|o| lower.strip_prefix(o).is_some_and(|rest| rest.starts_with(' ')));
    let date = lower.chars().any(|c| c.is_ascii_digit());
    let day = DAYS.contains(&first) && date;
    let number = lower.starts_with(|c: char| c.is_ascii_digit()) && has_date(&lower);
    let named = lower.contains('<') || lower.contains('@');
    let whole = lower.starts_with("wiadomość napisana przez ");
    if opens && (date || named) || day || number || whole {
        return Some(Start::Date);
    }
    // A name is short; what the line says behind it is looked at elsewhere.
    let name = lower.split(['<', '@']).next().unwrap_or_default();
    let short = name.split(' ').count() <= 12 && lower.split(' ').count() <= 30;
    (named && !lower.starts_with('<') && short).then_some(Start::Name)
}

fn judge(text: &str) -> Option<Certainty> {
    let text = plain(text);
    let colon = text.ends_with([':', '：']);
    let wrote = has_verb(&text);
    let address = has_address(&text);
    let (time, date) = (has_time(&text), has_date(&text));
    let personal = PERSONAL.iter().any(|p| has_words(&text, p.trim_end()));
    if personal && !address {
        return None;
    }
    if colon && wrote && address && (time || date) {
        return Some(Certainty::Strong);
    }
    // Some programs end without a colon; Chinese and Japanese ones write no verb.
    let program_like = wrote && colon && date && (time || text.split(' ').count() <= 14)
        || wrote && colon && address
        || colon && address && date
        || wrote && address && date && time;
    program_like.then_some(Certainty::Weak)
}

/// Whether a line is `Name wrote:` and no more, which only a quote below makes an introduction.
pub(super) fn is_bare(words: &str) -> bool {
    let text = plain(words);
    let short = text.split(' ').count() <= 6 && text.ends_with(':');
    let personal = PERSONAL.iter().any(|p| has_words(&text, p.trim_end()));
    short && !personal && WROTE.iter().any(|w| text.trim_end_matches([':', ' ']).ends_with(w))
}

/// Whether a line that a program wrote to introduce a quote still says what it wrote.
pub(super) fn is_programs(words: &str) -> bool {
    let text = plain(words);
    let parts =
        [text.ends_with([':', '：']), has_verb(&text), has_address(&text), has_time(&text), has_date(&text)];
    let personal = PERSONAL.iter().any(|p| has_words(&text, p.trim_end())) && !parts[2];
    !personal && parts.iter().filter(|p| **p).count() >= 3
}

/// Lower case, blanks of every width as one, without the stars of emphasis.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() || c == '\u{a0}' {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else if c != '*' && c != '\u{200e}' {
            out.extend(c.to_lowercase());
        }
    }
    out.trim().to_owned()
}

fn has_verb(text: &str) -> bool {
    WROTE.iter().any(|verb| has_words(text, verb))
}

/// Whether the words stand in the text, not as part of others. Scripts without blanks have no
/// such borders.
pub(super) fn has_words(text: &str, words: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() && c < '\u{2e80}';
    text.match_indices(words).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(letter)
            && !text[at + words.len()..].chars().next().is_some_and(letter)
    })
}

/// `18:12`, `18.12`, `18h12`.
pub(super) fn has_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..bytes.len().saturating_sub(2)).any(|at| {
        matches!(bytes[at], b':' | b'.' | b'h')
            && bytes[at - 1].is_ascii_digit()
            && bytes[at + 1].is_ascii_digit()
            && bytes[at + 2].is_ascii_digit()
            && !bytes.get(at + 3).is_some_and(u8::is_ascii_digit)
            && hour_before(&bytes[..at])
    })
}

fn hour_before(before: &[u8]) -> bool {
    let digits = before.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let at = before.len() - digits;
    let value = before[at..].iter().fold(0_u32, |sum, b| sum.saturating_mul(10) + u32::from(b - b'0'));
    digits <= 2 && value < 24 && !(at > 0 && matches!(before[at - 1], b'.' | b'/' | b'-'))
}

/// A year of four digits, or a date in numbers.
pub(super) fn has_date(text: &str) -> bool {
    let numbers = |c: char| !(c.is_ascii_digit() || matches!(c, '.' | '/' | '-' | '年' | '月' | '日'));
    text.split(numbers).any(|run| {
        let parts: Vec<&str> = run.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty()).collect();
        let year = |p: &&str| p.len() == 4 && (p.starts_with("19") || p.starts_with("20"));
        parts.iter().any(year) || parts.len() == 3 && parts.iter().all(|p| p.len() <= 2)
    })
}

/// A mail address, or the angle brackets of one that was cut by a wrap.
pub(super) fn has_address(text: &str) -> bool {
    text.split([' ', '<', '>', '(', ')', '[', ']', '"']).any(|word| {
        let Some((local, domain)) = word.trim_end_matches([':', ',', '.']).rsplit_once('@') else {
            return false;
        };
        let local = local.strip_prefix("mailto:").unwrap_or(local);
        !local.is_empty() && domain.contains('.') && domain.len() > 3
    })
}
