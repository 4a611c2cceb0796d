//! Speed to lead: from the first byte of a new lead's request to the call request's arrival at
//! the provider, a sandbox in this process.

use crate::house::{CLIENT, House, KEY};
use crate::imports;
use crate::people;
use crate::span::{Spans, Watch};
use crate::table::{Summary, Table, ms};
use crate::wire::Wire;
use anyhow::{Result, ensure};
use frontdesk_env::Env;
use frontdesk_sandbox::vapi::{SandboxConfig, SandboxHandle, VapiSandbox, WebhookAuth};
use frontdesk_tests::daemon::free_address;
use frontdesk_tests::desk::{PRIVATE_KEY, SECRET};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const ONE_BY_ONE: u64 = 1_000;
const FILE: u64 = 1_000;

/// Measures it.
pub async fn figures(summary: &mut Summary) -> Result<()> {
    let mut table = Table::new("Speed to lead", "how they come | leads | p50 ms | p99 ms | last ms");
    let mut single = one_by_one().await?;
    let mut file = one_file().await?;
    for (how, spans) in [("one request after the other", &mut single), ("one file", &mut file)] {
        let mut cells = vec![how.to_owned(), spans.len().to_string()];
        cells.extend([spans.ms(0.5), spans.ms(0.99), spans.ms(1.0)].map(ms));
        table.row(&cells);
    }
    summary.add(
        "new lead to the request at the provider, p50 / p99",
        format!("{} / {} ms", ms(single.ms(0.5)), ms(single.ms(0.99))),
        "budget 100 ms",
        Some(single.ms(0.99) / 100.0),
    );
    table.print();
    Ok(())
}

async fn provider(house: std::net::SocketAddr) -> Result<(SandboxHandle, CancellationToken)> {
    let mut fake = SandboxConfig::new(PRIVATE_KEY, format!("http://{house}/webhooks/vapi"));
    fake.webhook_auth = WebhookAuth::Bearer(SECRET.into());
    fake.concurrency = 100_000;
    let stop = CancellationToken::new();
    let sandbox = VapiSandbox::serve(TcpListener::bind("127.0.0.1:0").await?, fake, stop.clone())?;
    Ok((sandbox, stop))
}

async fn one_by_one() -> Result<Spans> {
    let at = free_address();
    let (sandbox, stop) = provider(at).await?;
    let house = House::facing(at, sandbox.base_url()).await?;
    let daemon = house.start().await;
    let mut wire = Wire::open(at).await?;
    let mut spans = Spans::default();
    for n in 0..ONE_BY_ONE {
        // Every number in its international form, to find it again at the provider.
        let phone = format!("+447400{n:06}");
        let lead = serde_json::json!({
            "phone": phone, "name": format!("Lead {n}"),
            "consent": { "channels": ["ai_voice"], "text": "Call me", "at": "2026-01-05" },
        });
        let headers = format!("X-API-Key: {KEY}\r\nContent-Type: application/json\r\n");
        let watch = Watch::start();
        let status =
            wire.call("POST", &format!("/api/leads/{CLIENT}"), &headers, lead.to_string().as_bytes()).await?;
        ensure!((200..300).contains(&status), "{status}: {}", String::from_utf8_lossy(wire.body()));
        sandbox.until(|s| !s.calls_to(&phone).is_empty()).await;
        spans.add(watch.passed());
    }
    daemon.terminate().await;
    stop.cancel();
    Ok(spans)
}

async fn one_file() -> Result<Spans> {
    let at = free_address();
    let (sandbox, stop) = provider(at).await?;
    let house = House::facing(at, sandbox.base_url()).await?;
    let daemon = house.start().await;
    let begun = Env::system(0).now();
    imports::import(&house, people::csv(0, FILE)).await?;
    sandbox.until(|s| s.calls().len() as u64 >= FILE).await;
    daemon.terminate().await;
    stop.cancel();
    let calls = sandbox.calls();
    let late = |ms: i64| Duration::from_millis((ms - begun.0).max(0).unsigned_abs());
    Ok(calls.iter().take(FILE as usize).map(|c| late(c.created_ms)).collect())
}
