//! An import is undone, a page of its leads at a time. What is closed stays closed, so the job may
//! stop and start anywhere.

use super::{Settlement, Verdict};
use crate::app::App;
use crate::flows::undo_import;
use frontdesk_domain::job::UndoImport;
use frontdesk_shared::LeadId;
use frontdesk_store::jobs::Job;

/// Leads in one transaction.
const PAGE: i64 = 250;

pub(super) async fn run(app: &App, job: &Job) -> Settlement {
    let told = match job.arguments::<UndoImport>() {
        Ok(told) => told,
        Err(e) => return Settlement::just(Verdict::Stop(e.to_string())),
    };
    let mut after = LeadId(0);
    loop {
        let (ctx, page) = (app.ctx.clone(), told.clone());
        let closed = app.store.write(move |tx| undo_import::page(tx, &ctx, &page, after, PAGE)).await;
        match closed {
            Ok(Some(last)) => after = last,
            Ok(None) => break,
            Err(e) => return Settlement::just(Verdict::Again(e.to_string())),
        }
    }
    let ctx = app.ctx.clone();
    match app.store.write(move |tx| undo_import::finish(tx, &ctx, &told)).await {
        Ok(text) => Settlement::just(Verdict::Done(text)),
        Err(e) => Settlement::just(Verdict::Again(e.to_string())),
    }
}
