//! A closure on its way to a database thread, and its answer on the way back.

use crate::engine::error::{Error, Result};
use crate::engine::tx::Tx;
use tokio::sync::oneshot;

/// How a closure ended, as far as its thread must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ran {
    Ok,
    Failed,
    /// A race was lost: run it again.
    Retry,
}

/// A boxed closure with its answer channel.
pub(crate) struct Work {
    task: Box<dyn Task>,
    /// Whether it may change anything.
    pub(crate) writes: bool,
}

trait Task: Send {
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;
    fn finish(self: Box<Self>, committed: Result<()>);
}

struct Closure<T, F> {
    f: F,
    result: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> Task for Closure<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        // A defect in one closure must not take the thread, and with it the store, away.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (self.f)(tx)))
            .unwrap_or_else(|_| Err(Error::Database("a transaction panicked".into())));
        let result = tx.end(result);
        let ran = match &result {
            Ok(_) => Ran::Ok,
            Err(Error::Retry(_)) => Ran::Retry,
            Err(_) => Ran::Failed,
        };
        self.result = Some(result);
        ran
    }

    fn finish(self: Box<Self>, committed: Result<()>) {
        let answer = match (self.result, committed) {
            (Some(Err(e)), _) | (_, Err(e)) => Err(e),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(Error::Database("a transaction was not run".into())),
        };
        // A caller that went away does not undo what was committed.
        let _ = self.answer.send(answer);
    }
}

impl Work {
    pub(crate) fn new<T: Send + 'static>(
        writes: bool,
        f: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> (Self, oneshot::Receiver<Result<T>>) {
        let (answer, done) = oneshot::channel();
        (Self { task: Box::new(Closure { f, result: None, answer }), writes }, done)
    }

    pub(crate) fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        self.task.run(tx)
    }

    pub(crate) fn finish(self, committed: Result<()>) {
        self.task.finish(committed);
    }
}
