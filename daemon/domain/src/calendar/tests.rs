//! The traps of a calendar that other people write into, one test each.

use super::*;
use crate::booking::BookingRules;
use CalendarChange::{Cancelled, Forget, Keep, Moved, Settled, Verified};
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use std::collections::HashSet;

const CAL: &str = "desk@group.calendar.google.com";

/// A Thursday.
fn now() -> Millis {
    at("2026-11-26T10:00:00Z")
}

fn at(iso: &str) -> Millis {
    Millis::from_iso(iso).unwrap()
}

/// Half an hour from `iso` on.
fn slot(iso: &str) -> Slot {
    Slot { start: at(iso), end: at(iso) + 30 * MINUTE }
}

fn tuesday_ten() -> Slot {
    slot("2026-12-01T10:00:00Z")
}

/// An appointment whose event was seen yesterday, as it is.
fn ours(n: i64, slot: Slot) -> Ours {
    let seen_at = now() - DAY;
    let proof = Proof { slot, seen_at, updated: Some(seen_at), etag: Some("\"1\"".into()) };
    Ours {
        appointment: AppointmentId(n),
        calendar: CAL.into(),
        event: event_id(AppointmentId(n), 0),
        slot,
        decided_at: seen_at,
        booked: true,
        written: Written::Verified(proof),
    }
}

/// Its event, changed an hour ago, at another time.
fn event_of(ours: &Ours, slot: Slot) -> Entry {
    Entry {
        event: ours.event.clone(),
        appointment: Some(ours.appointment),
        slot,
        busy: true,
        all_day: false,
        title: Some("Ada".into()),
        tentative: false,
        series: None,
        updated: Some(now() - HOUR),
        etag: Some("\"2\"".into()),
    }
}

fn foreign(event: &str, slot: Slot) -> Entry {
    let nobody = ours(1, slot);
    Entry { event: event.into(), appointment: None, ..event_of(&nobody, slot) }
}

fn gone(event: &str) -> Seen {
    Seen::Gone { event: event.into() }
}

fn full(complete: bool) -> Listing {
    Listing::Full { complete, began: now() - MINUTE, from: now() - DAY }
}

fn with(mirror: &[Entry], ours: &[Ours], seen: &[Seen], listing: Listing) -> Vec<CalendarChange> {
    let rules = BookingRules::default();
    reconcile(CAL, ours, seen, listing, &House { rules: &rules, busy: &[], mirror }, now())
}

/// What a delta means, the mirror's own changes left out.
fn meant(ours: &[Ours], seen: &[Seen]) -> Vec<CalendarChange> {
    let mut changes = with(&[], ours, seen, Listing::Delta);
    changes.retain(|change| !matches!(change, Keep(_) | Forget { .. }));
    changes
}

/// Flags of the only move there is.
fn flags_of(changes: &[CalendarChange]) -> Vec<Flag> {
    let moves: Vec<_> = changes
        .iter()
        .filter_map(|change| match change {
            Moved { flags, .. } => Some(flags.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(moves.len(), 1, "{changes:?}");
    moves[0].clone()
}

#[test]
fn k4_a_calendar_that_cannot_be_read_cancels_nothing() {
    let mirror = [foreign("holiday", tuesday_ten())];
    assert_eq!(with(&mirror, &[ours(1, tuesday_ten())], &[], Listing::Lost), []);
}

#[test]
fn k5_a_complete_list_without_a_coming_booking_means_deleted() {
    let a = ours(1, tuesday_ten());
    let cancelled =
        Cancelled { appointment: a.appointment, event: a.event.clone(), evidence: Evidence::Absent };
    assert_eq!(with(&[], std::slice::from_ref(&a), &[], full(true)), [cancelled]);
    assert_eq!(with(&[], &[a], &[], full(false)), [], "half a list says nothing");
}

#[test]
fn k5_only_what_was_surely_there_before_the_list_can_be_missing_from_it() {
    let unseen = Ours { written: Written::Unsure, ..ours(1, tuesday_ten()) };
    let unwritten = Ours { written: Written::Never, ..ours(2, tuesday_ten()) };
    let mut fresh = ours(3, tuesday_ten());
    if let Written::Verified(proof) = &mut fresh.written {
        proof.seen_at = now();
    }
    let over = ours(4, Slot { start: now() - 2 * HOUR, end: now() - HOUR });
    assert_eq!(with(&[], &[unseen, unwritten, fresh, over], &[], full(true)), []);
}

#[test]
fn k5_a_full_list_rebuilds_the_mirror_and_leaves_appointments_alone() {
    let a = ours(1, tuesday_ten());
    let (kept, dropped) = (foreign("kept", tuesday_ten()), foreign("dropped", slot("2026-12-02T10:00:00Z")));
    let own = event_of(&a, tuesday_ten());
    let seen = [Seen::Stands(kept.clone()), Seen::Stands(own.clone())];
    let changes = with(&[kept.clone(), dropped.clone()], &[a], &seen, full(true));
    assert!(changes.contains(&Keep(kept)) && changes.contains(&Keep(own)));
    assert!(changes.contains(&Forget { event: dropped.event.clone() }));
    assert!(!changes.iter().any(|c| matches!(c, Moved { .. } | Cancelled { .. })), "{changes:?}");
    assert_eq!(with(&[dropped], &[], &[], full(false)), [], "half a list forgets nothing");
}

#[test]
fn k10_a_deleted_event_cancels_and_is_never_written_again() {
    let a = ours(1, tuesday_ten());
    let cancelled =
        Cancelled { appointment: a.appointment, event: a.event.clone(), evidence: Evidence::Deleted };
    assert_eq!(meant(std::slice::from_ref(&a), &[gone(&a.event)]), [cancelled]);
    let known = Ours { written: Written::Deleted, ..a.clone() };
    assert_eq!(meant(std::slice::from_ref(&known), &[gone(&a.event)]), [], "told once");
    assert_eq!(write_due(&known), Write::Nothing);
    let back = Seen::Stands(event_of(&a, tuesday_ten()));
    assert_eq!(meant(&[known], &[back]), [], "a person may bring it back, that revives nothing");
}

#[test]
fn k10_an_id_that_is_used_up_gets_another_generation() {
    let id = AppointmentId(7);
    let event = event_id(id, 0);
    assert_eq!(on_taken(id, &event, false, Found::Deleted), Taken::Again { event: event_id(id, 1) });
    assert_eq!(on_taken(id, &event, true, Found::Deleted), Taken::DeletedByStaff);
    assert_eq!(on_taken(id, &event, true, Found::Stands(None)), Taken::Again { event: event_id(id, 1) });
    let later = event_id(id, 4);
    assert_eq!(on_taken(id, &later, false, Found::Nothing), Taken::Again { event: event_id(id, 5) });
}

#[test]
fn k11_our_own_repeated_insert_is_success() {
    let id = AppointmentId(7);
    assert_eq!(on_taken(id, &event_id(id, 0), true, Found::Stands(Some(id))), Taken::Ours);
}

#[test]
fn k14_a_move_by_staff_is_taken_over_and_told_once() {
    let a = ours(1, tuesday_ten());
    let to = slot("2026-12-01T15:00:00Z");
    let entry = event_of(&a, to);
    let changes = meant(std::slice::from_ref(&a), &[Seen::Stands(entry.clone())]);
    let [Moved { from, to: moved, flags, proof, .. }] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((*from, *moved, flags.as_slice()), (a.slot, to, [].as_slice()));
    let after = Ours { slot: to, written: Written::Verified(proof.clone()), ..a };
    assert_eq!(meant(std::slice::from_ref(&after), &[Seen::Stands(entry)]), []);
    assert_eq!(write_due(&after), Write::Nothing, "nothing is pushed back");
}

#[test]
fn k15_our_own_write_coming_back_changes_nothing() {
    let a = ours(1, tuesday_ten());
    let Written::Verified(proof) = &a.written else { panic!() };
    let echo = Entry { updated: proof.updated, etag: proof.etag.clone(), ..event_of(&a, a.slot) };
    assert_eq!(meant(std::slice::from_ref(&a), &[Seen::Stands(echo.clone())]), []);
    // Also where the answer to the insert was lost: then the echo is the answer.
    for written in [Written::Never, Written::Unsure] {
        let unsure = Ours { written, ..a.clone() };
        let changes = meant(&[unsure], &[Seen::Stands(echo.clone())]);
        assert!(matches!(changes.as_slice(), [Verified { .. }]), "{changes:?}");
    }
}

#[test]
fn k15_a_page_older_than_our_last_write_is_no_move_back() {
    let a = ours(1, tuesday_ten());
    let stale = Entry { updated: Some(now() - 2 * DAY), ..event_of(&a, slot("2026-11-30T10:00:00Z")) };
    assert_eq!(meant(&[a], &[Seen::Stands(stale)]), []);
}

#[test]
fn k15_a_move_of_ours_that_waits_is_not_undone_by_the_old_time() {
    let was = tuesday_ten();
    let a = Ours { slot: slot("2026-12-03T10:00:00Z"), decided_at: now() - MINUTE, ..ours(1, was) };
    let changes = meant(std::slice::from_ref(&a), &[Seen::Stands(event_of(&a, was))]);
    assert!(matches!(changes.as_slice(), [Verified { .. }]), "{changes:?}");
    assert_eq!(write_due(&a), Write::Move { to: a.slot, etag: Some("\"1\"".into()) });
}

#[test]
fn k14_of_two_moves_at_once_the_later_holds() {
    let a = Ours { slot: slot("2026-12-03T10:00:00Z"), ..ours(1, tuesday_ten()) };
    let theirs = event_of(&a, slot("2026-12-04T10:00:00Z"));
    let before = Ours { decided_at: now() - 2 * HOUR, ..a.clone() };
    assert_eq!(flags_of(&meant(&[before], &[Seen::Stands(theirs.clone())])), [Flag::Contested]);
    let after = Ours { decided_at: now() - MINUTE, ..a };
    let changes = meant(&[after], &[Seen::Stands(theirs)]);
    assert!(matches!(changes.as_slice(), [Verified { .. }]), "{changes:?}");
}

#[test]
fn k16_odd_moves_are_taken_over_and_flagged() {
    let a = ours(1, tuesday_ten());
    let cases = [
        (slot("2026-12-01T20:00:00Z"), Flag::OutsideHours),
        (slot("2026-12-06T10:00:00Z"), Flag::OutsideHours),
        (slot("2026-12-01T17:15:00Z"), Flag::OutsideHours),
        (slot("2026-11-26T09:00:00Z"), Flag::Past),
    ];
    for (to, flag) in cases {
        let changes = meant(std::slice::from_ref(&a), &[Seen::Stands(event_of(&a, to))]);
        assert_eq!(flags_of(&changes), [flag], "{to:?}");
    }
    let day = Slot { start: at("2026-12-02T00:00:00Z"), end: at("2026-12-03T00:00:00Z") };
    let whole = Entry { all_day: true, ..event_of(&a, day) };
    assert_eq!(flags_of(&meant(&[a], &[Seen::Stands(whole)])), [Flag::AllDay]);
}

#[test]
fn k16_a_move_onto_something_else_is_flagged() {
    let (a, b) = (ours(1, tuesday_ten()), ours(2, slot("2026-12-02T10:00:00Z")));
    let onto_b = Seen::Stands(event_of(&a, b.slot));
    let both = [a.clone(), b.clone()];
    assert_eq!(flags_of(&meant(&both, std::slice::from_ref(&onto_b))), [Flag::Overlap]);
    let cancelled = [a.clone(), Ours { booked: false, ..b }];
    assert_eq!(flags_of(&meant(&cancelled, std::slice::from_ref(&onto_b))), []);
    let lunch = foreign("lunch", slot("2026-12-02T10:15:00Z"));
    let changes = with(
        std::slice::from_ref(&lunch),
        std::slice::from_ref(&a),
        std::slice::from_ref(&onto_b),
        Listing::Delta,
    );
    assert_eq!(flags_of(&changes), [Flag::Overlap]);
    let seen = [onto_b, gone("lunch")];
    assert_eq!(flags_of(&with(&[lunch], &[a], &seen, Listing::Delta)), [], "lunch was deleted just now");
}

#[test]
fn k16_two_that_swap_places_do_not_overlap() {
    let (a, b) = (ours(1, tuesday_ten()), ours(2, slot("2026-12-02T10:00:00Z")));
    let seen = [Seen::Stands(event_of(&a, b.slot)), Seen::Stands(event_of(&b, a.slot))];
    let changes = meant(&[a, b], &seen);
    assert_eq!(changes.len(), 2);
    assert!(changes.iter().all(|c| matches!(c, Moved { flags, .. } if flags.is_empty())), "{changes:?}");
}

#[test]
fn k17_another_title_is_mirrored_and_nothing_else() {
    let a = ours(1, tuesday_ten());
    let renamed = Entry { title: Some("Ada, bring the papers".into()), ..event_of(&a, a.slot) };
    let changes = with(&[], std::slice::from_ref(&a), &[Seen::Stands(renamed.clone())], Listing::Delta);
    assert_eq!(changes[0], Keep(renamed));
    assert!(matches!(changes[1..], [Verified { .. }]), "{changes:?}");
    assert_eq!(write_due(&a), Write::Nothing);
}

#[test]
fn k18_an_instance_goes_without_its_series() {
    let instance = |n: u32| Entry {
        series: Some("block".into()),
        ..foreign(&format!("block_{n}"), slot("2026-12-01T10:00:00Z"))
    };
    let mirror = [instance(1), instance(2)];
    let changes = with(&mirror, &[], &[gone("block_1")], Listing::Delta);
    assert_eq!(changes, [Forget { event: "block_1".into() }]);
}

#[test]
fn k18_an_event_of_ours_that_became_a_series_is_not_cancelled() {
    let a = ours(1, tuesday_ten());
    let instance = |iso: &str| Entry {
        event: format!("{}_{iso}", a.event),
        series: Some(a.event.clone()),
        ..event_of(&a, slot(iso))
    };
    let (first, second) = (instance("2026-12-01T10:00:00Z"), instance("2026-12-08T10:00:00Z"));
    let seen = [gone(&a.event), Seen::Stands(second), Seen::Stands(first)];
    let changes = meant(&[a], &seen);
    assert_eq!(flags_of(&changes), [Flag::Series]);
    assert!(matches!(changes.as_slice(), [Moved { to, .. }] if *to == tuesday_ten()));
}

#[test]
fn k19_the_same_event_in_another_calendar_is_another_event() {
    let elsewhere = Ours { calendar: "team@group.calendar.google.com".into(), ..ours(1, tuesday_ten()) };
    let event = elsewhere.event.clone();
    let changes = with(&[], &[elsewhere], &[gone(&event)], Listing::Delta);
    assert_eq!(changes, [Forget { event }]);
}

#[test]
fn k21_a_copy_of_our_event_moves_nothing() {
    let a = ours(1, tuesday_ten());
    let copy = Entry { event: "copyofit".into(), ..event_of(&a, slot("2026-12-04T10:00:00Z")) };
    assert_eq!(
        with(&[], std::slice::from_ref(&a), &[Seen::Stands(copy.clone())], Listing::Delta),
        [Keep(copy.clone())]
    );
    assert_eq!(meant(&[a], &[gone("copyofit")]), []);
    assert_eq!(busy_of(&[copy], |_| true).len(), 1, "the copy takes time of its own");
}

#[test]
fn k21_an_event_under_our_id_without_our_mark_is_not_ours() {
    let a = ours(1, tuesday_ten());
    let other = Entry { appointment: Some(AppointmentId(9)), ..event_of(&a, slot("2026-12-04T10:00:00Z")) };
    assert_eq!(meant(&[a], &[Seen::Stands(other)]), []);
}

#[test]
fn k23_what_was_cancelled_before_it_was_written_is_never_written() {
    let a = Ours { written: Written::Never, ..ours(1, tuesday_ten()) };
    assert_eq!(write_due(&a), Write::Insert);
    assert_eq!(write_due(&Ours { booked: false, ..a.clone() }), Write::Nothing);
    let unsure = Ours { written: Written::Unsure, ..a };
    assert_eq!(write_due(&unsure), Write::LookUp);
    assert_eq!(write_due(&Ours { booked: false, ..unsure }), Write::LookUp);
}

#[test]
fn k23_a_cancelled_appointment_frees_its_time_before_google_knows() {
    let a = Ours { booked: false, ..ours(1, tuesday_ten()) };
    let entry = event_of(&a, a.slot);
    assert_eq!(write_due(&a), Write::Delete);
    let known = HashSet::from([a.appointment]);
    assert_eq!(busy_of(std::slice::from_ref(&entry), |id| known.contains(&id)), []);
    assert_eq!(busy_of(std::slice::from_ref(&entry), |_| false).len(), 1, "unknown here: it blocks");
    let settled = Settled { appointment: a.appointment };
    let event = a.event.clone();
    assert_eq!(meant(&[a], &[gone(&event)]), [settled]);
}

#[test]
fn k3_what_is_marked_free_blocks_nothing() {
    let busy = foreign("busy", tuesday_ten());
    let free = Entry { busy: false, all_day: true, ..foreign("free", tuesday_ten()) };
    let empty = foreign("empty", Slot { start: now(), end: now() });
    assert!(free.is_free_all_day());
    let found = busy_of(&[busy, free, empty], |_| true);
    assert_eq!(found, [Busy { start: tuesday_ten().start, end: tuesday_ten().end }]);
}

#[test]
fn staff_who_tidy_up_after_an_appointment_cancel_nothing() {
    let a = ours(1, Slot { start: now() - 2 * HOUR, end: now() - HOUR });
    assert_eq!(meant(std::slice::from_ref(&a), &[gone(&a.event)]), []);
}

#[test]
fn debug_shows_no_title() {
    let entry = Entry { title: Some("Ada Lovelace".into()), ..foreign("x", tuesday_ten()) };
    assert!(!format!("{entry:?}").contains("Ada"));
}
