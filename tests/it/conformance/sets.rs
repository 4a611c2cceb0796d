//! Statements over many rows: as many statements over one row each, and fewer round trips.

use frontdesk_shared::call::{CallStatus, Outcome};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{CallId, ClientId, LeadId, WebhookId};
use frontdesk_store::calls::{self, Call};
use frontdesk_store::leads::{self, Lead};
use frontdesk_store::packed::Packed;
use frontdesk_store::webhooks::{self, NewWebhook};
use frontdesk_store::{Store, Value, clients, params};
use frontdesk_tests::database::START;
use frontdesk_tests::{on_both_engines, samples};

/// More than one statement of SQLite's, and no power of two.
const MANY: i64 = 203;

async fn filled(store: &Store) {
    store
        .write(|tx| {
            clients::insert(tx, &samples::client(1))?;
            let calls: Vec<Call> = (1..=MANY)
                .map(|id| Call {
                    provider_call_id: (id % 3 > 0).then(|| format!("p-{id}")),
                    started_at: (id % 2 > 0).then_some(START + id),
                    ..samples::call(id, 1)
                })
                .collect();
            calls::insert(tx, &calls)?;
            let leads: Vec<Lead> = (1..=MANY).map(|id| samples::lead(id, 1)).collect();
            leads::insert(tx, &leads)
        })
        .await
        .unwrap();
}

on_both_engines! {
    async fn many_rows_are_read_by_their_keys(db) {
        filled(&db.store).await;
        for few in [0, 1, 2, 5, MANY] {
            let ids: Vec<CallId> = (1..=few).map(CallId).collect();
            let mut found: Vec<i64> =
                db.store.read(move |tx| calls::by_ids(tx, &ids)).await.unwrap().iter().map(|c| c.id.0).collect();
            found.sort_unstable();
            assert_eq!(found, (1..=few).collect::<Vec<i64>>());
        }
        let found = db.store.read(|tx| calls::by_provider_ids(tx, "vapi", &["p-1", "p-2", "p-3", "p-4", "nobody"])).await.unwrap();
        assert_eq!(found.len(), 3);
        assert!(db.store.read(|tx| calls::by_provider_ids(tx, "other", &["p-1"])).await.unwrap().is_empty());
    }

    async fn many_rows_are_changed_at_once_and_no_others(db) {
        filled(&db.store).await;
        let before = db.store.read(|tx| calls::by_ids(tx, &[CallId(1)])).await.unwrap();
        let mut wanted = Vec::new();
        for id in 2..=MANY {
            wanted.push(Call {
                provider_call_id: Some(format!("q-{id}")),
                status: CallStatus::Ended,
                outcome: (id % 2 == 0).then_some(Outcome::NoAnswer),
                why: format!("because “{id}”, {{with}} a comma and \\"),
                control_url: None,
                ended_at: (id % 5 == 0).then_some(START + id),
                reported: id % 7 == 0,
                ..samples::call(id, 1)
            });
        }
        let written = wanted.clone();
        db.store.write(move |tx| calls::update_all(tx, &written)).await.unwrap();
        for call in &mut wanted {
            // Not among what a change writes: as it was inserted.
            let id = call.id;
            let got = db.store.read(move |tx| calls::need(tx, id)).await.unwrap();
            call.created_at = got.created_at;
            assert_eq!(format!("{got:?}"), format!("{call:?}"));
        }
        let after = db.store.read(|tx| calls::by_ids(tx, &[CallId(1)])).await.unwrap();
        assert_eq!(format!("{before:?}"), format!("{after:?}"));

        let leads: Vec<Lead> = (1..=3).map(|id| Lead { status: LeadStatus::Held, zone: None, ..samples::lead(id, 1) }).collect();
        db.store.write(move |tx| leads::update_all(tx, &leads)).await.unwrap();
        let held = db.store.read(|tx| leads::by_ids(tx, &[LeadId(3), LeadId(4)])).await.unwrap();
        assert_eq!(held.iter().filter(|l| l.status == LeadStatus::Held).count(), 1);
    }

    async fn changes_of_many_keys_are_counted(db) {
        filled(&db.store).await;
        let keys: Vec<i64> = (1..=MANY + 10).collect();
        let (changed, back, none) = db.store.write(move |tx| {
            let keys: Vec<Value<'_>> = keys.iter().map(|k| Value::from(*k)).collect();
            let changed = tx.execute_many(
                "UPDATE lead SET score = $2 WHERE id = ANY($1) AND client_id = $3", &keys, params![7_i64, ClientId(1)])?;
            let back: Vec<i64> = tx.many(
                "UPDATE lead SET score = 8 WHERE id = ANY($1) RETURNING id", &keys[..3], &[], |r| r.get(0))?;
            Ok((changed, back.len(), tx.execute_many("DELETE FROM lead WHERE id = ANY($1)", &[], &[])?))
        }).await.unwrap();
        assert_eq!((changed, back, none), (MANY.cast_unsigned(), 3, 0));
        let reader = db.store.read(|tx| tx.execute_many("DELETE FROM lead WHERE id = ANY($1)", params![1_i64], &[])).await;
        assert!(reader.is_err());
    }

    async fn many_deliveries_are_stored_and_known_again(db) {
        db.store.write(|tx| {
            let body = Packed::of(b"{}");
            let keys: Vec<String> = (1..=MANY).map(|n| format!("e{n}")).collect();
            let new: Vec<NewWebhook<'_>> = (1..).zip(&keys).map(|(id, key)| NewWebhook {
                id: WebhookId(id), provider: "vapi", event_key: key, client: ClientId(0), call: None,
                kind: "status-update", status: frontdesk_shared::webhook::WebhookStatus::Ignored,
                note: "", body: &body, reply: "{}", agent: "",
            }).collect();
            webhooks::insert_all(tx, &new, START)
        }).await.unwrap();
        let known = db.store.read(|tx| webhooks::of_events(tx, "vapi", &["e1", "e203", "e204"])).await.unwrap();
        let mut known: Vec<_> = known.into_iter().map(|(key, d)| (key, d.id)).collect();
        known.sort();
        assert_eq!(known, [("e1".to_owned(), WebhookId(1)), ("e203".to_owned(), WebhookId(203))]);
    }
}
