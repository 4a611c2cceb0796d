//! Live updates: server-sent events that resume where a reader left off.

use crate::http::auth::Caller;
use crate::http::{ApiError, Web};
use crate::rpc;
use crate::store::{Error, clients};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event as Sse, KeepAlive, Sse as Stream};
use frontdesk_shared::ClientId;
use frontdesk_shared::event::{Cursor, Event};
use frontdesk_shared::time::SECOND;
use futures::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How long one question to the store waits.
const WAIT_MS: i64 = 15 * SECOND;
/// Events fetched at once.
const BATCH: u32 = 200;

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
        let counts = web.app.store.read(move |tx| crate::store::lists::stats::realtime(tx, now)).await?;
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
) -> Result<Stream<impl stream::Stream<Item = Result<Sse, Infallible>>>, ApiError> {
    caller.may_act_for(&key)?;
    let open = web.app.counters.streams.get();
    if open >= web.app.config.limits.streams as u64 {
        return Err(ApiError::too_many(5));
    }
    let (client, head) = web
        .app
        .store
        .read(move |tx| Ok((clients::need(tx, &key)?.id, crate::store::lists::events::head(tx)?)))
        .await?;
    let asked =
        headers.get("last-event-id").and_then(|v| v.to_str().ok()).map(str::to_owned).or(begin.last_event_id);
    let cursor = match asked {
        Some(text) => text
            .parse()
            .map_err(|()| ApiError::invalid("Last-Event-ID", "give the id of the last event you saw"))?,
        // A new reader wants what happens from now on.
        None => head,
    };
    let reader = Reader { guard: Open::new(&web), client, cursor, ready: VecDeque::new() };
    let events = stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    });
    Ok(Stream::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)).text("beat")))
}

/// One reader's place in the events.
struct Reader {
    guard: Open,
    client: ClientId,
    cursor: Cursor,
    ready: VecDeque<Sse>,
}

impl Reader {
    async fn next(&mut self) -> Option<Sse> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let app = &self.guard.web.app;
            if app.shutdown.is_cancelled() {
                return None;
            }
            match rpc::events_after(app, self.cursor, BATCH, WAIT_MS, Some(self.client)).await {
                Ok(feed) => {
                    if feed.reset {
                        let text = json!({ "reason": "events before this point are not kept any more" });
                        self.ready.push_back(
                            Sse::default().id(feed.cursor.to_string()).event("reset").data(text.to_string()),
                        );
                    }
                    self.cursor = feed.cursor;
                    self.ready.extend(feed.events.iter().map(sse));
                }
                Err(Error::Overloaded | Error::Unavailable(_) | Error::Retry(_)) => {
                    app.ctx.env.clock.sleep(SECOND).await;
                }
                Err(_) => return None,
            }
        }
    }
}

fn sse(event: &Event) -> Sse {
    let data = json!({
        "at": event.at.iso(),
        "kind": event.kind,
        "client": event.client,
        "subject": event.subject,
        "subject_id": event.subject_id,
        "text": event.text,
        "data": event.data,
    });
    Sse::default().id(event.cursor.to_string()).event(&event.kind).data(data.to_string())
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
