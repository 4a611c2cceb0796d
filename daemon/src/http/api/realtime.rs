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
use frontdesk_shared::ClientId;
use frontdesk_shared::event::Cursor;
use frontdesk_shared::time::SECOND;
use frontdesk_store::views::events as log;
use frontdesk_store::{Error, clients};
use futures::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
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
    let open = web.app.counters.streams.get();
    if open >= web.app.config.limits.streams as u64 {
        return Err(ApiError::too_many(5));
    }
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
    let reader = Reader { guard: Open::new(&web), client, key, cursor, heard, behind: cursor != head };
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
    /// Everything up to here was sent, or was not this client's.
    cursor: Cursor,
    heard: Receiver<Heard>,
    /// The ring may not have what follows: the store is asked.
    behind: bool,
}

impl Reader {
    /// What goes out next; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.guard.web.app.shutdown.is_cancelled() {
                return None;
            }
            let mut out = Vec::new();
            if self.behind {
                self.catch_up(&mut out).await?;
            } else {
                match tokio::time::timeout(BEAT_EVERY, self.heard.recv()).await {
                    Err(_) => return Some(BEAT),
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

    /// A batch of the ring, or a gap before it.
    fn take(&mut self, batch: &Batch, out: &mut Vec<Bytes>) {
        if batch.after > self.cursor {
            self.behind = true;
        } else if batch.upto > self.cursor {
            let news = batch.frames.iter().filter(|f| f.client == self.key && f.cursor > self.cursor);
            out.extend(news.map(|f| f.text.clone()));
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

/// Counts a stream for as long as it is open.
struct Open {
    web: Arc<Web>,
}

impl Open {
    fn new(web: &Web) -> Self {
        web.app.counters.streams.up();
        Self { web: Arc::new(web.clone()) }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.web.app.counters.streams.down();
    }
}
