//! The console's loop: the only place where keys, the link, time and the terminal meet.
//!
//! Edge-triggered: it sleeps until something happens, applies everything that is ready, and
//! paints at once or as soon as the pace allows. Nothing changed means nothing written.

use crate::keys::Key;
use crate::link::{self, LinkConfig, LinkMsg, Order};
use crate::model::{Dirty, Model, Options};
use crate::msg::{Cmd, Msg};
use crate::paint::{self, Screen};
use crate::terminal::{self, Writer};
use crate::{clock, log, update};
use crossterm::event::{Event, EventStream};
use futures::{Stream, StreamExt};
use rustix::process::{Signal, getpid, kill_process};
use std::io;
use std::path::{Path, PathBuf};
use std::task::Poll;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Inputs applied before the link gets its turn.
const INPUTS_AT_ONCE: usize = 64;
/// A window being dragged sends many sizes; only the last is drawn.
const RESIZE_REST: Duration = Duration::from_millis(30);
/// How long the last frame may take when leaving.
const LAST_FRAME: Duration = Duration::from_millis(300);
/// Names offered for completion.
const MOST_NAMES: usize = 200;

/// How the console ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The operator quit.
    Quit,
    /// A signal, or the terminal went away.
    Signal(u8),
}

/// Shows the console until it ends, and gives the terminal back whatever happened.
pub async fn run(options: Options, link_config: LinkConfig) -> io::Result<Ended> {
    let ended = show(options, link_config).await;
    terminal::leave();
    ended
}

async fn show(options: Options, link_config: LinkConfig) -> io::Result<Ended> {
    let (orders, orders_in) = mpsc::channel(256);
    let (link_out, link_in) = mpsc::channel(256);
    let link = tokio::spawn(link::run(link_config, orders_in, link_out));
    let mut end = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut resumed = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
    let (gone_out, mut gone) = mpsc::unbounded_channel();
    terminal::enter()?;
    let _guard = terminal::watch_hangup(gone_out)?;
    let mut console = Console::new(options, orders, link_in)?;
    let ended = loop {
        let now = clock::steady();
        let slow = console.model.options.slow_link;
        let busy = console.writer.is_busy();
        let paint_at = paint::due(console.model.dirty, busy, console.painted, now, slow);
        let paint_at = paint_at.map(|at| console.resized.map_or(at, |r| at.max(r + RESIZE_REST)));
        if paint_at.is_some_and(|at| at <= now) {
            console.paint()?;
            continue;
        }
        let wake_at = console.wake_at(now);
        tokio::select! {
            event = console.events.next() => match event {
                Some(Ok(event)) => console.input(event).await?,
                // A terminal that cannot be read is gone.
                Some(Err(_)) | None => break Ended::Signal(1),
            },
            Some(msg) = console.link.recv() => {
                console.log(&msg);
                console.apply(Msg::Link(msg))?;
            }
            Some(msg) = console.asides.recv() => console.apply(msg)?,
            written = console.writer.written() => written?,
            () = clock::sleep_until(paint_at) => {}
            () = clock::sleep_until(wake_at) => console.apply(Msg::Tick)?,
            _ = resumed.recv() => console.come_back()?,
            _ = end.recv() => break Ended::Signal(15),
            _ = interrupt.recv() => break Ended::Signal(2),
            _ = hangup.recv() => break Ended::Signal(1),
            Some(()) = gone.recv() => break Ended::Signal(1),
        }
        if console.quit {
            break Ended::Quit;
        }
    };
    console.rest().await;
    link.abort();
    Ok(ended)
}

struct Console {
    model: Model,
    screen: Screen,
    writer: Writer,
    events: EventStream,
    link: mpsc::Receiver<LinkMsg>,
    orders: mpsc::Sender<Order>,
    asides: mpsc::Receiver<Msg>,
    asides_out: mpsc::Sender<Msg>,
    painted: Option<Instant>,
    resized: Option<Instant>,
    copied: Vec<u8>,
    logged: String,
    quit: bool,
}

impl Console {
    fn new(options: Options, orders: mpsc::Sender<Order>, link: mpsc::Receiver<LinkMsg>) -> io::Result<Self> {
        let (asides_out, asides) = mpsc::channel(16);
        Ok(Self {
            model: Model::new(options, clock::wall(), terminal::size()),
            screen: Screen::new(),
            writer: Writer::start()?,
            events: EventStream::new(),
            link,
            orders,
            asides,
            asides_out,
            painted: None,
            resized: None,
            copied: Vec::new(),
            logged: String::new(),
            quit: false,
        })
    }

    /// Applies an input and those that are already waiting behind it, before one frame.
    async fn input(&mut self, first: Event) -> io::Result<()> {
        for event in ready(first, &mut self.events, INPUTS_AT_ONCE).await {
            match event? {
                Event::Key(key) => {
                    for key in Key::of(key) {
                        self.apply(Msg::Key(key))?;
                    }
                }
                Event::Paste(text) => self.apply(Msg::Paste(text))?,
                Event::Resize(width, height) => {
                    self.resized = Some(clock::steady());
                    self.apply(Msg::Resize(width, height))?;
                }
                Event::FocusGained | Event::FocusLost | Event::Mouse(_) => {}
            }
            if self.quit {
                break;
            }
        }
        Ok(())
    }

    fn apply(&mut self, msg: Msg) -> io::Result<()> {
        for cmd in update::update(&mut self.model, msg, clock::wall()) {
            match cmd {
                Cmd::Call(id, request) => self.order(Order::Call(id, request)),
                Cmd::Upload(id, path, spec) => self.order(Order::Upload(id, expand(&path), spec)),
                Cmd::DropUpload(id) => self.order(Order::Drop(id)),
                Cmd::Names(prefix) => self.names(prefix),
                Cmd::Copy(text) => self.copied = terminal::clipboard(&text),
                Cmd::Redraw => self.screen.forget(),
                Cmd::Suspend => self.suspend()?,
                Cmd::Quit => self.quit = true,
            }
        }
        Ok(())
    }

    /// Hands an order to the link. Its queue is longer than what the model has under way; were
    /// it full all the same, the order is answered as if the daemon were away.
    fn order(&mut self, order: Order) {
        if let Err(mpsc::error::TrySendError::Full(Order::Call(id, _))) = self.orders.try_send(order) {
            let out = self.asides_out.clone();
            let refusal = LinkMsg::Reply(id, Err(link::CallError::away()));
            tokio::spawn(async move {
                let _ = out.send(Msg::Link(refusal)).await;
            });
        }
    }

    fn names(&self, prefix: String) {
        let out = self.asides_out.clone();
        tokio::task::spawn_blocking(move || {
            let names = names(&prefix);
            let _ = out.blocking_send(Msg::Names(prefix, names));
        });
    }

    fn paint(&mut self) -> io::Result<()> {
        self.model.dirty = Dirty::No;
        self.resized = None;
        // What was copied travels with the frame, so that the two never mix.
        let mut bytes = std::mem::take(&mut self.copied);
        bytes.extend(self.screen.frame(&self.model)?.unwrap_or_default());
        if !bytes.is_empty() {
            self.writer.send(bytes);
            self.painted = Some(clock::steady());
        }
        Ok(())
    }

    /// The steady instant of the wall-clock instant the model waits for.
    fn wake_at(&self, now: Instant) -> Option<Instant> {
        let at = update::next_wake(&self.model)?;
        let wait = at.since(clock::wall()).max(0);
        Some(now + Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
    }

    fn suspend(&mut self) -> io::Result<()> {
        terminal::leave();
        // The process stops inside this call and goes on when the shell continues it.
        kill_process(getpid(), Signal::TSTP)?;
        self.come_back()
    }

    fn come_back(&mut self) -> io::Result<()> {
        terminal::enter()?;
        self.screen.forget();
        let (width, height) = terminal::size();
        self.model.size = (width, height);
        self.model.touch(Dirty::Input);
        Ok(())
    }

    /// Logs what becomes of the connection, each state once.
    fn log(&mut self, msg: &LinkMsg) {
        let line = match msg {
            LinkMsg::Up(info) => format!("connected to {} build {}", info.instance, info.build),
            LinkMsg::Down(reason) | LinkMsg::Mismatch(reason) => format!("not connected: {reason}"),
            LinkMsg::Reply(..) | LinkMsg::Feed(_) | LinkMsg::Upload(..) => return,
        };
        if line != self.logged {
            log::line(&line);
            self.logged = line;
        }
    }

    /// Lets the frame on its way out, so that it does not mix with what comes after.
    async fn rest(&mut self) {
        if self.writer.is_busy() {
            tokio::select! {
                _ = self.writer.written() => {}
                () = clock::sleep(LAST_FRAME) => {}
            }
        }
    }
}

/// An event and those that are already waiting behind it, at most so many. What is taken from
/// the stream is in the answer; what is too much stays in the stream.
async fn ready<T, S>(first: T, events: &mut S, most: usize) -> Vec<io::Result<T>>
where
    S: Stream<Item = io::Result<T>> + Unpin,
{
    let mut taken = vec![Ok(first)];
    while taken.len() < most {
        // Polled with this task's own waker: the stream keeps the first waker it is given.
        match futures::poll!(events.next()) {
            Poll::Ready(Some(event)) => taken.push(event),
            Poll::Ready(None) | Poll::Pending => break,
        }
    }
    taken
}

/// A path with `~` for the home directory.
fn expand(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(path),
    }
}

/// Files and directories whose path begins with a text, directories with a slash at the end.
fn names(prefix: &str) -> Vec<String> {
    let cut = prefix.rfind('/').map_or(0, |at| at + 1);
    let (dir, start) = prefix.split_at(cut);
    let place = if dir.is_empty() { PathBuf::from(".") } else { expand(dir) };
    let Ok(entries) = std::fs::read_dir(place) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && !start.starts_with('.');
            let slash = if entry.path().is_dir() { "/" } else { "" };
            (name.starts_with(start) && !hidden).then(|| format!("{dir}{name}{slash}"))
        })
        .collect();
    names.sort();
    names.truncate(MOST_NAMES);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_event_is_lost_however_many_wait() {
        for waiting in [0, 1, 63, 64, 65, 70, 128, 129, 1_000] {
            let mut events = futures::stream::iter((0..waiting).map(Ok));
            let mut seen = Vec::new();
            while let Some(first) = events.next().await {
                let batch = ready(first.unwrap(), &mut events, INPUTS_AT_ONCE).await;
                assert!(batch.len() <= INPUTS_AT_ONCE);
                seen.extend(batch.into_iter().map(io::Result::unwrap));
            }
            assert_eq!(seen, (0..waiting).collect::<Vec<i32>>());
        }
    }
}
