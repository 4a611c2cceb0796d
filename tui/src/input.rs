//! One line of text being typed. Pure.

use crate::keys::Key;
use crate::text;

/// Longest text that can be typed or pasted, in characters.
const LONGEST: usize = 2_000;

/// A line of text with a cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// What was typed.
    pub text: String,
    /// Where the next character goes, in bytes.
    cursor: usize,
}

impl Input {
    /// A line that begins with some text.
    #[must_use]
    pub fn with(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.len() }
    }

    /// Applies a key; says whether it was one for typing.
    pub fn key(&mut self, key: Key) -> bool {
        match key {
            Key::Char(c) => self.insert(c),
            Key::Backspace | Key::Ctrl('h') => {
                if let Some(at) = self.before() {
                    self.text.remove(at);
                    self.cursor = at;
                }
            }
            Key::Delete => {
                if self.cursor < self.text.len() {
                    self.text.remove(self.cursor);
                }
            }
            Key::Left => self.cursor = self.before().unwrap_or(0),
            Key::Right => self.cursor = self.after(),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = self.text.len(),
            Key::Ctrl('u') => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            Key::Ctrl('w') => {
                let kept = self.text[..self.cursor].trim_end();
                let at = kept.rfind(' ').map_or(0, |space| space + 1);
                self.text.drain(at..self.cursor);
                self.cursor = at;
            }
            _ => return false,
        }
        true
    }

    /// Inserts pasted text; line ends become blanks.
    pub fn paste(&mut self, pasted: &str) {
        for c in text::typeable(pasted.trim_end_matches(['\r', '\n'])).chars() {
            self.insert(c);
        }
    }

    /// The text in front of the cursor, and from it on.
    #[must_use]
    pub fn halves(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    fn insert(&mut self, c: char) {
        if self.text.chars().count() < LONGEST {
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    fn before(&self) -> Option<usize> {
        self.text[..self.cursor].char_indices().next_back().map(|(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.cursor..].chars().next().map_or(self.cursor, |c| self.cursor + c.len_utf8())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_and_correcting() {
        let mut input = Input::default();
        input.paste("héllo wörld\r\n");
        assert_eq!(input.text, "héllo wörld");
        input.key(Key::Ctrl('w'));
        assert_eq!(input.text, "héllo ");
        for key in
            [Key::Backspace, Key::Home, Key::Right, Key::Delete, Key::Char('e'), Key::End, Key::Char('!')]
        {
            assert!(input.key(key));
        }
        assert_eq!(input.text, "hello!");
        input.key(Key::Left);
        assert_eq!(input.halves(), ("hello", "!"));
        input.key(Key::Ctrl('u'));
        assert_eq!(input.text, "!");
        assert!(!input.key(Key::Tab));
        for key in [Key::Left, Key::Backspace, Key::Right, Key::Right, Key::Delete] {
            input.key(key);
        }
        assert_eq!(input.text, "!");
    }
}
