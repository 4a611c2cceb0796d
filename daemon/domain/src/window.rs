//! Local-time windows: whether every candidate zone is inside its hours, and when next.
//!
//! Instants are turned into local time, never the reverse: a local time that a clock change
//! skips or repeats needs no decision then. Between two clock changes local time runs evenly, so
//! the search goes from change to change and needs no steps by the minute.
//!
//! Not here: which hours apply (policy), or which zones (zones).

use super::holidays::Calendars;
use super::zones::Zone;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{DAY, MINUTE};
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How far ahead an opening is looked for.
pub const SEARCH_DAYS: i64 = 15;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Minutes of a day.
const DAY_MINUTES: u16 = 1440;

/// For each day of the week, Monday first, the minutes `start..end` of the local day that are
/// inside; `None` for a day that is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Week([Option<(u16, u16)>; 7]);

impl Week {
    /// Open around the clock.
    pub const ALWAYS: Self = Self([Some((0, DAY_MINUTES)); 7]);
    /// Never open.
    pub const NEVER: Self = Self([None; 7]);

    /// The same week with other hours on one day (0 is Monday). Hours that end before they begin
    /// are none.
    pub fn with(mut self, day: usize, hours: Option<(u16, u16)>) -> Self {
        if let Some(slot) = self.0.get_mut(day) {
            *slot = hours.map(|(s, e)| (s, e.min(DAY_MINUTES))).filter(|(s, e)| s < e);
        }
        self
    }

    /// Inside both.
    pub fn and(&self, other: &Self) -> Self {
        let mut out = Self::NEVER;
        for (day, (a, b)) in self.0.iter().zip(&other.0).enumerate() {
            if let (Some((s1, e1)), Some((s2, e2))) = (a, b) {
                out = out.with(day, Some((*s1.max(s2), *e1.min(e2))));
            }
        }
        out
    }

    /// Inside both where the other is open; a day on which it is closed keeps its hours, cut to the
    /// widest of the other's days.
    #[must_use]
    pub fn within_hours_of(&self, other: &Self) -> Self {
        let open = other.0.iter().flatten();
        let widest = open.copied().reduce(|(s1, e1), (s2, e2)| (s1.min(s2), e1.max(e2)));
        let mut out = Self::NEVER;
        for (day, (own, of)) in self.0.iter().zip(&other.0).enumerate() {
            if let (Some((s1, e1)), Some((s2, e2))) = (own, of.or(widest)) {
                out = out.with(day, Some((*s1.max(&s2), *e1.min(&e2))));
            }
        }
        out
    }

    /// Closing `minutes` earlier, on days that close at all.
    pub fn closing_earlier(&self, minutes: u16) -> Self {
        let mut out = *self;
        for (day, hours) in self.0.iter().enumerate() {
            if let Some((s, e)) = hours.filter(|(_, e)| *e < DAY_MINUTES) {
                out = out.with(day, Some((s, e.saturating_sub(minutes))));
            }
        }
        out
    }

    /// In words: `Mon–Fri 09:00–20:00, Sat 10:00–17:00`.
    pub fn words(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut day = 0;
        while let (Some(first), Some(hours)) = (DAYS.get(day), self.0.get(day)) {
            let same = self.0.iter().skip(day).take_while(|h| *h == hours).count();
            if let Some((s, e)) = hours {
                let last = DAYS.get(day + same - 1).unwrap_or(first);
                let days = if same == 1 { (*first).to_owned() } else { format!("{first}–{last}") };
                let (sh, sm, eh, em) = (s / 60, s % 60, e / 60, e % 60);
                parts.push(format!("{days} {sh:02}:{sm:02}–{eh:02}:{em:02}"));
            }
            day += same;
        }
        if parts.is_empty() { "never".to_owned() } else { parts.join(", ") }
    }

    fn on(&self, day: Weekday) -> Option<(u16, u16)> {
        self.0.get(usize::try_from(day.to_monday_zero_offset()).unwrap_or(7)).copied().flatten()
    }
}

/// Hours of the week, and dates on which there are none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Schedule {
    /// The hours.
    pub week: Week,
    /// Closed local dates.
    pub closed: Vec<Date>,
    /// Countries whose public holidays are closed besides.
    pub holidays: Calendars,
}

impl Schedule {
    /// Open around the clock.
    pub fn always() -> Self {
        Self { week: Week::ALWAYS, closed: Vec::new(), holidays: Calendars::NONE }
    }

    fn on(&self, date: Date) -> Option<(u16, u16)> {
        let closed = self.closed.contains(&date) || self.holidays.holiday(date).is_some();
        if closed { None } else { self.week.on(date.weekday()) }
    }

    fn is_open(&self, at: DateTime) -> bool {
        self.on(at.date()).is_some_and(|(s, e)| (s..e).contains(&minute_of(at)))
    }
}

/// Whether contact is possible by local time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// Inside the hours in every zone, until `closes_at` (looked at for [`SEARCH_DAYS`]).
    Open {
        /// The first instant at which some zone is outside.
        closes_at: Millis,
    },
    /// Outside the hours in some zone.
    Closed {
        /// The next instant at which every zone is inside; `None` when there is none within
        /// [`SEARCH_DAYS`].
        next_open: Option<Millis>,
    },
    /// No zone is known.
    NoZone,
    /// A zone name that does not exist.
    BadZone,
}

/// Zones by name and answers by minute, so that a bulk import computes each question once.
/// Bounded: when full it starts afresh.
#[derive(Debug, Default)]
pub struct WindowCache {
    zones: HashMap<String, Option<TimeZone>>,
    answers: HashMap<u64, Vec<Looked>>,
    stored: usize,
}

/// What a look at the clocks found, with its question.
#[derive(Debug)]
pub struct Looked {
    minute: i64,
    zones: Vec<Zone>,
    schedule: Schedule,
    /// The answer.
    pub window: Window,
    /// The hours and the local times, in words.
    pub words: String,
}

/// Answers kept at most.
const MAX_ANSWERS: usize = 8_192;
/// Zone names kept at most; there are about 600, but declared ones may be anything.
const MAX_ZONES: usize = 1_024;

impl WindowCache {
    /// The window at `now`, to the minute.
    pub fn check(&mut self, now: Millis, zones: &[Zone], schedule: &Schedule) -> Window {
        self.look(now, zones, schedule).map_or(Window::NoZone, |found| found.window.clone())
    }

    /// The window at `now`, to the minute, and what was looked at; `None` without a zone.
    pub fn look(&mut self, now: Millis, zones: &[Zone], schedule: &Schedule) -> Option<&Looked> {
        if zones.is_empty() {
            return None;
        }
        let minute = now.0.div_euclid(MINUTE);
        let mut hasher = DefaultHasher::new();
        (minute, zones, schedule).hash(&mut hasher);
        let key = hasher.finish();
        let same = |a: &Looked| a.minute == minute && a.zones == zones && a.schedule == *schedule;
        let known = self.answers.get(&key).and_then(|list| list.iter().position(same));
        let at = match known {
            Some(at) => at,
            None => {
                let start = Millis(minute * MINUTE);
                let window = self.compute(start, zones, schedule);
                let local: Vec<_> = zones.iter().map(|z| self.local(start, z)).collect();
                let holiday = zones.iter().find_map(|z| self.holiday(start, z, schedule));
                let holiday = holiday.map(|name| format!("; {name} is a public holiday")).unwrap_or_default();
                let words = format!("hours {}; it is {}{holiday}", schedule.week.words(), local.join(", "));
                if self.stored >= MAX_ANSWERS {
                    self.answers.clear();
                    self.stored = 0;
                }
                self.stored += 1;
                let list = self.answers.entry(key).or_default();
                list.push(Looked {
                    minute,
                    zones: zones.to_vec(),
                    schedule: schedule.clone(),
                    window,
                    words,
                });
                list.len() - 1
            }
        };
        self.answers.get(&key)?.get(at)
    }

    /// Local time in a zone, in words: `Mon 14:03 in Europe/London (…)`.
    fn local(&mut self, now: Millis, zone: &Zone) -> String {
        let local = self.zone(&zone.name).zip(Timestamp::from_millisecond(now.0).ok());
        let Some((tz, ts)) = local else { return "unknown local time".to_owned() };
        let at = tz.to_datetime(ts);
        let day = DAYS.get(usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or(7)).unwrap_or(&"");
        format!("{day} {:02}:{:02} in {} ({})", at.hour(), at.minute(), zone.name, zone.why)
    }

    /// The public holiday it is in a zone.
    fn holiday(&mut self, now: Millis, zone: &Zone, schedule: &Schedule) -> Option<&'static str> {
        let local = self.zone(&zone.name)?.to_datetime(Timestamp::from_millisecond(now.0).ok()?);
        schedule.holidays.holiday(local.date())
    }

    fn compute(&mut self, now: Millis, zones: &[Zone], schedule: &Schedule) -> Window {
        let mut clocks: Vec<TimeZone> = Vec::with_capacity(zones.len());
        for zone in zones {
            match self.zone(&zone.name) {
                // Zones that run alike (Guernsey, London) need no second look, but telling that
                // for sure costs more than looking.
                Some(tz) => clocks.push(tz),
                None => return Window::BadZone,
            }
        }
        answer(now, &clocks, schedule)
    }

    fn zone(&mut self, name: &str) -> Option<TimeZone> {
        if let Some(known) = self.zones.get(name) {
            return known.clone();
        }
        // "Etc/Unknown" is a name, and runs like UTC: the opposite of knowing.
        let tz = TimeZone::get(name).ok().filter(|tz| !tz.is_unknown());
        if self.zones.len() >= MAX_ZONES {
            self.zones.clear();
        }
        self.zones.insert(name.to_owned(), tz.clone());
        tz
    }
}

fn answer(now: Millis, clocks: &[TimeZone], schedule: &Schedule) -> Window {
    let limit = now + SEARCH_DAYS * DAY;
    let mut at = now;
    // Each round moves to a later opening of some zone; a zone has few in the days searched.
    loop {
        let mut latest = at;
        for tz in clocks {
            match next_open(tz, schedule, latest, limit) {
                Some(t) => latest = t,
                None => return Window::Closed { next_open: None },
            }
        }
        if latest == at {
            break;
        }
        at = latest;
    }
    if at > now {
        return Window::Closed { next_open: Some(at) };
    }
    let closes = clocks.iter().map(|tz| next_close(tz, schedule, now, limit)).min();
    Window::Open { closes_at: closes.unwrap_or(limit) }
}

/// The first instant from `from` on at which the zone is inside its hours.
fn next_open(tz: &TimeZone, schedule: &Schedule, from: Millis, limit: Millis) -> Option<Millis> {
    let mut at = from;
    while at <= limit {
        let (local, change) = local_and_change(tz, at)?;
        if schedule.is_open(local) {
            return Some(at);
        }
        let opening =
            opening_after(schedule, local).map(|minutes| start_of_minute(at, local) + minutes * MINUTE);
        at = match (opening, change) {
            // The clocks change before: local time jumps, so look again from there.
            (None, Some(change)) => change,
            (Some(opening), Some(change)) if change <= opening => change,
            (Some(opening), _) => opening,
            (None, None) => return None,
        };
    }
    None
}

/// The first instant from `from` on, at which the zone is inside, that is outside; at most `limit`.
fn next_close(tz: &TimeZone, schedule: &Schedule, from: Millis, limit: Millis) -> Millis {
    let mut at = from;
    while at < limit {
        let Some((local, change)) = local_and_change(tz, at) else { return at };
        let Some((_, end)) = schedule.on(local.date()).filter(|_| schedule.is_open(local)) else { return at };
        let left = i64::from(end.saturating_sub(minute_of(local)));
        let end = start_of_minute(at, local) + left * MINUTE;
        at = change.map_or(end, |change| change.min(end));
    }
    limit
}

/// Minutes of local time from `local`, at which it is closed, to the next opening by the calendar.
fn opening_after(schedule: &Schedule, local: DateTime) -> Option<i64> {
    (0..=SEARCH_DAYS + 1).find_map(|day| {
        let date = local.date().checked_add(day.days()).ok()?;
        let (start, _) = schedule.on(date)?;
        let minutes = day * i64::from(DAY_MINUTES) + i64::from(start) - i64::from(minute_of(local));
        (minutes > 0).then_some(minutes)
    })
}

/// Local time at an instant, and the next instant at which the zone's clocks change.
fn local_and_change(tz: &TimeZone, at: Millis) -> Option<(DateTime, Option<Millis>)> {
    let ts = Timestamp::from_millisecond(at.0).ok()?;
    let change = tz.following(ts).next().map(|t| Millis(t.timestamp().as_millisecond()));
    Some((tz.to_datetime(ts), change))
}

fn start_of_minute(at: Millis, local: DateTime) -> Millis {
    at - (i64::from(local.second()) * 1_000 + i64::from(local.millisecond()))
}

fn minute_of(at: DateTime) -> u16 {
    u16::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).unwrap_or(0)
}

#[cfg(test)]
mod tests;
