//! The contact ledger: every contact attempt with a lead, on any channel.

use crate::engine::insert::Insert;
use crate::engine::value::Kind::{Int, Text};
use crate::params;
use crate::{Result, Tx, Value};
use frontdesk_domain::lead::Lead;
use frontdesk_domain::records;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::{CallId, LeadId, Millis, RowId};

/// One past contact.
#[derive(Clone, Copy, Debug)]
pub struct Contact {
    /// How.
    pub channel: Channel,
    /// In which enquiry.
    pub episode: i64,
    /// When.
    pub at: Millis,
}

/// Contacts with a lead since an instant, newest first.
///
/// # Errors
/// As the statement fails.
pub fn contacts(tx: &mut Tx<'_>, lead: LeadId, since: Millis) -> Result<Vec<Contact>> {
    tx.all(
        "SELECT channel, episode, at FROM contact WHERE lead_id = $1 AND at >= $2 ORDER BY at DESC",
        params![lead, since],
        |r| Ok(Contact { channel: r.word(0, Channel::parse)?, episode: r.get(1)?, at: r.get(2)? }),
    )
}

/// Writes a contact into the ledger.
///
/// # Errors
/// As the statement fails.
pub fn insert_contact(
    tx: &mut Tx<'_>,
    id: RowId,
    lead: &Lead,
    channel: Channel,
    call: Option<CallId>,
    at: Millis,
) -> Result<()> {
    tx.execute(
        "INSERT INTO contact (id, client_id, lead_id, channel, episode, at, call_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![id, lead.client, lead.id, channel.word(), lead.episode, at, call],
    )?;
    Ok(())
}

/// Removes the ledger entry of a call that turned out never to have rung.
///
/// # Errors
/// As the statement fails.
pub fn void_contact(tx: &mut Tx<'_>, call: CallId) -> Result<()> {
    tx.execute("DELETE FROM contact WHERE call_id = $1", params![call])?;
    Ok(())
}

/// The instant of a lead's last contact, from the ledger.
///
/// # Errors
/// As the statement fails.
pub fn last_contact(tx: &mut Tx<'_>, lead: LeadId) -> Result<Option<Millis>> {
    tx.one("SELECT max(at) FROM contact WHERE lead_id = $1", params![lead], |r| r.get(0))
}

/// Contacts with many leads, newest first.
///
/// # Errors
/// As the statement fails.
pub fn contacts_of(tx: &mut Tx<'_>, leads: &[LeadId]) -> Result<Vec<records::Contact>> {
    let leads: Vec<Value<'_>> = leads.iter().map(|id| Value::from(*id)).collect();
    let sql = "SELECT id, client_id, lead_id, channel, episode, at, call_id FROM contact
               WHERE lead_id = ANY($1) ORDER BY at DESC";
    tx.many(sql, &leads, &[], |r| {
        Ok(records::Contact {
            id: r.get(0)?,
            client: r.get(1)?,
            lead: r.get(2)?,
            channel: r.word(3, Channel::parse)?,
            episode: r.get(4)?,
            at: r.get(5)?,
            call: r.get(6)?,
        })
    })
}

const CONTACTS: Insert<7> = Insert {
    into: "contact (id, client_id, lead_id, channel, episode, at, call_id)",
    types: [Int, Int, Int, Text, Int, Int, Int],
    then: "",
};

/// Writes contacts into the ledger.
///
/// # Errors
/// As the statements fail.
pub fn insert_contacts(tx: &mut Tx<'_>, contacts: &[records::Contact]) -> Result<()> {
    let rows: Vec<[Value<'_>; 7]> = contacts
        .iter()
        .map(|c| {
            [
                c.id.into(),
                c.client.into(),
                Value::from(c.lead),
                c.channel.word().into(),
                c.episode.into(),
                c.at.into(),
                c.call.into(),
            ]
        })
        .collect();
    CONTACTS.rows(tx, &rows).map(drop)
}
