//! Which wording permits, in every language, and what leaves it open.

use super::*;

const PERMITS: [&str; 46] = [
    "You may call me about an appointment",
    "you may phone me",
    "Call me",
    "Reach me",
    "Please call me about the offer",
    "Call text and mail me about my enquiry",
    "Call, text or mail me",
    "yes",
    "Yes, call me.",
    "ok",
    "agreed",
    "I agree",
    "I agree to AI calls",
    "I agree to be contacted by Elm Dental",
    "We consent to automated calls",
    "I give my consent to be called",
    "permission given",
    "permission to call",
    "they agreed to AI calls",
    "I am happy to be called by your AI assistant",
    "I'd like to receive AI calls",
    "asked for AI calls on our form",
    "opted in on the web form",
    "By clicking submit I agree to receive automated calls and texts. Consent is not a condition of purchase. Msg & data rates may apply. Reply STOP to opt out.",
    "You may call me, no obligation, I can withdraw at any time",
    "Ja",
    "Ich stimme zu, von einer KI angerufen zu werden",
    "Ich bin einverstanden",
    "Sie dürfen mich anrufen",
    "Ich willige ein",
    "oui",
    "J'accepte les appels par IA",
    "Vous pouvez m'appeler",
    "J’autorise les appels",
    "sí",
    "Acepto llamadas de IA",
    "Doy mi consentimiento",
    "Pueden llamarme",
    "Accetto le chiamate",
    "Potete chiamarmi",
    "Aceito chamadas de IA",
    "Podem ligar para mim",
    "tak",
    "Zgadzam się na rozmowy",
    "Wyrażam zgodę",
    "Możecie do mnie dzwonić",
];

#[test]
fn permission_is_read_in_seven_languages() {
    for text in PERMITS {
        assert_eq!(read(text), Wording::Permits, "{text}");
    }
}

#[test]
fn permission_that_is_denied_asked_doubted_or_put_off_is_none() {
    for text in PERMITS.iter().filter(|t| t.split_whitespace().count() > 1) {
        let text = text.trim_end_matches('.');
        for open in [
            format!("{text}?"),
            format!("{text} if it is urgent"),
            format!("{text}, but not at work"),
            format!("{text} only on weekdays"),
            format!("{text} next year"),
            format!("{text} until May"),
            format!("{text}: no"),
            format!("{text}. No."),
            format!("Nobody said: {text}"),
            format!("pending: {text}"),
            format!("we will ask them: {text}"),
            format!("{text} [ ]"),
            format!("{text} ❌"),
            format!("{text} = 0"),
            format!("maybe {text}"),
            format!("some of them said {text}"),
        ] {
            assert_ne!(read(&open), Wording::Permits, "{open}");
        }
    }
}

#[test]
fn what_is_no_permission_is_none() {
    for text in [
        "no",
        "not given",
        "nobody was asked",
        "declined",
        "pending",
        "we will ask them",
        "unknown",
        "tbc",
        "n/a",
        "-",
        "web form",
        "consent form sent",
        "need consent",
        "ask for permission",
        "May we call you",
        "can I call",
        "do you agree to calls",
        "they were asked",
        "they refused",
        "you may not call me",
        "never call me",
        "don't call me",
        "I don't agree",
        "I can't agree to calls",
        "nein",
        "Ich stimme nicht zu",
        "Rufen Sie mich nicht an",
        "Vous ne pouvez pas m'appeler",
        "je n'accepte pas",
        "si necesario acepto",
        "No acepto llamadas",
        "non accetto",
        "não aceito",
        "nie zgadzam się",
        "people",
        "call centre",
        "hopefully yes",
        "will agree",
        "yes later",
        "yes, when asked",
    ] {
        assert_ne!(read(text), Wording::Permits, "{text}");
    }
}

#[test]
fn people_who_call_are_no_machine() {
    for text in [
        "you may call me by a person",
        "people only: you may phone me",
        "Your staff may call me",
        "I agree to human calls",
        "I agree to calls from your receptionist",
        "live agents may call me",
    ] {
        assert_ne!(read(text), Wording::Permits, "{text}");
    }
}
