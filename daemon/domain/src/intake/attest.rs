//! One statement of consent for a whole file.
//!
//! Lives here: reading the statement into the consent every row without its own gets. Must not
//! live here: what a row says itself (`consent`), which wins; what words grant (`statement`,
//! `wording`).
//!
//! The statement is a person's own words about this import: who attests, when it was given, the
//! channels, and behind a colon the wording shown. It covers exactly the channels it names, and
//! nothing at all where a part of it is not understood.

use super::consent::ConsentDraft;
use super::dates;
use super::problem::FileProblem;
use super::statement::{self, Clause, PLAIN_CALLS, Statement};
use super::statement_words::{Role, is_doubt, role};
use super::text::{clean, short, words};
use super::wording::{self, Wording};
use frontdesk_shared::Millis;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::import::ImportSpec;

/// Longest statement in characters.
const MAX_TEXT: usize = 2_000;
/// Fewest words and characters of one: a mere mark is nobody's statement.
const LEAST: (usize, usize) = (3, 12);
/// Most words of a name or a source.
const MOST_NAME: usize = 8;

/// What a statement for a file comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attested {
    /// The consent it gives each row without its own.
    pub consent: Option<ConsentDraft>,
    /// Why it gives none, or less than it may have meant; empty where there is nothing to say.
    pub doubt: String,
}

/// The consent the file's statement gives each row. `now` is when the import was started, also
/// when it is resumed later: the statement was made then.
///
/// # Errors
/// A statement that is none, names no channel, or is dated in the future.
pub fn statement(spec: &ImportSpec, now: Millis) -> Result<Attested, FileProblem> {
    let Some(text) = &spec.attest else { return Ok(Attested::default()) };
    let text = clean(text).into_owned();
    let problem = |reason: String| FileProblem::Attest(reason);
    match text.chars().count() {
        0 => return Err(problem("it is empty; say who attests, since when, and the wording shown".into())),
        n if n < LEAST.1 || words(&text).len() < LEAST.0 => {
            return Err(problem(
                "it is too short; say who attests, since when, and the wording shown".into(),
            ));
        }
        n if n > MAX_TEXT => return Err(problem(format!("{n} characters; at most {MAX_TEXT}"))),
        _ => {}
    }
    if let Some(date) = text.split(|c: char| c.is_whitespace() || ",;()".contains(c)).find(|w| is_iso_date(w))
    {
        dates::past(date.trim_end_matches(['.', ':']), now).map_err(problem)?;
    }
    let (said, shown) = parts(&dates_apart(&text), now);
    let none = |doubt: String| {
        Ok(Attested { consent: None, doubt: format!("statement of consent: {doubt}; it counts for none") })
    };
    if let Some(word) = &said.unread {
        return none(format!("“{}” is not understood in “{}”", short(word, 40), short(&text, 80)));
    }
    match shown {
        Some(Wording::Permits) | None => {}
        Some(open) => return none(open.reason()),
    }
    if !said.names_something() && !said.no {
        return Err(problem(format!(
            "“{}” names no channel; say what people agreed to: AI calls, texts or emails",
            short(&text, 80)
        )));
    }
    let doubt = match said.calls {
        true => format!("statement of consent: {PLAIN_CALLS}"),
        false => String::new(),
    };
    if said.granted.is_empty() {
        return Ok(Attested { consent: None, doubt });
    }
    let evidence = format!("attested for the whole file “{}”", short(&spec.label, 200));
    let consent =
        ConsentDraft { channels: said.granted, purpose: Purpose::Marketing, text, at: said.at, evidence };
    Ok(Attested { consent: Some(consent), doubt })
}

/// A date in brackets is a part of its own.
fn dates_apart(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for (i, piece) in text.split('(').enumerate() {
        match piece.split_once(')') {
            Some((date, rest)) if i > 0 && is_iso_date(date) && !date.contains(' ') => {
                out.push_str(&format!(", {date}, {rest}"));
            }
            _ => {
                out.push_str(if i > 0 { "(" } else { "" });
                out.push_str(piece);
            }
        }
    }
    out.trim_end_matches([',', ' ']).to_string()
}

/// What the statement names, and what the wording behind its colon says.
fn parts(text: &str, now: Millis) -> (Statement, Option<Wording>) {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut rest = text;
    let mut first = true;
    let mut named = false;
    while !rest.is_empty() {
        let end = rest.char_indices().find(|(at, c)| ends(rest, *at, *c));
        let (piece, sign, behind) = match end {
            Some((at, sign)) => (&rest[..at], sign, &rest[at + sign.len_utf8()..]),
            None => (rest, ' ', ""),
        };
        rest = behind;
        let outer = |c: char| c.is_whitespace() || "“”\"()".contains(c);
        // A date in brackets, quoted wording: the marks around a whole part say nothing.
        let piece = piece.trim_matches(outer);
        if piece.is_empty() {
            continue;
        }
        let clause = statement::clause(piece, now);
        let names = clause.names_something();
        if clause.is_unread() && (names || !is_who(piece, first)) {
            clauses.push(clause);
            break;
        }
        first = false;
        if !clause.is_unread() {
            named |= names;
            clauses.push(clause);
        }
        if named && sign == ':' && !behind.trim().is_empty() {
            let said = statement::together(&clauses);
            return (said, Some(shown(behind, &clauses)));
        }
    }
    (statement::together(&clauses), None)
}

/// The wording, which may not be about texts alone where calls were named.
fn shown(text: &str, clauses: &[Clause]) -> Wording {
    let text = text.trim().trim_matches(|c: char| "“”\"".contains(c));
    let said = wording::read(text);
    if said != Wording::Permits {
        return said;
    }
    let calls = clauses.iter().any(Clause::names_ai);
    let roles: Vec<Role> = words(text).iter().map(|w| role(w)).collect();
    let written = roles.iter().any(|r| matches!(r, Role::Names(Channel::Sms | Channel::Email)));
    let spoken =
        roles.iter().any(|r| matches!(r, Role::Call | Role::Machine | Role::Names(Channel::AiVoice)));
    match calls && written && !spoken {
        true => Wording::Open(short(text, 40)),
        false => Wording::Permits,
    }
}

fn ends(text: &str, at: usize, c: char) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let (before, after) = (text[..at].chars().next_back(), text[at + c.len_utf8()..].chars().next());
    match c {
        ',' | ';' | '\n' | '|' => true,
        ':' => !(digit(before) && digit(after)),
        '.' => {
            after.is_none_or(char::is_whitespace)
                && before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit())
        }
        _ => false,
    }
}

/// Whether a part is somebody's name or a source: names may be any words, but none that deny or
/// leave anything open. Behind the first part they are written large.
fn is_who(piece: &str, first: bool) -> bool {
    if piece.chars().any(|c| !c.is_alphanumeric() && !c.is_whitespace() && !"&'’-._/#\u{301}".contains(c)) {
        return false;
    }
    let mut count = 0;
    piece.split_whitespace().all(|written| {
        count += 1;
        let large = written.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
        let versioned = written.len() < 6 && written.bytes().any(|b| b.is_ascii_digit());
        words(written).iter().all(|w| {
            let role = role(w);
            let open = matches!(role, Role::No | Role::Call | Role::Machine | Role::Names(_) | Role::Only)
                || is_doubt(w)
                || matches!(
                    w.as_str(),
                    "asked" | "will" | "if" | "unless" | "until" | "later" | "soon" | "people"
                );
            !open && (first || large || versioned || role != Role::Unknown)
        })
    }) && count <= MOST_NAME
}

fn is_iso_date(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[..4].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests;
