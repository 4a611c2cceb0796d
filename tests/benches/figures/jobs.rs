//! Jobs: calls claimed past the gate into intents, and completed, through the flows on a store
//! of its own; beside transactions of one row each on the same store.

use crate::house::House;
use crate::imports;
use crate::people;
use crate::span::{Spans, Watch};
use crate::table::{Summary, Table, ms, whole};
use anyhow::{Result, ensure};
use frontdesk_daemon::flows::{Ctx, calls, claim};
use frontdesk_domain::placement::{Answer, Order};
use frontdesk_shared::call::CallStatus;
use frontdesk_store::clients::HOUSE;
use frontdesk_store::{Store, meta};

/// Jobs in the store; the provider's slots are as many at most.
const JOBS: u64 = 8_000;
/// Claimed in one transaction, as the runner does.
const CLAIM: usize = 64;

/// Measures it.
pub async fn figures(summary: &mut Summary) -> Result<()> {
    let mut house = House::empty().await?;
    house.set("FRONTDESK_VAPI_CONCURRENCY", "10000");
    let daemon = house.start().await;
    imports::import(&house, people::csv(0, JOBS)).await?;
    daemon.terminate().await;
    let (store, ctx) = (house.store()?, house.ctx()?);
    store.write(|tx| meta::set(tx, meta::DIALING_PAUSED, None)).await?;
    let (mut claims, mut settles) = (Spans::default(), Spans::default());
    let (watch, mut done) = (Watch::start(), 0);
    loop {
        let begun = Watch::start();
        let taken = claimed(&store, &ctx).await?;
        if taken.is_empty() {
            break;
        }
        claims.add(begun.passed());
        done += taken.len();
        settles.join(completed(&store, &ctx, taken).await?);
    }
    let rate = done as f64 / watch.seconds();
    ensure!(done as u64 == JOBS, "{done} of {JOBS} jobs were claimed");
    let mut table = Table::new("Jobs", "step | times | p50 ms | p99 ms | jobs per s");
    for (step, spans, rate) in [
        (format!("claim of {CLAIM}: gate, slot, intent"), &mut claims, String::new()),
        (format!("complete, {CLAIM} at once"), &mut settles, whole(rate)),
    ] {
        table.row(&[step, spans.len().to_string(), ms(spans.ms(0.5)), ms(spans.ms(0.99)), rate]);
    }
    table.print();
    let each = format!("a claim of {CLAIM}: p50 {} ms", ms(claims.ms(0.5)));
    summary.add("jobs claimed through the gate and completed, per s", whole(rate), &each, None);
    Ok(())
}

/// One claim.
pub async fn claimed(store: &Store, ctx: &Ctx) -> Result<Vec<Order>> {
    let ctx = ctx.clone();
    Ok(store.write(move |tx| Ok(claim::claim(tx, &ctx, CLAIM, HOUSE)?.orders)).await?)
}

/// The provider took every one of them.
async fn completed(store: &Store, ctx: &Ctx, orders: Vec<Order>) -> Result<Spans> {
    let each = orders.into_iter().map(|order| {
        let (store, ctx) = (store.clone(), ctx.clone());
        tokio::spawn(async move {
            let begun = Watch::start();
            let provider = format!("provider-{}", order.call.id);
            store
                .write(move |tx| {
                    let answer = Answer::Accepted {
                        provider_call_id: provider.clone(),
                        status: CallStatus::Queued,
                        control_url: None,
                    };
                    calls::placed(tx, &ctx, &[(order.clone(), answer)])
                })
                .await?;
            anyhow::Ok(begun.passed())
        })
    });
    let mut spans = Spans::default();
    for task in each.collect::<Vec<_>>() {
        spans.add(task.await??);
    }
    Ok(spans)
}
