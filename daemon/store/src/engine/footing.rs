//! Whether the files of an SQLite database are still those that were opened. What is written to a
//! file that has no name any more is lost with the process, so nobody may be told that it is kept.
//!
//! Must not live here: what is inside the files, and what to do about it.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Device and number of a file.
type Identity = (u64, u64);

/// The files of a database as they were when it was opened.
#[derive(Debug)]
pub(crate) struct Footing {
    path: PathBuf,
    file: Identity,
    log_path: PathBuf,
    /// Known from the first commit on, which makes it.
    log: OnceLock<Identity>,
}

fn identity(path: &Path) -> std::io::Result<Identity> {
    fs::metadata(path).map(|about| (about.dev(), about.ino()))
}

/// A file of SQLite's that lies beside a database.
pub fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(what);
    name.into()
}

impl Footing {
    /// Of a file that was just opened.
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        let (file, log_path) = (identity(path)?, beside(path, "-wal"));
        Ok(Self { path: path.to_owned(), file, log_path, log: OnceLock::new() })
    }

    /// Something was committed, so that there is a log.
    pub(crate) fn committed(&self) {
        if self.log.get().is_none()
            && let Ok(log) = identity(&self.log_path)
        {
            let _ = self.log.set(log);
        }
    }

    /// What happened to a file, in words; `None` while they are the same.
    pub(crate) fn lost(&self) -> Option<String> {
        let other = |path: &Path, known: Identity| {
            let found = identity(path);
            let path = path.display();
            match found {
                Ok(now) if now == known => None,
                Ok(_) => Some(format!("{path} was replaced while the daemon runs on it: restart the daemon")),
                Err(e) => Some(format!("{path} is gone ({e}): put it back, or restore a backup and restart")),
            }
        };
        other(&self.path, self.file).or_else(|| other(&self.log_path, *self.log.get()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_or_another_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("desk.db");
        fs::write(&path, "one").unwrap();
        let footing = Footing::of(&path).unwrap();
        assert_eq!(footing.lost(), None);
        let aside = dir.path().join("aside.db");
        fs::rename(&path, &aside).unwrap();
        assert!(footing.lost().unwrap().contains("is gone"));
        fs::write(&path, "two").unwrap();
        assert!(footing.lost().unwrap().contains("was replaced"));
        fs::rename(&aside, &path).unwrap();
        assert_eq!(footing.lost(), None, "the same one again");
        fs::write(beside(&path, "-wal"), "log").unwrap();
        footing.committed();
        assert_eq!(footing.lost(), None);
        fs::remove_file(beside(&path, "-wal")).unwrap();
        assert!(footing.lost().unwrap().contains("-wal is gone"));
    }
}
