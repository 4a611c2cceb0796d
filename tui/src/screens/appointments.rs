//! Appointments: booked slots, next first, in the client's own time.

use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use crate::zone::Zone;
use frontdesk_shared::call::AppointmentRow;

/// Columns of the list.
pub const COLUMNS: &[Column] = &[
    Column::new("starts (client's time)", 22, 1),
    Column::new("who", 20, 0).flex(),
    Column::new("length", 7, 4).right(),
    Column::new("status", 10, 2),
    Column::new("client", 14, 3),
    Column::new("zone", 18, 6),
    Column::new("made", 12, 5),
    Column::new("call", 6, 7),
    Column::new("id", 6, 8),
];

/// Cells of an appointment.
#[must_use]
pub fn cells(r: &AppointmentRow, look: Look<'_>) -> Vec<Cell> {
    let starts = match Zone::named(&r.zone) {
        Some(zone) if look.exact => Cell::new(zone.offset(r.starts_at)).by(r.starts_at.0),
        Some(zone) => Cell::new(zone.day_and_time(r.starts_at)).by(r.starts_at.0),
        None => look.at(r.starts_at),
    };
    let role = if r.status == "booked" { Role::Good } else { Role::Dim };
    let length = r.ends_at.since(r.starts_at);
    vec![
        starts,
        Cell::new(&r.who),
        Cell::new(format!("{}m", length / frontdesk_shared::time::MINUTE)).by(length),
        Cell::of(&r.status, role),
        Cell::new(&r.client),
        Cell::of(&r.zone, Role::Dim),
        look.at(r.created_at),
        r.call.map_or_else(|| Cell::of("-", Role::Dim), |c| super::id(&c.to_string(), look)),
        super::id(&r.id.to_string(), look),
    ]
}
