//! What operators do over the console's socket: previewed, done once, recorded with a name.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::action::Action;
use frontdesk_shared::explain::Answer;
use frontdesk_shared::id::encode;
use frontdesk_shared::page::{List, Query, Rows};
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::desk::{ADMIN, Setup, number};
use frontdesk_tests::wait::{until, within};
use frontdesk_tests::{TestDesk, hook, on_both_engines, source};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

async fn planned_job(desk: &TestDesk) -> String {
    let jobs = desk.texts("SELECT CAST(id AS TEXT) FROM job WHERE lane = 'call' AND state = 'ready'").await;
    assert_eq!(jobs.len(), 1, "{}", desk.picture().await);
    encode(jobs[0].parse().unwrap())
}

async fn audited(operator: &Operator) -> Vec<String> {
    let page = operator.client.page(soon(), Query::first(List::Audit, 50)).await.unwrap().unwrap();
    let Rows::Audit(rows) = page.rows else { panic!("not the audit list") };
    assert!(rows.iter().all(|r| !r.actor.is_empty()), "{rows:?}");
    // What clients bring by the API is kept as well, and is no operator's act.
    rows.into_iter().rev().filter(|r| r.action != "import_leads").map(|r| r.action).collect()
}

on_both_engines! {
    async fn a_cancelled_call_is_not_placed_nor_retried_but_planned_anew(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::NoAnswer);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        let job = planned_job(&desk).await;
        let operator = desk.operator().await;
        operator.act(Action::CancelJob { job: job.clone() }, "c-1").await.unwrap();
        let lead = desk.lead_now(&ann).await;
        assert_eq!((lead.status.as_str(), lead.hold.as_str()), ("held", "operator"));
        desk.advance(DAY).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1);
        let twice = operator.act(Action::CancelJob { job: job.clone() }, "c-2").await.unwrap_err();
        assert_eq!(twice.code, "conflict");
        let retried = operator.act(Action::RetryJob { job }, "r-1").await.unwrap_err();
        assert!(retried.text.contains("taken back (cancelled by") && retried.text.contains("“call”"), "{retried}");
        operator.act(Action::CallNow { lead: ann.clone() }, "n-1").await.unwrap();
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 2);
        assert_eq!(audited(&operator).await[1..], ["cancel_job", "call_now"]);
    }

    /// The library behind the socket panics on such deadlines; they must not reach it.
    async fn a_deadline_that_is_no_time_ends_one_connection_and_nothing_else(db) {
        let desk = TestDesk::start(&db).await;
        for name in ["deadline_no_instant", "deadline_no_timer"] {
            let path = source::root().join("fuzz/regressions/rpc_frame").join(name);
            let frame = std::fs::read(path).expect("a request");
            let mut stream = UnixStream::connect(desk.socket()).await.expect("the daemon's socket");
            stream.write_all(&u32::try_from(frame.len()).expect("short").to_be_bytes()).await.unwrap();
            stream.write_all(&frame).await.unwrap();
            let mut answer = Vec::new();
            within("the refusal", stream.read_to_end(&mut answer)).await.unwrap();
            assert_eq!(answer, b"", "{name}");
        }
        // A connection that broke down would stay counted.
        until("the connections to be closed", || async { (desk.app.counters.consoles.get() == 0).then_some(()) }).await;
        let operator = desk.operator().await;
        assert!(operator.client.page(soon(), Query::first(List::Leads, 1)).await.unwrap().is_ok());
    }

    async fn call_now_asks_the_gate_and_replaces_the_plan(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        // Its next call is planned for tomorrow.
        let ann = number(1, Scenario::ProviderFails);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        let operator = desk.operator().await;
        let action = Action::CallNow { lead: ann.clone() };
        let early = operator.client.preview(soon(), action.clone()).await.unwrap().unwrap();
        assert!(early.lines[0].starts_with("Not at this moment"), "{early:?}");
        desk.advance(9 * HOUR).await;
        let stale = operator.confirm(action.clone(), early.token, "n-1").await.unwrap_err();
        assert_eq!(stale.code, "conflict", "what was shown is not what would happen: {stale}");
        let first = operator.act(action.clone(), "n-2").await.unwrap();
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 2, "{}", desk.picture().await);
        // The console did not hear the answer and asks again with the same request.
        let again = operator.confirm(action, "whatever".into(), "n-2").await.unwrap();
        assert_eq!(again, first);
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 2);
        let plans = desk.count("SELECT count(*) FROM job WHERE lane = 'call' AND state = 'ready'").await;
        assert_eq!(plans, 1, "the former plan was replaced");
    }

    async fn nobody_may_be_called_against_the_gate(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let eve = number(1, Scenario::Books);
        desk.import(&client, "", format!("name,phone\nEve,{eve}\n")).await;
        let operator = desk.operator().await;
        let refused = operator.act(Action::CallNow { lead: eve.clone() }, "n-1").await.unwrap_err();
        assert!(refused.code == "conflict" && refused.text.contains("consent"), "{refused}");
        desk.settled().await;
        assert_eq!(desk.sandbox.counters().placed, 0);
        assert_eq!(audited(&operator).await, ["onboard_client"], "what is refused is no act");
    }

    async fn dialing_is_paused_for_one_client_or_for_all_and_resumed(db) {
        let desk = TestDesk::start(&db).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let operator = desk.operator().await;
        let pause = |client: Option<&str>| Action::PauseDialing {
            client: client.map(str::to_owned),
            reason: "the line is repaired".into(),
        };
        operator.act(pause(Some("harbour")), "p-1").await.unwrap();
        let (ann, ben) = (number(1, Scenario::Books), number(2, Scenario::Books));
        desk.lead(&harbour, &ann).await;
        desk.lead(&elm, &ben).await;
        desk.lead_until(&ben, "the other client's call", |l| l.status == "booked").await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 0);
        let why = operator.why(&ann).await;
        assert_eq!(why.now.rule, "paused", "{why:?}");
        assert!(why.summary.contains("the line is repaired"), "{}", why.summary);
        operator.act(pause(None), "p-2").await.unwrap();
        let eve = number(3, Scenario::Books);
        desk.lead(&elm, &eve).await;
        operator.act(Action::ResumeDialing { client: Some("harbour".into()) }, "u-1").await.unwrap();
        let idle = operator.client.why_idle(soon(), None).await.unwrap().unwrap();
        assert!(idle.summary.contains("the line is repaired"), "{idle:?}");
        assert_ne!(operator.why(&eve).await.now.answer, Answer::Allowed);
        assert_eq!(desk.sandbox.counters().placed, 1);
        operator.act(Action::ResumeDialing { client: None }, "u-2").await.unwrap();
        desk.settled().await;
        assert_eq!(desk.sandbox.counters().placed, 3, "{}", desk.picture().await);
        let acts = ["onboard_client", "onboard_client", "pause_dialing", "pause_dialing", "resume_dialing", "resume_dialing"];
        let mut found = audited(&operator).await;
        found.dedup();
        let mut wanted = acts.to_vec();
        wanted.dedup();
        assert_eq!(found, wanted);
    }

    async fn an_opt_out_by_an_operator_holds_for_every_client(db) {
        let desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let ann = number(1, Scenario::Books);
        desk.lead(&harbour, &ann).await;
        let operator = desk.operator().await;
        let action = Action::OptOut { who: ann.clone() };
        let seen = operator.client.preview(soon(), action.clone()).await.unwrap().unwrap();
        assert!(seen.lines[1].starts_with("1 lead"), "{seen:?}");
        desk.lead(&elm, &ann).await;
        let stale = operator.confirm(action.clone(), seen.token, "o-1").await.unwrap_err();
        assert!(stale.code == "conflict" && stale.text.contains("changed since"), "{stale}");
        operator.act(action, "o-2").await.unwrap();
        assert_eq!(desk.texts("SELECT DISTINCT status FROM lead").await, ["opted-out"]);
        desk.advance(3 * DAY).await;
        assert_eq!(desk.sandbox.counters().placed, 0);
        let subjects = desk.texts("SELECT subject || detail FROM audit WHERE action = 'opt_out'").await;
        assert!(subjects.len() == 1 && !subjects[0].contains(&ann[3..]), "{subjects:?}");
    }

    /// An evening on which somebody pressed the wrong key.
    async fn a_mistaken_opt_out_is_withdrawn_one_at_a_time_and_stays_on_record(db) {
        let desk = TestDesk::with(&db, Setup::at("2025-06-12 21:00")).await;
        let harbour = desk.client("harbour").await;
        let (ann, ben) = (number(1, Scenario::Books), number(2, Scenario::Books));
        desk.lead(&harbour, &ann).await;
        desk.lead(&harbour, &ben).await;
        let operator = desk.operator().await;
        let withdraw = |who: &str, reason: &str| Action::WithdrawOptOut { who: who.into(), reason: reason.into() };
        let wrong = "the wrong line was marked; she rang at 20:40 to book";
        let nothing = operator.act(withdraw(&ann, wrong), "w-0").await.unwrap_err();
        assert!(nothing.text.contains("no refusal stands"), "{nothing}");
        operator.act(Action::OptOut { who: ann.clone() }, "o-1").await.unwrap();
        let bare = operator.act(withdraw(&ann, "oops"), "w-1").await.unwrap_err();
        assert!(bare.text.contains("say what shows"), "{bare}");
        let seen = operator.client.preview(soon(), withdraw(&ann, wrong)).await.unwrap().unwrap();
        assert!(seen.refused.is_none() && seen.lines[0].contains("towards any client"), "{seen:?}");
        let many = Action::Many { actions: vec![withdraw(&ann, wrong), withdraw(&ben, wrong)] };
        let bulk = operator.client.preview(soon(), many).await.unwrap().unwrap_err();
        assert!(bulk.text.contains("one by one"), "{bulk}");
        operator.confirm(withdraw(&ann, wrong), seen.token, "w-2").await.unwrap();

        let ended = "SELECT active || ' ' || ended_why FROM suppression";
        let ended = desk.texts(ended).await;
        assert!(ended.len() == 1 && ended[0].contains(wrong) && !ended[0].starts_with('t') && !ended[0].starts_with('1'));
        assert_eq!(desk.lead_now(&ann).await.status, "review");
        assert_eq!(desk.count("SELECT count(*) FROM consent WHERE revoked_at IS NOT NULL").await, 0);
        // Nobody is called by that alone.
        desk.advance(13 * HOUR).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 0);
        let id = desk.texts(format!("SELECT CAST(id AS TEXT) FROM lead WHERE identity = '{ann}'")).await;
        let id = encode(id[0].parse().unwrap());
        operator.act(Action::CallNow { lead: id }, "c-1").await.unwrap();
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1, "{}", desk.picture().await);
        desk.expect_faults(&["appointment.nobody-reminded"]);
        // A no after that is a record of its own.
        operator.act(Action::OptOut { who: ann.clone() }, "o-2").await.unwrap();
        assert_eq!(desk.count("SELECT count(*) FROM suppression").await, 2);
        let told = desk.texts("SELECT text FROM event WHERE kind = 'opt_out_withdrawn'").await;
        assert!(told.len() == 1 && !told[0].contains(&ann[3..]), "{told:?}");
    }

    /// The person's own no stands behind a mistaken one.
    async fn withdrawing_one_refusal_leaves_the_others(db) {
        let desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let harbour = desk.client("harbour").await;
        let ann = number(1, Scenario::Books);
        let named = format!("name,phone,email\nAnn,{ann},ann@example.com\n");
        desk.import(&harbour, "attest=All%20asked%20for%20AI%20calls%20on%20our%20form", named).await;
        let no = "name,email,do not contact\nAnn,ANN@example.com,yes\n";
        desk.import(&harbour, "", no.to_owned()).await;
        assert_eq!(desk.lead_now(&ann).await.status, "opted-out", "a mail address is hers as well");
        desk.advance(60_000).await;
        let operator = desk.operator().await;
        operator.act(Action::OptOut { who: ann.clone() }, "o-1").await.unwrap();
        let action = Action::WithdrawOptOut { who: ann.clone(), reason: "meant her neighbour".into() };
        let seen = operator.client.preview(soon(), action.clone()).await.unwrap().unwrap();
        assert!(seen.lines.iter().any(|line| line.contains("nobody is contacted")), "{seen:?}");
        operator.act(action, "w-1").await.unwrap();
        assert_eq!(desk.lead_now(&ann).await.status, "opted-out");
        desk.advance(2 * DAY).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 0);
    }

    async fn a_webhook_that_cannot_be_read_is_set_aside_by_hand(db) {
        let desk = TestDesk::start(&db).await;
        desk.client("harbour").await;
        assert_eq!(desk.webhook("/webhooks/vapi", "{\"message\": ".to_owned()).await.0, 400);
        let operator = desk.operator().await;
        let replay = Action::ReplayWebhook { webhook: encode(desk.count("SELECT id FROM webhook").await) };
        let seen = operator.client.preview(soon(), replay.clone()).await.unwrap().unwrap();
        assert!(seen.lines[0].contains("set aside"), "{seen:?}");
        operator.act(replay, "w-1").await.unwrap();
        assert_eq!(desk.texts("SELECT status FROM webhook").await, ["ignored"]);
        // One that did something keeps what it did.
        let call = hook::inbound("call-1", &number(1, Scenario::Books));
        desk.webhook("/webhooks/vapi", hook::status(&call, desk.now().0, "in-progress")).await;
        let id = desk.count("SELECT id FROM webhook WHERE status = 'applied'").await;
        let before = desk.texts("SELECT note FROM webhook WHERE status = 'applied'").await;
        operator.act(Action::ReplayWebhook { webhook: encode(id) }, "w-2").await.unwrap();
        assert_eq!(desk.texts("SELECT note FROM webhook WHERE status = 'applied'").await, before);
    }

    async fn a_lead_for_review_is_called_again_by_hand(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::TalksTooLong);
        desk.lead(&client, &ann).await;
        desk.settled().await;
        let lead = desk.lead_now(&ann).await;
        assert_eq!(lead.status, "review", "{}", desk.picture().await);
        let why = desk.why(&ann).await;
        assert!(why.summary.contains("Calling by hand opens it again"), "{}", why.summary);
        let operator = desk.operator().await;
        let id = desk.texts("SELECT CAST(id AS TEXT) FROM lead").await[0].parse().unwrap();
        let action = Action::CallNow { lead: encode(id) };
        let seen = operator.client.preview(soon(), action.clone()).await.unwrap().unwrap();
        assert!(seen.refused.is_none() && seen.lines[0].contains("opened again"), "{seen:?}");
        operator.act(action, "c-1").await.unwrap();
        desk.advance(8 * 3_600_000).await;
        desk.advance(DAY).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 2, "once the budget permits: {}", desk.picture().await);
    }

    /// What is a mobile in Britain is a number in New York without its code.
    async fn an_opt_out_without_a_countrys_code_never_silences_a_stranger(db) {
        let desk = TestDesk::with(&db, Setup::at("2025-06-14 21:00")).await;
        let harbour = desk.client("harbour").await;
        let operator = desk.operator().await;
        let typed = |who: &str| Action::OptOut { who: who.into() };
        // One country: there is only one way to read it.
        operator.act(typed("07700 900 177"), "o-1").await.unwrap();
        let elm = frontdesk_shared::client::NewClient {
            business_name: "Elm".into(),
            country: Some("US".into()),
            ..Default::default()
        };
        operator.client.create_client(soon(), elm).await.unwrap().unwrap();
        let refused = operator.act(typed("7185550142"), "o-2").await.unwrap_err();
        assert!(refused.text.contains("write the number with +"), "{refused}");
        desk.lead(&harbour, "+17185550142").await;
        operator.act(typed("7185550142"), "o-3").await.unwrap();
        let kept = desk.texts("SELECT address FROM suppression ORDER BY address").await;
        assert_eq!(kept, ["+17185550142", "+447700900177"]);
        assert_eq!(desk.lead_now("+17185550142").await.status, "opted-out");
    }

    async fn a_webhook_nobody_could_place_is_replayed_once_its_client_is_known(db) {
        let desk = TestDesk::start(&db).await;
        desk.expect_faults(&["call.unmatched"]);
        desk.client("harbour").await;
        desk.client("elm").await;
        let mut call = hook::inbound("call-1", &number(1, Scenario::Books));
        call["assistantId"] = json!("assistant-of-harbour");
        let body = hook::report(&call, desk.now().0, "customer-ended-call", &["Thank you."]);
        assert_eq!(desk.webhook("/webhooks/vapi", body).await.0, 200);
        assert_eq!(desk.texts("SELECT status FROM webhook").await, ["unmatched"]);
        let patch = json!({"settings": {"vapi": {"assistant_id": "assistant-of-harbour"}}}).to_string();
        let url = format!("{}/api/clients/harbour/config", desk.url);
        let patched = desk.http.patch(url).header("x-api-key", ADMIN).body(patch).send().await.unwrap();
        assert_eq!(patched.status().as_u16(), 200);
        let operator = desk.operator().await;
        let id: i64 = desk.count("SELECT id FROM webhook").await;
        operator.act(Action::ReplayWebhook { webhook: encode(id) }, "w-1").await.unwrap();
        assert_eq!(desk.texts("SELECT status FROM webhook").await, ["applied"]);
        assert_eq!(desk.calls().await.len(), 1);
        operator.act(Action::ReplayWebhook { webhook: encode(id) }, "w-2").await.unwrap();
        assert_eq!(desk.calls().await.len(), 1);
    }

    async fn a_live_call_is_hung_up(db) {
        // Slow enough to be caught talking.
        let desk = TestDesk::with(&db, Setup { speed: 40.0, ..Setup::default() }).await;
        let client = desk.client("harbour").await;
        let ann = number(1, Scenario::TalksTooLong);
        desk.lead(&client, &ann).await;
        let live = desk.until("somebody to be on the line", |tx, _| {
            tx.optional("SELECT id FROM call WHERE status = 'in-progress' AND control_url IS NOT NULL", &[], |r| r.get::<i64>(0))
        }).await;
        let operator = desk.operator().await;
        operator.act(Action::EndCall { call: encode(live) }, "e-1").await.unwrap();
        desk.settled().await;
        assert!(desk.calls().await[0].starts_with("ended"), "{:?}", desk.calls().await);
        let told = desk.sandbox.calls_to(&ann);
        assert_ne!(told[0].ended_reason.as_deref(), Some("exceeded-max-duration"), "{told:?}");
        let late = operator.act(Action::EndCall { call: encode(live) }, "e-2").await.unwrap_err();
        assert_eq!(late.code, "conflict");
    }

    async fn who_only_watches_changes_nothing(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        desk.lead(&client, &number(1, Scenario::NoAnswer)).await;
        desk.settled().await;
        let watcher = Operator::at(&desk.socket(), true).await;
        assert_eq!(watcher.server.role, frontdesk_shared::action::Role::Watch);
        let before = desk.rows_everywhere().await;
        let job = planned_job(&desk).await;
        let actions = [
            Action::CancelJob { job },
            Action::OptOut { who: number(1, Scenario::NoAnswer) },
            Action::PauseDialing { client: None, reason: "x".into() },
            Action::RunSchedule { name: "sweep-calls".into() },
            Action::DeactivateClient { client: "harbour".into() },
        ];
        for action in actions {
            let refused = watcher.act(action.clone(), "x-1").await.unwrap_err();
            assert_eq!(refused.code, "forbidden", "{action:?}: {refused}");
        }
        let new = frontdesk_shared::client::NewClient { business_name: "X".into(), ..Default::default() };
        assert_eq!(watcher.client.create_client(soon(), new).await.unwrap().unwrap_err().code, "forbidden");
        assert_eq!(watcher.client.create_key(soon(), None, "x".into()).await.unwrap().unwrap_err().code, "forbidden");
        assert_eq!(desk.rows_everywhere().await, before);
    }
}
