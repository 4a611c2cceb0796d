//! The console's own log: a file, because the terminal belongs to the screen. Lines about the
//! connection and about failures; never data.

use crate::{clock, socket};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A longer file is begun anew.
const LONGEST: u64 = 1024 * 1024;

static FILE: OnceLock<Mutex<File>> = OnceLock::new();

/// Opens `console.log` in the operator's state directory. Without it the console works all the
/// same.
pub fn open() {
    let path = socket::state_dir(|name| std::env::var_os(name)).join("console.log");
    if let Some(file) = open_at(&path) {
        let _ = FILE.set(Mutex::new(file));
    }
}

fn open_at(path: &Path) -> Option<File> {
    std::fs::create_dir_all(path.parent()?).ok()?;
    let long = std::fs::metadata(path).is_ok_and(|m| m.len() > LONGEST);
    let mut options = OpenOptions::new();
    options.create(true);
    if long { options.write(true).truncate(true) } else { options.append(true) }.open(path).ok()
}

/// Writes a line, if there is a file.
pub fn line(text: &str) {
    if let Some(file) = FILE.get() {
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(file, "{} [{}] {text}", clock::wall().iso(), std::process::id());
    }
}
