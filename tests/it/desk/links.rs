//! Links in messages: opening one changes nothing, a button changes what its page showed, and
//! whoever has an old, a wrong or a foreign link is told so.

use frontdesk_domain::link::{self, APPOINTMENT, UNSUBSCRIBE};
use frontdesk_domain::message::kinds::Kind;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_shared::{AppointmentId, MessageId};
use frontdesk_store::messages::Message;
use frontdesk_store::{clients, leads, messages, meta};
use frontdesk_tests::daemon::{Launch, free_address};
use frontdesk_tests::database::run;
use frontdesk_tests::desk::{ADMIN, Setup, TestClient, answered};
use frontdesk_tests::{TestDesk, on_both_engines, samples};
use serde_json::{Value, json};

const ADA: &str = "+447700900123";
const BEN: &str = "+447700900124";
/// A Tuesday when Practice harbour has appointments; the desk's clock stands at the Monday before.
const TEN: &str = "2025-06-17T10:00:00+01:00";

/// A desk that can write texts, and holds them: what is planned stays to be counted.
async fn desk(db: &std::sync::Arc<frontdesk_tests::TestDb>) -> TestDesk {
    with(db, |_| {}).await
}

async fn with(
    db: &std::sync::Arc<frontdesk_tests::TestDb>,
    more: impl Fn(&mut frontdesk_daemon::config::Config) + Send + 'static,
) -> TestDesk {
    let setup = Setup {
        config: Box::new(move |config| {
            let mut environ = frontdesk_tests::desk::environ(&config.house.data_dir, "http://127.0.0.1:9");
            for (name, value) in [
                ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
                ("TWILIO_AUTH_TOKEN", "token-of-the-test-desk"),
                ("TWILIO_FROM_NUMBER", "+447700900999"),
                ("TWILIO_BASE_URL", "http://127.0.0.1:9"),
                ("PUBLIC_BASE_URL", "https://desk.example.com"),
            ] {
                environ.insert(name.to_owned(), value.to_owned());
            }
            let loaded = frontdesk_daemon::config::load(&environ, &frontdesk_daemon::config::Disk);
            let loaded = loaded.unwrap_or_else(|e| panic!("{e}")).config;
            config.twilio = loaded.twilio;
            config.house.public_base_url = loaded.house.public_base_url;
            more(config);
        }),
        ..Setup::default()
    };
    let desk = TestDesk::with(db, setup).await;
    desk.write(|tx| meta::set(tx, meta::DIALING_PAUSED, Some("a test looks at what is planned"))).await;
    desk
}

/// Books with a client's own key; the appointment.
async fn booked(desk: &TestDesk, client: &TestClient, lead: &str, start: &str) -> Value {
    let body = json!({ "lead": lead, "start": start }).to_string();
    let answer = desk.post(&format!("/api/appointments/{}", client.key), &client.api_key, body).await;
    assert_eq!(answer.0, 201, "{}", answer.1);
    answer.1["appointment"].clone()
}

fn id_of(appointment: &Value) -> AppointmentId {
    appointment["id"].as_str().unwrap().parse().unwrap()
}

/// Puts a message into the store as if it had been sent, and gives the path of its link.
async fn letter(desk: &TestDesk, client: &str, change: impl FnOnce(&mut Message)) -> String {
    let (id, client) = (MessageId(desk.app.ctx.env.id()), client.to_owned());
    let owner = desk.read(move |tx| clients::need(tx, &client)).await;
    let lead = desk.read(move |tx| leads::by_identity(tx, owner.id, ADA)).await;
    let mut message = Message {
        id,
        client: owner.id,
        lead: lead.map(|lead| lead.id),
        job: None,
        channel: Channel::Email,
        kind: Kind::Reminder24h.word().into(),
        address: "ada@example.com".into(),
        created_at: desk.now(),
        updated_at: desk.now(),
        ..samples::message(id.0)
    };
    change(&mut message);
    let page = if message.purpose == Purpose::Marketing { UNSUBSCRIBE } else { APPOINTMENT };
    desk.write(move |tx| messages::insert(tx, [&message])).await;
    let secret = desk.app.ctx.house.lines.link_secret.clone().unwrap();
    format!("/m/{page}/{}", link::token(&secret, page, id))
}

/// A link about an appointment, from a message of a kind that was written when it had changed so often.
async fn link_to(desk: &TestDesk, client: &str, appointment: &Value, kind: Kind, sequence: i64) -> String {
    let id = id_of(appointment);
    letter(desk, client, |m| {
        m.appointment = Some(id);
        m.kind = kind.word().into();
        m.sequence = sequence;
    })
    .await
}

async fn page(desk: &TestDesk, path: &str) -> (u16, String) {
    text_of(answered(desk.http.get(format!("{}{path}", desk.url))).await)
}

/// Presses a button; what its page says then.
async fn press(desk: &TestDesk, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
    text_of(answered(desk.http.post(format!("{}{path}", desk.url)).form(fields)).await)
}

fn text_of((status, body): (u16, Value)) -> (u16, String) {
    let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    assert!(text.starts_with("<!DOCTYPE html>"), "a person is shown a page: {text}");
    (status, text)
}

fn nonce(html: &str) -> String {
    let (_, rest) = html.split_once("name=\"nonce\" value=\"").unwrap_or_else(|| panic!("no nonce: {html}"));
    rest.split('"').next().unwrap().to_owned()
}

async fn statuses(desk: &TestDesk) -> Vec<String> {
    desk.texts("SELECT status || ' ' || sequence FROM appointment ORDER BY id").await
}

async fn notices(desk: &TestDesk, kind: &str) -> usize {
    desk.texts(format!("SELECT payload FROM job WHERE kind LIKE '%.send' AND payload LIKE '%\"{kind}\"%'"))
        .await
        .len()
}

/// What a page says, without its style.
fn words(html: &str) -> &str {
    html.split_once("<main>").map_or(html, |(_, main)| main)
}

/// One client with one lead and one appointment, and the link of its reminder.
async fn one(desk: &TestDesk) -> (TestClient, Value, String) {
    let client = desk.client("harbour").await;
    desk.lead(&client, ADA).await;
    let appointment = booked(desk, &client, ADA, TEN).await;
    let path = link_to(desk, "harbour", &appointment, Kind::Reminder24h, 0).await;
    (client, appointment, path)
}

on_both_engines! {
    async fn a1_opening_a_link_changes_nothing(db) {
        let desk = desk(&db).await;
        let (_, _, link) = one(&desk).await;
        let stop = letter(&desk, "harbour", |m| m.purpose = Purpose::Marketing).await;
        let before = desk.rows_everywhere().await;
        for path in [&link, &format!("{link}/times"), &format!("{link}/cancel"), &format!("{link}/move"),
            &format!("{link}/again"), &stop] {
            for head in [false, true] {
                let url = format!("{}{path}", desk.url);
                let request = if head { desk.http.head(url) } else { desk.http.get(url) };
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status().as_u16(), 200, "{path}");
                let headers = answer.headers().clone();
                let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
                let policy = header("content-security-policy");
                for part in ["default-src 'none'", "style-src 'sha256-", "form-action 'self'", "frame-ancestors 'none'"] {
                    assert!(policy.contains(part), "{policy}");
                }
                assert!(!policy.contains("script") && !policy.contains("unsafe"), "{policy}");
                assert_eq!(header("referrer-policy"), "no-referrer");
                assert_eq!(header("cache-control"), "no-store");
                assert!(header("x-robots-tag").contains("noindex"));
                assert!(headers.get("set-cookie").is_none());
                let html = answer.text().await.unwrap();
                assert_eq!(html.is_empty(), head);
                for foreign in ["<script", "http://", "https://", "src=", "<link", "@import"] {
                    assert!(!html.contains(foreign), "{foreign} in {html}");
                }
            }
        }
        assert_eq!(desk.rows_everywhere().await, before);
        assert_eq!(statuses(&desk).await, ["booked 0"]);
        let (_, shown) = page(&desk, &link).await;
        assert!(shown.contains("Tuesday 17 June at 10:00") && shown.contains("Practice harbour"), "{shown}");
        assert!(!shown.contains("Ada") && !shown.contains("7700900"), "nothing about the person: {shown}");
    }

    async fn a2_a_button_needs_the_nonce_of_its_page_and_can_be_undone(db) {
        let desk = desk(&db).await;
        let (_, _, link) = one(&desk).await;
        let (cancel, again) = (format!("{link}/cancel"), format!("{link}/again"));
        let fresh = nonce(&page(&desk, &link).await.1);
        for wrong in ["", "x", &fresh[1..], &link[link.len() - 20..]] {
            let (status, said) = press(&desk, &cancel, &[("nonce", wrong)]).await;
            assert_eq!(status, 409, "{wrong}");
            assert!(said.contains("Nothing was changed"), "{said}");
        }
        assert_eq!(press(&desk, &cancel, &[]).await.0, 409);
        assert_eq!(press(&desk, &again, &[("nonce", &fresh)]).await.0, 409, "there is nothing to take again");
        // Another message of the same appointment has nonces of its own.
        assert_eq!(statuses(&desk).await, ["booked 0"]);
        desk.pass(2 * HOUR);
        assert_eq!(press(&desk, &cancel, &[("nonce", &fresh)]).await.0, 409, "a page of two hours ago");
        assert_eq!(statuses(&desk).await, ["booked 0"]);

        let (status, said) = press(&desk, &cancel, &[("nonce", &nonce(&page(&desk, &link).await.1))]).await;
        assert_eq!(status, 200);
        assert!(said.contains("This appointment is cancelled") && said.contains("Book it again"), "{said}");
        assert_eq!(statuses(&desk).await, ["cancelled 1"]);
        assert_eq!(notices(&desk, "cancelled").await, 1, "whoever did not mean it hears of it");
        let undo = nonce(&said);
        for _ in 0..2 {
            let (status, said) = press(&desk, &again, &[("nonce", &undo)]).await;
            assert_eq!(status, 200);
            assert!(said.contains("booked again") && said.contains("Tuesday 17 June at 10:00"), "{said}");
        }
        assert_eq!(statuses(&desk).await, ["cancelled 1", "booked 0"]);
        assert_eq!(desk.texts("SELECT status FROM lead").await, ["booked"]);
        let trail = desk.texts("SELECT action FROM audit WHERE actor = 'link' ORDER BY id").await;
        assert_eq!(trail, ["cancel_appointment", "book_appointment"]);
    }

    async fn a2_the_news_of_a_cancellation_offers_undo_and_the_businesss_own_does_not(db) {
        let desk = desk(&db).await;
        let (client, appointment, link) = one(&desk).await;
        // Even when the notice for new appointments is over.
        desk.pass(23 * HOUR);
        let fresh = nonce(&page(&desk, &link).await.1);
        assert_eq!(press(&desk, &format!("{link}/cancel"), &[("nonce", &fresh)]).await.0, 200);
        let news = link_to(&desk, "harbour", &appointment, Kind::Cancelled, 1).await;
        let (_, said) = page(&desk, &news).await;
        assert!(said.contains("Book it again"), "{said}");
        let (status, said) = press(&desk, &format!("{news}/again"), &[("nonce", &nonce(&said))]).await;
        assert_eq!(status, 200, "{said}");
        assert_eq!(statuses(&desk).await, ["cancelled 1", "booked 0"]);

        let second = desk.get("/api/appointments/harbour?status=booked", &client.api_key).await.1["appointments"][0].clone();
        let path = format!("/api/appointments/harbour/{}/cancel", second["id"].as_str().unwrap());
        assert_eq!(desk.post(&path, &client.api_key, "").await.0, 200);
        assert_eq!(notices(&desk, "cancelled-by-business").await, 1);
        for kind in [Kind::CancelledByBusiness, Kind::Reminder24h] {
            let (_, said) = page(&desk, &link_to(&desk, "harbour", &second, kind, 1).await).await;
            assert!(said.contains("is cancelled") && !said.contains("<form"), "{said}");
        }
    }

    async fn a3_cancelled_twice_is_one_cancellation_one_answer_and_one_message(db) {
        let desk = desk(&db).await;
        let (_, _, link) = one(&desk).await;
        let (fresh, cancel) = (nonce(&page(&desk, &link).await.1), format!("{link}/cancel"));
        let fields = [("nonce", fresh.as_str())];
        let (one, two) = tokio::join!(press(&desk, &cancel, &fields), press(&desk, &cancel, &fields));
        assert_eq!((one.0, two.0), (200, 200));
        assert_eq!(one.1, two.1);
        let third = press(&desk, &cancel, &fields).await;
        assert_eq!(third, one, "the same answer");
        assert_eq!(statuses(&desk).await, ["cancelled 1"]);
        assert_eq!(notices(&desk, "cancelled").await, 1);
        let told = desk.texts("SELECT actor FROM event WHERE kind = 'appointment_cancelled'").await;
        assert_eq!(told, ["link"]);
    }

    async fn a3_whatever_a_link_cannot_do_any_more_it_says(db) {
        let desk = desk(&db).await;
        let (client, appointment, link) = one(&desk).await;
        let fresh = nonce(&page(&desk, &link).await.1);
        // Tampered with, made up, of another page, of nothing.
        let token = link.rsplit('/').next().unwrap();
        let mut other = token.to_owned();
        other.replace_range(20..21, if &token[20..21] == "0" { "1" } else { "0" });
        let nothing = letter(&desk, "harbour", |_| {}).await;
        let stop = letter(&desk, "harbour", |m| m.purpose = Purpose::Marketing).await.replace("unsubscribe", "appointment");
        for path in [&format!("/m/appointment/{other}"), "/m/appointment/x", &nothing, &stop,
            &format!("/m/unsubscribe/{token}"), "/m/appointment/%3Cscript%3E"] {
            let (status, said) = page(&desk, path).await;
            assert_eq!(status, 404, "{path}");
            assert!(said.contains("does not work") && !said.contains("<form"), "{said}");
        }
        assert_eq!(press(&desk, &format!("/m/appointment/{other}/cancel"), &[("nonce", &fresh)]).await.0, 404);
        assert_eq!(press(&desk, &format!("/m/unsubscribe/{token}"), &[("List-Unsubscribe", "One-Click")]).await.0, 404);

        // Moved by the business: the old message's link shows the new time and moves nothing.
        let path = format!("/api/appointments/harbour/{}/reschedule", appointment["id"].as_str().unwrap());
        assert_eq!(desk.post(&path, &client.api_key, json!({"start": "2025-06-18T11:00"}).to_string()).await.0, 200);
        let (status, said) = page(&desk, &link).await;
        assert!(status == 200 && said.contains("has changed") && said.contains("Wednesday 18 June at 11:00"), "{said}");
        assert!(!said.contains("<form"), "{said}");
        assert!(!page(&desk, &format!("{link}/times")).await.1.contains("<form"));
        for (act, start) in [("cancel", ""), ("move", "1750172400000"), ("again", "")] {
            let (status, said) = press(&desk, &format!("{link}/{act}"), &[("nonce", &fresh), ("start", start)]).await;
            assert!(status == 409 && said.contains("Nothing was changed"), "{act}: {said}");
        }
        assert_eq!(statuses(&desk).await, ["booked 1"]);

        let newest = link_to(&desk, "harbour", &appointment, Kind::Moved, 1).await;
        let fresh = nonce(&page(&desk, &newest).await.1);
        desk.pass(2 * DAY + HOUR);
        let (_, said) = page(&desk, &newest).await;
        assert!(said.contains("has begun") && !said.contains("<form"), "{said}");
        desk.pass(HOUR);
        assert!(page(&desk, &newest).await.1.contains("is over"));
        assert_eq!(press(&desk, &format!("{newest}/cancel"), &[("nonce", &fresh)]).await.0, 409);
        desk.pass(31 * DAY);
        let (status, said) = page(&desk, &newest).await;
        assert!(status == 410 && said.contains("expired") && !said.contains("Wednesday"), "{said}");
        assert_eq!(statuses(&desk).await, ["booked 1"]);
    }

    async fn a3_a_message_of_one_client_never_opens_what_is_anothers(db) {
        let desk = desk(&db).await;
        let (_, appointment, _) = one(&desk).await;
        desk.client("elm").await;
        let foreign = link_to(&desk, "elm", &appointment, Kind::Reminder24h, 0).await;
        assert_eq!(page(&desk, &foreign).await.0, 404);
        assert_eq!(press(&desk, &format!("{foreign}/cancel"), &[("nonce", "x")]).await.0, 404);
    }

    async fn a4_what_cannot_be_done_is_not_offered(db) {
        let desk = desk(&db).await;
        let (_, _, link) = one(&desk).await;
        let fresh = nonce(&page(&desk, &link).await.1);
        let patch = json!({"settings": {"booking": {"closed_dates": ["2025-06-16", "2025-06-17", "2025-06-18"], "horizon_days": 2}}});
        let url = format!("{}/api/clients/harbour/config", desk.url);
        let changed = answered(desk.http.patch(url).header("x-api-key", ADMIN).body(patch.to_string())).await;
        assert_eq!(changed.0, 200, "{}", changed.1);
        let (_, said) = page(&desk, &format!("{link}/times")).await;
        assert!(said.contains("no free times") && !said.contains("<form"), "{said}");
        let (status, said) = press(&desk, &format!("{link}/move"), &[("nonce", &fresh), ("start", "1750158000000")]).await;
        assert!(status == 409 && said.contains("no appointments on that day"), "{said}");
        assert_eq!(desk.post("/api/clients/harbour/deactivate", ADMIN, "").await.0, 200);
        let (_, said) = page(&desk, &link).await;
        assert!(said.contains("cannot be changed here") && !said.contains("<form"), "{said}");
        for act in ["cancel", "again"] {
            assert_eq!(press(&desk, &format!("{link}/{act}"), &[("nonce", &fresh)]).await.0, 409, "{act}");
        }
        assert_eq!(statuses(&desk).await, ["booked 0"]);
    }

    async fn a5_a_move_over_its_own_old_time_and_pressed_twice(db) {
        let desk = desk(&db).await;
        let (client, _, _) = one(&desk).await;
        let patch = json!({"settings": {"booking": {"grid_minutes": 15}}});
        let url = format!("{}/api/clients/harbour/config", desk.url);
        assert_eq!(answered(desk.http.patch(url).header("x-api-key", ADMIN).body(patch.to_string())).await.0, 200);
        desk.lead(&client, BEN).await;
        let appointment = booked(&desk, &client, BEN, "2025-06-18T10:00").await;
        let link = link_to(&desk, "harbour", &appointment, Kind::Confirmation, 0).await;
        let (_, times) = page(&desk, &format!("{link}/times?from=1750226400000")).await;
        assert!(times.contains("Wednesday 18 June at 10:15") && !times.contains("aria-label=\"Wednesday 18 June at 10:00\""), "{times}");
        let quarter_past = "1750238100000";
        assert!(times.contains(&format!("value=\"{quarter_past}\"")), "{times}");
        let fields = [("nonce", nonce(&times)), ("start", quarter_past.to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        for _ in 0..2 {
            let (status, said) = press(&desk, &format!("{link}/move"), &fields).await;
            assert!(status == 200 && said.contains("Wednesday 18 June at 10:15"), "{said}");
        }
        assert_eq!(statuses(&desk).await, ["booked 0", "booked 1"]);
        assert_eq!(notices(&desk, "moved").await, 1);
        // What was left is free for others in the same moment, as far as the buffer allows.
        let free = desk.get("/api/appointments/harbour/availability?from=2025-06-18&days=1", &client.api_key).await.1;
        let starts: Vec<&str> = free["slots"].as_array().unwrap().iter().map(|s| s["starts_at"].as_str().unwrap()).collect();
        assert!(starts.contains(&"2025-06-18T09:30:00+01:00") && !starts.contains(&"2025-06-18T09:45:00+01:00"), "{starts:?}");
    }

    async fn a6_a_crafted_time_is_refused_and_leaves_the_booking_whole(db) {
        let desk = desk(&db).await;
        let (client, _, link) = one(&desk).await;
        desk.lead(&client, BEN).await;
        booked(&desk, &client, BEN, "2025-06-18T10:00").await;
        let fresh = nonce(&page(&desk, &link).await.1);
        let at = |iso: &str| frontdesk_shared::Millis::from_iso(iso).unwrap().0.to_string();
        for (start, why) in [
            (at("2025-06-18T09:00:00Z"), "already taken"),
            (at("2025-06-18T05:00:00Z"), "outside our appointment hours"),
            (at("2025-06-18T10:07:00Z"), "do not start at that time"),
            (at("2025-06-13T10:00:00Z"), "too soon"),
            (at("2025-06-21T10:00:00Z"), "no appointments on that day"),
            (at("2026-06-18T10:00:00Z"), "too far ahead"),
        ] {
            let (status, said) = press(&desk, &format!("{link}/move"), &[("nonce", &fresh), ("start", &start)]).await;
            assert!(status == 409 && said.contains(why), "{why}: {said}");
            assert!(said.contains("Tuesday 17 June at 10:00"), "it stands as it was: {said}");
            assert!(said.contains("name=\"start\""), "other times are offered: {said}");
        }
        for garbage in ["", "x", "9223372036854775807", "-9223372036854775808", "1e9"] {
            assert_eq!(press(&desk, &format!("{link}/move"), &[("nonce", &fresh), ("start", garbage)]).await.0, 400, "{garbage}");
        }
        assert_eq!(page(&desk, &format!("{link}/times?from=9223372036854775807")).await.0, 400);
        assert_eq!(page(&desk, &format!("{link}/times?from=x")).await.0, 400);
        assert_eq!(statuses(&desk).await, ["booked 0", "booked 0"]);

        // Two at once: one has it, the other hears other times.
        let theirs = desk.get("/api/appointments/harbour", &client.api_key).await.1["appointments"][1].clone();
        let other = link_to(&desk, "harbour", &theirs, Kind::Reminder24h, 0).await;
        let start = at("2025-06-19T10:00:00Z");
        let their_nonce = nonce(&page(&desk, &other).await.1);
        let (move_one, move_other) = (format!("{link}/move"), format!("{other}/move"));
        let (mine, yours) = ([("nonce", fresh.as_str()), ("start", start.as_str())], [("nonce", their_nonce.as_str()), ("start", start.as_str())]);
        let (one, two) = tokio::join!(press(&desk, &move_one, &mine), press(&desk, &move_other, &yours));
        let mut heard = [one.0, two.0];
        heard.sort_unstable();
        assert_eq!(heard, [200, 409]);
        let loser = if one.0 == 409 { one.1 } else { two.1 };
        assert!(loser.contains("already taken") && loser.contains("name=\"start\""), "{loser}");
    }

    async fn p3_hostile_names_are_text(db) {
        let desk = desk(&db).await;
        let (client, _, link) = one(&desk).await;
        let hostile = "\"><script>alert(1)</script><img src=x onerror='y'>&amp;";
        let patch = json!({"businessName": hostile, "phone": "+44 20 \"><b>7946</b> 0000"});
        let url = format!("{}/api/clients/harbour/config", desk.url);
        let changed = answered(desk.http.patch(url).header("x-api-key", &client.api_key).body(patch.to_string())).await;
        assert_eq!(changed.0, 200, "{}", changed.1);
        let stop = letter(&desk, "harbour", |m| m.purpose = Purpose::Marketing).await;
        for path in [link.clone(), format!("{link}/times"), stop] {
            let (_, html) = page(&desk, &path).await;
            assert!(html.contains("&lt;script&gt;alert(1)"), "{html}");
            assert!(html.contains("&amp;amp;"), "what looks escaped is escaped: {html}");
            for raw in ["<script", "<img", "<b>"] {
                assert!(!words(&html).contains(raw) && !html.contains("<title>\""), "{raw} in {html}");
            }
        }
    }

    async fn m5_unsubscribing_takes_a_press_or_the_one_click_of_a_mail_program(db) {
        let desk = desk(&db).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        desk.lead(&harbour, ADA).await;
        desk.lead(&elm, ADA).await;
        let stop = letter(&desk, "harbour", |m| m.purpose = Purpose::Marketing).await;
        let url = format!("{}{stop}", desk.url);
        let (status, shown) = page(&desk, &stop).await;
        assert!(status == 200 && shown.matches("<button").count() == 1, "{shown}");
        for wrong in [vec![], vec![("nonce", "x")], vec![("List-Unsubscribe", "one-click")], vec![("List-Unsubscribe", "")]] {
            assert_eq!(press(&desk, &stop, &wrong).await.0, 409, "{wrong:?}");
        }
        assert_eq!(desk.count("SELECT count(*) FROM suppression").await, 0);

        for _ in 0..2 {
            let clicked = desk.http.post(&url).header("content-type", "application/x-www-form-urlencoded").body("List-Unsubscribe=One-Click").send().await.unwrap();
            assert_eq!(clicked.status().as_u16(), 200);
            assert!(clicked.headers().get("set-cookie").is_none());
        }
        let part = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
        let clicked = desk.http.post(&url).header("content-type", "multipart/form-data; boundary=b").body(part).send().await.unwrap();
        assert_eq!(clicked.status().as_u16(), 200);
        assert!(page(&desk, &stop).await.1.contains("will not be contacted again"));
        let stopped = desk.texts("SELECT address || ' ' || CASE WHEN channel IS NULL OR channel = '' THEN 'all' ELSE channel END FROM suppression ORDER BY address").await;
        assert_eq!(stopped, [format!("{ADA} all"), "mail:ada@example.com all".to_owned()]);
        let evidence = desk.texts("SELECT DISTINCT evidence FROM suppression").await;
        assert!(evidence.len() == 1 && evidence[0].starts_with("message "), "{evidence:?}");
        let stands = desk.texts("SELECT c.key || ' ' || l.status FROM lead l JOIN client c ON c.id = l.client_id ORDER BY c.key").await;
        assert!(stands[0].starts_with("elm ") && !stands[0].contains("opted-out"), "{stands:?}");
        assert!(stands[1].starts_with("harbour opted"), "{stands:?}");
        assert_eq!(desk.texts("SELECT action FROM audit WHERE actor = 'link'").await, ["unsubscribe"]);
    }

    async fn m5_the_pages_own_button_unsubscribes_too(db) {
        let desk = desk(&db).await;
        let harbour = desk.client("harbour").await;
        desk.lead(&harbour, ADA).await;
        let stop = letter(&desk, "harbour", |m| m.purpose = Purpose::Marketing).await;
        let fresh = nonce(&page(&desk, &stop).await.1);
        for _ in 0..2 {
            let (status, said) = press(&desk, &stop, &[("nonce", &fresh)]).await;
            assert!(status == 200 && said.contains("will not be contacted again") && !said.contains("<form"), "{said}");
        }
        assert_eq!(desk.count("SELECT count(*) FROM suppression").await, 2);
    }

    async fn who_opens_too_many_links_waits(db) {
        let desk = with(&db, |config| config.limits.address_per_minute = 10).await;
        let (_, _, link) = one(&desk).await;
        for _ in 0..10 {
            assert_eq!(page(&desk, &link).await.0, 200);
        }
        let answer = desk.http.get(format!("{}{link}", desk.url)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 429);
        assert!(answer.headers().contains_key("retry-after"));
        assert!(answer.text().await.unwrap().contains("wait a moment"));
        assert_eq!(press(&desk, &format!("{link}/cancel"), &[("nonce", "x")]).await.0, 429);
    }
}

/// A link is its reader's key, and a log is read by many.
#[test]
fn the_log_holds_no_link() {
    run(async {
        let dir = tempfile::Builder::new().prefix("fd-").tempdir().unwrap();
        let launch = Launch::new(&dir.path().join("data"), free_address(), "http://127.0.0.1:9");
        let daemon = launch.set("LOG_LEVEL", "debug").serve().await;
        let token = "0123456789abc0123456789abcdefghjk";
        for path in [format!("/m/appointment/{token}"), format!("/m/unsubscribe/{token}")] {
            let url = format!("{}{path}", daemon.url);
            assert_eq!(daemon.http.get(&url).send().await.unwrap().status().as_u16(), 404);
            let posted = daemon.http.post(&url).form(&[("nonce", token)]).send().await.unwrap();
            assert!(posted.status().is_client_error());
        }
        let stranger =
            daemon.http.get(format!("{}/api/error-stats", daemon.url)).header("x-api-key", "wrong");
        assert_eq!(stranger.send().await.unwrap().status().as_u16(), 401);
        let log = daemon.until_said("this key is not known").await;
        assert!(!log.contains(token) && !log.contains("/m/"), "{log}");
    });
}
