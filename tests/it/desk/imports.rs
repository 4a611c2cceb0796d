//! Leads come in over HTTP: once each, with a verdict, and nobody is dialed who may not be.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::explain::{Answer, Finding};
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_tests::desk::{Setup, london, number};
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::json;

const HEAD: &str = "name,phone,consent channels,consent text\n";

fn row(name: &str, phone: &str) -> String {
    format!("{name},{phone},ai_voice,Call me\n")
}

on_both_engines! {
    /// The file is sent again because nobody knew whether it had arrived.
    async fn the_same_file_twice_calls_nobody_twice(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let (ann, ben) = (number(1, Scenario::Books), number(2, Scenario::Declines));
        let csv = format!("{HEAD}{}{}", row("Ann", &ann), row("Ben", &ben));
        let first = desk.import(&client, "", csv.clone()).await;
        assert_eq!((&first["rows"], &first["accepted"]), (&json!(2), &json!(2)), "{first}");
        let second = desk.import(&client, "", csv.clone()).await;
        assert_eq!(second["accepted"], 0, "{second}");
        assert_eq!(second["validation"]["duplicates"], 2, "{second}");
        assert_eq!(second["rejects"].as_array().unwrap().len(), 2, "{second}");
        assert!(second["note"].as_str().unwrap().contains("same bytes"), "{second}");
        desk.settled().await;
        let third = desk.import(&client, "", csv).await;
        assert_eq!(third["validation"]["duplicates"], 2, "called meanwhile, still known: {third}");
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1);
        assert_eq!(desk.sandbox.calls_to(&ben).len(), 1);
        assert_eq!(desk.sandbox.counters().placed, 2);
        assert_eq!(desk.count("SELECT count(*) FROM lead").await, 2);
    }

    /// A web form that sends twice, or two people with one list.
    async fn the_same_people_sent_by_many_at_once_are_taken_once_each(db) {
        let desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let client = desk.client("harbour").await;
        let csv: String = (0..90).map(|n| row("Ann", &format!("+4477009006{n:02}"))).collect();
        let all = (0..4).map(|_| desk.import(&client, "", format!("{HEAD}{csv}")));
        let answers = futures::future::join_all(all).await;
        let sum = |name: &str| answers.iter().map(|a| a.pointer(name).unwrap().as_u64().unwrap()).sum::<u64>();
        assert_eq!((sum("/accepted"), sum("/validation/duplicates")), (90, 270), "{answers:#?}");
        assert_eq!(desk.count("SELECT count(*) FROM lead").await, 90);
        assert_eq!(desk.count("SELECT count(*) FROM job WHERE lane = 'call'").await, 90);
    }

    async fn json_comes_as_an_array_or_as_leads_and_consent_as_an_object(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let consent = json!({"channels": ["ai_voice"], "text": "Call me", "at": "2025-06-01T10:00:00Z", "evidence": "form 7"});
        let (ann, ben, eve) =
            (number(1, Scenario::Books), number(2, Scenario::Books), number(3, Scenario::Books));
        let path = "/api/import-leads/harbour";
        let list = json!([{"phone": ann, "name": "Ann", "consent": consent, "treatment": "implant"}]);
        let first = desk.post(path, &client.api_key, list.to_string()).await;
        assert_eq!((first.0, &first.1["accepted"]), (200, &json!(1)), "{}", first.1);
        let leads = json!({"leads": [{"phone": ben, "consent": consent}, {"phone": eve}, {"name": "nobody"}]});
        let second = desk.post("/api/import-leads", &client.api_key, leads.to_string()).await;
        assert_eq!(second.0, 200, "{}", second.1);
        assert_eq!((&second.1["accepted"], &second.1["held"]), (&json!(1), &json!(1)), "{}", second.1);
        assert_eq!(second.1["validation"]["invalid"], 1, "{}", second.1);
        assert_eq!(second.1["rejects"][0]["field"], "phone", "{}", second.1);
        desk.settled().await;
        assert_eq!(desk.sandbox.counters().placed, 2);
        let vars = desk.texts(format!("SELECT vars FROM lead WHERE identity = '{ann}'")).await;
        assert!(vars[0].contains("implant"), "{vars:?}");
        let evidence = desk.texts("SELECT evidence FROM consent ORDER BY id").await;
        assert_eq!(evidence, ["form 7", "form 7"]);
    }

    async fn a_dry_run_tells_everything_and_keeps_nothing(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let csv = format!("{HEAD}{}Eve,{},,\nBad,0123,,\n", row("Ann", &number(1, Scenario::Books)), number(2, Scenario::Books));
        let answer = desk.import(&client, "dry_run=true", csv).await;
        assert_eq!((&answer["accepted"], &answer["held"]), (&json!(1), &json!(1)), "{answer}");
        assert_eq!(answer["validation"]["invalid"], 1, "{answer}");
        desk.settled().await;
        assert_eq!(desk.count("SELECT count(*) FROM lead").await, 0);
        assert_eq!(desk.count("SELECT count(*) FROM job WHERE lane = 'call'").await, 0);
        assert_eq!(desk.sandbox.counters().placed, 0);
    }

    async fn without_consent_a_lead_is_held_until_somebody_attests(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let eve = number(1, Scenario::Books);
        let csv = format!("name,phone\nEve,{eve}\n");
        let first = desk.import(&client, "", csv.clone()).await;
        assert_eq!((&first["accepted"], &first["held"]), (&json!(0), &json!(1)), "{first}");
        desk.settled().await;
        assert_eq!(desk.sandbox.counters().placed, 0);
        let lead = desk.lead_now(&eve).await;
        assert_eq!((lead.status.as_str(), lead.hold.as_str()), ("held", "consent"));
        let why = desk.why(&eve).await;
        assert_eq!((why.now.answer, why.now.rule.as_str()), (Answer::Never, "consent"));
        let second = desk.import(&client, "attest=All%20asked%20for%20AI%20calls%20on%20our%20form", csv).await;
        assert_eq!(second["accepted"], 1, "{second}");
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&eve).len(), 1);
        assert_eq!(desk.lead_now(&eve).await.status, "booked");
    }

    async fn who_opted_out_anywhere_is_not_taken_in_again(db) {
        let desk = TestDesk::start(&db).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let ann = number(1, Scenario::Books);
        let operator = desk.operator().await;
        let action = frontdesk_shared::action::Action::OptOut { who: ann.clone() };
        operator.act(action, "opt-1").await.unwrap();
        for client in [&harbour, &elm] {
            let answer = desk.import(client, "", format!("{HEAD}{}", row("Ann", &ann))).await;
            assert_eq!(answer["validation"]["opted_out"], 1, "{answer}");
            assert_eq!(answer["accepted"], 0, "{answer}");
        }
        desk.settled().await;
        assert_eq!(desk.sandbox.counters().placed, 0);
    }

    async fn at_night_nobody_is_dialed_and_in_the_morning_everybody(db) {
        // Saturday night in summer: local time is not UTC.
        let desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        let monday = london("2025-06-16 09:00");
        let why = desk.why(&ann).await;
        assert_eq!((why.now.answer, why.now.rule.as_str()), (Answer::NotYet, "window"));
        assert_eq!(why.now.next_at, Some(monday), "{:?}", why.now);
        let line = why.now.lines.iter().find(|l| l.rule == "window").unwrap();
        assert_eq!((line.finding, line.until), (Finding::Wait, Some(monday)));
        assert_eq!(why.history.last().map(|v| (v.stage.as_str(), v.next_at)), Some(("plan", Some(monday))));
        assert_eq!(desk.lead_now(&ann).await.next_at, Some(monday.0));
        desk.advance(DAY).await;
        assert_eq!(desk.sandbox.counters().placed, 0, "Sunday");
        desk.advance(monday.since(desk.now()) - MINUTE).await;
        assert_eq!(desk.sandbox.counters().placed, 0, "one minute too early");
        desk.advance(MINUTE).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1);
        assert_eq!(desk.lead_now(&ann).await.status, "booked");
    }

    async fn a_person_contacted_before_is_a_duplicate_a_warning_or_new_by_the_days_between(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::Declines);
        let csv = format!("{HEAD}{}", row("Ann", &ann));
        let called = desk.now();
        desk.import(&client, "", csv.clone()).await;
        desk.settled().await;
        assert_eq!(desk.lead_now(&ann).await.status, "not-interested");
        desk.advance(3 * DAY).await;
        let early = desk.import(&client, "", csv.clone()).await;
        assert_eq!(early["validation"]["duplicates"], 1, "{early}");
        let reason = early["rejects"][0]["reason"].as_str().unwrap();
        let again = (called + 7 * DAY).iso();
        assert!(reason.starts_with("contacted 3d") && reason.contains("less than 7d"), "{early}");
        assert!(reason.contains(&again), "{again}: {early}");
        let why = desk.why(&ann).await;
        assert_eq!((why.now.answer, why.now.rule.as_str()), (Answer::Never, "lead"));
        let line = why.now.lines.iter().find(|l| l.rule == "duplicate").unwrap();
        assert!(line.detail.contains("less than 7d ago: another enquiry counts from"), "{line:?}");
        assert!(why.summary.contains(&again), "{again}: {}", why.summary);
        desk.advance(5 * DAY).await;
        let warned = desk.import(&client, "", csv.clone()).await;
        assert_eq!((&warned["accepted"], &warned["validation"]["warnings"]), (&json!(1), &json!(1)), "{warned}");
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 2);
        desk.advance(31 * DAY).await;
        let clean = desk.import(&client, "", csv).await;
        assert_eq!((&clean["accepted"], &clean["validation"]["warnings"]), (&json!(1), &json!(0)), "{clean}");
        desk.advance(HOUR).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 3);
    }

    async fn a_held_row_is_explained_and_a_dry_run_says_what_would_happen(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let eve = number(1, Scenario::Books);
        let csv = format!("name,phone\nEve,{eve}\nJo,12125550100\n");
        for query in ["dry_run=true", "", "dry_run=true"] {
            let told = desk.import(&client, query, csv.clone()).await;
            let reasons: Vec<&str> =
                told["warnings"].as_array().unwrap().iter().filter_map(|w| w["reason"].as_str()).collect();
            let known = told["validation"]["duplicates"] == 2;
            assert!(known || reasons.iter().all(|r| r.starts_with("held: ")) && reasons.len() == 2, "{query}: {told}");
        }
        // A consent lets one of them go on; the other's number is as it was.
        let attest = "attest=Both%20asked%20for%20AI%20calls";
        let dry = desk.import(&client, &format!("dry_run=true&{attest}"), csv.clone()).await;
        let real = desk.import(&client, attest, csv).await;
        assert_eq!((&dry["accepted"], &dry["held"]), (&json!(1), &json!(1)), "{dry}");
        assert_eq!((&real["accepted"], &real["held"]), (&dry["accepted"], &dry["held"]), "{real}");
    }

    /// Such numbers are not told apart while the file is read.
    async fn a_number_of_an_uncertain_country_may_come_any_number_of_times(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let csv = format!("{HEAD}{}", row("Ann", "12125550100").repeat(4));
        let first = desk.import(&client, "", csv.clone()).await;
        assert_eq!((&first["held"], &first["validation"]["duplicates"]), (&json!(1), &json!(3)), "{first}");
        let second = desk.import(&client, "", csv.replace("Ann", "Ann B.")).await;
        assert_eq!((&second["held"], &second["validation"]["duplicates"]), (&json!(1), &json!(3)), "{second}");
        assert_eq!(desk.count("SELECT count(*) FROM lead").await, 1);
    }

    /// Nobody called them while there was time: what they ask today counts from today.
    async fn who_was_never_called_may_ask_again_after_any_time(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let (ann, ben) = (number(1, Scenario::Books), number(2, Scenario::Books));
        let csv = format!("name,phone\nAnn,{ann}\nBen,{ben}\n");
        let first = desk.import(&client, "", csv).await;
        assert_eq!(first["held"], 2, "{first}");
        let attested = |who: &str| desk.import(&client, "attest=They%20asked%20for%20AI%20calls", format!("phone\n{who}\n"));
        // Old, but nobody swept it up yet.
        desk.pass(31 * DAY);
        let held = attested(&ben).await;
        assert_eq!(held["accepted"], 1, "{held}");
        desk.advance(DAY).await;
        assert_eq!(desk.lead_now(&ann).await.status, "expired");
        let expired = attested(&ann).await;
        assert_eq!(expired["accepted"], 1, "{expired}");
        desk.advance(3 * DAY).await;
        for who in [&ann, &ben] {
            assert_eq!(desk.lead_now(who).await.status, "booked", "{}", desk.picture().await);
            assert_eq!(desk.sandbox.calls_to(who).len(), 1);
        }
    }

    /// The same person enquires at two businesses: each may call, each once.
    async fn two_clients_may_know_one_person(db) {
        let desk = TestDesk::start(&db).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let ann = number(1, Scenario::Books);
        desk.lead(&harbour, &ann).await;
        desk.lead(&elm, &ann).await;
        desk.settled().await;
        assert_eq!(desk.count("SELECT count(DISTINCT client_id) FROM call WHERE status = 'ended'").await, 2);
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 2);
    }
}
