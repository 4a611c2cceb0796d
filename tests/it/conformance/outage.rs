//! A PostgreSQL server that goes away and comes back.

use frontdesk_store::{Engine, Error, Store, meta};
use frontdesk_tests::TestDb;
use frontdesk_tests::database::{pg_target, run};
use frontdesk_tests::postgres::{self, Server};
use frontdesk_tests::wait::within;

async fn works(store: &Store) -> Result<(), Error> {
    within("a write", store.write(|tx| meta::set(tx, "alive", Some("yes")))).await
}

#[test]
fn cut_connections_are_opened_again_and_nothing_is_lost_silently() {
    let Some(db) = TestDb::migrated(Engine::Postgres) else { return };
    run(async {
        for _ in 0..5 {
            // Enough at once that every thread has a connection to lose.
            let all = (0..32).map(|_| works(&db.store));
            assert!(futures::future::join_all(all).await.iter().all(Result::is_ok));
            db.cut_connections();
            let all = (0..32).map(|_| works(&db.store));
            for answer in futures::future::join_all(all).await {
                assert!(matches!(answer, Ok(()) | Err(Error::Unavailable(_))), "{answer:?}");
            }
            works(&db.store).await.unwrap();
        }
    });
}

#[test]
fn a_connection_cut_inside_a_transaction_says_unavailable_and_keeps_nothing() {
    let Some(db) = TestDb::migrated(Engine::Postgres) else { return };
    let db = std::sync::Arc::new(db);
    run(async {
        let cutter = db.clone();
        let got = db
            .store
            .write(move |tx| {
                meta::set(tx, "half", Some("done"))?;
                cutter.cut_connections();
                meta::set(tx, "other half", Some("done"))
            })
            .await;
        assert!(matches!(got, Err(Error::Unavailable(_))), "{got:?}");
        let half = db.store.read(|tx| meta::get(tx, "half")).await;
        let half = if half.is_err() { db.store.read(|tx| meta::get(tx, "half")).await } else { half };
        assert_eq!(half.unwrap(), None);
    });
}

#[test]
fn a_stopped_server_is_unavailable_and_its_return_needs_no_restart() {
    if postgres::skipped("the outage of PostgreSQL") {
        return;
    }
    // One of its own, because stopping the shared one would fail other tests.
    let server = Server::start().unwrap_or_else(|e| panic!("{e}"));
    let name = server.create(None);
    let url = server.url(&name);
    run(async {
        let store = Store::open(&pg_target(&url)).unwrap();
        frontdesk_store::migrate::run(&store, 1).await.unwrap();
        works(&store).await.unwrap();
        server.down();
        for _ in 0..3 {
            let write = works(&store).await;
            assert!(matches!(write, Err(Error::Unavailable(_))), "{write:?}");
            let read = within("a read", store.read(|tx| meta::get(tx, "alive"))).await;
            assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
        }
        server.up();
        works(&store).await.unwrap();
        assert_eq!(store.read(|tx| meta::get(tx, "alive")).await.unwrap().as_deref(), Some("yes"));
    });
}

#[test]
fn opening_a_server_that_is_away_is_no_error_until_it_is_used() {
    let dir = tempfile_dir();
    let host = dir.path().display().to_string().replace('/', "%2F");
    let url = format!("postgres://desk:hush-hush@{host}/none?sslmode=disable");
    let target = pg_target(&url);
    assert!(!format!("{target:?} {}", target.label()).contains("hush"), "a password is in {target:?}");
    let store = Store::open(&target).unwrap();
    run(async {
        let got = works(&store).await;
        assert!(matches!(&got, Err(Error::Unavailable(e)) if !e.contains("hush")), "{got:?}");
    });
}

/// A short path: a socket's may have 107 bytes.
fn tempfile_dir() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("fd-").tempdir().unwrap()
}
