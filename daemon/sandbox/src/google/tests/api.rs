//! Single events, sharing, busy times.

use super::{HOUR, Rig, at, event, read, reason};
use crate::google::{Access, CALENDAR_ID};
use serde_json::{Value, json};

const ID: &str = "fd000000000000001fg0";

#[tokio::test]
async fn an_event_is_made_read_changed_and_deleted() {
    let rig = Rig::new().await;
    let start = rig.now_ms() + HOUR;
    let made = rig.insert(ID, start).await;
    assert_eq!((made["status"].as_str(), made["id"].as_str()), (Some("confirmed"), Some(ID)));
    let (_, got) = rig.events("GET", &format!("/{ID}"), Value::Null).await;
    assert_eq!(got, made);
    let later = json!({"start": at(start + HOUR), "end": at(start + 2 * HOUR)});
    let (status, patched) = rig.events("PATCH", &format!("/{ID}"), later).await;
    assert_eq!((status, patched["summary"].as_str()), (200, Some("Ada")));
    assert_ne!(patched["etag"], made["etag"]);
    assert!(patched["updated"].as_str() > made["updated"].as_str());
    assert_eq!(rig.events("DELETE", &format!("/{ID}"), Value::Null).await.0, 204);
    let (status, again) = rig.events("DELETE", &format!("/{ID}"), Value::Null).await;
    assert_eq!((status, reason(&again)), (410, "deleted"));
    let counters = rig.sandbox.counters();
    assert_eq!((counters.inserted, counters.patched, counters.deleted), (1, 1, 1));
    assert_eq!(counters.announced, 0);
}

#[tokio::test]
async fn k9_k10_a_deleted_event_is_shown_keeps_its_id_and_refuses_changes() {
    let rig = Rig::new().await;
    let start = rig.now_ms() + HOUR;
    rig.insert(ID, start).await;
    assert!(rig.sandbox.staff(CALENDAR_ID).delete(ID));
    let (status, shown) = rig.events("GET", &format!("/{ID}"), Value::Null).await;
    assert_eq!((status, shown["status"].as_str()), (200, Some("cancelled")));
    let (status, body) = rig.events("POST", "", event(ID, start)).await;
    assert_eq!((status, reason(&body)), (409, "duplicate"));
    let times = json!({"start": at(start), "end": at(start + HOUR)});
    assert_eq!(rig.events("PATCH", &format!("/{ID}"), times).await.0, 403);
    let revived = json!({"status": "confirmed"});
    assert_eq!(rig.events("PATCH", &format!("/{ID}"), revived).await.0, 200);
}

#[tokio::test]
async fn what_google_does_not_take() {
    let rig = Rig::new().await;
    let start = rig.now_ms() + HOUR;
    let with = |change: Value| {
        let mut body = event(ID, start);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let local = json!({"dateTime": "2027-04-02T09:00:00"});
    let cases = [
        (json!({"id": "wxyz0"}), 400, "invalid"),
        (json!({"id": "FD00000"}), 400, "invalid"),
        (json!({"id": "fd0"}), 400, "invalid"),
        (json!({"attendees": [{"email": "ann@example.com"}]}), 403, "forbiddenForServiceAccounts"),
        (json!({"end": at(start - HOUR)}), 400, "timeRangeEmpty"),
        (json!({"end": null}), 400, "invalid"),
        (json!({"start": local, "end": local}), 400, "required"),
        (json!({"start": {"date": "2027-04-02", "dateTime": "2027-04-02T09:00:00Z"}}), 400, "invalid"),
    ];
    for (change, status, why) in cases {
        let (got, body) = rig.events("POST", "", with(change.clone())).await;
        assert_eq!((got, reason(&body)), (status, why), "{change}");
    }
    assert!(rig.sandbox.events(CALENDAR_ID).is_empty());
}

#[tokio::test]
async fn a_whole_day_becomes_a_time_only_when_the_date_is_taken_away() {
    let rig = Rig::new().await;
    let start = rig.now_ms() + HOUR;
    rig.insert(ID, start).await;
    assert!(rig.sandbox.staff(CALENDAR_ID).make_whole_day(ID, "2027-04-02", "2027-04-03"));
    let merged = json!({"start": at(start), "end": at(start + HOUR)});
    assert_eq!(rig.events("PATCH", &format!("/{ID}"), merged).await.0, 400);
    let mut replaced = json!({"start": at(start), "end": at(start + HOUR)});
    replaced["start"]["date"] = Value::Null;
    replaced["end"]["date"] = Value::Null;
    assert_eq!(rig.events("PATCH", &format!("/{ID}"), replaced).await.0, 200);
}

#[tokio::test]
async fn an_older_version_is_not_changed() {
    let rig = Rig::new().await;
    let start = rig.now_ms() + HOUR;
    let made = rig.insert(ID, start).await;
    assert!(rig.sandbox.staff(CALENDAR_ID).change(ID, json!({"summary": "Ann"})));
    let path = format!("/calendars/{CALENDAR_ID}/events/{ID}");
    let patch = rig.request("PATCH", &path).header("if-match", made["etag"].as_str().unwrap());
    let (status, body) = read(patch.json(&json!({"summary": "x"})).send().await.unwrap()).await;
    assert_eq!((status, reason(&body)), (412, "conditionNotMet"));
}

#[tokio::test]
async fn k4_a_calendar_that_is_no_longer_shared_looks_as_if_it_were_not_there() {
    let rig = Rig::new().await;
    rig.insert(ID, rig.now_ms() + HOUR).await;
    for (access, list, write) in
        [(Access::None, 404, 404), (Access::FreeBusy, 403, 403), (Access::Read, 200, 403)]
    {
        assert!(rig.sandbox.set_access(CALENDAR_ID, access));
        assert_eq!(rig.events("GET", "", Value::Null).await.0, list, "{access:?}");
        assert_eq!(rig.events("DELETE", &format!("/{ID}"), Value::Null).await.0, write, "{access:?}");
    }
    assert_eq!(rig.sandbox.events(CALENDAR_ID).len(), 1);
}

#[tokio::test]
async fn k1_k3_busy_times_are_merged_and_errors_come_inside_a_200() {
    let rig = Rig::new().await;
    let start = rig.now_ms() + HOUR;
    let staff = rig.sandbox.staff(CALENDAR_ID);
    staff.block("a", start, start + HOUR).unwrap();
    staff.block("b", start + HOUR / 2, start + 2 * HOUR).unwrap();
    let gone = staff.block("c", start + 4 * HOUR, start + 5 * HOUR).unwrap();
    assert!(staff.delete(&gone));
    staff.whole_day("bank holiday", "2020-01-01", "2090-01-01").unwrap();
    let body = json!({"timeMin": crate::clock::iso(start), "timeMax": crate::clock::iso(start + 24 * HOUR),
        "items": [{"id": CALENDAR_ID}, {"id": "unknown@example.com"}]});
    let (status, told) = read(rig.request("POST", "/freeBusy").json(&body).send().await.unwrap()).await;
    assert_eq!(status, 200);
    let busy = json!([{"start": crate::clock::iso(start), "end": crate::clock::iso(start + 2 * HOUR)}]);
    assert_eq!(told["calendars"][CALENDAR_ID], json!({"busy": busy}));
    assert_eq!(told["calendars"]["unknown@example.com"]["errors"][0]["reason"], "notFound");
}
