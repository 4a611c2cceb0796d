//! Recorded payloads of providers, in `tests/fixtures`.

use std::path::PathBuf;

/// The bytes of a file below `tests/fixtures`, exactly as they came over the wire.
///
/// # Panics
/// When there is no such file.
pub fn bytes(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("fixture {name}: {e}"))
}

/// A file as JSON, to be changed before it is sent.
///
/// # Panics
/// When there is no such file or it is not JSON.
pub fn json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&bytes(name)).unwrap_or_else(|e| panic!("fixture {name}: {e}"))
}

/// Names of the files in a folder below `tests/fixtures`, sorted.
///
/// # Panics
/// When there is no such folder.
pub fn list(below: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder().join(below)).unwrap_or_else(|e| panic!("fixtures {below}: {e}"));
    let mut names: Vec<String> =
        entries.map(|e| format!("{below}/{}", e.unwrap().file_name().to_string_lossy())).collect();
    names.sort();
    names
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}
