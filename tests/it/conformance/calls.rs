//! Calls, what was answered in them, deliveries and appointments: each exists once.

use frontdesk_domain::records::{Booking, CallTexts, ToolAnswer};
use frontdesk_shared::call::{CallStatus, Outcome};
use frontdesk_shared::time::DAY;
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_shared::{AppointmentId, CallId, ClientId, JobId, LeadId, Millis, WebhookId};
use frontdesk_store::appointments;
use frontdesk_store::calls::{self, Call};
use frontdesk_store::packed::Packed;
use frontdesk_store::webhooks::{self, Applied, NewWebhook};
use frontdesk_store::{Error, clients};
use frontdesk_tests::database::START;
use frontdesk_tests::{on_both_engines, samples};

fn delivery<'a>(id: i64, key: &'a str, body: &'a Packed) -> NewWebhook<'a> {
    NewWebhook {
        id: WebhookId(id),
        provider: "vapi",
        event_key: key,
        client: ClientId(0),
        call: None,
        kind: "status-update",
        status: WebhookStatus::Unmatched,
        note: "",
        body,
        reply: "{}",
        agent: "",
    }
}

fn slot(id: i64, from: i64, to: i64) -> Booking {
    samples::appointment(id, Millis(from), Millis(to))
}

on_both_engines! {
    async fn a_call_comes_back_as_it_was_written(db) {
        let full = Call {
            lead: Some(LeadId(4)),
            job: Some(JobId(5)),
            provider_call_id: Some("p-1".into()),
            status: CallStatus::InProgress,
            outcome: Some(Outcome::Booked),
            control_url: Some("https://control.example/1".into()),
            started_at: Some(START + 1),
            ended_at: Some(START + 2),
            cost_micros: 123_456,
            reported: true,
            ..samples::call(1, 1)
        };
        let (first, wanted) = (full.clone(), format!("{full:?}"));
        db.store.write(move |tx| calls::insert(tx, [&first])).await.unwrap();
        let got = db.store.read(|tx| calls::by_provider_id(tx, "vapi", "p-1")).await.unwrap().unwrap();
        assert_eq!(format!("{got:?}"), wanted);
        let changed = Call { status: CallStatus::Ended, outcome: None, control_url: None, ..full };
        let (written, wanted) = (changed.clone(), format!("{changed:?}"));
        db.store.write(move |tx| calls::update(tx, &written)).await.unwrap();
        assert_eq!(format!("{:?}", db.store.read(|tx| calls::need(tx, CallId(1))).await.unwrap()), wanted);
    }

    async fn what_was_said_is_kept_beside_the_call(db) {
        let said = |transcript: &str| CallTexts {
            transcript: transcript.to_owned(),
            summary: "short".into(),
            analysis: serde_json::json!({ "success": true }),
        };
        let (one, two) = (said("AI: “Hello”\nCustomer: 🙂"), said(""));
        let both = [(CallId(1), one.clone()), (CallId(2), two)].into();
        db.store.write(move |tx| calls::put_texts(tx, &both)).await.unwrap();
        let of = |call: i64| db.store.read(move |tx| calls::texts(tx, CallId(call)));
        assert_eq!((of(1).await.unwrap(), of(3).await.unwrap()), (Some(one), None));
        let later = said("AI: I called before");
        let again = [(CallId(2), later.clone())].into();
        db.store.write(move |tx| calls::put_texts(tx, &again)).await.unwrap();
        assert_eq!(of(2).await.unwrap(), Some(later));
    }

    /// Two rows for one call of the provider would split its story.
    async fn a_providers_call_is_one_row(db) {
        let with = |id: i64, provider_id: Option<&str>| Call { provider_call_id: provider_id.map(str::to_owned), ..samples::call(id, 1) };
        let calls_ = [with(1, Some("p")), with(2, None), with(3, None)];
        db.store.write(move |tx| calls::insert(tx, &calls_)).await.unwrap();
        let twice = with(4, Some("p"));
        let got = db.store.write(move |tx| calls::insert(tx, [&twice])).await;
        assert!(matches!(got, Err(Error::Conflict(_))), "{got:?}");
        let late = with(2, Some("p"));
        let got = db.store.write(move |tx| calls::update(tx, &late)).await;
        assert!(matches!(got, Err(Error::Conflict(_))), "{got:?}");
    }

    async fn open_calls_occupy_slots_until_their_fate_is_old(db) {
        db.store.write(|tx| {
            for (id, status) in (1..).zip(CallStatus::ALL) {
                calls::insert(tx, [&Call { status: *status, created_at: START, updated_at: START, ..samples::call(id, 1) }])?;
            }
            Ok(())
        }).await.unwrap();
        let count = |unknown_since: i64| db.store.read(move |tx| calls::open_count(tx, "vapi", START + unknown_since));
        let open = CallStatus::ALL.iter().filter(|s| s.is_open()).count() as u64;
        assert_eq!(count(-1).await.unwrap(), open);
        assert_eq!(count(0).await.unwrap(), open - 1);
        assert_eq!(db.store.read(|tx| calls::open_count(tx, "other", START)).await.unwrap(), 0);
        let silent = db.store.read(|tx| calls::silent(tx, START + 1, 100)).await.unwrap();
        assert!(silent.iter().all(|c| c.status.is_open() && !matches!(c.status, CallStatus::Placing | CallStatus::Uncertain)));
        assert_eq!(silent.len() as u64, open - 2);
        assert!(db.store.read(|tx| calls::silent(tx, START, 100)).await.unwrap().is_empty());
    }

    async fn a_tool_question_is_answered_once(db) {
        let answer = |question: &'static str, text: &'static str, is_error: bool| {
            let name = if is_error { "cancel" } else { "book" };
            ToolAnswer { provider: "vapi", call: "c".into(), question: question.into(), name: name.into(), text: text.into(), is_error }
        };
        let (first, second) = (answer("q1", "Booked for Monday.", false), answer("q2", "No such slot.", true));
        let both = [first.clone(), second.clone()];
        db.store.write(move |tx| calls::insert_tool_answers(tx, &both, START)).await.unwrap();
        let again = [answer("q1", "Booked for Tuesday.", false)];
        let got = db.store.write(move |tx| calls::insert_tool_answers(tx, &again, START)).await;
        assert!(matches!(got, Err(Error::Conflict(_))), "{got:?}");
        let told = db.store.read(|tx| calls::tool_answers(tx, "vapi", &["c", "d"])).await.unwrap();
        assert_eq!(told, [first, second]);
    }

    async fn a_delivery_is_stored_once_and_counted_again(db) {
        let body: Vec<u8> = (0..=255).collect();
        let (raw, none) = (Packed::of(&body), Packed::of(b""));
        let other = none.clone();
        db.store.write(move |tx| webhooks::insert(tx, &delivery(1, "e", &raw), START)).await.unwrap();
        let twice = db.store.write(move |tx| webhooks::insert(tx, &delivery(2, "e", &none), START)).await;
        assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
        let other = db.store.write(move |tx| {
            webhooks::insert(tx, &NewWebhook { provider: "twilio", ..delivery(3, "e", &other) }, START)
        });
        other.await.unwrap();
        for _ in 0..2 {
            db.store.write(|tx| webhooks::seen_again(tx, &[("vapi", "e")])).await.unwrap();
        }
        let seen = db.store.read(|tx| webhooks::of_events(tx, "vapi", &["e", "new"])).await.unwrap();
        let seen: Vec<_> = seen.iter().map(|(key, d)| (key.as_str(), d.id, d.status)).collect();
        assert_eq!(seen, [("e", WebhookId(1), WebhookStatus::Unmatched)]);
        let kept = db.store.read(|tx| webhooks::by_id(tx, WebhookId(1))).await.unwrap().unwrap();
        assert_eq!(kept.body, body);
        let deliveries: Vec<i64> = db.store.read(|tx| {
            tx.all("SELECT deliveries FROM webhook_key ORDER BY webhook_id", &[], |r| r.get(0))
        }).await.unwrap();
        assert_eq!(deliveries, [3, 1]);
        db.store.write(|tx| webhooks::reapplied(tx, WebhookId(1), &Applied {
            client: ClientId(7), call: Some(CallId(8)), status: WebhookStatus::Applied, note: "ok".into(), reply: "{1}".into(),
        }, START + 1)).await.unwrap();
        let now = db.store.read(|tx| webhooks::by_id(tx, WebhookId(1))).await.unwrap().unwrap();
        assert_eq!((now.client, now.status, now.reply.as_str()), (ClientId(7), WebhookStatus::Applied, "{1}"));
        // A key may be kept longer than its delivery.
        db.store.write(|tx| tx.execute("DELETE FROM webhook WHERE id = 1", &[])).await.unwrap();
        let late = db.store.read(|tx| webhooks::of_events(tx, "vapi", &["e"])).await.unwrap();
        assert_eq!(late[0].1.status, WebhookStatus::Ignored);
    }

    async fn a_slot_is_taken_once_and_free_again_when_cancelled(db) {
        db.store.write(|tx| {
            clients::insert(tx, &samples::client(1))?;
            appointments::insert(tx, [&slot(1, 100, 130)])
        }).await.unwrap();
        let taken = db.store.write(|tx| appointments::insert(tx, [&slot(2, 100, 160)])).await;
        assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
        db.store.write(|tx| appointments::insert(tx, [&slot(3, 130, 160)])).await.unwrap();
        let busy = |now: i64| db.store.read(move |tx| {
            let booked = appointments::booked_from(tx, ClientId(1), Millis(now))?;
            Ok(booked.into_iter().map(|b| (b.starts_at, b.ends_at)).collect::<Vec<_>>())
        });
        assert_eq!(busy(0).await.unwrap(), [(Millis(100), Millis(130)), (Millis(130), Millis(160))]);
        assert_eq!(busy(2 * DAY).await.unwrap(), []);
        let of = |call: i64| db.store.read(move |tx| {
            let booked = appointments::of_calls(tx, &[CallId(call)])?;
            Ok(booked.into_iter().map(|b| (b.id, b.starts_at)).next())
        });
        assert_eq!(of(1).await.unwrap(), Some((AppointmentId(1), Millis(100))));
        db.store.write(|tx| tx.execute("UPDATE appointment SET status = 'cancelled' WHERE id = 1", &[])).await.unwrap();
        assert_eq!(of(1).await.unwrap(), None);
        db.store.write(|tx| appointments::insert(tx, [&slot(4, 100, 130)])).await.unwrap();
    }
}
