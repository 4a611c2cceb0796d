//! Where the daemon keeps its things and the console finds it: one rule for both programs.

use std::path::PathBuf;

/// File name of the console's socket inside the data directory.
pub const SOCKET: &str = "console.sock";

/// The data directory where none is configured: `FRONTDESK_DATA_DIR`, else the user's own data
/// directory, else the system's. `var` answers with an environment variable that is set and
/// not empty.
pub fn data_dir(var: impl Fn(&str) -> Option<String>) -> PathBuf {
    if let Some(dir) = var("FRONTDESK_DATA_DIR") {
        return PathBuf::from(dir);
    }
    match (var("XDG_DATA_HOME"), var("HOME")) {
        (Some(data), _) => PathBuf::from(data).join("frontdesk"),
        (None, Some(home)) => PathBuf::from(home).join(".local/share/frontdesk"),
        (None, None) => PathBuf::from("/var/lib/frontdesk"),
    }
}

/// The console's socket: `FRONTDESK_SOCKET`, else [`SOCKET`] in the data directory.
pub fn socket(var: impl Fn(&str) -> Option<String>) -> PathBuf {
    var("FRONTDESK_SOCKET").map_or_else(|| data_dir(var).join(SOCKET), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_wish_wins() {
        let all = [
            ("FRONTDESK_SOCKET", "/s/sock"),
            ("FRONTDESK_DATA_DIR", "/d"),
            ("XDG_DATA_HOME", "/x"),
            ("HOME", "/h"),
        ];
        let of = |from: usize| {
            let vars = &all[from..];
            let var = |name: &str| vars.iter().find(|(k, _)| *k == name).map(|(_, v)| (*v).to_owned());
            socket(var).display().to_string()
        };
        assert_eq!(of(0), "/s/sock");
        assert_eq!(of(1), "/d/console.sock");
        assert_eq!(of(2), "/x/frontdesk/console.sock");
        assert_eq!(of(3), "/h/.local/share/frontdesk/console.sock");
        assert_eq!(of(4), "/var/lib/frontdesk/console.sock");
    }
}
