//! PostgreSQL: a few threads, each driving one connection, one transaction per closure.
//!
//! Serialization failures and deadlocks run the closure again; a lost connection is opened
//! again for the next one. With `pooler=transaction` in the URL statements are sent unnamed,
//! which is all that a transaction-mode pooler can carry.

use crate::engine::commits::{Commits, Wrote};
use crate::engine::error::{Error, Result};
use crate::engine::tx::{Conn, Tx};
use crate::engine::value::Value;
use crate::engine::work::{Ran, Work};
use crate::faults;
use crossbeam_channel::{Receiver, Sender, bounded};
use futures::TryStreamExt;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Row, Statement};

const CONNECTIONS: usize = 8;
/// Times a closure is run before a lost race is reported.
const TRIES: u32 = 8;

/// A writer that read a row somebody else changed meanwhile is run again instead of writing
/// over the change: closures may load, decide and store as if they were alone. The timeout is
/// per transaction, because a pooler gives each to another session.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout = '30s'";
/// Every writer passes here, which holds up nobody but who must run alone. LOCK TABLE takes no
/// snapshot: what a winner wrote is seen.
const PASS: &str = "LOCK TABLE meta IN ROW SHARE MODE";
/// A server that does not even begin a transaction in this time is away, whatever its socket says.
const BEGIN_WITHIN: Duration = Duration::from_secs(5);
/// Longer than the server's own limit on a statement: past it, it is the server that hangs.
const ANSWER_WITHIN: Duration = Duration::from_secs(35);
/// How long a migration may take.
const PATIENCE: Duration = Duration::from_secs(12 * 3600);
/// One snapshot for the whole closure.
const BEGIN_READ: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '30s'";
/// Losers of races queue here, so that each meets at most newcomers and not all other losers.
/// The mode conflicts only with itself.
const QUEUE_UP: &str = "LOCK TABLE meta IN SHARE UPDATE EXCLUSIVE MODE";
/// Who lost this often against newcomers runs alone.
const ALONE_AFTER: u32 = 3;
/// A writer that hangs must not hold up all others with this one.
const ALONE: &str =
    "SET LOCAL lock_timeout = '2s'; LOCK TABLE meta IN EXCLUSIVE MODE; SET LOCAL lock_timeout = 0";

/// A prepared statement keeps its plan. One that was made while the tables were small must not read
/// them whole once they are large: every statement here has an index to go by. Behind a pooler
/// nothing is prepared, and each plan is made for the tables as they are.
const PLANS: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off;
     SET enable_mergejoin = off; SET jit = off";

/// How to reach a server.
#[derive(Clone)]
pub struct PgTarget {
    config: Config,
    tls: Option<tokio_postgres_rustls::MakeRustlsConnect>,
    unnamed: bool,
    /// Where it is, without user or password.
    pub label: String,
}

impl fmt::Debug for PgTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PgTarget({})", self.label)
    }
}

impl PgTarget {
    /// Reads `postgres://…`. Besides the usual parameters it takes `sslrootcert=FILE` (a
    /// private authority, PEM) and `pooler=transaction`.
    ///
    /// # Errors
    /// A sentence that names the parameter and never contains the password.
    pub fn parse(url: &str) -> std::result::Result<Self, String> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        // The driver takes what follows the first one for the host, which is shown to everybody,
        // and it may be in a password that holds a question mark.
        if url.matches('@').count() > base.matches('@').count().min(1) {
            return Err("more than one @, or one behind a question mark: write %40 for @ and %3F for ? \
                        in user, password and parameters"
                .to_owned());
        }
        let mut rest = Vec::new();
        let (mut root, mut unnamed) = (None, false);
        for pair in query.split('&').filter(|p| !p.is_empty()) {
            match pair.split_once('=') {
                Some(("sslrootcert", file)) => root = Some(file.to_owned()),
                Some(("pooler", "transaction")) => unnamed = true,
                Some(("pooler", other)) => {
                    return Err(format!("pooler={other}: only “transaction” is known"));
                }
                _ => rest.push(pair),
            }
        }
        let plain = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
        let mut config: Config = plain.parse().map_err(|_| "not a PostgreSQL URL".to_owned())?;
        if config.get_application_name().is_none() {
            config.application_name("frontdeskd");
        }
        config.connect_timeout(Duration::from_secs(5));
        let tls = match config.get_ssl_mode() {
            tokio_postgres::config::SslMode::Disable => None,
            _ => Some(crate::engine::pg_tls::connector(root.as_deref())?),
        };
        let hosts: Vec<String> = config
            .get_hosts()
            .iter()
            .map(|h| match h {
                tokio_postgres::config::Host::Tcp(name) => name.clone(),
                tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
            })
            .collect();
        let label = format!("{}/{}", hosts.join(","), config.get_dbname().unwrap_or("?"));
        Ok(Self { config, tls, unnamed, label })
    }
}

/// One connection and the statements prepared on it.
pub(crate) struct PgConn {
    runtime: Arc<Runtime>,
    client: Client,
    statements: HashMap<Box<str>, Statement>,
    unnamed: bool,
    /// No answer came in time: what the server still does with it is unknown, so it is not
    /// asked again.
    silent: bool,
}

impl fmt::Debug for PgConn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PgConn")
    }
}

impl PgConn {
    /// Waits for an answer, but not for ever: a server that is stopped or cut off by the network
    /// says nothing at all.
    fn answer<T>(
        &mut self,
        within: Duration,
        ask: impl AsyncFnOnce(&Client) -> std::result::Result<T, tokio_postgres::Error>,
    ) -> Result<T> {
        let silence =
            || Error::Unavailable(format!("the server did not answer within {} s", within.as_secs()));
        if self.silent {
            return Err(silence());
        }
        let client = &self.client;
        match self.runtime.block_on(async { tokio::time::timeout(within, ask(client)).await }) {
            Ok(answer) => Ok(answer?),
            Err(_) => {
                self.silent = true;
                Err(silence())
            }
        }
    }

    fn prepared(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.answer(ANSWER_WITHIN, async |c| c.prepare(sql).await)?;
        self.statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        if self.unnamed {
            return self.execute_unprepared(sql, params);
        }
        let statement = self.prepared(sql)?;
        self.answer(ANSWER_WITHIN, async |c| c.execute_raw(&statement, params).await)
    }

    pub(crate) fn execute_unprepared(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let typed = typed(params);
        self.answer(ANSWER_WITHIN, async |c| c.execute_typed(sql, &typed).await)
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>> {
        if self.unnamed {
            return self.query_unprepared(sql, params);
        }
        let statement = self.prepared(sql)?;
        self.answer(ANSWER_WITHIN, async |c| c.query_raw(&statement, params).await?.try_collect().await)
    }

    pub(crate) fn query_unprepared(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>> {
        let typed = typed(params);
        self.answer(ANSWER_WITHIN, async |c| c.query_typed(sql, &typed).await)
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        self.answer(ANSWER_WITHIN, async |c| c.batch_execute(sql).await)
    }

    pub(crate) fn batch_patiently(&mut self, sql: &str) -> Result<()> {
        self.answer(PATIENCE, async |c| c.batch_execute(sql).await)
    }

    fn begin(&mut self, sql: &str) -> Result<()> {
        self.answer(BEGIN_WITHIN, async |c| c.batch_execute(sql).await)
    }

    /// Begins a writer that has lost `lost` races.
    fn begin_write(&mut self, lost: u32) -> Result<()> {
        let begun = match lost {
            0 => self.begin(&format!("{BEGIN_WRITE}; {PASS}")),
            lost => {
                let queue = if lost < ALONE_AFTER { QUEUE_UP } else { ALONE };
                self.begin(BEGIN_WRITE).and_then(|()| self.batch(queue))
            }
        };
        match begun {
            // Before the first migration there is no table to queue at.
            Err(Error::Database(_)) => self.batch("ROLLBACK").and_then(|()| self.begin(BEGIN_WRITE)),
            begun => begun,
        }
    }
}

fn typed<'a>(params: &'a [Value<'a>]) -> Vec<(&'a (dyn ToSql + Sync), tokio_postgres::types::Type)> {
    params.iter().map(|p| (p as &(dyn ToSql + Sync), p.pg_type())).collect()
}

/// Starts the connection threads. The server need not be there yet: each closure reconnects.
pub(crate) fn open(target: &PgTarget, queue: usize, commits: &Commits) -> Result<Sender<Work>> {
    let (send, receive) = bounded::<Work>(queue);
    for _ in 0..CONNECTIONS {
        let (target, receive, commits) = (target.clone(), receive.clone(), commits.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Error::Unavailable(format!("cannot start a database runtime: {e}")))?;
        std::thread::Builder::new()
            .name("store-pg".to_owned())
            .spawn(move || serve(&target, &Arc::new(runtime), &receive, &commits))
            .map_err(|e| Error::Unavailable(format!("cannot start a database thread: {e}")))?;
    }
    Ok(send)
}

fn serve(target: &PgTarget, runtime: &Arc<Runtime>, queue: &Receiver<Work>, commits: &Commits) {
    let mut conn: Option<PgConn> = None;
    while let Ok(mut work) = queue.recv() {
        let committed = run(target, runtime, &mut conn, &mut work);
        // First those who wait, then the answer: who was answered finds them told already.
        commits.tell(committed.as_ref().copied().unwrap_or_default());
        work.finish(committed.map(drop));
        // Lets the connection task notice a server that closed the connection meanwhile.
        runtime.block_on(tokio::task::yield_now());
    }
}

fn run(
    target: &PgTarget,
    runtime: &Arc<Runtime>,
    conn: &mut Option<PgConn>,
    work: &mut Work,
) -> Result<Wrote> {
    let mut last = Error::Retry("lost every race".into());
    for attempt in 0..TRIES {
        if attempt > 0 {
            // Two losers of one race must not meet again: wait a little, longer each time.
            runtime.block_on(pause(1 << attempt));
        }
        if conn.as_ref().is_none_or(|c| c.silent || c.client.is_closed()) {
            *conn = Some(runtime.block_on(connect(target, runtime))?);
        }
        let Some(open) = conn.as_mut() else { continue };
        let begun = if work.writes { open.begin_write(attempt) } else { open.begin(BEGIN_READ) };
        if let Err(e) = begun {
            // The connection was dead: nothing has happened yet, so a fresh one may try. One
            // that is silent costs a wait, and a fresh one would be as silent.
            let silent = open.silent;
            *conn = None;
            if silent {
                return Err(e);
            }
            last = e;
            continue;
        }
        let conn_of = Conn::Pg(open);
        let mut tx = if work.writes { Tx::new(conn_of) } else { Tx::reader(conn_of) };
        let ran = work.run(&mut tx);
        let (wrote, faults) = (tx.wrote, std::mem::take(&mut tx.faults));
        // Statements prepared before a migration must be prepared again.
        let stale = matches!(tx.failed, Some(Error::Database(_) | Error::Retry(_)));
        if work.writes {
            frontdesk_env::fail::point("store.group");
        }
        let ended = open.batch(if ran == Ran::Ok { "COMMIT" } else { "ROLLBACK" });
        if work.writes {
            frontdesk_env::fail::point("store.committed");
        }
        if stale {
            open.statements.clear();
        }
        match (ran, ended) {
            (Ran::Retry, Ok(())) | (Ran::Ok, Err(Error::Retry(_))) => {}
            (Ran::Failed, Ok(())) => return Ok(Wrote::default()),
            (Ran::Ok, Ok(())) => {
                faults.iter().for_each(faults::Line::log);
                return Ok(wrote);
            }
            (Ran::Ok, Err(e)) => {
                *conn = None;
                return Err(e);
            }
            (_, Err(_)) => {
                *conn = None;
                return Ok(Wrote::default());
            }
        }
    }
    Err(last)
}

#[allow(clippy::disallowed_methods)] // backs off inside a database thread; nothing decides by it
async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

async fn connect(target: &PgTarget, runtime: &Arc<Runtime>) -> Result<PgConn> {
    let client = connect_client(target, |e| tracing::debug!(error = %e, "database connection ended")).await?;
    if !target.unnamed {
        let set = tokio::time::timeout(BEGIN_WITHIN, client.batch_execute(PLANS)).await;
        set.map_err(|_| Error::Unavailable("the server took a connection and did not answer".into()))??;
    }
    Ok(PgConn {
        runtime: runtime.clone(),
        client,
        statements: HashMap::new(),
        unnamed: target.unnamed,
        silent: false,
    })
}

async fn connect_client(
    target: &PgTarget,
    ended: impl FnOnce(tokio_postgres::Error) + Send + 'static,
) -> Result<Client> {
    Ok(match &target.tls {
        Some(tls) => {
            let (client, connection) = target.config.connect(tls.clone()).await?;
            tokio::spawn(async move {
                if let Err(e) = connection.await {
                    ended(e);
                }
            });
            client
        }
        None => {
            let (client, connection) = target.config.connect(tokio_postgres::NoTls).await?;
            tokio::spawn(async move {
                if let Err(e) = connection.await {
                    ended(e);
                }
            });
            client
        }
    })
}
