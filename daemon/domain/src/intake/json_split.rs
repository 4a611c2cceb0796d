//! JSON text → its elements, one after another, without holding the file.
//!
//! Lives here: where elements begin and end in `{"leads":[…]}`, an array, a single object or
//! one object a line. Must not live here: what an element says.
//!
//! Only the structure is followed here: brackets, strings, commas. An element is checked in
//! full when it is parsed, so a mistake inside one refuses that element; a mistake between
//! elements ends the file, because nothing after it can be told apart.

use super::problem::FileProblem;
use super::source::Source;
use std::io::Read;

/// Longest element in bytes.
pub(super) const MAX_ELEMENT: usize = 64 * 1024;
/// Deepest nesting of an element.
const MAX_DEPTH: usize = 32;

/// A position in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Byte from 0.
    pub(super) offset: u64,
    /// Line from 1.
    pub(super) line: u64,
    /// Byte in the line, from 1.
    pub(super) column: u64,
}

/// What came next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// An element is in the buffer; it began here.
    Element(Place),
    /// An element too large to be read, passed over.
    Oversized(&'static str),
    /// The text is over.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first element.
    Start,
    /// In an array; whether an element came already.
    Array { some: bool },
    /// Objects one after another.
    Lines,
    /// Nothing more is read.
    Over,
}

/// The elements of a text.
pub(super) struct Elements<R> {
    source: Source<R>,
    state: State,
    /// Whether the array is inside an object whose end must follow.
    wrapped: bool,
    line: u64,
    line_start: u64,
    buffer: Vec<u8>,
    too_long: bool,
    too_deep: bool,
}

impl<R: Read> Elements<R> {
    /// The elements of `source`.
    pub(super) fn new(source: Source<R>) -> Self {
        let line_start = source.offset();
        Self {
            source,
            state: State::Start,
            wrapped: false,
            line: 1,
            line_start,
            buffer: Vec::new(),
            too_long: false,
            too_deep: false,
        }
    }

    /// The element found last.
    pub(super) fn element(&self) -> &[u8] {
        &self.buffer
    }

    /// Bytes of the file used so far.
    pub(super) fn bytes_done(&mut self) -> u64 {
        self.source.bytes_done()
    }

    /// Finds the next element.
    pub(super) fn next(&mut self) -> Result<Piece, FileProblem> {
        let piece = self.advance();
        if !matches!(piece, Ok(Piece::Element(_) | Piece::Oversized(_))) {
            self.state = State::Over;
        }
        piece
    }

    fn advance(&mut self) -> Result<Piece, FileProblem> {
        self.buffer.clear();
        (self.too_long, self.too_deep) = (false, false);
        if self.state == State::Start {
            match self.skip_space()? {
                Some(b'[') => {
                    self.eat()?;
                    self.state = State::Array { some: false };
                }
                Some(b'{') => {
                    let place = self.place();
                    if self.object(0, true)? {
                        self.buffer.clear();
                        (self.too_long, self.too_deep) = (false, false);
                        self.wrapped = true;
                        self.state = State::Array { some: false };
                    } else {
                        self.state = State::Lines;
                        return Ok(self.found(place));
                    }
                }
                Some(_) => return Err(self.broken("expected { or [ at the beginning")),
                None => return Ok(Piece::End),
            }
        }
        match self.state {
            State::Array { some } => self.in_array(some),
            State::Lines => {
                // A comma between objects is a common slip and leaves no doubt.
                let Some(next) = self.skip_space()? else { return Ok(Piece::End) };
                if next != b'{' {
                    return Err(self.broken("expected { or the end of the text after an object"));
                }
                let place = self.place();
                self.value(0)?;
                Ok(self.found(place))
            }
            State::Start | State::Over => Ok(Piece::End),
        }
    }

    fn in_array(&mut self, some: bool) -> Result<Piece, FileProblem> {
        let mut next = self.skip_space()?;
        if some && next == Some(b',') {
            self.eat()?;
            next = self.skip_space()?;
            if next == Some(b']') {
                return Err(self.broken("expected another element after the comma"));
            }
        } else if some && !matches!(next, Some(b']') | None) {
            return Err(self.broken("expected , or ] after an element"));
        }
        match next {
            None => Err(self.broken("the text ends inside the array")),
            Some(b']') => {
                self.eat()?;
                self.after_array()?;
                Ok(Piece::End)
            }
            Some(_) => {
                self.state = State::Array { some: true };
                let place = self.place();
                self.value(0)?;
                Ok(self.found(place))
            }
        }
    }

    /// Checks that nothing but the rest of the wrapping object follows.
    fn after_array(&mut self) -> Result<(), FileProblem> {
        if self.wrapped {
            loop {
                match self.skip_space()? {
                    Some(b'}') => {
                        self.eat()?;
                        break;
                    }
                    Some(b',') => {
                        self.eat()?;
                        self.member()?;
                        self.buffer.clear();
                    }
                    _ => return Err(self.broken("expected , or } after the leads")),
                }
            }
        }
        match self.skip_space()? {
            None => Ok(()),
            Some(_) => Err(self.broken("expected the end of the text")),
        }
    }

    fn found(&self, place: Place) -> Piece {
        match () {
            () if self.too_long => Piece::Oversized("longer than 64 KiB"),
            () if self.too_deep => Piece::Oversized("nested deeper than 32 levels"),
            () => Piece::Element(place),
        }
    }

    /// One value of any kind, into the buffer.
    fn value(&mut self, depth: usize) -> Result<(), FileProblem> {
        match self.skip_space()? {
            Some(b'{') => self.object(depth, false).map(drop),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string(),
            Some(c) if c.is_ascii_alphanumeric() || c == b'-' || c == b'+' || c == b'.' => self.word(),
            Some(_) => Err(self.broken("expected a value")),
            None => Err(self.broken("the text ends where a value should be")),
        }
    }

    /// An object. At the top, `true` as soon as its `leads` turn out to be an array, whose
    /// bracket is then used up.
    fn object(&mut self, depth: usize, top: bool) -> Result<bool, FileProblem> {
        self.keep()?;
        if self.skip_space()? == Some(b'}') {
            self.keep()?;
            return Ok(false);
        }
        if depth >= MAX_DEPTH {
            self.skip_deep()?;
            return Ok(false);
        }
        loop {
            if self.skip_space()? != Some(b'"') {
                return Err(self.broken("expected a key in double quotes"));
            }
            let start = self.buffer.len();
            self.string()?;
            let leads = top && self.buffer.get(start..).is_some_and(|key| key == b"\"leads\"");
            if self.skip_space()? != Some(b':') {
                return Err(self.broken("expected : after a key"));
            }
            self.keep()?;
            if leads && self.skip_space()? == Some(b'[') {
                self.eat()?;
                return Ok(true);
            }
            self.value(depth + 1)?;
            match self.skip_space()? {
                Some(b',') => self.keep()?,
                Some(b'}') => {
                    self.keep()?;
                    return Ok(false);
                }
                None => return Err(self.broken("the text ends inside an object")),
                Some(_) => return Err(self.broken("expected , or } after a value")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), FileProblem> {
        self.keep()?;
        if depth >= MAX_DEPTH {
            return self.skip_deep();
        }
        if self.skip_space()? == Some(b']') {
            return self.keep();
        }
        loop {
            self.value(depth + 1)?;
            match self.skip_space()? {
                Some(b',') => self.keep()?,
                Some(b']') => return self.keep(),
                None => return Err(self.broken("the text ends inside an array")),
                Some(_) => return Err(self.broken("expected , or ] after a value")),
            }
        }
    }

    /// A key and its value, for what follows the leads.
    fn member(&mut self) -> Result<(), FileProblem> {
        if self.skip_space()? != Some(b'"') {
            return Err(self.broken("expected a key in double quotes"));
        }
        self.string()?;
        if self.skip_space()? != Some(b':') {
            return Err(self.broken("expected : after a key"));
        }
        self.keep()?;
        self.value(0)
    }

    /// Passes over the rest of a container that is too deep, counting brackets instead of
    /// recursing.
    fn skip_deep(&mut self) -> Result<(), FileProblem> {
        self.too_deep = true;
        let mut open = 1u64;
        while open > 0 {
            match self.peek()? {
                None => return Err(self.broken("the text ends inside an element")),
                Some(b'"') => {
                    self.string()?;
                    continue;
                }
                Some(b'{' | b'[') => open += 1,
                Some(b'}' | b']') => open -= 1,
                Some(_) => {}
            }
            self.keep()?;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), FileProblem> {
        let opened = self.place();
        self.keep()?;
        loop {
            match self.peek()? {
                Some(b'"') => return self.keep(),
                Some(b'\\') => {
                    self.keep()?;
                    if self.peek()?.is_some() {
                        self.keep()?;
                    }
                }
                Some(b'\n') | None => {
                    return Err(broken(opened, "this string has no closing quote on its line"));
                }
                Some(_) => self.keep()?,
            }
        }
    }

    /// A number, `true`, `false`, `null`, or what should have been one.
    fn word(&mut self) -> Result<(), FileProblem> {
        while let Some(c) = self.peek()? {
            if !(c.is_ascii_alphanumeric() || matches!(c, b'-' | b'+' | b'.' | b'_')) {
                break;
            }
            self.keep()?;
        }
        Ok(())
    }

    fn peek(&mut self) -> Result<Option<u8>, FileProblem> {
        while self.source.rest().is_empty() {
            if self.source.ended() {
                return Ok(None);
            }
            self.source.more()?;
        }
        Ok(self.source.rest().first().copied())
    }

    fn eat(&mut self) -> Result<(), FileProblem> {
        if self.peek()? == Some(b'\n') {
            self.line += 1;
            self.line_start = self.source.offset() + 1;
        }
        self.source.take(1);
        Ok(())
    }

    /// Uses the next byte up and keeps it.
    fn keep(&mut self) -> Result<(), FileProblem> {
        if let Some(byte) = self.peek()? {
            if self.buffer.len() < MAX_ELEMENT {
                self.buffer.push(byte);
            } else {
                self.too_long = true;
            }
        }
        self.eat()
    }

    fn skip_space(&mut self) -> Result<Option<u8>, FileProblem> {
        loop {
            match self.peek()? {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.eat()?,
                other => return Ok(other),
            }
        }
    }

    fn place(&self) -> Place {
        let offset = self.source.offset();
        Place { offset, line: self.line, column: offset - self.line_start + 1 }
    }

    fn broken(&self, reason: &str) -> FileProblem {
        broken(self.place(), reason)
    }
}

fn broken(place: Place, reason: &str) -> FileProblem {
    FileProblem::Json {
        offset: place.offset,
        line: place.line,
        column: place.column,
        reason: reason.to_string(),
    }
}
