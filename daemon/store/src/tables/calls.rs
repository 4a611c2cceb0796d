//! Calls and the answers given to an assistant's tools.

use crate::engine::insert::Insert;
use crate::engine::update::Update;
use crate::engine::value::Kind::{Bool, Int, Text};
use crate::params;
use crate::{Refusal, Result, Row, Tx, Value};
pub use frontdesk_domain::call::Call;
use frontdesk_domain::records::{CallTexts, ToolAnswer};
use frontdesk_shared::call::{CallStatus, Direction, Outcome};
use frontdesk_shared::{CallId, JobId, LeadId, Millis};
use std::collections::{BTreeMap, HashSet};

macro_rules! columns {
    () => {
        "id, client_id, lead_id, job_id, direction, episode, attempt, provider, provider_call_id, status, outcome, \
         why, ended_reason, phone, who, control_url, started_at, ended_at, cost_micros, last_line, reported, sandbox, \
         lookups, callback_at, created_at, updated_at"
    };
}
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM call ", $rest)
    };
}

fn read(r: &Row<'_>) -> Result<Call> {
    let outcome: Option<String> = r.get(10)?;
    Ok(Call {
        id: r.get(0)?,
        client: r.get(1)?,
        lead: r.get(2)?,
        job: r.get(3)?,
        direction: r.word(4, Direction::parse)?,
        episode: r.get(5)?,
        attempt: r.get(6)?,
        provider: r.get(7)?,
        provider_call_id: r.get(8)?,
        status: r.word(9, CallStatus::parse)?,
        outcome: outcome.as_deref().and_then(Outcome::parse),
        why: r.get(11)?,
        ended_reason: r.get(12)?,
        phone: r.get(13)?,
        who: r.get(14)?,
        control_url: r.get(15)?,
        started_at: r.get(16)?,
        ended_at: r.get(17)?,
        cost_micros: r.get(18)?,
        last_line: r.get(19)?,
        reported: r.get(20)?,
        sandbox: r.get(21)?,
        lookups: r.get(22)?,
        callback_at: r.get(23)?,
        created_at: r.get(24)?,
        updated_at: r.get(25)?,
    })
}

const CALLS: Insert<26> = Insert {
    into: concat!("call (", columns!(), ")"),
    types: [
        Int, Int, Int, Int, Text, Int, Int, Text, Text, Text, Text, Text, Text, Text, Text, Text, Int, Int,
        Int, Text, Bool, Bool, Int, Int, Int, Int,
    ],
    then: "",
};

/// Adds calls.
///
/// # Errors
/// [`crate::Error::Conflict`] when the provider's id of one is already there.
pub fn insert<'c>(tx: &mut Tx<'_>, calls: impl IntoIterator<Item = &'c Call>) -> Result<()> {
    let rows: Vec<_> = calls.into_iter().map(row).collect();
    CALLS.rows(tx, &rows).map(drop)
}

fn row(c: &Call) -> [Value<'_>; 26] {
    [
        c.id.into(),
        c.client.into(),
        c.lead.into(),
        c.job.into(),
        c.direction.word().into(),
        c.episode.into(),
        c.attempt.into(),
        (&c.provider).into(),
        c.provider_call_id.as_deref().into(),
        c.status.word().into(),
        c.outcome.map(Outcome::word).into(),
        (&c.why).into(),
        (&c.ended_reason).into(),
        (&c.phone).into(),
        (&c.who).into(),
        c.control_url.as_deref().into(),
        c.started_at.into(),
        c.ended_at.into(),
        c.cost_micros.into(),
        (&c.last_line).into(),
        c.reported.into(),
        c.sandbox.into(),
        c.lookups.into(),
        c.callback_at.into(),
        c.created_at.into(),
        c.updated_at.into(),
    ]
}

const CHANGES: Update<1, 17> = Update {
    table: "call",
    keys: [("id", Int)],
    sets: [
        ("lead_id", Int),
        ("provider_call_id", Text),
        ("status", Text),
        ("outcome", Text),
        ("why", Text),
        ("ended_reason", Text),
        ("phone", Text),
        ("who", Text),
        ("control_url", Text),
        ("started_at", Int),
        ("ended_at", Int),
        ("cost_micros", Int),
        ("last_line", Text),
        ("reported", Bool),
        ("lookups", Int),
        ("callback_at", Int),
        ("updated_at", Int),
    ],
    kept: &[],
    also: "",
    only: "",
};

/// Writes a call's changeable parts back.
///
/// # Errors
/// As the statement fails.
pub fn update(tx: &mut Tx<'_>, call: &Call) -> Result<()> {
    update_all(tx, [call])
}

/// Writes the changeable parts of calls back. Each call may be in it once.
///
/// # Errors
/// As the statements fail.
pub fn update_all<'c>(tx: &mut Tx<'_>, calls: impl IntoIterator<Item = &'c Call>) -> Result<()> {
    let rows: Vec<_> = calls.into_iter().map(|c| ([c.id.into()], changed(c))).collect();
    CHANGES.rows(tx, &rows).map(drop)
}

fn changed(c: &Call) -> [Value<'_>; 17] {
    [
        c.lead.into(),
        c.provider_call_id.as_deref().into(),
        c.status.word().into(),
        c.outcome.map(Outcome::word).into(),
        (&c.why).into(),
        (&c.ended_reason).into(),
        (&c.phone).into(),
        (&c.who).into(),
        c.control_url.as_deref().into(),
        c.started_at.into(),
        c.ended_at.into(),
        c.cost_micros.into(),
        (&c.last_line).into(),
        c.reported.into(),
        c.lookups.into(),
        c.callback_at.into(),
        c.updated_at.into(),
    ]
}

const TEXTS: Insert<4> = Insert {
    into: "call_text (call_id, transcript, summary, analysis)",
    types: [Int, Text, Text, Text],
    then: "ON CONFLICT (call_id) DO UPDATE SET transcript = excluded.transcript, summary = excluded.summary,
        analysis = excluded.analysis",
};

/// What was said in a call; `None` while nothing is known of it.
///
/// # Errors
/// As the statement fails.
pub fn texts(tx: &mut Tx<'_>, call: CallId) -> Result<Option<CallTexts>> {
    tx.optional(
        "SELECT transcript, summary, analysis FROM call_text WHERE call_id = $1",
        params![call],
        |r| Ok(CallTexts { transcript: r.get(0)?, summary: r.get(1)?, analysis: r.json(2)? }),
    )
}

/// Keeps what was said, over what was kept before.
///
/// # Errors
/// As the statements fail.
pub fn put_texts(tx: &mut Tx<'_>, texts: &BTreeMap<CallId, CallTexts>) -> Result<()> {
    let analyses: Vec<String> = texts.values().map(|t| t.analysis.to_string()).collect();
    let rows: Vec<[Value<'_>; 4]> = texts
        .iter()
        .zip(&analyses)
        .map(|((call, t), analysis)| {
            [Value::from(*call), (&t.transcript).into(), (&t.summary).into(), analysis.into()]
        })
        .collect();
    TEXTS.rows(tx, &rows).map(drop)
}

/// The call of an id.
///
/// # Errors
/// As the statement fails.
pub fn by_id(tx: &mut Tx<'_>, id: CallId) -> Result<Option<Call>> {
    tx.optional(select!("WHERE id = $1"), params![id], read)
}

/// The call of an id, or a refusal that names it.
///
/// # Errors
/// `not_found`.
pub fn need(tx: &mut Tx<'_>, id: CallId) -> Result<Call> {
    by_id(tx, id)?.ok_or_else(|| Refusal::not_found(format!("there is no call {id}")).into())
}

/// The call of a provider's id.
///
/// # Errors
/// As the statement fails.
pub fn by_provider_id(tx: &mut Tx<'_>, provider: &str, id: &str) -> Result<Option<Call>> {
    tx.optional(select!("WHERE provider_call_id = $1 AND provider = $2"), params![id, provider], read)
}

/// Calls of many ids.
///
/// # Errors
/// As the statement fails.
pub fn by_ids(tx: &mut Tx<'_>, ids: &[CallId]) -> Result<Vec<Call>> {
    let ids: Vec<Value<'_>> = ids.iter().map(|id| Value::from(*id)).collect();
    tx.many(select!("WHERE id = ANY($1)"), &ids, &[], read)
}

/// Calls of many of a provider's ids.
///
/// # Errors
/// As the statement fails.
pub fn by_provider_ids(tx: &mut Tx<'_>, provider: &str, ids: &[&str]) -> Result<Vec<Call>> {
    let ids: Vec<Value<'_>> = ids.iter().map(|id| Value::Text(id)).collect();
    tx.many(select!("WHERE provider_call_id = ANY($1) AND provider = $2"), &ids, params![provider], read)
}

/// Calls made as one attempt of a lead: those that came to nothing are made again.
///
/// # Errors
/// As the statement fails.
pub fn of_attempt(tx: &mut Tx<'_>, lead: LeadId, episode: i64, attempt: i64) -> Result<u32> {
    tx.one(
        "SELECT count(*) FROM call WHERE lead_id = $1 AND episode = $2 AND attempt = $3",
        params![lead, episode, attempt],
        |r| r.get(0),
    )
}

/// Calls that occupy one of the provider's slots. A call whose fate is unknown counts until
/// the longest call would be over.
///
/// # Errors
/// As the statement fails.
pub fn open_count(tx: &mut Tx<'_>, provider: &str, unknown_since: Millis) -> Result<u64> {
    tx.count(
        "SELECT count(*) FROM call WHERE provider = $1 AND status NOT IN ('ended', 'refused')
             AND (status <> 'uncertain' OR created_at > $2)",
        params![provider, unknown_since],
    )
}

/// Calls that ended before an instant and whose final report never came. One the provider never
/// named has none to come: an operator closed it.
///
/// # Errors
/// As the statement fails.
pub fn unreported(tx: &mut Tx<'_>, before: Millis, limit: i64) -> Result<Vec<Call>> {
    tx.all(
        select!("WHERE status = 'ended' AND NOT reported AND updated_at < $1 AND provider_call_id IS NOT NULL ORDER BY updated_at LIMIT $2"),
        params![before, limit],
        read,
    )
}

/// Open calls not heard of since an instant, oldest first. The first condition is the partial
/// index's own, and the sum keeps planners away from reading every call in the order of ids.
///
/// # Errors
/// As the statement fails.
pub fn silent(tx: &mut Tx<'_>, before: Millis, limit: i64) -> Result<Vec<Call>> {
    tx.all(
        select!(
            "WHERE status NOT IN ('ended', 'refused') AND status NOT IN ('placing', 'uncertain') AND updated_at < $1
             ORDER BY id + 0 LIMIT $2"
        ),
        params![before, limit],
        read,
    )
}

/// Calls of unknown fate made after an instant, oldest first.
///
/// # Errors
/// As the statement fails.
pub fn uncertain(tx: &mut Tx<'_>, after: Millis, limit: i64) -> Result<HashSet<CallId>> {
    let ids = tx.all(
        "SELECT id FROM call WHERE status NOT IN ('ended', 'refused') AND status = 'uncertain' AND created_at > $1
         ORDER BY id + 0 LIMIT $2",
        params![after, limit],
        |r| r.get(0),
    )?;
    Ok(ids.into_iter().collect())
}

/// Whether a call to a lead is of unknown fate.
///
/// # Errors
/// As the statement fails.
pub fn is_uncertain(tx: &mut Tx<'_>, lead: LeadId) -> Result<bool> {
    Ok(tx.count("SELECT count(*) FROM call WHERE lead_id = $1 AND status = 'uncertain'", params![lead])? > 0)
}

/// The uncertain call of a job.
///
/// # Errors
/// As the statement fails.
pub fn uncertain_of_job(tx: &mut Tx<'_>, job: JobId) -> Result<Option<Call>> {
    tx.optional(
        select!("WHERE job_id = $1 AND status = 'uncertain' ORDER BY id DESC LIMIT 1"),
        params![job],
        read,
    )
}

/// Calls with many leads that are not over.
///
/// # Errors
/// As the statement fails.
pub fn open_of_leads(tx: &mut Tx<'_>, leads: &[LeadId]) -> Result<Vec<Call>> {
    let leads: Vec<Value<'_>> = leads.iter().map(|id| Value::from(*id)).collect();
    tx.many(select!("WHERE lead_id = ANY($1) AND status NOT IN ('ended', 'refused')"), &leads, &[], read)
}

/// Calls that many jobs committed to and did not hear the end of, newest last.
///
/// # Errors
/// As the statement fails.
pub fn placing_of_jobs(tx: &mut Tx<'_>, jobs: &[JobId]) -> Result<Vec<Call>> {
    let jobs: Vec<Value<'_>> = jobs.iter().map(|id| Value::from(*id)).collect();
    tx.many(select!("WHERE job_id = ANY($1) AND status = 'placing' ORDER BY id"), &jobs, &[], read)
}

/// Answers given to the tools of many calls of a provider, oldest first.
///
/// # Errors
/// As the statement fails.
pub fn tool_answers(tx: &mut Tx<'_>, provider: &'static str, calls: &[&str]) -> Result<Vec<ToolAnswer>> {
    let calls: Vec<Value<'_>> = calls.iter().map(|id| Value::Text(id)).collect();
    let sql = "SELECT provider_call_id, tool_call_id, name, result, is_error FROM tool_call
               WHERE provider = $2 AND provider_call_id = ANY($1) ORDER BY at";
    tx.many(sql, &calls, params![provider], |r| {
        Ok(ToolAnswer {
            provider,
            call: r.get(0)?,
            question: r.get(1)?,
            name: r.get(2)?,
            text: r.get(3)?,
            is_error: r.get(4)?,
        })
    })
}

const TOOL_ANSWERS: Insert<7> = Insert {
    into: "tool_call (provider, provider_call_id, tool_call_id, name, result, is_error, at)",
    types: [Text, Text, Text, Text, Text, Bool, Int],
    then: "",
};

/// Keeps answers, so that the same questions hear them again.
///
/// # Errors
/// [`crate::Error::Conflict`] when one was answered before.
pub fn insert_tool_answers(tx: &mut Tx<'_>, answers: &[ToolAnswer], at: Millis) -> Result<()> {
    let rows: Vec<[Value<'_>; 7]> = answers
        .iter()
        .map(|a| {
            [
                a.provider.into(),
                (&a.call).into(),
                (&a.question).into(),
                (&a.name).into(),
                (&a.text).into(),
                a.is_error.into(),
                at.into(),
            ]
        })
        .collect();
    TOOL_ANSWERS.rows(tx, &rows).map(drop)
}
