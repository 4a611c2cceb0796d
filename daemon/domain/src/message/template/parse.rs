//! From wording to parts, once, with everything that could go wrong at night found now.
//!
//! Not here: filling in.

use super::html::{self, Place};
use super::{Form, Holds, ParseError, Part, Variable};

struct Reader<'s> {
    template: &'s str,
    source: &'s str,
    form: Form,
    known: &'s [Variable],
    at: usize,
}

/// What stands between two braces.
enum Tag<'s> {
    If(&'s str),
    Else,
    EndIf,
    Variable(&'s str),
}

/// How a list of parts ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Source,
    Else,
    Closed,
}

pub(super) fn parts(
    template: &str,
    source: &str,
    form: Form,
    known: &[Variable],
) -> Result<Vec<Part>, ParseError> {
    let mut reader = Reader { template, source, form, known, at: 0 };
    if let Some(at) = html::bad_address(source).filter(|_| form == Form::Html) {
        return Err(reader.error(
            at,
            "an address that is no web address",
            "use https://, mailto:, tel: or a link",
        ));
    }
    let start = reader.at;
    let (parts, end) = reader.list(false)?;
    match end {
        End::Source => Ok(parts),
        End::Else => Err(reader.error(start, "{{else}} without {{#if …}}", "remove it")),
        End::Closed => Err(reader.error(start, "{{/if}} without {{#if …}}", "remove it")),
    }
}

impl<'s> Reader<'s> {
    fn error(&self, at: usize, problem: impl Into<String>, hint: impl Into<String>) -> ParseError {
        let before = self.source.get(..at).unwrap_or(self.source);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        ParseError {
            template: self.template.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            problem: problem.into(),
            hint: hint.into(),
        }
    }

    /// Parts up to the end of the source or of the section they are in.
    fn list(&mut self, inside: bool) -> Result<(Vec<Part>, End), ParseError> {
        let mut parts = Vec::new();
        loop {
            let rest = self.source.get(self.at..).unwrap_or_default();
            let open = rest.find("{{").unwrap_or(rest.len());
            let literal = rest.get(..open).unwrap_or(rest);
            if let Some(stray) = literal.find("}}") {
                return Err(self.error(self.at + stray, "}} closes nothing", "write {{ before the variable"));
            }
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            self.at += open;
            if self.at >= self.source.len() {
                return Ok((parts, End::Source));
            }
            let begin = self.at;
            match self.tag()? {
                Tag::Else if inside => return Ok((parts, End::Else)),
                Tag::EndIf if inside => return Ok((parts, End::Closed)),
                Tag::Else => return Err(self.error(begin, "{{else}} without {{#if …}}", "remove it")),
                Tag::EndIf => return Err(self.error(begin, "{{/if}} without {{#if …}}", "remove it")),
                Tag::If(_) if inside => {
                    return Err(self.error(
                        begin,
                        "a section in a section",
                        "close the first with {{/if}} before",
                    ));
                }
                Tag::If(name) => parts.push(self.section(name, begin)?),
                Tag::Variable(name) => parts.push(self.variable(name, begin)?),
            }
        }
    }

    /// The tag at the reader, which stands on its braces.
    fn tag(&mut self) -> Result<Tag<'s>, ParseError> {
        let begin = self.at;
        let rest = self.source.get(begin + 2..).unwrap_or_default();
        let close =
            rest.find("}}").filter(|close| !rest.get(..*close).unwrap_or_default().contains(['{', '\n']));
        let Some(close) = close else {
            return Err(self.error(begin, "{{ is not closed", "write }} behind the variable"));
        };
        let inner = rest.get(..close).unwrap_or_default().trim();
        self.at = begin + 2 + close + 2;
        Ok(match inner {
            "else" => Tag::Else,
            "/if" => Tag::EndIf,
            _ => match inner.strip_prefix("#if") {
                Some(name) if name.starts_with(char::is_whitespace) => Tag::If(name.trim()),
                _ if inner.starts_with(['#', '/', '>', '!', '&', '^']) => {
                    let known = "only {{#if name}}, {{else}} and {{/if}} are known";
                    return Err(self.error(begin, format!("{{{{{inner}}}}} is not known"), known));
                }
                _ => Tag::Variable(inner),
            },
        })
    }

    fn section(&mut self, name: &str, begin: usize) -> Result<Part, ParseError> {
        let of = self.known(name, begin)?;
        let unclosed =
            |reader: &Self| reader.error(begin, format!("{{{{#if {name}}}}} is not closed"), "write {{/if}}");
        let (then, end) = self.list(true)?;
        let otherwise = match end {
            End::Closed => Vec::new(),
            End::Source => return Err(unclosed(self)),
            End::Else => match self.list(true)? {
                (otherwise, End::Closed) => otherwise,
                (_, End::Source) => return Err(unclosed(self)),
                (_, End::Else) => return Err(self.error(begin, "a second {{else}}", "remove one")),
            },
        };
        Ok(Part::If { name: of.name, then, otherwise })
    }

    fn variable(&self, name: &str, begin: usize) -> Result<Part, ParseError> {
        let of = self.known(name, begin)?;
        if of.holds == Holds::Flag {
            let hint = format!("it can only be asked for: {{{{#if {name}}}}}…{{{{/if}}}}");
            return Err(self.error(begin, format!("{name} has nothing to write"), hint));
        }
        let before = self.source.get(..begin).unwrap_or_default();
        let place = if self.form == Form::Html { html::place(before) } else { Place::Text };
        if place == Place::Unsafe {
            return Err(self.error(
                begin,
                format!("{name} stands inside a tag"),
                "put it into text or a quoted value",
            ));
        }
        let link = of.holds == Holds::Link;
        if place == Place::Address && !link {
            let hint = "an address begins with a link or with https://";
            return Err(self.error(begin, format!("{name} is no link"), hint));
        }
        let in_address = place == Place::InAddress || is_in_address(before);
        let behind = self.source.get(self.at..).unwrap_or_default();
        let next = behind.trim_start_matches("{{/if}}").chars().next();
        // Phones take the full stop for a part of the address.
        if link
            && matches!(self.form, Form::Sms | Form::Text)
            && next.is_some_and(|c| !c.is_whitespace() && c != '{')
        {
            return Err(self.error(
                begin,
                format!("something is glued to {name}"),
                "put a space or a line break behind it",
            ));
        }
        Ok(Part::Variable { of, in_address })
    }

    fn known(&self, name: &str, begin: usize) -> Result<Variable, ParseError> {
        let found = self.known.iter().find(|variable| variable.name == name);
        found.copied().ok_or_else(|| {
            let all: Vec<&str> = self.known.iter().map(|variable| variable.name).collect();
            let shown: String = name.chars().take(40).collect();
            self.error(
                begin,
                format!("there is no variable `{shown}`"),
                format!("known are {}", all.join(", ")),
            )
        })
    }
}

/// Whether text ends in the middle of an address that the wording wrote.
fn is_in_address(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || "\"'<>()".contains(c)).next().unwrap_or_default();
    word.contains("://")
}
