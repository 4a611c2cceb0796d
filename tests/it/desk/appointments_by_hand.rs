//! What operators do with appointments and messages over the console's socket: previewed with whom it
//! tells, done once, and what people read of it.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::Noun;
use frontdesk_shared::action::Action;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::detail::{About, AppointmentDetail};
use frontdesk_shared::id::encode;
use frontdesk_shared::message::{MessageRow, MessageStatus};
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::{List, Query, Rows};
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_tests::console::{Operator, soon};
use frontdesk_tests::desk::{Setup, number};
use frontdesk_tests::{TestDesk, on_both_engines};

/// A desk whose one person has an appointment on Monday, booked on Friday by phone.
async fn booked(db: &std::sync::Arc<frontdesk_tests::TestDb>) -> (TestDesk, String, String) {
    // What is booked on a Friday afternoon is for Monday.
    let desk = TestDesk::with(db, Setup { messages: true, ..Setup::at("2025-06-13 16:00") }).await;
    let harbour = desk.client("harbour").await;
    let ada = number(1, Scenario::Books);
    let csv = format!(
        "name,phone,email,consent channels,consent text\nAda Price,{ada},ada@home.example,ai_voice,Call me\n"
    );
    let answer = desk.import(&harbour, "", csv).await;
    assert_eq!(answer["accepted"], 1, "{answer}");
    desk.settled().await;
    let id = desk.count("SELECT id FROM appointment").await;
    (desk, ada, encode(id))
}

fn texts(desk: &TestDesk, number: &str) -> Vec<String> {
    desk.post.as_ref().expect("messages are on").texts_to(number)
}

async fn appointment(operator: &Operator, id: &str) -> AppointmentDetail {
    let asked = operator.client.detail(soon(), Subject::new(Noun::Appointment, id)).await;
    match asked.unwrap().unwrap().about {
        About::Appointment(told) => *told,
        other => panic!("{other:?}"),
    }
}

async fn messages(operator: &Operator) -> Vec<MessageRow> {
    let page = operator.client.page(soon(), Query::first(List::Messages, 50)).await.unwrap().unwrap();
    let Rows::Messages(rows) = page.rows else { panic!("not the list of messages") };
    rows
}

on_both_engines! {
    async fn an_appointment_is_called_off_and_the_person_is_told(db) {
        let (desk, ada, id) = booked(&db).await;
        let operator = desk.operator().await;
        let before = appointment(&operator, &id).await;
        assert!(!before.planned.is_empty() && before.messages.len() == 2, "{before:?}");
        assert_eq!(operator.why(&ada).await.planned, before.planned);
        let off = Action::CancelAppointment { appointment: id.clone(), reason: "the dentist is ill".into() };
        let seen = operator.client.preview(soon(), off.clone()).await.unwrap().unwrap();
        assert!(seen.lines.iter().any(|line| line == "Ada Price is told by text and email."), "{seen:?}");
        operator.act(off.clone(), "c-1").await.unwrap();
        desk.settled().await;
        let said = texts(&desk, &ada);
        assert_eq!(said.len(), 2, "{said:?} {}", desk.picture().await);
        assert!(!said[1].contains("ill"), "why is not told: {said:?}");
        let after = appointment(&operator, &id).await;
        assert_eq!((after.row.status.as_str(), after.planned.len(), after.sequence), ("cancelled", 0, 1));
        assert_eq!(desk.lead_now(&ada).await.status, "review");
        let again = operator.act(off, "c-2").await.unwrap_err();
        assert!(again.code == "conflict" && again.text.contains("cancelled"), "{again}");
        let kept = desk.texts("SELECT actor || ' ' || detail FROM audit WHERE action = 'cancel_appointment'").await;
        assert!(kept.len() == 1 && kept[0].contains("the dentist is ill"), "{kept:?}");
    }

    async fn an_appointment_moves_to_a_free_time_only(db) {
        let (desk, ada, id) = booked(&db).await;
        let operator = desk.operator().await;
        let to = |to: &str| Action::RescheduleAppointment { appointment: id.clone(), to: to.into() };
        let sunday = operator.client.preview(soon(), to("2025-06-15T10:00")).await.unwrap().unwrap();
        let why = sunday.refused.expect("it is closed");
        assert!(why.contains("no appointments on that day") && why.contains("Free are: "), "{why}");
        for (text, what) in [("next week", "could not read"), ("2025-06-01T10:00", "already passed")] {
            let refused = operator.act(to(text), "r-0").await.unwrap_err();
            assert!(refused.text.contains(what), "{refused}");
        }
        let was = appointment(&operator, &id).await;
        let then = was.row.starts_at + DAY;
        operator.act(to(&then.iso()), "r-1").await.unwrap();
        desk.settled().await;
        let now = appointment(&operator, &id).await;
        assert_eq!((now.row.starts_at, now.sequence), (then, 1));
        assert_eq!(now.planned.len(), was.planned.len(), "reminders move with it");
        assert!(now.planned.iter().zip(&was.planned).all(|(now, was)| now.run_at > was.run_at));
        let kinds: Vec<String> = messages(&operator).await.into_iter().map(|m| m.kind).collect();
        assert_eq!(kinds, ["moved", "moved", "confirmation", "confirmation"]);
        assert_eq!(texts(&desk, &ada).len(), 2);
        let same = operator.act(to(&then.iso()), "r-2").await.unwrap_err();
        assert!(same.text.contains("at that time"), "{same}");
    }

    async fn whether_the_person_came_is_told_once_it_has_begun(db) {
        let (desk, ada, id) = booked(&db).await;
        let operator = desk.operator().await;
        let came = Action::MarkAttended { appointment: id.clone() };
        let early = operator.act(came.clone(), "a-1").await.unwrap_err();
        assert!(early.text.contains("has not begun: mark it from "), "{early}");
        let start = appointment(&operator, &id).await.row.starts_at;
        desk.advance(start.since(desk.now()) + HOUR).await;
        operator.act(came.clone(), "a-2").await.unwrap();
        assert_eq!(appointment(&operator, &id).await.row.status, "attended");
        let twice = operator.act(came, "a-3").await.unwrap_err();
        assert_eq!(twice.code, "conflict");
        // Who clicked the wrong one corrects it.
        operator.act(Action::MarkNoShow { appointment: id.clone() }, "a-4").await.unwrap();
        let marked = appointment(&operator, &id).await;
        assert_eq!((marked.row.status.as_str(), marked.planned.len()), ("no-show", 0));
        assert_eq!(desk.lead_now(&ada).await.status, "booked");
    }

    async fn only_what_did_not_arrive_is_sent_once_more_and_once(db) {
        let (desk, ada, _) = booked(&db).await;
        let operator = desk.operator().await;
        let text = messages(&operator).await.into_iter().find(|m| m.channel == Channel::Sms).expect("a text");
        assert_eq!(text.status, MessageStatus::Delivered);
        let again = Action::ResendMessage { message: text.id.to_string() };
        let arrived = operator.act(again.clone(), "s-1").await.unwrap_err();
        assert!(arrived.text.contains("delivered"), "{arrived}");
        desk.write(|tx| tx.execute("UPDATE message SET status = 'undelivered' WHERE channel = 'sms'", &[])).await;
        operator.act(again.clone(), "s-2").await.unwrap();
        desk.settled().await;
        assert_eq!(texts(&desk, &ada).len(), 2, "{}", desk.picture().await);
        let twice = operator.act(again, "s-3").await.unwrap_err();
        assert!(twice.text.contains("once more already"), "{twice}");
    }

    async fn a_message_of_unknown_fate_is_settled_by_hand_and_not_sent_twice(db) {
        let (desk, ada, _) = booked(&db).await;
        let operator = desk.operator().await;
        let unknown = |tx: &mut frontdesk_store::Tx<'_>| {
            tx.execute("UPDATE message SET status = 'uncertain' WHERE channel = 'sms'", &[])?;
            tx.execute("UPDATE job SET state = 'uncertain' WHERE lane = 'sms' AND state = 'done'", &[])
        };
        desk.write(unknown).await;
        let job = encode(desk.count("SELECT id FROM job WHERE state = 'uncertain'").await);
        let retry = Action::RetryJob { job: job.clone() };
        let refused = operator.act(retry.clone(), "u-1").await.unwrap_err();
        assert!(refused.text.contains("send twice"), "{refused}");
        let settle = Action::SettleJob { job, happened: false };
        let seen = operator.client.preview(soon(), settle.clone()).await.unwrap().unwrap();
        assert!(seen.lines[1].contains("not sent: it is sent again"), "{seen:?}");
        operator.act(settle, "u-2").await.unwrap();
        desk.settled().await;
        assert_eq!(texts(&desk, &ada).len(), 2, "{}", desk.picture().await);
        let refused = operator.act(retry, "u-3").await.unwrap_err();
        assert!(refused.text.contains("once more already"), "{refused}");
    }

    async fn a_message_is_read_before_anybody_gets_it(db) {
        let (desk, ada, _) = booked(&db).await;
        let operator = desk.operator().await;
        let compose = async |kind: &str, channel| {
            operator.client.compose(soon(), ada.clone(), kind.to_owned(), channel).await.unwrap()
        };
        let text = compose("reminder-24h", None).await.unwrap();
        assert_eq!((text.channel, text.alphabet.as_str()), (Channel::Sms, "GSM-7"));
        assert!(text.body.contains("Practice harbour") && text.segments > 0, "{text:?}");
        assert_eq!(text.characters, text.body.chars().count() as u64);
        let mail = compose("moved", Some(Channel::Email)).await.unwrap();
        assert!(!mail.subject.is_empty() && mail.segments == 0, "{mail:?}");
        let unknown = compose("birthday", None).await.unwrap_err();
        assert!(unknown.text.contains("reminder-24h"), "{unknown}");
        let sent = texts(&desk, &ada).len();
        desk.settled().await;
        assert_eq!(texts(&desk, &ada).len(), sent);
        // Once nothing is to come, what is missing is named.
        desk.write(|tx| tx.execute("UPDATE appointment SET status = 'cancelled'", &[])).await;
        let missing = compose("reminder-24h", None).await.unwrap_err();
        assert!(missing.text.contains("reminder-24h by sms") && missing.text.contains("when"), "{missing}");
    }
}
