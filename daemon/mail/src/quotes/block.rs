//! The header of the answered mail as text, and the lines of strokes above it: how Outlook and
//! telephones begin a quote they do not mark line by line.
//!
//! Must not live here: what follows from one.

use super::attribution::{has_address, has_date, has_time, plain};
use super::words::{DIVIDERS, LABELS, Label};
use crate::line::Line;

/// Lines of one block, with those that were wrapped.
const MOST_LINES: usize = 16;
/// Lines between two labels that may be the rest of a long list.
const MOST_WRAPPED: usize = 3;

/// Whether the lines from here on are such a header. `divided`: a dividing line stands above.
pub(super) fn begins_at(lines: &[Line], at: usize, divided: bool) -> bool {
    let Some((first, _)) = lines.get(at).and_then(|line| label(line.words())) else { return false };
    if first == Label::To || first == Label::Other {
        return false;
    }
    let mut found: Vec<(Label, String)> = Vec::new();
    let mut wrapped = 0;
    for line in lines[at..].iter().take(MOST_LINES) {
        let words = line.words();
        if words.is_empty() {
            break;
        }
        match label(words) {
            // Twice the first label: the header begins further down, and this line is a person's.
            Some((role, _)) if !found.is_empty() && role == first => return false,
            Some((role, _)) if found.iter().any(|(r, _)| *r == role && role != Label::Other) => break,
            Some((role, value)) => {
                found.push((role, value));
                wrapped = 0;
            }
            None => {
                // Long lists of recipients go on behind a comma.
                let Some((_, value)) = found.last_mut().filter(|(_, v)| wrapped < MOST_WRAPPED && goes_on(v))
                else {
                    break;
                };
                wrapped += 1;
                value.push(' ');
                value.push_str(words);
            }
        }
    }
    let value = |role| found.iter().find(|(r, _)| *r == role).map(|(_, value)| value.as_str());
    let has = |role: Label| usize::from(value(role).is_some());
    let known = has(Label::From) + has(Label::Date) + has(Label::To) + has(Label::Subject);
    if value(Label::From).is_none() || known < 2 {
        return false;
    }
    let addressed = value(Label::From).is_some_and(has_address) || value(Label::To).is_some_and(has_address);
    let dated = value(Label::Date).is_some_and(|v| has_date(&plain(v)) && has_time(&plain(v)));
    // `From: Leeds`, `To: York`, `Date: 3 May` are the words of somebody who moves house.
    divided && (addressed || dated || known >= 3)
        || known >= 3 && addressed
        || known >= 3 && dated && value(Label::Subject).is_some()
}

/// Whether a label's value is not at its end.
fn goes_on(value: &str) -> bool {
    let value = value.trim_end();
    value.is_empty() || value.ends_with([',', ';', '<']) || value.contains('<') && !value.contains('>')
}

/// The label a line begins with, and what follows it.
fn label(words: &str) -> Option<(Label, String)> {
    let words = words.trim_start_matches(['*', ' ', '|']);
    let colon = words.find([':', '：']).filter(|at| *at <= 40)?;
    let name = plain(&words[..colon]);
    let (_, role) = LABELS.iter().find(|(n, _)| *n == name)?;
    let value = words[colon..].trim_start_matches([':', '：', '*', ' ']).to_owned();
    Some((*role, value))
}

/// Whether a line divides a mail from the one it answers, and says so in words between strokes.
pub(super) fn is_divider(words: &str) -> bool {
    let strokes = ["--", "__", "==", "—"].iter().any(|stroke| words.trim_start().starts_with(stroke));
    strokes && names_divider(words)
}

/// The same without strokes, as Apple's programs announce a forward: it counts where a header
/// follows, for a person may write it too.
pub(super) fn is_announcement(words: &str) -> bool {
    words.trim_end().ends_with(':') && names_divider(words)
}

fn names_divider(words: &str) -> bool {
    if words.chars().count() > 90 {
        return false;
    }
    let text = plain(words);
    let inner = text.trim_matches(['-', '_', '=', '—', '–', ' ', ':', '.', '>']);
    // "Forwarded message from X" and "Original message, Friday" carry more than the words.
    DIVIDERS.iter().any(|d| {
        inner.strip_prefix(d).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ',', ':']))
    })
}

/// A line of strokes alone.
pub(super) fn is_rule(words: &str) -> bool {
    words.chars().count() >= 5 && words.chars().all(|c| matches!(c, '_' | '-' | '=' | '—' | '─' | '*'))
}
