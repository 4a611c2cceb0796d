//! Pages and sync tokens.

use super::{HOUR, Rig, reason};
use crate::google::{CALENDAR_ID, GoogleConfig};
use serde_json::Value;

const BASE: &str = "?singleEvents=true&showDeleted=true";

/// Ids of a page's events with their status, its page token and its sync token.
async fn page(rig: &Rig, more: &str) -> (Vec<(String, String)>, Option<String>, Option<String>) {
    let (status, body) = rig.events("GET", &format!("{BASE}{more}"), Value::Null).await;
    assert_eq!(status, 200, "{body}");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let items = body["items"].as_array().unwrap().iter();
    let items = items.map(|item| (text(&item["id"]).unwrap(), text(&item["status"]).unwrap())).collect();
    (items, text(&body["nextPageToken"]), text(&body["nextSyncToken"]))
}

fn pair(id: &str, status: &str) -> (String, String) {
    (id.to_owned(), status.to_owned())
}

#[tokio::test]
async fn k6_only_the_last_page_has_a_sync_token() {
    let rig = Rig::with(GoogleConfig { page_size: 2, ..GoogleConfig::default() }).await;
    for n in 0..5 {
        rig.insert(&format!("event{n}"), rig.now_ms() + n * HOUR).await;
    }
    let (mut seen, mut at) = (Vec::new(), String::new());
    let token = loop {
        let (items, next, token) = page(&rig, &at).await;
        seen.extend(items);
        // Somebody changes what was not shown yet: it belongs to the next listing.
        if seen.len() == 2 {
            assert!(rig.sandbox.staff(CALENDAR_ID).delete("event4"));
        }
        match next {
            Some(next) => {
                assert_eq!(token, None);
                at = format!("&pageToken={next}");
            }
            None => break token.unwrap(),
        }
    };
    assert_eq!(seen.len(), 4);
    let (items, _, _) = page(&rig, &format!("&syncToken={token}")).await;
    assert_eq!(items, [pair("event4", "cancelled")]);
}

#[tokio::test]
async fn a_delta_holds_each_change_once_and_deletions_by_id() {
    let rig = Rig::new().await;
    let staff = rig.sandbox.staff(CALENDAR_ID);
    let start = rig.now_ms() + HOUR;
    rig.insert("event1", start).await;
    rig.insert("event2", start).await;
    let (_, _, token) = page(&rig, "").await;
    assert!(staff.move_to("event1", start + HOUR, start + 2 * HOUR));
    assert!(staff.move_to("event1", start + 2 * HOUR, start + 3 * HOUR));
    assert!(staff.delete("event2"));
    let more = format!("&syncToken={}", token.unwrap());
    let (items, _, next) = page(&rig, &more).await;
    assert_eq!(items, [pair("event1", "confirmed"), pair("event2", "cancelled")]);
    let (_, body) = rig.events("GET", &format!("{BASE}{more}"), Value::Null).await;
    assert_eq!(body["items"][1].get("start"), None, "of a deleted one only the id is sure");
    assert_eq!(page(&rig, &format!("&syncToken={}", next.unwrap())).await.0, []);
}

#[tokio::test]
async fn k5_an_expired_token_is_410() {
    let rig = Rig::new().await;
    let (_, _, token) = page(&rig, "").await;
    let token = token.unwrap();
    assert!(rig.sandbox.expire_sync_tokens(CALENDAR_ID));
    for token in [token.as_str(), "nonsense"] {
        let (status, body) = rig.events("GET", &format!("{BASE}&syncToken={token}"), Value::Null).await;
        assert_eq!((status, reason(&body)), (410, "fullSyncRequired"));
    }
    assert!(page(&rig, "").await.2.is_some());
}

#[tokio::test]
async fn k6_parameters_must_stay_the_same() {
    let rig = Rig::new().await;
    let (_, _, token) = page(&rig, "").await;
    let token = token.unwrap();
    let with_time = format!("{BASE}&syncToken={token}&timeMin=2027-01-01T00:00:00Z");
    assert_eq!(rig.events("GET", &with_time, Value::Null).await.0, 400);
    let others = format!("?singleEvents=true&syncToken={token}");
    assert_eq!(rig.events("GET", &others, Value::Null).await.0, 400);
}

#[tokio::test]
async fn a_first_list_begins_where_it_is_told() {
    let rig = Rig::new().await;
    let now = rig.now_ms();
    rig.insert("event1", now - 2 * HOUR).await;
    rig.insert("event2", now + HOUR).await;
    let from = format!("&timeMin={}", crate::clock::iso(now));
    assert_eq!(page(&rig, &from).await.0, [pair("event2", "confirmed")]);
    let ours = "&privateExtendedProperty=frontdesk%3Da1";
    assert_eq!(page(&rig, ours).await.0.len(), 2);
    assert_eq!(page(&rig, "&privateExtendedProperty=frontdesk%3Da2").await.0, []);
}

#[tokio::test]
async fn k18_an_instance_is_deleted_without_its_series() {
    let rig = Rig::new().await;
    let staff = rig.sandbox.staff(CALENDAR_ID);
    let ids = staff.series("lunch", rig.now_ms() + HOUR, HOUR, 24 * HOUR, 3);
    let (items, _, token) = page(&rig, "").await;
    assert_eq!(items.len(), 3);
    assert!(staff.delete(&ids[1]));
    let (items, _, _) = page(&rig, &format!("&syncToken={}", token.unwrap())).await;
    assert_eq!(items, [pair(&ids[1], "cancelled")]);
}
