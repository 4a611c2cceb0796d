//! A file on its way in. Dropping it before it is whole deletes what is there at once, whatever the
//! store can do at that moment; that the import failed is recorded as soon as it can be.

use super::{blocking, fail};
use crate::app::App;
use crate::flows::clients::Asker;
use crate::flows::imports as flow;
use frontdesk_shared::ImportId;
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::import::{ImportCounts, ImportSpec, ImportStatus};
use frontdesk_store::imports::{self, Import};
use frontdesk_store::{Engine, Error, Refusal, Result, Tx, clients};
use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// Pause before the store is asked again to record what broke off. Of this process, not of the
/// world: a clock that stands still must not keep it.
const RETRY: Duration = Duration::from_secs(1);

const BROKE_OFF: &str = "the upload broke off";
/// How often a server that can be away is asked.
const TRIES: usize = 5;

/// A file that is being received.
#[derive(Debug)]
pub struct Upload {
    app: Arc<App>,
    id: ImportId,
    client: i64,
    /// Nothing is left to be cleared away.
    whole: bool,
}

/// Starts to receive a file.
///
/// # Errors
/// `not_found` for an unknown client, `conflict` for one that is deactivated, `no_room` where it
/// sends as many as it may.
pub async fn begin(app: &Arc<App>, spec: ImportSpec, content_type: &str, actor: &str) -> Result<Upload> {
    let ctx = app.ctx.clone();
    let (content_type, actor) = (content_type.to_owned(), actor.to_owned());
    let id = ImportId(ctx.env.id());
    let named = spec.client.clone();
    let client = app.store.read(move |tx| clients::need(tx, &named)).await?;
    let refused = |key: &str| Error::from(Refusal::conflict(format!("client “{key}” is deactivated")));
    if client.status == ClientStatus::Deactivated {
        return Err(refused(&client.key));
    }
    app.importer.room.begin(id, client.id.0, spec.single)?;
    // From here on whatever goes wrong drops the upload, and with it the file.
    let upload = Upload { app: app.clone(), id, client: client.id.0, whole: false };
    let path = app.importer.part(id);
    blocking(move || File::create(path).map(drop)).await?;
    persist(app, move |tx| {
        // Asked again after an answer was lost.
        if imports::need(tx, id).is_ok() {
            return Ok(());
        }
        let client = clients::need(tx, &spec.client)?;
        if client.status == ClientStatus::Deactivated {
            return Err(refused(&client.key));
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
    .await?;
    frontdesk_env::fail::point("import.begun");
    Ok(upload)
}

impl Upload {
    /// Its import's id.
    pub fn id(&self) -> ImportId {
        self.id
    }

    /// Appends bytes at an offset; the size so far. A piece that came before changes nothing.
    ///
    /// # Errors
    /// `conflict` for a gap, `no_room` past a bound, [`Error::Unavailable`] when the disk refuses.
    pub async fn append(&mut self, offset: u64, bytes: Vec<u8>) -> Result<u64> {
        let (id, path) = (self.id, self.app.importer.part(self.id));
        let (limit, room) = (self.app.config.limits.import_bytes, self.app.importer.room.clone());
        blocking(move || {
            let mut file = File::options().read(true).append(true).open(&path)?;
            let size = file.metadata()?.len();
            if offset > size {
                return Ok(Err(Refusal::conflict(format!(
                    "{size} bytes are here, so byte {offset} cannot be next"
                ))
                .into()));
            }
            let skip = usize::try_from(size - offset).unwrap_or(usize::MAX).min(bytes.len());
            let more = (bytes.len() - skip) as u64;
            if size + more > limit {
                return Ok(Err(Refusal::invalid(
                    "body",
                    format!("the file is larger than {limit} bytes, the most taken"),
                )
                .into()));
            }
            if let Err(e) = room.grow(id, more) {
                return Ok(Err(e));
            }
            file.write_all(&bytes[skip..])?;
            Ok(Ok(size + more))
        })
        .await?
    }

    /// Gives the file up, and records it before somebody is answered where that is possible.
    pub async fn give_up(mut self) {
        self.unlink();
        let recorded = fail(&self.app, self.id, BROKE_OFF).await;
        if matches!(recorded, Ok(()) | Err(Error::Refused(_))) {
            self.whole = true;
        }
    }

    /// Deletes what is there. One unlink each: neither takes longer than a moment.
    fn unlink(&self) {
        let importer = &self.app.importer;
        let _ = std::fs::remove_file(importer.part(self.id));
        let _ = std::fs::remove_file(importer.path(self.id));
        importer.room.gone(self.id);
    }

    /// The file is whole: it is made durable, kept in the name of whoever brought it, and queued
    /// to be judged.
    ///
    /// # Errors
    /// As the disk and the store fail; the upload is given up then.
    pub async fn finish(mut self, actor: &str, address: &str) -> Result<Import> {
        let (id, importer) = (self.id, &self.app.importer);
        let (part, path, dir) = (importer.part(id), importer.path(id), importer.dir.clone());
        let (size, digest) = blocking(move || {
            let file = File::options().append(true).read(true).open(&part)?;
            file.sync_all()?;
            let mut hash = blake3::Hasher::new();
            hash.update_reader(File::open(&part)?)?;
            std::fs::rename(&part, &path)?;
            // The name must not be lost either: by it a start knows that the file is whole.
            File::open(&dir)?.sync_all()?;
            Ok((file.metadata()?.len(), hash.finalize().to_hex().to_string()))
        })
        .await?;
        frontdesk_env::fail::point("import.spooled");
        let ctx = self.app.ctx.clone();
        let (actor, address) = (actor.to_owned(), address.to_owned());
        let finished = persist(&self.app, move |tx| {
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
            flow::brought(tx, &ctx, &import, Asker { actor: &actor, address: &address })?;
            flow::tell(tx, &ctx, &import)?;
            Ok(import)
        });
        let import = finished.await?;
        self.whole = true;
        let _ = self.app.importer.queue.send(id);
        Ok(import)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let importer = &self.app.importer;
        if self.whole {
            importer.room.arrived(self.client, self.id);
            return;
        }
        self.unlink();
        let (app, id, client) = (self.app.clone(), self.id, self.client);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                record_broken(app.clone(), id, BROKE_OFF).await;
                app.importer.room.arrived(client, id);
            });
        }
    }
}

/// Writes; a server that was away for a moment is asked again, because the file is here already.
async fn persist<T: Send + 'static>(
    app: &App,
    f: impl FnMut(&mut Tx<'_>) -> Result<T> + Clone + Send + 'static,
) -> Result<T> {
    let tries = if app.store.engine() == Engine::Postgres { TRIES } else { 1 };
    for _ in 1..tries {
        match app.store.write(f.clone()).await {
            Err(e) if e.is_passing() => {
                if tokio::time::timeout(RETRY, app.shutdown.cancelled()).await.is_ok() {
                    return Err(e);
                }
            }
            other => return other,
        }
    }
    app.store.write(f).await
}

/// Records that an upload broke off, however long the store takes to take it.
pub(super) async fn record_broken(app: Arc<App>, id: ImportId, why: &str) {
    loop {
        match fail(&app, id, why).await {
            // There may be no such import: nobody was promised one.
            Ok(()) | Err(Error::Refused(_)) => return,
            Err(e) => tracing::debug!(tag = "IMPORT", import.id = %id, error = %e, "an upload broke off"),
        }
        if tokio::time::timeout(RETRY, app.shutdown.cancelled()).await.is_ok() {
            return;
        }
    }
}
