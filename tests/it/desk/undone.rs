//! A wrong file is undone: what it brought is closed as far as nobody was contacted, and a corrected
//! one is taken in as if the first had never come.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::action::Action;
use frontdesk_shared::id::encode;
use frontdesk_shared::page::{List, Query, Rows};
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_store::jobs;
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::desk::{Setup, TestClient, number};
use frontdesk_tests::{TestDesk, on_both_engines};

const ATTEST: &str = "attest=Our%20form%2C%202025-06-01%2C%20AI%20calls%3A%20You%20may%20call%20me";

/// Brings a file with consent; its id.
async fn brought(desk: &TestDesk, client: &TestClient, csv: String) -> String {
    let answer = desk.import(client, ATTEST, csv).await;
    answer["import_id"].as_str().expect("an id").to_owned()
}

async fn undo(desk: &TestDesk, operator: &Operator, import: &str, request: &str) {
    operator.act(Action::UndoImport { import: import.to_owned() }, request).await.unwrap();
    desk.settled().await;
}

async fn name_of(desk: &TestDesk, number: &str) -> String {
    desk.texts(format!("SELECT name FROM lead WHERE identity = '{number}'")).await.remove(0)
}

on_both_engines! {
    async fn a_wrong_file_is_undone_and_a_corrected_one_comes_as_the_first(db) {
        let desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let client = desk.client("harbour").await;
        let [ann, ben, kate, mike] = [1, 2, 3, 4].map(|nth| number(nth, Scenario::NoAnswer));
        desk.import(&client, "", format!("name,phone\nKate,{kate}\n")).await;
        assert_eq!(desk.lead_now(&kate).await.status, "held");
        desk.pass(MINUTE);
        let file = format!("name,phone,do not contact\nBen,{ann},\nAnn,{ben},\nKate,{kate},\nMike,{mike},yes\n");
        let import = brought(&desk, &client, file).await;
        assert_eq!(desk.lead_now(&kate).await.status, "queued");
        let operator = desk.operator().await;
        let waiting = Query { filter: format!("import:{import} state:waiting"), ..Query::first(List::Jobs, 9) };
        let page = operator.client.page(soon(), waiting.clone()).await.unwrap().unwrap();
        assert_eq!(page.matching, 3, "{page:?}");

        let action = Action::UndoImport { import: import.clone() };
        let shown = operator.client.preview(soon(), action.clone()).await.unwrap().unwrap();
        assert!(shown.lines[1].starts_with("2 leads are closed"), "{shown:?}");
        assert!(shown.lines.iter().any(|line| line.starts_with("1 people who were leads before")), "{shown:?}");
        assert!(shown.lines.iter().any(|line| line.contains("0 who were contacted since")), "{shown:?}");
        operator.confirm(action.clone(), shown.token, "u-1").await.unwrap();
        desk.settled().await;
        for (who, status) in [(&ann, "expired"), (&ben, "expired"), (&kate, "held")] {
            let lead = desk.lead_now(who).await;
            assert_eq!((lead.status.as_str(), lead.hold.as_str()), (status, "undone"), "{}", desk.picture().await);
        }
        assert!(desk.why(&ann).await.summary.contains("was undone by"), "{}", desk.why(&ann).await.summary);
        assert_eq!(desk.count("SELECT count(*) FROM job WHERE state = 'ready' AND lane = 'call'").await, 0);
        assert_eq!(desk.count("SELECT count(*) FROM suppression WHERE active").await, 1, "a refusal stays");
        let page = operator.client.page(soon(), Query::first(List::Imports, 9)).await.unwrap().unwrap();
        let Rows::Imports(rows) = page.rows else { panic!("not the imports") };
        assert_eq!(rows[0].status.word(), "undone");
        assert!(rows[0].note.contains("3 leads closed, 3 consents taken back"), "{}", rows[0].note);
        let twice = operator.act(action, "u-2").await.unwrap_err();
        assert!(twice.text.contains("undone already"), "{twice}");
        assert_eq!(desk.texts("SELECT DISTINCT action FROM audit WHERE action = 'undo_import'").await.len(), 1);

        desk.pass(MINUTE);
        let right = format!("name,phone\nAnn,{ann}\nBen,{ben}\nKate,{kate}\nMike,{mike}\n");
        let answer = desk.import(&client, ATTEST, right).await;
        assert_eq!((&answer["accepted"], &answer["validation"]["opted_out"]), (&3.into(), &1.into()), "{answer}");
        assert_eq!((name_of(&desk, &ann).await, name_of(&desk, &ben).await), ("Ann".into(), "Ben".into()));
        desk.advance(DAY + 14 * HOUR).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1, "{}", desk.picture().await);
        assert_eq!(desk.sandbox.calls_to(&mike).len(), 0);
    }

    async fn who_was_called_meanwhile_stays_and_keeps_the_consent(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let (ann, new_york) = (number(1, Scenario::NoAnswer), "+12125550142".to_owned());
        // It is early morning in New York.
        let import = brought(&desk, &client, format!("name,phone\nAnn,{ann}\nNora,{new_york}\n")).await;
        desk.advance(2 * MINUTE).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1, "{}", desk.picture().await);
        let operator = desk.operator().await;
        undo(&desk, &operator, &import, "u-1").await;
        assert_eq!(desk.lead_now(&ann).await.status, "queued", "{}", desk.picture().await);
        assert_eq!(desk.lead_now(&new_york).await.status, "expired");
        let taken_back = desk.texts("SELECT l.identity FROM consent c JOIN lead l ON l.id = c.lead_id WHERE c.revoked_at IS NOT NULL").await;
        assert_eq!(taken_back, [new_york]);
    }

    /// More than one page, and a second run as after a crash.
    async fn a_large_file_is_undone_by_a_job_that_may_run_again(db) {
        let desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let client = desk.client("harbour").await;
        let mut csv = String::from("name,phone\n");
        for nth in 0..600 {
            csv.push_str(&format!("Person {nth},+447700900{nth:03}\n"));
        }
        let import = brought(&desk, &client, csv).await;
        let operator = desk.operator().await;
        undo(&desk, &operator, &import, "u-1").await;
        let closed = "SELECT count(*) FROM lead WHERE status = 'expired' AND hold_rule = 'undone'";
        assert_eq!(desk.count(closed).await, 600, "{}", desk.picture().await);
        // The store as a daemon leaves it that is killed before the job's own end.
        let now = desk.now();
        desk.write(move |tx| {
            tx.execute("UPDATE import SET status = 'undoing'", &[])?;
            tx.execute("UPDATE job SET state = 'dead' WHERE kind = 'import.undo'", &[])?;
            let id = tx.one("SELECT id FROM job WHERE kind = 'import.undo'", &[], |r| r.get(0))?;
            jobs::revive(tx, id, now, "", now)
        })
        .await;
        desk.settled().await;
        let note = desk.texts("SELECT status || ': ' || note FROM import").await;
        assert!(note[0].starts_with("undone: undone by") && note[0].contains("600 leads closed, 600 consents"), "{note:?}");
    }

    async fn a_client_undoes_its_own_files_only(db) {
        let desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let ann = number(1, Scenario::NoAnswer);
        let import = brought(&desk, &harbour, format!("name,phone\nAnn,{ann}\n")).await;
        let path = format!("/api/imports/{import}/undo");
        assert_eq!(desk.post(&path, &elm.api_key, "").await.0, 404);
        let unknown = format!("/api/imports/{}/undo", encode(77));
        assert_eq!(desk.post(&unknown, &harbour.api_key, "").await.0, 404);
        let (status, told) = desk.post(&format!("{path}?dry_run=true"), &harbour.api_key, "").await;
        assert!(status == 200 && told["would"][1].as_str().is_some_and(|line| line.starts_with("1 leads")), "{told}");
        assert_eq!(desk.lead_now(&ann).await.status, "queued");
        let (status, told) = desk.post(&path, &harbour.api_key, "").await;
        assert_eq!(status, 200, "{told}");
        desk.settled().await;
        assert_eq!(desk.lead_now(&ann).await.status, "expired");
        assert_eq!(desk.post(&path, &harbour.api_key, "").await.0, 409);
        assert_eq!(desk.texts("SELECT action FROM audit WHERE action = 'undo_import'").await.len(), 1);
    }
}
