//! Each way of answering that was met elsewhere, by name.

use super::*;

#[track_caller]
fn holds(text: &str, asked: Asked, expected: &str) {
    let said = format!("{:?}", read(text, None, asked));
    let said = said.split([' ', '{', '(']).next().unwrap_or_default();
    assert_eq!(said, expected, "{text:?} after {asked:?}");
}

#[track_caller]
fn all(expected: &str, texts: &[&str]) {
    for text in texts {
        holds(text, Asked::Nothing, expected);
    }
}

#[test]
fn o1_bare_opt_out_words() {
    for word in [
        "STOP",
        "STOPALL",
        "STOP ALL",
        "UNSUBSCRIBE",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "OPT-OUT",
        "OPT OUT",
        "REMOVE",
        "ARRET",
        "ARRÊT",
    ] {
        for text in [
            word.to_owned(),
            word.to_lowercase(),
            format!("  {word}\n"),
            format!("\"{word}\""),
            format!("“{word}”"),
            format!("{word}."),
            format!("{word}!"),
            format!("'{word}'"),
        ] {
            holds(&text, Asked::Nothing, "OptOut");
            holds(&text, Asked::CMeansCancel, "OptOut");
        }
    }
}

#[test]
fn o2_polite_refusals_that_no_carrier_hears() {
    all("OptOut", &["Stop. Thank you", "STOP PLEASE", "please stop texting me", "Stop thanks", "pls stop"]);
}

#[test]
fn o3_stop_in_a_sentence_is_none() {
    all(
        "Other",
        &["We have got to STOP this leak today, count me in", "can you stop by at 5?", "the bus stop is far"],
    );
}

#[test]
fn o4_a_bare_cancel_is_the_carriers_and_a_sentence_is_not() {
    for asked in [Asked::Nothing, Asked::Confirm, Asked::CMeansCancel, Asked::CMeansConfirm] {
        for text in ["CANCEL", "cancel", " Cancel. ", "\"cancel\"", "Cancel!"] {
            holds(text, asked, "CarrierCancel");
        }
        holds("Please cancel my appointment", asked, "CancelAppointment");
        holds("can't make it Tuesday", asked, "CancelAppointment");
        holds("End", asked, "OptOut");
        holds("Quit", asked, "OptOut");
    }
}

#[test]
fn o4_what_to_cancel_is_asked_where_nothing_was_offered() {
    holds("please cancel", Asked::Nothing, "Unsure");
    holds("please cancel", Asked::CMeansCancel, "CancelAppointment");
    holds("Cancel please", Asked::Confirm, "CancelAppointment");
}

#[test]
fn o5_yes_answers_a_question_and_lifts_nothing() {
    for text in ["YES", "yes", "Yes please", "Y", "Yep!", "Yes, see you then"] {
        holds(text, Asked::Confirm, "Yes");
        holds(text, Asked::Nothing, "Yes");
    }
    // The carrier takes a YES as an opt-in; we do not.
    assert_eq!(read("YES", Some("START"), Asked::Confirm), Said::Yes);
    assert_eq!(read("START", Some("START"), Asked::Nothing), Said::OptIn);
    assert_eq!(read("unstop", None, Asked::Confirm), Said::OptIn);
    assert_eq!(read("join", Some("START"), Asked::Nothing), Said::OptIn);
}

#[test]
fn o6_the_carriers_reading_wins() {
    for body in ["No", "whatever", "", "YES"] {
        let said = read(body, Some("STOP"), Asked::Confirm);
        assert!(matches!(said, Said::OptOut { cancels: false, .. }), "{body}");
    }
    assert_eq!(read("cancel", Some("STOP"), Asked::Nothing), Said::CarrierCancel);
    assert_eq!(read("No", None, Asked::Confirm), Said::No);
    assert_eq!(read("No", Some("SOMETHING"), Asked::Confirm), Said::No);
    assert_eq!(read("what is this", Some("HELP"), Asked::Nothing), Said::Help);
}

#[test]
fn o6_a_refusal_is_one_whatever_the_carrier_read() {
    for kind in ["START", "HELP"] {
        let said = read("stop texting me", Some(kind), Asked::Nothing);
        assert!(matches!(said, Said::OptOut { .. }), "{kind}");
    }
}

#[test]
fn o11_french_words_with_and_without_accents() {
    all("OptOut", &["ARRET", "arrêt", "ARRE\u{302}T"]);
    all("Help", &["AIDE", "aide"]);
}

#[test]
fn o12_reactions_quote_our_own_words() {
    all(
        "Machine",
        &[
            "Liked “Reply STOP to opt out”",
            "Loved \"Your appointment is tomorrow. Reply STOP to opt out.\"",
            "Laughed at an image",
            "Disliked “Text STOP to end”",
            "Emphasised “see you at 10:00”",
            "Removed a like from “Reply STOP to opt out”",
            "👍 to “ Reply STOP to opt out ”",
            "\u{200b}👍\u{200b} to “\u{200a}Reply STOP to opt out\u{200a}”",
            "Reacted ❤️ to “Reply STOP to opt out”",
        ],
    );
    // What stands beside the quotation is the person's.
    all("OptOut", &["Liked “your text” STOP texting me", "“Reply STOP to opt out” ok: stop texting me"]);
}

#[test]
fn o13_media_only() {
    all("Empty", &["", "  ", "\n"]);
}

#[test]
fn o16_help() {
    all("Help", &["HELP", "help", "Info", "INFO.", "Help!"]);
    holds("Can you help me move to 3pm?", Asked::Nothing, "Reschedule");
    holds("can you help me find the door", Asked::Nothing, "Other");
}

#[test]
fn o19_driving_modes_answer_by_themselves() {
    all(
        "Machine",
        &[
            "I'm driving with Do Not Disturb While Driving turned on. I'm not receiving notifications.",
            "I’m driving with Do Not Disturb While Driving turned on. I’ll see your message when I get where I’m going.",
            "(I’m not receiving notifications. If this is urgent, reply “urgent” to send a notification through with your original message.)",
            "I'm driving with Driving Focus turned on. I'll see your message when I get where I'm going.",
        ],
    );
    holds("I'm driving, call me at 5", Asked::Nothing, "Other");
}

#[test]
fn o20_a_letter_means_what_our_text_said() {
    for text in ["C", "c", "C.", "(C)", "C please", "c thanks", " C "] {
        holds(text, Asked::CMeansCancel, "CancelAppointment");
        holds(text, Asked::CMeansConfirm, "Yes");
        holds(text, Asked::Nothing, "Unclear");
        holds(text, Asked::Confirm, "Unclear");
    }
    holds("R", Asked::CMeansCancel, "Unclear");
    holds("1", Asked::Confirm, "Unclear");
}

#[test]
fn a_refusal_with_a_cancellation_says_both() {
    let said = read("Cancel my appointment. Stop texting me.", None, Asked::CMeansCancel);
    assert!(matches!(said, Said::OptOut { cancels: true, .. }), "{said:?}");
}

#[test]
fn words_are_not_shown() {
    let said = read("Please stop texting me, Ada Lovelace", None, Asked::Nothing);
    assert!(!format!("{said:?}").contains("Ada"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,300}", kind in proptest::option::of("\\PC{0,8}")) {
        let _ = read(&text, kind.as_deref(), Asked::CMeansCancel);
    }
}

#[test]
fn stop_is_heard_however_it_is_typed() {
    all(
        "OptOut",
        &[
            "🛑",
            "🛑🛑 🛑",
            "Stop 2end",
            "STOP 32665",
            "STOP to end",
            "ST0P",
            "5t0p",
            "sTaHp",
            "<b>STOP</b>",
            "<p>Stop</p>",
            "yes stop",
            "ok stop",
            "STOP please cancel my appointment",
            "Stop. Cancel my appointment please",
            "wrong number stop",
            "Wrong number, STOP",
        ],
    );
    for (text, cancels) in [("STOP please cancel my appointment", true), ("wrong number stop", false)] {
        let said = read(text, None, Asked::Nothing);
        assert!(matches!(&said, Said::OptOut { cancels: c, .. } if *c == cancels), "{text}: {said:?}");
    }
    all("Other", &["the bus stop is far", "I < 3 you, see you > soon"]);
    holds("don't stop", Asked::Nothing, "Other");
}

/// What the judge is measured by, harmless sentences that no rule about STOP may hear as a refusal.
#[test]
fn harmless_words_are_heard_no_more_often_than_by_the_judge() {
    let files = [
        include_str!("../../../../refusal/data/harmless.tsv"),
        include_str!("../../../../refusal/data/unseen.tsv"),
        include_str!("../../../../refusal/data/unseen2.tsv"),
        include_str!("../../../../refusal/data/unseen3.tsv"),
        include_str!("../../../../refusal/data/unseen4.tsv"),
    ];
    let lines = files.into_iter().flat_map(str::lines);
    let harmless =
        lines.filter_map(|line| line.strip_prefix("harmless\t")).filter_map(|l| l.rsplit('\t').next());
    let harmless: Vec<&str> = harmless.collect();
    assert!(harmless.len() > 500, "{}", harmless.len());
    let wrong = |text: &&&str| {
        let judged = matches!(hear_utterance(text, Medium::Sms), Hearing::Refused { .. });
        !judged && matches!(read(text, None, Asked::Nothing), Said::OptOut { .. })
    };
    assert_eq!(harmless.iter().filter(wrong).collect::<Vec<_>>(), [&""; 0]);
}
