//! Availability and booking: which slots a client offers, and whether one may be taken.
//!
//! Lives here: hours, grid, notice, buffer and horizon, and what to offer instead; in `when` the
//! reading of times an agent sends, in `say` the words and tool results it gets back. Must not
//! live here: the calendar the busy times come from (providers), the row that makes a booking
//! final (store), the clock. The prompt is never trusted with any of these rules.

mod say;
#[cfg(test)]
mod tests;
mod when;

pub use say::{
    availability_result, booked_result, local, moved_result, not_promised_result, promised_result,
    refused_result, spoken,
};
pub use when::{CallbackAsk, LONGEST_CALLBACK, callback_time, parse_start};

use super::holidays::Calendars;
use super::keys::{Table, keys, kinds};
use frontdesk_shared::Millis;
use frontdesk_shared::time::MINUTE;
use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Slots offered in place of one that is refused: as many as a person remembers on the phone.
pub const ALTERNATIVES: usize = 3;

/// Minutes in a day.
const DAY_MINUTES: u32 = 24 * 60;

/// A day of the week as configuration spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    #[serde(alias = "monday")]
    Mon,
    /// Tuesday.
    #[serde(alias = "tuesday")]
    Tue,
    /// Wednesday.
    #[serde(alias = "wednesday")]
    Wed,
    /// Thursday.
    #[serde(alias = "thursday")]
    Thu,
    /// Friday.
    #[serde(alias = "friday")]
    Fri,
    /// Saturday.
    #[serde(alias = "saturday")]
    Sat,
    /// Sunday.
    #[serde(alias = "sunday")]
    Sun,
}

impl Day {
    /// The day of a date.
    pub fn of(date: Date) -> Self {
        match date.weekday() {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }
}

keys! {
    /// When a client takes appointments. A client's `settings.booking` replaces single keys.
    pub struct BookingRules {
        /// IANA zone of every local time below. The client's own `timezone` stands in its place unless `settings.booking.zone` says otherwise.
        zone: String = "Europe/London".to_owned();
        /// Minutes of an appointment.
        slot_minutes: u32 = 30, in 5..=DAY_MINUTES / 2;
        /// Appointments start at opening time and every so many minutes after it.
        grid_minutes: u32 = 30, in 5..=DAY_MINUTES / 2;
        /// Days with appointments; at least one.
        days: Vec<Day> = vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];
        /// The first appointment starts.
        open: Time = Time::constant(9, 0, 0, 0);
        /// The last appointment has ended; at least `slot_minutes` after `open`.
        close: Time = Time::constant(17, 30, 0, 0);
        /// Minutes needed between booking and start.
        notice_minutes: u32 = 120, in 0..=30 * DAY_MINUTES;
        /// Minutes kept free between an appointment and anything else in the calendar.
        buffer_minutes: u32 = 15, in 0..=DAY_MINUTES / 2;
        /// Days ahead that can be booked, today not counted.
        horizon_days: u32 = 60, in 1..=366;
        /// Local dates without appointments.
        closed_dates: Vec<Date> = Vec::new();
        /// Whose public holidays are without appointments: `GB-ENG` (England and Wales), `GB-SCT`, `GB-NIR`, `GB` for all three, `US`; empty for the client's own (in Great Britain by the postcode in `settings.messages.address`, else England and Wales), `none` for no holidays.
        holidays: String = String::new();
    }
}

impl Eq for BookingRules {}

kinds! {
    Vec<Day> = "a list of days (mon, tue, … sun)",
}

/// The table of the booking rules: the documentation of its keys.
pub fn tables() -> Vec<Table> {
    vec![BookingRules::table("booking")]
}

impl BookingRules {
    /// The client's zone; `None` when its name is unknown, which [`Self::problems`] reports.
    pub fn time_zone(&self) -> Option<TimeZone> {
        TimeZone::get(&self.zone).ok()
    }

    /// The rules with a house's overrides, an object or null.
    ///
    /// # Errors
    /// What is wrong with them, each line naming its key.
    pub fn configured(overrides: &Value) -> Result<Self, Vec<String>> {
        if overrides.is_null() {
            return Ok(Self::default());
        }
        let rules: Self = serde_json::from_value(overrides.clone()).map_err(|e| vec![e.to_string()])?;
        let problems = rules.problems();
        if problems.is_empty() { Ok(rules) } else { Err(problems) }
    }

    /// What is wrong with the rules, each line naming its key; empty when nothing is.
    pub fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.time_zone().is_none() {
            found.push(format!("zone is not an IANA time zone: {:?}", self.zone));
        }
        found.extend(self.outside().iter().map(|(key, wrong)| format!("{key} {wrong}")));
        if self.days.is_empty() {
            found.push("days must name at least one day".to_owned());
        }
        if minute_of(self.open) + self.slot_minutes > minute_of(self.close) {
            found.push("close must be at least slot_minutes after open".to_owned());
        }
        found
    }
}

/// A time in the client's calendar that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Busy {
    /// First instant taken.
    pub start: Millis,
    /// First instant free again. At or before `start`, the entry takes no time.
    pub end: Millis,
}

/// One appointment that can be, or was, made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Start.
    pub start: Millis,
    /// End.
    pub end: Millis,
}

/// Why a start was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Past, or nearer than the notice allows.
    TooSoon,
    /// The day is open, but not at that time.
    OutsideHours,
    /// Between two starts of the grid.
    NotOnGrid,
    /// Something else is in the calendar, or too near it.
    Taken,
    /// Beyond the horizon.
    TooFar,
    /// No appointments on that day.
    ClosedDay,
    /// Not a time that can be placed in the client's calendar.
    BadTime,
}

/// A refusal, with what to offer instead, in time order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// At most [`ALTERNATIVES`].
    pub alternatives: Vec<Slot>,
}

/// The first `limit` free slots that start at `from` or later, in time order.
pub fn free_slots(rules: &BookingRules, now: Millis, from: Millis, busy: &[Busy], limit: usize) -> Vec<Slot> {
    let Some(diary) = Diary::new(rules, now, busy) else { return Vec::new() };
    let first = diary.local(from.max(diary.earliest)).map_or(diary.last_day, |at| at.0);
    let days = forward(first).take_while(|date| *date <= diary.last_day);
    days.flat_map(|date| diary.free(date)).filter(|slot| slot.start >= from).take(limit).collect()
}

/// Whether an appointment may start at `start`. Nothing is booked by this: whoever books checks
/// again, with the busy times of that moment, in the transaction that writes the appointment.
pub fn check(rules: &BookingRules, now: Millis, start: Millis, busy: &[Busy]) -> Result<Slot, Refused> {
    let Some(diary) = Diary::new(rules, now, busy) else {
        return Err(Refused { reason: Reason::BadTime, alternatives: Vec::new() });
    };
    diary.slot_at(start).map_err(|reason| Refused { reason, alternatives: diary.instead_of(start) })
}

/// The rules, the busy times and the present, ready to answer for any day.
struct Diary<'a> {
    rules: &'a BookingRules,
    zone: TimeZone,
    /// Busy times with the buffer on both sides, merged, in order.
    blocked: Vec<(Millis, Millis)>,
    earliest: Millis,
    today: Date,
    last_day: Date,
}

impl<'a> Diary<'a> {
    fn new(rules: &'a BookingRules, now: Millis, busy: &[Busy]) -> Option<Self> {
        let zone = rules.time_zone()?;
        let today = zone.to_datetime(Timestamp::from_millisecond(now.0).ok()?).date();
        let last_day = forward(today).nth(usize::try_from(rules.horizon_days).ok()?)?;
        let earliest = now + i64::from(rules.notice_minutes) * MINUTE;
        let blocked = blocked(busy, i64::from(rules.buffer_minutes) * MINUTE);
        Some(Self { rules, zone, blocked, earliest, today, last_day })
    }

    /// Local date and minute of the day.
    fn local(&self, instant: Millis) -> Option<(Date, u32)> {
        let at = self.zone.to_datetime(Timestamp::from_millisecond(instant.0).ok()?);
        Some((at.date(), minute_of(at.time())))
    }

    fn is_open_day(&self, date: Date) -> bool {
        (self.today..=self.last_day).contains(&date)
            && self.rules.days.contains(&Day::of(date))
            && !self.rules.closed_dates.contains(&date)
            && Calendars::of(&self.rules.holidays).holiday(date).is_none()
    }

    /// Every slot the hours and the grid give on a date, free or not. Local starts that a clock
    /// change skips do not exist; of those it repeats, only the first counts.
    fn grid(&self, date: Date) -> Vec<Slot> {
        let (open, close) = (minute_of(self.rules.open), minute_of(self.rules.close));
        let length = self.rules.slot_minutes.max(1);
        let closing = self.zone.to_ambiguous_timestamp(date.to_datetime(self.rules.close)).compatible();
        let closing = closing.map_or(Millis(i64::MAX), |at| Millis(at.as_millisecond()));
        let step = usize::try_from(self.rules.grid_minutes.max(1)).unwrap_or(usize::MAX);
        (open..close)
            .step_by(step)
            .take_while(|minute| minute.saturating_add(length) <= close)
            .filter_map(|minute| self.instant(date, minute))
            .map(|start| Slot { start, end: start + i64::from(length) * MINUTE })
            .filter(|slot| slot.end <= closing)
            .collect()
    }

    fn instant(&self, date: Date, minute: u32) -> Option<Millis> {
        let time = Time::new(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0).ok()?;
        let at = self.zone.to_ambiguous_timestamp(date.to_datetime(time));
        if matches!(at.offset(), AmbiguousOffset::Gap { .. }) {
            return None;
        }
        Some(Millis(at.earlier().ok()?.as_millisecond()))
    }

    fn is_taken(&self, slot: Slot) -> bool {
        let next = self.blocked.partition_point(|(_, end)| *end <= slot.start);
        self.blocked.get(next).is_some_and(|(start, _)| *start < slot.end)
    }

    fn free(&self, date: Date) -> Vec<Slot> {
        if !self.is_open_day(date) {
            return Vec::new();
        }
        let mut slots = self.grid(date);
        slots.retain(|slot| slot.start >= self.earliest && !self.is_taken(*slot));
        slots
    }

    fn slot_at(&self, start: Millis) -> Result<Slot, Reason> {
        let (date, minute) = self.local(start).ok_or(Reason::BadTime)?;
        if start < self.earliest {
            return Err(Reason::TooSoon);
        }
        if date > self.last_day {
            return Err(Reason::TooFar);
        }
        if !self.is_open_day(date) {
            return Err(Reason::ClosedDay);
        }
        let ends = minute.saturating_add(self.rules.slot_minutes);
        if minute < minute_of(self.rules.open) || ends > minute_of(self.rules.close) {
            return Err(Reason::OutsideHours);
        }
        let slot = self.grid(date).into_iter().find(|slot| slot.start == start);
        let slot = slot.ok_or(Reason::NotOnGrid)?;
        if self.is_taken(slot) { Err(Reason::Taken) } else { Ok(slot) }
    }

    /// What to offer to somebody who wanted `wanted`: the nearest before and after it on that
    /// day, then the slot nearest to that time of day on the days after, then on the days
    /// before, and only when that is not enough whatever else is nearest.
    fn instead_of(&self, wanted: Millis) -> Vec<Slot> {
        let (asked_day, minute) = self.local(wanted).unwrap_or((self.today, 0));
        let day = asked_day.clamp(self.today, self.last_day);
        let same_day = self.free(day);
        let split = same_day.partition_point(|slot| slot.start < wanted);
        let (before, after) = same_day.split_at(split);
        let mut picks: Vec<Slot> = before.last().into_iter().chain(after.first()).copied().collect();

        let other_days: Vec<Date> = forward(day)
            .skip(1)
            .take_while(|date| *date <= self.last_day)
            .chain(backward(day).skip(1).take_while(|date| *date >= self.today))
            .collect();
        let distance = |slot: &Slot| self.local(slot.start).map_or(u32::MAX, |at| at.1.abs_diff(minute));
        let one_a_day =
            other_days.iter().filter_map(|date| self.free(*date).into_iter().min_by_key(distance));
        picks.extend(one_a_day.take(ALTERNATIVES.saturating_sub(picks.len())));

        if picks.len() < ALTERNATIVES {
            let mut rest: Vec<Slot> = other_days.iter().flat_map(|date| self.free(*date)).collect();
            rest.extend(same_day);
            rest.retain(|slot| !picks.contains(slot));
            rest.sort_by_key(|slot| slot.start.since(wanted).saturating_abs());
            picks.extend(rest);
            picks.truncate(ALTERNATIVES);
        }
        picks.sort_by_key(|slot| slot.start);
        picks
    }
}

/// Busy times widened by the buffer, sorted and merged, so that one look-up decides.
fn blocked(busy: &[Busy], buffer: i64) -> Vec<(Millis, Millis)> {
    let mut wide: Vec<_> =
        busy.iter().filter(|b| b.start < b.end).map(|b| (b.start - buffer, b.end + buffer)).collect();
    wide.sort_unstable();
    let mut merged: Vec<(Millis, Millis)> = Vec::with_capacity(wide.len());
    for (start, end) in wide {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// `date` and the days after it, to the end of the calendar.
fn forward(date: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(date), |date| date.tomorrow().ok())
}

/// `date` and the days before it.
fn backward(date: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(date), |date| date.yesterday().ok())
}

fn minute_of(time: Time) -> u32 {
    u32::from(time.hour().unsigned_abs()) * 60 + u32::from(time.minute().unsigned_abs())
}
