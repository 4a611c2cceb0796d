//! Room for uploads on the disk: so much in all, so much for one client, and never the last of the
//! disk, which webhooks of every client need.

use crate::config::Limits;
use frontdesk_shared::ImportId;
use frontdesk_store::{Refusal, Result};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// On a small disk the reserve is this part of it.
const PART_OF_DISK: u64 = 10;

#[derive(Debug, Default)]
struct Files {
    /// Client and bytes of each file.
    by_import: HashMap<ImportId, (i64, u64)>,
    /// Uploads on their way, by client.
    coming: HashMap<i64, HashSet<ImportId>>,
}

impl Files {
    fn bytes_of(&self, client: i64) -> u64 {
        self.by_import.values().filter(|(owner, _)| *owner == client).map(|(_, bytes)| bytes).sum()
    }
}

/// What lies in the spool, and what may.
#[derive(Debug)]
pub(super) struct Room {
    dir: PathBuf,
    bytes: u64,
    client_bytes: u64,
    client_uploads: usize,
    reserve: u64,
    files: Mutex<Files>,
}

fn full(text: String) -> Refusal {
    Refusal { code: "no_room", field: None, text }
}

impl Room {
    pub(super) fn new(dir: &Path, limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            dir: dir.to_owned(),
            bytes: limits.upload_bytes,
            client_bytes: limits.client_upload_bytes,
            client_uploads: limits.client_uploads,
            reserve: limits.disk_reserve_bytes,
            files: Mutex::default(),
        })
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client begins to send a file. A single lead is no file on its way: all of it is here, and
    /// takes nobody's place.
    ///
    /// # Errors
    /// `no_room` where it sends as many files as it may.
    pub(super) fn begin(&self, id: ImportId, client: i64, single: bool) -> Result<()> {
        let mut files = self.files();
        if single {
            files.by_import.insert(id, (client, 0));
            return Ok(());
        }
        let coming = files.coming.entry(client).or_default();
        if coming.len() >= self.client_uploads {
            let most = self.client_uploads;
            return Err(
                full(format!("{most} uploads of this client are on their way: finish one first")).into()
            );
        }
        coming.insert(id);
        files.by_import.insert(id, (client, 0));
        Ok(())
    }

    /// A file is not on its way any more, whatever came of it.
    pub(super) fn arrived(&self, client: i64, id: ImportId) {
        let mut files = self.files();
        if let Some(coming) = files.coming.get_mut(&client) {
            coming.remove(&id);
            if coming.is_empty() {
                files.coming.remove(&client);
            }
        }
    }

    /// A file of an earlier run.
    pub(super) fn found(&self, id: ImportId, client: i64, bytes: u64) {
        self.files().by_import.insert(id, (client, bytes));
    }

    /// A file was deleted.
    pub(super) fn gone(&self, id: ImportId) {
        self.files().by_import.remove(&id);
    }

    /// Takes room for `more` bytes of a file. Asks the disk, so it blocks a little.
    ///
    /// # Errors
    /// `no_room`, which says of what there is none.
    pub(super) fn grow(&self, id: ImportId, more: u64) -> Result<()> {
        let mut files = self.files();
        let Some((client, bytes)) = files.by_import.get(&id).copied() else {
            return Err(Refusal::conflict("the upload was given up").into());
        };
        let own = files.bytes_of(client) + more;
        if own > self.client_bytes {
            let text =
                format!("uploads of this client may take {} bytes until they are read", self.client_bytes);
            return Err(full(text).into());
        }
        if files.by_import.values().map(|(_, bytes)| bytes).sum::<u64>() + more > self.bytes {
            let text = format!("uploads may take {} bytes in all until they are read", self.bytes);
            return Err(full(text).into());
        }
        // A disk that does not say is asked by writing.
        if let Ok(disk) = rustix::fs::statvfs(&self.dir) {
            let reserve = self.reserve.min(disk.f_blocks.saturating_mul(disk.f_frsize) / PART_OF_DISK);
            if disk.f_bavail.saturating_mul(disk.f_frsize) < reserve.saturating_add(more) {
                let text = "the disk is nearly full: what is left of it is kept for webhooks";
                return Err(full(text.to_owned()).into());
            }
        }
        files.by_import.insert(id, (client, bytes + more));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_store::Error;

    fn room(reserve: u64) -> (tempfile::TempDir, Arc<Room>) {
        let dir = tempfile::tempdir().unwrap();
        let environ = [("HOME".to_owned(), dir.path().display().to_string())].into_iter().collect();
        let mut limits = crate::config::load(&environ, &crate::config::Disk).unwrap().config.limits;
        (limits.upload_bytes, limits.client_upload_bytes, limits.client_uploads) = (100, 60, 2);
        limits.disk_reserve_bytes = reserve;
        let room = Room::new(dir.path(), &limits);
        (dir, room)
    }

    fn is_full(result: &Result<()>) -> bool {
        matches!(result, Err(Error::Refused(Refusal { code: "no_room", .. })))
    }

    #[test]
    fn one_client_leaves_room_and_what_is_gone_gives_it_back() {
        let (_dir, room) = room(0);
        let id = ImportId;
        room.begin(id(1), 7, false).unwrap();
        room.begin(id(2), 7, false).unwrap();
        assert!(is_full(&room.begin(id(3), 7, false)));
        room.begin(id(4), 8, false).unwrap();
        room.grow(id(1), 40).unwrap();
        assert!(is_full(&room.grow(id(2), 21)), "more than one client may");
        room.grow(id(2), 20).unwrap();
        assert!(is_full(&room.grow(id(4), 41)), "more than all may");
        room.gone(id(1));
        room.begin(id(6), 7, true).expect("a single lead takes nobody's place");
        room.gone(id(6));
        room.arrived(7, id(1));
        room.grow(id(4), 41).unwrap();
        assert!(room.grow(id(1), 1).is_err(), "who was given up takes no more");
        room.begin(id(5), 7, false).unwrap();
    }

    #[test]
    fn the_last_of_the_disk_is_not_for_uploads() {
        let (_dir, room) = room(u64::MAX);
        room.begin(ImportId(1), 7, false).unwrap();
        // A tenth of the disk at most is kept, so this only fails where less than that is free.
        let disk = rustix::fs::statvfs(&room.dir).unwrap();
        let nearly_full = disk.f_bavail < disk.f_blocks / PART_OF_DISK;
        assert_eq!(is_full(&room.grow(ImportId(1), 1)), nearly_full);
    }
}
