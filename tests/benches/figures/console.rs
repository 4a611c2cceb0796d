//! Event to console: from just before a webhook until the console's long poll has its event.

use crate::fill;
use crate::house::House;
use crate::report::{Proof, Reports};
use crate::span::{Spans, Watch};
use crate::table::{Summary, Table, ms};
use crate::wire::{Series as _, Wire};
use anyhow::{Result, ensure};
use frontdesk_shared::event::kind;
use frontdesk_shared::page::{List, Query};
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::desk::SECRET;

const TOLD: u64 = 300;
/// Where the ids of this figure's calls begin.
const SERIES: u32 = 0x0c05_501e;

/// Measures it.
pub async fn figures(summary: &mut Summary) -> Result<()> {
    let house = House::empty().await?;
    let store = house.store()?;
    fill::open_calls(&house, &store, SERIES, TOLD).await?;
    drop(store);
    let daemon = house.start().await;
    let operator = Operator::at(&house.socket(), true).await;
    let now_s = house.ctx()?.now().0 / 1000;
    let mut reports =
        Reports::new(&house.at.to_string(), "/webhooks/vapi", Proof::vapi(SECRET, now_s), SERIES, 0..TOLD);
    let mut wire = Wire::open(house.at).await?;
    let mut cursor = operator.client.page(soon(), Query::first(List::Live, 1)).await??.cursor;
    let (mut answered, mut heard) = (Spans::default(), Spans::default());
    let mut request = Vec::new();
    while reports.request(&mut request) {
        let watch = Watch::start();
        let answer = async {
            let status = wire.ask(&request).await?;
            ensure!(status == 200, "answered {status}");
            anyhow::Ok(watch.passed())
        };
        let event = async {
            loop {
                let feed = operator.client.events_after(soon(), cursor, 100, 5_000).await??;
                cursor = feed.cursor;
                if feed.events.iter().any(|e| e.kind == kind::WEBHOOK_STORED) {
                    return anyhow::Ok(watch.passed());
                }
            }
        };
        let (answer, event) = tokio::join!(answer, event);
        answered.add(answer?);
        heard.add(event?);
    }
    daemon.terminate().await;
    let mut table = Table::new("Event to console", "until | times | p50 ms | p99 ms | most ms");
    for (until, spans) in [("200 to the provider", &mut answered), ("in the console", &mut heard)] {
        let mut cells = vec![until.to_owned(), spans.len().to_string()];
        cells.extend([spans.ms(0.5), spans.ms(0.99), spans.ms(1.0)].map(ms));
        table.row(&cells);
    }
    table.print();
    summary.add(
        "webhook to the console's screen data, p50 / p99",
        format!("{} / {} ms", ms(heard.ms(0.5)), ms(heard.ms(0.99))),
        &format!("its own 200: {} / {} ms", ms(answered.ms(0.5)), ms(answered.ms(0.99))),
        Some(heard.ms(0.99) / answered.ms(0.99)),
    );
    Ok(())
}
