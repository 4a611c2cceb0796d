//! Messages that wait though their time has come: for the end of a pause, of a hold or an open
//! breaker, or for the next day of an account's cap. Whoever wonders why nothing dials wonders next
//! why nobody is written to.

use crate::params;
use crate::{Result, Tx};
use frontdesk_domain::job::{LANE_EMAIL, LANE_SMS};
use frontdesk_shared::explain::WaitingMessages;
use frontdesk_shared::{ClientId, Millis};
use std::collections::{BTreeMap, HashMap};

/// Causes told at most, those with the most messages first.
const MOST: usize = 6;
/// What stands between a way and why its messages wait, in the reason of a job that was put off.
const WAIT: &str = " wait, ";

/// Messages that wait, by what for. `stopped` are clients that nothing is done for, with why.
pub(super) fn waiting(
    tx: &mut Tx<'_>,
    client: Option<ClientId>,
    now: Millis,
    paused: Option<&str>,
    stopped: &HashMap<ClientId, (String, String)>,
) -> Result<Vec<WaitingMessages>> {
    let groups = tx.all(
        "SELECT client_id, reason, sum(CASE WHEN run_at <= $3 THEN 1 ELSE 0 END), count(*) FROM job \
         WHERE state = 'ready' AND lane IN ($1, $2) \
           AND (run_at <= $3 OR reason LIKE 'text wait, %' OR reason LIKE 'email wait, %') \
         GROUP BY client_id, reason",
        params![LANE_SMS, LANE_EMAIL, now],
        |r| Ok((r.get::<ClientId>(0)?, r.get::<String>(1)?, r.get::<u64>(2)?, r.get::<u64>(3)?)),
    )?;
    let mut causes: BTreeMap<(String, &'static str), u64> = BTreeMap::new();
    for (whose, reason, due, all) in groups {
        if client.is_some_and(|only| only != whose) {
            continue;
        }
        let (label, remedy, count) = match (paused, stopped.get(&whose), reason.split_once(WAIT)) {
            (Some(why), _, _) => (format!("everything is paused: {why}"), "resume (U)", due),
            (None, Some((_, why)), _) => (why.clone(), "resume the client, or leave it stopped", due),
            (None, None, Some((way, why))) => (format!("{way}s: {why}"), remedy(why), all),
            // Due and in nobody's way: it leaves with the next claim.
            (None, None, None) => continue,
        };
        *causes.entry((label, remedy)).or_default() += count;
    }
    let told = causes
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|((label, remedy), count)| WaitingMessages { label, count, remedy: remedy.to_owned() });
    let mut told: Vec<WaitingMessages> = told.collect();
    told.sort_by_key(|waiting| std::cmp::Reverse(waiting.count));
    told.truncate(MOST);
    Ok(told)
}

fn remedy(why: &str) -> &'static str {
    if why.contains("the account's cap") {
        "wait: the cap counts any 24 hours; allow more by email.per_day where the account does"
    } else if why.starts_with("the provider refuses") {
        "put the account or sender right; they go when the hold ends, or at once with resume (U)"
    } else if why.starts_with("the provider keeps failing") {
        "wait: one message tries it every now and then"
    } else {
        "open one of the jobs to see what it waits for"
    }
}
