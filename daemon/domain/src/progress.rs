//! A call's progress: what the provider tells, applied by rank, never backwards, and what an
//! ended call means for its lead.
//!
//! Must not live here: the provider's JSON.

use crate::account;
use crate::attempts::{self, History, Next, PRIORITY_NEW_LEAD, PRIORITY_RETRY, RetryClass};
use crate::booking::{self, CallbackAsk};
use crate::call::Call;
use crate::callers;
use crate::follow_up;
use crate::lead::Lead;
use crate::opt_out::Source;
use crate::outcome::{self, Action, CallEvidence, Class, Decision, Structured, Wait};
use crate::phone;
use crate::placement::{self, VAPI, emit_call};
use crate::planning::{self, Wish};
use crate::records::{CallTexts, ErrorReport};
use crate::scope::Cause;
use crate::tools;
use crate::unit::{Decided, Unit};
use frontdesk_shared::call::{CallStatus, Direction, LOST, Outcome};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::{DAY, MINUTE};
use frontdesk_shared::{LeadId, Millis};
use jiff::tz::TimeZone;
use serde_json::Value as Json;

/// How long after the end of a call its report may take before the provider is asked.
pub const REPORT_WITHIN_MS: i64 = 2 * MINUTE;
/// How long an account rests after the provider refused for money or set-up.
pub const HOLD_MS: i64 = 15 * MINUTE;
/// Transcript kept per call, in characters.
const TRANSCRIPT_MAX: usize = 64_000;

/// What the provider told about a call. Anything may be missing.
#[derive(Clone, Debug, Default)]
pub struct CallUpdate {
    /// The provider's id.
    pub provider_call_id: Option<String>,
    /// How far it has come.
    pub status: Option<CallStatus>,
    /// Why it ended, raw.
    pub ended_reason: Option<String>,
    /// When somebody answered.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Millionths of a US dollar.
    pub cost_micros: Option<i64>,
    /// Where the live call takes commands.
    pub control_url: Option<String>,
    /// The last thing said.
    pub line: Option<String>,
    /// The final report, once it is there.
    pub report: Option<Report>,
}

/// The provider's final report.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Why it ended, in the provider's words, without numbers.
    pub ended_message: String,
    /// What was said.
    pub transcript: String,
    /// The provider's summary; shown, never believed.
    pub summary: String,
    /// What the person said, utterance by utterance.
    pub user_messages: Vec<String>,
    /// Structured results.
    pub structured: Json,
}

/// Applies what was told; in words, what it changed, or `None` when nothing did. The call is
/// written back.
///
/// # Errors
/// A missing fact.
pub fn apply(unit: &mut Unit<'_>, mut call: Call, update: CallUpdate) -> Decided<Option<String>> {
    let before = (call.status, call.reported, call.last_line.clone(), call.provider_call_id.is_some());
    let was_uncertain = call.status == CallStatus::Uncertain;
    absorb(unit, &mut call, &update);
    if was_uncertain && call.status != CallStatus::Uncertain {
        placement::resolved(unit, &call)?;
    }
    // Where a call was given up, its report may still come. It decides nothing any more, but what
    // it says against further contact counts.
    let stopped = match update.report.as_ref().filter(|_| call.reported) {
        Some(late) => late_words(unit, &call, late)?,
        None => false,
    };
    let report = update.report.filter(|_| !call.reported);
    let decide_now = call.status == CallStatus::Ended && call.outcome.is_none();
    if let Some(report) = &report {
        call.reported = true;
        let texts = CallTexts {
            transcript: clip(&report.transcript, TRANSCRIPT_MAX),
            summary: clip(&report.summary, 4_000),
            analysis: report.structured.clone(),
        };
        unit.changes.texts.insert(call.id, texts);
    }
    if before == (call.status, call.reported, call.last_line.clone(), call.provider_call_id.is_some()) {
        return Ok(stopped.then(|| "words against further contact in a late report".to_owned()));
    }
    call.updated_at = unit.now;
    // What was said is shown while it is said; a line of it is no part of the call's story.
    let mut text = if call.status == before.0 { String::new() } else { format!("call {}", call.status) };
    if call.outcome.is_some() {
        // Decided from the way it ended; the report that follows only adds words, and those against
        // further contact still count.
        if let Some(report) = &report {
            late_words(unit, &call, report)?;
            text = format!("report of the call: {}", call.outcome.map_or("", Outcome::word));
        }
    } else if report.is_some() || (decide_now && !needs_report(&call)) {
        text = finish(unit, &mut call, &report.unwrap_or_default())?;
    }
    emit_call(unit, &call, before.0, VAPI, &text);
    unit.put_call(call);
    Ok(Some(if text.is_empty() { "a line of the conversation".to_owned() } else { text }))
}

/// Whether only the report can tell what a call came to: somebody was on the line, or may have
/// been, because the message that says so can be lost.
fn needs_report(call: &Call) -> bool {
    call.started_at.is_some()
        || outcome::is_told_by_report(&call.ended_reason)
        || !matches!(
            outcome::classify(&call.ended_reason).class,
            Class::NoAnswer
                | Class::Busy
                | Class::BadNumber
                | Class::CarrierFailed
                | Class::Requeue
                | Class::QuotaHold
                | Class::BillingHold
                | Class::ConfigError
                | Class::InboundOnly
        )
}

fn absorb(unit: &Unit<'_>, call: &mut Call, update: &CallUpdate) {
    let now = unit.now;
    if call.provider_call_id.is_none() {
        call.provider_call_id.clone_from(&update.provider_call_id);
    }
    let status = if update.report.is_some() { Some(CallStatus::Ended) } else { update.status };
    let was_over = call.status == CallStatus::Ended;
    if let Some(status) = status {
        call.status = if unit.planted("lower-final") { status } else { call.status.advance(status) };
    }
    if call.started_at.is_none() {
        // A message that somebody answered, late by hours, says that they did, not when.
        let answered = update.status == Some(CallStatus::InProgress) && !was_over;
        call.started_at = update.started_at.or_else(|| answered.then_some(now));
    }
    if call.status == CallStatus::Ended {
        call.ended_at = update.ended_at.or(call.ended_at).or(Some(now));
        call.control_url = None;
        // The provider's own times, where it tells them, are the true ones.
        call.started_at = update.started_at.filter(|_| update.ended_at.is_some()).or(call.started_at);
        if let (Some(start), Some(end)) = (call.started_at, call.ended_at) {
            call.started_at = Some(start.min(end));
        }
    } else if call.control_url.is_none() {
        call.control_url.clone_from(&update.control_url);
    }
    if let Some(reason) = &update.ended_reason
        && call.ended_reason.is_empty()
    {
        call.ended_reason = clip(reason, 200);
    }
    if let Some(cost) = update.cost_micros {
        call.cost_micros = call.cost_micros.max(cost);
    }
    if let Some(line) = &update.line {
        call.says(clip(line, 300));
    }
}

/// What the evidence about a call says it came to.
pub(crate) fn judge(unit: &Unit<'_>, call: &Call, report: &Report) -> Decided<Decision> {
    let provider_id = call.provider_call_id.as_deref().unwrap_or_default();
    let used: Vec<&str> = if provider_id.is_empty() {
        Vec::new()
    } else {
        unit.tool_answers(provider_id)?.iter().filter(|a| !a.is_error).map(|a| a.name.as_str()).collect()
    };
    // Only tools book and promise.
    let booked = !used.is_empty() && unit.booked_in(call.id)?.is_some();
    let structured = structured(report);
    let mut user_messages: Vec<&str> = report.user_messages.iter().map(String::as_str).collect();
    if user_messages.is_empty() && report.transcript.is_empty() {
        // No words came, or no report: what was heard during the call and bears on contact counts.
        user_messages.extend(call.said_by_person().filter(|line| outcome::bears_on_contact(line)));
    }
    Ok(outcome::decide(&CallEvidence {
        ended_reason: &call.ended_reason,
        ended_message: &report.ended_message,
        started: call.started_at.is_some(),
        booked_in_call: booked,
        opted_out_tool: used.contains(&"opt_out"),
        callback_tool: call.callback_at.is_some(),
        user_messages,
        transcript: Some(report.transcript.as_str()).filter(|t| !t.is_empty()),
        summary: &report.summary,
        structured: structured.as_ref(),
    }))
}

fn structured(report: &Report) -> Option<Structured> {
    let Json::Object(values) = &report.structured else { return None };
    Structured::read(values.iter().map(|(name, value)| (name.as_str(), value)))
}

/// The time at which the analysis says that the person wants to be called back. Whether it may be is
/// asked when it is planned: nobody is on the line any more to be offered another.
fn analysed_callback(unit: &Unit<'_>, call: &Call, report: &Report) -> Decided<Option<Millis>> {
    let Some(text) = structured(report).and_then(|s| s.callback_at) else { return Ok(None) };
    let Some(client) = unit.client(call.client)? else { return Ok(None) };
    let lead = call.lead.map_or(Ok(None), |id| unit.lead(id))?;
    let zone = lead.and_then(|lead| tools::persons_zone(&lead, unit.now));
    let zone = zone.or_else(|| unit.house.rules(&client).booking.time_zone()).unwrap_or(TimeZone::UTC);
    let ask = CallbackAsk { at: Some(text), ..CallbackAsk::default() };
    Ok(booking::callback_time(&ask, &zone, unit.now).ok())
}

/// Decides what an ended call came to and what follows; in words.
fn finish(unit: &mut Unit<'_>, call: &mut Call, report: &Report) -> Decided<String> {
    let decision = judge(unit, call, report)?;
    if decision.outcome == Outcome::CallbackRequested && call.callback_at.is_none() {
        call.callback_at = analysed_callback(unit, call, report)?;
    }
    call.outcome = Some(decision.outcome);
    call.why.clone_from(&decision.why);
    // To be obeyed whatever the outcome: somebody may book and then ask not to be called again.
    if let Some(words) = &decision.opted_out {
        suppress(unit, call, &decision, words)?;
    }
    account_follows(unit, call, &decision)?;
    if call.direction == Direction::Outbound {
        lead_follows(unit, call, &decision)?;
    } else if decision.outcome == Outcome::CallbackRequested {
        caller_waits(unit, call)?;
    } else {
        caller_settles(unit, call, &decision)?;
    }
    follow_up::after_call(unit, call, decision.outcome)?;
    Ok(format!("call ended: {}", decision.outcome))
}

/// What a report says against further contact that came when everything else was decided. Whether
/// it said anything.
fn late_words(unit: &mut Unit<'_>, call: &Call, report: &Report) -> Decided<bool> {
    let decision = judge(unit, call, report)?;
    if let Some(words) = &decision.opted_out {
        return suppress(unit, call, &decision, words).map(|()| true);
    }
    if decision.doubt.is_none() && decision.outcome != Outcome::WrongPerson {
        return Ok(false);
    }
    stops_waiting(unit, call, &decision, "said in a call whose report came late")
}

fn suppress(unit: &mut Unit<'_>, call: &Call, decision: &Decision, evidence: &str) -> Decided<()> {
    if phone::is_withheld(&call.phone) {
        unit.report(ErrorReport {
            kind: "call.nobodys-no".into(),
            service: call.provider.clone(),
            client: call.client,
            severity: Severity::Error,
            message:
                "a caller whose number is withheld asked not to be contacted: find out who, and record it"
                    .into(),
            subject: ("call", call.id.to_string()),
        });
        return Ok(());
    }
    let evidence = format!("call {}: {evidence}", call.id);
    let source = Source { reason: reason_of(decision), evidence: &evidence, actor: VAPI };
    callers::refuses(unit, call, source)
}

/// Why a number is suppressed for what was said.
pub(crate) fn reason_of(decision: &Decision) -> &'static str {
    if decision.outcome == Outcome::Deceased { "deceased" } else { "user_request" }
}

/// A lead that still waits to be called comes to rest for what was said, and one at rest is not
/// opened again while it is in doubt. `false` where it changes nothing, or somebody enquired anew
/// since.
/// What may be a refusal holds every lead that the caller may be.
fn stops_waiting(unit: &mut Unit<'_>, call: &Call, decision: &Decision, how: &str) -> Decided<bool> {
    let mut leads: Vec<LeadId> = call.lead.into_iter().collect();
    if decision.doubt.is_some() {
        leads.extend(callers::others(unit, call)?.iter().map(|lead| lead.id));
    }
    let mut changed = false;
    for lead in leads {
        let lead = unit.lead(lead)?;
        changed |= lead_stops_waiting(unit, call, lead, decision, how)?;
    }
    Ok(changed)
}

fn lead_stops_waiting(
    unit: &mut Unit<'_>,
    call: &Call,
    lead: Option<Lead>,
    decision: &Decision,
    how: &str,
) -> Decided<bool> {
    let same = |lead: &Lead| call.direction != Direction::Outbound || lead.episode == call.episode;
    let other = |lead: &Lead| matches!(lead.status, LeadStatus::Calling | LeadStatus::OptedOut);
    let Some(mut lead) = lead.filter(|lead| same(lead) && !other(lead)) else { return Ok(false) };
    if lead.status.is_open() {
        placement::take_back_calls(unit, &lead, how)?;
        come_to_rest(&mut lead, decision);
    } else if let Some(doubt) = &decision.doubt
        && planning::may_reopen(lead.status)
        && !lead.is_in_doubt()
    {
        lead.rests_in_doubt(lead.status, doubt.why);
    } else {
        return Ok(false);
    }
    planning::move_lead(unit, lead, "daemon", &format!("{how}: {}", told(decision)));
    Ok(true)
}

/// What a decision is told as. Doubtful words are for those who open the call.
fn told(decision: &Decision) -> String {
    let why = decision.doubt.as_ref().map_or(decision.why.as_str(), |doubt| doubt.why);
    format!("{}: {why}", decision.outcome)
}

/// Puts a lead where a decision leaves it for good; whether there is such a place.
fn come_to_rest(lead: &mut Lead, decision: &Decision) -> bool {
    let Some(status) = final_status(decision.outcome) else { return false };
    match &decision.doubt {
        // Where somebody booked as well, there is nothing to decide about calling.
        Some(doubt) if status == LeadStatus::Review => lead.rests_in_doubt(status, doubt.why),
        _ => lead.rests(status),
    }
    true
}

/// What the way a call ended says about more than its lead.
fn account_follows(unit: &mut Unit<'_>, call: &Call, decision: &Decision) -> Decided<()> {
    let subject = ("call", call.id.to_string());
    let cause = match decision.action {
        Action::HoldQuota => Some(Cause::DailyCap),
        Action::HoldBilling => Some(Cause::Billing),
        Action::ConfigStop => Cause::of_reason(&call.ended_reason),
        _ => None,
    };
    if let Some(cause) = cause {
        if let Some(client) = unit.client(call.client)? {
            account::hold(unit, &client, cause, &decision.why, subject);
        }
    } else if !decision.known {
        unit.report(ErrorReport {
            kind: "vapi.unknown-reason".into(),
            service: format!("vapi:{}", call.ended_reason),
            client: call.client,
            severity: Severity::Warning,
            message: format!(
                "the provider ended a call with “{}”, which is not known here",
                call.ended_reason
            ),
            subject,
        });
    }
    Ok(())
}

/// The provider's daily caps are of UTC days.
pub fn next_utc_day(now: Millis) -> Millis {
    Millis((now.0.div_euclid(DAY) + 1) * DAY)
}

/// Where a conversation leaves a lead for good; `None` where something is still to come.
fn final_status(outcome: Outcome) -> Option<LeadStatus> {
    match outcome {
        Outcome::Booked => Some(LeadStatus::Booked),
        Outcome::NotInterested => Some(LeadStatus::NotInterested),
        Outcome::DoNotCall | Outcome::Deceased => Some(LeadStatus::OptedOut),
        Outcome::Transferred => Some(LeadStatus::Transferred),
        // The number is somebody else's, or nobody's: this lead cannot be reached on it.
        Outcome::BadNumber | Outcome::WrongPerson => Some(LeadStatus::BadNumber),
        Outcome::NeedsReview => Some(LeadStatus::Review),
        _ => None,
    }
}

/// What an outbound call means for its lead: a final status, or the next attempt.
fn lead_follows(unit: &mut Unit<'_>, call: &Call, decision: &Decision) -> Decided<()> {
    let Some(mut lead) = call.lead.map_or(Ok(None), |id| unit.lead(id))? else { return Ok(()) };
    if lead.episode != call.episode || lead.status == LeadStatus::OptedOut {
        return Ok(());
    }
    if !decision.counts_as_attempt {
        unit.changes.voided.insert(call.id);
        let last = unit.contacts(lead.id)?.first().map(|contact| contact.at);
        lead.not_attempted(call.episode, last);
    }
    if decision.outcome == Outcome::CallbackRequested {
        return call_back(unit, call, lead);
    }
    if !come_to_rest(&mut lead, decision) {
        return try_again(unit, call, lead, decision);
    }
    planning::move_lead(unit, lead, "daemon", &told(decision));
    Ok(())
}

/// Somebody who called us settled their matter in that call, or may have refused any other:
/// nobody has to call them any more.
fn caller_settles(unit: &mut Unit<'_>, call: &Call, decision: &Decision) -> Decided<()> {
    let settled = matches!(decision.outcome, Outcome::Booked | Outcome::NotInterested | Outcome::Transferred);
    if settled || decision.doubt.is_some() {
        stops_waiting(unit, call, decision, "the person called us")?;
    }
    Ok(())
}

/// Somebody who called us is to be called back: planned where they are a lead that is still open
/// and may be called, else a person's to do, who is told.
fn caller_waits(unit: &mut Unit<'_>, call: &Call) -> Decided<()> {
    let lead = call.lead.map_or(Ok(None), |id| unit.lead(id))?;
    let why = match lead {
        None => "who is no lead here".to_owned(),
        Some(lead) if !lead.status.is_open() || lead.status == LeadStatus::Calling => {
            format!("whose lead is {}", lead.status)
        }
        Some(lead) => {
            let id = lead.id;
            placement::take_back_calls(unit, &lead, "called us and asked to be called back")?;
            call_back(unit, call, lead)?;
            match unit.lead(id)?.filter(|lead| lead.status == LeadStatus::Held) {
                None => return Ok(()),
                Some(lead) => format!("whose lead is held: {}", lead.hold_reason),
            }
        }
    };
    let when = call.callback_at.map_or_else(|| "later".to_owned(), |at| format!("at {}", at.iso()));
    unit.report(ErrorReport {
        kind: "call.promised".into(),
        service: call.provider.clone(),
        client: call.client,
        severity: Severity::Error,
        message: format!("a caller, {why}, is to be called back {when}: a person has to do it"),
        subject: ("call", call.id.to_string()),
    });
    Ok(())
}

fn call_back(unit: &mut Unit<'_>, call: &Call, lead: Lead) -> Decided<()> {
    // Without a time the person said "later": the next day at the same hour is a fair guess, and
    // no wish that goes beyond the budget of calls.
    let (at, as_what) = match call.callback_at {
        Some(at) => (at, LeadStatus::Callback),
        None => (unit.now + DAY, LeadStatus::Queued),
    };
    plan(unit, call, lead, (at, as_what, PRIORITY_NEW_LEAD), "asked to be called back")
}

fn try_again(unit: &mut Unit<'_>, call: &Call, mut lead: Lead, decision: &Decision) -> Decided<()> {
    let Some(client) = unit.client(lead.client)? else { return Ok(()) };
    let class = match decision.action {
        Action::Retry(Wait::Normal) => RetryClass::Normal,
        Action::Retry(Wait::Short) => RetryClass::Short,
        Action::Retry(Wait::Later) => RetryClass::Later,
        Action::Retry(Wait::NextDay) => RetryClass::NextDay,
        Action::Requeue => RetryClass::Requeue,
        Action::HoldQuota | Action::HoldBilling | Action::ConfigStop => RetryClass::Requeue,
        Action::StopNumber | Action::None => RetryClass::None,
    };
    let made = unit.times_attempted(lead.id, call.episode, call.attempt)?;
    let history = History {
        attempts: u32::try_from(lead.attempts).unwrap_or(u32::MAX),
        last_at: lead.last_attempt_at,
        short_used: call.attempt > 1 && class == RetryClass::Short,
        requeues: made.saturating_sub(1),
    };
    let rules = unit.house.rules(&client);
    let next = attempts::plan_next(&rules.attempts, &history, class, unit.now);
    let why = format!("{}: {}; {}", decision.outcome, decision.why, next.reason);
    let status = match next.next {
        Next::At(at) => return plan(unit, call, lead, (at, LeadStatus::Queued, PRIORITY_RETRY), &why),
        Next::Exhausted => LeadStatus::Exhausted,
        Next::Stop => LeadStatus::Review,
    };
    lead.rests(status);
    planning::move_lead(unit, lead, "daemon", &why);
    Ok(())
}

/// Plans the next call of a lead: when, as what it waits, and how urgent it is.
fn plan(
    unit: &mut Unit<'_>,
    call: &Call,
    mut lead: Lead,
    (at, waiting_as, priority): (Millis, LeadStatus, i64),
    why: &str,
) -> Decided<()> {
    let Some(client) = unit.client(lead.client)? else { return Ok(()) };
    let mark = format!(":after-{}", call.id);
    let wish = Wish { not_before: at, priority, actor: "daemon", mark: &mark, waiting_as };
    let report = planning::plan_call(unit, &client, &mut lead, &wish)?;
    if lead.status == LeadStatus::Held && report.rule == crate::gate::FREQUENCY {
        lead.rests(LeadStatus::Exhausted);
    }
    planning::move_lead(unit, lead, "daemon", why);
    Ok(())
}

/// The job that would have called a lead came too late to be useful.
///
/// # Errors
/// A missing fact.
pub fn call_expired(unit: &mut Unit<'_>, id: LeadId) -> Decided<()> {
    let lead = unit.lead(id)?;
    if let Some(mut lead) = lead.filter(|l| l.status.is_open() && l.status != LeadStatus::Calling) {
        lead.rests(LeadStatus::Expired);
        planning::move_lead(unit, lead, "daemon", "the planned call came too late to be useful");
    }
    Ok(())
}

/// Closes a call the provider does not know any more, or never ended.
///
/// # Errors
/// A missing fact.
pub fn lost(unit: &mut Unit<'_>, call: Call, why: &str) -> Decided<()> {
    unit.report(ErrorReport {
        kind: "call.lost".into(),
        service: call.provider.clone(),
        client: call.client,
        severity: Severity::Warning,
        message: why.to_owned(),
        subject: ("call", call.id.to_string()),
    });
    let update = CallUpdate {
        status: Some(CallStatus::Ended),
        ended_reason: Some(LOST.into()),
        report: Some(Report::default()),
        ..CallUpdate::default()
    };
    apply(unit, call, update).map(drop)
}

/// The first so many characters.
pub(crate) fn clip(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((at, _)) => text[..at].to_owned(),
        None => text.to_owned(),
    }
}
