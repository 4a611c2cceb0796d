//! Channels of Google's pushes in transactions: when a client needs another, and what a push does.
//! Polling goes on all the same: a push only makes the next reading come sooner.

use super::Ctx;
use frontdesk_domain::calendar::ClientCalendar;
use frontdesk_domain::job::{NewJob, ReadCalendar, WatchCalendar};
use frontdesk_shared::time::{DAY, HOUR, SECOND};
use frontdesk_shared::{ClientId, JobId, Millis};
use frontdesk_store::channels::{self, CalendarChannel};
use frontdesk_store::{Result, Tx, calendars, jobs};
use std::collections::{BTreeMap, BTreeSet};

/// A channel cannot be renewed: another takes its place when it has less than this to go.
pub const RENEW_MS: i64 = DAY;
/// How long one is asked for; the most Google gives.
pub const LASTS_MS: i64 = 7 * DAY;
/// One that cannot be opened is asked for again after this.
const AGAIN_MS: i64 = HOUR;
/// Pushes within this are one reading, at its end, so that the last of them is in it.
const TOGETHER_MS: i64 = SECOND;

/// Whether a channel serves a calendar for long enough.
pub fn serves(channel: &CalendarChannel, calendar: &ClientCalendar, now: Millis) -> bool {
    channel.calendar == calendar.calendar
        && !calendar.contested
        && !channel.resource.is_empty()
        && channel.expires_at.since(now) > RENEW_MS
}

/// Plans a job for each client whose channel is missing, ends soon, or serves nothing any more.
///
/// # Errors
/// As the statements fail.
pub fn plan(tx: &mut Tx<'_>, ctx: &Ctx, assigned: &[ClientCalendar]) -> Result<()> {
    let now = ctx.now();
    let mut known: BTreeMap<ClientId, Vec<CalendarChannel>> = BTreeMap::new();
    for channel in channels::all(tx)? {
        known.entry(channel.client).or_default().push(channel);
    }
    let mut due: BTreeSet<ClientId> = BTreeSet::new();
    for calendar in assigned.iter().filter(|calendar| !calendar.contested) {
        let of = known.remove(&calendar.client).unwrap_or_default();
        if of.len() != 1 || !of.iter().any(|channel| serves(channel, calendar, now)) {
            due.insert(calendar.client);
        }
    }
    due.extend(known.into_keys());
    for client in due {
        let id = JobId(ctx.env.id());
        let mut job = NewJob::of(id, &WatchCalendar {}, client, "being told of changes in the calendar", now);
        job.dedupe = Some(format!("calendar.watch:{}:{}", client.0, now.0.div_euclid(AGAIN_MS)));
        jobs::enqueue(tx, &job, now)?;
    }
    Ok(())
}

/// What a job of the client works on: its calendar, and its channels.
///
/// # Errors
/// As the statements fail.
pub fn of_client(
    tx: &mut Tx<'_>,
    client: ClientId,
) -> Result<(Option<ClientCalendar>, Vec<CalendarChannel>)> {
    Ok((calendars::of_clients(tx, &[client])?.pop(), channels::of_client(tx, client)?))
}

/// Something changed in what a channel watches: its client's calendar is read now.
///
/// # Errors
/// As the statements fail.
pub fn pushed(tx: &mut Tx<'_>, ctx: &Ctx, channel: &CalendarChannel) -> Result<()> {
    let now = ctx.now();
    let slot = now.0.div_euclid(TOGETHER_MS);
    let at = Millis((slot + 1) * TOGETHER_MS);
    let id = JobId(ctx.env.id());
    let mut job = NewJob::of(id, &ReadCalendar {}, channel.client, "what changed in the calendar", at);
    job.dedupe = Some(format!("calendar.sync:{}:push:{slot}", channel.client.0));
    jobs::enqueue(tx, &job, now)?;
    Ok(())
}
