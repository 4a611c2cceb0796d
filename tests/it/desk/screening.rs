//! Do-not-call lists: who is on one is not called without consent, a list that is missing or too old
//! holds, and one that comes lets go of those who are not on it.

use frontdesk_daemon::watch::health;
use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::health::HealthState;
use frontdesk_shared::time::DAY;
use frontdesk_tests::desk::{ADMIN, Setup, TestClient, answered, number};
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::Value;

/// A desk where people in Britain may be called without consent, if no list forbids it.
fn unasked() -> Setup {
    Setup {
        config: Box::new(|config| {
            config.profiles = serde_json::json!({ "GB": { "consent_required": false } });
        }),
        // A Thursday.
        ..Setup::at("2025-06-12 10:00")
    }
}

async fn brings(desk: &TestDesk, query: &str, body: String) -> (u16, Value) {
    let url = format!("{}/api/screening?list=TPS/CTPS&{query}", desk.url);
    let told = answered(desk.http.put(url).header("x-api-key", ADMIN).body(body)).await;
    desk.settled().await;
    told
}

async fn without_consent(desk: &TestDesk, client: &TestClient, numbers: &[&str]) -> Value {
    let rows: Vec<String> = numbers.iter().map(|number| format!("Ada,{number}\n")).collect();
    let answer = desk.import(client, "", format!("name,phone\n{}", rows.concat())).await;
    desk.settled().await;
    answer
}

async fn states(desk: &TestDesk, numbers: &[&str]) -> Vec<String> {
    let mut states = Vec::new();
    for number in numbers {
        let lead = desk.lead_now(number).await;
        states.push(format!("{} {}", lead.status, lead.hold));
    }
    states
}

async fn health(desk: &TestDesk) -> Option<(HealthState, String)> {
    let parts = health::report(&desk.app).await.parts;
    parts.into_iter().find(|p| p.name == "do-not-call list").map(|p| (p.state, p.detail))
}

on_both_engines! {
    async fn without_a_list_nobody_is_called_without_consent_and_one_that_comes_lets_go(db) {
        let desk = TestDesk::with(&db, unasked()).await;
        let harbour = desk.client("harbour").await;
        let (ada, ben) = (number(1, Scenario::Declines), number(2, Scenario::Declines));
        let answer = without_consent(&desk, &harbour, &[&ada, &ben]).await;
        assert_eq!(answer["held"], 2, "{answer}");
        assert_eq!(states(&desk, &[&ada, &ben]).await, ["held screening", "held screening"]);
        assert!(matches!(health(&desk).await, Some((HealthState::Degraded, _))), "{:?}", health(&desk).await);
        // Spelled as the regulator does, without a leading zero.
        let (status, told) = brings(&desk, "as_of=2025-06-01&whole=true", format!("{}\n", &ben[3..])).await;
        assert_eq!((status, &told["listed"]), (200, &1.into()), "{told}");
        assert_eq!(states(&desk, &[&ada, &ben]).await, ["not-interested ", "held screening"]);
        assert_eq!((desk.sandbox.calls_to(&ada).len(), desk.sandbox.calls_to(&ben).len()), (1, 0));
        let held = desk.texts("SELECT hold_reason FROM lead WHERE status = 'held'").await.concat();
        assert!(held.contains("on TPS/CTPS as of 2025-06-01"), "{held}");
        assert!(matches!(health(&desk).await, Some((HealthState::Healthy, _))));
        // Whoever comes later is judged by it at once, also in a dry run; consent overrides it.
        let cleo = number(3, Scenario::Declines);
        let csv = format!("name,phone\nCleo,{cleo}\n");
        let dry = desk.import(&harbour, "dry_run=true", csv).await;
        assert_eq!(dry["accepted"], 1, "{dry}");
        assert_eq!(without_consent(&desk, &harbour, &[&cleo]).await["accepted"], 1);
        let csv = format!("name,phone,consent channels,consent text\nBen,{ben},ai_voice,Call me\n");
        desk.import(&harbour, "", csv).await;
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ben).len(), 1, "{}", desk.picture().await);
    }

    async fn a_list_that_is_too_old_holds_also_what_is_planned(db) {
        let desk = TestDesk::with(&db, unasked()).await;
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::NoAnswer);
        // 28 days are over on the 14th.
        let (status, told) = brings(&desk, "as_of=2025-05-16", format!("phone,result\n{ada},clear\n")).await;
        assert_eq!(status, 200, "{told}");
        without_consent(&desk, &harbour, &[&ada]).await;
        assert_eq!(desk.sandbox.calls_to(&ada).len(), 1, "{}", desk.picture().await);
        desk.advance(2 * DAY).await;
        assert_eq!(states(&desk, &[&ada]).await, ["held screening"]);
        let calls = desk.sandbox.calls_to(&ada).len();
        // Somebody nobody checked stays unchecked, however new the check of others is.
        let ben = number(2, Scenario::NoAnswer);
        brings(&desk, "as_of=2025-06-13", format!("{ada},clear\n")).await;
        without_consent(&desk, &harbour, &[&ben]).await;
        assert_eq!(states(&desk, &[&ben]).await, ["held screening"]);
        desk.advance(DAY).await;
        assert!(desk.sandbox.calls_to(&ada).len() > calls, "{}", desk.picture().await);
    }

    async fn a_file_that_is_not_understood_lets_nobody_through(db) {
        let desk = TestDesk::with(&db, unasked()).await;
        let harbour = desk.client("harbour").await;
        let ada = number(1, Scenario::Declines);
        without_consent(&desk, &harbour, &[&ada]).await;
        for (query, body, why) in [
            ("as_of=2025-06-01&whole=true", "02079460101\nhello 5\n", "row 2"),
            ("as_of=2025-06-01&whole=true", "+12025550123\n", "no row"),
            ("as_of=2025-06-01&whole=true", "", "no row"),
            ("as_of=2025-06-01", "02079460101\n", "no row"),
            ("as_of=2025-08-01&whole=true", "02079460101\n", "still to come"),
            ("as_of=yesterday&whole=true", "02079460101\n", "date"),
        ] {
            let (status, told) = brings(&desk, query, body.to_owned()).await;
            assert_eq!(status, 400, "{query} {body}: {told}");
            assert!(told.to_string().contains(why), "{query} {body}: {told}");
        }
        let url = format!("{}/api/screening?list=Robinson&as_of=2025-06-01", desk.url);
        let (status, told) = answered(desk.http.put(url).header("x-api-key", ADMIN).body("1")).await;
        assert_eq!(status, 400);
        assert!(told.to_string().contains("TPS/CTPS"), "{told}");
        let url = format!("{}/api/screening?list=TPS/CTPS&as_of=2025-06-01", desk.url);
        let (status, _) = answered(desk.http.put(url).header("x-api-key", &harbour.api_key).body("1")).await;
        assert_eq!(status, 403);
        assert_eq!(states(&desk, &[&ada]).await, ["held screening"]);
    }
}
