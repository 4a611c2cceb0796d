//! Who waits for commits, and for which: every one, or those that put something into the queue.
//!
//! What was changed is not told, only that it is worth asking.

use tokio::sync::watch;

/// What a transaction changed, as far as those who wait must know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wrote {
    /// Something was changed.
    pub(super) any: bool,
    /// A job was made ready, or the time one is due was moved.
    pub(super) queue: bool,
}

impl Wrote {
    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self { any: self.any | other.any, queue: self.queue | other.queue }
    }
}

/// Wakes them.
#[derive(Clone, Debug)]
pub(super) struct Commits {
    every: watch::Sender<u64>,
    queue: watch::Sender<u64>,
}

impl Commits {
    pub(super) fn new() -> Self {
        Self { every: watch::Sender::new(0), queue: watch::Sender::new(0) }
    }

    /// A commit that changed this much.
    pub(super) fn tell(&self, wrote: Wrote) {
        if wrote.any {
            self.every.send_modify(|n| *n += 1);
        }
        if wrote.queue {
            self.queue.send_modify(|n| *n += 1);
        }
    }

    pub(super) fn every(&self) -> watch::Receiver<u64> {
        self.every.subscribe()
    }

    pub(super) fn queue(&self) -> watch::Receiver<u64> {
        self.queue.subscribe()
    }
}
