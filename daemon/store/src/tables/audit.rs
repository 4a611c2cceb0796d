//! The audit trail: who did what, and the receipts that make an action happen once.

use crate::params;
use crate::{Result, Tx};
use frontdesk_shared::{ClientId, Millis, RowId};

/// An action to record.
#[derive(Clone, Debug)]
pub struct NewAudit<'a> {
    /// Who.
    pub actor: &'a str,
    /// What, such as `retry_job`.
    pub action: &'a str,
    /// On what.
    pub subject: &'a str,
    /// Whose; 0 is the house.
    pub client: ClientId,
    /// Further facts in words.
    pub detail: &'a str,
    /// From where; empty for the console.
    pub address: &'a str,
    /// The request's own id: the same one is done once.
    pub request: Option<&'a str>,
    /// What was answered.
    pub receipt: &'a str,
}

/// Records an action.
///
/// # Errors
/// [`crate::Error::Conflict`] when the request was recorded before.
pub fn insert(tx: &mut Tx<'_>, id: RowId, a: &NewAudit<'_>, now: Millis) -> Result<()> {
    tx.execute(
        "INSERT INTO audit (id, at, actor, action, subject, client_id, detail, address, request, receipt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![id, now, a.actor, a.action, a.subject, a.client, a.detail, a.address, a.request, a.receipt],
    )?;
    Ok(())
}

/// The receipt of a request that was done before.
///
/// # Errors
/// As the statement fails.
pub fn receipt(tx: &mut Tx<'_>, request: &str) -> Result<Option<String>> {
    tx.optional("SELECT receipt FROM audit WHERE request = $1", params![request], |r| r.get(0))
}
