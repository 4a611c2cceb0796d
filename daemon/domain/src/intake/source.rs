//! A window over the text of a file: what was decoded and not yet used.
//!
//! Lives here: filling, using up, and counting. Must not live here: what the text means.

use super::encoding::{Encoding, Text};
use super::problem::FileProblem;
use std::io::Read;

/// Bytes of text loaded at the start.
const AHEAD: usize = 64 * 1024;
/// Least bytes of text loaded at a time.
const PIECE: usize = 16 * 1024;

/// Text waiting to be read, and where it came from.
pub(super) struct Source<R> {
    text: Text<R>,
    window: Vec<u8>,
    at: usize,
    ended: bool,
    used: u64,
    progress: u64,
}

impl<R: Read> Source<R> {
    /// Opens the text and loads its first piece.
    pub(super) fn open(reader: R) -> Result<Self, FileProblem> {
        let text = Text::open(reader)?;
        let mut source = Self { text, window: Vec::new(), at: 0, ended: false, used: 0, progress: 0 };
        // Enough to decide separator and columns, or all there is.
        while !source.ended && source.window.len() < AHEAD {
            source.more()?;
        }
        if source.ended && source.rest().iter().all(u8::is_ascii_whitespace) {
            return Err(FileProblem::Empty);
        }
        Ok(source)
    }

    /// What is loaded and unused.
    pub(super) fn rest(&self) -> &[u8] {
        self.window.get(self.at..).unwrap_or_default()
    }

    /// Whether nothing comes after `rest`.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Marks `n` bytes as used.
    pub(super) fn take(&mut self, n: usize) {
        let n = n.min(self.window.len() - self.at);
        self.at += n;
        self.used += n as u64;
    }

    /// Loads another piece behind `rest`; sets `ended` when there is none.
    pub(super) fn more(&mut self) -> Result<(), FileProblem> {
        // Used bytes are dropped before loading, so the window never outgrows what is unused
        // plus one piece.
        self.window.drain(..self.at);
        self.at = 0;
        // A record that is not whole yet is split again from its start, so a source that drips
        // must not cause that for every drop.
        let enough = self.window.len() + PIECE;
        while !self.ended && self.window.len() < enough {
            self.ended = !self.text.fill(&mut self.window)?;
        }
        Ok(())
    }

    /// Bytes of text used so far, from the first byte of the file.
    pub(super) fn offset(&self) -> u64 {
        let mark = if self.text.encoding() == Encoding::Utf8 { self.text.mark() } else { 0 };
        self.used + mark as u64
    }

    /// Bytes of the file used so far; exact for UTF-8, never ahead and never shrinking for
    /// other encodings.
    pub(super) fn bytes_done(&mut self) -> u64 {
        let waiting = (self.window.len() - self.at) as u64;
        self.progress = self.progress.max(self.text.raw_bytes().saturating_sub(waiting));
        self.progress
    }
}
