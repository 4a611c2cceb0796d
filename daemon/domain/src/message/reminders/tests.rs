//! Clock changes, closed hours, short notice; and what holds for any appointment.

use super::*;
use proptest::prelude::*;

fn at(iso: &str) -> Millis {
    Millis::from_iso(iso).unwrap()
}

fn places(names: &[&str]) -> Vec<Zone> {
    names.iter().map(|name| Zone { name: (*name).to_owned().into(), why: "test" }).collect()
}

/// Booked long before, seen at booking.
fn planned(zones: &[&str], start: &str, rules: &ReminderRules) -> Plan {
    booked(zones, start, at(start) - 30 * DAY, rules)
}

fn booked(zones: &[&str], start: &str, booked_at: Millis, rules: &ReminderRules) -> Plan {
    let zones = places(zones);
    let of = Appointment { start: at(start), booked_at, zones: &zones, business_zone: "Europe/London" };
    plan(&of, booked_at, rules, &mut WindowCache::default())
}

fn times(plan: &Plan) -> Vec<(&'static str, String, bool)> {
    plan.planned
        .iter()
        .map(|p| (p.kind.word(), p.send_at.iso().replace(":00.000Z", "Z"), p.moved_earlier))
        .collect()
}

const LONDON: [&str; 1] = ["Europe/London"];
const NEW_YORK: [&str; 1] = ["America/New_York"];

fn only(day: &str, moved: bool, kind: &'static str) -> (&'static str, String, bool) {
    (kind, day.to_owned(), moved)
}

#[test]
fn t_a_day_before_is_24_hours_over_clock_changes() {
    let rules = ReminderRules::default();
    for (zones, start, first, second) in [
        (LONDON, "2027-03-28T08:00:00Z", "2027-03-27T08:00Z", None),
        (LONDON, "2027-10-31T09:00:00Z", "2027-10-30T09:00Z", Some("2027-10-31T08:00Z")),
        (NEW_YORK, "2027-03-14T13:00:00Z", "2027-03-13T13:00Z", Some("2027-03-14T12:00Z")),
        (NEW_YORK, "2027-11-07T14:00:00Z", "2027-11-06T14:00Z", Some("2027-11-07T13:00Z")),
    ] {
        let plan = planned(&zones, start, &rules);
        let found = times(&plan);
        assert_eq!(found.first(), Some(&only(first, false, "reminder-24h")), "{start}");
        // 09:00 local: an hour before is the opening, which is inside.
        if let Some(second) = second {
            assert_eq!(found.get(1), Some(&only(second, false, "reminder-1h")), "{start}");
        }
    }
    // The day the clocks go forward: 08:00 UTC is 09:00, 07:00 UTC is 08:00.
    let spring = planned(&LONDON, "2027-03-28T08:00:00Z", &rules);
    assert_eq!(times(&spring).get(1), Some(&only("2027-03-28T07:00Z", false, "reminder-1h")));
}

#[test]
fn r11_a_monday_morning_is_reminded_of_on_sunday() {
    // Monday 10:00, due Sunday 10:00: inside every day's hours.
    let ten = planned(&LONDON, "2027-01-11T10:00:00Z", &ReminderRules::default());
    assert_eq!(
        times(&ten),
        [only("2027-01-10T10:00Z", false, "reminder-24h"), only("2027-01-11T09:00Z", false, "reminder-1h")]
    );
    // Of use for 20 hours, until Monday 06:00; the second until the start.
    let until: Vec<_> = ten.planned.iter().map(|p| p.useful_until).collect();
    assert_eq!(until, [at("2027-01-11T06:00:00Z"), at("2027-01-11T10:00:00Z")]);
}

#[test]
fn r11_a_nine_oclock_has_its_second_reminder_at_the_opening() {
    let nine = planned(&LONDON, "2027-01-12T09:00:00Z", &ReminderRules::default());
    assert_eq!(
        times(&nine),
        [only("2027-01-11T09:00Z", false, "reminder-24h"), only("2027-01-12T08:00Z", false, "reminder-1h")]
    );
    // Half an hour before that it would be too early: the evening before, not after.
    let half_past_eight = planned(&LONDON, "2027-01-12T08:30:00Z", &ReminderRules::default());
    assert_eq!(
        times(&half_past_eight),
        [only("2027-01-11T08:30Z", false, "reminder-24h"), only("2027-01-11T19:55Z", true, "reminder-1h")]
    );
}

#[test]
fn r11_where_sundays_are_closed_both_become_one_on_saturday() {
    let mut rules = ReminderRules::default();
    rules.hours.week = rules.hours.week.with(6, None);
    let plan = planned(&LONDON, "2027-01-11T08:30:00Z", &rules);
    assert_eq!(times(&plan), [only("2027-01-09T19:55Z", true, "reminder-24h")]);
    assert_eq!(plan.skipped, [(Kind::Reminder1h, Skip::Merged)]);
    assert_eq!(plan.planned.first().map(|p| p.useful_until), Some(at("2027-01-11T08:30:00Z")));
    // At 10:00 the second is due inside: two days lie between them.
    let later = planned(&LONDON, "2027-01-11T10:00:00Z", &rules);
    assert_eq!(
        times(&later),
        [only("2027-01-09T19:55Z", true, "reminder-24h"), only("2027-01-11T09:00Z", false, "reminder-1h")]
    );
}

#[test]
fn t9_the_hours_hold_in_every_zone() {
    // 09:00 in New York is 06:00 in Los Angeles: the last instant inside both is 20:00 in New York.
    let both = ["America/New_York", "America/Los_Angeles"];
    let plan = planned(&both, "2027-01-12T14:00:00Z", &ReminderRules::default());
    assert_eq!(
        times(&plan),
        [only("2027-01-11T00:55Z", true, "reminder-24h"), only("2027-01-12T00:55Z", true, "reminder-1h")]
    );
}

#[test]
fn t8_an_unknown_zone_is_held_and_none_is_the_businesss() {
    let rules = ReminderRules::default();
    let unknown = planned(&["Mars/Olympus"], "2027-01-12T14:00:00Z", &rules);
    assert_eq!(unknown.planned, []);
    assert!(unknown.skipped.iter().all(|(_, why)| *why == Skip::UnknownZone));
    let none = planned(&[], "2027-01-12T14:00:00Z", &rules);
    assert_eq!(none.planned.len(), 2);
    // Guam and New York share no allowed hour where hours are short.
    let mut short = rules;
    short.hours.week = (0..7).fold(Week::NEVER, |week, day| week.with(day, Some((9 * 60, 17 * 60))));
    let apart = planned(&["America/New_York", "Pacific/Guam"], "2027-01-12T14:00:00Z", &short);
    assert!(apart.skipped.iter().all(|(_, why)| *why == Skip::NoHours));
}

#[test]
fn r3_what_is_booked_inside_is_not_reminded_at_once() {
    let (start, rules) = ("2027-01-12T14:00:00Z", ReminderRules::default());
    for (before, planned, skipped) in [
        (25 * HOUR, vec![Kind::Reminder24h, Kind::Reminder1h], vec![]),
        (24 * HOUR, vec![Kind::Reminder1h], vec![(Kind::Reminder24h, Skip::BookedInside)]),
        (2 * HOUR, vec![Kind::Reminder1h], vec![(Kind::Reminder24h, Skip::BookedInside)]),
        (HOUR, vec![], vec![(Kind::Reminder24h, Skip::BookedInside), (Kind::Reminder1h, Skip::BookedInside)]),
    ] {
        let plan = booked(&LONDON, start, at(start) - before, &rules);
        let kinds: Vec<_> = plan.planned.iter().map(|p| p.kind).collect();
        assert_eq!((kinds, plan.skipped), (planned, skipped), "{before}");
    }
    // Booked at night for 08:30: the last allowed instant is over already.
    let night = booked(&LONDON, "2027-01-12T08:30:00Z", at("2027-01-11T22:00:00Z"), &rules);
    assert_eq!(night.planned, []);
}

#[test]
fn r5_what_is_past_is_listed_and_not_sent() {
    let zones = places(&LONDON);
    let start = at("2027-01-12T14:00:00Z");
    let of = Appointment { start, booked_at: start - 9 * DAY, zones: &zones, business_zone: "Europe/London" };
    let mut windows = WindowCache::default();
    let rules = ReminderRules::default();
    let late = plan(&of, start - 23 * HOUR, &rules, &mut windows);
    assert_eq!(late.skipped, [(Kind::Reminder24h, Skip::Past)]);
    assert_eq!(late.planned.len(), 1);
    let after = plan(&of, start + 1, &rules, &mut windows);
    assert_eq!((after.planned.len(), after.skipped.len()), (0, 2));
}

fn confirmed(start: &str, acted_at: Option<&str>, now: &str) -> Result<(String, String), Skip> {
    let zones = places(&LONDON);
    let of =
        Appointment { start: at(start), booked_at: at(now), zones: &zones, business_zone: "Europe/London" };
    confirmation_at(&of, acted_at.map(at), at(now), &ReminderRules::default(), &mut WindowCache::default())
        .map(|c| (c.send_at.iso().replace(":00.000Z", "Z"), c.useful_until.iso().replace(":00.000Z", "Z")))
}

#[test]
fn an_answer_to_the_persons_own_act_goes_at_once() {
    let night = "2027-01-11T23:00:00Z";
    let start = "2027-01-12T14:00:00Z";
    let both = |a: &str, b: &str| Ok((a.to_owned(), b.to_owned()));
    for acted in ["2027-01-11T23:00:00Z", "2027-01-11T22:50:00Z"] {
        assert_eq!(
            confirmed(start, Some(acted), night),
            both("2027-01-11T23:00Z", "2027-01-12T05:00Z"),
            "{acted}"
        );
    }
    // Longer ago, not yet, or not the person's: the hours, and the deadline from their opening.
    for acted in [Some("2027-01-11T22:49:00Z"), Some("2027-01-11T23:01:00Z"), None] {
        assert_eq!(confirmed(start, acted, night), both("2027-01-12T08:00Z", "2027-01-12T14:00Z"));
    }
    assert_eq!(
        confirmed(start, None, "2027-01-11T12:00:00Z"),
        both("2027-01-11T12:00Z", "2027-01-11T18:00Z")
    );
}

#[test]
fn r10_a_confirmation_is_useless_at_the_start() {
    let both = |a: &str, b: &str| Ok((a.to_owned(), b.to_owned()));
    let start = "2027-01-12T14:00:00Z";
    assert_eq!(
        confirmed(start, None, "2027-01-12T12:00:00Z"),
        both("2027-01-12T12:00Z", "2027-01-12T14:00Z")
    );
    assert_eq!(confirmed(start, None, start), Err(Skip::Past));
    // The hours open at the start.
    assert_eq!(confirmed("2027-01-12T08:00:00Z", None, "2027-01-12T07:00:00Z"), Err(Skip::Past));
}

const ZONES: [&str; 9] = [
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "Pacific/Honolulu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "America/Phoenix",
];

proptest! {
    #[test]
    fn reminders_are_few_in_order_inside_and_before(
        start in 1_790_000_000_000_i64..1_900_000_000_000,
        ahead in 0..60 * DAY,
        later in 0..60 * DAY,
        zones in proptest::sample::subsequence(ZONES.to_vec(), 1..4),
        opens in 0_u16..1_440,
        long in 1_u16..1_440,
        closed in 0_usize..9,
    ) {
        let start = Millis(start - start % MINUTE);
        let zones = places(&zones);
        let mut rules = ReminderRules::default();
        let week = (0..7).fold(Week::NEVER, |week, day| week.with(day, Some((opens, opens + long))));
        rules.hours.week = week.with(closed, None);
        let of = Appointment { start, booked_at: start - ahead, zones: &zones, business_zone: "Europe/London" };
        let now = start - ahead + later;
        let mut windows = WindowCache::default();
        let plan = plan(&of, now, &rules, &mut windows);
        prop_assert!(plan.planned.len() <= 2);
        prop_assert_eq!(plan.planned.len() + plan.skipped.len(), 2);
        for planned in &plan.planned {
            prop_assert!(planned.send_at >= now && planned.send_at > of.booked_at);
            prop_assert!(planned.send_at < start && planned.useful_until <= start);
            let inside = matches!(windows.check(planned.send_at, &zones, &rules.hours), Window::Open { .. });
            prop_assert!(inside, "{:?}", planned);
        }
        if let [first, second] = plan.planned.as_slice() {
            prop_assert!(second.send_at.since(first.send_at) > rules.merge_ms);
        }
    }
}
