//! Where the daemon's socket is. The daemon resolves it by the same rule.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Longest path a unix socket can have on Linux, without the closing zero.
pub const MAX_PATH_BYTES: usize = 107;

/// The socket's path: the flag, else `FRONTDESK_SOCKET`, else `console.sock` in
/// `FRONTDESK_DATA_DIR`, else in the state directory of `XDG_STATE_HOME` or `HOME`.
pub fn resolve(flag: Option<&Path>, env: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let set = |name: &str| env(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(path) = flag {
        return path.to_owned();
    }
    set("FRONTDESK_SOCKET")
        .or_else(|| set("FRONTDESK_DATA_DIR").map(|dir| dir.join("console.sock")))
        .unwrap_or_else(|| state_dir(&env).join("console.sock"))
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

    fn path(flag: Option<&str>, vars: &[(&str, &str)]) -> String {
        let env = |name: &str| vars.iter().find(|(k, _)| *k == name).map(|(_, v)| OsString::from(v));
        resolve(flag.map(Path::new), env).display().to_string()
    }

    #[test]
    fn the_nearest_wish_wins() {
        let all = [
            ("FRONTDESK_SOCKET", "/s/sock"),
            ("FRONTDESK_DATA_DIR", "/d"),
            ("XDG_STATE_HOME", "/x"),
            ("HOME", "/h"),
        ];
        assert_eq!(path(Some("/f"), &all), "/f");
        assert_eq!(path(None, &all), "/s/sock");
        assert_eq!(path(None, &all[1..]), "/d/console.sock");
        assert_eq!(path(None, &all[2..]), "/x/frontdesk/console.sock");
        assert_eq!(path(None, &all[3..]), "/h/.local/state/frontdesk/console.sock");
        assert_eq!(
            path(None, &[("FRONTDESK_SOCKET", ""), ("HOME", "/h")]),
            "/h/.local/state/frontdesk/console.sock"
        );
    }
}
