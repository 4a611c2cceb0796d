//! Looking up an attempt whose fate is unknown: the provider knows our reference.

use super::{Settlement, Verdict};
use crate::app::App;
use crate::webhooks::vapi::of_report;
use frontdesk_domain::placement;
use frontdesk_domain::progress::{self, CallUpdate};
use frontdesk_providers::outcome::Sent;
use frontdesk_providers::vapi::{Client, VapiCall};
use frontdesk_shared::CallId;
use frontdesk_shared::call::CallStatus;
use frontdesk_shared::time::MINUTE;
use frontdesk_store::calls::{self, Call};
use frontdesk_store::jobs::Job;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;

/// The provider's clock may run a little behind ours.
const SKEW_MS: i64 = 5 * MINUTE;

/// Calls of unknown fate looked for in one reading of the list, beside the one that asked.
const TOGETHER: i64 = 1_000;

/// Readings of the provider's list of calls. Whoever waits for one shares it: after a crash
/// hundreds of calls are looked up at once, and each reading is up to a hundred requests.
#[derive(Debug, Default)]
pub struct Readings {
    begun: AtomicU64,
    latest: Mutex<Option<Reading>>,
}

#[derive(Debug)]
struct Reading {
    number: u64,
    asked: HashSet<CallId>,
    result: Sent<HashMap<CallId, VapiCall>>,
}

impl Readings {
    /// What a reading says about a call that began after this was asked.
    async fn find(&self, app: &App, vapi: &Client, call: &Call) -> Sent<Option<VapiCall>> {
        let before = self.begun.load(Ordering::Acquire);
        let mut latest = self.latest.lock().await;
        let usable = latest.as_ref().filter(|r| r.number > before && r.asked.contains(&call.id));
        if let Some(reading) = usable {
            return reading.result.clone().map(|found| found.get(&call.id).cloned());
        }
        let recent = call.created_at - SKEW_MS;
        let mut asked = match app.store.read(move |tx| calls::uncertain(tx, recent, TOGETHER)).await {
            Ok(others) => others,
            Err(e) => return Sent::NotSent(e.to_string()),
        };
        asked.insert(call.id);
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let result = vapi.find_attempts(recent, &asked).await;
        let found = result.clone().map(|found| found.get(&call.id).cloned());
        *latest = Some(Reading { number, asked, result });
        found
    }
}

pub(super) async fn run(app: &App, job: &Job) -> Settlement {
    let (Some(vapi), Some(id)) = (&app.vapi, job.call) else {
        return Settlement::just(Verdict::Stop("there is no provider to ask".into()));
    };
    let call = match app.store.read(move |tx| calls::need(tx, id)).await {
        Ok(call) => call,
        Err(e) => return Settlement::just(Verdict::Again(e.to_string())),
    };
    if call.status != CallStatus::Uncertain {
        return Settlement::just(Verdict::Done(format!("the provider told by itself: {}", call.status)));
    }
    let found = app.look_ups.find(app, vapi, &call).await;
    told(job, id, found)
}

/// What the provider's list says about an attempt.
pub fn told(job: &Job, id: CallId, found: Sent<Option<VapiCall>>) -> Settlement {
    let looks = job.attempt;
    let again = |why: String| {
        Settlement::with(Verdict::Again(why), move |unit| {
            if let Some(mut call) = unit.call(id)? {
                call.lookups = looks.into();
                unit.put_call(call);
            }
            Ok(())
        })
    };
    let found = match found {
        Sent::Done(found) => found,
        Sent::Refused(refusal) => return again(refusal.to_string()),
        Sent::Busy { .. } => return again("the provider limits our requests".into()),
        Sent::NotSent(reason) | Sent::Unknown(reason) => return again(reason),
    };
    match found {
        Some(found) => Settlement::with(Verdict::Done("found at the provider".into()), move |unit| {
            let Some(call) = unit.call(id)? else { return Ok(()) };
            let mut update = CallUpdate {
                provider_call_id: Some(found.call.id.clone()),
                status: Some(found.call_status().unwrap_or(CallStatus::Queued)),
                control_url: found.call.control_url.as_ref().map(|u| u.expose().to_owned()),
                ..CallUpdate::default()
            };
            if update.status == Some(CallStatus::Ended) {
                update = of_report(&found.report, update);
            }
            progress::apply(unit, call, update).map(drop)
        }),
        // A call may appear in the provider's list with a delay: one miss proves nothing.
        None if looks < job.max_attempts => again("not in the provider's list yet".into()),
        None => Settlement::with(
            Verdict::Done(format!("not found in {looks} look-ups: settle the call's job by hand")),
            move |unit| placement::not_found(unit, id, looks),
        ),
    }
}
