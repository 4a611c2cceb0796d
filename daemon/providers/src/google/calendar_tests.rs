//! The client against a small server on loopback: every answer, and what was asked for.

use super::calendar::{Calendars, Settings};
use super::event::{CalendarRef, NewEvent, Span};
use super::listing::{Channel, Deleted, FreeBusy, Inserted, Listed, Patched, Since};
use super::testing::{Asked, Seen, account, respond, server};
use super::token::Tokens;
use crate::http::Policy;
use crate::outcome::{RefusalClass, Sent};
use axum::response::Response;
use frontdesk_shared::Millis;
use jiff::tz::TimeZone;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const EVENT: &str = "fd000000000000001fg0";

fn calendar() -> CalendarRef {
    let zone = TimeZone::get("Europe/London").unwrap();
    CalendarRef { id: "desk@group.calendar.google.com".into(), zone }
}

fn span() -> Span {
    let start = Millis::from_iso("2027-04-02T08:00:00Z").unwrap();
    Span { start, end: start + 1_800_000 }
}

fn event(id: &str) -> String {
    json!({"id": id, "status": "confirmed", "etag": "\"2\"",
        "start": {"dateTime": "2027-04-02T09:00:00+01:00"}, "end": {"dateTime": "2027-04-02T09:30:00+01:00"},
        "extendedProperties": {"private": {"frontdesk": "00000000000zz"}}})
    .to_string()
}

fn new_event() -> NewEvent {
    NewEvent {
        id: EVENT.into(),
        mark: "00000000000zz".into(),
        title: "Ada".into(),
        description: None,
        location: None,
        span: span(),
        zone: calendar().zone,
    }
}

/// A client whose API answers as told; tokens are counted up. Requests for tokens are not in
/// what was seen.
async fn rig(answer: impl Fn(&Asked, usize) -> Response + Send + Sync + 'static) -> (Calendars, Seen) {
    let (token_url, _) = server(|_, n| {
        respond(200, format!(r#"{{"access_token":"t{n}","expires_in":3599,"token_type":"Bearer"}}"#))
    })
    .await;
    let (url, seen) = server(answer).await;
    (client(&url, &token_url), seen)
}

fn client(url: &str, token_url: &str) -> Calendars {
    let policy = Policy { connect: Duration::from_millis(500), total: Duration::from_secs(2) };
    let now = Arc::new(|| Millis(1_795_222_800_000));
    let tokens = Tokens::new(account(token_url), &[super::SCOPE_EVENTS], policy, now).unwrap();
    let base_url = format!("{url}/calendar/v3");
    Calendars::new(&Settings { base_url, policy }, tokens).unwrap()
}

fn error(status: u16, reason: &str) -> Response {
    let item = json!({"domain": "global", "reason": reason});
    respond(status, json!({"error": {"code": status, "message": "m", "errors": [item]}}).to_string())
}

fn class<T: std::fmt::Debug>(sent: &Sent<T>) -> RefusalClass {
    match sent {
        Sent::Refused(refusal) => refusal.class,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_event_is_inserted_quietly_under_our_id() {
    let (client, seen) = rig(|_, _| respond(200, event(EVENT))).await;
    let Sent::Done(Inserted::Made(made)) = client.insert(&calendar(), &new_event()).await else { panic!() };
    assert_eq!((made.id.as_str(), made.mark.as_deref()), (EVENT, Some("00000000000zz")));
    assert_eq!(made.span, Some(span()));
    let asked = seen.lock().unwrap()[0].clone();
    let target =
        "POST /calendar/v3/calendars/desk@group.calendar.google.com/events?sendUpdates=none".to_owned();
    assert_eq!((asked.target.replace("%40", "@"), asked.authorization.as_str()), (target, "Bearer t0"));
    assert_eq!(asked.json()["id"], EVENT);
    assert_eq!(asked.json()["attendees"], json!(null));
}

#[tokio::test]
async fn k11_a_taken_id_is_looked_up() {
    let deleted = json!({"id": EVENT, "status": "cancelled"}).to_string();
    let cases = [(200, event(EVENT), Some(false)), (200, deleted, Some(true)), (404, String::new(), None)];
    for (status, body, cancelled) in cases {
        let answer = move |_: &Asked, n| {
            if n == 0 { error(409, "duplicate") } else { respond(status, body.clone()) }
        };
        let (client, seen) = rig(answer).await;
        let Sent::Done(Inserted::Taken(found)) = client.insert(&calendar(), &new_event()).await else {
            panic!()
        };
        assert_eq!(found.map(|event| event.cancelled), cancelled);
        assert!(seen.lock().unwrap()[1].target.ends_with(&format!("/events/{EVENT}")));
    }
    let lost = |_: &Asked, n| if n == 0 { error(409, "duplicate") } else { respond(503, "") };
    let (client, _) = rig(lost).await;
    assert!(matches!(client.insert(&calendar(), &new_event()).await, Sent::Unknown(_)));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let (client, seen) = rig(|asked, _| match asked.authorization.as_str() {
        "Bearer t0" => error(401, "authError"),
        _ => respond(200, event(EVENT)),
    })
    .await;
    assert!(matches!(client.get(&calendar(), EVENT).await, Sent::Done(_)));
    assert_eq!(seen.lock().unwrap().len(), 2);
    let (client, seen) = rig(|_, _| error(401, "authError")).await;
    assert_eq!(class(&client.get(&calendar(), EVENT).await), RefusalClass::Access);
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn k24_without_a_token_nothing_is_asked() {
    let skew = r#"{"error":"invalid_grant","error_description":"Token must be in a reasonable timeframe"}"#;
    let (token_url, _) = server(move |_, _| respond(400, skew)).await;
    let (url, seen) = server(|_, _| respond(200, event(EVENT))).await;
    let sent = client(&url, &token_url).insert(&calendar(), &new_event()).await;
    assert_eq!(class(&sent), RefusalClass::Clock);
    let (token_url, _) = server(|_, _| respond(503, "")).await;
    let sent = client(&url, &token_url).insert(&calendar(), &new_event()).await;
    assert!(sent.is_safe_to_resend(), "{sent:?}");
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn k6_a_list_is_read_to_its_last_page_with_the_same_parameters() {
    let (client, seen) = rig(|_, n| {
        let mut page =
            json!({"timeZone": "Europe/London", "items": [{"id": format!("e{n}"), "status": "cancelled"}]});
        let (name, token) =
            if n < 2 { ("nextPageToken", format!("p{n}")) } else { ("nextSyncToken", "s".into()) };
        page[name] = token.into();
        respond(200, page.to_string())
    })
    .await;
    let since = Since::Start(span().start);
    let Sent::Done(Listed::Read(page)) = client.list(&calendar(), &since).await else { panic!() };
    assert_eq!(page.events.iter().map(|e| e.id.as_str()).collect::<Vec<_>>(), ["e0", "e1", "e2"]);
    assert_eq!((page.next_page, page.next_token.as_deref()), (None, Some("s")));
    let targets: Vec<String> = seen.lock().unwrap().iter().map(|a| a.target.clone()).collect();
    for target in &targets {
        for part in ["singleEvents=true", "showDeleted=true", "timeMin=2027-04-02T08%3A00%3A00.000Z"] {
            assert!(target.contains(part), "{target}");
        }
    }
    assert!(targets[2].contains("pageToken=p1") && !targets[0].contains("pageToken"));
}

#[tokio::test]
async fn k5_an_expired_token_is_no_empty_list() {
    let (client, seen) = rig(|_, _| error(410, "fullSyncRequired")).await;
    let since = Since::Token("old".into());
    assert_eq!(client.list(&calendar(), &since).await, Sent::Done(Listed::Expired));
    let target = seen.lock().unwrap()[0].target.clone();
    assert!(target.contains("syncToken=old") && !target.contains("timeMin"), "{target}");
}

#[tokio::test]
async fn k4_k13_refusals_of_a_list() {
    let since = Since::Token("s".into());
    for (status, reason, wanted) in [
        (404, "notFound", RefusalClass::NotFound),
        (403, "forbidden", RefusalClass::Access),
        (403, "quotaExceeded", RefusalClass::DailyLimit),
    ] {
        let (client, _) = rig(move |_, _| error(status, reason)).await;
        assert_eq!(class(&client.list(&calendar(), &since).await), wanted, "{reason}");
    }
    let (client, _) = rig(|_, _| error(403, "userRateLimitExceeded")).await;
    assert_eq!(client.list(&calendar(), &since).await, Sent::Busy { retry_after_ms: None });
}

#[tokio::test]
async fn k17_only_times_are_changed_and_only_of_the_known_version() {
    let (client, seen) = rig(|_, _| respond(200, event(EVENT))).await;
    let sent = client.patch_times(&calendar(), EVENT, span(), Some("\"1\"")).await;
    assert!(matches!(sent, Sent::Done(Patched::Done(_))));
    let asked = seen.lock().unwrap()[0].clone();
    assert!(asked.target.starts_with("PATCH ") && asked.target.ends_with("?sendUpdates=none"));
    assert_eq!(asked.if_match.as_deref(), Some("\"1\""));
    assert_eq!(asked.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["end", "start"]);

    let cancelled = || respond(200, json!({"id": EVENT, "status": "cancelled"}).to_string());
    for (answer, wanted) in [
        (
            Box::new(|| error(412, "conditionNotMet")) as Box<dyn Fn() -> Response + Send + Sync>,
            Patched::Changed,
        ),
        (Box::new(|| error(410, "deleted")), Patched::Gone),
        (Box::new(cancelled), Patched::Gone),
    ] {
        let (client, _) = rig(move |_, _| answer()).await;
        assert_eq!(client.patch_times(&calendar(), EVENT, span(), None).await, Sent::Done(wanted));
    }
}

#[tokio::test]
async fn k10_a_deleted_event_that_refuses_a_change_is_no_missing_right() {
    let cancelled = json!({"id": EVENT, "status": "cancelled"}).to_string();
    for (shown, wanted) in [(cancelled, None), (event(EVENT), Some(RefusalClass::Access))] {
        let answer = move |_: &Asked, n| {
            if n == 0 { error(403, "forbidden") } else { respond(200, shown.clone()) }
        };
        let (client, _) = rig(answer).await;
        let sent = client.patch_times(&calendar(), EVENT, span(), None).await;
        match wanted {
            None => assert_eq!(sent, Sent::Done(Patched::Gone)),
            Some(wanted) => assert_eq!(class(&sent), wanted),
        }
    }
}

#[tokio::test]
async fn k9_deleting_twice_is_done() {
    for (status, wanted) in [(204, Deleted::Now), (410, Deleted::Before), (404, Deleted::NotThere)] {
        let (client, _) = rig(move |_, _| respond(status, "")).await;
        assert_eq!(client.delete(&calendar(), EVENT).await, Sent::Done(wanted));
    }
    let (client, seen) = rig(|_, _| respond(204, "")).await;
    for id in ["", " ", "..", "."] {
        assert_eq!(class(&client.delete(&calendar(), id).await), RefusalClass::NotFound);
    }
    assert!(seen.lock().unwrap().is_empty(), "no id would name all of them");
}

#[tokio::test]
async fn k1_busy_times_or_unknown() {
    let (client, seen) = rig(|_, _| {
        respond(200, r#"{"calendars":{"a":{"busy":[]},"b":{"errors":[{"reason":"notFound"}],"busy":[]}}}"#)
    })
    .await;
    let Sent::Done(found) = client.free_busy(&["a", "b"], span()).await else { panic!() };
    assert_eq!(found["a"], FreeBusy::Busy(Vec::new()));
    assert_eq!(found["b"], FreeBusy::Unknown("notFound".into()));
    assert_eq!(seen.lock().unwrap()[0].json()["items"], json!([{"id": "a"}, {"id": "b"}]));
    let many = ["a"; 51];
    assert_eq!(class(&client.free_busy(&many, span()).await), RefusalClass::Invalid);
}

#[tokio::test]
async fn k8_a_channel_is_opened_and_stopped() {
    let (client, seen) = rig(|asked, _| match asked.target.as_str() {
        "POST /calendar/v3/channels/stop" => error(404, "channelIdNotFound"),
        _ => respond(200, r#"{"id":"ch","resourceId":"r","expiration":"1795222860000"}"#),
    })
    .await;
    let address = "https://desk.example/hooks".parse().unwrap();
    let token = "secret".to_owned().into();
    let sent = client.watch(&calendar(), "ch", &address, &token, Millis(1_795_222_860_000)).await;
    let channel =
        Channel { id: "ch".into(), resource_id: "r".into(), expires: Some(Millis(1_795_222_860_000)) };
    assert_eq!(sent, Sent::Done(channel.clone()));
    assert_eq!(client.stop(&channel).await, Sent::Done(()));
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].json()["expiration"], "1795222860000");
    assert_eq!(seen[1].json(), json!({"id": "ch", "resourceId": "r"}));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_unknown() {
    let (client, _) = rig(|_, _| respond(502, "<html>")).await;
    assert!(matches!(client.insert(&calendar(), &new_event()).await, Sent::Unknown(_)));
    let (client, _) = rig(|_, _| respond(200, "{}")).await;
    assert!(matches!(client.insert(&calendar(), &new_event()).await, Sent::Unknown(_)));
}
