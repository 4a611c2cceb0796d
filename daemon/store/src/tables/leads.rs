//! Leads with what permits or forbids to contact them: consents, suppressions and the contact
//! ledger.

use crate::engine::insert::Insert;
use crate::engine::update::Update;
use crate::engine::value::Kind::{Int, Text};
use crate::imports::Import;
use crate::params;
use crate::{Refusal, Result, Row, Tx, Value};
use frontdesk_domain::gate;
pub use frontdesk_domain::lead::Lead;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{ClientId, ImportId, LeadId, Millis, RowId};
use std::collections::{HashMap, HashSet};

pub use super::suppressions::{
    Suppressing, Suppression, lift, suppress, suppress_all, suppressions, suppressions_of,
};

pub use super::ledger::{
    Contact, contacts, contacts_of, insert_contact, insert_contacts, last_contact, void_contact,
};

macro_rules! columns {
    () => {
        "id, client_id, identity, phone, region, line, name, email, source, zone, state, postcode, external_id, \
         vars, status, hold_rule, hold_reason, next_at, episode, episode_at, attempts, last_attempt_at, \
         last_contact_at, score, score_parts, import_id, created_at, updated_at"
    };
}
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM lead ", $rest)
    };
}

fn read(r: &Row<'_>) -> Result<Lead> {
    Ok(Lead {
        id: r.get(0)?,
        client: r.get(1)?,
        identity: r.get(2)?,
        phone: r.get(3)?,
        region: r.get(4)?,
        line: r.get(5)?,
        name: r.get(6)?,
        email: r.get(7)?,
        source: r.get(8)?,
        zone: r.get(9)?,
        state: r.get(10)?,
        postcode: r.get(11)?,
        external_id: r.get(12)?,
        vars: r.json(13)?,
        status: r.word(14, LeadStatus::parse)?,
        hold_rule: r.get(15)?,
        hold_reason: r.get(16)?,
        next_at: r.get(17)?,
        episode: r.get(18)?,
        episode_at: r.get(19)?,
        attempts: r.get(20)?,
        last_attempt_at: r.get(21)?,
        last_contact_at: r.get(22)?,
        score: r.get(23)?,
        score_parts: r.json(24)?,
        import: r.get(25)?,
        created_at: r.get(26)?,
        updated_at: r.get(27)?,
    })
}

const LEADS: Insert<28> = Insert {
    into: concat!("lead (", columns!(), ")"),
    types: [
        Int, Int, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text,
        Int, Int, Int, Int, Int, Int, Int, Text, Int, Int, Int,
    ],
    then: "",
};

/// Adds leads.
///
/// # Errors
/// [`crate::Error::Conflict`] when one is already known.
pub fn insert<'l>(tx: &mut Tx<'_>, leads: impl IntoIterator<Item = &'l Lead>) -> Result<()> {
    let leads: Vec<&Lead> = leads.into_iter().collect();
    let texts: Vec<_> = leads.iter().map(|lead| json_columns(lead)).collect();
    let rows: Vec<_> = leads.iter().zip(&texts).map(|(l, (vars, parts))| row(l, vars, parts)).collect();
    LEADS.rows(tx, &rows)?;
    Ok(())
}

/// The columns `vars` and `score_parts`.
fn json_columns(l: &Lead) -> (String, String) {
    (serde_json::json!(l.vars).to_string(), serde_json::json!(l.score_parts).to_string())
}

fn row<'a>(l: &'a Lead, vars: &'a str, parts: &'a str) -> [Value<'a>; 28] {
    [
        l.id.into(),
        l.client.into(),
        (&l.identity).into(),
        l.phone.as_deref().into(),
        (&l.region).into(),
        (&l.line).into(),
        (&l.name).into(),
        (&l.email).into(),
        (&l.source).into(),
        l.zone.as_deref().into(),
        l.state.as_deref().into(),
        l.postcode.as_deref().into(),
        l.external_id.as_deref().into(),
        vars.into(),
        l.status.word().into(),
        (&l.hold_rule).into(),
        (&l.hold_reason).into(),
        l.next_at.into(),
        l.episode.into(),
        l.episode_at.into(),
        l.attempts.into(),
        l.last_attempt_at.into(),
        l.last_contact_at.into(),
        l.score.into(),
        parts.into(),
        l.import.into(),
        l.created_at.into(),
        l.updated_at.into(),
    ]
}

const CHANGES: Update<1, 21> = Update {
    table: "lead",
    keys: [("id", Int)],
    sets: [
        ("name", Text),
        ("email", Text),
        ("source", Text),
        ("zone", Text),
        ("state", Text),
        ("postcode", Text),
        ("external_id", Text),
        ("vars", Text),
        ("status", Text),
        ("hold_rule", Text),
        ("hold_reason", Text),
        ("next_at", Int),
        ("episode", Int),
        ("episode_at", Int),
        ("attempts", Int),
        ("last_attempt_at", Int),
        ("last_contact_at", Int),
        ("score", Int),
        ("score_parts", Text),
        ("import_id", Int),
        ("updated_at", Int),
    ],
    kept: &[],
    also: "",
    only: "",
};

/// Writes a lead's changeable parts back.
///
/// # Errors
/// As the statement fails.
pub fn update(tx: &mut Tx<'_>, lead: &Lead) -> Result<()> {
    update_all(tx, [lead])
}

/// Writes the changeable parts of leads back. Each lead may be in it once.
///
/// # Errors
/// As the statements fail.
pub fn update_all<'l>(tx: &mut Tx<'_>, leads: impl IntoIterator<Item = &'l Lead>) -> Result<()> {
    let leads: Vec<_> = leads.into_iter().map(|l| (l, json_columns(l))).collect();
    let rows: Vec<_> = leads.iter().map(|(l, (v, p))| ([l.id.into()], changed(l, v, p))).collect();
    CHANGES.rows(tx, &rows).map(drop)
}

fn changed<'a>(l: &'a Lead, vars: &'a str, parts: &'a str) -> [Value<'a>; 21] {
    [
        (&l.name).into(),
        (&l.email).into(),
        (&l.source).into(),
        l.zone.as_deref().into(),
        l.state.as_deref().into(),
        l.postcode.as_deref().into(),
        l.external_id.as_deref().into(),
        vars.into(),
        l.status.word().into(),
        (&l.hold_rule).into(),
        (&l.hold_reason).into(),
        l.next_at.into(),
        l.episode.into(),
        l.episode_at.into(),
        l.attempts.into(),
        l.last_attempt_at.into(),
        l.last_contact_at.into(),
        l.score.into(),
        parts.into(),
        l.import.into(),
        l.updated_at.into(),
    ]
}

/// The lead of an id.
///
/// # Errors
/// As the statement fails.
pub fn by_id(tx: &mut Tx<'_>, id: LeadId) -> Result<Option<Lead>> {
    tx.optional(select!("WHERE id = $1"), params![id], read)
}

/// The lead of an id, or a refusal that names it.
///
/// # Errors
/// `not_found`.
pub fn need(tx: &mut Tx<'_>, id: LeadId) -> Result<Lead> {
    by_id(tx, id)?.ok_or_else(|| Refusal::not_found(format!("there is no lead {id}")).into())
}

/// Leads of many ids.
///
/// # Errors
/// As the statement fails.
pub fn by_ids(tx: &mut Tx<'_>, ids: &[LeadId]) -> Result<Vec<Lead>> {
    let ids: Vec<Value<'_>> = ids.iter().map(|id| Value::from(*id)).collect();
    tx.many(select!("WHERE id = ANY($1)"), &ids, &[], read)
}

/// A client's lead of an identity.
///
/// # Errors
/// As the statement fails.
pub fn by_identity(tx: &mut Tx<'_>, client: ClientId, identity: &str) -> Result<Option<Lead>> {
    tx.optional(select!("WHERE identity = $1 AND client_id = $2"), params![identity, client], read)
}

/// A client's leads of many identities at once.
///
/// # Errors
/// As the statement fails.
pub fn by_identities(
    tx: &mut Tx<'_>,
    client: ClientId,
    identities: &[&str],
) -> Result<HashMap<String, Lead>> {
    let identities: Vec<Value<'_>> = identities.iter().map(|i| Value::Text(i)).collect();
    let found =
        tx.many(select!("WHERE client_id = $2 AND identity = ANY($1)"), &identities, params![client], read)?;
    Ok(found.into_iter().map(|lead| (lead.identity.clone(), lead)).collect())
}

/// Which of many addresses are suppressed for a client on any channel.
///
/// # Errors
/// As the statement fails.
pub fn suppressed(tx: &mut Tx<'_>, client: ClientId, addresses: &[&str]) -> Result<HashSet<String>> {
    let addresses: Vec<Value<'_>> = addresses.iter().map(|a| Value::Text(a)).collect();
    let found = tx.many(
        "SELECT address FROM suppression WHERE client_id IN (0, $2) AND active AND address = ANY($1)",
        &addresses,
        params![client],
        |r| r.get(0),
    )?;
    Ok(found.into_iter().collect())
}

/// Every client's lead of an identity.
///
/// # Errors
/// As the statement fails.
pub fn all_by_identity(tx: &mut Tx<'_>, identity: &str) -> Result<Vec<Lead>> {
    tx.all(select!("WHERE identity = $1"), params![identity], read)
}

/// Open leads whose enquiry is older than `before`, oldest first; not those who are to be called
/// yet.
///
/// # Errors
/// As the statement fails.
pub fn stale(tx: &mut Tx<'_>, before: Millis, limit: i64) -> Result<Vec<Lead>> {
    tx.all(
        select!(
            "WHERE status IN ('queued', 'held', 'callback') AND episode_at < $1
               AND (last_contact_at IS NULL OR last_contact_at < $1)
               AND (next_at IS NULL OR next_at < $1) ORDER BY episode_at LIMIT $2"
        ),
        params![before, limit],
        read,
    )
}

/// A record of consent.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Its id.
    pub id: RowId,
    /// Which channels it covers.
    pub channels: Vec<Channel>,
    /// What for.
    pub purpose: Purpose,
    /// The wording shown.
    pub wording: String,
    /// Where the proof is.
    pub evidence: String,
    /// When it was given.
    pub given_at: Millis,
    /// Who recorded it here.
    pub recorded_by: String,
    /// When it was taken back.
    pub revoked_at: Option<Millis>,
}

/// A consent on its way in.
#[derive(Clone, Debug)]
pub struct NewConsent {
    /// Whose.
    pub lead: LeadId,
    /// What was consented to.
    pub consent: Consent,
    /// The id of its wording, from [`statement`].
    pub statement: RowId,
}

const CONSENTS: Insert<10> = Insert {
    into: "consent (id, client_id, lead_id, channels, purpose, statement_id, evidence, given_at, recorded_at, recorded_by)",
    types: [Int, Int, Int, Text, Text, Int, Text, Int, Int, Text],
    then: "",
};

/// Adds consents to a client's leads.
///
/// # Errors
/// As the statements fail.
pub fn insert_consents(tx: &mut Tx<'_>, client: ClientId, new: &[NewConsent], now: Millis) -> Result<()> {
    let channels: Vec<String> = new
        .iter()
        .map(|n| n.consent.channels.iter().map(|c| c.word()).collect::<Vec<_>>().join(","))
        .collect();
    let rows: Vec<_> = new
        .iter()
        .zip(&channels)
        .map(|(NewConsent { lead, consent: c, statement }, channels)| {
            [
                c.id.into(),
                client.into(),
                Value::from(*lead),
                channels.into(),
                c.purpose.word().into(),
                Value::from(*statement),
                (&c.evidence).into(),
                c.given_at.into(),
                now.into(),
                (&c.recorded_by).into(),
            ]
        })
        .collect();
    CONSENTS.rows(tx, &rows)?;
    Ok(())
}

/// The id of a wording, which becomes `fresh` when the wording is new.
///
/// # Errors
/// As the statements fail.
pub fn statement(tx: &mut Tx<'_>, wording: &str, fresh: RowId) -> Result<RowId> {
    tx.execute(
        "INSERT INTO statement (id, wording) VALUES ($1, $2) ON CONFLICT (wording) DO NOTHING",
        params![fresh, wording],
    )?;
    tx.one("SELECT id FROM statement WHERE wording = $1", params![wording], |r| r.get(0))
}

/// A lead's consents, oldest first.
///
/// # Errors
/// As the statement fails.
pub fn consents(tx: &mut Tx<'_>, lead: LeadId) -> Result<Vec<Consent>> {
    tx.all(
        "SELECT c.id, c.channels, c.purpose, s.wording, c.evidence, c.given_at, c.recorded_by, c.revoked_at
         FROM consent c JOIN statement s ON s.id = c.statement_id WHERE c.lead_id = $1 ORDER BY c.id",
        params![lead],
        |r| {
            let channels: String = r.get(1)?;
            Ok(Consent {
                id: r.get(0)?,
                channels: channels.split(',').filter_map(Channel::parse).collect(),
                purpose: r.word(2, Purpose::parse)?,
                wording: r.get(3)?,
                evidence: r.get(4)?,
                given_at: r.get(5)?,
                recorded_by: r.get(6)?,
                revoked_at: r.get(7)?,
            })
        },
    )
}

/// Takes back every consent of a lead.
///
/// # Errors
/// As the statement fails.
pub fn revoke_consents(tx: &mut Tx<'_>, lead: LeadId, how: &str, at: Millis) -> Result<u64> {
    tx.execute(
        "UPDATE consent SET revoked_at = $2, revoked_how = $3 WHERE lead_id = $1 AND revoked_at IS NULL",
        params![lead, at, how],
    )
}

/// Gives back the consents of a lead that were taken back at an instant; in stores of earlier versions
/// they bear one that is a moment later.
///
/// # Errors
/// As the statement fails.
pub fn restore_consents(tx: &mut Tx<'_>, lead: LeadId, revoked: Millis) -> Result<u64> {
    tx.execute(
        "UPDATE consent SET revoked_at = NULL, revoked_how = NULL WHERE lead_id = $1 AND revoked_at >= $2 AND revoked_at < $2 + 1000",
        params![lead, revoked],
    )
}

/// Makes consents void that an import brought by mistake: they were never given. The record stays;
/// what it named stands in how it ended, so that nobody takes it for a refusal of the person.
///
/// # Errors
/// As the statement fails.
pub fn void_consents(tx: &mut Tx<'_>, leads: &[LeadId], import: &Import, now: Millis) -> Result<u64> {
    let leads: Vec<Value<'_>> = leads.iter().map(|id| Value::from(*id)).collect();
    let until = import.finished_at.unwrap_or(import.updated_at);
    tx.execute_many(
        "UPDATE consent SET revoked_at = $2, revoked_how = 'import undone: ' || channels, channels = ''
         WHERE lead_id = ANY($1) AND revoked_at IS NULL AND recorded_by = $3 AND recorded_at >= $4 AND recorded_at <= $5",
        &leads,
        params![now, &import.actor, import.created_at, until],
    )
}

/// An import's leads behind one, by id.
///
/// # Errors
/// As the statement fails.
pub fn of_import(tx: &mut Tx<'_>, import: ImportId, after: LeadId, most: i64) -> Result<Vec<Lead>> {
    tx.all(
        select!("WHERE import_id = $1 AND id > $2 ORDER BY id LIMIT $3"),
        params![import, after, most],
        read,
    )
}

/// Every client's leads that have one of many mail addresses, in small letters, whatever they are
/// known by.
///
/// # Errors
/// As the statement fails.
pub fn of_emails(tx: &mut Tx<'_>, emails: &[String]) -> Result<Vec<Lead>> {
    let emails: Vec<Value<'_>> = emails.iter().map(|mail| Value::Text(mail)).collect();
    tx.many(select!("WHERE lower(email) = ANY($1) AND email <> ''"), &emails, &[], read)
}

/// A client's leads that a rule holds, by id.
///
/// # Errors
/// As the statement fails.
pub fn held_by(tx: &mut Tx<'_>, client: ClientId, rule: &str, after: LeadId, most: i64) -> Result<Vec<Lead>> {
    tx.all(
        select!(
            "WHERE client_id = $1 AND status = 'held' AND hold_rule = $2 AND id > $3 ORDER BY id LIMIT $4"
        ),
        params![client, rule, after, most],
        read,
    )
}

/// Every client's leads of many identities.
///
/// # Errors
/// As the statement fails.
pub fn of_identities(tx: &mut Tx<'_>, identities: &[&str]) -> Result<Vec<Lead>> {
    let identities: Vec<Value<'_>> = identities.iter().map(|who| Value::Text(who)).collect();
    tx.many(select!("WHERE identity = ANY($1)"), &identities, &[], read)
}

/// Consents of many leads as the gate weighs them, oldest first.
///
/// # Errors
/// As the statement fails.
pub fn consents_of(tx: &mut Tx<'_>, leads: &[LeadId]) -> Result<Vec<(LeadId, gate::Consent)>> {
    let leads: Vec<Value<'_>> = leads.iter().map(|id| Value::from(*id)).collect();
    let sql = "SELECT c.lead_id, c.channels, c.purpose, s.wording, c.evidence, c.given_at, c.revoked_at
               FROM consent c JOIN statement s ON s.id = c.statement_id WHERE c.lead_id = ANY($1) AND c.channels <> '' ORDER BY c.id";
    tx.many(sql, &leads, &[], |r| {
        let channels: String = r.get(1)?;
        Ok((
            r.get(0)?,
            gate::Consent {
                channels: channels.split(',').filter_map(Channel::parse).collect(),
                purpose: r.word(2, Purpose::parse)?,
                text: r.get(3)?,
                evidence: r.get(4)?,
                at: r.get(5)?,
                revoked_at: r.get(6)?,
            },
        ))
    })
}
