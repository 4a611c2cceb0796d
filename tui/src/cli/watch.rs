//! Events as they happen, a line each. Goes on when the daemon was away.

use super::{Desk, Failure, Outcome, answer, list::PATIENCE};
use crate::link::{ConnectError, Connection, connect, context};
use crate::zone::Zone;
use crate::{backoff, clock, text};
use frontdesk_shared::event::{Cursor, Event};
use frontdesk_shared::page::{List, Query};
use frontdesk_shared::rpc::MAX_WAIT_MS;
use std::time::Duration;

/// Events at most in one answer.
const BATCH: u32 = 500;

/// Prints events until interrupted. The first connection must work; later ones are waited for.
pub(super) async fn run(desk: &mut Desk) -> Outcome {
    let zone = Zone::of_operator();
    let mut connection = desk.connect().await?;
    let start = Query::first(List::Events, 1);
    let mut cursor = answer(connection.client.page(context(PATIENCE), start).await)?.cursor;
    let mut random = clock::entropy();
    loop {
        let lost = follow(desk, &connection, &mut cursor, &zone).await?;
        desk.out.complain(&format!("{lost}; waiting for the daemon"));
        let mut attempt = 0;
        let epoch = connection.info.store_epoch.clone();
        connection = loop {
            random = backoff::next_random(random);
            clock::sleep(backoff::delay(attempt, random)).await;
            attempt += 1;
            match connect(&desk.socket, desk.read_only).await {
                Ok(connection) => break connection,
                Err(e @ ConnectError::Protocol { .. }) => return Err(Failure::usage(e.to_string())),
                Err(_) => {}
            }
        };
        desk.out.complain("connected again");
        if connection.info.store_epoch != epoch {
            let start = Query::first(List::Events, 1);
            cursor = answer(connection.client.page(context(PATIENCE), start).await)?.cursor;
        }
    }
}

/// Prints events until the connection breaks; says why it did.
async fn follow(
    desk: &mut Desk,
    connection: &Connection,
    cursor: &mut Cursor,
    zone: &Zone,
) -> Result<String, Failure> {
    let wait = Duration::from_millis(u64::from(MAX_WAIT_MS) + 5_000);
    let mut failures = 0;
    loop {
        match connection.client.events_after(context(wait), *cursor, BATCH, MAX_WAIT_MS).await {
            Ok(Ok(feed)) => {
                failures = 0;
                *cursor = feed.cursor;
                for event in &feed.events {
                    if desk.client.as_ref().is_none_or(|key| *key == event.client) {
                        print(desk, event, zone)?;
                    }
                }
                if feed.reset {
                    desk.out.complain("some events were skipped: they are too far back");
                }
            }
            Ok(Err(e)) => {
                desk.out.complain(&e.text);
                clock::sleep(backoff::delay(failures, u64::MAX)).await;
                failures = failures.saturating_add(1);
            }
            Err(e) => return Ok(crate::link::rpc_error(&e).text),
        }
    }
}

fn print(desk: &mut Desk, event: &Event, zone: &Zone) -> Outcome {
    let line = if desk.json {
        text::clean_json(&serde_json::to_string(event).map_err(|e| Failure::failed(e.to_string()))?)
    } else {
        let at = if desk.out.columns.is_some() { zone.seconds(event.at) } else { event.at.iso() };
        let line =
            format!("{at}  {:<22} {:<12} {:<10} {}", event.kind, event.client, event.actor, event.text);
        text::clean(&line)
    };
    Ok(desk.out.line(&line)?)
}
