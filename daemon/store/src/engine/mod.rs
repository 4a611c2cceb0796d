//! The engines: how a transaction reaches SQLite or PostgreSQL and comes back durable.
//!
//! Must not live here: anything that knows a table, but for the events and errors every
//! transaction may add.

pub mod check;
mod checkpoint;
mod commits;
pub(crate) mod error;
mod footing;
pub(crate) mod insert;
mod many;
pub mod migrate;
pub mod packed;
mod pg_tls;
mod postgres;
mod row;
mod solo;
mod sqlite;
mod tx;
pub(crate) mod update;
pub(crate) mod value;
mod work;

pub use error::{Error, Refusal, Result};
pub use footing::beside;
pub use postgres::PgTarget;
pub use row::{Column, Row};
pub use solo::Solo;
pub use tx::{Engine, Sql, Tx};
pub use value::Value;

use commits::{Commits, Wrote};
use crossbeam_channel::{Sender, TrySendError};
use footing::Footing;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::watch;
use work::Work;

/// Transactions that may wait for a thread; past this the store sheds load.
const QUEUE: usize = 4096;

/// Where the data is.
#[derive(Clone, Debug)]
pub enum Target {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Box<PgTarget>),
}

impl Target {
    /// In words, without secrets.
    pub fn label(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("SQLite at {}", path.display()),
            Self::Postgres(target) => format!("PostgreSQL at {}", target.label),
        }
    }
}

/// A handle on the database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    write: Sender<Work>,
    read: Sender<Work>,
    engine: Engine,
    commits: Commits,
    trouble: watch::Sender<Option<Arc<str>>>,
    condemned: Arc<RwLock<Option<Arc<str>>>>,
    /// The files of SQLite's; a server looks after its own.
    footing: Option<Arc<Footing>>,
}

impl Store {
    /// Opens the database and starts its threads; migrates nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file cannot be opened. A PostgreSQL server that is away
    /// is only noticed by the first transaction.
    pub fn open(target: &Target) -> Result<Self> {
        let commits = Commits::new();
        let (trouble, _) = watch::channel(None);
        let condemned = Arc::default();
        Ok(match target {
            Target::Sqlite(path) => {
                let lanes = sqlite::open(path, QUEUE, &commits)?;
                Self {
                    write: lanes.write,
                    read: lanes.read,
                    engine: Engine::Sqlite,
                    commits,
                    trouble,
                    condemned,
                    footing: Some(lanes.footing),
                }
            }
            Target::Postgres(target) => {
                let queue = postgres::open(target, QUEUE, &commits)?;
                Self {
                    write: queue.clone(),
                    read: queue,
                    engine: Engine::Postgres,
                    commits,
                    trouble,
                    condemned,
                    footing: None,
                }
            }
        })
    }

    /// The engine underneath.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Changes with every commit made through this handle or its clones.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.commits.every()
    }

    /// Changes with those among them that put something into the queue of jobs.
    pub fn queued(&self) -> watch::Receiver<u64> {
        self.commits.queue()
    }

    /// Tells readers to look again: something was committed elsewhere.
    pub fn nudge(&self) {
        self.commits.tell(Wrote { any: true, queue: true });
    }

    /// What the first transaction that found the database away was told; stays until
    /// [`Store::well`].
    pub fn trouble(&self) -> watch::Receiver<Option<Arc<str>>> {
        self.trouble.subscribe()
    }

    /// Whether the database is known to be away.
    pub fn in_trouble(&self) -> bool {
        self.trouble.borrow().is_some()
    }

    /// A transaction showed that the trouble is over.
    pub fn well(&self) {
        self.trouble.send_replace(None);
    }

    /// Says that the database was asked and gave no answer in time.
    pub fn suspect(&self, why: &str) {
        self.trouble.send_if_modified(|told| {
            let first = told.is_none();
            if first {
                *told = Some(why.into());
            }
            first
        });
    }

    /// Lets nothing in any more, for the reason given: what is written would be lost. `None` takes
    /// it back.
    pub fn condemn(&self, why: Option<&str>) {
        *self.condemned.write().unwrap_or_else(PoisonError::into_inner) = why.map(Arc::from);
        if let Some(why) = why {
            self.suspect(why);
        }
    }

    /// What happened to the files under an open database, in words; `None` while they are the same.
    pub fn lost(&self) -> Option<String> {
        self.footing.as_ref().and_then(|footing| footing.lost())
    }

    /// Whether nothing is let in.
    pub fn is_condemned(&self) -> bool {
        self.condemned.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Runs `f` in a transaction; resolves once its commit is durable. `f` may run again after
    /// a lost race.
    ///
    /// # Errors
    /// What `f` returns, [`Error::Overloaded`] when too much is waiting, or
    /// [`Error::Unavailable`].
    pub async fn write<T: Send + 'static>(
        &self,
        f: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.send(true, f).await
    }

    /// Copies an SQLite database into a fresh file at `path`; for PostgreSQL the server's own
    /// tools are the right ones, and this does nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file cannot be written.
    pub async fn copy_to(&self, path: String) -> Result<()> {
        self.read(move |tx| tx.copy_to(&path)).await
    }

    /// Runs `f` on one consistent snapshot.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.send(false, f).await
    }

    async fn send<T: Send + 'static>(
        &self,
        writes: bool,
        f: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let condemned = self.condemned.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(why) = condemned {
            return Err(Error::Unavailable(why.to_string()));
        }
        if let Some(why) = self.lost() {
            self.suspect(&why);
            return Err(Error::Unavailable(why));
        }
        let (work, done) = Work::new(writes, f);
        let queue = if writes { &self.write } else { &self.read };
        queue.try_send(work).map_err(|e| match e {
            TrySendError::Full(_) => Error::Overloaded,
            TrySendError::Disconnected(_) => Error::Unavailable("the store is closed".into()),
        })?;
        let answer = done.await.unwrap_or_else(|_| Err(Error::Unavailable("the store is closed".into())));
        if let Err(Error::Unavailable(why)) = &answer {
            self.suspect(why);
        }
        answer
    }
}
