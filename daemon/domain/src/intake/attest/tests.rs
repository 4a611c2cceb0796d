//! Statements for whole files: which grant, and what is told of the others.

use super::*;
use frontdesk_shared::contact::Channel::{AiVoice, Email, Sms};

const NOW: Millis = Millis(1_795_262_400_000);

fn read(text: &str) -> Result<Attested, FileProblem> {
    let spec = ImportSpec { attest: Some(text.into()), label: "May.csv".into(), ..ImportSpec::default() };
    statement(&spec, NOW)
}

fn granted(text: &str) -> Vec<Channel> {
    read(text).ok().and_then(|a| a.consent).map(|c| c.channels).unwrap_or_default()
}

#[test]
fn channels_and_date_come_from_the_words() {
    let may = Some("2026-05-01T00:00:00.000Z");
    let cases = [
        (
            "Elm Dental, 2026-11-01, AI calls: You may call me about an appointment",
            vec![AiVoice],
            Some("2026-11-01T00:00:00.000Z"),
        ),
        (
            "Jane Roy: web form v3, since 2026-05-01: AI calls, texts and emails",
            vec![AiVoice, Sms, Email],
            may,
        ),
        ("Jane Roy, 2026-05-01: web form; they agreed to AI calls", vec![AiVoice], may),
        ("Jane Roy: AI calls, web form", vec![AiVoice], None),
        ("Form: “you may text me” (2026-05-01)", vec![Sms], may),
        ("agreed to e-mails", vec![Email], None),
        ("All asked for AI calls on our form", vec![AiVoice], None),
        ("elm dental, 2026-05-01, ai_voice: yes", vec![AiVoice], may),
        (
            "Dr. A. Moor & Sons Ltd, 2026-05-01, AI calls, texts: You may call or text me",
            vec![AiVoice, Sms],
            may,
        ),
        ("Elm Dental, 2026-05-01, calls by AI: Ich stimme zu", vec![AiVoice], may),
        (
            "I, Ann, confirm that all people in this file agreed on 2026-05-01 to be called by an AI voice",
            vec![AiVoice],
            may,
        ),
    ];
    for (text, channels, at) in cases {
        let draft =
            read(text).expect("statement").consent.unwrap_or_else(|| panic!("{text}: {:?}", read(text)));
        assert_eq!((draft.channels, draft.at.map(Millis::iso).as_deref()), (channels, at), "{text}");
        assert_eq!(draft.text, text);
        assert!(draft.evidence.contains("May.csv"));
    }
    assert_eq!(statement(&ImportSpec::default(), NOW), Ok(Attested::default()));
}

#[test]
fn wording_that_is_no_permission_grants_nothing_and_says_so() {
    for channel in ["AI calls", "AI voice", "ai_voice", "automated calls", "AI calls and texts"] {
        for shown in [
            "no",
            "not given",
            "nobody was asked",
            "declined",
            "pending",
            "we will ask them",
            "unknown",
            "tbc",
            "n/a",
            "?",
            "May we call you?",
            "yes?",
            "only if urgent",
            "web form",
            "-",
            "[ ]",
            "yes, if she is in",
            "they refused",
            "you may not call me",
            "you may call me but only on Mondays",
            "people only",
            "you may text me",
            "nein",
            "nie zgadzam się",
            "we asked",
            "some agreed",
            "people may call me by hand",
        ] {
            let text = format!("Elm Dental, 2026-11-01, {channel}: {shown}");
            let said = read(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(said.consent, None, "{text}");
            assert!(!said.doubt.is_empty() || shown == "no", "{text}");
        }
    }
}

#[test]
fn calls_that_name_no_machine_are_none_by_one() {
    for text in [
        "Elm Dental, 2026-11-20, phone calls from our receptionists (people only): you may phone me",
        "Elm Dental, 2026-11-20, phone: you may phone me",
        "Elm Dental, 2026-11-20, telephone by our staff",
        "Elm Dental, 2026-11-20, telephone by our staff: you may call me",
        "Elm Dental, 2026-11-20, calls: You may call me",
        "Elm Dental, 2026-11-20, voice: yes",
        "human phone calls, no AI or automated calls",
        "live agents may call",
        "calls by a person, never by a machine",
        "All asked for a call on our form",
        "Elm Dental, 2026-11-20, AI texts, calls: you may call me",
    ] {
        assert!(!granted(text).contains(&AiVoice), "{text}: {:?}", read(text));
    }
    let mixed = read("Elm Dental, 2026-11-20, calls, texts and emails").expect("statement");
    assert_eq!(mixed.consent.expect("texts").channels, [Sms, Email]);
    assert!(mixed.doubt.contains("AI calls"), "{}", mixed.doubt);
    let told = read("Elm Dental, 2026-11-20, phone: you may phone me").expect("statement").doubt;
    assert!(told.contains("write “AI calls”"), "{told}");
}

#[test]
fn names_that_leave_it_open_are_none() {
    for text in [
        "Nobody, 2026-11-01, AI calls: yes",
        "Most of them, 2026-11-01, AI calls: yes",
        "Pending, 2026-11-01, AI calls: yes",
        "Elm Dental, 2026-11-01, to be asked, AI calls: yes",
        "Elm Dental, 2026-11-01, if they agree, AI calls: yes",
        "Elm Dental, 2026-11-01, AI Calls Pending: yes",
        "Elm Dental? 2026-11-01, AI calls: yes",
    ] {
        assert_eq!(granted(text), [], "{text}");
    }
}

#[test]
fn an_unusable_statement_stops_the_import() {
    assert!(read("  ").is_err());
    assert!(read("x").is_err() && read("yes, they agreed to AI calls").is_ok() && read("y e s").is_err());
    assert!(read("AI calls, given 2031-01-01").is_err());
    assert!(read(&"x".repeat(2_001)).is_err());
    let reason = read("Jane Roy: all of them agreed").expect_err("no channel").to_string();
    assert!(reason.contains("names no channel") && reason.contains("AI calls"), "{reason}");
}
