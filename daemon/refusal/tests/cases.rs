//! Cases with a known answer, and the promises of the crate.

use frontdesk_refusal::{Channel, Hearing, Medium, Scope, hear_conversation, hear_utterance, is_machine};

fn spoken(text: &str) -> Hearing {
    hear_utterance(text, Medium::Call)
}

fn talk(turns: &[&str]) -> Hearing {
    hear_conversation(turns.iter().copied(), Medium::Call)
}

fn is_refused(hearing: &Hearing) -> bool {
    matches!(hearing, Hearing::Refused { .. })
}

#[test]
fn every_known_case_comes_out_right() {
    let mut wrong = Vec::new();
    for line in include_str!("../data/cases.tsv").lines().filter(|l| !l.starts_with('#')) {
        let (class, text) = line.split_once('\t').expect("class and words");
        for hearing in [spoken(text), talk(&["Hello?", "Yes, speaking.", text])] {
            let right = match class {
                "opt-out" => is_refused(&hearing),
                "deceased" => matches!(hearing, Hearing::Deceased { .. }),
                "wrong-person" => matches!(hearing, Hearing::WrongNumber { .. }),
                "machine" => hearing == Hearing::None && is_machine(text),
                _ => matches!(
                    hearing,
                    Hearing::None | Hearing::NotInterested { .. } | Hearing::Objection { .. }
                ),
            };
            if !right {
                wrong.push(format!("{class}: {text}: {hearing:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn keywords_in_writing() {
    let sms = |text| hear_utterance(text, Medium::Sms);
    for text in [
        "STOP",
        "Stop.",
        "ＳＴＯＰ",
        "s\u{200b}top",
        "STOPALL",
        "Unsubscribe",
        "END",
        "quit",
        "ARRÊT",
        "BAJA",
    ] {
        assert!(is_refused(&sms(text)), "{text}");
    }
    let cancel = Hearing::Objection { scope: Scope::Channel(Channel::Sms), words: "CANCEL".into() };
    assert_eq!(sms("CANCEL"), cancel);
    assert_eq!(sms("cancel my appointment"), Hearing::None);
    assert_eq!(sms("START"), Hearing::None);
}

#[test]
fn spellings_make_no_difference() {
    for text in [
        "Don't call me again",
        "don’t call me again",
        "DON`T CALL ME AGAIN!!!",
        "do n't call me again",
        "d o n t call me again",
        "Don't. Call. Me. Again.",
        "ｄｏｎ＇ｔ call me again",
        "don't fucking call me again",
        "don't f***ing call me again",
    ] {
        assert!(is_refused(&spoken(text)), "{text}: {:?}", spoken(text));
    }
}

#[test]
fn an_objection_covers_what_it_names() {
    let scope = |text| match spoken(text) {
        Hearing::Objection { scope, .. } => Some(scope),
        _ => None,
    };
    assert_eq!(scope("Don't call before noon"), Some(Scope::Hours));
    assert_eq!(scope("Don't call me. Text me instead."), Some(Scope::Channel(Channel::Call)));
    assert_eq!(scope("Text me instead of calling"), Some(Scope::Channel(Channel::Call)));
    assert_eq!(scope("Not on my work phone please"), Some(Scope::ThisNumber));
    assert_eq!(scope("Stop emailing, call me"), Some(Scope::Channel(Channel::Email)));
    assert_eq!(scope("Please stop emailing me"), Some(Scope::Channel(Channel::Email)));
    assert!(is_refused(&hear_utterance("Please stop emailing me", Medium::Email)));
}

#[test]
fn a_conversation_counts_from_end_to_end() {
    let small_talk = ["Yes, hello.", "I think the boiler is about ten years old.", "Tuesday might work."];
    let mut turns: Vec<&str> = small_talk.iter().copied().cycle().take(300).collect();
    assert!(!is_refused(&talk(&turns)));
    turns.push("Actually no. Take me off your list and don't call again.");
    assert!(is_refused(&talk(&turns)), "{:?}", talk(&turns));
    turns.rotate_right(1);
    assert!(is_refused(&talk(&turns)), "{:?}", talk(&turns));
}

#[test]
fn a_cut_sentence_is_read_whole() {
    assert!(is_refused(&talk(&["please take me", "off your list"])));
    assert!(is_refused(&talk(&["don't", "call me again"])));
    assert_eq!(talk(&[]), Hearing::None);
    assert_eq!(talk(&["", "  "]), Hearing::None);
}

#[test]
fn a_refusal_taken_back_is_a_question_for_a_person() {
    let turns = ["Stop calling me.", "Actually, forget what I said, do call me."];
    assert!(matches!(talk(&turns), Hearing::Unsure { .. }), "{:?}", talk(&turns));
    let again = [turns[0], turns[1], "No. Take me off your list."];
    assert!(is_refused(&talk(&again)));
}

#[test]
fn a_machine_refuses_nothing() {
    for text in [
        "To stop receiving these calls press 9",
        "Your call has been forwarded to voice mail. The person you are trying to reach is not available.",
        "At the tone, please record your message.",
        "Der Teilnehmer ist vorübergehend nicht erreichbar.",
    ] {
        assert!(is_machine(text), "{text}");
        assert_eq!(spoken(text), Hearing::None, "{text}");
    }
    for text in ["Hello?", "Stop calling me", "Leave me a message if I don't answer", ""] {
        assert!(!is_machine(text), "{text}");
    }
    assert!(is_refused(&talk(&["Please leave a message after the tone.", "Hello? Stop calling me."])));
}

#[test]
fn the_words_are_those_of_the_person() {
    let Hearing::Refused { words } = spoken("Hi. Um, please stop calling me again, OK? Bye.") else {
        panic!("not refused")
    };
    assert_eq!(words, "Um, please stop calling me again, OK");
}
