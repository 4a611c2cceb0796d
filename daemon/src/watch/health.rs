//! Health: what works, what does not, what is off and why — measured, never assumed.

use crate::app::App;
use crate::config::{self, FeatureMode};
use crate::flows::holds::Standstill;
use crate::flows::screening;
use crate::spool::Spool;
use crate::watch::alarm;
use crate::watch::outage::waiting_words;
use frontdesk_domain::calendar::ClientCalendar;
use frontdesk_domain::schedule;
use frontdesk_domain::scope::{HoldScope, Stop};
use frontdesk_shared::health::{
    HealthPart, HealthReport, HealthState, HealthStop, MessageCounts, ScheduleRow,
};
use frontdesk_shared::page::{List, Query};
use frontdesk_shared::rpc::ScreeningList;
use frontdesk_shared::time::{MINUTE, short_duration};
use frontdesk_shared::{ClientId, Millis};
use frontdesk_store::views::stats;
use frontdesk_store::{Error, Result, Target, Tx, calendars, clients, house, jobs, meta};
use std::time::Duration;

/// A database slower than this is degraded, in milliseconds.
const SLOW_MS: i64 = 500;
/// Jobs this long overdue mean that something is stuck.
const LATE_MS: i64 = 2 * MINUTE;
/// SQLite's log is given back at this size, unless a reader holds it.
const LOG_BYTES: u64 = 256 * 1024 * 1024;
/// The part that tells that a cap of our own on emails is reached.
pub const EMAIL_CAP: &str = "email cap";
/// Calendars in trouble that are named.
const TOLD: usize = 5;
/// A database that gives no answer in this time is down, for this report.
const PATIENCE: Duration = Duration::from_secs(3);

/// The whole report. A store that does not answer is a part that is down, not an error.
pub async fn report(app: &App) -> HealthReport {
    let began = app.ctx.now();
    let ctx = app.ctx.clone();
    let reading = app.store.read(move |tx| {
        let badges =
            frontdesk_store::views::page::page(tx, &Query::first(List::Live, 1), began, false)?.badges;
        let mut slots = Vec::new();
        for job in schedule::house_jobs() {
            slots.push((house::last_slot(tx, job.name)?, job));
        }
        let standstill = Standstill::read(tx, &ctx)?;
        let calendars = match ctx.house.calendars {
            Some(_) => Some(read_calendars(tx)?),
            None => None,
        };
        Ok((
            jobs::lag(tx, began, &standstill.held)?,
            meta::get(tx, meta::DIALING_PAUSED)?,
            badges,
            slots,
            standstill,
            stats::messages(tx, began)?,
            calendars,
            screening::lists(tx, &ctx.house, began)?,
        ))
    });
    let read = tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| {
        let why = format!("no answer within {} s", PATIENCE.as_secs());
        app.store.suspect(&why);
        Err(Error::Unavailable(why))
    });
    let now = app.ctx.now();
    let took = now.since(began);
    let mut report = HealthReport {
        state: HealthState::Healthy,
        parts: Vec::new(),
        schedule: Vec::new(),
        uptime_ms: now.since(app.started_at),
        rss_bytes: rss_bytes(),
        jobs_due: 0,
        lag_ms: 0,
        paused: None,
        stops: Vec::new(),
        held_clients: 0,
        messages: MessageCounts::default(),
        at: now,
    };
    match read {
        Err(e) => report.parts.push(database_down(app, &e.to_string(), now)),
        Ok(((due, oldest), paused, badges, slots, standstill, messages, calendars, lists)) => {
            report.parts.push(match app.outage.away() {
                Some(_) if app.spool.as_ref().is_some_and(Spool::is_draining) => {
                    let text = format!("{} is back and what waited is applied", app.config.database.label());
                    part("database", HealthState::Degraded, text)
                }
                // It can be read and not written: a full disk, a file that became read-only.
                Some(away) => database_down(app, &away.why, now),
                None => {
                    let grown = log_bytes(&app.config.database) > LOG_BYTES;
                    let bad = took > SLOW_MS || grown;
                    let state = if bad { HealthState::Degraded } else { HealthState::Healthy };
                    let log = if grown { " (its log has grown: somebody reads for long)" } else { "" };
                    let text = format!("{}{log} answered in {took} ms", app.config.database.label());
                    part("database", state, text)
                }
            });
            report.jobs_due = due;
            report.lag_ms = oldest.map_or(0, |at| now.since(at));
            report.parts.push(queue_part(&report, paused.is_some()));
            report.paused = paused;
            // What happened, not what is: whatever does not work at this moment says so itself.
            if badges.errors > 0 {
                report.parts.push(part(
                    "errors",
                    HealthState::Degraded,
                    match badges.errors {
                        1 => "1 kind of error is not acknowledged".to_owned(),
                        n => format!("{n} kinds of error are not acknowledged"),
                    },
                ));
            }
            report.parts.extend(standstill_parts(&standstill));
            if let (Some(found), Some(rules)) = (calendars, &app.ctx.house.calendars) {
                report.parts.push(calendar_part(&found, rules.stale_ms, now));
            }
            report.parts.extend(screening_parts(&lists));
            report.stops = standstill.stops.iter().map(stop_row).collect();
            report.messages = messages;
            report.parts.extend(messages_part(&messages, report.paused.is_some()));
            report.held_clients = standstill.held.len() as u64;
            report.schedule = slots
                .into_iter()
                .map(|(last, job)| ScheduleRow {
                    name: job.name.to_owned(),
                    every: job.cadence.words(),
                    last_at: last.as_ref().and_then(|(_, done, _)| *done),
                    next_at: schedule::next_slot(&job.cadence, now).unwrap_or(now),
                    note: last.map(|(.., note)| note).unwrap_or_default(),
                })
                .collect();
        }
    }
    report.parts.extend(clock_parts(app));
    if let Some(spool) = &app.spool {
        report.parts.push(spool_part(spool, now));
    }
    for feature in config::features(&app.config).into_iter().filter(|f| f.name != "database") {
        let state = if feature.state == FeatureMode::On { HealthState::Healthy } else { HealthState::Off };
        report.parts.push(part(feature.name, state, feature.detail.clone()));
    }
    report.state = report
        .parts
        .iter()
        .map(|p| p.state)
        .filter(|s| *s != HealthState::Off)
        .max()
        .unwrap_or(HealthState::Healthy);
    report
}

/// Clients' calendars with the keys of their clients.
fn read_calendars(tx: &mut Tx<'_>) -> Result<Vec<(ClientCalendar, String)>> {
    let all = calendars::all(tx)?;
    let ids: Vec<ClientId> = all.iter().map(|calendar| calendar.client).collect();
    let clients = clients::by_ids(tx, &ids)?;
    let key = |id: ClientId| clients.iter().find(|c| c.id == id).map(|c| c.key.clone()).unwrap_or_default();
    let named = |calendar: ClientCalendar| {
        let key = key(calendar.client);
        (calendar, key)
    };
    Ok(all.into_iter().map(named).collect())
}

/// How well clients' calendars are known: bookings rest on them.
fn calendar_part(all: &[(ClientCalendar, String)], stale_ms: i64, now: Millis) -> HealthPart {
    let age = |calendar: &ClientCalendar| match calendar.read_at {
        Some(at) => format!("read {} ago", short_duration(now.since(at))),
        None => "not read yet".to_owned(),
    };
    let trouble = |(calendar, key): &&(ClientCalendar, String)| {
        let why = match calendar {
            c if c.contested => "another client has the same one",
            c if !c.why.is_empty() => c.why.as_str(),
            c if c.read_at.is_some() && c.is_stale(now, stale_ms) => "nobody knows why",
            _ => return None,
        };
        Some(format!("that of client {key} ({}): {why}", age(calendar)))
    };
    let mut told: Vec<String> = all.iter().filter_map(|of| trouble(&of)).collect();
    if told.is_empty() {
        let oldest = all.iter().map(|(calendar, _)| calendar).min_by_key(|calendar| calendar.read_at);
        let text = match oldest {
            Some(oldest) if all.len() == 1 => age(oldest),
            Some(oldest) => format!("{} calendars, the oldest {}", all.len(), age(oldest)),
            None => "no client has a calendar: name one in settings.calendar.id".to_owned(),
        };
        return part("calendar", HealthState::Healthy, text);
    }
    let more = told.len().saturating_sub(TOLD);
    told.truncate(TOLD);
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    part("calendar", HealthState::Degraded, format!("cannot be relied on: {}", told.join("; ")))
}

/// The schedule's pulse, and the clock where it was set.
fn clock_parts(app: &App) -> Vec<HealthPart> {
    let (known, steady) = (app.alarm.known(), app.ctx.env.clock.steady());
    let mut parts = Vec::new();
    if let Some((_, at)) = known.beat {
        let ago = steady.since(at);
        let state = if ago > alarm::STOPPED_MS { HealthState::Down } else { HealthState::Healthy };
        parts.push(part("schedule", state, format!("last beat {} ago", short_duration(ago))));
    }
    if let Some(step) = known.news(steady) {
        let now = if known.is_doubted() { "not believed yet" } else { "the schedule goes on" };
        let text = format!("{} at {}: {now}", alarm::in_words(step), step.wall.iso());
        parts.push(part("clock", HealthState::Degraded, text));
    }
    parts
}

/// Size of SQLite's log; 0 on a server.
fn log_bytes(target: &Target) -> u64 {
    let Target::Sqlite(path) = target else { return 0 };
    let mut name = path.clone().into_os_string();
    name.push("-wal");
    std::fs::metadata(name).map_or(0, |m| m.len())
}

fn database_down(app: &App, why: &str, now: Millis) -> HealthPart {
    let text = match app.outage.away() {
        Some(away) => format!(
            "{} is away for {} since {}: {}",
            app.config.database.label(),
            short_duration(now.since(away.since)),
            away.since.iso(),
            away.why
        ),
        None => why.to_owned(),
    };
    part("database", HealthState::Down, text)
}

fn spool_part(spool: &Spool, now: Millis) -> HealthPart {
    let waiting = spool.waiting();
    let room = format!("{} of {} KiB", waiting.bytes.div_ceil(1024), spool.max_bytes / 1024);
    let (state, text) = match (spool.is_refusing(), waiting.since) {
        (true, _) => {
            (HealthState::Down, format!("{} ({room}) and the last one was refused", waiting_words(waiting)))
        }
        (false, Some(since)) => (
            HealthState::Degraded,
            format!(
                "{} ({room}), the oldest for {}",
                waiting_words(waiting),
                short_duration(now.since(since))
            ),
        ),
        (false, None) => (HealthState::Healthy, waiting_words(waiting)),
    };
    part("spool", state, text)
}

fn stop_row((stop, whose): &(Stop, String)) -> HealthStop {
    HealthStop {
        scope: stop.scope.word().to_owned(),
        is_breaker: stop.is_breaker,
        detail: stop.sentence(whose),
        until: stop.until,
        remedy: stop.remedy().to_owned(),
    }
}

/// Each hold and open breaker: what stands still, why, and what to do. The account's means that
/// nothing goes out at all.
fn standstill_parts(standstill: &Standstill) -> Vec<HealthPart> {
    let told = standstill.stops.iter().map(|(stop, whose)| {
        let text = format!("{}. Remedy: {}", stop.sentence(whose), stop.remedy());
        match (&stop.scope, stop.is_breaker) {
            (HoldScope::Account, false) => part("vapi account", HealthState::Down, text),
            (HoldScope::Account, true) => part("vapi breaker", HealthState::Down, text),
            (_, true) => part("vapi breaker", HealthState::Degraded, text),
            (_, false) => part("vapi hold", HealthState::Degraded, text),
        }
    });
    let messages = standstill.messages.iter().map(|(provider, what, stop)| {
        let text = stop.sentence_about(what, &stop.scope.words());
        if stop.is_cap {
            return part(EMAIL_CAP, HealthState::Degraded, text);
        }
        let kind = match (stop.is_breaker, &stop.scope) {
            (true, _) => "breaker",
            (false, HoldScope::Account) => "account",
            (false, _) => "hold",
        };
        let whole = stop.scope == HoldScope::Account;
        let state = if whole { HealthState::Down } else { HealthState::Degraded };
        part(&format!("{provider} {kind}"), state, text)
    });
    told.chain(messages).collect()
}

/// Texts and emails that wait or of which nobody knows; nothing where all is well.
fn messages_part(counts: &MessageCounts, paused: bool) -> Option<HealthPart> {
    let mut told = Vec::new();
    match counts.waiting {
        0 => {}
        n if paused => told.push(format!("{n} due wait while dialing is paused")),
        n => told.push(format!("{n} due and not sent yet")),
    }
    if counts.uncertain > 0 {
        told.push(format!("{} of unknown fate: settle their jobs", counts.uncertain));
    }
    let state = if counts.uncertain > 0 { HealthState::Degraded } else { HealthState::Healthy };
    (!told.is_empty()).then(|| part("messages", state, told.join("; ")))
}

fn queue_part(report: &HealthReport, paused: bool) -> HealthPart {
    let jobs = match report.jobs_due {
        1 => "1 job".to_owned(),
        n if n >= jobs::COUNTED => format!("at least {n} jobs"),
        n => format!("{n} jobs"),
    };
    let text = match report.jobs_due {
        0 => "nothing waits".to_owned(),
        _ if paused => format!("{jobs} due wait while dialing is paused"),
        _ if report.lag_ms == 0 => format!("{jobs} due, none late of a client who is dialed for"),
        _ => format!("{jobs} due, the oldest for {}", short_duration(report.lag_ms)),
    };
    let late = report.lag_ms > LATE_MS && !paused;
    part("queue", if late { HealthState::Degraded } else { HealthState::Healthy }, text)
}

/// Do-not-call lists that decide who may be called.
fn screening_parts(lists: &[ScreeningList]) -> impl Iterator<Item = HealthPart> + '_ {
    lists.iter().filter(|list| list.decides).map(|list| {
        let newest = list.whole_as_of.max(list.checked_as_of);
        let detail = match newest {
            None => format!("{} was never brought: whoever has not consented is held", list.name),
            Some(at) if list.stale => format!(
                "{} is of {} and good for {} days: whoever has not consented is held",
                list.name,
                &at.iso()[..10],
                list.days
            ),
            Some(at) => format!("{} of {}", list.name, &at.iso()[..10]),
        };
        let state = if list.stale { HealthState::Degraded } else { HealthState::Healthy };
        part("do-not-call list", state, detail)
    })
}

fn part(name: &str, state: HealthState, detail: String) -> HealthPart {
    HealthPart { name: name.to_owned(), state, detail }
}

/// Resident memory of this process in bytes; 0 where the system does not tell.
pub fn rss_bytes() -> u64 {
    memory("VmRSS:")
}

/// Resident memory of heap and stacks, in bytes: what is not mapped from a file.
pub fn heap_bytes() -> u64 {
    memory("RssAnon:")
}

fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|l| l.strip_prefix(name))
        .and_then(|l| l.split_whitespace().next())
        .and_then(|kib| kib.parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}

/// An uptime as `/health` shows it: `12h 34m`.
pub fn uptime(ms: i64) -> String {
    let minutes = Millis(ms).0 / MINUTE;
    format!("{}h {}m", minutes / 60, minutes % 60)
}
