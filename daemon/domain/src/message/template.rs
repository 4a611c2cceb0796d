//! Templates: wording with variables, checked when it is written and filled in when it is sent.
//!
//! `{{first_name}}` is a variable; `{{#if first_name}}…{{else}}…{{/if}}` is a part for where there
//! is one. Filling in is one pass: braces in a value are text. A template is read for one form
//! (text message, line, plain text, HTML) and cannot be rendered as another. Not here: which
//! variables a message has (`kinds`), what is true of a person.

mod html;
mod parse;

use super::segments;
use std::collections::BTreeMap;
use std::fmt;

/// What a rendered template becomes part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A text message: literal, look-alikes replaced, long words cut.
    Sms,
    /// A single line, as a subject: literal, without line breaks.
    Line,
    /// The plain text of a mail: literal.
    Text,
    /// The HTML of a mail: values escaped.
    Html,
}

/// What may stand in a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Words of people, cut in text messages after so many characters.
    Words(usize),
    /// A time, a number, an instruction: never cut.
    Exact,
    /// A whole `http` or `https` address: never cut.
    Link,
    /// Nothing to be written: it can only be asked for by `{{#if …}}`.
    Flag,
}

/// A variable that a template may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// As it is written between the braces.
    pub name: &'static str,
    /// What may stand in it.
    pub holds: Holds,
}

/// The values of one message, by the variables' names. Blank counts as missing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<&'static str, String>);

impl Values {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this value besides.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.insert(name, value.into());
        self
    }

    /// With this value besides, where there is one.
    #[must_use]
    pub fn with_some(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Values {
    /// The names only: values are people's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Why a template could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{template}, line {line}, column {column}: {problem}; {hint}")]
pub struct ParseError {
    /// Which template.
    pub template: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: String,
    /// What to write instead.
    pub hint: String,
}

/// Why a template could not be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A variable has no value.
    #[error("{template}: {variable} is missing")]
    Missing {
        /// Which.
        variable: &'static str,
        /// Of which template.
        template: String,
    },
    /// The value of a link is no web address.
    #[error("{template}: {variable} is no http or https address")]
    BadLink {
        /// Which.
        variable: &'static str,
        /// Of which template.
        template: String,
    },
    /// A text message is longer than a provider takes.
    #[error("{template}: {characters} characters; a text message has {most} at most", most = segments::LONGEST)]
    TooLong {
        /// Of which template.
        template: String,
        /// How many it has.
        characters: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable {
        of: Variable,
        /// Inside an address, where it has to be percent-encoded.
        in_address: bool,
    },
    If {
        name: &'static str,
        then: Vec<Part>,
        otherwise: Vec<Part>,
    },
}

/// Wording that was read and found well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    name: String,
    form: Form,
    parts: Vec<Part>,
}

impl Template {
    /// Reads wording. `name` stands in errors; `known` are the variables it may use.
    ///
    /// # Errors
    /// The first place that is wrong, with a hint.
    pub fn parse(name: &str, source: &str, form: Form, known: &[Variable]) -> Result<Self, ParseError> {
        let parts = parse::parts(name, source, form, known)?;
        Ok(Self { name: name.to_owned(), form, parts })
    }

    /// Fills it in.
    ///
    /// # Errors
    /// A missing value, a link that is none, a text message that is too long.
    pub fn render(&self, values: &Values) -> Result<String, RenderError> {
        let mut out = String::new();
        self.write(&self.parts, values, &mut out)?;
        match self.form {
            Form::Sms => self.settle(&out),
            Form::Line => Ok(one_line(&out)),
            Form::Text | Form::Html => Ok(out),
        }
    }

    /// The variables without which it cannot be filled in, so that a missing one is found before
    /// anything is planned.
    pub fn missing(&self, values: &Values) -> Vec<&'static str> {
        let mut out = Vec::new();
        self.collect_missing(&self.parts, values, &mut out);
        out
    }

    /// Whether a variable is written whatever else is missing.
    pub(super) fn always_writes(&self, variable: &str) -> bool {
        fn writes(parts: &[Part], variable: &str) -> bool {
            parts.iter().any(|part| match part {
                Part::Literal(_) => false,
                Part::Variable { of, .. } => of.name == variable,
                Part::If { then, otherwise, .. } => writes(then, variable) && writes(otherwise, variable),
            })
        }
        writes(&self.parts, variable)
    }

    fn settle(&self, text: &str) -> Result<String, RenderError> {
        let text = segments::plain(text.trim());
        if segments::is_too_long(&text) {
            let characters = text.chars().count();
            return Err(RenderError::TooLong { template: self.name.clone(), characters });
        }
        Ok(text)
    }

    fn write(&self, parts: &[Part], values: &Values, out: &mut String) -> Result<(), RenderError> {
        for part in parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Variable { of, in_address } => {
                    let Some(value) = values.get(of.name) else {
                        return Err(RenderError::Missing { variable: of.name, template: self.name.clone() });
                    };
                    self.write_value(*of, value, *in_address, out)?;
                }
                Part::If { name, then, otherwise } => {
                    let branch = if values.get(name).is_some() { then } else { otherwise };
                    self.write(branch, values, out)?;
                }
            }
        }
        Ok(())
    }

    fn write_value(
        &self,
        of: Variable,
        value: &str,
        in_address: bool,
        out: &mut String,
    ) -> Result<(), RenderError> {
        if of.holds == Holds::Link && !is_web_address(value) {
            return Err(RenderError::BadLink { variable: of.name, template: self.name.clone() });
        }
        if in_address {
            percent_encode(value, out);
            return Ok(());
        }
        match (self.form, of.holds) {
            (Form::Html, _) => html::escape(value, out),
            (Form::Sms, Holds::Words(most)) => out.push_str(&cut(&one_line(value), most)),
            (Form::Sms | Form::Line, _) | (Form::Text, Holds::Words(_)) => out.push_str(&one_line(value)),
            (Form::Text, _) => out.push_str(value),
        }
        Ok(())
    }

    fn collect_missing(&self, parts: &[Part], values: &Values, out: &mut Vec<&'static str>) {
        for part in parts {
            match part {
                Part::Variable { of, .. } if values.get(of.name).is_none() && !out.contains(&of.name) => {
                    out.push(of.name);
                }
                Part::If { name, then, otherwise } => {
                    let branch = if values.get(name).is_some() { then } else { otherwise };
                    self.collect_missing(branch, values, out);
                }
                Part::Literal(_) | Part::Variable { .. } => {}
            }
        }
    }
}

/// Without line breaks and control characters; runs of space are one.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// At most so many characters, cut between words where one ends in the second half.
fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let head: String = text.chars().take(most.saturating_sub(3)).collect();
    let end = head.rfind(' ').filter(|at| *at * 2 > head.len()).unwrap_or(head.len());
    format!("{}...", head.get(..end).unwrap_or(&head).trim_end_matches([' ', ',', '.', '-']))
}

/// Whether a value is a whole web address that cannot end what it stands in.
fn is_web_address(value: &str) -> bool {
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let clean = !value.chars().any(|c| c.is_whitespace() || c.is_control() || "\"'<>`{}|\\^".contains(c));
    clean && !host.contains('@') && host.starts_with(|c: char| c.is_alphanumeric() || c == '[')
}

fn percent_encode(value: &str, out: &mut String) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let digit = |n: u8| HEX.get(usize::from(n)).copied().unwrap_or('0');
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests;
