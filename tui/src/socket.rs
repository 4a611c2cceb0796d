//! Where the daemon's socket is, and where the console keeps its own log.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Longest path a unix socket can have on Linux, without the closing zero.
pub const MAX_PATH_BYTES: usize = 107;

/// The socket's path: the flag, else where the daemon's own rule puts it.
pub fn resolve(flag: Option<&Path>, env: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let var = |name: &str| env(name).and_then(|v| v.into_string().ok()).filter(|v| !v.trim().is_empty());
    flag.map_or_else(|| frontdesk_shared::place::socket(var), Path::to_owned)
}

/// `frontdesk` in the operator's state directory.
pub fn state_dir(env: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let set = |name: &str| env(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("XDG_STATE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/state")))
        .unwrap_or_else(|| PathBuf::from("."))
        .join("frontdesk")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_and_empty_variables_are_none() {
        let env = |name: &str| match name {
            "FRONTDESK_SOCKET" => Some(OsString::from("")),
            "FRONTDESK_DATA_DIR" => Some(OsString::from("/d")),
            _ => None,
        };
        assert_eq!(resolve(Some(Path::new("/f")), env), Path::new("/f"));
        assert_eq!(resolve(None, env), Path::new("/d/console.sock"));
    }
}
