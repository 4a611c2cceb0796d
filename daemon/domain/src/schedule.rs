//! The house's scheduled work as data: which slot is due, and which comes next.
//!
//! Lives here: cadences, their slots, the table of jobs. A slot is an instant that every daemon
//! computes alike, so that `name:slot` is a job's identity and several daemons fire once. Must
//! not live here: the alarm that looks (runner), the record of what was fired (store), the clock.

use frontdesk_shared::Millis;
use frontdesk_shared::time::{HOUR, MINUTE};
use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

/// When slots are.
///
/// Local times keep their hour over clock changes. A local time that a change skips is taken as
/// much later as the clock was moved (01:30 becomes 02:30), one that comes twice is taken the
/// first time: one slot a day either way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cadence {
    /// Every `n` minutes, counted from the epoch in UTC. 0 counts as 1.
    EveryMinutes(u32),
    /// On the hour, UTC.
    Hourly,
    /// Once a day.
    Daily {
        /// Local time.
        at: Time,
        /// The zone it is local to.
        zone: TimeZone,
    },
    /// Once a week.
    Weekly {
        /// Local day.
        day: Weekday,
        /// Local time.
        at: Time,
        /// The zone they are local to.
        zone: TimeZone,
    },
}

impl Cadence {
    /// The period of cadences that do not follow a local clock.
    fn period(&self) -> Option<i64> {
        match self {
            Self::EveryMinutes(n) => Some(i64::from((*n).max(1)) * MINUTE),
            Self::Hourly => Some(HOUR),
            Self::Daily { .. } | Self::Weekly { .. } => None,
        }
    }

    /// The slots of a local cadence on the days around `now`, in order. Nine days back and
    /// forth always hold a week's slot on either side.
    fn around(&self, now: Millis) -> Vec<Millis> {
        let (only, at, zone) = match self {
            Self::Daily { at, zone } => (None, *at, zone),
            Self::Weekly { day, at, zone } => (Some(*day), *at, zone),
            Self::EveryMinutes(_) | Self::Hourly => return Vec::new(),
        };
        let Ok(instant) = Timestamp::from_millisecond(now.0) else { return Vec::new() };
        let mut date = zone.to_datetime(instant).date();
        for _ in 0..9 {
            date = date.yesterday().unwrap_or(Date::MIN);
        }
        let dates = std::iter::successors(Some(date), |date| date.tomorrow().ok()).take(19);
        dates
            .filter(|date| only.is_none_or(|day| date.weekday() == day))
            .filter_map(|date| zone.to_ambiguous_timestamp(date.to_datetime(at)).compatible().ok())
            .map(|instant| Millis(instant.as_millisecond()))
            .collect()
    }

    /// The cadence in words for a list.
    pub fn words(&self) -> String {
        let clock = |at: &Time| format!("{:02}:{:02}", at.hour(), at.minute());
        let place = |zone: &TimeZone| zone.iana_name().unwrap_or("local").to_owned();
        match self {
            Self::EveryMinutes(0 | 1) => "every minute".to_owned(),
            Self::EveryMinutes(n) => format!("every {n} minutes"),
            Self::Hourly => "hourly".to_owned(),
            Self::Daily { at, zone } => format!("daily at {} {}", clock(at), place(zone)),
            Self::Weekly { day, at, zone } => {
                format!("weekly, {day:?} {} {}", clock(at), place(zone))
            }
        }
    }
}

/// One scheduled job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// Its stable name, also the first half of a run's identity.
    pub name: &'static str,
    /// What it does, for people.
    pub does: &'static str,
    /// When.
    pub cadence: Cadence,
}

impl Scheduled {
    /// The identity of the run for `slot`.
    pub fn key(&self, slot: Millis) -> String {
        format!("{}:{}", self.name, slot.0)
    }
}

/// The house's own jobs.
pub fn house_jobs() -> Vec<Scheduled> {
    vec![
        Scheduled {
            name: "sweep-calls",
            does: "asks the provider about calls that have been open for too long",
            cadence: Cadence::EveryMinutes(1),
        },
        Scheduled {
            name: "db-health",
            does: "checks that the store answers, and how fast",
            cadence: Cadence::EveryMinutes(5),
        },
        Scheduled {
            name: "sweep-leads",
            does: "expires leads that are too old to contact",
            cadence: Cadence::Hourly,
        },
        Scheduled {
            name: "read-calendars",
            does: "reads what changed in the clients' own calendars",
            cadence: Cadence::EveryMinutes(2),
        },
    ]
}

/// The slot to run now, if one was missed since `last_slot`: the newest, however many were
/// missed, because each of these jobs looks at the present and not at its slot.
///
/// `last_slot` is the slot that ran last. Never run (`None`) means due at once; to begin with
/// the next slot instead, pass the instant of installation. A `last_slot` beyond even the next
/// slot can only come from a clock that was wrong and is ignored, for else a job would stand
/// still until that clock's time; the run's identity keeps this harmless.
pub fn slots_due(cadence: &Cadence, last_slot: Option<Millis>, now: Millis) -> Option<Millis> {
    let newest = match cadence.period() {
        Some(period) => now - now.0.rem_euclid(period),
        None => cadence.around(now).into_iter().rev().find(|slot| *slot <= now)?,
    };
    match last_slot {
        Some(last) if last < newest => Some(newest),
        Some(last) if next_slot(cadence, now).is_some_and(|next| last > next) => Some(newest),
        Some(_) => None,
        None => Some(newest),
    }
}

/// The first slot after `now`. `None` only at the end of the calendar.
pub fn next_slot(cadence: &Cadence, now: Millis) -> Option<Millis> {
    match cadence.period() {
        Some(period) => Some(now - now.0.rem_euclid(period) + period).filter(|next| *next > now),
        None => cadence.around(now).into_iter().find(|slot| *slot > now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_shared::time::{DAY, SECOND};
    use proptest::prelude::*;

    fn at(iso: &str) -> Millis {
        Millis::from_iso(iso).unwrap()
    }

    fn daily(hour: i8, minute: i8) -> Cadence {
        let zone = TimeZone::get("Europe/London").unwrap();
        Cadence::Daily { at: Time::constant(hour, minute, 0, 0), zone }
    }

    fn monday_nine(zone: &str) -> Cadence {
        Cadence::Weekly {
            day: Weekday::Monday,
            at: Time::constant(9, 0, 0, 0),
            zone: TimeZone::get(zone).unwrap(),
        }
    }

    /// Every slot in `[from, to)`, by walking.
    fn walk(cadence: &Cadence, from: Millis, to: Millis) -> Vec<String> {
        let mut slots = Vec::new();
        let mut now = from - 1;
        while let Some(next) = next_slot(cadence, now).filter(|next| *next < to) {
            slots.push(next.iso());
            now = next;
        }
        slots
    }

    #[test]
    fn utc_slots_are_aligned() {
        let now = at("2026-11-21T10:07:31Z");
        let five = Cadence::EveryMinutes(5);
        assert_eq!(slots_due(&five, None, now), Some(at("2026-11-21T10:05:00Z")));
        assert_eq!(next_slot(&five, now), Some(at("2026-11-21T10:10:00Z")));
        assert_eq!(next_slot(&five, at("2026-11-21T10:10:00Z")), Some(at("2026-11-21T10:15:00Z")));
        assert_eq!(slots_due(&Cadence::Hourly, None, now), Some(at("2026-11-21T10:00:00Z")));
        assert_eq!(slots_due(&Cadence::EveryMinutes(0), None, now), Some(at("2026-11-21T10:07:00Z")));
    }

    #[test]
    fn a_slot_is_due_once() {
        let five = Cadence::EveryMinutes(5);
        let slot = at("2026-11-21T10:05:00Z");
        assert_eq!(slots_due(&five, Some(slot - 5 * MINUTE), slot - 1), None);
        assert_eq!(slots_due(&five, Some(slot - 5 * MINUTE), slot), Some(slot));
        assert_eq!(slots_due(&five, Some(slot), slot), None);
        assert_eq!(slots_due(&five, Some(slot), slot + 4 * MINUTE), None);
    }

    #[test]
    fn after_a_long_downtime_only_the_newest_slot_is_caught_up() {
        let last = at("2026-01-01T00:00:00Z");
        let now = at("2026-11-21T10:07:31Z");
        assert_eq!(slots_due(&Cadence::EveryMinutes(1), Some(last), now), Some(at("2026-11-21T10:07:00Z")));
        assert_eq!(
            slots_due(&monday_nine("Europe/London"), Some(last), now),
            Some(at("2026-11-16T09:00:00Z"))
        );
        let caught_up = slots_due(&daily(2, 30), Some(last), now);
        assert_eq!(caught_up, Some(at("2026-11-21T02:30:00Z")));
        assert_eq!(slots_due(&daily(2, 30), caught_up, now), None);
    }

    #[test]
    fn spring_forward_moves_a_skipped_time_and_keeps_one_slot_a_day() {
        let (from, to) = (at("2026-03-28T00:00:00Z"), at("2026-03-31T00:00:00Z"));
        assert_eq!(
            walk(&daily(1, 30), from, to),
            ["2026-03-28T01:30:00.000Z", "2026-03-29T01:30:00.000Z", "2026-03-30T00:30:00.000Z"],
            "01:30 does not exist on the 29th: 02:30 summer time"
        );
        assert_eq!(
            walk(&daily(9, 0), from, to),
            ["2026-03-28T09:00:00.000Z", "2026-03-29T08:00:00.000Z", "2026-03-30T08:00:00.000Z"]
        );
    }

    #[test]
    fn fall_back_takes_the_first_of_two() {
        let (from, to) = (at("2026-10-24T00:00:00Z"), at("2026-10-27T00:00:00Z"));
        assert_eq!(
            walk(&daily(1, 30), from, to),
            ["2026-10-24T00:30:00.000Z", "2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]
        );
        let slot = at("2026-10-25T00:30:00Z");
        assert_eq!(slots_due(&daily(1, 30), Some(slot), slot + HOUR), None, "01:30 again, but not due again");
    }

    #[test]
    fn a_week_keeps_its_local_hour() {
        let cadence = monday_nine("America/New_York");
        assert_eq!(
            walk(&cadence, at("2026-10-20T00:00:00Z"), at("2026-11-10T00:00:00Z")),
            ["2026-10-26T13:00:00.000Z", "2026-11-02T14:00:00.000Z", "2026-11-09T14:00:00.000Z"]
        );
    }

    #[test]
    fn a_clock_that_goes_back_neither_repeats_nor_stalls() {
        let minute = Cadence::EveryMinutes(1);
        let last = at("2026-11-21T10:07:00Z");
        assert_eq!(slots_due(&minute, Some(last), last - 20 * SECOND), None, "a small step waits");
        assert_eq!(
            slots_due(&daily(2, 30), Some(at("2026-11-21T02:30:00Z")), at("2026-11-21T02:29:00Z")),
            None
        );
        // A clock that was years ahead for a moment.
        let wrong = at("2031-01-01T00:00:00Z");
        assert_eq!(slots_due(&minute, Some(wrong), last), Some(last));
        assert_eq!(slots_due(&minute, slots_due(&minute, Some(wrong), last), last), None);
    }

    #[test]
    fn the_table_is_well_formed() {
        let jobs = house_jobs();
        let names: Vec<_> = jobs.iter().map(|job| job.name).collect();
        assert_eq!(names, ["sweep-calls", "db-health", "sweep-leads", "read-calendars"]);
        assert!(jobs.iter().all(|job| !job.does.is_empty()));
        assert_eq!(jobs[0].key(Millis(60_000)), "sweep-calls:60000");
        let words: Vec<_> = jobs.iter().map(|job| job.cadence.words()).collect();
        assert_eq!(words, ["every minute", "every 5 minutes", "hourly", "every 2 minutes"]);
        assert_eq!(daily(2, 30).words(), "daily at 02:30 Europe/London");
        assert_eq!(monday_nine("America/New_York").words(), "weekly, Monday 09:00 America/New_York");
    }

    fn cadences() -> impl Strategy<Value = Cadence> {
        let zones = vec!["UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"];
        (0usize..4, 0u32..3_000, 0i8..24, 0i8..60, 1i8..=7, prop::sample::select(zones)).prop_map(
            |(kind, n, hour, minute, day, zone)| {
                let at = Time::constant(hour, minute, 0, 0);
                let zone = TimeZone::get(zone).unwrap();
                match kind {
                    0 => Cadence::EveryMinutes(n),
                    1 => Cadence::Hourly,
                    2 => Cadence::Daily { at, zone },
                    _ => Cadence::Weekly { day: Weekday::from_monday_one_offset(day).unwrap(), at, zone },
                }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn due_and_next_enclose_now(
            cadence in cadences(),
            now in (946_684_800_000i64..2_500_000_000_000).prop_map(Millis),
        ) {
            let due = slots_due(&cadence, None, now).unwrap();
            let next = next_slot(&cadence, now).unwrap();
            prop_assert!(due <= now && now < next);
            prop_assert_eq!(slots_due(&cadence, None, next), Some(next), "the next slot becomes due");
            prop_assert_eq!(next_slot(&cadence, due - 1), Some(due), "nothing lies between");
            prop_assert_eq!(slots_due(&cadence, Some(due), next - 1), None);
            prop_assert!(next.since(due) <= 9 * DAY);
        }

        #[test]
        fn any_instant_is_answered(cadence in cadences(), now in any::<i64>(), last in any::<i64>()) {
            let due = slots_due(&cadence, Some(Millis(last)), Millis(now));
            prop_assert!(due.is_none_or(|slot| slot <= Millis(now)));
            prop_assert!(next_slot(&cadence, Millis(now)).is_none_or(|slot| slot > Millis(now)));
        }
    }
}
