//! Messages: texts and emails, sent and received, and what they say.
//!
//! Must not live here: who may be written to, and what a report means (`frontdesk_domain::sending`).

use crate::engine::insert::Insert;
use crate::engine::update::Update;
use crate::engine::value::Kind::{Bool, Int, Text};
use crate::params;
use crate::{Result, Row, Tx, Value};
use frontdesk_domain::message::kinds::Kind;
use frontdesk_domain::sending::ANSWERS;
pub use frontdesk_domain::sending::{Message, MessageText, SentAbout};
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::message::{MessageDirection, MessageStatus};
use frontdesk_shared::{AppointmentId, ClientId, JobId, LeadId, MessageId, Millis};
use std::collections::BTreeMap;

macro_rules! columns {
    () => {
        "id, client_id, lead_id, appointment_id, job_id, direction, channel, kind, purpose, provider, provider_id, \
         mail_id, address, sender, who, status, code, why, sequence, segments, cost_micros, lookups, sandbox, \
         created_at, updated_at"
    };
}
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM message ", $rest)
    };
}

fn read(r: &Row<'_>) -> Result<Message> {
    Ok(Message {
        id: r.get(0)?,
        client: r.get(1)?,
        lead: r.get(2)?,
        appointment: r.get(3)?,
        job: r.get(4)?,
        direction: r.word(5, MessageDirection::parse)?,
        channel: r.word(6, Channel::parse)?,
        kind: r.get(7)?,
        purpose: r.word(8, Purpose::parse)?,
        provider: r.get(9)?,
        provider_id: r.get(10)?,
        mail_id: r.get(11)?,
        address: r.get(12)?,
        sender: r.get(13)?,
        who: r.get(14)?,
        status: r.word(15, MessageStatus::parse)?,
        code: r.get(16)?,
        why: r.get(17)?,
        sequence: r.get(18)?,
        segments: r.get(19)?,
        cost_micros: r.get(20)?,
        lookups: r.get(21)?,
        sandbox: r.get(22)?,
        created_at: r.get(23)?,
        updated_at: r.get(24)?,
    })
}

const MESSAGES: Insert<25> = Insert {
    into: concat!("message (", columns!(), ")"),
    types: [
        Int, Int, Int, Int, Int, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text,
        Text, Int, Int, Int, Int, Bool, Int, Int,
    ],
    then: "",
};

/// Adds messages.
///
/// # Errors
/// [`crate::Error::Conflict`] when the provider's id of one is already there.
pub fn insert<'m>(tx: &mut Tx<'_>, messages: impl IntoIterator<Item = &'m Message>) -> Result<()> {
    let rows: Vec<_> = messages.into_iter().map(row).collect();
    MESSAGES.rows(tx, &rows).map(drop)
}

fn row(m: &Message) -> [Value<'_>; 25] {
    [
        m.id.into(),
        m.client.into(),
        m.lead.into(),
        m.appointment.into(),
        m.job.into(),
        m.direction.word().into(),
        m.channel.word().into(),
        (&m.kind).into(),
        m.purpose.word().into(),
        (&m.provider).into(),
        m.provider_id.as_deref().into(),
        m.mail_id.as_deref().into(),
        (&m.address).into(),
        (&m.sender).into(),
        (&m.who).into(),
        m.status.word().into(),
        (&m.code).into(),
        (&m.why).into(),
        m.sequence.into(),
        m.segments.into(),
        m.cost_micros.into(),
        m.lookups.into(),
        m.sandbox.into(),
        m.created_at.into(),
        m.updated_at.into(),
    ]
}

const CHANGES: Update<1, 8> = Update {
    table: "message",
    keys: [("id", Int)],
    sets: [
        ("provider_id", Text),
        ("status", Text),
        ("code", Text),
        ("why", Text),
        ("segments", Int),
        ("cost_micros", Int),
        ("lookups", Int),
        ("updated_at", Int),
    ],
    kept: &[],
    also: "",
    only: "",
};

/// Writes the changeable parts of messages back. Each may be in it once.
///
/// # Errors
/// [`crate::Error::Conflict`] when another one has the provider's id.
pub fn update_all<'m>(tx: &mut Tx<'_>, messages: impl IntoIterator<Item = &'m Message>) -> Result<()> {
    let changed = |m: &'m Message| -> [Value<'m>; 8] {
        [
            m.provider_id.as_deref().into(),
            m.status.word().into(),
            (&m.code).into(),
            (&m.why).into(),
            m.segments.into(),
            m.cost_micros.into(),
            m.lookups.into(),
            m.updated_at.into(),
        ]
    };
    let rows: Vec<_> = messages.into_iter().map(|m| ([m.id.into()], changed(m))).collect();
    CHANGES.rows(tx, &rows).map(drop)
}

const TEXTS: Insert<4> = Insert {
    into: "message_text (message_id, subject, body, html)",
    types: [Int, Text, Text, Text],
    then: "",
};

/// Keeps what messages say. It never changes: it is the proof of what was sent.
///
/// # Errors
/// As the statements fail.
pub fn insert_texts(tx: &mut Tx<'_>, texts: &BTreeMap<MessageId, MessageText>) -> Result<()> {
    let rows: Vec<[Value<'_>; 4]> = texts
        .iter()
        .map(|(id, t)| [(*id).into(), (&t.subject).into(), (&t.body).into(), (&t.html).into()])
        .collect();
    TEXTS.rows(tx, &rows).map(drop)
}

/// What a message says.
///
/// # Errors
/// As the statement fails.
pub fn text(tx: &mut Tx<'_>, message: MessageId) -> Result<Option<MessageText>> {
    tx.optional("SELECT subject, body, html FROM message_text WHERE message_id = $1", params![message], |r| {
        Ok(MessageText { subject: r.get(0)?, body: r.get(1)?, html: r.get(2)? })
    })
}

/// The messages of many ids.
///
/// # Errors
/// As the statement fails.
pub fn by_ids(tx: &mut Tx<'_>, ids: &[MessageId]) -> Result<Vec<Message>> {
    let ids: Vec<Value<'_>> = ids.iter().map(|id| Value::from(*id)).collect();
    tx.many(select!("WHERE id = ANY($1)"), &ids, &[], read)
}

/// Messages by a provider's ids.
///
/// # Errors
/// As the statement fails.
pub fn by_provider_ids(tx: &mut Tx<'_>, provider: &str, ids: &[&str]) -> Result<Vec<Message>> {
    let ids: Vec<Value<'_>> = ids.iter().map(|id| Value::from(*id)).collect();
    tx.many(select!("WHERE provider_id = ANY($1) AND provider = $2"), &ids, params![provider], read)
}

/// The messages that jobs are sending.
///
/// # Errors
/// As the statement fails.
pub fn sending_of_jobs(tx: &mut Tx<'_>, jobs: &[JobId]) -> Result<Vec<Message>> {
    let jobs: Vec<Value<'_>> = jobs.iter().map(|id| Value::from(*id)).collect();
    tx.many(select!("WHERE job_id = ANY($1) AND status = 'sending'"), &jobs, &[], read)
}

/// The last text sent to each of many leads.
///
/// # Errors
/// As the statement fails.
pub fn last_texts(tx: &mut Tx<'_>, leads: &[LeadId]) -> Result<Vec<Message>> {
    let mut out = Vec::new();
    for lead in leads {
        out.extend(tx.optional(
            select!(
                "WHERE lead_id = $1 AND direction = 'outbound' AND channel = 'sms' \
                 AND status NOT IN ('refused', 'failed') ORDER BY id DESC LIMIT 1"
            ),
            params![*lead],
            read,
        )?);
    }
    Ok(out)
}

/// When each of many leads last wrote.
///
/// # Errors
/// As the statement fails.
pub fn last_replies(tx: &mut Tx<'_>, leads: &[LeadId]) -> Result<Vec<(LeadId, Millis)>> {
    let leads: Vec<Value<'_>> = leads.iter().map(|id| Value::from(*id)).collect();
    let sql = "SELECT lead_id, max(created_at) FROM message
               WHERE lead_id = ANY($1) AND direction = 'inbound' GROUP BY lead_id";
    tx.many(sql, &leads, &[], |r| Ok((r.get(0)?, r.get(1)?)))
}

/// What was sent about each of many appointments, by its state and the channel.
///
/// # Errors
/// As the statement fails.
pub fn sent_about(
    tx: &mut Tx<'_>,
    appointments: &[AppointmentId],
) -> Result<Vec<(AppointmentId, SentAbout)>> {
    let ids: Vec<Value<'_>> = appointments.iter().map(|id| Value::from(*id)).collect();
    let sql = "SELECT appointment_id, sequence, channel, count(*), max(created_at) FROM message
               WHERE appointment_id = ANY($1) AND direction = 'outbound' AND status <> 'refused'
               GROUP BY appointment_id, sequence, channel";
    tx.many(sql, &ids, &[], |r| {
        let sent = SentAbout {
            sequence: r.get(1)?,
            channel: r.word(2, Channel::parse)?,
            count: u32::try_from(r.get::<i64>(3)?).unwrap_or(u32::MAX),
            last_at: r.get(4)?,
        };
        Ok((r.get(0)?, sent))
    })
}

/// Messages about appointments that went to each of many leads between two instants, by channel.
/// Answers to STOP and HELP are none.
///
/// # Errors
/// As the statement fails.
pub fn written_within(
    tx: &mut Tx<'_>,
    leads: &[LeadId],
    (since, until): (Millis, Millis),
) -> Result<Vec<(LeadId, Channel, u32)>> {
    let leads: Vec<Value<'_>> = leads.iter().map(|id| Value::from(*id)).collect();
    let [confirmed, help] = ANSWERS.map(Kind::word);
    let sql = "SELECT lead_id, channel, count(*) FROM message
               WHERE lead_id = ANY($1) AND direction = 'outbound' AND created_at > $2 AND created_at <= $3
                   AND purpose <> $4 AND status <> 'refused' AND kind <> $5 AND kind <> $6
               GROUP BY lead_id, channel";
    tx.many(sql, &leads, params![since, until, Purpose::Marketing.word(), confirmed, help], |r| {
        Ok((r.get(0)?, r.word(1, Channel::parse)?, u32::try_from(r.get::<i64>(2)?).unwrap_or(u32::MAX)))
    })
}

/// Messages of each client that went out through a provider between two instants.
///
/// # Errors
/// As the statement fails.
pub fn sent_within(
    tx: &mut Tx<'_>,
    provider: &str,
    (since, until): (Millis, Millis),
) -> Result<Vec<(ClientId, u64)>> {
    tx.all(
        "SELECT client_id, count(*) FROM message
         WHERE direction = 'outbound' AND provider = $1 AND created_at > $2 AND created_at <= $3
             AND status <> 'refused' GROUP BY client_id ORDER BY client_id",
        params![provider, since, until],
        |r| Ok((r.get(0)?, u64::try_from(r.get::<i64>(1)?).unwrap_or(0))),
    )
}

/// Messages last heard of between two instants of which more should have been heard.
///
/// # Errors
/// As the statement fails.
pub fn silent(tx: &mut Tx<'_>, (after, before): (Millis, Millis), limit: i64) -> Result<Vec<Message>> {
    tx.all(
        select!(
            "WHERE status IN ('sending', 'uncertain', 'accepted') AND updated_at > $1 AND updated_at < $2 \
             ORDER BY updated_at LIMIT $3"
        ),
        params![after, before, limit],
        read,
    )
}

/// The newest message of a job.
///
/// # Errors
/// As the statement fails.
pub fn of_job(tx: &mut Tx<'_>, job: JobId) -> Result<Option<Message>> {
    tx.optional(select!("WHERE job_id = $1 ORDER BY id DESC LIMIT 1"), params![job], read)
}
