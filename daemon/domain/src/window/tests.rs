//! Clock changes, intersections, and properties over random weeks and zones.

use super::*;
use proptest::prelude::*;

fn at(iso: &str) -> Millis {
    Millis::from_iso(iso).unwrap()
}

fn places(names: &[&str]) -> Vec<Zone> {
    names.iter().map(|n| Zone { name: (*n).to_owned().into(), why: "test" }).collect()
}

fn check(now: Millis, names: &[&str], schedule: &Schedule) -> Window {
    WindowCache::default().check(now, &places(names), schedule)
}

fn week(days: &[usize], start: u16, end: u16) -> Week {
    days.iter().fold(Week::NEVER, |w, d| w.with(*d, Some((start, end))))
}

fn every_day(start: u16, end: u16) -> Schedule {
    Schedule { week: week(&[0, 1, 2, 3, 4, 5, 6], start, end), closed: Vec::new(), holidays: Calendars::NONE }
}

fn open(iso: &str) -> Window {
    Window::Open { closes_at: at(iso) }
}

fn closed(iso: &str) -> Window {
    Window::Closed { next_open: Some(at(iso)) }
}

#[test]
fn the_start_is_inside_and_the_end_is_not() {
    let house = Schedule {
        week: week(&[0, 1, 2, 3, 4, 5], 9 * 60, 20 * 60),
        closed: Vec::new(),
        holidays: Calendars::NONE,
    };
    let london = ["Europe/London"];
    let cases = [
        ("2026-01-05T08:59:59.999Z", closed("2026-01-05T09:00:00Z")),
        ("2026-01-05T09:00:00Z", open("2026-01-05T20:00:00Z")),
        ("2026-01-05T19:59:59.999Z", open("2026-01-05T20:00:00Z")),
        ("2026-01-05T20:00:00Z", closed("2026-01-06T09:00:00Z")),
        // Saturday evening: closed until Monday.
        ("2026-01-10T20:00:00Z", closed("2026-01-12T09:00:00Z")),
        // Summer time.
        ("2026-07-06T07:59:00Z", closed("2026-07-06T08:00:00Z")),
        ("2026-07-06T08:00:00Z", open("2026-07-06T19:00:00Z")),
    ];
    for (now, expected) in cases {
        assert_eq!(check(at(now), &london, &house), expected, "{now}");
    }
}

#[test]
fn the_hours_hold_in_every_zone() {
    // 08:00 in Honolulu is 13:00 in New York in winter, 14:00 in summer.
    let federal = every_day(8 * 60, 21 * 60);
    let both = ["America/New_York", "Pacific/Honolulu"];
    assert_eq!(check(at("2026-01-05T14:00:00Z"), &both, &federal), closed("2026-01-05T18:00:00Z"));
    assert_eq!(check(at("2026-01-05T18:00:00Z"), &both, &federal), open("2026-01-06T02:00:00Z"));
    assert_eq!(check(at("2026-07-06T14:00:00Z"), &both, &federal), closed("2026-07-06T18:00:00Z"));
    assert_eq!(check(at("2026-07-06T18:00:00Z"), &both, &federal), open("2026-07-07T01:00:00Z"));
    // Guam and New York share no hour of the day.
    let narrow = every_day(9 * 60, 17 * 60);
    let none = check(at("2026-01-05T14:00:00Z"), &["America/New_York", "Pacific/Guam"], &narrow);
    assert_eq!(none, Window::Closed { next_open: None });
}

#[test]
fn clock_changes_are_followed() {
    let london = ["Europe/London"];
    // 29 March 2026: 01:00 becomes 02:00. An opening at 01:30 does not exist; the clock reads
    // 02:00 when it is first past it.
    let early = every_day(90, 300);
    assert_eq!(check(at("2026-03-29T00:10:00Z"), &london, &early), closed("2026-03-29T01:00:00Z"));
    assert_eq!(check(at("2026-03-29T01:00:00Z"), &london, &early), open("2026-03-29T04:00:00Z"));
    // The day after the change opens an hour earlier by UTC.
    let day = every_day(9 * 60, 20 * 60);
    assert_eq!(check(at("2026-03-28T20:00:00Z"), &london, &day), closed("2026-03-29T08:00:00Z"));
    // 25 October 2026: 02:00 becomes 01:00. Hours from 01:15 to 01:45 come twice.
    let twice = every_day(75, 105);
    assert_eq!(check(at("2026-10-25T00:20:00Z"), &london, &twice), open("2026-10-25T00:45:00Z"));
    assert_eq!(check(at("2026-10-25T00:45:00Z"), &london, &twice), closed("2026-10-25T01:15:00Z"));
    assert_eq!(check(at("2026-10-25T01:15:00Z"), &london, &twice), open("2026-10-25T01:45:00Z"));
    assert_eq!(check(at("2026-10-24T20:00:00Z"), &london, &day), closed("2026-10-25T09:00:00Z"));
    // New York: 8 March and 1 November 2026.
    let ny = ["America/New_York"];
    assert_eq!(check(at("2026-03-08T04:00:00Z"), &ny, &day), closed("2026-03-08T13:00:00Z"));
    assert_eq!(check(at("2026-11-01T04:00:00Z"), &ny, &day), closed("2026-11-01T14:00:00Z"));
}

#[test]
fn holidays_bad_zones_and_empty_weeks() {
    let mut day = every_day(9 * 60, 20 * 60);
    day.closed = vec![jiff::civil::date(2026, 12, 25), jiff::civil::date(2026, 12, 26)];
    assert_eq!(check(at("2026-12-25T12:00:00Z"), &["Europe/London"], &day), closed("2026-12-27T09:00:00Z"));
    assert_eq!(check(at("2026-12-25T12:00:00Z"), &[], &day), Window::NoZone);
    assert_eq!(check(at("2026-12-25T12:00:00Z"), &["Mars/Base"], &day), Window::BadZone);
    assert_eq!(check(at("2026-12-25T12:00:00Z"), &["Etc/Unknown"], &day), Window::BadZone);
    let never = Schedule { week: Week::NEVER, closed: Vec::new(), holidays: Calendars::NONE };
    let none = Window::Closed { next_open: None };
    assert_eq!(check(at("2026-12-25T12:00:00Z"), &["Europe/London"], &never), none);
    let always = check(at("2026-12-25T12:00:00Z"), &["Europe/London"], &Schedule::always());
    assert_eq!(always, open("2027-01-09T12:00:00Z"));
}

#[test]
fn weeks_combine_and_read_well() {
    let house = week(&[0, 1, 2, 3, 4, 5], 540, 1200);
    let texas = week(&[0, 1, 2, 3, 4, 5], 540, 1260).with(6, Some((720, 1260)));
    assert_eq!(house.and(&texas).words(), "Mon–Sat 09:00–20:00");
    assert_eq!(texas.words(), "Mon–Sat 09:00–21:00, Sun 12:00–21:00");
    assert_eq!(house.closing_earlier(15).words(), "Mon–Sat 09:00–19:45");
    assert_eq!(Week::ALWAYS.closing_earlier(15), Week::ALWAYS);
    assert_eq!(Week::NEVER.words(), "never");
    assert_eq!(week(&[2], 540, 560).closing_earlier(30).words(), "never");
}

#[test]
fn a_full_cache_starts_afresh() {
    let mut cache = WindowCache::default();
    let day = every_day(540, 1200);
    for i in 0..(MAX_ANSWERS as i64 + 10) {
        cache.check(Millis(i * MINUTE), &places(&["Europe/London"]), &day);
    }
    assert!(cache.stored <= MAX_ANSWERS);
    for i in 0..(MAX_ZONES + 10) {
        cache.check(Millis(0), &places(&[&format!("No/Such{i}")]), &day);
    }
    assert!(cache.zones.len() <= MAX_ZONES);
}

const ZONES: [&str; 8] = [
    "Europe/London",
    "America/New_York",
    "America/Phoenix",
    "Pacific/Honolulu",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/St_Johns",
    "Africa/Casablanca",
];

prop_compose! {
    fn any_schedule()(days in prop::array::uniform7(prop::option::weighted(0.8, (0u16..1440, 1u16..1441)))) -> Schedule {
        let week = days.iter().enumerate().fold(Week::NEVER, |w, (d, hours)| w.with(d, *hours));
        Schedule { week, closed: Vec::new(), holidays: Calendars::NONE }
    }
}

fn zone_list() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(&ZONES[..]), 1..4)
}

/// What the definition says, without any search.
fn plainly_open(t: Millis, zones: &[&str], schedule: &Schedule) -> bool {
    zones.iter().all(|z| {
        let tz = TimeZone::get(z).unwrap();
        schedule.is_open(tz.to_datetime(Timestamp::from_millisecond(t.0).unwrap()))
    })
}

proptest! {
    #[test]
    fn the_answer_is_exact(
        // 2026 and 2027 by the minute, so that every change of clocks is met.
        minute in 29_453_760i64..30_504_960,
        zones in zone_list(),
        schedule in any_schedule(),
    ) {
        let now = Millis(minute * MINUTE);
        match check(now, &zones, &schedule) {
            Window::Open { closes_at } => {
                prop_assert!(plainly_open(now, &zones, &schedule));
                prop_assert!(plainly_open(closes_at - MINUTE, &zones, &schedule));
                let limit = now + SEARCH_DAYS * DAY;
                prop_assert!(closes_at == limit || !plainly_open(closes_at, &zones, &schedule));
            }
            Window::Closed { next_open: Some(t) } => {
                prop_assert!(t > now && t <= now + SEARCH_DAYS * DAY);
                prop_assert!(plainly_open(t, &zones, &schedule));
                let mut before = t - MINUTE;
                // Nothing was missed: closed all the way back, or for two days at least.
                while before >= now && t.since(before) < 2 * DAY {
                    prop_assert!(!plainly_open(before, &zones, &schedule), "missed {}", before.iso());
                    before = before - 5 * MINUTE;
                }
                prop_assert!(!plainly_open(t - MINUTE, &zones, &schedule));
            }
            Window::Closed { next_open: None } => {
                let mut t = now;
                while t < now + SEARCH_DAYS * DAY {
                    prop_assert!(!plainly_open(t, &zones, &schedule), "missed {}", t.iso());
                    t = t + 61 * MINUTE;
                }
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn the_cache_changes_nothing(
        minutes in prop::collection::vec(29_453_760i64..29_453_780, 1..20),
        zones in zone_list(),
        schedule in any_schedule(),
    ) {
        let mut cache = WindowCache::default();
        for minute in minutes {
            let now = Millis(minute * MINUTE + 17);
            prop_assert_eq!(cache.check(now, &places(&zones), &schedule), check(now, &zones, &schedule));
        }
    }
}
