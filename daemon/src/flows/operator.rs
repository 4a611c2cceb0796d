//! What operators do: previewed from the present state, done once, recorded with a name.

mod appointments;
mod house;
mod messages;
mod queue;
mod refusals;
mod shown;
mod test_send;

use super::clients::{self as client_flow, Asker};
use super::optout;
use super::planning::{self, Wish};
use super::{Ctx, calls as call_flow, schedule, undo_import, webhooks};
use frontdesk_domain::attempts::PRIORITY_NEW_LEAD;
use frontdesk_domain::job::EndCall;
use frontdesk_domain::opt_out::Refusal as OptOut;
use frontdesk_domain::placement::VAPI;
use frontdesk_domain::records::Booking;
use frontdesk_domain::sending::Message;
use frontdesk_shared::action::{Action, Preview, Receipt};
use frontdesk_shared::call::CallStatus;
use frontdesk_shared::event::kind;
use frontdesk_shared::explain::Answer;
use frontdesk_shared::job::JobState;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::SECOND;
use frontdesk_shared::{
    AppointmentId, CallId, ClientId, FaultId, ImportId, JobId, LeadId, MessageId, Noun, RowId, WebhookId,
};
use frontdesk_store::appointments as booked;
use frontdesk_store::audit::{self, NewAudit};
use frontdesk_store::clients::{self, HOUSE};
use frontdesk_store::imports::{self, Import};
use frontdesk_store::jobs::{self, NewJob};
use frontdesk_store::messages as written;
use frontdesk_store::views::resolve;
use frontdesk_store::{Error, Refusal, Result, Tx, calls, faults, leads};

use shown::Shown;

pub use shown::Described;

/// A confirmed repeatable action waits this long, so that it can be taken back.
const GRACE_MS: i64 = 5 * SECOND;

pub(crate) use test_send::key as test_key;

/// What an action will touch, resolved from what a person typed.
#[derive(Debug)]
enum Target {
    Job(Box<jobs::Job>),
    Webhook(WebhookId),
    Lead(Box<leads::Lead>),
    Person(refusals::Whom),
    Refusals(refusals::Whom, Vec<OptOut>),
    Call(Box<calls::Call>),
    Appointment(Box<(Booking, clients::Client)>),
    Message(Box<Message>),
    Fault(FaultId),
    Import(Box<Import>),
    House,
    Client(Box<clients::Client>),
    Schedule,
}

fn target(tx: &mut Tx<'_>, ctx: &Ctx, action: &Action) -> Result<Target> {
    Ok(match action {
        Action::RetryJob { job } | Action::CancelJob { job } | Action::SettleJob { job, .. } => {
            let id = JobId(resolve::resolve(tx, Noun::Job, job)?);
            Target::Job(Box::new(jobs::by_id(tx, id)?.ok_or(Error::NoRow)?))
        }
        Action::ReplayWebhook { webhook } => {
            Target::Webhook(WebhookId(resolve::resolve(tx, Noun::Webhook, webhook)?))
        }
        Action::CallNow { lead } => {
            let id = LeadId(resolve::resolve(tx, Noun::Lead, lead)?);
            Target::Lead(Box::new(leads::need(tx, id)?))
        }
        Action::OptOut { who } => Target::Person(refusals::whom(tx, ctx, who)?),
        Action::WithdrawOptOut { who, .. } => {
            let whom = refusals::whom(tx, ctx, who)?;
            let standing = refusals::standing(tx, &whom)?;
            Target::Refusals(whom, standing)
        }
        Action::EndCall { call } => {
            let id = CallId(resolve::resolve(tx, Noun::Call, call)?);
            Target::Call(Box::new(calls::need(tx, id)?))
        }
        Action::CancelAppointment { appointment, .. }
        | Action::RescheduleAppointment { appointment, .. }
        | Action::MarkAttended { appointment }
        | Action::MarkNoShow { appointment } => {
            let id = AppointmentId(resolve::resolve(tx, Noun::Appointment, appointment)?);
            let booking = booked::by_ids(tx, &[id])?.into_iter().next().ok_or(Error::NoRow)?;
            let client = clients::by_id(tx, booking.client)?.ok_or(Error::NoRow)?;
            Target::Appointment(Box::new((booking, client)))
        }
        Action::ResendMessage { message } => {
            let id = MessageId(resolve::resolve(tx, Noun::Message, message)?);
            let message = written::by_ids(tx, &[id])?.into_iter().next().ok_or(Error::NoRow)?;
            Target::Message(Box::new(message))
        }
        Action::UndoImport { import } => {
            let id = ImportId(resolve::resolve(tx, Noun::Import, import)?);
            Target::Import(Box::new(imports::need(tx, id)?))
        }
        Action::AckFault { fault } => Target::Fault(FaultId(resolve::resolve(tx, Noun::Fault, fault)?)),
        Action::TestSend { client: key, .. }
        | Action::PauseDialing { client: Some(key), .. }
        | Action::ResumeDialing { client: Some(key) }
        | Action::DeactivateClient { client: key } => Target::Client(Box::new(clients::need(tx, key)?)),
        Action::PauseDialing { client: None, .. } | Action::ResumeDialing { client: None } => Target::House,
        Action::RunSchedule { .. } => Target::Schedule,
        Action::Many { .. } => {
            return Err(Refusal::invalid("action", "many things are acted on one by one").into());
        }
    })
}

/// What an action would do at this moment.
///
/// # Errors
/// `not_found` when what it names does not exist.
pub fn preview(tx: &mut Tx<'_>, ctx: &Ctx, action: &Action) -> Result<Preview> {
    let target = target(tx, ctx, action)?;
    let described = describe(tx, ctx, action, &target)?;
    let token = described.token(action);
    Ok(Preview { lines: described.lines, count: 1, refused: described.refused, token })
}

fn describe(tx: &mut Tx<'_>, ctx: &Ctx, action: &Action, target: &Target) -> Result<Described> {
    let shown = match (action, target) {
        (Action::CallNow { .. }, Target::Lead(lead)) => return call_shown(tx, ctx, lead),
        (Action::ReplayWebhook { .. }, Target::Webhook(id)) => return webhooks::replay_shown(tx, ctx, *id),
        (Action::ResumeDialing { .. }, target) => return house::resume_shown(tx, ctx, target),
        (Action::UndoImport { .. }, Target::Import(import)) => return undo_import::shown(tx, import),
        (action, target) => plainly_shown(tx, ctx, action, target)?,
    };
    Ok(shown.into())
}

/// What is told in words that the clock does not change.
fn plainly_shown(tx: &mut Tx<'_>, ctx: &Ctx, action: &Action, target: &Target) -> Result<Shown> {
    Ok(match (action, target) {
        (Action::RetryJob { .. }, Target::Job(job)) => queue::retry_shown(tx, ctx, job)?,
        (Action::CancelJob { .. }, Target::Job(job)) => queue::cancel_shown(tx, job)?,
        (Action::SettleJob { happened, .. }, Target::Job(job)) => (
            vec![
                format!("{} for {}: its result is unknown.", job.kind, job.about),
                if messages::is_sending(job) {
                    messages::settle_shown(*happened)
                } else if *happened {
                    "You say that the call took place: it counts, and its outcome is for review.".into()
                } else {
                    "You say that no phone rang: the attempt is taken back and a new call is planned.".into()
                },
            ],
            (job.state != JobState::Uncertain).then(|| format!("it is {}, not uncertain", job.state)),
        ),
        (Action::OptOut { .. }, Target::Person(whom)) => refusals::opt_out_shown(tx, whom)?,
        (Action::WithdrawOptOut { reason, .. }, Target::Refusals(whom, standing)) => {
            refusals::withdraw_shown(tx, whom, standing, reason)?
        }
        (Action::EndCall { .. }, Target::Call(call)) => (
            vec![format!("The call with {} is hung up.", call.who)],
            match (&call.control_url, call.status.is_open()) {
                (_, false) => Some("it is already over".into()),
                (None, true) => Some("the provider gave no way to end it".into()),
                (Some(_), true) => None,
            },
        ),
        (action, Target::Appointment(about)) => appointments::shown(tx, ctx, action, (&about.0, &about.1))?,
        (Action::ResendMessage { .. }, Target::Message(message)) => messages::resend_shown(tx, ctx, message)?,
        (Action::TestSend { channel, address, template, .. }, Target::Client(client)) => {
            let wanted = test_send::Wanted { channel: *channel, address, template };
            test_send::shown(tx, ctx, client, &wanted)?
        }
        (Action::AckFault { .. }, _) => (vec!["It counts as seen until it happens again.".into()], None),
        (Action::PauseDialing { reason, .. }, target) => {
            let lines = vec![format!(
                "No new calls, texts or emails for {}: {reason}. Calls under way go on. Confirmations and \
                     reminders wait too, and those that are too late by then are not sent.",
                house::scope(target)
            )];
            (lines, reason.trim().is_empty().then(|| "give a reason: others will wonder".into()))
        }
        (Action::RunSchedule { name }, _) => (vec![format!("{name} runs now.")], None),
        (Action::DeactivateClient { .. }, Target::Client(client)) => (
            vec![
                format!("Everything queued for {} is stopped.", client.name),
                "Its keys stop working.".into(),
            ],
            None,
        ),
        _ => (Vec::new(), Some("this action does not fit what it names".into())),
    })
}

fn call_shown(tx: &mut Tx<'_>, ctx: &Ctx, lead: &leads::Lead) -> Result<Described> {
    let Some(client) = clients::by_id(tx, lead.client)? else { return Err(Error::NoRow) };
    if lead.status == LeadStatus::Calling {
        let line = "A call to this lead is under way.";
        return Ok((vec![line.into()], Some("a call is under way".into())).into());
    }
    if calls::is_uncertain(tx, lead.id)? {
        let why = "nobody knows whether the last call rang: settle its uncertain job first";
        return Ok((vec!["A call to this lead is of unknown fate.".into()], Some(why.into())).into());
    }
    let report = gate_now(tx, ctx, &client, &planning::reopened(lead, ctx.now()))?;
    let line = frontdesk_domain::gate::summary(&report);
    let mut lines = Vec::new();
    if planning::may_reopen(lead.status) {
        lines.push(format!("The lead is {}, and is opened again.", lead.status));
    }
    let refused = match report.answer {
        Answer::Allowed => {
            lines.push("The gate allows it: the call is placed in a moment.".into());
            None
        }
        Answer::NotYet => {
            lines.push(format!("Not at this moment. {line}"));
            lines.push("It is planned for the first permitted instant.".into());
            None
        }
        Answer::Never => {
            lines = vec![line.clone()];
            Some(line)
        }
    };
    let verdict = format!("{} {}", report.answer, report.rule);
    let standing = format!("{} {} {}", lead.status, lead.episode, lead.attempts);
    Ok(Described { lines, refused, facts: vec![lead.id.to_string(), standing, verdict] })
}

/// The gate's answer about a lead at this moment, with the true state of the slots.
///
/// # Errors
/// As the statements fail.
pub fn gate_now(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &clients::Client,
    lead: &leads::Lead,
) -> Result<frontdesk_shared::explain::GateReport> {
    let now = ctx.now();
    let facts = planning::standing(tx, lead)?;
    let rules = ctx.house.rules(client);
    let in_use = calls::open_count(tx, VAPI, now - ctx.house.max_call_ms)?;
    let mut report = planning::judge(
        ctx,
        client,
        &rules.policy,
        lead,
        &facts,
        now,
        planning::Stage::Now(in_use, ctx.house.concurrency),
    );
    super::holds::tell(tx, ctx, client, &mut report)?;
    Ok(report)
}

/// Since when and why a number or mail address that somebody typed is refused, if it is.
///
/// # Errors
/// As the statements fail.
pub fn refused_number(tx: &mut Tx<'_>, ctx: &Ctx, who: &str) -> Result<Option<String>> {
    let whom = match refusals::whom(tx, ctx, who) {
        Ok(whom) => whom,
        Err(Error::Refused(_)) => return Ok(None),
        Err(e) => return Err(e),
    };
    refusals::told_of(tx, &whom)
}

/// Who acts and which confirmation this is.
#[derive(Clone, Copy, Debug)]
pub struct Hand<'a> {
    /// Who acts.
    pub asker: Asker<'a>,
    /// The token of the preview the operator confirmed; `None` on paths without one.
    pub token: Option<&'a str>,
    /// The same request is done once.
    pub request: &'a str,
}

/// Does an action. A repeated request gets its first receipt again.
///
/// # Errors
/// `conflict` when what was previewed has changed meanwhile, or the state forbids it.
pub fn act(tx: &mut Tx<'_>, ctx: &Ctx, action: &Action, hand: Hand<'_>) -> Result<Receipt> {
    if let Some(text) = audit::receipt(tx, hand.request)? {
        return Ok(Receipt { text });
    }
    let target = target(tx, ctx, action)?;
    let described = describe(tx, ctx, action, &target)?;
    if let Some(why) = described.refused {
        return Err(Refusal::conflict(why).into());
    }
    if hand.token.is_some_and(|shown| shown != described.token(action)) {
        let now = described.lines.join(" ");
        return Err(Refusal::conflict(format!("it changed since you looked: {now}")).into());
    }
    let (text, client) = perform(tx, ctx, action, target, hand)?;
    audit::insert(
        tx,
        RowId(ctx.env.id()),
        &NewAudit {
            actor: hand.asker.actor,
            action: action.name(),
            subject: &subject_of(action),
            client,
            detail: &text,
            address: hand.asker.address,
            request: Some(hand.request),
            receipt: &text,
        },
        ctx.now(),
    )?;
    Ok(Receipt { text })
}

/// What an action names, without a phone number.
fn subject_of(action: &Action) -> String {
    match action {
        Action::RetryJob { job } | Action::CancelJob { job } | Action::SettleJob { job, .. } => job.clone(),
        Action::ReplayWebhook { webhook } => webhook.clone(),
        Action::CallNow { lead } => lead.clone(),
        Action::OptOut { who } | Action::WithdrawOptOut { who, .. } => refusals::masked(who),
        Action::EndCall { call } => call.clone(),
        Action::CancelAppointment { appointment, .. }
        | Action::RescheduleAppointment { appointment, .. }
        | Action::MarkAttended { appointment }
        | Action::MarkNoShow { appointment } => appointment.clone(),
        Action::ResendMessage { message } => message.clone(),
        Action::TestSend { client, .. } => client.clone(),
        Action::UndoImport { import } => import.clone(),
        Action::AckFault { fault } => fault.clone(),
        Action::PauseDialing { client, .. } | Action::ResumeDialing { client } => {
            client.clone().unwrap_or_default()
        }
        Action::RunSchedule { name } => name.clone(),
        Action::DeactivateClient { client } => client.clone(),
        Action::Many { actions } => format!("{} things", actions.len()),
    }
}

fn perform(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    action: &Action,
    target: Target,
    hand: Hand<'_>,
) -> Result<(String, ClientId)> {
    let now = ctx.now();
    let actor = hand.asker.actor;
    match (action, target) {
        (Action::RetryJob { .. }, Target::Job(job)) => queue::retry(tx, ctx, &job, actor),
        (Action::CancelJob { .. }, Target::Job(job)) => queue::cancel(tx, ctx, &job, actor),
        (Action::SettleJob { happened, .. }, Target::Job(job)) if messages::is_sending(&job) => {
            messages::settle(tx, ctx, &job, *happened, actor)
        }
        (Action::SettleJob { happened, .. }, Target::Job(job)) => {
            let Some(call) = calls::uncertain_of_job(tx, job.id)? else {
                return Err(Refusal::conflict("the provider has answered meanwhile").into());
            };
            let why = call_flow::by_hand(tx, ctx, job.id, &call, *happened, actor)?;
            Ok((why, job.client))
        }
        (Action::ReplayWebhook { .. }, Target::Webhook(id)) => webhooks::replay(tx, ctx, id, actor),
        (Action::CallNow { .. }, Target::Lead(lead)) => call_now(tx, ctx, &lead, hand),
        (Action::OptOut { .. }, Target::Person(whom)) => {
            let source =
                optout::Source { reason: "user_request", evidence: &format!("recorded by {actor}"), actor };
            let named = refusals::named(tx, &whom)?;
            let (closed, cancelled) = optout::record(tx, ctx, &whom.address, HOUSE, source)?;
            let text =
                format!("{named} opted out: {closed} leads closed, {cancelled} planned contacts taken back");
            Ok((text, HOUSE))
        }
        (Action::WithdrawOptOut { reason, .. }, Target::Refusals(_, standing)) => match standing.first() {
            Some(refusal) => refusals::withdraw(tx, ctx, refusal, (actor, reason.trim())),
            None => Err(Refusal::conflict("no refusal stands").into()),
        },
        (Action::EndCall { .. }, Target::Call(call)) => end_call(tx, ctx, &call, hand),
        (action, Target::Appointment(about)) => {
            appointments::act(tx, ctx, action, (&about.0, &about.1), actor)
        }
        (Action::ResendMessage { .. }, Target::Message(message)) => messages::resend(tx, ctx, &message),
        (Action::TestSend { channel, address, template, .. }, Target::Client(client)) => {
            let wanted = test_send::Wanted { channel: *channel, address, template };
            test_send::send(tx, ctx, &client, &wanted, (actor, hand.request))
        }
        (Action::UndoImport { .. }, Target::Import(import)) => {
            Ok((undo_import::begin(tx, ctx, &import, actor)?, import.client))
        }
        (Action::AckFault { .. }, Target::Fault(id)) => {
            faults::acknowledge(tx, id, actor, now)?;
            ctx.event(
                tx,
                kind::FAULT_CHANGED,
                HOUSE,
                None,
                ("fault", &id.to_string()),
                actor,
                &format!("acknowledged by {actor}"),
                serde_json::json!({ "acked": true }),
            )?;
            Ok(("acknowledged".into(), HOUSE))
        }
        (Action::PauseDialing { reason, .. }, target) => {
            house::pause(tx, ctx, target, Some(reason), hand.asker)
        }
        (Action::ResumeDialing { .. }, target) => house::pause(tx, ctx, target, None, hand.asker),
        (Action::RunSchedule { name }, _) => {
            schedule::run_now(tx, ctx, name)?;
            Ok((format!("{name} runs now"), HOUSE))
        }
        (Action::DeactivateClient { client: key }, Target::Client(client)) => {
            let stopped = client_flow::stop(tx, ctx, key, actor)?;
            Ok((format!("{key} deactivated, {stopped} queued jobs stopped"), client.id))
        }
        _ => Err(Refusal::conflict("this action does not fit what it names").into()),
    }
}

fn call_now(tx: &mut Tx<'_>, ctx: &Ctx, lead: &leads::Lead, hand: Hand<'_>) -> Result<(String, ClientId)> {
    let now = ctx.now();
    let mut lead = planning::reopened(lead, now);
    let Some(client) = clients::by_id(tx, lead.client)? else { return Err(Error::NoRow) };
    jobs::cancel_of_lead(tx, lead.id, "replaced by a call planned by hand", now)?;
    let facts = planning::standing(tx, &lead)?;
    let mark = format!(":by-hand-{}", hand.request);
    let wish = Wish {
        not_before: now,
        priority: PRIORITY_NEW_LEAD,
        actor: hand.asker.actor,
        mark: &mark,
        waiting_as: LeadStatus::Queued,
    };
    let report = planning::plan_call(tx, ctx, &client, &mut lead, &facts, &wish)?;
    lead.updated_at = now;
    leads::update(tx, &lead)?;
    let text = match lead.next_at {
        Some(at) if at <= now => "planned for this moment".to_owned(),
        Some(at) => format!("planned for {}", at.iso()),
        None => frontdesk_domain::gate::summary(&report),
    };
    planning::tell_status(
        tx,
        ctx,
        &lead,
        hand.asker.actor,
        &format!("call planned by {}: {text}", hand.asker.actor),
    )?;
    Ok((text, lead.client))
}

/// A lead whose call was given up waits for it again.
fn reopen(tx: &mut Tx<'_>, ctx: &Ctx, id: LeadId, actor: &str) -> Result<()> {
    let mut lead = leads::need(tx, id)?;
    if lead.status == LeadStatus::Held || lead.status == LeadStatus::Expired {
        lead.waits(LeadStatus::Queued, ctx.now() + GRACE_MS);
        lead.updated_at = ctx.now();
        leads::update(tx, &lead)?;
        planning::tell_status(tx, ctx, &lead, actor, &format!("call retried by {actor}"))?;
    }
    Ok(())
}

fn hold(tx: &mut Tx<'_>, ctx: &Ctx, id: LeadId, reason: &str, actor: &str) -> Result<()> {
    let mut lead = leads::need(tx, id)?;
    if matches!(lead.status, LeadStatus::Queued | LeadStatus::Callback) {
        lead.holds("operator", reason);
        lead.updated_at = ctx.now();
        leads::update(tx, &lead)?;
        planning::tell_status(tx, ctx, &lead, actor, reason)?;
    }
    Ok(())
}

fn end_call(tx: &mut Tx<'_>, ctx: &Ctx, call: &calls::Call, hand: Hand<'_>) -> Result<(String, ClientId)> {
    let now = ctx.now();
    if call.status == CallStatus::Ended {
        return Err(Refusal::conflict("it is already over").into());
    }
    jobs::enqueue(
        tx,
        &NewJob {
            lead: call.lead,
            call: Some(call.id),
            dedupe: Some(format!("end:{}:{}", call.id, hand.request)),
            ..NewJob::of(
                JobId(ctx.env.id()),
                &EndCall { by: hand.asker.actor.to_owned() },
                call.client,
                call.who.clone(),
                now,
            )
        },
        now,
    )?;
    Ok(("hanging up".into(), call.client))
}

fn tell_job(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    job: &jobs::Job,
    state: JobState,
    text: &str,
    actor: &str,
) -> Result<()> {
    ctx.event(
        tx,
        kind::JOB_CHANGED,
        job.client,
        job.lead,
        ("job", &job.id.to_string()),
        actor,
        &format!("{}: {text}", job.kind),
        serde_json::json!({ "state": state.word() }),
    )
}
