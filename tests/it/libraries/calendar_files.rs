//! Calendar files as the daemon mails them, read by Python's icalendar and by ical.js: an invitation,
//! its change and its end, of businesses in several zones around the change of their clocks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use frontdesk_shared::time::MINUTE;
use frontdesk_tests::desk::{ADMIN, Setup, TestClient};
use frontdesk_tests::libraries::Libraries;
use frontdesk_tests::post::MAIL_ADDRESS;
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A business, somebody who books there, and what is booked: local time, the instant it is, and the
/// same of where it is moved to.
struct Case {
    key: &'static str,
    business: &'static str,
    country: &'static str,
    zone: &'static str,
    address: &'static str,
    person: &'static str,
    phone: &'static str,
    note: &'static str,
    first: (&'static str, &'static str),
    then: (&'static str, &'static str),
}

const LONG: &str = "Bitte den Hintereingang benützen; die Klingel ist defekt, daher klopfen. Über den Hof, \
    dann links, an den Fahrrädern vorbei, zweite Tür, dritter Stock: „Praxis“. Größere Gepäckstücke \
    können im Flur bleiben, 日本語の案内もあります, und 🚲🚲🚲 sind willkommen.";

const CASES: [Case; 4] = [
    Case {
        key: "harbour",
        business: "Häfen & Söhne; Zahnärzte, „Mitte“ \\ Ost",
        country: "GB",
        zone: "Europe/London",
        address: "1 Quay Street, Springfield; second floor",
        person: "Zoë Ångström-Łukasiewicz",
        phone: "+447700900101",
        note: LONG,
        first: ("2025-10-24T10:00", "2025-10-24T09:00:00Z"),
        then: ("2025-10-27T10:00", "2025-10-27T10:00:00Z"),
    },
    Case {
        key: "elm",
        business: "Elm Street Dental",
        country: "US",
        zone: "America/New_York",
        address: "",
        person: "Ann \"Al\" Lee",
        phone: "+12125550123",
        note: "",
        first: ("2025-10-31T10:00", "2025-10-31T14:00:00Z"),
        then: ("2025-11-03T10:00", "2025-11-03T15:00:00Z"),
    },
    Case {
        key: "kita",
        business: "北歯科医院",
        country: "GB",
        zone: "Asia/Kathmandu",
        address: "北海道\n札幌",
        person: "山田 花子",
        phone: "+447700900102",
        note: "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十",
        first: ("2025-10-24T10:00", "2025-10-24T04:15:00Z"),
        then: ("2025-10-28T11:30", "2025-10-28T05:45:00Z"),
    },
    Case {
        key: "reef",
        business: "Reef",
        country: "GB",
        zone: "Australia/Lord_Howe",
        address: "Lagoon Road",
        person: "Ida",
        phone: "+447700900103",
        note: "line one\nline two",
        first: ("2025-10-24T10:00", "2025-10-23T23:00:00Z"),
        then: ("2025-10-28T15:30", "2025-10-28T04:30:00Z"),
    },
];

impl Case {
    fn mailbox(&self) -> String {
        format!("person@{}.example", self.key)
    }

    async fn open(&self, desk: &TestDesk) -> TestClient {
        let body = json!({
            "businessName": self.business, "key": self.key, "email": format!("owner@{}.example", self.key),
            "phone": "+442079460018", "timezone": self.zone, "country": self.country, "tier": "enterprise",
            "settings": { "messages": { "address": self.address } },
        });
        let answer = desk.post("/api/onboard-client", ADMIN, body.to_string()).await;
        assert_eq!(answer.0, 201, "{}", answer.1);
        let api_key = answer.1["api_key"].as_str().expect("a key").to_owned();
        let client = TestClient { key: self.key.to_owned(), api_key, agent_path: String::new() };
        let csv = format!(
            "name,phone,email\n\"{}\",{},{}\n",
            self.person.replace('"', "\"\""),
            self.phone,
            self.mailbox()
        );
        desk.import(&client, "", csv).await;
        client
    }

    async fn act(&self, desk: &TestDesk, client: &TestClient, path: &str, body: Value) -> Value {
        let path = format!("/api/appointments/{}{path}", self.key);
        let answer = desk.post(&path, &client.api_key, body.to_string()).await;
        assert!(matches!(answer.0, 200 | 201), "{}: {}", self.key, answer.1);
        desk.settled().await;
        answer.1["appointment"]["id"].clone()
    }
}

fn instant(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond()
}

fn raw(desk: &TestDesk, address: &str) -> Vec<String> {
    let room = &desk.post.as_ref().expect("messages are on").mails.room;
    room.messages_to(address).iter().map(|mail| STANDARD.encode(&mail.raw)).collect()
}

/// What both readers must find in the nth mail of a case.
fn expect(case: &Case, nth: usize, mail: &Value, script: &Value) {
    let (method, status) = if nth == 2 { ("CANCEL", "CANCELLED") } else { ("REQUEST", "CONFIRMED") };
    let start = instant(if nth == 0 { case.first.1 } else { case.then.1 });
    for read in [mail, script] {
        let what = format!("{} {nth}: {read:#}", case.key);
        assert_eq!((&read["method"], &read["status"]), (&json!(method), &json!(status)), "{what}");
        assert_eq!(read["sequence"], nth, "{what}");
        assert_eq!((&read["start"], &read["end"]), (&json!(start), &json!(start + 30 * MINUTE)), "{what}");
        assert_eq!(read["summary"], format!("Appointment with {}", case.business), "{what}");
        assert_eq!(read["location"], case.address, "{what}");
        assert_eq!(read["description"], case.note, "{what}");
        assert_eq!(read["attendee"]["address"], case.mailbox(), "{what}");
        assert_eq!(read["organizer"]["address"], MAIL_ADDRESS, "{what}");
        // A quotation mark cannot stand in a parameter; the rest of a name does.
        for (who, name) in [("attendee", case.person), ("organizer", case.business)] {
            let plain = |name: &str| name.replace(['"', '\''], "");
            assert_eq!(plain(read[who]["name"].as_str().expect("a name")), plain(name), "{what}");
        }
    }
    let what = format!("{} {nth}: {mail:#}", case.key);
    assert_eq!((&mail["from"], &mail["to"]), (&json!(MAIL_ADDRESS), &json!(case.mailbox())), "{what}");
    assert_eq!(mail["part"]["method"].as_str().map(str::to_uppercase).as_deref(), Some(method), "{what}");
    assert_eq!(mail["part"]["charset"].as_str().map(str::to_lowercase).as_deref(), Some("utf-8"), "{what}");
    assert_eq!(mail["errors"], json!([]), "{what}");
    assert_eq!(mail["components"], json!(["VCALENDAR", "VEVENT"]), "no zone of its own: {what}");
    assert_eq!(mail["zone_names"], json!([null, null]), "{what}");
    assert!(mail["longest_line"].as_u64().expect("a number") <= 75, "{what}");
    assert_eq!((&mail["ends_whole"], &mail["bare_line_ends"]), (&json!(true), &json!(0)), "{what}");
    assert_eq!(script["events"], 1, "{what}");
    assert_eq!((&mail["uid"], &mail["stamp"]), (&script["uid"], &script["stamp"]), "{what}");
}

on_both_engines! {
    /// I1–I6 and the table T: what we mail is what calendars understand.
    async fn i1_i4_i6_invitation_change_and_end_are_read_alike_by_others(db) {
        let Some(libraries) = Libraries::shared() else { return };
        let desk = TestDesk::with(&db, Setup { messages: true, ..Setup::at("2025-10-20 10:00") }).await;
        let mut uids = BTreeSet::new();
        for case in &CASES {
            let client = case.open(&desk).await;
            let wish = json!({"lead": case.phone, "start": case.first.0, "note": case.note});
            let id = case.act(&desk, &client, "", wish).await;
            let id = id.as_str().expect("an id");
            desk.advance(MINUTE).await;
            case.act(&desk, &client, &format!("/{id}/reschedule"), json!({"start": case.then.0})).await;
            desk.advance(MINUTE).await;
            case.act(&desk, &client, &format!("/{id}/cancel"), json!({})).await;
            let raw = raw(&desk, &case.mailbox());
            assert_eq!(raw.len(), 3, "{} {}", case.key, desk.picture().await);
            let mails = libraries.python("read_calendar_files.py", &json!(raw)).await;
            let mails = mails.as_array().expect("a list");
            let files: Vec<&Value> = mails.iter().map(|mail| &mail["ics"]).collect();
            let scripts = libraries.node("read_calendar_files.mjs", &json!(files)).await;
            for (nth, (mail, script)) in mails.iter().zip(scripts.as_array().expect("a list")).enumerate() {
                expect(case, nth, mail, script);
            }
            let uid: BTreeSet<&str> = mails.iter().filter_map(|mail| mail["uid"].as_str()).collect();
            assert_eq!(uid.len(), 1, "one name for its whole life: {uid:?}");
            assert!(mails.windows(2).all(|pair| pair[0]["stamp"].as_i64() < pair[1]["stamp"].as_i64()));
            uids.insert(uid.into_iter().next().map(str::to_owned));
        }
        assert_eq!(uids.len(), CASES.len());
    }
}
