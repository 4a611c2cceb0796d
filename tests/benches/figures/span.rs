//! Durations: a stopwatch, and what many measured times come to.

use std::time::{Duration, Instant};

/// A running stopwatch.
#[derive(Clone, Copy, Debug)]
pub struct Watch(Instant);

impl Watch {
    /// Starts.
    #[allow(clippy::disallowed_methods)] // measures durations only
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn passed(self) -> Duration {
        self.0.elapsed()
    }

    /// Seconds since the start, never zero.
    pub fn seconds(self) -> f64 {
        self.passed().as_secs_f64().max(1e-9)
    }
}

/// Measured times.
#[derive(Clone, Debug, Default)]
pub struct Spans(Vec<u32>);

impl Spans {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one.
    pub fn add(&mut self, span: Duration) {
        self.0.push(u32::try_from(span.as_micros()).unwrap_or(u32::MAX));
    }

    /// Adds all of another heap.
    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds that a share of them, such as 0.99, does not exceed.
    pub fn ms(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let at = ((self.0.len().max(1) - 1) as f64 * share).round() as usize;
        self.0.get(at).map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0)
    }
}

impl FromIterator<Duration> for Spans {
    fn from_iter<T: IntoIterator<Item = Duration>>(all: T) -> Self {
        let mut spans = Self::default();
        for span in all {
            spans.add(span);
        }
        spans
    }
}
