//! A do-not-call list came: leads that it held are asked about again, a page at a time. A page that is
//! written is not read again, so the job may stop and start anywhere.

use super::{Settlement, Verdict};
use crate::app::App;
use crate::flows::screening;
use frontdesk_shared::LeadId;
use frontdesk_store::jobs::Job;

/// Leads in one transaction.
const PAGE: i64 = 100;

pub(super) async fn run(app: &App, job: &Job) -> Settlement {
    let (client, mut after, mut looked, mut planned) = (job.client, LeadId(0), 0, 0);
    loop {
        let ctx = app.ctx.clone();
        let page = app.store.write(move |tx| screening::ask_again(tx, &ctx, client, after, PAGE)).await;
        match page {
            Ok(page) => {
                looked += page.leads;
                planned += page.planned;
                let Some(last) = page.last else {
                    return Settlement::just(Verdict::Done(format!(
                        "{looked} held leads asked about, {planned} planned"
                    )));
                };
                after = last;
            }
            Err(e) => return Settlement::just(Verdict::Again(e.to_string())),
        }
    }
}
