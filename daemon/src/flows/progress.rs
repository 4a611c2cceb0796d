//! A call's progress: what the provider tells, applied by rank, never backwards, and what an
//! ended call means for its lead.

use super::ctx::VAPI;
use super::planning::{self, Facts, Wish};
use super::settle::{resolved, tell_call};
use super::{Ctx, optout};
use frontdesk_domain::attempts::{self, History, Next, PRIORITY_NEW_LEAD, PRIORITY_RETRY, RetryClass};
use frontdesk_domain::outcome::{self, Action, CallEvidence, Class, Decision, Structured, Wait};
use frontdesk_env::fail;
use frontdesk_shared::call::{CallStatus, Direction, LOST, Outcome};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_shared::{LeadId, Millis};
use frontdesk_store::calls::{self, Call, CallTexts};
use frontdesk_store::clients;
use frontdesk_store::faults::NewFault;
use frontdesk_store::leads::{self, Lead};
use frontdesk_store::{Result, Tx, appointments, house, jobs};
use serde_json::Value as Json;

/// How long an account rests after the provider refused for money or set-up.
const HOLD_MS: i64 = 15 * MINUTE;
/// Transcript kept per call, in characters.
const TRANSCRIPT_MAX: usize = 64_000;

/// What the provider told about a call. Anything may be missing.
#[derive(Clone, Debug, Default)]
pub struct Heard {
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
    /// What was said.
    pub transcript: String,
    /// The provider's summary; shown, never believed.
    pub summary: String,
    /// What the person said, utterance by utterance.
    pub user_messages: Vec<String>,
    /// Structured results.
    pub structured: Json,
}

/// Applies what was heard; in words, what it changed, or `None` when nothing did.
///
/// # Errors
/// As the statements fail.
pub fn hear(tx: &mut Tx<'_>, ctx: &Ctx, call: &mut Call, heard: Heard) -> Result<Option<String>> {
    let now = ctx.now();
    let before = (call.status, call.reported, call.last_line.clone(), call.provider_call_id.is_some());
    let was_uncertain = call.status == CallStatus::Uncertain;
    absorb(call, &heard, now);
    if was_uncertain && call.status != CallStatus::Uncertain {
        resolved(tx, ctx, call)?;
    }
    // Where a call was given up, its report may still come. It decides nothing any more, but an
    // opt-out in it counts.
    let stopped = match heard.report.as_ref().filter(|_| call.reported) {
        Some(late) => late_opt_out(tx, ctx, call, late)?,
        None => false,
    };
    let report = heard.report.filter(|_| !call.reported);
    let decide_now = call.status == CallStatus::Ended && call.outcome.is_none();
    if let Some(report) = &report {
        call.reported = true;
        let texts = CallTexts {
            call: call.id,
            transcript: clip(&report.transcript, TRANSCRIPT_MAX),
            summary: clip(&report.summary, 4_000),
            analysis: report.structured.clone(),
        };
        calls::put_texts(tx, &[texts])?;
    }
    if before == (call.status, call.reported, call.last_line.clone(), call.provider_call_id.is_some()) {
        return Ok(stopped.then(|| "an opt-out in a late report".to_owned()));
    }
    call.updated_at = now;
    // What was said is shown while it is said; a line of it is no part of the call's story.
    let mut text = if call.status == before.0 { String::new() } else { format!("call {}", call.status) };
    if call.outcome.is_some() {
        // Decided from the way it ended; the report that follows only adds words, and an
        // opt-out among them still counts.
        if let Some(report) = &report {
            late_opt_out(tx, ctx, call, report)?;
            text = format!("report of the call: {}", call.outcome.map_or("", Outcome::word));
        }
    } else if report.is_some() || (decide_now && !needs_report(call)) {
        let evidence_report = report.unwrap_or_default();
        text = finish(tx, ctx, call, &evidence_report)?;
    }
    calls::update(tx, call)?;
    tell_call(tx, ctx, call, before.0, VAPI, &text)?;
    Ok(Some(if text.is_empty() { "a line of the conversation".to_owned() } else { text }))
}

/// Whether only the report can tell what a call came to: somebody was on the line, or may have
/// been, because the message that says so can be lost.
fn needs_report(call: &Call) -> bool {
    call.started_at.is_some()
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

fn absorb(call: &mut Call, heard: &Heard, now: Millis) {
    if call.provider_call_id.is_none() {
        call.provider_call_id.clone_from(&heard.provider_call_id);
    }
    let status = if heard.report.is_some() { Some(CallStatus::Ended) } else { heard.status };
    if let Some(status) = status {
        call.status = if fail::planted("lower-final") { status } else { call.status.advance(status) };
    }
    if call.started_at.is_none() {
        call.started_at =
            heard.started_at.or_else(|| (heard.status == Some(CallStatus::InProgress)).then_some(now));
    }
    if call.status == CallStatus::Ended {
        call.ended_at = heard.ended_at.or(call.ended_at).or(Some(now));
        call.control_url = None;
    } else if call.control_url.is_none() {
        call.control_url.clone_from(&heard.control_url);
    }
    if let Some(reason) = &heard.ended_reason
        && call.ended_reason.is_empty()
    {
        call.ended_reason = clip(reason, 200);
    }
    if let Some(cost) = heard.cost_micros {
        call.cost_micros = call.cost_micros.max(cost);
    }
    if let Some(line) = &heard.line {
        call.last_line = clip(line, 300);
    }
}

/// What the evidence about a call says it came to, and when a call back was promised in it.
fn judge(tx: &mut Tx<'_>, call: &Call, report: &Report) -> Result<(Decision, Option<Millis>)> {
    let provider_id = call.provider_call_id.clone().unwrap_or_default();
    let used = calls::tools_used(tx, &call.provider, &provider_id)?;
    // Only tools book and promise.
    let (booked, promised) = if used.is_empty() {
        (false, None)
    } else {
        (appointments::of_call(tx, call.id)?.is_some(), calls::promised_callback(tx, call.id)?)
    };
    let structured = match &report.structured {
        Json::Object(values) => Structured::read(values.iter().map(|(name, value)| (name.as_str(), value))),
        _ => None,
    };
    let decision = outcome::decide(&CallEvidence {
        ended_reason: &call.ended_reason,
        started: call.started_at.is_some(),
        booked_in_call: booked,
        opted_out_tool: used.iter().any(|t| t == "opt_out"),
        callback_tool: promised.is_some(),
        user_messages: report.user_messages.iter().map(String::as_str).collect(),
        transcript: Some(report.transcript.as_str()).filter(|t| !t.is_empty()),
        structured: structured.as_ref(),
    });
    Ok((decision, promised))
}

/// Decides what an ended call came to and what follows; in words.
fn finish(tx: &mut Tx<'_>, ctx: &Ctx, call: &mut Call, report: &Report) -> Result<String> {
    let (decision, promised) = judge(tx, call, report)?;
    call.outcome = Some(decision.outcome);
    call.why.clone_from(&decision.why);
    // To be obeyed whatever the outcome: somebody may book and then ask not to be called again.
    if let Some(words) = &decision.opted_out {
        suppress(tx, ctx, call, words)?;
    }
    house_follows(tx, ctx, call, &decision)?;
    if call.direction == Direction::Outbound {
        lead_follows(tx, ctx, call, &decision, promised)?;
    } else if decision.outcome == Outcome::CallbackRequested {
        caller_waits(tx, ctx, call, promised)?;
    }
    Ok(format!("call ended: {}", decision.outcome))
}

/// An opt-out in a report that came when everything else was decided, recorded. Whether there
/// was one.
fn late_opt_out(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, report: &Report) -> Result<bool> {
    match judge(tx, call, report)?.0.opted_out {
        Some(words) => suppress(tx, ctx, call, &words).map(|()| true),
        None => Ok(false),
    }
}

fn suppress(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, evidence: &str) -> Result<()> {
    if call.phone.is_empty() {
        return Ok(());
    }
    let evidence = format!("call {}: {evidence}", call.id);
    let source = optout::Source { reason: "user_request", evidence: &evidence, actor: "vapi" };
    optout::record(tx, ctx, &call.phone, call.client, source).map(drop)
}

/// What the way a call ended says about the provider's account.
fn house_follows(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, decision: &Decision) -> Result<()> {
    let now = ctx.now();
    let (kind, until, severity) = match decision.action {
        Action::HoldQuota => ("vapi.daily-limit", next_utc_day(now), Severity::Error),
        Action::HoldBilling => ("vapi.billing", now + HOLD_MS, Severity::Critical),
        Action::ConfigStop => ("vapi.set-up", now + HOLD_MS, Severity::Critical),
        _ if !decision.known => {
            return ctx
                .fault(
                    tx,
                    &NewFault {
                        kind: "vapi.unknown-reason",
                        service: &format!("vapi:{}", call.ended_reason),
                        client: call.client,
                        severity: Severity::Warning,
                        message: &format!(
                            "the provider ended a call with “{}”, which is not known here",
                            call.ended_reason
                        ),
                        subject: ("call", call.id.to_string()),
                    },
                )
                .map(drop);
        }
        _ => return Ok(()),
    };
    house::set_hold(tx, &call.provider, clients::HOUSE, until, &decision.why)?;
    ctx.fault(
        tx,
        &NewFault {
            kind,
            service: &call.provider,
            client: clients::HOUSE,
            severity,
            message: &decision.why,
            subject: ("call", call.id.to_string()),
        },
    )
    .map(drop)
}

fn next_utc_day(now: Millis) -> Millis {
    Millis((now.0.div_euclid(DAY) + 1) * DAY)
}

/// What an outbound call means for its lead: a final status, or the next attempt.
fn lead_follows(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    call: &Call,
    decision: &Decision,
    promised: Option<Millis>,
) -> Result<()> {
    let Some(id) = call.lead else { return Ok(()) };
    let mut lead = leads::need(tx, id)?;
    if lead.episode != call.episode || matches!(lead.status, LeadStatus::OptedOut) {
        return Ok(());
    }
    if !decision.counts_as_attempt {
        lead.attempts = (lead.attempts - 1).max(0);
        leads::void_contact(tx, call.id)?;
        lead.last_contact_at = leads::last_contact(tx, id)?;
        lead.last_attempt_at = if lead.attempts == 0 { None } else { lead.last_contact_at };
    }
    let status = match decision.outcome {
        Outcome::Booked => Some(LeadStatus::Booked),
        Outcome::NotInterested => Some(LeadStatus::NotInterested),
        Outcome::DoNotCall => Some(LeadStatus::OptedOut),
        Outcome::Transferred => Some(LeadStatus::Transferred),
        Outcome::BadNumber => Some(LeadStatus::BadNumber),
        Outcome::NeedsReview => Some(LeadStatus::Review),
        Outcome::CallbackRequested => {
            return call_back(tx, ctx, call, lead, promised);
        }
        _ => None,
    };
    match status {
        Some(status) => {
            lead.status = status;
            lead.next_at = None;
            write(tx, ctx, &mut lead, &format!("{}: {}", decision.outcome, decision.why))
        }
        None => try_again(tx, ctx, call, lead, decision),
    }
}

/// Somebody who called us is to be called back: planned where they are a lead that is still open
/// and may be called, else a person's to do, who is told.
fn caller_waits(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, promised: Option<Millis>) -> Result<()> {
    let lead = call.lead.map(|id| leads::by_id(tx, id)).transpose()?.flatten();
    let why = match lead {
        None => "who is no lead here".to_owned(),
        Some(lead) if !lead.status.is_open() || lead.status == LeadStatus::Calling => {
            format!("whose lead is {}", lead.status)
        }
        Some(lead) => {
            let id = lead.id;
            jobs::cancel_of_lead(tx, id, "called us and asked to be called back", ctx.now())?;
            call_back(tx, ctx, call, lead, promised)?;
            let lead = leads::need(tx, id)?;
            if lead.status != LeadStatus::Held {
                return Ok(());
            }
            format!("whose lead is held: {}", lead.hold_reason)
        }
    };
    let when = promised.map_or_else(|| "later".to_owned(), |at| format!("at {}", at.iso()));
    ctx.fault(
        tx,
        &NewFault {
            kind: "call.promised",
            service: &call.provider,
            client: call.client,
            severity: Severity::Error,
            message: &format!("a caller, {why}, is to be called back {when}: a person has to do it"),
            subject: ("call", call.id.to_string()),
        },
    )
    .map(drop)
}

fn call_back(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, lead: Lead, promised: Option<Millis>) -> Result<()> {
    // Without a time the person said "later": the next day at the same hour is a fair guess.
    let at = promised.unwrap_or(ctx.now() + DAY);
    plan(tx, ctx, call, lead, at, LeadStatus::Callback, PRIORITY_NEW_LEAD, "asked to be called back")
}

fn try_again(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, mut lead: Lead, decision: &Decision) -> Result<()> {
    let Some(client) = clients::by_id(tx, lead.client)? else { return Ok(()) };
    let class = match decision.action {
        Action::Retry(Wait::Normal) => RetryClass::Normal,
        Action::Retry(Wait::Short) => RetryClass::Short,
        Action::Retry(Wait::Later) => RetryClass::Later,
        Action::Retry(Wait::NextDay) => RetryClass::NextDay,
        Action::Requeue => RetryClass::Requeue,
        Action::HoldQuota | Action::HoldBilling | Action::ConfigStop => RetryClass::Requeue,
        Action::StopNumber | Action::None => RetryClass::None,
    };
    let history = History {
        attempts: u32::try_from(lead.attempts).unwrap_or(u32::MAX),
        last_at: lead.last_attempt_at,
        short_used: call.attempt > 1 && class == RetryClass::Short,
        requeues: calls::of_attempt(tx, lead.id, call.episode, call.attempt)?.saturating_sub(1),
    };
    let rules = ctx.house.rules(&client);
    let next = attempts::plan_next(&rules.attempts, &history, class, ctx.now());
    let why = format!("{}: {}; {}", decision.outcome, decision.why, next.reason);
    match next.next {
        Next::At(at) => plan(tx, ctx, call, lead, at, LeadStatus::Queued, PRIORITY_RETRY, &why),
        Next::Exhausted => {
            lead.status = LeadStatus::Exhausted;
            lead.next_at = None;
            write(tx, ctx, &mut lead, &why)
        }
        Next::Stop => {
            lead.status = LeadStatus::Review;
            lead.next_at = None;
            write(tx, ctx, &mut lead, &why)
        }
    }
}

#[allow(clippy::too_many_arguments)] // where, when, as what, how urgent and why a call is planned
fn plan(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    call: &Call,
    mut lead: Lead,
    at: Millis,
    waiting_as: LeadStatus,
    priority: i64,
    why: &str,
) -> Result<()> {
    let Some(client) = clients::by_id(tx, lead.client)? else { return Ok(()) };
    let facts = Facts::load(tx, &lead, ctx.now())?;
    let mark = format!(":after-{}", call.id);
    let wish = Wish { not_before: at, priority, actor: "daemon", mark: &mark, waiting_as };
    let report = planning::plan_call(tx, ctx, &client, &mut lead, &facts, &wish)?;
    if lead.status == LeadStatus::Held && report.rule == frontdesk_domain::gate::FREQUENCY {
        lead.status = LeadStatus::Exhausted;
    }
    write(tx, ctx, &mut lead, why)
}

fn write(tx: &mut Tx<'_>, ctx: &Ctx, lead: &mut Lead, why: &str) -> Result<()> {
    lead.updated_at = ctx.now();
    leads::update(tx, lead)?;
    planning::tell_status(tx, ctx, lead, "daemon", why)
}

/// The job that would have called a lead came too late to be useful.
///
/// # Errors
/// As the statements fail.
pub fn call_expired(tx: &mut Tx<'_>, ctx: &Ctx, id: LeadId) -> Result<()> {
    let mut lead = leads::need(tx, id)?;
    if lead.status.is_open() && lead.status != LeadStatus::Calling {
        lead.status = LeadStatus::Expired;
        lead.next_at = None;
        write(tx, ctx, &mut lead, "the planned call came too late to be useful")?;
    }
    Ok(())
}

/// Closes a call the provider does not know any more, or never ended.
///
/// # Errors
/// As the statements fail.
pub fn lost(tx: &mut Tx<'_>, ctx: &Ctx, call: &mut Call, why: &str) -> Result<()> {
    ctx.fault(
        tx,
        &NewFault {
            kind: "call.lost",
            service: &call.provider,
            client: call.client,
            severity: Severity::Warning,
            message: why,
            subject: ("call", call.id.to_string()),
        },
    )?;
    let heard = Heard {
        status: Some(CallStatus::Ended),
        ended_reason: Some(LOST.into()),
        report: Some(Report::default()),
        ..Heard::default()
    };
    hear(tx, ctx, call, heard).map(drop)
}

/// How long after the end of a call its report may take before the provider is asked.
pub const REPORT_WITHIN_MS: i64 = 2 * MINUTE;
/// A poll is pointless after this.
pub const POLL_USEFUL_MS: i64 = DAY + HOUR;

fn clip(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((at, _)) => text[..at].to_owned(),
        None => text.to_owned(),
    }
}
