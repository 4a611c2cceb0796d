//! Starting the real program: what is wrong is said by name and in the exit status.

use frontdesk_store::{Store, Target};
use frontdesk_tests::daemon::{Launch, free_address};
use frontdesk_tests::database::run;
use std::net::TcpListener;
use std::process::Output;

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The daemon does not start, with this status, and names each of these.
async fn refuses(launch: &Launch, arguments: &[&str], status: i32, names: &[&str]) {
    let output = launch.run(arguments).await;
    let said = words(&output);
    assert_eq!(output.status.code(), Some(status), "{said}");
    for name in names {
        assert!(said.contains(name), "{name} is not named:\n{said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

fn launch(dir: &tempfile::TempDir) -> Launch {
    Launch::new(&dir.path().join("data"), free_address(), "http://127.0.0.1:9")
}

fn place() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("fd-").tempdir().unwrap()
}

#[test]
fn every_problem_of_the_configuration_is_told_at_once() {
    run(async {
        let dir = place();
        let wrong = launch(&dir)
            .set("FRONTDESK_LISTEN", "everywhere")
            .set("LOG_LEVEL", "loud")
            .set("VAPI_ASSISTANT_ID", "")
            .set("DATABASE_URL", "mysql://localhost/x");
        let names = ["FRONTDESK_LISTEN", "LOG_LEVEL", "VAPI_ASSISTANT_ID", "DATABASE_URL"];
        for arguments in [&["check"][..], &["serve"], &[], &["migrate"]] {
            refuses(&wrong, arguments, 2, &names).await;
        }
        assert!(!dir.path().join("data").exists(), "nothing was made");
    });
}

#[test]
fn rules_that_make_no_sense_are_problems_of_the_configuration() {
    run(async {
        let dir = place();
        for (variable, value, name) in [
            ("FRONTDESK_CALLING", r#"{"windw": {"start": "10:00"}}"#, "windw"),
            ("FRONTDESK_CALLING", r#"{"window": {"start": "25:00"}}"#, "25:00"),
            ("FRONTDESK_BOOKING", r#"{"slot_minutes": "long"}"#, "booking"),
            ("FRONTDESK_PROFILES", r#"{"GB": {"start": "late"}}"#, "late"),
        ] {
            for arguments in [["check"], ["serve"]] {
                refuses(&launch(&dir).set(variable, value), &arguments, 2, &[name]).await;
            }
        }
    });
}

#[test]
fn a_port_that_is_taken_is_named() {
    run(async {
        let dir = place();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let launch = launch(&dir).set("FRONTDESK_LISTEN", &address);
        refuses(&launch, &["serve"], 1, &[&address, "FRONTDESK_LISTEN"]).await;
    });
}

#[test]
fn one_daemon_has_a_data_directory_and_a_socket_for_itself() {
    run(async {
        let dir = place();
        let first = launch(&dir);
        let daemon = first.serve().await;
        let data = dir.path().join("data").display().to_string();
        let second = first.clone().set("FRONTDESK_LISTEN", free_address().to_string());
        refuses(&second, &["serve"], 1, &[&data, "already runs"]).await;
        refuses(&second, &["keys", "new"], 1, &[&data]).await;
        let socket = dir.path().join("data").join(frontdesk_shared::place::SOCKET).display().to_string();
        let other = second.set("FRONTDESK_DATA_DIR", dir.path().join("other").display().to_string());
        let other = other.set("FRONTDESK_SOCKET", &socket);
        refuses(&other, &["serve"], 1, &[&socket, "FRONTDESK_SOCKET"]).await;
        // What is no socket is somebody's file.
        let letter = dir.path().join("letter.txt");
        std::fs::write(&letter, "dear").unwrap();
        let letter = letter.display().to_string();
        let other = other.set("FRONTDESK_SOCKET", &letter);
        refuses(&other, &["serve"], 1, &[&letter, "is no socket"]).await;
        assert_eq!(std::fs::read_to_string(&letter).unwrap(), "dear");
        // The first one noticed nothing of all that.
        let health = frontdesk_tests::desk::answered(daemon.http.get(format!("{}/health", daemon.url))).await;
        assert_eq!(health.0, 200);
        assert_eq!(daemon.terminate().await, Some(0));
        let again = first.serve().await;
        assert_eq!(again.terminate().await, Some(0), "a stale lock and socket are no obstacle");
    });
}

#[test]
fn a_start_after_a_kill_finds_its_socket_and_lock_free() {
    run(async {
        let dir = place();
        let launch = launch(&dir);
        launch.serve().await.kill().await;
        assert!(dir.path().join("data").join(frontdesk_shared::place::SOCKET).exists());
        let daemon = launch.serve().await;
        assert_eq!(daemon.terminate().await, Some(0));
    });
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    run(async {
        let dir = place();
        let launch = launch(&dir);
        let migrated = launch.run(&["migrate"]).await;
        // The directory is the daemon's to make; migrating alone wants it there.
        if !migrated.status.success() {
            launch.serve().await.terminate().await;
        }
        let file = dir.path().join("data/frontdesk.db");
        let store = Store::open(&Target::Sqlite(file.clone())).unwrap();
        store
            .write(|tx| {
                tx.execute(
                    "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES (999, 'later', 0, 1)",
                    &[],
                )
            })
            .await
            .unwrap();
        drop(store);
        refuses(&launch, &["serve"], 1, &["999", "newer"]).await;
        refuses(&launch, &["migrate"], 1, &["999"]).await;
        let store = Store::open(&Target::Sqlite(file)).unwrap();
        let clients: i64 =
            store.read(|tx| tx.one("SELECT count(*) FROM client", &[], |r| r.get(0))).await.unwrap();
        assert_eq!(clients, 0);
    });
}

#[test]
fn a_data_directory_that_cannot_be_made_is_named() {
    run(async {
        let dir = place();
        std::fs::write(dir.path().join("data"), "a file is in the way").unwrap();
        let data = dir.path().join("data").display().to_string();
        refuses(&launch(&dir), &["serve"], 2, &[&data]).await;
    });
}

#[test]
fn the_start_is_told_step_by_step() {
    run(async {
        let dir = place();
        let daemon = launch(&dir).serve().await;
        let order = ["Database:", "Applied", "127.0.0.1:", " is ready"];
        let at: Vec<Option<usize>> = order.iter().map(|word| daemon.said.find(word)).collect();
        assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{at:?}\n{}", daemon.said);
        assert!(!daemon.said.contains(frontdesk_tests::desk::ADMIN), "no key in the log");
        assert!(!daemon.said.contains(frontdesk_tests::desk::SECRET), "no secret in the log");
        assert_eq!(daemon.terminate().await, Some(0));
    });
}
