//! Reads an appointment.

use super::LINE;
use crate::params;
use crate::views::lists::{appointments, one};
use crate::views::mask::{Mask, clip};
use crate::{Result, Tx};
use frontdesk_shared::Noun;
use frontdesk_shared::detail::AppointmentDetail;

pub(super) fn read(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<AppointmentDetail> {
    let row = one(tx, Noun::Appointment, id, |r| appointments::row(r, mask))?;
    tx.one("SELECT client_id, note FROM appointment WHERE id = $1", params![id], |r| {
        Ok(AppointmentDetail { row: row.clone(), client: r.get(0)?, note: clip(mask.text(r.get(1)?), LINE) })
    })
}
