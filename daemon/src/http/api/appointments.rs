//! Appointments: listed by start, made, moved, given back and marked; which times are free.
//!
//! Must not live here: rules and calendar (`flows::diary`, the domain).

use super::body;
use crate::flows::appointments::{self as flow, Done};
use crate::flows::clients::Asker;
use crate::flows::diary::{self, Wish, zone_of};
use crate::http::auth::Caller;
use crate::http::bodies::Json as Body;
use crate::http::query::Query;
use crate::http::{ApiError, Web};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use frontdesk_domain::booking::{self, Slot};
use frontdesk_domain::records::Booking;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::{AppointmentId, Millis};
use frontdesk_store::{Refusal, appointments, clients};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

/// Characters of a note or a reason.
const LONGEST: usize = 1_000;
/// Free times in an answer.
const MOST_SLOTS: usize = 1_000;
/// Days of free times in an answer.
const MOST_DAYS: i32 = 62;
/// Days of free times where nobody says how many.
const DAYS: i32 = 7;

/// What to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    from: Option<String>,
    to: Option<String>,
    status: Option<String>,
    limit: Option<u32>,
    after: Option<String>,
}

/// `GET /api/appointments/{key}`.
pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    Query(options): Query<Options>,
) -> Result<Json<Value>, ApiError> {
    caller.may_act_for(&key)?;
    let status = options.status.as_deref().map(|word| {
        AppointmentStatus::parse(word)
            .ok_or_else(|| ApiError::invalid("status", "use booked, cancelled, attended or no-show"))
    });
    let status = status.transpose()?;
    let after = options.after.as_deref().map(|text| {
        behind(text).ok_or_else(|| ApiError::invalid("after", "not the next_after of an earlier answer"))
    });
    let after = after.transpose()?;
    let limit = options.limit.unwrap_or(100).clamp(1, 500);
    let ctx = web.app.ctx.clone();
    let _turn = web.shares.turn(&caller).await;
    let (zone, mut found) = web
        .app
        .store
        .read(move |tx| {
            let client = clients::need(tx, &key)?;
            let zone = zone_of(&ctx, &client);
            let at = |field: &'static str, text: &Option<String>, otherwise: i64| match text {
                None => Ok(Millis(otherwise)),
                Some(text) => instant(text, &zone).map_err(|why| Refusal::invalid(field, why)),
            };
            let wanted = appointments::Wanted {
                from: at("from", &options.from, i64::MIN)?,
                to: at("to", &options.to, i64::MAX)?,
                status,
                after,
                limit: limit + 1,
            };
            Ok((zone.clone(), appointments::of_client(tx, client.id, &wanted)?))
        })
        .await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > wanted;
    found.truncate(wanted);
    let next = found.last().filter(|_| more).map(|last| format!("{}.{}", last.starts_at.0, last.id));
    let rows: Vec<Value> = found.iter().map(|booking| shown(booking, &zone)).collect();
    Ok(Json(json!({ "appointments": rows, "next_after": next, "timezone": zone.iana_name() })))
}

/// What an answer said was its last.
fn behind(text: &str) -> Option<(Millis, AppointmentId)> {
    let (start, id) = text.split_once('.')?;
    Some((Millis(start.parse().ok()?), id.parse().ok()?))
}

/// A date, which begins at midnight there, or an instant.
fn instant(text: &str, zone: &TimeZone) -> Result<Millis, String> {
    if let Ok(date) = text.trim().parse::<Date>()
        && !text.contains(':')
    {
        let midnight = date.to_zoned(zone.clone()).map_err(|e| e.to_string())?;
        return Ok(Millis(midnight.timestamp().as_millisecond()));
    }
    booking::parse_start(text, zone, Millis(i64::MIN))
        .map_err(|_| "use a date, or a date and time such as 2026-11-24T14:30".to_owned())
}

fn shown(booking: &Booking, zone: &TimeZone) -> Value {
    json!({
        "id": booking.id,
        "starts_at": booking::local(booking.starts_at, zone),
        "ends_at": booking::local(booking.ends_at, zone),
        "status": booking.status,
        "who": booking.who,
        "lead": booking.lead,
        "note": booking.note,
        "sequence": booking.sequence,
        "made_by": booking.made_by,
    })
}

/// A new appointment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    lead: String,
    start: String,
    #[serde(default)]
    note: String,
}

/// Another time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    start: String,
}

/// The end of one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    #[serde(default)]
    reason: String,
}

/// `POST /api/appointments/{key}`: 201 with the appointment, 200 where the lead has it already.
pub(crate) async fn book(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    bytes: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    caller.may_act_for(&key)?;
    let New { lead, start, note } = body(bytes.bytes())?;
    short("note", &note)?;
    act(&web, &caller, key, Wish::Book { lead, start, note }).await
}

/// `POST /api/appointments/{key}/{id}/reschedule`.
pub(crate) async fn reschedule(
    State(web): State<Web>,
    caller: Caller,
    Path((key, id)): Path<(String, String)>,
    bytes: Body,
) -> Result<Json<Value>, ApiError> {
    caller.may_act_for(&key)?;
    let Start { start } = body(bytes.bytes())?;
    changed(&web, &caller, key, Wish::Move(named(&id)?, start)).await
}

/// `POST /api/appointments/{key}/{id}/cancel`.
pub(crate) async fn cancel(
    State(web): State<Web>,
    caller: Caller,
    Path((key, id)): Path<(String, String)>,
    bytes: Body,
) -> Result<Json<Value>, ApiError> {
    caller.may_act_for(&key)?;
    let End { reason } = if bytes.bytes().is_empty() { End::default() } else { body(bytes.bytes())? };
    short("reason", &reason)?;
    changed(&web, &caller, key, Wish::Cancel(named(&id)?, reason)).await
}

/// `POST /api/appointments/{key}/{id}/attended`.
pub(crate) async fn attended(
    State(web): State<Web>,
    caller: Caller,
    Path((key, id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    caller.may_act_for(&key)?;
    changed(&web, &caller, key, Wish::Mark(named(&id)?, true)).await
}

/// `POST /api/appointments/{key}/{id}/no-show`.
pub(crate) async fn no_show(
    State(web): State<Web>,
    caller: Caller,
    Path((key, id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    caller.may_act_for(&key)?;
    changed(&web, &caller, key, Wish::Mark(named(&id)?, false)).await
}

fn named(id: &str) -> Result<AppointmentId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found("there is no such appointment"))
}

fn short(field: &str, text: &str) -> Result<(), ApiError> {
    if text.chars().count() > LONGEST {
        return Err(ApiError::invalid(field, format!("{LONGEST} characters at most")));
    }
    Ok(())
}

async fn changed(web: &Web, caller: &Caller, key: String, wish: Wish) -> Result<Json<Value>, ApiError> {
    act(web, caller, key, wish).await.map(|(_, answer)| answer)
}

async fn act(
    web: &Web,
    caller: &Caller,
    key: String,
    wish: Wish,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (ctx, actor, address) = (web.app.ctx.clone(), caller.actor(), caller.address());
    let (zone, done) = web
        .app
        .store
        .write(move |tx| {
            let asker = Asker { actor: &actor, address: &address };
            let (client, done) = diary::act(tx, &ctx, &key, &wish, asker)?;
            Ok((zone_of(&ctx, &client), done))
        })
        .await?;
    let (status, booking) = match &done {
        Done::Is(booking) => (StatusCode::CREATED, booking),
        Done::Was(booking) | Done::TooEarly(booking) => (StatusCode::OK, booking),
        Done::Refused(refused) => {
            let reason = serde_json::to_value(refused.reason).unwrap_or_default();
            let instead = refused.alternatives.iter().map(|slot| booking::local(slot.start, &zone));
            let instead: Vec<String> = instead.collect();
            return Err(ApiError::refused("start", reason, refused.reason.sentence(), &instead));
        }
    };
    Ok((status, Json(json!({ "appointment": shown(booking, &zone) }))))
}

/// Which free times.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Free {
    from: Option<String>,
    days: Option<i32>,
}

/// `GET /api/appointments/{key}/availability`.
pub(crate) async fn availability(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    Query(asked): Query<Free>,
) -> Result<Json<Value>, ApiError> {
    caller.may_act_for(&key)?;
    let days = asked.days.unwrap_or(DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(ApiError::invalid("days", format!("from 1 to {MOST_DAYS}")));
    }
    let ctx = web.app.ctx.clone();
    let _turn = web.shares.turn(&caller).await;
    let (zone, slots) = web
        .app
        .store
        .read(move |tx| {
            let client = clients::need(tx, &key)?;
            let zone = zone_of(&ctx, &client);
            let from = match &asked.from {
                None => ctx.now(),
                Some(text) => instant(text, &zone).map_err(|why| Refusal::invalid("from", why))?,
            };
            let end = days_after(from, days, &zone)
                .ok_or_else(|| Refusal::invalid("from", "beyond the calendar"))?;
            let mut slots = flow::free(tx, &ctx, (&client, None), from, MOST_SLOTS)?;
            slots.retain(|slot: &Slot| slot.start < end);
            Ok((zone, slots))
        })
        .await?;
    let rows: Vec<Value> = slots
        .iter()
        .map(|slot| {
            json!({
                "starts_at": booking::local(slot.start, &zone),
                "ends_at": booking::local(slot.end, &zone),
            })
        })
        .collect();
    Ok(Json(json!({ "slots": rows, "timezone": zone.iana_name() })))
}

/// The midnight that ends the last of so many days, the first being that of `from`.
fn days_after(from: Millis, days: i32, zone: &TimeZone) -> Option<Millis> {
    let first = zone.to_datetime(jiff::Timestamp::from_millisecond(from.0).ok()?).date();
    let end = first.checked_add(days.days()).ok()?.to_zoned(zone.clone()).ok()?;
    Some(Millis(end.timestamp().as_millisecond()))
}
