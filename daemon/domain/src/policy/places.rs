//! The rules of countries and US states, and their defaults.

use super::super::keys::keys;
use super::hours::{Day, Hours, TimeOfDay};
use crate::window::Week;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

keys! {
    /// The rules of one country, by ISO 3166 code (`[profiles.GB]`). People of a country without a profile are never contacted; a new one starts with these values.
    pub struct CountryProfile {
        /// Whether people there may be contacted at all.
        enabled: bool = true;
        /// Other codes with the same rules and no profile of their own (islands, territories).
        covers: BTreeSet<String> = BTreeSet::new();
        /// Days on which calls and texts are allowed.
        days: BTreeSet<Day> = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri].into();
        /// From this local time on.
        start: TimeOfDay = TimeOfDay::hm(9, 0);
        /// Until this local time; after `start`.
        end: TimeOfDay = TimeOfDay::hm(20, 0);
        /// Other hours on Saturday.
        saturday: Option<Hours> = None;
        /// Other hours on Sunday.
        sunday: Option<Hours> = None;
        /// Whether calls and texts need consent as `[calling.consent]` says. Without it, screening is what protects people.
        consent_required: bool = true;
        /// A number contacted without consent must have been checked against the do-not-call list within so many days; 0 = there is no such list.
        screening_days: u32 = 0;
        /// What that list is called.
        screening_list: String = "do-not-call list".to_owned();
        /// Contacts per person in 24 hours; the installation's own limit holds besides. To block a country, set `enabled = false`.
        max_per_24h: u32 = 3, in 1..=u32::MAX;
    }
}

impl CountryProfile {
    pub(super) fn week(&self) -> Week {
        let mut week = week(&self.days, self.start, self.end);
        for (day, hours) in [(5, self.saturday), (6, self.sunday)] {
            if let Some(hours) = hours {
                week = week.with(day, hours.minutes());
            }
        }
        week
    }
}

keys! {
    /// The rules of one US state, by postal code (`[calling.us_states.FL]`), inside those of the country. A state without a row has the country's.
    pub struct StateRule {
        /// Monday to Friday.
        mon_fri: Hours = FEDERAL;
        /// Saturday.
        sat: Hours = FEDERAL;
        /// Sunday.
        sun: Hours = FEDERAL;
        /// Contacts per person in 24 hours, where the state says so.
        max_per_24h: Option<u32> = None, in 1..=u32::MAX;
        /// Hours between AI calls to a person, where the state says so.
        ai_gap_hours: Option<u32> = None;
        /// Whether the state forbids calls on its holidays; their dates go into `holidays`.
        holidays_closed: bool = false;
        /// Where the row comes from.
        note: String = String::new();
    }
}

impl StateRule {
    pub(super) fn week(&self) -> Week {
        let mut week = (0..5).fold(Week::NEVER, |w, day| w.with(day, self.mon_fri.minutes()));
        week = week.with(5, self.sat.minutes());
        week.with(6, self.sun.minutes())
    }
}

/// The same hours on each of `days`.
pub(super) fn week(days: &BTreeSet<Day>, start: TimeOfDay, end: TimeOfDay) -> Week {
    let hours = Some((start.minutes(), end.minutes()));
    let open = Day::ALL.iter().enumerate().filter(|(_, d)| days.contains(d));
    open.fold(Week::NEVER, |w, (i, _)| w.with(i, hours))
}

/// 47 CFR 64.1200(c)(1).
const FEDERAL: Hours = Hours::Open(TimeOfDay::hm(8, 0), TimeOfDay::hm(21, 0));

/// Great Britain and the United States.
pub(super) fn default_profiles() -> BTreeMap<String, CountryProfile> {
    let codes = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect();
    // No statutory calling hours are known for GB; the house's own are narrower than these.
    let gb = CountryProfile {
        covers: codes(&["GG", "IM", "JE"]),
        days: Day::ALL.into(),
        start: TimeOfDay::hm(8, 0),
        end: TimeOfDay::hm(21, 0),
        screening_days: 28,
        screening_list: "TPS/CTPS".to_owned(),
        ..CountryProfile::default()
    };
    let us = CountryProfile {
        covers: codes(&["AS", "GU", "MP", "PR", "VI"]),
        screening_days: 31,
        screening_list: "National DNC Registry".to_owned(),
        ..gb.clone()
    };
    BTreeMap::from([("GB".to_owned(), gb), ("US".to_owned(), us)])
}

/// The states of the embedded table.
pub(super) fn default_states() -> BTreeMap<String, StateRule> {
    let text = include_str!("../../data/us_state_call_windows.tsv");
    let rows = text.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    let hours = |s: &str| if s == "fed" { Some(FEDERAL) } else { Hours::parse(s) };
    let row = |line: &str| {
        let mut cells = line.split('\t');
        let mut next = || cells.next();
        let state = next()?.to_owned();
        let rule = StateRule {
            mon_fri: hours(next()?)?,
            sat: hours(next()?)?,
            sun: hours(next()?)?,
            max_per_24h: next()?.parse().ok(),
            ai_gap_hours: next()?.parse().ok(),
            holidays_closed: next()? == "none",
            note: next().filter(|n| *n != "-").unwrap_or_default().to_owned(),
        };
        Some((state, rule))
    };
    rows.filter_map(row).collect()
}
