//! The house: nodes, slots of schedules, faults, clients, keys, imports and the audit trail.

use frontdesk_shared::fault::Severity;
use frontdesk_shared::import::{ImportCounts, ImportSpec, ImportStatus, Reject};
use frontdesk_shared::{ClientId, FaultId, ImportId, Millis, RowId};
use frontdesk_store::audit::{self, NewAudit};
use frontdesk_store::faults::{self, NewFault};
use frontdesk_store::imports::{self, Import};
use frontdesk_store::keys::{self, Key};
use frontdesk_store::{Error, Store, clients, house, meta};
use frontdesk_tests::database::START;
use frontdesk_tests::{on_both_engines, samples};
use std::collections::HashSet;

async fn join(store: &Store, boot: &'static str, at: i64, dead_before: i64) -> Result<u8, Error> {
    store.write(move |tx| house::join(tx, boot, "host", START + at, START + dead_before, None)).await
}

fn fault(message: &'static str, severity: Severity) -> NewFault<'static> {
    NewFault {
        kind: "vapi.refused",
        service: "vapi",
        client: ClientId(1),
        severity,
        message,
        subject: ("call", "c1".into()),
    }
}

async fn fail(store: &Store, n: i64, message: &'static str) -> FaultId {
    store
        .write(move |tx| {
            faults::record(tx, &fault(message, Severity::Error), (FaultId(n), RowId(n)), START + n)
        })
        .await
        .unwrap()
}

/// count, total, first_at, last_at, whether acknowledged.
async fn counted(store: &Store, id: FaultId) -> (i64, i64, i64, i64, bool) {
    store
        .read(move |tx| {
            tx.one(
                "SELECT count, total, first_at, last_at, acked_at IS NOT NULL FROM fault WHERE id = $1",
                frontdesk_store::params![id],
                |r| {
                    Ok((
                        r.get(0)?,
                        r.get(1)?,
                        r.get::<i64>(2)? - START.0,
                        r.get::<i64>(3)? - START.0,
                        r.get(4)?,
                    ))
                },
            )
        })
        .await
        .unwrap()
}

on_both_engines! {
    async fn nodes_are_distinct_and_numbers_return(db) {
        assert_eq!(join(&db.store, "a", 0, -10).await.unwrap(), 0);
        assert_eq!(join(&db.store, "b", 0, -10).await.unwrap(), 1);
        let beat = |node: i64, boot: &'static str, at: i64| db.store.write(move |tx| house::beat(tx, node, boot, START + at));
        assert!(beat(0, "a", 50).await.unwrap());
        assert!(!beat(0, "b", 50).await.unwrap());
        // b was silent for too long: its number is given away and it learns so.
        assert_eq!(join(&db.store, "c", 60, 40).await.unwrap(), 1);
        assert!(!beat(1, "b", 61).await.unwrap());
        db.store.write(|tx| house::leave(tx, 1, "b")).await.unwrap();
        assert_eq!(join(&db.store, "d", 61, 40).await.unwrap(), 2);
        db.store.write(|tx| house::leave(tx, 1, "c")).await.unwrap();
        assert_eq!(join(&db.store, "e", 62, 40).await.unwrap(), 1);
    }

    /// Two daemons with one number would make the same ids.
    async fn daemons_that_join_at_once_get_different_numbers(db) {
        let boots = ["a", "b", "c", "d", "e", "f"];
        let joins: Vec<_> = boots.into_iter().map(|boot| {
            let store = db.second_daemon();
            tokio::spawn(async move { join(&store, boot, 0, -10).await })
        }).collect();
        let mut nodes = HashSet::new();
        for one in joins {
            assert!(nodes.insert(one.await.unwrap().unwrap()));
        }
        assert_eq!(nodes, (0..6).collect());
    }

    async fn the_sixty_fifth_daemon_is_refused(db) {
        for n in 0..64 {
            assert_eq!(join(&db.store, "a", n, -10).await.unwrap(), u8::try_from(n).unwrap());
        }
        let got = join(&db.store, "late", 0, -10).await;
        assert!(matches!(got, Err(Error::Unavailable(_))), "{got:?}");
    }

    async fn a_schedules_slot_only_moves_on(db) {
        let slot = || db.store.read(|tx| house::last_slot(tx, "nightly"));
        assert_eq!(slot().await.unwrap(), None);
        for at in [10, 30, 20] {
            db.store.write(move |tx| house::set_slot(tx, "nightly", START + at)).await.unwrap();
        }
        db.store.write(|tx| house::slot_done(tx, "nightly", "7 rows", START + 31)).await.unwrap();
        assert_eq!(slot().await.unwrap(), Some((START + 30, Some(START + 31), "7 rows".into())));
    }

    async fn a_providers_hold_is_kept_per_client(db) {
        let hold = |client: i64| db.store.write(move |tx| house::lock_account(tx, "vapi", ClientId(client)));
        let breaker = |client: i64| db.store.read(move |tx| house::breaker(tx, "vapi", ClientId(client)));
        assert_eq!(hold(1).await.unwrap(), house::Hold::default());
        for client in [1, 3] {
            db.store.write(move |tx| {
                house::set_breaker(tx, "vapi", ClientId(client), "{}")?;
                house::set_hold(tx, "vapi", ClientId(client), START, "429")
            }).await.unwrap();
            let held = house::Hold { until: Some(START), reason: "429".into() };
            assert_eq!(hold(client).await.unwrap(), held);
            assert_eq!(breaker(client).await.unwrap().as_deref(), Some("{}"), "neither touches the other");
        }
        assert_eq!(hold(2).await.unwrap(), house::Hold::default());
        assert_eq!(breaker(4).await.unwrap(), None);
    }

    async fn like_faults_are_one_until_acknowledged(db) {
        let id = fail(&db.store, 1, "first").await;
        assert_eq!(id, FaultId(1));
        assert_eq!(fail(&db.store, 2, "second").await, id);
        assert_eq!(counted(&db.store, id).await, (2, 2, 1, 2, false));
        let ack = || db.store.write(move |tx| faults::acknowledge(tx, id, "ann", START + 3));
        assert!(ack().await.unwrap());
        assert!(!ack().await.unwrap());
        assert!(counted(&db.store, id).await.4);
        // It happened again: open, counted from one, and the whole is not forgotten.
        assert_eq!(fail(&db.store, 4, "third").await, id);
        assert_eq!(counted(&db.store, id).await, (1, 3, 4, 4, false));
        let other = db.store.write(|tx| {
            let other = NewFault { client: ClientId(2), ..fault("x", Severity::Warning) };
            faults::record(tx, &other, (FaultId(5), RowId(5)), START)
        }).await.unwrap();
        assert_eq!(other, FaultId(5));
        let events = db.store.read(|tx| tx.count("SELECT count(*) FROM event WHERE kind = 'fault_changed'", &[])).await;
        assert!(events.unwrap() >= 4);
    }

    async fn only_the_latest_instances_of_a_fault_are_kept(db) {
        for n in 1..=45 {
            fail(&db.store, n, "again").await;
        }
        let kept: Vec<i64> = db.store.read(|tx| {
            tx.all("SELECT id FROM fault_instance ORDER BY id", &[], |r| r.get(0))
        }).await.unwrap();
        assert_eq!(kept, (26..=45).collect::<Vec<_>>());
        assert_eq!(counted(&db.store, FaultId(1)).await.1, 45);
    }

    async fn a_client_comes_back_as_it_was_written(db) {
        db.store.write(|tx| clients::insert(tx, &samples::client(1))).await.unwrap();
        let got = db.store.read(|tx| clients::need(tx, "client-1")).await.unwrap();
        assert_eq!(format!("{got:?}"), format!("{:?}", samples::client(1)));
        for clash in [clients::Client { key: "client-1".into(), ..samples::client(2) },
                      clients::Client { agent: "agent-1".into(), ..samples::client(2) }] {
            let got = db.store.write(move |tx| clients::insert(tx, &clash)).await;
            assert!(matches!(got, Err(Error::Conflict(_))), "{got:?}");
        }
        let mut changed = got;
        changed.paused_reason = Some("holiday".into());
        changed.settings = serde_json::json!({ "a": [1, "🙂"] });
        let wanted = format!("{changed:?}");
        db.store.write(move |tx| clients::update(tx, &changed)).await.unwrap();
        let got = db.store.read(|tx| clients::by_agent(tx, "agent-1")).await.unwrap().unwrap();
        assert_eq!(format!("{got:?}"), wanted);
        assert_eq!(db.store.read(clients::all).await.unwrap().len(), 1);
    }

    async fn a_key_is_its_owners_until_it_ends_or_is_taken_back(db) {
        let key = |id: i64, client: ClientId, expires_at: Option<Millis>| Key {
            id: RowId(id), client, label: "key".into(), created_at: START, last_used_at: None, expires_at,
            revoked_at: None,
        };
        let (first, admin) = (key(1, ClientId(4), None), key(2, clients::HOUSE, Some(START + 10)));
        db.store.write(move |tx| {
            keys::insert(tx, &first, &[1; 32])?;
            keys::insert(tx, &admin, &[2; 32])
        }).await.unwrap();
        let again = key(3, ClientId(5), None);
        let twice = db.store.write(move |tx| keys::insert(tx, &again, &[1; 32])).await;
        assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
        let owner = async |hash: u8, now: Millis| {
            let found = db.store.read(move |tx| keys::by_hash(tx, &[hash; 32], now)).await.unwrap();
            found.map(|key| key.client)
        };
        assert_eq!(owner(1, START).await, Some(ClientId(4)));
        assert_eq!(owner(2, START).await, Some(clients::HOUSE));
        assert_eq!(owner(2, START + 10).await, None);
        assert_eq!(owner(3, START).await, None);
        db.store.write(|tx| keys::revoke(tx, RowId(1), START)).await.unwrap();
        assert_eq!(owner(1, START).await, None);
    }

    async fn a_request_is_recorded_once(db) {
        let act = |id: i64, request: Option<&'static str>| db.store.write(move |tx| {
            audit::insert(tx, RowId(id), &NewAudit {
                actor: "ann", action: "retry_job", subject: "job 1", client: ClientId(0), detail: "", address: "",
                request, receipt: "done",
            }, START)
        });
        act(1, Some("r1")).await.unwrap();
        let twice = act(2, Some("r1")).await;
        assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
        act(3, None).await.unwrap();
        act(4, None).await.unwrap();
        assert_eq!(db.store.read(|tx| audit::receipt(tx, "r1")).await.unwrap().as_deref(), Some("done"));
        assert_eq!(db.store.read(|tx| audit::receipt(tx, "r2")).await.unwrap(), None);
    }

    async fn an_import_keeps_its_place_and_its_rejects(db) {
        let import = Import {
            id: ImportId(1), client: ClientId(1), status: ImportStatus::Running,
            spec: ImportSpec { client: "c".into(), label: "leads.csv".into(), ..ImportSpec::default() },
            content_type: "text/csv".into(), digest: "d".into(), node: 2, bytes: 1 << 40, bytes_done: 7, next_row: 3,
            counts: ImportCounts { rows: 2, valid: 1, ..ImportCounts::default() },
            columns: vec![("Phone".into(), "phone".into())], actor: "ann".into(), note: String::new(),
            created_at: START, updated_at: START, finished_at: None,
        };
        let (written, wanted) = (import.clone(), format!("{import:?}"));
        db.store.write(move |tx| {
            imports::insert(tx, &written)?;
            for (row, reason) in [(3, "no phone"), (2, "too short"), (3, "said twice")] {
                imports::insert_reject(tx, ImportId(1), &Reject { row, field: "phone".into(), reason: reason.into() }, false)?;
            }
            // A warning about a row that was taken.
            imports::insert_reject(tx, ImportId(1), &Reject { row: 4, field: "zone".into(), reason: "guessed".into() }, true)
        }).await.unwrap();
        assert_eq!(format!("{:?}", db.store.read(|tx| imports::need(tx, ImportId(1))).await.unwrap()), wanted);
        let rejects = db.store.read(|tx| imports::rejects(tx, ImportId(1), false, 10)).await.unwrap();
        let warnings = db.store.read(|tx| imports::rejects(tx, ImportId(1), true, 10)).await.unwrap();
        assert_eq!(warnings.iter().map(|r| r.row).collect::<Vec<_>>(), [4]);
        assert_eq!(rejects.iter().map(|r| (r.row, r.reason.as_str())).collect::<Vec<_>>(), [(2, "too short"), (3, "no phone")]);
        let same = || db.store.read(|tx| imports::same_bytes(tx, ClientId(1), "d", ImportId(9)));
        assert!(same().await.unwrap().is_none());
        let done = Import { status: ImportStatus::Done, finished_at: Some(START), ..import };
        db.store.write(move |tx| imports::update(tx, &done)).await.unwrap();
        assert_eq!(same().await.unwrap().unwrap().id, ImportId(1));
    }

    async fn a_name_is_set_changed_and_removed(db) {
        let set = |value: Option<&'static str>| db.store.write(move |tx| {
            meta::set(tx, meta::DIALING_PAUSED, value)?;
            meta::get(tx, meta::DIALING_PAUSED)
        });
        assert_eq!(set(Some("fire drill")).await.unwrap().as_deref(), Some("fire drill"));
        assert_eq!(set(Some("")).await.unwrap().as_deref(), Some(""));
        assert_eq!(set(None).await.unwrap(), None);
        assert_eq!(set(None).await.unwrap(), None);
    }
}
