//! Google's own clients against its fake: a service account's token, and a calendar built from the
//! description of the API.

use frontdesk_sandbox::google::{CALENDAR_ID, GoogleConfig, GoogleSandbox};
use frontdesk_tests::database::run;
use frontdesk_tests::libraries::Libraries;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

fn refusal(status: u16, reason: &str) -> (Value, Value) {
    (json!(status), json!(reason))
}

fn told(answer: &Value) -> (Value, Value) {
    (answer["status"].clone(), answer["reason"].clone())
}

#[test]
fn k2_k6_k9_k12_googles_client_keeps_a_calendar_at_the_fake() {
    let Some(libraries) = Libraries::shared() else { return };
    run(async {
        let stop = CancellationToken::new();
        let _stop = stop.clone().drop_guard();
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let config = GoogleConfig { page_size: 2, ..GoogleConfig::default() };
        let google = GoogleSandbox::serve(door, config, stop).expect("the sandbox");
        let account: Value = serde_json::from_str(&google.account_json()).expect("JSON");
        // Before and after the clocks change.
        let days = ["2027-10-28", "2027-10-29", "2027-10-30", "2027-10-31", "2027-11-01"];
        let asked = json!({"account": account, "url": google.calendar_base_url(), "calendar": CALENDAR_ID, "days": days});
        let told_of = libraries.python("keep_google_calendar.py", &asked).await;
        assert_eq!(told_of["token"]["same"], true, "one token for all: {told_of:#}");
        assert!(told_of["token"]["expires"].as_f64().is_some());
        let made = &told_of["made"];
        assert_eq!((&made["id"], &made["status"]), (&json!("fdesk0"), &json!("confirmed")), "{made:#}");
        assert_eq!(made["extendedProperties"]["private"]["frontdesk"], "a");
        assert_eq!(told(&told_of["taken"]), refusal(409, "duplicate"));
        assert_eq!(told_of["full"], json!(["fdesk0", "fdesk1", "fdesk2", "fdesk3", "fdesk4"]));
        assert_eq!((&told_of["pages"], &told_of["nothing"]), (&json!(3), &json!([])));
        assert!(
            told_of["patched"]["start"]["dateTime"].as_str().is_some_and(|at| at.contains("T12:00:00")),
            "{told_of:#}"
        );
        assert_eq!(told_of["patched"]["summary"], "Zoë 1", "what is not named stays");
        let updated = &told_of["updated"];
        assert_eq!(
            (&updated["summary"], &updated["location"]),
            (&json!("Ada"), &json!("Quay Street")),
            "{updated:#}"
        );
        assert_ne!(updated["etag"], made["etag"]);
        assert_eq!(told(&told_of["stale"]), refusal(412, "conditionNotMet"));
        assert_eq!((&told_of["deleted"], told(&told_of["again"])), (&json!(""), refusal(410, "deleted")));
        assert_eq!(
            told_of["delta"],
            json!({"fdesk0": "confirmed", "fdesk1": "confirmed", "fdesk2": "cancelled"})
        );
        assert_eq!(told(&told_of["ended"]), refusal(410, "fullSyncRequired"));
        assert_eq!(told(&told_of["mixed"]), refusal(400, "invalid"));
        let busy = &told_of["busy"]["calendars"];
        let starts: Vec<&str> = busy[CALENDAR_ID]["busy"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|b| b["start"].as_str())
            .collect();
        let wanted =
            ["2027-10-28T09:00:00", "2027-10-29T11:00:00", "2027-10-31T10:00:00", "2027-11-01T10:00:00"];
        assert_eq!(starts.len(), wanted.len(), "{busy:#}");
        assert!(starts.iter().zip(wanted).all(|(start, wanted)| start.starts_with(wanted)), "{starts:?}");
        assert_eq!(busy["nobody@example.com"]["errors"][0]["reason"], "notFound");
        assert_eq!(told(&told_of["missing"]), refusal(404, "notFound"));
        assert_eq!(told(&told_of["guests"]), refusal(403, "forbiddenForServiceAccounts"));
        assert_eq!(told_of["let_in"], "invalid_grant");
        assert_eq!(google.counters().announced, 0, "nobody was mailed");
    });
}
