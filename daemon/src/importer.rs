//! Files on their way in: received into a spool, then read row by row and committed in
//! batches, each with how far the file was read, so that a crash loses and doubles nothing.

mod look;
mod room;
mod upload;

pub use look::look_at;
pub use upload::{Upload, begin};

use crate::app::App;
use crate::config::Limits;
use crate::flows::imports::{self as flow, Batch, Judged};
use anyhow::Context as _;
use frontdesk_domain::intake::{self, Row, SeenPhones};
use frontdesk_shared::import::ImportStatus;
use frontdesk_shared::{ImportId, Millis};
use frontdesk_store::clients::{self, Client};
use frontdesk_store::imports::{self, Import};
use frontdesk_store::{Error, Result};
use look::Ahead;
use room::Room;
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// What a file is called until all of it is there.
const PART: &str = ".part";
/// Rows committed at once: large enough to share a sync, small enough that a webhook behind it
/// waits only a moment.
const ROWS_PER_BATCH: usize = 250;
/// Files larger than this are bulk: their leads give way to single new ones.
const BULK_BYTES: u64 = 16 * 1024;
/// Imports read at once: a small file does not wait for a large one.
const AT_ONCE: usize = 4;
/// Pause before the store is asked again while it is overloaded or away.
const RETRY: Duration = Duration::from_secs(1);
/// Races lost in a row, each of them several times over, after which it was no race.
const RACES: u32 = 30;

/// The spool and the queue of whole files.
#[derive(Debug)]
pub struct Importer {
    dir: PathBuf,
    room: Arc<Room>,
    /// Uploads of an earlier run that never became whole; their files are gone.
    broken: Mutex<Vec<ImportId>>,
    queue: mpsc::UnboundedSender<ImportId>,
    waiting: Mutex<Option<mpsc::UnboundedReceiver<ImportId>>>,
}

impl Importer {
    /// A spool inside the data directory. What was being received when the daemon last ended is
    /// deleted here, before anything else writes: it may be what fills the disk.
    ///
    /// # Errors
    /// When the directory cannot be made or read.
    pub fn new(data_dir: &Path, limits: &Limits) -> anyhow::Result<Self> {
        let dir = data_dir.join("spool");
        // People's numbers are in it: only its owner may enter, also where the data directory
        // is open to others.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .with_context(|| format!("cannot create {}", dir.display()))?;
        let room = Room::new(&dir, limits);
        let mut broken = Vec::new();
        let entries = std::fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))?;
        for entry in entries.filter_map(std::io::Result::ok) {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Some(id) = name.strip_suffix(PART).and_then(|id| id.parse().ok()) else { continue };
            std::fs::remove_file(entry.path()).with_context(|| format!("cannot delete {name}"))?;
            broken.push(id);
        }
        // Bounded in effect: each entry is an import that a caller waits for or has started.
        let (queue, waiting) = mpsc::unbounded_channel();
        let (broken, waiting) = (Mutex::new(broken), Mutex::new(Some(waiting)));
        Ok(Self { dir, room, broken, queue, waiting })
    }

    /// A whole file.
    fn path(&self, id: ImportId) -> PathBuf {
        self.dir.join(format!("{id}.import"))
    }

    /// A file on its way.
    fn part(&self, id: ImportId) -> PathBuf {
        self.dir.join(format!("{id}{PART}"))
    }
}

async fn remove(app: &App, id: ImportId) {
    let path = app.importer.path(id);
    let _ = blocking(move || std::fs::remove_file(path)).await;
    app.importer.room.gone(id);
}

/// Resolves when an import is over.
///
/// # Errors
/// As the store fails.
pub async fn over(app: &App, id: ImportId) -> Result<Import> {
    let mut commits = app.store.commits();
    loop {
        commits.mark_unchanged();
        let import = app.store.read(move |tx| imports::need(tx, id)).await?;
        if import.status.is_over() {
            return Ok(import);
        }
        tokio::select! {
            changed = commits.changed() => if changed.is_err() { return Ok(import) },
            () = app.shutdown.cancelled() => return Err(Error::Unavailable("the daemon is stopping; the import goes on when it is back".into())),
        }
    }
}

/// Judges whole files until shutdown.
pub async fn work(app: Arc<App>) {
    let Some(mut queue) = app.importer.waiting.lock().unwrap_or_else(PoisonError::into_inner).take() else {
        return;
    };
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = tokio::task::JoinSet::new();
    loop {
        let id = tokio::select! {
            id = queue.recv() => match id { Some(id) => id, None => break },
            () = app.shutdown.cancelled() => break,
        };
        let Ok(permit) = room.clone().acquire_owned().await else { break };
        let app = app.clone();
        running.spawn(async move {
            judge(&app, id).await;
            drop(permit);
        });
    }
    while running.join_next().await.is_some() {}
}

/// Takes up what the spool of this data directory holds: the daemon's number may have changed
/// meanwhile, the files have not. Before anybody can begin a new import: one that is just
/// arriving looks the same as one that broke off.
pub async fn resume(app: &Arc<App>) {
    let dir = app.importer.dir.clone();
    let listed = blocking(move || {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&dir)?.filter_map(std::io::Result::ok) {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Some(id) = name.strip_suffix(".import").and_then(|id| id.parse::<ImportId>().ok()) else {
                continue;
            };
            found.push((id, entry.metadata().map_or(0, |m| m.len())));
        }
        Ok(found)
    })
    .await;
    let files = match listed {
        Ok(files) => files,
        Err(e) => {
            tracing::error!(tag = "IMPORT", error = %e, "cannot look for unfinished imports");
            return;
        }
    };
    let mut broken = std::mem::take(&mut *app.importer.broken.lock().unwrap_or_else(PoisonError::into_inner));
    for (id, bytes) in files {
        match app.store.read(move |tx| imports::need(tx, id)).await {
            Ok(import) if import.status == ImportStatus::Receiving => {
                remove(app, id).await;
                broken.push(id);
            }
            Ok(import) => {
                app.importer.room.found(id, import.client.0, bytes);
                let _ = app.importer.queue.send(id);
            }
            // The daemon stopped between the file and its import; nobody was promised anything.
            Err(Error::Refused(_)) => remove(app, id).await,
            Err(e) => {
                tracing::error!(tag = "IMPORT", import.id = %id, error = %e, "cannot look at an unfinished import");
            }
        }
    }
    let node = app.ctx.node;
    match app.store.read(move |tx| imports::receiving(tx, node)).await {
        Ok(lost) => broken.extend(lost),
        Err(e) => tracing::error!(tag = "IMPORT", error = %e, "cannot look for broken uploads"),
    }
    broken.sort_unstable();
    broken.dedup();
    for id in broken {
        let why = "the daemon stopped before the whole file had arrived; send it again";
        tokio::spawn(upload::record_broken(app.clone(), id, why));
    }
}

async fn judge(app: &Arc<App>, id: ImportId) {
    let why = match judge_all(app, id).await {
        Ok(true) => return remove(app, id).await,
        // Stopped half-way: the file stays, and the next start goes on.
        Ok(false) => return,
        Err(why) => why,
    };
    tracing::warn!(tag = "IMPORT", import.id = %id, error = %why, "import failed");
    let mut races = 0;
    while let Err(e) = fail(app, id, &why).await {
        match wait(app, e, &mut races).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(e) => {
                tracing::error!(tag = "IMPORT", import.id = %id, error = %e, "cannot record that an import failed");
                return;
            }
        }
    }
    remove(app, id).await;
}

/// Waits until the store may be asked again; `false` on shutdown.
///
/// # Errors
/// What will not pass by itself, in words.
async fn wait(app: &App, e: Error, races: &mut u32) -> std::result::Result<bool, String> {
    if !e.is_passing() {
        return Err(e.to_string());
    }
    if let Error::Retry(why) = e {
        *races += 1;
        if *races > RACES {
            return Err(format!("the store refuses its rows: {why}"));
        }
    }
    // Of this process, not of the world: a clock that stands still must not keep a file.
    Ok(tokio::time::timeout(RETRY, app.shutdown.cancelled()).await.is_err())
}

/// Judges what is left of a file; `false` when shutdown came first.
///
/// # Errors
/// Why the import cannot go on, in words.
async fn judge_all(app: &Arc<App>, id: ImportId) -> std::result::Result<bool, String> {
    let mut races = 0;
    let (import, client) = loop {
        let found = app.store.read(move |tx| {
            let import = imports::need(tx, id)?;
            let client = clients::by_id(tx, import.client)?;
            Ok((import, client))
        });
        match found.await {
            Ok((import, Some(client))) => break (import, client),
            Ok((_, None)) => return Err("its client is gone".into()),
            Err(e) => {
                if !wait(app, e, &mut races).await? {
                    return Ok(false);
                }
            }
        }
    };
    if import.status != ImportStatus::Running {
        return Ok(true);
    }
    let (send, mut batches) = mpsc::channel::<std::result::Result<Batch, String>>(2);
    let reading = {
        // The same "now" when the import is resumed.
        let (now, seed) = (import.created_at, app.ctx.env.bits());
        let (import, client, path) = (import.clone(), client.clone(), app.importer.path(id));
        tokio::task::spawn_blocking(move || read(&import, &client, &path, now, seed, &send))
    };
    let mut finished = false;
    while let Some(batch) = batches.recv().await {
        let batch = Arc::new(batch?);
        finished = batch.last;
        if !commit(app, &client, &import, &batch).await? {
            return Ok(false);
        }
    }
    reading.await.map_err(|_| "reading the file broke off".to_owned())?;
    Ok(finished)
}

/// Commits a batch, however long the store takes to be there again; `false` on shutdown.
async fn commit(
    app: &Arc<App>,
    client: &Client,
    import: &Import,
    batch: &Arc<Batch>,
) -> std::result::Result<bool, String> {
    let mut races = 0;
    loop {
        if app.shutdown.is_cancelled() {
            return Ok(false);
        }
        let (ctx, client, import, batch) = (app.ctx.clone(), client.clone(), import.clone(), batch.clone());
        match app.store.write(move |tx| flow::commit(tx, &ctx, &client, &import, &batch)).await {
            Ok(_) => {
                frontdesk_env::fail::point("import.batch");
                return Ok(true);
            }
            Err(e) => {
                if !wait(app, e, &mut races).await? {
                    return Ok(false);
                }
            }
        }
    }
}

/// Reads the file on a thread of its own, in constant memory.
fn read(
    import: &Import,
    client: &Client,
    path: &Path,
    now: Millis,
    seed: u64,
    send: &mpsc::Sender<std::result::Result<Batch, String>>,
) {
    let outcome = (|| -> std::result::Result<(), String> {
        let content_type = Some(import.content_type.as_str()).filter(|c| !c.is_empty());
        let open = || {
            let file = File::open(path).map_err(|e| format!("cannot open the spooled file: {e}"))?;
            intake::open_for(Box::new(file), content_type, &import.spec, Some(&client.country), now)
                .map_err(|e| e.to_string())
        };
        let mut rows = open()?;
        let region = import.spec.country.clone().or_else(|| Some(client.country.clone()));
        let ahead = Ahead::look(&mut rows, import.bytes, region.as_deref(), seed, open)?;
        if import.next_row > 0 {
            rows.skip_to(import.next_row).map_err(|e| e.to_string())?;
        }
        let mut seen = SeenPhones::new(seed);
        let mut batch: Vec<Judged> = Vec::with_capacity(ROWS_PER_BATCH);
        let mut next_row = import.next_row;
        loop {
            let row = rows.next().transpose().map_err(|e| e.to_string())?;
            let last = row.is_none();
            if let Some(row) = row {
                next_row = number(&row) + 1;
                batch.push(ahead.apply(look_at(row, region.as_deref(), &mut seen)?));
            }
            if last || batch.len() >= ROWS_PER_BATCH {
                let piece = Batch {
                    rows: std::mem::take(&mut batch),
                    bytes_done: if last { import.bytes } else { rows.bytes_done() },
                    next_row,
                    columns: rows.columns().describe(),
                    notes: rows.columns().notes.clone(),
                    last,
                    bulk: import.bytes > BULK_BYTES,
                };
                // The other side hangs up on shutdown or failure.
                if send.blocking_send(Ok(piece)).is_err() || last {
                    return Ok(());
                }
            }
        }
    })();
    if let Err(problem) = outcome {
        let _ = send.blocking_send(Err(problem));
    }
}

fn number(row: &Row) -> u64 {
    match row {
        Row::Draft(draft) => draft.row,
        Row::Rejected(rejects) => rejects.last().map_or(0, |r| r.row),
    }
}

async fn fail(app: &App, id: ImportId, why: &str) -> Result<()> {
    let (ctx, why) = (app.ctx.clone(), why.to_owned());
    app.store
        .write(move |tx| {
            let mut import = imports::need(tx, id)?;
            if import.status.is_over() {
                return Ok(());
            }
            let now = ctx.now();
            import.status = ImportStatus::Failed;
            import.note.clone_from(&why);
            import.updated_at = now;
            import.finished_at = Some(now);
            imports::update(tx, &import)?;
            flow::tell(tx, &ctx, &import)
        })
        .await
}

async fn blocking<T: Send + 'static>(f: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(f)
        .await
        .map_err(|_| Error::Unavailable("the disk thread broke off".into()))?
        .map_err(|e| Error::Unavailable(format!("the spool: {e}")))
}
