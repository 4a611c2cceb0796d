//! Changes, written in a fixed order with few statements.

use crate::tables::events::{self, NewEvent};
use crate::tables::faults::NewFault;
use crate::tables::{appointments, calendars, calls, faults, holds, house, jobs, leads, messages, verdicts};
use crate::{Error, Result, Tx};
use frontdesk_domain::unit::{Changes, Outside};
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::{FaultId, RowId};

/// Writes what was decided. A race that was lost to another daemon asks for the whole unit to be
/// loaded and decided again.
///
/// # Errors
/// [`Error::Retry`] after a lost race; as the statements fail.
pub fn save(tx: &mut Tx<'_>, changes: &Changes, outside: &dyn Outside) -> Result<()> {
    let now = changes.at;
    calls::insert(tx, changes.new_calls.values()).map_err(lost_race)?;
    calls::update_all(tx, changes.calls.values())?;
    calls::put_texts(tx, &changes.texts)?;
    leads::insert(tx, changes.new_leads.values()).map_err(lost_race)?;
    leads::update_all(tx, changes.leads.values())?;
    for (lead, how) in &changes.revoked {
        leads::revoke_consents(tx, *lead, how, now)?;
    }
    leads::suppress_all(tx, &changes.suppressions)?;
    for lifted in &changes.lifted {
        leads::lift(tx, lifted, now)?;
    }
    for (lead, revoked) in &changes.restored {
        leads::restore_consents(tx, *lead, *revoked)?;
    }
    leads::insert_contacts(tx, &changes.contacts)?;
    for call in &changes.voided {
        leads::void_contact(tx, *call)?;
    }
    verdicts::insert(tx, &changes.verdicts)?;
    if !changes.jobs.is_empty() {
        jobs::update_all(tx, changes.jobs.values(), now)?;
    }
    if !changes.new_jobs.is_empty() {
        jobs::enqueue_all(tx, &changes.new_jobs, now)?;
    }
    // The lock makes it impossible on our own that a slot is taken twice; the index is the last
    // word all the same. What is given back goes first, for whoever takes it in the same unit.
    let (freed, moved): (Vec<_>, Vec<_>) =
        changes.appointments.values().partition(|a| a.status != AppointmentStatus::Booked);
    appointments::update_all(tx, freed).map_err(lost_race)?;
    appointments::update_all(tx, moved).map_err(lost_race)?;
    appointments::insert(tx, &changes.booked).map_err(lost_race)?;
    calendars::put_events(tx, changes.events_of.values())?;
    calendars::change(tx, &changes.mirror)?;
    for calendar in changes.calendars.values() {
        calendars::update(tx, calendar)?;
    }
    messages::insert(tx, changes.new_messages.values()).map_err(lost_race)?;
    messages::update_all(tx, changes.messages.values()).map_err(lost_race)?;
    messages::insert_texts(tx, &changes.message_texts)?;
    calls::insert_tool_answers(tx, &changes.tool_answers, now).map_err(lost_race)?;
    if !changes.holds.is_empty() {
        holds::forget(tx, now)?;
    }
    for hold in &changes.holds {
        holds::set(tx, hold.provider, &hold.scope, hold.until, &hold.reason)?;
    }
    for ((provider, client), breaker) in &changes.breakers {
        let text = serde_json::to_string(breaker).map_err(|e| Error::Database(e.to_string()))?;
        house::set_breaker(tx, provider, *client, &text)?;
    }
    for error in &changes.errors {
        let error = NewFault {
            kind: &error.kind,
            service: &error.service,
            client: error.client,
            severity: error.severity,
            message: &error.message,
            subject: (error.subject.0, error.subject.1.clone()),
        };
        faults::record(tx, &error, (FaultId(outside.id()), RowId(outside.id())), now)?;
    }
    for event in &changes.events {
        events::append(
            tx,
            &NewEvent {
                at: now,
                kind: event.kind,
                client: event.client,
                lead: event.lead,
                subject: event.subject.0,
                subject_id: &event.subject.1,
                actor: &event.actor,
                text: &event.text,
                data: serde_json::to_value(&event.data).map_err(|e| Error::Database(e.to_string()))?,
            },
        )?;
    }
    Ok(())
}

/// What nobody had when it was looked for is there now: look again.
fn lost_race(e: Error) -> Error {
    if let Error::Conflict(e) = e { Error::Retry(e) } else { e }
}
