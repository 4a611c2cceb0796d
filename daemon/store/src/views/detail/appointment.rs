//! Reads an appointment, and what was and will be written about it.

use super::message::{about, planned};
use super::{LINE, RELATED};
use crate::params;
use crate::views::lists::{appointments, one};
use crate::views::mask::{Mask, clip};
use crate::{Result, Tx};
use frontdesk_shared::detail::AppointmentDetail;
use frontdesk_shared::event::kind;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::{AppointmentId, Noun};

pub(super) fn read(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<AppointmentDetail> {
    let row = one(tx, Noun::Appointment, id, |r| appointments::row(r, mask))?;
    let mut appointment = tx.one(
        "SELECT client_id, note, sequence, made_by, updated_at FROM appointment WHERE id = $1",
        params![id],
        |r| {
            let sequence: u32 = r.get(2)?;
            let changed = r.get(4)?;
            Ok(AppointmentDetail {
                client: r.get(0)?,
                note: clip(mask.text(r.get(1)?), LINE),
                sequence,
                made_by: r.get(3)?,
                changed_at: (sequence > 0).then_some(changed),
                cancelled: None,
                messages: Vec::new(),
                planned: Vec::new(),
                row: row.clone(),
            })
        },
    )?;
    if appointment.row.status == AppointmentStatus::Cancelled.word() {
        let subject = AppointmentId(id).to_string();
        // Which appointment it was is said already; what follows tells how, and why.
        appointment.cancelled = tx.optional(
            "SELECT at, text, actor FROM event WHERE subject_id = $1 AND kind = $2 ORDER BY seq DESC LIMIT 1",
            params![subject.as_str(), kind::APPOINTMENT_CANCELLED],
            |r| {
                let (text, actor): (String, String) = (r.get(1)?, r.get(2)?);
                let how = text.split_once(" cancelled ").map_or(text.as_str(), |(_, how)| how);
                Ok((r.get(0)?, clip(mask.text(format!("{how} ({actor})")), LINE)))
            },
        )?;
    }
    appointment.messages = about(tx, AppointmentId(id), mask)?;
    appointment.messages.truncate(usize::try_from(RELATED).unwrap_or(usize::MAX));
    if let Some(lead) = appointment.row.lead {
        let all = planned(tx, lead, mask)?;
        appointment.planned = all.into_iter().filter(|p| p.appointment == Some(AppointmentId(id))).collect();
    }
    Ok(appointment)
}
