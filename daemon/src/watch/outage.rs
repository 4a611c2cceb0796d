//! Outages of the database: noticed at the first transaction that fails, shown while they last,
//! asked about every second, and told as a fault once they are over.
//!
//! One task; it also empties the spool, because the first thing that works again is its sign.
//! Must not live here: files of the spool, and how an outage is recognised (`store`).

use crate::app::App;
use crate::spool::{Waiting, drain};
use frontdesk_shared::Millis;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::time::short_duration;
use frontdesk_store::clients::HOUSE;
use frontdesk_store::faults::NewFault;
use frontdesk_store::{Error, Result};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Pause before the database is asked again. Of this process, not of the world: a clock that
/// stands still must not keep it from coming back.
const RETRY: Duration = Duration::from_secs(1);

/// The database is away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    /// Since when.
    pub since: Millis,
    /// What it said.
    pub why: String,
    /// How often it failed in a row: the transaction that noticed, and every question since.
    pub failures: u64,
}

/// Whether the database is away.
#[derive(Debug, Default)]
pub struct Outage(Mutex<Option<Away>>);

impl Outage {
    /// Since when and why, while it is.
    pub fn away(&self) -> Option<Away> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts a failure; whether it is the first.
    fn failed(&self, now: Millis, why: &str) -> bool {
        let mut away = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let away = away.get_or_insert_with(|| Away { since: now, why: why.to_owned(), failures: 0 });
        away.failures += 1;
        away.failures == 1
    }

    fn over(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What waits, in words: `12 webhooks wait in the spool`.
pub fn waiting_words(waiting: Waiting) -> String {
    match waiting.count {
        0 => "no webhook waits in the spool".to_owned(),
        1 => "1 webhook waits in the spool".to_owned(),
        n => format!("{n} webhooks wait in the spool"),
    }
}

/// Attends to outages until shutdown.
pub async fn attend(app: Arc<App>) {
    let mut trouble = app.store.trouble();
    // Without a spool this never changes: the sender lives here.
    let (_never, none) = tokio::sync::watch::channel(Waiting::default());
    let mut waiting = app.spool.as_ref().map_or(none, crate::spool::Spool::changes);
    loop {
        let why = tokio::select! {
            () = app.shutdown.cancelled() => return,
            told = trouble.wait_for(Option::is_some) => told.ok().and_then(|t| t.clone()),
            _ = waiting.wait_for(|w| w.count > 0) => None,
        };
        let mut drained = Drained::default();
        if let Some(why) = why {
            note(&app, &why);
        }
        // Nothing is tried at once: a database that fails now and then would otherwise be reported
        // as often as it fails.
        let mut failed = app.outage.away().is_some();
        loop {
            if failed && tokio::time::timeout(RETRY, app.shutdown.cancelled()).await.is_ok() {
                return;
            }
            match recover(&app, &mut drained).await {
                Ok(()) => break,
                Err(Error::Unavailable(why)) => note(&app, &why),
                Err(e) => tracing::warn!(tag = "WEBHOOK", error = %e, "the spool has to wait"),
            }
            failed = true;
        }
        app.store.well();
        app.outage.over();
    }
}

/// What came out of the spool in one go.
#[derive(Debug, Default)]
struct Drained {
    count: usize,
    since: Option<Millis>,
}

fn note(app: &App, why: &str) {
    if !app.outage.failed(app.ctx.now(), why) {
        return;
    }
    if let Some(lost) = app.store.lost() {
        tracing::error!(tag = "CRITICAL ALERT", "{lost}");
    }
    let then = if app.spool.is_some() {
        "verified webhooks go to the spool"
    } else {
        "webhooks and requests that must be kept are answered 503"
    };
    tracing::error!(tag = "DB HEALTH", error = why, "the database is away: {then}");
}

/// Empties the spool and tells what happened. Telling is the write that shows that it is over.
async fn recover(app: &App, drained: &mut Drained) -> Result<()> {
    if let Some(spool) = &app.spool {
        loop {
            let since = spool.waiting().since;
            match drain::step(app, spool).await? {
                0 => break,
                n => {
                    drained.since = drained.since.or(since);
                    drained.count += n;
                }
            }
        }
    }
    let now = app.ctx.now();
    let spooled = match (drained.count, drained.since) {
        (0, _) => String::new(),
        (n, since) => {
            let since = since.map_or_else(String::new, |at| format!(", the first of {},", at.iso()));
            format!("{n} webhook{} of the spool{since} applied in order", if n == 1 { "" } else { "s" })
        }
    };
    let (kind, message) = match (app.outage.away(), drained.count) {
        (None, 0) => return Ok(()),
        (None, _) => {
            let why = "the database was busy, or away when the daemon last ran";
            ("webhooks.waited", format!("{spooled}: {why}"))
        }
        (Some(away), _) => {
            let label = app.config.database.label();
            let lasted = short_duration(now.since(away.since));
            let spooled = if spooled.is_empty() { spooled } else { format!("; {spooled}") };
            let since = away.since.iso();
            ("db.away", format!("{label} was away for {lasted} since {since}: {}{spooled}", away.why))
        }
    };
    let (ctx, text) = (app.ctx.clone(), message.clone());
    app.store
        .write(move |tx| {
            let fault = NewFault {
                kind,
                service: "database",
                client: HOUSE,
                severity: Severity::Warning,
                message: &text,
                subject: ("database", String::new()),
            };
            ctx.fault(tx, &fault)
        })
        .await?;
    tracing::warn!(tag = "DB HEALTH", "{message}");
    *drained = Drained::default();
    Ok(())
}
