//! Who waits for commits, and for which: every one, or those that put something into the queue.
//!
//! What was changed is not told, only that it is worth asking.

use tokio::sync::watch;

/// What a transaction changed, as far as those who wait must know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wrote {
    /// Something was changed.
    pub(crate) any: bool,
    /// A job was made ready, or the time one is due was moved.
    pub(crate) queue: bool,
}

impl Wrote {
    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { any: self.any | other.any, queue: self.queue | other.queue }
    }
}

/// Wakes them.
#[derive(Clone, Debug)]
pub(crate) struct Commits {
    every: watch::Sender<u64>,
    queue: watch::Sender<u64>,
}

impl Commits {
    pub(crate) fn new() -> Self {
        Self { every: watch::Sender::new(0), queue: watch::Sender::new(0) }
    }

    /// A commit that changed this much.
    pub(crate) fn tell(&self, wrote: Wrote) {
        if wrote.any {
            self.every.send_modify(|n| *n += 1);
        }
        if wrote.queue {
            self.queue.send_modify(|n| *n += 1);
        }
    }

    pub(crate) fn every(&self) -> watch::Receiver<u64> {
        self.every.subscribe()
    }

    pub(crate) fn queue(&self) -> watch::Receiver<u64> {
        self.queue.subscribe()
    }
}
