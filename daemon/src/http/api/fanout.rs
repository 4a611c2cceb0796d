//! One reader of the store for all event streams.
//!
//! Every stream asking the store by itself would cost a read per stream and commit. Here one
//! task follows the events of the whole house, renders each once, and hands batches to every
//! stream through a bounded ring. A batch says which stretch of the order it covers, so a stream
//! that joined late, fell behind the ring or missed a start of the task sees the gap and reads
//! that stretch from the store itself. Whose event it is stays with it: streams pick their own.

use crate::app::App;
use crate::feed::events_after;
use axum::body::Bytes;
use frontdesk_shared::event::{Cursor, Event, kind};
use frontdesk_shared::time::SECOND;
use serde_json::json;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;

/// Batches a stream may fall behind before it has to ask the store.
const RING: usize = 64;
/// Events in a batch at most; the store bounds its bytes.
const BATCH: u32 = 200;
/// How long one question to the store waits; after it, who nobody listens to stops.
const WAIT_MS: i64 = 15 * SECOND;

/// A stretch of the order of events.
#[derive(Debug)]
pub(super) struct Batch {
    /// It covers everything after this place …
    pub(super) after: Cursor,
    /// … up to and with this one.
    pub(super) upto: Cursor,
    /// What happened in it, rendered.
    pub(super) frames: Vec<Frame>,
}

/// An event as streams send it.
#[derive(Debug)]
pub(super) struct Frame {
    /// Its place.
    pub(super) cursor: Cursor,
    /// Key of the client whose it is; empty for the house.
    pub(super) client: String,
    /// Whether keys or standing of somebody changed, so that streams look whether they may go on.
    pub(super) standing: bool,
    /// The whole event in the stream's format.
    pub(super) text: Bytes,
}

/// What a stream hears.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// News.
    Batch(Arc<Batch>),
    /// The daemon stops.
    Stop,
}

/// The ring and the task that fills it while somebody listens.
#[derive(Debug)]
pub(crate) struct Fanout {
    ring: broadcast::Sender<Heard>,
    running: Mutex<bool>,
}

impl Fanout {
    pub(crate) fn new() -> Self {
        Self { ring: broadcast::Sender::new(RING), running: Mutex::new(false) }
    }

    /// Listens from now on; begins to read where nobody did.
    pub(super) fn listen(self: &Arc<Self>, app: &Arc<App>) -> broadcast::Receiver<Heard> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = self.ring.subscribe();
        if !*running {
            *running = true;
            tokio::spawn(self.clone().read(app.clone()));
        }
        heard
    }

    async fn read(self: Arc<Self>, app: Arc<App>) {
        let mut at = None;
        while !app.shutdown.is_cancelled() {
            let Some(after) = at else {
                match app.store.read(frontdesk_store::views::events::head).await {
                    Ok(head) => {
                        at = Some(head);
                        self.mark(head);
                    }
                    Err(_) => app.ctx.env.clock.sleep(SECOND).await,
                }
                continue;
            };
            match events_after(&app, after, BATCH, WAIT_MS, None).await {
                Ok(feed) if feed.reset => {
                    at = Some(feed.cursor);
                    self.mark(feed.cursor);
                }
                Ok(feed) => {
                    at = Some(feed.cursor);
                    if feed.cursor > after {
                        let frames = feed.events.iter().map(Frame::of).collect();
                        let batch = Batch { after, upto: feed.cursor, frames };
                        let _ = self.ring.send(Heard::Batch(Arc::new(batch)));
                    }
                }
                Err(_) => app.ctx.env.clock.sleep(SECOND).await,
            }
            if self.is_alone() {
                return;
            }
        }
        let _ = self.ring.send(Heard::Stop);
    }

    /// Says from where on the ring has everything, so that a stream which is not there yet does
    /// not wait for the next event to notice.
    fn mark(&self, at: Cursor) {
        let _ = self.ring.send(Heard::Batch(Arc::new(Batch { after: at, upto: at, frames: Vec::new() })));
    }

    /// Whether nobody listens; the task has then stopped, and the next listener starts another.
    fn is_alone(&self) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = self.ring.receiver_count() > 0;
        !*running
    }
}

impl Frame {
    /// Renders an event.
    pub(super) fn of(event: &Event) -> Self {
        let data = json!({
            "at": event.at.iso(),
            "kind": event.kind,
            "client": event.client,
            "subject": event.subject,
            "subject_id": event.subject_id,
            "text": event.text,
            "data": event.data,
        });
        let text = frame(event.cursor, &event.kind, &data.to_string());
        let standing = matches!(event.kind.as_str(), kind::CLIENT_CHANGED | kind::HOUSE_CHANGED);
        Self { cursor: event.cursor, client: event.client.clone(), standing, text }
    }

    /// Tells a reader that it has to fetch afresh.
    pub(super) fn reset(cursor: Cursor) -> Bytes {
        let data = json!({ "reason": "events before this point are not kept any more" });
        frame(cursor, "reset", &data.to_string())
    }
}

/// One event of a stream. JSON holds no line breaks, so the data is one line; a line break in a
/// kind would begin a field, so there it is none.
fn frame(cursor: Cursor, kind: &str, data: &str) -> Bytes {
    let mut text = String::with_capacity(data.len() + kind.len() + 64);
    let kind = kind.replace(['\r', '\n'], " ");
    let _ = write!(text, "id: {cursor}\nevent: {kind}\ndata: {data}\n\n");
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_an_event_can_begin_another_field() {
        let cursor = Cursor { tx: 0, seq: 7 };
        let data = json!({ "text": "one\ntwo" }).to_string();
        let text = frame(cursor, "a\nid: 9", &data);
        assert_eq!(text, "id: 0-7\nevent: a id: 9\ndata: {\"text\":\"one\\ntwo\"}\n\n");
    }
}
