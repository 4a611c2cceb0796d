//! Lists as a whole, over the console's socket: orders, counts, ids, one action on many rows,
//! and pauses that say whose they are.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::action::Action;
use frontdesk_shared::page::{List, Query, Rows, Sort};
use frontdesk_shared::time::DAY;
use frontdesk_store::params;
use frontdesk_tests::console::soon;
use frontdesk_tests::desk::number;
use frontdesk_tests::{TestDesk, on_both_engines};
use frontdesk_tui::screens::SCREENS;

on_both_engines! {
    async fn every_column_that_sorts_is_known_to_the_daemon(db) {
        let desk = TestDesk::start(&db).await;
        let operator = desk.operator().await;
        for screen in SCREENS.iter().filter(|screen| !screen.is_whole()) {
            for (_, column) in screen.sortable() {
                let sort = Some(Sort { by: column.title.to_owned(), descending: true });
                let query = Query { sort, exact: true, ..Query::first(screen.list, 5) };
                let page = operator.client.page(soon(), query).await.unwrap();
                assert!(page.is_ok_and(|page| page.exact), "{} by {}", screen.list, column.title);
            }
        }
    }

    async fn an_action_on_many_rows_is_summed_up_first_and_done_to_each(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        for n in 1..=3 {
            desk.lead(&client, &number(n, Scenario::NoAnswer)).await;
        }
        desk.settled().await;
        let operator = desk.operator().await;
        let query = Query::first(List::Leads, 1);
        let ids = operator.client.ids(soon(), query).await.unwrap().unwrap();
        assert_eq!((ids.ids.len(), ids.matching), (3, 3));
        let optout = |who: &String| Action::OptOut { who: who.clone() };
        let mut actions: Vec<Action> = ids.ids.iter().map(optout).collect();
        actions.push(Action::OptOut { who: "0000000000000".into() });
        let many = Action::Many { actions };
        let preview = operator.client.preview(soon(), many.clone()).await.unwrap().unwrap();
        assert_eq!((preview.count, preview.lines[0].as_str()), (3, "opt out: 3 of 4."));
        let other = operator.confirm(many.clone(), "another".into(), "m-0").await.unwrap_err();
        assert_eq!(other.code, "conflict");
        let receipt = operator.act(many.clone(), "m-1").await.unwrap();
        assert!(receipt.text.starts_with("opt out: 3 done, 1 not"), "{}", receipt.text);
        for n in 1..=3 {
            assert_eq!(desk.lead_now(&number(n, Scenario::NoAnswer)).await.status, "opted-out");
        }
    }

    async fn promised_calls_back_are_listed_with_what_became_of_them(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let (ada, ben) = (number(1, Scenario::Callback), number(2, Scenario::Callback));
        for person in [&ada, &ben] {
            desk.lead(&client, person).await;
        }
        desk.settled().await;
        // Whatever was said: both are to be called at this time tomorrow.
        let tomorrow = desk.now() + DAY;
        desk.write(move |tx| {
            tx.execute("UPDATE call SET status = 'ended', callback_at = $1", params![tomorrow])?;
            tx.execute("UPDATE job SET state = 'cancelled' WHERE state = 'ready'", &[])?;
            tx.execute("UPDATE lead SET status = 'callback', next_at = $1", params![tomorrow])
        })
        .await;
        let operator = desk.operator().await;
        let rows = async || {
            let page = operator.client.page(soon(), Query::first(List::Callbacks, 9)).await.unwrap().unwrap();
            let Rows::Callbacks(rows) = page.rows else { panic!("not the list of calls back") };
            rows
        };
        let first = rows().await;
        let states: Vec<&str> = first.iter().map(|row| row.state.as_str()).collect();
        assert_eq!(states, ["waiting", "waiting"], "{}", desk.picture().await);
        operator.act(Action::OptOut { who: ben.clone() }, "o-1").await.unwrap();
        desk.advance(DAY).await;
        operator.act(Action::CallNow { lead: ada.clone() }, "c-1").await.unwrap();
        desk.settled().await;
        let after = rows().await;
        // Whoever is called back may be promised another.
        let of = |phone: &str| {
            let was = first.iter().find(|row| row.phone == phone).expect("a promise");
            after.iter().find(|row| row.id == was.id).expect("the same promise")
        };
        assert_eq!((of(&ada).state.as_str(), of(&ben).state.as_str()), ("kept", "off"), "{after:?}");
        assert!(of(&ben).why.contains("opted-out"), "{after:?}");
    }

    async fn a_pause_says_whose_by_whom_and_why_until_it_is_resumed(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        let operator = desk.operator().await;
        let one = Some("harbour".to_owned());
        let query = Query { client: one.clone(), ..Query::first(List::Leads, 1) };
        let pause = |client: &Option<String>, reason: &str| Action::PauseDialing {
            client: client.clone(),
            reason: reason.to_owned(),
        };
        operator.act(pause(&None, "storm"), "p-1").await.unwrap();
        let said = operator.act(pause(&one, "holiday"), "p-2").await.unwrap().text;
        assert!(said.contains("the client harbour") && said.contains("only"), "{said}");
        let pauses = operator.client.page(soon(), query.clone()).await.unwrap().unwrap().badges.pauses;
        let whose: Vec<_> = pauses.iter().map(|p| (p.client.as_deref(), p.reason.as_str())).collect();
        assert_eq!(whose, [(None, "storm"), (Some("harbour"), "holiday")]);
        assert!(pauses.iter().all(|p| !p.by.is_empty() && p.at == Some(desk.now())), "{pauses:?}");
        operator.act(Action::ResumeDialing { client: None }, "u-1").await.unwrap();
        let again = operator.act(Action::ResumeDialing { client: None }, "u-2").await.unwrap_err();
        assert!(again.text.contains("the whole installation, all clients is not paused"), "{}", again.text);
        operator.act(Action::ResumeDialing { client: one }, "u-3").await.unwrap();
        let page = operator.client.page(soon(), query).await.unwrap().unwrap();
        assert_eq!(page.badges.pauses, []);
    }
}
