//! The connection to the daemon: connects, says hello, follows the events, answers requests,
//! and starts again whenever any of that breaks. Knows nothing of screens or keys.

mod connect;
mod feed;
mod request;
pub mod upload;

pub use connect::{BUILD, ConnectError, Connection, connect, context};
pub use request::{CallError, Reply, Request, perform, rpc_error};

use crate::{backoff, clock};
use frontdesk_shared::event::{Cursor, Feed};
use frontdesk_shared::import::{ImportRow, ImportSpec};
use frontdesk_shared::rpc::{ConsoleClient, ImportReport, ServerInfo};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};

/// Names a request, so that its answer finds the one who asked.
pub type RequestId = u64;

/// Requests at work at once; the others wait their turn.
const AT_ONCE: usize = 16;

/// What the console asks of the link.
#[derive(Clone, Debug)]
pub enum Order {
    /// Answer this.
    Call(RequestId, Request),
    /// Send a file; tells of its progress under this id until it is judged.
    Upload(RequestId, PathBuf, ImportSpec),
    /// Forget the file being sent under this id.
    Drop(RequestId),
}

/// What the link tells the console.
#[derive(Clone, Debug)]
pub enum LinkMsg {
    /// Connected, and the daemon said who it is.
    Up(ServerInfo),
    /// Not connected, or no more; tries again by itself.
    Down(String),
    /// The daemon speaks another protocol; tries again, in case it is replaced.
    Mismatch(String),
    /// The answer to a request.
    Reply(RequestId, Result<Reply, CallError>),
    /// Events, or their absence as a heartbeat.
    Feed(Feed),
    /// How a file being sent stands.
    Upload(RequestId, Progress),
}

/// How a file being sent stands.
#[derive(Clone, Debug)]
pub enum Progress {
    /// So many bytes of so many were sent.
    Sent(u64, u64),
    /// The daemon has it and judges it.
    Judged(ImportRow),
    /// Every row has its verdict.
    Over(Box<ImportReport>),
    /// It could not be sent or judged.
    Failed(String),
}

/// How to reach the daemon.
#[derive(Clone, Debug)]
pub struct LinkConfig {
    /// Its socket.
    pub socket: PathBuf,
    /// Whether to ask for looking only.
    pub read_only: bool,
    /// Spreads the attempts of several consoles.
    pub seed: u64,
}

/// Runs until nobody gives orders any more. Never blocks the one who does: orders given while
/// the daemon is away are answered at once with an error.
pub async fn run(config: LinkConfig, mut orders: mpsc::Receiver<Order>, out: mpsc::Sender<LinkMsg>) {
    let mut attempt = 0;
    let mut random = config.seed;
    let mut place = Place::default();
    loop {
        let ended = match connect(&config.socket, config.read_only).await {
            Ok(connection) => {
                attempt = 0;
                if out.send(LinkMsg::Up(connection.info.clone())).await.is_err() {
                    return;
                }
                match session(connection, &mut orders, &out, &mut place).await {
                    Some(reason) => LinkMsg::Down(reason),
                    None => return,
                }
            }
            Err(error @ ConnectError::Protocol { .. }) => LinkMsg::Mismatch(error.to_string()),
            // Where it looked is known; why nobody answers there is the news.
            Err(ConnectError::NoDaemon { why, .. }) => LinkMsg::Down(why),
            Err(error) => LinkMsg::Down(error.to_string()),
        };
        if out.send(ended).await.is_err() {
            return;
        }
        random = backoff::next_random(random);
        let pause = clock::sleep(backoff::delay(attempt, random));
        attempt = attempt.saturating_add(1);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => break,
                order = orders.recv() => match order {
                    Some(order) => refuse(order, &out).await,
                    None => return,
                },
            }
        }
    }
}

/// Where in the events the console is, and of which store.
#[derive(Default)]
struct Place {
    cursor: Option<Cursor>,
    epoch: String,
}

async fn refuse(order: Order, out: &mpsc::Sender<LinkMsg>) {
    let message = match order {
        Order::Call(id, _) => LinkMsg::Reply(id, Err(CallError::away())),
        Order::Upload(id, ..) => LinkMsg::Upload(id, Progress::Failed(CallError::away().text)),
        Order::Drop(_) => return,
    };
    let _ = out.send(message).await;
}

/// One connection from hello to its end. `None` when the console is gone.
async fn session(
    connection: Connection,
    orders: &mut mpsc::Receiver<Order>,
    out: &mpsc::Sender<LinkMsg>,
    place: &mut Place,
) -> Option<String> {
    let Connection { client, info, mut ended } = connection;
    if place.epoch != info.store_epoch {
        *place = Place { cursor: None, epoch: info.store_epoch };
    }
    let cursor = watch::Sender::new(place.cursor);
    let mut work = Work::new(client.clone(), out.clone(), cursor.clone());
    let feed = feed::follow(client, cursor, out.clone());
    tokio::pin!(feed);
    let reason = loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => work.take(order),
                None => return None,
            },
            Some(_) = work.running.join_next() => {}
            reason = &mut feed => break reason,
            _ = &mut ended => break "the daemon closed the connection".to_owned(),
        }
    };
    place.cursor = *work.cursor.borrow();
    // A daemon that hangs does not close the connection: closing it here answers what waits.
    ended.abort();
    work.finish().await;
    Some(reason)
}

/// Requests at work on one connection.
struct Work {
    client: ConsoleClient,
    out: mpsc::Sender<LinkMsg>,
    cursor: watch::Sender<Option<Cursor>>,
    turns: Arc<Semaphore>,
    running: JoinSet<()>,
    uploads: Vec<(RequestId, AbortHandle)>,
}

impl Work {
    fn new(client: ConsoleClient, out: mpsc::Sender<LinkMsg>, cursor: watch::Sender<Option<Cursor>>) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Self { client, out, cursor, turns, running: JoinSet::new(), uploads: Vec::new() }
    }

    fn take(&mut self, order: Order) {
        let (client, out) = (self.client.clone(), self.out.clone());
        match order {
            Order::Call(id, request) => {
                let (turns, cursor) = (Arc::clone(&self.turns), self.cursor.clone());
                self.running.spawn(async move {
                    let _turn = turns.acquire_owned().await;
                    let reply = perform(&client, request).await;
                    if let Ok(Reply::Page(page)) = &reply {
                        let first =
                            |at: &mut Option<Cursor>| at.is_none() && at.replace(page.cursor).is_none();
                        cursor.send_if_modified(first);
                    }
                    let _ = out.send(LinkMsg::Reply(id, reply)).await;
                });
            }
            Order::Upload(id, path, spec) => {
                let task = self.running.spawn(async move {
                    let tell = |progress| {
                        let _ = out.try_send(LinkMsg::Upload(id, progress));
                    };
                    let end = match upload::send(&client, &path, spec, tell).await {
                        Ok(report) => Progress::Over(Box::new(report)),
                        Err(text) => Progress::Failed(text),
                    };
                    let _ = out.send(LinkMsg::Upload(id, end)).await;
                });
                self.uploads.retain(|(_, task)| !task.is_finished());
                self.uploads.push((id, task));
            }
            Order::Drop(id) => {
                for (_, task) in self.uploads.iter().filter(|(other, _)| *other == id) {
                    task.abort();
                }
            }
        }
    }

    /// Lets requests notice that the connection is gone, so that each is answered.
    async fn finish(mut self) {
        drop(self.client);
        while self.running.join_next().await.is_some() {}
    }
}
