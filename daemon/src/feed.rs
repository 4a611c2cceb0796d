//! The long poll behind consoles and event streams: events after a cursor, or a wait for the
//! first one.

use crate::app::App;
use frontdesk_shared::ClientId;
use frontdesk_shared::event::{Cursor, Feed};
use frontdesk_store::views::events;
use frontdesk_store::{Engine, Result};

/// How often PostgreSQL is asked again while waiting: another daemon may have written, and an
/// older transaction may still hold events back.
const ASK_AGAIN_MS: i64 = 250;

/// Events after `cursor`, oldest first; waits up to `wait_ms` for the first. An empty answer
/// is the heartbeat.
///
/// # Errors
/// As the store fails.
pub async fn events_after(
    app: &App,
    cursor: Cursor,
    limit: u32,
    wait_ms: i64,
    client: Option<ClientId>,
) -> Result<Feed> {
    let until = app.ctx.now() + wait_ms;
    let mut commits = app.store.commits();
    loop {
        // Subscribed before the question: what is committed in between wakes us.
        commits.mark_unchanged();
        let limit = limit.clamp(1, 1000);
        let found = app.store.read(move |tx| events::after(tx, cursor, limit, client)).await?;
        let now = app.ctx.now();
        let idle = found.events.is_empty() && !found.reset;
        if !idle || now >= until || app.shutdown.is_cancelled() {
            return Ok(Feed { events: found.events, cursor: found.cursor, now, reset: found.reset });
        }
        let again = match app.store.engine() {
            Engine::Sqlite => until,
            Engine::Postgres => until.min(now + ASK_AGAIN_MS),
        };
        tokio::select! {
            changed = commits.changed() => if changed.is_err() { break },
            () = app.ctx.env.clock.sleep_until(again) => {}
            () = app.shutdown.cancelled() => {}
        }
    }
    Ok(Feed { events: Vec::new(), cursor, now: app.ctx.now(), reset: false })
}
