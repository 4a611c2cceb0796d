//! What calls an appointment off, generated, and everything beside it that does not.

use super::*;

fn word(text: &str, asked: Asked) -> String {
    format!("{:?}", read(text, None, asked)).split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}

#[test]
fn the_appointment_alone_is_called_off() {
    let mut wrong = Vec::new();
    let cores = [
        "cancel my appointment",
        "I need to cancel my appointment",
        "please cancel my booking",
        "I can't make it",
        "I cant make my appointment",
        "I will not be able to make it",
        "I won't be able to attend",
        "I can't attend",
        "we can't come",
        "I'm not able to make it",
        "I'd like to cancel the appointment",
        "unable to attend my appointment",
        "I can no longer make it",
    ];
    let tails = [
        "",
        " tomorrow",
        " on Friday",
        " at 3pm",
        ", sorry",
        " please",
        " because I am ill",
        " today, my car broke down",
        " thanks",
    ];
    for core in cores {
        for tail in tails {
            let text = format!("{core}{tail}");
            if word(&text, Asked::Nothing) != "CancelAppointment" {
                wrong.push(format!("{text}: {}", word(&text, Asked::Nothing)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whatever_qualifies_it_is_for_a_person() {
    let cores = ["I can't make it", "I cant attend", "can't come", "I won't be able to make it"];
    let tails = [
        " earlier than 9",
        " until 10:15",
        " before 3",
        " any earlier",
        " to the phone now",
        " without my wife",
        " the party, so the appointment is fine",
        " by 9",
        " after 5",
        " to the door",
        " if it rains",
        " but my husband will",
        " unless you can wait",
        " on time",
        " except in the afternoon",
        " only if I run",
        " to London, so see you at the clinic",
        " the meeting before, so I will be there",
        " with the dog",
        " for the first ten minutes",
        " as early as you said",
        " sooner",
        " work",
        " in person, can we do a video call",
    ];
    let mut wrong = Vec::new();
    for core in cores {
        for tail in tails {
            let text = format!("{core}{tail}");
            if word(&text, Asked::Nothing) == "CancelAppointment" {
                wrong.push(text);
            }
        }
    }
    let things = [
        "the direct debit",
        "my subscription",
        "my gym membership",
        "the order",
        "my other appointment at the bank",
        "my flight",
        "the taxi",
        "the party",
        "my holiday",
        "the card",
        "my phone contract",
        "the catering",
        "the payment plan",
        "my insurance",
        "the invoice",
        "the window cleaner",
        "the plumber",
    ];
    for thing in things {
        for core in
            ["I'd like to cancel", "please cancel", "I need to cancel", "can you cancel", "I had to cancel"]
        {
            let text = format!("{core} {thing}");
            if word(&text, Asked::Nothing) == "CancelAppointment" {
                wrong.push(text);
            }
        }
    }
    for head in [
        "please don't ",
        "I never said ",
        "do not ",
        "should I ",
        "did you ",
        "why did you ",
        "my husband wants to ",
    ] {
        let text = format!("{head}cancel my appointment");
        if word(&text, Asked::Nothing) == "CancelAppointment" {
            wrong.push(text);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn other_languages_call_off_and_move() {
    for text in [
        "annulez mon rendez-vous",
        "Bonjour, je dois annuler mon rendez-vous de demain",
        "Je ne peux pas venir demain, désolé",
        "Ich kann nicht kommen",
        "Leider kann ich morgen nicht kommen",
        "Bitte den Termin absagen",
        "Ich muss den Termin absagen",
        "No puedo ir mañana",
        "Quiero cancelar mi cita",
        "cancele mi cita por favor",
        "Non posso venire domani",
        "Devo annullare l'appuntamento",
        "Quero cancelar a minha consulta",
        "Não posso ir amanhã",
        "Nie mogę przyjść",
        "Proszę odwołać wizytę",
    ] {
        assert_eq!(word(text, Asked::Nothing), "CancelAppointment", "{text}");
    }
    for text in [
        "Je ne peux pas venir avant 10h",
        "Ich kann nicht vor 10 kommen",
        "No puedo ir antes de las 9",
        "Je ne veux pas annuler mon abonnement",
        "Non posso venire prima delle 9",
        "Nie mogę przyjść przed 10",
    ] {
        assert_ne!(word(text, Asked::Nothing), "CancelAppointment", "{text}");
    }
    for text in [
        "can we move it?",
        "Can we move my appointment please?",
        "could I move it please",
        "Können wir den Termin verschieben?",
        "Peut-on déplacer le rendez-vous ?",
        "¿Podemos cambiar la cita?",
        "Possiamo spostare l'appuntamento?",
        "Podemos remarcar a consulta?",
        "Czy możemy przełożyć wizytę?",
    ] {
        assert_eq!(word(text, Asked::Nothing), "Reschedule", "{text}");
    }
}

#[test]
fn appointments_are_no_refusals_of_contact() {
    for text in [
        "Stuck in traffic, might not make it",
        "I will not be able to make it",
        "running late sorry",
        "be there in 10 mins, traffic is bad",
        "I might not make it in time",
        "Any chance of a different time?",
        "can't make it",
        "I'm delayed, 5 minutes away",
        "not coming today",
        "I'm on my way",
    ] {
        let said = word(text, Asked::Nothing);
        assert!(!matches!(said.as_str(), "OptOut" | "Unsure" | "WrongNumber"), "{text}: {said}");
    }
}
