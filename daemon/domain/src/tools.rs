//! Tools of the assistant: asked during a call, answered from our own tables, each question
//! once.
//!
//! Must not live here: how a provider writes questions and answers.

use crate::appointment::{self, By, NewBooking};
use crate::booking::{self, CallbackAsk, Slot};
use crate::calendar;
use crate::call::Call;
use crate::callers;
use crate::client::Client;
use crate::gate;
use crate::intake;
use crate::lead::Lead;
use crate::opt_out::Source;
use crate::phone;
use crate::placement::VAPI;
use crate::planning::{self, Stage, Standing};
use crate::records::{Booking, ToolAnswer};
use crate::unit::{Decided, Unit};
use crate::zones;
use frontdesk_shared::explain::{Answer as GateAnswer, Finding};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::DAY;
use frontdesk_shared::{LeadId, Millis};
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

/// Slots offered at once: more than an agent can say aloud is noise.
const OFFERED: usize = 6;
const UNREAD: &str = "I could not read that date, so these are the next free times. Send it like 2026-11-24.";
const PAST: &str = "That day has passed, so these are the next free times.";
const NOTHING_FROM_THERE: &str =
    "Nothing is free from that day on, or it is too far ahead; these are the next free times.";

/// One question of an assistant.
#[derive(Clone, Debug)]
pub struct Question {
    /// The provider's id of it.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// Its arguments; `None` where they could not be read.
    pub arguments: Option<Map<String, Json>>,
}

impl Question {
    /// What tells it from the other questions of its call: providers reuse ids.
    fn identity(&self) -> String {
        let arguments = self.arguments.as_ref().map(|a| Json::Object(a.clone()).to_string());
        format!("{}|{}|{}", self.id, self.name, arguments.unwrap_or_default())
    }
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
/// A missing fact.
pub fn answer(unit: &mut Unit<'_>, client: &Client, call: &mut Call, q: &Question) -> Decided<Answer> {
    let Some(arguments) = &q.arguments else {
        return Ok(Answer::fails("the arguments could not be read: send them as one JSON object"));
    };
    let provider_call = call.provider_call_id.clone().unwrap_or_default();
    let question = q.identity();
    if let Some(known) = unit.tool_answers(&provider_call)?.iter().find(|a| a.question == question) {
        return Ok(Answer { text: known.text.clone(), is_error: known.is_error });
    }
    let answer = decide(unit, client, call, &q.name, arguments)?;
    unit.changes.tool_answers.push(ToolAnswer {
        provider: VAPI,
        call: provider_call,
        question,
        name: q.name.clone(),
        text: answer.text.clone(),
        is_error: answer.is_error,
    });
    call.says(format!("tool {}{}", q.name, if answer.is_error { ": refused" } else { "" }));
    Ok(answer)
}

fn decide(
    unit: &mut Unit<'_>,
    client: &Client,
    call: &mut Call,
    tool: &str,
    arguments: &Map<String, Json>,
) -> Decided<Answer> {
    let zone = unit.house.rules(client).booking.time_zone().unwrap_or(TimeZone::UTC);
    match tool {
        "check_availability" => availability(unit, client, &zone, arguments),
        "book_appointment" => book(unit, client, call, &zone, arguments),
        "request_callback" => callback(unit, client, call, &zone, arguments),
        "opt_out" => opt_out(unit, call, arguments),
        other => Ok(Answer::fails(format!(
            "there is no tool {other}; there are check_availability, book_appointment, request_callback and opt_out"
        ))),
    }
}

fn availability(
    unit: &Unit<'_>,
    client: &Client,
    zone: &TimeZone,
    arguments: &Map<String, Json>,
) -> Decided<Answer> {
    // An agent that asks for a day it misheard still gets what there is, and hears that it did.
    let (from, mut note) = match text(arguments, &["date", "from", "start", "day"]) {
        None => (unit.now, None),
        Some(day) => match (booking::parse_start(day, zone, unit.now), day_start(day, zone)) {
            (Ok(at), _) => (at, None),
            (Err(_), Some(start)) if start + DAY <= unit.now => (unit.now, Some(PAST)),
            (Err(_), Some(start)) => (start.max(unit.now), None),
            (Err(_), None) => (unit.now, Some(UNREAD)),
        },
    };
    let mut slots = offer(unit, client, from)?;
    if slots.is_empty() && from > unit.now {
        note = Some(NOTHING_FROM_THERE);
        slots = offer(unit, client, unit.now)?;
    }
    let limit = unit.house.calendars.as_ref().map_or(0, |rules| rules.stale_ms);
    let old = unit.calendar(client.id)?.and_then(|of| calendar::caveat(&of, unit.now, limit));
    let notes: Vec<&str> = note.into_iter().chain(old.as_deref()).collect();
    let note = Some(notes.join(" ")).filter(|note| !note.is_empty());
    Ok(Answer::says(booking::availability_result(&slots, zone, note.as_deref())))
}

fn day_start(day: &str, zone: &TimeZone) -> Option<Millis> {
    let date = day.get(..10)?.parse::<jiff::civil::Date>().ok()?;
    Some(Millis(date.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond()))
}

/// Free slots from an instant on, soonest first.
fn offer(unit: &Unit<'_>, client: &Client, from: Millis) -> Decided<Vec<Slot>> {
    let rules = unit.house.rules(client);
    let busy = appointment::busy(unit, client, None)?;
    Ok(booking::free_slots(&rules.booking, unit.now, from, &busy, OFFERED))
}

fn book(
    unit: &mut Unit<'_>,
    client: &Client,
    call: &mut Call,
    zone: &TimeZone,
    arguments: &Map<String, Json>,
) -> Decided<Answer> {
    let Some(wish) = text(arguments, &["start", "slot", "time", "datetime", "starts_at"]) else {
        return Ok(Answer::fails(
            "start is missing: give the start of the slot, as check_availability listed it",
        ));
    };
    let start = match booking::parse_start(wish, zone, unit.now) {
        Ok(start) => start,
        Err(reason) => {
            let slots = offer(unit, client, unit.now)?;
            return Ok(Answer::says(booking::refused_result(&reason, &slots, zone)));
        }
    };
    let who = text(arguments, &["name", "customer_name"]).unwrap_or(&call.who).to_owned();
    let note = text(arguments, &["note", "notes", "service"]).unwrap_or_default().to_owned();
    let email = text(arguments, &["email", "customer_email"]).map(clip);
    Ok(Answer::says(match take(unit, client, call, start, (&clip(&who), &clip(&note), email.as_deref()))? {
        Ok(Taken { slot, moved_from: None }) => booking::booked_result(&slot, zone),
        Ok(Taken { slot, moved_from: Some(from) }) => booking::moved_result(&slot, from, zone),
        Err((reason, alternatives)) => booking::refused_result(reason, &alternatives, zone),
    }))
}

/// A slot that was taken.
struct Taken {
    slot: Slot,
    /// Where the same person's appointment was before.
    moved_from: Option<Millis>,
}

/// Takes a slot for the person of a call, unless the rules or somebody else forbid it, and tells
/// where it was before. A call that already holds a slot in this name keeps it when it asks for the
/// same one again, and moves it when it gets another; another name is another appointment.
fn take(
    unit: &mut Unit<'_>,
    client: &Client,
    call: &mut Call,
    start: Millis,
    (who, note, email): (&str, &str, Option<&str>),
) -> Decided<Result<Taken, (&'static str, Vec<Slot>)>> {
    let held = held_by(unit, call, who)?;
    if let Some(held) = held.as_ref().filter(|held| held.starts_at == start) {
        return Ok(Ok(Taken { slot: Slot { start, end: held.ends_at }, moved_from: None }));
    }
    let slot = match appointment::check(unit, client, start, held.as_ref().map(|held| held.id))? {
        Ok(slot) => slot,
        Err(refused) => return Ok(Err((refused.reason.sentence(), refused.alternatives))),
    };
    let by = By { actor: VAPI, act: Some(unit.now), by_business: false };
    if let Some(held) = held {
        appointment::reschedule(unit, client, &held, slot, by)?;
        return Ok(Ok(Taken { slot, moved_from: Some(held.starts_at) }));
    }
    let lead = person(unit, client, call, (who, email))?;
    let new = NewBooking { slot, call: Some(call.id), who: who.to_owned(), note: note.to_owned() };
    appointment::book(unit, client, lead.as_ref(), new, by)?;
    Ok(Ok(Taken { slot, moved_from: None }))
}

/// The appointment that a call has made in a name.
fn held_by(unit: &Unit<'_>, call: &Call, who: &str) -> Decided<Option<Booking>> {
    let mut made: Vec<Booking> = unit.booked_in(call.id)?.into_iter().collect();
    if let (Some(lead), false) = (call.lead, made.is_empty()) {
        let others = unit.upcoming(lead)?.into_iter().filter(|b| b.call == Some(call.id));
        made.extend(others.filter(|b| made.iter().all(|known| known.id != b.id)).collect::<Vec<_>>());
    }
    Ok(made.into_iter().find(|booking| is_same_name(&booking.who, who)))
}

/// Whether two names may be one person's: “Ann” and “Ann Lee” are, “Paul” and “Wilma” are not.
fn is_same_name(one: &str, other: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let letters = |c: char| !c.is_alphanumeric();
        name.to_lowercase().split(letters).filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let (one, other) = (words(one), words(other));
    one.iter().all(|w| other.contains(w)) || other.iter().all(|w| one.contains(w))
}

/// The person of a call. Somebody who calls in and books becomes a lead: what follows the
/// appointment has to reach them, and what they say about contact has to be kept.
fn person(
    unit: &mut Unit<'_>,
    client: &Client,
    call: &mut Call,
    (who, email): (&str, Option<&str>),
) -> Decided<Option<Lead>> {
    let email = email.and_then(|email| intake::email::read(email).ok()).map(|(email, _)| email);
    if let Some(mut lead) = call.lead.map_or(Ok(None), |id| unit.lead(id))? {
        if let Some(email) = email.filter(|_| lead.email.is_empty()) {
            lead.email = email;
            unit.put_lead(lead.clone());
        }
        return Ok(Some(lead));
    }
    let Ok(phone) = phone::normalise(&call.phone, Some(&client.country)) else { return Ok(None) };
    if let Some(known) = unit.lead_of(client.id, phone.e164())? {
        // They became a lead while they were on the line.
        call.lead = Some(known.id);
        return Ok(Some(known));
    }
    let mut lead = Lead::of_caller(LeadId(unit.id()), client.id, &phone, unit.now);
    let known = unit.suppressions(phone.e164())?;
    if known.iter().any(|s| s.binds(client.id) && s.channel.is_none()) {
        // Calling us takes no refusal back: they have their appointment, and nobody writes to them.
        lead.rests(LeadStatus::OptedOut);
    }
    who.clone_into(&mut lead.name);
    lead.email = email.unwrap_or_default();
    call.lead = Some(lead.id);
    unit.add_lead(lead.clone());
    Ok(Some(lead))
}

/// A call back is promised for a time at which the gate would let it through, and for no other.
fn callback(
    unit: &mut Unit<'_>,
    client: &Client,
    call: &mut Call,
    zone: &TimeZone,
    arguments: &Map<String, Json>,
) -> Decided<Answer> {
    let ask: CallbackAsk = match serde_json::from_value(Json::Object(arguments.clone())) {
        Ok(ask) => ask,
        Err(_) => return Ok(Answer::fails("say when: at (a time), in_hours or in_minutes")),
    };
    let known = call.lead.map_or(Ok(None), |id| unit.lead(id))?;
    let stranger = match &known {
        Some(_) => None,
        None => phone::normalise(&call.phone, Some(&client.country)).ok(),
    };
    let caller = stranger.as_ref().map(|phone| Lead::of_caller(LeadId(0), client.id, phone, unit.now));
    let someone = known.as_ref().or(caller.as_ref());
    let zone = &someone.and_then(|lead| persons_zone(lead, unit.now)).unwrap_or_else(|| zone.clone());
    let refused =
        |reason: &str, nearest| Ok(Answer::says(booking::not_promised_result(reason, nearest, zone)));
    if !phone::is_withheld(&call.phone) {
        let address = someone.map_or(call.phone.as_str(), |lead| lead.identity.as_str());
        if unit.suppressions(address)?.iter().any(|s| s.binds(client.id) && s.channel.is_none()) {
            return refused("They asked not to be contacted, so no call back can be promised.", None);
        }
    }
    let at = match booking::callback_time(&ask, zone, unit.now) {
        Ok(at) => at,
        Err(reason) => return refused(&reason, None),
    };
    let policy = &unit.house.rules(client).policy;
    if let Some(mut lead) = known {
        lead.waits(LeadStatus::Callback, at);
        let standing = Standing::of(unit, client, &lead)?;
        let report = planning::judge(unit.house, client, policy, &lead, &standing, at, Stage::Plan);
        match (report.answer, report.next_at) {
            (GateAnswer::Allowed, _) => {}
            (GateAnswer::NotYet, Some(nearest)) => {
                return refused("We may not call at that time; offer the nearest one.", Some(nearest));
            }
            (GateAnswer::NotYet | GateAnswer::Never, _) => {
                return refused("We cannot promise a call back.", None);
            }
        }
    } else if let Some(mut lead) = caller {
        // Whether an AI may call is asked when it is planned; a person may, at the same hours.
        lead.waits(LeadStatus::Callback, at);
        let standing = Standing::default();
        let report = planning::judge(unit.house, client, policy, &lead, &standing, at, Stage::Plan);
        let hours = report.lines.iter().find(|line| line.rule == gate::WINDOW);
        if let Some(hours) = hours.filter(|line| line.finding != Finding::Pass) {
            return refused("We may not call at that time; offer the nearest one.", hours.until);
        }
        // They become a lead, as who books does: the promise must be seen, with whom it was made.
        let name = text(arguments, &["name", "customer_name"]).unwrap_or(&call.who).to_owned();
        if let Some(mut lead) = person(unit, client, call, (&clip(&name), None))?
            && lead.status == LeadStatus::Booked
            && unit.booked_in(call.id)?.is_none()
        {
            lead.waits(LeadStatus::Callback, at);
            unit.put_lead(lead);
        }
    }
    // The promise is kept with the call; the plan is made when the call is over.
    call.callback_at = Some(at);
    Ok(Answer::says(booking::promised_result(at, zone)))
}

/// Where a person speaks of time, if their number and address leave no doubt of it.
pub(crate) fn persons_zone(lead: &Lead, now: Millis) -> Option<TimeZone> {
    let phone = phone::normalise(lead.phone.as_deref()?, None).ok()?;
    zones::candidates(&phone, lead.zone.as_deref(), lead.state.as_deref()).common(now)
}

/// The opt-out is in this unit: once the assistant hears the answer, it is durable.
fn opt_out(unit: &mut Unit<'_>, call: &Call, arguments: &Map<String, Json>) -> Decided<Answer> {
    if phone::is_withheld(&call.phone) {
        return Ok(Answer::fails("the caller's number is not known: take it down and tell the office"));
    }
    let evidence = format!("tool opt_out in call {}: {}", call.id, refusal_words(arguments));
    let source = Source { reason: "user_request", evidence: &evidence, actor: VAPI };
    callers::refuses(unit, call, source)?;
    Ok(Answer::says(serde_json::json!({ "opted_out": true }).to_string()))
}

/// The words an assistant hands over with a refusal.
pub(crate) fn refusal_words(arguments: &Map<String, Json>) -> String {
    clip(text(arguments, &["reason", "words", "note"]).unwrap_or("asked during the call"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Suppression;
    use crate::unit::Facts;
    use crate::unit::specimens::{NOW, client, decide, lead};
    use frontdesk_shared::call::Direction;
    use frontdesk_shared::{CallId, ClientId, RowId};

    const ANN: &str = "+447700900123";

    fn call() -> Call {
        Call { phone: ANN.into(), ..Call::new(CallId(1), ClientId(1), VAPI, Direction::Inbound, NOW) }
    }

    fn nobody() -> Facts {
        let mut facts = Facts::default();
        facts.lead_of.insert((ClientId(1), ANN.into()), None);
        facts.suppressions.insert(ANN.into(), Vec::new());
        facts
    }

    #[test]
    fn calling_us_takes_no_refusal_back() {
        let mut facts = nobody();
        let refused = Suppression {
            id: RowId(1),
            client: crate::client::HOUSE,
            address: ANN.into(),
            channel: None,
            reason: "user_request".into(),
            evidence: String::new(),
            since: NOW,
            by: "root".into(),
        };
        let became = |facts: &Facts| {
            decide(facts, |unit| {
                person(unit, &client(1), &mut call(), ("Ann", None)).unwrap().unwrap().status
            })
        };
        assert_eq!(became(&facts), LeadStatus::Booked);
        facts.suppressions.insert(ANN.into(), vec![refused]);
        assert_eq!(became(&facts), LeadStatus::OptedOut);
    }

    #[test]
    fn who_became_a_lead_while_on_the_line_is_that_lead() {
        let mut facts = nobody();
        let known = lead(1, ANN);
        facts.add_leads([known.clone()]);
        decide(&facts, |unit| {
            let found = person(unit, &client(1), &mut call(), ("Ann", None)).unwrap().unwrap();
            assert_eq!(found.id, known.id);
            assert!(unit.changes.new_leads.is_empty());
        });
    }
}
