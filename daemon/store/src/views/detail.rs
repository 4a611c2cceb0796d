//! Everything about one thing, as data: see `frontdesk_shared::detail`. One file per noun; how
//! it is said and laid out is the console's.
//!
//! Every figure and sentence here was written by a flow; nothing is computed beyond reading
//! what is stored.

mod appointment;
mod call;
mod client;
mod fault;
mod import;
mod job;
mod lead;
mod message;
mod webhook;

pub use import::report as import_report;
pub use lead::gate_history;

use super::mask::Mask;
use super::{events, resolve};
use crate::{Result, Tx};
use frontdesk_shared::Noun;
use frontdesk_shared::detail::{About, Detail, Document, PlannedMessage};
use frontdesk_shared::id::encode;
use frontdesk_shared::noun::Subject;
use frontdesk_shared::{ClientId, LeadId, Millis};
use serde_json::Value;

/// Longest paragraph, in characters.
const LINE: usize = 2_000;
/// Rows of related things.
const RELATED: i64 = 30;

/// Everything about `subject`, whose id may be given as people type it. `unmasked` shows
/// numbers and what was said.
///
/// # Errors
/// A refusal when there is no such thing or several; otherwise as the store fails.
pub fn detail(tx: &mut Tx<'_>, subject: &Subject, _now: Millis, unmasked: bool) -> Result<Detail> {
    let id = resolve::resolve(tx, subject.kind, &subject.id)?;
    let mask = Mask { open: unmasked };
    let subject = Subject { kind: subject.kind, id: encode(id) };
    let (about, story) = match subject.kind {
        Noun::Lead => {
            (About::Lead(lead::read(tx, id, mask)?.into()), events::lead_story(tx, LeadId(id), unmasked)?)
        }
        Noun::Client => {
            let client = client::read(tx, id, mask)?;
            // Who writes about a client may name it by its key; by its id it is looked up anyway.
            let story = events::story(tx, &client.row.key, mask)?;
            (About::Client(client.into()), story)
        }
        Noun::Call => (About::Call(call::read(tx, id, mask)?.into()), Vec::new()),
        Noun::Job => (About::Job(job::read(tx, id, mask)?.into()), Vec::new()),
        Noun::Fault => (About::Fault(fault::read(tx, id, mask)?.into()), Vec::new()),
        Noun::Webhook => (About::Webhook(webhook::read(tx, id, mask)?.into()), Vec::new()),
        Noun::Import => (About::Import(import::read(tx, id, mask)?.into()), Vec::new()),
        Noun::Appointment => (About::Appointment(appointment::read(tx, id, mask)?.into()), Vec::new()),
        Noun::Message => (About::Message(message::read(tx, id, mask)?.into()), Vec::new()),
        Noun::Template | Noun::Event | Noun::Audit | Noun::Daemon => {
            return Err(resolve::unknown(subject.kind.word()).into());
        }
    };
    let story = if story.is_empty() { events::story(tx, &subject.id, mask)? } else { story };
    Ok(Detail { subject, about, story })
}

/// The messages to a lead that are to come, next first.
///
/// # Errors
/// As the store fails.
pub fn planned_messages(tx: &mut Tx<'_>, lead: LeadId, unmasked: bool) -> Result<Vec<PlannedMessage>> {
    message::planned(tx, lead, Mask { open: unmasked })
}

/// Whose it is, where it is a client's.
fn owner(id: i64) -> Option<ClientId> {
    (id != 0).then_some(ClientId(id))
}

/// Stored JSON (or other text) for reading, at most `most` bytes of it.
fn document(mask: Mask, stored: &str, most: usize) -> Document {
    let value = match serde_json::from_str::<Value>(stored) {
        Ok(value) => mask.json(value),
        Err(_) => Value::String(mask.raw(stored)),
    };
    let text = match &value {
        Value::String(text) => text.clone(),
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    };
    if text.len() <= most {
        return Document { value, cut_of: None };
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let shown = text.get(..end).unwrap_or_default().to_owned();
    Document { value: Value::String(shown), cut_of: Some(text.len() as u64) }
}

#[cfg(test)]
mod tests;
