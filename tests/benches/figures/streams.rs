//! Event streams: one real commit fanned out to many readers, timed from just before the
//! webhook that causes it until each reader has its event.

use crate::fill;
use crate::house::{CLIENT, House, KEY, Meter};
use crate::options::{Options, Peer};
use crate::process;
use crate::report::{Proof, Reports};
use crate::span::{Spans, Watch};
use crate::table::{Summary, Table, ms, whole};
use crate::wire::{Series, Wire, stream};
use anyhow::{Context as _, Result, ensure};
use frontdesk_tests::desk::SECRET;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

const READERS: [usize; 2] = [1_000, 5_000];
/// Commits that are measured, and those before them that are not.
const TOLD: usize = 60;
const WARM: usize = 5;
/// Between two commits at least.
const EVERY: Duration = Duration::from_millis(100);
/// A reader that has heard nothing by then has lost the event.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where the ids of this figure's calls begin.
const SERIES: u32 = 0x05f2_ea35;

/// Measures it.
pub async fn figures(options: &Options, summary: &mut Summary) -> Result<()> {
    let mut table = Table::new(
        "Event streams",
        "server | readers | last p50 ms | last p99 ms | any p50 ms | any p99 ms | 200 p50 ms | server CPU µs per delivery | server MiB | lost",
    );
    for readers in READERS {
        let mut told = ours(readers).await?;
        told.row("frontdesk", &mut table);
        let mut others = Vec::new();
        for peer in options.peers("streams") {
            let mut other = theirs(peer, readers).await?;
            other.row(&peer.name, &mut table);
            others.push((peer.name.clone(), other.last.ms(0.99)));
        }
        let (name, beside) = others.first().cloned().unwrap_or(("budget".into(), 50.0));
        summary.add(
            &format!("event to the last of {} streams, p50 / p99", whole(readers as f64)),
            format!("{} / {} ms, {} lost", ms(told.last.ms(0.5)), ms(told.last.ms(0.99)), told.lost),
            &format!("{name} p99 {} ms", ms(beside)),
            Some(told.last.ms(0.99) / beside),
        );
    }
    table.print();
    Ok(())
}

/// What the readers saw.
#[derive(Debug, Default)]
struct Told {
    readers: usize,
    last: Spans,
    any: Spans,
    answered: Spans,
    cpu: Option<f64>,
    memory: Option<f64>,
    lost: usize,
}

impl Told {
    fn row(&mut self, name: &str, table: &mut Table) {
        let spans = [
            self.last.ms(0.5),
            self.last.ms(0.99),
            self.any.ms(0.5),
            self.any.ms(0.99),
            self.answered.ms(0.5),
        ];
        let deliveries = (self.readers * (TOLD + WARM)) as f64;
        let mut cells = vec![name.to_owned(), whole(self.readers as f64)];
        cells.extend(spans.map(ms));
        cells.push(self.cpu.map_or(String::new(), |s| format!("{:.1}", s * 1e6 / deliveries)));
        cells.push(self.memory.map_or(String::new(), whole));
        cells.push(self.lost.to_string());
        table.row(&cells);
    }
}

/// What one kind of server is asked and how its event is recognised.
struct Shape {
    at: SocketAddr,
    path: String,
    headers: String,
    /// In the event that is waited for.
    mark: &'static str,
}

async fn ours(readers: usize) -> Result<Told> {
    let house = House::empty().await?;
    let store = house.store()?;
    fill::open_calls(&house, &store, SERIES, (TOLD + WARM) as u64).await?;
    drop(store);
    let daemon = house.start().await;
    let now_s = house.ctx()?.now().0 / 1000;
    let reports = Reports::new(
        &house.at.to_string(),
        "/webhooks/vapi",
        Proof::vapi(SECRET, now_s),
        SERIES,
        0..u64::MAX,
    );
    let shape = Shape {
        at: house.at,
        path: format!("/api/realtime/{CLIENT}/events"),
        headers: format!("X-API-Key: {KEY}\r\n"),
        // The last event of the webhook's commit.
        mark: "event: webhook_stored",
    };
    let meter = Meter::of(daemon.pid())?;
    let mut told = tell(shape, readers, reports).await?;
    told.cpu = Some(meter.cpu()?);
    told.memory = Some(process::memory(daemon.pid())?.1);
    daemon.terminate().await;
    Ok(told)
}

/// A server with `GET` on the given path and `POST /publish`, which sends its body to all.
async fn theirs(peer: &Peer, readers: usize) -> Result<Told> {
    let shape = Shape { at: peer.at, path: peer.path.clone(), headers: String::new(), mark: "data:" };
    tell(shape, readers, Published { at: peer.at, next: 0 }).await
}

/// Requests that make a plain server publish an event of the usual size.
struct Published {
    at: SocketAddr,
    next: u64,
}

impl Series for Published {
    fn request(&mut self, out: &mut Vec<u8>) -> bool {
        self.next += 1;
        let summary = "Booked Wednesday 10:15. ".repeat(16);
        let body =
            serde_json::json!({ "id": self.next, "kind": "call.ended", "summary": summary }).to_string();
        let head = format!(
            "POST /publish HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.at,
            body.len()
        );
        out.clear();
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(body.as_bytes());
        true
    }
}

/// What the readers share.
struct Board {
    sent: Watch,
    /// How often something was told so far.
    told: usize,
    spans: Vec<Duration>,
    closed: usize,
    changed: Rc<Notify>,
}

async fn tell<S: Series>(shape: Shape, readers: usize, series: S) -> Result<Told> {
    let telling = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        tokio::task::LocalSet::new().block_on(&runtime, told(shape, readers, series))
    });
    telling.await?
}

async fn told<S: Series>(shape: Shape, readers: usize, mut series: S) -> Result<Told> {
    let changed = Rc::new(Notify::new());
    let board =
        Board { sent: Watch::start(), told: 0, spans: Vec::new(), closed: 0, changed: changed.clone() };
    let board = Rc::new(RefCell::new(board));
    let shape = Rc::new(shape);
    for n in 0..readers {
        let mut heard = Vec::with_capacity(2048);
        let wire = stream(shape.at, &shape.path, &shape.headers, &mut heard)
            .await
            .with_context(|| format!("stream {n}"))?;
        tokio::task::spawn_local(read(wire, heard, shape.clone(), board.clone()));
    }
    let mut out = Told { readers, ..Told::default() };
    let mut publisher = Wire::open(shape.at).await?;
    let mut beat = tokio::time::interval(EVERY);
    let mut request = Vec::new();
    for n in 0..TOLD + WARM {
        beat.tick().await;
        ensure!(series.request(&mut request), "nothing left to tell");
        {
            let mut board = board.borrow_mut();
            board.spans.clear();
            board.told += 1;
            board.sent = Watch::start();
        }
        let sent = board.borrow().sent;
        // The answer and the deliveries are awaited together: either may come first.
        let answer = async {
            let status = publisher.ask(&request).await?;
            ensure!((200..300).contains(&status), "answered {status}");
            anyhow::Ok(sent.passed())
        };
        let all = tokio::time::timeout(PATIENCE, async {
            while board.borrow().spans.len() + board.borrow().closed < readers {
                changed.notified().await;
            }
        });
        let (answered, _) = tokio::join!(answer, all);
        let answered = answered?;
        let spans = std::mem::take(&mut board.borrow_mut().spans);
        if n >= WARM {
            out.lost += readers - spans.len();
            out.answered.add(answered);
            out.last.add(spans.iter().max().copied().unwrap_or(PATIENCE));
            spans.into_iter().for_each(|s| out.any.add(s));
        }
    }
    Ok(out)
}

/// One reader: notes each time its event arrives, once per commit.
async fn read(mut wire: Wire, mut heard: Vec<u8>, shape: Rc<Shape>, board: Rc<RefCell<Board>>) {
    let mark = shape.mark.as_bytes();
    let mut seen = 0;
    loop {
        while let Some(end) = heard.windows(2).position(|w| w == b"\n\n") {
            let hit = heard[..end].windows(mark.len()).any(|w| w == mark);
            heard.drain(..end + 2);
            let mut board = board.borrow_mut();
            if hit && seen < board.told {
                seen += 1;
                // An event of an earlier commit that comes late counts as lost there.
                if seen == board.told {
                    let span = board.sent.passed();
                    board.spans.push(span);
                    board.changed.notify_one();
                }
            }
        }
        if !matches!(wire.more(&mut heard).await, Ok(1..)) {
            let mut board = board.borrow_mut();
            board.closed += 1;
            board.changed.notify_one();
            return;
        }
    }
}
