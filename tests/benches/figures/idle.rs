//! The daemon at rest: memory and processor time over a minute.

use crate::fill;
use crate::house::{House, Meter};
use crate::process;
use crate::table::{Summary, Table, whole};
use anyhow::Result;
use std::time::Duration;

const REST: Duration = Duration::from_secs(60);
const LEADS: u64 = 100_000;

/// Measures it.
pub async fn figures(summary: &mut Summary) -> Result<()> {
    let mut table = Table::new("At rest for a minute", "store | resident MiB | CPU %");
    for (name, leads) in [("empty", 0), ("100,000 leads", LEADS)] {
        let house = House::empty().await?;
        if leads > 0 {
            let store = house.store()?;
            fill::leads(&house, &store, 0..leads).await?;
        }
        let daemon = house.start().await;
        let meter = Meter::of(daemon.pid())?;
        let _ = tokio::time::timeout(REST, std::future::pending::<()>()).await;
        let (now, _) = process::memory(daemon.pid())?;
        let percent = meter.cpu()? * 100.0 / REST.as_secs_f64();
        daemon.terminate().await;
        table.row(&[name.to_owned(), whole(now), format!("{percent:.2}")]);
        summary.add(
            &format!("at rest, store {name}"),
            format!("{} MiB, {percent:.2} % CPU", whole(now)),
            "budget 40 MiB, 0.1 %",
            Some(now / 40.0),
        );
    }
    table.print();
    Ok(())
}
