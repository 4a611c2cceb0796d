//! Reads a message, what it says only for who may read what was said; and those of something
//! else in brief.

use super::{LINE, RELATED};
use crate::params;
use crate::views::lists::{messages, one};
use crate::views::mask::{Mask, clip};
use crate::{Result, Row, Tx};
use frontdesk_domain::job::SendMessage;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::detail::{MessageBrief, MessageDetail, PlannedMessage};
use frontdesk_shared::message::{MessageDirection, MessageStatus};
use frontdesk_shared::{AppointmentId, LeadId, MessageId, Noun};

pub(super) fn read(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<MessageDetail> {
    let row = one(tx, Noun::Message, id, |r| messages::row(r, mask))?;
    let channel = row.channel;
    let mut message = tx.one(
        "SELECT client_id, address, sender, purpose, COALESCE(provider_id, ''), code, job_id, cost_micros, lookups, \
         sandbox FROM message WHERE id = $1",
        params![id],
        |r| {
            Ok(MessageDetail {
                row: row.clone(),
                client: r.get(0)?,
                address: address(mask, channel, r.get(1)?),
                sender: r.get(2)?,
                purpose: r.word(3, Purpose::parse)?,
                hidden: false,
                subject: String::new(),
                body: String::new(),
                provider_id: r.get(4)?,
                code: r.get(5)?,
                job: r.get(6)?,
                cost_micros: r.get(7)?,
                lookups: r.get(8)?,
                sandbox: r.get(9)?,
            })
        },
    )?;
    if let Some(said) = crate::messages::text(tx, MessageId(id))? {
        if mask.open {
            (message.subject, message.body) = (clip(said.subject, LINE), clip(said.body, LINE));
        } else {
            message.hidden = !(said.subject.is_empty() && said.body.is_empty());
        }
    }
    Ok(message)
}

fn address(mask: Mask, channel: Channel, address: String) -> String {
    match channel {
        Channel::Email => mask.email(address),
        Channel::Sms | Channel::AiVoice => mask.phone(address),
    }
}

macro_rules! brief {
    ($rest:literal) => {
        concat!("SELECT id, kind, channel, direction, status, why, created_at FROM message ", $rest)
    };
}

fn brief(r: &Row<'_>, mask: Mask) -> Result<MessageBrief> {
    Ok(MessageBrief {
        id: r.get(0)?,
        kind: r.get(1)?,
        channel: r.word(2, Channel::parse)?,
        direction: r.word(3, MessageDirection::parse)?,
        status: r.word(4, MessageStatus::parse)?,
        why: mask.text(r.get(5)?),
        created_at: r.get(6)?,
    })
}

/// The messages of a lead, newest first.
pub(super) fn of_lead(tx: &mut Tx<'_>, lead: LeadId, mask: Mask) -> Result<Vec<MessageBrief>> {
    let sql = brief!("WHERE lead_id = $1 ORDER BY id DESC LIMIT $2");
    tx.all(sql, params![lead, RELATED], |r| brief(r, mask))
}

/// The messages about an appointment, newest first. The gate bounds how many there are.
pub(super) fn about(tx: &mut Tx<'_>, appointment: AppointmentId, mask: Mask) -> Result<Vec<MessageBrief>> {
    let mut all = tx.all(brief!("WHERE appointment_id = $1"), params![appointment], |r| brief(r, mask))?;
    all.sort_by_key(|message| std::cmp::Reverse(message.id));
    Ok(all)
}

/// The messages to a lead that are to come, next first.
pub(super) fn planned(tx: &mut Tx<'_>, lead: LeadId, mask: Mask) -> Result<Vec<PlannedMessage>> {
    let found = tx.all(
        "SELECT id, payload, run_at, reason FROM job \
         WHERE lead_id = $1 AND state IN ('ready', 'running') AND lane IN ('sms', 'email')",
        params![lead],
        |r| {
            // One that cannot be read is shown among the jobs, with its payload.
            let Ok(wanted) = r.json::<SendMessage>(1) else { return Ok(None) };
            Ok(Some(PlannedMessage {
                job: r.get(0)?,
                kind: wanted.message,
                channel: wanted.channel,
                appointment: wanted.appointment,
                run_at: r.get(2)?,
                reason: mask.text(r.get(3)?),
            }))
        },
    )?;
    let mut all: Vec<PlannedMessage> = found.into_iter().flatten().collect();
    all.sort_by_key(|message| (message.run_at, message.job));
    Ok(all)
}
