//! Verified webhooks that wait for PostgreSQL: files in the data directory, synced before the
//! provider hears 200, read in the order in which they were written.
//!
//! One thread owns the files. It writes whatever waits at once and syncs once. While anything is
//! in the spool new webhooks follow it there, so that none overtakes. Files are `0600` in a
//! folder `0700` and hold bodies only, never the headers that proved them. A record that is
//! read twice (a crash between applying and forgetting it) is the same event again to the store.
//! Must not live here: what applying a webhook means (`flows::webhooks`), and when (`drain`).

pub mod drain;
mod segment;
#[cfg(test)]
mod tests;

pub use segment::Record;

use anyhow::Context as _;
use frontdesk_shared::Millis;
use segment::{Found, Segment};
use std::collections::VecDeque;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, oneshot, watch};

/// Requests that may wait for the thread; past this webhooks are answered 503.
const QUEUE: usize = 256;
/// A file this large is followed by the next, so that room is given back bit by bit.
const SEGMENT_BYTES: u64 = 8 * 1024 * 1024;
/// Records read at once.
const BATCH: usize = 64;
/// Bytes read at once, but for a single larger record.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Webhooks.
    pub count: u64,
    /// What the files take up.
    pub bytes: u64,
    /// When the oldest came in.
    pub since: Option<Millis>,
}

/// Why a webhook was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No room within the budget.
    #[error("the spool holds as much as spool.max_bytes allows")]
    Full,
    /// Too many wait to be written.
    #[error("too many webhooks wait to be written to the spool")]
    Busy,
    /// The disk refuses.
    #[error("the spool cannot be written: {0}")]
    Disk(String),
}

/// What was found at the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Webhooks that wait since before.
    pub waiting: u64,
    /// Bytes at the end of a file that a crash tore off; nobody was answered for them.
    pub torn_bytes: u64,
    /// Bytes that are not what was written; a copy of their files is kept as `*.damaged`.
    pub damaged_bytes: u64,
}

enum Command {
    Append(Record, oneshot::Sender<Result<(), Refused>>),
    Peek(oneshot::Sender<io::Result<Vec<Record>>>),
    Done(usize, oneshot::Sender<()>),
}

/// The spool of a daemon.
#[derive(Debug)]
pub struct Spool {
    commands: mpsc::Sender<Command>,
    waiting: watch::Receiver<Waiting>,
    refusing: AtomicBool,
    draining: AtomicBool,
    /// Its budget.
    pub max_bytes: u64,
}

impl Spool {
    /// The spool inside a data directory, with whatever waits there.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be used.
    pub fn open(data_dir: &Path, max_bytes: u64) -> anyhow::Result<(Self, Opened)> {
        let dir = data_dir.join("webhook-spool");
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .with_context(|| format!("cannot create {}", dir.display()))?;
        let (files, opened) = Files::open(dir, max_bytes).context("the spool of webhooks cannot be read")?;
        let (shown, waiting) = watch::channel(files.waiting());
        let (commands, queue) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("webhook-spool".to_owned())
            .spawn(move || serve(files, queue, &shown))
            .context("cannot start the spool's thread")?;
        Ok((
            Self {
                commands,
                waiting,
                refusing: AtomicBool::new(false),
                draining: AtomicBool::new(false),
                max_bytes,
            },
            opened,
        ))
    }

    /// What waits now.
    pub fn waiting(&self) -> Waiting {
        *self.waiting.borrow()
    }

    /// Changes whenever what waits does.
    pub fn changes(&self) -> watch::Receiver<Waiting> {
        self.waiting.clone()
    }

    /// Whether the last webhook was refused, and no room was made since.
    pub fn is_refusing(&self) -> bool {
        self.refusing.load(Ordering::Relaxed)
    }

    /// Whether the database takes what is in it at this moment.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Waits until nothing is in it.
    pub async fn empty(&self) {
        let _ = self.changes().wait_for(|w| w.count == 0).await;
    }

    /// Keeps a webhook; once this returns it survives a power cut.
    ///
    /// # Errors
    /// [`Refused`]; nothing is kept then.
    pub async fn append(&self, record: Record) -> Result<(), Refused> {
        let (answer, done) = oneshot::channel();
        let sent = self.commands.try_send(Command::Append(record, answer)).map_err(|_| Refused::Busy);
        let kept = match sent {
            Ok(()) => done.await.unwrap_or(Err(Refused::Busy)),
            Err(busy) => Err(busy),
        };
        self.refusing.store(kept.is_err(), Ordering::Relaxed);
        kept
    }

    /// The oldest records, which stay until [`Spool::done`].
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn oldest(&self) -> io::Result<Vec<Record>> {
        let (answer, found) = oneshot::channel();
        let closed = || io::Error::other("the spool is closed");
        self.commands.send(Command::Peek(answer)).await.map_err(|_| closed())?;
        found.await.map_err(|_| closed())?
    }

    /// Forgets that many of the oldest.
    pub async fn done(&self, count: usize) {
        let (answer, done) = oneshot::channel();
        if self.commands.send(Command::Done(count, answer)).await.is_ok() {
            let _ = done.await;
        }
    }
}

fn serve(mut files: Files, mut queue: mpsc::Receiver<Command>, shown: &watch::Sender<Waiting>) {
    while let Some(first) = queue.blocking_recv() {
        let mut next = Some(first);
        let (mut records, mut answers) = (Vec::new(), Vec::new());
        while let Some(Command::Append(record, answer)) = next {
            records.push(record);
            answers.push(answer);
            next = queue.try_recv().ok();
        }
        let kept = files.append(&records);
        // First the count, then the answers: who comes after one who was answered finds the
        // spool not empty and queues behind.
        shown.send_replace(files.waiting());
        for (answer, kept) in answers.into_iter().zip(kept) {
            let _ = answer.send(kept);
        }
        match next {
            Some(Command::Peek(answer)) => {
                let _ = answer.send(files.oldest());
            }
            Some(Command::Done(count, answer)) => {
                files.done(count);
                shown.send_replace(files.waiting());
                let _ = answer.send(());
            }
            Some(Command::Append(..)) | None => {}
        }
    }
}

/// The files, oldest first.
#[derive(Debug)]
struct Files {
    dir: PathBuf,
    max_bytes: u64,
    segments: VecDeque<Segment>,
    /// How far the oldest file is done.
    read_at: u64,
    /// Number of the next file.
    next: u64,
    /// Whether the newest file may be appended to.
    open: bool,
    /// Where each record that was read and is not done ends.
    ends: VecDeque<u64>,
    since: Option<Millis>,
}

impl Files {
    fn open(dir: PathBuf, max_bytes: u64) -> io::Result<(Self, Opened)> {
        let mut found: Vec<(u64, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(&dir)? {
            let path = entry?.path();
            let number = path.file_stem().and_then(|s| s.to_str()).and_then(|s| s.parse().ok());
            if let Some(number) = number {
                found.push((number, path));
            }
        }
        found.sort();
        // Numbers of files that were set aside are not used again.
        let next = found.last().map_or(1, |(number, _)| number + 1);
        let (mut segments, mut opened) = (VecDeque::new(), Opened::default());
        for (_, path) in found.into_iter().filter(|(_, p)| p.extension().is_some_and(|e| e == "spool")) {
            let (segment, lost) = Segment::reopen(path)?;
            if lost.damaged {
                opened.damaged_bytes += lost.bytes;
            } else {
                opened.torn_bytes += lost.bytes;
            }
            opened.waiting += segment.left;
            if segment.left == 0 {
                segment.remove()?;
            } else {
                segments.push_back(segment);
            }
        }
        let mut files = Self {
            dir,
            max_bytes,
            segments,
            read_at: 0,
            next,
            open: false,
            ends: VecDeque::new(),
            since: None,
        };
        files.look_since();
        Ok((files, opened))
    }

    fn waiting(&self) -> Waiting {
        Waiting {
            count: self.segments.iter().map(|s| s.left).sum(),
            bytes: self.segments.iter().map(|s| s.end).sum(),
            since: self.since,
        }
    }

    fn append(&mut self, records: &[Record]) -> Vec<Result<(), Refused>> {
        let (mut bytes, mut count) = (Vec::new(), 0);
        let used = self.waiting().bytes;
        let mut kept: Vec<Result<(), Refused>> = Vec::with_capacity(records.len());
        for record in records {
            kept.push(match record.frame() {
                Err(e) => Err(Refused::Disk(e.to_string())),
                Ok(frame) if used + (bytes.len() + frame.len()) as u64 > self.max_bytes => Err(Refused::Full),
                Ok(frame) => {
                    bytes.extend(frame);
                    count += 1;
                    Ok(())
                }
            });
        }
        if count == 0 {
            return kept;
        }
        if let Err(e) = self.newest().and_then(|segment| segment.append(&bytes, count)) {
            // After a failed sync nobody knows what a file holds: the next one goes on.
            self.open = false;
            self.drop_empty();
            for one in kept.iter_mut().filter(|k| k.is_ok()) {
                *one = Err(Refused::Disk(e.to_string()));
            }
            return kept;
        }
        if self.since.is_none() {
            self.since = records.iter().zip(&kept).find(|(_, k)| k.is_ok()).map(|(r, _)| r.at);
        }
        kept
    }

    fn newest(&mut self) -> io::Result<&mut Segment> {
        let room = self.segments.back().is_some_and(|s| s.end < SEGMENT_BYTES);
        if !(self.open && room) {
            let path = self.dir.join(format!("{:012}.spool", self.next));
            self.next += 1;
            self.segments.push_back(Segment::create(path)?);
            self.open = true;
        }
        self.segments.back_mut().ok_or_else(|| io::Error::other("there is no file"))
    }

    fn oldest(&mut self) -> io::Result<Vec<Record>> {
        self.ends.clear();
        let (mut out, mut bytes) = (Vec::new(), 0);
        // The file that is read, how far, and how many of its records.
        let (mut nth, mut at, mut here) = (0, self.read_at, 0);
        while out.len() < BATCH && bytes < BATCH_BYTES {
            let Some(segment) = self.segments.get_mut(nth) else { break };
            match segment.read(at)? {
                Found::Record(record, next) => {
                    bytes += record.body.len();
                    out.push(record);
                    self.ends.push_back(next);
                    (at, here) = (next, here + 1);
                }
                Found::End => (nth, at, here) = (nth + 1, 0, 0),
                Found::Torn | Found::Damaged => {
                    // It was whole when it was written: the rest of the file goes aside.
                    tracing::error!(
                        tag = "CRITICAL ALERT",
                        "{} is damaged at byte {at}: a copy is kept as *.damaged, the rest of the file is skipped",
                        segment.path().display()
                    );
                    segment.copy_aside()?;
                    segment.cut(at)?;
                    segment.left = here;
                    self.open &= nth + 1 != self.segments.len();
                    break;
                }
            }
        }
        if out.is_empty() {
            self.drop_empty();
            self.look_since();
        }
        Ok(out)
    }

    fn done(&mut self, count: usize) {
        for _ in 0..count {
            let Some(end) = self.ends.pop_front() else { break };
            self.read_at = end;
            if let Some(segment) = self.segments.front_mut() {
                segment.left = segment.left.saturating_sub(1);
            }
            self.drop_empty();
        }
        self.look_since();
    }

    fn drop_empty(&mut self) {
        while self.segments.front().is_some_and(|s| s.left == 0) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        self.read_at = 0;
        if let Some(segment) = self.segments.pop_front()
            && let Err(e) = segment.remove()
        {
            // It is read again at the next start, and the store knows its events.
            tracing::warn!(tag = "WEBHOOK", error = %e, "cannot remove {}", segment.path().display());
        }
        self.open &= !self.segments.is_empty();
    }

    fn look_since(&mut self) {
        let first = self.segments.front().map(|s| s.read(self.read_at));
        self.since = match first {
            Some(Ok(Found::Record(record, _))) => Some(record.at),
            _ => None,
        };
    }
}
