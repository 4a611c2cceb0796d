//! What statements grant, what they deny, and what is not understood in them.

use super::*;
use Channel::{AiVoice, Email, Sms};

const NOW: Millis = Millis(1_795_262_400_000);

#[track_caller]
fn grants(text: &str, channels: &[Channel]) {
    let said = read(text, NOW);
    assert_eq!((said.unread.as_deref(), said.granted.as_slice()), (None, channels), "{text}");
}

#[test]
fn what_is_understood_as_a_grant_grants() {
    let cases: [(&str, &[Channel]); 40] = [
        ("ai_voice", &[AiVoice]),
        ("aiVoice", &[AiVoice]),
        ("AI", &[AiVoice]),
        ("ai_voice+sms+email", &[AiVoice, Sms, Email]),
        ("ai_voice, sms; e-mail", &[AiVoice, Sms, Email]),
        ("ai_voice/sms", &[AiVoice, Sms]),
        ("ai_voice=true;sms=true", &[AiVoice, Sms]),
        ("ai_voice:yes", &[AiVoice]),
        ("ai_voice=1", &[AiVoice]),
        ("AI voice: agreed on 2026-11-01", &[AiVoice]),
        ("AI voice ✓", &[AiVoice]),
        ("AI voice: sí", &[AiVoice]),
        ("AI voice calls", &[AiVoice]),
        ("AI phone calls and texts", &[AiVoice, Sms]),
        ("calls by AI, texts", &[AiVoice, Sms]),
        ("calls from an artificial voice", &[AiVoice]),
        ("calls with an AI voice assistant", &[AiVoice]),
        ("call me with an AI", &[AiVoice]),
        ("I agree to AI calls", &[AiVoice]),
        ("Yes, I consent to automated calls and texts.", &[AiVoice, Sms]),
        ("I agree to receive calls using an artificial or prerecorded voice", &[AiVoice]),
        ("they agreed to be called by an AI voice", &[AiVoice]),
        ("opted in to AI calls", &[AiVoice]),
        ("asked for AI calls", &[AiVoice]),
        ("All asked for AI calls on our form", &[AiVoice]),
        ("agreed to e-mails", &[Email]),
        ("email only", &[Email]),
        ("you may text me", &[Sms]),
        ("AI texts", &[Sms]),
        ("automated texts and emails", &[Sms, Email]),
        ("KI-Anrufe, SMS", &[AiVoice, Sms]),
        ("Anrufe durch eine KI", &[AiVoice]),
        ("appels par IA", &[AiVoice]),
        ("appels automatisés", &[AiVoice]),
        ("llamadas automáticas", &[AiVoice]),
        ("chiamate automatiche", &[AiVoice]),
        ("ligações por IA", &[AiVoice]),
        ("calls and texts", &[Sms]),
        ("phone", &[]),
        ("I agree to be contacted", &[]),
    ];
    for (text, channels) in cases {
        grants(text, channels);
    }
    assert!(read("calls and texts", NOW).calls && !read("AI calls and texts", NOW).calls);
}

#[test]
fn a_no_is_known_and_stays_with_what_it_is_about() {
    let cases: [(&str, &[Channel], &[Channel]); 15] = [
        ("sms: yes, ai_voice: no", &[Sms], &[AiVoice]),
        ("ai_voice=false;sms=true", &[Sms], &[AiVoice]),
        ("AI voice: declined", &[], &[AiVoice]),
        ("ai_voice=0", &[], &[AiVoice]),
        ("no AI calls", &[], &[AiVoice]),
        ("AI voice: opted out", &[], &[AiVoice]),
        ("AI voice ❌", &[], &[AiVoice]),
        ("AI voice: nein", &[], &[AiVoice]),
        ("texts only, not calls", &[Sms], &[AiVoice]),
        ("I do not agree to AI calls", &[], &[AiVoice]),
        ("no automated calls", &[], &[AiVoice]),
        ("nobody agreed to calls", &[], &[AiVoice]),
        ("calls not texts", &[], &[Sms, AiVoice]),
        ("opted out of SMS; opted in to email", &[Email], &[Sms]),
        ("refused calls", &[], &[AiVoice]),
    ];
    for (text, granted, denied) in cases {
        let said = read(text, NOW);
        assert_eq!((said.granted.as_slice(), said.denied.as_slice()), (granted, denied), "{text}: {said:?}");
    }
    for text in ["AI calls, texts: no", "no texts, AI calls", "AI voice; sms: declined"] {
        let said = read(text, NOW);
        assert!(said.granted.is_empty() && said.unread.is_some(), "{text}: {said:?}");
    }
    assert!(read("not given", NOW).no);
}

/// Every channel in every wording, followed or preceded by anything that is no yes.
#[test]
fn whatever_else_is_in_it_grants_nothing() {
    let channels = [
        "AI voice",
        "ai_voice",
        "aiVoice",
        "AI calls",
        "AI voice calls",
        "automated calls",
        "calls by AI",
        "sms",
        "texts",
        "email",
        "KI-Anrufe",
        "appels IA",
        "I agree to AI calls",
        "ai_voice, sms",
    ];
    let behind = [
        ": no",
        "=no",
        " no",
        ": n",
        "=0",
        ": false",
        ": declined",
        ": refused",
        ": opted out",
        ": not given",
        ": nein",
        ": non",
        ": none",
        ": unknown",
        ": pending",
        ": asked",
        ": requested",
        ": tbc",
        ": N/A",
        ": null",
        ": -",
        ": ✗",
        " ✗",
        " ❌",
        " 🚫",
        " = [ ]",
        " [ ]",
        " [x]",
        "?",
        " ?",
        " ¿",
        ": ?",
        ":",
        "=",
        " (no)",
        " (yes)",
        " unchecked",
        ": unchecked",
        ": withdrawn",
        ": revoked",
        ": expired",
        ": maybe",
        " until 2026-11-10",
        " until 2028-01-01",
        " (expires 2026-01-01)",
        " from 2027-01-01",
        " from 2031-02-03",
        ", not on weekends",
        " on weekdays only",
        " only if urgent",
        " if urgent",
        " unless asked",
        " in an emergency",
        " after 6pm",
        " later",
        " soon",
        ": ask first",
        ": will ask",
        ": we will ask them",
        " tbd",
        " x",
        ": x",
        " = x",
        ": nie",
        ": nee",
        ": nunca",
        ": jamais",
        " ☐",
        " ~",
        " *",
        ": 0",
        ": 2",
        " - no",
        " – no",
        " 👎",
        " … no",
        " isn't given",
        " was not given",
        " cannot be given",
        ": hold",
        " but she hates it",
        " when hell freezes over",
        " (people only)",
        " by a person",
        " by our staff",
        ": fałsz",
        ": いいえ",
    ];
    let before = [
        "no ",
        "not ",
        "never ",
        "!",
        "-",
        "~",
        "without ",
        "no to ",
        "I hate ",
        "I disagree to ",
        "ask about ",
        "pending: ",
        "declined: ",
        "❌ ",
        "not yet: ",
        "does she want ",
        "maybe ",
        "stop ",
        "wants no ",
        "hates ",
        "nobody gave ",
        "opted out of ",
        "keine ",
        "pas d'",
        "si urgente ",
        "revoked ",
        "unsure about ",
        "(",
        "[",
    ];
    for channel in channels {
        for tail in behind {
            let text = format!("{channel}{tail}");
            let said = read(&text, NOW);
            assert!(!said.granted.contains(&AiVoice), "{text}: {said:?}");
            let bare = !channel.contains(',');
            assert!(!bare || said.granted.is_empty(), "{text}: {said:?}");
        }
        for head in before {
            let text = format!("{head}{channel}");
            let said = read(&text, NOW);
            let bare = !channel.contains(',');
            assert!(!bare || said.granted.is_empty(), "{text}: {said:?}");
            assert!(!said.granted.contains(&AiVoice), "{text}: {said:?}");
        }
    }
    for text in [r#"{"ai_voice":false}"#, r#"{"ai_voice":true}"#, "all", "everything"] {
        assert!(read(text, NOW).granted.is_empty(), "{text}");
    }
}

proptest::proptest! {
    /// Any word that is on no list makes all of it count for none.
    #[test]
    fn unknown_words_never_grant(head in "[a-zé]{3,12}", tail in "\\PC{1,20}") {
        for text in [format!("ai_voice {head}"), format!("{head} ai_voice"), format!("AI calls: {tail}")] {
            let said = read(&text, NOW);
            let known = merged(&text).iter().all(|w| role(w) != Role::Unknown);
            proptest::prop_assert!(said.granted.is_empty() || known || text.chars().any(|c| c == '1'), "{text}: {said:?}");
        }
    }
}
