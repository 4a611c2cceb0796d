//! An upgrade of a filled store: killed in the middle, finished at the next start, nothing lost; and
//! programs that are too old for a store keep their hands off it.

use frontdesk_store::jobs::{self, NewJob};
use frontdesk_store::webhooks;
use frontdesk_store::{Engine, Error, Store, migrate, params};
use frontdesk_tests::daemon::Launch;
use frontdesk_tests::database::{START, run};
use frontdesk_tests::version1::{self, Size};
use frontdesk_tests::{TestDb, on_both_engines, samples, wait};
use std::sync::Arc;

/// The newest migration, as a program knows it that knows all of them.
async fn newest(store: &Store) -> i64 {
    migrate::status(store).await.unwrap().last().map_or(0, |s| s.version)
}

async fn version(store: &Store) -> i64 {
    let applied = migrate::status(store).await.unwrap();
    applied.iter().filter(|s| s.applied_at.is_some()).map(|s| s.version).max().unwrap_or(0)
}

fn killed_in_the_middle(engine: Engine) {
    let Some(db) = TestDb::empty(engine) else { return };
    let db = Arc::new(db);
    run(upgraded(db.clone()));
}

async fn upgraded(db: Arc<TestDb>) {
    version1::fill(&db, Size { leads: 100_000 }).await;
    let before = version1::contents(&db.store, 1).await;
    assert_eq!(before.iter().find(|told| told.0 == "webhook").map(|told| told.1), Some(50_000));
    let dir = tempfile::tempdir().unwrap();
    let launch = Launch::new(dir.path(), frontdesk_tests::daemon::free_address(), "http://127.0.0.1:1")
        .set("DATABASE_URL", db.url());
    // Nobody else may have the file open with a log of its own.
    let mut migrating = launch.begin(&["migrate"]);
    wait::until("the migration is under way", async || under_way(&db).await.then_some(())).await;
    migrating.kill().unwrap();
    migrating.wait().unwrap();
    assert_eq!(version(&db.store).await, 1, "it was over before it was killed");
    assert_eq!(version1::contents(&db.store, 1).await, before);
    let ended = launch.run(&["migrate"]).await;
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(version(&db.store).await, newest(&db.store).await);
    assert_eq!(version1::contents(&db.store, 2).await, before);
    // What was known is known.
    let job = NewJob { dedupe: Some("call:1".into()), ..samples::job(1_000_001, 1) };
    assert!(!db.store.write(move |tx| jobs::enqueue(tx, &job, START)).await.unwrap());
    let seen = db.store.read(|tx| webhooks::of_events(tx, "vapi", &["event:2"])).await.unwrap();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

/// Whether a migration has begun to write, or holds its lock.
async fn under_way(db: &TestDb) -> bool {
    match db.file() {
        Some(file) => {
            let log = file.with_extension("db-wal");
            std::fs::metadata(log).is_ok_and(|m| m.len() > 4 * 1024 * 1024)
        }
        None => {
            let locks = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                 WHERE d.datname = current_database() AND l.mode = 'AccessExclusiveLock' AND l.granted";
            db.store.read(move |tx| tx.count(locks, &[])).await.unwrap() > 0
        }
    }
}

#[test]
fn an_upgrade_that_is_killed_is_finished_at_the_next_start_on_sqlite() {
    killed_in_the_middle(Engine::Sqlite);
}

#[test]
fn an_upgrade_that_is_killed_is_finished_at_the_next_start_on_postgres() {
    killed_in_the_middle(Engine::Postgres);
}

on_both_engines! {
    /// A newer neighbour migrated: its migration says who may go on.
    async fn a_program_runs_on_a_newer_store_only_if_that_allows_it(db) {
        let known = newest(&db.store).await;
        let newer = |oldest: Option<i64>| db.store.write(move |tx| {
            tx.execute("DELETE FROM schema_migration WHERE version > $1", params![known])?;
            tx.execute(
                "INSERT INTO schema_migration (version, name, checksum, applied_at, min_program) VALUES ($1, 'newer', 1, 1, $2)",
                params![known + 1, oldest],
            )
        });
        newer(Some(known)).await.unwrap();
        assert_eq!(migrate::run(&db.store, 5).await.unwrap(), 0);
        for too_new in [Some(known + 1), None] {
            newer(too_new).await.unwrap();
            let got = migrate::run(&db.store, 5).await;
            let words = format!("needs a program that knows migration {}; this one knows only {known}", known + 1);
            assert!(matches!(&got, Err(Error::Refused(r)) if r.text.contains(&words)), "{got:?}");
        }
    }

    async fn each_migration_since_the_first_states_who_may_run_on_it(db) {
        let silent = "SELECT count(*) FROM schema_migration WHERE version > 1 AND min_program IS NULL";
        assert_eq!(db.store.read(move |tx| tx.count(silent, &[])).await.unwrap(), 0);
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let first = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("V1__"));
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(first || text.starts_with("-- Oldest program that may run on it: "), "{}", path.display());
        }
    }
}
