//! Channels by which Google says that something changed in a client's calendar.
//!
//! Must not live here: when one is opened or ended (`frontdeskd`'s jobs), what a push means.

use crate::params;
use crate::{Result, Row, Tx};
use frontdesk_shared::{ClientId, Millis};
use std::fmt;

/// A channel, from the intent to open it on.
#[derive(Clone, PartialEq, Eq)]
pub struct CalendarChannel {
    /// Our name of it.
    pub id: String,
    /// Whose calendar.
    pub client: ClientId,
    /// Google's id of the calendar.
    pub calendar: String,
    /// What each push of it carries.
    pub secret: String,
    /// Google's name of what it watches; empty until it was opened, and of one of unknown fate.
    pub resource: String,
    /// When it ends by itself.
    pub expires_at: Millis,
    /// When we asked for it.
    pub created_at: Millis,
}

// A calendar's id may be a person's address.
impl fmt::Debug for CalendarChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CalendarChannel({} of {:?} until {})", self.id, self.client, self.expires_at.iso())
    }
}

fn read(r: &Row<'_>) -> Result<CalendarChannel> {
    Ok(CalendarChannel {
        id: r.get(0)?,
        client: r.get(1)?,
        calendar: r.get(2)?,
        secret: r.get(3)?,
        resource: r.get(4)?,
        expires_at: r.get(5)?,
        created_at: r.get(6)?,
    })
}

/// Adds one that is about to be asked for.
///
/// # Errors
/// As the statement fails.
pub fn insert(tx: &mut Tx<'_>, c: &CalendarChannel) -> Result<()> {
    tx.execute(
        "INSERT INTO calendar_channel (id, client_id, calendar, secret, resource_id, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![&c.id, c.client, &c.calendar, &c.secret, &c.resource, c.expires_at, c.created_at],
    )?;
    Ok(())
}

/// It is open: what it watches, and until when.
///
/// # Errors
/// As the statement fails.
pub fn opened(tx: &mut Tx<'_>, id: &str, resource: &str, expires_at: Millis) -> Result<()> {
    tx.execute(
        "UPDATE calendar_channel SET resource_id = $2, expires_at = $3 WHERE id = $1",
        params![id, resource, expires_at],
    )?;
    Ok(())
}

/// Forgets one that is over.
///
/// # Errors
/// As the statement fails.
pub fn remove(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute("DELETE FROM calendar_channel WHERE id = $1", params![id])?;
    Ok(())
}

/// One by our name of it.
///
/// # Errors
/// As the statement fails.
pub fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<CalendarChannel>> {
    tx.optional(
        "SELECT id, client_id, calendar, secret, resource_id, expires_at, created_at FROM calendar_channel
         WHERE id = $1",
        params![id],
        read,
    )
}

/// A client's, oldest first.
///
/// # Errors
/// As the statement fails.
pub fn of_client(tx: &mut Tx<'_>, client: ClientId) -> Result<Vec<CalendarChannel>> {
    tx.all(
        "SELECT id, client_id, calendar, secret, resource_id, expires_at, created_at FROM calendar_channel
         WHERE client_id = $1 ORDER BY created_at, id",
        params![client],
        read,
    )
}

/// Everybody's; a client has one or two.
///
/// # Errors
/// As the statement fails.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<CalendarChannel>> {
    tx.all(
        "SELECT id, client_id, calendar, secret, resource_id, expires_at, created_at FROM calendar_channel
         ORDER BY client_id, created_at",
        &[],
        read,
    )
}
