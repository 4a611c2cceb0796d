//! Booking as its users meet it: offers, refusals, clock changes, words.

use super::*;
use frontdesk_shared::time::{DAY, HOUR};
use proptest::prelude::*;

/// A Saturday.
const NOW: &str = "2026-11-21T10:00:00Z";

fn at(iso: &str) -> Millis {
    Millis::from_iso(iso).unwrap()
}

fn london() -> TimeZone {
    TimeZone::get("Europe/London").unwrap()
}

fn busy(start: &str, minutes: i64) -> Busy {
    Busy { start: at(start), end: at(start) + minutes * MINUTE }
}

fn starts(slots: &[Slot]) -> Vec<String> {
    slots.iter().map(|slot| slot.start.iso()[..16].to_owned()).collect()
}

fn refused(start: &str, busy: &[Busy]) -> Refused {
    check(&BookingRules::default(), at(NOW), at(start), busy).unwrap_err()
}

/// Open around the hour at which clocks change, every day.
fn night() -> BookingRules {
    BookingRules {
        days: vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun],
        open: Time::constant(0, 0, 0, 0),
        close: Time::constant(4, 0, 0, 0),
        ..BookingRules::default()
    }
}

#[test]
fn a_weekend_offers_monday_from_nine() {
    let rules = BookingRules::default();
    let slots = free_slots(&rules, at(NOW), at(NOW), &[], 3);
    assert_eq!(starts(&slots), ["2026-11-23T09:00", "2026-11-23T09:30", "2026-11-23T10:00"]);
    let day = free_slots(&rules, at(NOW), at("2026-11-23T00:00:00Z"), &[], 18);
    assert_eq!(starts(&day)[16..], ["2026-11-23T17:00", "2026-11-24T09:00"], "the last one ends at 17:30");
    let from = free_slots(&rules, at(NOW), at("2026-11-23T16:45:00Z"), &[], 2);
    assert_eq!(starts(&from), ["2026-11-23T17:00", "2026-11-24T09:00"]);
    assert_eq!(free_slots(&rules, at(NOW), at("2027-06-01T00:00:00Z"), &[], 9), []);
    assert_eq!(free_slots(&rules, at(NOW), at(NOW), &[], 0), []);
}

#[test]
fn notice_is_kept_to_the_minute() {
    let rules = BookingRules::default();
    let start = at("2026-11-23T11:00:00Z");
    assert!(check(&rules, start - 2 * HOUR, start, &[]).is_ok());
    let late = check(&rules, start - 2 * HOUR + 1, start, &[]).unwrap_err();
    assert_eq!(late.reason, Reason::TooSoon);
    assert_eq!(starts(&late.alternatives), ["2026-11-23T11:30", "2026-11-24T11:00", "2026-11-25T11:00"]);
}

#[test]
fn every_reason_is_told() {
    let cases = [
        ("2026-11-21T09:00:00Z", Reason::TooSoon),
        ("2026-11-21T11:00:00Z", Reason::TooSoon),
        ("2026-11-22T11:00:00Z", Reason::ClosedDay),
        ("2026-11-23T08:30:00Z", Reason::OutsideHours),
        ("2026-11-23T17:30:00Z", Reason::OutsideHours),
        ("2026-11-23T10:10:00Z", Reason::NotOnGrid),
        ("2026-11-23T10:00:01Z", Reason::NotOnGrid),
        ("2027-01-21T10:00:00Z", Reason::TooFar),
    ];
    for (start, reason) in cases {
        let refused = refused(start, &[]);
        assert_eq!(refused.reason, reason, "{start}");
        assert_eq!(refused.alternatives.len(), ALTERNATIVES, "{start}");
        assert!(refused.alternatives.is_sorted_by_key(|slot| slot.start));
    }
    assert!(check(&BookingRules::default(), at(NOW), at("2027-01-20T10:00:00Z"), &[]).is_ok());

    let closed = BookingRules { closed_dates: vec![Date::constant(2026, 12, 25)], ..BookingRules::default() };
    let christmas = check(&closed, at(NOW), at("2026-12-25T10:00:00Z"), &[]).unwrap_err();
    assert_eq!(christmas.reason, Reason::ClosedDay);
    assert_eq!(starts(&christmas.alternatives), ["2026-12-28T10:00", "2026-12-29T10:00", "2026-12-30T10:00"]);

    let nowhere = BookingRules { zone: "Mars/Olympus".to_owned(), ..BookingRules::default() };
    let lost = check(&nowhere, at(NOW), at("2026-11-23T10:00:00Z"), &[]).unwrap_err();
    assert_eq!(lost, Refused { reason: Reason::BadTime, alternatives: Vec::new() });
    assert_eq!(check(&closed, at(NOW), Millis(i64::MAX), &[]).unwrap_err().reason, Reason::BadTime);
}

#[test]
fn the_buffer_is_kept_on_both_sides() {
    let taken = [busy("2026-11-23T10:00:00Z", 30)];
    assert_eq!(refused("2026-11-23T09:30:00Z", &taken).reason, Reason::Taken, "ends where the other starts");
    assert_eq!(refused("2026-11-23T10:30:00Z", &taken).reason, Reason::Taken);
    let rules = BookingRules::default();
    assert!(check(&rules, at(NOW), at("2026-11-23T09:00:00Z"), &taken).is_ok());
    assert!(check(&rules, at(NOW), at("2026-11-23T11:00:00Z"), &taken).is_ok());
    let tight = BookingRules { buffer_minutes: 0, ..rules };
    assert!(check(&tight, at(NOW), at("2026-11-23T10:30:00Z"), &taken).is_ok());
    let quarter = [busy("2026-11-23T10:15:00Z", 30)];
    assert!(
        check(&BookingRules::default(), at(NOW), at("2026-11-23T09:30:00Z"), &quarter).is_ok(),
        "exactly the buffer is enough"
    );
    let marker = [busy("2026-11-23T10:00:00Z", 0)];
    assert!(check(&tight, at(NOW), at("2026-11-23T10:00:00Z"), &marker).is_ok(), "takes no time");
}

#[test]
fn alternatives_are_near_and_spread() {
    let taken = [busy("2026-11-24T14:00:00Z", 60), busy("2026-11-25T14:00:00Z", 60)];
    let refusal = refused("2026-11-24T14:00:00Z", &taken);
    assert_eq!(refusal.reason, Reason::Taken);
    assert_eq!(
        starts(&refusal.alternatives),
        ["2026-11-24T13:00", "2026-11-24T15:30", "2026-11-25T13:00"],
        "before, after, and about the same time on the next day"
    );
}

#[test]
fn the_last_day_offers_days_before_and_then_more_of_itself() {
    let refusal = refused("2027-01-20T17:30:00Z", &[]);
    assert_eq!(starts(&refusal.alternatives), ["2027-01-18T17:00", "2027-01-19T17:00", "2027-01-20T17:00"]);
    let one_day = BookingRules { days: vec![Day::Mon], horizon_days: 3, ..BookingRules::default() };
    let refusal = check(&one_day, at(NOW), at("2026-11-23T12:10:00Z"), &[]).unwrap_err();
    assert_eq!(starts(&refusal.alternatives), ["2026-11-23T11:30", "2026-11-23T12:00", "2026-11-23T12:30"]);
}

#[test]
fn spring_forward_skips_an_hour_of_starts() {
    let now = at("2026-03-27T12:00:00Z");
    let rules = night();
    let slots = free_slots(&rules, now, at("2026-03-29T00:00:00Z"), &[], 6);
    assert_eq!(
        starts(&slots),
        [
            "2026-03-29T00:00",
            "2026-03-29T00:30",
            "2026-03-29T01:00",
            "2026-03-29T01:30",
            "2026-03-29T02:00",
            "2026-03-29T02:30"
        ]
    );
    assert!(spoken(&slots[2], &london()).ends_with("at 2 am"), "01:00 UTC is two o'clock already");
    assert!(spoken(&slots[5], &london()).ends_with("at 3:30 am"));
    // Half past midnight and 45 minutes is a quarter past two that night, and that is too late.
    let early = BookingRules { slot_minutes: 45, close: Time::constant(2, 0, 0, 0), ..night() };
    let slots = free_slots(&early, now, at("2026-03-29T00:00:00Z"), &[], 2);
    assert_eq!(starts(&slots), ["2026-03-29T00:00", "2026-03-29T23:00"]);
    let next = free_slots(&BookingRules::default(), now, at("2026-03-30T00:00:00Z"), &[], 1);
    assert_eq!(starts(&next), ["2026-03-30T08:00"], "nine o'clock in summer time");
}

#[test]
fn fall_back_offers_the_first_of_two() {
    let now = at("2026-10-23T12:00:00Z");
    let slots = free_slots(&night(), now, at("2026-10-24T23:00:00Z"), &[], 8);
    assert_eq!(
        starts(&slots),
        [
            "2026-10-24T23:00",
            "2026-10-24T23:30",
            "2026-10-25T00:00",
            "2026-10-25T00:30",
            "2026-10-25T02:00",
            "2026-10-25T02:30",
            "2026-10-25T03:00",
            "2026-10-25T03:30"
        ]
    );
    let second = check(&night(), now, at("2026-10-25T01:00:00Z"), &[]).unwrap_err();
    assert_eq!(second.reason, Reason::NotOnGrid, "one o'clock the second time");
    let next = free_slots(&BookingRules::default(), now, at("2026-10-26T00:00:00Z"), &[], 1);
    assert_eq!(starts(&next), ["2026-10-26T09:00"]);
}

#[test]
fn rules_are_read_with_defaults_and_problems_are_named() {
    let rules: BookingRules =
        serde_json::from_str(r#"{"open":"08:30","days":["sat","monday"],"closed_dates":["2026-12-25"]}"#)
            .unwrap();
    assert_eq!(rules.open, Time::constant(8, 30, 0, 0));
    assert_eq!(rules.days, [Day::Sat, Day::Mon]);
    assert_eq!(rules.slot_minutes, 30);
    assert!(rules.problems().is_empty());
    let text = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<BookingRules>(&text).unwrap(), rules);
    assert!(serde_json::from_str::<BookingRules>(r#"{"opens":"08:30"}"#).is_err());

    let bad = BookingRules {
        zone: "London".to_owned(),
        slot_minutes: 0,
        grid_minutes: 1,
        days: Vec::new(),
        open: Time::constant(18, 0, 0, 0),
        horizon_days: 1_000,
        ..BookingRules::default()
    };
    let keys: Vec<_> = bad.problems().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(keys, ["zone", "slot_minutes", "grid_minutes", "horizon_days", "days", "close"]);
}

#[test]
fn slots_are_spoken_simply() {
    let say = |iso: &str| spoken(&Slot { start: at(iso), end: at(iso) }, &london());
    assert_eq!(say("2026-11-24T14:30:00Z"), "Tuesday 24 November at 2:30 pm");
    assert_eq!(say("2026-06-02T08:05:00Z"), "Tuesday 2 June at 9:05 am");
    assert_eq!(say("2026-11-24T12:00:00Z"), "Tuesday 24 November at 12 noon");
    assert_eq!(say("2026-11-24T12:30:00Z"), "Tuesday 24 November at 12:30 pm");
    assert_eq!(say("2026-11-24T00:00:00Z"), "Tuesday 24 November at midnight");
    assert_eq!(say("2026-11-24T00:15:00Z"), "Tuesday 24 November at 12:15 am");
    let far = Slot { start: Millis(i64::MAX), end: Millis(i64::MAX) };
    assert!(!spoken(&far, &london()).is_empty());
}

#[test]
fn tool_results_are_one_line_of_json() {
    let slot = Slot { start: at("2026-11-24T14:30:00Z"), end: at("2026-11-24T15:00:00Z") };
    let offer = r#"{"start":"2026-11-24T14:30:00Z","spoken":"Tuesday 24 November at 2:30 pm"}"#;
    assert_eq!(
        availability_result(&[slot], &london()),
        format!(r#"{{"slots":[{offer}],"timezone":"Europe/London"}}"#)
    );
    assert_eq!(booked_result(&slot, &london()), format!(r#"{{"booked":true,{}"#, &offer[1..]));
    assert_eq!(
        refused_result(Reason::Taken.sentence(), &[slot], &london()),
        format!(r#"{{"booked":false,"reason":"That time is already taken.","alternatives":[{offer}]}}"#)
    );
    assert!(!refused_result("two\nlines", &[], &london()).contains('\n'));
}

fn any_rules() -> impl Strategy<Value = BookingRules> {
    let zones = vec!["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"];
    let zone = prop::sample::select(zones);
    (zone, 5u32..120, 5u32..90, 0u32..60, 0u32..300, 1u32..20, 0i8..12, 14i8..24).prop_map(
        |(zone, slot_minutes, grid_minutes, buffer_minutes, notice_minutes, horizon_days, open, close)| {
            BookingRules {
                zone: zone.to_owned(),
                slot_minutes,
                grid_minutes,
                open: Time::constant(open, 0, 0, 0),
                close: Time::constant(close, 0, 0, 0),
                notice_minutes,
                buffer_minutes,
                horizon_days,
                ..night()
            }
        },
    )
}

/// Any moment of 2026, often beside a clock change.
fn any_now() -> impl Strategy<Value = Millis> {
    let year = at("2026-01-01T00:00:00Z");
    let changes =
        ["2026-03-08T00:00:00Z", "2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z", "2026-11-01T00:00:00Z"];
    let beside = prop::sample::select(changes.to_vec());
    prop_oneof![
        (0..365 * DAY).prop_map(move |offset| year + offset),
        (beside, -2 * DAY..2 * DAY).prop_map(|(change, offset)| at(change) + offset),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_free_slot_passes_check_and_every_alternative_is_free(
        rules in any_rules(),
        now in any_now(),
        taken in prop::collection::vec((0..20 * DAY, -HOUR..5 * HOUR), 0..12),
        wanted in -DAY..25 * DAY,
    ) {
        prop_assert_eq!(rules.problems(), Vec::<String>::new());
        let busy: Vec<_> = taken
            .into_iter()
            .map(|(offset, length)| Busy { start: now + offset, end: now + offset + length })
            .collect();
        let free = free_slots(&rules, now, now, &busy, usize::MAX);
        prop_assert!(free.is_sorted_by(|a, b| a.start < b.start));
        for slot in free.iter().step_by(7) {
            prop_assert_eq!(check(&rules, now, slot.start, &busy), Ok(*slot));
        }
        match check(&rules, now, now + wanted, &busy) {
            Ok(slot) => prop_assert!(free.contains(&slot)),
            Err(refused) => {
                prop_assert_eq!(refused.alternatives.len(), free.len().min(ALTERNATIVES));
                prop_assert!(refused.alternatives.iter().all(|slot| free.contains(slot)));
                prop_assert!(refused.alternatives.is_sorted_by(|a, b| a.start < b.start));
            }
        }
    }

    #[test]
    fn accepted_slots_never_overlap_nor_touch_the_buffer(
        rules in any_rules(),
        now in any_now(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..25),
    ) {
        let every_start = free_slots(&rules, now, now, &[], 60);
        prop_assume!(!every_start.is_empty());
        let mut booked: Vec<Busy> = Vec::new();
        for pick in picks {
            let start = every_start[pick.index(every_start.len())].start;
            if let Ok(slot) = check(&rules, now, start, &booked) {
                booked.push(Busy { start: slot.start, end: slot.end });
            }
        }
        booked.sort_by_key(|b| b.start);
        let buffer = i64::from(rules.buffer_minutes) * MINUTE;
        for pair in booked.windows(2) {
            prop_assert!(pair[1].start.since(pair[0].end) >= buffer);
        }
    }

    #[test]
    fn any_text_and_any_instant_is_answered(text in "\\PC{0,40}", start in any::<i64>(), now in any::<i64>()) {
        let (zone, rules) = (london(), BookingRules::default());
        if let Err(sentence) = parse_start(&text, &zone, at(NOW)) {
            prop_assert!(!sentence.is_empty() && !sentence.contains('\n'));
        }
        let _ = check(&rules, Millis(now), Millis(start), &[]);
        let _ = free_slots(&rules, Millis(now), Millis(start), &[Busy { start: Millis(now), end: Millis(start) }], 5);
    }
}
