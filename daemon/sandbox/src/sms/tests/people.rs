//! What people text, and what the carriers do about it by themselves.

use super::super::{Answer, Vendor};
use super::{PERSON, Rig, SIGNALWIRE, TWILIO};
use axum::http::StatusCode;

#[tokio::test]
async fn o10_twilio_blocks_who_said_stop_and_signalwire_does_not() {
    let rig = Rig::new().await;
    let service = rig.account(Vendor::Twilio).service.clone();
    rig.sandbox.inbound(PERSON, TWILIO, " Stop ");
    assert!(rig.sandbox.is_blocked(PERSON, TWILIO) && rig.sandbox.is_blocked(PERSON, &service));
    assert_eq!(rig.send(Vendor::Twilio, PERSON, "1").await.1["code"], 21610);
    rig.sandbox.idle().await;
    assert_eq!(rig.arrived()[0].fields()["Body"], " Stop ", "and still tells");
    rig.sandbox.inbound(PERSON, TWILIO, "START");
    assert_eq!(rig.send(Vendor::Twilio, PERSON, "1").await.0, 201);
    rig.sandbox.inbound(PERSON, SIGNALWIRE, "STOP");
    assert_eq!(rig.send(Vendor::SignalWire, PERSON, "1").await.0, 201);
    assert_eq!(rig.sandbox.counters().answered_by_carrier, 2);
}

#[tokio::test]
async fn o2_a_sentence_blocks_nothing() {
    let rig = Rig::new().await;
    rig.sandbox.inbound(PERSON, TWILIO, "please stop texting me");
    assert!(!rig.sandbox.is_blocked(PERSON, TWILIO));
}

#[tokio::test]
async fn o6_advanced_opt_out_says_what_was_understood() {
    let rig = Rig::with(|config| config.advanced_opt_out = true, |_| StatusCode::OK).await;
    rig.sandbox.inbound(PERSON, TWILIO, "stop");
    rig.sandbox.inbound(PERSON, TWILIO, "hello");
    rig.sandbox.idle().await;
    let types: Vec<_> = rig.arrived().iter().map(|a| a.fields().remove("OptOutType")).collect();
    assert!(types.contains(&Some("STOP".to_owned())) && types.contains(&None));
}

#[tokio::test]
async fn o13_pictures_come_without_words() {
    let rig = Rig::new().await;
    rig.sandbox.inbound_pictures(PERSON, TWILIO, "", 2);
    rig.sandbox.idle().await;
    let fields = rig.arrived()[0].fields();
    assert_eq!((fields["NumMedia"].as_str(), fields.get("Body")), ("2", None));
    assert_eq!(rig.sandbox.inbound(PERSON, "+14155550100", "hi"), None, "nobody's number");
}

#[tokio::test]
async fn people_answer_as_the_seed_says() {
    let answers = async |seed: u64| {
        let tune = |config: &mut super::SmsConfig| {
            config.seed = seed;
            config.answers = Answer::talkative_mix();
            config.digits_choose = false;
        };
        let rig = Rig::with(tune, |_| StatusCode::OK).await;
        for n in 100..140 {
            rig.send(Vendor::Twilio, &format!("+14155550{n}"), "1").await;
        }
        rig.sandbox.idle().await;
        let mut said: Vec<(String, String)> =
            rig.sandbox.texts().into_iter().filter(|t| t.inbound).map(|t| (t.from, t.body)).collect();
        said.sort();
        said
    };
    let said = answers(7).await;
    assert!((10..30).contains(&said.len()), "{said:?}");
    assert!(said.iter().any(|(_, body)| body == "YES"));
    assert_eq!(said, answers(7).await);
    assert_ne!(said, answers(8).await);
}

#[tokio::test]
async fn nobody_answers_what_did_not_arrive() {
    let tune = |config: &mut super::SmsConfig| config.answers = vec![(Answer::Yes, 1)];
    let rig = Rig::with(tune, |_| StatusCode::OK).await;
    rig.send(Vendor::Twilio, "+14155550154", "1").await;
    rig.sandbox.idle().await;
    assert_eq!(rig.sandbox.counters().inbound, 0);
    rig.send(Vendor::Twilio, PERSON, "2").await;
    rig.sandbox.idle().await;
    assert_eq!(rig.sandbox.texts().last().unwrap().body, "YES");
}
