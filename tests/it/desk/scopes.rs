//! One failure stops only itself: what the provider refuses holds the client, the assistant or the
//! number it is about, one bad number ends one lead, and only the account's own trouble stops all.

use frontdesk_daemon::watch::health;
use frontdesk_sandbox::vapi::{Faults, PHONE_NUMBER_ID, Refuse, RefuseCalls, Scenario};
use frontdesk_shared::CallId;
use frontdesk_shared::action::Action;
use frontdesk_shared::explain::Answer;
use frontdesk_shared::health::{HealthPart, HealthState};
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};
use frontdesk_tests::console::soon;
use frontdesk_tests::desk::{ADMIN, Setup, TestClient, answered, number};
use frontdesk_tests::{TestDesk, fixtures, on_both_engines};
use serde_json::{Value, json};

const WRONG: &str = "0b8f2a52-63f1-4f0e-9a1e-5d8f4b1c2a77";
const OWN: &str = "5d0f3c1a-7a52-4a8e-8a43-0f6d2c9b1e11";
const DAILY: &str = "Couldn't Start Call. Numbers Bought On Vapi Have A Daily Outbound Call Limit.";

fn refusing(naming: &str, status: u16, message: &str) -> Faults {
    let refuse = RefuseCalls { naming: naming.into(), status, message: message.into() };
    Faults { refuse_calls: vec![refuse], ..Faults::default() }
}

async fn configure(desk: &TestDesk, client: &TestClient, patch: Value) {
    let url = format!("{}/api/clients/{}/config", desk.url, client.key);
    let request = desk.http.patch(url).header("x-api-key", ADMIN).body(patch.to_string());
    let (status, told) = answered(request).await;
    assert_eq!(status, 200, "{told}");
}

async fn with_own(desk: &TestDesk, client: &TestClient, name: &str, id: &str) {
    configure(desk, client, json!({ "settings": { "vapi": { name: id } } })).await;
}

async fn part(desk: &TestDesk, name: &str) -> Option<HealthPart> {
    health::report(&desk.app).await.parts.into_iter().find(|part| part.name == name)
}

/// The steps of why nothing, or not more, is dialing.
async fn idle(desk: &TestDesk) -> String {
    let operator = desk.operator().await;
    let told = operator.client.why_idle(soon(), None).await.unwrap().unwrap();
    let steps: Vec<String> = told.steps.iter().map(|s| format!("{} | {}", s.label, s.remedy)).collect();
    format!("{}\n{}", told.summary, steps.join("\n"))
}

fn called(desk: &TestDesk, number: &str) -> usize {
    desk.sandbox.calls_to(number).len()
}

async fn faults(desk: &TestDesk) -> Vec<String> {
    desk.texts("SELECT f.kind || ' ' || COALESCE(c.key, 'house') FROM fault f LEFT JOIN client c ON c.id = f.client_id ORDER BY 1").await
}

on_both_engines! {
    async fn one_clients_wrong_assistant_stops_that_client_alone(db) {
        let refusal = format!("Couldn't Get Assistant. `assistantId` {WRONG} Does Not Exist.");
        let desk = TestDesk::with(&db, Setup::with(refusing(WRONG, 400, &refusal))).await;
        desk.expect_faults(&["vapi.set-up"]);
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        with_own(&desk, &elm, "assistant_id", WRONG).await;
        let waiting: Vec<String> = (0..3).map(|n| number(n, Scenario::Declines)).collect();
        for person in &waiting {
            desk.lead(&elm, person).await;
        }
        let ann = number(5, Scenario::Declines);
        desk.lead(&harbour, &ann).await;
        desk.settled().await;
        assert_eq!(called(&desk, &ann), 1, "{}", desk.picture().await);
        for person in &waiting {
            assert_eq!(called(&desk, person), 0);
            assert_eq!(desk.lead_now(person).await.status, "queued");
        }
        assert!(desk.sandbox.counters().refused <= 3);
        assert_eq!(faults(&desk).await, ["vapi.set-up elm"], "one cause is one group");
        // Everybody who asks is told.
        let why = desk.why(&waiting[0]).await;
        assert_eq!((why.now.answer, why.now.rule.as_str()), (Answer::NotYet, "provider"), "{:?}", why.now);
        assert!(why.now.reason.contains(WRONG) && why.now.reason.contains("Remedy: correct this assistant"), "{}", why.now.reason);
        assert!(why.summary.contains("Does Not Exist"), "{}", why.summary);
        assert_ne!(desk.why(&ann).await.now.rule, "provider");
        let told = idle(&desk).await;
        assert!(told.contains(&format!("calls with assistant {WRONG} (client elm only) wait")), "{told}");
        assert!(told.contains("a change of settings"), "{told}");
        let told = part(&desk, "vapi hold").await.expect("a hold is told");
        assert_eq!(told.state, HealthState::Degraded);
        assert!(told.detail.contains("client elm only") && told.detail.contains("Remedy"), "{}", told.detail);
        assert_eq!(part(&desk, "vapi account").await, None);
        let (_, open) = desk.get("/health", "").await;
        assert_eq!((&open["calls"]["stops"][0]["scope"], &open["calls"]["heldClients"]), (&json!("assistant"), &json!(1)), "{open}");
        assert_ne!(open["status"], "healthy");
        assert!(!open.to_string().contains("elm"), "strangers read names: {open}");
        let (_, metrics) = desk.get("/metrics", ADMIN).await;
        assert_eq!((&metrics["counts"]["frontdesk_provider_holds"], &metrics["counts"]["frontdesk_clients_held"]), (&json!(1), &json!(1)));
        // What the client has of its own is set right.
        with_own(&desk, &elm, "assistant_id", OWN).await;
        desk.settled().await;
        for person in &waiting {
            assert_eq!(called(&desk, person), 1, "{}", desk.picture().await);
        }
        assert_eq!(part(&desk, "vapi hold").await, None);
    }

    /// It is corrected at the provider: the same settings, sent again, end the hold, and so does an
    /// operator who resumes the client.
    async fn a_hold_is_lifted_by_whoever_saw_to_it(db) {
        let desk = TestDesk::with(&db, Setup::with(refusing(WRONG, 404, "Not Found"))).await;
        desk.expect_faults(&["vapi.set-up"]);
        let elm = desk.client("elm").await;
        with_own(&desk, &elm, "phone_number_id", WRONG).await;
        let (ada, ben) = (number(1, Scenario::Declines), number(2, Scenario::Declines));
        desk.lead(&elm, &ada).await;
        desk.settled().await;
        assert_eq!(faults(&desk).await, ["vapi.set-up elm"]);
        desk.sandbox.set_faults(Faults::default()).unwrap();
        desk.advance(MINUTE).await;
        assert_eq!(called(&desk, &ada), 0, "it is not tried while it is held");
        with_own(&desk, &elm, "phone_number_id", WRONG).await;
        desk.settled().await;
        assert_eq!(called(&desk, &ada), 1, "{}", desk.picture().await);
        desk.sandbox.set_faults(refusing(WRONG, 400, "`phoneNumberId` is broken")).unwrap();
        desk.lead(&elm, &ben).await;
        desk.settled().await;
        desk.sandbox.set_faults(Faults::default()).unwrap();
        assert_eq!(called(&desk, &ben), 0);
        let operator = desk.operator().await;
        let resume = Action::ResumeDialing { client: Some("elm".into()) };
        let shown = operator.client.preview(soon(), resume.clone()).await.unwrap().unwrap();
        assert!(shown.refused.is_none() && shown.lines.iter().any(|l| l.starts_with("This ends: ")), "{shown:?}");
        operator.act(resume.clone(), "r-1").await.unwrap();
        desk.settled().await;
        assert_eq!(called(&desk, &ben), 1, "{}", desk.picture().await);
        assert!(operator.act(resume, "r-2").await.is_err(), "there is nothing to resume");
        // A hold also ends by itself.
        let cat = number(3, Scenario::Declines);
        desk.sandbox.set_faults(refusing(WRONG, 400, "`phoneNumberId` is broken")).unwrap();
        desk.lead(&elm, &cat).await;
        desk.settled().await;
        desk.sandbox.set_faults(Faults::default()).unwrap();
        desk.advance(16 * MINUTE).await;
        assert_eq!(called(&desk, &cat), 1, "{}", desk.picture().await);
    }

    async fn the_installations_assistant_stops_those_who_use_it(db) {
        let desk = TestDesk::with(&db, Setup::with(refusing(frontdesk_sandbox::vapi::ASSISTANT_ID, 400, "`assistantId` Does Not Exist"))).await;
        desk.expect_faults(&["vapi.set-up"]);
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        with_own(&desk, &elm, "assistant_id", OWN).await;
        let (ann, ben) = (number(1, Scenario::Declines), number(2, Scenario::Declines));
        desk.lead(&harbour, &ann).await;
        desk.lead(&elm, &ben).await;
        desk.settled().await;
        assert_eq!((called(&desk, &ann), called(&desk, &ben)), (0, 1), "{}", desk.picture().await);
        assert_eq!(faults(&desk).await, ["vapi.set-up house"]);
    }

    async fn a_refused_key_stops_everybody_until_somebody_resumes(db) {
        let refuse = Some(Refuse { status: 401, count: 1_000, retry_after_s: 1 });
        let desk = TestDesk::with(&db, Setup::with(Faults { refuse, ..Faults::default() })).await;
        desk.expect_faults(&["vapi.set-up"]);
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        with_own(&desk, &elm, "assistant_id", OWN).await;
        let (ann, ben) = (number(1, Scenario::Declines), number(2, Scenario::Declines));
        desk.lead(&harbour, &ann).await;
        desk.settled().await;
        let asked = desk.sandbox.counters().refused;
        desk.lead(&elm, &ben).await;
        desk.advance(MINUTE).await;
        assert_eq!(desk.sandbox.counters().refused, asked, "nobody asks while the account is held");
        assert_eq!(faults(&desk).await, ["vapi.set-up house"]);
        let told = part(&desk, "vapi account").await.expect("the account is told");
        assert_eq!(told.state, HealthState::Down);
        assert!(told.detail.contains("the key"), "{}", told.detail);
        assert!(idle(&desk).await.contains("because calls of all clients wait"), "{}", idle(&desk).await);
        assert_eq!(desk.why(&ben).await.now.rule, "provider");
        desk.sandbox.set_faults(Faults::default()).unwrap();
        desk.operator().await.act(Action::ResumeDialing { client: None }, "r-1").await.unwrap();
        desk.settled().await;
        assert_eq!((called(&desk, &ann), called(&desk, &ben)), (1, 1), "{}", desk.picture().await);
    }

    async fn a_number_the_carrier_refuses_ends_one_lead(db) {
        let desk = TestDesk::with(&db, Setup::with(Faults { drop: 1.0, ..Faults::default() })).await;
        let client = desk.client("harbour").await;
        let ada = number(7, Scenario::Books);
        desk.sandbox.force(&ada, Some(Scenario::NoAnswer));
        desk.lead(&client, &ada).await;
        desk.settled().await;
        let attempt = CallId(desk.count("SELECT id FROM call").await).to_string();
        let id = desk.texts("SELECT provider_call_id FROM call").await.remove(0);
        let mut case = fixtures::json("cases/voice/get_transport_bad_number.json");
        case["message"]["call"]["id"] = json!(id);
        let case = case.to_string().replace("0e01pqq0r3nez", &attempt);
        assert_eq!(case.matches(&attempt).count(), 5, "{case}");
        let reason = "call.start.error-get-transport";
        let status = json!({ "message": { "type": "status-update", "status": "ended", "endedReason": reason, "timestamp": 1,
            "call": serde_json::from_str::<Value>(&case).unwrap()["message"]["call"] } });
        // The reason alone does not tell whose fault it is.
        assert_eq!(desk.webhook("/webhooks/vapi", status.to_string()).await.0, 200);
        desk.settled().await;
        assert_eq!(desk.lead_now(&ada).await.status, "calling");
        assert_eq!(desk.webhook("/webhooks/vapi", case).await.0, 200);
        desk.settled().await;
        assert_eq!(desk.lead_now(&ada).await.status, "bad-number", "{}", desk.picture().await);
        assert_eq!(desk.calls().await, ["ended bad-number"]);
        let why = desk.texts("SELECT why FROM call").await.remove(0);
        assert_eq!(why, "Twilio: The phone number you are attempting to call, [number], is not valid.");
        let story = desk.why(&ada).await.story;
        assert!(story.iter().any(|(_, line)| line.contains("Twilio: The phone number")), "{story:?}");
        assert!(!format!("{story:?}").contains("7700900701"));
        // Nobody else is concerned.
        desk.sandbox.set_faults(Faults::default()).unwrap();
        let ben = number(2, Scenario::Declines);
        desk.lead(&client, &ben).await;
        desk.settled().await;
        assert_eq!(called(&desk, &ben), 1, "{}", desk.picture().await);
        assert_eq!(faults(&desk).await, Vec::<String>::new());
        assert_eq!(part(&desk, "vapi hold").await, None);
    }

    async fn a_number_that_is_refused_at_once_ends_one_lead(db) {
        let ada = number(1, Scenario::Declines);
        let said = format!("Couldn't Create Twilio Call. Twilio Error: The phone number you are attempting to call, {ada}, is not valid.");
        let desk = TestDesk::with(&db, Setup::with(refusing(&ada, 400, &said))).await;
        desk.expect_faults(&["vapi.number-refused"]);
        desk.expect_jobs(&["dead"]);
        let client = desk.client("harbour").await;
        let ben = number(2, Scenario::Declines);
        desk.lead(&client, &ada).await;
        desk.lead(&client, &ben).await;
        desk.settled().await;
        assert_eq!(desk.lead_now(&ada).await.status, "bad-number");
        assert_eq!(called(&desk, &ben), 1, "{}", desk.picture().await);
        let why = desk.texts("SELECT why FROM call WHERE status = 'refused'").await.remove(0);
        assert!(why.contains("Twilio: The phone number you are attempting to call, [number], is not valid."), "{why}");
    }

    async fn the_daily_cap_of_a_number_stops_those_who_call_from_it(db) {
        let desk = TestDesk::with(&db, Setup::with(refusing(PHONE_NUMBER_ID, 400, DAILY))).await;
        desk.expect_faults(&["vapi.daily-limit"]);
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        with_own(&desk, &elm, "phone_number_id", OWN).await;
        let (ann, ben) = (number(1, Scenario::Declines), number(2, Scenario::Declines));
        desk.lead(&harbour, &ann).await;
        desk.lead(&elm, &ben).await;
        desk.settled().await;
        assert_eq!((called(&desk, &ann), called(&desk, &ben)), (0, 1), "{}", desk.picture().await);
        assert_eq!(faults(&desk).await, ["vapi.daily-limit house"]);
        let why = desk.why(&ann).await;
        let until = why.now.next_at.expect("an end").0;
        assert_eq!((until % DAY, why.now.rule.as_str()), (0, "provider"));
        desk.sandbox.set_faults(Faults::default()).unwrap();
        desk.advance(12 * HOUR).await;
        assert_eq!(called(&desk, &ann), 0, "the day is not over");
        desk.advance(12 * HOUR).await;
        assert_eq!(called(&desk, &ann), 1, "{}", desk.picture().await);
    }

    async fn a_clients_wrong_variables_stop_its_leads_and_then_its_breaker(db) {
        let wrong = "assistantOverrides.variableValues.business_name must be shorter";
        let desk = TestDesk::with(&db, Setup::with(refusing("Practice elm", 400, wrong))).await;
        desk.expect_faults(&["vapi.request-refused", "provider.breaker"]);
        desk.expect_jobs(&["dead"]);
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let people: Vec<String> = (0..7).map(|n| number(n, Scenario::Declines)).collect();
        for person in &people {
            desk.lead(&elm, person).await;
            desk.settled().await;
        }
        let lead = desk.lead_now(&people[0]).await;
        assert_eq!((lead.status.as_str(), lead.hold.as_str()), ("held", "provider"));
        assert!(desk.why(&people[0]).await.summary.contains("business_name must be shorter"));
        assert_eq!(desk.sandbox.counters().refused, 5, "the rest waits: {}", desk.picture().await);
        let ann = number(8, Scenario::Declines);
        desk.lead(&harbour, &ann).await;
        desk.settled().await;
        assert_eq!(called(&desk, &ann), 1, "{}", desk.picture().await);
        assert_eq!(faults(&desk).await, ["provider.breaker elm", "vapi.request-refused elm"]);
        let told = part(&desk, "vapi breaker").await.expect("a breaker is told");
        assert_eq!(told.state, HealthState::Degraded);
        assert!(told.detail.contains("client elm"), "{}", told.detail);
        assert!(idle(&desk).await.contains("calls of client elm wait"), "{}", idle(&desk).await);
        assert_eq!(desk.why(&people[6]).await.now.rule, "provider");
        // One request tries again, and all is well.
        desk.sandbox.set_faults(Faults::default()).unwrap();
        for _ in 0..3 {
            desk.advance(31 * SECOND).await;
        }
        assert_eq!(called(&desk, &people[6]), 1, "{}", desk.picture().await);
        assert_eq!(part(&desk, "vapi breaker").await, None);
    }

    async fn the_providers_own_failures_open_the_breaker_of_all(db) {
        let refuse = Some(Refuse { status: 429, count: 1_000, retry_after_s: 1 });
        let desk = TestDesk::with(&db, Setup::with(Faults { refuse, ..Faults::default() })).await;
        desk.expect_faults(&["provider.breaker", "vapi.busy"]);
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let people: Vec<String> = (0..6).map(|n| number(n, Scenario::Declines)).collect();
        for (nth, person) in people.iter().enumerate() {
            desk.lead(if nth % 2 == 0 { &harbour } else { &elm }, person).await;
        }
        desk.settled().await;
        for _ in 0..20 {
            if part(&desk, "vapi breaker").await.is_some() {
                break;
            }
            desk.advance(2 * SECOND).await;
        }
        let told = part(&desk, "vapi breaker").await.expect("it opens");
        assert_eq!(told.state, HealthState::Down);
        assert!(told.detail.contains("calls of all clients wait"), "{}", told.detail);
        assert!(idle(&desk).await.contains("calls of all clients wait"), "{}", idle(&desk).await);
        assert!(faults(&desk).await.contains(&"provider.breaker house".to_owned()));
        let (_, metrics) = desk.get("/metrics", ADMIN).await;
        assert_eq!(metrics["counts"]["frontdesk_provider_breakers_open"], 1);
        for person in &people {
            assert_eq!(desk.why(person).await.now.rule, "provider");
        }
        desk.sandbox.set_faults(Faults::default()).unwrap();
        for _ in 0..20 {
            desk.advance(30 * SECOND).await;
        }
        for person in &people {
            assert_eq!(called(&desk, person), 1, "{}", desk.picture().await);
        }
        assert_eq!(part(&desk, "vapi breaker").await, None);
    }
}
