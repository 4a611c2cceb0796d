//! Files on their way in: received into a spool, then read row by row and committed in
//! batches, each with how far the file was read, so that a crash loses and doubles nothing.

mod look;

pub use look::look_at;

use crate::app::App;
use crate::flows::imports::{self as flow, Batch, Judged};
use anyhow::Context as _;
use frontdesk_domain::intake::{self, Row, SeenPhones};
use frontdesk_shared::import::{ImportCounts, ImportSpec, ImportStatus};
use frontdesk_shared::time::SECOND;
use frontdesk_shared::{ImportId, Millis};
use frontdesk_store::clients::{self, Client};
use frontdesk_store::imports::{self, Import};
use frontdesk_store::{Error, Refusal, Result};
use look::Ahead;
use std::fs::{DirBuilder, File};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, mpsc};

/// Rows committed at once: large enough to share a sync, small enough that a webhook behind it
/// waits only a moment.
const ROWS_PER_BATCH: usize = 250;
/// Files larger than this are bulk: their leads give way to single new ones.
const BULK_BYTES: u64 = 16 * 1024;
/// Imports read at once: a small file does not wait for a large one.
const AT_ONCE: usize = 4;
/// Pause before the store is asked again while it is overloaded or away.
const RETRY_MS: i64 = SECOND;
/// Races lost in a row, each of them several times over, after which it was no race.
const RACES: u32 = 30;

/// The spool and the queue of whole files.
#[derive(Debug)]
pub struct Importer {
    dir: PathBuf,
    queue: mpsc::UnboundedSender<ImportId>,
    waiting: Mutex<Option<mpsc::UnboundedReceiver<ImportId>>>,
}

impl Importer {
    /// A spool inside the data directory.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn new(data_dir: &Path) -> anyhow::Result<Self> {
        let dir = data_dir.join("spool");
        // People's numbers are in it: only its owner may enter, also where the data directory
        // is open to others.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .with_context(|| format!("cannot create {}", dir.display()))?;
        // Bounded in effect: each entry is an import that a caller waits for or has started.
        let (queue, waiting) = mpsc::unbounded_channel();
        Ok(Self { dir, queue, waiting: Mutex::new(Some(waiting)) })
    }

    fn path(&self, id: ImportId) -> PathBuf {
        self.dir.join(format!("{id}.import"))
    }
}

/// Starts to receive a file.
///
/// # Errors
/// `not_found` for an unknown client, `conflict` for one that is deactivated.
pub async fn begin(app: &App, spec: ImportSpec, content_type: &str, actor: &str) -> Result<ImportId> {
    let ctx = app.ctx.clone();
    let (content_type, actor) = (content_type.to_owned(), actor.to_owned());
    let id = ImportId(ctx.env.id());
    // The file marks the import as this daemon's own, so that a broken one is given up here. It
    // comes first: a file without an import is found at the next start, an import without a file
    // would be received for ever.
    let path = app.importer.path(id);
    blocking({
        let path = path.clone();
        move || File::create(path).map(drop)
    })
    .await?;
    let begun = app
        .store
        .write(move |tx| {
            let client = clients::need(tx, &spec.client)?;
            if client.status == frontdesk_shared::client::ClientStatus::Deactivated {
                return Err(Refusal::conflict(format!("client “{}” is deactivated", client.key)).into());
            }
            let now = ctx.now();
            let import = Import {
                id,
                client: client.id,
                status: ImportStatus::Receiving,
                spec: spec.clone(),
                content_type: content_type.clone(),
                digest: String::new(),
                node: ctx.node,
                bytes: 0,
                bytes_done: 0,
                next_row: 0,
                counts: ImportCounts::default(),
                columns: Vec::new(),
                actor: actor.clone(),
                note: String::new(),
                created_at: now,
                updated_at: now,
                finished_at: None,
            };
            imports::insert(tx, &import)?;
            flow::tell(tx, &ctx, &import)
        })
        .await;
    if let Err(e) = begun {
        // Whatever else went wrong, the import may be there all the same.
        if matches!(e, Error::Refused(_)) {
            let _ = blocking(move || std::fs::remove_file(path)).await;
        }
        return Err(e);
    }
    frontdesk_env::fail::point("import.begun");
    Ok(id)
}

/// Appends bytes at an offset; the size so far. A piece that came before changes nothing.
///
/// # Errors
/// `conflict` for a gap, [`Error::Unavailable`] when the disk refuses.
pub async fn append(app: &App, id: ImportId, offset: u64, bytes: Vec<u8>) -> Result<u64> {
    let path = app.importer.path(id);
    let limit = app.config.limits.import_bytes;
    blocking(move || {
        let mut file = File::options().create(true).read(true).append(true).open(&path)?;
        let size = file.metadata()?.len();
        if offset > size {
            return Ok(Err(Refusal::conflict(format!(
                "{size} bytes are here, so byte {offset} cannot be next"
            ))
            .into()));
        }
        let skip = usize::try_from(size - offset).unwrap_or(usize::MAX).min(bytes.len());
        if size + (bytes.len() - skip) as u64 > limit {
            return Ok(Err(Refusal::invalid(
                "body",
                format!("the file is larger than {limit} bytes, the most taken"),
            )
            .into()));
        }
        file.write_all(&bytes[skip..])?;
        Ok(Ok(size + (bytes.len() - skip) as u64))
    })
    .await?
}

/// The file is whole: it is made durable and queued to be judged.
///
/// # Errors
/// `conflict` when the import is not receiving any more.
pub async fn finish(app: &App, id: ImportId) -> Result<Import> {
    let path = app.importer.path(id);
    let (size, digest) = blocking(move || {
        let file = File::options().create(true).append(true).read(true).open(&path)?;
        file.sync_all()?;
        let mut hash = blake3::Hasher::new();
        hash.update_reader(File::open(&path)?)?;
        Ok((file.metadata()?.len(), hash.finalize().to_hex().to_string()))
    })
    .await?;
    frontdesk_env::fail::point("import.spooled");
    let ctx = app.ctx.clone();
    let import = app
        .store
        .write(move |tx| {
            let mut import = imports::need(tx, id)?;
            if import.status != ImportStatus::Receiving {
                return Ok(import);
            }
            let now = ctx.now();
            import.bytes = size;
            import.digest.clone_from(&digest);
            import.status = ImportStatus::Running;
            if let Some(same) = imports::same_bytes(tx, import.client, &digest, id)? {
                import.note = format!("the same bytes as import {} of {}", same.id, same.created_at.iso());
            }
            import.updated_at = now;
            imports::update(tx, &import)?;
            flow::tell(tx, &ctx, &import)?;
            Ok(import)
        })
        .await?;
    let _ = app.importer.queue.send(id);
    Ok(import)
}

/// Gives up an import that is still being received.
pub async fn abandon(app: &App, id: ImportId, why: &str) {
    match fail(app, id, why).await {
        Ok(()) => remove(app, id).await,
        // The file stays: the next start finds it, and its import.
        Err(e) => {
            tracing::error!(tag = "IMPORT", import.id = %id, error = %e, "cannot record that an import failed");
        }
    }
}

async fn remove(app: &App, id: ImportId) {
    let path = app.importer.path(id);
    let _ = blocking(move || std::fs::remove_file(path)).await;
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
        if matches!(import.status, ImportStatus::Done | ImportStatus::Failed) {
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
pub async fn resume(app: &App) {
    let dir = app.importer.dir.clone();
    let listed = blocking(move || {
        let names = std::fs::read_dir(&dir)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names
            .filter_map(|name| name.strip_suffix(".import")?.parse::<ImportId>().ok())
            .collect::<Vec<_>>())
    })
    .await;
    let ids = match listed {
        Ok(ids) => ids,
        Err(e) => {
            tracing::error!(tag = "IMPORT", error = %e, "cannot look for unfinished imports");
            return;
        }
    };
    for id in ids {
        match app.store.read(move |tx| imports::need(tx, id)).await.map(|import| import.status) {
            Ok(ImportStatus::Receiving) => {
                abandon(app, id, "the daemon stopped before the whole file had arrived; send it again").await;
            }
            Ok(_) => {
                let _ = app.importer.queue.send(id);
            }
            // The daemon stopped between the file and its import; nobody was promised anything.
            Err(Error::Refused(_)) => remove(app, id).await,
            Err(e) => {
                tracing::error!(tag = "IMPORT", import.id = %id, error = %e, "cannot look at an unfinished import");
            }
        }
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
    tokio::select! {
        () = app.ctx.env.clock.sleep(RETRY_MS) => Ok(true),
        () = app.shutdown.cancelled() => Ok(false),
    }
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
            if matches!(import.status, ImportStatus::Done | ImportStatus::Failed) {
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
