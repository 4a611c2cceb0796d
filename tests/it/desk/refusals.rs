//! A no in a file is a no: for people who are leads and people who are not yet, in whatever order
//! the files come, in whatever spelling, and whatever is attested later.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::explain::Answer;
use frontdesk_shared::time::{DAY, MINUTE, SECOND};
use frontdesk_tests::desk::{Setup, TestClient, london, number};
use frontdesk_tests::{TestDesk, fixtures, on_both_engines};
use serde_json::{Value, json};

/// A case with another number than its own.
fn case(name: &str, number: &str) -> String {
    let text = String::from_utf8(fixtures::bytes(&format!("cases/intake/{name}"))).unwrap();
    text.replace("+44 7700 900101", number).replace("07700900101", number)
}

/// A Friday evening: calls are planned for the next morning.
fn evening() -> Setup {
    Setup::at("2026-11-27 21:00")
}

const ATTEST: &str = "attest=Jane%20Roy%2C%202026-11-20%3A%20web%20form%3B%20they%20agreed%20to%20AI%20calls";

/// What a number's spellings in files are.
fn spellings(e164: &str) -> Vec<String> {
    let national = format!("0{}", e164.trim_start_matches("+44"));
    vec![
        national.clone(),
        format!("0044{}", e164.trim_start_matches("+44")),
        format!("tel:{e164}"),
        format!("sip:{e164}@phones.example"),
        format!("{} {}", &national[..5], &national[5..]),
        e164.to_owned(),
    ]
}

async fn nobody_is_called(desk: &TestDesk, number: &str, about: &str) {
    assert_eq!(desk.sandbox.calls_to(number).len(), 0, "{about}");
    let lead = desk.lead_now(number).await;
    assert!(matches!(lead.status.as_str(), "opted-out" | "held"), "{about}: {lead:?}");
    assert_eq!(lead.next_at, None, "{about}");
    let why = desk.why(number).await;
    assert_eq!(why.now.answer, Answer::Never, "{about}: {:?}", why.now);
    let told =
        format!("{} {}", why.summary, why.now.lines.iter().map(|l| l.detail.as_str()).collect::<String>());
    assert!(told.contains("marked in a file") || told.contains("taken back"), "{about}: {told}");
}

async fn json_import(desk: &TestDesk, client: &TestClient, leads: Value) -> Value {
    let (status, body) = desk.post("/api/import-leads/harbour", &client.api_key, leads.to_string()).await;
    assert_eq!(status, 200, "{body}");
    body
}

on_both_engines! {
    /// A list of mail addresses that unsubscribed, before and after their people are leads.
    async fn a_refusal_by_mail_address_alone_counts_for_the_person(db) {
        let desk = TestDesk::with(&db, evening()).await;
        let client = desk.client("harbour").await;
        let people: Vec<String> = (1..=5).map(|n| number(n, Scenario::Books)).collect();
        let row = |n: usize, mail: &str| format!("P{n},{},{mail}\n", people[n - 1]);
        let head = "name,phone,email\n";
        let first = format!("{head}{}{}{}", row(1, "Ann@Example.com"), row(2, "ben@example.com"), row(3, "cy@example.com"));
        desk.import(&client, ATTEST, first).await;
        let lists = [
            "email,unsubscribed\nann@example.COM,yes\nDee <dee@example.com>,TRUE\nnobody@example.com,no\n".to_owned(),
            format!("name,phone,email,status\nBen,,BEN@example.com,Do not contact\nEve,{},eve@example.com,new\n", people[4]),
        ];
        let answer = desk.import(&client, "", lists[0].clone()).await;
        assert!(answer["rejects"].to_string().contains("recorded for its email"), "{answer}");
        desk.import(&client, ATTEST, lists[1].clone()).await;
        // She was nobody when her address refused.
        desk.import(&client, ATTEST, format!("{head}{}", row(4, "dee@Example.com"))).await;
        let status = async |n: usize| desk.lead_now(&people[n - 1]).await.status;
        for (n, wanted) in [(1, "opted-out"), (2, "opted-out"), (4, "opted-out")] {
            assert_eq!(status(n).await, wanted, "{n}: {}", desk.picture().await);
        }
        desk.advance(14 * 60 * MINUTE).await;
        let called: Vec<usize> = people.iter().map(|p| desk.sandbox.calls_to(p).len()).collect();
        assert_eq!(called, [0, 0, 1, 0, 1], "{}", desk.picture().await);
    }

    async fn a_later_refusal_takes_the_planned_call_back(db) {
        let desk = TestDesk::with(&db, evening()).await;
        let client = desk.client("harbour").await;
        let files = ["c01b-later-do-not-call.csv", "c01c-later-consent-no.csv"];
        let mut all = Vec::new();
        for (n, later) in files.iter().enumerate() {
            let ada = number(n, Scenario::Books);
            let first = desk.import(&client, "", case("c01a-first.csv", &ada)).await;
            assert_eq!(first["accepted"], 1, "{first}");
            let again = desk.import(&client, "", case(later, &spellings(&ada)[n])).await;
            assert_eq!(again["accepted"], 0, "{again}");
            // Later, with whatever statement: still no.
            for query in ["", ATTEST] {
                let back = desk.import(&client, query, case("c01a-first.csv", &spellings(&ada)[n + 2])).await;
                assert_eq!(back["accepted"], 0, "{later} {query}: {back}");
            }
            all.push((ada, *later));
        }
        desk.advance(DAY).await;
        for (ada, about) in &all {
            nobody_is_called(&desk, ada, about).await;
        }
        assert_eq!(desk.count("SELECT count(*) FROM job WHERE lane = 'call' AND state = 'ready'").await, 0);
        assert_eq!(desk.sandbox.counters().placed, 0);
    }

    async fn a_refusal_counts_before_there_is_a_lead(db) {
        let desk = TestDesk::with(&db, evening()).await;
        let client = desk.client("harbour").await;
        for (n, later) in ["c01b-later-do-not-call.csv", "c01c-later-consent-no.csv"].iter().enumerate() {
            for (m, query) in ["", ATTEST].iter().enumerate() {
                let ada = number(2 * n + m, Scenario::Books);
                let no = desk.import(&client, "", case(later, &spellings(&ada)[m])).await;
                assert_eq!(no["accepted"], 0, "{no}");
                let yes = desk.import(&client, query, case("c01a-first.csv", &spellings(&ada)[m + 3])).await;
                assert_eq!(yes["accepted"], 0, "{later} {query}: {yes}");
                nobody_is_called(&desk, &ada, later).await;
            }
        }
        let (ada, eve) = (number(4, Scenario::Books), number(5, Scenario::Books));
        let consent = json!({"channels": ["ai_voice"], "text": "Call me", "at": "2026-11-20"});
        json_import(&desk, &client, json!([{"phone": ada, "dndSettings": {"Call": {"status": "active"}}}])).await;
        json_import(&desk, &client, json!([{"phone": eve, "consent": {"channels": ["ai_voice"], "granted": false}}])).await;
        for who in [&ada, &eve] {
            let yes = json_import(&desk, &client, json!([{"phone": who, "consent": consent}])).await;
            assert_eq!(yes["accepted"], 0, "{yes}");
            nobody_is_called(&desk, who, "json").await;
            let one = desk.post("/api/leads/harbour", &client.api_key, json!({"phone": who, "consent": consent}).to_string());
            assert_eq!(one.await.1["accepted"], 0);
        }
        desk.advance(DAY).await;
        assert_eq!(desk.sandbox.counters().placed, 0);
    }

    async fn one_file_says_yes_and_no_about_one_number(db) {
        let desk = TestDesk::with(&db, Setup::at("2026-11-27 11:00")).await;
        let client = desk.client("harbour").await;
        let (ada, ben) = (number(1, Scenario::Books), number(2, Scenario::Books));
        let same = String::from_utf8(fixtures::bytes("cases/intake/c01d-same-file.csv")).unwrap();
        let national = spellings(&ada)[0].clone();
        let same = same.replace("+44 7700 900101", &ada).replace("07700900101", &national);
        let told = desk.import(&client, "", same).await;
        assert_eq!((&told["accepted"], &told["validation"]["opted_out"]), (&json!(0), &json!(2)), "{told}");
        let mark = String::from_utf8(fixtures::bytes("cases/intake/c01e-dnc-mark-on-same-number.csv")).unwrap();
        let mark = mark.replace("+44 7700 900101", &ben).replace("07700900101", &spellings(&ben)[0]);
        let told = desk.import(&client, "", mark).await;
        assert_eq!(told["accepted"], 0, "{told}");
        // The mark stands at the number, in other files too, and the other number of a row may be called.
        let cy = number(3, Scenario::Books);
        let csv = format!("name,Mobile,Mobile DNC,Landline,consent_channels,consent_text\nCy,{ben},yes,{cy},ai_voice,Call me\n");
        let told = desk.import(&client, "", csv).await;
        assert_eq!(told["accepted"], 1, "{told}");
        desk.settled().await;
        assert_eq!(desk.sandbox.counters().placed, 1);
        assert_eq!(desk.sandbox.calls_to(&cy).len(), 1);
    }

    /// The no is 700 rows behind the yes, and calls wait for nothing.
    async fn a_no_far_down_a_large_file_comes_before_the_yes(db) {
        let desk = TestDesk::with(&db, Setup::at("2026-11-27 11:00")).await;
        let client = desk.client("harbour").await;
        let (ada, ben) = (number(1, Scenario::Books), number(2, Scenario::Books));
        let head = "name,phone,do_not_call,consent,consent_channels,consent_text\n";
        let yes = |who: &str| format!("A,{who},no,yes,ai_voice,Call me\n");
        let filler: String = (0..700).map(|n| format!("F,+442079460{n:03},no,,,\n")).collect();
        let no = format!("A,{},yes,,,\nB,{},,no,,\n", spellings(&ada)[0], spellings(&ben)[1]);
        let told = desk.import(&client, "", format!("{head}{}{}{filler}{no}", yes(&ada), yes(&ben))).await;
        assert_eq!(told["accepted"], 0, "{told}");
        desk.settled().await;
        assert_eq!(desk.sandbox.counters().placed, 0);
        nobody_is_called(&desk, &ada, "marked").await;
        nobody_is_called(&desk, &ben, "no consent").await;
    }

    async fn other_words_for_no_suppress(db) {
        let desk = TestDesk::with(&db, Setup::at("2026-11-27 11:00")).await;
        let client = desk.client("harbour").await;
        for (n, name) in ["c02a-ghl-dnd.csv", "c02c-dynamics.csv", "c02e-tps.csv"].iter().enumerate() {
            let ada = number(n, Scenario::Books);
            let told = desk.import(&client, "", case(name, &ada)).await;
            assert_eq!((&told["accepted"], &told["validation"]["opted_out"]), (&json!(0), &json!(1)), "{told}");
            let yes = desk.import(&client, ATTEST, case("c01a-first.csv", &ada)).await;
            assert_eq!(yes["accepted"], 0, "{name}: {yes}");
        }
        let dry = desk.import(&client, "dry_run=true", case("c02a-ghl-dnd.csv", &number(7, Scenario::Books))).await;
        assert_eq!(dry["validation"]["opted_out"], 1, "{dry}");
        let yes = desk.import(&client, "", case("c01a-first.csv", &number(7, Scenario::Books))).await;
        assert_eq!(yes["accepted"], 1, "a dry run records nothing: {yes}");
        desk.settled().await;
        assert_eq!(desk.sandbox.counters().placed, 1);
    }

    async fn consent_that_was_taken_back_is_held_with_its_reason(db) {
        let desk = TestDesk::with(&db, evening()).await;
        let client = desk.client("harbour").await;
        let leads: Value = fixtures::json("cases/intake/c03-consent-revoked.json");
        let path = format!("/api/import-leads/harbour?{ATTEST}");
        let (status, told) = desk.post(&path, &client.api_key, leads.to_string()).await;
        assert_eq!((status, &told["held"], &told["accepted"]), (200, &json!(3), &json!(0)), "{told}");
        for warning in told["warnings"].as_array().unwrap() {
            assert!(warning["reason"].as_str().unwrap().contains("consent"), "{told}");
        }
        let taken = desk.count("SELECT count(*) FROM consent WHERE revoked_at IS NOT NULL").await;
        assert_eq!(taken, 3);
    }

    async fn a_refusal_of_texts_leaves_calls_alone(db) {
        let desk = TestDesk::with(&db, Setup::at("2026-11-27 11:00")).await;
        let client = desk.client("harbour").await;
        let ada = number(1, Scenario::Books);
        let csv = format!("phone,consent_channels,consent_text,SMS opt-out\n{ada},ai_voice and sms,Call me,yes\n");
        let told = desk.import(&client, "", csv).await;
        assert_eq!(told["accepted"], 1, "{told}");
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ada).len(), 1);
    }

    async fn a_statement_grants_what_it_names_and_a_question_stops_the_file(db) {
        let desk = TestDesk::with(&db, evening()).await;
        let client = desk.client("harbour").await;
        let csv = format!("phone\n{}\n", number(1, Scenario::Books));
        for statement in [
            "Jane Roy, 2026-11-01: web form; they agreed to texts only, not to calls",
            "human phone calls, no AI or automated calls",
            "phone number given for delivery; agreed to email",
        ] {
            let query = format!("dry_run=true&attest={}", statement.replace(' ', "%20").replace(';', "%3B").replace(',', "%2C"));
            let told = desk.import(&client, &query, csv.clone()).await;
            assert_eq!((&told["accepted"], &told["held"]), (&json!(0), &json!(1)), "{statement}: {told}");
        }
        let smells = format!("phone,Consent tier\n{},gold\n", number(1, Scenario::Books));
        let url = format!("{}/api/import-leads/harbour", desk.url);
        let send = |query: &str| {
            let request = desk.http.post(format!("{url}{query}")).header("x-api-key", &client.api_key);
            frontdesk_tests::desk::answered(request.header("content-type", "text/csv").body(smells.clone()))
        };
        let (status, told) = send("").await;
        assert!((400..500).contains(&status), "{told}");
        let message = told["error"]["message"].as_str().unwrap();
        assert!(message.contains("Consent tier") && message.contains("=ignore"), "{told}");
        assert_eq!(desk.count("SELECT count(*) FROM lead").await, 0);
        let (status, told) = send("?map=Consent%20tier=ignore").await;
        assert_eq!((status, &told["ignored"]), (200, &json!(["Consent tier"])), "{told}");
        assert_eq!(told["columns"][0], json!({"header": "phone", "read_as": "phone"}), "{told}");
    }

    async fn a_file_waits_before_its_first_call_and_a_single_lead_does_not(db) {
        let mut setup = Setup::at("2026-11-27 11:00");
        setup.config = Box::new(|config| config.imports.hold_s = 60);
        let desk = TestDesk::with(&db, setup).await;
        let client = desk.client("harbour").await;
        let (ada, ben) = (number(1, Scenario::Books), number(2, Scenario::Books));
        desk.lead(&client, &ada).await;
        let single = json!({"phone": ben, "consent": {"channels": ["ai_voice"], "text": "Call me"}}).to_string();
        let (status, told) = desk.post("/api/leads/harbour", &client.api_key, single).await;
        assert_eq!((status, &told["accepted"]), (200, &json!(1)), "{told}");
        desk.settled().await;
        assert_eq!((desk.sandbox.calls_to(&ada).len(), desk.sandbox.calls_to(&ben).len()), (0, 1));
        assert_eq!(desk.lead_now(&ada).await.next_at, Some((desk.now() + 60 * SECOND).0));
        desk.advance(MINUTE).await;
        assert_eq!(desk.sandbox.calls_to(&ada).len(), 1);
    }

    async fn forms_of_providers_are_leads(db) {
        let desk = TestDesk::with(&db, Setup::at("2026-11-27 11:00")).await;
        let client = desk.client("harbour").await;
        let send = |body: String| desk.post("/api/leads/harbour", &client.api_key, body);
        let facebook = json!({"id": "444", "created_time": "2026-11-27T10:00:00+0000", "field_data": [
            {"name": "full_name", "values": ["Ida"]}, {"name": "phone_number", "values": [number(1, Scenario::Books)]}]});
        let google = json!({"lead_id": "L", "google_key": "k", "is_test": true, "user_column_data": [
            {"column_id": "PHONE_NUMBER", "string_value": number(2, Scenario::Books)}]});
        let typeform = json!({"event_type": "form_response", "form_response": {"token": "t", "answers": [
            {"type": "phone_number", "phone_number": number(3, Scenario::Books), "field": {"id": "a", "type": "phone_number"}}]}});
        let calendly = json!({"event": "invitee.created", "payload": {"name": "Ida", "timezone": "Europe/London",
            "questions_and_answers": [{"question": "Phone", "answer": number(4, Scenario::Books)}]}});
        for body in [facebook, google.clone(), typeform, calendly] {
            let (status, told) = send(body.to_string()).await;
            assert_eq!((status, &told["rows"], &told["held"]), (200, &json!(1), &json!(1)), "{body}: {told}");
            assert_eq!(told["dry_run"], json!(body == google), "{told}");
        }
        let notice = json!({"object": "page", "entry": [{"changes": [{"field": "leadgen", "value": {"leadgen_id": "1"}}]}]});
        let cancelled = json!({"event": "invitee.canceled", "payload": {"name": "Ida"}});
        let without = json!({"event": "invitee.created", "payload": {"name": "Ida", "email": "ida@example.com"}});
        for body in [notice.to_string(), cancelled.to_string(), without.to_string(), "[]".into(), r#"{"leads":[]}"#.into()] {
            let (status, told) = send(body.clone()).await;
            assert!((400..500).contains(&status), "{body}: {told}");
            assert!(told["error"]["message"].as_str().unwrap().len() > 20, "{body}: {told}");
        }
        let form = format!("phone={}&name=Ida", spellings(&number(5, Scenario::Books))[0]);
        let (status, told) = send(form).await;
        assert_eq!((status, &told["rows"]), (200, &json!(1)), "{told}");
    }

    /// The hours hold where the number is and where the postcode is.
    async fn a_postcode_is_a_place_to_be_asleep_in(db) {
        let desk = TestDesk::with(&db, Setup::at("2026-11-27 13:30")).await;
        let client = desk.client("harbour").await;
        let cases = String::from_utf8(fixtures::bytes("cases/intake/c07-postcode-zone.csv")).unwrap();
        let told = desk.import(&client, "", cases).await;
        assert_eq!(told["accepted"], 2, "{told}");
        // Half past eight in New York; in Los Angeles it is nine at five in the afternoon of London.
        for who in ["+12125550109", "+12125550110"] {
            let lead = desk.lead_now(who).await;
            assert_eq!(lead.next_at, Some(london("2026-11-27 17:00").0), "{who}: {:?}", desk.why(who).await.now);
        }
        let foreign = desk.import(&client, "", fixtures::bytes("cases/intake/c06-foreign-without-plus.csv").clone()
            .into_iter().map(char::from).collect::<String>()).await;
        let reason = foreign["warnings"][0]["reason"].as_str().unwrap();
        assert!(reason.contains("GB") && reason.contains("AE"), "{foreign}");
        let dry = desk.import(&client, "dry_run=true", "name,phone\nDi,971501234568\n").await;
        assert!(dry["warnings"][0]["reason"].as_str().unwrap().contains("AE"), "{dry}");
    }

    async fn public_holidays_are_days_off(db) {
        let desk = TestDesk::with(&db, Setup::at("2026-12-24 21:00")).await;
        let client = desk.client("harbour").await;
        let ada = number(1, Scenario::Books);
        desk.lead(&client, &ada).await;
        desk.settled().await;
        // Friday, the Saturday and the Monday in place of it are holidays.
        assert_eq!(desk.lead_now(&ada).await.next_at, Some(london("2026-12-29 09:00").0));
    }
}
