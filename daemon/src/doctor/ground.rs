//! This machine: configuration, clock, directories, disk, and the store that lies there or elsewhere.

use super::Findings;
use crate::config::Config;
use frontdesk_shared::Millis;
use frontdesk_shared::time::MINUTE;
use frontdesk_store::{Store, Target, migrate};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Less room than this on the disk stops the daemon soon.
const LITTLE: u64 = 256 * 1024 * 1024;
/// Less than this should be looked at.
const SOME: u64 = 2 * 1024 * 1024 * 1024;

/// Configuration, clock, data directory, disk.
pub(super) fn machine(config: &Config, now: Millis, out: &mut Findings) {
    for warning in &config.warnings {
        out.warn("configuration", warning, "frontdeskd check shows what is in effect");
    }
    match &config.house.public_base_url {
        Some(url) if url.scheme() == "https" => out.ok("public address", url.as_str()),
        Some(url) => out.warn(
            "public address",
            format!("{url} is not https"),
            "put a proxy with TLS before it: providers sign and send secrets to this address",
        ),
        None => out.warn(
            "public address",
            "none is set",
            "set PUBLIC_BASE_URL: without it there are no webhooks, replies and links",
        ),
    }
    if jiff::tz::TimeZone::get("Europe/London").is_err() {
        out.fail("clock", "this machine knows no time zones", "install the package tzdata");
    } else {
        out.ok("clock", now.iso());
    }
    let dir = &config.house.data_dir;
    match fs::metadata(dir) {
        Err(e) => out.warn(
            "data directory",
            format!("{}: {e}", dir.display()),
            "it is made at the first start; the daemon's user must be allowed to",
        ),
        Ok(about) => {
            mode(("data directory", dir), about.mode(), "700", out);
            room(dir, out);
        }
    }
    if let Target::Sqlite(path) = &config.database
        && let Ok(about) = fs::metadata(path)
    {
        mode(("database file", path), about.mode(), "600", out);
    }
}

fn mode((about, path): (&str, &Path), mode: u32, wanted: &str, out: &mut Findings) {
    let shown = path.display();
    let remedy = format!("chmod {wanted} {shown}");
    if mode & 0o002 != 0 {
        out.fail(about, format!("everyone on this machine may write to {shown}"), remedy);
    } else if mode & 0o005 != 0 {
        out.warn(about, format!("everyone on this machine may read {shown}"), remedy);
    } else {
        out.ok(about, format!("{shown}, mode {:o}", mode & 0o777));
    }
}

fn room(dir: &Path, out: &mut Findings) {
    let disk = match rustix::fs::statvfs(dir) {
        Ok(disk) => disk,
        Err(e) => return out.warn("disk", format!("cannot be looked at: {e}"), ""),
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let told = format!("{} MB free", free / 1_048_576);
    match free {
        ..LITTLE => out.fail("disk", told, "make room: webhooks cannot be kept without it"),
        LITTLE..SOME => out.warn("disk", told, "make room before it is full"),
        _ => out.ok("disk", told),
    }
}

/// The store as it is; `None` where it cannot be read. Neither a file nor a table is made.
pub(super) async fn store(config: &Config, now: Millis, out: &mut Findings) -> Option<Store> {
    let label = config.database.label();
    if let Target::Sqlite(path) = &config.database
        && !path.exists()
    {
        out.warn("database", format!("{label}: there is none yet"), "start the daemon once: it makes it");
        return None;
    }
    let known = match Store::open(&config.database) {
        Ok(store) => migrate::status(&store).await.map(|status| (store, status)),
        Err(e) => Err(e),
    };
    let (store, status) = match known {
        Ok(known) => known,
        Err(e) => {
            out.fail("database", format!("{label}: {e}"), "see that it runs and DATABASE_URL names it");
            return None;
        }
    };
    out.ok("database", label);
    let pending: Vec<String> =
        status.iter().filter(|s| s.applied_at.is_none()).map(|s| format!("V{}", s.version)).collect();
    let newest = status.iter().filter_map(|s| s.applied_at).max().map(Millis);
    if newest.is_some_and(|at| at.since(now) > MINUTE) {
        let found = format!("it is {}, and the database was changed later", now.iso());
        out.fail("clock", found, "put the clock right (timedatectl): everything due waits for it");
    }
    if pending.is_empty() {
        out.ok("migrations", format!("all {} applied", status.len()));
        return Some(store);
    }
    let found = format!("{} are not applied", pending.join(", "));
    out.warn("migrations", found, "start this version of the daemon, or frontdeskd migrate");
    None
}
