//! Vapi's webhooks: stored and applied in one commit, then acknowledged. The same event again
//! hears the same answer and changes nothing.

use super::ctx::VAPI;
use super::progress::{self, Heard, Report};
use super::settle;
use super::tools::{self, Question};
use super::{Ctx, owner};
use frontdesk_providers::vapi::{self, AssistantAnswer, CallRef, Kind, ServerMessage, ToolReply};
use frontdesk_shared::call::{CallStatus, Direction};
use frontdesk_shared::event::kind;
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_shared::{CallId, ClientId, WebhookId};
use frontdesk_store::calls::{self, Call};
use frontdesk_store::clients::{self, Client, HOUSE};
use frontdesk_store::packed::Packed;
use frontdesk_store::webhooks::{self, Applied, NewWebhook};
use frontdesk_store::{Error, Refusal, Result, Tx, leads};
use std::sync::Arc;

/// The answer to everything that wants none.
pub const NOTHING: &str = "{}";

/// A verified delivery.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The bytes as received.
    pub body: Arc<[u8]>,
    /// The same as they are kept.
    packed: Arc<Packed>,
    /// What it says.
    pub message: Arc<ServerMessage>,
    /// The organisation id of the path, for `/webhooks/agent/agent_<…>`.
    pub agent: String,
}

impl Delivery {
    /// One of these bytes, which say this.
    pub fn new(body: Arc<[u8]>, message: ServerMessage, agent: String) -> Self {
        let packed = Arc::new(Packed::of(&body));
        Self { body, packed, message: Arc::new(message), agent }
    }
}

/// What the house itself brings to a call: the assistant for callers nobody knows.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Assistant that answers where a client has none of its own.
    pub assistant_id: String,
}

/// The organisation id in the last part of `/webhooks/agent/agent_<…>`. What is kept with a
/// delivery must be short and plain: whoever chose it did not have to prove anything yet.
pub fn organisation(part: &str) -> Option<&str> {
    let plain = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    part.strip_prefix("agent_").filter(plain)
}

/// Stores a delivery and applies it. The answer for the provider.
///
/// # Errors
/// As the statements fail; nothing stays then, and [`store_failed`] keeps the bytes.
pub fn accept(tx: &mut Tx<'_>, ctx: &Ctx, defaults: &Defaults, d: &Delivery) -> Result<String> {
    let now = ctx.now();
    if let Some(known) = webhooks::seen_again(tx, VAPI, &d.message.event_key)? {
        if known.status != WebhookStatus::Failed {
            return Ok(known.reply);
        }
        let applied = apply(tx, ctx, defaults, d)?;
        webhooks::reapplied(tx, known.id, &applied, now)?;
        return Ok(applied.reply);
    }
    let applied = apply(tx, ctx, defaults, d)?;
    let id = WebhookId(ctx.env.id());
    insert(tx, ctx, id, d, &applied)?;
    Ok(applied.reply)
}

fn insert(tx: &mut Tx<'_>, ctx: &Ctx, id: WebhookId, d: &Delivery, applied: &Applied) -> Result<()> {
    let kind_word = d.message.kind.word();
    webhooks::insert(
        tx,
        &NewWebhook {
            id,
            provider: VAPI,
            event_key: &d.message.event_key,
            client: applied.client,
            call: applied.call,
            kind: kind_word,
            status: applied.status,
            note: &applied.note,
            body: &d.packed,
            reply: &applied.reply,
            agent: &d.agent,
        },
        ctx.now(),
    )
    // The same event on another connection at the same moment: look again.
    .map_err(|e| if let Error::Conflict(e) = e { Error::Retry(e) } else { e })?;
    ctx.event(
        tx,
        kind::WEBHOOK_STORED,
        applied.client,
        None,
        ("webhook", &id.to_string()),
        VAPI,
        &format!("{kind_word}: {}", applied.note),
        serde_json::json!({ "status": applied.status.word(), "kind": kind_word, "call": applied.call }),
    )
}

/// Keeps a delivery that could not be applied; a person can replay it.
///
/// # Errors
/// As the statements fail.
pub fn store_failed(tx: &mut Tx<'_>, ctx: &Ctx, d: &Delivery, why: &str) -> Result<()> {
    if webhooks::seen_again(tx, VAPI, &d.message.event_key)?.is_some() {
        return Ok(());
    }
    let applied = Applied {
        client: HOUSE,
        call: None,
        status: WebhookStatus::Failed,
        note: why.to_owned(),
        reply: NOTHING.into(),
    };
    insert(tx, ctx, WebhookId(ctx.env.id()), d, &applied)
}

/// Keeps verified bytes that are no message at all.
///
/// # Errors
/// As the statements fail.
pub fn store_unreadable(tx: &mut Tx<'_>, ctx: &Ctx, body: &[u8], agent: &str, why: &str) -> Result<()> {
    let event_key = format!("unreadable:{}", blake3::hash(body).to_hex());
    if webhooks::seen_again(tx, VAPI, &event_key)?.is_some() {
        return Ok(());
    }
    let id = WebhookId(ctx.env.id());
    webhooks::insert(
        tx,
        &NewWebhook {
            id,
            provider: VAPI,
            event_key: &event_key,
            client: HOUSE,
            call: None,
            kind: "unreadable",
            status: WebhookStatus::Failed,
            note: why,
            body: &Packed::of(body),
            reply: NOTHING,
            agent,
        },
        ctx.now(),
    )?;
    ctx.event(
        tx,
        kind::WEBHOOK_STORED,
        HOUSE,
        None,
        ("webhook", &id.to_string()),
        VAPI,
        &format!("unreadable webhook: {why}"),
        serde_json::json!({ "status": WebhookStatus::Failed.word() }),
    )
}

fn apply(tx: &mut Tx<'_>, ctx: &Ctx, defaults: &Defaults, d: &Delivery) -> Result<Applied> {
    let message = &*d.message;
    if matches!(message.kind, Kind::AssistantRequest) {
        let client = client_of(tx, ctx, &message.call, &d.agent)?;
        return Ok(assistant(client.as_ref(), defaults));
    }
    let Some(mut call) = call_of(tx, ctx, &message.call, &d.agent)? else {
        return Ok(Applied {
            client: HOUSE,
            call: None,
            status: WebhookStatus::Unmatched,
            note: "the call belongs to no client known here".into(),
            reply: unmatched_reply(message),
        });
    };
    let (changed, reply) = match &message.kind {
        Kind::ToolCalls(questions) => {
            let replies = answer_tools(tx, ctx, &mut call, questions)?;
            (Some(format!("{} tool calls answered", questions.len())), vapi::tool_results(&replies))
        }
        Kind::FunctionCall(question) => {
            let mut replies = answer_tools(tx, ctx, &mut call, std::slice::from_ref(question))?;
            let outcome = replies.pop().map_or_else(|| Err("not answered".to_owned()), |r| r.outcome);
            (Some("function call answered".to_owned()), vapi::function_result(&outcome))
        }
        other => (progress::hear(tx, ctx, &mut call, heard(other, message))?, NOTHING.to_owned()),
    };
    Ok(Applied {
        client: call.client,
        call: Some(call.id),
        status: if changed.is_some() { WebhookStatus::Applied } else { WebhookStatus::Ignored },
        note: changed.unwrap_or_else(|| "nothing new in it".into()),
        reply,
    })
}

fn client_of(tx: &mut Tx<'_>, ctx: &Ctx, call: &CallRef, agent: &str) -> Result<Option<Client>> {
    let signs = owner::Signs {
        agent,
        phone_number_id: call.phone_number_id.as_deref(),
        assistant_id: call.assistant_id.as_deref(),
    };
    owner::of(tx, ctx, signs)
}

/// The call a message is about: ours by attempt id or by the provider's id, else a new record
/// of a call that came in.
fn call_of(tx: &mut Tx<'_>, ctx: &Ctx, found: &CallRef, agent: &str) -> Result<Option<Call>> {
    let mut call = calls::by_provider_id(tx, VAPI, &found.id)?;
    if call.is_none()
        && let Some(attempt) = found.attempt()
    {
        call = calls::by_id(tx, attempt)?.filter(|c| c.provider_call_id.is_none());
    }
    if let Some(mut call) = call {
        if call.provider_call_id.is_none() {
            call.provider_call_id = Some(found.id.clone());
            calls::update(tx, &call)?;
        }
        return Ok(Some(call));
    }
    if found.id.is_empty() {
        return Ok(None);
    }
    let Some(client) = client_of(tx, ctx, found, agent)? else { return Ok(None) };
    let call = incoming(tx, ctx, &client, found)?;
    // Another message about the same new call, on another connection at the same moment: look
    // again, and find it.
    calls::insert(tx, [&call]).map_err(|e| if let Error::Conflict(e) = e { Error::Retry(e) } else { e })?;
    Ok(Some(call))
}

fn incoming(tx: &mut Tx<'_>, ctx: &Ctx, client: &Client, found: &CallRef) -> Result<Call> {
    let now = ctx.now();
    let phone = found.customer_number.clone().unwrap_or_default();
    let lead = if phone.is_empty() { None } else { leads::by_identity(tx, client.id, &phone)? };
    let who = lead.as_ref().map(|l| l.name.clone()).filter(|n| !n.is_empty());
    Ok(Call {
        id: CallId(ctx.env.id()),
        client: client.id,
        lead: lead.as_ref().map(|l| l.id),
        job: None,
        direction: match found.kind.as_deref() {
            Some("outboundPhoneCall") => Direction::Outbound,
            Some("inboundPhoneCall") => Direction::Inbound,
            _ => Direction::Web,
        },
        // Not one of our attempts, so no lead's plan follows from it.
        episode: 0,
        attempt: 0,
        provider: VAPI.to_owned(),
        provider_call_id: Some(found.id.clone()),
        status: CallStatus::Queued,
        outcome: None,
        why: String::new(),
        ended_reason: String::new(),
        who: who.or_else(|| found.customer_name.clone()).unwrap_or_else(|| "a caller".into()),
        phone,
        control_url: None,
        started_at: None,
        ended_at: None,
        cost_micros: 0,
        summary: String::new(),
        transcript: String::new(),
        analysis: serde_json::Value::Null,
        last_line: String::new(),
        reported: false,
        sandbox: ctx.house.sandbox,
        lookups: 0,
        created_at: now,
        updated_at: now,
    })
}

fn heard(kind: &Kind, message: &ServerMessage) -> Heard {
    let base = Heard {
        provider_call_id: Some(message.call.id.clone()),
        control_url: message.call.control_url.as_ref().map(|u| u.expose().to_owned()),
        ..Heard::default()
    };
    match kind {
        Kind::StatusUpdate { known, ended_reason, .. } => {
            Heard { status: *known, ended_reason: ended_reason.clone(), ..base }
        }
        Kind::EndOfCallReport(report) => of_report(report, base),
        Kind::Transcript { role, text, is_final: true } => {
            Heard { line: Some(format!("{role}: {text}")), status: Some(CallStatus::InProgress), ..base }
        }
        _ => Heard::default(),
    }
}

/// Structured results by name, the plain ones and the newer outputs together.
fn structured(report: &vapi::Report) -> serde_json::Value {
    let mut all = match &report.structured_data {
        Some(serde_json::Value::Object(data)) => data.clone(),
        _ => serde_json::Map::new(),
    };
    for (name, value) in &report.structured_outputs {
        all.insert(name.clone(), value.clone());
    }
    serde_json::Value::Object(all)
}

/// What a report tells, whether it came by webhook or was asked for.
pub fn of_report(report: &vapi::Report, base: Heard) -> Heard {
    Heard {
        status: Some(CallStatus::Ended),
        ended_reason: Some(report.ended_reason.clone()),
        started_at: report.started_at,
        ended_at: report.ended_at,
        cost_micros: report.cost_micros_usd,
        report: Some(Report {
            transcript: report.transcript.clone().unwrap_or_default(),
            summary: report.summary.clone().unwrap_or_default(),
            user_messages: report.user_messages().map(str::to_owned).collect(),
            structured: structured(report),
        }),
        ..base
    }
}

fn answer_tools(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    call: &mut Call,
    questions: &[vapi::ToolCall],
) -> Result<Vec<ToolReply>> {
    let client = clients::by_id(tx, call.client)?.ok_or(Error::NoRow)?;
    // A caller who asks something is on the line, whatever status messages got lost.
    let was = call.status;
    call.status = call.status.advance(CallStatus::InProgress);
    if was == CallStatus::Uncertain {
        settle::resolved(tx, ctx, call)?;
    }
    call.started_at = call.started_at.or(Some(ctx.now()));
    call.updated_at = ctx.now();
    let mut replies = Vec::with_capacity(questions.len());
    for q in questions {
        let answer = if q.readable {
            tools::answer(
                tx,
                ctx,
                &client,
                call,
                &Question { id: &q.id, name: &q.name, arguments: &q.arguments },
            )?
        } else {
            tools::Answer {
                text: "the arguments could not be read: send them as one JSON object".into(),
                is_error: true,
            }
        };
        let outcome = if answer.is_error { Err(answer.text) } else { Ok(answer.text) };
        replies.push(ToolReply { id: q.id.clone(), name: q.name.clone(), outcome });
    }
    calls::update(tx, call)?;
    settle::tell_call(tx, ctx, call, was, VAPI, &call.last_line.clone())?;
    Ok(replies)
}

fn unmatched_reply(message: &ServerMessage) -> String {
    failed_tools(message, "this office is not set up yet").unwrap_or_else(|| NOTHING.into())
}

/// The answer to a message that needs one, when the records cannot be reached; `None` for those
/// that can be applied later. Whether the asked thing was done may be unknown, so nothing is
/// said about that.
pub fn out_of_reach(message: &ServerMessage) -> Option<String> {
    const SORRY: &str = "the office's records cannot be reached at the moment, so nothing can be looked up or \
                         confirmed: say so, and that somebody will call back about it";
    if matches!(message.kind, Kind::AssistantRequest) {
        let sorry = "We are sorry, our office cannot take your call at the moment. Please call again later.";
        return Some(vapi::assistant_answer(&AssistantAnswer::Say(sorry.to_owned())));
    }
    failed_tools(message, SORRY)
}

/// The same error for every tool a message asks for; `None` where it asks for none.
fn failed_tools(message: &ServerMessage, why: &str) -> Option<String> {
    match &message.kind {
        Kind::ToolCalls(questions) => {
            let replies: Vec<ToolReply> = questions
                .iter()
                .map(|q| ToolReply { id: q.id.clone(), name: q.name.clone(), outcome: Err(why.to_owned()) })
                .collect();
            Some(vapi::tool_results(&replies))
        }
        Kind::FunctionCall(_) => Some(vapi::function_result(&Err(why.to_owned()))),
        _ => None,
    }
}

fn assistant(client: Option<&Client>, defaults: &Defaults) -> Applied {
    let own = client
        .and_then(|c| c.settings.get("vapi"))
        .and_then(|v| v.get("assistant_id"))
        .and_then(|v| v.as_str())
        .unwrap_or(&defaults.assistant_id);
    let (note, answer) = if own.is_empty() {
        let sorry = "Nobody can take this call at the moment.".to_owned();
        ("no assistant is configured".to_owned(), AssistantAnswer::Say(sorry))
    } else {
        let assistant = AssistantAnswer::Assistant { id: own.to_owned(), variables: serde_json::Map::new() };
        (format!("answered with assistant {own}"), assistant)
    };
    let reply = vapi::assistant_answer(&answer);
    Applied {
        client: client.map_or(HOUSE, |c| c.id),
        call: None,
        status: WebhookStatus::Applied,
        note,
        reply,
    }
}

/// What replaying a stored delivery would do, as far as the present state of its call tells.
/// Reads only.
///
/// # Errors
/// `not_found`.
pub fn replay_shown(tx: &mut Tx<'_>, _ctx: &Ctx, id: WebhookId) -> Result<Vec<String>> {
    let stored = stored(tx, id)?;
    let parsed = vapi::parse(&stored.body);
    Ok(match parsed {
        Err(e) => vec![format!("It still cannot be read ({e}): it is set aside, and its bytes stay.")],
        Ok(message) => {
            let known = calls::by_provider_id(tx, VAPI, &message.call.id)?;
            let mut lines = vec![format!("{} is applied again.", message.kind.word())];
            lines.push(match known {
                Some(call) if call.status == CallStatus::Ended && call.reported => {
                    format!(
                        "Its call is over and reported ({}): nothing will change.",
                        call.outcome.map_or("", |o| o.word())
                    )
                }
                Some(call) => format!("Its call is {}.", call.status),
                None => "Its call is not known yet; it is matched again.".into(),
            });
            lines.push("Bookings, opt-outs and answers already made are not made twice.".into());
            lines
        }
    })
}

fn stored(tx: &mut Tx<'_>, id: WebhookId) -> Result<webhooks::Webhook> {
    webhooks::by_id(tx, id)?.ok_or_else(|| Refusal::not_found(format!("there is no webhook {id}")).into())
}

/// Applies a stored delivery again.
///
/// # Errors
/// `not_found`.
pub fn replay(tx: &mut Tx<'_>, ctx: &Ctx, id: WebhookId, actor: &str) -> Result<(String, ClientId)> {
    let stored = stored(tx, id)?;
    let (applied, text) = match vapi::parse(&stored.body) {
        Ok(message) => {
            let delivery = Delivery::new(stored.body.into(), message, stored.agent);
            let applied = apply(tx, ctx, &Defaults::default(), &delivery)?;
            let text = format!("replayed: {}", applied.note);
            (applied, text)
        }
        // Nothing can be done with it: a person has looked, and it stands in nobody's way.
        Err(e) => {
            let note = format!("cannot be read ({e}); set aside by {actor}");
            let status = WebhookStatus::Ignored;
            let reply = stored.reply;
            (Applied { client: stored.client, call: None, status, note: note.clone(), reply }, note)
        }
    };
    // What it did when it came stays what is told about it.
    if applied.status != WebhookStatus::Ignored || stored.status != WebhookStatus::Applied {
        webhooks::reapplied(tx, id, &applied, ctx.now())?;
    }
    ctx.event(
        tx,
        kind::WEBHOOK_STORED,
        applied.client,
        None,
        ("webhook", &id.to_string()),
        actor,
        &text,
        serde_json::json!({ "status": applied.status.word(), "replayed": true }),
    )?;
    Ok((text, applied.client))
}
