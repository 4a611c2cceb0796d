//! What an operator asks about a person: found however the number is written, and told why.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::Noun;
use frontdesk_shared::action::Action;
use frontdesk_shared::detail::{About, LeadDetail};
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::{List, Query};
use frontdesk_shared::time::SECOND;
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::desk::{Setup, number};
use frontdesk_tests::{TestDesk, on_both_engines};

async fn matching(operator: &Operator, list: List, filter: &str) -> u64 {
    let query = Query { filter: filter.to_owned(), ..Query::first(list, 50) };
    operator.client.page(soon(), query).await.unwrap().unwrap().matching
}

async fn opened(operator: &Operator, lead: &str) -> LeadDetail {
    let detail = operator.client.detail(soon(), Subject::new(Noun::Lead, lead)).await.unwrap().unwrap();
    let About::Lead(lead) = detail.about else { panic!("not a lead") };
    *lead
}

on_both_engines! {
    async fn a_person_is_found_by_their_number_however_it_is_written(db) {
        let desk = TestDesk::with(&db, Setup { messages: true, ..Setup::at("2025-06-13 16:00") }).await;
        let client = desk.client("harbour").await;
        let (ann, ben) = (number(1, Scenario::Books), number(2, Scenario::NoAnswer));
        let csv = format!("name,phone,email,consent channels,consent text\nAnn,{ann},ann@home.example,ai_voice,Call me\n");
        desk.import(&client, "", csv).await;
        desk.lead(&client, &ben).await;
        desk.settled().await;
        let operator = desk.operator().await;
        let national = format!("0{}", &ann[3..]);
        let spaced = format!("{} {}", &national[..5], &national[5..]);
        let abroad = format!("00{}", &ann[1..]);
        for list in [List::Leads, List::Calls, List::Messages, List::Appointments, List::Jobs] {
            let all = matching(&operator, list, &ann).await;
            assert!(all > 0, "{list} knows the number");
            for written in [&national, &spaced, &abroad] {
                assert_eq!(matching(&operator, list, written).await, all, "{list}: {written}");
            }
        }
        for written in [&national, &spaced, &abroad] {
            assert_eq!(matching(&operator, List::Leads, &format!("phone:{written}")).await, 1, "{written}");
        }
        for list in [List::Leads, List::Messages] {
            assert!(matching(&operator, list, "Ann@home.example").await > 0, "{list}");
        }
    }

    async fn why_is_asked_for_one_client_and_of_whoever_refused(db) {
        let desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let ann = number(1, Scenario::Books);
        desk.lead(&harbour, &ann).await;
        desk.lead(&elm, &ann).await;
        let operator = desk.operator().await;
        let several = operator.client.why(soon(), ann.clone(), None).await.unwrap().unwrap_err();
        assert_eq!(several.code, "conflict", "{several}");
        for key in ["harbour", "elm"] {
            let why = operator.client.why(soon(), ann.clone(), Some(key.into())).await.unwrap().unwrap();
            assert_eq!(opened(&operator, &why.lead.to_string()).await.row.client, key);
        }
        let stranger = number(2, Scenario::Books);
        operator.act(Action::OptOut { who: stranger.clone() }, "o-1").await.unwrap();
        let told = operator.client.why(soon(), stranger, None).await.unwrap().unwrap_err();
        assert_eq!(told.code, "not_found");
        assert!(told.text.contains("It is refused: 2025-06-14T20:00") && told.text.contains("user_request"), "{told}");
    }

    async fn an_opt_out_names_the_person_and_is_told_first_and_once(db) {
        let desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::Books);
        desk.import(&client, "", format!("name,phone,email\nAnn Lee,{ann},ann@home.example\n")).await;
        let operator = desk.operator().await;
        let action = Action::OptOut { who: ann.clone() };
        let shown = operator.client.preview(soon(), action.clone()).await.unwrap().unwrap();
        assert!(shown.lines[0].starts_with("Ann Lee (+44••••"), "{shown:?}");
        let done = operator.act(action, "o-1").await.unwrap();
        assert!(done.text.starts_with("Ann Lee (+44••••") && !done.text.contains(&ann), "{done:?}");
        let pause = Action::PauseDialing { client: None, reason: "the line is repaired".into() };
        operator.act(pause, "p-1").await.unwrap();
        let why = operator.why(&ann).await;
        assert!(why.summary.contains("opted out of all channels") && !why.summary.contains("paused"), "{}", why.summary);
        let lead = opened(&operator, &why.lead.to_string()).await;
        assert_eq!(lead.suppressions.len(), 1, "{:?}", lead.suppressions);
    }

    async fn a_lead_for_review_says_why_and_kept_decisions_name_instants(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let (ann, ben) = (number(1, Scenario::TalksTooLong), number(2, Scenario::NoAnswer));
        desk.lead(&client, &ann).await;
        desk.lead(&client, &ben).await;
        desk.settled().await;
        let operator = desk.operator().await;
        let id = operator.why(&ann).await.lead.to_string();
        let lead = opened(&operator, &id).await;
        assert_eq!(lead.row.status.word(), "review");
        assert!(!lead.hold_reason.is_empty(), "{lead:?}");
        desk.pass(SECOND);
        let id = operator.why(&ben).await.lead.to_string();
        let decisions = opened(&operator, &id).await.decisions;
        let told: Vec<&str> = decisions.iter().flat_map(|d| &d.lines).map(|line| line.detail.as_str()).collect();
        assert!(told.iter().any(|line| line.contains("last AI call 2025-06-16T09:00")), "{told:?}");
        assert!(!told.iter().any(|line| line.contains("m ago") || line.contains("s ago")), "{told:?}");
    }
}
