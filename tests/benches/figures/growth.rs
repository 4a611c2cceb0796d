//! Cost per unit as the store grows: the same work at ten thousand leads and at many more.

use crate::house::House;
use crate::options::Options;
use crate::report::{Proof, Reports};
use crate::span::{Spans, Watch};
use crate::table::{Summary, Table, ms, whole};
use crate::wire::load;
use crate::{fill, imports, jobs, people};
use anyhow::{Result, ensure};
use frontdesk_shared::page::{List, Query};
use frontdesk_store::meta;
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::desk::SECRET;
use std::time::Duration;

/// Sizes that are looked at; `--most` says how far to go.
const SIZES: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
/// Repetitions of what a person asks for.
const ASKED: u64 = 20;
const WEBHOOKS: Duration = Duration::from_secs(3);
/// Calls known to the store before each size's webhooks.
const CALLS: u64 = 60_000;
const COLUMNS: &str = "leads | webhook µs at 16 connections | import of 1,000, ms | claim of 64, ms | \
    leads page, ms | held leads page, ms | calls page, ms | why, ms | MiB on disk";

/// Measures it.
pub async fn figures(options: &Options, summary: &mut Summary) -> Result<()> {
    let mut table = Table::new("Cost per unit as the store grows", COLUMNS);
    let house = House::empty().await?;
    let mut filled = 0;
    let mut costs: Vec<(u64, Vec<f64>)> = Vec::new();
    for (step, size) in (0..).zip(SIZES.into_iter().filter(|s| *s <= options.most)) {
        let watch = Watch::start();
        let store = house.store()?;
        fill::leads(&house, &store, filled..size).await?;
        filled = size;
        fill::open_calls_from(&house, &store, series(step), u64::from(step) * CALLS, CALLS).await?;
        drop(store);
        eprintln!("  filled to {} leads in {:.0} s", whole(size as f64), watch.seconds());
        let cost = at(&house, step, size).await?;
        let mib = std::fs::metadata(house.database())?.len() as f64 / 1_048_576.0;
        let mut cells = vec![whole(size as f64)];
        cells.extend(cost.iter().map(|c| ms(*c)));
        cells.push(whole(mib));
        table.row(&cells);
        costs.push((size, cost));
    }
    table.print();
    let (Some(first), Some(last)) = (costs.first(), costs.last()) else { return Ok(()) };
    let names =
        ["webhook", "import of 1,000", "claim of 64", "leads page", "held leads page", "calls page", "why"];
    for (at, name) in names.into_iter().enumerate() {
        summary.add(
            &format!("{name} at {} leads", whole(last.0 as f64)),
            format!("{} {}", ms(last.1[at]), if at == 0 { "µs" } else { "ms" }),
            &format!("at {}: {}", whole(first.0 as f64), ms(first.1[at])),
            Some(last.1[at] / first.1[at]),
        );
    }
    Ok(())
}

fn series(step: u32) -> u32 {
    0x0900_0000 + step
}

/// What each unit costs at the present size, in the order of the columns.
async fn at(house: &House, step: u32, size: u64) -> Result<Vec<f64>> {
    let daemon = house.start().await;
    let now_s = house.ctx()?.now().0 / 1000;
    let first = u64::from(step) * CALLS;
    let proof = Proof::vapi(SECRET, now_s);
    let reports =
        Reports::new(&house.at.to_string(), "/webhooks/vapi", proof, series(step), first..first + CALLS);
    let (heard, _) = load(house.at, 16, WEBHOOKS, reports).await?;
    ensure!(heard.refused == 0, "{} webhooks were refused", heard.refused);
    let webhook = 1e6 / heard.rate();
    let file = people::csv(u64::from(step) * 1_000, 1_000);
    let (import, answer) = imports::import(house, file).await?;
    ensure!(answer["accepted"] == 1_000, "{answer}");
    let operator = Operator::at(&house.socket(), true).await;
    let mut pages = Vec::new();
    for (list, filter) in [(List::Leads, ""), (List::Leads, "status:held"), (List::Calls, "")] {
        let query = Query { filter: filter.to_owned(), ..Query::first(list, 50) };
        let mut spans = Spans::default();
        for _ in 0..ASKED {
            let watch = Watch::start();
            operator.client.page(soon(), query.clone()).await??;
            spans.add(watch.passed());
        }
        pages.push(spans.ms(0.5));
    }
    let mut why = Spans::default();
    for n in 0..ASKED {
        let watch = Watch::start();
        operator.client.why(soon(), fill::phone(n * size / ASKED), None).await??;
        why.add(watch.passed());
    }
    daemon.terminate().await;
    let (store, ctx) = (house.store()?, house.ctx()?);
    // Calls still open would take all slots.
    fill::end_calls(&store).await?;
    store.write(|tx| meta::set(tx, meta::DIALING_PAUSED, None)).await?;
    let mut claims = Spans::default();
    for _ in 0..10 {
        let watch = Watch::start();
        let taken = jobs::claimed(&store, &ctx).await?;
        ensure!(!taken.is_empty(), "nothing was due");
        claims.add(watch.passed());
    }
    fill::end_calls(&store).await?;
    fill::cancel_due(&store).await?;
    let mut out = vec![webhook, import * 1000.0, claims.ms(0.5)];
    out.extend(pages);
    out.push(why.ms(0.5));
    Ok(out)
}
