//! Clients and API keys.

use crate::params;
use crate::{Refusal, Result, Row, Sql, Tx, Value};
pub use frontdesk_domain::client::{Client, HOUSE};
use frontdesk_shared::ClientId;
use frontdesk_shared::client::{ClientStatus, Tier};
use serde_json::Value as Json;
use std::collections::BTreeSet;

fn read(r: &Row<'_>) -> Result<Client> {
    Ok(Client {
        id: r.get(0)?,
        key: r.get(1)?,
        name: r.get(2)?,
        email: r.get(3)?,
        phone: r.get(4)?,
        industry: r.get(5)?,
        services: r.json(6)?,
        status: r.word(7, ClientStatus::parse)?,
        paused_reason: r.get(8)?,
        tier: r.word(9, Tier::parse)?,
        timezone: r.get(10)?,
        country: r.get(11)?,
        currency: r.get(12)?,
        value_minor: r.get(13)?,
        agent: r.get(14)?,
        settings: r.json(15)?,
        created_at: r.get(16)?,
        updated_at: r.get(17)?,
    })
}

macro_rules! columns {
    () => {
        "id, key, name, email, phone, industry, services, status, paused_reason, tier, timezone, country, currency, \
         value_minor, agent, settings, created_at, updated_at"
    };
}
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM client ", $rest)
    };
}

/// Adds a client.
///
/// # Errors
/// [`crate::Error::Conflict`] when its key is taken.
pub fn insert(tx: &mut Tx<'_>, c: &Client) -> Result<()> {
    let services = serde_json::json!(c.services).to_string();
    let settings = c.settings.to_string();
    tx.execute(
        concat!(
            "INSERT INTO client (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
        ),
        params![
            c.id,
            &c.key,
            &c.name,
            &c.email,
            &c.phone,
            &c.industry,
            &services,
            c.status.word(),
            c.paused_reason.as_deref(),
            c.tier.word(),
            &c.timezone,
            &c.country,
            &c.currency,
            c.value_minor,
            &c.agent,
            &settings,
            c.created_at,
            c.updated_at
        ],
    )?;
    Ok(())
}

/// Writes a client's changeable parts back.
///
/// # Errors
/// As the statement fails.
pub fn update(tx: &mut Tx<'_>, c: &Client) -> Result<()> {
    let services = serde_json::json!(c.services).to_string();
    let settings = c.settings.to_string();
    tx.execute(
        "UPDATE client SET name = $2, email = $3, phone = $4, industry = $5, services = $6, status = $7,
             paused_reason = $8, tier = $9, timezone = $10, country = $11, currency = $12, value_minor = $13,
             settings = $14, updated_at = $15 WHERE id = $1",
        params![
            c.id,
            &c.name,
            &c.email,
            &c.phone,
            &c.industry,
            &services,
            c.status.word(),
            c.paused_reason.as_deref(),
            c.tier.word(),
            &c.timezone,
            &c.country,
            &c.currency,
            c.value_minor,
            &settings,
            c.updated_at
        ],
    )?;
    Ok(())
}

/// The client of an id.
///
/// # Errors
/// As the statement fails.
pub fn by_id(tx: &mut Tx<'_>, id: ClientId) -> Result<Option<Client>> {
    tx.optional(select!("WHERE id = $1"), params![id], read)
}

/// The client of a key.
///
/// # Errors
/// As the statement fails.
pub fn by_key(tx: &mut Tx<'_>, key: &str) -> Result<Option<Client>> {
    tx.optional(select!("WHERE key = $1"), params![key], read)
}

/// The client of a key, or a refusal that names it.
///
/// # Errors
/// `not_found`.
pub fn need(tx: &mut Tx<'_>, key: &str) -> Result<Client> {
    by_key(tx, key)?.ok_or_else(|| Refusal::not_found(format!("there is no client “{key}”")).into())
}

/// The client whose agent webhook this is.
///
/// # Errors
/// As the statement fails.
pub fn by_agent(tx: &mut Tx<'_>, agent: &str) -> Result<Option<Client>> {
    tx.optional(select!("WHERE agent = $1"), params![agent], read)
}

/// The countries whose numbers clients write without a code.
///
/// # Errors
/// As the statement fails.
pub fn countries(tx: &mut Tx<'_>) -> Result<BTreeSet<String>> {
    let all = tx.all("SELECT DISTINCT country FROM client", &[], |r| r.get(0))?;
    Ok(all.into_iter().collect())
}

/// Every client, by key.
///
/// # Errors
/// As the statement fails.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Client>> {
    tx.all(select!("ORDER BY key"), &[], read)
}

/// Clients whose settings hold a text somewhere, by key: candidates for a closer look, without
/// reading every client's settings.
///
/// # Errors
/// As the statement fails.
pub fn mentioning(tx: &mut Tx<'_>, text: &str) -> Result<Vec<Client>> {
    let literal = Json::from(text).to_string();
    tx.all(
        Sql {
            lite: select!("WHERE instr(settings, $1) > 0 ORDER BY key"),
            pg: select!("WHERE strpos(settings, $1) > 0 ORDER BY key"),
        },
        params![&literal],
        read,
    )
}

/// The client of a house that has no other.
///
/// # Errors
/// As the statement fails.
pub fn only(tx: &mut Tx<'_>) -> Result<Option<Client>> {
    let two = tx.all("SELECT id FROM client LIMIT 2", &[], |r| r.get::<ClientId>(0))?;
    match two.as_slice() {
        [id] => by_id(tx, *id),
        _ => Ok(None),
    }
}

/// Makes other transactions that lock this client wait, and then run again on what this one
/// wrote: hence a change, which a mere row lock would not be. SQLite has one writer anyway.
///
/// # Errors
/// As the statement fails.
pub fn lock(tx: &mut Tx<'_>, id: ClientId) -> Result<()> {
    tx.all(
        Sql { lite: "SELECT 1 WHERE $1 = -1", pg: "UPDATE client SET id = id WHERE id = $1 RETURNING 1" },
        params![id],
        |_| Ok(()),
    )?;
    Ok(())
}

/// The clients of many ids.
///
/// # Errors
/// As the statement fails.
pub fn by_ids(tx: &mut Tx<'_>, ids: &[ClientId]) -> Result<Vec<Client>> {
    let ids: Vec<Value<'_>> = ids.iter().map(|id| Value::from(*id)).collect();
    tx.many(select!("WHERE id = ANY($1)"), &ids, &[], read)
}
