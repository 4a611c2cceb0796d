//! Who may only watch sees nowhere whom a message went to, nor what it says.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::Noun;
use frontdesk_shared::event::Cursor;
use frontdesk_shared::id::encode;
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::{List, Query};
use frontdesk_store::Tx;
use frontdesk_store::views::{detail, events, page};
use frontdesk_tests::desk::{Setup, number};
use frontdesk_tests::post::TEXT_NUMBER;
use frontdesk_tests::{TestDesk, on_both_engines};

/// Everything that is told about webhooks and around them, as it goes over the wire, to who may see
/// numbers or to who may only watch.
async fn told(desk: &TestDesk, unmasked: bool) -> String {
    let now = desk.now();
    let tell = move |tx: &mut Tx<'_>| {
        let mut all = String::new();
        let ids: Vec<i64> = tx.all("SELECT id FROM webhook", &[], |r| r.get(0))?;
        for id in ids {
            let seen = detail::detail(tx, &Subject::new(Noun::Webhook, encode(id)), now, unmasked)?;
            all += &serde_json::to_string(&seen).expect("a detail");
        }
        for list in
            [List::Webhooks, List::Events, List::Errors, List::Audit, List::Jobs, List::Messages, List::Leads]
        {
            let page = page::page(tx, &Query::first(list, 100), now, unmasked)?;
            all += &serde_json::to_string(&page).expect("a page");
        }
        let feed = events::after(tx, Cursor::default(), 1_000, None)?.events;
        for event in feed {
            let event = if unmasked { event } else { events::for_watching(event) };
            all += &serde_json::to_string(&event).expect("an event");
        }
        Ok(all)
    };
    desk.read(tell).await
}

on_both_engines! {
    async fn texts_and_their_numbers_are_hidden_whatever_form_a_webhook_has(db) {
        let desk = TestDesk::with(&db, Setup { messages: true, ..Setup::default() }).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        let post = desk.post.as_ref().expect("carriers");
        post.texts.inbound(&ann, TEXT_NUMBER, "is there parking? ring 07700 900456").expect("the number is ours");
        desk.settled().await;
        desk.expect_faults(&["text.reply"]);
        let _ = desk.webhook("/webhooks/vapi", format!("caller={ann}")).await;
        let open = told(&desk, true).await;
        let digits = &ann[1..];
        assert!(open.contains(digits) && open.contains("parking"), "the operator sees them");
        let watched = told(&desk, false).await;
        for secret in [digits, "parking", "900456", "900%20456", "900+456"] {
            let at = watched.find(secret).map(|at| &watched[at.saturating_sub(200)..at + 20]);
            assert_eq!(at, None, "{secret} is shown");
        }
        assert!(watched.contains("&From=•••&"), "the fields are named");
    }
}
