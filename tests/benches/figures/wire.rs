//! The load: HTTP over raw keep-alive connections, one thread.
//!
//! A general HTTP client costs more than the server it measures, and the two share this
//! machine's processors. This one writes bytes and looks for a status and a length.

use crate::span::{Spans, Watch};
use anyhow::{Context as _, Result, bail};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longest wait for one answer, and for a long one.
const PATIENCE: Duration = Duration::from_secs(30);
const LONG: Duration = Duration::from_secs(600);

/// One connection that is kept.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    heard: Vec<u8>,
    patience: Duration,
    /// The last answer's body is this part of `heard`.
    body: std::ops::Range<usize>,
}

impl Wire {
    /// Connects.
    pub async fn open(at: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(at).await.with_context(|| format!("cannot reach {at}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, heard: Vec::with_capacity(4096), patience: PATIENCE, body: 0..0 })
    }

    /// Waits long for answers, as that of a large import.
    pub fn patient(&mut self) {
        self.patience = LONG;
    }

    /// Sends a whole request; the status of its answer.
    pub async fn ask(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request).await?;
        self.answer().await
    }

    /// Asks with a method, a path, further headers and a body.
    pub async fn call(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Result<u16> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: bench\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.ask(&request).await
    }

    /// The last answer's body.
    pub fn body(&self) -> &[u8] {
        &self.heard[self.body.clone()]
    }

    /// Whatever arrives next, for streams.
    pub async fn more(&mut self, into: &mut Vec<u8>) -> Result<usize> {
        Ok(self.stream.read_buf(into).await?)
    }

    async fn answer(&mut self) -> Result<u16> {
        self.heard.clear();
        let head = loop {
            self.read().await?;
            if let Some(at) = self.heard.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = std::str::from_utf8(&self.heard[..head])?;
        let status: u16 = text.get(9..12).context("a status line")?.parse()?;
        let mut length = 0;
        for line in text.split("\r\n").skip(1) {
            let Some((name, value)) = line.split_once(':') else { continue };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        while self.heard.len() < head + length {
            self.read().await?;
        }
        self.body = head..head + length;
        Ok(status)
    }

    async fn read(&mut self) -> Result<()> {
        let read = tokio::time::timeout(self.patience, self.stream.read_buf(&mut self.heard));
        if read.await.context("no answer")?? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

/// Opens an event stream; what follows its head is in the buffer.
pub async fn stream(at: SocketAddr, path: &str, headers: &str, into: &mut Vec<u8>) -> Result<Wire> {
    let mut wire = Wire::open(at).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n{headers}\r\n");
    wire.stream.write_all(request.as_bytes()).await?;
    loop {
        if wire.more(into).await? == 0 {
            bail!("the server closed the stream");
        }
        if let Some(end) = into.windows(4).position(|w| w == b"\r\n\r\n") {
            if !into.starts_with(b"HTTP/1.1 200") {
                bail!("no stream: {}", String::from_utf8_lossy(into));
            }
            into.drain(..end + 4);
            return Ok(wire);
        }
    }
}

/// What a load came to.
#[derive(Debug, Default)]
pub struct Load {
    /// Requests answered with 2xx.
    pub done: u64,
    /// Requests answered otherwise.
    pub refused: u64,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// From the first byte out to the last byte in.
    pub spans: Spans,
}

impl Load {
    /// Answered with 2xx in a second.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.seconds.max(1e-9)
    }
}

/// Requests one after the other.
pub trait Series: Send + 'static {
    /// Writes the next request, whole; false when there is none.
    fn request(&mut self, out: &mut Vec<u8>) -> bool;
}

/// Sends a series over `connections` for `time`, or until it ends; gives it back, so that it
/// can go on.
pub async fn load<S: Series>(
    at: SocketAddr,
    connections: usize,
    time: Duration,
    series: S,
) -> Result<(Load, S)> {
    let sending = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Rc::new(RefCell::new((Load::default(), series)));
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let mut wires = Vec::new();
            for _ in 0..connections {
                wires.push(Wire::open(at).await?);
            }
            let watch = Watch::start();
            let start = |wire| tokio::task::spawn_local(send(wire, shared.clone(), watch, time));
            let tasks: Vec<_> = wires.into_iter().map(start).collect();
            for task in tasks {
                task.await??;
            }
            shared.borrow_mut().0.seconds = watch.seconds();
            anyhow::Ok(())
        })?;
        Ok(Rc::into_inner(shared).context("a sender is left")?.into_inner())
    });
    sending.await?
}

async fn send<S: Series>(
    mut wire: Wire,
    shared: Rc<RefCell<(Load, S)>>,
    watch: Watch,
    time: Duration,
) -> Result<()> {
    let mut request = Vec::with_capacity(8192);
    while watch.passed() < time && shared.borrow_mut().1.request(&mut request) {
        let sent = Watch::start();
        let status = wire.ask(&request).await?;
        let load = &mut shared.borrow_mut().0;
        load.spans.add(sent.passed());
        if (200..300).contains(&status) { load.done += 1 } else { load.refused += 1 }
    }
    Ok(())
}
