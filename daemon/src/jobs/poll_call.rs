//! Asking about a call that went silent or has no report, and hanging one up.

use super::{Settlement, Verdict};
use crate::app::App;
use crate::flows::Ctx;
use crate::webhooks::vapi::of_report;
use frontdesk_domain::job::Poll;
use frontdesk_domain::progress::{self, CallUpdate};
use frontdesk_providers::outcome::{RefusalClass, Sent};
use frontdesk_providers::vapi::{SecretUrl, VapiCall};
use frontdesk_shared::call::CallStatus;
use frontdesk_shared::time::{DAY, MINUTE};
use frontdesk_shared::{JobId, Millis};
use frontdesk_store::calls::{self, Call};
use frontdesk_store::jobs::{self, Job, NewJob};
use frontdesk_store::{Result, Tx};

/// One question about a call in this time at most.
const BUCKET_MS: i64 = 10 * MINUTE;
/// A call still open this long after the longest one allowed is given up, …
const OVERDUE_MS: i64 = 30 * MINUTE;
/// … and this long after it also where the provider was not to be asked.
const HOPELESS_MS: i64 = DAY;

/// Enqueues a question about a call, once per call and ten minutes.
///
/// # Errors
/// As the statement fails.
pub(super) fn enqueue(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, at: Millis) -> Result<bool> {
    let bucket = at.0.div_euclid(BUCKET_MS);
    jobs::enqueue(
        tx,
        &NewJob {
            lead: call.lead,
            call: Some(call.id),
            dedupe: Some(format!("poll:{}:{bucket}", call.id)),
            ..NewJob::of(JobId(ctx.env.id()), &Poll {}, call.client, call.who.clone(), at)
        },
        ctx.now(),
    )
}

pub(super) async fn run(app: &App, job: &Job) -> Settlement {
    let (Some(vapi), Some(id)) = (&app.vapi, job.call) else {
        return Settlement::just(Verdict::Stop("there is no provider to ask".into()));
    };
    let call = match app.store.read(move |tx| calls::need(tx, id)).await {
        Ok(call) => call,
        Err(e) => return Settlement::just(Verdict::Again(e.to_string())),
    };
    let Some(provider_id) = call.provider_call_id.clone().filter(|_| !call.reported) else {
        return Settlement::just(Verdict::Done("the report has arrived meanwhile".into()));
    };
    told(&app.ctx, &call, vapi.get(&provider_id).await)
}

/// What the provider says about a call it was asked about.
pub fn told(ctx: &Ctx, call: &Call, found: Sent<VapiCall>) -> Settlement {
    let id = call.id;
    let age = ctx.now().since(call.created_at);
    let overdue = age > ctx.house.max_call_ms + OVERDUE_MS;
    let give_up = |why: String| {
        Settlement::with(Verdict::Done(why.clone()), move |unit| match unit.call(id)? {
            Some(call) => progress::lost(unit, call, &why),
            None => Ok(()),
        })
    };
    match found {
        Sent::Done(found) => {
            let status = found.call_status();
            let text = status.map_or_else(|| "no status".to_owned(), |s| s.to_string());
            Settlement::with(Verdict::Done(format!("the provider says: {text}")), move |unit| {
                let Some(call) = unit.call(id)?.filter(|call| !call.reported) else { return Ok(()) };
                let mut update = CallUpdate { status, ..CallUpdate::default() };
                if status == Some(CallStatus::Ended) {
                    update = of_report(&found.report, update);
                } else if overdue {
                    let why = "the provider never ended this call; it is closed here";
                    return progress::lost(unit, call, why);
                }
                progress::apply(unit, call, update)?;
                // Heard of: the next sweep counts its silence from now.
                if let Some(mut call) = unit.call(id)? {
                    call.updated_at = unit.now;
                    unit.put_call(call);
                }
                Ok(())
            })
        }
        Sent::Refused(refusal) if refusal.class == RefusalClass::NotFound => {
            give_up("the provider does not know this call any more".into())
        }
        // It would take one of our slots for ever.
        Sent::Refused(refusal) if overdue => {
            give_up(format!("the provider never told what became of this call: {refusal}"))
        }
        Sent::NotSent(reason) | Sent::Unknown(reason) if age > ctx.house.max_call_ms + HOPELESS_MS => {
            give_up(format!("the provider could not be asked for a day: {reason}"))
        }
        Sent::Refused(refusal) => Settlement::just(Verdict::Again(refusal.to_string())),
        Sent::Busy { .. } => Settlement::just(Verdict::Again("the provider limits our requests".into())),
        Sent::NotSent(reason) | Sent::Unknown(reason) => Settlement::just(Verdict::Again(reason)),
    }
}

/// Hangs up. Saying it twice does no harm, so an unknown outcome is simply tried again.
pub(super) async fn end(app: &App, job: &Job) -> Settlement {
    let (Some(vapi), Some(id)) = (&app.vapi, job.call) else {
        return Settlement::just(Verdict::Stop("there is no provider to ask".into()));
    };
    let call = match app.store.read(move |tx| calls::need(tx, id)).await {
        Ok(call) => call,
        Err(e) => return Settlement::just(Verdict::Again(e.to_string())),
    };
    let Some(url) = call.control_url.filter(|_| call.status.is_open()) else {
        return Settlement::just(Verdict::Done("it was already over".into()));
    };
    Settlement::just(match vapi.end(&SecretUrl::new(url)).await {
        Sent::Done(_) => Verdict::Done("hung up".into()),
        Sent::Refused(refusal) => Verdict::Stop(refusal.to_string()),
        Sent::Busy { .. } => Verdict::Again("the provider limits our requests".into()),
        Sent::NotSent(reason) | Sent::Unknown(reason) => Verdict::Again(reason),
    })
}
