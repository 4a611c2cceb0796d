//! Dividing HTML into text, opening and closing tags, in one pass.
//!
//! Comments, styles and scripts are left out. Must not live here: what an element means.

/// A piece of a page.
pub(super) enum Token<'a> {
    Text(&'a str),
    Open(Tag<'a>),
    /// The name as written.
    Close(&'a str),
}

/// An opening tag.
pub(super) struct Tag<'a> {
    /// In lower case, without the prefix of a namespace for Office's empty paragraphs.
    pub(super) name: String,
    attributes: &'a str,
    /// `<br/>`.
    pub(super) closed: bool,
}

/// Attributes of one tag that are looked at.
const MAX_ATTRIBUTES: usize = 40;

impl<'a> Tag<'a> {
    /// An attribute's value, without its quotes. The name is in lower case.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.attributes;
        for _ in 0..MAX_ATTRIBUTES {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            let end = rest.find(|c: char| c.is_whitespace() || c == '=')?;
            let (found, after) = rest.split_at(end);
            let Some(after) = after.trim_start().strip_prefix('=') else {
                if found.is_empty() {
                    return None;
                }
                rest = after;
                continue;
            };
            let after = after.trim_start();
            let (value, next) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let inner = &after[1..];
                    inner.split_once(quote).unwrap_or((inner, ""))
                }
                _ => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
            };
            if found.eq_ignore_ascii_case(name) {
                return Some(value);
            }
            rest = next;
        }
        None
    }

    /// Whether a property of the inline style has one of these values.
    pub(super) fn style_has(&self, property: &str, values: &[&str]) -> bool {
        let Some(style) = self.attribute("style") else { return false };
        style.split(';').filter_map(|rule| rule.split_once(':')).any(|(name, value)| {
            let value = value.trim().trim_end_matches("!important").trim_end();
            name.trim().eq_ignore_ascii_case(property) && values.iter().any(|v| value.eq_ignore_ascii_case(v))
        })
    }
}

/// The pieces of a page, one after another.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// No comment ends in the rest; looking again for each would be quadratic.
    no_comment_ends: bool,
    /// No tag ends in the rest.
    no_tag_ends: bool,
}

/// Bytes of a tag in which quotes are followed; in longer ones the first `>` ends it.
const MAX_TAG: usize = 4 * 1024;

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html, no_comment_ends: false, no_tag_ends: false }
    }

    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if !self.rest.starts_with('<') || self.no_tag_ends || !self.is_markup() {
                // A lone `<` is text: "< 5".
                let from = usize::from(self.rest.starts_with('<'));
                let end = self.rest[from..].find('<').map_or(self.rest.len(), |at| at + from);
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some(Token::Text(text));
            }
            if let Some(comment) = self.rest.strip_prefix("<!--") {
                // Unended, it is no comment: the rest of a person's words would be gone.
                let end = if self.no_comment_ends { None } else { comment.find("-->") };
                self.no_comment_ends = end.is_none();
                self.rest = &comment[end.map_or(0, |at| at + 3)..];
                continue;
            }
            if self.rest.starts_with("<!") || self.rest.starts_with("<?") {
                let end = self.rest.find('>').map_or(self.rest.len(), |at| at + 1);
                self.rest = &self.rest[end..];
                continue;
            }
            match tag_end(self.rest) {
                Some(end) => return Some(self.tag(end)),
                None => self.no_tag_ends = true,
            }
        }
    }

    /// Whether the `<` here begins a tag.
    fn is_markup(&self) -> bool {
        let after = &self.rest.as_bytes()[1..];
        match after.first() {
            Some(b'/') => after.get(1).is_some_and(u8::is_ascii_alphabetic),
            Some(b'!' | b'?') => true,
            Some(byte) => byte.is_ascii_alphabetic() && !self.is_address(),
            None => false,
        }
    }

    /// `<ann@mail.example>`, written without escaping: text, as a person would read it.
    fn is_address(&self) -> bool {
        let head = &self.rest.as_bytes()[1..self.rest.len().min(100)];
        let end = head.iter().position(|b| matches!(b, b'>' | b' ' | b'<' | b'=' | b'\n'));
        end.is_some_and(|end| head[end] == b'>' && head[..end].contains(&b'@'))
    }

    fn tag(&mut self, end: usize) -> Token<'a> {
        let inside = &self.rest[1..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        if let Some(name) = inside.strip_prefix('/') {
            let end = name.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(name.len());
            return Token::Close(&name[..end]);
        }
        let end = inside.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(end);
        let name = name.to_ascii_lowercase();
        let closed = attributes.ends_with('/');
        if !closed && matches!(name.as_str(), "style" | "script" | "title" | "template" | "xml" | "noframes")
        {
            self.skip_to_end_of(&name);
        }
        Token::Open(Tag { name, attributes, closed })
    }

    /// To the closing tag of an element whose content is no text; without one, nothing is skipped.
    fn skip_to_end_of(&mut self, name: &str) {
        let mut from = 0;
        while let Some(at) = self.rest[from..].find("</") {
            let after = &self.rest[from + at + 2..];
            if after.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name)) {
                self.rest = &self.rest[from + at..];
                return;
            }
            from += at + 2;
        }
        self.rest = if name == "title" { self.rest } else { "" };
    }
}

/// Where the tag's `>` stands, past quoted values; an unended quote ends with the first `>`.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut first = None;
    for (at, byte) in text.bytes().enumerate().take(MAX_TAG) {
        match (byte, quote) {
            (b'>', None) => return Some(at),
            (b'>', Some(_)) => first = first.or(Some(at)),
            (b'"' | b'\'', None) if text.as_bytes()[..at].trim_ascii_end().ends_with(b"=") => {
                quote = Some(byte);
            }
            (byte, Some(open)) if byte == open => quote = None,
            _ => {}
        }
    }
    first.or_else(|| text.find('>'))
}
