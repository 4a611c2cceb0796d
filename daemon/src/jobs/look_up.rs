//! Looking up an attempt whose fate is unknown: the provider knows our reference.

use super::{Settlement, Verdict};
use crate::app::App;
use crate::flows::progress::{self, Heard};
use crate::flows::{Ctx, settle, webhooks};
use crate::providers::outcome::Sent;
use crate::providers::vapi::VapiCall;
use crate::store::calls;
use crate::store::jobs::Job;
use frontdesk_shared::CallId;
use frontdesk_shared::call::CallStatus;
use frontdesk_shared::time::MINUTE;

/// The provider's clock may run a little behind ours.
const SKEW_MS: i64 = 5 * MINUTE;

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
    told(&app.ctx, job, id, vapi.find_attempt(call.created_at - SKEW_MS, id).await)
}

/// What the provider's list says about an attempt.
pub fn told(ctx: &Ctx, job: &Job, id: CallId, found: Sent<Option<VapiCall>>) -> Settlement {
    let ctx = ctx.clone();
    let (looks, last) = (job.attempt, job.attempt >= job.max_attempts);
    let found = match found {
        Sent::Done(found) => Ok(found),
        Sent::Refused(refusal) => Err(refusal.to_string()),
        Sent::Busy { .. } => Err("the provider limits our requests".to_owned()),
        Sent::NotSent(reason) | Sent::Unknown(reason) => Err(reason),
    };
    let found = match found {
        Ok(found) => found,
        Err(why) if !last => return Settlement::just(Verdict::Again(why)),
        // Never answered: it is for a person now, as if nothing had been found.
        Err(why) => {
            return Settlement::with(Verdict::Stop(why), move |tx| settle::not_found(tx, &ctx, id, looks));
        }
    };
    match found {
        Some(found) => Settlement::with(Verdict::Done("found at the provider".into()), move |tx| {
            let mut call = calls::need(tx, id)?;
            let mut heard = Heard {
                provider_call_id: Some(found.call.id.clone()),
                status: Some(found.call_status().unwrap_or(CallStatus::Queued)),
                control_url: found.call.control_url.as_ref().map(|u| u.expose().to_owned()),
                ..Heard::default()
            };
            if heard.status == Some(CallStatus::Ended) {
                heard = webhooks::of_report(&found.report, heard);
            }
            progress::hear(tx, &ctx, &mut call, heard).map(drop)
        }),
        // A call may appear in the provider's list with a delay: one miss proves nothing.
        None if !last => Settlement::just(Verdict::Again("not in the provider's list yet".into())),
        None => Settlement::with(
            Verdict::Done(format!("not found in {looks} look-ups: settle the call's job by hand")),
            move |tx| settle::not_found(tx, &ctx, id, looks),
        ),
    }
}
