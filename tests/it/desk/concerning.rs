//! Errors that need a person say which: in the list, and for each of the latest times.

use frontdesk_sandbox::sms::Course;
use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::Noun;
use frontdesk_shared::detail::{About, FaultDetail};
use frontdesk_shared::fault::FaultRow;
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::{List, Query, Rows};
use frontdesk_shared::time::SECOND;
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::desk::{Setup, number};
use frontdesk_tests::post::TEXT_NUMBER;
use frontdesk_tests::{TestDesk, on_both_engines};

async fn errors(operator: &Operator, kind: &str) -> Vec<FaultRow> {
    let query = Query { filter: format!("kind:{kind}"), ..Query::first(List::Errors, 50) };
    let page = operator.client.page(soon(), query).await.unwrap().unwrap();
    let Rows::Errors(rows) = page.rows else { panic!("not the errors") };
    rows
}

async fn opened(operator: &Operator, fault: &FaultRow) -> FaultDetail {
    let subject = Subject::new(Noun::Fault, fault.id);
    let About::Fault(detail) = operator.client.detail(soon(), subject).await.unwrap().unwrap().about else {
        panic!("not an error")
    };
    *detail
}

on_both_engines! {
    async fn who_wrote_and_whom_a_message_did_not_reach_is_told(db) {
        let desk = TestDesk::with(&db, Setup { messages: true, ..Setup::at("2025-06-13 16:00") }).await;
        desk.expect_faults(&["text.reply", "message.undelivered", "message.refused", "appointment.nobody-reminded"]);
        let client = desk.client("harbour").await;
        let (ada, ben) = (number(1, Scenario::Books), number(2, Scenario::Books));
        let post = desk.post.as_ref().expect("carriers");
        post.texts.force(&ada, Some(Course::Unreachable));
        post.texts.force(&ben, Some(Course::Landline));
        for (name, phone) in [("Ada Price", &ada), ("Ben Lee", &ben)] {
            let csv = format!("name,phone,consent channels,consent text\n{name},{phone},ai_voice,Call me\n");
            desk.import(&client, "", csv).await;
            desk.settled().await;
        }
        let operator = desk.operator().await;
        // What the carriers say differs, and so does what is to be done: each reason is a row.
        let lost = errors(&operator, "message.undelivered").await;
        let mut people: Vec<&str> = lost.iter().map(|fault| fault.who.as_str()).collect();
        people.sort_unstable();
        assert_eq!(people, ["Ada Price", "Ben Lee"], "{lost:?}");
        assert_ne!(lost[0].message, lost[1].message);

        let says = async |number: &str, words: &str| {
            post.texts.inbound(number, TEXT_NUMBER, words).expect("the number is ours");
            desk.settled().await;
        };
        for nth in 0..13 {
            says(&ben, &format!("is there parking at gate {nth}?")).await;
            desk.pass(SECOND);
            says(&ada, &format!("is there a lift to floor {nth}?")).await;
            desk.pass(SECOND);
        }
        let wrote = errors(&operator, "text.reply").await;
        assert_eq!((wrote.len(), wrote[0].who.as_str(), wrote[0].count), (1, "Ada Price", 26));
        let told = opened(&operator, &wrote[0]).await;
        assert_eq!((told.row.who.as_str(), told.occurrences.len()), ("Ada Price", 20), "bounded");
        for (nth, time) in told.occurrences.iter().enumerate() {
            assert_eq!(time.who, ["Ada Price", "Ben Lee"][nth % 2]);
            assert_eq!(time.about.as_ref().map(|about| about.kind), Some(Noun::Message));
            let lead = Subject::new(Noun::Lead, time.lead.expect("a lead"));
            let lead = operator.client.detail(soon(), lead).await.unwrap().unwrap();
            let About::Lead(lead) = lead.about else { panic!("not a lead") };
            assert_eq!(lead.row.name, time.who);
        }
    }
}
