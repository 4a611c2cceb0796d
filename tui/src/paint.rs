//! From the model to bytes: draws into a buffer, compares it with what the terminal shows, and
//! writes the difference as one block. Also when to paint. Pure.

use crate::model::{Dirty, Model};
use crate::{encode, view};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::io;
use std::time::Duration;
use tokio::time::Instant;

/// Shortest time between a frame and one that answers a key.
pub const INPUT_GAP: Duration = Duration::from_millis(33);
/// Shortest time between a frame and one that only shows new data.
pub const DATA_GAP: Duration = Duration::from_millis(100);
/// The same on a slow link.
pub const SLOW_GAP: Duration = Duration::from_millis(500);

/// When to paint: at once where the last frame is long enough ago, else as soon as it is; never
/// while nothing changed or while a frame is still on its way to the terminal.
#[must_use]
pub fn due(
    dirty: Dirty,
    in_flight: bool,
    last: Option<Instant>,
    now: Instant,
    slow: bool,
) -> Option<Instant> {
    let gap = match dirty {
        Dirty::No => return None,
        Dirty::Input => INPUT_GAP,
        Dirty::Data if slow => SLOW_GAP,
        Dirty::Data => DATA_GAP,
    };
    (!in_flight).then(|| last.map_or(now, |last| last + gap))
}

/// What the terminal shows.
#[derive(Debug, Default)]
pub struct Screen {
    shown: Buffer,
    /// Whether the terminal's content is unknown and everything is to be written.
    unknown: bool,
}

impl Screen {
    /// A screen of which nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self { shown: Buffer::default(), unknown: true }
    }

    /// The terminal's content is no longer known.
    pub fn forget(&mut self) {
        self.unknown = true;
    }

    /// The bytes that bring the terminal up to date; `None` when it is already.
    pub fn frame(&mut self, model: &Model) -> io::Result<Option<Vec<u8>>> {
        let (width, height) = model.size;
        let area = Rect::new(0, 0, width, height);
        let fresh = self.unknown || self.shown.area != area;
        let mut next = Buffer::empty(area);
        view::render(model, &mut next);
        if fresh {
            self.shown = Buffer::empty(area);
        }
        let mut bytes = Vec::with_capacity(1024);
        queue!(bytes, BeginSynchronizedUpdate)?;
        if fresh {
            queue!(bytes, Clear(ClearType::All))?;
        }
        if !encode::difference(&self.shown, &next, &mut bytes) && !fresh {
            return Ok(None);
        }
        queue!(bytes, EndSynchronizedUpdate)?;
        self.shown = next;
        self.unknown = false;
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_leading_edge_is_immediate_and_the_rest_is_paced() {
        let now = crate::clock::steady();
        let just = Some(now);
        assert_eq!(due(Dirty::No, false, None, now, false), None);
        assert_eq!(due(Dirty::Input, false, None, now, false), Some(now));
        assert_eq!(due(Dirty::Input, false, just, now, false), Some(now + INPUT_GAP));
        assert_eq!(due(Dirty::Data, false, just, now, false), Some(now + DATA_GAP));
        assert_eq!(due(Dirty::Data, false, just, now, true), Some(now + SLOW_GAP));
        assert_eq!(due(Dirty::Input, true, None, now, false), None, "one frame in flight at most");
    }
}
