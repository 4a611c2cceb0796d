//! The diary: appointments of one client as a grid, times down and days across, in the client's own
//! zone. What stands in the grid are the list's own rows: what is filtered away, or was not fetched
//! yet, is not in it. Pure; drawing is in `view`.

use crate::model::list::ListState;
use crate::rows::Row;
use crate::zone::Zone;
use frontdesk_shared::call::AppointmentRow;
use frontdesk_shared::time::{DAY, MINUTE};
use jiff::civil::Date;

/// How appointments are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Diary {
    /// A list, next first.
    #[default]
    List,
    /// The week of the selected one.
    Week,
    /// The day of the selected one.
    Day,
}

impl Diary {
    /// What comes next when the view is changed.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::List => Self::Week,
            Self::Week => Self::Day,
            Self::Day => Self::List,
        }
    }
}

/// Where the selection goes in the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the one before in time.
    Earlier,
    /// To the one after it in time.
    Later,
    /// To the nearest time on the last day before that has one.
    DayBefore,
    /// To the nearest time on the next day that has one.
    DayAfter,
}

/// Shown where a day has nothing: usual hours, in minutes of the day.
const OPEN: (i64, i64) = (9 * 60, 17 * 60);
/// Lengths of a row in minutes.
const STEPS: [i64; 3] = [15, 30, 60];

/// One appointment in the grid.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its place in the list.
    pub at: usize,
    /// Itself.
    pub row: &'a AppointmentRow,
    /// Its day, where the client is.
    pub date: Date,
    /// When it begins, in minutes of that day.
    pub from: i64,
    /// When it ends, in minutes of that day.
    pub to: i64,
}

/// A grid.
#[derive(Debug)]
pub struct Grid<'a> {
    /// Whose appointments.
    pub client: &'a str,
    /// In which zone.
    pub zone: &'a str,
    /// The days across.
    pub days: Vec<Date>,
    /// Minutes of the day at which rows begin.
    pub rows: Vec<i64>,
    /// Minutes in a row.
    pub step: i64,
    /// What stands in it, in the order of time.
    pub entries: Vec<Entry<'a>>,
    /// The selected one's place in the list.
    pub selected: usize,
}

impl<'a> Grid<'a> {
    /// The grid around the selected appointment; `None` where none is selected, or its client's zone
    /// is not known here.
    #[must_use]
    pub fn of(state: &'a ListState, diary: Diary, height: usize) -> Option<Self> {
        let Row::Appointment(selected) = state.row(state.cursor)? else { return None };
        let zone = Zone::named(&selected.zone)?;
        let day = zone.date(selected.starts_at)?;
        let days = match diary {
            Diary::Day => vec![day],
            Diary::List | Diary::Week => week(day),
        };
        let mut entries = all(state, &selected.client, &zone);
        entries.retain(|entry| days.contains(&entry.date));
        let days = without_empty_weekend(days, &entries);
        let shortest = entries.iter().map(|entry| entry.to - entry.from).min().unwrap_or(30);
        let begins = entries.iter().map(|entry| entry.from).min().unwrap_or(OPEN.0).min(OPEN.0);
        let ends = entries.iter().map(|entry| entry.to).max().unwrap_or(OPEN.1).max(OPEN.1);
        let fits = |step: &i64| *step >= shortest.min(60) && (ends - begins) / step <= height as i64;
        let step = STEPS.into_iter().find(fits).unwrap_or(60);
        let first = begins.div_euclid(step) * step;
        let rows = (first..ends).step_by(usize::try_from(step).unwrap_or(60)).collect();
        Some(Self {
            client: &selected.client,
            zone: &selected.zone,
            days,
            rows,
            step,
            entries,
            selected: state.cursor,
        })
    }

    /// What stands at a row of a day: what begins in it, or goes on from before. The selected one
    /// first, then what is still to be.
    #[must_use]
    pub fn cell(&self, day: Date, row: i64) -> Vec<&Entry<'a>> {
        let here = |e: &&Entry<'_>| e.date == day && e.from < row + self.step && e.to > row;
        let mut found: Vec<&Entry<'a>> = self.entries.iter().filter(here).collect();
        found.sort_by_key(|e| (e.at != self.selected, e.row.status != "booked", e.from));
        found
    }

    /// The row in which the selected one begins.
    #[must_use]
    pub fn selected_row(&self) -> usize {
        let from = self.entries.iter().find(|e| e.at == self.selected).map_or(0, |e| e.from);
        self.rows.iter().rposition(|row| *row <= from).unwrap_or(0)
    }
}

/// Where a step from the selected appointment leads, as a place in the list.
#[must_use]
pub fn step(state: &ListState, step: Step) -> Option<usize> {
    let Row::Appointment(selected) = state.row(state.cursor)? else { return None };
    let zone = Zone::named(&selected.zone)?;
    let all = all(state, &selected.client, &zone);
    let now = all.iter().position(|entry| entry.at == state.cursor)?;
    let here = all.get(now)?;
    let found = match step {
        Step::Earlier => now.checked_sub(1).and_then(|before| all.get(before)),
        Step::Later => all.get(now + 1),
        Step::DayBefore | Step::DayAfter => {
            let forward = step == Step::DayAfter;
            let other = |e: &&Entry<'_>| if forward { e.date > here.date } else { e.date < here.date };
            let days = all.iter().filter(other).map(|e| e.date);
            let day = if forward { days.min() } else { days.max() }?;
            all.iter().filter(|e| e.date == day).min_by_key(|e| (e.from - here.from).abs())
        }
    };
    found.map(|entry| entry.at)
}

/// A client's appointments, in the order of time.
fn all<'a>(state: &'a ListState, client: &str, zone: &Zone) -> Vec<Entry<'a>> {
    let rows = (0..state.len()).filter_map(|at| Some((at, state.row(at)?)));
    let mut all: Vec<Entry<'a>> = rows
        .filter_map(|(at, row)| match row {
            Row::Appointment(row) if row.client == client => {
                let from = zone.minute_of_day(row.starts_at)?;
                // What goes on over midnight ends with its day here.
                let length = (row.ends_at.since(row.starts_at) / MINUTE).clamp(1, DAY / MINUTE - from);
                Some(Entry { at, row, date: zone.date(row.starts_at)?, from, to: from + length })
            }
            _ => None,
        })
        .collect();
    all.sort_by_key(|entry| (entry.date, entry.from, entry.at));
    all
}

fn week(day: Date) -> Vec<Date> {
    let monday = i64::from(day.weekday().to_monday_zero_offset());
    let days = (0..7).filter_map(|n| day.checked_add(jiff::Span::new().days(n - monday)).ok());
    days.collect()
}

fn without_empty_weekend(days: Vec<Date>, entries: &[Entry<'_>]) -> Vec<Date> {
    let busy = |day: &Date| entries.iter().any(|entry| entry.date == *day);
    let weekend = |day: &Date| day.weekday().to_monday_zero_offset() >= 5;
    if days.iter().filter(|day| weekend(day)).any(busy) {
        return days;
    }
    let weekdays: Vec<Date> = days.iter().copied().filter(|day| !weekend(day)).collect();
    if weekdays.is_empty() { days } else { weekdays }
}
