//! The doctor: what is well is told as well, and each thing that would go wrong by its name and with
//! what to do.

use frontdesk_daemon::doctor::{DoctorArguments, Finding, State, examine};
use frontdesk_sandbox::google::{Access, CALENDAR_ID};
use frontdesk_tests::daemon::{Launch, free_address};
use frontdesk_tests::database::run;
use frontdesk_tests::desk::{ADMIN, Setup, answered};
use frontdesk_tests::post::TEXT_NUMBER;
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;

fn connected() -> Setup {
    Setup { messages: true, google: true, ..Setup::at("2025-06-16 10:00") }
}

async fn told(desk: &TestDesk, live: bool) -> Vec<Finding> {
    let arguments = DoctorArguments { live, ..DoctorArguments::default() };
    let env = desk.env.clone().expect("a clock that a test moves");
    examine(&desk.app.config, env, &arguments).await.expect("an examination")
}

fn failures(found: &[Finding]) -> Vec<String> {
    let failed = found.iter().filter(|finding| finding.state == State::Fail);
    failed.map(|finding| format!("{}: {}", finding.about, finding.found)).collect()
}

#[track_caller]
fn has(found: &[Finding], state: State, about: &str, words: &str) {
    let fits = |f: &Finding| f.state == state && f.about.contains(about) && f.found.contains(words);
    assert!(found.iter().any(fits), "{about} {state:?} {words}: {found:#?}");
}

async fn configured(desk: &TestDesk, patch: Value) {
    let url = format!("{}/api/clients/harbour/config", desk.url);
    let request = desk.http.patch(url).header("x-api-key", ADMIN).body(patch.to_string());
    let (status, told) = answered(request).await;
    assert_eq!(status, 200, "{told}");
}

on_both_engines! {
    async fn a_desk_in_order_is_found_in_order(db) {
        let desk = TestDesk::with(&db, connected()).await;
        let _harbour = desk.client("harbour").await;
        desk.settled().await;
        // The store was made today, and the desk lives in another year.
        has(&told(&desk, false).await, State::Fail, "clock", "changed later");
        desk.write(|tx| tx.execute("UPDATE schema_migration SET applied_at = 1", &[])).await;
        let (here, live) = (told(&desk, false).await, told(&desk, true).await);
        assert!(failures(&here).is_empty() && failures(&live).is_empty(), "{live:#?}");
        assert!(live.len() > here.len(), "{here:#?}");
        for (about, words) in [
            ("database", ""),
            ("migrations", "applied"),
            ("disk", "free"),
            ("harbour: calling hours", ""),
            ("harbour: booking hours", "2025-06-1"),
            ("harbour: templates", "can be written"),
        ] {
            has(&here, State::Ok, about, words);
        }
        has(&here, State::Warn, "harbour: templates", "booking_link");
        for (about, words) in [
            ("public address", "leads to a daemon"),
            ("vapi number", "it is there"),
            ("twilio of the installation", "come to us"),
            ("email by smtp", "login"),
            ("harbour: calendar", "can be read"),
        ] {
            has(&live, State::Ok, about, words);
        }
        has(&live, State::Warn, "vapi assistant", "no server URL of its own");
        // Nothing was sent to anybody.
        assert_eq!(desk.post.as_ref().expect("messages are on").mails.room.total(), 0);
    }

    async fn what_was_taken_over_or_taken_away_is_named(db) {
        let desk = TestDesk::with(&db, connected()).await;
        desk.expect_faults(&["calendar.not-shared"]);
        let _harbour = desk.client("harbour").await;
        let link = json!({ "settings": { "messages": { "booking_link": "https://harbour.example/book" } } });
        configured(&desk, link).await;
        let post = desk.post.clone().expect("messages are on");
        post.texts.set_sms_url(TEXT_NUMBER, "https://api.vapi.ai/twilio/sms");
        desk.google.as_ref().expect("calendars are on").handle.set_access(CALENDAR_ID, Access::None);
        desk.write(|tx| tx.execute("UPDATE client SET phone = '', updated_at = updated_at + 1", &[])).await;
        let found = told(&desk, true).await;
        has(&found, State::Fail, "twilio", "go to api.vapi.ai (imported there)");
        has(&found, State::Fail, "harbour: calendar", "");
        has(&found, State::Warn, "harbour: phone", "none");
        assert!(!found.iter().any(|f| f.found.contains("booking_link")), "{found:#?}");
        post.texts.set_sms_url(TEXT_NUMBER, "");
        has(&told(&desk, true).await, State::Fail, "twilio", "go nowhere");
        let missing = DoctorArguments { client: Some("elm".into()), ..DoctorArguments::default() };
        let env = desk.env.clone().expect("a clock");
        let gone = examine(&desk.app.config, env, &missing).await.expect_err("no such client");
        assert!(gone.to_string().contains("elm"));
    }
}

#[test]
fn the_program_says_so_in_its_exit_status_and_makes_nothing() {
    run(async {
        let dir = tempfile::Builder::new().prefix("fd-").tempdir().unwrap();
        let data = dir.path().join("data");
        let launch = Launch::new(&data, free_address(), "http://127.0.0.1:9");
        let output = launch.run(&["doctor", "--json"]).await;
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((&told["well"], &told["live"]), (&json!(true), &json!(false)), "{told}");
        assert!(!data.exists(), "a look makes no directory");
        std::fs::create_dir(&data).unwrap();
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o777)).unwrap();
        let output = launch.run(&["doctor"]).await;
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("fail  data directory") && said.contains("→ chmod 700"), "{said}");
        // What nobody answers is not well.
        let output = launch.run(&["doctor", "--live", "--json"]).await;
        assert_eq!(output.status.code(), Some(1));
    });
}
