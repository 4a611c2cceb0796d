//! Events: appended by every transaction that changes something.

use super::{Result, Tx};
use crate::params;
use frontdesk_shared::{ClientId, LeadId, Millis};
use serde_json::Value as Json;

/// An event on its way into the log.
#[derive(Debug)]
pub struct NewEvent<'a> {
    /// When.
    pub at: Millis,
    /// What; see [`frontdesk_shared::event::kind`].
    pub kind: &'a str,
    /// Whose; 0 is the house.
    pub client: ClientId,
    /// The lead it belongs to, so that a lead's story can be told.
    pub lead: Option<LeadId>,
    /// What it is about, such as `call`.
    pub subject: &'a str,
    /// Id of what it is about.
    pub subject_id: &'a str,
    /// Who caused it.
    pub actor: &'a str,
    /// One line for people, without phone numbers or message bodies.
    pub text: &'a str,
    /// Further facts, without personal data.
    pub data: Json,
}

/// Appends one event.
///
/// # Errors
/// As the statement fails.
pub fn append(tx: &mut Tx<'_>, event: &NewEvent<'_>) -> Result<()> {
    let data = event.data.to_string();
    tx.execute(
        "INSERT INTO event (at, kind, client_id, lead_id, subject, subject_id, actor, text, data)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            event.at,
            event.kind,
            event.client,
            event.lead,
            event.subject,
            event.subject_id,
            event.actor,
            event.text,
            &data
        ],
    )?;
    Ok(())
}
