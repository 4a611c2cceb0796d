//! An appointment, in the client's own time.

use super::{Lines, View};
use crate::params;
use crate::{Result, Tx};
use frontdesk_shared::Millis;

pub(super) fn view(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let mut facts = Lines::default();
    let (title, client, lead, call) = tx.one(
        "SELECT a.client_id, COALESCE(k.key, ''), a.lead_id, a.call_id, a.who, a.starts_at, a.ends_at, a.status, \
         a.note, a.created_at, COALESCE(k.timezone, 'UTC') FROM appointment a \
         LEFT JOIN client k ON k.id = a.client_id WHERE a.id = $1",
        params![id],
        |r| {
            let text = |i: usize| r.get::<String>(i);
            let (starts, ends): (Millis, Millis) = (r.get(5)?, r.get(6)?);
            let zone = text(10)?;
            let who = view.mask.text(text(4)?);
            facts
                .add("with", who.clone())
                .add("client", text(1)?)
                .add("status", text(7)?)
                .add("local time", format!("{} to {} {zone}", local(starts, &zone), local(ends, &zone)))
                .add("starts", view.when(starts))
                .add("note", view.mask.text(text(8)?))
                .add("made", view.when(r.get(9)?));
            let title = format!("{who}, {} {}", local(starts, &zone), text(7)?);
            Ok((title, r.get::<i64>(0)?, r.get::<Option<i64>>(2)?, r.get::<Option<i64>>(3)?))
        },
    )?;
    view.detail.title = title;
    view.section("Appointment", facts);
    view.related("lead", "lead", lead);
    view.related("call it was made in", "call", call);
    view.related("client", "client", Some(client));
    Ok(())
}

fn local(at: Millis, zone: &str) -> String {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    jiff::Timestamp::from_millisecond(at.0)
        .map(|t| t.to_zoned(zone).strftime("%a %Y-%m-%d %H:%M").to_string())
        .unwrap_or_else(|_| at.iso())
}
