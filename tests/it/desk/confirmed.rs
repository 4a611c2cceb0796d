//! A confirmation holds while the facts it rests on hold, however long somebody reads.

use frontdesk_sandbox::vapi::{Faults, Refuse, Scenario};
use frontdesk_shared::action::{Action, Preview};
use frontdesk_shared::id::encode;
use frontdesk_shared::time::{MINUTE, SECOND};
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::desk::{Setup, number};
use frontdesk_tests::{TestDesk, hook, on_both_engines};

async fn seen(operator: &Operator, action: &Action) -> Preview {
    operator.client.preview(soon(), action.clone()).await.unwrap().unwrap()
}

on_both_engines! {
    async fn a_call_is_confirmed_after_somebody_has_read_what_it_does(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let (ann, ben) = (number(1, Scenario::NoAnswer), number(2, Scenario::NoAnswer));
        desk.lead(&client, &ann).await;
        desk.lead(&client, &ben).await;
        desk.settled().await;
        desk.advance(12 * MINUTE + 53 * SECOND).await;
        let operator = desk.operator().await;
        let call = Action::CallNow { lead: ann.clone() };
        let shown = seen(&operator, &call).await;
        assert!(shown.refused.is_none(), "{shown:?}");
        desk.pass(13 * SECOND);
        operator.confirm(call.clone(), shown.token, "c-1").await.unwrap();

        // What matters still counts: somebody asked to be left alone meanwhile.
        let shown = seen(&operator, &Action::CallNow { lead: ben.clone() }).await;
        operator.act(Action::OptOut { who: ben.clone() }, "o-1").await.unwrap();
        let stale = operator.confirm(Action::CallNow { lead: ben }, shown.token, "c-2").await.unwrap_err();
        assert_eq!(stale.code, "conflict", "{stale}");
        let many = Action::Many { actions: vec![call] };
        let shown = seen(&operator, &many).await;
        desk.pass(13 * SECOND);
        let told = operator.confirm(many, shown.token, "m-1").await.unwrap();
        assert!(told.text.contains("1 done"), "{told:?}");
    }

    /// Whatever is shown, the clock alone takes no confirmation back.
    async fn no_confirmation_depends_on_words_that_count_down(db) {
        let refuse = Some(Refuse { status: 429, count: 1_000, retry_after_s: 1 });
        let desk = TestDesk::with(&db, Setup { messages: true, ..Setup::default() }).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::Books);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        let ben = number(2, Scenario::NoAnswer);
        desk.lead(&client, &ben).await;
        desk.settled().await;
        let call = hook::inbound("call-1", &number(4, Scenario::Books));
        desk.webhook("/webhooks/vapi", hook::report(&call, desk.now().0, "customer-ended-call", &["Thank you."])).await;
        desk.expect_faults(&["provider.breaker", "vapi.busy"]);
        desk.sandbox.set_faults(Faults { refuse, ..Faults::default() }).unwrap();
        for nth in 5..9 {
            desk.lead(&client, &number(nth, Scenario::Declines)).await;
        }
        let breaker = "SELECT count(*) FROM fault WHERE kind = 'provider.breaker'";
        for _ in 0..20 {
            if desk.count(breaker).await > 0 {
                break;
            }
            desk.advance(2 * SECOND).await;
        }
        let operator = desk.operator().await;
        let id = |sql: &'static str| { let desk = &desk; async move { encode(desk.count(sql).await) } };
        let waiting = id("SELECT min(id) FROM job WHERE state = 'ready' AND kind = 'call.place'").await;
        let reminder = id("SELECT min(id) FROM job WHERE state = 'ready' AND lane = 'sms'").await;
        let appointment = id("SELECT min(id) FROM appointment").await;
        let message = id("SELECT min(id) FROM message").await;
        let webhook = id("SELECT max(id) FROM webhook").await;
        let oldest = id("SELECT min(id) FROM webhook").await;
        let pause = |client: Option<String>| Action::PauseDialing { client, reason: "the line is repaired".into() };
        let actions = [
            Action::RetryJob { job: waiting.clone() },
            Action::CancelJob { job: waiting },
            Action::CancelJob { job: reminder },
            Action::ReplayWebhook { webhook },
            Action::ReplayWebhook { webhook: oldest },
            Action::CallNow { lead: ben.clone() },
            Action::OptOut { who: ben },
            Action::CancelAppointment { appointment: appointment.clone(), reason: String::new() },
            Action::RescheduleAppointment { appointment: appointment.clone(), to: "2025-06-20T11:00".into() },
            Action::MarkAttended { appointment },
            Action::ResendMessage { message },
            pause(None),
            Action::ResumeDialing { client: None },
            Action::RunSchedule { name: "sweep-calls".into() },
            Action::DeactivateClient { client: "harbour".into() },
        ];
        let mut before = Vec::new();
        for action in &actions {
            before.push(seen(&operator, action).await.token);
        }
        desk.pass(SECOND);
        for (action, before) in actions.iter().zip(before) {
            let now = seen(&operator, action).await;
            assert_eq!(now.token, before, "{action:?}: {now:?}");
        }
    }
}
