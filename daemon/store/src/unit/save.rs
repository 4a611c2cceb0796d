//! Changes, written in a fixed order with few statements.

use crate::tables::events::{self, NewEvent};
use crate::tables::faults::NewFault;
use crate::tables::{appointments, calls, faults, house, jobs, leads, verdicts};
use crate::{Error, Result, Tx};
use frontdesk_domain::placement::VAPI;
use frontdesk_domain::unit::{Changes, Outside};
use frontdesk_shared::{FaultId, Millis, RowId};

/// Writes what was decided. A race that was lost to another daemon asks for the whole unit to be
/// loaded and decided again.
///
/// # Errors
/// [`Error::Retry`] after a lost race; as the statements fail.
pub fn save(tx: &mut Tx<'_>, changes: &Changes, outside: &dyn Outside, now: Millis) -> Result<()> {
    calls::insert(tx, changes.new_calls.values()).map_err(lost_race)?;
    calls::update_all(tx, changes.calls.values())?;
    calls::put_texts(tx, &changes.texts)?;
    leads::update_all(tx, changes.leads.values())?;
    for (lead, how) in &changes.revoked {
        leads::revoke_consents(tx, *lead, how, now)?;
    }
    leads::suppress_all(tx, &changes.suppressions)?;
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
    for id in &changes.cancelled {
        appointments::cancel(tx, *id)?;
    }
    for booking in &changes.booked {
        // The lock makes this impossible on our own; the index is the last word all the same.
        appointments::insert(tx, booking, now).map_err(lost_race)?;
    }
    calls::insert_tool_answers(tx, &changes.tool_answers, now).map_err(lost_race)?;
    for hold in &changes.holds {
        house::set_hold(tx, VAPI, hold.client, hold.until, &hold.reason)?;
    }
    for (client, breaker) in &changes.breakers {
        let text = serde_json::to_string(breaker).map_err(|e| Error::Database(e.to_string()))?;
        house::set_breaker(tx, VAPI, *client, &text)?;
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
