//! The HTTP client of Google Calendar.
//!
//! Sends each request once, and once more where only the token was refused. Nobody is invited or
//! mailed by anything sent here. Must not live here: retries, the store, the decision to write,
//! and any log of titles or addresses.

use super::event::{CalendarRef, Event, NewEvent, Span, new_times};
use super::listing::{Channel, Deleted, FreeBusy, Inserted, Listed, Page, Patched, Since, free_busy};
use super::refusal;
use super::token::Tokens;
use crate::http::{self, ClientError, Policy, Reply};
use crate::json;
use crate::outcome::{Refusal, RefusalClass, Sent};
use frontdesk_shared::Millis;
use reqwest::header::IF_MATCH;
use reqwest::{Method, RequestBuilder, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Longest answers read: one thing, and a page of them.
const ONE_CAP: usize = 1024 * 1024;
const PAGE_CAP: usize = 32 * 1024 * 1024;
/// Events per page; the most Calendar gives.
const PAGE: &str = "2500";
/// Pages of one listing before it is given up: a quarter of a million events.
const MAX_PAGES: usize = 100;
/// Calendars in one question about busy times; the most Calendar takes.
const MAX_ASKED: usize = 50;

/// Where Calendar is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://www.googleapis.com/calendar/v3`, or the sandbox.
    pub base_url: String,
    /// Deadlines.
    pub policy: Policy,
}

/// The calendars that are shared with one account. Clones share their connections and tokens.
#[derive(Debug, Clone)]
pub struct Calendars {
    base: Url,
    tokens: Tokens,
    http: reqwest::Client,
}

impl Calendars {
    /// A client for these settings that signs in by these tokens.
    ///
    /// # Errors
    /// When the base URL is unusable or no HTTP client can be built.
    pub fn new(settings: &Settings, tokens: Tokens) -> Result<Self, ClientError> {
        let base = http::base_url(&settings.base_url)?;
        let http = http::client(&base, settings.policy)?;
        Ok(Self { base, tokens, http })
    }

    /// One page of a calendar's events, series as their instances, deleted ones included. A later
    /// page is asked for with the same `since`.
    pub async fn page(
        &self,
        calendar: &CalendarRef,
        since: &Since,
        page: Option<&str>,
    ) -> Sent<Listed<Page>> {
        // The same over all calls of a chain, or the token is worthless.
        let mut query = vec![
            ("singleEvents", "true".to_owned()),
            ("showDeleted", "true".to_owned()),
            ("maxResults", PAGE.to_owned()),
        ];
        query.push(match since {
            Since::Start(at) => ("timeMin", at.iso()),
            Since::Token(token) => ("syncToken", token.clone()),
        });
        query.extend(page.map(|token| ("pageToken", token.to_owned())));
        let request = self.request(Method::GET, &["calendars", &calendar.id, "events"]).query(&query);
        match self.send(request, PAGE_CAP).await {
            Sent::Done(Reply { status: StatusCode::GONE, .. }) => Sent::Done(Listed::Expired),
            sent => sent.and_then(accepted).and_then(|body| match Page::read(&body, &calendar.zone) {
                Ok(page) => Sent::Done(Listed::Read(page)),
                Err(why) => Sent::Unknown(why),
            }),
        }
    }

    /// All pages from `since` on as one page. `Done` means that the last one was read.
    pub async fn list(&self, calendar: &CalendarRef, since: &Since) -> Sent<Listed<Page>> {
        let mut whole: Option<Page> = None;
        let mut next: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page = match self.page(calendar, since, next.as_deref()).await {
                Sent::Done(Listed::Read(page)) => page,
                other => return other,
            };
            let (last, token) = (page.next_page.is_none(), page.next_page.clone());
            let merged = match whole.take() {
                None => page,
                Some(mut before) => {
                    before.events.extend(page.events);
                    Page { events: before.events, ..page }
                }
            };
            if last {
                return Sent::Done(Listed::Read(merged));
            }
            if token == next {
                return Sent::Unknown("the list repeats its page".to_owned());
            }
            (whole, next) = (Some(merged), token);
        }
        Sent::Unknown(format!("a list of more than {MAX_PAGES} pages"))
    }

    /// One event. A deleted one is still answered: its `cancelled` says so.
    pub async fn get(&self, calendar: &CalendarRef, event: &str) -> Sent<Event> {
        let Some(path) = path(calendar, event) else { return no_id() };
        let sent = self.send(self.request(Method::GET, &path), ONE_CAP).await;
        sent.and_then(accepted).and_then(|body| one(&body, calendar))
    }

    /// Puts an event into a calendar under our id. On `Unknown` it may be there: sending it again
    /// harms nothing, since the id is then [`Inserted::Taken`].
    pub async fn insert(&self, calendar: &CalendarRef, event: &NewEvent) -> Sent<Inserted> {
        let body = match event.body() {
            Ok(body) => body,
            Err(why) => return Sent::Refused(Refusal::ours(RefusalClass::Invalid, why)),
        };
        let request = self.quiet(Method::POST, &["calendars", &calendar.id, "events"]).json(&body);
        match self.send(request, ONE_CAP).await {
            Sent::Done(Reply { status: StatusCode::CONFLICT, .. }) => {
                match self.get(calendar, &event.id).await {
                    Sent::Done(event) => Sent::Done(Inserted::Taken(Some(event))),
                    Sent::Refused(refusal) if matches!(refusal.status, 404 | 410) => {
                        Sent::Done(Inserted::Taken(None))
                    }
                    other => other.map(|event| Inserted::Taken(Some(event))),
                }
            }
            sent => sent.and_then(accepted).and_then(|body| one(&body, calendar)).map(Inserted::Made),
        }
    }

    /// Changes an event's times and nothing else; only if it is still the version `etag`, when one
    /// is given. On `Unknown` it may be done: sending it again harms nothing.
    pub async fn patch_times(
        &self,
        calendar: &CalendarRef,
        event: &str,
        span: Span,
        etag: Option<&str>,
    ) -> Sent<Patched> {
        let Some(path) = path(calendar, event) else { return no_id() };
        let Some(body) = new_times(span, &calendar.zone) else {
            let why = "the times cannot be written";
            return Sent::Refused(Refusal::ours(RefusalClass::Invalid, why));
        };
        let mut request = self.quiet(Method::PATCH, &path).json(&body);
        if let Some(etag) = etag {
            request = request.header(IF_MATCH, etag);
        }
        match self.send(request, ONE_CAP).await {
            Sent::Done(Reply { status: StatusCode::PRECONDITION_FAILED, .. }) => Sent::Done(Patched::Changed),
            Sent::Done(Reply { status: StatusCode::GONE, .. }) => Sent::Done(Patched::Gone),
            sent => match sent.and_then(accepted).and_then(|body| one(&body, calendar)) {
                Sent::Done(event) if event.cancelled => Sent::Done(Patched::Gone),
                // A deleted event may be refused like a right that is missing. Only the event
                // itself tells, and the one refusal must not pass for the other.
                Sent::Refused(refusal) if refusal.status == 403 && refusal.class == RefusalClass::Access => {
                    match self.get(calendar, event).await {
                        Sent::Done(event) if event.cancelled => Sent::Done(Patched::Gone),
                        _ => Sent::Refused(refusal),
                    }
                }
                sent => sent.map(Patched::Done),
            },
        }
    }

    /// Takes an event away. On `Unknown` it may be gone: sending it again harms nothing.
    pub async fn delete(&self, calendar: &CalendarRef, event: &str) -> Sent<Deleted> {
        let Some(path) = path(calendar, event) else { return no_id() };
        match self.send(self.quiet(Method::DELETE, &path), ONE_CAP).await {
            Sent::Done(Reply { status: StatusCode::GONE, .. }) => Sent::Done(Deleted::Before),
            Sent::Done(Reply { status: StatusCode::NOT_FOUND, .. }) => Sent::Done(Deleted::NotThere),
            // What it says is of no use; that it said yes is.
            Sent::Done(reply) if reply.status.is_success() => Sent::Done(Deleted::Now),
            sent => sent.and_then(accepted).map(|_| Deleted::Now),
        }
    }

    /// When each of these calendars is busy between two instants. At most 50 of them.
    pub async fn free_busy(&self, calendars: &[&str], within: Span) -> Sent<BTreeMap<String, FreeBusy>> {
        if calendars.len() > MAX_ASKED {
            let why = format!("more than {MAX_ASKED} calendars in one question");
            return Sent::Refused(Refusal::ours(RefusalClass::Invalid, why));
        }
        let items: Vec<Value> = calendars.iter().map(|id| json!({ "id": id })).collect();
        let body = json!({"timeMin": within.start.iso(), "timeMax": within.end.iso(), "items": items});
        let request = self.request(Method::POST, &["freeBusy"]).json(&body);
        let sent = self.send(request, PAGE_CAP).await;
        sent.and_then(accepted).and_then(|body| match free_busy(&body, calendars) {
            Some(found) => Sent::Done(found),
            None => Sent::Unknown("the answer tells no busy times".to_owned()),
        })
    }

    /// Asks for pushes to `address` whenever a calendar changes. `token` comes back with each of
    /// them. On `Unknown` a channel may exist that nobody can stop: it ends by itself.
    pub async fn watch(
        &self,
        calendar: &CalendarRef,
        channel: &str,
        address: &Url,
        token: &SecretString,
        until: Millis,
    ) -> Sent<Channel> {
        let body = json!({
            "id": channel,
            "type": "web_hook",
            "address": address.as_str(),
            "token": token.expose_secret(),
            "expiration": until.0.to_string(),
        });
        let path = ["calendars", &calendar.id, "events", "watch"];
        let sent = self.send(self.request(Method::POST, &path).json(&body), ONE_CAP).await;
        sent.and_then(accepted).and_then(|body| match Channel::read(&body) {
            Some(channel) => Sent::Done(channel),
            None => Sent::Unknown("the answer is no channel".to_owned()),
        })
    }

    /// Ends a channel. Some pushes may still arrive. One that is gone already is done.
    pub async fn stop(&self, channel: &Channel) -> Sent<()> {
        let body = json!({"id": channel.id, "resourceId": channel.resource_id});
        let request = self.request(Method::POST, &["channels", "stop"]).json(&body);
        match self.send(request, ONE_CAP).await {
            Sent::Done(reply) if reply.status.is_success() || reply.status == StatusCode::NOT_FOUND => {
                Sent::Done(())
            }
            sent => sent.and_then(accepted).map(|_| ()),
        }
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        // Segments are escaped, so an id cannot reach another path. A base URL was checked to
        // have a host, which is all this needs.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        self.http.request(method, url)
    }

    /// A request that makes Google mail nobody: people hear from us.
    fn quiet(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.request(method, path).query(&[("sendUpdates", "none")])
    }

    /// Sends with a token; once more with a fresh one where that was refused. `Done` is any
    /// answer.
    async fn send(&self, request: RequestBuilder, cap: usize) -> Sent<Reply> {
        let again = request.try_clone();
        let (reply, used) = match self.send_once(request, cap).await {
            Ok(answered) => answered,
            Err(sent) => return sent,
        };
        let Some(again) = again.filter(|_| reply.status == StatusCode::UNAUTHORIZED) else {
            return Sent::Done(reply);
        };
        self.tokens.forget(&used).await;
        match self.send_once(again, cap).await {
            Ok((reply, _)) => Sent::Done(reply),
            Err(sent) => sent,
        }
    }

    async fn send_once(
        &self,
        request: RequestBuilder,
        cap: usize,
    ) -> Result<(Reply, SecretString), Sent<Reply>> {
        let token = self.tokens.get().await.map_err(Sent::from)?;
        let reply = http::send(request.bearer_auth(token.expose_secret()), cap).await.map_err(Sent::from)?;
        Ok((reply, token))
    }
}

/// The body of a 2xx; everything else is sorted here.
fn accepted(reply: Reply) -> Sent<bytes::Bytes> {
    match reply {
        Reply { status, body: Ok(body), .. } if status.is_success() => Sent::Done(body),
        Reply { status, body: Err(why), .. } if status.is_success() => {
            Sent::Unknown(format!("status {status}, but the answer was lost: {why}"))
        }
        Reply { status, retry_after_ms, body } => {
            refusal::answer(status.as_u16(), retry_after_ms, &body.unwrap_or_default())
        }
    }
}

fn one(body: &[u8], calendar: &CalendarRef) -> Sent<Event> {
    let event = json::read(body).ok().and_then(|wire| Event::of(wire, &calendar.zone));
    event.map_or_else(|| Sent::Unknown("the answer is no event".to_owned()), Sent::Done)
}

/// The path of an event; `None` without an id, which would name all of them.
fn path<'a>(calendar: &'a CalendarRef, event: &'a str) -> Option<[&'a str; 4]> {
    let named = !event.trim().is_empty() && !matches!(event, "." | "..");
    named.then_some(["calendars", &calendar.id, "events", event])
}

fn no_id<T>() -> Sent<T> {
    Sent::Refused(Refusal::ours(RefusalClass::NotFound, "no event id"))
}
