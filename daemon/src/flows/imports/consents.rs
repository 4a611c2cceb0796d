//! Consents as rows give them, and the wordings they agree to.
//!
//! Must not live here: what a row takes back (`refusals`), what a cell means (`frontdesk_domain::intake`).

use super::Ctx;
use frontdesk_domain::intake::{ConsentDraft, DATE_NOT_STATED};
use frontdesk_shared::RowId;
use frontdesk_store::leads::{self, Consent};
use frontdesk_store::{Result, Tx};
use std::collections::HashMap;

/// A consent that a row gives.
pub(super) fn consent(ctx: &Ctx, given: &ConsentDraft, by: &str) -> Consent {
    let mut evidence = given.evidence.clone();
    if given.at.is_none() {
        evidence.push_str(if evidence.is_empty() { "" } else { "; " });
        evidence.push_str(DATE_NOT_STATED);
    }
    Consent {
        id: RowId(ctx.env.id()),
        channels: given.channels.clone(),
        purpose: given.purpose,
        wording: given.text.clone(),
        evidence,
        given_at: given.at.unwrap_or(ctx.now()),
        recorded_by: by.to_owned(),
        revoked_at: None,
    }
}

/// The id of a wording, kept once.
///
/// # Errors
/// As the statements fail.
pub(super) fn statement(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    wording: &str,
    known: &mut HashMap<String, RowId>,
) -> Result<RowId> {
    if let Some(id) = known.get(wording) {
        return Ok(*id);
    }
    let id = leads::statement(tx, wording, RowId(ctx.env.id()))?;
    known.insert(wording.to_owned(), id);
    Ok(id)
}
