//! What is left after a campaign: the store from the inside, the sandbox from the outside, and
//! what senders and consoles noted. Collected here, judged in `audit`.

use super::follow::Followed;
use super::load::Ledger;
use super::world::{Lives, World};
use frontdesk_sandbox::vapi::{Counters, PlacedCall};
use frontdesk_shared::event::Cursor;
use frontdesk_shared::{CallId, JobId};
use frontdesk_store::{Result, Store, Tx};
use std::collections::BTreeMap;

/// A lead in the store.
#[derive(Clone, Debug, Default)]
pub struct LeadRow {
    /// Its number, row id and place.
    pub identity: String,
    /// Its row.
    pub id: i64,
    /// Where it stands.
    pub status: String,
}

/// A call in the store.
#[derive(Clone, Debug, Default)]
pub struct CallRow {
    /// Its id, which is our reference at the provider.
    pub id: i64,
    /// Whom it is to.
    pub lead: Option<i64>,
    /// The intent behind it.
    pub job: Option<i64>,
    /// Whether we placed it.
    pub outbound: bool,
    /// The provider's id.
    pub provider: Option<String>,
    /// Where it stands.
    pub status: String,
    /// Episode and number of the attempt.
    pub attempt: (i64, i64),
    /// Look-ups after which it was given up.
    pub lookups: i64,
}

/// A job in the store.
#[derive(Clone, Debug, Default)]
pub struct JobRow {
    /// Its id.
    pub id: i64,
    /// What it does.
    pub kind: String,
    /// Where it stands.
    pub state: String,
    /// When it is due.
    pub run_at: i64,
    /// Why it is where it is.
    pub reason: String,
}

/// A webhook in the store.
#[derive(Clone, Debug, Default)]
pub struct HookRow {
    /// Which event it is.
    pub key: String,
    /// What became of it.
    pub status: String,
    /// How often it came.
    pub deliveries: i64,
}

/// An import in the store.
#[derive(Clone, Debug, Default)]
pub struct ImportRow {
    /// Its id.
    pub id: i64,
    /// Where it stands.
    pub status: String,
    /// Leads it made, held ones too.
    pub made: u64,
}

/// The store.
#[derive(Clone, Debug, Default)]
pub struct Inside {
    /// When it was read.
    pub now: i64,
    /// Everybody.
    pub leads: Vec<LeadRow>,
    /// Every call.
    pub calls: Vec<CallRow>,
    /// Every job.
    pub jobs: Vec<JobRow>,
    /// Every webhook.
    pub hooks: Vec<HookRow>,
    /// Every import.
    pub imports: Vec<ImportRow>,
    /// Calls that booked: the row's id of each appointment's call.
    pub booked: Vec<i64>,
    /// Places of all events, in order.
    pub events: Vec<Cursor>,
    /// What people were told of: kinds of error, and how often each happened.
    pub told: BTreeMap<String, i64>,
}

/// Everything there is to judge by.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The store.
    pub inside: Inside,
    /// The calls the provider knows, with the appointments callers were promised.
    pub outside: Vec<PlacedCall>,
    /// What the provider counted.
    pub counters: Counters,
    /// What was acknowledged.
    pub ledger: Ledger,
    /// What consoles saw.
    pub followed: Vec<Followed>,
    /// What became of the daemons.
    pub lives: Lives,
}

impl Evidence {
    /// Reads it all; nothing may move any more.
    ///
    /// # Panics
    /// When the store cannot be read.
    pub async fn collect(world: &World, ledger: Ledger, followed: Vec<Followed>, now: i64) -> Self {
        let inside = world.db.store.read(move |tx| inside(tx, now)).await.expect("the store can be read");
        Self {
            inside,
            outside: world.sandbox.calls(),
            counters: world.sandbox.counters(),
            ledger,
            followed,
            lives: world.lives.lock().unwrap().clone(),
        }
    }

    /// The call of the provider that carries our reference.
    pub fn seen_outside(&self, call: i64) -> Option<&PlacedCall> {
        let reference = CallId(call).to_string();
        self.outside.iter().find(|c| c.external_id.as_deref() == Some(&reference))
    }
}

fn inside(tx: &mut Tx<'_>, now: i64) -> Result<Inside> {
    Ok(Inside {
        now,
        leads: tx.all("SELECT identity, id, status FROM lead ORDER BY id", &[], |r| {
            Ok(LeadRow { identity: r.get(0)?, id: r.get(1)?, status: r.get(2)? })
        })?,
        calls: tx.all(
            "SELECT id, lead_id, job_id, direction, provider_call_id, status, episode, attempt, lookups FROM call ORDER BY id",
            &[],
            |r| {
                Ok(CallRow {
                    id: r.get(0)?,
                    lead: r.get(1)?,
                    job: r.get(2)?,
                    outbound: r.get::<String>(3)? == "outbound",
                    provider: r.get(4)?,
                    status: r.get(5)?,
                    attempt: (r.get(6)?, r.get(7)?),
                    lookups: r.get(8)?,
                })
            },
        )?,
        jobs: tx.all("SELECT id, kind, state, run_at, reason FROM job ORDER BY id", &[], |r| {
            Ok(JobRow { id: r.get(0)?, kind: r.get(1)?, state: r.get(2)?, run_at: r.get(3)?, reason: r.get(4)? })
        })?,
        hooks: tx.all("SELECT w.event_key, w.status, k.deliveries FROM webhook w JOIN webhook_key k ON k.webhook_id = w.id ORDER BY w.id", &[], |r| {
            Ok(HookRow { key: r.get(0)?, status: r.get(1)?, deliveries: r.get(2)? })
        })?,
        imports: tx.all("SELECT id, status, counts FROM import ORDER BY id", &[], |r| {
            let counts: serde_json::Value = serde_json::from_str(&r.get::<String>(2)?).unwrap_or_default();
            let made = ["accepted", "held"].iter().filter_map(|name| counts[*name].as_u64()).sum();
            Ok(ImportRow { id: r.get(0)?, status: r.get(1)?, made })
        })?,
        booked: tx.all("SELECT call_id FROM appointment WHERE call_id IS NOT NULL", &[], |r| r.get(0))?,
        events: tx.all("SELECT tx, seq FROM event ORDER BY tx, seq", &[], |r| {
            Ok(Cursor { tx: r.get(0)?, seq: r.get(1)? })
        })?,
        told: told(tx)?,
    })
}

/// What people were told of, by kind of error.
pub(super) fn told(tx: &mut Tx<'_>) -> Result<BTreeMap<String, i64>> {
    let faults: Vec<(String, i64)> =
        tx.all("SELECT kind, total FROM fault", &[], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let mut out = BTreeMap::new();
    for (kind, total) in faults {
        *out.entry(kind).or_default() += total;
    }
    Ok(out)
}

/// What is still under way, in words; empty once the house is quiet.
///
/// # Errors
/// As the store fails.
pub async fn under_way(store: &Store, now: i64) -> Result<Vec<String>> {
    /// Milliseconds within which a planned job still counts as under way.
    const SOON_MS: i64 = 20_000;
    store
        .read(move |tx| {
            let mut out: Vec<String> = tx.all(
                "SELECT kind || ' ' || state FROM job WHERE state = 'running' OR (state = 'ready' AND run_at <= $1)",
                frontdesk_store::params![now + SOON_MS],
                |r| r.get(0),
            )?;
            out.extend(tx.all::<String>(
                "SELECT 'import ' || status FROM import WHERE status IN ('receiving', 'running')",
                &[],
                |r| r.get(0),
            )?);
            out.extend(tx.all::<String>(
                "SELECT direction || ' call ' || status FROM call WHERE status NOT IN ('ended', 'refused', 'uncertain')",
                &[],
                |r| r.get(0),
            )?);
            Ok(out)
        })
        .await
}

/// A job's name as errors give it.
pub fn job_name(id: i64) -> String {
    JobId(id).to_string()
}
