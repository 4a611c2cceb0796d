//! The ground a daemon stands on: its directory, its database file, the descriptors it may have.
//! One daemon a directory, one daemon a file, nothing that others could exchange under it.
//!
//! Must not live here: what is inside the database.

use crate::config::Limits;
use anyhow::Context as _;
use frontdesk_store::{Target, beside};
use rustix::fs::OFlags;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Descriptors kept for everything that is no connection: the store, files, consoles, providers.
const OTHER_DESCRIPTORS: u64 = 256;
/// Whoever may write here could put anything in the daemon's place.
const ANYBODY_WRITES: u32 = 0o002;

/// Raises the limit of open descriptors as far as it goes, and takes no more connections than it
/// leaves room for.
///
/// # Errors
/// When not even a handful of connections would be left.
pub fn fit(limits: &mut Limits) -> anyhow::Result<()> {
    let now = getrlimit(Resource::Nofile);
    let wanted = limits.connections as u64 + OTHER_DESCRIPTORS;
    if now.current.is_some_and(|n| n < wanted) {
        let raised = now.maximum.map_or(wanted, |most| most.min(wanted));
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: now.maximum });
    }
    let Some(most) = getrlimit(Resource::Nofile).current else { return Ok(()) };
    if most >= wanted {
        return Ok(());
    }
    let left = most.saturating_sub(OTHER_DESCRIPTORS);
    if left < 16 {
        anyhow::bail!(
            "only {most} files may be open at once: raise the limit (LimitNOFILE, ulimit -n) to {wanted}"
        );
    }
    tracing::warn!(
        tag = "START",
        "only {most} files may be open at once, so {left} connections instead of {}: raise the limit to {wanted}",
        limits.connections
    );
    limits.connections = usize::try_from(left).unwrap_or(usize::MAX);
    Ok(())
}

/// Makes the data directory ours alone; the lock, and the boots of daemons that had it before.
///
/// # Errors
/// A sentence that names what is in the way.
pub fn lock_data_dir(dir: &Path) -> anyhow::Result<(File, Vec<String>)> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("cannot create the data directory {}", dir.display()))?;
    if fs::metadata(dir).is_ok_and(|m| m.mode() & ANYBODY_WRITES != 0) {
        let dir = dir.display();
        anyhow::bail!(
            "everyone on this machine may write to {dir} and exchange what is in it: chmod 700 {dir}"
        );
    }
    for name in ["spool", "webhook-spool"] {
        let path = dir.join(name);
        if fs::symlink_metadata(&path).is_ok_and(|m| m.file_type().is_symlink()) {
            anyhow::bail!("{} is a symbolic link: files would go where it points", path.display());
        }
    }
    let path = dir.join("daemon.lock");
    let file = lock_file(&path)?;
    let free = file.try_lock().is_ok();
    let said = fs::read_to_string(&path).unwrap_or_default();
    let mut lines = said.lines();
    let pid = lines.next().unwrap_or_default();
    if !free {
        anyhow::bail!("a daemon already runs on {} (process {pid})", dir.display());
    }
    let formers: Vec<String> = lines.filter(|boot| !boot.is_empty()).map(str::to_owned).collect();
    // The former boots stay until this one has taken their place.
    remember(&file, &formers)?;
    Ok((file, formers))
}

/// The boots of daemons that had a data directory, for programs that do not take it.
pub fn formers(dir: &Path) -> Vec<String> {
    let said = fs::read_to_string(dir.join("daemon.lock")).unwrap_or_default();
    said.lines().skip(1).filter(|boot| !boot.is_empty()).map(str::to_owned).collect()
}

/// A file to lock: made for its owner alone, and never somebody else's by a link.
fn lock_file(path: &Path) -> anyhow::Result<File> {
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))
}

/// Keeps boots beside the lock, for the next daemon on the directory.
///
/// # Errors
/// As the disk fails.
pub fn remember(mut lock: &File, boots: &[impl AsRef<str>]) -> anyhow::Result<()> {
    let mut text = format!("{}\n", std::process::id());
    for boot in boots {
        text.push_str(boot.as_ref());
        text.push('\n');
    }
    lock.set_len(0)?;
    lock.rewind()?;
    lock.write_all(text.as_bytes())?;
    Ok(())
}

/// Makes a database file of SQLite's ours alone, whatever data directory another daemon has. A
/// server looks after itself.
///
/// # Errors
/// When another daemon has it, or anybody could exchange it.
pub fn lock_store(target: &Target) -> anyhow::Result<Option<File>> {
    let Target::Sqlite(path) = target else { return Ok(None) };
    if fs::metadata(path).is_ok_and(|m| m.mode() & ANYBODY_WRITES != 0) {
        let path = path.display();
        anyhow::bail!("everyone on this machine may write to the database {path}: chmod 600 {path}");
    }
    if fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_symlink()) {
        tracing::warn!(tag = "START", "the database {} is a symbolic link", path.display());
    }
    let real = real(path);
    let mut name = real.clone().into_os_string();
    name.push(".lock");
    let file = lock_file(Path::new(&name))?;
    if file.try_lock().is_err() {
        let pid = fs::read_to_string(&name).unwrap_or_default();
        anyhow::bail!("another daemon has the database {} (process {})", real.display(), pid.trim());
    }
    remember(&file, &[] as &[&str])?;
    Ok(Some(file))
}

/// Where a file is, by whatever name it is called.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let parent = fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned());
        path.file_name().map_or_else(|| path.to_owned(), |name| parent.join(name))
    })
}

/// Refuses to begin an empty installation where one lived: a database file that is gone or empty
/// while its log lies beside it, or while the data directory remembers a daemon. `formers` are the
/// boots of daemons that had the directory, and `new` is set by whoever means it.
///
/// # Errors
/// A sentence that names the files and what can be done.
pub fn expect_store(target: &Target, formers: &[String], new: bool) -> anyhow::Result<()> {
    let Target::Sqlite(path) = target else { return Ok(()) };
    let size = fs::metadata(path).map(|about| about.len()).unwrap_or_default();
    if new || size > 0 {
        return Ok(());
    }
    let database = path.display();
    let state = if path.exists() { "is empty" } else { "is not there" };
    let ways = "put it back or restore a backup, and start again; to begin an empty installation for good";
    let left: Vec<String> = ["-wal", "-shm"]
        .iter()
        .map(|what| beside(path, what))
        .filter(|file| file.exists())
        .map(|file| file.display().to_string())
        .collect();
    if !left.is_empty() {
        let left = left.join(" and ");
        anyhow::bail!(
            "the database {database} {state}, and {left} of it {} left, which opening it would destroy: {ways}, \
             move that away and set FRONTDESK_NEW_DATABASE=true for one start",
            if left.contains(" and ") { "are" } else { "is" }
        );
    }
    if path.exists() || !formers.is_empty() {
        let lived = if formers.is_empty() { "" } else { ", and an installation has lived here" };
        anyhow::bail!(
            "the database {database} {state}{lived}: {ways}, set FRONTDESK_NEW_DATABASE=true for one start"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn one_file_has_one_owner_by_whatever_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("desk.db");
        let target = Target::Sqlite(path.clone());
        let held = lock_store(&target).unwrap().expect("a lock");
        assert!(lock_store(&target).unwrap_err().to_string().contains("another daemon has the database"));
        fs::write(&path, "").unwrap();
        let other = dir.path().join("other.db");
        symlink(&path, &other).unwrap();
        assert!(lock_store(&Target::Sqlite(other.clone())).is_err(), "by a link");
        drop(held);
        assert!(lock_store(&Target::Sqlite(other)).is_ok());
    }

    #[test]
    fn what_anybody_could_exchange_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let open = dir.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(lock_data_dir(&open).unwrap_err().to_string().contains("chmod 700"));
        fs::set_permissions(&open, fs::Permissions::from_mode(0o700)).unwrap();
        symlink("/tmp", open.join("spool")).unwrap();
        assert!(lock_data_dir(&open).unwrap_err().to_string().contains("symbolic link"));
        fs::remove_file(open.join("spool")).unwrap();
        symlink(dir.path().join("victim"), open.join("daemon.lock")).unwrap();
        assert!(lock_data_dir(&open).is_err() && !dir.path().join("victim").exists());
        let db = dir.path().join("desk.db");
        fs::write(&db, "").unwrap();
        fs::set_permissions(&db, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(lock_store(&Target::Sqlite(db)).is_err());
    }

    #[test]
    fn an_installation_that_lived_here_is_not_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("desk.db");
        let target = Target::Sqlite(path.clone());
        let refused = |formers: &[String]| expect_store(&target, formers, false).err().map(|e| e.to_string());
        let formers = ["0123".to_owned()];
        assert_eq!(refused(&[]), None, "the first start of all");
        assert!(refused(&formers).unwrap().contains("has lived here"));
        fs::write(&path, "").unwrap();
        assert!(refused(&[]).unwrap().contains("is empty"));
        fs::write(beside(&path, "-wal"), "log").unwrap();
        fs::write(beside(&path, "-shm"), "map").unwrap();
        let said = refused(&[]).unwrap();
        assert!(said.contains("desk.db-wal and") && said.contains("FRONTDESK_NEW_DATABASE"), "{said}");
        assert!(expect_store(&target, &formers, true).is_ok(), "who says so may");
        fs::write(&path, "data").unwrap();
        assert_eq!(refused(&formers), None);
    }
}
