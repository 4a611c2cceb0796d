//! When confirmations and reminders of an appointment are sent, and until when they are of use.
//!
//! "24 h" and "1 h" are elapsed time before the start. A reminder due outside the hours moves to
//! the last allowed instant before, never later: later it may come after the start. Ask again
//! whenever the appointment, the rules or the person's zones change; the key of a reminder is
//! appointment, start and kind. Not here: whether the person may be written to at all, what was
//! sent already, jobs.

use super::kinds::Kind;
use crate::holidays::Calendars;
use crate::window::{SEARCH_DAYS, Schedule, Week, Window, WindowCache};
use crate::zones::Zone;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use std::borrow::Cow;

/// The rules of reminders and confirmations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReminderRules {
    /// Hours of messages about what was agreed, in each zone the person may be in. The caller
    /// keeps them inside the country's and state's.
    pub hours: Schedule,
    /// How long before the hours end a moved message is sent, so that it still leaves inside them.
    pub margin_ms: i64,
    /// Two reminders within that time become one.
    pub merge_ms: i64,
    /// How long after it was due the first reminder is still of use.
    pub useful_24h_ms: i64,
    /// How long a confirmation is of use.
    pub useful_confirmation_ms: i64,
    /// What answers something the person did that recently goes at once, at any hour.
    pub own_act_ms: i64,
}

impl Default for ReminderRules {
    fn default() -> Self {
        let week = (0..7).fold(Week::NEVER, |week, day| week.with(day, Some((8 * 60, 20 * 60))));
        Self {
            hours: Schedule { week, closed: Vec::new(), holidays: Calendars::NONE },
            margin_ms: 5 * MINUTE,
            merge_ms: 4 * HOUR,
            useful_24h_ms: 20 * HOUR,
            useful_confirmation_ms: 6 * HOUR,
            own_act_ms: 10 * MINUTE,
        }
    }
}

/// An appointment as reminders see it.
#[derive(Clone, Copy, Debug)]
pub struct Appointment<'a> {
    /// Its start.
    pub start: Millis,
    /// When it was booked, or moved to this start.
    pub booked_at: Millis,
    /// Every zone the person may be in.
    pub zones: &'a [Zone],
    /// The business's zone (IANA), for people of whom no zone is known, such as those without a
    /// number.
    pub business_zone: &'a str,
}

impl Appointment<'_> {
    fn places(&self) -> Cow<'_, [Zone]> {
        if self.zones.is_empty() {
            let name = Cow::Owned(self.business_zone.to_owned());
            Cow::Owned(vec![Zone { name, why: "zone of the business" }])
        } else {
            Cow::Borrowed(self.zones)
        }
    }
}

/// A reminder to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which.
    pub kind: Kind,
    /// When, inside the hours of every zone.
    pub send_at: Millis,
    /// From then on it is not sent any more; never after the start.
    pub useful_until: Millis,
    /// Whether it was due outside the hours.
    pub moved_earlier: bool,
}

/// Why a reminder is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// The booking was made when it was due already, or after the last instant allowed for it: the
    /// confirmation says all it would.
    BookedInside,
    /// Its time is over.
    Past,
    /// It is sent together with the other one.
    Merged,
    /// No instant before it was due is inside the hours of every zone.
    NoHours,
    /// A zone that does not exist: held, not guessed.
    UnknownZone,
}

impl Skip {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::BookedInside => "booked too shortly before",
            Self::Past => "its time is over",
            Self::Merged => "sent together with the other reminder",
            Self::NoHours => "no allowed hour before it is due",
            Self::UnknownZone => "the person's time zone is not known",
        }
    }
}

/// What becomes of an appointment's reminders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Those to be sent, in order.
    pub planned: Vec<Planned>,
    /// The others.
    pub skipped: Vec<(Kind, Skip)>,
}

/// Plans the reminders of an appointment.
pub fn plan(of: &Appointment<'_>, now: Millis, rules: &ReminderRules, windows: &mut WindowCache) -> Plan {
    let mut plan = Plan::default();
    for kind in [Kind::Reminder24h, Kind::Reminder1h] {
        match one(kind, of, now, rules, windows) {
            Ok(planned) => plan.planned.push(planned),
            Err(why) => plan.skipped.push((kind, why)),
        }
    }
    if let [first, second] = plan.planned.as_slice()
        && second.send_at.since(first.send_at) <= rules.merge_ms
    {
        // The first says more; the later instant is nearer to the appointment.
        let merged = Planned { kind: first.kind, ..*second };
        plan.skipped.push((second.kind, Skip::Merged));
        plan.planned = vec![merged];
    }
    plan
}

fn one(
    kind: Kind,
    of: &Appointment<'_>,
    now: Millis,
    rules: &ReminderRules,
    windows: &mut WindowCache,
) -> Result<Planned, Skip> {
    let (due, useful_until) = match kind {
        Kind::Reminder24h => {
            let due = of.start - 24 * HOUR;
            (due, (due + rules.useful_24h_ms).min(of.start))
        }
        _ => (of.start - HOUR, of.start),
    };
    if of.booked_at >= due {
        return Err(Skip::BookedInside);
    }
    let send_at = last_allowed(due, &of.places(), rules, windows)?;
    if of.booked_at >= send_at {
        return Err(Skip::BookedInside);
    }
    if send_at < now {
        return Err(Skip::Past);
    }
    Ok(Planned { kind, send_at, useful_until, moved_earlier: send_at != due })
}

/// The last instant inside the hours of every zone that is not after `due`.
fn last_allowed(
    due: Millis,
    zones: &[Zone],
    rules: &ReminderRules,
    windows: &mut WindowCache,
) -> Result<Millis, Skip> {
    let mut ask = |at| windows.check(at, zones, &rules.hours);
    match ask(due) {
        Window::Open { .. } => return Ok(due),
        Window::NoZone | Window::BadZone => return Err(Skip::UnknownZone),
        Window::Closed { .. } => {}
    }
    // Openings are only found forwards: look at one day more each time until there is one.
    for days in 1..=SEARCH_DAYS {
        let mut at = due - days * DAY;
        let mut last = None;
        while at < due {
            at = match ask(at) {
                Window::Open { closes_at } => {
                    last = Some((at, closes_at));
                    closes_at
                }
                Window::Closed { next_open: Some(opens) } => opens,
                _ => break,
            };
        }
        if let Some((opened, closes)) = last {
            return Ok((closes.min(due) - rules.margin_ms).max(opened));
        }
    }
    Err(Skip::NoHours)
}

/// When a confirmation is sent, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// When.
    pub send_at: Millis,
    /// From then on it is not sent any more; never after the start.
    pub useful_until: Millis,
}

/// When to confirm a booking, a move or a cancellation. `acted_at` is when the person did what is
/// confirmed, where it was the person: such an answer goes at once, at any hour. Any other waits
/// for the hours, and its deadline runs from their opening.
///
/// # Errors
/// Why it is of no use any more, or cannot be placed.
pub fn confirmation_at(
    of: &Appointment<'_>,
    acted_at: Option<Millis>,
    now: Millis,
    rules: &ReminderRules,
    windows: &mut WindowCache,
) -> Result<Confirmation, Skip> {
    let own = acted_at.is_some_and(|acted| (0..=rules.own_act_ms).contains(&now.since(acted)));
    let send_at = match own {
        true => now,
        false => match windows.check(now, &of.places(), &rules.hours) {
            Window::Open { .. } => now,
            Window::Closed { next_open } => next_open.ok_or(Skip::NoHours)?,
            Window::NoZone | Window::BadZone => return Err(Skip::UnknownZone),
        },
    };
    if send_at >= of.start {
        return Err(Skip::Past);
    }
    Ok(Confirmation { send_at, useful_until: (send_at + rules.useful_confirmation_ms).min(of.start) })
}

#[cfg(test)]
mod tests;
