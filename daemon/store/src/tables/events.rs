//! Events: appended by every transaction that changes something.

use crate::engine::insert::Insert;
use crate::engine::value::Kind::{Int, Text};
use crate::{Result, Tx, Value};
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

/// An event that waits for the end of its transaction.
#[derive(Debug)]
pub(crate) struct Pending {
    at: Millis,
    kind: String,
    client: ClientId,
    lead: Option<LeadId>,
    subject: String,
    subject_id: String,
    actor: String,
    text: String,
    data: String,
}

/// Events that may wait at most.
const MOST_PENDING: usize = 512;
const EVENTS: Insert<9> = Insert {
    into: "event (at, kind, client_id, lead_id, subject, subject_id, actor, text, data)",
    types: [Int, Text, Int, Int, Text, Text, Text, Text, Text],
    then: "",
};

/// Appends one event. It is written at the end of the transaction at the latest, together with
/// those that come after it; a transaction does not read its own events.
///
/// # Errors
/// As the statements fail.
pub fn append(tx: &mut Tx<'_>, event: &NewEvent<'_>) -> Result<()> {
    tx.events.push(Pending {
        at: event.at,
        kind: event.kind.to_owned(),
        client: event.client,
        lead: event.lead,
        subject: event.subject.to_owned(),
        subject_id: event.subject_id.to_owned(),
        actor: event.actor.to_owned(),
        text: event.text.to_owned(),
        data: event.data.to_string(),
    });
    if tx.events.len() < MOST_PENDING { Ok(()) } else { write_pending(tx) }
}

/// Writes what waits.
///
/// # Errors
/// As the statements fail.
pub(crate) fn write_pending(tx: &mut Tx<'_>) -> Result<()> {
    if tx.events.is_empty() {
        return Ok(());
    }
    let pending = std::mem::take(&mut tx.events);
    let rows: Vec<[Value<'_>; 9]> = pending
        .iter()
        .map(|e| {
            [
                e.at.into(),
                (&e.kind).into(),
                e.client.into(),
                e.lead.into(),
                (&e.subject).into(),
                (&e.subject_id).into(),
                (&e.actor).into(),
                (&e.text).into(),
                (&e.data).into(),
            ]
        })
        .collect();
    EVENTS.rows(tx, &rows).map(drop)
}
