//! Stores filled before a daemon starts on them, much faster than by way of the daemon.

use crate::house::House;
use crate::report::call_id;
use anyhow::Result;
use frontdesk_shared::call::{CallStatus, Direction};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::HOUR;
use frontdesk_shared::{CallId, LeadId};
use frontdesk_store::calls::{self, Call};
use frontdesk_store::params;
use frontdesk_store::{Result as StoreResult, Store, Tx};
use frontdesk_store::{leads, meta};
use frontdesk_tests::samples;
use std::ops::Range;

/// Rows in one transaction.
const STEP: u64 = 20_000;
/// Ids of filled rows begin here, far from those a daemon makes.
const FIRST: i64 = 1_000;

/// Leads that are being called, each with an open call the provider knows as
/// [`call_id`]`(series, n)`.
pub async fn open_calls(house: &House, store: &Store, series: u32, count: u64) -> Result<()> {
    open_calls_from(house, store, series, 0, count).await
}

/// The same for the numbers from `first` on.
pub async fn open_calls_from(
    house: &House,
    store: &Store,
    series: u32,
    first: u64,
    count: u64,
) -> Result<()> {
    let client = house.client(store).await?;
    let ctx = house.ctx()?;
    // An hour ahead, so that no sweep finds the calls silent.
    let later = ctx.now() + HOUR;
    for from in (first..first + count).step_by(STEP as usize) {
        let numbers = from..(from + STEP).min(first + count);
        store
            .write(move |tx| {
                for n in numbers.clone() {
                    let id = FIRST + n.cast_signed();
                    let phone = format!("+4477{n:08}");
                    let mut lead = samples::lead(id, client.0);
                    (lead.identity, lead.phone) = (phone.clone(), Some(phone.clone()));
                    (lead.status, lead.attempts) = (LeadStatus::Calling, 1);
                    (lead.created_at, lead.updated_at) = (later, later);
                    (lead.episode_at, lead.last_attempt_at) = (later, Some(later));
                    leads::insert(tx, std::slice::from_ref(&lead))?;
                    calls::insert(
                        tx,
                        [&Call {
                            id: CallId(id),
                            client,
                            lead: Some(LeadId(id)),
                            job: None,
                            direction: Direction::Outbound,
                            episode: lead.episode,
                            attempt: 1,
                            provider: "vapi".to_owned(),
                            provider_call_id: Some(call_id(series, n)),
                            status: CallStatus::InProgress,
                            outcome: None,
                            why: String::new(),
                            ended_reason: String::new(),
                            phone,
                            who: lead.name,
                            control_url: None,
                            started_at: Some(later),
                            ended_at: None,
                            cost_micros: 0,
                            last_line: String::new(),
                            reported: false,
                            sandbox: true,
                            lookups: 0,
                            callback_at: None,
                            created_at: later,
                            updated_at: later,
                        }],
                    )?;
                }
                Ok(())
            })
            .await?;
    }
    Ok(())
}

/// The number of the `n`th lead of [`leads`].
pub fn phone(n: u64) -> String {
    format!("+4479{n:08}")
}

/// Leads in every state, each with its consent, verdict, job and event; one in ten with a call
/// that is over, one in fifty with its webhook.
pub async fn leads(house: &House, store: &Store, numbers: Range<u64>) -> Result<()> {
    let client = house.client(store).await?;
    let now = house.ctx()?.now();
    for from in numbers.clone().step_by(STEP as usize) {
        let last = (from + STEP).min(numbers.end) - 1;
        store
            .write(move |tx| {
                for sql in REFERRED {
                    tx.execute(*sql, params![])?;
                }
                for sql in LEADS {
                    tx.execute(*sql, params![from.cast_signed(), last.cast_signed(), client, now])?;
                }
                Ok(())
            })
            .await?;
    }
    Ok(())
}

/// Ends every call that is open.
pub async fn end_calls(store: &Store) -> Result<()> {
    let sql = "UPDATE call SET status = 'ended', reported = TRUE WHERE status NOT IN ('ended', 'refused')";
    store.write(move |tx| tx.execute(sql, params![])).await?;
    Ok(())
}

/// Takes back what is due or claimed, and pauses dialing again, for the next daemon.
pub async fn cancel_due(store: &Store) -> Result<()> {
    let sql = "UPDATE job SET state = 'cancelled' WHERE state IN ('ready', 'running') AND run_at < $1";
    let calm = store.write(move |tx| {
        tx.execute(sql, params![FUTURE])?;
        meta::set(tx, meta::DIALING_PAUSED, Some("measured"))
    });
    Ok(calm.await?)
}

/// Jobs of filled leads are due after this, in the year 2100.
const FUTURE: i64 = 4_102_444_800_000;

/// Ids of the leads of [`leads`] begin here.
macro_rules! numbers {
    () => {
        "WITH RECURSIVE s(n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM s WHERE n < $2) "
    };
}

/// What those rows refer to, once.
const REFERRED: &[&str] = &[
    "INSERT INTO statement (id, wording) VALUES (1, 'As filled in') ON CONFLICT (id) DO NOTHING",
    "INSERT INTO reasoning (id, lines) VALUES (1, '[]') ON CONFLICT (id) DO NOTHING",
];

/// From number `$1` to `$2`, of client `$3`, at `$4`.
const LEADS: &[&str] = &[
    concat!(
        "INSERT INTO lead (id, client_id, identity, phone, region, line, name, email, source, zone, state, postcode, \
           external_id, vars, status, hold_rule, hold_reason, next_at, episode, episode_at, attempts, last_attempt_at, \
           last_contact_at, score, score_parts, import_id, created_at, updated_at) ",
        numbers!(),
        "SELECT 1000000000 + n, $3, printf('+4479%08d', n), printf('+4479%08d', n), 'GB', 'mobile', 'Lead ' || n, '', \
           'web form', 'Europe/London', NULL, NULL, NULL, '{}', \
           CASE n % 10 WHEN 0 THEN 'booked' WHEN 1 THEN 'not-interested' WHEN 2 THEN 'held' ELSE 'queued' END, \
           CASE n % 10 WHEN 2 THEN 'consent' ELSE '' END, CASE n % 10 WHEN 2 THEN 'no consent is on record' ELSE '' END, \
           4102444800001, 1, $4, 0, NULL, NULL, 50, '[]', NULL, $4, $4 FROM s"
    ),
    concat!(
        "INSERT INTO consent (id, client_id, lead_id, channels, purpose, statement_id, evidence, given_at, recorded_at, \
           recorded_by) ",
        numbers!(),
        "SELECT 1000000000 + n, $3, 1000000000 + n, 'ai_voice', 'informational', 1, '', $4, $4, 'bench' FROM s"
    ),
    concat!(
        "INSERT INTO verdict (id, client_id, lead_id, stage, answer, rule, reason, next_at, rules_version, reasoning_id, at) ",
        numbers!(),
        "SELECT 1000000000 + n, $3, 1000000000 + n, 'plan', 'allowed', '', '', NULL, 1, 1, $4 FROM s"
    ),
    concat!(
        "INSERT INTO job (id, kind, version, payload, client_id, lead_id, call_id, about, unique_key, lane, priority, state, \
           run_at, useful_until, attempt, max_attempts, lease_node, lease_until, reason, created_at, updated_at) ",
        numbers!(),
        "SELECT 1000000000 + n, 'call.place', 1, '{}', $3, 1000000000 + n, NULL, 'Lead ' || n, 'filled:' || n, 'call', 5, \
           CASE n % 10 WHEN 0 THEN 'done' WHEN 1 THEN 'done' WHEN 2 THEN 'cancelled' ELSE 'ready' END, \
           4102444800001, NULL, 0, 5, NULL, NULL, '', $4, $4 FROM s"
    ),
    concat!(
        "INSERT INTO event (at, kind, client_id, lead_id, subject, subject_id, actor, text, data) ",
        numbers!(),
        "SELECT $4, 'lead_status_changed', $3, 1000000000 + n, 'lead', 'filled' || n, 'bench', 'queued', '{}' FROM s"
    ),
    concat!(
        "INSERT INTO call (id, client_id, lead_id, job_id, direction, episode, attempt, provider, provider_call_id, status, \
           outcome, why, ended_reason, phone, who, control_url, started_at, ended_at, cost_micros, last_line, reported, \
           sandbox, lookups, callback_at, created_at, updated_at) ",
        numbers!(),
        "SELECT 1000000000 + n, $3, 1000000000 + n, 1000000000 + n, 'outbound', 1, 1, 'vapi', 'filled-' || n, 'ended', \
           'booked', '', 'customer-ended-call', printf('+4479%08d', n), 'Lead ' || n, NULL, $4, $4, 1000, '', \
           TRUE, TRUE, 0, NULL, $4, $4 FROM s WHERE n % 10 = 0"
    ),
    concat!(
        "INSERT INTO call_text (call_id, transcript, summary, analysis) ",
        numbers!(),
        "SELECT 1000000000 + n, 'AI: Hello. User: Hello.', 'A call.', '{}' FROM s WHERE n % 10 = 0"
    ),
    concat!(
        "INSERT INTO job_key (key, job_id, at) ",
        numbers!(),
        "SELECT 'filled:' || n, 1000000000 + n, $4 FROM s"
    ),
    concat!(
        "INSERT INTO webhook_key (event_key, provider, webhook_id, deliveries, at) ",
        numbers!(),
        "SELECT 'filled:' || n, 'vapi', 1000000000 + n, 1, $4 FROM s WHERE n % 50 = 0"
    ),
    concat!(
        "INSERT INTO webhook (id, provider, event_key, client_id, call_id, kind, status, note, body, size, \
           reply, agent, received_at, applied_at) ",
        numbers!(),
        "SELECT 1000000000 + n, 'vapi', 'filled:' || n, $3, 1000000000 + n, 'end-of-call-report', 'applied', '', \
           zeroblob(1800), 5600, '{}', '', $4, $4 FROM s WHERE n % 50 = 0"
    ),
];

/// How many webhooks the store holds by what became of them: `status n`.
pub fn webhooks_by_status(tx: &mut Tx<'_>) -> StoreResult<Vec<String>> {
    tx.all("SELECT status, count(*) FROM webhook GROUP BY status ORDER BY status", params![], |r| {
        Ok(format!("{} {}", r.get::<String>(0)?, r.get::<i64>(1)?))
    })
}
