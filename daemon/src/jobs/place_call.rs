//! Placing a call: one request for one committed intent, and what its answer means.

use crate::app::App;
use crate::flows::Ctx;
use crate::flows::calls;
use frontdesk_domain::backoff;
use frontdesk_domain::placement::{Answer, NotPlaced, Order};
use frontdesk_domain::scope::{Cause, Route};
use frontdesk_providers::outcome::{Refusal, RefusalClass, Sent};
use frontdesk_providers::vapi::{PlaceCall, Placed, call_status};
use frontdesk_shared::Millis;
use frontdesk_shared::call::CallStatus;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::{DAY, SECOND};
use frontdesk_store::{Result, Tx};
use std::sync::Arc;
use std::time::Duration;

/// Longest pause before the answer is offered again to a store that is away.
const RECORD_PAUSE: Duration = Duration::from_secs(2);
/// Wait for a free slot at the provider.
const SLOT_WAIT_MS: i64 = 5 * SECOND;

/// Sends the request and records what became of it.
pub(super) async fn run(app: &Arc<App>, order: Order) {
    let Some(vapi) = &app.vapi else { return };
    frontdesk_env::fail::point("call.intended");
    let sent = vapi.place(&request(app, &order)).await;
    frontdesk_env::fail::point("call.answered");
    let order = Arc::new(order);
    // Nobody else has this answer: where it says that no phone rang, no look-up could tell.
    for attempt in 1.. {
        match record(app, &order, &sent).await {
            Ok(()) => return,
            Err(e) if e.is_passing() && !app.shutdown.is_cancelled() => {
                if attempt == 1 {
                    tracing::warn!(tag = "CALL", call.id = %order.call.id, error = %e, "cannot record the provider's answer yet");
                }
                // A pause for the store, not an instant of the calendar.
                let pause = RECORD_PAUSE.min(Duration::from_millis(200) * attempt);
                let _ = tokio::time::timeout(pause, app.shutdown.cancelled()).await;
            }
            Err(e) => {
                tracing::error!(tag = "CALL", call.id = %order.call.id, error = %e, "cannot record the provider's answer");
                return;
            }
        }
    }
}

/// The request: a client's own assistant and number where it has them.
fn request(app: &App, order: &Order) -> PlaceCall {
    let route = Route::of(&app.ctx.house.voice, &order.client);
    let mut variables: serde_json::Map<String, serde_json::Value> =
        order.lead.vars.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    variables.insert("business_name".into(), order.client.name.as_str().into());
    let name = Some(order.lead.name.clone()).filter(|n| !n.is_empty());
    PlaceCall {
        attempt: order.call.id,
        assistant_id: route.assistant,
        phone_number_id: route.number,
        number: order.call.phone.clone(),
        first_name: name.as_deref().and_then(|n| n.split_whitespace().next()).map(str::to_owned),
        name,
        variables,
        max_duration_s: u32::try_from(app.ctx.house.max_call_ms / SECOND).unwrap_or(600),
        server: None,
    }
}

async fn record(app: &App, order: &Arc<Order>, sent: &Sent<Placed>) -> Result<()> {
    let answer = answer(&app.ctx, order, sent);
    app.settling.submit(&order.call.id.to_string(), ((**order).clone(), answer)).await
}

/// Records what the provider's answer makes of an order.
///
/// # Errors
/// As the statements fail.
pub fn settled(tx: &mut Tx<'_>, ctx: &Ctx, order: &Order, sent: &Sent<Placed>) -> Result<()> {
    calls::placed(tx, ctx, &[(order.clone(), answer(ctx, order, sent))])
}

/// What the provider's answer means.
fn answer(ctx: &Ctx, order: &Order, sent: &Sent<Placed>) -> Answer {
    let now = ctx.now();
    let again = |retry_after_ms, error, reason| {
        let at = now + wait(ctx, order, retry_after_ms);
        Answer::NotPlaced { what: NotPlaced::Again { at, counts: true }, error, reason }
    };
    match sent {
        Sent::Done(placed) => Answer::Accepted {
            provider_call_id: placed.provider_call_id.clone(),
            status: call_status(&placed.status).unwrap_or(CallStatus::Queued),
            control_url: placed.control_url.as_ref().map(|u| u.expose().to_owned()),
        },
        Sent::Refused(refusal) => {
            let (what, error) = refused(refusal, now);
            Answer::NotPlaced { what, error, reason: refusal.to_string() }
        }
        Sent::Busy { retry_after_ms } => {
            again(*retry_after_ms, "vapi.busy", "the provider limits our requests".to_owned())
        }
        Sent::NotSent(reason) => {
            again(None, "vapi.unreachable", format!("the provider was not reached: {reason}"))
        }
        Sent::Unknown(reason) => Answer::Unknown { reason: reason.clone() },
    }
}

fn wait(ctx: &Ctx, order: &Order, retry_after_ms: Option<i64>) -> i64 {
    let delay = backoff::next_delay(order.job.attempt, &ctx.house.retry_ms, retry_after_ms, ctx.env.bits());
    delay.unwrap_or(DAY)
}

/// What a refusal means: for the lead alone, or for whoever it concerns.
fn refused(refusal: &Refusal, now: Millis) -> (NotPlaced, &'static str) {
    let hold = |cause: Cause| (NotPlaced::Hold { cause }, cause.kind());
    match refusal.class {
        RefusalClass::Recipient => (NotPlaced::Stop { lead: LeadStatus::BadNumber }, "vapi.number-refused"),
        RefusalClass::OptedOut => (NotPlaced::Stop { lead: LeadStatus::OptedOut }, "vapi.opted-out"),
        RefusalClass::OverConcurrency => {
            (NotPlaced::Again { at: now + SLOT_WAIT_MS, counts: false }, "vapi.slots")
        }
        RefusalClass::DailyLimit => hold(Cause::DailyCap),
        RefusalClass::Billing => hold(Cause::Billing),
        RefusalClass::Access => hold(Cause::Access),
        RefusalClass::Assistant => hold(Cause::Assistant),
        RefusalClass::Sender => hold(Cause::Number),
        RefusalClass::Config | RefusalClass::NotFound | RefusalClass::Clock => hold(Cause::Settings),
        RefusalClass::Invalid => (NotPlaced::Stop { lead: LeadStatus::Held }, "vapi.request-refused"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_persons_own_data_closes_a_lead() {
        let now = Millis(1_800_000_000_000);
        let of = |class| refused(&Refusal::ours(class, "x"), now).0;
        assert_eq!(of(RefusalClass::Recipient), NotPlaced::Stop { lead: LeadStatus::BadNumber });
        assert_eq!(of(RefusalClass::Invalid), NotPlaced::Stop { lead: LeadStatus::Held });
        assert!(matches!(of(RefusalClass::OverConcurrency), NotPlaced::Again { counts: false, .. }));
        let held = [
            (RefusalClass::Access, Cause::Access),
            (RefusalClass::Billing, Cause::Billing),
            (RefusalClass::DailyLimit, Cause::DailyCap),
            (RefusalClass::Assistant, Cause::Assistant),
            (RefusalClass::Sender, Cause::Number),
            (RefusalClass::Config, Cause::Settings),
            (RefusalClass::NotFound, Cause::Settings),
        ];
        for (class, cause) in held {
            assert_eq!(of(class), NotPlaced::Hold { cause }, "{class:?}");
        }
    }
}
