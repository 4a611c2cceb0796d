//! SQLite files that cannot be used: each is unavailable by name, never a panic or a defect.

use frontdesk_store::{Error, Store, Target, meta, migrate};
use frontdesk_tests::TestDb;
use frontdesk_tests::database::run;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// What opening `path` and using it comes to.
async fn verdict(path: &Path) -> Result<(), Error> {
    let store = Store::open(&Target::Sqlite(path.to_owned()))?;
    migrate::run(&store, 1).await?;
    store.write(|tx| meta::set(tx, "a", Some("b"))).await
}

/// Fails unless the file is refused as unavailable, by its name.
async fn refused(path: &Path) {
    let got = verdict(path).await;
    let Err(Error::Unavailable(text)) = &got else { panic!("{}: {got:?}", path.display()) };
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(text.contains(name), "“{text}” does not name {name}");
}

#[test]
fn what_is_no_database_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    run(async {
        let text = dir.path().join("letter.db");
        fs::write(&text, "Dear Sir or Madam, this is not a database. ".repeat(400)).unwrap();
        refused(&text).await;
        assert!(fs::read_to_string(&text).unwrap().starts_with("Dear Sir"), "the file was changed");

        let folder = dir.path().join("folder.db");
        fs::create_dir(&folder).unwrap();
        refused(&folder).await;
        refused(&dir.path().join("missing").join("deep.db")).await;
        refused(&text.join("below-a-file.db")).await;
    });
}

#[test]
fn a_damaged_file_is_refused_by_name() {
    let db = TestDb::migrated(frontdesk_store::Engine::Sqlite).unwrap();
    let path = db.file().unwrap();
    let copy = path.with_file_name("damaged.db");
    run(async {
        db.store.write(|tx| meta::set(tx, "a", Some("b"))).await.unwrap();
        db.store.write(|tx| tx.batch("CREATE TABLE later (id BIGINT)")).await.unwrap();
        let mut bytes = fs::read(&path).unwrap();
        // Whatever is still in the log belongs to the file as well.
        let log = fs::read(path.with_file_name("frontdesk.db-wal")).unwrap_or_default();
        bytes.extend(log);
        // The header stays, so that the damage is only found by reading.
        for byte in &mut bytes[100..] {
            *byte = !*byte;
        }
        fs::write(&copy, bytes).unwrap();
        refused(&copy).await;
    });
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
    run(async {
        // The administrator may write everywhere, but not into a kernel's own tree.
        let privileged = fs::write(dir.path().join("probe"), "").is_ok();
        let folder = if privileged { Path::new("/proc") } else { dir.path() };
        refused(&folder.join("frontdesk.db")).await;
    });
}

#[test]
fn a_second_process_that_holds_the_lock_is_waited_for() {
    let db = TestDb::migrated(frontdesk_store::Engine::Sqlite).unwrap();
    let other = db.second_daemon();
    run(async {
        let (locked, is_locked) = std::sync::mpsc::channel();
        let holder = tokio::spawn(async move {
            other
                .write(move |tx| {
                    meta::set(tx, "a", Some("holder"))?;
                    locked.send(()).unwrap();
                    // Some work while the other writer waits; no pause, no clock.
                    for _ in 0..2000 {
                        meta::get(tx, "a")?;
                    }
                    Ok(())
                })
                .await
        });
        tokio::task::spawn_blocking(move || is_locked.recv().unwrap()).await.unwrap();
        db.store.write(|tx| meta::set(tx, "a", Some("waiter"))).await.unwrap();
        holder.await.unwrap().unwrap();
        let last = db.store.read(|tx| meta::get(tx, "a")).await.unwrap();
        assert_eq!(last.as_deref(), Some("waiter"));
    });
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let db = TestDb::migrated(frontdesk_store::Engine::Sqlite).unwrap();
    run(async {
        db.store.write(|tx| meta::set(tx, "a", Some("kept"))).await.unwrap();
        let copy = db.file().unwrap().with_file_name("copy.db");
        // A copy of file and log at this instant is what a crash would leave.
        fs::copy(db.file().unwrap(), &copy).unwrap();
        let wal = db.file().unwrap().with_file_name("frontdesk.db-wal");
        fs::copy(wal, copy.with_file_name("copy.db-wal")).unwrap();
        let reopened = Store::open(&Target::Sqlite(copy)).unwrap();
        let kept = reopened.read(|tx| meta::get(tx, "a")).await.unwrap();
        assert_eq!(kept.as_deref(), Some("kept"));
    });
}
