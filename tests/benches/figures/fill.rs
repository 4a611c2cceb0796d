//! Stores filled before a daemon starts on them, much faster than by way of the daemon.

use crate::house::House;
use crate::report::call_id;
use anyhow::Result;
use frontdesk_daemon::params;
use frontdesk_daemon::store::calls::{self, Call};
use frontdesk_daemon::store::leads;
use frontdesk_daemon::store::{Result as StoreResult, Store, Tx};
use frontdesk_shared::call::{CallStatus, Direction};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::HOUR;
use frontdesk_shared::{CallId, LeadId};
use frontdesk_tests::samples;

/// Rows in one transaction.
const STEP: u64 = 20_000;
/// Ids of filled rows begin here, far from those a daemon makes.
const FIRST: i64 = 1_000;

/// Leads that are being called, each with an open call the provider knows as
/// [`call_id`]`(series, n)`.
pub async fn open_calls(house: &House, store: &Store, series: u32, count: u64) -> Result<()> {
    let client = house.client(store).await?;
    let ctx = house.ctx()?;
    // An hour ahead, so that no sweep finds the calls silent.
    let later = ctx.now() + HOUR;
    for from in (0..count).step_by(STEP as usize) {
        let numbers = from..(from + STEP).min(count);
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
                    leads::insert(tx, &lead)?;
                    calls::insert(
                        tx,
                        &Call {
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
                            summary: String::new(),
                            transcript: String::new(),
                            analysis: serde_json::Value::Null,
                            last_line: String::new(),
                            reported: false,
                            sandbox: true,
                            lookups: 0,
                            created_at: later,
                            updated_at: later,
                        },
                    )?;
                }
                Ok(())
            })
            .await?;
    }
    Ok(())
}

/// How many webhooks the store holds by what became of them: `status n`.
pub fn webhooks_by_status(tx: &mut Tx<'_>) -> StoreResult<Vec<String>> {
    tx.all("SELECT status, count(*) FROM webhook GROUP BY status ORDER BY status", params![], |r| {
        Ok(format!("{} {}", r.get::<String>(0)?, r.get::<i64>(1)?))
    })
}
