//! Damaged files of SQLite's: small ones are read through before a start, large ones in the
//! background after it. Who may be called is in that file, so damage stops the dialing.
//!
//! Must not live here: how a file is checked (`store::check`).

use crate::app::App;
use frontdesk_shared::fault::Severity;
use frontdesk_store::clients::HOUSE;
use frontdesk_store::faults::NewFault;
use frontdesk_store::{Error, Result, Target, check, meta};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file up to this size is read before the start: that takes a second at most.
const AT_START_BYTES: u64 = 256 * 1024 * 1024;

/// Whether a file is too large to be read before the start.
pub fn is_large(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.len() > AT_START_BYTES)
}

/// What is wrong with a file.
///
/// # Errors
/// When it cannot be opened.
pub async fn problems(path: PathBuf) -> Result<Vec<String>> {
    let look = tokio::task::spawn_blocking(move || check::problems(&path));
    look.await.map_err(|e| Error::Unavailable(format!("the check of the database ended: {e}")))?
}

/// For the person who must do something about it.
pub fn in_words(path: &Path, problems: &[String]) -> String {
    format!(
        "{} is damaged: {}. Keep a copy of it and put a backup in its place",
        path.display(),
        problems.join("; ")
    )
}

/// Looks at a large file once, while everything runs.
pub async fn look(app: Arc<App>) {
    let Target::Sqlite(path) = app.config.database.clone() else { return };
    if !is_large(&path) {
        return;
    }
    let found = tokio::select! {
        found = problems(path.clone()) => found,
        () = app.shutdown.cancelled() => return,
    };
    match found {
        Ok(problems) if problems.is_empty() => {
            tracing::info!(tag = "DB HEALTH", "the database file is whole");
        }
        Ok(problems) => stop_dialing(&app, in_words(&path, &problems)).await,
        Err(e) => tracing::warn!(tag = "DB HEALTH", error = %e, "the database file could not be checked"),
    }
}

async fn stop_dialing(app: &App, words: String) {
    tracing::error!(tag = "CRITICAL ALERT", "{words}");
    let ctx = app.ctx.clone();
    let told = app
        .store
        .write(move |tx| {
            meta::set(tx, meta::DIALING_PAUSED, Some("the database is damaged"))?;
            meta::note_pause(tx, HOUSE, Some(("daemon", ctx.now())))?;
            let fault = NewFault {
                kind: "db.damaged",
                service: "database",
                client: HOUSE,
                severity: Severity::Critical,
                message: &words,
                subject: ("database", String::new()),
            };
            ctx.fault(tx, &fault)
        })
        .await;
    if let Err(e) = told {
        tracing::error!(tag = "CRITICAL ALERT", error = %e, "dialing cannot be paused: stopping");
        app.shutdown.cancel();
    }
}
