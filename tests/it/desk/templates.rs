//! Templates and the ledger of sequences, as operators read them over the console's socket.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::Noun;
use frontdesk_shared::detail::About;
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::{List, Query, Rows};
use frontdesk_shared::sequence::{SequenceCount, StepRow};
use frontdesk_shared::template::TemplateRow;
use frontdesk_shared::time::{DAY, MINUTE};
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::desk::{ADMIN, Setup, answered, number};
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::{Value, json};

async fn configured(desk: &TestDesk, key: &str, messages: Value) {
    let patch = json!({ "settings": { "messages": messages } });
    let url = format!("{}/api/clients/{key}/config", desk.url);
    let request = desk.http.patch(url).header("x-api-key", ADMIN).body(patch.to_string());
    let (status, told) = answered(request).await;
    assert_eq!(status, 200, "{told}");
}

async fn templates(operator: &Operator, query: Query) -> (Vec<TemplateRow>, u64, Option<String>) {
    let page = operator.client.page(soon(), query).await.unwrap().unwrap();
    let Rows::Templates(rows) = page.rows else { panic!("not the list of templates") };
    (rows, page.matching, page.next)
}

async fn steps(operator: &Operator, filter: &str) -> Vec<StepRow> {
    let query = Query { filter: filter.into(), ..Query::first(List::Sequences, 50) };
    let page = operator.client.page(soon(), query).await.unwrap().unwrap();
    let Rows::Sequences(rows) = page.rows else { panic!("not the ledger") };
    rows
}

on_both_engines! {
    async fn whose_wording_it_is_and_what_is_missing_is_seen(db) {
        let desk = TestDesk::with(&db, Setup { messages: true, ..Setup::at("2025-06-16 10:00") }).await;
        let _harbour = desk.client("harbour").await;
        let _elm = desk.client("elm").await;
        let own = json!({ "templates": { "confirmation": { "sms": "{{business_name}}: see you {{moment}}." } } });
        configured(&desk, "harbour", own).await;
        let operator = desk.operator().await;
        let (all, matching, _) = templates(&operator, Query::first(List::Templates, 500)).await;
        assert_eq!((all.len() as u64, matching), (44, 44), "22 of each client");
        let ours: Vec<&TemplateRow> = all.iter().filter(|row| row.own).collect();
        assert_eq!(ours.len(), 1);
        assert_eq!((ours[0].id.as_str(), ours[0].segments), ("harbour:confirmation:sms", 1));
        assert!(ours[0].changed_at.is_some());
        let other = all.iter().find(|row| row.id == "elm:confirmation:sms").expect("elm's");
        assert_ne!(other.version, ours[0].version, "another wording, another version");
        let missing = Query { filter: "client:harbour state:missing".into(), ..Query::first(List::Templates, 500) };
        let (missing, ..) = templates(&operator, missing).await;
        assert!(!missing.is_empty() && missing.iter().all(|row| row.problem.contains("booking_link")), "{missing:?}");
        // Paged, and for one client.
        let mut query = Query { client: Some("elm".into()), ..Query::first(List::Templates, 9) };
        let mut seen = 0;
        loop {
            let (rows, matching, next) = templates(&operator, query.clone()).await;
            seen += rows.len() as u64;
            assert!(rows.iter().all(|row| row.client == "elm"));
            query.after = next;
            if query.after.is_none() {
                assert_eq!(seen, matching);
                break;
            }
        }
        let subject = Subject::new(Noun::Template, "harbour:confirmation:sms");
        let About::Template(told) = operator.client.detail(soon(), subject).await.unwrap().unwrap().about else {
            panic!("a template")
        };
        assert!(told.sent && told.wording.contains("{{moment}}") && told.sample.contains("Tuesday 17 June at 10:00"), "{told:?}");
        let gone = operator.client.detail(soon(), Subject::new(Noun::Template, "harbour:hello:sms")).await.unwrap();
        assert_eq!(gone.unwrap_err().code, "not_found");
    }

    async fn r073_the_ledger_tells_what_follows_a_silence_and_what_stopped_it(db) {
        let desk = TestDesk::with(&db, Setup { messages: true, ..Setup::at("2025-06-13 16:00") }).await;
        desk.expect_faults(&["text.reply"]);
        let harbour = desk.client("harbour").await;
        configured(&desk, "harbour", json!({ "booking_link": "https://harbour.example/book" })).await;
        let ada = number(1, Scenario::NoAnswer);
        let csv = format!(
            "name,phone,email,consent channels,consent text\n\
             Ada Price,{ada},ada@home.example,ai_voice+sms+email,Call text and mail me\n"
        );
        let answer = desk.import(&harbour, "", csv).await;
        assert_eq!(answer["accepted"], 1, "{answer}");
        desk.settled().await;
        let operator = desk.operator().await;
        let planned = steps(&operator, "").await;
        assert_eq!(planned.len(), 3, "{planned:?}");
        assert!(planned.iter().all(|s| s.sequence == "no-answer" && s.state.word() == "ready" && s.who == "Ada Price"));
        assert!(steps(&operator, "sequence:voicemail").await.is_empty());
        desk.advance(6 * MINUTE).await;
        let post = desk.post.clone().expect("messages are on");
        post.texts.inbound(&ada, frontdesk_tests::post::TEXT_NUMBER, "Hello, who is this about?").expect("ours");
        desk.settled().await;
        desk.advance(DAY).await;
        let states: Vec<(u32, String)> =
            steps(&operator, "sequence:no-answer").await.into_iter().map(|s| (s.step, s.state.word().to_owned())).collect();
        assert_eq!(states, [(3, "cancelled".into()), (2, "cancelled".into()), (1, "done".into())]);
        let stopped = steps(&operator, "state:cancelled").await;
        assert!(stopped.len() == 2 && stopped.iter().all(|s| !s.why.is_empty()), "{stopped:?}");
        let about = operator.client.detail(soon(), Subject::new(Noun::Client, "harbour")).await.unwrap().unwrap();
        let About::Client(client) = about.about else { panic!("a client") };
        assert_eq!(client.sequences, [SequenceCount { sequence: "no-answer".into(), begun: 1, waiting: 0 }]);
    }
}
