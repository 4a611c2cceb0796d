//! Hours, frequency, money and slots, with their boundaries.

use super::tests::{NOON, at, case, with};
use super::*;
use crate::phone::normalise;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};

#[test]
fn local_hours_hold_everywhere_the_number_may_be() {
    let now = |iso: &str| with(|c| c.now = at(iso));
    now("2026-01-05T08:59:59Z").not_before(WINDOW, "2026-01-05T09:00:00Z");
    now("2026-01-05T09:00:00Z").allowed();
    // Calls stop a quarter of an hour before the end.
    now("2026-01-05T19:44:59Z").allowed();
    now("2026-01-05T20:00:00Z").not_before(WINDOW, "2026-01-06T09:00:00Z");
    now("2026-01-10T20:00:00Z").not_before(WINDOW, "2026-01-12T09:00:00Z");
    let us = |raw: &str| with(|c| c.phone = normalise(raw, Some("US")));
    us("212 555 0100").not_before(WINDOW, "2026-01-05T14:00:00Z");
    // Pensacola's area code lies in two zones.
    us("850 555 0100").not_before(WINDOW, "2026-01-05T15:00:00Z");
    us("808 555 0100").not_before(WINDOW, "2026-01-05T19:00:00Z");
    // Kentucky opens at ten.
    us("502 555 0100").not_before(WINDOW, "2026-01-05T15:00:00Z");
    us("800 555 0100").blocked_by(WINDOW, "state is unknown");
    let mut declared = us("212 555 0100");
    declared.state = Some("Ontario".into());
    declared.blocked_by(WINDOW, "no US state");
    declared.state = Some("California".into());
    declared.not_before(WINDOW, "2026-01-05T17:00:00Z");
    declared.zone = Some("Mars/Base".into());
    declared.blocked_by(WINDOW, "does not exist");
    let mut free = with(|c| c.phone = normalise("0800 123 4567", Some("GB")));
    free.allowed();
    free.zone = Some("Pacific/Honolulu".into());
    assert_eq!(free.decide().rule, WINDOW);
    let mut holiday = case();
    let over = serde_json::json!({ "holidays": { "GB": ["2026-01-05"] } });
    holiday.policy = holiday.policy.merged(&over).unwrap();
    holiday.not_before(WINDOW, "2026-01-06T09:00:00Z");
    // Emails wait for no one.
    with(|c| (c.now, c.channel) = (at("2026-01-05T03:00:00Z"), Channel::Email)).allowed();
}

#[test]
fn a_time_that_the_person_named_is_outside_the_budget_and_inside_everything_else() {
    let asked = |ms: i64| {
        with(|c| {
            c.contact(Channel::AiVoice, 2 * HOUR, true);
            (c.lead, c.attempts, c.asked_for) = (LeadStatus::Callback, 99, Some(c.now + ms));
        })
    };
    asked(0).allowed();
    asked(-HOUR).allowed();
    asked(1).blocked_by(FREQUENCY, "99 of");
    let mut late = asked(0);
    late.now = at("2026-01-05T22:00:00Z");
    assert_eq!(late.decide().rule, WINDOW);
    let mut text = asked(0);
    text.channel = Channel::Sms;
    assert!(!text.line(FREQUENCY).1.contains("outside the budget"), "it was a call that was asked for");
}

#[test]
fn people_are_not_contacted_too_often() {
    let call = |ago| with(|c| c.contact(Channel::AiVoice, ago, true));
    // 03:10 before noon: eight hours later the window is still open.
    call(190 * MINUTE).not_before(FREQUENCY, "2026-01-05T16:50:00Z");
    let detail = call(190 * MINUTE).line(FREQUENCY).1;
    assert!(
        detail.contains("last AI call 2026-01-05T08:50:00Z, at most one per 8h; next 2026-01-05T16:50:00Z"),
        "{detail}"
    );
    call(8 * HOUR).allowed();
    call(8 * HOUR - 1).not_before(FREQUENCY, "2026-01-05T12:00:00.001Z");
    // Eight hours end in the night: the next morning.
    let late = with(|c| {
        c.now = at("2026-01-05T18:00:00Z");
        c.contact(Channel::AiVoice, HOUR, true);
    });
    late.not_before(FREQUENCY, "2026-01-06T09:00:00Z");
    assert!(late.decide().reason.contains("local hours are next open at 2026-01-06T09:00:00Z"));
    // Three in 24 hours over all channels.
    let three = |last| {
        with(|c| {
            for ago in [HOUR, 2 * HOUR, last] {
                c.contact(Channel::Email, ago, true);
            }
        })
    };
    three(24 * HOUR).allowed();
    three(24 * HOUR - MINUTE).not_before(FREQUENCY, "2026-01-05T12:01:00Z");
    // Seven in 7 days.
    let seven = |last| {
        with(|c| (1..=6).map(|d| d * 25 * HOUR).chain([last]).for_each(|a| c.contact(Channel::Sms, a, true)))
    };
    seven(7 * DAY).allowed();
    seven(7 * DAY - MINUTE).not_before(FREQUENCY, "2026-01-05T12:01:00Z");
    with(|c| c.attempts = 3).allowed();
    with(|c| c.attempts = 4).blocked_by(FREQUENCY, "4 of 4 calls made");
    with(|c| (c.attempts, c.channel) = (4, Channel::Email)).allowed();
    // A state's own cap holds whatever the house allows.
    let mut florida = with(|c| {
        c.phone = normalise("305 555 0100", Some("US"));
        c.now = at("2026-01-05T16:00:00Z");
        c.policy.frequency.max_per_24h = 5;
        c.policy.profiles.get_mut("US").unwrap().max_per_24h = 5;
    });
    (1..=3).for_each(|h| florida.contact(Channel::Sms, h * HOUR, true));
    assert_eq!(florida.line(FREQUENCY).0, Finding::Wait);
    florida.phone = normalise("212 555 0100", Some("US"));
    florida.allowed();
}

#[test]
fn money_and_slots_run_out() {
    let spend =
        |spent_minor, resets_at| with(|c| c.spend = Spend { spent_minor, cap_minor: Some(5_000), resets_at });
    spend(4_999, None).allowed();
    spend(5_000, None).blocked_by(SPEND, "50.00 of 50.00 spent");
    spend(5_000, Some(at("2026-01-06T00:00:00Z"))).not_before(SPEND, "2026-01-06T09:00:00Z");
    spend(5_000, Some(at(NOON))).allowed();
    let full = with(|c| c.slots = Some(Slots { in_use: 10, limit: 10 }));
    let report = full.decide();
    assert_eq!((report.answer, report.rule.as_str(), report.next_at), (Answer::NotYet, SLOT, None));
    with(|c| c.slots = None).allowed();
    // A known end beats an unknown one.
    let both = with(|c| {
        c.slots = Some(Slots { in_use: 10, limit: 10 });
        c.contact(Channel::AiVoice, HOUR, true);
    });
    both.not_before(FREQUENCY, "2026-01-05T19:00:00Z");
}
