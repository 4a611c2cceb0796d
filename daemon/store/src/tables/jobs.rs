//! The queue: enqueue once, claim fairly, settle under a fence.
//!
//! What makes an intent exist once is its key in `job_key`, which may be kept longer than its job.

use crate::engine::insert::Insert;
use crate::engine::update::Update;
use crate::engine::value::Kind::{Int, Text};
use crate::params;
use crate::{Result, Row, Sql, Tx, Value};
pub use frontdesk_domain::job::{Job, LANE_CALL, LANE_WORK, NewJob, PRIORITIES};
use frontdesk_shared::job::JobState;
use frontdesk_shared::{ClientId, JobId, LeadId, Millis};
use std::collections::HashSet;

/// A run that began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// The try's number.
    pub attempt: u32,
    /// The run's token.
    pub fence: i64,
}

macro_rules! columns {
    () => {
        "id, kind, payload, client_id, lead_id, call_id, about, state, lane, priority, run_at, useful_until, attempt, max_attempts, reason, fence, lease_node, lease_until, version"
    };
}

fn read(r: &Row<'_>) -> Result<Job> {
    Ok(Job {
        id: r.get(0)?,
        kind: r.get(1)?,
        payload: r.json(2)?,
        client: r.get(3)?,
        lead: r.get(4)?,
        call: r.get(5)?,
        about: r.get(6)?,
        state: r.word(7, JobState::parse)?,
        lane: r.get(8)?,
        priority: r.get(9)?,
        run_at: r.get(10)?,
        useful_until: r.get(11)?,
        attempt: r.get(12)?,
        max_attempts: r.get(13)?,
        reason: r.get(14)?,
        fence: r.get(15)?,
        lease_node: r.get(16)?,
        lease_until: r.get(17)?,
        version: r.get(18)?,
    })
}

const JOBS: Insert<19> = Insert {
    into:
        "job (id, kind, version, payload, client_id, lead_id, call_id, about, unique_key, lane, priority, state,
        run_at, useful_until, attempt, max_attempts, reason, created_at, updated_at)",
    types: [Int, Text, Int, Text, Int, Int, Int, Text, Text, Text, Int, Text, Int, Int, Int, Int, Text, Int, Int],
    then: "",
};
const KEYS: Insert<3> = Insert {
    into: "job_key (key, job_id, at)",
    types: [Text, Int, Int],
    then: "ON CONFLICT (key) DO NOTHING RETURNING job_id",
};

/// Adds a job unless one with its identity exists. Whether it was added.
///
/// # Errors
/// As the statement fails.
pub fn enqueue(tx: &mut Tx<'_>, job: &NewJob<'_>, now: Millis) -> Result<bool> {
    Ok(enqueue_all(tx, std::slice::from_ref(job), now)? > 0)
}

/// Adds jobs but for those whose identity exists; how many were added.
///
/// # Errors
/// As the statements fail.
pub fn enqueue_all(tx: &mut Tx<'_>, jobs: &[NewJob<'_>], now: Millis) -> Result<u64> {
    let keys: Vec<[Value<'_>; 3]> =
        jobs.iter().filter_map(|j| Some([j.dedupe.as_deref()?.into(), j.id.into(), now.into()])).collect();
    let fresh: HashSet<JobId> = KEYS.returning(tx, &keys, |r| r.get(0))?.into_iter().collect();
    let jobs: Vec<_> = jobs
        .iter()
        .filter(|j| j.dedupe.is_none() || fresh.contains(&j.id))
        .map(|j| (j, j.payload.to_string()))
        .collect();
    let rows: Vec<_> = jobs.iter().map(|(job, payload)| row(job, payload, now)).collect();
    tx.wrote.queue = true;
    JOBS.rows(tx, &rows)
}

/// The job that was planned under an identity.
///
/// # Errors
/// As the statement fails.
pub fn of_key(tx: &mut Tx<'_>, key: &str) -> Result<Option<JobId>> {
    tx.optional("SELECT job_id FROM job_key WHERE key = $1", params![key], |r| r.get(0))
}

fn row<'a>(j: &'a NewJob<'_>, payload: &'a str, now: Millis) -> [Value<'a>; 19] {
    [
        j.id.into(),
        j.kind.into(),
        j.version.into(),
        payload.into(),
        j.client.into(),
        j.lead.into(),
        j.call.into(),
        (&*j.about).into(),
        j.dedupe.as_deref().into(),
        j.lane.into(),
        j.priority.into(),
        JobState::Ready.word().into(),
        j.run_at.into(),
        j.useful_until.into(),
        0.into(),
        j.max_attempts.into(),
        "".into(),
        now.into(),
        now.into(),
    ]
}

/// Clients with ready jobs of a lane and priority, by id. Costs one index step per client, not
/// one per job.
fn clients_waiting(tx: &mut Tx<'_>, lane: &str, priority: i64) -> Result<Vec<ClientId>> {
    tx.all(
        "WITH RECURSIVE c(id) AS (
             SELECT min(client_id) FROM job WHERE state = 'ready' AND lane = $1 AND priority = $2
             UNION ALL
             SELECT (SELECT min(client_id) FROM job
                     WHERE state = 'ready' AND lane = $1 AND priority = $2 AND client_id > c.id)
             FROM c WHERE c.id IS NOT NULL)
         SELECT id FROM c WHERE id IS NOT NULL",
        params![lane, priority],
        |r| r.get(0),
    )
}

/// Due jobs of one client, longest due first, locked against other daemons.
fn due_of(
    tx: &mut Tx<'_>,
    lane: &str,
    priority: i64,
    client: ClientId,
    now: Millis,
    limit: usize,
) -> Result<Vec<Job>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.all(
        Sql {
            lite: concat!(
                "SELECT ",
                columns!(),
                " FROM job WHERE state = 'ready' AND lane = $1 AND priority = $2
                AND client_id = $3 AND run_at <= $4 ORDER BY run_at LIMIT $5"
            ),
            pg: concat!(
                "SELECT ",
                columns!(),
                " FROM job WHERE state = 'ready' AND lane = $1 AND priority = $2
                AND client_id = $3 AND run_at <= $4 ORDER BY run_at LIMIT $5 FOR UPDATE SKIP LOCKED"
            ),
        },
        params![lane, priority, client, now, limit],
        read,
    )
}

/// Up to `want` due jobs: most urgent priority first, and within it the clients take turns,
/// beginning behind `last_served`. No client's backlog delays another's.
///
/// # Errors
/// As the statements fail.
pub fn due(
    tx: &mut Tx<'_>,
    lane: &str,
    now: Millis,
    want: usize,
    last_served: ClientId,
    mut may: impl FnMut(&mut Tx<'_>, ClientId) -> Result<bool>,
) -> Result<Vec<Job>> {
    let mut out = Vec::new();
    for priority in PRIORITIES {
        if out.len() >= want {
            break;
        }
        let mut clients = Vec::new();
        for client in clients_waiting(tx, lane, priority)? {
            if may(tx, client)? {
                clients.push(client);
            }
        }
        if clients.is_empty() {
            continue;
        }
        let turn = clients.iter().position(|c| *c > last_served).unwrap_or(0);
        clients.rotate_left(turn);
        let share = (want - out.len()).div_ceil(clients.len()).max(1);
        // First everyone's share, then whatever room the quiet clients left to those who have more.
        let mut more = Vec::new();
        for client in clients {
            let room = share.min(want - out.len());
            if room == 0 {
                break;
            }
            let jobs = due_of(tx, lane, priority, client, now, room)?;
            if jobs.len() == share {
                let taken: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
                more.push((client, taken));
            }
            out.extend(jobs);
        }
        for (client, taken) in more {
            let room = want - out.len();
            if room == 0 {
                break;
            }
            let jobs = due_of(tx, lane, priority, client, now, room + taken.len())?;
            out.extend(jobs.into_iter().filter(|job| !taken.contains(&job.id)));
        }
    }
    Ok(out)
}

/// Marks a job as running under a lease.
///
/// # Errors
/// As the statement fails.
pub fn start(tx: &mut Tx<'_>, job: JobId, node: i64, lease_until: Millis, now: Millis) -> Result<Started> {
    tx.one(
        "UPDATE job SET state = 'running', attempt = attempt + 1, fence = fence + 1, lease_node = $2,
             lease_until = $3, updated_at = $4
         WHERE id = $1 AND state = 'ready' RETURNING attempt, fence",
        params![job, node, lease_until, now],
        |r| Ok(Started { attempt: r.get(0)?, fence: r.get(1)? }),
    )
}

/// How a run of a job ended.
#[derive(Clone, Copy, Debug)]
pub struct Settled<'a> {
    /// Which job.
    pub job: JobId,
    /// The token it was started with.
    pub fence: i64,
    /// Where it stands now.
    pub state: JobState,
    /// Not before; `None` leaves it as it was.
    pub run_at: Option<Millis>,
    /// Why, in words.
    pub reason: &'a str,
}

const SETTLE: Update<2, 4> = Update {
    table: "job",
    keys: [("id", Int), ("fence", Int)],
    sets: [("state", Text), ("run_at", Int), ("reason", Text), ("updated_at", Int)],
    kept: &["run_at"],
    also: "lease_node = NULL, lease_until = NULL",
    only: "t.state = 'running'",
};

/// Moves running jobs on; those that were moved. Somebody else has the others now: the fence they
/// were started with is no longer theirs. Each job may be in it once.
///
/// # Errors
/// As the statements fail.
pub fn settle_all(tx: &mut Tx<'_>, settled: &[Settled<'_>], now: Millis) -> Result<HashSet<JobId>> {
    tx.wrote.queue |= settled.iter().any(|s| s.state == JobState::Ready);
    let rows: Vec<_> = settled
        .iter()
        .map(|s| {
            let sets = [s.state.word().into(), s.run_at.into(), s.reason.into(), now.into()];
            ([s.job.into(), s.fence.into()], sets)
        })
        .collect();
    Ok(SETTLE.changed(tx, &rows)?.into_iter().map(JobId).collect())
}

/// Moves a running job on. `fence` must be the one it was started with. Whether it was moved:
/// `false` means that somebody else has it now.
///
/// # Errors
/// As the statement fails.
pub fn settle(
    tx: &mut Tx<'_>,
    job: JobId,
    fence: i64,
    state: JobState,
    run_at: Option<Millis>,
    reason: &str,
    now: Millis,
) -> Result<bool> {
    let settled = Settled { job, fence, state, run_at, reason };
    Ok(!settle_all(tx, &[settled], now)?.is_empty())
}

/// Puts a running job back without counting the try.
///
/// # Errors
/// As the statement fails.
pub fn snooze(
    tx: &mut Tx<'_>,
    job: JobId,
    fence: i64,
    run_at: Millis,
    reason: &str,
    now: Millis,
) -> Result<bool> {
    tx.wrote.queue = true;
    let moved = tx.execute(
        "UPDATE job SET state = 'ready', attempt = attempt - 1, run_at = $3, reason = $4, updated_at = $5,
             lease_node = NULL, lease_until = NULL
         WHERE id = $1 AND fence = $2 AND state = 'running'",
        params![job, fence, run_at, reason, now],
    )?;
    Ok(moved > 0)
}

/// Changes a job that is not running: a person's hand, or the gate before it is started.
///
/// # Errors
/// As the statement fails.
pub fn put(
    tx: &mut Tx<'_>,
    job: JobId,
    state: JobState,
    run_at: Option<Millis>,
    reason: &str,
    now: Millis,
) -> Result<bool> {
    tx.wrote.queue |= state == JobState::Ready;
    let moved = tx.execute(
        "UPDATE job SET state = $2, run_at = COALESCE($3, run_at), reason = $4, updated_at = $5,
             lease_node = NULL, lease_until = NULL
         WHERE id = $1 AND state <> 'running'",
        params![job, state.word(), run_at, reason, now],
    )?;
    Ok(moved > 0)
}

/// Tries a job again that failed, with room for one more try where they were used up. What it is
/// useful until stays.
///
/// # Errors
/// As the statement fails.
pub fn revive(tx: &mut Tx<'_>, job: JobId, run_at: Millis, reason: &str, now: Millis) -> Result<bool> {
    tx.wrote.queue = true;
    let moved = tx.execute(
        "UPDATE job SET state = 'ready', run_at = $2, reason = $3, updated_at = $4,
             max_attempts = CASE WHEN max_attempts > attempt THEN max_attempts ELSE attempt + 1 END
         WHERE id = $1 AND state IN ('ready', 'dead')",
        params![job, run_at, reason, now],
    )?;
    Ok(moved > 0)
}

/// Cancels everything of a lead that has not started; how many that were.
///
/// # Errors
/// As the statement fails.
pub fn cancel_of_lead(tx: &mut Tx<'_>, lead: LeadId, reason: &str, now: Millis) -> Result<u64> {
    tx.execute(
        "UPDATE job SET state = 'cancelled', reason = $2, updated_at = $3
         WHERE lead_id = $1 AND state = 'ready' AND lane = 'call'",
        params![lead, reason, now],
    )
}

/// Cancels calls and messages to leads that have not started; how many that were.
///
/// # Errors
/// As the statement fails.
pub fn cancel_contacts(tx: &mut Tx<'_>, leads: &[LeadId], reason: &str, now: Millis) -> Result<u64> {
    let leads: Vec<Value<'_>> = leads.iter().map(|id| Value::from(*id)).collect();
    tx.execute_many(
        "UPDATE job SET state = 'cancelled', reason = $2, updated_at = $3
         WHERE lead_id = ANY($1) AND state = 'ready' AND lane IN ('call', 'sms', 'email')",
        &leads,
        params![reason, now],
    )
}

/// Whether a call to a lead is planned, running or of unknown fate besides the one of `job`.
///
/// # Errors
/// As the statement fails.
pub fn other_call(tx: &mut Tx<'_>, lead: LeadId, job: JobId) -> Result<bool> {
    let others = tx.count(
        "SELECT count(*) FROM job
         WHERE lead_id = $1 AND lane = 'call' AND id <> $2 AND state IN ('ready', 'running', 'uncertain')",
        params![lead, job],
    )?;
    Ok(others > 0)
}

/// Cancels everything of a client that has not started; how many that were.
///
/// # Errors
/// As the statement fails.
pub fn cancel_of_client(tx: &mut Tx<'_>, client: ClientId, reason: &str, now: Millis) -> Result<u64> {
    tx.execute(
        "UPDATE job SET state = 'cancelled', reason = $2, updated_at = $3 WHERE client_id = $1 AND state = 'ready'",
        params![client, reason, now],
    )
}

/// The job of an id.
///
/// # Errors
/// As the statement fails.
pub fn by_id(tx: &mut Tx<'_>, id: JobId) -> Result<Option<Job>> {
    tx.optional(concat!("SELECT ", columns!(), " FROM job WHERE id = $1"), params![id], read)
}

/// Running jobs whose lease ran out before `now`, or lasts beyond what any can, because a wrong clock
/// made it; and all of `node` when it is given: after a restart nothing of it can still be running.
///
/// # Errors
/// As the statement fails.
pub fn abandoned(tx: &mut Tx<'_>, (now, latest): (Millis, Millis), node: Option<i64>) -> Result<Vec<Job>> {
    tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM job WHERE state = 'running' AND (lease_until < $1 OR lease_until > $3 OR lease_node = COALESCE($2, -1))
              ORDER BY id LIMIT 500"
        ),
        params![now, node, latest],
        read,
    )
}

/// Lets jobs run now that were put off until after `ahead` by a clock that was ahead itself.
///
/// # Errors
/// As the statement fails.
pub fn bring_back(tx: &mut Tx<'_>, now: Millis, ahead: Millis) -> Result<u64> {
    tx.wrote.queue = true;
    tx.execute(
        "UPDATE job SET run_at = $1, updated_at = $1 WHERE id IN (
             SELECT id FROM job WHERE state = 'ready' AND run_at > $2 AND updated_at > $2 AND reason <> ''
             ORDER BY run_at LIMIT 100000)",
        params![now, ahead],
    )
}

/// Ready jobs that are no longer useful.
///
/// # Errors
/// As the statement fails.
pub fn expire(tx: &mut Tx<'_>, now: Millis) -> Result<Vec<Job>> {
    tx.all(
        concat!(
            "UPDATE job SET state = 'expired', reason = 'too late to be useful', updated_at = $1
             WHERE id IN (SELECT id FROM job WHERE state = 'ready' AND useful_until < $1
                          ORDER BY useful_until LIMIT 500)
             RETURNING ",
            columns!()
        ),
        params![now],
        read,
    )
}

/// The earliest instant at which a ready job of a lane is due.
///
/// # Errors
/// As the statement fails.
pub fn next_due(tx: &mut Tx<'_>) -> Result<Option<Millis>> {
    tx.optional("SELECT run_at FROM job WHERE state = 'ready' ORDER BY run_at LIMIT 1", &[], |r| r.get(0))
}

/// Due jobs are counted up to here.
pub const COUNTED: u64 = 10_000;

/// Jobs due now, and since when the longest overdue waits of those whose client works: jobs of a
/// client that is paused wait for nobody but him, and calls of one that is `held` for the provider.
///
/// # Errors
/// As the statement fails.
pub fn lag(tx: &mut Tx<'_>, now: Millis, held: &HashSet<ClientId>) -> Result<(u64, Option<Millis>)> {
    let due = tx.count(
        "SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 'ready' AND run_at <= $1 LIMIT 10000) AS t",
        params![now],
    )?;
    let stopped: HashSet<ClientId> =
        tx.all("SELECT id FROM client WHERE status <> 'active'", &[], |r| r.get(0))?.into_iter().collect();
    if due == 0 || (stopped.is_empty() && held.is_empty()) {
        return Ok((due, next_due(tx)?.filter(|at| *at <= now)));
    }
    let mut oldest = None;
    for (lane, priority) in PRIORITIES.flat_map(|p| [(LANE_CALL, p), (LANE_WORK, p)]) {
        for client in clients_waiting(tx, lane, priority)? {
            if !stopped.contains(&client) && (lane != LANE_CALL || !held.contains(&client)) {
                let first: Option<Millis> = tx.optional(
                    "SELECT run_at FROM job WHERE state = 'ready' AND lane = $1 AND priority = $2 AND client_id = $3
                        AND run_at <= $4 ORDER BY run_at LIMIT 1",
                    params![lane, priority, client, now],
                    |r| r.get(0),
                )?;
                oldest = first.into_iter().chain(oldest).min();
            }
        }
    }
    Ok((due, oldest))
}

/// The jobs of many ids.
///
/// # Errors
/// As the statement fails.
pub fn by_ids(tx: &mut Tx<'_>, ids: &[JobId]) -> Result<Vec<Job>> {
    let ids: Vec<Value<'_>> = ids.iter().map(|id| Value::from(*id)).collect();
    tx.many(concat!("SELECT ", columns!(), " FROM job WHERE id = ANY($1)"), &ids, &[], read)
}

/// Jobs of many leads that are not over.
///
/// # Errors
/// As the statement fails.
pub fn open_of_leads(tx: &mut Tx<'_>, leads: &[LeadId]) -> Result<Vec<Job>> {
    let leads: Vec<Value<'_>> = leads.iter().map(|id| Value::from(*id)).collect();
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM job WHERE lead_id = ANY($1) AND state IN ('ready', 'running', 'uncertain') ORDER BY id"
    );
    tx.many(sql, &leads, &[], read)
}

const CHANGES: Update<1, 10> = Update {
    table: "job",
    keys: [("id", Int)],
    sets: [
        ("state", Text),
        ("run_at", Int),
        ("useful_until", Int),
        ("attempt", Int),
        ("max_attempts", Int),
        ("fence", Int),
        ("lease_node", Int),
        ("lease_until", Int),
        ("reason", Text),
        ("updated_at", Int),
    ],
    kept: &[],
    also: "",
    only: "",
};

/// Writes jobs back that moved. Each job may be in it once.
///
/// # Errors
/// As the statements fail.
pub fn update_all<'j>(tx: &mut Tx<'_>, jobs: impl IntoIterator<Item = &'j Job>, now: Millis) -> Result<()> {
    let mut rows = Vec::new();
    for job in jobs {
        tx.wrote.queue |= job.state == JobState::Ready;
        rows.push((
            [job.id.into()],
            [
                job.state.word().into(),
                job.run_at.into(),
                job.useful_until.into(),
                job.attempt.into(),
                job.max_attempts.into(),
                job.fence.into(),
                job.lease_node.into(),
                job.lease_until.into(),
                (&job.reason).into(),
                now.into(),
            ],
        ));
    }
    CHANGES.rows(tx, &rows).map(drop)
}

/// Extends the lease of a run; `false` when the run has lost the job.
///
/// # Errors
/// As the statement fails.
pub fn renew(tx: &mut Tx<'_>, job: JobId, fence: i64, lease_until: Millis) -> Result<bool> {
    let renewed = tx.execute(
        "UPDATE job SET lease_until = $3 WHERE id = $1 AND fence = $2 AND state = 'running'",
        params![job, fence, lease_until],
    )?;
    Ok(renewed > 0)
}
