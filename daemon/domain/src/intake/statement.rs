//! A statement of consent → the channels it grants and those it denies.
//!
//! Lives here: the grammar of statements, failing closed. Must not live here: what each word does
//! (`statement_words`); free wording (`wording`); what follows for a file (`attest`) or a row
//! (`consent`).
//!
//! A statement grants only where everything in it is understood as a grant: channels, yes in its
//! many words, dates that are past. Any other word or sign grants nothing, and is quoted to whoever
//! sent it. Calls are calls by people unless a machine is named.

use super::dates;
use super::statement_words::{Role, role};
use super::text::{merged, short};
use frontdesk_shared::Millis;
use frontdesk_shared::contact::Channel;

/// What is told where calls were agreed to and no machine was named.
pub(super) const PLAIN_CALLS: &str = "consent to calls does not say that the voice is an AI and counts for no AI call; write “AI calls” or ai_voice if it did";

/// What a statement says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    /// Channels granted, if all of it is understood.
    pub(super) granted: Vec<Channel>,
    /// Channels denied.
    pub(super) denied: Vec<Channel>,
    /// Whether it says yes at all.
    pub(super) yes: bool,
    /// Whether it says no without naming what to.
    pub(super) no: bool,
    /// Whether it says yes to calls without naming a machine.
    pub(super) calls: bool,
    /// When, if it says so.
    pub(super) at: Option<Millis>,
    /// What of it is not understood.
    pub(super) unread: Option<String>,
}

impl Statement {
    /// Whether it names any channel, or calls.
    pub(super) fn names_something(&self) -> bool {
        !self.granted.is_empty() || !self.denied.is_empty() || self.calls
    }
}

/// Reads a statement. `now` is when it was made.
pub(super) fn read(text: &str, now: Millis) -> Statement {
    let clauses: Vec<Clause> =
        split(text).into_iter().map(|piece| clause(piece, now)).filter(|c| !c.is_empty()).collect();
    together(&clauses)
}

/// What a clause says.
#[derive(Clone, Debug, Default)]
pub(super) struct Clause {
    text: String,
    named: Vec<Channel>,
    calls: bool,
    yes: bool,
    only: bool,
    no: bool,
    at: Option<Millis>,
    unread: Option<String>,
}

impl Clause {
    /// Whether it names any channel, or calls.
    pub(super) fn names_something(&self) -> bool {
        !self.named.is_empty() || self.calls
    }

    /// Whether it names calls by a machine.
    pub(super) fn names_ai(&self) -> bool {
        self.named.contains(&Channel::AiVoice)
    }

    /// Whether something in it is not understood.
    pub(super) fn is_unread(&self) -> bool {
        self.unread.is_some()
    }

    fn is_empty(&self) -> bool {
        let Self { named, calls, yes, only, no, at, unread, .. } = self;
        named.is_empty() && !calls && !yes && !only && !no && at.is_none() && unread.is_none()
    }
}

/// What clauses say together. Beside a no only what says yes for itself is granted: in “AI calls,
/// texts: no” the no may be to both.
pub(super) fn together(clauses: &[Clause]) -> Statement {
    let mut out = Statement::default();
    let denies = clauses.iter().any(|c| c.no);
    for clause in clauses {
        out.at = out.at.or(clause.at);
        if out.unread.is_none() {
            out.unread.clone_from(&clause.unread);
        }
        if clause.unread.is_some() {
            continue;
        }
        if clause.no {
            add(&mut out.denied, &clause.named);
            if clause.calls {
                add(&mut out.denied, &[Channel::AiVoice]);
            }
            out.no |= clause.named.is_empty() && !clause.calls;
        } else if denies && !clause.yes && !clause.only {
            if out.unread.is_none() && (clause.calls || !clause.named.is_empty()) {
                out.unread = Some(format!("{} beside a no", clause.text));
            }
        } else {
            add(&mut out.granted, &clause.named);
            out.calls |= clause.calls;
            out.yes |= clause.yes || clause.only;
        }
    }
    if out.unread.is_some() || out.no {
        out.granted.clear();
    }
    out.granted.retain(|c| !out.denied.contains(c));
    out.calls &= !out.granted.contains(&Channel::AiVoice);
    out
}

fn add(to: &mut Vec<Channel>, channels: &[Channel]) {
    for channel in channels {
        if !to.contains(channel) {
            to.push(*channel);
        }
    }
}

/// The clauses of a text, each with its own answer.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    for (i, (at, c)) in chars.iter().enumerate() {
        let next = chars.get(i + 1).map(|(_, c)| *c);
        let ends = match c {
            ',' | ';' | '|' | '\n' | '•' | '，' | '；' | '、' => true,
            '.' => next.is_none_or(char::is_whitespace),
            _ => false,
        };
        if ends {
            out.push(&text[start..*at]);
            start = at + c.len_utf8();
        }
    }
    out.push(&text[start..]);
    out.retain(|p| !p.trim().is_empty());
    out
}

/// A piece of a clause.
#[derive(Clone, Debug)]
enum Token {
    Word(String, Role),
    Date(Millis),
    /// `:` and `=`, behind which an answer stands.
    Answer(char),
    Sign(String),
}

/// Reads one clause.
pub(super) fn clause(text: &str, now: Millis) -> Clause {
    let tokens = tokens(text, now);
    let mut out = Clause { text: short(text.trim(), 60), ..Clause::default() };
    let mut at = 0;
    // An answer that a channel waits for.
    let mut open: Option<char> = None;
    while let Some(token) = tokens.get(at) {
        let mut width = 1;
        match token {
            Token::Date(date) => out.at = Some(*date),
            Token::Answer(sign) => {
                open = (out.calls || !out.named.is_empty()).then_some(*sign);
                if at + 1 == tokens.len() {
                    open = Some(*sign);
                }
            }
            Token::Sign(sign) => return unread(out, sign),
            Token::Word(word, as_is) => match meaning(&tokens, at, word, *as_is) {
                (Meaning::Ai, wide) => {
                    add(&mut out.named, &[Channel::AiVoice]);
                    width = wide;
                }
                (Meaning::Role(Role::Names(channel)), wide) => {
                    add(&mut out.named, &[channel]);
                    width = wide;
                }
                (Meaning::Role(Role::Call), _) => out.calls = true,
                (Meaning::Role(Role::Yes), wide) => {
                    (out.yes, open) = (true, None);
                    width = wide;
                }
                (Meaning::Role(Role::Only), _) => out.only = true,
                (Meaning::Role(Role::No), _) => (out.no, open) = (true, None),
                (Meaning::Role(Role::Glue), _) => {}
                (Meaning::Role(Role::Machine | Role::Human | Role::Unknown), _) => {
                    // A no about a machine's voice is one to it, whatever else is said of it.
                    if *as_is == Role::Machine && out.no {
                        add(&mut out.named, &[Channel::AiVoice]);
                    } else {
                        return unread(out, word);
                    }
                }
            },
        }
        at += width;
    }
    match open {
        Some(sign) => unread(out, &sign.to_string()),
        None => out,
    }
}

fn unread(clause: Clause, what: &str) -> Clause {
    Clause { unread: Some(short(what, 40)), ..clause }
}

enum Meaning {
    /// Calls by a machine, over so many tokens.
    Ai,
    Role(Role),
}

/// What a word means where it stands, and over how many tokens.
fn meaning(tokens: &[Token], at: usize, word: &str, as_is: Role) -> (Meaning, usize) {
    let role_at = |i: usize| match tokens.get(i) {
        Some(Token::Word(_, role)) => Some(*role),
        _ => None,
    };
    let word_at = |i: usize| match tokens.get(i) {
        Some(Token::Word(word, _)) => word.as_str(),
        _ => "",
    };
    let calls_from = |i: usize| (i..).take_while(|i| role_at(*i) == Some(Role::Call)).count();
    let small = |i: usize| {
        matches!(
            word_at(i),
            "or" | "and"
                | "a"
                | "an"
                | "the"
                | "prerecorded"
                | "recorded"
                | "intelligence"
                | "und"
                | "oder"
                | "et"
        ) || role_at(i) == Some(Role::Machine)
    };
    match as_is {
        Role::Machine => {
            let between = (at + 1..at + 5).take_while(|i| small(*i)).count();
            let calls = calls_from(at + 1 + between);
            if calls > 0 {
                return (Meaning::Ai, 1 + between + calls);
            }
            // `AI, SMS`: the code of the channel. “AI texts” are texts.
            let alone = match tokens.get(at + 1) {
                None | Some(Token::Answer(_)) => true,
                Some(Token::Word(next, role)) => {
                    next == "and" || next == "+" || matches!(role, Role::Yes | Role::No | Role::Only)
                }
                _ => false,
            };
            if alone && matches!(word, "ai" | "ki" | "ia") {
                return (Meaning::Ai, 1);
            }
            // “AI texts”, “automated emails”.
            match role_at(at + 1) {
                Some(Role::Names(channel)) if channel != Channel::AiVoice => {
                    (Meaning::Role(Role::Names(channel)), 2)
                }
                _ => (Meaning::Role(Role::Machine), 1),
            }
        }
        Role::Call => {
            let calls = calls_from(at);
            let mut i = at + calls;
            let by = matches!(
                word_at(i),
                "by" | "from"
                    | "via"
                    | "with"
                    | "using"
                    | "through"
                    | "par"
                    | "por"
                    | "von"
                    | "durch"
                    | "de"
                    | "da"
                    | "di"
                    | "com"
                    | "przez"
                    | "mit"
                    | "per"
            );
            i += usize::from(by);
            i += usize::from(matches!(
                word_at(i),
                "a" | "an" | "the" | "your" | "our" | "un" | "une" | "una" | "um" | "uma" | "eine" | "einer"
            ));
            // “Call me with an AI”: the pronoun stands between.
            let me = matches!(word_at(at + calls), "me" | "us" | "you" | "them");
            if me {
                return match named_behind(tokens, at + calls + 1) {
                    0 => (Meaning::Role(Role::Call), calls),
                    behind => (Meaning::Ai, calls + 1 + behind),
                };
            }
            if role_at(i) == Some(Role::Machine) {
                let tail = (i + 1..).take_while(|i| tail(word_at(*i), role_at(*i))).count();
                return (Meaning::Ai, i + 1 + tail - at);
            }
            (Meaning::Role(Role::Call), calls.max(1))
        }
        Role::Glue | Role::Unknown => match word {
            "may" | "can" if reaches(word_at(at + 1), role_at(at + 1)) => (Meaning::Role(Role::Yes), 1),
            "do" | "does" | "did" | "may" | "can" if word_at(at + 1) == "not" => {
                (Meaning::Role(Role::Glue), 1)
            }
            "asked" if word_at(at + 1) == "for" => (Meaning::Role(Role::Yes), 2),
            "on" | "since" | "dated" if matches!(tokens.get(at + 1), Some(Token::Date(_))) => {
                (Meaning::Role(Role::Glue), 1)
            }
            "on" if matches!(word_at(at + 1), "our" | "the" | "a" | "web" | "your") => {
                (Meaning::Role(Role::Glue), 1)
            }
            "on" if at > 0 && at + 1 == tokens.len() => (Meaning::Role(Role::Yes), 1),
            "all"
                if matches!(role_at(at + 1), Some(Role::Yes))
                    || matches!(word_at(at + 1), "asked" | "of" | "people") =>
            {
                (Meaning::Role(Role::Glue), 1)
            }
            "1" if at > 0 => (Meaning::Role(Role::Yes), 1),
            "0" if at > 0 => (Meaning::Role(Role::No), 1),
            _ => (Meaning::Role(as_is), 1),
        },
        // Who agreed, not who calls: “the person agreed”, “all people in this file”.
        Role::Human if role_at(at + 1) == Some(Role::Yes) || matches!(word_at(at + 1), "in" | "asked") => {
            (Meaning::Role(Role::Glue), 1)
        }
        role => (Meaning::Role(role), 1),
    }
}

/// How many tokens from here name a machine as the caller.
fn named_behind(tokens: &[Token], from: usize) -> usize {
    let word = |i: usize| match tokens.get(i) {
        Some(Token::Word(word, role)) => (word.as_str(), Some(*role)),
        _ => ("", None),
    };
    let mut i = from;
    if !matches!(word(i).0, "by" | "with" | "using" | "through" | "via") {
        return 0;
    }
    i += 1;
    i += usize::from(matches!(word(i).0, "a" | "an" | "the" | "your" | "our"));
    if word(i).1 != Some(Role::Machine) {
        return 0;
    }
    let tail = (i + 1..).take_while(|i| tail(word(*i).0, word(*i).1)).count();
    i + 1 + tail - from
}

/// What a machine that calls is called besides.
fn tail(word: &str, role: Option<Role>) -> bool {
    matches!(word, "voice" | "caller" | "assistant" | "intelligence" | "call" | "calls" | "agent")
        || role == Some(Role::Machine)
}

fn reaches(word: &str, role: Option<Role>) -> bool {
    matches!(role, Some(Role::Call | Role::Names(_)))
        || matches!(word, "contact" | "be" | "message" | "get" | "reach")
}

fn tokens(text: &str, now: Millis) -> Vec<Token> {
    let mut out = Vec::new();
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut i = 0;
    while let Some((start, c)) = chars.get(i).copied() {
        let before = i.checked_sub(1).and_then(|i| chars.get(i)).map(|(_, c)| *c);
        let next = chars.get(i + 1).map(|(_, c)| *c);
        if is_letter(c) {
            let inside = |j: usize| {
                chars.get(j).is_some_and(|(_, c)| {
                    is_letter(*c)
                        || matches!(c, '_' | '-' | '\'' | '’' | '/' | '.' | ':')
                            && chars.get(j + 1).is_some_and(|(_, n)| is_letter(*n))
                })
            };
            let end = (i..).find(|j| !inside(*j)).unwrap_or(chars.len());
            let stop = chars.get(end).map_or(text.len(), |(at, _)| *at);
            word(&text[start..stop], now, &mut out);
            i = end;
            continue;
        }
        match c {
            c if c.is_whitespace() => {}
            ':' | '=' => out.push(Token::Answer(c)),
            '+' | '&' | '/' => out.push(Token::Word("+".to_string(), Role::Glue)),
            '“' | '”' | '"' | '„' | '«' | '»' | '‘' | '’' | '\'' | '.' | '\u{fe0f}' => {}
            '!' if before.is_some_and(is_letter) && next.is_none_or(|n| !is_letter(n)) => {}
            '✓' | '✔' | '☑' | '✅' | '👍' => out.push(Token::Word(c.to_string(), Role::Yes)),
            '✗' | '✘' | '❌' | '✖' | '🚫' | '⛔' | '👎' => {
                out.push(Token::Word(c.to_string(), Role::No));
            }
            c => out.push(Token::Sign(c.to_string())),
        }
        i += 1;
    }
    out
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36F}')
}

/// One word as written, `ai_voice`, `e-mail`, `2026-11-01`: as many tokens as it has.
fn word(text: &str, now: Millis, out: &mut Vec<Token>) {
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().filter(u8::is_ascii_digit).count() >= 6
    {
        return out.push(match dates::past(text, now) {
            Ok(at) => Token::Date(at),
            Err(_) => Token::Sign(text.to_string()),
        });
    }
    if text.contains('/') && matches!(text.to_ascii_lowercase().as_str(), "n/a" | "w/o" | "n/d") {
        return out.push(Token::Sign(text.to_string()));
    }
    let mut rest = text;
    // `ai_voice:no` and `sms/email` come without spaces.
    while let Some((at, sign)) = rest.char_indices().find(|(_, c)| matches!(c, ':' | '/')) {
        word(&rest[..at], now, out);
        out.push(if sign == ':' { Token::Answer(':') } else { Token::Word("+".into(), Role::Glue) });
        rest = &rest[at + 1..];
    }
    // “Sí” is yes and “si” is if, in three languages.
    if rest.to_lowercase() == "sí" {
        return out.push(Token::Word("sí".into(), Role::Yes));
    }
    for part in merged(rest) {
        let role = role(&part);
        // `opt-in` in two words of the clause.
        if matches!(part.as_str(), "in" | "out")
            && let Some(Token::Word(last, before)) = out.last_mut()
            && matches!(last.as_str(), "opt" | "opted" | "opts")
        {
            (*last, *before) = match part.as_str() {
                "in" => ("optin".into(), Role::Yes),
                _ => ("optout".into(), Role::No),
            };
            continue;
        }
        out.push(Token::Word(part, role));
    }
}

#[cfg(test)]
mod tests;
