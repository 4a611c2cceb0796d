//! Google's adapter against its sandbox, and what the decisions make of what it reads.

use frontdesk_domain::booking::{BookingRules, Slot};
use frontdesk_domain::calendar::{
    self, CalendarChange, Entry, Evidence, Flag, Found, House, Listing, Ours, Proof, Seen, Taken, Write,
    Written,
};
use frontdesk_providers::google::{
    CalendarRef, Calendars, Deleted, Event, FreeBusy, Inserted, Listed, NewEvent, Now, Page, Patched,
    SCOPE_EVENTS, SCOPE_FREE_BUSY, ServiceAccount, Settings, Since, Span, Tokens,
};
use frontdesk_providers::http::Policy;
use frontdesk_providers::outcome::{RefusalClass, Sent};
use frontdesk_sandbox::google::{
    Access, CALENDAR_ID, Effect, Fault, GoogleConfig, GoogleHandle, GoogleSandbox, Op,
};
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_shared::{AppointmentId, Millis};
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

struct Rig {
    google: GoogleHandle,
    calendars: Calendars,
    calendar: CalendarRef,
    _stop: DropGuard,
}

/// A whole answer; anything else ends the test.
fn done<T: std::fmt::Debug>(sent: Sent<T>) -> T {
    match sent {
        Sent::Done(value) => value,
        other => panic!("{other:?}"),
    }
}

fn class<T: std::fmt::Debug>(sent: &Sent<T>) -> RefusalClass {
    match sent {
        Sent::Refused(refusal) => refusal.class,
        other => panic!("{other:?}"),
    }
}

impl Rig {
    /// A sandbox, and an adapter whose clock is `behind_ms` behind Google's.
    async fn new(behind_ms: i64) -> Self {
        let stop = CancellationToken::new();
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a door");
        let config = GoogleConfig { page_size: 2, ..GoogleConfig::default() };
        let google = GoogleSandbox::serve(door, config, stop.clone()).expect("the sandbox");
        let account = ServiceAccount::from_json(&google.account_json().into()).expect("its key");
        let policy = Policy { connect: Duration::from_millis(500), total: Duration::from_secs(3) };
        let clock = google.clone();
        let now: Now = Arc::new(move || Millis(clock.now_ms() - behind_ms));
        let tokens = Tokens::new(account, &[SCOPE_EVENTS, SCOPE_FREE_BUSY], policy, now).expect("a client");
        let base_url = google.calendar_base_url();
        let calendars = Calendars::new(&Settings { base_url, policy }, tokens).expect("a client");
        let zone = TimeZone::get("Europe/London").expect("a zone");
        let calendar = CalendarRef { id: CALENDAR_ID.to_owned(), zone };
        Self { google, calendars, calendar, _stop: stop.drop_guard() }
    }

    fn now(&self) -> Millis {
        Millis(self.google.now_ms())
    }

    /// Half an hour, some days from now.
    fn slot(&self, days: i64) -> Slot {
        let start = Millis(self.now().0 / HOUR * HOUR) + days * DAY;
        Slot { start, end: start + 30 * MINUTE }
    }

    fn event(&self, ours: &Ours) -> NewEvent {
        NewEvent {
            id: ours.event.clone(),
            mark: ours.appointment.to_string(),
            title: "Ada".to_owned(),
            description: None,
            location: None,
            span: Span { start: ours.slot.start, end: ours.slot.end },
            zone: self.calendar.zone.clone(),
        }
    }

    /// An appointment that is booked with us and not written yet.
    fn booked(&self, n: i64, days: i64) -> Ours {
        Ours {
            appointment: AppointmentId(n),
            calendar: CALENDAR_ID.to_owned(),
            event: calendar::event_id(AppointmentId(n), 0),
            slot: self.slot(days),
            decided_at: self.now(),
            booked: true,
            written: Written::Never,
        }
    }

    /// The same, written and seen.
    async fn written(&self, n: i64, days: i64) -> Ours {
        let ours = self.booked(n, days);
        match done(self.calendars.insert(&self.calendar, &self.event(&ours)).await) {
            Inserted::Made(event) => Ours { written: Written::Verified(self.proof(&event)), ..ours },
            Inserted::Taken(event) => panic!("{event:?}"),
        }
    }

    fn proof(&self, event: &Event) -> Proof {
        let span = event.span.expect("times");
        let slot = Slot { start: span.start, end: span.end };
        Proof { slot, seen_at: self.now() - MINUTE, updated: event.updated, etag: event.etag.clone() }
    }

    async fn list(&self, since: &Since) -> Page {
        match done(self.calendars.list(&self.calendar, since).await) {
            Listed::Read(page) => page,
            Listed::Expired => panic!("expired"),
        }
    }

    fn changes(&self, ours: &[Ours], page: &Page, listing: Listing) -> Vec<CalendarChange> {
        let seen: Vec<Seen> = page.events.iter().map(seen).collect();
        let rules = BookingRules::default();
        let house = House { rules: &rules, busy: &[], mirror: &[] };
        let mut changes = calendar::reconcile(CALENDAR_ID, ours, &seen, listing, &house, self.now());
        changes.retain(|c| !matches!(c, CalendarChange::Keep(_) | CalendarChange::Forget { .. }));
        changes
    }
}

fn seen(event: &Event) -> Seen {
    let (Some(span), false) = (event.span, event.cancelled) else {
        return Seen::Gone { event: event.id.clone() };
    };
    Seen::Stands(Entry {
        event: event.id.clone(),
        appointment: event.mark.as_deref().and_then(|mark| mark.parse().ok()),
        slot: Slot { start: span.start, end: span.end },
        busy: event.busy,
        all_day: event.all_day,
        title: event.title.clone(),
        tentative: event.tentative,
        series: event.series.clone(),
        updated: event.updated,
        etag: event.etag.clone(),
    })
}

#[tokio::test]
async fn k14_k15_staff_move_and_delete_and_our_own_writes_are_recognised() {
    let rig = Rig::new(0).await;
    let staff = rig.google.staff(CALENDAR_ID);
    let ours = rig.written(1, 7).await;
    staff.block("lunch", ours.slot.start.0 - HOUR, ours.slot.start.0).expect("a calendar");
    let page = rig.list(&Since::Start(rig.now() - DAY)).await;
    assert_eq!(page.events.len(), 2);
    let Sent::Done(_) = rig.calendars.get(&rig.calendar, &ours.event).await else { panic!() };
    assert_eq!(rig.changes(std::slice::from_ref(&ours), &page, Listing::Delta), []);

    let to = rig.slot(8);
    assert!(staff.move_to(&ours.event, to.start.0, to.end.0));
    let since = Since::Token(page.next_token.expect("a token"));
    let page = rig.list(&since).await;
    let changes = rig.changes(std::slice::from_ref(&ours), &page, Listing::Delta);
    let [CalendarChange::Moved { to: moved, proof, .. }] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!(*moved, to);
    let ours = Ours { slot: to, written: Written::Verified(proof.clone()), ..ours };
    assert_eq!(calendar::write_due(&ours), Write::Nothing);

    assert!(staff.delete(&ours.event));
    let page = rig.list(&Since::Token(page.next_token.expect("a token"))).await;
    let changes = rig.changes(std::slice::from_ref(&ours), &page, Listing::Delta);
    assert!(
        matches!(changes.as_slice(), [CalendarChange::Cancelled { evidence: Evidence::Deleted, .. }]),
        "{changes:?}"
    );
    let span = Span { start: to.start, end: to.end };
    let late = rig.calendars.patch_times(&rig.calendar, &ours.event, span, None).await;
    assert_eq!(done(late), Patched::Gone);
    assert_eq!(done(rig.calendars.delete(&rig.calendar, &ours.event).await), Deleted::Before);
    assert_eq!(rig.google.counters().announced, 0, "nobody was mailed");
}

#[tokio::test]
async fn k10_k11_a_lost_answer_and_an_id_that_is_used_up() {
    let rig = Rig::new(0).await;
    let ours = rig.booked(1, 7);
    let event = rig.event(&ours);
    rig.google.fault(Fault::next(Op::Insert, Effect::LoseAnswer));
    assert!(matches!(rig.calendars.insert(&rig.calendar, &event).await, Sent::Unknown(_)));
    let Inserted::Taken(Some(there)) = done(rig.calendars.insert(&rig.calendar, &event).await) else {
        panic!("it was written")
    };
    let found = Found::Stands(there.mark.as_deref().and_then(|mark| mark.parse().ok()));
    assert_eq!(calendar::on_taken(ours.appointment, &ours.event, true, found), Taken::Ours);
    assert_eq!(rig.google.events(CALENDAR_ID).len(), 1);

    assert!(rig.google.staff(CALENDAR_ID).delete(&ours.event));
    let Inserted::Taken(Some(there)) = done(rig.calendars.insert(&rig.calendar, &event).await) else {
        panic!("a deleted id stays taken")
    };
    assert!(there.cancelled);
    let taken = |unsure| calendar::on_taken(ours.appointment, &ours.event, unsure, Found::Deleted);
    assert_eq!(taken(true), Taken::DeletedByStaff);
    let Taken::Again { event: next } = taken(false) else { panic!() };
    let again = NewEvent { id: next, ..event };
    assert!(matches!(done(rig.calendars.insert(&rig.calendar, &again).await), Inserted::Made(_)));
}

#[tokio::test]
async fn k4_k5_a_calendar_that_is_gone_cancels_nothing_and_an_expired_token_is_compared() {
    let rig = Rig::new(0).await;
    let (kept, lost) = (rig.written(1, 7).await, rig.written(2, 8).await);
    let both = [kept, lost.clone()];
    let token = rig.list(&Since::Start(rig.now() - DAY)).await.next_token.expect("a token");
    let since = Since::Token(token);

    assert!(rig.google.set_access(CALENDAR_ID, Access::None));
    assert_eq!(class(&rig.calendars.list(&rig.calendar, &since).await), RefusalClass::NotFound);
    let from = Span { start: rig.now(), end: rig.now() + DAY };
    let busy = done(rig.calendars.free_busy(&[CALENDAR_ID], from).await);
    assert!(matches!(busy[CALENDAR_ID], FreeBusy::Unknown(_)), "{busy:?}");
    assert!(rig.google.set_access(CALENDAR_ID, Access::Write));

    // Deleted for good, so that a full list has no trace of it.
    assert!(rig.google.staff(CALENDAR_ID).purge(&lost.event));
    assert!(rig.google.expire_sync_tokens(CALENDAR_ID));
    assert_eq!(done(rig.calendars.list(&rig.calendar, &since).await), Listed::Expired);
    let (began, from) = (rig.now(), rig.now() - DAY);
    let page = rig.list(&Since::Start(from)).await;
    let changes = rig.changes(&both, &page, Listing::Full { complete: true, began, from });
    let absent = CalendarChange::Cancelled {
        appointment: lost.appointment,
        event: lost.event.clone(),
        evidence: Evidence::Absent,
    };
    assert_eq!(changes, [absent]);
    assert_eq!(rig.changes(&both, &page, Listing::Full { complete: false, began, from }), []);
}

#[tokio::test]
async fn k2_k16_whole_days_are_of_the_calendars_zone() {
    let rig = Rig::new(0).await;
    let staff = rig.google.staff(CALENDAR_ID);
    let ours = rig.written(1, 200).await;
    assert!(staff.make_whole_day(&ours.event, "2027-07-02", "2027-07-03"));
    let page = rig.list(&Since::Start(rig.now())).await;
    let span = page.events[0].span.expect("times");
    assert_eq!(span.start.iso(), "2027-07-01T23:00:00.000Z");
    let changes = rig.changes(std::slice::from_ref(&ours), &page, Listing::Delta);
    let [CalendarChange::Moved { flags, .. }] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!(flags.as_slice(), [Flag::AllDay]);
    let back = Span { start: ours.slot.start, end: ours.slot.end };
    let moved = done(rig.calendars.patch_times(&rig.calendar, &ours.event, back, None).await);
    assert!(matches!(&moved, Patched::Done(event) if event.span == Some(back)), "{moved:?}");
}

#[tokio::test]
async fn k13_k24_limits_clocks_and_tokens() {
    let rig = Rig::new(0).await;
    let since = Since::Start(rig.now());
    let refuse = |status, reason: &str| {
        let effect = Effect::Refuse { status, reason: reason.to_owned(), retry_after_s: Some(3) };
        rig.google.fault(Fault::next(Op::List, effect));
    };
    refuse(403, "userRateLimitExceeded");
    let busy = rig.calendars.list(&rig.calendar, &since).await;
    assert_eq!(busy, Sent::Busy { retry_after_ms: Some(3_000) });
    refuse(403, "quotaExceeded");
    assert_eq!(class(&rig.calendars.list(&rig.calendar, &since).await), RefusalClass::DailyLimit);
    rig.google.revoke_tokens();
    done(rig.calendars.list(&rig.calendar, &since).await);
    assert_eq!(rig.google.counters().tokens, 2, "one in the beginning, one after it was refused");

    let rig = Rig::new(2 * HOUR).await;
    let sent = rig.calendars.insert(&rig.calendar, &rig.event(&rig.booked(1, 7))).await;
    assert_eq!(class(&sent), RefusalClass::Clock);
}
