//! Clients' own calendars, with a real daemon and a fake Google in which staff work: what is booked is
//! written there once, what staff do there is followed, and what cannot be read cancels nothing.

use frontdesk_sandbox::google::{Access, CALENDAR_ID, Effect, Fault, Op};
use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};
use frontdesk_store::jobs;
use frontdesk_tests::desk::{ADMIN, Google, Setup, TestClient, number};
use frontdesk_tests::post::TEXT_NUMBER;
use frontdesk_tests::{TestDesk, hook, on_both_engines};
use serde_json::{Value, json};

const VAPI: &str = "/webhooks/vapi";
/// The schedule has every calendar read within this.
const ROUND: i64 = 2 * MINUTE;

fn connected() -> Setup {
    // A Friday afternoon: what is booked is for Monday.
    Setup { messages: true, google: true, ..Setup::at("2025-06-13 16:00") }
}

fn google(desk: &TestDesk) -> &Google {
    desk.google.as_ref().expect("calendars are on")
}

/// Somebody who is called, and books.
async fn books(desk: &TestDesk, client: &TestClient, nth: usize) -> String {
    let ada = number(nth, Scenario::Books);
    let csv = format!("name,phone,consent channels,consent text\nAda Price,{ada},ai_voice,Call me\n");
    let answer = desk.import(client, "", csv).await;
    assert_eq!(answer["accepted"], 1, "{answer}");
    desk.settled().await;
    ada
}

fn texts(desk: &TestDesk, number: &str) -> Vec<String> {
    desk.post.as_ref().expect("messages are on").texts_to(number)
}

async fn writes(desk: &TestDesk, number: &str, words: &str) {
    let post = desk.post.as_ref().expect("messages are on");
    post.texts.inbound(number, TEXT_NUMBER, words).expect("the number is ours");
    desk.settled().await;
}

async fn times(desk: &TestDesk) -> Vec<i64> {
    let sql = "SELECT CAST(starts_at AS TEXT) FROM appointment WHERE status = 'booked' ORDER BY starts_at";
    desk.texts(sql).await.iter().map(|at| at.parse().expect("a number")).collect()
}

async fn statuses(desk: &TestDesk) -> Vec<String> {
    desk.texts("SELECT status FROM appointment ORDER BY id").await
}

/// When each reminder that waits is due.
async fn reminders(desk: &TestDesk) -> Vec<i64> {
    let sql = "SELECT CAST(run_at AS TEXT) FROM job WHERE state = 'ready' AND lane = 'sms' ORDER BY run_at";
    desk.texts(sql).await.iter().map(|at| at.parse().expect("a number")).collect()
}

async fn events(desk: &TestDesk) -> Vec<String> {
    google(desk).events().iter().map(|event| event["id"].as_str().expect("an id").to_owned()).collect()
}

fn start_of(event: &Value) -> i64 {
    let at = event["start"]["dateTime"].as_str().expect("a time");
    at.parse::<jiff::Timestamp>().expect("an instant").as_millisecond()
}

async fn health(desk: &TestDesk) -> String {
    let part = |report: frontdesk_shared::health::HealthReport| {
        report.parts.into_iter().find(|part| part.name == "calendar").map(|part| part.detail)
    };
    part(frontdesk_daemon::watch::health::report(&desk.app).await).expect("a part about calendars")
}

/// What is offered on a call, as instants.
async fn offered(desk: &TestDesk, call: &Value, day: &str) -> (Vec<String>, Value) {
    let body = hook::tool(
        call,
        desk.now().0,
        &format!("look-{day}-{}", desk.now().0),
        "check_availability",
        json!({"date": day}),
    );
    let answer = hook::result(&desk.webhook(VAPI, body).await);
    let slots = answer["slots"].as_array().unwrap_or_else(|| panic!("no slots: {answer}"));
    (slots.iter().map(|s| s["start"].as_str().expect("a start").to_owned()).collect(), answer)
}

on_both_engines! {
    async fn k15_k21_a_booking_is_one_event_and_our_own_write_coming_back_changes_nothing(db) {
        let desk = TestDesk::with(&db, connected()).await;
        let harbour = desk.client("harbour").await;
        let ada = books(&desk, &harbour, 1).await;
        let there = google(&desk).events();
        assert_eq!(there.len(), 1, "{} {there:?}", desk.picture().await);
        assert_eq!(there[0]["summary"], "Ada Price");
        assert_eq!(times(&desk).await, [start_of(&there[0])]);
        for _ in 0..3 {
            desk.advance(ROUND).await;
        }
        assert_eq!(google(&desk).events(), there);
        let told = google(&desk).handle.counters();
        assert_eq!((told.inserted, told.patched, told.deleted, told.duplicates, told.announced), (1, 0, 0, 0, 0));
        assert_eq!(texts(&desk, &ada).len(), 1);
        assert_eq!(desk.texts("SELECT CAST(sequence AS TEXT) FROM appointment").await, ["0"]);
        assert!(health(&desk).await.starts_with("read "), "{}", health(&desk).await);
    }

    async fn k14_staff_move_it_and_everything_follows_with_one_notice(db) {
        let desk = TestDesk::with(&db, connected()).await;
        let harbour = desk.client("harbour").await;
        let ada = books(&desk, &harbour, 1).await;
        let before = reminders(&desk).await;
        assert_eq!(before.len(), 2, "{before:?}");
        let (id, start) = (events(&desk).await.remove(0), times(&desk).await[0]);
        assert!(google(&desk).staff().move_to(&id, start + DAY, start + DAY + 30 * MINUTE));
        desk.advance(ROUND).await;
        assert_eq!(times(&desk).await, [start + DAY], "{}", desk.picture().await);
        let after: Vec<i64> = before.iter().map(|at| at + DAY).collect();
        assert_eq!(reminders(&desk).await, after);
        assert_eq!(texts(&desk, &ada).len(), 2, "{:?}", texts(&desk, &ada));
        desk.advance(ROUND).await;
        assert_eq!(texts(&desk, &ada).len(), 2);
        assert_eq!(google(&desk).handle.counters().patched, 0, "nothing is pushed back");
        // K17: what else staff change is theirs.
        assert!(google(&desk).staff().change(&id, json!({"summary": "Ada, bring the x-ray"})));
        desk.advance(ROUND).await;
        writes(&desk, &ada, "please cancel my appointment").await;
        assert_eq!(statuses(&desk).await, ["cancelled"]);
        assert_eq!(google(&desk).events(), [] as [Value; 0], "and what we change is written there");
    }

    async fn k14_staff_delete_it_and_the_person_is_told_once(db) {
        let desk = TestDesk::with(&db, connected()).await;
        let harbour = desk.client("harbour").await;
        let ada = books(&desk, &harbour, 1).await;
        let id = events(&desk).await.remove(0);
        assert!(google(&desk).staff().delete(&id));
        desk.advance(ROUND).await;
        assert_eq!(statuses(&desk).await, ["cancelled"], "{}", desk.picture().await);
        assert_eq!(texts(&desk, &ada).len(), 2, "{:?}", texts(&desk, &ada));
        assert_eq!(reminders(&desk).await, [] as [i64; 0]);
        desk.advance(ROUND).await;
        desk.advance(2 * DAY).await;
        assert_eq!(texts(&desk, &ada).len(), 2);
        assert_eq!(events(&desk).await, [] as [String; 0], "k10: what a person deleted stays deleted");
        assert_eq!(desk.lead_now(&ada).await.status, "review");
    }

    async fn k2_k3_what_stands_in_the_calendar_takes_its_time(db) {
        let desk = TestDesk::with(&db, connected()).await;
        desk.client("harbour").await;
        desk.settled().await;
        let call = hook::inbound("call-1", &number(1, Scenario::Books));
        let (free, _) = offered(&desk, &call, "2025-06-17").await;
        assert!(free[0].starts_with("2025-06-17T08:00"), "nine o'clock in London: {free:?}");
        let nine = free[0].parse::<jiff::Timestamp>().expect("an instant").as_millisecond();
        let staff = google(&desk).staff();
        let lunch = staff.block("private", nine, nine + HOUR).expect("a calendar");
        // Google's own default for a whole day blocks nothing; one marked busy does.
        staff.whole_day("somebody's birthday", "2025-06-17", "2025-06-18").expect("a calendar");
        let closed = staff.whole_day("away", "2025-06-18", "2025-06-19").expect("a calendar");
        assert!(staff.change(&closed, json!({"transparency": "opaque"})));
        desk.advance(ROUND).await;
        let (left, answer) = offered(&desk, &call, "2025-06-17").await;
        // The buffer of a quarter of an hour takes the slot that follows.
        assert!(left[0].starts_with("2025-06-17T09:30"), "{left:?}");
        assert!(answer.get("note").is_none(), "{answer}");
        let (next, _) = offered(&desk, &call, "2025-06-18").await;
        assert!(next[0].starts_with("2025-06-19"), "{next:?}");
        // Whatever way somebody asks.
        let path = "/api/appointments/harbour/availability?from=2025-06-17&days=2";
        let (status, offers) = desk.get(path, ADMIN).await;
        assert_eq!(status, 200, "{offers}");
        let offers = offers.to_string();
        assert!(!offers.contains("2025-06-17T09:00") && !offers.contains("2025-06-18T1"), "{offers}");
        let ask = hook::tool(&call, desk.now().0 + SECOND, "book", "book_appointment", json!({"start": free[0]}));
        let answer = hook::result(&desk.webhook(VAPI, ask).await);
        assert_eq!(answer["booked"], false, "{answer}");
        assert!(staff.delete(&lunch));
        desk.advance(ROUND).await;
        let (again, _) = offered(&desk, &call, "2025-06-17").await;
        assert_eq!(again, free);
    }

    async fn k4_k1_a_calendar_no_longer_shared_cancels_nothing_and_is_told(db) {
        let desk = TestDesk::with(&db, connected()).await;
        desk.expect_faults(&["calendar.not-shared", "call.lost"]);
        let harbour = desk.client("harbour").await;
        let ada = books(&desk, &harbour, 1).await;
        let taken = times(&desk).await;
        assert!(google(&desk).handle.set_access(CALENDAR_ID, Access::None));
        for _ in 0..20 {
            desk.advance(ROUND).await;
        }
        assert_eq!(times(&desk).await, taken);
        let told = desk.texts("SELECT kind || ' ' || message FROM fault").await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("no appointment is touched") && told[0].contains("share the calendar"), "{told:?}");
        assert!(health(&desk).await.contains("that of client harbour"), "{}", health(&desk).await);
        let call = hook::inbound("call-1", &number(2, Scenario::Books));
        let (_, answer) = offered(&desk, &call, "2025-06-17").await;
        assert!(answer["note"].as_str().is_some_and(|note| note.contains("last read 4")), "{answer}");
        // What is booked meanwhile stands, and is written when it can be.
        writes(&desk, &ada, "please cancel my appointment").await;
        assert_eq!(statuses(&desk).await, ["cancelled"]);
        assert_eq!(events(&desk).await.len(), 1);
        assert!(google(&desk).handle.set_access(CALENDAR_ID, Access::Write));
        desk.advance(20 * MINUTE).await;
        assert_eq!(events(&desk).await, [] as [String; 0], "{}", desk.picture().await);
        assert!(health(&desk).await.starts_with("read "), "{}", health(&desk).await);
    }

    async fn k5_k6_an_expired_token_is_compared_and_what_is_absent_is_asked_for(db) {
        let desk = TestDesk::with(&db, connected()).await;
        desk.expect_faults(&["calendar.odd-time"]);
        let harbour = desk.client("harbour").await;
        for nth in 1..4 {
            books(&desk, &harbour, nth).await;
        }
        let ids = desk.texts("SELECT id FROM (SELECT CAST(id AS TEXT) AS id, starts_at FROM appointment) AS a ORDER BY starts_at").await;
        assert_eq!(ids.len(), 3);
        let of = |n: usize| {
            let id: i64 = ids[n].parse().expect("a number");
            frontdesk_domain::calendar::event_id(frontdesk_shared::AppointmentId(id), 0)
        };
        // One is gone without a trace, one was moved to before the list begins, one is as it was.
        let staff = google(&desk).staff();
        assert!(staff.purge(&of(0)));
        let past = desk.now().0 - 3 * DAY;
        assert!(staff.move_to(&of(1), past, past + HOUR));
        assert!(google(&desk).handle.expire_sync_tokens(CALENDAR_ID));
        desk.advance(ROUND).await;
        let now = desk.texts("SELECT status FROM appointment ORDER BY created_at, id").await;
        assert_eq!(now.iter().filter(|s| *s == "cancelled").count(), 1, "{now:?} {}", desk.picture().await);
        assert!(times(&desk).await.contains(&past), "k16: taken over as it stands");
        assert_eq!(times(&desk).await.len(), 2);
    }

    async fn k23_what_was_cancelled_before_it_was_written_is_never_written(db) {
        let desk = TestDesk::with(&db, connected()).await;
        desk.expect_faults(&["calendar.quota"]);
        let harbour = desk.client("harbour").await;
        // Google is away: the booking stands, the write waits.
        let away = Effect::Refuse { status: 503, reason: "backendError".into(), retry_after_s: None };
        google(&desk).handle.fault(Fault { op: Some(Op::Insert), effect: away, count: 3 });
        let ada = books(&desk, &harbour, 1).await;
        assert_eq!(statuses(&desk).await, ["booked"]);
        assert_eq!(texts(&desk, &ada).len(), 1);
        writes(&desk, &ada, "please cancel my appointment").await;
        google(&desk).handle.clear_faults();
        desk.advance(20 * MINUTE).await;
        assert_eq!(statuses(&desk).await, ["cancelled"]);
        assert_eq!(google(&desk).handle.counters().inserted, 0);
        // K13: a quota that is used up holds this calendar's writes; nothing else.
        let quota = Effect::Refuse { status: 403, reason: "quotaExceeded".into(), retry_after_s: None };
        google(&desk).handle.fault(Fault::next(Op::Insert, quota));
        books(&desk, &harbour, 2).await;
        let ben = books(&desk, &harbour, 3).await;
        writes(&desk, &ben, "please cancel my appointment").await;
        let asked = google(&desk).handle.counters().requests;
        desk.advance(MINUTE).await;
        assert!(google(&desk).handle.counters().requests <= asked + 2, "reading goes on");
        assert_eq!(google(&desk).handle.counters().inserted, 0);
        desk.advance(3 * HOUR + 10 * MINUTE).await;
        assert_eq!(google(&desk).handle.counters().inserted, 1, "{}", desk.picture().await);
        assert_eq!(events(&desk).await.len(), 1);
    }

    async fn k10_k11_a_lost_answer_or_a_death_before_the_end_makes_no_second_event(db) {
        let desk = TestDesk::with(&db, connected()).await;
        let harbour = desk.client("harbour").await;
        google(&desk).handle.fault(Fault::next(Op::Insert, Effect::LoseAnswer));
        books(&desk, &harbour, 1).await;
        desk.advance(5 * MINUTE).await;
        let told = google(&desk).handle.counters();
        assert_eq!((told.inserted, told.duplicates, events(&desk).await.len()), (1, 0, 1), "{}", desk.picture().await);
        // The store as a daemon leaves it that is killed after Google's answer and before its own commit.
        let now = desk.now();
        desk.write(move |tx| {
            tx.execute("UPDATE appointment_event SET state = 'unsure', starts_at = NULL, etag = NULL", &[])?;
            tx.execute("DELETE FROM calendar_event", &[])?;
            tx.execute("UPDATE job SET state = 'dead' WHERE kind = 'calendar.write'", &[])?;
            let id = tx.one("SELECT id FROM job WHERE kind = 'calendar.write'", &[], |r| r.get(0))?;
            jobs::revive(tx, id, now, "", now)
        })
        .await;
        desk.advance(MINUTE).await;
        let told = google(&desk).handle.counters();
        assert_eq!((told.inserted, told.duplicates, events(&desk).await.len()), (1, 0, 1), "{}", desk.picture().await);
        assert_eq!(desk.texts("SELECT state FROM appointment_event").await, ["verified"]);
    }

    async fn what_is_moved_here_is_moved_there(db) {
        let desk = TestDesk::with(&db, connected()).await;
        desk.client("harbour").await;
        desk.settled().await;
        let call = hook::inbound("call-1", &number(1, Scenario::Books));
        let (free, _) = offered(&desk, &call, "2025-06-17").await;
        for (n, start) in [&free[0], &free[2], &free[1]].into_iter().enumerate() {
            let at = desk.now().0 + SECOND * n as i64;
            let ask = hook::tool(&call, at, &format!("book-{n}"), "book_appointment", json!({"start": start, "name": "Ann"}));
            let answer = hook::result(&desk.webhook(VAPI, ask).await);
            assert_eq!(answer["booked"], true, "{n}: {answer}");
        }
        desk.settled().await;
        desk.advance(ROUND).await;
        let there = google(&desk).events();
        assert_eq!(there.len(), 1, "{there:?}");
        assert_eq!(times(&desk).await, [start_of(&there[0])]);
        assert_eq!(google(&desk).handle.counters().inserted, 1);
    }

    async fn k16_staff_put_two_at_one_time_and_both_stand(db) {
        let desk = TestDesk::with(&db, connected()).await;
        desk.expect_faults(&["calendar.odd-time"]);
        let harbour = desk.client("harbour").await;
        books(&desk, &harbour, 1).await;
        books(&desk, &harbour, 2).await;
        let both = times(&desk).await;
        let there = google(&desk).events();
        let first = there.iter().find(|event| start_of(event) == both[0]).expect("the first");
        let id = first["id"].as_str().expect("an id");
        assert!(google(&desk).staff().move_to(id, both[1], both[1] + 30 * MINUTE));
        desk.advance(ROUND).await;
        assert_eq!(times(&desk).await, [both[1], both[1]], "{}", desk.picture().await);
        let told = desk.texts("SELECT message FROM fault").await;
        assert!(told.len() == 1 && told[0].contains("something else is at that time"), "{told:?}");
    }

    async fn k19_a_calendar_is_one_clients(db) {
        let desk = TestDesk::with(&db, connected()).await;
        let harbour = desk.client("harbour").await;
        let quay = desk.client("quay").await;
        let has = "SELECT c.key FROM client_calendar k JOIN client c ON c.id = k.client_id";
        assert_eq!(desk.texts(has).await, ["harbour"], "who was alone keeps it");
        let own = json!({"settings": {"calendar": {"id": CALENDAR_ID}}}).to_string();
        let set = async |client: &TestClient| {
            let path = format!("{}/api/clients/{}/config", desk.url, client.key);
            let request = desk.http.patch(path).header("x-api-key", ADMIN);
            frontdesk_tests::desk::answered(request.header("content-type", "application/json").body(own.clone())).await
        };
        let answer = set(&quay).await;
        assert_eq!(answer.0, 409, "{}", answer.1);
        assert!(answer.1.to_string().contains("settings.calendar.id"), "{}", answer.1);
        assert_eq!(desk.texts(has).await, ["harbour"], "naming it takes it from nobody");
        assert_eq!(set(&harbour).await.0, 200);
        assert_eq!(desk.texts(has).await, ["harbour"]);
    }
}
