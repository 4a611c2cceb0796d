//! Appointments: booked slots, next first, in the client's own time.

use super::{Screen, messages};
use crate::rows::Row;
use crate::sheet::Sheet;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use crate::zone::Zone;
use frontdesk_shared::Noun;
use frontdesk_shared::call::AppointmentRow;
use frontdesk_shared::detail::AppointmentDetail;
use frontdesk_shared::page::List;

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Appointments,
    title: "Appointments",
    order: "next first",
    nothing: "no appointments",
    command: Some("Booked slots."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Appointment(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Appointment],
    leads: true,
};

const COLUMNS: &[Column] = &[
    Column::new("starts (client's time)", 22, 1).sorts(),
    Column::new("who", 20, 0).sorts().flex(),
    Column::new("length", 7, 4).right(),
    Column::new("status", 10, 2).sorts(),
    Column::new("client", 14, 3).sorts(),
    Column::new("zone", 18, 6),
    Column::new("made", 12, 5).sorts(),
    Column::new("call", 6, 7),
    Column::new("id", 6, 8),
];

fn cells(r: &AppointmentRow, look: Look<'_>) -> Vec<Cell> {
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

/// Everything about an appointment, in the client's own time.
pub(super) fn sheet(d: &AppointmentDetail, look: Look<'_>) -> Sheet {
    let r = &d.row;
    let zone = Zone::named(&r.zone).unwrap_or_else(Zone::utc);
    let (from, to) = (zone.whole(r.starts_at), zone.whole(r.ends_at));
    let mut sheet = Sheet::new(format!("{}, {from} {}", r.who, r.status));
    sheet.section("Appointment", |s| {
        s.add("with", &r.who)
            .link("client", &r.client, Noun::Client, d.client)
            .link_some("lead", Noun::Lead, r.lead)
            .add("status", &r.status)
            .add("local time", format!("{from} to {to} {}", r.zone))
            .add("starts", look.when(r.starts_at))
            .add("note", &d.note)
            .add("made", look.when(r.created_at))
            .add("made by", &d.made_by)
            .link_some("made in call", Noun::Call, r.call);
        if let Some((at, how)) = &d.cancelled {
            s.add("cancelled", format!("{how}, {}", look.when(*at)));
        }
        if d.sequence > 0 {
            let times = if d.sequence == 1 { "once".to_owned() } else { format!("{} times", d.sequence) };
            s.add("changed", format!("{times}, last {}", look.when_some(d.changed_at)));
        }
    });
    sheet.section("To be written", |s| messages::planned(&d.planned, look, s));
    sheet.section("Messages", |s| {
        for message in &d.messages {
            messages::brief(message, look, s);
        }
    });
    sheet
}
