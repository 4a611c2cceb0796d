//! Appointments acted on, and a message as somebody would get it.

use super::args::{Booked, Way};
use super::list::PATIENCE;
use super::{Desk, Outcome, act, answer};
use crate::link::context;
use crate::text;
use frontdesk_shared::action::Action;
use frontdesk_shared::contact::Channel;

/// Acts on an appointment.
pub(super) async fn appointment(desk: &mut Desk, booked: Booked) -> Outcome {
    let (action, how) = match booked {
        Booked::Cancel { appointment, reason, act } => {
            (Action::CancelAppointment { appointment, reason: reason.join(" ") }, act)
        }
        Booked::Reschedule { appointment, time, act } => {
            (Action::RescheduleAppointment { appointment, to: time }, act)
        }
        Booked::Attended { appointment, act } => (Action::MarkAttended { appointment }, act),
        Booked::NoShow { appointment, act } => (Action::MarkNoShow { appointment }, act),
    };
    act::run(desk, action, how).await
}

/// The channel of a word.
pub(super) fn channel(way: Way) -> Channel {
    match way {
        Way::Sms => Channel::Sms,
        Way::Email => Channel::Email,
    }
}

/// Prints a message as a lead would get it.
pub(super) async fn preview(desk: &mut Desk, kind: String, lead: String, way: Option<Way>) -> Outcome {
    let connection = desk.connect().await?;
    let channel = way.map(channel);
    let asked = connection.client.compose(context(PATIENCE), lead, kind, channel).await;
    let composed = answer(asked)?;
    if desk.json {
        return Ok(desk.out.json(&composed)?);
    }
    let out = &mut desk.out;
    if !composed.subject.is_empty() {
        out.line(&format!("subject  {}", text::clean(&composed.subject)))?;
    }
    for line in composed.body.lines() {
        out.line(&text::clean(line))?;
    }
    out.line("")?;
    let length = text::count(composed.characters, "character");
    let size = match composed.segments {
        0 => length,
        parts => format!("{length}, {} of {}", text::count(parts, "part"), composed.alphabet),
    };
    Ok(out.line(&size)?)
}
