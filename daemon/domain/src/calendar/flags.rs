//! What is odd about where staff moved an appointment.
//!
//! Nothing here refuses: the business may see anybody whenever it likes. Must not live here: what
//! may be offered to a caller (`booking`).

use crate::booking::{BookingRules, Busy, Day, Slot};
use crate::holidays::Calendars;
use frontdesk_shared::Millis;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something a person should look at. The move itself is taken over as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// It starts before now: nobody is told of such a time.
    Past,
    /// Not within the client's hours and days.
    OutsideHours,
    /// Something else is there.
    Overlap,
    /// A whole day without a time: nobody can be told when to come.
    AllDay,
    /// The time was changed with us as well, and that change had not reached the calendar.
    Contested,
    /// Our event became a series; the appointment is its first instance.
    Series,
}

impl Flag {
    /// What is odd, to follow “and”.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Past => "starts before now, so nobody is told of it",
            Self::OutsideHours => "is outside the business's hours",
            Self::Overlap => "something else is at that time",
            Self::AllDay => "has no time any more: tell the person when to come",
            Self::Contested => "it was moved here as well, and the calendar's time holds",
            Self::Series => "it repeats: the first one is the appointment",
        }
    }
}

/// What is odd about a slot. `taken` is everything else, without the appointment itself.
pub(super) fn flags(
    rules: &BookingRules,
    now: Millis,
    slot: Slot,
    all_day: bool,
    taken: &[Busy],
) -> Vec<Flag> {
    let overlaps = taken.iter().any(|busy| busy.start < slot.end && slot.start < busy.end);
    let found = [
        (slot.start < now, Flag::Past),
        (!all_day && is_outside_hours(rules, slot), Flag::OutsideHours),
        (overlaps, Flag::Overlap),
        (all_day, Flag::AllDay),
    ];
    found.into_iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag).collect()
}

/// Whether part of a slot lies outside the open hours of its day. Rules whose zone cannot be read
/// have no hours.
fn is_outside_hours(rules: &BookingRules, slot: Slot) -> bool {
    let Some(zone) = rules.time_zone() else { return true };
    let local = |at: Millis| Timestamp::from_millisecond(at.0).ok().map(|at| zone.to_datetime(at));
    let (Some(start), Some(end)) = (local(slot.start), local(slot.end)) else { return true };
    let day = start.date();
    let open = rules.days.contains(&Day::of(day))
        && !rules.closed_dates.contains(&day)
        && Calendars::of(&rules.holidays).holiday(day).is_none();
    !open || start.time() < rules.open || end > day.to_datetime(rules.close)
}
