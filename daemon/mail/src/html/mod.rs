//! HTML to lines of text, with the marks mail programs leave on what they quote.
//!
//! Own, because the marks are the point: converters in the registry give text and throw away which
//! element it came from. One pass over the input; the open elements are bounded. Must not live
//! here: deciding what is quoted (`quotes`).

mod entities;
mod marks;
mod tags;

use crate::limits::MAX_OPEN;
use crate::line::Line;
use marks::Marks;
use tags::{Tag, Token, Tokens};

/// An element that is open.
struct Open {
    name: String,
    marks: Marks,
    /// Blanks and breaks in it are text.
    preserved: bool,
    /// The number of the next item, in a numbered list.
    item: Option<u32>,
}

struct Page<'a> {
    lines: Vec<Line>,
    most: usize,
    line: String,
    /// A blank is owed before the next word.
    blank: bool,
    /// Marks of the line's first word.
    marks: Option<Marks>,
    /// Cut here: the next line begins the answered mail.
    cut: bool,
    open: Vec<Open>,
    /// Cells seen in the row.
    cells: usize,
    tokens: Tokens<'a>,
}

/// The lines that can be seen, at most `most`.
pub(crate) fn lines(html: &str, most: usize) -> Vec<Line> {
    let mut page = Page {
        lines: Vec::new(),
        most,
        line: String::new(),
        blank: false,
        marks: None,
        cut: false,
        open: Vec::new(),
        cells: 0,
        tokens: Tokens::new(html),
    };
    while let Some(token) = page.tokens.next() {
        match token {
            Token::Text(text) => page.text(text),
            Token::Open(tag) => page.begin(&tag),
            Token::Close(name) => page.end(name),
        }
        if page.lines.len() >= most {
            break;
        }
    }
    page.finish_line();
    page.lines
}

impl Page<'_> {
    fn now(&self) -> Marks {
        self.open.last().map_or_else(Marks::default, |open| open.marks)
    }

    fn text(&mut self, raw: &str) {
        let marks = self.now();
        if marks.hidden {
            return;
        }
        let preserved = self.open.last().is_some_and(|open| open.preserved);
        let text = entities::decode(raw);
        for c in text.chars() {
            match c {
                '\n' if preserved => self.finish_line_or_blank(),
                '\r' if preserved => {}
                ' ' | '\n' | '\r' | '\t' | '\u{c}' if !preserved => self.blank = true,
                c => self.put(c, marks),
            }
        }
    }

    fn put(&mut self, c: char, marks: Marks) {
        if self.line.is_empty() {
            self.marks = Some(marks);
        } else if self.blank && !self.line.ends_with(char::is_whitespace) {
            self.line.push(' ');
        }
        self.blank = false;
        // An unbreakable blank is a blank to whoever reads.
        self.line.push(if c == '\u{a0}' { ' ' } else { c });
    }

    /// Ends the line if there is something on it.
    fn finish_line(&mut self) {
        self.blank = false;
        if self.line.trim().is_empty() {
            self.line.clear();
            return;
        }
        self.push_line();
    }

    fn finish_line_or_blank(&mut self) {
        if self.line.trim().is_empty() {
            self.line.clear();
            self.marks = None;
        }
        self.push_line();
    }

    fn push_line(&mut self) {
        self.blank = false;
        let marks = self.marks.take().unwrap_or_else(|| self.now());
        let text = std::mem::take(&mut self.line);
        if self.lines.len() < self.most {
            let text = text.trim_end().to_owned();
            // `>` in a page is a letter, not a mark; whether it quotes is judged like plain text.
            let plain = Line::plain(text.trim_start());
            self.lines.push(Line {
                cited: marks.cited,
                indented: marks.indented,
                introduces: marks.introduces,
                signature: marks.signature,
                cut: std::mem::take(&mut self.cut),
                ..plain
            });
        }
    }

    /// A blank line between paragraphs, once.
    fn gap(&mut self) {
        self.finish_line();
        if self.lines.last().is_some_and(|line| !line.is_blank()) {
            self.marks = Some(self.now());
            self.push_line();
        }
    }

    fn begin(&mut self, tag: &Tag<'_>) {
        let name = tag.name.as_str();
        match name {
            "br" => {
                if !self.now().hidden {
                    self.finish_line_or_blank();
                }
                return;
            }
            "hr" => {
                self.finish_line();
                self.cut |= marks::cuts(tag) && !self.now().cited;
                return;
            }
            "img" => {
                self.image(tag);
                return;
            }
            _ => {}
        }
        self.implied_ends(name);
        let parent = self.now();
        let own = marks::of(tag, parent);
        // A border between a person's words and the mark must not take them along.
        if is_block(name) || own != parent {
            self.finish_block_start(name, own, parent);
        }
        if marks::cuts(tag) && !parent.cited {
            self.cut = true;
        }
        if tag.closed || is_void(name) || self.open.len() >= MAX_OPEN {
            return;
        }
        let before = self.open.last();
        let preserved = name == "pre"
            || name == "textarea"
            || tag.style_has("white-space", &["pre", "pre-wrap", "pre-line", "break-spaces"])
            || before.is_some_and(|open| open.preserved);
        let item = match name {
            "ol" => Some(tag.attribute("start").and_then(|s| s.trim().parse().ok()).unwrap_or(1)),
            _ => None,
        };
        self.open.push(Open { name: name.to_owned(), marks: own, preserved, item });
    }

    fn finish_block_start(&mut self, name: &str, own: Marks, parent: Marks) {
        if own.hidden && !parent.hidden && !is_block(name) {
            return;
        }
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "table" | "pre" => self.gap(),
            "td" | "th" => {
                if self.cells > 0 && !self.line.is_empty() {
                    self.line.push('\t');
                }
                self.cells += 1;
            }
            "tr" => {
                self.finish_line();
                self.cells = 0;
            }
            "li" => {
                self.finish_line();
                let list = self.open.iter_mut().rev().find(|o| matches!(o.name.as_str(), "ol" | "ul"));
                let bullet = match list.and_then(|list| list.item.as_mut()) {
                    Some(number) => {
                        *number = number.saturating_add(1);
                        format!("{}. ", number.saturating_sub(1))
                    }
                    None => "- ".to_owned(),
                };
                if !own.hidden {
                    self.marks = Some(own);
                    self.line = bullet;
                }
            }
            // Words run on across spans and links, whatever these mark.
            _ if is_block(name) => self.finish_line(),
            _ => {}
        }
    }

    /// Pictures of letters, as some programs send for faces.
    fn image(&mut self, tag: &Tag<'_>) {
        let marks = self.now();
        let Some(alt) = tag.attribute("alt").filter(|_| !marks.hidden) else { return };
        let alt = entities::decode(alt);
        let face = !alt.is_empty() && alt.chars().count() <= 4 && alt.chars().all(|c| c > '\u{2000}');
        if face {
            for c in alt.chars() {
                self.put(c, marks);
            }
        }
    }

    /// What ends by the beginning of another: paragraphs, items, cells.
    fn implied_ends(&mut self, name: &str) {
        let ended: &[&str] = match name {
            "li" => &["li"],
            "td" | "th" => &["td", "th"],
            "tr" => &["td", "th", "tr"],
            _ if is_block(name) => &["p"],
            _ => return,
        };
        while self.open.last().is_some_and(|open| ended.contains(&open.name.as_str())) {
            self.open.pop();
        }
    }

    fn end(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        if name == "br" {
            self.finish_line_or_blank();
            return;
        }
        // Nothing open far out is ended by a stray tag, and no search is longer than the stack.
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else {
            if name == "p" {
                self.gap();
            }
            return;
        };
        let boundary =
            self.open[at..].iter().skip(1).any(|open| matches!(open.name.as_str(), "table" | "blockquote"));
        if boundary && !matches!(name.as_str(), "table" | "blockquote" | "div" | "body" | "html") {
            return;
        }
        match name.as_str() {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "table" | "pre" | "blockquote" => {
                self.gap();
            }
            "td" | "th" => {}
            _ if is_block(&name) => self.finish_line(),
            _ => {}
        }
        self.open.truncate(at);
    }
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "col"
            | "embed"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
            | "!doctype"
    )
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "details"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "head"
            | "header"
            | "html"
            | "legend"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}

#[cfg(test)]
mod tests;
