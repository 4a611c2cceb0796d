//! Live updates: server-sent events that resume where a reader left off.

use super::fanout::{Batch, Frame, Heard};
use crate::http::auth::Caller;
use crate::http::query::Query;
use crate::http::{ApiError, Web};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::event::Cursor;
use frontdesk_shared::time::SECOND;
use frontdesk_shared::{ClientId, RowId};
use frontdesk_store::views::events as log;
use frontdesk_store::{Error, clients, keys};
use futures::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// Sent when nothing else was for so long, so that both ends notice a dead connection.
const BEAT: Bytes = Bytes::from_static(b": beat\n\n");
const BEAT_EVERY: Duration = Duration::from_secs(15);
/// Events fetched at once by a stream that catches up.
const BATCH: u32 = 200;
/// What has piled up goes out together up to this many bytes.
const TOGETHER: usize = 64 * 1024;

/// Where to begin, for readers that cannot set headers.
#[derive(Debug, Deserialize)]
pub(crate) struct Begin {
    last_event_id: Option<String>,
}

/// `GET /api/realtime/stats`.
pub(crate) async fn stats(State(web): State<Web>, caller: Caller) -> Result<Json<Value>, ApiError> {
    let c = &web.app.counters;
    let now = web.app.ctx.now();
    let mut stats = json!({
        "connections": { "streams": c.streams.get(), "consoles": c.consoles.get() },
        "now": now.iso(),
    });
    // What the whole house does is not one client's to know.
    if caller.admin().is_ok() {
        let counts = web.app.store.read(move |tx| frontdesk_store::views::stats::realtime(tx, now)).await?;
        stats["counts"] = json!(counts);
    }
    Ok(Json(stats))
}

/// `GET /api/realtime/{key}/events`.
pub(crate) async fn events(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    Query(begin): Query<Begin>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.may_act_for(&key)?;
    let guard = Open::new(&web, &key)?;
    // Before the head is read: what is committed after it is heard.
    let heard = web.fanout.listen(&web.app);
    let named = key.clone();
    let (client, head) =
        web.app.store.read(move |tx| Ok((clients::need(tx, &named)?.id, log::head(tx)?))).await?;
    let asked =
        headers.get("last-event-id").and_then(|v| v.to_str().ok()).map(str::to_owned).or(begin.last_event_id);
    let cursor = match asked {
        Some(text) => text
            .parse()
            .map_err(|()| ApiError::invalid("Last-Event-ID", "give the id of the last event you saw"))?,
        // A new reader wants what happens from now on.
        None => head,
    };
    let behind = cursor != head;
    let reader =
        Reader { guard, client, key, opened_by: caller.key(), cursor, heard, behind, doubted: false };
    let chunks = stream::unfold(reader, |mut reader| async move {
        let chunk = reader.next().await?;
        Some((Ok::<_, Infallible>(chunk), reader))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

/// One reader's place in the events.
struct Reader {
    guard: Open,
    client: ClientId,
    key: String,
    /// The key that opened it; `None` for the configuration's own.
    opened_by: Option<RowId>,
    /// Everything up to here was sent, or was not this client's.
    cursor: Cursor,
    heard: Receiver<Heard>,
    /// The ring may not have what follows: the store is asked.
    behind: bool,
    /// Something about keys or clients changed: the stream must look whether it may go on.
    doubted: bool,
}

impl Reader {
    /// What goes out next; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.guard.web.app.shutdown.is_cancelled() {
                return None;
            }
            if self.doubted && !self.may_go_on().await {
                return None;
            }
            let mut out = Vec::new();
            if self.behind {
                self.catch_up(&mut out).await?;
            } else {
                match tokio::time::timeout(BEAT_EVERY, self.heard.recv()).await {
                    Err(_) => {
                        // A key may also end by itself.
                        self.doubted = true;
                        return Some(BEAT);
                    }
                    Ok(Ok(Heard::Batch(batch))) => self.take(&batch, &mut out),
                    Ok(Err(RecvError::Lagged(_))) => self.behind = true,
                    Ok(Ok(Heard::Stop) | Err(RecvError::Closed)) => return None,
                }
                self.take_waiting(&mut out);
            }
            match out.len() {
                0 => {}
                1 => return out.pop(),
                _ => return Some(out.concat().into()),
            }
        }
    }

    /// Whether the key that opened the stream still stands and its client is still there. What
    /// cannot be asked now is asked again at the next beat.
    async fn may_go_on(&mut self) -> bool {
        self.doubted = false;
        let app = &self.guard.web.app;
        let (client, key, now) = (self.client, self.opened_by, app.ctx.now());
        let asked = app.store.read(move |tx| {
            let there = clients::by_id(tx, client)?.is_some_and(|c| c.status != ClientStatus::Deactivated);
            let stands = match key {
                Some(id) => keys::need(tx, id)?.stands(now),
                None => true,
            };
            Ok(there && stands)
        });
        match asked.await {
            Ok(may) => may,
            Err(e) => e.is_passing(),
        }
    }

    /// A batch of the ring, or a gap before it.
    fn take(&mut self, batch: &Batch, out: &mut Vec<Bytes>) {
        if batch.after > self.cursor {
            self.behind = true;
        } else if batch.upto > self.cursor {
            for frame in batch.frames.iter().filter(|f| f.cursor > self.cursor) {
                let own = frame.client == self.key;
                self.doubted |= frame.standing && (own || frame.client.is_empty());
                if own {
                    out.push(frame.text.clone());
                }
            }
            self.cursor = batch.upto;
        }
    }

    /// What else is in the ring already. An end or a loss shows at the next wait.
    fn take_waiting(&mut self, out: &mut Vec<Bytes>) {
        while !self.behind && out.iter().map(Bytes::len).sum::<usize>() < TOGETHER && !self.heard.is_empty() {
            match self.heard.try_recv() {
                Ok(Heard::Batch(batch)) => self.take(&batch, out),
                Ok(Heard::Stop) => return,
                Err(_) => self.behind = true,
            }
        }
    }

    /// Asks the store for what follows. It has everything the ring ever had, so a batch that
    /// showed the gap may be dropped.
    async fn catch_up(&mut self, out: &mut Vec<Bytes>) -> Option<()> {
        let app = &self.guard.web.app;
        let (cursor, client) = (self.cursor, self.client);
        match app.store.read(move |tx| log::after(tx, cursor, BATCH, Some(client))).await {
            Ok(found) => {
                if found.reset {
                    out.push(Frame::reset(found.cursor));
                }
                out.extend(found.events.iter().map(|e| Frame::of(e).text));
                self.doubted = true;
                self.cursor = found.cursor;
                self.behind = !found.events.is_empty();
            }
            Err(Error::Overloaded | Error::Unavailable(_) | Error::Retry(_)) => {
                app.ctx.env.clock.sleep(SECOND).await;
            }
            Err(_) => return None,
        }
        Some(())
    }
}

/// Streams open, by the key of their client.
#[derive(Debug, Default)]
pub(crate) struct Streams(Mutex<HashMap<String, usize>>);

impl Streams {
    fn open(&self) -> std::sync::MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a stream for as long as it is open.
struct Open {
    web: Arc<Web>,
    client: String,
}

impl Open {
    /// # Errors
    /// 429 where this client, or all together, have as many as there may be.
    fn new(web: &Web, client: &str) -> Result<Self, ApiError> {
        let limits = &web.app.config.limits;
        let mut open = web.streams.open();
        if open.values().sum::<usize>() >= limits.streams {
            return Err(ApiError::too_many(5));
        }
        let own = open.entry(client.to_owned()).or_default();
        if *own >= limits.client_streams {
            return Err(ApiError::crowded(limits.client_streams));
        }
        *own += 1;
        web.app.counters.streams.up();
        Ok(Self { web: Arc::new(web.clone()), client: client.to_owned() })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = self.web.streams.open();
        if let Some(own) = open.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.client);
            }
        }
        self.web.app.counters.streams.down();
    }
}
