//! What people say in answered calls, end to end: who is suppressed, who is held until a person
//! has decided, whose number is somebody else's, and what machines' words do not do.

use frontdesk_sandbox::vapi::{Faults, Scenario};
use frontdesk_shared::action::Action;
use frontdesk_shared::id::encode;
use frontdesk_shared::time::{DAY, MINUTE, SECOND};
use frontdesk_tests::desk::{TestClient, number};
use frontdesk_tests::{TestDesk, fixtures, hook, on_both_engines};
use serde_json::{Value, json};

const VAPI: &str = "/webhooks/vapi";
const LANDLINE: &str = "don't call me on my landline, use my mobile";

/// A desk whose calls are placed and say nothing: what is said in them is the test's.
async fn silent(desk: &TestDesk) {
    let faults = Faults { drop: 1.0, forget_end: 1.0, ..Faults::default() };
    desk.sandbox.set_faults(faults).unwrap();
}

/// Courses in which the sandbox's own assistant uses no tool.
const QUIET: [Scenario; 8] = [
    Scenario::NoAnswer,
    Scenario::Voicemail,
    Scenario::Busy,
    Scenario::DeadAir,
    Scenario::BadNumber,
    Scenario::HiddenVoicemail,
    Scenario::CarrierFails,
    Scenario::NoAudio,
];

/// A number of its own for each row of a table.
fn nth(n: usize) -> String {
    number(n % 10, QUIET[n / 10])
}

/// Has a lead called and answered; the provider's id of the call.
async fn answered(desk: &TestDesk, client: &TestClient, number: &str) -> Value {
    desk.lead(client, number).await;
    let of = number.to_owned();
    let placed = desk
        .until("the call to be placed", move |tx, _| {
            let sql = "SELECT provider_call_id FROM call WHERE phone = $1 AND provider_call_id IS NOT NULL";
            tx.optional(sql, &[of.as_str().into()], |r| r.get::<String>(0))
        })
        .await;
    let call = json!({"id": placed, "type": "outboundPhoneCall", "customer": {"number": number}});
    desk.webhook(VAPI, hook::status(&call, desk.now().0, "in-progress")).await;
    call
}

/// One call in which the other side says these lines.
async fn says(desk: &TestDesk, client: &TestClient, number: &str, reason: &str, said: &[&str]) {
    let call = answered(desk, client, number).await;
    let report = hook::report(&call, desk.now().0 + SECOND, reason, said);
    assert_eq!(desk.webhook(VAPI, report).await.0, 200);
}

/// Status of the lead, outcome of its last call, suppressions of its number.
async fn came_to(desk: &TestDesk, number: &str) -> (String, String, usize) {
    let outcome = desk
        .texts(format!("SELECT COALESCE(outcome, '-') FROM call WHERE phone = '{number}' ORDER BY id DESC"))
        .await;
    let active = format!("SELECT evidence FROM suppression WHERE address = '{number}' AND active");
    (desk.lead_now(number).await.status, outcome[0].clone(), desk.texts(active).await.len())
}

fn wanted(lead: &str, outcome: &str, suppressed: usize) -> (String, String, usize) {
    (lead.to_owned(), outcome.to_owned(), suppressed)
}

/// The reports of public fault reports, for a call of now.
async fn case(desk: &TestDesk, client: &TestClient, name: &str, number: &str) {
    let call = answered(desk, client, number).await;
    let mut body = fixtures::json(&format!("cases/voice/{name}.json"));
    let told = body["message"].as_object_mut().unwrap();
    let now = desk.now();
    told.insert("call".into(), call);
    told.insert("timestamp".into(), now.0.into());
    told.insert("startedAt".into(), now.iso().into());
    told.insert("endedAt".into(), (now + MINUTE).iso().into());
    told.remove("customer");
    assert_eq!(desk.webhook(VAPI, body.to_string()).await.0, 200, "{name}");
}

on_both_engines! {
    /// Sentences of public fault reports, each said once in an otherwise ordinary call.
    async fn each_kind_of_sentence_ends_its_call_so(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        silent(&desk).await;
        let table = String::from_utf8(fixtures::bytes("cases/optout.tsv")).unwrap();
        let rows: Vec<(&str, &str)> =
            table.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')).collect();
        assert_eq!(rows.len(), 77);
        let mut missed = Vec::new();
        for (n, (class, said)) in rows.into_iter().enumerate() {
            let number = nth(n);
            says(&desk, &client, &number, "customer-ended-call", &[said]).await;
            let right = match class {
                "opt-out" => wanted("opted-out", "do-not-call", 1),
                "deceased" => wanted("opted-out", "deceased", 1),
                "wrong-person" => wanted("bad-number", "wrong-person", 0),
                "machine" => wanted("queued", "voicemail", 0),
                _ => wanted("review", "needs-review", 0),
            };
            let found = came_to(&desk, &number).await;
            if found != right {
                missed.push(format!("{class}: {said}: {found:?}"));
            }
        }
        assert!(missed.is_empty(), "{missed:#?}");
    }

    async fn a_full_mailbox_is_tried_again_and_refuses_nothing(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        silent(&desk).await;
        case(&desk, &client, "mailbox_full", &nth(1)).await;
        assert_eq!(came_to(&desk, &nth(1)).await, wanted("queued", "voicemail", 0));
        let pressed = "The mailbox is full. To be removed from our list press 9.";
        says(&desk, &client, &nth(2), "customer-ended-call", &[pressed]).await;
        assert_eq!(came_to(&desk, &nth(2)).await, wanted("queued", "voicemail", 0));
    }

    async fn a_wrong_number_is_not_called_again(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        silent(&desk).await;
        let ann = nth(1);
        case(&desk, &client, "wrong_number_as_voicemail", &ann).await;
        assert_eq!(came_to(&desk, &ann).await, wanted("bad-number", "wrong-person", 0));
        desk.advance(8 * DAY).await;
        let csv = format!("name,phone,consent channels,consent text\nAda,{ann},ai_voice,Call me\n");
        assert_eq!(desk.import(&client, "", csv).await["accepted"], 0);
        desk.advance(DAY).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 1);
    }

    async fn an_opt_out_counts_where_no_words_are_kept(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        silent(&desk).await;
        case(&desk, &client, "no_transcript_optout_analysis", &nth(1)).await;
        assert_eq!(came_to(&desk, &nth(1)).await, wanted("opted-out", "do-not-call", 1));
    }

    /// Held whatever ended the call, whatever is imported meanwhile, until an operator decides.
    async fn doubt_is_held_until_a_person_decides(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        silent(&desk).await;
        let (ann, eve) = (nth(1), nth(2));
        for (who, reason) in [(&ann, "customer-ended-call"), (&eve, "worker-shutdown")] {
            says(&desk, &client, who, reason, &[LANDLINE]).await;
            assert_eq!(came_to(&desk, who).await, wanted("review", "needs-review", 0), "{reason}");
            let lead = desk.lead_now(who).await;
            assert_eq!((lead.hold.as_str(), lead.next_at), ("doubt", None));
        }
        let why = desk.texts("SELECT why FROM call ORDER BY id").await;
        assert!(why.iter().all(|w| w.contains("landline")), "the call shows the words: {why:?}");
        let told = desk.texts("SELECT text FROM event").await;
        assert!(!told.iter().any(|t| t.contains("landline")), "and nobody else is told them");
        let explained = desk.why(&ann).await.summary;
        assert!(explained.contains("a person has to decide") && explained.contains("by hand"), "{explained}");
        desk.advance(9 * DAY).await;
        for who in [&ann, &eve] {
            let csv = format!("name,phone,consent channels,consent text\nAda,{who},ai_voice,Call me\n");
            assert_eq!(desk.import(&client, "", csv).await["accepted"], 0);
        }
        desk.advance(DAY).await;
        assert_eq!(desk.sandbox.calls_to(&ann).len() + desk.sandbox.calls_to(&eve).len(), 2);
        let operator = desk.operator().await;
        operator.act(Action::OptOut { who: eve.clone() }, "o-1").await.unwrap();
        assert_eq!(desk.lead_now(&eve).await.status, "opted-out");
        operator.act(Action::CallNow { lead: encode(desk.lead_now(&ann).await.id) }, "c-1").await.unwrap();
        desk.settled().await;
        assert_eq!(desk.sandbox.calls_to(&ann).len(), 2, "{}", desk.picture().await);
        assert_eq!(desk.lead_now(&ann).await.hold, "");
    }
}
