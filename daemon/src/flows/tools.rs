//! Tools of the assistant: asked during a call, answered from our own tables, each question
//! once.

use super::booking::{self, Booked};
use super::ctx::VAPI;
use super::{Ctx, optout};
use frontdesk_domain::booking as desk;
use frontdesk_shared::Millis;
use frontdesk_store::calls::{self, Call, ToolAnswer};
use frontdesk_store::clients::Client;
use frontdesk_store::{Result, Tx};
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

/// One question of an assistant.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The provider's id of it.
    pub id: &'a str,
    /// The tool's name.
    pub name: &'a str,
    /// Its arguments.
    pub arguments: &'a Map<String, Json>,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// One line: the result, or what is wrong.
    pub text: String,
    /// Whether the tool failed, for the assistant to say so.
    pub is_error: bool,
}

impl Answer {
    fn says(text: String) -> Self {
        Self { text, is_error: false }
    }

    fn fails(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: true }
    }
}

/// Answers a question, or repeats the answer it was given before.
///
/// # Errors
/// As the statements fail.
pub fn answer(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    call: &mut Call,
    q: &Question<'_>,
) -> Result<Answer> {
    let provider_call = call.provider_call_id.clone().unwrap_or_default();
    if let Some((text, is_error)) = calls::tool_answer(tx, VAPI, &provider_call, q.id)? {
        return Ok(Answer { text, is_error });
    }
    let answer = decide(tx, ctx, client, call, q)?;
    calls::insert_tool_answer(
        tx,
        &ToolAnswer {
            provider: VAPI,
            call: &provider_call,
            tool_call: q.id,
            name: q.name,
            text: &answer.text,
            is_error: answer.is_error,
        },
        ctx.now(),
    )?;
    call.last_line = format!("tool {}{}", q.name, if answer.is_error { ": refused" } else { "" });
    Ok(answer)
}

fn decide(tx: &mut Tx<'_>, ctx: &Ctx, client: &Client, call: &Call, q: &Question<'_>) -> Result<Answer> {
    let zone = ctx.house.rules(client).booking.time_zone().unwrap_or(TimeZone::UTC);
    match q.name {
        "check_availability" => availability(tx, ctx, client, &zone, q.arguments),
        "book_appointment" => book(tx, ctx, client, call, &zone, q.arguments),
        "request_callback" => callback(tx, ctx, call, &zone, q.arguments),
        "opt_out" => opt_out(tx, ctx, call, q.arguments),
        other => Ok(Answer::fails(format!(
            "there is no tool {other}; there are check_availability, book_appointment, request_callback and opt_out"
        ))),
    }
}

fn availability(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    zone: &TimeZone,
    arguments: &Map<String, Json>,
) -> Result<Answer> {
    let from = match text(arguments, &["date", "from", "start", "day"]) {
        None => ctx.now(),
        // An agent that asks for a day it misheard still gets what there is.
        Some(day) => {
            desk::parse_start(day, zone, ctx.now()).unwrap_or_else(|_| day_start(day, zone, ctx.now()))
        }
    };
    let slots = booking::offer(tx, ctx, client, from)?;
    Ok(Answer::says(desk::availability_result(&slots, zone)))
}

fn day_start(day: &str, zone: &TimeZone, now: Millis) -> Millis {
    day.get(..10)
        .and_then(|d| d.parse::<jiff::civil::Date>().ok())
        .and_then(|d| d.to_zoned(zone.clone()).ok())
        .map_or(now, |z| Millis(z.timestamp().as_millisecond()).max(now))
}

fn book(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    call: &Call,
    zone: &TimeZone,
    arguments: &Map<String, Json>,
) -> Result<Answer> {
    let Some(wish) = text(arguments, &["start", "slot", "time", "datetime", "starts_at"]) else {
        return Ok(Answer::fails(
            "start is missing: give the start of the slot, as check_availability listed it",
        ));
    };
    let start = match desk::parse_start(wish, zone, ctx.now()) {
        Ok(start) => start,
        Err(reason) => {
            let slots = booking::offer(tx, ctx, client, ctx.now())?;
            return Ok(Answer::says(desk::refused_result(&reason, &slots, zone)));
        }
    };
    let who = text(arguments, &["name", "customer_name"]).unwrap_or(&call.who).to_owned();
    let note = text(arguments, &["note", "notes", "service"]).unwrap_or_default().to_owned();
    Ok(Answer::says(match booking::book(tx, ctx, client, call, start, &clip(&who), &clip(&note))? {
        Booked::Yes(slot) => desk::booked_result(&slot, zone),
        Booked::No { reason, alternatives } => desk::refused_result(&reason, &alternatives, zone),
    }))
}

fn callback(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    call: &Call,
    zone: &TimeZone,
    arguments: &Map<String, Json>,
) -> Result<Answer> {
    let ask: desk::CallbackAsk = match serde_json::from_value(Json::Object(arguments.clone())) {
        Ok(ask) => ask,
        Err(_) => return Ok(Answer::fails("say when: at (a time), in_hours or in_minutes")),
    };
    Ok(match desk::callback_time(&ask, zone, ctx.now()) {
        Ok(at) => {
            // The promise is kept with the call; the plan is made when the call is over.
            calls::promise_callback(tx, call.id, at)?;
            Answer::says(serde_json::json!({ "callback": true, "at": at.iso() }).to_string())
        }
        Err(reason) => Answer::says(serde_json::json!({ "callback": false, "reason": reason }).to_string()),
    })
}

/// The opt-out is in this transaction: once the assistant hears the answer, it is durable.
fn opt_out(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, arguments: &Map<String, Json>) -> Result<Answer> {
    if call.phone.is_empty() {
        return Ok(Answer::fails("the caller's number is not known: take it down and tell the office"));
    }
    let words = text(arguments, &["reason", "words", "note"]).unwrap_or("asked during the call").to_owned();
    optout::record(
        tx,
        ctx,
        &call.phone.clone(),
        call.client,
        optout::Source {
            reason: "user_request",
            evidence: &format!("tool opt_out in call {}: {}", call.id, clip(&words)),
            actor: VAPI,
        },
    )?;
    Ok(Answer::says(serde_json::json!({ "opted_out": true }).to_string()))
}

fn text<'a>(arguments: &'a Map<String, Json>, names: &[&str]) -> Option<&'a str> {
    names
        .iter()
        .find_map(|n| arguments.get(*n))
        .and_then(Json::as_str)
        .map(str::trim)
        .filter(|s| !s.is_empty())
}

fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
