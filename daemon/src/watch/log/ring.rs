//! The recent lines of the log, in memory, for the console.
//!
//! Bounded in lines and in bytes. Must not live here: how lines look.

use frontdesk_shared::Millis;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of text the ring holds at most, however many lines it may have.
const RING_BYTES: usize = 4 * 1024 * 1024;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Counts from 1; a gap for a reader means that lines were dropped before it looked.
    pub seq: u64,
    /// When.
    pub at: Millis,
    /// `ERROR`, `WARN`, `INFO` or `DEBUG`.
    pub level: &'static str,
    /// What it is about.
    pub tag: Option<String>,
    /// The line after time and level, the tag as its prefix; masked.
    pub text: String,
}

/// Recent lines. Cheap to clone; clones share the lines.
#[derive(Clone)]
pub struct Ring(Arc<Mutex<Lines>>);

struct Lines {
    lines: VecDeque<LogLine>,
    most: usize,
    bytes: usize,
    seq: u64,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ring")
    }
}

impl Ring {
    /// A ring of at most that many lines.
    pub fn new(lines: usize) -> Self {
        Self(Arc::new(Mutex::new(Lines { lines: VecDeque::new(), most: lines.max(1), bytes: 0, seq: 0 })))
    }

    pub(super) fn push(&self, at: Millis, level: &'static str, tag: Option<String>, text: String) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ring.seq += 1;
        ring.bytes += text.len();
        let seq = ring.seq;
        ring.lines.push_back(LogLine { seq, at, level, tag, text });
        while ring.lines.len() > ring.most || (ring.bytes > RING_BYTES && ring.lines.len() > 1) {
            if let Some(old) = ring.lines.pop_front() {
                ring.bytes -= old.text.len();
            }
        }
    }

    /// The newest lines, at most `limit`, oldest first.
    pub fn last(&self, limit: usize) -> Vec<LogLine> {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let skip = ring.lines.len().saturating_sub(limit);
        ring.lines.iter().skip(skip).cloned().collect()
    }

    /// The lines after `seq`, at most `limit`, oldest first.
    pub fn after(&self, seq: u64, limit: usize) -> Vec<LogLine> {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from = ring.lines.partition_point(|line| line.seq <= seq);
        ring.lines.iter().skip(from).take(limit).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[LogLine]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn keeps_the_newest_lines_and_counts_all() {
        let ring = Ring::new(3);
        for n in 1..=5 {
            ring.push(Millis(n), "INFO", None, n.to_string());
        }
        assert_eq!(texts(&ring.last(10)), ["3", "4", "5"]);
        assert_eq!(texts(&ring.last(1)), ["5"]);
        assert_eq!(texts(&ring.after(3, 1)), ["4"]);
        assert_eq!(texts(&ring.after(0, 10)), ["3", "4", "5"]);
        assert!(ring.after(5, 10).is_empty());
    }

    #[test]
    fn keeps_within_its_bytes() {
        let ring = Ring::new(1_000_000);
        for _ in 0..100 {
            ring.push(Millis(0), "INFO", None, "x".repeat(RING_BYTES / 10));
        }
        assert_eq!(ring.last(1000).len(), 10);
    }
}
