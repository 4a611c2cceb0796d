//! The page about an appointment: what it shows to whoever has the link, and its buttons.
//!
//! Must not live here: what a link allows and what a button does (`flows::links`).

use super::form::Pressed;
use super::shell::Page;
use super::{Sorry, Visitor, opened};
use crate::flows::diary::zone_of;
use crate::flows::links::{self, Outcome, Visit, Wish};
use crate::http::query::Query;
use crate::http::{ApiError, Web};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use frontdesk_domain::booking::Slot;
use frontdesk_domain::link::{self, APPOINTMENT};
use frontdesk_domain::message::clock::{Clock, Locale};
use frontdesk_domain::sending;
use frontdesk_domain::visit::Standing;
use frontdesk_shared::Millis;
use frontdesk_shared::message::AppointmentStatus;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;

/// Times on a page.
const TIMES: usize = 24;

/// Where a page is, so that its addresses can be written from there: what stands before ours in the
/// public address is not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// `/m/appointment/{token}`.
    Link,
    /// Below it.
    Below,
}

/// Everything the words of a page are made from.
struct View<'a> {
    visit: &'a Visit,
    token: &'a str,
    at: At,
    nonce: String,
    locale: Locale,
    zone: TimeZone,
    readers: Vec<TimeZone>,
    now: Millis,
}

impl<'a> View<'a> {
    fn of(web: &Web, visit: &'a Visit, token: &'a str, at: At) -> Self {
        let ctx = &web.app.ctx;
        let (id, sequence, now) = (visit.message.id, visit.booking.sequence, ctx.now());
        let secret = ctx.house.lines.link_secret.as_ref();
        Self {
            visit,
            token,
            at,
            nonce: secret.map(|s| link::nonce(s, APPOINTMENT, id, sequence, now)).unwrap_or_default(),
            locale: sending::locale(&visit.client),
            zone: zone_of(ctx, &visit.client),
            readers: visit.lead.as_ref().map(sending::readers).unwrap_or_default(),
            now,
        }
    }

    fn clock(&self) -> Clock<'_> {
        Clock { locale: self.locale, zone: &self.zone, readers: &self.readers }
    }

    fn below(&self, name: &str) -> String {
        match self.at {
            At::Link => format!("{}/{name}", self.token),
            At::Below => name.to_owned(),
        }
    }

    fn page(&self, status: StatusCode, title: &str, body: Markup) -> Response {
        let (business, language) = (Some(self.visit.client.name.as_str()), self.locale.tag());
        Page { status, title, business, language, body }.into_response()
    }

    fn when(&self) -> Markup {
        let at = self.visit.booking.starts_at;
        html! { p.when { time datetime=(at.iso()) { (self.clock().moment(at)) } } }
    }

    fn button(&self, name: &str, words: &str, is_plain: bool) -> Markup {
        html! {
            form method="post" action=(self.below(name)) {
                input type="hidden" name="nonce" value=(self.nonce);
                button type="submit" class=[is_plain.then_some("plain")] { (words) }
            }
        }
    }

    /// Buttons of times, a list for each day.
    fn times(&self, slots: &[Slot]) -> Markup {
        let clock = self.clock();
        let days = slots.chunk_by(|a, b| clock.date(a.start) == clock.date(b.start));
        html! {
            @for day in days {
                @if let Some(first) = day.first() { h2 { (clock.date(first.start)) } }
                form method="post" action=(self.below("move")) {
                    input type="hidden" name="nonce" value=(self.nonce);
                    ul.times {
                        @for slot in day {
                            li {
                                button.plain type="submit" name="start" value=(slot.start.0)
                                    aria-label=(clock.moment(slot.start)) { (clock.time(slot.start)) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Whom to ask instead.
    fn phone(&self) -> Markup {
        let phone = self.visit.client.phone.trim();
        let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        html! {
            @if phone.is_empty() {
                p { "For anything else, ask " (self.visit.client.name) "." }
            } @else if digits.is_empty() {
                p { "For anything else, call " (phone) "." }
            } @else {
                p { "For anything else, call " a href={ "tel:" (digits) } { (phone) } "." }
            }
        }
    }

    fn show(&self, outcome: Option<&Outcome>) -> Response {
        let (visit, at) = (self.visit, self.visit.booking.starts_at);
        let status = match outcome {
            Some(Outcome::Refused(_) | Outcome::Stale | Outcome::NotAllowed) => StatusCode::CONFLICT,
            _ => StatusCode::OK,
        };
        if outcome == Some(&Outcome::TakenAgain) {
            let title = "Your appointment is booked again";
            return self.page(status, title, html! { (self.when()) (self.phone()) });
        }
        let said = outcome.and_then(said).map(|text| html! { p.said role="status" { (text) } });
        let (title, rest) = match visit.standing {
            Standing::Open => ("Your appointment", self.open()),
            Standing::Closed => ("Your appointment", html! { p { "It cannot be changed here any more." } }),
            Standing::Changed if outcome == Some(&Outcome::Moved) => (
                "Your appointment is moved",
                html! { p { "This is its new time. The newest message about it has a link to change it again." } },
            ),
            Standing::Changed => (
                "Your appointment has changed",
                html! { p {
                    "The message with this link was about an earlier time or state. This is how it stands now; \
                     to change it, use the link in the newest message."
                } },
            ),
            Standing::Cancelled { undo } => (
                "This appointment is cancelled",
                self.cancelled(undo || outcome == Some(&Outcome::Cancelled)),
            ),
            Standing::Past if visit.booking.status == AppointmentStatus::Cancelled => (
                "This appointment was cancelled",
                html! { p { "Its time is past. There is nothing left to change." } },
            ),
            Standing::Past if at <= self.now && self.now < visit.booking.ends_at => {
                ("This appointment has begun", html! { p { "It cannot be changed any more." } })
            }
            Standing::Past | Standing::Expired => {
                ("This appointment is over", html! { p { "It cannot be changed any more." } })
            }
        };
        let refused = match outcome {
            Some(Outcome::Refused(refused)) if visit.standing == Standing::Open => {
                refused.alternatives.as_slice()
            }
            _ => &[],
        };
        self.page(
            status,
            title,
            html! {
                @if let Some(said) = said { (said) }
                (self.times(refused))
                (self.when())
                (rest)
                (self.phone())
            },
        )
    }

    fn open(&self) -> Markup {
        html! {
            div.acts {
                a.button href=(self.below("times")) { "Other times" }
                (self.button("cancel", "Cancel this appointment", true))
            }
        }
    }

    fn cancelled(&self, undo: bool) -> Markup {
        html! {
            @if undo {
                p { "Was that a mistake? You can have it back while its time is still free." }
                div.acts { (self.button("again", "Book it again", false)) }
            } @else {
                p { "There is nothing left to change." }
            }
        }
    }
}

fn said(outcome: &Outcome) -> Option<String> {
    Some(match outcome {
        Outcome::Cancelled => "Your appointment is cancelled, and the business knows.".to_owned(),
        Outcome::Moved => "Your appointment is at this time now.".to_owned(),
        Outcome::TakenAgain => return None,
        Outcome::Refused(refused) => format!("{} Nothing was changed.", refused.reason.sentence()),
        Outcome::Stale => {
            "This page was too old. Nothing was changed; please press the button again.".to_owned()
        }
        Outcome::NotAllowed => {
            "This link cannot change the appointment any more. Nothing was changed.".to_owned()
        }
    })
}

async fn visited(web: &Web, token: &str) -> Result<Visit, Sorry> {
    let id = opened(web, APPOINTMENT, token)?;
    let ctx = web.app.ctx.clone();
    let found = web.app.store.read(move |tx| links::look(tx, &ctx, id)).await?;
    known(found)
}

fn known(found: Option<Visit>) -> Result<Visit, Sorry> {
    match found {
        None => Err(Sorry::Unknown),
        Some(visit) if visit.standing == Standing::Expired => Err(Sorry::Expired),
        Some(visit) => Ok(visit),
    }
}

/// `GET /m/appointment/{token}`.
pub(crate) async fn show(
    State(web): State<Web>,
    _visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Sorry> {
    let visit = visited(&web, &token).await?;
    Ok(View::of(&web, &visit, &token, At::Link).show(None))
}

/// The same where a button was pressed and its address is opened again.
pub(crate) async fn show_below(
    State(web): State<Web>,
    _visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Sorry> {
    let visit = visited(&web, &token).await?;
    Ok(View::of(&web, &visit, &token, At::Below).show(None))
}

/// From when on.
#[derive(Debug, Deserialize)]
pub(crate) struct From {
    from: Option<i64>,
}

/// `GET /m/appointment/{token}/times`.
pub(crate) async fn times(
    State(web): State<Web>,
    _visitor: Visitor,
    Path(token): Path<String>,
    query: Result<Query<From>, ApiError>,
) -> Result<Response, Sorry> {
    let Query(From { from }) = query?;
    let visit = visited(&web, &token).await?;
    let view = View::of(&web, &visit, &token, At::Below);
    if visit.standing != Standing::Open {
        return Ok(view.show(None));
    }
    let from = instant(from.unwrap_or(0))?.max(view.now);
    let (ctx, asked) = (web.app.ctx.clone(), visit.clone());
    let read = move |tx: &mut frontdesk_store::Tx<'_>| links::other_times(tx, &ctx, &asked, from, TIMES + 1);
    let mut slots = web.app.store.read(read).await?;
    let next = slots.get(TIMES).map(|slot| slot.start);
    slots.truncate(TIMES);
    let body = html! {
        p { "Now: " (view.clock().moment(visit.booking.starts_at)) }
        @if slots.is_empty() { p role="status" { "There are no free times here at the moment." } }
        (view.times(&slots))
        div.acts {
            @if let Some(next) = next { a.button.plain href={ "times?from=" (next.0) } { "Later times" } }
            a href={ "../" (token) } { "Keep it as it is" }
        }
        (view.phone())
    };
    Ok(view.page(StatusCode::OK, "Choose another time", body))
}

fn instant(ms: i64) -> Result<Millis, Sorry> {
    Timestamp::from_millisecond(ms).map(|at| Millis(at.as_millisecond())).map_err(|_| Sorry::Unreadable)
}

/// `POST /m/appointment/{token}/cancel`.
pub(crate) async fn cancel(
    state: State<Web>,
    visitor: Visitor,
    token: Path<String>,
    pressed: Pressed,
) -> Result<Response, Sorry> {
    press(state, visitor, token, pressed, Wish::Cancel).await
}

/// `POST /m/appointment/{token}/move`.
pub(crate) async fn reschedule(
    state: State<Web>,
    visitor: Visitor,
    token: Path<String>,
    pressed: Pressed,
) -> Result<Response, Sorry> {
    let start = pressed.start.parse().map_err(|_| Sorry::Unreadable).and_then(instant)?;
    press(state, visitor, token, pressed, Wish::Move(start)).await
}

/// `POST /m/appointment/{token}/again`.
pub(crate) async fn again(
    state: State<Web>,
    visitor: Visitor,
    token: Path<String>,
    pressed: Pressed,
) -> Result<Response, Sorry> {
    press(state, visitor, token, pressed, Wish::TakeAgain).await
}

async fn press(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
    pressed: Pressed,
    wish: Wish,
) -> Result<Response, Sorry> {
    let id = opened(&web, APPOINTMENT, &token)?;
    let (ctx, nonce, address) = (web.app.ctx.clone(), pressed.nonce, visitor.address);
    let write = move |tx: &mut frontdesk_store::Tx<'_>| {
        links::press(tx, &ctx, id, links::Pressed { wish, nonce: &nonce, address: &address })
    };
    let Some((visit, outcome)) = web.app.store.write(write).await? else { return Err(Sorry::Unknown) };
    let visit = known(Some(visit))?;
    Ok(View::of(&web, &visit, &token, At::Below).show(Some(&outcome)))
}
