//! Reading a client's calendar: what changed since the last time, or all of it. What follows is decided
//! in one transaction with the token of the next reading.
//!
//! A calendar that cannot be read stops nothing but itself, and nothing about appointments follows
//! from that.

use super::write_event::{lost, seen};
use super::{Settlement, Verdict};
use crate::app::App;
use crate::flows::calendars;
use frontdesk_domain::attempts::PRIORITY_BACKGROUND;
use frontdesk_domain::calendar::{self, ClientCalendar, Listing, Lost, Reading, Seen};
use frontdesk_domain::client::Client;
use frontdesk_domain::job::Kind;
use frontdesk_providers::google::{CalendarRef, Calendars, Listed, Page, Since};
use frontdesk_providers::outcome::Sent;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_store::jobs::{Job, LANE_WORK};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// Having every calendar read.
pub(super) static READ_CALENDARS: Kind = Kind {
    word: "read-calendars",
    version: 1,
    queue: LANE_WORK,
    priority: PRIORITY_BACKGROUND,
    tries: 3,
    useful_ms: Some(HOUR),
    limit_ms: 5 * MINUTE,
    idempotent: true,
};

/// Plans a reading of each calendar.
pub(super) async fn all(app: &App, job: &Job) -> Settlement {
    let (ctx, name, id) = (app.ctx.clone(), job.kind.clone(), job.id);
    let told = super::watch_calendar::address(app).is_some();
    let planned = app.store.write(move |tx| calendars::plan_readings(tx, &ctx, (&name, id), told)).await;
    Settlement::just(match planned {
        Ok(note) => Verdict::Done(note),
        Err(e) => Verdict::Again(e.to_string()),
    })
}

/// Reads one.
pub(super) async fn run(app: &App, job: &Job) -> Settlement {
    let Some(google) = &app.google else {
        return Settlement::just(Verdict::Done("Google is not set up any more".into()));
    };
    let id = job.client;
    let (client, known) = match app.store.read(move |tx| calendars::to_read(tx, id)).await {
        Ok(Some(found)) => found,
        Ok(None) => return Settlement::just(Verdict::Done("the client has no calendar any more".into())),
        Err(e) => return Settlement::just(Verdict::Again(e.to_string())),
    };
    if known.contested {
        return Settlement::just(Verdict::Done("two clients have the same calendar".into()));
    }
    let client = Arc::new(client);
    match read(app, google, &client, &known).await {
        Ok(reading) => {
            let done = Verdict::Done(format!("{} events seen", reading.seen.len()));
            Settlement::with(done, move |unit| calendar::take_in(unit, &client, &reading).map(drop))
        }
        Err(Unread::Calendar(lost, why)) => {
            let done = Verdict::Done(format!("it could not be read: {why}"));
            Settlement::with(done, move |unit| calendar::unread(unit, &client, lost, &why))
        }
        Err(Unread::Store(why)) => Settlement::just(Verdict::Again(why)),
    }
}

enum Unread {
    Calendar(Lost, String),
    Store(String),
}

async fn read(
    app: &App,
    google: &Calendars,
    client: &Arc<Client>,
    known: &ClientCalendar,
) -> Result<Reading, Unread> {
    let name = if known.zone.is_empty() { &client.timezone } else { &known.zone };
    let zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
    let calendar = CalendarRef { id: known.calendar.clone(), zone };
    let delta = match &known.token {
        Some(token) => match told(google.list(&calendar, &Since::Token(token.clone())).await)? {
            Listed::Read(page) => Some(page),
            Listed::Expired => None,
        },
        None => None,
    };
    if let Some(page) = delta {
        return Ok(reading(page, Listing::Delta, known));
    }
    let began = app.ctx.now();
    let from = began - DAY;
    let page = match told(google.list(&calendar, &Since::Start(from)).await)? {
        Listed::Read(page) => page,
        Listed::Expired => return Err(Unread::Calendar(Lost::Passing, "a whole list cannot expire".into())),
    };
    let mut reading = reading(page, Listing::Full { complete: true, began, from }, known);
    let (ctx, of, whole) = (app.ctx.clone(), client.clone(), reading.clone());
    let absent = app.store.write(move |tx| calendars::absent(tx, &ctx, &of, &whole)).await;
    for event in absent.map_err(|e| Unread::Store(e.to_string()))? {
        match google.get(&calendar, &event).await {
            // It is not there, as the list says.
            Sent::Refused(refusal) if matches!(refusal.status, 404 | 410) => {}
            sent => reading.seen.push(seen(&told(sent)?)),
        }
    }
    Ok(reading)
}

fn reading(page: Page, listing: Listing, known: &ClientCalendar) -> Reading {
    let seen: Vec<Seen> = page.events.iter().map(seen).collect();
    let zone = page.zone.iana_name().unwrap_or_default().to_owned();
    Reading { listing, seen, since: known.token.clone(), next: page.next_token, zone }
}

fn told<T>(sent: Sent<T>) -> Result<T, Unread> {
    match sent {
        Sent::Done(value) => Ok(value),
        Sent::Refused(refusal) => {
            let class = lost(refusal.class).unwrap_or(Lost::Passing);
            Err(Unread::Calendar(class, refusal.to_string()))
        }
        Sent::Busy { .. } => Err(Unread::Calendar(Lost::Passing, "Google limits our requests".into())),
        Sent::NotSent(why) | Sent::Unknown(why) => Err(Unread::Calendar(Lost::Passing, why)),
    }
}
