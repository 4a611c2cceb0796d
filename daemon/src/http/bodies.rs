//! Bodies in memory: every byte of them is counted while it is there. What was proved by its head
//! has room of its own; what only the whole body can prove shares a small room, in which the
//! oldest gives way to the newest: a body that is worth something arrives in a moment.
//!
//! Must not live here: files, which are streamed to disk, and what a body says.

use super::{ApiError, Web};
use crate::http::auth::Caller;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use bytes::BytesMut;
use futures::StreamExt as _;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Of the room for clients' bodies, what one client may fill: a quarter.
const PARTS: u64 = 4;

/// Whose a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// A provider's, proved by its head.
    Provider,
    /// A client's, or the house's own as 0, proved by its key.
    Client(i64),
    /// Nobody's yet.
    Nobody,
}

#[derive(Debug)]
struct Reading {
    bytes: u64,
    leave: CancellationToken,
}

#[derive(Debug, Default)]
struct Counts {
    next: u64,
    providers: u64,
    clients: u64,
    by_client: HashMap<i64, u64>,
    nobodys: u64,
    /// Unproved bodies by age.
    readings: BTreeMap<u64, Reading>,
}

/// Every byte of bodies in memory.
#[derive(Debug)]
pub(crate) struct Bodies {
    /// Room for the proved, half of it for providers and half for clients.
    proved: u64,
    unproved: u64,
    counts: Mutex<Counts>,
}

impl Bodies {
    pub(super) fn new(proved: u64, unproved: u64) -> Arc<Self> {
        Arc::new(Self { proved, unproved, counts: Mutex::default() })
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: &Arc<Self>, whose: Whose) -> Room {
        let mut counts = self.counts();
        let id = counts.next;
        counts.next += 1;
        let leave = CancellationToken::new();
        if whose == Whose::Nobody {
            counts.readings.insert(id, Reading { bytes: 0, leave: leave.clone() });
        }
        drop(counts);
        Room { bodies: self.clone(), whose, id, bytes: 0, leave }
    }

    #[cfg(test)]
    fn in_memory(&self) -> u64 {
        let counts = self.counts();
        counts.providers + counts.clients + counts.nobodys
    }
}

/// The room a body takes until it is dropped.
#[derive(Debug)]
pub(super) struct Room {
    bodies: Arc<Bodies>,
    whose: Whose,
    id: u64,
    bytes: u64,
    leave: CancellationToken,
}

impl Room {
    /// Takes room for `more` bytes; `false` where there is none.
    fn grow(&mut self, more: u64) -> bool {
        let bodies = self.bodies.clone();
        let mut guard = bodies.counts();
        let counts = &mut *guard;
        match self.whose {
            Whose::Provider => {
                if counts.providers + more > bodies.proved / 2 {
                    return false;
                }
                counts.providers += more;
            }
            Whose::Client(client) => {
                let own = counts.by_client.get(&client).copied().unwrap_or(0) + more;
                if counts.clients + more > bodies.proved / 2 || own > bodies.proved / 2 / PARTS {
                    return false;
                }
                counts.clients += more;
                counts.by_client.insert(client, own);
            }
            Whose::Nobody => {
                while counts.nobodys + more > bodies.unproved {
                    let other = counts.readings.iter().find(|(id, r)| **id != self.id && r.bytes > 0);
                    let Some(oldest) = other.map(|(id, _)| *id) else { return false };
                    if let Some(gone) = counts.readings.remove(&oldest) {
                        counts.nobodys -= gone.bytes;
                        gone.leave.cancel();
                    }
                }
                let Some(own) = counts.readings.get_mut(&self.id) else { return false };
                own.bytes += more;
                counts.nobodys += more;
            }
        }
        self.bytes += more;
        true
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut counts = self.bodies.counts();
        match self.whose {
            Whose::Provider => counts.providers -= self.bytes,
            Whose::Client(client) => {
                counts.clients -= self.bytes;
                let left = counts.by_client.get(&client).copied().unwrap_or(0).saturating_sub(self.bytes);
                if left == 0 {
                    counts.by_client.remove(&client);
                } else {
                    counts.by_client.insert(client, left);
                }
            }
            Whose::Nobody => {
                if let Some(own) = counts.readings.remove(&self.id) {
                    counts.nobodys -= own.bytes;
                }
            }
        }
    }
}

/// A whole body and the room it takes.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) bytes: Bytes,
    _room: Room,
}

/// Reads a body of at most `most` bytes. It may not stand still for longer than `idle`.
///
/// # Errors
/// 413 for a larger one, 408 for one that stands still, 503 where there is no room.
pub(super) async fn gather(
    bodies: &Arc<Bodies>,
    whose: Whose,
    body: Body,
    most: u64,
    idle: Duration,
) -> Result<Held, ApiError> {
    let mut room = bodies.begin(whose);
    let leave = room.leave.clone();
    let declared = body.size_hint().exact();
    let too_large = || ApiError::too_large(format!("this path takes {most} bytes at most"));
    if declared.is_some_and(|bytes| bytes > most) {
        return Err(too_large());
    }
    let no_room = || ApiError::unavailable("too many bodies are on their way; try again in a moment");
    // What is proved has said how much will come, and is believed.
    let mut promised = match (whose, declared) {
        (Whose::Provider | Whose::Client(_), Some(bytes)) if room.grow(bytes) => bytes,
        (Whose::Provider | Whose::Client(_), Some(_)) => return Err(no_room()),
        _ => 0,
    };
    let mut chunks = body.into_data_stream();
    let mut all = BytesMut::new();
    let mut first: Option<Bytes> = None;
    loop {
        let chunk = tokio::select! {
            chunk = tokio::time::timeout(idle, chunks.next()) => chunk,
            () = leave.cancelled() => return Err(no_room()),
        };
        let chunk = match chunk {
            Err(_) => return Err(ApiError::timeout()),
            Ok(None) => break,
            Ok(Some(chunk)) => chunk.map_err(|_| ApiError::invalid("body", "the body broke off"))?,
        };
        let more = chunk.len() as u64;
        if (all.len() + first.as_ref().map_or(0, Bytes::len)) as u64 + more > most {
            return Err(too_large());
        }
        let believed = promised.min(more);
        promised -= believed;
        if more > believed && !room.grow(more - believed) {
            return Err(no_room());
        }
        match first.take() {
            // Most bodies come in one piece.
            None if all.is_empty() => first = Some(chunk),
            None => all.extend_from_slice(&chunk),
            Some(begin) => {
                let whole = usize::try_from(declared.unwrap_or(0)).unwrap_or(0);
                all.reserve(whole.min(64 * 1024).max(begin.len() + chunk.len()));
                all.extend_from_slice(&begin);
                all.extend_from_slice(&chunk);
            }
        }
    }
    let bytes = first.unwrap_or_else(|| all.freeze());
    Ok(Held { bytes, _room: room })
}

/// The body of a request of the API: read once its key is proved.
pub(crate) struct Json(Held);

impl Json {
    /// Its bytes.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.0.bytes
    }
}

impl FromRequest<Web> for Json {
    type Rejection = ApiError;

    async fn from_request(request: Request, web: &Web) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, web).await?;
        let limits = &web.app.config.limits;
        let idle = Duration::from_secs(limits.idle_s.unsigned_abs());
        gather(&web.bodies, Whose::Client(caller.client_id()), body, limits.json_bytes, idle).await.map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unproved_shares_little_and_the_oldest_gives_way() {
        let bodies = Bodies::new(1_000, 100);
        let mut slow: Vec<Room> = (0..10).map(|_| bodies.begin(Whose::Nobody)).collect();
        for room in &mut slow {
            assert!(room.grow(30));
        }
        assert!(bodies.in_memory() <= 100);
        assert!(slow[0].leave.is_cancelled() && !slow[9].leave.is_cancelled());
        assert!(!slow[0].grow(1), "who gave way takes no more");
        let mut large = bodies.begin(Whose::Nobody);
        assert!(large.grow(100) && !large.grow(1));
        let mut proved = bodies.begin(Whose::Provider);
        assert!(proved.grow(500) && !proved.grow(1), "and those who proved themselves have their own room");
        drop((slow, large, proved));
        assert_eq!(bodies.in_memory(), 0);
        assert!(bodies.counts().readings.is_empty());
    }

    #[test]
    fn one_client_leaves_room_for_the_others() {
        let bodies = Bodies::new(800, 100);
        let mut greedy: Vec<Room> = (0..5).map(|_| bodies.begin(Whose::Client(7))).collect();
        assert!(greedy[0].grow(60) && greedy[1].grow(40) && !greedy[2].grow(1));
        assert!(bodies.begin(Whose::Client(8)).grow(100));
        drop(greedy);
        assert_eq!(bodies.in_memory(), 0);
        assert!(bodies.counts().by_client.is_empty());
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_bound() {
        let bodies = Bodies::new(1 << 20, 1 << 16);
        let idle = Duration::from_secs(5);
        for pieces in [vec![], vec!["one"], vec!["one", " and ", "two"]] {
            let whole = pieces.concat();
            let stream = futures::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
            let held = gather(&bodies, Whose::Nobody, Body::from_stream(stream), 10, idle).await;
            match held {
                Ok(held) => assert_eq!(held.bytes, whole.as_bytes()),
                Err(_) => assert!(whole.len() > 10, "{whole}"),
            }
        }
        assert!(gather(&bodies, Whose::Provider, Body::from("x".repeat(11)), 10, idle).await.is_err());
        assert_eq!(bodies.in_memory(), 0);
        let never = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        assert!(gather(&bodies, Whose::Nobody, never, 10, Duration::from_millis(5)).await.is_err());
    }
}
