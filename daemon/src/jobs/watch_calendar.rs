//! Being told by Google when a client's calendar changes: a channel is opened, another takes its place
//! before it ends, and what serves nothing any more is ended.
//!
//! Nothing rests on it: calendars are read every two minutes whether anybody tells or not.

use super::{Settlement, Verdict};
use crate::app::App;
use crate::flows::channels::{self, LASTS_MS};
use frontdesk_domain::calendar::ClientCalendar;
use frontdesk_providers::google::{CalendarRef, Calendars, Channel};
use frontdesk_providers::outcome::Sent;
use frontdesk_shared::RowId;
use frontdesk_store::channels::{self as kept, CalendarChannel};
use frontdesk_store::jobs::Job;
use jiff::tz::TimeZone;
use reqwest::Url;

/// Where Google tells that something changed, below the public address.
pub const HOOK: &str = "/webhooks/google/calendar";

pub(super) async fn run(app: &App, job: &Job) -> Settlement {
    let (Some(google), Some(address)) = (&app.google, address(app)) else {
        return Settlement::just(Verdict::Done("nobody can be told: no https address, or no Google".into()));
    };
    let client = job.client;
    let (calendar, known) = match app.store.read(move |tx| channels::of_client(tx, client)).await {
        Ok(found) => found,
        Err(e) => return Settlement::just(Verdict::Again(e.to_string())),
    };
    match work(app, google, &address, (calendar, known)).await {
        Ok(note) => Settlement::just(Verdict::Done(note)),
        Err(e) => Settlement::just(Verdict::Again(e.to_string())),
    }
}

/// The public address of pushes. Google wants https; a fake of it on this machine takes what it gets.
pub fn address(app: &App) -> Option<Url> {
    let public = app.config.house.public_base_url.as_ref()?;
    let google = app.config.google.as_ref()?;
    let local = frontdesk_providers::http::is_loopback(&google.calendar_base_url);
    if public.scheme() != "https" && !local {
        return None;
    }
    format!("{}{HOOK}", public.as_str().trim_end_matches('/')).parse().ok()
}

async fn work(
    app: &App,
    google: &Calendars,
    address: &Url,
    (calendar, known): (Option<ClientCalendar>, Vec<CalendarChannel>),
) -> frontdesk_store::Result<String> {
    let now = app.ctx.now();
    let wanted = calendar.filter(|calendar| !calendar.contested);
    let mut serving = wanted.as_ref().and_then(|calendar| {
        let serves = known.iter().rev().find(|channel| channels::serves(channel, calendar, now));
        serves.map(|channel| channel.id.clone())
    });
    let mut note = "a channel is open".to_owned();
    if serving.is_none()
        && let Some(calendar) = &wanted
    {
        match open(app, google, address, calendar).await? {
            Ok(id) => serving = Some(id),
            // What there was goes on meanwhile.
            Err(why) => return Ok(format!("no channel was opened, so that it is read less soon: {why}")),
        }
        "a channel was opened".clone_into(&mut note);
    }
    for old in known.iter().filter(|channel| Some(&channel.id) != serving.as_ref()) {
        if !end(google, old, now >= old.expires_at).await {
            continue;
        }
        let id = old.id.clone();
        app.store.write(move |tx| kept::remove(tx, &id)).await?;
        note.push_str(", one was ended");
    }
    Ok(note)
}

/// Opens one; its row is there before Google is asked, since its first push may come before the answer.
async fn open(
    app: &App,
    google: &Calendars,
    address: &Url,
    calendar: &ClientCalendar,
) -> frontdesk_store::Result<Result<String, String>> {
    let now = app.ctx.now();
    let secret: String = app.ctx.env.secret::<32>().iter().map(|b| format!("{b:02x}")).collect();
    let channel = CalendarChannel {
        id: format!("frontdesk-{}-{}", RowId(app.ctx.env.id()), secret.get(..8).unwrap_or_default()),
        client: calendar.client,
        calendar: calendar.calendar.clone(),
        secret: secret.clone(),
        resource: String::new(),
        expires_at: now + LASTS_MS,
        created_at: now,
    };
    let row = channel.clone();
    app.store.write(move |tx| kept::insert(tx, &row)).await?;
    let zone = TimeZone::get(&calendar.zone).unwrap_or(TimeZone::UTC);
    let what = CalendarRef { id: calendar.calendar.clone(), zone };
    let sent = google.watch(&what, &channel.id, address, &secret.into(), channel.expires_at).await;
    let id = channel.id.clone();
    let why = match sent {
        Sent::Done(Channel { resource_id, expires, .. }) => {
            let until = expires.unwrap_or(channel.expires_at);
            app.store.write(move |tx| kept::opened(tx, &id, &resource_id, until)).await?;
            return Ok(Ok(channel.id));
        }
        // It may be open, and nobody can end it: its pushes are believed until it ends by itself.
        Sent::Unknown(why) => return Ok(Err(why)),
        Sent::Refused(refusal) => refusal.to_string(),
        Sent::Busy { .. } => "Google limits our requests".to_owned(),
        Sent::NotSent(why) => why,
    };
    app.store.write(move |tx| kept::remove(tx, &id)).await?;
    Ok(Err(why))
}

/// Ends one; whether it is over.
async fn end(google: &Calendars, old: &CalendarChannel, expired: bool) -> bool {
    if expired {
        return true;
    }
    if old.resource.is_empty() {
        // Of unknown fate: without Google's name of it nothing can be said about it.
        return false;
    }
    let channel =
        Channel { id: old.id.clone(), resource_id: old.resource.clone(), expires: Some(old.expires_at) };
    matches!(google.stop(&channel).await, Sent::Done(()) | Sent::Refused(_))
}
