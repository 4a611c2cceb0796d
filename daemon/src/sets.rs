//! Sets: what many ask for at the same moment is done in one transaction.
//!
//! Nobody waits for a set to fill: while one is being written, those who come meanwhile are the
//! next. What belongs together stays in one lane and in order. One that cannot be done does not
//! take its neighbours along: they are done one by one then.

use frontdesk_store::{Error, Result, Store, Tx};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::oneshot;

/// Inputs of one transaction at most.
const MOST: usize = 64;
/// Inputs that may wait in a lane; past this load is shed.
const QUEUE: usize = 2_048;
/// More lanes do not help: a transaction is mostly the server's work and the disk's.
const LANES: usize = 2;

type Waiting<I, O> = (I, oneshot::Sender<Result<O>>);

/// Lanes of inputs that wait for their transaction.
#[derive(Debug)]
pub struct Sets<I, O> {
    lanes: Vec<mpsc::Sender<Waiting<I, O>>>,
}

impl<I: Clone + Send + Sync + 'static, O: Send + 'static> Sets<I, O> {
    /// Starts the lanes. `run` does a set and gives one result for each of it, in order.
    pub fn start(
        store: &Store,
        run: impl Fn(&mut Tx<'_>, &[I]) -> Result<Vec<O>> + Clone + Send + Sync + 'static,
    ) -> Self {
        let lanes = (0..LANES)
            .map(|_| {
                let (lane, inputs) = mpsc::channel(QUEUE);
                tokio::spawn(work(store.clone(), inputs, run.clone()));
                lane
            })
            .collect();
        Self { lanes }
    }

    /// Has one input done; resolves once it is durable. Inputs of the same key are done in the
    /// order in which they came.
    ///
    /// # Errors
    /// What doing it came to; [`Error::Overloaded`] when too much is waiting.
    pub async fn submit(&self, key: &str, input: I) -> Result<O> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let lane = usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0);
        let closed = || Error::Unavailable("the daemon is stopping".into());
        let (answer, answered) = oneshot::channel();
        let lane = self.lanes.get(lane).ok_or_else(closed)?;
        lane.try_send((input, answer)).map_err(|e| match e {
            TrySendError::Full(_) => Error::Overloaded,
            TrySendError::Closed(_) => closed(),
        })?;
        answered.await.unwrap_or_else(|_| Err(closed()))
    }
}

async fn work<I: Clone + Send + Sync + 'static, O: Send + 'static>(
    store: Store,
    mut waiting: mpsc::Receiver<Waiting<I, O>>,
    run: impl Fn(&mut Tx<'_>, &[I]) -> Result<Vec<O>> + Clone + Send + Sync + 'static,
) {
    let mut taken = Vec::with_capacity(MOST);
    while waiting.recv_many(&mut taken, MOST).await > 0 {
        let (inputs, answers): (Vec<I>, Vec<_>) = taken.drain(..).unzip();
        let inputs: Arc<[I]> = inputs.into();
        match done(&store, inputs.clone(), &run).await {
            Ok(outputs) => {
                for (answer, output) in answers.into_iter().zip(outputs) {
                    // Whoever went away does not undo what was committed.
                    let _ = answer.send(Ok(output));
                }
            }
            Err(e) if e.is_passing() || answers.len() == 1 => {
                for answer in answers {
                    let _ = answer.send(Err(e.clone()));
                }
            }
            Err(_) => {
                for (input, answer) in inputs.iter().zip(answers) {
                    let alone = done(&store, Arc::from([input.clone()]), &run).await;
                    let _ = answer.send(alone.and_then(|mut outputs| {
                        outputs.pop().ok_or_else(|| Error::Database("a set without its answer".into()))
                    }));
                }
            }
        }
    }
}

async fn done<I: Send + Sync + 'static, O: Send + 'static>(
    store: &Store,
    inputs: Arc<[I]>,
    run: &(impl Fn(&mut Tx<'_>, &[I]) -> Result<Vec<O>> + Clone + Send + Sync + 'static),
) -> Result<Vec<O>> {
    let run = run.clone();
    store.write(move |tx| run(tx, &inputs)).await
}
