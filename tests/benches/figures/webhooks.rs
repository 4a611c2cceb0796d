//! Verified webhooks to a durable 200, beside a bare server that only verifies and beside the
//! store alone; and beside any other server named with `--peer`.

use crate::bare::Bare;
use crate::fill;
use crate::house::{House, Meter};
use crate::options::{Options, Peer};
use crate::process;
use crate::report::{Proof, Reports};
use crate::span::{Spans, Watch};
use crate::table::{Summary, Table, ms, whole};
use crate::wire::load;
use anyhow::{Result, ensure};
use frontdesk_shared::WebhookId;
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_store::Store;
use frontdesk_store::clients::HOUSE;
use frontdesk_store::packed::Packed;
use frontdesk_store::webhooks::{self, NewWebhook};
use frontdesk_tests::desk::SECRET;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Connections at once.
const CELLS: [usize; 3] = [1, 16, 64];
/// Length of a cell; a first short one warms up.
const CELL: Duration = Duration::from_secs(4);
const WARM: Duration = Duration::from_secs(1);
/// Calls put into the store, so that reports about them have a state to change.
const KNOWN: u64 = 200_000;
/// Where the ids of this figure's calls begin.
const SERIES: u32 = 0x00f1_60e5;
const PATH: &str = "/webhooks/vapi";

/// Where a load goes and what it is called.
struct Target {
    name: String,
    at: SocketAddr,
    pid: Option<u32>,
}

/// What the reports are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// Calls of ours: each report ends its call and settles what becomes of its lead.
    Known,
    /// Calls that came in, to a house with one client: each becomes a call of that client.
    New,
    /// Calls of nobody in a house with several clients: stored for a person to look at, which is
    /// what a server that merely stores does.
    Unmatched,
}

impl About {
    fn name(self) -> &'static str {
        match self {
            Self::Known => "frontdesk, known call settled",
            Self::New => "frontdesk, new call recorded",
            Self::Unmatched => "frontdesk, stored only",
        }
    }
}

/// Best rates so far by connections, to put others in relation.
type Rates = [f64; CELLS.len()];

fn table() -> Table {
    Table::new(
        "Webhooks, verified and answered with 200",
        "server | connections | per s | p50 ms | p99 ms | server CPU µs each | server MiB | share of bare | share of store",
    )
}

/// Measures every cell.
pub async fn figures(options: &Options, summary: &mut Summary) -> Result<()> {
    let mut table = table();
    let none = [f64::NAN; CELLS.len()];
    let bare = Bare::start().await?;
    let target = Target { name: "bare axum, only verifies".into(), at: bare.at, pid: Some(bare.pid()) };
    let bare_rates = cells(&target, reports(bare.at, 1, 0..u64::MAX), &none, &none, &mut table).await?.0;
    drop(bare);
    let store_rates = store_alone(&bare_rates, &mut table).await?;
    let mut ours = Vec::new();
    for about in [About::Known, About::New, About::Unmatched] {
        let name = about.name();
        let (rates, mut p99) = daemon(about, &bare_rates, &store_rates, &mut table).await?;
        summary.add(
            &format!("{name}: webhooks/s at 1 / 16 / 64 connections"),
            rates.map(whole).join(" / "),
            &format!("bare server {}", bare_rates.map(whole).join(" / ")),
            Some(rates[2] / bare_rates[2]),
        );
        summary.add(
            &format!("{name}: p99 at 64 connections"),
            format!("{} ms", ms(p99[2].ms(0.99))),
            &format!("store alone {} rows/s", whole(store_rates[2])),
            Some(rates[2] / store_rates[2]),
        );
        ours.push(rates);
    }
    for peer in options.peers("webhooks") {
        let rates = other(peer, &bare_rates, &store_rates, &mut table).await?;
        summary.add(
            &format!("{}: webhooks/s at 1 / 16 / 64 connections", peer.name),
            rates.map(whole).join(" / "),
            "frontdesk, known call settled, over it at 64",
            ours.first().map(|o| o[2] / rates[2]),
        );
    }
    table.print();
    Ok(())
}

fn reports(at: SocketAddr, series: u32, calls: std::ops::Range<u64>) -> Reports {
    Reports::new(&at.to_string(), PATH, Proof::vapi(SECRET, now_s()), series, calls)
}

fn now_s() -> i64 {
    frontdesk_env::Env::system(0).now().0 / 1000
}

/// Loads one server at each number of connections.
async fn cells(
    target: &Target,
    mut reports: Reports,
    bare: &Rates,
    store: &Rates,
    table: &mut Table,
) -> Result<(Rates, [Spans; CELLS.len()])> {
    let mut rates = [0.0; CELLS.len()];
    let mut spans = [const { Spans::new() }; CELLS.len()];
    reports = load(target.at, 16, WARM, reports).await?.1;
    for (cell, connections) in CELLS.into_iter().enumerate() {
        let meter = target.pid.map(Meter::of).transpose()?;
        let (mut heard, after) = load(target.at, connections, CELL, reports).await?;
        reports = after;
        ensure!(heard.refused == 0, "{} answered {} requests with an error", target.name, heard.refused);
        rates[cell] = heard.rate();
        let cpu = meter.map(Meter::cpu).transpose()?.map(|s| s * 1e6 / heard.done.max(1) as f64);
        let memory = target.pid.map(process::memory).transpose()?;
        table.row(&[
            target.name.clone(),
            connections.to_string(),
            whole(heard.rate()),
            ms(heard.spans.ms(0.5)),
            ms(heard.spans.ms(0.99)),
            cpu.map_or(String::new(), whole),
            memory.map_or(String::new(), |(now, _)| whole(now)),
            share(heard.rate(), bare[cell]),
            share(heard.rate(), store[cell]),
        ]);
        spans[cell] = heard.spans;
    }
    Ok((rates, spans))
}

fn share(rate: f64, of: f64) -> String {
    if of.is_finite() { format!("{:.2}", rate / of) } else { String::new() }
}

/// The release daemon, with a store to match.
async fn daemon(
    about: About,
    bare: &Rates,
    store: &Rates,
    table: &mut Table,
) -> Result<(Rates, [Spans; CELLS.len()])> {
    let (name, known) = (about.name(), about == About::Known);
    let mut house = House::empty().await?;
    if about == About::Unmatched {
        let others: Vec<_> = (1..20)
            .map(|n| serde_json::json!({ "businessName": format!("Client {n}"), "key": format!("client-{n}") }))
            .collect();
        house.set("BOOTSTRAP_CLIENTS", &serde_json::Value::from(others).to_string());
    }
    if known {
        let db = house.store()?;
        fill::open_calls(&house, &db, SERIES, KNOWN).await?;
    }
    let daemon = house.start().await;
    let target = Target { name: name.to_owned(), at: house.at, pid: Some(daemon.pid()) };
    let last = if known { KNOWN } else { u64::MAX };
    let measured = cells(&target, reports(house.at, SERIES, 0..last), bare, store, table).await?;
    daemon.terminate().await;
    let db = house.store()?;
    let kept = db.read(fill::webhooks_by_status).await?;
    eprintln!("  {name}: in the store {kept:?}");
    Ok(measured)
}

/// Any other server that takes the same body, signed over the body alone.
async fn other(peer: &Peer, bare: &Rates, store: &Rates, table: &mut Table) -> Result<Rates> {
    let target = Target { name: peer.name.clone(), at: peer.at, pid: None };
    let series = u32::try_from(now_s() & 0x7fff_ffff)?;
    let proof = Proof::body(&peer.secret);
    let reports = Reports::new(&peer.at.to_string(), &peer.path, proof, series, 0..u64::MAX);
    Ok(cells(&target, reports, bare, store, table).await?.0)
}

/// The store without HTTP: one row of the same size a transaction, as many waiting as there
/// would be connections. What group commit can do at most.
async fn store_alone(bare: &Rates, table: &mut Table) -> Result<Rates> {
    let house = House::empty().await?;
    let store = house.store()?;
    let mut reports = reports(house.at, SERIES, 0..u64::MAX);
    let body: Arc<[u8]> = Arc::from(reports.body());
    let mut rates = [0.0; CELLS.len()];
    let next = Arc::new(AtomicI64::new(1));
    for (cell, waiting) in CELLS.into_iter().enumerate() {
        let watch = Watch::start();
        let tasks: Vec<_> = (0..waiting)
            .map(|_| tokio::spawn(rows(store.clone(), next.clone(), body.clone(), watch)))
            .collect();
        let mut spans = Spans::default();
        for task in tasks {
            spans.join(task.await??);
        }
        rates[cell] = spans.len() as f64 / watch.seconds();
        table.row(&[
            "the store alone, one row each".to_owned(),
            waiting.to_string(),
            whole(rates[cell]),
            ms(spans.ms(0.5)),
            ms(spans.ms(0.99)),
            String::new(),
            String::new(),
            share(rates[cell], bare[cell]),
            share(rates[cell], f64::NAN),
        ]);
    }
    Ok(rates)
}

async fn rows(store: Store, next: Arc<AtomicI64>, body: Arc<[u8]>, watch: Watch) -> Result<Spans> {
    let mut spans = Spans::default();
    while watch.passed() < CELL {
        let (id, begun) = (next.fetch_add(1, Ordering::Relaxed), Watch::start());
        let body = Packed::of(&body);
        store
            .write(move |tx| {
                let event_key = format!("row:{id}");
                let row = NewWebhook {
                    id: WebhookId(id),
                    provider: "bench",
                    event_key: &event_key,
                    client: HOUSE,
                    call: None,
                    kind: "end-of-call-report",
                    status: WebhookStatus::Ignored,
                    note: "",
                    body: &body,
                    reply: "{}",
                    agent: "",
                };
                webhooks::insert(tx, &row, frontdesk_shared::Millis(id))
            })
            .await?;
        spans.add(begun.passed());
    }
    Ok(spans)
}
