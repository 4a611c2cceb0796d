//! From columns to the rows of each list. Columns start at [`KEYS`]; see `spec.rs` for them.

use super::mask::{Mask, ROW_TEXT, clip};
use crate::{Result, Row};
use frontdesk_shared::call::{AppointmentRow, CallRow, CallStatus, Direction, Outcome};
use frontdesk_shared::client::{ClientRow, ClientStatus, Tier};
use frontdesk_shared::fault::{FaultRow, Severity};
use frontdesk_shared::import::{ImportRow, ImportStatus};
use frontdesk_shared::job::{JobRow, JobState};
use frontdesk_shared::lead::{LeadRow, LeadStatus};
use frontdesk_shared::page::AuditRow;
use frontdesk_shared::webhook::{WebhookRow, WebhookStatus};

/// Columns before a row's own: the two that say where it is in the list's order.
pub(super) const KEYS: usize = 2;

fn at(i: usize) -> usize {
    KEYS + i
}

pub(super) fn call(r: &Row<'_>, mask: Mask) -> Result<CallRow> {
    let phone: String = r.get(at(4))?;
    let who: String = r.get(at(3))?;
    let who = if who.is_empty() { phone.clone() } else { who };
    Ok(CallRow {
        id: r.get(at(0))?,
        client: r.get(at(1))?,
        lead: r.get(at(2))?,
        who: mask.text(who),
        phone: mask.phone(phone),
        direction: r.word(at(5), Direction::parse)?,
        attempt: r.get(at(6))?,
        status: r.word(at(7), CallStatus::parse)?,
        outcome: r.get::<Option<String>>(at(8))?.as_deref().and_then(Outcome::parse),
        ended_reason: clip(r.get(at(9))?, ROW_TEXT),
        provider_call_id: r.get::<Option<String>>(at(10))?.unwrap_or_default(),
        sandbox: r.get(at(11))?,
        created_at: r.get(at(12))?,
        started_at: r.get(at(13))?,
        ended_at: r.get(at(14))?,
        cost_micros_usd: r.get(at(15))?,
        last_line: clip(mask.speech(r.get(at(16))?), ROW_TEXT),
    })
}

pub(super) fn lead(r: &Row<'_>, mask: Mask) -> Result<LeadRow> {
    let phone: String = r.get(at(3))?;
    let phone = phone.strip_prefix("raw:").map(str::to_owned).unwrap_or(phone);
    let status = r.word(at(5), LeadStatus::parse)?;
    let (rule, reason): (String, String) = (r.get(at(6))?, r.get(at(7))?);
    let hold = match (status, rule.is_empty(), reason.is_empty()) {
        (LeadStatus::Held, true, _) => reason,
        (LeadStatus::Held, false, true) => rule,
        (LeadStatus::Held, false, false) => format!("{rule}: {reason}"),
        _ => String::new(),
    };
    Ok(LeadRow {
        id: r.get(at(0))?,
        client: r.get(at(1))?,
        name: mask.text(r.get(at(2))?),
        phone: mask.phone(phone),
        source: clip(r.get(at(4))?, ROW_TEXT),
        status,
        hold: mask.text(hold),
        next_at: r.get(at(8))?,
        attempts: r.get(at(9))?,
        last_contact_at: r.get(at(10))?,
        score: r.get(at(11))?,
        import: r.get(at(12))?,
        created_at: r.get(at(13))?,
        updated_at: r.get(at(14))?,
    })
}

pub(super) fn job(r: &Row<'_>, mask: Mask) -> Result<JobRow> {
    Ok(JobRow {
        id: r.get(at(0))?,
        kind: r.get(at(1))?,
        client: r.get(at(2))?,
        lead: r.get(at(3))?,
        about: mask.text(r.get(at(4))?),
        state: r.word(at(5), JobState::parse)?,
        priority: r.get(at(6))?,
        run_at: r.get(at(7))?,
        useful_until: r.get(at(8))?,
        attempt: r.get(at(9))?,
        max_attempts: r.get(at(10))?,
        reason: mask.text(r.get(at(11))?),
        created_at: r.get(at(12))?,
        updated_at: r.get(at(13))?,
    })
}

pub(super) fn fault(r: &Row<'_>, mask: Mask) -> Result<FaultRow> {
    Ok(FaultRow {
        id: r.get(at(0))?,
        kind: r.get(at(1))?,
        service: r.get(at(2))?,
        client: r.get(at(3))?,
        severity: r.word(at(4), Severity::parse)?,
        message: mask.text(r.get(at(5))?),
        count: r.get(at(6))?,
        first_at: r.get(at(7))?,
        last_at: r.get(at(8))?,
        acked_by: r.get(at(9))?,
    })
}

pub(super) fn webhook(r: &Row<'_>, mask: Mask) -> Result<WebhookRow> {
    Ok(WebhookRow {
        id: r.get(at(0))?,
        provider: r.get(at(1))?,
        client: r.get(at(2))?,
        kind: clip(r.get(at(3))?, ROW_TEXT),
        call: r.get(at(4))?,
        status: r.word(at(5), WebhookStatus::parse)?,
        note: mask.text(r.get(at(6))?),
        deliveries: r.get(at(7))?,
        size_bytes: r.get(at(8))?,
        received_at: r.get(at(9))?,
    })
}

pub(super) fn import(r: &Row<'_>, mask: Mask) -> Result<ImportRow> {
    Ok(ImportRow {
        id: r.get(at(0))?,
        client: r.get(at(1))?,
        label: clip(r.get(at(2))?, ROW_TEXT),
        status: r.word(at(3), ImportStatus::parse)?,
        dry_run: r.get(at(4))?,
        // Counts a newer version wrote differently must not hide the list.
        counts: r.json(at(5)).unwrap_or_default(),
        bytes: r.get(at(6))?,
        bytes_done: r.get(at(7))?,
        actor: r.get(at(8))?,
        note: mask.text(r.get(at(9))?),
        created_at: r.get(at(10))?,
        finished_at: r.get(at(11))?,
    })
}

pub(super) fn appointment(r: &Row<'_>, mask: Mask) -> Result<AppointmentRow> {
    Ok(AppointmentRow {
        id: r.get(at(0))?,
        client: r.get(at(1))?,
        lead: r.get(at(2))?,
        who: mask.text(r.get(at(3))?),
        starts_at: r.get(at(4))?,
        ends_at: r.get(at(5))?,
        zone: r.get(at(6))?,
        status: r.get(at(7))?,
        call: r.get(at(8))?,
        created_at: r.get(at(9))?,
    })
}

/// Without its counts, which are read once for the whole page.
pub(super) fn client(r: &Row<'_>) -> Result<ClientRow> {
    Ok(ClientRow {
        id: r.get(at(0))?,
        key: r.get(at(1))?,
        name: clip(r.get(at(2))?, ROW_TEXT),
        status: r.word(at(3), ClientStatus::parse)?,
        tier: r.word(at(4), Tier::parse)?,
        timezone: r.get(at(5))?,
        country: r.get(at(6))?,
        open_leads: 0,
        live_calls: 0,
        created_at: r.get(at(7))?,
    })
}

pub(super) fn audit(r: &Row<'_>, mask: Mask) -> Result<AuditRow> {
    Ok(AuditRow {
        at: r.get(at(0))?,
        actor: r.get(at(1))?,
        action: r.get(at(2))?,
        subject: mask.text(r.get(at(3))?),
        client: r.get(at(4))?,
        detail: mask.text(r.get(at(5))?),
    })
}
