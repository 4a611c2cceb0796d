//! The file under the daemon: damaged, read-only, full, held by a reader. Each is told by name,
//! and what can go on goes on by itself.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::page::{List, Query, Rows};
use frontdesk_store::{Engine, Store, Target, meta};
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::daemon::{Daemon, Launch, free_address};
use frontdesk_tests::database::run;
use frontdesk_tests::desk::number;
use frontdesk_tests::{TestDb, hook, wait};
use serde_json::json;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;

fn place() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("fd-").tempdir().unwrap()
}

fn launch(dir: &tempfile::TempDir) -> Launch {
    Launch::new(&dir.path().join("data"), free_address(), "http://127.0.0.1:9")
}

async fn client(daemon: &Daemon) {
    let new = json!({"businessName": "Harbour", "key": "harbour"}).to_string();
    assert_eq!(daemon.post("/api/onboard-client", "application/json", new).await.0, 201);
}

async fn report(daemon: &Daemon, id: &str, bytes: usize) -> u16 {
    let call = hook::inbound(id, &number(0, Scenario::Books));
    let said = "x".repeat(bytes);
    daemon.webhook(hook::report(&call, 1, "customer-ended-call", &[&said])).await.0
}

/// Pages of a file that are not all zero, but for the first.
fn used_pages(file: &Path) -> Vec<u64> {
    let bytes = std::fs::read(file).unwrap();
    let pages = bytes.chunks(4096).enumerate().skip(1);
    pages.filter(|(_, page)| page.iter().any(|b| *b != 0)).map(|(n, _)| n as u64).collect()
}

#[test]
fn a_damaged_page_is_found_before_anybody_is_called() {
    run(async {
        let dir = place();
        let launch = launch(&dir);
        let daemon = launch.serve().await;
        client(&daemon).await;
        for n in 0..20 {
            assert_eq!(report(&daemon, &format!("call-{n}"), 20_000).await, 200);
        }
        assert_eq!(daemon.terminate().await, Some(0));
        let path = dir.path().join("data/frontdesk.db");
        // Without the log, which would repair the damage.
        let copy = dir.path().join("copy.db");
        let store = Store::open(&Target::Sqlite(path)).unwrap();
        store.copy_to(copy.display().to_string()).await.unwrap();
        for (name, damaged) in [("whole", false), ("damaged", true)] {
            let data = dir.path().join(name);
            std::fs::create_dir(&data).unwrap();
            let path = data.join("frontdesk.db");
            std::fs::copy(&copy, &path).unwrap();
            let launch = Launch::new(&data, free_address(), "http://127.0.0.1:9");
            if !damaged {
                assert_eq!(launch.serve().await.terminate().await, Some(0), "the copy is whole");
                continue;
            }
            // The heads of pages in the middle.
            let pages = used_pages(&path);
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            for page in &pages[pages.len() / 4..pages.len() / 4 + 3] {
                file.write_at(&[0xff; 64], page * 4096).unwrap();
            }
            let refused = launch.run(&["serve"]).await;
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert_eq!(refused.status.code(), Some(1), "{said}");
            assert!(said.contains(&path.display().to_string()) && said.contains(" is damaged: "), "{said}");
            assert!(said.contains("backup") && !said.contains("panicked"), "{said}");
        }
    });
}

#[test]
fn a_file_that_may_only_be_read_is_named_and_not_used() {
    run(async {
        let dir = place();
        let launch = launch(&dir);
        assert_eq!(launch.serve().await.terminate().await, Some(0));
        let path = dir.path().join("data/frontdesk.db");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        if std::fs::File::options().append(true).open(&path).is_ok() {
            // The administrator may write what nobody may: only the file system can forbid it.
            let frozen = std::process::Command::new("chattr").arg("+i").arg(&path).status();
            if !frozen.is_ok_and(|s| s.success()) {
                eprintln!("NOT RUN: nothing here can make a file read-only for the administrator");
                return;
            }
        }
        let refused = launch.run(&["serve"]).await;
        let _ = std::process::Command::new("chattr").arg("-i").arg(&path).status();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains(&path.display().to_string()), "{said}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(launch.serve().await.terminate().await, Some(0));
    });
}

#[test]
fn a_full_disk_is_shown_while_it_lasts_and_told_when_there_is_room() {
    run(async {
        let dir = place();
        let mut launch = launch(&dir);
        let daemon = launch.serve().await;
        client(&daemon).await;
        assert_eq!(daemon.terminate().await, Some(0));
        // Raised while it runs, as if somebody made room.
        launch.file_limit_kib = Some(2_048);
        let daemon = launch.serve().await;
        let mut taken = Vec::new();
        // Down to what is smaller than anything the daemon would write about it.
        for bytes in [60_000, 20_000, 5_000, 1] {
            for n in 0.. {
                let id = format!("call-{bytes}-{n}");
                match report(&daemon, &id, bytes).await {
                    200 => taken.push(id),
                    503 => break,
                    other => panic!("{id}: {other}"),
                }
            }
        }
        let operator = Operator::at(&daemon.socket, false).await;
        let shown = async || {
            let (status, health) = daemon.get("/health").await;
            let page = operator.client.page(soon(), Query::first(List::Health, 1)).await.unwrap().unwrap();
            let Rows::Health(report) = page.rows else { panic!("health is asked for") };
            let part = report.parts.into_iter().find(|p| p.name == "database").unwrap();
            let all = status == 503
                && health["database"]["awaySince"].is_string()
                && page.badges.away_since.is_some();
            (all && part.state.word() == "down" && part.detail.contains("disk")).then_some(())
        };
        wait::until("health and console to say that nothing can be written", shown).await;
        let said = daemon.until_said("the database is away").await;
        assert!(said.contains("disk"), "{said}");

        let raised = std::process::Command::new("prlimit")
            .args(["--pid", &daemon.pid().to_string(), "--fsize=unlimited"])
            .status();
        assert!(raised.is_ok_and(|s| s.success()), "prlimit belongs to every Linux");
        let well = async || {
            let (status, health) = daemon.get("/health").await;
            (status == 200 && health["database"]["awaySince"].is_null()).then_some(())
        };
        wait::until("the daemon to recover by itself", well).await;
        assert_eq!(report(&daemon, "call-after", 60_000).await, 200);
        taken.push("call-after".to_owned());
        assert_eq!(daemon.terminate().await, Some(0));
        let store = Store::open(&Target::Sqlite(dir.path().join("data/frontdesk.db"))).unwrap();
        let texts = |sql: &'static str| store.read(move |tx| tx.all(sql, &[], |r| r.get::<String>(0)));
        assert_eq!(texts("SELECT provider_call_id FROM call ORDER BY id").await.unwrap(), taken);
        let faults = texts("SELECT message FROM fault WHERE kind = 'db.away'").await.unwrap();
        assert!(faults[0].contains(" was away for ") && faults[0].contains("disk"), "{faults:?}");
    });
}

#[test]
fn a_long_reader_makes_the_log_grow_and_its_end_gives_the_room_back() {
    const MIB: usize = 1024 * 1024;
    let Some(db) = TestDb::migrated(Engine::Sqlite) else { return };
    run(async {
        let log = db.file().unwrap().with_file_name("frontdesk.db-wal");
        let size = || std::fs::metadata(&log).map_or(0, |m| m.len()) as usize;
        let write = async |mib: usize| {
            for n in 0..mib {
                let text = format!("{n}").repeat(MIB / 2);
                db.store.write(move |tx| meta::set(tx, "large", Some(&text[..MIB / 2]))).await.unwrap();
                db.store.write(|tx| meta::set(tx, "large", None)).await.unwrap();
            }
        };
        write(30).await;
        let alone = size();
        assert!(alone < 48 * MIB, "{alone}");
        let (begun, started) = std::sync::mpsc::channel();
        let (go_on, wait_for) = std::sync::mpsc::channel::<()>();
        let wait_for = std::sync::Mutex::new(wait_for);
        let store = db.store.clone();
        let reader = tokio::spawn(async move {
            store
                .read(move |tx| {
                    meta::get(tx, "large")?;
                    begun.send(()).unwrap();
                    let _ = wait_for.lock().unwrap().recv();
                    meta::get(tx, "large")
                })
                .await
        });
        tokio::task::spawn_blocking(move || started.recv().unwrap()).await.unwrap();
        write(160).await;
        let held = size();
        assert!(held > 70 * MIB, "the reader holds nothing: {held}");
        go_on.send(()).unwrap();
        reader.await.unwrap().unwrap();
        write(20).await;
        assert!(size() <= 64 * MIB + MIB, "the log kept {} of {held} bytes", size());
    });
}

#[test]
fn a_file_that_is_taken_away_is_noticed_and_nothing_goes_to_it() {
    run(async {
        let dir = place();
        let launch = launch(&dir);
        let daemon = launch.serve().await;
        client(&daemon).await;
        assert_eq!(report(&daemon, "call-1", 10).await, 200);
        let path = dir.path().join("data/frontdesk.db");
        let aside = dir.path().join("aside.db");
        std::fs::rename(&path, &aside).unwrap();
        let shown = async || (daemon.get("/health").await.0 == 503).then_some(());
        wait::until("health to say that the file is gone", shown).await;
        let said = daemon.until_said("is gone").await;
        assert!(said.contains("CRITICAL"), "{said}");
        assert_eq!(report(&daemon, "call-2", 10).await, 503, "it would go where nobody finds it");
        std::fs::rename(&aside, &path).unwrap();
        let well = async || (daemon.get("/health").await.0 == 200).then_some(());
        wait::until("the same file to be taken up again", well).await;
        assert_eq!(report(&daemon, "call-2", 10).await, 200);
        assert_eq!(daemon.terminate().await, Some(0));
    });
}

#[test]
fn a_file_that_is_deleted_takes_nothing_from_that_moment_on() {
    run(async {
        for what in ["", "-wal"] {
            let dir = place();
            let daemon = launch(&dir).serve().await;
            client(&daemon).await;
            assert_eq!(report(&daemon, "call-1", 10).await, 200);
            std::fs::remove_file(dir.path().join(format!("data/frontdesk.db{what}"))).unwrap();
            assert_eq!(report(&daemon, "call-2", 10).await, 503, "{what}: not even the next one");
            assert_eq!(daemon.get("/health").await.0, 503, "{what}");
            let said = daemon.until_said("is gone").await;
            assert!(said.contains("frontdesk.db"), "{said}");
            daemon.kill().await;
        }
    });
}

#[test]
fn an_installation_whose_file_is_gone_is_not_begun_anew() {
    run(async {
        let dir = place();
        let launch = launch(&dir);
        let daemon = launch.serve().await;
        client(&daemon).await;
        daemon.kill().await;
        let path = dir.path().join("data/frontdesk.db");
        let (log, map) = (dir.path().join("data/frontdesk.db-wal"), dir.path().join("data/frontdesk.db-shm"));
        let refused = async |names: &[&str]| {
            for arguments in [&["serve"][..], &["migrate"]] {
                let output = launch.run(arguments).await;
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert_eq!(output.status.code(), Some(1), "{said}");
                for name in names {
                    assert!(said.contains(name), "{name} is not named:\n{said}");
                }
            }
        };
        let left = std::fs::read(&log).unwrap();
        std::fs::remove_file(&path).unwrap();
        refused(&["frontdesk.db is not there", "frontdesk.db-wal", "FRONTDESK_NEW_DATABASE"]).await;
        assert_eq!(std::fs::read(&log).unwrap(), left, "what was left is still there");
        std::fs::write(&path, "").unwrap();
        refused(&["frontdesk.db is empty", "frontdesk.db-wal"]).await;
        std::fs::remove_file(&log).unwrap();
        std::fs::remove_file(&map).unwrap();
        refused(&["frontdesk.db is empty", "has lived here"]).await;
        std::fs::remove_file(&path).unwrap();
        refused(&["frontdesk.db is not there", "has lived here"]).await;
        let anew = launch.clone().set("FRONTDESK_NEW_DATABASE", "true");
        assert_eq!(anew.serve().await.terminate().await, Some(0), "who means it may");
        assert_eq!(launch.serve().await.terminate().await, Some(0));
    });
}

#[test]
fn one_file_has_one_daemon_whatever_its_data_directory() {
    run(async {
        let dir = place();
        let url = format!("sqlite:{}", dir.path().join("one.db").display());
        let at = |name: &str| {
            Launch::new(&dir.path().join(name), free_address(), "http://127.0.0.1:9")
                .set("DATABASE_URL", &url)
        };
        let daemon = at("first").serve().await;
        let refused = at("second").run(&["serve"]).await;
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains("another daemon has the database"), "{said}");
        assert_eq!(daemon.terminate().await, Some(0));
        assert_eq!(at("second").serve().await.terminate().await, Some(0), "once the first is gone");
    });
}
