//! Following the events: one long poll after another. An empty answer is a heartbeat.

use super::connect::context;
use super::{LinkMsg, request::rpc_error};
use crate::{backoff, clock};
use frontdesk_shared::event::Cursor;
use frontdesk_shared::rpc::{ConsoleClient, MAX_WAIT_MS};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Events at most in one answer.
const BATCH: u32 = 500;
/// How much later than its wait an answer may come before the connection counts as dead.
const GRACE: Duration = Duration::from_secs(5);

/// Follows from the first place known until the connection breaks; says why it did. The place
/// is written back, so that the next connection goes on from there.
pub(super) async fn follow(
    client: ConsoleClient,
    place: watch::Sender<Option<Cursor>>,
    out: mpsc::Sender<LinkMsg>,
) -> String {
    // The first page of a list says where the events begin that it does not contain.
    let mut known = place.subscribe();
    let Some(mut cursor) = known.wait_for(Option::is_some).await.ok().and_then(|at| *at) else {
        return "the console is closing".to_owned();
    };
    let wait = Duration::from_millis(u64::from(MAX_WAIT_MS));
    let mut failures = 0;
    loop {
        match client.events_after(context(wait + GRACE), cursor, BATCH, MAX_WAIT_MS).await {
            Ok(Ok(feed)) => {
                failures = 0;
                cursor = feed.cursor;
                place.send_replace(Some(cursor));
                if out.send(LinkMsg::Feed(feed)).await.is_err() {
                    return "the console is closing".to_owned();
                }
            }
            // The daemon is there and cannot answer now, for example without its store.
            Ok(Err(_)) => {
                clock::sleep(backoff::delay(failures, u64::MAX)).await;
                failures = failures.saturating_add(1);
            }
            Err(e) => return rpc_error(&e).text,
        }
    }
}
