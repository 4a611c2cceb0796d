//! The filter language of lists: words and `key:value` terms, all of which must match.
//!
//! A word is looked for in the list's text columns whatever its case; `key:value` looks at one
//! known column; `!` before either inverts it; double quotes keep spaces and colons together.
//! Pure: text in, conditions with numbered parameters out. No value of a request becomes SQL.

use super::text::{Arg, Text};
use crate::Refusal;
use frontdesk_shared::id::{ID_CHARS, parse_suffix};

/// Longest filter in bytes.
pub const MAX_LEN: usize = 256;
/// Most terms in one filter.
pub const MAX_TERMS: usize = 12;

/// A column a filter may name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// What a column holds, and so how a value is compared with it. Columns that may be NULL are
/// given as `COALESCE(…, '')`, so that an inverted term keeps them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Text that contains the value, whatever the case.
    Text(&'static str),
    /// Digits of a phone number; only for viewers who may see numbers.
    Phone(&'static str),
    /// Text that may contain a number; only for viewers who may see numbers.
    Private(&'static str),
    /// One of a closed vocabulary; the beginning of a word is enough. The words are ours and go
    /// in as literals, because a planner only picks a partial index when it sees them.
    Word(&'static str, fn() -> Vec<&'static str>),
    /// As `Word`, for words of which each is a condition of its own over `{base}`.
    Cases(&'static [(&'static str, &'static str)]),
    /// An id, or its last characters.
    Id(&'static str),
    /// The same of something else, where there may be none. Not in a `COALESCE`, which would hide
    /// the column from its index.
    Link(&'static str),
    /// `yes` or `no`.
    Flag(&'static str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Sql(&'static str),
    Base(&'static str),
    Arg(Arg),
}

/// A filter that was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    terms: Vec<(bool, Vec<Piece>)>,
}

impl Filter {
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Appends ` AND …` for every term.
    pub(super) fn write(&self, base: i64, out: &mut Text) {
        for (invert, pieces) in &self.terms {
            out.push(if *invert { " AND NOT (" } else { " AND (" });
            for piece in pieces {
                match piece {
                    Piece::Sql(sql) => out.push(sql),
                    Piece::Base(sql) => out.push_with_base(sql, base),
                    Piece::Arg(arg) => out.arg(arg.clone()),
                };
            }
            out.push(")");
        }
    }

    /// Reads a filter for a list with these columns. `phones` tells whether the viewer may see
    /// numbers: who may not, may not find them out by asking either.
    pub(super) fn parse(
        text: &str,
        words: &[&'static str],
        keys: &[Key],
        phones: bool,
    ) -> Result<Self, Refusal> {
        if text.len() > MAX_LEN {
            return Err(refuse(format!("the filter is longer than {MAX_LEN} bytes")));
        }
        if text.contains('\0') {
            return Err(refuse("the filter holds a NUL character"));
        }
        let mut terms = Vec::new();
        for token in joined(tokens(text)?) {
            if terms.len() == MAX_TERMS {
                return Err(refuse(format!("the filter has more than {MAX_TERMS} terms")));
            }
            let pieces = match &token.key {
                None if token.value.is_empty() => continue,
                None => contains_any(words, &token.value),
                Some(name) => {
                    let key = keys.iter().find(|k| k.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
                        refuse(format!(
                            "“{name}:” is not known here; known are {} (put \"…\" around text with a colon)",
                            keys.iter().map(|k| k.name).collect::<Vec<_>>().join(", ")
                        ))
                    })?;
                    if token.value.is_empty() {
                        // Half-typed: matches everything until there is a value.
                        continue;
                    }
                    compare(key, &token.value, phones)?
                }
            };
            terms.push((token.invert, pieces));
        }
        Ok(Self { terms })
    }
}

fn refuse(text: impl Into<String>) -> Refusal {
    Refusal::invalid("filter", text)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Token {
    invert: bool,
    key: Option<String>,
    value: String,
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut found = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
            continue;
        }
        let mut token = Token::default();
        if c == '!' {
            token.invert = true;
            chars.next();
        }
        let mut quoted = false;
        while let Some(&c) = chars.peek() {
            match c {
                '"' => {
                    chars.next();
                    quoted = true;
                    loop {
                        match chars.next() {
                            Some('"') => break,
                            Some(c) => token.value.push(c),
                            None => return Err(refuse("a quotation mark is not closed")),
                        }
                    }
                }
                c if c.is_whitespace() => break,
                ':' if token.key.is_none() && !quoted && !token.value.is_empty() => {
                    chars.next();
                    token.key = Some(std::mem::take(&mut token.value));
                }
                c => {
                    token.value.push(c);
                    chars.next();
                }
            }
        }
        found.push(token);
    }
    Ok(found)
}

/// Whether a word is a piece of a phone number as people write it.
fn is_number_like(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | '.' | '/'))
}

/// Joins the pieces of a number that was written with spaces: `07700 900109`, `phone:07700 900109`.
fn joined(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let goes_on = token.key.is_none() && !token.invert && is_number_like(&token.value);
        let begun = out.last_mut().filter(|last| {
            let begins = last.value.starts_with(['0', '+', '(']) && is_number_like(&last.value);
            goes_on && begins && last.key.as_deref().is_none_or(|key| key.eq_ignore_ascii_case("phone"))
        });
        match begun {
            Some(last) => last.value.push_str(&token.value),
            None => out.push(token),
        }
    }
    out
}

/// Digits from which on a word may be a number as dialed at home.
const NUMBER_DIGITS: usize = 5;

/// What is looked for where a value is a number: its digits as they stand in international form.
/// As dialed at home it has a trunk zero there, abroad a `00` or a `+`, and `(0)` is both.
fn international(value: &str) -> Option<String> {
    if !is_number_like(value) {
        return None;
    }
    let abroad = value.replace("(0)", "");
    let value = if value.starts_with('+') || value.starts_with("00") { &abroad } else { value };
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let tail = digits.trim_start_matches('0');
    (digits.len() >= NUMBER_DIGITS && !tail.is_empty()).then(|| tail.to_owned())
}

/// The patterns for a value inside text. The engines fold ASCII alike and other letters not, so
/// a value with other letters is looked for in both spellings.
fn patterns(value: &str) -> Vec<String> {
    let escaped = |text: String| {
        let mut out = String::with_capacity(text.len() + 2);
        out.push('%');
        for c in text.chars() {
            if matches!(c, '%' | '_' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
        out.push('%');
        out
    };
    let mut all = vec![escaped(value.to_ascii_lowercase())];
    if let Some(tail) = international(value).filter(|tail| tail != value) {
        all.push(escaped(tail));
    }
    let folded = escaped(value.to_lowercase());
    if folded != all[0] {
        all.push(folded);
    }
    all
}

fn contains_any(columns: &[&'static str], value: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for column in columns {
        for pattern in patterns(value) {
            pieces.push(Piece::Sql(if pieces.is_empty() { "lower(" } else { " OR lower(" }));
            pieces.push(Piece::Sql(column));
            pieces.push(Piece::Sql(") LIKE "));
            pieces.push(Piece::Arg(Arg::Text(pattern)));
            pieces.push(Piece::Sql(" ESCAPE '\\'"));
        }
    }
    if pieces.is_empty() {
        pieces.push(Piece::Sql("TRUE"));
    }
    pieces
}

fn compare(key: &Key, value: &str, phones: bool) -> Result<Vec<Piece>, Refusal> {
    let name = key.name;
    match key.kind {
        Kind::Phone(_) | Kind::Private(_) if !phones => {
            Err(refuse(format!("“{name}:” is for operators who may see numbers")))
        }
        Kind::Text(column) | Kind::Private(column) => Ok(contains_any(&[column], value)),
        Kind::Phone(column) => {
            let digits: String = value.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
            if digits.is_empty() {
                return Err(refuse(format!("“{name}:{value}” has no digits")));
            }
            let digits = international(value).unwrap_or(digits);
            Ok(contains_any(&[column], &digits))
        }
        Kind::Word(column, words) => {
            let words = words();
            let matching = starting(&words, name, value)?;
            let mut pieces = vec![Piece::Sql(column), Piece::Sql(" IN (")];
            for (i, word) in matching.into_iter().enumerate() {
                pieces.push(Piece::Sql(if i == 0 { "'" } else { ", '" }));
                pieces.push(Piece::Sql(word));
                pieces.push(Piece::Sql("'"));
            }
            pieces.push(Piece::Sql(")"));
            Ok(pieces)
        }
        Kind::Cases(cases) => {
            let words: Vec<_> = cases.iter().map(|(word, _)| *word).collect();
            let matching = starting(&words, name, value)?;
            let mut pieces = Vec::new();
            for (_, condition) in cases.iter().filter(|(word, _)| matching.contains(word)) {
                if !pieces.is_empty() {
                    pieces.push(Piece::Sql(" OR "));
                }
                pieces.push(Piece::Base(condition));
            }
            Ok(pieces)
        }
        Kind::Id(column) => is_id(column, name, value),
        Kind::Link(column) => {
            // An inverted term keeps the rows without one.
            let mut pieces = vec![Piece::Sql(column), Piece::Sql(" IS NOT NULL AND ")];
            pieces.extend(is_id(column, name, value)?);
            Ok(pieces)
        }
        Kind::Flag(column) => {
            let sign = match value.to_ascii_lowercase().as_str() {
                "yes" | "y" | "true" => " = TRUE",
                "no" | "n" | "false" => " = FALSE",
                _ => return Err(refuse(format!("“{name}:{value}”: yes or no is wanted"))),
            };
            Ok(vec![Piece::Sql(column), Piece::Sql(sign)])
        }
    }
}

fn is_id(column: &'static str, name: &str, value: &str) -> Result<Vec<Piece>, Refusal> {
    if value.len() == ID_CHARS {
        if let Ok(id) = value.parse::<frontdesk_shared::RowId>() {
            return Ok(vec![Piece::Sql(column), Piece::Sql(" = "), Piece::Arg(Arg::Int(id.0))]);
        }
    } else if let Some((rest, modulus)) = parse_suffix(value) {
        return Ok(vec![
            Piece::Sql(column),
            Piece::Sql(" % "),
            Piece::Arg(Arg::Int(modulus)),
            Piece::Sql(" = "),
            Piece::Arg(Arg::Int(rest)),
        ]);
    }
    Err(refuse(format!("“{name}:{value}” is not an id: give it whole, or its last 5 or more characters")))
}

/// The words that begin with `value`; a whole word stands for itself alone.
fn starting(words: &[&'static str], name: &str, value: &str) -> Result<Vec<&'static str>, Refusal> {
    let value = value.to_ascii_lowercase();
    if let Some(word) = words.iter().find(|w| **w == value) {
        return Ok(vec![word]);
    }
    let found: Vec<_> = words.iter().copied().filter(|w| w.starts_with(&value)).collect();
    if found.is_empty() {
        return Err(refuse(format!("“{name}:{value}” is not known; known are {}", words.join(", "))));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEYS: &[Key] = &[
        Key { name: "name", kind: Kind::Text("x.name") },
        Key { name: "phone", kind: Kind::Phone("x.phone") },
        Key { name: "status", kind: Kind::Word("x.status", || vec!["ready", "refused", "done"]) },
        Key { name: "state", kind: Kind::Cases(&[("waiting", "x.at > {base}"), ("due", "x.at <= {base}")]) },
        Key { name: "id", kind: Kind::Id("x.id") },
        Key { name: "lead", kind: Kind::Link("x.lead") },
        Key { name: "dry", kind: Kind::Flag("x.dry") },
    ];

    fn sql(text: &str) -> (String, usize) {
        let mut out = Text::default();
        Filter::parse(text, &["x.name", "x.note"], KEYS, true).unwrap().write(5, &mut out);
        (out.sql().to_owned(), out.values().len())
    }

    fn refused(text: &str) -> String {
        Filter::parse(text, &[], KEYS, true).unwrap_err().text
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        for written in [
            "+447700900109",
            "07700900109",
            "07700 900109",
            "07700-900-109",
            "(07700) 900 109",
            "00447700900109",
            "+44 7700 900 109",
            "+44(0)7700 900109",
        ] {
            let found = joined(tokens(written).unwrap());
            assert_eq!(found.len(), 1, "{written}: {found:?}");
            let tail = international(&found[0].value).expect(written);
            assert!("+447700900109".ends_with(&tail), "{written}: {tail}");
        }
        let pieces = joined(tokens("phone:07700 900109 ann 12 34").unwrap());
        let values: Vec<&str> = pieces.iter().map(|token| token.value.as_str()).collect();
        assert_eq!(values, ["07700900109", "ann", "12", "34"]);
        assert_eq!((international("0123"), international("12-x")), (None, None));
    }

    #[test]
    fn terms_become_conditions() {
        let like = |n| format!("lower(x.name) LIKE ${n} ESCAPE '\\'");
        let cases = [
            ("", String::new(), 0),
            ("   ", String::new(), 0),
            ("status:", String::new(), 0),
            ("Ann", format!(" AND ({} OR lower(x.note) LIKE $2 ESCAPE '\\')", like(1)), 2),
            ("!name:\"ann lee\"", format!(" AND NOT ({})", like(1)), 1),
            ("status:re", " AND (x.status IN ('ready', 'refused'))".into(), 0),
            ("STATUS:Done", " AND (x.status IN ('done'))".into(), 0),
            ("state:due", " AND (x.at <= $1)".into(), 1),
            ("dry:yes !dry:no", " AND (x.dry = TRUE) AND NOT (x.dry = FALSE)".into(), 0),
            ("id:0000000000001", " AND (x.id = $1)".into(), 1),
            ("id:00001", " AND (x.id % $1 = $2)".into(), 2),
            ("!lead:0000000000001", " AND NOT (x.lead IS NOT NULL AND x.lead = $1)".into(), 1),
        ];
        for (text, wanted, args) in cases {
            assert_eq!(sql(text), (wanted, args), "{text}");
        }
    }

    #[test]
    fn values_are_patterns_that_mean_themselves() {
        assert_eq!(patterns("50%_\\A"), ["%50\\%\\_\\\\a%"]);
        assert_eq!(patterns("Élan"), ["%Élan%", "%élan%"]);
    }

    #[test]
    fn refusals_name_what_is_wrong() {
        assert!(refused("colour:red").contains("“colour:” is not known here; known are name, phone, status"));
        assert!(refused("status:nope").contains("known are ready, refused, done"));
        assert!(refused("id:12").contains("last 5"));
        assert!(refused("dry:maybe").contains("yes or no"));
        assert!(refused("\"open").contains("not closed"));
        assert!(refused("a\0b").contains("NUL"));
        assert!(refused(&"x".repeat(300)).contains("longer than 256"));
        assert!(refused(&"a ".repeat(13)).contains("more than 12"));
    }

    #[test]
    fn quoted_text_may_hold_a_colon() {
        assert_eq!(
            tokens("\"10:30\" a:\"b:c\" !").unwrap(),
            [
                Token { value: "10:30".into(), ..Token::default() },
                Token { key: Some("a".into()), value: "b:c".into(), invert: false },
                Token { invert: true, ..Token::default() },
            ]
        );
    }

    #[test]
    fn who_may_not_see_numbers_may_not_ask_for_them() {
        assert!(Filter::parse("phone:0123", &[], KEYS, false).unwrap_err().text.contains("may see numbers"));
    }

    proptest! {
        #[test]
        fn no_text_panics_or_reaches_the_sql(text in "\\PC{0,60}") {
            let mut out = Text::default();
            if let Ok(filter) = Filter::parse(&text, &["x.name"], KEYS, true) {
                filter.write(5, &mut out);
            }
            let allowed = |c: char| c.is_ascii_alphanumeric() || " ()$%='\\.,<>".contains(c);
            prop_assert!(out.sql().chars().all(allowed), "{}", out.sql());
        }
    }
}
