//! The header of a mail or of a part: its fields, unfolded, and the values read from them
//! (RFC 5322 section 3.6, RFC 2047).
//!
//! The block is divided here, so that its size is bounded before anything looks into a field; the
//! fields' own grammars are `mail-parser`'s. Must not live here: what a field means for the mail.

use crate::limits::{MAX_ADDRESSES, MAX_FIELD, MAX_HEADERS, MAX_IDS, MAX_SUBJECT};
use crate::{Mailbox, charset};
use mail_parser::parsers::MessageStream;
use mail_parser::{Address, ContentType, DateTime, HeaderValue};

/// A header field's name in lower case, and its value on one line.
struct Field {
    name: String,
    value: Vec<u8>,
}

/// A keyword, or a type with its subtype, and parameters.
pub(crate) struct Content {
    /// In lower case.
    pub(crate) word: String,
    /// In lower case.
    pub(crate) subtype: Option<String>,
    /// Names in lower case, in their order.
    pub(crate) params: Vec<(String, String)>,
}

impl Content {
    fn new(content: &ContentType<'_>) -> Self {
        let param = |a: &mail_parser::Attribute<'_>| (a.name.to_ascii_lowercase(), a.value.to_string());
        Self {
            word: content.ctype().trim().to_ascii_lowercase(),
            subtype: content.subtype().map(|s| s.trim().to_ascii_lowercase()),
            params: content.attributes().unwrap_or_default().iter().map(param).collect(),
        }
    }

    /// A parameter. The name is in lower case.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// The fields of one block, in their order.
#[derive(Default)]
pub(crate) struct Headers {
    fields: Vec<Field>,
    /// Whether there were more, or longer ones.
    pub(crate) cut: bool,
}

impl Headers {
    /// Reads up to the blank line; gives the fields and where the body begins.
    pub(crate) fn read(raw: &[u8]) -> (Self, usize) {
        let mut headers = Self::default();
        let mut at = 0;
        while at < raw.len() {
            let (line, next) = line_at(raw, at);
            if line.is_empty() {
                return (headers, next);
            }
            if matches!(line[0], b' ' | b'\t') && (at > 0 || headers.fields.is_empty()) {
                headers.fold(line);
            } else if let Some((name, value)) = field(line) {
                headers.push(name, value);
            } else if !(at == 0 && (line.starts_with(b"From ") || line.starts_with(b">From "))) {
                // A broken line among fields is passed over; otherwise the blank line is missing.
                let (following, _) = line_at(raw, next);
                let goes_on = field(following).is_some()
                    || following.first().is_some_and(|b| matches!(b, b' ' | b'\t'));
                if next >= raw.len() || !goes_on {
                    return (headers, at);
                }
            }
            at = next;
        }
        (headers, raw.len())
    }

    fn push(&mut self, name: &[u8], value: &[u8]) {
        if self.fields.len() >= MAX_HEADERS {
            self.cut = true;
            return;
        }
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        self.fields.push(Field { name, value: Vec::new() });
        self.fold(value);
    }

    fn fold(&mut self, more: &[u8]) {
        let Some(last) = self.fields.last_mut() else { return };
        let room = MAX_FIELD.saturating_sub(last.value.len());
        self.cut |= more.len() > room;
        last.value.extend_from_slice(&more[..more.len().min(room)]);
    }

    /// The values of a field, as bytes. The name is in lower case.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a [u8]> + 'a {
        self.fields.iter().filter(move |f| f.name == name).map(|f| f.value.as_slice())
    }

    /// Whether a field is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|f| f.name == name)
    }

    /// A field as it stands, in whatever character set, on one line.
    pub(crate) fn plain(&self, name: &str) -> Option<String> {
        self.all(name).next().map(|value| one_line(&charset::guess(value), MAX_FIELD))
    }

    /// The same in lower case, up to the first `;`: the keyword of a field with parameters.
    pub(crate) fn keyword(&self, name: &str) -> Option<String> {
        let value = self.plain(name)?;
        let word = value.split([';', '(']).next().unwrap_or_default().trim().to_ascii_lowercase();
        Some(word)
    }

    /// A field of words, with encoded words decoded (RFC 2047).
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let line = ended(self.all(name).next()?);
        let HeaderValue::Text(text) = MessageStream::new(line.as_bytes()).parse_unstructured() else {
            return Some(String::new());
        };
        Some(one_line(&text, MAX_SUBJECT))
    }

    /// The addresses of every field of this name.
    pub(crate) fn addresses(&self, name: &str) -> Vec<Mailbox> {
        let mut found = Vec::new();
        for value in self.all(name) {
            found.extend(mailboxes(value));
        }
        found.truncate(MAX_ADDRESSES);
        found
    }

    /// The message identifiers of a field, without their brackets, oldest first.
    pub(crate) fn ids(&self, name: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for value in self.all(name) {
            found.extend(ids(&String::from_utf8_lossy(value)));
        }
        found.split_off(found.len().saturating_sub(MAX_IDS))
    }

    /// When the mail says it was written.
    pub(crate) fn date(&self, name: &str) -> Option<DateTime> {
        let line = ended(self.all(name).next()?);
        match MessageStream::new(line.as_bytes()).parse_date() {
            HeaderValue::DateTime(date) => Some(date),
            _ => None,
        }
    }

    /// A type with its parameters (RFC 2045, 2231).
    pub(crate) fn content(&self, name: &str) -> Option<Content> {
        let line = ended(self.all(name).next()?);
        match MessageStream::new(line.as_bytes()).parse_content_type() {
            HeaderValue::ContentType(content) => Some(Content::new(&content)),
            _ => None,
        }
    }
}

/// The addresses in a field's value.
pub(crate) fn mailboxes(value: &[u8]) -> Vec<Mailbox> {
    let line = ended(value);
    let one = |addr: &mail_parser::Addr<'_>| Mailbox {
        name: one_line(addr.name.as_deref().unwrap_or_default(), MAX_SUBJECT),
        address: one_line(addr.address.as_deref().unwrap_or_default(), 320).to_lowercase(),
    };
    match MessageStream::new(line.as_bytes()).parse_address() {
        HeaderValue::Address(Address::List(list)) => list.iter().map(one).collect(),
        HeaderValue::Address(Address::Group(groups)) => {
            groups.iter().flat_map(|g| g.addresses.iter()).map(one).collect()
        }
        _ => Vec::new(),
    }
}

/// The grammars want a line, and text: what is in no character set is guessed first.
fn ended(value: &[u8]) -> String {
    let mut line = charset::guess(value);
    line.push('\n');
    line
}

/// The line at a place without its end, and where the next one begins.
pub(crate) fn line_at(raw: &[u8], at: usize) -> (&[u8], usize) {
    let rest = raw.get(at..).unwrap_or_default();
    let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    let line = &rest[..end];
    (line.strip_suffix(b"\r").unwrap_or(line), at + (end + 1).min(rest.len()))
}

/// Name and value of a line that is a field: printable ASCII up to a colon (RFC 5322 2.2).
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().take(80).position(|b| *b == b':')?;
    let name = line[..colon].trim_ascii_end();
    let good = !name.is_empty() && name.iter().all(|b| (33..=126).contains(b));
    good.then(|| (name, line[colon + 1..].trim_ascii_start()))
}

/// What stands in angle brackets; without any, single words with an `@`.
///
/// Comments and other words beside them are no identifiers: `<a@b> (from a program)`.
pub(crate) fn ids(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        let Some(close) = rest.find(['>', '<']) else { break };
        if rest[close..].starts_with('>') {
            let id: String =
                rest[..close].chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            if !id.is_empty() && id.len() <= 998 {
                found.push(id);
            }
        }
        rest = &rest[close..];
    }
    if found.is_empty() {
        let words = text.split([' ', '\t', ',', ';']).map(|w| w.trim_matches(['(', ')', '"', '>', '<']));
        found.extend(words.filter(|w| w.contains('@') && w.len() <= 998).map(str::to_owned));
    }
    found
}

/// Text without line ends, control characters and those that turn the direction of writing.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut line = String::with_capacity(text.len().min(most));
    let mut chars = 0;
    for c in text.chars() {
        let c = match c {
            '\r' | '\n' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => {
                continue;
            }
            c if c.is_control() => continue,
            c => c,
        };
        if c == ' ' && line.ends_with(' ') {
            continue;
        }
        if chars == most {
            break;
        }
        chars += 1;
        line.push(c);
    }
    line.trim().to_owned()
}
