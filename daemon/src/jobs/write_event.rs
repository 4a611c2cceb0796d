//! Telling a client's calendar about an appointment: one request for one committed intent.
//!
//! What is to be told is looked up when the job runs, so that what was cancelled before is never
//! written. The event has an id of ours: what may have been sent before is looked up first.

use super::{Settlement, Verdict};
use crate::app::App;
use crate::flows::calendars::{self, Write as Start};
use frontdesk_domain::booking::Slot;
use frontdesk_domain::calendar::{self, Answer, Begun, Entry, Found, Lost, Order, QUOTA_MS, Seen, Write};
use frontdesk_domain::job::WriteEvent;
use frontdesk_providers::google::{
    CalendarRef, Calendars, Deleted, Event, FreeBusy, Inserted, NewEvent, Patched, Span,
};
use frontdesk_providers::outcome::{Refusal, RefusalClass, Sent};
use frontdesk_shared::Millis;
use frontdesk_shared::time::{DAY, MINUTE, SECOND};
use frontdesk_store::jobs::Job;
use jiff::tz::TimeZone;

/// What a person has to see to is tried again after this.
const LOST_MS: i64 = 15 * MINUTE;
/// Longest wait of a write while Google is away.
const LONGEST_MS: i64 = 15 * MINUTE;

pub(super) async fn run(app: &App, job: &Job) -> Settlement {
    let appointment = match job.arguments::<WriteEvent>() {
        Ok(asked) => asked.appointment,
        Err(e) => return Settlement::just(Verdict::Stop(e.to_string())),
    };
    let Some(google) = &app.google else {
        return Settlement::just(Verdict::Done("Google is not set up any more".into()));
    };
    let (ctx, begun) = (app.ctx.clone(), job.clone());
    let begun = app.store.write(move |tx| calendars::begin(tx, &ctx, &begun, appointment)).await;
    let order = match begun {
        Ok(Start::Is(Begun::Send(order))) => order,
        Ok(Start::Is(Begun::Nothing(why))) => return Settlement::just(Verdict::Done(why.into())),
        Ok(Start::Is(Begun::Waits(why))) => {
            return Settlement::just(Verdict::Snooze(app.ctx.now() + LOST_MS, why.into()));
        }
        Ok(Start::Held(until, why)) => return Settlement::just(Verdict::Snooze(until, why)),
        Err(e) => return Settlement::just(Verdict::Again(e.to_string())),
    };
    frontdesk_env::fail::point("calendar.intended");
    let answer = Writing { google, order: &order, calendar: reference(&order) }.send(app.ctx.now()).await;
    frontdesk_env::fail::point("calendar.answered");
    let (answer, verdict) = match answer {
        Ok(answer) => (answer, Verdict::Done(done(&order.write).into())),
        Err(missed) => missed.settled(job, app.ctx.now()),
    };
    Settlement::with(verdict, move |unit| calendar::answered(unit, &order, &answer))
}

fn done(write: &Write) -> &'static str {
    match write {
        Write::Insert | Write::LookUp => "the calendar has it",
        Write::Move { .. } => "the calendar shows the new time",
        Write::Delete => "taken out of the calendar",
        Write::Nothing => "nothing to do",
    }
}

fn reference(order: &Order) -> CalendarRef {
    let zone = TimeZone::get(&order.zone).unwrap_or(TimeZone::UTC);
    CalendarRef { id: order.ours.calendar.clone(), zone }
}

/// A request that did not do what it was for.
enum Missed {
    /// It may be sent again, after what was asked for.
    Again(Option<i64>, String),
    /// Google says no.
    Refused(Refusal),
    /// The calendar is not there for us.
    NotThere,
}

impl Missed {
    fn settled(self, job: &Job, now: Millis) -> (Answer, Verdict) {
        match self {
            Self::Again(after_ms, why) => {
                // Puts back without end: the booking stands, and so does what has to be told of it.
                let step = u32::try_from(job.fence.clamp(0, 7)).unwrap_or(0);
                let wait = after_ms.unwrap_or(0).max((SECOND << step).min(LONGEST_MS)).min(DAY);
                (Answer::Failed, Verdict::Snooze(now + wait, why))
            }
            Self::NotThere => {
                let why = "there is neither the event nor the calendar".to_owned();
                (Answer::Lost(Lost::NotShared, why.clone()), Verdict::Snooze(now + LOST_MS, why))
            }
            Self::Refused(refusal) => {
                let why = refusal.to_string();
                match lost(refusal.class) {
                    Some(lost) => (Answer::Lost(lost, why.clone()), Verdict::Snooze(now + LOST_MS, why)),
                    None if refusal.class == RefusalClass::DailyLimit => {
                        (Answer::Quota(why.clone()), Verdict::Snooze(now + QUOTA_MS, why))
                    }
                    None => (Answer::Failed, Verdict::Stop(why)),
                }
            }
        }
    }
}

/// What of a refusal is for a person to see to.
pub(super) fn lost(class: RefusalClass) -> Option<Lost> {
    match class {
        RefusalClass::NotFound => Some(Lost::NotShared),
        RefusalClass::Access | RefusalClass::Billing => Some(Lost::Access),
        RefusalClass::Clock => Some(Lost::Clock),
        _ => None,
    }
}

/// The value, or why there is none.
fn told<T>(sent: Sent<T>) -> Result<T, Missed> {
    match sent {
        Sent::Done(value) => Ok(value),
        Sent::Refused(refusal) => Err(Missed::Refused(refusal)),
        Sent::Busy { retry_after_ms } => {
            Err(Missed::Again(Some(retry_after_ms.unwrap_or(MINUTE)), "Google limits our requests".into()))
        }
        Sent::NotSent(why) | Sent::Unknown(why) => Err(Missed::Again(None, why)),
    }
}

struct Writing<'a> {
    google: &'a Calendars,
    order: &'a Order,
    calendar: CalendarRef,
}

impl Writing<'_> {
    async fn send(&self, now: Millis) -> Result<Answer, Missed> {
        let ours = &self.order.ours;
        match &self.order.write {
            Write::Nothing => Ok(Answer::Failed),
            Write::Insert => self.insert().await,
            Write::LookUp => match self.look().await? {
                Some(event) => Ok(Answer::Found(seen(&event))),
                None if ours.booked => self.insert().await,
                None => self.is_there(now).await.map(|()| Answer::Absent),
            },
            Write::Move { to, etag } => {
                let span = Span { start: to.start, end: to.end };
                let patched =
                    self.google.patch_times(&self.calendar, &ours.event, span, etag.as_deref()).await;
                match told(patched)? {
                    Patched::Done(event) => self.stands(&event),
                    Patched::Gone => Ok(Answer::Found(Seen::Gone { event: ours.event.clone() })),
                    // Somebody was there since: what they did tells what is still to be done.
                    Patched::Changed => {
                        let found = self.look().await?.map(|event| seen(&event));
                        Ok(found.map_or(Answer::Failed, Answer::Found))
                    }
                }
            }
            Write::Delete => match told(self.google.delete(&self.calendar, &ours.event).await)? {
                Deleted::Now | Deleted::Before => Ok(Answer::Deleted),
                Deleted::NotThere => self.is_there(now).await.map(|()| Answer::Deleted),
            },
        }
    }

    async fn insert(&self) -> Result<Answer, Missed> {
        let (order, ours) = (self.order, &self.order.ours);
        let new = NewEvent {
            id: ours.event.clone(),
            mark: ours.appointment.to_string(),
            title: if order.booking.who.is_empty() {
                "Appointment".into()
            } else {
                order.booking.who.clone()
            },
            description: Some(order.booking.note.clone()).filter(|note| !note.is_empty()),
            location: None,
            span: Span { start: ours.slot.start, end: ours.slot.end },
            zone: self.calendar.zone.clone(),
        };
        match told(self.google.insert(&self.calendar, &new).await)? {
            Inserted::Made(event) => self.stands(&event),
            Inserted::Taken(None) => Ok(Answer::Taken(Found::Nothing, None)),
            Inserted::Taken(Some(event)) => Ok(match seen(&event) {
                Seen::Gone { .. } => Answer::Taken(Found::Deleted, None),
                Seen::Stands(entry) => Answer::Taken(Found::Stands(entry.appointment), Some(entry)),
            }),
        }
    }

    fn stands(&self, event: &Event) -> Result<Answer, Missed> {
        match seen(event) {
            Seen::Stands(entry) => Ok(Answer::Stands(entry)),
            gone @ Seen::Gone { .. } => Ok(Answer::Found(gone)),
        }
    }

    /// The event, deleted or not; `None` where nothing is.
    async fn look(&self) -> Result<Option<Event>, Missed> {
        match self.google.get(&self.calendar, &self.order.ours.event).await {
            Sent::Refused(refusal) if matches!(refusal.status, 404 | 410) => Ok(None),
            sent => told(sent).map(Some),
        }
    }

    /// Whether the calendar is there at all: only then does it mean anything that an event is not.
    async fn is_there(&self, now: Millis) -> Result<(), Missed> {
        let id = self.calendar.id.as_str();
        let span = Span { start: now, end: now + DAY };
        match told(self.google.free_busy(&[id], span).await)?.get(id) {
            Some(FreeBusy::Busy(_)) => Ok(()),
            Some(FreeBusy::Unknown(_)) | None => Err(Missed::NotThere),
        }
    }
}

/// An event as the decisions know it.
pub(super) fn seen(event: &Event) -> Seen {
    let (Some(span), false) = (event.span, event.cancelled) else {
        return Seen::Gone { event: event.id.clone() };
    };
    Seen::Stands(Entry {
        event: event.id.clone(),
        appointment: event.mark.as_deref().and_then(|mark| mark.parse().ok()),
        slot: Slot { start: span.start, end: span.end },
        busy: event.busy,
        all_day: event.all_day,
        title: event.title.clone(),
        tentative: event.tentative,
        series: event.series.clone(),
        updated: event.updated,
        etag: event.etag.clone(),
    })
}
