//! Migrations: once, in order, under a lock, and never backwards.

use frontdesk_store::params;
use frontdesk_store::{Error, Store, meta, migrate};
use frontdesk_tests::{TestDb, on_both_engines};

fn versions() -> usize {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    std::fs::read_dir(folder)
        .unwrap()
        .filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|x| x == "sql"))
        .count()
}

async fn applied(store: &Store) -> u64 {
    store.read(|tx| tx.count("SELECT count(*) FROM schema_migration", &[])).await.unwrap()
}

on_both_engines! {
    async fn running_again_does_nothing(db) {
        assert_eq!(migrate::run(&db.store, 5).await.unwrap(), 0);
        let fresh = TestDb::empty(db.engine()).unwrap();
        assert_eq!(migrate::run(&fresh.store, 5).await.unwrap(), versions());
        assert_eq!(migrate::run(&fresh.store, 6).await.unwrap(), 0);
        assert!(migrate::status(&fresh.store).await.unwrap().iter().all(|s| s.applied_at == Some(5)));
    }

    async fn status_tells_pending_from_applied(db) {
        let fresh = TestDb::empty(db.engine()).unwrap();
        let before = migrate::status(&fresh.store).await.unwrap();
        assert_eq!(before.len(), versions());
        assert!(before.iter().all(|s| s.applied_at.is_none()));
        assert!(before.windows(2).all(|w| w[0].version < w[1].version));
        let after = migrate::status(&db.store).await.unwrap();
        assert!(after.iter().all(|s| s.applied_at.is_some()), "{after:?}");
    }

    /// Several daemons are started at once after an upgrade.
    async fn four_runners_apply_each_migration_once(db) {
        for _ in 0..3 {
            let fresh = TestDb::empty(db.engine()).unwrap();
            let runners: Vec<_> = (0..4).map(|_| {
                let store = fresh.second_daemon();
                tokio::spawn(async move { migrate::run(&store, 1).await })
            }).collect();
            let mut done = 0;
            for runner in runners {
                done += runner.await.unwrap().unwrap();
            }
            assert_eq!(done, versions());
            assert_eq!(applied(&fresh.store).await, versions() as u64);
        }
    }

    async fn an_edited_migration_is_refused(db) {
        db.store.write(|tx| tx.execute("UPDATE schema_migration SET checksum = checksum + 1 WHERE version = 1", &[]))
            .await.unwrap();
        let got = migrate::run(&db.store, 5).await;
        assert!(matches!(&got, Err(Error::Refused(r)) if r.text.contains("V1__init")), "{got:?}");
    }

    async fn a_newer_database_is_refused_and_left_alone(db) {
        db.store.write(|tx| tx.execute(
            "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES ($1, 'from the future', 1, 1)",
            params![9_999_i64],
        )).await.unwrap();
        let got = migrate::run(&db.store, 5).await;
        assert!(matches!(&got, Err(Error::Refused(r)) if r.text.contains("9999")), "{got:?}");
        let newest = migrate::status(&db.store).await.unwrap().pop().unwrap();
        assert_eq!((newest.version, newest.name.as_str()), (9_999, "from the future"));
    }

    async fn every_table_is_strict(db) {
        assert_eq!(migrate::lax_tables(&db.store).await.unwrap(), Vec::<String>::new());
        // PostgreSQL is strict by nature; SQLite only if it was asked.
        let got = db.store.write(|tx| tx.execute(
            "INSERT INTO instance (node, boot, host, started_at, beat_at) VALUES (1, 'b', 'h', 'yesterday', 1)", &[])).await;
        assert!(got.is_err(), "{got:?}");
    }

    async fn a_lax_table_would_be_found(db) {
        db.store.write(|tx| tx.batch("CREATE TABLE lax (id BIGINT)")).await.unwrap();
        let found = migrate::lax_tables(&db.store).await.unwrap();
        let expected: &[&str] = if db.file().is_some() { &["lax"] } else { &[] };
        assert_eq!(found, expected);
    }

    /// Statements prepared before a migration run against the tables after it.
    async fn a_connection_from_before_a_migration_keeps_working(db) {
        let old = db.second_daemon();
        let all = "SELECT * FROM meta WHERE name = $1";
        let ask = || old.read(move |tx| tx.optional(all, params!["a"], |r| r.get::<String>(0)));
        // Together, so that every connection has the statement prepared.
        let asked = futures::future::join_all((0..32).map(|_| ask())).await;
        assert!(asked.iter().all(Result::is_ok));
        db.store.write(|tx| tx.batch("ALTER TABLE meta ADD COLUMN extra TEXT")).await.unwrap();
        for _ in 0..32 {
            ask().await.unwrap();
            old.write(|tx| meta::set(tx, "a", Some("b"))).await.unwrap();
        }
    }
}
